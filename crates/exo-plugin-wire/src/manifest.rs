//! What a plugin says about itself before any of its code runs.

use crate::Error;
use exo_model::{CmdletName, Column, ColumnType, ReportKind, Service};
use serde::{Deserialize, Serialize};

mod check;
#[cfg(test)]
mod tests;

/// The first bytes of every manifest.
pub const MAGIC: [u8; 4] = *b"EXOM";
/// The format that this crate reads and writes.
pub const FORMAT: u32 = 1;
/// Bytes before the JSON: the mark, the format and the JSON's length, both as little-endian `u32`.
pub const HEADER: usize = 12;
/// No manifest's JSON is longer.
pub const MANIFEST_LIMIT: usize = 1 << 20;

/// The manifest of a plugin: who it is, and its reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PluginManifest {
    /// [`FORMAT`].
    pub format: u32,
    /// The plugin's name, in kebab-case.
    pub name: String,
    /// The plugin's own version.
    pub version: String,
    /// What it is, in one line.
    #[serde(default)]
    pub about: String,
    /// The boundary that it was built for.
    pub abi: Abi,
    /// The SDK that it was built with, for messages only.
    #[serde(default)]
    pub sdk: String,
    /// What it can report; at least one.
    pub reports: Vec<ReportManifest>,
}

/// Which versions of the boundary a plugin can live with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Abi {
    /// The major version.
    pub major: u32,
    /// The least minor version.
    #[serde(default)]
    pub needs: u32,
}

/// Whether a report changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "complete by nature")]
pub enum Access {
    /// It reads.
    #[default]
    Read,
    /// It may also change things, with consent.
    Write,
}

/// What one report declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ReportManifest {
    /// Its name, in kebab-case.
    pub name: String,
    /// What it tells, in one line.
    #[serde(default)]
    pub about: String,
    /// Rows, or verdicts.
    pub kind: ReportKind,
    /// Whether it changes anything.
    #[serde(default)]
    pub access: Access,
    /// Which cmdlets it calls, per service.
    pub needs: Vec<Need>,
    /// How many calls it wants at a time.
    #[serde(default = "eight")]
    pub parallel: u32,
    /// What a user may set.
    #[serde(default)]
    pub params: Vec<Param>,
    /// What a row holds.
    pub columns: Vec<Column>,
}

/// The cmdlets that a report calls on one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Need {
    /// The service.
    pub service: Service,
    /// Its cmdlets.
    pub cmdlets: Vec<CmdletNeed>,
}

/// A cmdlet that a report calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CmdletNeed {
    /// Its name.
    #[serde(with = "names_of_cmdlets")]
    pub name: CmdletName,
    /// The parameters that the report gives, and no others.
    #[serde(default)]
    pub parameters: Vec<String>,
    /// The properties that the report reads; empty means all.
    #[serde(default)]
    pub properties: Vec<String>,
}

/// What a user may set for a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Param {
    /// Its name, in kebab-case: `--name` on the command line.
    pub name: String,
    /// What its value is.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// The value when the user gives none, as the user would write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    /// What it does, in one line.
    #[serde(default)]
    pub help: String,
    /// The only texts it takes, compared without case; any, if empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// The least that it takes, as the user would write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<String>,
    /// The most that it takes, as the user would write it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<String>,
    /// Whether it may be left out without a default.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

impl PluginManifest {
    /// Reads a manifest as a library exports it: header, then JSON. Bytes after the JSON are ignored.
    ///
    /// ```
    /// use exo_plugin_wire::{Error, PluginManifest};
    /// assert!(matches!(PluginManifest::parse(b"MZ\x90\0........"), Err(Error::NotAManifest)));
    /// ```
    ///
    /// # Errors
    ///
    /// Any deviation: cut short, another format, too large, broken JSON, bad or doubled names, unknown cmdlets.
    pub fn parse(framed: &[u8]) -> Result<Self, Error> {
        let length = Self::framed_length(framed)?;
        let json = framed.get(HEADER..length).ok_or(Error::Truncated { have: framed.len(), want: length })?;
        Self::from_json(json)
    }

    /// How many bytes the manifest has that begins here, header included; for files whose symbols have no size.
    ///
    /// # Errors
    ///
    /// When the header is cut short, or is not that of a manifest of this format.
    pub fn framed_length(framed: &[u8]) -> Result<usize, Error> {
        let header = framed.first_chunk::<HEADER>().ok_or(Error::Truncated { have: framed.len(), want: HEADER })?;
        let [m0, m1, m2, m3, f0, f1, f2, f3, l0, l1, l2, l3] = *header;
        if [m0, m1, m2, m3] != MAGIC {
            return Err(Error::NotAManifest);
        }
        match u32::from_le_bytes([f0, f1, f2, f3]) {
            FORMAT => {}
            found => return Err(Error::Format { found, known: FORMAT }),
        }
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        if length > MANIFEST_LIMIT {
            return Err(Error::TooLarge { what: "the manifest", size: length, limit: MANIFEST_LIMIT });
        }
        Ok(HEADER + length)
    }

    /// Reads the JSON alone, and checks it.
    ///
    /// # Errors
    ///
    /// As [`PluginManifest::parse`], without those of the header.
    pub fn from_json(json: &[u8]) -> Result<Self, Error> {
        let manifest: Self =
            serde_json::from_slice(json).map_err(|source| Error::Json { what: "the manifest", source })?;
        if manifest.format != FORMAT {
            return Err(Error::Format { found: manifest.format, known: FORMAT });
        }
        check::plugin(&manifest)?;
        Ok(manifest)
    }

    /// The manifest as a library would export it.
    ///
    /// # Errors
    ///
    /// When it is too large.
    pub fn to_framed(&self) -> Result<Vec<u8>, Error> {
        let json = serde_json::to_vec(self).map_err(|source| Error::Json { what: "the manifest", source })?;
        let length = u32::try_from(json.len()).ok().filter(|l| *l as usize <= MANIFEST_LIMIT);
        let length = length.ok_or(Error::TooLarge { what: "the manifest", size: json.len(), limit: MANIFEST_LIMIT })?;
        Ok([&MAGIC[..], &FORMAT.to_le_bytes(), &length.to_le_bytes(), &json].concat())
    }

    /// The report of this name.
    pub fn report(&self, name: &str) -> Option<&ReportManifest> {
        self.reports.iter().find(|report| report.name == name)
    }
}

impl ReportManifest {
    /// Every declared cmdlet with its service.
    pub fn cmdlets(&self) -> impl Iterator<Item = (Service, &CmdletNeed)> {
        self.needs.iter().flat_map(|need| need.cmdlets.iter().map(|cmdlet| (need.service, cmdlet)))
    }
}

const fn eight() -> u32 {
    8
}

/// Cmdlet names as JSON texts.
pub(crate) mod names_of_cmdlets {
    use exo_model::CmdletName;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(name: &CmdletName, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(name.as_str())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<CmdletName, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}
