//! The line of a check for this machine's clock.

use crate::checklist::List;
use crate::failure::Failure;
use crate::times;
use exo_model::ErrorKind;
use std::time::Duration;

/// Says how far the clocks are apart; `refused` by the token service because of that, or not.
pub(super) fn line(ahead: Option<i64>, refused: bool, list: &mut List) {
    let Some(ahead) = ahead else {
        return list.unknown("clock", "no answer told the time, with which to compare it".to_owned());
    };
    let apart = Duration::from_secs(ahead.unsigned_abs());
    if apart < WORTH_A_WORD {
        list.ok("clock", "agrees with the token service's to the minute".to_owned());
        return;
    }
    let direction = if ahead > 0 { "behind" } else { "ahead of" };
    let seen = format!("this machine's clock is {} {direction} the token service's", times::span(apart));
    if refused {
        list.fail("clock", &Failure::new(ErrorKind::Authentication, seen).hinted(REMEDY));
    } else {
        list.warn("clock", seen, REMEDY);
    }
}

const REMEDY: &str =
    "set this machine's clock, and let it be kept by the network's time (NTP); statements about time are signed by it";

/// Less than this harms nothing: assertions are dated a minute back.
const WORTH_A_WORD: Duration = Duration::from_mins(1);
