//! The child that plugins run in is this very program, with a hidden first argument.

use crate::failure::{Failure, Result};
use exo_model::ErrorKind;
use exo_plugin_host::Carrier;
use std::ffi::OsString;

/// The hidden argument; looked at before anything else in `main`.
pub(crate) const ARGUMENT: &str = "__plugin-runner";

/// The default carrier: a child process.
pub(crate) fn carrier() -> Result<Carrier> {
    let runner = std::env::current_exe().map_err(|error| {
        Failure::new(ErrorKind::Fault, format!("the path of this program cannot be found: {error}"))
    })?;
    Ok(Carrier::Child { runner, arguments: vec![OsString::from(ARGUMENT)] })
}
