//! Opening PFX files and signing, beside `openssl` on the same files and the same kind of key.

use crate::cargo::{present, run as run_command, target};
use crate::program::{build_examples, example};
use crate::say;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// Runs both comparisons and says which figures missed their aims.
pub(crate) fn run() -> Result<Vec<String>> {
    ensure!(present("openssl", &["version"]), "the comparison needs `openssl`");
    // With the feature that the program links.
    build_examples("exo-cert", &["--features", "aws-lc", "--examples"], &[])?;
    let version = output(Command::new("openssl").arg("version"))?;
    say(&format!(
        "pfx: open_pfx (as it is shipped) and `openssl pkcs12` of {}, whole processes, one after the other",
        version.trim()
    ));
    let files = Files::make()?;
    let mut missed = Vec::new();
    for (rounds, times) in [(2_000_u32, 41), (100_000, 15), (600_000, 7)] {
        for kind in [Kind::Modern, Kind::Legacy] {
            missed.extend(compare(&files.write(kind, rounds)?, kind, rounds, times)?);
        }
    }
    missed.extend(sign(&files.write(Kind::Modern, 2_000)?)?);
    Ok(missed)
}

/// How a file is encrypted.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Modern,
    Legacy,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Modern => "AES-256 with SHA-256",
            Self::Legacy => "RC2-40 and 3DES with SHA-1",
        }
    }

    /// What `openssl` needs to be told to write or read it.
    fn option(self) -> Option<&'static str> {
        match self {
            Self::Modern => None,
            Self::Legacy => Some("-legacy"),
        }
    }
}

/// A key, its certificate, and the PFX files made of them.
struct Files {
    folder: PathBuf,
}

impl Files {
    fn make() -> Result<Self> {
        let folder = target().join("bench").join(format!("pfx-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let files = Self { folder };
        run_command(
            Command::new("openssl")
                .args(["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=bench", "-keyout"])
                .arg(files.folder.join("key.pem"))
                .arg("-out")
                .arg(files.folder.join("certificate.pem"))
                .stderr(Stdio::null()),
        )?;
        Ok(files)
    }

    fn write(&self, kind: Kind, rounds: u32) -> Result<PathBuf> {
        let path = self.folder.join(format!("{kind:?}-{rounds}.pfx"));
        run_command(
            Command::new("openssl")
                .args(["pkcs12", "-export", "-passout", "pass:password", "-iter", &rounds.to_string(), "-inkey"])
                .arg(self.folder.join("key.pem"))
                .arg("-in")
                .arg(self.folder.join("certificate.pem"))
                .args(kind.option())
                .arg("-out")
                .arg(&path),
        )?;
        Ok(path)
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

/// Opens one file with both programs in turn; the medians are compared.
fn compare(file: &Path, kind: Kind, rounds: u32, times: u32) -> Result<Option<String>> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..times {
        ours.push(milliseconds(Command::new(example("open_pfx")).arg(file).arg("password"))?);
        let mut openssl = Command::new("openssl");
        openssl.args(["pkcs12", "-nodes", "-passin", "pass:password", "-in"]).arg(file).args(kind.option());
        theirs.push(milliseconds(&mut openssl)?);
    }
    let (ours, theirs) = (summary(&mut ours), summary(&mut theirs));
    let ratio = ours.median / theirs.median;
    say(&format!(
        "  {rounds} iterations, {}, {times} runs each: open_pfx {ours}, openssl {theirs}, {ratio:.2} times (at most 1.00)",
        kind.name()
    ));
    Ok((ratio > 1.0).then(|| format!("opening {} at {rounds} iterations takes {ratio:.2} times", kind.name())))
}

/// Signs with both for some seconds, three rounds in turn.
fn sign(file: &Path) -> Result<Option<String>> {
    say("sign: RSA of 2048 bits with SHA-256, signatures per second; `openssl speed rsa2048` for comparison");
    let mut ratios = Vec::new();
    for round in 1..=3 {
        let ours = output(Command::new(example("sign")).arg(file).args(["password", "3"]))?;
        let theirs = output(Command::new("openssl").args(["speed", "-seconds", "3", "rsa2048"]).stderr(Stdio::null()))?;
        let [ps256, rs256] = ["PS256 ", "RS256 "].map(|name| ours.lines().find_map(|line| line.strip_prefix(name)));
        let ps256: f64 = ps256.context("sign says nothing of PS256")?.parse()?;
        let rs256: f64 = rs256.context("sign says nothing of RS256")?.parse()?;
        // `rsa 2048 bits 0.000600s 0.000017s   1666.7  58823.5`
        let line = theirs.lines().rfind(|line| line.contains("2048 bits")).context("openssl speed gave no figures")?;
        let theirs: f64 = line.split_whitespace().rev().nth(1).context("a short line of openssl speed")?.parse()?;
        let (ps, rs) = (theirs / ps256, theirs / rs256);
        say(&format!(
            "  round {round}: PS256 {ps256:.0}/s, RS256 {rs256:.0}/s, openssl {theirs:.0}/s; its time taken {ps:.2} and {rs:.2} times"
        ));
        ratios.push(ps.max(rs));
    }
    ratios.sort_by(f64::total_cmp);
    let median = ratios.get(1).copied().unwrap_or(f64::INFINITY);
    say(&format!("  median of the slower one {median:.2} times (at most 1.40)"));
    Ok((median > 1.4).then(|| format!("a signature takes {median:.2} times that of openssl")))
}

/// From start to end, with what the program says thrown away.
fn milliseconds(command: &mut Command) -> Result<f64> {
    let begun = Instant::now();
    run_command(command.stdout(Stdio::null()).stderr(Stdio::null()))?;
    Ok(begun.elapsed().as_secs_f64() * 1000.0)
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("could not start {command:?}"))?;
    ensure!(output.status.success(), "{command:?} ended with {}", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

/// Times of some runs, in milliseconds.
struct Times {
    least: f64,
    median: f64,
    most: f64,
}

impl std::fmt::Display for Times {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:.1} ms ({:.1} to {:.1})", self.median, self.least, self.most)
    }
}

fn summary(values: &mut [f64]) -> Times {
    values.sort_by(f64::total_cmp);
    let at = |index: usize| values.get(index).copied().unwrap_or(f64::INFINITY);
    Times { least: at(0), median: at(values.len() / 2), most: at(values.len().saturating_sub(1)) }
}
