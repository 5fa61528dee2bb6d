//! How a run ended, from all that is known of it: the outcomes in their order.

use crate::carrier::{Ended, Returned};
use crate::log::plain;
use crate::run::{Run, State};
use crate::{Carrier, Confinement, Error, Limits, Outcome, RunEnd};
use exo_plugin_abi::Status;
use exo_plugin_wire::{Failure, FailureKind};

/// What the carrier gave, and why it was told to end, if it was.
#[derive(Debug)]
pub(crate) struct Watched {
    /// `None` when it did not end in time.
    pub(crate) ended: Option<Result<Ended, Error>>,
    pub(crate) why: Option<Why>,
}

/// Why the host ended a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Somebody asked for it.
    Cancelled,
    /// The run itself: rows could go nowhere, or were too many.
    Stopped,
    /// The time was over.
    Deadline,
}

/// Ends the run for good and says how it ended.
pub(crate) fn judge(run: &Run, watched: Watched, limits: &Limits, carrier: &Carrier) -> RunEnd {
    let mut state = run.close();
    let leaked_pages = match &watched.ended {
        Some(Ok(Ended::Returned(returned))) => returned.leaked_pages,
        _ => 0,
    };
    let explanation = explanation(&watched, limits, carrier);
    RunEnd {
        outcome: outcome(watched, &mut state),
        calls: state.ledger.take(),
        rows: state.rows,
        refusals: state.refusals,
        violations: state.violations,
        unnamed_violations: state.unnamed_violations,
        gaps: state.gaps,
        unnamed_gaps: state.unnamed_gaps,
        explanation,
        confinement: match carrier {
            Carrier::Thread => Some(Confinement::default()),
            Carrier::Child { .. } => run.confinement.get().cloned(),
        },
        dropped_log_lines: run.dropped_log_lines(),
        leaked_pages,
    }
}

fn outcome(watched: Watched, state: &mut State) -> Outcome {
    let ended = match watched.ended {
        Some(Err(error)) => return Outcome::NotStarted(error),
        _ if !state.violations.is_empty() => return Outcome::Violated,
        None => return Outcome::Killed,
        Some(Ok(ended)) => ended,
    };
    match ended {
        Ended::Broken => Outcome::Violated,
        Ended::Crashed { signal, code } => Outcome::Crashed { signal, code },
        Ended::Returned(_) if watched.why == Some(Why::Deadline) => Outcome::Killed,
        Ended::Returned(returned) => returned_with(returned, watched.why, state),
    }
}

fn returned_with(returned: Returned, why: Option<Why>, state: &mut State) -> Outcome {
    if returned.status == Status::PANICKED {
        return panicked(state);
    }
    if let Some(error) = &state.sink_error {
        return Outcome::Failed(Failure::from(error));
    }
    if why.is_some() {
        return Outcome::Cancelled;
    }
    let error = state.finish.take().map(|finish| finish.error);
    match (returned.status, error) {
        (_, Some(Some(failure))) => Outcome::Failed(fit(failure)),
        (Status::OK, Some(None)) => Outcome::Ok,
        (Status::OK, None) => unexplained("the plugin returned and did not say how it ended"),
        (status, _) => unexplained(&format!("the plugin returned `{}` and did not say why", status.name())),
    }
}

/// The failure as it may be shown: a plugin repeats in it what a service sent, whatever that was.
fn fit(failure: Failure) -> Failure {
    let longer = |text: String| plain(&text, 2000);
    let short = |text: Option<String>| text.map(|text| plain(&text, 300));
    let mut fit = Failure::new(failure.kind, longer(failure.message));
    fit.causes = failure.causes.into_iter().take(16).map(longer).collect();
    fit.hint = failure.hint.map(longer);
    (fit.cmdlet, fit.field, fit.code) = (short(failure.cmdlet), short(failure.field), short(failure.code));
    (fit.row, fit.exit) = (failure.row, failure.exit);
    fit
}

fn unexplained(what: &str) -> Outcome {
    Outcome::Failed(Failure::new(FailureKind::Other, what))
}

fn panicked(state: &mut State) -> Outcome {
    let Some(panic) = state.panic.take() else {
        return Outcome::Panicked { message: "without a message".to_owned(), location: None };
    };
    let location = (!panic.file.is_empty()).then(|| {
        let file = plain(&panic.file, 300);
        format!("{file}:{}:{}", panic.line, panic.column)
    });
    Outcome::Panicked { message: plain(&panic.message, 1000), location }
}

/// Why a plugin was killed.
fn explanation(watched: &Watched, limits: &Limits, carrier: &Carrier) -> Option<String> {
    let why = match watched.why? {
        Why::Cancelled => "the run was cancelled".to_owned(),
        Why::Stopped => "the run could not go on".to_owned(),
        Why::Deadline => format!("its {:?} were over", limits.wall_clock.unwrap_or_default()),
    };
    if watched.ended.is_some() {
        return Some(why);
    }
    let left = match carrier {
        Carrier::Thread => "; its thread goes on until the program ends, which must be started again to run it again",
        Carrier::Child { .. } => "",
    };
    Some(format!("{why}, and the plugin did not end within {:?}{left}", limits.grace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_steers_no_terminal_and_shows_no_token() {
        let token = format!("eyJ{}.{}.{}", "a".repeat(40), "b".repeat(40), "c".repeat(40));
        let said = format!("\u{1b}[2Junknown `{token}`");
        let mut failure = Failure::new(FailureKind::Decode, said.clone()).cmdlet(said.clone()).hinted(said.clone());
        failure.causes = vec![said.clone(); 40];
        (failure.field, failure.code, failure.row) = (Some(said.clone()), Some(said), Some(7));
        let fit = fit(failure);
        let text = format!("{fit:?}");
        assert!(!text.contains("aaaa") && !text.contains("1b") && text.contains("***"), "{text}");
        assert_eq!((fit.kind, fit.row, fit.causes.len()), (FailureKind::Decode, Some(7), 16));
    }
}
