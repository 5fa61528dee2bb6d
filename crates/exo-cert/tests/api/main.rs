//! The public API against files that other programs wrote; `tests/data/make.sh` has the commands.

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod files;
#[cfg(test)]
mod key_files;
#[cfg(feature = "aws-lc")]
#[cfg(test)]
mod other_programs;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod refused;
#[cfg(feature = "aws-lc")]
#[cfg(test)]
mod round_trips;
#[cfg(all(test, feature = "aws-lc"))]
mod self_signed;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod texts;
