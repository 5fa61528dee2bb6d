//! What a session costs by the size of the tenant, beside a bare client.

use crate::bench::median;
use crate::cargo::target;
use crate::measure;
use crate::program::{build_examples, example};
use crate::say;
use anyhow::{Context, Result, ensure};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A million rows through the session, beside a client that unpacks and drops the bytes.
pub(crate) fn size() -> Result<Vec<String>> {
    let names = ["page_server", "count_mailboxes", "drop_bytes"].map(|name| ["--example", name]);
    build_examples("exo-session", names.as_flattened(), &[])?;
    say("size: `count_mailboxes` (exo-session, all pages of a call) and `drop_bytes` (reqwest and rustls alone, each");
    say(
        "  piece unpacked and dropped), over TLS from a third process; user and system time of each, medians of 5 rounds",
    );
    let (mut missed, mut highest) = (Vec::new(), [0_u64; 2]);
    for form in ["plain", "gzip"] {
        for (peak, rows) in highest.iter_mut().zip([10_000, 1_000_000]) {
            let server = Server::start(rows, form)?;
            let mut ratios = Vec::new();
            for round in 1..=5 {
                let cost = measure::run(&mut server.client("count_mailboxes"))?;
                *peak = cost.peak.max(*peak);
                let memory = mib(cost.peak);
                if rows < 1_000_000 {
                    say(&format!("  {form}, {rows} rows, round {round}: {memory:.1} MiB"));
                    continue;
                }
                let ours = measure::average(REPEATS, || server.client("count_mailboxes"))?;
                let theirs = measure::average(REPEATS, || server.client("drop_bytes"))?;
                let ratio = ours.div_duration_f64(theirs);
                say(&format!(
                    "  {form}, {rows} rows, round {round}: {memory:.1} MiB; session {:.3} s, bare client {:.3} s, {ratio:.2} times",
                    ours.as_secs_f64(),
                    theirs.as_secs_f64(),
                ));
                ratios.push(ratio);
            }
            if rows == 1_000_000 {
                let median = median(&mut ratios);
                say(&format!("  {form}: median {median:.2} times (at most 1.50)"));
                if median > 1.5 {
                    missed.push(format!("size: {form} pages take {median:.2} times the CPU of a bare client"));
                }
            }
        }
    }
    let [small, large] = highest.map(mib);
    say(&format!(
        "  peak memory {large:.1} MiB (at most 48), {:.3} times that of 10,000 rows (at most 1.10)",
        large / small
    ));
    if large > 48.0 || large > small * 1.1 {
        missed.push(format!("size: peak memory {large:.1} MiB, {small:.1} MiB for 10,000 rows"));
    }
    Ok(missed)
}

/// `page_server` in a process of its own, stopped when dropped.
struct Server {
    process: Child,
    folder: PathBuf,
    port: String,
}

impl Server {
    fn start(rows: u32, form: &str) -> Result<Self> {
        let folder = target().join("bench").join(format!("pages-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let mut process = Command::new(example("page_server"))
            .arg(&folder)
            .args([&rows.to_string(), form])
            .stdout(Stdio::piped())
            .stdin(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        let read = process.stdout.take().context("no output")?;
        let read = BufReader::new(read).read_line(&mut line);
        let port = line.trim().strip_prefix("ready ").unwrap_or_default().to_owned();
        let server = Self { process, folder, port };
        read?;
        ensure!(!server.port.is_empty(), "page_server ended before it served");
        Ok(server)
    }

    fn client(&self, name: &str) -> Command {
        let mut command = Command::new(example(name));
        command.arg(&self.folder).arg(&self.port).stdout(Stdio::null());
        command
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

#[expect(clippy::cast_precision_loss, reason = "megabytes to one decimal")]
pub(crate) fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// Runs of which a round takes the mean, since process time comes in hundredths of a second.
const REPEATS: u32 = 5;
