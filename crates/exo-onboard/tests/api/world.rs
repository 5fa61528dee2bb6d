//! A tenant, an administrator and whoever watches.

use crate::directory::Directory;
use exo_cert::Certificate;
use exo_http::FakeClock;
use exo_model::{AccessToken, AppId, Cloud, SeamError, Secret, Service, TokenProvider, TokenRequest};
use exo_onboard::{Error, Event, Graph, Kept, Observer, Prover, Ready, Role, Wanted, create};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

pub(crate) fn certificate() -> Certificate {
    Certificate::from_bytes(include_bytes!("../../../exo-cert/tests/data/contoso.crt")).unwrap()
}

pub(crate) fn global_reader() -> Role {
    Role::new("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader").unwrap()
}

pub(crate) fn wanted() -> Wanted {
    Wanted::new("ExO reports", certificate()).roles([global_reader()])
}

/// Gives `token-1`, `token-2`, …, a new one only where one was refused.
#[derive(Debug, Default)]
pub(crate) struct Tokens(Mutex<u32>);

#[async_trait::async_trait]
impl TokenProvider for Tokens {
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, SeamError> {
        assert_eq!(request.scope.as_str(), "https://graph.microsoft.com/.default");
        let mut number = self.0.lock().unwrap();
        *number += u32::from(request.rejected.is_some());
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000);
        Ok(AccessToken::new(Secret::new(format!("token-{number}")), end))
    }
}

/// Remembers what was kept last, and all that happened, as text.
#[derive(Debug, Default)]
pub(crate) struct Watcher {
    pub(crate) kept: Mutex<Option<Kept>>,
    pub(crate) events: Mutex<Vec<String>>,
}

impl Watcher {
    pub(crate) fn kept(&self) -> Option<Kept> {
        self.kept.lock().unwrap().clone()
    }

    pub(crate) fn events(&self) -> Vec<String> {
        self.events.lock().unwrap().clone()
    }
}

impl Observer for Watcher {
    fn event(&self, event: &Event<'_>) {
        let text = match event {
            Event::Begun { .. } => return,
            Event::Found { step, .. } => format!("found {step}"),
            Event::Made { step, .. } => format!("made {step}"),
            Event::Waiting { step, next, left, why, .. } => {
                let why = why.map_or_else(|| "not seen yet".to_owned(), ToString::to_string);
                format!("waiting {}s of {}s for {step}: {why}", next.as_secs(), left.as_secs())
            }
            _ => "something new".to_owned(),
        };
        self.events.lock().unwrap().push(text);
    }

    fn keep(&self, kept: &Kept) -> Result<(), SeamError> {
        // As it is kept in a file.
        let text = serde_json::to_string(kept).unwrap();
        *self.kept.lock().unwrap() = Some(serde_json::from_str(&text).unwrap());
        Ok(())
    }
}

/// Refuses with these codes first, each once, then lets the app in.
#[derive(Debug, Default)]
pub(crate) struct Door(pub(crate) Mutex<VecDeque<SeamError>>);

#[async_trait::async_trait]
impl Prover for Door {
    async fn prove(&self, _: &AppId, _: Service) -> Result<(), SeamError> {
        self.0.lock().unwrap().pop_front().map_or(Ok(()), Err)
    }
}

/// A tenant.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) directory: Arc<Directory>,
    pub(crate) watcher: Watcher,
    pub(crate) door: Door,
}

impl World {
    /// One whose directory shows changes after so many seconds, and that has Exchange's service principal.
    pub(crate) fn with_lag(seconds: u64) -> Self {
        let clock = Arc::new(FakeClock::at(1_790_000_000));
        let directory = Arc::new(Directory::new(Arc::clone(&clock), Duration::from_secs(seconds)));
        directory.with(|objects| {
            let roles = serde_json::json!([
                { "id": "dc890d15-9560-4a4c-9b7f-a736ec74ec40", "value": "full_access_as_app" },
                { "id": "dc50a0fb-09a3-484d-be87-e023b12c6440", "value": "Exchange.ManageAsApp" },
            ]);
            objects.resource("00000002-0000-0ff1-ce00-000000000000", &roles);
        });
        Self { clock, directory, watcher: Watcher::default(), door: Door::default() }
    }

    pub(crate) fn graph(&self) -> Graph {
        let (transport, clock) = (Arc::clone(&self.directory), Arc::clone(&self.clock));
        Graph::new(transport, clock, Arc::new(Tokens::default()), &Cloud::Worldwide.endpoints())
    }

    /// One run, from what was kept last; `None` if the program ended on the way.
    pub(crate) async fn run(&self, wanted: &Wanted) -> Option<Result<Ready, Error>> {
        let first = || Kept::new().marked("0b9f6b0e-5b0a-4f0e-9c63-54a1c1a52b11".parse().unwrap());
        let kept = self.watcher.kept().unwrap_or_else(first);
        let graph = self.graph();
        tokio::select! {
            biased;
            () = self.directory.killed() => None,
            outcome = create(&graph, wanted, kept, &self.watcher, Some(&self.door)) => Some(outcome),
        }
    }
}
