//! The benchmarks: what a run costs, beside something it can be compared to, with the raw figures.

use crate::bench_faults;
use crate::bench_hazards;
use crate::bench_people;
use crate::bench_pfx;
use crate::bench_plugins;
use crate::bench_size;
use crate::bench_throttling;
use crate::bench_token;
use crate::cargo::target;
use crate::measure::{self, Cost};
use crate::program::{self, BUNDLE, Built, Profile};
use crate::say;
use anyhow::{Context, Result, bail, ensure};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// Runs the named benchmarks, or all.
pub(crate) fn run(names: &[String]) -> Result<()> {
    let known = [
        "hazards",
        "start",
        "memory",
        "cpu",
        "check",
        "pfx",
        "token",
        "throttling",
        "small-calls",
        "faults",
        "size",
        "plugins",
        "people",
    ];
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        bail!("`{unknown}` is not a benchmark; there are {}", known.join(", "));
    }
    let wanted = |name: &str| names.is_empty() || names.iter().any(|n| n == name);
    let mut missed = Vec::new();
    if wanted("hazards") {
        missed.extend(bench_hazards::hazards());
    }
    if wanted("start") {
        missed.extend(bench_hazards::start());
    }
    if wanted("pfx") {
        missed.extend(bench_pfx::run()?);
    }
    if wanted("throttling") {
        missed.extend(bench_throttling::run()?);
    }
    if wanted("small-calls") {
        missed.extend(bench_throttling::small_calls()?);
    }
    if wanted("faults") {
        missed.extend(bench_faults::run()?);
    }
    if wanted("size") {
        missed.extend(bench_size::size()?);
    }
    if wanted("plugins") {
        missed.extend(bench_plugins::run()?);
    }
    if ["memory", "cpu", "check", "token", "people"].into_iter().any(&wanted) {
        missed.extend(of_program(&wanted)?);
    }
    ensure!(missed.is_empty(), "missed: {}", missed.join("; "));
    Ok(())
}

/// The benchmarks that need the whole program.
fn of_program(wanted: &dyn Fn(&str) -> bool) -> Result<Vec<String>> {
    let built = program::build(Profile::Dist)?;
    let mut missed = Vec::new();
    if wanted("check") {
        missed.extend(check(&built)?);
    }
    if wanted("token") {
        missed.extend(bench_token::warm()?);
        missed.extend(bench_token::sign_in(&built)?);
    }
    if wanted("people") {
        missed.extend(bench_people::run(&built)?);
    }
    if wanted("memory") {
        missed.extend(memory(&built)?);
    }
    if wanted("cpu") {
        missed.extend(cpu(&built)?);
    }
    Ok(missed)
}

/// An emulated tenant in a process of its own, stopped when dropped.
pub(crate) struct Tenant {
    process: Child,
    folder: PathBuf,
}

impl Tenant {
    /// Starts `exoctl emulator` and waits until it serves.
    pub(crate) fn start(program: &Path, mailboxes: u64, more: &[&str]) -> Result<Self> {
        static STARTED: AtomicU32 = AtomicU32::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let folder = target().join("bench").join(format!("tenant-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let mut process = Command::new(program)
            .args(["emulator", "--mailboxes", &mailboxes.to_string(), "--folder"])
            .arg(&folder)
            .args(more)
            .stdout(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()?;
        let output = process.stdout.take().context("no output")?;
        let mut lines = BufReader::new(output).lines();
        let ready = lines.by_ref().map_while(Result::ok).any(|line| line.trim() == "ready");
        // What it says later must not fill the pipe.
        std::thread::spawn(move || lines.for_each(drop));
        let tenant = Self { process, folder };
        ensure!(ready, "the emulator ended before it served");
        Ok(tenant)
    }

    /// The profile file that signs in to it.
    pub(crate) fn config(&self) -> PathBuf {
        self.folder.join("config.toml")
    }

    /// Certificate, authority and profile.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Tenant {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// Peak memory of a run over 20,000 and over 200,000 mailboxes: of three runs each, the highest.
fn memory(built: &Built) -> Result<Vec<String>> {
    say("memory: `exoctl run mailboxes --format ndjson`, program and children, sum of each one's peak resident memory");
    let small = peak(built, 20_000)?;
    let large = peak(built, 200_000)?;
    let ratio = share(large, small);
    say(&format!(
        "  200,000 mailboxes take {ratio:.2} times what 20,000 take (at most 1.10), {:.1} MiB (at most 64)",
        mib(large)
    ));
    let mut missed = Vec::new();
    if mib(large) > 64.0 {
        missed.push(format!("peak memory {:.1} MiB is above 64 MiB", mib(large)));
    }
    if ratio > 1.10 {
        missed.push(format!("peak memory grows with the tenant: {ratio:.2}"));
    }
    Ok(missed)
}

/// The highest peak of three runs, each printed.
fn peak(built: &Built, mailboxes: u64) -> Result<u64> {
    let tenant = Tenant::start(&built.program, mailboxes, &[])?;
    let mut highest = 0;
    for round in 1..=3 {
        let cost = measure_run(built, &tenant)?;
        let (own, children) = (mib(cost.own), mib(cost.peak - cost.own));
        let sum = mib(cost.peak);
        say(&format!("  {mailboxes} mailboxes, round {round}: {sum:.1} MiB (program {own:.1}, child {children:.1})"));
        highest = highest.max(cost.peak);
    }
    Ok(highest)
}

/// CPU of a run over 200,000 mailboxes against a client that only reads and drops the same pages.
fn cpu(built: &Built) -> Result<Vec<String>> {
    let bare = program::example("bare_client");
    program::build_examples("exoctl", &["--example", "bare_client"], &[(BUNDLE, built.bundle.as_path())])?;
    let tenant = Tenant::start(&built.program, 200_000, &[])?;
    let mut ratios = Vec::new();
    say("cpu: user and system time over 200,000 mailboxes, both programs unpacking what is packed");
    for round in 1..=3 {
        let ours = measure_run(built, &tenant)?;
        let theirs = measure::run(Command::new(&bare).arg(tenant.folder()).stdout(Stdio::null()))?;
        let ratio = ours.cpu.as_secs_f64() / theirs.cpu.as_secs_f64();
        say(&format!(
            "  round {round}: exoctl run {:.2} s cpu ({:.2} s wall), bare_client {:.2} s cpu ({:.2} s wall), {ratio:.2} times",
            ours.cpu.as_secs_f64(),
            ours.wall.as_secs_f64(),
            theirs.cpu.as_secs_f64(),
            theirs.wall.as_secs_f64(),
        ));
        ratios.push(ratio);
    }
    let median = median(&mut ratios);
    say(&format!("  median {median:.2} times (at most 7)"));
    Ok(if median > 7.0 { vec![format!("client cpu {median:.2} times the bare client's")] } else { Vec::new() })
}

/// CPU of `exoctl check` from start to answer.
fn check(built: &Built) -> Result<Vec<String>> {
    let tenant = Tenant::start(&built.program, 200, &[])?;
    let mut times = Vec::new();
    for _ in 0..9 {
        let cost = measure::run(
            Command::new(&built.program)
                .args(["check", "--quiet", "--config"])
                .arg(tenant.config())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        )?;
        times.push(cost.cpu.as_secs_f64() * 1000.0);
    }
    let listed: Vec<String> = times.iter().map(|ms| format!("{ms:.0}")).collect();
    let median = median(&mut times);
    say("check: `exoctl check` against the emulator, user and system time, RSA signing included");
    say(&format!("  nine runs {} ms; median {median:.0} ms (at most 150)", listed.join(" ")));
    Ok(if median > 150.0 { vec![format!("check takes {median:.0} ms of CPU")] } else { Vec::new() })
}

fn measure_run(built: &Built, tenant: &Tenant) -> Result<Cost> {
    let out = tenant.folder().join("mailboxes.ndjson");
    measure::run(
        Command::new(&built.program)
            .args(["run", "mailboxes", "--format", "ndjson", "--quiet", "--overwrite", "--config"])
            .arg(tenant.config())
            .arg("--out")
            .arg(out),
    )
}

pub(crate) fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[expect(clippy::cast_precision_loss, reason = "megabytes to one decimal")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

#[expect(clippy::cast_precision_loss, reason = "a ratio to two decimals")]
fn share(a: u64, b: u64) -> f64 {
    a as f64 / b as f64
}
