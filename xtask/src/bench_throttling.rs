//! The budget against services with limits that it does not know: what it used of them, and what it was refused.

use crate::cargo::{cargo, run as run_command, target};
use crate::say;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::process::Command;

/// Runs the real code in virtual time; every service must be used well.
pub(crate) fn run() -> Result<Vec<String>> {
    run_command(cargo().args(["build", "--release", "--package", "exo-session", "--example", "throttling"]))?;
    let example = target().join("release/examples").join(format!("throttling{}", std::env::consts::EXE_SUFFIX));
    let output = Command::new(example).output()?;
    ensure!(output.status.success(), "throttling ended with {}", output.status);
    say(
        "throttling: exo-session in virtual time, five minutes of a service whose calls take 60 to 140 ms; four callers,",
    );
    say(
        "  the first with as many workers as the others together; at least 0.90 used, under 3 % refused after ten seconds,",
    );
    say("  shares within 10 %");
    let (mut missed, mut services) = (Vec::new(), 0);
    for line in String::from_utf8(output.stdout)?.lines() {
        services += 1;
        let account: Value = serde_json::from_str(line)?;
        let number = |name: &str| account[name].as_f64().with_context(|| format!("no `{name}` in {line}"));
        let (used, refused, spread) = (number("used")?, number("refused")? * 100.0, number("spread")? * 100.0);
        let service = account["service"].as_str().unwrap_or_default();
        say(&format!("  {service}: {used:.3} used, {refused:.2} % refused, shares within {spread:.1} %"));
        if used < 0.90 || refused >= 3.0 || spread > 10.0 {
            missed.push(format!("throttling by {service}: {used:.3} used, {refused:.2} % refused, {spread:.1} %"));
        }
    }
    ensure!(services > 0, "the example said nothing");
    Ok(missed)
}
