//! The harness: an emulated tenant, a profile that signs in to it, and the built program.

mod program;
mod snapshot;

pub use program::{program, plugins};
pub use snapshot::shown;

use exo_emulator::{App, Emulator, Service, Tenant};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The app of every tenant here.
pub const APP_ID: &str = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";
/// Reads both services.
pub const GLOBAL_READER: &str = "f2ef992c-3afb-46b9-b7cf-a126ee74c451";
/// Exchange Online only, everything there.
pub const EXCHANGE_ADMINISTRATOR: &str = "29232cdf-9323-42fd-ade2-1d097af3e4de";

/// A tenant that serves, a folder with certificate and profile, and the program.
#[derive(Debug)]
pub struct World {
    emulator: Emulator,
    folder: tempfile::TempDir,
}

/// An app with a registered certificate, both permissions, consent, and Global Reader.
pub fn app() -> App {
    bare_app().permission(Service::Exchange).permission(Service::Compliance).role(GLOBAL_READER)
}

/// An app with a registered certificate and consent, but neither permission nor role.
pub fn bare_app() -> App {
    App::new(APP_ID).display_name("ExO PowerShell CBA").certificate_der(data("app.cer")).consented(true)
}

/// A tenant of fifty mailboxes with the usual app.
pub fn contoso() -> Tenant {
    empty_contoso().app(app())
}

/// A tenant of fifty mailboxes without an app.
pub fn empty_contoso() -> Tenant {
    Tenant::contoso().mailboxes(50).seed(7)
}

/// A file of `tests/data`.
#[expect(clippy::panic, reason = "a test without its data cannot go on")]
pub fn data(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[expect(clippy::panic, reason = "a test whose world cannot be made cannot go on")]
impl World {
    /// Starts the tenant and writes a profile for it.
    pub fn start(tenant: Tenant) -> Self {
        let emulator = Emulator::start(tenant).unwrap_or_else(|error| panic!("the emulator: {error}"));
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("a folder: {error}"));
        let world = Self { emulator, folder };
        world.write("ca.pem", world.emulator.ca_pem().as_bytes());
        world.private("app.pfx", &data("app.pfx"));
        world.private("password.txt", b"secret\n");
        world.write("config.toml", world.profile("").as_bytes());
        world
    }

    /// The profile, with lines added or, by their keys, replaced.
    pub fn profile(&self, more: &str) -> String {
        let key = |line: &str| line.split('=').next().unwrap_or_default().trim().to_owned();
        let replaced: Vec<String> = more.lines().map(key).collect();
        let usual = format!(
            "app-id = '{APP_ID}'\norganization = 'contoso.onmicrosoft.com'\ncertificate-file = 'app.pfx'\n\
             certificate-password-file = 'password.txt'\nlogin = '{}'\nexchange = '{}'\ncompliance = '{}'\n\
             exchange-scope = 'https://outlook.office365.com/.default'\n\
             compliance-scope = 'https://ps.compliance.protection.outlook.com/.default'\nca-file = 'ca.pem'\n",
            self.emulator.login_origin(),
            self.emulator.exchange_origin(),
            self.emulator.compliance_origin(),
        );
        let kept: String = usual.lines().filter(|line| !replaced.contains(&key(line))).map(|line| format!("{line}\n")).collect();
        format!("[profiles.default]\n{kept}{more}\n")
    }

    /// Changes lines of the profile.
    #[must_use]
    pub fn with_profile(self, more: &str) -> Self {
        self.write("config.toml", self.profile(more).as_bytes());
        self
    }

    /// Signs in with another certificate file of `tests/data`.
    #[must_use]
    pub fn with_certificate(self, name: &str) -> Self {
        self.private(name, &data(name));
        self.with_profile(&format!("certificate-file = '{name}'"))
    }

    /// The server.
    pub fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    /// The folder in which the program runs.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Writes a file that only its owner may read.
    pub fn private(&self, name: &str, bytes: &[u8]) {
        self.write(name, bytes);
        self.mode(name, 0o600);
    }

    /// Sets the permissions of a file, where the system has such.
    pub fn mode(&self, name: &str, mode: u32) {
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let permissions = std::fs::Permissions::from_mode(mode);
            std::fs::set_permissions(self.path(name), permissions).unwrap_or_else(|error| panic!("{name}: {error}"));
        }
        #[cfg(not(unix))]
        let _ = (name, mode);
    }

    /// A file of the folder as text.
    pub fn read(&self, name: &str) -> String {
        let path = self.path(name);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The names of the files in the folder that the program wrote, sorted.
    pub fn written(&self) -> Vec<String> {
        let own = ["ca.pem", "app.pfx", "password.txt", "config.toml"];
        let entries = std::fs::read_dir(self.folder()).unwrap_or_else(|error| panic!("{error}"));
        let mut names: Vec<String> = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.retain(|name| !own.contains(&name.as_str()));
        names.sort();
        names
    }

    /// The program with these arguments, ready to start: no environment but ours, in the folder.
    pub fn command<S: AsRef<str>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(program());
        command.args(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        command.current_dir(self.folder()).env_clear().stdin(Stdio::null());
        command.env("EXOCTL_CONFIG", self.path("config.toml")).env("HOME", self.folder());
        command
    }

    /// Runs the program to its end.
    pub fn exoctl<S: AsRef<str>>(&self, arguments: impl IntoIterator<Item = S>) -> Output {
        self.command(arguments).output().unwrap_or_else(|error| panic!("{}: {error}", program().display()))
    }

    /// How many requests for a cmdlet came.
    pub fn received(&self, cmdlet: &str) -> u64 {
        self.emulator.received(cmdlet)
    }
}

/// Exit code, stdout and stderr of an ended program.
pub fn parts(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}
