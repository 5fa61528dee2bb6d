//! `exoctl plugin new`: a crate with a report, its fixture and its tests, that builds as it is.

mod cmdlets;
mod draw;
mod folder;
mod names;
mod render;
mod sdk;
mod shape;
mod specimen;

use crate::arguments::{Global, PluginNewArgs};
use crate::failure::Result;
use crate::lines::Lines;
use crate::terminal;
use draw::Drawn;
use std::path::{Path, PathBuf};

/// Draws a report from the records of its cmdlets and writes its crate.
pub(crate) async fn run(args: &PluginNewArgs, global: &Global) -> Result<()> {
    let name = names::checked(&args.name)?;
    let reads = cmdlets::find(&args.cmdlets, args.service.as_deref())?;
    let place = args.folder.clone().unwrap_or_else(|| PathBuf::from(name));
    folder::must_be_free(&place)?;
    let specimens = specimen::take(&reads, args, global).await?;
    let drawn = draw::draw(name, &reads, &specimens, &args.select)?;
    folder::write(&place, &render::files(&drawn, args.sdk.as_deref())?)?;
    terminal::result(&told(&drawn, &place))
}

/// What was written, and what to do with it.
fn told(drawn: &Drawn<'_>, place: &Path) -> String {
    let mut out = Lines::default();
    out.line(format_args!("plugin {} in {}", drawn.name, place.display()));
    out.line(format_args!(
        "  reads   {}",
        drawn.fixtures.iter().map(|(cmdlet, _)| *cmdlet).collect::<Vec<_>>().join(", ")
    ));
    let fields = drawn.fields.iter().chain(drawn.each.iter().flat_map(|(_, fields)| fields));
    out.line(format_args!(
        "  columns {}",
        fields.map(|f| f.ident.trim_start_matches("r#")).collect::<Vec<_>>().join(", ")
    ));
    out.line(format_args!("  types   drawn from {} records: {}", drawn.records, drawn.origin));
    let library = render::library(drawn.name);
    out.line(format_args!("\nnext, in {}:", place.display()));
    out.line(format_args!("  cargo test"));
    out.line(format_args!("  cargo build"));
    out.line(format_args!("  exoctl run ./target/debug/{library} --emulated"));
    out.into_text()
}
