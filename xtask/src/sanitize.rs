//! What the compiler cannot see of the boundary's pointers and threads: Miri over the SDK, sanitizers over the carriers.

use crate::cargo::{present, root, run as run_command, target};
use crate::say;
use anyhow::{Context, Result, anyhow, bail, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// Runs what is named, or all three.
pub(crate) fn run(names: &[String]) -> Result<()> {
    let all = ["miri", "address", "thread"].map(str::to_owned);
    let names = if names.is_empty() { &all[..] } else { names };
    if let Some(other) = names.iter().find(|name| !all.contains(name)) {
        bail!("`{other}` is none of miri, address, thread");
    }
    for name in names {
        let begun = Instant::now();
        match name.as_str() {
            "miri" => miri()?,
            other => carriers(other)?,
        }
        say(&format!("sanitize: {name} has nothing to say, after {} s", begun.elapsed().as_secs()));
    }
    Ok(())
}

/// What cargo is told, what the tests are told, and what Miri is told.
type Interpreted = (&'static [&'static str], &'static [&'static str], &'static str);

/// The tests that Miri runs: everything with a raw pointer of the SDK and of the host's own side of the table.
const INTERPRETED: &[Interpreted] = &[
    (&["--package", "exo-plugin-abi", "--lib"], &[], ""),
    // The test that is left out asks cargo where the workspace is.
    (&["--package", "exo-plugin-wire", "--lib"], &["--skip", "every_text"], ""),
    // Those that are left out start the compiler, or write megabytes.
    (
        &["--package", "exo-plugin", "--lib", "--test", "api"],
        &["--skip", "compile_errors", "--skip", "thousands_of_rows"],
        "",
    ),
    // Nothing that loads a library, makes a process or opens a socket: Miri does none of it. The tables are leaked on
    // purpose: a thread that a plugin left behind may look into them.
    (
        &["--package", "exo-plugin-host", "--lib"],
        &["carrier::table", "carrier::frames", "carrier::buffers", "mailbox::", "ledger", "streams"],
        " -Zmiri-ignore-leaks",
    ),
];

/// Interprets the tests of the packages beside each other, each on one processor.
fn miri() -> Result<()> {
    nightly(&["miri", "--version"], "miri")?;
    std::thread::scope(|scope| {
        let all: Vec<_> = INTERPRETED.iter().map(|what| scope.spawn(|| interpret(what))).collect();
        all.into_iter().try_for_each(|one| one.join().map_err(|_| anyhow!("a thread of this program panicked"))?)
    })
}

/// With tree borrows: under stacked ones `futures-util` itself is at fault.
fn interpret((package, tests, flags): &Interpreted) -> Result<()> {
    let mut command = cargo("miri");
    command.args(["test", "--quiet"]).args(*package).args(["--", "--test-threads", "1"]).args(*tests);
    command.env("MIRIFLAGS", format!("-Zmiri-disable-isolation -Zmiri-tree-borrows{flags}"));
    // A case takes a thousand times as long as it takes elsewhere, and a backtrace minutes.
    command.env("PROPTEST_CASES", "4").env("RUST_BACKTRACE", "0");
    run_command(command.env("CARGO_TARGET_DIR", folder("miri")))
}

/// Runs the host's tests with a sanitizer in host, runner and plugins.
fn carriers(sanitizer: &str) -> Result<()> {
    ensure!(cfg!(target_os = "linux"), "the sanitizers are run on Linux");
    nightly(&["--version"], "rust-src")?;
    ensure!(has_source()?, "{}", missing("rust-src"));
    let reports = folder(sanitizer).join("reports");
    if reports.exists() {
        fs::remove_dir_all(&reports)?;
    }
    fs::create_dir_all(&reports)?;
    let options = format!("log_path={}:{}", reports.join("report").display(), options(sanitizer)?);
    let mut command = cargo("test");
    command.args(["--package", "exo-plugin-host", "--target", &host()?, "-Zbuild-std", "--no-fail-fast", "--"]);
    command.args(UNSANITIZED.iter().flat_map(|tests| ["--skip", tests]));
    // What a plugin calls of the sanitizer is in the program that loads it. No other symbol is exported: a library's own
    // manifest would be that of a plugin inside the program.
    let exported =
        ["__asan_*", "__tsan_*", "__sanitizer_*"].map(|name| format!(" -Clink-arg=-Wl,--export-dynamic-symbol={name}"));
    let flags = format!("-Zsanitizer={sanitizer}{}", exported.concat());
    command.env("RUSTFLAGS", &flags).env("RUSTDOCFLAGS", &flags).env("CARGO_TARGET_DIR", folder(sanitizer));
    // The tests look for it when they are compiled: a child has no environment of its host's.
    command.env("EXO_SANITIZER_OPTIONS", format!("{}={options}", variable(sanitizer)));
    let ran = run_command(command.env(variable(sanitizer), &options));
    // What was found says more than a test that failed because of it.
    told(&reports)?;
    ran
}

/// What the thread sanitizer cannot follow, in its own words: tokio registers descriptors at a copy of the one that it
/// waits on (`fcntl` with `F_DUPFD_CLOEXEC`), which the sanitizer takes for another, so that it sees no order between
/// the two. Only races of which one side is the driver itself are meant; no task is polled there.
const UNFOLLOWED: &str = "race:tokio::runtime::io::driver::\n";

/// Tests that a sanitizer cannot be part of.
const UNSANITIZED: &[&str] = &[
    // Shadow memory is more than the limit on memory, and its calls are on no list: the sandbox has tests of its own.
    "sandbox",
    "contained",
    "recorded",
    // Libraries that a bare compiler builds, without the sanitizer.
    "built",
    // What a library may depend on and export.
    "inspection",
    // The child's environment, which here holds the sanitizer's options.
    "a_child_has_nothing_of_its_parent",
    // A measurement.
    "empty",
];

fn options(sanitizer: &str) -> Result<String> {
    if sanitizer == "address" {
        // What is leaked is leaked for good: the tables that a plugin's thread may still look into.
        return Ok("detect_leaks=0:detect_stack_use_after_return=1:strict_string_checks=1".to_owned());
    }
    let unfollowed = folder(sanitizer).join("unfollowed");
    fs::write(&unfollowed, UNFOLLOWED)?;
    Ok(format!("suppressions={}:history_size=4:second_deadlock_stack=1", unfollowed.display()))
}

fn variable(sanitizer: &str) -> &'static str {
    if sanitizer == "address" { "ASAN_OPTIONS" } else { "TSAN_OPTIONS" }
}

/// Fails with what a sanitizer of a child wrote down: its exit code alone could be taken for the plugin's.
fn told(reports: &Path) -> Result<()> {
    let mut all = BTreeMap::<String, usize>::new();
    for report in fs::read_dir(reports)? {
        let text = String::from_utf8_lossy(&fs::read(report?.path())?).into_owned();
        let found: Vec<_> = text.lines().filter(|line| line.starts_with("SUMMARY: ")).collect();
        // One that broke off has no summary.
        for line in if found.is_empty() { vec!["a report without a summary"] } else { found } {
            *all.entry(line.to_owned()).or_default() += 1;
        }
    }
    let lines: Vec<_> = all.iter().map(|(line, times)| format!("{times} times {line}")).collect();
    ensure!(all.is_empty(), "reports in {}:\n{}", reports.display(), lines.join("\n"));
    Ok(())
}

/// Cargo of the nightly toolchain, whichever started this program.
fn cargo(command: &str) -> Command {
    let mut cargo = Command::new("rustup");
    cargo.args(["run", "nightly", "cargo", command]).current_dir(root());
    cargo.env_remove("CARGO").env_remove("RUSTC").env_remove("RUSTUP_TOOLCHAIN");
    cargo
}

fn nightly(arguments: &[&str], component: &str) -> Result<()> {
    let begin = ["run", "nightly", "cargo"];
    ensure!(present("rustup", &[&begin, arguments].concat()), "{}", missing(component));
    Ok(())
}

fn missing(component: &str) -> String {
    format!(
        "the nightly toolchain with `{component}` is not installed: `rustup toolchain install nightly --component {component}`"
    )
}

/// Whether the standard library's source is there, to be built with a sanitizer.
fn has_source() -> Result<bool> {
    let sysroot = answer(&["--print", "sysroot"])?;
    Ok(Path::new(sysroot.trim()).join("lib/rustlib/src/rust/library/Cargo.lock").exists())
}

fn host() -> Result<String> {
    let version = answer(&["--version", "--verbose"])?;
    let line = version.lines().find_map(|line| line.strip_prefix("host: "));
    line.map(str::to_owned).context("the compiler does not say what it runs on")
}

fn answer(arguments: &[&str]) -> Result<String> {
    let output = Command::new("rustup").args(["run", "nightly", "rustc"]).args(arguments).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

/// Builds of other flags and another compiler, apart from those of every day.
fn folder(name: &str) -> PathBuf {
    target().join("sanitize").join(name)
}
