//! How full a mailbox or an archive is, and which of its limits that reaches.

use crate::sizes::{Mailbox, Told};
use exo_plugin::prelude::*;

/// How full a mailbox is.
#[derive(Debug, Row)]
pub struct Fullness {
    #[column(key)]
    user_principal_name: String,
    /// `primary` or `archive`.
    #[column(key)]
    store: &'static str,
    display_name: Option<String>,
    recipient_type_details: Option<String>,
    total_item_size: Option<ByteSize>,
    quota: Option<ByteSize>,
    percent_used: Option<f64>,
    status: Status,
    item_count: Option<u64>,
    total_deleted_item_size: Option<ByteSize>,
    recoverable_items_quota: Option<ByteSize>,
    deleted_item_count: Option<u64>,
    last_logon_time: Option<DateTime>,
}

/// What a mailbox's quotas do about its size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Status {
    /// Below all of them.
    Ok,
    /// The owner is warned.
    Warning,
    /// Nothing can be sent.
    SendBlocked,
    /// Nothing can be sent or received.
    SendReceiveBlocked,
    /// Nothing can be moved into the archive.
    Full,
    /// The service has no figures: nobody has used the mailbox yet.
    NoData,
    /// The service did not answer for this mailbox; the result's gaps say why.
    NotRead,
}

impl exo_plugin::Cell for Status {
    const KIND: &'static str = "string";

    fn write(&self, out: &mut Vec<u8>) {
        let word = match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::SendBlocked => "send-blocked",
            Self::SendReceiveBlocked => "send-receive-blocked",
            Self::Full => "full",
            Self::NoData => "no-data",
            Self::NotRead => "not-read",
        };
        word.write(out);
    }
}

impl Fullness {
    pub(crate) fn primary(mailbox: &Mailbox, told: &Told) -> Self {
        let limits = [
            (mailbox.prohibit_send_receive_quota, Status::SendReceiveBlocked),
            (mailbox.prohibit_send_quota, Status::SendBlocked),
            (mailbox.issue_warning_quota, Status::Warning),
        ];
        let recoverable = mailbox.recoverable_items_quota;
        Self { recoverable_items_quota: recoverable, ..Self::of(mailbox, "primary", told, &limits) }
    }

    pub(crate) fn archive(mailbox: &Mailbox, told: &Told) -> Self {
        let limits = [(mailbox.archive_quota, Status::Full), (mailbox.archive_warning_quota, Status::Warning)];
        Self::of(mailbox, "archive", told, &limits)
    }

    /// Whether it is so large, or may be: nobody knows the size of what could not be read.
    pub(crate) fn is_at_least(&self, size: ByteSize) -> bool {
        self.status == Status::NotRead || self.total_item_size.unwrap_or_default() >= size
    }

    /// A row; the first limit is the quota of which a share is used.
    fn of(mailbox: &Mailbox, store: &'static str, told: &Told, limits: &[(Option<ByteSize>, Status)]) -> Self {
        let (figures, otherwise) = match told {
            Told::Figures(figures) => (Some(figures), Status::NoData),
            Told::NoData => (None, Status::NoData),
            Told::Failed => (None, Status::NotRead),
        };
        let size = figures.and_then(|f| f.total_item_size);
        let quota = limits.first().and_then(|(quota, _)| *quota);
        Self {
            user_principal_name: mailbox.user_principal_name.clone(),
            store,
            display_name: mailbox.display_name.clone(),
            recipient_type_details: mailbox.recipient_type_details.clone(),
            total_item_size: size,
            quota,
            percent_used: percent(size, quota),
            status: size.map_or(otherwise, |size| status(size, limits)),
            item_count: figures.and_then(|f| f.item_count),
            total_deleted_item_size: figures.and_then(|f| f.total_deleted_item_size),
            recoverable_items_quota: None,
            deleted_item_count: figures.and_then(|f| f.deleted_item_count),
            last_logon_time: figures.and_then(|f| f.last_logon_time),
        }
    }
}

/// The first limit that is reached; limits are given from the gravest.
fn status(size: ByteSize, limits: &[(Option<ByteSize>, Status)]) -> Status {
    let reached = limits.iter().find(|(limit, _)| limit.is_some_and(|limit| !limit.is_unlimited() && size >= limit));
    reached.map_or(Status::Ok, |(_, status)| *status)
}

/// The share of a quota that is used, with one decimal, rounded down: 100 is never said of what is not full.
fn percent(size: Option<ByteSize>, quota: Option<ByteSize>) -> Option<f64> {
    let (size, quota) = (size?.bytes()?, quota?.bytes().filter(|quota| *quota > 0)?);
    let thousandths = u128::from(size) * 1000 / u128::from(quota);
    Some(f64::from(u32::try_from(thousandths).unwrap_or(u32::MAX)) / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_down_and_unlimited_has_none() {
        let gb = |gb| Some(ByteSize::from_gb(gb));
        assert_eq!(percent(gb(25), gb(50)), Some(50.0));
        assert_eq!(percent(Some(ByteSize::from_bytes(99_999)), Some(ByteSize::from_bytes(100_000))), Some(99.9));
        assert_eq!(percent(gb(51), gb(50)), Some(102.0));
        assert_eq!(percent(gb(1), Some(ByteSize::UNLIMITED)), None);
        assert_eq!(percent(gb(1), gb(0)), None);
        assert_eq!(percent(gb(1), None), None);
        assert_eq!(percent(None, gb(1)), None);
        let (huge, one) = (ByteSize::from_bytes(u64::MAX - 1), ByteSize::from_bytes(1));
        assert_eq!(percent(Some(huge), Some(one)), Some(429_496_729.5));
    }

    #[test]
    fn a_limit_is_reached_at_its_own_size() {
        let gb = |gb| Some(ByteSize::from_gb(gb));
        let limits = [(gb(50), Status::SendReceiveBlocked), (gb(49), Status::SendBlocked), (gb(48), Status::Warning)];
        let at = |bytes: u64| status(ByteSize::from_bytes(bytes), &limits);
        assert_eq!(at((48 << 30) - 1), Status::Ok);
        assert_eq!(at(48 << 30), Status::Warning);
        assert_eq!(at(49 << 30), Status::SendBlocked);
        assert_eq!(at(50 << 30), Status::SendReceiveBlocked);
        let none = [(Some(ByteSize::UNLIMITED), Status::SendReceiveBlocked), (None, Status::Warning)];
        assert_eq!(status(ByteSize::UNLIMITED, &none), Status::Ok);
    }
}
