//! What becomes of a report when the call about one mailbox fails.

use exo_plugin::prelude::*;

/// So many failures one after the other are no accident of single mailboxes.
const IN_A_ROW: u32 = 32;

/// Decides, mailbox by mailbox, whether the report goes on.
///
/// One failed mailbox is passed over: the host has recorded the failed call, names the mailbox in the result's gaps and
/// calls the result incomplete. What would fail for every other mailbox as well ends the report with that failure:
/// cancellation, a cmdlet that the app may not run, a service that asks for more patience than there is, a limit of the
/// host, and whatever happens to [`IN_A_ROW`] mailboxes in a row (a service that is down, a property that none has).
#[derive(Debug, Default)]
pub(crate) struct Misses {
    in_a_row: u32,
}

impl Misses {
    /// What was read of a mailbox; none if it could not be read and the report goes on.
    pub(crate) fn pass<T>(&mut self, cx: &Cx, mailbox: &str, read: Result<T>) -> Result<Option<T>> {
        let error = match read {
            Ok(read) => {
                self.in_a_row = 0;
                return Ok(Some(read));
            }
            Err(error) => error,
        };
        self.in_a_row += 1;
        if concerns_all(error.kind()) {
            return Err(error);
        }
        if self.in_a_row >= IN_A_ROW {
            return Err(error.context(format!("{IN_A_ROW} mailboxes in a row could not be read, `{mailbox}` the last")));
        }
        if error.failure().row.is_some() {
            // A record that does not fit is named by its place in the stream, which here says nothing.
            cx.warn(format!("`{mailbox}` was passed over: {error}"));
        }
        Ok(None)
    }
}

const fn concerns_all(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::Cancelled | FailureKind::Denied | FailureKind::Throttled | FailureKind::Limit)
}
