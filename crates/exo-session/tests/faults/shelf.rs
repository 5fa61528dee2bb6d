//! Cmdlets with pages of their own under faults: a service that is a pure function, in virtual time.

use crate::dice::Dice;
use exo_http::{Error, Phase, Request, Response, Transport, response};
use exo_model::{
    AccessToken, Clock, Completeness, GapKind, Invocation, Invoker, Next, SeamError, Secret, Service, TokenProvider,
    TokenRequest,
};
use exo_session::{Budget, Session};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

/// What happens to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Served,
    /// The service did its part, and the answer was lost.
    Lost,
    Silence,
    Status(u16),
    Throttled,
    /// A refusal that stays one.
    Refused,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cmdlet {
    Quarantine,
    Trace,
    Audit,
}

/// A service with rows that are numbered.
#[derive(Debug)]
struct Shelf {
    cmdlet: Cmdlet,
    rows: usize,
    /// Rows in an answer at most.
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    dice: Dice,
    /// The request that is refused, if any.
    refused: Option<usize>,
    requests: usize,
    /// Where each session of the audit log stands.
    places: HashMap<String, usize>,
}

impl Shelf {
    fn fate(&self) -> Fate {
        let mut state = self.state.lock().unwrap();
        state.requests += 1;
        if state.refused == Some(state.requests) {
            return Fate::Refused;
        }
        match state.dice.between(0, 19) {
            0 => Fate::Lost,
            1 => Fate::Silence,
            2 => Fate::Status(state.dice.pick(&[408, 500, 502, 503, 504])),
            3 | 4 => Fate::Throttled,
            _ => Fate::Served,
        }
    }

    /// The time of a row; three have the same.
    fn second(row: usize) -> usize {
        100_000 - row / 3
    }

    fn row(&self, row: usize) -> Value {
        json!({
            "Identity": format!("{row}"), "MessageTraceId": format!("m{}", row / 2), "Status": "Delivered",
            "RecipientAddress": format!("user{row:05}@contoso.com"), "Received": Self::second(row).to_string(),
            "ResultCount": self.rows,
        })
    }

    fn answer(&self, parameters: &Value) -> Value {
        let number = |name: &str| parameters[name].as_u64().map(|n| usize::try_from(n).unwrap());
        let mut warnings = Vec::new();
        let range = match self.cmdlet {
            Cmdlet::Quarantine => {
                let (page, size) = (number("Page").unwrap(), number("PageSize").unwrap());
                (page - 1) * size..page * size
            }
            Cmdlet::Trace => {
                let end = parameters["EndDate"].as_str().and_then(|end| end.parse().ok()).unwrap_or(usize::MAX);
                let recipient = parameters["StartingRecipientAddress"].as_str().unwrap_or_default();
                let reached = |row: &usize| {
                    let at = Self::second(*row);
                    at < end || at == end && format!("user{row:05}@contoso.com").as_str() >= recipient
                };
                let from = (0..self.rows).find(reached).unwrap_or(self.rows);
                if from + self.most < self.rows {
                    let last = from + self.most - 1;
                    warnings.push(format!(
                        "There are more results, use Get-MessageTraceV2 -StartDate \"0\" -EndDate \"{}\" -StartingRecipientAddress \"user{last:05}@contoso.com\"",
                        Self::second(last)
                    ));
                }
                from..from + self.most
            }
            Cmdlet::Audit => {
                let mut state = self.state.lock().unwrap();
                let session = parameters["SessionId"].as_str().unwrap().to_owned();
                let place = state.places.entry(session).or_default();
                // What was given, be it in vain, is not given again.
                let from = std::mem::replace(place, (*place + self.most).min(self.rows));
                from..*place
            }
        };
        let range = range.start.min(self.rows)..range.end.min(self.rows);
        json!({"@adminapi.warnings": warnings, "value": range.map(|row| self.row(row)).collect::<Vec<_>>()})
    }
}

#[async_trait::async_trait]
impl Transport for Shelf {
    async fn send(&self, request: Request) -> Result<Response, Error> {
        let body: Value = serde_json::from_slice(request.body()).unwrap();
        tokio::time::sleep(Duration::from_millis(30)).await;
        let fate = self.fate();
        match fate {
            Fate::Silence => return Err(Error::reset("h")),
            Fate::Status(status) => return Ok(response(status, &[], "<html>")),
            Fate::Throttled => return Ok(response(429, &[("retry-after", "2")], "")),
            Fate::Refused => return Ok(response(404, &[], "")),
            Fate::Served | Fate::Lost => {}
        }
        let answer = self.answer(&body["CmdletInput"]["Parameters"]);
        match fate {
            Fate::Lost => Err(Error::timeout("h", Phase::Body)),
            _ => Ok(response(200, &[], answer.to_string())),
        }
    }
}

/// The runtime's own clock, which jumps when all wait.
#[derive(Debug)]
struct Virtual(tokio::time::Instant);

#[async_trait::async_trait]
impl Clock for Virtual {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_780_000_000) + self.0.elapsed()
    }

    async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(duration).await;
    }
}

#[derive(Debug)]
struct Tokens;

#[async_trait::async_trait]
impl TokenProvider for Tokens {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        Ok(AccessToken::new(Secret::from("t"), SystemTime::UNIX_EPOCH + Duration::from_hours(1 << 20)))
    }
}

/// One stream of a seed; what is wrong with it, if anything.
async fn stream(mut dice: Dice, budget: Budget) -> Result<(), String> {
    let (cmdlet, name) = dice.pick(&[
        (Cmdlet::Quarantine, "Get-QuarantineMessage"),
        (Cmdlet::Trace, "Get-MessageTraceV2"),
        (Cmdlet::Audit, "Search-UnifiedAuditLog"),
    ]);
    let rows = usize::try_from(dice.between(0, 120)).unwrap();
    // More than have the same time, since a trace cannot go on within it.
    let most = usize::try_from(dice.between(5, 40)).unwrap();
    let refused = dice.one_in(4).then(|| usize::try_from(dice.between(1, 5)).unwrap());
    let state = State { dice: dice.clone(), refused, requests: 0, places: HashMap::new() };
    let shelf = Arc::new(Shelf { cmdlet, rows, most, state: Mutex::new(state) });
    let organization = "contoso.onmicrosoft.com".parse().unwrap();
    let clock = Arc::new(Virtual(tokio::time::Instant::now()));
    let session = Session::builder(Service::Exchange, organization, Arc::new(Tokens), shelf.clone(), clock)
        .budget(budget.caller())
        .attempts(12)
        .build();
    let mut call = Invocation::new(Service::Exchange, name.parse().unwrap());
    if cmdlet == Cmdlet::Quarantine {
        call = call.with("PageSize", most);
    }
    let limit = dice.one_in(6).then(|| usize::try_from(dice.between(1, 100)).unwrap());
    if let Some(limit) = limit {
        call = call.limit(limit as u64);
    }
    let mut pages = session.invoke(call).await.unwrap();
    let (mut came, mut failed) = (Vec::new(), false);
    let end = loop {
        match pages.next().await {
            Ok(Next::Page(page)) => came.extend(page.records().map(identity)),
            Ok(Next::End(end)) => break end,
            Err(_) if !failed => failed = true,
            Err(error) => return Err(format!("a second error: {error}")),
        }
    };
    let state = shelf.state.lock().unwrap();
    let met = state.refused.is_some_and(|refused| state.requests >= refused);
    let what = format!("{cmdlet:?}, {rows} rows by {most}, limit {limit:?}, {came:?}, {end:?}");
    if cmdlet == Cmdlet::Audit {
        // Records of another session come behind those of the first, and the service may lose answers of all.
        let number = came.len();
        came.sort_unstable();
        came.dedup();
        let given_up = !failed && !end.is_complete() && came.len() < rows && state.places.len() == 3;
        return must(
            number == came.len() && (given_up || failed == met && complete(&came, rows, limit, &end, failed)),
            what,
        );
    }
    judge((rows, limit), (&came, &end), (failed, met)).map_err(|wrong| format!("{wrong}: {what}"))
}

/// Whether records that come in any order are so many as there are, or as were wanted.
fn complete(came: &[usize], rows: usize, limit: Option<usize>, end: &Completeness, failed: bool) -> bool {
    let wanted = limit.map_or(rows, |limit| limit.min(rows));
    failed && !end.is_complete() || !failed && end.is_complete() && came.len() == wanted
}

fn must(holds: bool, what: String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what) }
}

fn judge(
    (rows, limit): (usize, Option<usize>),
    (came, end): (&[usize], &Completeness),
    (failed, refused): (bool, bool),
) -> Result<(), &'static str> {
    let all: Vec<usize> = (0..rows).take(limit.unwrap_or(usize::MAX)).collect();
    if failed != refused {
        return Err("it must fail if it was refused, and only then");
    }
    if !all.starts_with(came) || !failed && came.len() < all.len() {
        return Err("its rows are not those that there are");
    }
    let gaps: Vec<GapKind> = end.gaps.iter().map(|gap| gap.kind).collect();
    let wanted: &[GapKind] = if failed { &[GapKind::Failed] } else { &[] };
    if gaps == wanted { Ok(()) } else { Err("its end does not say what is missing") }
}

fn identity(record: &[u8]) -> usize {
    let record: Value = serde_json::from_slice(record).unwrap();
    record["Identity"].as_str().unwrap().parse().unwrap()
}

/// Many streams side by side; what is wrong with them.
pub(crate) async fn run(seed: u64, streams: usize) -> Vec<String> {
    let (mut dice, budget) = (Dice::new(seed), Budget::new(6));
    let begin = |_| tokio::spawn(stream(Dice::new(dice.number()), budget.clone()));
    let running: Vec<_> = (0..streams).map(begin).collect();
    let mut wrong = Vec::new();
    for stream in running {
        match tokio::time::timeout(Duration::from_hours(10), stream).await {
            Err(_) => wrong.push("it hangs".to_owned()),
            Ok(Err(panic)) => wrong.push(panic.to_string()),
            Ok(Ok(came)) => wrong.extend(came.err()),
        }
    }
    wrong
}
