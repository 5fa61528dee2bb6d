//! What the fuzz targets share: a session whose service answers what it is told, and what must hold whatever it answers.

use exo_http::{Error, FakeClock, Request, Response, Transport};
use exo_model::{
    AccessToken, Completeness, Diagnose, Invocation, Invoker, Next, Organization, SeamError, Secret, Service,
    TokenProvider, TokenRequest,
};
use exo_session::{Budget, Session};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// The only host that may be asked.
pub const HOST: &str = "outlook.office365.com";

/// The longest that may be waited in sum.
pub const PATIENCE: Duration = Duration::from_secs(600);

/// Gives these answers in order, then empty ones.
#[derive(Debug, Default)]
struct Answers {
    left: Mutex<VecDeque<Response>>,
    asked: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl Transport for Answers {
    async fn send(&self, request: Request) -> Result<Response, Error> {
        let uri = request.uri();
        assert_eq!((uri.scheme_str(), uri.host()), (Some("https"), Some(HOST)), "the token went astray");
        assert!(uri.port_u16().is_none_or(|port| port == 443), "the token went astray");
        self.asked.lock().expect("one thread").push(uri.to_string());
        Ok(self.left.lock().expect("one thread").pop_front().unwrap_or_default())
    }
}

#[derive(Debug)]
struct Tokens;

#[async_trait::async_trait]
impl TokenProvider for Tokens {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        Ok(AccessToken::new(Secret::from("MARKED"), SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000)))
    }
}

/// All that a call gave.
#[derive(Debug)]
pub struct Outcome {
    /// The records, as they came.
    pub records: Vec<Vec<u8>>,
    /// How it ended.
    pub end: Result<Completeness, SeamError>,
    /// The addresses that were asked.
    pub asked: Vec<String>,
    /// What was waited in sum.
    pub slept: Duration,
}

/// Runs a reading call against these answers, to its end.
pub fn run(answers: impl IntoIterator<Item = Response>) -> Outcome {
    let transport = Arc::new(Answers { left: Mutex::new(answers.into_iter().collect()), ..Answers::default() });
    let clock = Arc::new(FakeClock::at(1_780_000_000));
    let organization: Organization = "contoso.onmicrosoft.com".parse().expect("a domain");
    let session = Session::builder(Service::Exchange, organization, Arc::new(Tokens), transport.clone(), clock.clone())
        .budget(Budget::new(2).longest_wait(PATIENCE))
        .attempts(3)
        .build();
    let call = Invocation::new(Service::Exchange, "Get-Mailbox".parse().expect("a cmdlet"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let (records, end) = runtime.block_on(read(&session, call));
    let asked = transport.asked.lock().expect("one thread").clone();
    let outcome = Outcome { records, end, asked, slept: clock.slept().iter().sum() };
    check(&outcome);
    outcome
}

async fn read(session: &Session, call: Invocation) -> (Vec<Vec<u8>>, Result<Completeness, SeamError>) {
    let mut records = Vec::new();
    let mut pages = match session.invoke(call).await {
        Ok(pages) => pages,
        Err(error) => return (records, Err(error)),
    };
    loop {
        match pages.next().await {
            Ok(Next::Page(page)) => records.extend(page.records().map(<[u8]>::to_vec)),
            Ok(Next::End(end)) => return (records, Ok(end)),
            Err(error) => return (records, Err(error)),
        }
    }
}

/// What holds for every call.
fn check(outcome: &Outcome) {
    assert!(outcome.asked.len() <= 100, "it was asked without end");
    match &outcome.end {
        Ok(end) => assert_eq!(end.records, outcome.records.len() as u64),
        Err(error) => {
            let text = error.to_string();
            assert!(!text.is_empty() && text.chars().count() < 6000, "{text}");
            assert!(!text.chars().any(char::is_control), "{text:?}");
            assert!(!format!("{error:?}").contains("MARKED"));
            drop(error.hint());
        }
    }
}
