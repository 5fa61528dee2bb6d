//! Streams under faults of all kinds: each ends whole and equal to what the generator says, or says what is missing.

use crate::cargo::{cargo, run as run_command, target};
use crate::say;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

/// Streams of a run.
const STREAMS: u64 = 2_000;

/// Runs all streams under a seed that is printed; `EXO_FAULT_SEED` gives another.
#[expect(clippy::disallowed_methods, reason = "the seed may be given, and is the time of day otherwise")]
pub(crate) fn run() -> Result<Vec<String>> {
    let seed = match std::env::var("EXO_FAULT_SEED") {
        Ok(seed) => seed,
        Err(_) => SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs().to_string(),
    };
    say(&format!("faults: {STREAMS} streams against emulated tenants over TLS, EXO_FAULT_SEED={seed}; waits are a"));
    say("  thousandth of what the service asks for");
    let tenants = example("faults", &[&seed, &STREAMS.to_string()])?;
    let sum = |name: &str| tenants.iter().filter_map(|tenant| tenant[name].as_u64()).sum::<u64>();
    let wrong: Vec<&str> =
        tenants.iter().filter_map(|tenant| tenant["wrong"].as_array()).flatten().filter_map(Value::as_str).collect();
    let streams = sum("streams");
    say(&format!(
        "  {streams} streams of {} tenants, {} of them incomplete and saying so, {} requests repeated, {} wrong",
        tenants.len(),
        sum("incomplete"),
        sum("retries"),
        wrong.len()
    ));
    for what in &wrong {
        say(&format!("  {what}"));
    }
    let mut missed: Vec<String> = Vec::new();
    if streams < STREAMS || !wrong.is_empty() {
        missed.push(format!("{} of {streams} streams under faults ended otherwise than they had to", wrong.len()));
    }
    let memory: Vec<u64> = tenants.iter().filter_map(|tenant| tenant["memory"].as_u64()).collect();
    if let (Some(first), Some(last)) = (median(&memory, 0), median(&memory, 3)) {
        say(&format!("  memory behind each tenant, median: {first} KiB in the first quarter, {last} KiB in the last"));
        if last > first * 6 / 5 {
            missed.push(format!("memory under faults grows from {first} KiB to {last} KiB"));
        }
    }
    Ok(missed)
}

/// The median of a quarter of the figures.
fn median(figures: &[u64], quarter: usize) -> Option<u64> {
    let length = figures.len() / 4;
    let mut part = figures.get(quarter * length..(quarter + 1) * length)?.to_vec();
    part.sort_unstable();
    part.get(length / 2).copied()
}

/// Builds an example of the session and runs it: its lines of JSON.
pub(crate) fn example(name: &str, arguments: &[&str]) -> Result<Vec<Value>> {
    run_command(cargo().args(["build", "--release", "--package", "exo-session", "--example", name]))?;
    let example = target().join("release/examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let output = Command::new(example).args(arguments).output().with_context(|| format!("starting {name}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{name} ended with {}: {errors}", output.status);
    String::from_utf8(output.stdout)?.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}
