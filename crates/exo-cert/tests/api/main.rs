//! The public API against files that other programs wrote; `tests/data/make.sh` has the commands.

mod files;
mod key_files;
mod properties;
mod refused;
mod self_signed;
mod signatures;
mod texts;
