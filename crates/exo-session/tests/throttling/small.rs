//! A service that grants so many calls at a time, in virtual time, and what becomes of many small calls to it.

use crate::service::{Tokens, Virtual};
use exo_http::{Error, Request, Response, Transport, response};
use exo_model::{Invocation, Next, Service};
use exo_session::{BatchCount, Budget, Session};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// What the service takes a batch for, which it tells nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counting {
    /// One call, whose items run side by side.
    One,
    /// One call, whose items run one after the other.
    OneSerially,
    /// As many calls as it has items, side by side as far as they are let in.
    Items,
}

/// Who asks, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    pub(crate) calls: usize,
    pub(crate) counting: Counting,
    pub(crate) batches: Option<BatchCount>,
    pub(crate) in_order: bool,
    pub(crate) retry_after: Option<&'static str>,
}

/// What it came to.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) took: Duration,
    pub(crate) requests: usize,
    pub(crate) refused: usize,
    /// The objects in the order in which they came: with the records of each, or why there are none.
    pub(crate) objects: Vec<(usize, Result<Vec<String>, String>)>,
}

/// Calls that the service grants at a time.
pub(crate) const LIMIT: usize = 8;
const LATENCY: Duration = Duration::from_millis(50);
/// The object that there is not.
pub(crate) const NOBODY: usize = 17;

/// How long so many calls would take at best.
pub(crate) fn ideal(calls: usize) -> Duration {
    LATENCY * u32::try_from(calls.div_ceil(LIMIT)).unwrap_or(u32::MAX)
}

#[derive(Debug)]
struct Mailboxes {
    plan: Plan,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: usize,
    requests: usize,
    refused: usize,
}

impl Mailboxes {
    /// Takes a slot, if there is one.
    fn enter(&self) -> bool {
        let mut state = self.state.lock().unwrap();
        let free = state.running < LIMIT;
        state.running += usize::from(free);
        state.refused += usize::from(!free);
        free
    }

    fn leave(&self) {
        self.state.lock().unwrap().running -= 1;
    }

    fn refusal(&self) -> Value {
        let headers = self.plan.retry_after.map_or_else(|| json!({}), |value| json!({ "Retry-After": value }));
        json!({"status": 429, "headers": headers, "body": "Too many."})
    }

    async fn call(&self, body: &Value, counts: bool) -> Value {
        if counts && !self.enter() {
            sleep(Duration::from_millis(2)).await;
            return self.refusal();
        }
        sleep(LATENCY).await;
        if counts {
            self.leave();
        }
        let identity = body["CmdletInput"]["Parameters"]["Identity"].as_str().unwrap();
        if identity == format!("user{NOBODY}") {
            let details = json!([{"message": format!("Ex1|ManagementObjectNotFoundException|no '{identity}'")}]);
            return json!({"status": 404, "body": {"error": {"code": "NotFound", "details": details}}});
        }
        json!({"status": 200, "body": {"value": [{ "User": identity }]}})
    }

    async fn batch(&self, items: &[Value]) -> Value {
        let each = self.plan.counting == Counting::Items;
        if !each && !self.enter() {
            return self.refusal();
        }
        let answers = if self.plan.counting == Counting::OneSerially {
            let mut answers = Vec::new();
            for item in items {
                answers.push(self.call(&item["body"], false).await);
            }
            answers
        } else {
            futures_util::future::join_all(items.iter().map(|item| self.call(&item["body"], each))).await
        };
        if !each {
            self.leave();
        }
        let responses: Vec<Value> = items
            .iter()
            .zip(answers)
            .map(|(item, mut answer)| {
                answer["id"] = item["id"].clone();
                answer
            })
            .collect();
        json!({"status": 200, "body": {"responses": responses}})
    }
}

#[async_trait::async_trait]
impl Transport for Mailboxes {
    async fn send(&self, request: Request) -> Result<Response, Error> {
        self.state.lock().unwrap().requests += 1;
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        let answer = match body["requests"].as_array() {
            Some(items) => self.batch(items).await,
            None => self.call(&body, true).await,
        };
        let headers: Vec<_> =
            answer["headers"]["Retry-After"].as_str().map(|value| ("retry-after", value)).into_iter().collect();
        let status = u16::try_from(answer["status"].as_u64().unwrap()).unwrap();
        Ok(response(status, &headers, answer["body"].to_string()))
    }
}

/// A session with such a service, whose limits nobody told it.
fn session(service: &Arc<Mailboxes>) -> Session {
    let (organization, began) = ("contoso.onmicrosoft.com".parse().unwrap(), Instant::now());
    let (tokens, clock) = (Arc::new(Tokens), Arc::new(Virtual(began)));
    let transport = Arc::clone(service);
    Session::builder(Service::Exchange, organization, tokens, transport, clock).budget(Budget::new(64)).build()
}

fn calls(count: usize) -> impl Iterator<Item = Invocation> + Send + 'static {
    let cmdlet: exo_model::CmdletName = "Get-MailboxPermission".parse().unwrap();
    (0..count)
        .map(move |user| Invocation::new(Service::Exchange, cmdlet.clone()).with("Identity", format!("user{user}")))
}

/// Asks for all of them.
pub(crate) async fn run(plan: Plan) -> Outcome {
    let service = Arc::new(Mailboxes { plan, state: Mutex::default() });
    let mut each = session(&service).each(calls(plan.calls));
    if let Some(count) = plan.batches {
        each = each.in_batches(count);
    }
    if plan.in_order {
        each = each.in_order();
    }
    let began = Instant::now();
    let mut objects = Vec::new();
    while let Some(object) = each.next().await {
        let index = object.index;
        let records = match object.read().await {
            Ok((pages, end)) if end.is_complete() => {
                let records = pages.iter().flat_map(exo_model::Page::records);
                Ok(records.map(|record| String::from_utf8_lossy(record).into_owned()).collect())
            }
            Ok((_, end)) => Err(format!("{end:?}")),
            Err(error) => Err(error.to_string()),
        };
        objects.push((index, records));
    }
    let state = service.state.lock().unwrap();
    Outcome { took: began.elapsed(), requests: state.requests, refused: state.refused, objects }
}

/// How many requests are sent after somebody lost interest in the middle of a run.
pub(crate) async fn sent_after_the_reader_left(plan: Plan) -> usize {
    let service = Arc::new(Mailboxes { plan, state: Mutex::default() });
    let mut each = session(&service).each(calls(plan.calls));
    if let Some(count) = plan.batches {
        each = each.in_batches(count);
    }
    let mut object = each.next().await.unwrap();
    while let Next::Page(_) = object.pages.next().await.unwrap() {}
    drop((object, each));
    let before = service.state.lock().unwrap().requests;
    sleep(Duration::from_mins(1)).await;
    service.state.lock().unwrap().requests - before
}
