//! By which of the service's paths a call goes.

use std::fmt;
use std::str::FromStr;

/// A path of the admin API to the same data; which of them can express a call, the session knows.
///
/// ```
/// use exo_model::{Invocation, ReadPath, Service};
/// let call = Invocation::new(Service::Exchange, "Get-Mailbox".parse()?).by(ReadPath::PerNoun);
/// assert_eq!(call.path, Some("noun".parse()?));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ReadPath {
    /// One address for all cmdlets of both services: every call can go there.
    #[default]
    InvokeCommand,
    /// Objects by their noun, read with GET, as the `Get-EXO…` cmdlets of Microsoft's module do: some large reads.
    PerNoun,
    /// The documented addresses of `v2.0`, which have a permission of their own: a few cmdlets, two of which write.
    V2,
}

/// A text that names no path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a path; there are `invoke` (InvokeCommand), `noun` (as Get-EXO… reads) and `v2` (v2.0)")]
#[non_exhaustive]
pub struct UnknownReadPath(pub String);

impl ReadPath {
    /// All paths.
    pub const ALL: &'static [Self] = &[Self::InvokeCommand, Self::PerNoun, Self::V2];

    /// The short name: `invoke`, `noun` or `v2`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InvokeCommand => "invoke",
            Self::PerNoun => "noun",
            Self::V2 => "v2",
        }
    }

    /// The name in messages.
    pub const fn title(self) -> &'static str {
        match self {
            Self::InvokeCommand => "InvokeCommand",
            Self::PerNoun => "the per-noun path",
            Self::V2 => "v2.0",
        }
    }
}

impl fmt::Display for ReadPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ReadPath {
    type Err = UnknownReadPath;

    fn from_str(text: &str) -> Result<Self, UnknownReadPath> {
        let found = Self::ALL.iter().copied().find(|path| path.as_str().eq_ignore_ascii_case(text));
        found.ok_or_else(|| UnknownReadPath(text.chars().take(40).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back() {
        for path in ReadPath::ALL {
            assert_eq!(path.as_str().to_ascii_uppercase().parse(), Ok(*path));
        }
        let error = "rest".parse::<ReadPath>().unwrap_err().to_string();
        assert!(ReadPath::ALL.iter().all(|path| error.contains(path.as_str())), "{error}");
    }
}
