//! What reading mailboxes costs beside what people use: a script in Python that does the same work.

use crate::bench::{Tenant, median};
use crate::bench_size::mib;
use crate::cargo::{root, run as run_command, target};
use crate::measure::{self, Cost};
use crate::peers;
use crate::program::{Built, build_examples, dist, example};
use crate::say;
use anyhow::{Context, Result, ensure};
use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// 100,000 mailboxes, four columns, to CSV: a script with msal and requests, the layer alone, and the whole program.
pub(crate) fn run(built: &Built) -> Result<Vec<String>> {
    build_examples("exo-session", &["--example", "mailboxes_csv"], &[])?;
    build_examples("exo-plugin-host", &["--example", "four_columns"], &[])?;
    let modules = "msal, requests, cryptography";
    let python = peers::python(&target().join("bench/python"), &["msal", "requests", "cryptography"], modules)?;
    let python = python.context(peers::NO_PYTHON)?;
    let tenant = Tenant::start(&built.program, 100_000, &[])?;
    let people = People::new(built, &tenant, python)?;
    say("people: 100,000 mailboxes, four columns, to CSV, sign-in included; user and system time, children counted");
    say(
        "  python: `xtask/bench/mailboxes_to_csv.py` (msal, requests); layer: the example `mailboxes_csv` (exo-session, exo-token,",
    );
    say(
        "  exo-cert, one process); program: `exoctl run` with its child and the example `four_columns` of exo-plugin-host; beside",
    );
    say("  it the bundled report `mailboxes`, which has twelve columns, and `exoctl invoke` with the four.");
    say("  All read one PFX of 2,000 iterations, as `Export-PfxCertificate` makes it.");
    let (mut layer, mut program, mut memory) = (Vec::new(), Vec::new(), Vec::new());
    for round in 1..=5 {
        let script = measure::run(&mut people.script())?;
        let memory_of = measure::run(&mut people.layer())?;
        // Process time comes in hundredths of a second, of which a run has few.
        let cpu = measure::average(REPEATS, || people.layer())?;
        let alone = Cost { cpu, ..memory_of };
        let four = People::four_columns();
        let memory_of = measure::run(&mut people.program(&four, "program.csv"))?;
        let cpu = measure::average(REPEATS, || people.program(&four, "program.csv"))?;
        let whole = Cost { cpu, ..memory_of };
        let bundled = measure::run(&mut people.program("mailboxes".as_ref(), "bundled.csv"))?;
        let invoke = measure::run(&mut people.invoke())?;
        people.check()?;
        layer.push(script.cpu.div_duration_f64(alone.cpu));
        program.push(script.cpu.div_duration_f64(whole.cpu));
        memory.push(mib(script.peak) / mib(whole.peak));
        say(&format!(
            "  round {round}: python {}; layer {}; program {}; `mailboxes` {}; invoke {}",
            shown(&script),
            shown(&alone),
            shown(&whole),
            shown(&bundled),
            shown(&invoke),
        ));
    }
    say(&format!(
        "  rows and unpacked bytes of all pages: python {}; layer {}",
        people.got("python")?,
        people.got("layer")?
    ));
    Ok(verdict(median(&mut layer), median(&mut program), median(&mut memory)))
}

/// Prints the medians, and gives what misses its limit.
fn verdict(layer: f64, program: f64, memory: f64) -> Vec<String> {
    say(&format!(
        "  median: python takes {layer:.1} times the layer's CPU (at least 10), {program:.1} times the program's (at least 4), {memory:.1} times its memory (at least 5)"
    ));
    let limits = [("the layer's CPU", layer, 10.0), ("the program's CPU", program, 4.0), ("its memory", memory, 5.0)];
    let missed = limits.into_iter().filter(|(_, ratio, least)| ratio < least);
    missed.map(|(what, ratio, _)| format!("people: python takes only {ratio:.1} times {what}")).collect()
}

fn shown(cost: &Cost) -> String {
    format!("{:.3} s, {:.1} MiB", cost.cpu.as_secs_f64(), mib(cost.peak))
}

/// The ways to such a file.
struct People<'a> {
    built: &'a Built,
    tenant: &'a Tenant,
    python: PathBuf,
}

impl<'a> People<'a> {
    fn new(built: &'a Built, tenant: &'a Tenant, python: PathBuf) -> Result<Self> {
        let people = Self { built, tenant, python };
        people.convert()?;
        Ok(people)
    }

    /// Replaces the tenant's PFX by one whose content and MAC take 2,000 iterations each.
    fn convert(&self) -> Result<()> {
        let password = std::fs::read_to_string(self.at("password.txt"))?;
        let made = self.at("converted.pfx");
        let mut command = Command::new(&self.python);
        command.arg(root().join("xtask/bench/convert_pfx.py")).arg(self.at("app.pfx")).arg(password.trim());
        run_command(command.arg(&made).arg(self.at("key.pem")))?;
        Ok(std::fs::rename(made, self.at("app.pfx"))?)
    }

    /// What a program said that it got.
    fn got(&self, name: &str) -> Result<String> {
        Ok(std::fs::read_to_string(self.at(&format!("{name}.txt")))?.trim().to_owned())
    }

    /// Takes down what a program prints.
    fn noting(&self, mut command: Command, name: &str) -> Command {
        let file = std::fs::File::create(self.at(&format!("{name}.txt")));
        command.stdout(file.map_or_else(|_| Stdio::null(), Stdio::from));
        command
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
            .env("NO_PROXY", "localhost,.localhost");
        self.noting(command, "python")
    }

    fn layer(&self) -> Command {
        let mut command = Command::new(example("mailboxes_csv"));
        command.arg(self.tenant.folder()).arg(self.at("layer.csv"));
        self.noting(command, "layer")
    }

    /// The library with the report of four columns, as an author would write it.
    fn four_columns() -> PathBuf {
        dist().join("examples").join(format!("{DLL_PREFIX}four_columns{DLL_SUFFIX}"))
    }

    fn program(&self, report: &Path, out: &str) -> Command {
        let mut command = Command::new(&self.built.program);
        command
            .arg("run")
            .arg(report)
            .args(["--format", "csv", "--quiet", "--overwrite", "--config"])
            .arg(self.tenant.config())
            .arg("--out")
            .arg(self.at(out));
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
        for name in ["python.csv", "layer.csv", "program.csv", "bundled.csv", "invoke.csv"] {
            let text = std::fs::read_to_string(self.at(name))?;
            ensure!(text.lines().count() == 100_001, "{name} has {} lines", text.lines().count());
        }
        let (one, two) = (read(&self.at("python.csv"))?, read(&self.at("layer.csv"))?);
        ensure!(one == two, "the script and the layer wrote different rows");
        // A report's columns have names of its own.
        let three = read(&self.at("program.csv"))?;
        ensure!(one.iter().skip(1).eq(three.iter().skip(1)), "the script and the program wrote different rows");
        Ok(())
    }
}

/// The lines of a file, whatever ends them.
fn read(path: &Path) -> Result<Vec<String>> {
    Ok(std::fs::read_to_string(path)?.lines().map(str::to_owned).collect())
}

/// The properties that become columns.
const COLUMNS: &str = "UserPrincipalName,DisplayName,RecipientTypeDetails,WhenMailboxCreated";

/// Runs of which a round takes the mean.
const REPEATS: u32 = 5;
