//! Builds, tests and measures exoctl: `cargo xtask --help`.

mod bench;
mod bench_faults;
mod bench_hazards;
mod bench_people;
mod bench_pfx;
mod bench_plugins;
mod bench_size;
mod bench_throttling;
mod bench_token;
mod cargo;
mod ci;
mod interop;
mod measure;
mod peers;
mod program;
mod sanitize;
mod tidy;
mod windows;

use anyhow::{Result, bail};
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  build [--debug]   the plugins, then the program with them inside (as it is shipped, unless --debug)
  demo [ARGS…]      builds, then runs `exoctl demo` on the embedded emulated tenant
  test [FILTER…]    builds what the tests need once, then every test
  ci                all that CI does, in order, up to the first failure
  tidy              layers, file rules, unsafe list (the same checks are tests of xtask)
  bench [NAME…]     hazards, start, memory, cpu, check, pfx, token, throttling, small-calls, size, plugins, people: figures
  interop [NAME…]   other people's libraries and servers against ours, each installed into a folder of its own
  sanitize [NAME…]  miri, address, thread: the plugin boundary under Miri and sanitizers; needs a nightly toolchain
  windows           check and clippy for Windows, and the store of certificates under Wine
";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match run(&command, &rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say(&format!("xtask: {error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str, rest: &[String]) -> Result<()> {
    match command {
        "build" => program::build(profile(rest)).map(|built| say(&format!("built {}", built.program.display()))),
        "demo" => program::demo(rest),
        "test" => program::test(rest),
        "ci" => ci::run(),
        "tidy" => tidy::run(),
        "bench" => bench::run(rest),
        "interop" => interop::run(rest),
        "sanitize" => sanitize::run(rest),
        "windows" => windows::run(),
        "" | "help" | "--help" | "-h" => {
            say(HELP);
            Ok(())
        }
        other => bail!("`{other}` is not a command\n\n{HELP}"),
    }
}

fn profile(rest: &[String]) -> program::Profile {
    if rest.iter().any(|word| word == "--debug") { program::Profile::Debug } else { program::Profile::Dist }
}

/// The one place that prints.
#[expect(clippy::print_stderr, reason = "xtask talks to the developer")]
fn say(text: &str) {
    eprintln!("{}", text.trim_end());
}
