//! What becomes of a report when the call about one object fails.

use crate::{Cx, FailureKind, Result};

/// Decides, object by object, whether a report with one call per object goes on.
///
/// One failed object is passed over: the host has recorded the failed call, names the object in the result's gaps and
/// calls the result incomplete. What would fail for every other object as well ends the report with that failure:
/// cancellation, a cmdlet that the app may not run, a service that asks for more patience than there is, a limit of the
/// host, and whatever happens to 32 objects in a row (a service that is down, a property that none has).
///
/// ```
/// use exo_plugin::prelude::*;
///
/// #[derive(Record)]
/// struct Size {
///     total_item_size: ByteSize,
/// }
///
/// async fn add_up(cx: &Cx, mailboxes: &[String]) -> Result<u64> {
///     let (mut misses, mut sum) = (Misses::default(), 0);
///     for mailbox in mailboxes {
///         let read = cx.cmdlet("Get-MailboxStatistics").param("Identity", mailbox).one::<Size>().await;
///         if let Some(size) = misses.pass(cx, mailbox, read)? {
///             sum += size.total_item_size.bytes().unwrap_or_default();
///         }
///     }
///     Ok(sum)
/// }
/// # let _ = add_up;
/// ```
#[derive(Debug, Default)]
pub struct Misses {
    in_a_row: u32,
}

impl Misses {
    /// What was read of an object; none if it could not be read and the report goes on.
    ///
    /// # Errors
    ///
    /// The failure, where it concerns every object.
    pub fn pass<T>(&mut self, cx: &Cx, object: &str, read: Result<T>) -> Result<Option<T>> {
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
            return Err(error.context(format!("{IN_A_ROW} objects in a row could not be read, `{object}` the last")));
        }
        if error.failure().row.is_some() {
            // A record that does not fit is named by its place in the stream, which here says nothing.
            cx.warn(format!("`{object}` was passed over: {error}"));
        }
        Ok(None)
    }
}

fn concerns_all(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::Cancelled | FailureKind::Denied | FailureKind::Throttled | FailureKind::Limit)
}

/// So many failures one after the other are no accident of single objects.
const IN_A_ROW: u32 = 32;
