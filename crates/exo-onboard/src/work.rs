//! Doing a step: look, make what lacks, and wait where the directory has not heard of a change yet.

use crate::judge::{Facts, Verdict};
use crate::patience::{Pauses, Wait, again};
use crate::{Error, Event, Graph, Kept, Observer, Step, event};
use serde_json::Value;
use std::time::Duration;

/// Whoever does the steps.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) observer: &'a dyn Observer,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    Found,
    Made,
}

impl Work<'_> {
    /// Does steps in order, and gives those that changed something.
    pub(crate) async fn ensure_all(&self, steps: Vec<Step>, facts: &mut Facts<'_>) -> Result<Vec<Step>, Error> {
        let mut made = Vec::new();
        for step in steps {
            if self.ensure(&step, facts).await? == Outcome::Made {
                made.push(step);
            }
        }
        Ok(made)
    }

    /// Does a step, however often it must be tried.
    pub(crate) async fn ensure(&self, step: &Step, facts: &mut Facts<'_>) -> Result<Outcome, Error> {
        self.observer.event(&Event::Begun { step });
        let mut pauses = Pauses::default();
        let mut sent = Sent::No;
        // A change of the time before counts as it did when the step began: the waits have a limit of their own.
        let begun = self.graph.clock().now();
        loop {
            let before = sent;
            let error = match self.attempt(step, facts, &mut sent).await {
                Ok(()) => break,
                // What was made is looked for at once.
                Err(Error::NotYet { .. }) if before != sent => continue,
                Err(error) => error,
            };
            let recent = facts.kept.changed_within(LAG, begun);
            let Some(wait) = again(&error, recent) else { return Err(last_word(error, step, facts)) };
            if !self.pause(&mut pauses, step, event::cause(&error), wait).await {
                return Err(given_up(error, step, pauses.waited));
            }
        }
        let outcome = if sent == Sent::No { Outcome::Found } else { Outcome::Made };
        self.observer.event(&match outcome {
            Outcome::Found => Event::Found { step },
            Outcome::Made => Event::Made { step },
        });
        Ok(outcome)
    }

    /// Looks, and makes what lacks.
    async fn attempt(&self, step: &Step, facts: &mut Facts<'_>, sent: &mut Sent) -> Result<(), Error> {
        let (seen, absent) = match self.graph.send(&facts.look(step)).await {
            Ok(seen) => (Some(seen), None),
            Err(error) if error.is_absent() => (None, Some(error)),
            Err(error) => return Err(error),
        };
        let call = match facts.judge(step, seen.as_ref()) {
            Verdict::There => return self.learned(step, facts, &seen.unwrap_or_default()),
            Verdict::Unseen => return Err(absent.unwrap_or_else(|| unseen(step))),
            Verdict::Taken(same) => return Err(Error::NameTaken { display_name: facts.name.to_owned(), same }),
            // It was made, and is not seen yet: it is not made again.
            Verdict::Lacking(_) if *sent == Sent::Done => return Err(unseen(step)),
            Verdict::Lacking(call) => call,
        };
        self.remember(facts, step)?;
        match self.graph.send(&call).await {
            // A look that came too early: it was so already.
            Err(Error::Refused { error, .. }) if error.is_already_so() || (error.is_absent() && call.takes_away()) => {
                self.learned(step, facts, &Value::Null)
            }
            Ok(answer) => {
                *sent = Sent::Done;
                self.learned(step, facts, &answer)
            }
            // What is made if it is missing is never missing; it is no change that others do not know yet.
            Err(Error::Refused { call, error, .. }) if *step == Step::Application && error.is_absent() => {
                let client_request_id = error.client_request_id.clone();
                Err(Error::NotUnderstood { call, what: "it makes no app under a unique name", client_request_id })
            }
            // An old copy cannot be sent back: its certificates are no longer those of the app.
            Err(Error::Refused { call: name, needs, error }) if call.sends_back && error.is_of_an_old_copy() => {
                let last = Some(Box::new(Error::Refused { call: name, needs, error }));
                Err(Error::NotYet { step: step.clone(), waited: Duration::ZERO, last })
            }
            Err(error) => {
                *sent = Sent::Perhaps;
                Err(error)
            }
        }
    }

    /// Keeps what the next run must know, before it becomes true.
    fn remember(&self, facts: &mut Facts<'_>, step: &Step) -> Result<(), Error> {
        if *step == Step::Application {
            facts.kept.begin();
        }
        facts.kept.written(self.graph.clock().now());
        self.keep(&facts.kept)
    }

    /// An answer without what later steps need is one to look for again.
    fn learned(&self, step: &Step, facts: &mut Facts<'_>, answer: &Value) -> Result<(), Error> {
        let before = facts.kept.clone();
        if !facts.learn(step, answer) {
            return Err(unseen(step));
        }
        if facts.kept == before { Ok(()) } else { self.keep(&facts.kept) }
    }

    pub(crate) fn keep(&self, kept: &Kept) -> Result<(), Error> {
        self.observer.keep(kept).map_err(|source| Error::Keep { source })
    }

    /// Waits before the next attempt, second by second for whoever watches; `false` if the time for this step is over.
    pub(crate) async fn pause(
        &self,
        pauses: &mut Pauses,
        step: &Step,
        why: Option<&(dyn std::error::Error + Send + Sync + 'static)>,
        wait: Wait,
    ) -> bool {
        let longest = self.graph.longest_wait();
        let Some(mut next) = pauses.next(wait).filter(|_| pauses.waited <= longest) else { return false };
        let mut left = longest.saturating_sub(pauses.waited) + next;
        while !next.is_zero() {
            let why = why.map(|why| why as &(dyn std::error::Error + 'static));
            self.observer.event(&Event::Waiting { step, why, next, left });
            let second = next.min(Duration::from_secs(1));
            self.graph.clock().sleep(second).await;
            (next, left) = (next.saturating_sub(second), left.saturating_sub(second));
        }
        true
    }
}

/// Whether this run changed something for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sent {
    No,
    /// There was no answer that tells.
    Perhaps,
    Done,
}

/// What must be there and is not seen.
fn unseen(step: &Step) -> Error {
    Error::NotYet { step: step.clone(), waited: Duration::ZERO, last: None }
}

/// What is not seen though nothing was changed lately is not there.
fn last_word(error: Error, step: &Step, facts: &Facts<'_>) -> Error {
    let about_the_app = matches!(step, Step::Application | Step::Permissions | Step::Certificate | Step::Retire);
    match (error, facts.kept.app_id()) {
        (Error::NotYet { last: Some(last), .. }, _) => *last,
        (error, Some(app_id)) if about_the_app && error.is_absent() => Error::Gone { app_id: app_id.to_string() },
        (error, _) => error,
    }
}

/// What is said when the time for a step is over.
fn given_up(error: Error, step: &Step, waited: Duration) -> Error {
    match error {
        Error::NotYet { last, .. } => Error::NotYet { step: step.clone(), waited, last },
        Error::Refused { .. } => Error::NotYet { step: step.clone(), waited, last: Some(Box::new(error)) },
        other => other,
    }
}

/// For how long after a change the directory may not know of it everywhere.
const LAG: Duration = Duration::from_mins(10);
