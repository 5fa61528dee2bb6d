//! What the token endpoint answers when a fault strikes.

use crate::answer::Answer;
use crate::faults::{Action, Fault};
use crate::request::Request;
use crate::spoil;
use crate::token_endpoint::refused;
use crate::token_error::Refusal;
use crate::world::World;

/// The answer in place of a token; none where the token comes all the same, late or spoilt.
pub(crate) fn answer(world: &World, request: &Request, fault: &Fault) -> Option<Answer> {
    let refusal = |code| refused(world, request, &Refusal::plain(code));
    Some(match &fault.action {
        Action::Throttle(retry_after) => {
            let answer = refusal(90_055);
            match retry_after {
                Some(value) => answer.with("retry-after", value.as_str()),
                None => answer,
            }
        }
        Action::Status(status) | Action::ServerError { code: status, .. } => {
            Answer { status: *status, ..refusal(90_033) }
        }
        Action::Aadsts(code) => refusal(*code),
        action => return spoil::plain(action),
    })
}
