//! How a cmdlet without links says where it goes on.

use crate::Error;
use crate::retry::access;
use exo_catalog::Access;
use exo_http::RequestId;
use exo_model::{Invocation, Page};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

/// How a cmdlet is paged, and where it stands.
pub(crate) struct Way {
    kind: Kind,
    /// The call that was made last.
    last: Option<Invocation>,
    /// Records of the call that is running, those included that came before.
    round: u64,
    /// What came in this call, and in the one before or in all.
    here: HashSet<u64>,
    before: HashSet<u64>,
    /// Records over all calls, and how many the service says that there are.
    all: u64,
    announced: Option<i64>,
    /// An answer of the session may have been lost, and the sessions that were begun so far.
    unheard: bool,
    sessions: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// By the parameters `Page` and `PageSize`; a short page is the last.
    Numbered,
    /// `Get-MessageTraceV2`: a warning holds the parameters to go on with.
    Trace,
    /// `Search-UnifiedAuditLog`: the service remembers the place; a call without records is the last.
    Audit,
}

/// What comes after a call.
pub(super) enum Going {
    On(Invocation),
    Over,
    /// There is more, and this is why it cannot be had.
    Cut(String),
}

impl Way {
    /// The way of a cmdlet that gives no links; nothing for all others, and where the caller pages by itself.
    pub(crate) fn of(call: &Invocation) -> Option<Self> {
        let known = exo_catalog::find(&call.cmdlet)?;
        let given = |name| call.parameter(name).is_some();
        let kind = match known.name() {
            "Get-MessageTraceV2" => Kind::Trace,
            "Search-UnifiedAuditLog" if !given("SessionId") && !given("SessionCommand") => Kind::Audit,
            _ if known.parameter("Page").is_some() && known.parameter("PageSize").is_some() && !given("Page") => {
                Kind::Numbered
            }
            _ => return None,
        };
        (access(call) == Access::Read).then(|| Self {
            kind,
            last: None,
            round: 0,
            here: HashSet::new(),
            before: HashSet::new(),
            all: 0,
            announced: None,
            unheard: false,
            sessions: 1,
        })
    }

    /// The first call.
    pub(super) fn first(&mut self, call: Invocation, wanted: Option<u64>) -> Result<Invocation, Error> {
        let first = match self.kind {
            Kind::Numbered => {
                let size = match call.parameter("PageSize") {
                    None => call.page_size.map_or(LARGEST_NUMBERED, u64::from),
                    Some(size) => size.as_u64().or_else(|| size.as_str()?.trim().parse().ok()).unwrap_or_default(),
                };
                if size == 0 {
                    let (cmdlet, name) = (call.cmdlet, "PageSize".to_owned());
                    return Err(Error::Parameter { cmdlet, name, why: "pages of no records have no end" });
                }
                // A larger page would come short, and be taken for the last.
                call.with("Page", 1).with("PageSize", size.min(LARGEST_NUMBERED).min(wanted.unwrap_or(u64::MAX)).max(1))
            }
            Kind::Trace => call.with("ResultSize", LARGEST_CALL),
            Kind::Audit => call
                .with("SessionId", RequestId::random().to_string())
                .with("SessionCommand", "ReturnLargeSet")
                .with("ResultSize", LARGEST_CALL),
        };
        self.last = Some(first.clone());
        Ok(first)
    }

    /// A page without the records that came before.
    pub(super) fn new_in(&mut self, page: Page) -> Page {
        self.round += page.len() as u64;
        self.all += page.len() as u64;
        if self.kind == Kind::Numbered {
            // Two equal rows are two rows; only a page that comes again as a whole is none.
            self.here.extend(page.records().map(|record| hash(&record)));
            return page;
        }
        let mut spans = Vec::with_capacity(page.len());
        for (record, span) in page.records().zip(page.spans()) {
            let (key, announced) = self.key(record);
            self.announced = announced.or(self.announced);
            if !self.before.contains(&key) && self.here.insert(key) {
                spans.push(*span);
            }
        }
        Page::new(page.body().clone(), spans)
    }

    /// What makes a record another one than all others.
    fn key(&self, record: &[u8]) -> (u64, Option<i64>) {
        let row = serde_json::from_slice::<Row<'_>>(record).unwrap_or_default();
        let announced = row.result_count.and_then(|count| count.get().trim_matches('"').parse().ok());
        let text = |value: Option<&RawValue>| value.map(|value| value.get().to_owned());
        let key = match self.kind {
            Kind::Audit => row.identity.map(|identity| hash(&identity.get())),
            _ => row
                .message_trace_id
                .map(|id| hash(&(id.get(), text(row.recipient_address), text(row.received), text(row.status)))),
        };
        (key.unwrap_or_else(|| hash(&record)), announced)
    }

    /// What comes after a call that has ended; `seam` is the warning that names its end, and `unheard` says that an
    /// answer to it may have been lost.
    pub(super) fn next(&mut self, seam: Option<String>, unheard: bool) -> Going {
        self.unheard |= unheard;
        let round = std::mem::take(&mut self.round);
        let Some(last) = self.last.take() else { return Going::Over };
        let going = match self.kind {
            Kind::Numbered => self.next_number(last, round),
            Kind::Trace => trace(&last, seam),
            Kind::Audit => self.next_of_session(last, round),
        };
        let here = std::mem::take(&mut self.here);
        if self.kind == Kind::Audit {
            self.before.extend(here);
        } else {
            self.before = here;
        }
        if let Going::On(next) = &going {
            self.last = Some(next.clone());
        }
        going
    }

    fn next_number(&self, last: Invocation, round: u64) -> Going {
        let number = |name| last.parameter(name).and_then(serde_json::Value::as_u64).unwrap_or(1);
        let (page, size) = (number("Page"), number("PageSize"));
        if round < size {
            return Going::Over;
        }
        if self.here == self.before {
            return Going::Cut(format!("the service gave the same page of `{}` twice", last.cmdlet));
        }
        if page >= LAST_NUMBER {
            return Going::Cut(format!(
                "the service numbers {LAST_NUMBER} pages of `{}` at most; narrow the time",
                last.cmdlet
            ));
        }
        Going::On(last.with("Page", page + 1))
    }

    fn next_of_session(&mut self, last: Invocation, round: u64) -> Going {
        if round == 0 {
            return self.end_of_session(&last);
        }
        if self.all >= MOST_OF_SESSION {
            return Going::Cut(format!(
                "the service gives {MOST_OF_SESSION} records of one `{}` at most; narrow the time",
                last.cmdlet
            ));
        }
        Going::On(last)
    }
}

impl Way {
    /// The service says how many records there are; an answer that got lost on the way is not given again.
    fn end_of_session(&mut self, last: &Invocation) -> Going {
        let cmdlet = &last.cmdlet;
        let Ok(announced) = u64::try_from(self.announced.unwrap_or_default()) else {
            return Going::Cut(format!("`{cmdlet}` broke off inside the service; narrow the time"));
        };
        // Records that came twice make up for none that was lost.
        let came = if self.unheard { self.before.len() as u64 } else { self.all };
        let unknown = self.announced.is_none() && self.unheard;
        if came >= announced && !unknown {
            return Going::Over;
        }
        if self.unheard && self.sessions < MOST_SESSIONS {
            // Another session gives all again, of which only the lost are new.
            (self.all, self.unheard, self.sessions) = (0, false, self.sessions + 1);
            return Going::On(last.clone().with("SessionId", RequestId::random().to_string()));
        }
        Going::Cut(if unknown {
            format!("answers to `{cmdlet}` were lost, and the service gives none of them again; run again")
        } else {
            format!("the service has {announced} records of `{cmdlet}` and gave {came}; run again, or narrow the time")
        })
    }
}

/// Goes on with the parameters in the warning.
fn trace(last: &Invocation, seam: Option<String>) -> Going {
    let Some(seam) = seam else { return Going::Over };
    let mut next = last.clone();
    for name in ["StartDate", "EndDate", "StartingRecipientAddress"] {
        let Some(value) = argument(&seam, name) else {
            return Going::Cut(format!("the service has more records and gave no way to them: {seam}"));
        };
        // Without a zone it is sent as it stands, with all of its fraction; the service takes it as UTC.
        next = next.with(name, if name.ends_with("Date") { value.trim_end_matches('Z') } else { value });
    }
    if next == *last {
        return Going::Cut(format!("the service names the same place to go on twice: {seam}"));
    }
    Going::On(next)
}

/// The value of `-Name` in a command line, with or without quotes.
fn argument<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let (_, after) = text.split_once(&format!("-{name}"))?;
    let value = after.trim_start_matches([' ', ':', '=']);
    let quote = value.chars().next().filter(|c| ['"', '\''].contains(c));
    let value = match quote {
        Some(quote) => value.get(1..)?.split(quote).next()?,
        None => value.split_whitespace().next()?.trim_end_matches(['.', ',']),
    };
    (!value.is_empty()).then_some(value)
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The properties by which records are told apart.
#[derive(Deserialize, Default)]
#[serde(rename_all = "PascalCase", default)]
struct Row<'a> {
    #[serde(borrow)]
    identity: Option<&'a RawValue>,
    #[serde(borrow)]
    result_count: Option<&'a RawValue>,
    #[serde(borrow)]
    message_trace_id: Option<&'a RawValue>,
    #[serde(borrow)]
    recipient_address: Option<&'a RawValue>,
    #[serde(borrow)]
    received: Option<&'a RawValue>,
    #[serde(borrow)]
    status: Option<&'a RawValue>,
}

/// The largest `PageSize` that is documented for all cmdlets that have one.
const LARGEST_NUMBERED: u64 = 1000;
/// The highest `Page` that is documented.
const LAST_NUMBER: u64 = 1000;
/// Records in one call of the trace and of the audit log at most.
const LARGEST_CALL: u64 = 5000;
/// Sessions of the audit log for one search, where answers are lost.
const MOST_SESSIONS: u32 = 3;
/// Records in one session of the audit log at most.
const MOST_OF_SESSION: u64 = 50_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_read_with_and_without_quotes() {
        let text = r#"WARNING: There are more results, use the following command to get more. Get-MessageTraceV2 -StartDate "2025-06-05T00:00:00.0000000Z" -EndDate '2025-06-12 03:01' -StartingRecipientAddress ana@contoso.com -ResultSize 10"#;
        assert_eq!(argument(text, "StartDate"), Some("2025-06-05T00:00:00.0000000Z"));
        assert_eq!(argument(text, "EndDate"), Some("2025-06-12 03:01"));
        assert_eq!(argument(text, "StartingRecipientAddress"), Some("ana@contoso.com"));
        assert_eq!(argument(text, "Missing"), None);
        assert_eq!(argument("-StartDate", "StartDate"), None);
    }
}
