//! What a report costs as a plugin, beside the same code called as a trait object of one program.

use crate::bench::median;
use crate::bench_size::mib;
use crate::cargo::{cargo, run as run_command, target};
use crate::measure;
use crate::say;
use anyhow::{Context, Result, ensure};
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX, EXE_SUFFIX};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Instant;

/// A million rows of about 500 bytes through a trait object, the thread carrier and the child; an empty run; memory.
pub(crate) fn run() -> Result<Vec<String>> {
    let what = ["--example", "carriers", "--example", "four_columns", "--bin", "exo-plugin-runner"];
    run_command(build(&mut cargo(), &what))?;
    say(
        "plugins: the example `carriers` of exo-plugin-host runs the report of its example `four_columns` over a million",
    );
    say(
        "  rows: static is a trait object, batches checked; thread and child are the carriers; children counted; loops aligned",
    );
    let mut missed = cpu()?;
    missed.extend(empty()?);
    missed.extend(memory()?);
    Ok(missed)
}

/// A build in which all loops begin where lines of the processor's cache do. A third of the time is one short loop of a
/// library: by where the linker happens to put it, the same code was up to 8 % faster or slower in the plugin's library
/// than in the program, which says nothing about the carrier.
fn build<'a>(command: &'a mut Command, what: &[&str]) -> &'a mut Command {
    command.args(["build", "--profile", "dist", "--package", "exo-plugin-host"]).args(what);
    command.env("RUSTFLAGS", "-Cllvm-args=-align-loops=64").env("CARGO_TARGET_DIR", folder())
}

fn folder() -> PathBuf {
    target().join("aligned")
}

fn cpu() -> Result<Vec<String>> {
    let same: Result<Vec<String>> = WAYS.iter().map(|way| told(MILLION, way)).collect();
    let same = same?;
    ensure!(same.iter().all(|sum| Some(sum) == same.first()), "the ways gave different rows: {same:?}");
    let [mut threads, mut children] = [Vec::new(), Vec::new()];
    for round in 1..=5 {
        let [alone, thread, child] = WAYS.map(|way| measure::average(REPEATS, || carriers(MILLION, way)));
        let (alone, thread, child) = (alone?, thread?, child?);
        let (by_thread, by_child) = (thread.div_duration_f64(alone), child.div_duration_f64(alone));
        say(&format!(
            "  round {round}: static {:.3} s; thread {:.3} s, {by_thread:.2} times; child {:.3} s, {by_child:.2} times",
            alone.as_secs_f64(),
            thread.as_secs_f64(),
            child.as_secs_f64(),
        ));
        threads.push(by_thread);
        children.push(by_child);
    }
    let (thread, child) = (median(&mut threads), median(&mut children));
    say(&format!("  median: thread {thread:.2} times (at most 1.05), child {child:.2} times (at most 1.70)"));
    let limits = [("thread", thread, 1.05), ("child", child, 1.7)];
    let over = limits.into_iter().filter(|(_, ratio, most)| ratio > most);
    Ok(over.map(|(way, ratio, _)| format!("plugins: the {way} takes {ratio:.2} times the CPU")).collect())
}

/// A run without a page, from start to end.
fn empty() -> Result<Vec<String>> {
    let [mut thread, mut child] = [Vec::new(), Vec::new()];
    for _ in 0..21 {
        for (way, times) in [("thread", &mut thread), ("child", &mut child)] {
            let started = Instant::now();
            run_command(&mut carriers(0, way))?;
            times.push(started.elapsed().as_secs_f64() * 1000.0);
        }
    }
    let (thread, child) = (median(&mut thread), median(&mut child));
    let more = child - thread;
    say(&format!(
        "  empty run, median of 21: thread {thread:.1} ms, child {child:.1} ms, {more:.1} ms more (at most 10)"
    ));
    Ok(if more > 10.0 { vec![format!("plugins: an empty run in the child takes {more:.1} ms more")] } else { vec![] })
}

/// The host's own peak, for few rows and for many.
fn memory() -> Result<Vec<String>> {
    let mut peaks = [0_u64; 2];
    for (peak, rows) in peaks.iter_mut().zip([10_000, MILLION]) {
        for _ in 0..3 {
            *peak = measure::run(&mut carriers(rows, "child"))?.own.max(*peak);
        }
    }
    let [few, many] = peaks.map(mib);
    say(&format!(
        "  memory of the host: {few:.1} MiB for 10,000 rows, {many:.1} MiB for a million (at most 1.10 times)"
    ));
    Ok(if many > few * 1.1 { vec![format!("plugins: the host grows from {few:.1} to {many:.1} MiB")] } else { vec![] })
}

/// What a run printed.
fn told(rows: u32, way: &str) -> Result<String> {
    let output = carriers(rows, way).stdout(Stdio::piped()).output().context("carriers")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(output.status.success() && text.starts_with(&format!("{rows} rows")), "{way}: {text}");
    Ok(text)
}

fn carriers(rows: u32, way: &str) -> Command {
    let built = folder().join("dist");
    let mut command = Command::new(built.join("examples").join(format!("carriers{EXE_SUFFIX}")));
    command
        .args([&rows.to_string(), way])
        .arg(built.join("examples").join(format!("{DLL_PREFIX}four_columns{DLL_SUFFIX}")))
        .arg(built.join(format!("exo-plugin-runner{EXE_SUFFIX}")))
        .stdout(Stdio::null());
    command
}

const WAYS: [&str; 3] = ["static", "thread", "child"];
const MILLION: u32 = 1_000_000;

/// Runs of which a round takes the mean.
const REPEATS: u32 = 2;
