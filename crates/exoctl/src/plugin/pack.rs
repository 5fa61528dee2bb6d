//! `exoctl plugin pack`: one file to ship.

use crate::arguments::{Global, PluginPackArgs};
use crate::failure::{Failure, Result};
use crate::terminal;
use exo_model::ErrorKind;
use exo_output::ResultFile;
use exo_plugin_host::PackageWriter;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Writes the package and says how to sign it.
pub(super) fn run(args: &PluginPackArgs, global: &Global) -> Result<()> {
    let mut package = PackageWriter::new();
    for path in &args.libraries {
        package.library(path, read(path)?.into())?;
    }
    for path in &args.files {
        package.file(path, read(path)?.into())?;
    }
    let targets = package.targets().join(", ");
    let of = |between| package.manifest().map(|plugin| format!("{}{between}{}", plugin.name, plugin.version));
    let (name, title) = (of("-").unwrap_or_default(), of(" ").unwrap_or_default());
    let path = place(args.out.as_deref(), &format!("{name}.exoplugin"));
    let bytes = package.finish(&path)?;
    let mut file = ResultFile::create(&path, args.overwrite)?;
    file.write_all(&bytes).map_err(terminal::unwritten)?;
    file.commit()?;
    if !global.quiet {
        terminal::say(&format!("{}: {name} for {targets}", path.display()));
        terminal::say(&format!("sign it before you ship it: minisign -Sm {} -t \"{title}\"", word(&path)));
    }
    Ok(())
}

/// A path as one word of a command line.
fn word(path: &Path) -> String {
    let path = path.display().to_string();
    if path.contains(char::is_whitespace) { format!("\"{path}\"") } else { path }
}

fn place(out: Option<&Path>, name: &str) -> PathBuf {
    match out {
        None => PathBuf::from(name),
        Some(path) if path.is_dir() => path.join(name),
        Some(path) => path.to_owned(),
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|error| {
        Failure::new(ErrorKind::Usage, format!("`{}` cannot be read: {error}", path.display())).hinted("check the path")
    })
}
