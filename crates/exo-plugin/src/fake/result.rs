//! What a run against the fake host came to.

use exo_model::{Completeness, Finding};
use exo_plugin_wire::{Failure, FailureKind, LogLine, PanicNote, Progress};
use serde_json::Value;
use std::collections::BTreeMap;

/// How a run ended, as the host decides it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FakeOutcome {
    /// Well.
    Ok,
    /// The report returned an error, or could not be started.
    Failed(Failure),
    /// It was cancelled.
    Cancelled,
    /// It panicked.
    Panicked(PanicNote),
    /// It did what it had not declared, whatever it returned.
    Violated(Failure),
    /// It waited for nothing: no call was in flight and nobody woke it.
    Stuck,
}

/// A run: its rows, its calls, its end.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct FakeRun {
    pub(super) rows: Vec<Value>,
    pub(super) calls: BTreeMap<String, Vec<exo_model::Invocation>>,
    pub(super) outcome: Option<FakeOutcome>,
    pub(super) ends: Vec<Completeness>,
    pub(super) log: Vec<LogLine>,
    pub(super) progress: Vec<Progress>,
    pub(super) most_in_flight: usize,
    pub(super) abandoned: usize,
    pub(super) leaked: usize,
}

impl FakeRun {
    pub(super) fn refused(failure: Failure) -> Self {
        Self { outcome: Some(FakeOutcome::Failed(failure)), ..Self::default() }
    }

    /// The rows, each a JSON array in the order of the columns.
    pub fn rows(&self) -> &[Value] {
        &self.rows
    }

    /// The cells of one row, none if there are fewer rows.
    pub fn row(&self, at: usize) -> Option<&[Value]> {
        self.rows.get(at)?.as_array().map(Vec::as_slice)
    }

    /// The rows of a check as findings; rows of another shape are left out.
    pub fn findings(&self) -> Vec<Finding> {
        self.rows.iter().filter_map(finding).collect()
    }

    /// How often a cmdlet was called, refused calls not counted.
    pub fn calls(&self, cmdlet: &str) -> usize {
        self.invocations(cmdlet).len()
    }

    /// The calls of a cmdlet, with their parameters and the properties they asked for.
    pub fn invocations(&self, cmdlet: &str) -> &[exo_model::Invocation] {
        self.calls.get(&cmdlet.to_ascii_lowercase()).map_or(&[], Vec::as_slice)
    }

    /// How it ended.
    pub fn outcome(&self) -> &FakeOutcome {
        self.outcome.as_ref().unwrap_or(&FakeOutcome::Stuck)
    }

    /// Whether it ended well; its result may be incomplete all the same.
    pub fn is_ok(&self) -> bool {
        *self.outcome() == FakeOutcome::Ok
    }

    /// The failure, if it failed or violated its declaration.
    pub fn failure(&self) -> Option<&Failure> {
        match self.outcome() {
            FakeOutcome::Failed(failure) | FakeOutcome::Violated(failure) => Some(failure),
            _ => None,
        }
    }

    /// What sort of failure it is, if it failed.
    pub fn failure_kind(&self) -> Option<FailureKind> {
        self.failure().map(|failure| failure.kind)
    }

    /// Whether every stream of the run was complete.
    pub fn is_complete(&self) -> bool {
        self.ends.iter().all(Completeness::is_complete)
    }

    /// How each stream ended, in that order; failed and abandoned streams have gaps, as have records that did not fit.
    pub fn ends(&self) -> &[Completeness] {
        &self.ends
    }

    /// Lines that the report logged.
    pub fn log(&self) -> &[LogLine] {
        &self.log
    }

    /// How far the report said that it was.
    pub fn progress(&self) -> &[Progress] {
        &self.progress
    }

    /// How many calls were in flight together, at most.
    pub fn most_in_flight(&self) -> usize {
        self.most_in_flight
    }

    /// How many streams were dropped before their end.
    pub fn abandoned(&self) -> usize {
        self.abandoned
    }

    /// Pages that were not given back.
    pub fn leaked_pages(&self) -> usize {
        self.leaked
    }
}

fn finding(row: &Value) -> Option<Finding> {
    let names = Finding::columns().into_iter().map(|column| column.name);
    let object: serde_json::Map<_, _> = names.zip(row.as_array()?.iter().cloned()).collect();
    serde_json::from_value(object.into()).ok()
}
