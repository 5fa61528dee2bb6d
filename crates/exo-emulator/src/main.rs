//! The emulated tenant as a program: one line on standard output, then it serves until told to stop.

use std::io::Read as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::mpsc;
use std::time::Duration;

use exo_emulator::{App, Cloud, Emulator, Fault, Machine, Service, Tenant};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

const USAGE: &str = "\
usage: exo-emulator [--port N] [--mailboxes N] [--seed N] [--certificate FILE.cer] [--app-id GUID]
                    [--role TEMPLATE-ID]... [--cloud NAME] [--clock-skew SECONDS] [--fault TEXT]... [--set NAME=VALUE]...
                    [--received FILE] [--ca FILE]
                    [--surroundings] [--arc-folder DIR] [--folder DIR] [--for SECONDS]

Serves an offline tenant on 127.0.0.1 and prints one line with its origins and the file that holds the
certificate of its authority. Runs until standard input ends, or for the time given by --for.

  --certificate  what the app signs in with: a certificate without key, DER or PEM; may be repeated
  --role         a directory role of the app, by template id; Exchange Administrator and Security Reader if none
  --cloud        where the tenant lives: worldwide, gcc, gcc-high, dod or china
  --clock-skew   by how many seconds the tenant's clock is ahead of this machine's; negative for behind
  --fault        such as \"Get-Mailbox page=2 times=2 throttle=0\"; may be repeated
  --set          how the tenant behaves, such as \"concurrent=8\"; may be repeated; a name that is none lists them
  --received     writes every request into this file, a line of JSON each
  --surroundings every other way in which the app can prove itself: managed identity, key vault, pipelines, a pod
  --arc-folder   makes the machine of the managed identity one of Azure Arc, with its challenges in this folder
  --folder       where to write ca.pem and tenant.json, in which are the variables that Azure's libraries read";

const EXCHANGE_ADMINISTRATOR: &str = "29232cdf-9323-42fd-ade2-1d097af3e4de";
const SECURITY_READER: &str = "5d6b6bb7-de71-4623-b4af-96380a352509";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            complain(&problem);
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), String> {
    let Some(options) = Options::parse(std::env::args().skip(1))? else {
        say(USAGE);
        return Ok(());
    };
    let emulator = Emulator::start_on(options.tenant()?, options.port).map_err(|e| explained(&e))?;
    let ca =
        options.ca.unwrap_or_else(|| std::env::temp_dir().join(format!("exo-emulator-{}-ca.pem", emulator.port())));
    std::fs::write(&ca, emulator.ca_pem()).map_err(|error| format!("cannot write `{}`: {error}", ca.display()))?;
    if let Some(folder) = &options.folder {
        emulator.write_folder(folder).map_err(|error| format!("cannot write to `{}`: {error}", folder.display()))?;
    }
    let machine = emulator.machine_url().map(|url| format!(" machine={url}")).unwrap_or_default();
    say(&format!(
        "ready login={} exchange={} compliance={} graph={} tenant={} ca={}{machine}",
        emulator.login_origin(),
        emulator.exchange_origin(),
        emulator.compliance_origin(),
        emulator.graph_origin(),
        emulator.tenant().initial_domain(),
        ca.display()
    ));
    match options.seconds {
        Some(seconds) => std::thread::sleep(Duration::from_secs(seconds)),
        None => wait_for_end_of_input(),
    }
    drop(emulator);
    Ok(())
}

fn wait_for_end_of_input() {
    let (ended, end) = mpsc::channel::<()>();
    std::thread::spawn(move || {
        let mut buffer = [0_u8; 1024];
        while matches!(std::io::stdin().read(&mut buffer), Ok(1..)) {}
        drop(ended);
    });
    // Nobody ever sends; an error is the end.
    while end.recv().is_ok() {}
}

#[derive(Debug)]
struct Options {
    port: u16,
    mailboxes: u64,
    seed: u64,
    certificates: Vec<PathBuf>,
    app_id: String,
    roles: Vec<String>,
    cloud: Cloud,
    clock_skew: i64,
    faults: Vec<Fault>,
    settings: Vec<String>,
    received: Option<PathBuf>,
    ca: Option<PathBuf>,
    seconds: Option<u64>,
    surroundings: bool,
    arc_folder: Option<PathBuf>,
    folder: Option<PathBuf>,
}

impl Options {
    /// Reads the arguments; none if help was asked for.
    fn parse(mut arguments: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let mut options = Self {
            port: 0,
            mailboxes: 100,
            seed: 1,
            certificates: Vec::new(),
            app_id: "36ee4c6c-0812-40a2-b820-b22ebd02bce3".to_owned(),
            roles: Vec::new(),
            cloud: Cloud::default(),
            clock_skew: 0,
            faults: Vec::new(),
            settings: Vec::new(),
            received: None,
            ca: None,
            seconds: None,
            surroundings: false,
            arc_folder: None,
            folder: None,
        };
        while let Some(argument) = arguments.next() {
            if matches!(argument.as_str(), "-h" | "--help") {
                return Ok(None);
            }
            let (name, inline) = match argument.split_once('=') {
                Some((name, value)) if name.starts_with("--") => (name.to_owned(), Some(value.to_owned())),
                _ => (argument, None),
            };
            let mut value =
                || inline.clone().or_else(|| arguments.next()).ok_or_else(|| format!("`{name}` wants a value"));
            match name.as_str() {
                "--port" => options.port = number(&name, &value()?)?,
                "--mailboxes" => options.mailboxes = number(&name, &value()?)?,
                "--seed" => options.seed = number(&name, &value()?)?,
                "--certificate" => options.certificates.push(value()?.into()),
                "--app-id" => options.app_id = value()?,
                "--role" => options.roles.push(value()?),
                "--cloud" => options.cloud = value()?.parse().map_err(|e| explained(&e))?,
                "--clock-skew" => options.clock_skew = number(&name, &value()?)?,
                "--fault" => options.faults.push(value()?.parse().map_err(|e| explained(&e))?),
                "--set" => options.settings.push(value()?),
                "--received" => options.received = Some(value()?.into()),
                "--ca" => options.ca = Some(value()?.into()),
                "--surroundings" => options.surroundings = true,
                "--arc-folder" => options.arc_folder = Some(value()?.into()),
                "--folder" => options.folder = Some(value()?.into()),
                "--for" => options.seconds = Some(number(&name, &value()?)?),
                _ => return Err(format!("unknown argument `{name}`\n{USAGE}")),
            }
        }
        Ok(Some(options))
    }

    fn tenant(&self) -> Result<Tenant, String> {
        let mut app = App::new(&self.app_id).permission(Service::Exchange).permission(Service::Compliance);
        for path in &self.certificates {
            app = app.certificate_der(certificate(path)?);
        }
        let usual = [EXCHANGE_ADMINISTRATOR.to_owned(), SECURITY_READER.to_owned()];
        let roles = if self.roles.is_empty() { usual.as_slice() } else { self.roles.as_slice() };
        for role in roles {
            app = app.role(role);
        }
        let mut tenant = Tenant::contoso()
            .mailboxes(self.mailboxes)
            .seed(self.seed)
            .cloud(self.cloud)
            .clock_skew(self.clock_skew)
            .app(app);
        for fault in &self.faults {
            tenant = tenant.fault(fault.clone());
        }
        for setting in &self.settings {
            tenant = tenant.set(setting).map_err(|e| explained(&e))?;
        }
        if let Some(file) = &self.received {
            tenant = tenant.record(file);
        }
        if let Some(folder) = &self.arc_folder {
            tenant = tenant.machine(Machine::new().arc_folder(folder));
        }
        if self.surroundings { tenant.surroundings().map_err(|e| explained(&e)) } else { Ok(tenant) }
    }
}

fn certificate(path: &PathBuf) -> Result<Vec<u8>, String> {
    let bytes =
        std::fs::read(path).map_err(|error| format!("cannot read certificate `{}`: {error}", path.display()))?;
    if !bytes.starts_with(&[0x30]) {
        return CertificateDer::from_pem_slice(&bytes)
            .map(|der| der.to_vec())
            .map_err(|_| format!("`{}` is neither DER nor a PEM certificate", path.display()));
    }
    Ok(bytes)
}

fn number<T: std::str::FromStr>(name: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("`{name}` wants a number, not `{value}`"))
}

fn explained(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

#[expect(clippy::print_stdout, reason = "the program's one line, and its help")]
fn say(line: &str) {
    println!("{line}");
}

#[expect(clippy::print_stderr, reason = "the program's complaints")]
fn complain(problem: &str) {
    eprintln!("error: {problem}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(arguments: &[&str]) -> Result<Option<Options>, String> {
        Options::parse(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn arguments_take_their_values_in_both_forms() {
        let options = parsed(&["--port=8443", "--seed", "7", "--fault", "token status=503", "--cloud", "gcc-high"]);
        let options = options.unwrap().unwrap();
        assert_eq!(options.tenant().unwrap().initial_domain(), "contoso.onmicrosoft.us");
        assert_eq!((options.port, options.seed, options.faults.len()), (8443, 7, 1));
        assert!(parsed(&["--help"]).unwrap().is_none());
    }

    #[test]
    fn mistakes_are_named() {
        for (arguments, word) in [
            (vec!["--port"], "wants a value"),
            (vec!["--port", "x"], "wants a number"),
            (vec!["--nonsense"], "unknown argument"),
            (vec!["--cloud", "germany"], "worldwide, gcc"),
            (vec!["--fault", "Get-Mailbox explode"], "not known"),
        ] {
            assert!(parsed(&arguments).unwrap_err().contains(word));
        }
    }
}
