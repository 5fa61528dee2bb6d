//! The budget against services with limits that it does not know: what it used of them, what it was refused, and how
//! long many small calls take.

use crate::bench_faults::example;
use crate::say;
use anyhow::{Context, Result, ensure};

/// Runs the real code in virtual time; every service must be used well.
pub(crate) fn run() -> Result<Vec<String>> {
    let lines = example("throttling", &[])?;
    say(
        "throttling: exo-session in virtual time, five minutes of a service whose calls take 60 to 140 ms; four callers,",
    );
    say(
        "  the first with as many workers as the others together; at least 0.90 used, under 3 % refused after ten seconds,",
    );
    say("  shares within 10 %");
    let (mut missed, mut services) = (Vec::new(), 0);
    for account in lines {
        services += 1;
        let number = |name: &str| account[name].as_f64().with_context(|| format!("no `{name}` in {account}"));
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

/// Five thousand calls for one mailbox each, one by one and in batches.
pub(crate) fn small_calls() -> Result<Vec<String>> {
    let lines = example("small_calls", &[])?;
    say("small-calls: exo-session in virtual time, 5,000 calls of 50 ms each to a service that grants 8 at a time;");
    say(
        "  at most 1.15 times the ideal of 31.25 s, in batches that count as one call and run side by side at most 0.2",
    );
    let (mut missed, mut ways) = (Vec::new(), 0);
    for way in lines {
        ways += 1;
        let number = |name: &str| way[name].as_f64().with_context(|| format!("no `{name}` in {way}"));
        let text = |name: &str| way[name].as_str().unwrap_or_default();
        let (seconds, ideal) = (number("seconds")?, number("ideal")?);
        let ratio = seconds / ideal;
        let counting = way["counting"].as_str().map(|counting| format!(", the service counts {counting}"));
        let order = if way["in_order"] == true { ", in order" } else { "" };
        let what = format!(
            "{}{}{order}, Retry-After {}",
            text("travelled"),
            counting.unwrap_or_default(),
            text("retry_after")
        );
        say(&format!(
            "  {what}: {seconds:.2} s, {ratio:.3} of the ideal, {} requests, {} refusals, {} failed",
            number("requests")?,
            number("refused")?,
            number("failed")?
        ));
        let most = match (text("travelled"), text("counting")) {
            ("BatchCount::One", "One") => 0.2,
            // As many calls as the budget has places, of which the service runs an eighth at a time.
            ("BatchCount::Calls", "OneSerially") => 1.5,
            _ => 1.15,
        };
        // There is one mailbox too few.
        if ratio > most || way["failed"] != 1 {
            missed.push(format!("small calls {what}: {ratio:.3} of the ideal, at most {most}"));
        }
    }
    ensure!(ways > 0, "the example said nothing");
    Ok(missed)
}
