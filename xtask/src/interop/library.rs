//! Microsoft's own libraries, unmodified, against the emulator: a token for each service, and every refusal as the
//! library shows it.

use super::cases::{Case, Expected, Tenants};
use super::install;
use super::outcome::Outcome;
use super::tunnel::Tunnel;
use super::world::World;
use crate::peers;
use crate::say;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// One of the libraries.
struct Library {
    /// Our script that uses it.
    script: &'static str,
    /// In how many ways it can be given the certificate; the script tries each for every token.
    modes: usize,
    /// Cases in which it shows words of its own instead of the service's code, whoever answers.
    own_words: &'static [(&'static str, &'static str)],
    /// The places where it needs no certificate and can be led to the emulator by the environment.
    places: &'static [&'static str],
    /// The variable that makes it put the certificate into the assertion, where that is no setting.
    chain: Option<&'static str>,
}

const IDENTITY: &[&str] = &["imds", "app-service", "workload-identity"];

/// Whoever asks for the OpenID configuration first does not show why it was refused.
const MSAL_PYTHON: &[(&str, &str)] = &[
    ("unknown tenant", "Unable to get authority configuration"),
    ("no name of a tenant", "Unable to get authority configuration"),
    ("wrong cloud", "Unable to get authority configuration"),
    ("service not available", "HTTP Error: 503"),
];
const MSAL_NODE: &[(&str, &str)] =
    &[("unknown tenant", "endpoints_resolution_error"), ("no name of a tenant", "endpoints_resolution_error")];

const MSAL: Library = Library {
    script: "msal_sign_in.py",
    modes: 3,
    own_words: MSAL_PYTHON,
    places: &["imds", "app-service"],
    chain: None,
};
const AZURE_PYTHON: Library =
    Library { script: "azure_identity_sign_in.py", modes: 3, own_words: MSAL_PYTHON, places: IDENTITY, chain: None };
const NODE: Library = Library {
    script: "msal_node_sign_in.cjs",
    modes: 3,
    own_words: MSAL_NODE,
    places: &["imds", "app-service"],
    chain: None,
};
const AZURE_NODE: Library =
    Library { script: "azure_identity_sign_in.cjs", modes: 2, own_words: MSAL_NODE, places: IDENTITY, chain: None };
const AZURE_RUST: Library = Library {
    script: "azure-identity-rust",
    modes: 2,
    own_words: &[],
    // Its address of the machine's service is fixed.
    places: &["app-service", "workload-identity"],
    chain: Some("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN"),
};

/// `msal` from PyPI: PFX with PS256, PEM with RS256, and with the certificate in the assertion.
pub(super) fn msal(world: &World) -> Result<Outcome> {
    python(world, &MSAL)
}

/// `azure-identity` from PyPI: PFX and PEM, and with the certificate in the assertion.
pub(super) fn azure_identity_python(world: &World) -> Result<Outcome> {
    python(world, &AZURE_PYTHON)
}

/// `@azure/msal-node` from npm: PS256 and RS256, and with the certificate in the assertion.
pub(super) fn msal_node(world: &World) -> Result<Outcome> {
    // It knows no proxy; `undici` teaches one to the `fetch` that it calls.
    node(world, &["@azure/msal-node", "undici@7"], &NODE)
}

/// `@azure/identity` from npm: PEM, which is all that it takes, and with the certificate in the assertion.
pub(super) fn azure_identity_node(world: &World) -> Result<Outcome> {
    node(world, &["@azure/identity"], &AZURE_NODE)
}

/// `azure_identity` from crates.io: the PFX of `cert new`, the one of `cert convert`, and both with the certificate
/// in the assertion.
pub(super) fn azure_identity_rust(world: &World) -> Result<Outcome> {
    let program = install::crate_of_its_own(world, AZURE_RUST.script, "azure-identity-sign-in")?;
    sign_in(world, &AZURE_RUST, &|| Command::new(&program))
}

fn python(world: &World, library: &Library) -> Result<Outcome> {
    let packages = ["msal", "azure-identity", "cryptography"];
    let Some(python) = install::python(world, &packages, "msal, azure.identity, cryptography")? else {
        return Ok(Outcome::Skipped(peers::NO_PYTHON.to_owned()));
    };
    sign_in(world, library, &|| {
        let mut command = Command::new(&python);
        command.arg(install::script(library.script)).env("PYTHONDONTWRITEBYTECODE", "1");
        command
    })
}

fn node(world: &World, packages: &[&str], library: &Library) -> Result<Outcome> {
    let Some(home) = install::node(world, packages)? else {
        return Ok(Outcome::Skipped(peers::NO_NODE.to_owned()));
    };
    sign_in(world, library, &|| {
        let mut command = Command::new("node");
        command.current_dir(&home).arg(library.script).env("NODE_NO_WARNINGS", "1");
        command
    })
}

/// Runs a library over all cases, then once more by the service's own names.
fn sign_in(world: &World, library: &Library, command: &dyn Fn() -> Command) -> Result<Outcome> {
    let tenants = Tenants::start(&world.starter()?)?;
    let authorities = world.folder().join("authorities.pem");
    std::fs::write(&authorities, tenants.authorities()?)?;
    let mut account = Account { library, version: String::new(), tokens: 0, refusals: 0, failures: Vec::new() };
    account.run(world, trusting(&mut command(), &authorities), &tenants.cases()?)?;
    if let Some(chain) = library.chain {
        say("  with the certificate in the assertion:");
        account.run(world, trusting(&mut command(), &authorities).env(chain, "1"), &tenants.tokens()?)?;
    }
    for case in tenants.elsewhere(library.places)? {
        let place = tenants.usual().environment(case.place.unwrap_or_default())?;
        account.run(world, trusting(&mut command(), &authorities).envs(place), &[case])?;
    }
    let tunnel = Tunnel::start(&tenants.usual().login()?)?;
    say("  by the service's own names:");
    let mut command = command();
    let tunnelled = trusting(&mut command, &authorities).env("HTTPS_PROXY", tunnel.address());
    account.run(world, tunnelled, &tenants.by_real_names()?)?;
    let names = account.of_names(&tunnel);
    Ok(Outcome::Ran {
        version: account.version,
        passed: vec![(account.tokens, "tokens"), (account.refusals, "refusals"), (names, "of the service's own names")],
        failures: account.failures,
    })
}

/// Lets a library trust the emulator in the way of its runtime, and keeps the machine's own proxy out of it.
fn trusting<'c>(command: &'c mut Command, authorities: &Path) -> &'c mut Command {
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        command.env_remove(name).env_remove(name.to_lowercase());
    }
    for name in ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"] {
        command.env(name, authorities);
    }
    command
}

/// What a library has shown so far.
struct Account<'l> {
    library: &'l Library,
    version: String,
    tokens: usize,
    refusals: usize,
    failures: Vec<String>,
}

impl Account<'_> {
    fn run(&mut self, world: &World, command: &mut Command, cases: &[Case]) -> Result<()> {
        let script = self.library.script;
        let plan = json!({
            "certificates": world.certificates()?,
            "cases": cases.iter().map(Case::to_json).collect::<Vec<_>>(),
        });
        let file = world.folder().join("plan.json");
        std::fs::write(&file, plan.to_string())?;
        let output = command.arg(&file).output().with_context(|| format!("start {script}"))?;
        let text = String::from_utf8_lossy(&output.stdout);
        let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            self.failures.push(format!("{script} ended with {}: {complaint}", output.status));
        }
        for case in cases {
            self.judge(case, &lines);
        }
        Ok(())
    }

    fn judge(&mut self, case: &Case, lines: &[Value]) {
        let of_case: Vec<&Value> = lines.iter().filter(|line| line["case"] == case.name).collect();
        let every = case.expected == Expected::Token && case.place.is_none();
        let wanted = if every { self.library.modes } else { 1 };
        if of_case.len() != wanted {
            self.failures.push(format!("{}: {} answers, {wanted} expected", case.name, of_case.len()));
        }
        for line in of_case {
            let word = |name: &str| line[name].as_str().unwrap_or_default();
            word("version").clone_into(&mut self.version);
            let token = line["token"] == true;
            let shown = if token { "token".to_owned() } else { format!("{}: {}", word("type"), head(word("message"))) };
            say(&format!("  {:26} {:17} {shown}", case.name, word("mode")));
            match case.expected {
                Expected::Token if token => self.tokens += 1,
                Expected::Refusal(code) if !token && self.shows(&case.name, code, word("message")) => {
                    self.refusals += 1;
                }
                expected => self.failures.push(format!("{}, {}: {expected:?} expected", case.name, word("mode"))),
            }
        }
    }

    /// Whether a message tells the refusal: by the service's code, or by the library's own words where it hides that.
    fn shows(&self, case: &str, code: u32, message: &str) -> bool {
        match self.library.own_words.iter().find(|(name, _)| *name == case) {
            Some((_, words)) => message.contains(words),
            None => message.contains(&format!("AADSTS{code}:")),
        }
    }

    /// The library must have asked for the service's own names, and for no others.
    fn of_names(&mut self, tunnel: &Tunnel) -> usize {
        let names = tunnel.names();
        say(&format!("  asked for {}", names.join(", ")));
        if names.is_empty() {
            self.failures.push("it never asked for the service's own names".to_owned());
        }
        if let Some(stranger) = tunnel.refused() {
            self.failures.push(format!("it asked for {stranger}"));
        }
        names.len()
    }
}

/// The first line of a message, cut where a terminal would wrap it.
fn head(message: &str) -> String {
    let line = message.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    if line.chars().count() > 150 { line.chars().take(149).chain(['…']).collect() } else { line.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_counts_by_its_code_or_by_the_librarys_own_words() {
        let account = |library| Account { library, version: String::new(), tokens: 0, refusals: 0, failures: vec![] };
        assert!(account(&AZURE_RUST).shows("unknown tenant", 90_002, "failed. AADSTS90002: Tenant not found."));
        assert!(!account(&AZURE_RUST).shows("unknown tenant", 90_002, "failed. AADSTS900023: no tenant"));
        assert!(account(&NODE).shows("unknown tenant", 90_002, "endpoints_resolution_error: see"));
        assert!(!account(&NODE).shows("unknown tenant", 90_002, "AADSTS90002: Tenant not found."));
        assert!(!account(&NODE).shows("unknown app", 700_016, "endpoints_resolution_error: see"));
    }

    #[test]
    fn a_long_message_is_cut_to_the_first_line() {
        assert_eq!(head("\n first \nsecond"), "first");
        assert_eq!(head(&"x".repeat(400)).chars().count(), 150);
    }
}
