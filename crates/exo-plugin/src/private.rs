//! What the macros' text needs; no part of the promise.

pub use crate::declare::{ColumnDecl, ParamDecl, PluginDecl, ReadDecl, ReportDecl, manifest, manifest_length};
pub use crate::export::{Entry, RUSTC, Run, SDK, entry, run};
pub use crate::mailbox::{Mail, enter};
pub use crate::record::{Fields, fields};
pub use crate::report::declaration;
pub use exo_plugin_abi::{HostV0, PluginV0, Slice, Status};
pub use exo_plugin_wire::parse_json;
pub use serde;
pub use serde_json::{Map, Value, json};

use crate::{Arg, Result};
use serde::de::MapAccess;

/// Takes one argument out of the values.
///
/// # Errors
///
/// When it is missing or of another type.
pub fn argument<T: Arg>(values: &mut Map<String, Value>, name: &str) -> Result<T> {
    let value = values.remove(name).unwrap_or(Value::Null);
    serde_json::from_value(value).map_err(|error| crate::Error::message(format!("argument `{name}`: {error}")))
}

/// Reads the value of a field that the map stands on.
///
/// # Errors
///
/// When the value is of another type.
#[inline]
pub fn member<'de, A: MapAccess<'de>, T: serde::Deserialize<'de>>(
    map: &mut A,
    field: &mut Option<T>,
) -> Result<(), A::Error> {
    *field = Some(map.next_value()?);
    Ok(())
}
