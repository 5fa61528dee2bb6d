//! Sinks, result files and the record of a run, as their users see them.

#[cfg(test)]
mod errors;
#[cfg(test)]
mod files;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod record;
#[cfg(test)]
mod shelf;
