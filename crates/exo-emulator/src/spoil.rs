//! The part of a fault that is the same on every endpoint.

use bytes::Bytes;

use crate::answer::{Answer, Ending};
use crate::faults::{Action, Fault};
use crate::load::TOO_MANY;

/// Waits as long as the fault says.
pub(crate) async fn wait(fault: &Fault) {
    if let Some(delay) = fault.delay {
        tokio::time::sleep(delay).await;
    }
}

/// The answer of an action that needs to know nothing of the endpoint.
pub(crate) fn plain(action: &Action) -> Option<Answer> {
    Some(match action {
        Action::ThrottleText(status) => Answer::text(*status, TOO_MANY),
        Action::Html => Answer::gateway_page(502),
        Action::Nul403 => nul_403(),
        Action::Reset => Answer::empty(500).ending(Ending::Reset),
        Action::Hang => Answer::empty(500).ending(Ending::Silence),
        Action::Garbage => Answer::json(200, "\u{7}Lorem ipsum {dolor] sit"),
        Action::Answer { status, content_type, body } => Answer::empty(*status).typed(content_type, body.clone()),
        Action::Redirect(location) => Answer::empty(302).with("location", location.as_str()),
        _ => return None,
    })
}

/// A 403 whose body is a run of NUL bytes declared to be gzip.
pub(crate) fn nul_403() -> Answer {
    Answer::empty(403).typed("application/json; charset=utf-8", vec![0_u8; 4096]).with("content-encoding", "gzip")
}

/// What is done to an answer when it is ready: a wrong label, an early end.
pub(crate) fn finish(fault: &Fault, mut answer: Answer) -> Answer {
    if fault.mislabelled {
        answer.headers.retain(|(name, _)| *name != "content-encoding");
        answer.headers.push(("content-encoding", "gzip".to_owned()));
    }
    answer.slow = fault.slow;
    answer.skew = fault.skew;
    for (name, value) in &fault.headers {
        answer.headers.retain(|(known, _)| known != name);
        answer.headers.push((name, value.clone()));
    }
    match &fault.action {
        Action::Shape(shape) => shape.bend(answer),
        &Action::Truncate(bytes) => {
            let length = answer.body.len();
            if length <= bytes {
                // A body that is too short for the cut is announced longer than it is.
                answer.body = Bytes::from([answer.body.as_ref(), &vec![b' '; bytes + 1 - length]].concat());
            }
            answer.ending(Ending::Cut(bytes))
        }
        _ => answer,
    }
}
