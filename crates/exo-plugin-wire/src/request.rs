//! What a plugin asks: one cmdlet with its parameters.

use crate::{Error, manifest::names_of_cmdlets};
use exo_model::{CmdletName, Parameters, Service};
use serde::{Deserialize, Serialize};

/// No request's body is longer.
pub const REQUEST_LIMIT: usize = 256 * 1024;

/// The keys that this version understands.
const KNOWN: [&str; 6] = ["service", "cmdlet", "parameters", "page_rows", "limit", "must"];

/// The body of a `submit`.
///
/// ```
/// use exo_plugin_wire::Request;
/// let request = Request::parse(br#"{"cmdlet":"Get-Mailbox","parameters":{"ResultSize":"Unlimited"}}"#)?;
/// assert_eq!(request.parameters["ResultSize"], "Unlimited");
/// # Ok::<(), exo_plugin_wire::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Request {
    /// Where to run it; may be left out when the report declares the cmdlet for one service only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Service>,
    /// The cmdlet.
    #[serde(with = "names_of_cmdlets")]
    pub cmdlet: CmdletName,
    /// Its parameters: PowerShell's names, JSON values.
    #[serde(default)]
    pub parameters: Parameters,
    /// Records wanted in a page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page_rows: Option<u16>,
    /// Records wanted at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u64>,
    /// Keys that the host must understand; others that it does not know are ignored.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub must: Vec<String>,
}

impl Request {
    /// A call of a cmdlet without parameters.
    pub fn new(cmdlet: CmdletName) -> Self {
        Self { service: None, cmdlet, parameters: Parameters::new(), page_rows: None, limit: None, must: Vec::new() }
    }

    /// Reads a request.
    ///
    /// # Errors
    ///
    /// When it is too large, broken, or must have what this version does not know.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        if body.len() > REQUEST_LIMIT {
            return Err(Error::TooLarge { what: "the request", size: body.len(), limit: REQUEST_LIMIT });
        }
        let request: Self =
            serde_json::from_slice(body).map_err(|source| Error::Json { what: "the request", source })?;
        match request.must.iter().find(|key| !KNOWN.contains(&key.as_str())) {
            Some(key) => Err(Error::Must { key: key.clone() }),
            None => Ok(request),
        }
    }

    /// The request as JSON.
    ///
    /// # Errors
    ///
    /// When it is too large.
    pub fn to_json(&self) -> Result<Vec<u8>, Error> {
        let body = serde_json::to_vec(self).map_err(|source| Error::Json { what: "the request", source })?;
        if body.len() > REQUEST_LIMIT {
            return Err(Error::TooLarge { what: "the request", size: body.len(), limit: REQUEST_LIMIT });
        }
        Ok(body)
    }
}
