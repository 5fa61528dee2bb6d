//! `exoctl invoke`: one cmdlet, in PowerShell's own words.

use crate::arguments::{Global, InvokeArgs};
use crate::connect::Connection;
use crate::exit::Exit;
use crate::failure::{Failure, Result};
use crate::powershell::{self, Line};
use crate::profile::Profile;
use crate::progress::Progress;
use crate::records::Records;
use crate::{interrupt, plan, preflight, table, terminal};
use exo_model::{Completeness, ErrorKind, Invocation, Invoker, Next, ReadPath, Service};

/// Runs the cmdlet and writes its records as they come.
pub(crate) async fn run(args: &InvokeArgs, global: &Global) -> Result<Exit> {
    let service = match &args.service {
        Some(name) => Some(name.parse::<Service>().map_err(|error| Failure::usage(error.to_string()))?),
        None => None,
    };
    let line = powershell::parse(&args.words, service)?;
    let mut invocation = consented(line, args.write)?;
    if let Some(path) = &args.path {
        invocation.path = Some(path.parse::<ReadPath>().map_err(|error| Failure::usage(error.to_string()))?);
    }
    if !args.select.is_empty() {
        invocation.select.clone_from(&args.select);
    }
    let format = plan::format(&args.results)?;
    let (file, out, options) = table::open(&args.results)?;
    let mut records = Records::new(format, args.select.clone(), args.annotations, out, options);
    let profile = Profile::resolve(&args.sign_in, global.config.as_deref(), global.profile.as_deref())?;
    let connection = Connection::open(profile).await?;
    if !global.quiet {
        preflight::warn(&connection, [invocation.service]);
    }
    let progress = Progress::of(invocation.cmdlet.as_str(), global.quiet);
    let cancel = interrupt::token();
    let reading = read(&connection, invocation, &mut records, &progress);
    let end = tokio::select! {
        end = reading => end,
        () = cancel.cancelled() => Err(Failure::new(ErrorKind::Interrupted, "interrupted")),
    };
    progress.finish();
    let end = end?;
    let count = records.finish()?;
    if let Some(file) = file {
        file.commit()?;
    }
    Ok(tell(&end, count, global.quiet))
}

/// The stream to its end.
async fn read(
    connection: &Connection,
    call: Invocation,
    records: &mut Records,
    progress: &Progress,
) -> Result<Completeness> {
    let session = connection.session(call.service).await?;
    let mut pages = session.invoke(call).await?;
    let mut rows = 0;
    loop {
        match pages.next().await? {
            Next::Page(page) => {
                rows += page.len() as u64;
                records.page(&page)?;
                progress.rows(rows);
            }
            Next::End(end) => return Ok(end),
        }
    }
}

/// What changes things needs a word of consent.
fn consented(line: Line, write: bool) -> Result<Invocation> {
    let Line { invocation, reads } = line;
    if reads {
        return Ok(invocation);
    }
    if !write {
        let text = format!("{} changes things", invocation.cmdlet);
        return Err(Failure::usage(text).hinted("add --write if that is what you want"));
    }
    Ok(invocation)
}

/// Warnings and gaps go to stderr; what is missing makes the result incomplete.
fn tell(end: &Completeness, count: u64, quiet: bool) -> Exit {
    for warning in &end.warnings {
        terminal::say(&format!("warning: {warning}"));
    }
    for gap in &end.gaps {
        terminal::say(&format!("missing: {}", gap.what));
    }
    if !quiet {
        let records = if count == 1 { "record" } else { "records" };
        let state = if end.is_complete() { "complete" } else { "INCOMPLETE" };
        terminal::say(&format!("{count} {records}, {state}"));
    }
    if end.is_complete() { Exit::Complete } else { Exit::Incomplete }
}
