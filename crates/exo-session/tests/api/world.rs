//! A session between a scripted service and a clock that stands still.

use exo_http::{FakeClock, Request, ScriptedTransport};
use exo_model::{
    AccessToken, Completeness, Invocation, Invoker, Next, SeamError, Secret, Service, TokenProvider, TokenRequest,
};
use exo_session::{Session, SessionBuilder};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// Gives `token-1`, `token-2`, …, a new one each time, and notes what was rejected.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    pub(crate) asked: Mutex<Vec<(String, Option<String>)>>,
    /// The claims challenges that tokens were asked for with.
    pub(crate) claims: Mutex<Vec<String>>,
}

#[async_trait::async_trait]
impl TokenProvider for Tokens {
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, SeamError> {
        let mut asked = self.asked.lock().unwrap();
        let rejected = request.rejected.as_ref().map(|t| t.secret().expose().to_owned());
        asked.push((request.scope.to_string(), rejected));
        self.claims.lock().unwrap().extend(request.claims.clone());
        let end = SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000);
        Ok(AccessToken::new(Secret::new(format!("token-{}", asked.len())), end))
    }
}

pub(crate) struct World {
    pub(crate) transport: Arc<ScriptedTransport>,
    pub(crate) clock: Arc<FakeClock>,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) session: Session,
}

impl World {
    /// A session with Exchange Online.
    pub(crate) fn exchange(script: ScriptedTransport) -> Self {
        Self::new(Service::Exchange, script, |builder| builder)
    }

    pub(crate) fn new(
        service: Service,
        script: ScriptedTransport,
        shape: impl FnOnce(SessionBuilder) -> SessionBuilder,
    ) -> Self {
        let (transport, clock, tokens) =
            (Arc::new(script), Arc::new(FakeClock::at(1_780_000_000)), Arc::new(Tokens::default()));
        let organization = ORGANIZATION.parse().unwrap();
        let builder = Session::builder(service, organization, tokens.clone(), transport.clone(), clock.clone());
        Self { session: shape(builder).build(), transport, clock, tokens }
    }

    /// Runs a call to its end.
    pub(crate) async fn run(&self, call: Invocation) -> Outcome {
        let mut outcome = Outcome::default();
        let mut pages = match self.session.invoke(call).await {
            Ok(pages) => pages,
            Err(error) => {
                outcome.error = Some(error);
                return outcome;
            }
        };
        loop {
            match pages.next().await {
                Ok(Next::Page(page)) => {
                    let records = page.records().map(|r| serde_json::from_slice(r).unwrap());
                    outcome.pages.push(records.collect());
                }
                Ok(Next::End(end)) => {
                    outcome.end = Some(end);
                    return outcome;
                }
                Err(error) => {
                    outcome.error = Some(error);
                    return outcome;
                }
            }
        }
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.transport.requests()
    }
}

/// All that a call gave.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) pages: Vec<Vec<Value>>,
    pub(crate) end: Option<Completeness>,
    pub(crate) error: Option<SeamError>,
}

impl Outcome {
    pub(crate) fn end(self) -> Completeness {
        assert!(self.error.is_none(), "{:?}", self.error);
        self.end.unwrap()
    }

    pub(crate) fn error(self) -> SeamError {
        assert!(self.end.is_none());
        self.error.unwrap()
    }

    /// How many records each page had.
    pub(crate) fn sizes(&self) -> Vec<usize> {
        self.pages.iter().map(Vec::len).collect()
    }
}

pub(crate) const ORGANIZATION: &str = "contoso.onmicrosoft.com";
pub(crate) const EXCHANGE: &str = "https://outlook.office365.com";
pub(crate) const MORE: &str = "There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter.";

pub(crate) fn get(cmdlet: &str) -> Invocation {
    Invocation::new(Service::Exchange, cmdlet.parse().unwrap())
}

/// A page with records `first..first + count`, and a link if there is one more.
pub(crate) fn page_of(host: &str, first: usize, count: usize, link: Option<&str>) -> String {
    let records: Vec<Value> = (first..first + count).map(|i| json!({"Identity": format!("user{i}")})).collect();
    let mut body = json!({
        "@odata.context": format!("{host}/adminapi/beta/{ORGANIZATION}/$metadata#Collection(Exchange.GenericHashTable)"),
        "adminapi.warnings@odata.type": "#Collection(String)",
        "@adminapi.warnings": [],
        "value": records,
    });
    if let Some(link) = link {
        body["@odata.nextLink"] = json!(link);
        body["@adminapi.warnings"] = json!([MORE]);
    }
    body.to_string()
}

/// The link to the page with this token.
pub(crate) fn link(token: &str) -> String {
    format!("{EXCHANGE}/adminapi/beta/{ORGANIZATION}/InvokeCommand?%24skiptoken={token}%2B%3D")
}

pub(crate) fn page(first: usize, count: usize, token: Option<&str>) -> String {
    page_of(EXCHANGE, first, count, token.map(link).as_deref())
}
