//! Why a plugin cannot be used.

use crate::{Exposure, PluginOrigin};
use exo_model::{Diagnose, ErrorKind};
use std::borrow::Cow;
use std::io;
use std::path::PathBuf;

/// Why a plugin cannot be used, said before any of its code runs.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the text of a variant says what its fields are")]
pub enum Error {
    /// The file cannot be read.
    #[error("failed to read the plugin `{}`", path.display())]
    #[non_exhaustive]
    Open { path: PathBuf, source: io::Error },

    /// Others can change the file or its folder.
    #[error("plugin refused: `{}` {exposure}", path.display())]
    #[non_exhaustive]
    Exposed { path: PathBuf, exposure: Exposure },

    /// The bytes are no shared library, or only a part of one.
    #[error("{origin} is no shared library, or is cut short: {detail}")]
    #[non_exhaustive]
    NotALibrary { origin: PluginOrigin, detail: String },

    /// A library for another system or processor.
    #[error("{origin} was built for {found}, this program runs on {wanted}")]
    #[non_exhaustive]
    OtherTarget { origin: PluginOrigin, found: String, wanted: String },

    /// A library that exports no manifest.
    #[error("{origin} is not a plugin for this program: it exports no manifest")]
    #[non_exhaustive]
    NotAPlugin { origin: PluginOrigin },

    /// A plugin of another major version of the boundary.
    #[error("{origin} needs plugin ABI {found}, this program has {host}")]
    #[non_exhaustive]
    OtherMajor { origin: PluginOrigin, found: u32, host: u32 },

    /// A plugin that needs a newer minor version of the boundary.
    #[error("`{name}` {version} needs plugin ABI {major}.{needs}, this program has {major}.{host}")]
    #[non_exhaustive]
    OtherMinor { name: String, version: String, major: u32, needs: u32, host: u32 },

    /// The manifest is broken or contradicts itself.
    #[error("the manifest of {origin} cannot be used")]
    #[non_exhaustive]
    Manifest { origin: PluginOrigin, source: Box<exo_plugin_wire::Error> },

    /// There is no such report in the plugin.
    #[error("the plugin `{plugin}` has no report `{report}`; it has {known}")]
    #[non_exhaustive]
    UnknownReport { plugin: String, report: String, known: String },

    /// An argument is missing, unknown, or of another type.
    #[error("report `{report}` cannot run with these arguments")]
    #[non_exhaustive]
    Arguments { report: String, source: Box<exo_plugin_wire::ArgError> },

    /// The bytes cannot be put where they can be loaded from.
    #[error("failed to make {origin} loadable")]
    #[non_exhaustive]
    Image { origin: PluginOrigin, source: io::Error },

    /// The child process, or the thread, cannot be started.
    #[error("failed to start `{}` for the plugin", runner.display())]
    #[non_exhaustive]
    Start { runner: PathBuf, source: io::Error },

    /// The system cannot confine plugins as strongly as it must.
    #[error("plugins are not isolated as required here: {missing}")]
    #[non_exhaustive]
    Unconfined { missing: String },

    /// The library does not load, or is not what its file says.
    #[error("the plugin `{plugin}` cannot be loaded: {detail}")]
    #[non_exhaustive]
    Load { plugin: String, detail: String },
}

impl Diagnose for Error {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownReport { .. } | Self::Arguments { .. } => ErrorKind::Usage,
            _ => ErrorKind::Plugin,
        }
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        Some(match self {
            Self::Open { source, .. } if source.kind() == io::ErrorKind::NotFound => "check the path".into(),
            Self::Exposed { .. } => {
                "take write access from others (chmod o-w), and let it belong to you or to root".into()
            }
            Self::NotALibrary { .. } => "copy or build the plugin again".into(),
            Self::OtherTarget { wanted, .. } => format!("build the plugin for {wanted}").into(),
            Self::NotAPlugin { .. } => "build it with the crate exo-plugin and `export!`".into(),
            Self::OtherMajor { found, host, .. } if found > host => "update exoctl".into(),
            Self::OtherMajor { .. } => "build the plugin again with a newer exo-plugin".into(),
            Self::OtherMinor { name, .. } => format!("update exoctl, or use an older version of `{name}`").into(),
            Self::Unconfined { .. } => "run it on a system that has what is missing, or with `--isolation auto`".into(),
            Self::Manifest { source, .. } => return source.hint(),
            Self::Arguments { source, .. } => return source.hint(),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Error> {
        let path = || PathBuf::from("/plugins/libx.so");
        let origin = || PluginOrigin::Path(path());
        let io = || io::Error::from(io::ErrorKind::NotFound);
        let double = exo_plugin_wire::PluginManifest::parse(b"no manifest").unwrap_err();
        let unknown = exo_plugin_wire::parse_words(&[], &["--mood"]).unwrap_err();
        vec![
            Error::Open { path: path(), source: io() },
            Error::Exposed { path: path(), exposure: Exposure::FileWritable },
            Error::Exposed { path: path(), exposure: Exposure::FolderWritable },
            Error::Exposed { path: path(), exposure: Exposure::FileOwner(7) },
            Error::Exposed { path: path(), exposure: Exposure::FolderOwner(7) },
            Error::NotALibrary { origin: origin(), detail: "unknown file magic".into() },
            Error::OtherTarget { origin: origin(), found: "macos on aarch64".into(), wanted: "linux on x86_64".into() },
            Error::NotAPlugin { origin: origin() },
            Error::OtherMajor { origin: origin(), found: 1, host: 0 },
            Error::OtherMajor { origin: PluginOrigin::Bundled("x".into()), found: 0, host: 1 },
            Error::OtherMinor { name: "sizes".into(), version: "1.4.2".into(), major: 0, needs: 3, host: 2 },
            Error::Manifest { origin: origin(), source: Box::new(double) },
            Error::UnknownReport { plugin: "sizes".into(), report: "size".into(), known: "`sizes`".into() },
            Error::Arguments { report: "sizes".into(), source: Box::new(unknown) },
            Error::Image { origin: origin(), source: io() },
            Error::Start { runner: "/bin/exoctl".into(), source: io() },
            Error::Unconfined { missing: "files (this kernel has no Landlock)".into() },
            Error::Load { plugin: "sizes".into(), detail: "libm.so.7 is missing".into() },
        ]
    }

    #[test]
    fn texts_and_hints() {
        let lines = all().into_iter().map(|error| {
            let hint = error.hint().unwrap_or("-".into());
            format!("{error} | {:?} | {hint}", error.kind())
        });
        insta::assert_snapshot!(lines.collect::<Vec<_>>().join("\n"));
    }
}
