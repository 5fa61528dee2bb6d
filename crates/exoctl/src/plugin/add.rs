//! `exoctl plugin add`: what a plugin asks for is seen before it is accepted.

use super::store;
use crate::arguments::{Global, PluginAddArgs};
use crate::failure::{Failure, Result};
use crate::lines::Lines;
use crate::{bundled, terminal, times};
use exo_model::{Clock as _, ErrorKind};
use exo_plugin_host::{Candidate, Pinned, PluginStore, PublisherKey, ReportManifest, TrustError};
use exo_plugin_wire::Access;
use std::path::{Path, PathBuf};

/// Verifies the plugin, shows what it asks for, and adds it if that is wanted.
pub(super) fn run(args: &PluginAddArgs, global: &Global) -> Result<()> {
    let store = store()?;
    let candidate = candidate(args, &store)?;
    let manifest = candidate.manifest();
    let names = |name: &str| manifest.reports.iter().any(|report| report.name == name);
    // A bundled report cannot be replaced: its name would mean something else tomorrow.
    if let Some(found) = bundled::all().unwrap_or_default().into_iter().find(|found| names(&found.report.name)) {
        let text = format!("report `{}` comes with this program", found.report.name);
        return Err(Failure::new(ErrorKind::Plugin, text).hinted("the plugin's author must name it otherwise"));
    }
    store.admits(&candidate)?;
    let known = store.find(&manifest.name)?;
    terminal::say(&shown(&candidate, known.as_ref(), args.allow_writes));
    if !args.yes && !terminal::agreed("Add it?") {
        let text = format!("`{}` was not added", manifest.name);
        return Err(Failure::new(ErrorKind::Usage, text).hinted("say --yes where nobody can be asked"));
    }
    let now = times::rfc3339(exo_http::SystemClock::new().now());
    let pinned = store.add(&candidate, args.allow_writes, &now)?;
    if !global.quiet {
        let reports = pinned.reports.join(" ");
        terminal::say(&format!("{} {} is added; run it with `exoctl run {reports}`", pinned.name, pinned.version));
    }
    Ok(())
}

/// Nothing of a package is looked at before its signature holds.
fn candidate(args: &PluginAddArgs, store: &PluginStore) -> Result<Candidate> {
    if args.unsigned {
        return Ok(Candidate::unsigned(&args.file)?);
    }
    let signature = args.signature.clone().unwrap_or_else(|| beside(&args.file));
    if args.signature.is_none() && !signature.exists() {
        // What is no plugin at all is told first.
        let candidate = Candidate::unsigned(&args.file)?;
        let text = format!("nobody has signed `{}` {}", candidate.manifest().name, candidate.manifest().version);
        return Err(Failure::new(ErrorKind::Plugin, text).hinted(format!(
            "put its signature at `{}`, or say --unsigned if you trust the file",
            signature.display()
        )));
    }
    let keys = match &args.key {
        Some(key) => vec![publisher(key)?],
        None => store.publishers()?,
    };
    if keys.is_empty() {
        let text = format!("no publisher is known whose key could have signed `{}`", args.file.display());
        return Err(Failure::new(ErrorKind::Plugin, text).hinted("give the publisher's public key with --key"));
    }
    Ok(Candidate::signed(&args.file, &signature, &keys)?)
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".minisig");
    name.into()
}

/// A key is its text, or the file that holds it.
fn publisher(key: &str) -> Result<PublisherKey> {
    let text = if Path::new(key).is_file() {
        std::fs::read_to_string(key)
            .map_err(|source| Failure::usage(format!("the key file `{key}` cannot be read: {source}")))?
    } else {
        key.to_owned()
    };
    text.parse().map_err(|error: TrustError| Failure::from(error))
}

/// What somebody must know who decides about it.
fn shown(candidate: &Candidate, known: Option<&Pinned>, writes: bool) -> String {
    let plugin = candidate.manifest();
    let mut out = Lines::default();
    out.line(format_args!("{} {} – {}", plugin.name, plugin.version, plugin.about));
    if let Some(known) = known {
        out.line(format_args!("replaces    {} of {}, {}", known.version, known.added, known.vouched()));
    }
    let publisher = candidate.publisher().map_or_else(|| "nobody".to_owned(), ToString::to_string);
    out.line(format_args!("signed by   {publisher}"));
    if let Some(comment) = candidate.comment() {
        out.line(format_args!("comment     {comment}"));
    }
    out.line(format_args!("sha-256     {}", candidate.sha256()));
    for report in &plugin.reports {
        asks(report, writes, &mut out);
    }
    out.into_text()
}

fn asks(report: &ReportManifest, writes: bool, out: &mut Lines) {
    out.line(format_args!("report      {} – {}", report.name, report.about));
    for need in &report.needs {
        for cmdlet in &need.cmdlets {
            let parameters = if cmdlet.parameters.is_empty() {
                String::new()
            } else {
                format!(" -{}", cmdlet.parameters.join(" -"))
            };
            out.line(format_args!("  calls     {} ({}){parameters}", cmdlet.name, need.service));
        }
    }
    let changes = match (report.access, writes) {
        (Access::Read, _) => "nothing",
        (Access::Write, true) => "THINGS IN YOUR TENANT, where `exoctl run` allows it",
        (Access::Write, false) => "things; refused unless added with --allow-writes",
    };
    out.line(format_args!("  changes   {changes}"));
}
