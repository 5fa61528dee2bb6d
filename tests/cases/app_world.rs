//! A tenant without any app, an administrator's token in a file, and a profile file that is not there yet.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a helper that fails is a test that fails")]

use exo_tests::{Administrator, Ended, Fault, Tenant, World, empty_contoso};
use serde_json::Value;

/// A tenant in which an app is set up.
#[derive(Debug)]
pub(crate) struct AppWorld(pub(crate) World);

/// The options with which an administrator's token is handed over.
pub(crate) const TOKEN: [&str; 2] = ["--graph-token-file", "token.txt"];

impl AppWorld {
    /// A tenant without an app, and a Global Administrator.
    pub(crate) fn new() -> Self {
        Self::of(empty_contoso())
    }

    /// A tenant that is changed.
    pub(crate) fn of(tenant: Tenant) -> Self {
        let world = World::start(tenant);
        let token = world.emulator().administrator_token().unwrap();
        world.private("token.txt", token.as_bytes());
        world.write("set.toml", b"# mine\n");
        Self(world)
    }

    /// A tenant whose calls of Microsoft Graph fail so.
    pub(crate) fn failing(fault: Fault) -> Self {
        Self::of(empty_contoso().fault(fault))
    }

    /// An administrator with these permissions of Microsoft Graph and no other.
    pub(crate) fn limited(permissions: &[&str]) -> Self {
        Self::of(empty_contoso().administrator(Administrator::global().scopes(permissions.iter().copied())))
    }

    /// `exoctl app create` with all that is needed for it, and more.
    pub(crate) fn create(&self, more: &[&str]) -> Ended {
        self.0.exoctl(self.creating(&[&TOKEN, more].concat()))
    }

    /// The words of `exoctl app create`, without an administrator.
    pub(crate) fn creating(&self, more: &[&str]) -> Vec<String> {
        let emulator = self.0.emulator();
        let mut words: Vec<String> = [
            "app",
            "create",
            "--config",
            "set.toml",
            "--organization",
            "contoso.onmicrosoft.com",
            "--ca-file",
            "ca.pem",
        ]
        .map(str::to_owned)
        .to_vec();
        for (option, address) in [
            ("--login", emulator.login_origin()),
            ("--exchange", emulator.exchange_origin()),
            ("--compliance", emulator.compliance_origin()),
            ("--graph", emulator.graph_origin()),
        ] {
            words.extend([option.to_owned(), address]);
        }
        words.extend(more.iter().map(|word| (*word).to_owned()));
        words
    }

    /// Another command with the profile that was written.
    pub(crate) fn run(&self, words: &[&str]) -> Ended {
        self.0.exoctl(words.iter().chain(&["--config", "set.toml"]))
    }

    /// What the app has, as `exoctl app show` tells it, without what chance or time chose.
    pub(crate) fn state(&self) -> Value {
        let shown = self.run(&[&["app", "show", "--format", "json"][..], &TOKEN].concat());
        let mut shown = shown.ends(0).json()["app"].take();
        shown.as_object_mut().unwrap().retain(|name, _| !["app_id", "application"].contains(&name.as_str()));
        shown["service_principal"]["id"].take();
        for key in shown["certificates"].as_array_mut().unwrap() {
            key["key_id"].take();
        }
        shown
    }

    /// Methods and paths of the calls of Microsoft Graph that changed something, or might have.
    pub(crate) fn changes(&self) -> Vec<String> {
        let log = self.0.emulator().log();
        let graph = log.iter().filter(|received| received.host == "graph.localhost" && received.method != "GET");
        graph.map(|received| format!("{} {}", received.method, received.path)).collect()
    }

    /// How many calls of Microsoft Graph came.
    pub(crate) fn graph_calls(&self) -> usize {
        self.0.emulator().log().iter().filter(|received| received.host == "graph.localhost").count()
    }

    /// How many apps were asked for, by the mark that each has for good.
    pub(crate) fn marks(&self) -> usize {
        let changes = self.changes();
        let marks = changes.iter().filter(|change| change.contains("/applications(uniqueName="));
        marks.collect::<std::collections::BTreeSet<_>>().len()
    }

    /// How many apps have the usual name.
    pub(crate) fn apps(&self) -> usize {
        let before = self.0.read("set.toml");
        let ended = self
            .0
            .exoctl(self.creating(&[&TOKEN[..], &["--profile", "count", "--format", "json", "--quiet"]].concat()));
        self.0.write("set.toml", before.as_bytes());
        for end in ["pfx", "cer", "password", "setup.json"] {
            std::fs::remove_file(self.0.path(&format!("count.{end}"))).ok();
        }
        let said = ended.json_error();
        let message = said["message"].as_str().unwrap_or_default().to_owned();
        match message.strip_prefix("there are ").and_then(|rest| rest.split(' ').next()) {
            Some(count) => count.parse().unwrap(),
            None if message.starts_with("there is an app named") => 1,
            None => panic!("{message}: {}", ended.shown()),
        }
    }
}
