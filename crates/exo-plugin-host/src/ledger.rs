//! The calls of a run, summed per cmdlet, in memory that does not grow with them.

use crate::Call;
use exo_model::{Completeness, Diagnose as _, ErrorKind, Gap, GapKind, Invocation, SeamError};
use std::sync::Arc;

/// Counts calls and names what is missing.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    calls: Vec<Call>,
}

/// One call, until it has ended.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    call: usize,
    /// Whom the call asked about, for the name of a gap.
    object: Option<String>,
}

impl Ledger {
    pub(crate) fn begin(&mut self, invocation: &Invocation) -> Entry {
        let same = |call: &Call| call.service == invocation.service && call.cmdlet == invocation.cmdlet;
        let call = self.calls.iter().position(same).unwrap_or_else(|| {
            self.calls.push(Call {
                service: invocation.service,
                cmdlet: invocation.cmdlet.clone(),
                count: 0,
                failed: 0,
                completeness: Completeness::default(),
                unnamed_gaps: 0,
                error: None,
            });
            self.calls.len() - 1
        });
        let object = invocation.parameter("Identity").and_then(|value| value.as_str()).map(str::to_owned);
        let entry = Entry { call, object };
        self.at(&entry, |call| call.count += 1);
        entry
    }

    /// A page went to the plugin.
    pub(crate) fn page(&mut self, entry: &Entry, records: usize) {
        self.at(entry, |call| {
            call.completeness.pages += 1;
            call.completeness.records += records as u64;
        });
    }

    /// The stream came to its end.
    pub(crate) fn ended(&mut self, entry: &Entry, end: &Completeness) {
        self.at(entry, |call| {
            let sum = &mut call.completeness;
            sum.limited |= end.limited;
            sum.retries += end.retries;
            for warning in &end.warnings {
                if sum.warnings.len() < NAMED && !sum.warnings.contains(warning) {
                    sum.warnings.push(warning.clone());
                }
            }
            for gap in &end.gaps {
                let what = match &entry.object {
                    Some(object) => format!("`{}` of `{object}`: {}", call.cmdlet, gap.what),
                    None => gap.what.clone(),
                };
                name(call, Gap::new(gap.kind, what));
            }
        });
    }

    /// The stream broke.
    pub(crate) fn failed(&mut self, entry: &Entry, error: SeamError) {
        let refused = matches!(error.kind(), ErrorKind::Authorization | ErrorKind::Refused);
        let kind = if refused { GapKind::Refused } else { GapKind::Failed };
        self.at(entry, |call| {
            call.failed += 1;
            name(call, Gap::new(kind, format!("{}: {error}", title(call, entry))));
            call.error.get_or_insert_with(|| Arc::new(error));
        });
    }

    /// The plugin stopped reading.
    pub(crate) fn abandoned(&mut self, entry: &Entry) {
        self.at(entry, |call| {
            name(call, Gap::new(GapKind::Abandoned, format!("{} was not read to its end", title(call, entry))));
        });
    }

    pub(crate) fn take(&mut self) -> Vec<Call> {
        std::mem::take(&mut self.calls)
    }

    fn at(&mut self, entry: &Entry, change: impl FnOnce(&mut Call)) {
        if let Some(call) = self.calls.get_mut(entry.call) {
            change(call);
        }
    }
}

fn title(call: &Call, entry: &Entry) -> String {
    match &entry.object {
        Some(object) => format!("`{}` of `{object}`", call.cmdlet),
        None => format!("`{}`", call.cmdlet),
    }
}

fn name(call: &mut Call, gap: Gap) {
    if call.completeness.gaps.len() < NAMED {
        call.completeness.gaps.push(gap);
    } else {
        call.unnamed_gaps += 1;
    }
}

/// Gaps and warnings that are kept of each cmdlet.
pub(crate) const NAMED: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use exo_model::Service;

    #[test]
    fn many_calls_are_one_entry_with_the_first_hundred_gaps() {
        let mut ledger = Ledger::default();
        for n in 0..1000 {
            let call = Invocation::new(Service::Exchange, "Get-MailboxStatistics".parse().unwrap());
            let entry = ledger.begin(&call.with("Identity", format!("user{n}")));
            ledger.page(&entry, 1);
            if n % 2 == 0 {
                ledger.failed(&entry, SeamError::message(ErrorKind::Refused, "no such mailbox"));
            } else {
                ledger.ended(&entry, &Completeness::default());
            }
        }
        let calls = ledger.take();
        let [call] = calls.as_slice() else { panic!("{calls:?}") };
        assert_eq!((call.count, call.failed, call.completeness.records), (1000, 500, 1000));
        assert_eq!((call.completeness.gaps.len(), call.unnamed_gaps), (100, 400));
        let first = &call.completeness.gaps[0];
        assert_eq!(first.what, "`Get-MailboxStatistics` of `user0`: no such mailbox");
        assert_eq!(first.kind, GapKind::Refused);
    }
}
