//! A world whose every secret is known: certificate, password, key, tokens and assertions.

use crate::{Ended, Secrets, Tenant, TokenDesk, World, data};

/// A world that signs in at a desk which keeps the assertions, and gives out tokens that are known.
#[derive(Debug)]
pub struct Watched {
    /// The tenant and the folder.
    pub world: World,
    desk: TokenDesk,
    secrets: Secrets,
}

impl Watched {
    /// Starts the tenant, fetches a token for each service, and writes a profile that gets these again.
    pub fn start(tenant: Tenant) -> Self {
        let world = World::start(tenant);
        world.private("marked.pfx", &data("marked.pfx"));
        world.private("password.txt", format!("{}\n", crate::MARKED).as_bytes());
        world.make_folder("tmp");
        let world = world.with_profile("certificate-file = 'marked.pfx'");
        let token = |service: &str| {
            let ended = world.exoctl(["token", "--service", service, "--raw"]);
            ended.ends(0).stdout.trim().to_owned()
        };
        let tokens = vec![("compliance", token("scc")), ("outlook", token("exo"))];
        let mut secrets = Secrets::known();
        for (name, token) in &tokens {
            assert!(token.len() > 500, "a token: {token}");
            secrets.add(&format!("the token for {name}"), token);
        }
        let desk = TokenDesk::giving(tokens);
        let world = world.with_profile(&format!("certificate-file = 'marked.pfx'\ntoken-url = '{}'", desk.url()));
        Self { world, desk, secrets }
    }

    /// Changes lines of the profile, which keeps the desk.
    #[must_use]
    pub fn with_profile(self, more: &str) -> Self {
        let world = self.world.with_profile(&format!("{more}\ntoken-url = '{}'", self.desk.url()));
        Self { world, ..self }
    }

    /// One more that must not be seen.
    #[must_use]
    pub fn with_secret(mut self, name: &str, secret: &str) -> Self {
        self.secrets.add(name, secret);
        self
    }

    /// All that must not be seen by now, the assertions that were sent among them.
    pub fn secrets(&self) -> Secrets {
        let mut secrets = self.secrets.clone();
        for assertion in self.desk.assertions() {
            secrets.add("an assertion", assertion);
        }
        secrets
    }

    /// How many assertions were sent.
    pub fn assertions(&self) -> usize {
        self.desk.assertions().len()
    }

    /// Runs the program at the highest log level, and searches everything but what was asked for.
    pub fn run<S: AsRef<str>>(&self, words: &[S], asked_for: &[&str]) -> Ended {
        self.run_with(words, &[], asked_for)
    }

    /// The same with variables of the environment.
    pub fn run_with<S: AsRef<str>>(&self, words: &[S], variables: &[(&str, &str)], asked_for: &[&str]) -> Ended {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).chain(["--log", "trace"]).collect();
        let mut command = self.world.command(&words);
        command.env("TMPDIR", self.world.path("tmp")).envs(variables.iter().copied());
        let ended = self.world.end(&mut command);
        let secrets = asked_for.iter().fold(self.secrets(), |secrets, place| secrets.except(place));
        secrets.are_not_shown(&self.world, &ended, &words.join(" "));
        ended
    }
}
