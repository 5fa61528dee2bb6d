//! `$batch`: up to ten requests in one, each with a status of its own.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

use bytes::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::invoke::error_answer;
use super::path::{Asked, Path};
use super::{Endpoint, with_service_headers};
use crate::answer::{Answer, Ending};
use crate::bearer;
use crate::cmdlet_error::CmdletError;
use crate::hosts::{self, Host};
use crate::load::Cost;
use crate::received::Received;
use crate::request::Request;

/// What an item takes over from the batch when it has none of its own.
const SHARED: [&str; 2] = ["authorization", "x-anchormailbox"];

#[derive(Deserialize)]
struct Body {
    requests: Vec<Item>,
}

#[derive(Deserialize)]
struct Item {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: Map<String, Value>,
    #[serde(default)]
    body: Option<Value>,
}

/// Answers a batch: its items side by side or one after the other, their answers in the order of the items.
pub(super) async fn answer(outer: &Endpoint<'_>) -> Answer {
    if outer.request.method != "POST" {
        return Answer::empty(405).with("allow", "POST");
    }
    let items = match serde_json::from_slice::<Body>(&outer.request.body) {
        Ok(body) => body.requests,
        Err(error) => return error_answer(&CmdletError::malformed(&error.to_string())),
    };
    if let Some(problem) = problem(&items, outer.world.tenant.unsettled.batch_most) {
        return error_answer(&CmdletError::malformed(&problem));
    }
    let each = outer.world.load.counts_items();
    let of_batch = Cost { slot: !each, call: false };
    let _slot = match outer.world.load.enter(outer.caller.issued.app, of_batch) {
        Ok(slot) => slot,
        Err(refused) => return outer.over_budget(&refused),
    };
    let cost = Cost { slot: each, call: true };
    let answers = if outer.world.tenant.unsettled.batch_in_order {
        let mut answers = Vec::new();
        for item in &items {
            answers.push(one(outer, item, cost).await);
        }
        answers
    } else {
        all(items.iter().map(|item| Box::pin(one(outer, item, cost))).collect()).await
    };
    if let Some(ending) = answers.iter().map(|answer| answer.ending).find(|ending| *ending != Ending::Whole) {
        // What breaks the connection of one item breaks that of all.
        if !matches!(ending, Ending::Cut(_)) {
            return Answer::empty(500).ending(ending);
        }
        return printed(outer.request, &items, answers).ending(ending);
    }
    printed(outer.request, &items, answers)
}

/// What is wrong with a batch as a whole.
fn problem(items: &[Item], most: usize) -> Option<String> {
    if items.len() > most {
        return Some(format!("The batch has {} requests; the maximum is {most}.", items.len()));
    }
    let twice = items.iter().enumerate().find(|(place, item)| items.iter().take(*place).any(|i| i.id == item.id));
    twice.map(|(_, item)| format!("The id '{}' is there twice.", item.id))
}

/// Answers one item as if it had come alone, and keeps a note of it.
async fn one(outer: &Endpoint<'_>, item: &Item, cost: Cost) -> Answer {
    let world = outer.world;
    let Some(request) = inner(outer, item) else {
        return error_answer(&CmdletError::malformed("The request of the batch is not understood."));
    };
    let mut note = Received::of(&request);
    note.in_batch = true;
    let answer = inside(outer, &request, cost, &mut note).await;
    note.status = if matches!(answer.ending, Ending::Whole | Ending::Cut(_)) { answer.status } else { 0 };
    note.at = world.clock.now_millis();
    world.journal.keep(note);
    with_service_headers(world, &request, Some(outer.caller.issued.app), answer)
}

async fn inside(outer: &Endpoint<'_>, request: &Request, cost: Cost, note: &mut Received) -> Answer {
    let (world, service) = (outer.world, outer.service);
    if Host::of(request.host(), world.tenant.cloud, &world.regions()) != Host::Admin(service) {
        return Answer::text(404, "");
    }
    let path = match Path::read(request) {
        Ok(path) if path.asked == Asked::Batch => {
            return error_answer(&CmdletError::malformed("A batch cannot hold a batch."));
        }
        Ok(path) => path,
        Err(answer) => return answer,
    };
    match bearer::caller(world, request, service, Some(service)) {
        Ok(caller) => Endpoint { world, request, service, path, caller, cost }.answer(note).await,
        Err(refused) => refused,
    }
}

/// The request that an item stands for.
fn inner(outer: &Endpoint<'_>, item: &Item) -> Option<Request> {
    let outer = outer.request;
    let absolute = item.url.split_once("://").map(|(_, rest)| rest);
    let (authority, target) = match absolute {
        Some(rest) => rest.split_at_checked(rest.find('/')?)?,
        None => (outer.authority.as_str(), item.url.as_str()),
    };
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = HeaderMap::new();
    for (name, value) in &item.headers {
        let name = HeaderName::from_bytes(name.to_ascii_lowercase().as_bytes()).ok()?;
        headers.insert(name, HeaderValue::from_str(value.as_str()?).ok()?);
    }
    headers.remove("accept-encoding");
    for name in SHARED.map(HeaderName::from_static) {
        if let (false, Some(value)) = (headers.contains_key(&name), outer.headers.get(&name)) {
            headers.insert(name, value.clone());
        }
    }
    let without_port = hosts::without_port(authority);
    let same_host = without_port.eq_ignore_ascii_case(outer.host());
    Some(Request {
        method: item.method.to_ascii_uppercase(),
        // A URL without port is one of the host that was called, whatever its port.
        authority: if same_host { outer.authority.clone() } else { authority.to_owned() },
        path: path.to_owned(),
        query: query.to_owned(),
        headers,
        body: item.body.as_ref().map_or_else(Bytes::new, |body| body.to_string().into()),
    })
}

/// Waits for all, side by side.
async fn all<F: Future<Output = Answer>>(mut running: Vec<Pin<Box<F>>>) -> Vec<Answer> {
    let mut answers: Vec<Option<Answer>> = running.iter().map(|_| None).collect();
    std::future::poll_fn(|context| {
        for (future, answer) in running.iter_mut().zip(&mut answers) {
            if answer.is_none()
                && let Poll::Ready(ready) = future.as_mut().poll(context)
            {
                *answer = Some(ready);
            }
        }
        if answers.iter().all(Option::is_some) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}

/// The answers in the form that the caller takes.
fn printed(outer: &Request, items: &[Item], answers: Vec<Answer>) -> Answer {
    let json = outer.header("accept").is_some_and(|kinds| kinds.to_ascii_lowercase().contains("application/json"));
    if !json {
        return in_parts(items, &answers);
    }
    let mut out = b"{\"responses\":[".to_vec();
    for (place, (item, answer)) in items.iter().zip(answers).enumerate() {
        if place > 0 {
            out.push(b',');
        }
        let headers: Map<String, Value> = shown(&answer).map(|(name, value)| (name.to_owned(), json!(value))).collect();
        let head = format!("{{\"id\":{},\"status\":{},\"headers\":", Value::from(item.id.as_str()), answer.status);
        out.extend_from_slice(head.as_bytes());
        out.extend_from_slice(Value::Object(headers).to_string().as_bytes());
        if let Some(body) = body(&answer) {
            out.extend_from_slice(b",\"body\":");
            out.extend_from_slice(&body);
        }
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    Answer::empty(200).with("odata-version", "4.0").typed("application/json;odata.metadata=minimal", out)
}

/// The headers of an item: those that do not speak of a connection.
fn shown(answer: &Answer) -> impl Iterator<Item = (&str, &str)> {
    let hidden = ["content-encoding", "set-cookie"];
    answer.headers.iter().filter(move |(name, _)| !hidden.contains(name)).map(|(name, value)| (*name, value.as_str()))
}

/// A body as JSON: as it is, as text, or none.
fn body(answer: &Answer) -> Option<Bytes> {
    if answer.body.is_empty() || answer.body.iter().all(|byte| *byte == 0) {
        return None;
    }
    if serde_json::from_slice::<serde::de::IgnoredAny>(&answer.body).is_ok() {
        return Some(answer.body.clone());
    }
    Some(Value::from(String::from_utf8_lossy(&answer.body)).to_string().into())
}

/// The older form: one part per item, each a whole HTTP answer.
fn in_parts(items: &[Item], answers: &[Answer]) -> Answer {
    let boundary = "batchresponse_0f4b6c1e-2b7d-4f0c-9b0e-8a6a5f0d7c33";
    let mut out = Vec::new();
    for (item, answer) in items.iter().zip(answers) {
        let head = format!(
            "--{boundary}\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\
             Content-ID: {}\r\n\r\nHTTP/1.1 {} {}\r\n",
            item.id.replace(['\r', '\n'], " "),
            answer.status,
            hyper::StatusCode::from_u16(answer.status).ok().and_then(|s| s.canonical_reason()).unwrap_or_default()
        );
        out.extend_from_slice(head.as_bytes());
        for (name, value) in shown(answer) {
            out.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(&answer.body);
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Answer::empty(200).with("odata-version", "4.0").typed(&format!("multipart/mixed; boundary={boundary}"), out)
}
