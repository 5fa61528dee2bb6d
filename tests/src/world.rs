//! A tenant that serves, a folder with certificate and profile, and the program that runs there.

use crate::{APP_ID, Ended, Running, data, program};
use exo_emulator::{Emulator, Tenant};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// A tenant that serves, a folder with certificate and profile, and the program.
#[derive(Debug)]
pub struct World {
    emulator: Emulator,
    folder: tempfile::TempDir,
    /// Files that the test wrote, so that those of the program can be told from them.
    own: Mutex<BTreeSet<String>>,
}

#[expect(clippy::panic, reason = "a test whose world cannot be made cannot go on")]
impl World {
    /// Starts the tenant and writes a profile for it.
    pub fn start(tenant: Tenant) -> Self {
        let emulator = Emulator::start(tenant).unwrap_or_else(|error| panic!("the emulator: {error}"));
        let folder = tempfile::tempdir().unwrap_or_else(|error| panic!("a folder: {error}"));
        let world = Self { emulator, folder, own: Mutex::default() };
        world.write("ca.pem", world.emulator.ca_pem().as_bytes());
        world.private("app.pfx", &data("app.pfx"));
        world.private("password.txt", b"secret\n");
        world.write("config.toml", world.profile("").as_bytes());
        world
    }

    /// The profile, with lines added or, by their keys, replaced; a key without a value is left out.
    pub fn profile(&self, more: &str) -> String {
        let key = |line: &str| line.split('=').next().unwrap_or_default().trim().to_owned();
        let replaced: Vec<String> = more.lines().map(key).collect();
        let added = more.lines().filter(|line| line.contains('='));
        let usual = format!(
            "app-id = '{APP_ID}'\norganization = 'contoso.onmicrosoft.com'\ncertificate-file = 'app.pfx'\n\
             certificate-password-file = 'password.txt'\nlogin = '{}'\nexchange = '{}'\ncompliance = '{}'\n\
             exchange-scope = 'https://outlook.office365.com/.default'\n\
             compliance-scope = 'https://ps.compliance.protection.outlook.com/.default'\nca-file = 'ca.pem'\n",
            self.emulator.login_origin(),
            self.emulator.exchange_origin(),
            self.emulator.compliance_origin(),
        );
        let kept = usual.lines().filter(|line| !replaced.contains(&key(line)));
        let lines: Vec<&str> = std::iter::once("[profiles.default]").chain(kept).chain(added).collect();
        lines.join("\n") + "\n"
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
        self.own.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
    }

    /// Writes a file that only its owner may read.
    pub fn private(&self, name: &str, bytes: &[u8]) {
        self.write(name, bytes);
        self.mode(name, 0o600);
    }

    /// Makes a folder in the folder.
    pub fn make_folder(&self, name: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
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

    /// A file of the folder as JSON.
    pub fn json(&self, name: &str) -> serde_json::Value {
        let text = self.read(name);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{name}: {error}: {text}"))
    }

    /// The files that the program wrote, with their folders, sorted.
    pub fn written(&self) -> Vec<String> {
        let mut found = Vec::new();
        collect(self.folder(), "", &mut found);
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        found.retain(|name| !own.contains(name));
        found.sort();
        found
    }

    /// The program with these arguments, ready to start: no environment but ours, in the folder.
    pub fn command<S: AsRef<str>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(program());
        command.args(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self.in_folder(&mut command);
        command
    }

    /// Gives a command our folder and our environment; `$EXOCTL` is the program.
    pub fn in_folder<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command.current_dir(self.folder()).env_clear().stdin(Stdio::null());
        command.env("EXOCTL_CONFIG", self.path("config.toml")).env("HOME", self.folder()).env("EXOCTL", program())
    }

    /// Runs the program to its end.
    pub fn exoctl<S: AsRef<str>>(&self, arguments: impl IntoIterator<Item = S>) -> Ended {
        self.end(&mut self.command(arguments))
    }

    /// Starts the program and lets it run.
    pub fn start_exoctl<S: AsRef<str>>(&self, arguments: impl IntoIterator<Item = S>) -> Running {
        self.start_command(&mut self.command(arguments))
    }

    /// Starts a changed command and lets it run.
    pub fn start_command(&self, command: &mut Command) -> Running {
        Running::start(command, self.folder())
    }

    /// Runs a changed command to its end.
    pub fn end(&self, command: &mut Command) -> Ended {
        Running::start(command, self.folder()).end()
    }

    /// Runs a line of a POSIX shell in which `$EXOCTL` is the program, for redirections and limits.
    pub fn shell(&self, line: &str) -> Ended {
        let mut command = Command::new("/bin/sh");
        self.in_folder(command.args(["-c", line])).env("PATH", "/usr/local/bin:/usr/bin:/bin");
        self.end(&mut command)
    }

    /// How many requests for a cmdlet came.
    pub fn received(&self, cmdlet: &str) -> u64 {
        self.emulator.received(cmdlet)
    }

    /// Nothing was sent to anybody.
    pub fn assert_nothing_was_sent(&self) {
        let log = self.emulator.log();
        assert!(log.is_empty() && self.emulator.token_requests() == 0, "sent: {log:?}");
    }

    /// The program ended with this code, one sentence on stderr and a way out, and left neither result nor file.
    /// Gives what it said.
    pub fn refusal<S: AsRef<str>>(&self, code: i32, arguments: impl IntoIterator<Item = S>) -> String {
        let ended = self.exoctl(arguments);
        let said = ended.refused(code);
        assert_eq!(self.written(), Vec::<String>::new(), "nothing is left behind");
        said
    }
}

fn collect(folder: &Path, prefix: &str, found: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), found);
        } else {
            found.push(name);
        }
    }
}
