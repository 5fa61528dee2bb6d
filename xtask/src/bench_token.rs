//! What a token costs: a kept one per call, and a sign-in beside Microsoft's own libraries for Python and Node.

use crate::bench::{Tenant, median};
use crate::cargo::{root, run as run_command, target};
use crate::measure;
use crate::peers;
use crate::program::{Built, build_examples, example};
use crate::say;
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A kept token, asked for through the seam.
pub(crate) fn warm() -> Result<Vec<String>> {
    build_examples("exo-token", &["--example", "warm_token"], &[])?;
    let output = Command::new(example("warm_token")).output()?;
    ensure!(output.status.success(), "warm_token ended with {}", output.status);
    let text = String::from_utf8(output.stdout)?;
    let nanoseconds: u32 = text.trim().strip_suffix(" ns").context("warm_token gave no figure")?.parse()?;
    say("warm token: `Cached` behind `TokenProvider`, a million calls a round, median of eleven rounds");
    say(&format!("  {nanoseconds} ns a call (under 1000)"));
    Ok(if nanoseconds < 1000 { Vec::new() } else { vec![format!("a warm token costs {nanoseconds} ns")] })
}

/// Whole processes that sign in once each: ours, Python with msal, Node with msal-node.
pub(crate) fn sign_in(built: &Built) -> Result<Vec<String>> {
    let peers = Peers::install()?;
    let tenant = Tenant::start(&built.program, 50, &[])?;
    let files = Files::make(built, &tenant, &peers)?;
    say(&format!(
        "sign-in: user and system time of whole processes, {TIMES} each a round; a PFX of 2,000 iterations, one token over TLS"
    ));
    say(&format!("  ours: exoctl token --raw; theirs: {}, {} (which is spared the PFX)", peers.msal, peers.msal_node));
    let (mut python, mut node) = (Vec::new(), Vec::new());
    for round in 1..=3 {
        let ours = measure::average(TIMES, || files.ours(built, &tenant))?;
        let msal = measure::average(TIMES, || files.msal(&peers))?;
        let msal_node = measure::average(TIMES, || files.msal_node(&peers))?;
        let (by_python, by_node) = (msal.div_duration_f64(ours), msal_node.div_duration_f64(ours));
        let ms = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
        say(&format!(
            "  round {round}: exoctl {:.1} ms, msal {:.1} ms ({by_python:.1} times), msal-node {:.1} ms ({by_node:.1} times)",
            ms(ours),
            ms(msal),
            ms(msal_node),
        ));
        python.push(by_python);
        node.push(by_node);
    }
    let (python, node) = (median(&mut python), median(&mut node));
    say(&format!("  median: msal takes {python:.1} times ours, msal-node {node:.1} times (at least 10)"));
    let missed = [("msal", python), ("msal-node", node)].into_iter().filter(|(_, ratio)| *ratio < 10.0);
    Ok(missed.map(|(name, ratio)| format!("{name} takes only {ratio:.1} times our CPU")).collect())
}

/// The two libraries, each in a folder of its own.
struct Peers {
    python: PathBuf,
    node: PathBuf,
    msal: String,
    msal_node: String,
}

impl Peers {
    fn install() -> Result<Self> {
        let home = target().join("bench");
        let python = peers::python(&home.join("python"), &["msal", "cryptography"], "msal, cryptography")?;
        let (python, node) = (python.context(peers::NO_PYTHON)?, home.join("node"));
        ensure!(peers::node(&node, &["@azure/msal-node"])?, peers::NO_NODE);
        std::fs::copy(root().join("xtask/bench/sign_in_msal_node.mjs"), node.join("sign_in.mjs"))?;
        Ok(Self {
            msal: format!("msal {}", peers::pip_version(&python, "msal")?),
            msal_node: format!("@azure/msal-node {}", peers::npm_version(&node, "@azure/msal-node")?),
            python,
            node,
        })
    }
}

/// The certificate of the tenant's app in the forms that the programs read.
struct Files {
    pfx: PathBuf,
    key: PathBuf,
    password: String,
    authority_file: PathBuf,
    authority: String,
    app_id: String,
    scope: String,
    thumbprint: String,
}

impl Files {
    fn make(built: &Built, tenant: &Tenant, peers: &Peers) -> Result<Self> {
        let at = |name: &str| tenant.folder().join(name);
        let facts: Value = serde_json::from_str(&std::fs::read_to_string(at("tenant.json"))?)?;
        let fact =
            |name: &str| facts[name].as_str().map(str::to_owned).with_context(|| format!("tenant.json lacks `{name}`"));
        let password = std::fs::read_to_string(at("password.txt"))?.trim_end().to_owned();
        let files = Self {
            pfx: at("app-2000.pfx"),
            key: at("key.pem"),
            authority_file: at("ca.pem"),
            authority: format!("{}/{}", fact("login_localhost")?, fact("organization")?),
            app_id: fact("app_id")?,
            scope: fact("exchange_scope")?,
            thumbprint: fact("thumbprint_sha256")?,
            password,
        };
        files.convert(&at("app.pfx"), peers)?;
        // Whoever signs in first fills the caches of the file system, and not in a measured round.
        for mut command in [files.ours(built, tenant), files.msal(peers), files.msal_node(peers)] {
            run_command(&mut command)?;
        }
        Ok(files)
    }

    /// Writes the tenant's key as a PFX whose content and MAC take 2,000 iterations each, and as PEM.
    fn convert(&self, from: &Path, peers: &Peers) -> Result<()> {
        let script = root().join("xtask/bench/convert_pfx.py");
        run_command(Command::new(&peers.python).arg(script).arg(from).arg(&self.password).args([&self.pfx, &self.key]))
    }

    fn ours(&self, built: &Built, tenant: &Tenant) -> Command {
        let mut command = Command::new(&built.program);
        command.args(["token", "--raw", "--service", "exo", "--config"]).arg(tenant.config());
        command.arg("--certificate-file").arg(&self.pfx).stdout(Stdio::null());
        command
    }

    fn msal(&self, peers: &Peers) -> Command {
        let mut command = Command::new(&peers.python);
        command.arg(root().join("xtask/bench/sign_in_msal.py")).args([&self.authority, &self.app_id]);
        command.arg(&self.pfx).arg(&self.password).arg(&self.authority_file).arg(&self.scope);
        // Where a machine names a bundle of its own, `requests` prefers it to what the program says.
        command.env("REQUESTS_CA_BUNDLE", &self.authority_file).stdout(Stdio::null());
        command
    }

    fn msal_node(&self, peers: &Peers) -> Command {
        let mut command = Command::new("node");
        command.current_dir(&peers.node).arg("sign_in.mjs").args([&self.authority, &self.app_id]).arg(&self.key);
        command.args([&self.thumbprint, &self.scope]);
        command.env("NODE_EXTRA_CA_CERTS", &self.authority_file).stdout(Stdio::null());
        command
    }
}

/// Processes of each program a round: the kernel counts hundredths of a second, summed over them.
const TIMES: u32 = 20;
