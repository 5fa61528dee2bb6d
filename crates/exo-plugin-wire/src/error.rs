//! Why something that crossed the boundary cannot be understood.

use exo_model::{Diagnose, ErrorKind, Service};
use std::borrow::Cow;

/// Why bytes of the other side are not what they should be.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the text of a variant says what its fields are")]
pub enum Error {
    /// There are fewer bytes than the manifest's header says.
    #[error("the manifest is cut short: {have} of {want} bytes are there")]
    #[non_exhaustive]
    Truncated { have: usize, want: usize },

    /// The manifest does not begin with its mark.
    #[error("this is not a plugin's manifest: it does not begin with `EXOM`")]
    NotAManifest,

    /// The manifest is in a format of another time.
    #[error("the manifest has format {found}, this program reads format {known}")]
    #[non_exhaustive]
    Format { found: u32, known: u32 },

    /// Something is larger than it may be.
    #[error("{what}: {size} bytes or entries are there, {limit} are allowed")]
    #[non_exhaustive]
    TooLarge { what: &'static str, size: usize, limit: usize },

    /// The JSON is broken, lacks a key, or holds a value of another type.
    #[error("{what} cannot be read")]
    #[non_exhaustive]
    Json { what: &'static str, source: serde_json::Error },

    /// A name has other letters than it may have.
    #[error("the name `{name}` of a {what} is not of the form: {form}")]
    #[non_exhaustive]
    Name { what: &'static str, name: String, form: &'static str },

    /// Two things have one name.
    #[error("{what} `{name}` is declared twice in `{inside}`")]
    #[non_exhaustive]
    Duplicate { what: &'static str, name: String, inside: String },

    /// A report lacks what every report has.
    #[error("`{inside}` declares no {what}")]
    #[non_exhaustive]
    Nothing { what: &'static str, inside: String },

    /// A parameter's default is not a value of its type.
    #[error("report `{report}` gives the parameter `{param}` a default that is no value of it")]
    #[non_exhaustive]
    Default { report: String, param: String, source: crate::ArgError },

    /// The least or the most of a parameter is no value of its type, or its type has no order.
    #[error(
        "report `{report}` gives the parameter `{param}` a bound that is no number, size, time or span of its type"
    )]
    #[non_exhaustive]
    Bounds { report: String, param: String },

    /// A cmdlet that the catalogue does not know.
    #[error("report `{report}` declares `{cmdlet}`, which is no cmdlet of {service} that this program knows")]
    #[non_exhaustive]
    UnknownCmdlet { report: String, cmdlet: String, service: Service },

    /// A common parameter that no plugin may give.
    #[error("report `{report}` declares the parameter `{parameter}` of `{cmdlet}`, which writes or redirects")]
    #[non_exhaustive]
    CommonParameter { report: String, cmdlet: String, parameter: String },

    /// A check whose columns are not those of a finding.
    #[error("report `{report}` is a check, but its columns are not those of a finding")]
    #[non_exhaustive]
    NotFindings { report: String },

    /// How many calls it wants at a time is out of range.
    #[error("report `{report}` wants {parallel} calls at a time; 1 to 32 are possible")]
    #[non_exhaustive]
    Parallel { report: String, parallel: u32 },

    /// A request needs something that this host does not have.
    #[error("the request must have `{key}`, which this program does not know")]
    #[non_exhaustive]
    Must { key: String },
}

impl Diagnose for Error {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Plugin
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Format { found, known } if found > known => Some("update exoctl".into()),
            Self::Format { .. } => Some("build the plugin again with a newer exo-plugin".into()),
            Self::Must { .. } | Self::UnknownCmdlet { .. } => Some("update exoctl, or correct the plugin".into()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
