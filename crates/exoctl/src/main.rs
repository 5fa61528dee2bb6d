//! `exoctl`: app-only sign-in and reports for Exchange Online and Security & Compliance.

mod account;
mod administrator;
mod app;
mod arguments;
mod bundled;
mod cert;
mod certificate_source;
mod check;
mod checklist;
mod client_secret;
mod connect;
mod credential;
mod demo;
mod emulated;
mod emulator;
mod environment;
mod exit;
mod failure;
mod fixtures;
mod interrupt;
mod invoke;
mod lines;
mod logging;
mod module_cmdlet;
mod offline;
mod organization;
#[cfg(test)]
mod pages;
mod password;
mod plan;
mod plugin;
mod powershell;
mod powershell_value;
mod preflight;
mod profile;
mod profile_file;
mod profile_writer;
mod progress;
mod pseudonym;
mod recorder;
mod records;
mod report;
mod report_output;
mod roles;
mod run;
mod runner;
mod shell;
mod site;
mod source;
mod stores;
mod table;
mod terminal;
mod times;
mod token;
mod words;

use arguments::{Cli, Command};
use clap::Parser;
use exit::Exit;
use exo_model::ErrorKind;
use failure::{Failure, Result};
use std::process::ExitCode;

fn main() -> ExitCode {
    // The child that confines a plugin: before settings, logging or anything that holds a secret.
    #[cfg(unix)]
    if std::env::args_os().nth(1).is_some_and(|first| first == runner::ARGUMENT) {
        return exo_plugin_host::runner_main(std::env::args_os().skip(2));
    }
    exo_plugin_host::shield();
    let words = words::options_first(std::env::args_os());
    let json = words::wants_json(&words);
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(error) => return refused(&error, json),
    };
    logging::start(cli.global.log);
    match started(&cli) {
        Ok(exit) => ExitCode::from(exit.code()),
        Err(failure) => ended(&failure, json),
    }
}

/// Runs the command on a runtime of its own.
fn started(cli: &Cli) -> Result<Exit> {
    // One thread serves all sockets: the work is waiting, and one heap stays smaller than several.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime =
        runtime.map_err(|error| Failure::new(ErrorKind::Fault, format!("the runtime cannot start: {error}")))?;
    let exit = runtime.block_on(dispatch(cli));
    // A plugin's thread that does not end must not keep the program.
    runtime.shutdown_background();
    exit
}

async fn dispatch(cli: &Cli) -> Result<Exit> {
    let global = &cli.global;
    let done = |()| Exit::Complete;
    match &cli.command {
        Command::Demo(args) => Box::pin(demo::run(args, global)).await.map(done),
        Command::Run(args) => Box::pin(run::run(args, global)).await,
        Command::Report { command } => report::run(command).map(done),
        Command::Invoke(args) => Box::pin(invoke::run(args, global)).await,
        Command::Check(args) => Box::pin(check::run(args, global)).await,
        Command::Token(args) => Box::pin(token::run(args, global)).await,
        Command::App { command } => Box::pin(app::run(command, global)).await.map(done),
        Command::Cert { command } => Box::pin(cert::run(command, global)).await.map(done),
        Command::Roles(args) => roles::run(args).map(done),
        Command::Plugin { command } => Box::pin(plugin::run(command, global)).await,
        Command::Emulator(args) => emulator::run(args).await.map(done),
    }
}

/// Wrong arguments, or a request for help.
fn refused(error: &clap::Error, json: bool) -> ExitCode {
    if !error.use_stderr() {
        // Nobody reads the help any more when this fails.
        drop(error.print());
        return ExitCode::SUCCESS;
    }
    let text = error.to_string();
    if ["-----BEGIN", "eyJ"].iter().any(|mark| text.contains(mark)) {
        // The argument that is not understood is a key or a token, and the message would repeat it.
        let text = format!("an argument is not understood{}", environment::NO_NAME);
        return ended(&Failure::usage(text).hinted("give the name of a file or of a variable that holds it"), json);
    }
    if json {
        let first = text.lines().next().unwrap_or_default();
        return ended(&Failure::usage(first.strip_prefix("error: ").unwrap_or(first)), json);
    }
    drop(error.print());
    ExitCode::from(ErrorKind::Usage.exit_code())
}

/// Shows what ended the program, in the form that was asked for.
fn ended(failure: &Failure, json: bool) -> ExitCode {
    // `exoctl … | head` is no failure of anybody.
    if failure.is_closed_pipe() {
        return ExitCode::SUCCESS;
    }
    terminal::say(&if json { failure.for_programs() } else { failure.for_people() });
    ExitCode::from(failure.kind().exit_code())
}

/// Ends the program from where it cannot return, as the second Ctrl-C asks.
#[expect(clippy::exit, reason = "the second Ctrl-C is asked for by the user and must not wait for anything")]
fn end_now(code: u8) -> ! {
    std::process::exit(i32::from(code))
}
