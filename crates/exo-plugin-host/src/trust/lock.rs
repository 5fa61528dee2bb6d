//! `plugins.lock`: which plugins were added, and by what they are known.

use super::{PublisherKey, TrustError};
use crate::Plugin;
use exo_plugin_wire::Access;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A plugin that somebody has looked at and added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
#[serde(deny_unknown_fields)]
pub struct Pinned {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The SHA-256 of its library, in lower-case hexadecimal digits; also the name of its file.
    pub sha256: String,
    /// Who signed it; nobody, if it was added unsigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publisher: Option<PublisherKey>,
    /// What carries it: `child`.
    pub carrier: String,
    /// Whether whoever added it lets its reports change things.
    #[serde(default)]
    pub writes: bool,
    /// When it was added (RFC 3339).
    pub added: String,
    /// The names of its reports.
    pub reports: Vec<String>,
}

impl Pinned {
    pub(super) fn of(plugin: &Plugin, publisher: Option<PublisherKey>, writes: bool, added: String) -> Self {
        let manifest = plugin.manifest();
        Self {
            name: manifest.name.clone(),
            version: manifest.version.clone(),
            sha256: plugin.sha256().to_owned(),
            publisher,
            carrier: CARRIER.to_owned(),
            writes: writes && manifest.reports.iter().any(|report| report.access == Access::Write),
            added,
            reports: manifest.reports.iter().map(|report| report.name.clone()).collect(),
        }
    }

    /// Who vouches for it, as a message says it.
    pub fn vouched(&self) -> String {
        vouched(self.publisher.as_ref())
    }
}

pub(super) fn vouched(publisher: Option<&PublisherKey>) -> String {
    publisher.map_or_else(|| "unsigned".to_owned(), |key| format!("signed by {key}"))
}

/// The file as a whole.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Lock {
    version: u32,
    #[serde(default, rename = "plugin")]
    plugins: Vec<Pinned>,
}

/// Reads the file's text; each plugin in it can be found again by its name and by its file.
pub(super) fn parse(path: &Path, text: &str) -> Result<Vec<Pinned>, TrustError> {
    let wrong = |detail: String| TrustError::Lock { path: path.to_owned(), detail };
    let lock: Lock = toml::from_str(text).map_err(|error| wrong(error.message().to_owned()))?;
    if lock.version != VERSION {
        return Err(wrong(format!("it is of version {}, this program knows {VERSION}", lock.version)));
    }
    for plugin in &lock.plugins {
        let hexadecimal = plugin.sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        if plugin.sha256.len() != 64 || !hexadecimal {
            return Err(wrong(format!("the sha256 of `{}` is none", plugin.name)));
        }
        if plugin.carrier != CARRIER {
            return Err(wrong(format!(
                "`{}` wants the carrier `{}`; there is `{CARRIER}`",
                plugin.name, plugin.carrier
            )));
        }
    }
    Ok(lock.plugins)
}

pub(super) fn write(plugins: Vec<Pinned>) -> Result<String, toml::ser::Error> {
    let lock = Lock { version: VERSION, plugins };
    Ok(format!(
        "# Which plugins may be loaded. `exoctl plugin add` and `remove` write it.\n{}",
        toml::to_string(&lock)?
    ))
}

/// The version of the file's form.
const VERSION: u32 = 1;
/// What carries every plugin that is not named by its path.
const CARRIER: &str = "child";

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pinned() -> Pinned {
        Pinned {
            name: "sizes".into(),
            version: "1.4.2".into(),
            sha256: "0123456789abcdef".repeat(4),
            publisher: None,
            carrier: CARRIER.into(),
            writes: false,
            added: "2026-01-01T00:00:00Z".into(),
            reports: vec!["archive-gap".into()],
        }
    }

    fn read(text: &str) -> Result<Vec<Pinned>, TrustError> {
        parse("plugins.lock".as_ref(), text)
    }

    #[test]
    fn what_is_written_is_read() {
        let key = include_str!("../../tests/data/minisign/author.pub").parse().unwrap();
        let all = vec![pinned(), Pinned { publisher: Some(key), writes: true, ..pinned() }];
        assert_eq!(read(&write(all.clone()).unwrap()).unwrap(), all);
        assert_eq!(read(&write(Vec::new()).unwrap()).unwrap(), []);
    }

    #[test]
    fn what_could_mean_another_file_is_refused() {
        let text = write(vec![pinned()]).unwrap();
        for (from, to) in [
            ("version = 1\n", "version = 2\n"),
            ("0123", "../."),
            ("0123", "ABCD"),
            ("\"child\"", "\"thread\""),
            ("writes", "rights"),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            assert!(matches!(read(&changed), Err(TrustError::Lock { .. })), "{to}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}") {
            drop(read(&text));
        }
    }
}
