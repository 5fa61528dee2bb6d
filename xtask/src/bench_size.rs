//! What a session costs by the size of the tenant, and beside a script in Python that does the same work.

use crate::bench::{Tenant, median};
use crate::cargo::{cargo, root, run as run_command, target};
use crate::measure::{self, Cost};
use crate::peers;
use crate::program::Built;
use crate::say;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A million rows through the session, beside a client that unpacks and drops the bytes.
pub(crate) fn size() -> Result<Vec<String>> {
    build_examples()?;
    say("size: `count_mailboxes` (exo-session, all pages of a call) and `drop_bytes` (reqwest and rustls alone, each");
    say(
        "  piece unpacked and dropped), over TLS from a third process; user and system time of each, medians of 3 rounds",
    );
    let (mut missed, mut highest) = (Vec::new(), [0_u64; 2]);
    for form in ["plain", "gzip"] {
        for (peak, rows) in highest.iter_mut().zip([10_000, 1_000_000]) {
            let server = Server::start(rows, form)?;
            let mut ratios = Vec::new();
            for round in 1..=3 {
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

/// 100,000 mailboxes, four columns, to CSV: a script with msal and requests, the layer alone, and the whole program.
pub(crate) fn people(built: &Built) -> Result<Vec<String>> {
    build_examples()?;
    let modules = "msal, requests, cryptography";
    let python = peers::python(&target().join("bench/python"), &["msal", "requests", "cryptography"], modules)?;
    let python = python.context(peers::NO_PYTHON)?;
    let tenant = Tenant::start(&built.program, 100_000, &[])?;
    let people = People::new(built, &tenant, python)?;
    say("people: 100,000 mailboxes, four columns, to CSV, sign-in included; user and system time, children counted");
    say(
        "  layer: `exoctl token` and the example `mailboxes_csv` of exo-session; program: `exoctl run mailboxes`, whose",
    );
    say("  report has twelve columns, with its child; beside it `exoctl invoke` with the four");
    let (mut layer, mut program, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=3 {
        let script = measure::run(&mut people.script())?;
        let token = measure::run(people.token()?.stderr(Stdio::null()))?;
        let example = measure::run(&mut people.layer())?;
        let whole = measure::run(&mut people.program())?;
        let invoke = measure::run(&mut people.invoke())?;
        people.check()?;
        let alone = token.cpu + example.cpu;
        layer.push(script.cpu.div_duration_f64(alone));
        program.push(script.cpu.div_duration_f64(whole.cpu));
        memory.push(mib(script.peak) / mib(whole.peak));
        say(&format!(
            "  round {round}: python {}; layer {} (of it token {:.2} s); program {}; invoke {}",
            shown(script.cpu, &script),
            shown(alone, &example),
            token.cpu.as_secs_f64(),
            shown(whole.cpu, &whole),
            shown(invoke.cpu, &invoke),
        ));
    }
    let (layer, program, memory) = (median(&mut layer), median(&mut program), median(&mut memory));
    say(&format!(
        "  median: python takes {layer:.1} times the layer's CPU (at least 10), {program:.1} times the program's (at least 4), {memory:.1} times its memory (at least 5)"
    ));
    let limits = [("the layer's CPU", layer, 10.0), ("the program's CPU", program, 4.0), ("its memory", memory, 5.0)];
    let missed = limits.into_iter().filter(|(_, ratio, least)| ratio < least);
    Ok(missed.map(|(what, ratio, _)| format!("people: python takes only {ratio:.1} times {what}")).collect())
}

fn shown(cpu: Duration, cost: &Cost) -> String {
    format!("{:.2} s, {:.1} MiB", cpu.as_secs_f64(), mib(cost.peak))
}

fn build_examples() -> Result<()> {
    run_command(cargo().args(["build", "--release", "--package", "exo-session", "--examples"]))
}

fn example(name: &str) -> PathBuf {
    target().join("release/examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
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

/// The ways to such a file.
struct People<'a> {
    built: &'a Built,
    tenant: &'a Tenant,
    python: PathBuf,
    facts: Value,
}

impl<'a> People<'a> {
    fn new(built: &'a Built, tenant: &'a Tenant, python: PathBuf) -> Result<Self> {
        let facts = serde_json::from_str(&std::fs::read_to_string(tenant.folder().join("tenant.json"))?)?;
        Ok(Self { built, tenant, python, facts })
    }

    fn fact(&self, name: &str) -> &str {
        self.facts[name].as_str().unwrap_or_default()
    }

    fn at(&self, name: &str) -> PathBuf {
        self.tenant.folder().join(name)
    }

    fn script(&self) -> Command {
        let mut command = Command::new(&self.python);
        command
            .arg(root().join("xtask/bench/mailboxes_to_csv.py"))
            .arg(self.tenant.folder())
            .arg(self.at("python.csv"))
            // What stands there overrides what a script says of a session.
            .env("REQUESTS_CA_BUNDLE", self.at("ca.pem"))
            .env_remove("CURL_CA_BUNDLE")
            .env("NO_PROXY", "localhost,.localhost")
            .stdout(Stdio::null());
        command
    }

    /// Writes a token to a file.
    fn token(&self) -> Result<Command> {
        let mut command = Command::new(&self.built.program);
        command
            .args(["token", "--raw", "--service", "exo", "--config"])
            .arg(self.tenant.config())
            .stdout(std::fs::File::create(self.at("token.txt"))?);
        Ok(command)
    }

    fn layer(&self) -> Command {
        let mut command = Command::new(example("mailboxes_csv"));
        command.args([self.fact("exchange"), self.fact("organization")]).args([
            self.at("ca.pem"),
            self.at("token.txt"),
            self.at("layer.csv"),
        ]);
        command
    }

    fn program(&self) -> Command {
        let mut command = Command::new(&self.built.program);
        command
            .args(["run", "mailboxes", "--format", "csv", "--quiet", "--overwrite", "--config"])
            .arg(self.tenant.config())
            .arg("--out")
            .arg(self.at("program.csv"));
        command
    }

    fn invoke(&self) -> Command {
        let mut command = Command::new(&self.built.program);
        command
            .args(["invoke", "Get-Mailbox", "-ResultSize", "Unlimited", "--select", COLUMNS])
            .args(["--format", "csv", "--quiet", "--overwrite", "--config"])
            .arg(self.tenant.config())
            .arg("--out")
            .arg(self.at("invoke.csv"));
        command
    }

    /// Every one wrote every mailbox.
    fn check(&self) -> Result<()> {
        for name in ["python.csv", "layer.csv", "program.csv", "invoke.csv"] {
            let text = std::fs::read_to_string(self.at(name))?;
            ensure!(text.lines().count() == 100_001, "{name} has {} lines", text.lines().count());
        }
        let (one, two) = (read(&self.at("python.csv"))?, read(&self.at("layer.csv"))?);
        ensure!(one == two, "the script and the layer wrote different rows");
        Ok(())
    }
}

/// The lines of a file, whatever ends them.
fn read(path: &Path) -> Result<Vec<String>> {
    Ok(std::fs::read_to_string(path)?.lines().map(str::to_owned).collect())
}

#[expect(clippy::cast_precision_loss, reason = "megabytes to one decimal")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

/// The properties that become columns.
const COLUMNS: &str = "UserPrincipalName,DisplayName,RecipientTypeDetails,WhenMailboxCreated";

/// Runs of which a round takes the mean, since process time comes in hundredths of a second.
const REPEATS: u32 = 5;
