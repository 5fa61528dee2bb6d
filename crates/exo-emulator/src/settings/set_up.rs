//! Settings of the set-up as text: the administrator, how things spread, the state of the app.

use std::time::Duration;

use super::{one_of, service, time, whole};
use crate::administrator::{Administrator, DeviceAnswer};
use crate::app_state::AppState;
use crate::directory::{Delays, Kind};
use crate::graph::Conflict;
use crate::tenant::Tenant;

pub(super) const ADMINISTRATOR: &str =
    "global, application, cloud-application, privileged-role, reader or none; several with commas";
pub(super) const ANSWERS: &str =
    "pending, slow-down, approve, decline, block or expire; several with commas, pending:3 for three";
pub(super) const SPREAD: &str = "a time, or such as role:60s,principal:10s";

const ROLES: [(&str, Option<&str>); 6] = [
    ("global", Some("62e90394-69f5-4237-9190-012177145e10")),
    ("application", Some("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3")),
    ("cloud-application", Some("158c047a-c907-4556-b7ef-446551a6b5f7")),
    ("privileged-role", Some("e8611ab8-c189-46e8-94e1-60213ab1f814")),
    ("reader", Some("f2ef992c-3afb-46b9-b7cf-a126ee74c451")),
    ("none", None),
];

/// The roles of the administrator, in place of those that were there.
pub(super) fn administrator(mut tenant: Tenant, value: &str) -> Result<Tenant, String> {
    let roles = value.split(',').map(|word| one_of(word.trim(), &ROLES)).collect::<Result<Vec<_>, _>>()?;
    tenant.administrator.roles = roles.into_iter().flatten().map(ToOwned::to_owned).collect();
    Ok(tenant)
}

pub(super) fn amended(
    mut tenant: Tenant,
    change: impl FnOnce(Administrator) -> Result<Administrator, String>,
) -> Result<Tenant, String> {
    tenant.administrator = change(tenant.administrator)?;
    Ok(tenant)
}

/// What the administrator answers, poll by poll.
pub(super) fn answers(value: &str) -> Result<Vec<DeviceAnswer>, String> {
    const WORDS: [(&str, DeviceAnswer); 6] = [
        ("pending", DeviceAnswer::Pending),
        ("slow-down", DeviceAnswer::SlowDown),
        ("approve", DeviceAnswer::Approve),
        ("decline", DeviceAnswer::Decline),
        ("block", DeviceAnswer::Block),
        ("expire", DeviceAnswer::Expire),
    ];
    let mut answers = Vec::new();
    for word in value.split(',') {
        let (word, times) = word.trim().split_once(':').unwrap_or((word.trim(), "1"));
        let times: usize = whole(times)?;
        answers.extend(std::iter::repeat_n(one_of(word, &WORDS)?, times.min(1000)));
    }
    Ok(answers)
}

/// How long things take to be seen: all the same, or each kind its own.
pub(super) fn delays(mut there: Delays, value: &str) -> Result<Delays, String> {
    if !value.contains(':') {
        return Ok(Delays::all(time(value)?));
    }
    for word in value.split(',') {
        let (kind, delay) = word.trim().split_once(':').ok_or_else(|| format!("it wants {SPREAD}, not `{value}`"))?;
        let kind: Kind = one_of(kind, &Kind::NAMES)?;
        let delay: Duration = time(delay)?;
        there = there.with(kind, delay);
    }
    Ok(there)
}

pub(super) fn app_states(mut tenant: Tenant, value: &str) -> Result<Tenant, String> {
    for word in value.split(',') {
        tenant = tenant.app_state(one_of(word.trim(), &AppState::ALL)?);
    }
    Ok(tenant)
}

pub(super) fn conflict(value: &str) -> Result<Conflict, String> {
    one_of(value, &[("bad-request", Conflict::BadRequest), ("conflict", Conflict::Conflict)])
}

pub(super) fn missing(mut tenant: Tenant, value: &str) -> Result<Tenant, String> {
    for word in value.split(',') {
        tenant = tenant.without_resource(service(word.trim())?);
    }
    Ok(tenant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_and_delays_are_read() {
        use DeviceAnswer::{Approve, Pending, SlowDown};
        assert_eq!(answers("pending:2, slow-down,approve").unwrap(), [Pending, Pending, SlowDown, Approve]);
        let minute = Duration::from_mins(1);
        let some = Delays::default().with(Kind::Role, minute).with(Kind::Grant, Duration::from_millis(5));
        assert_eq!(delays(Delays::default(), "role:60s,grant:5ms").unwrap(), some);
        assert_eq!(delays(some, "60s").unwrap(), Delays::all(minute));
        assert!(delays(some, "rule:60s").unwrap_err().contains("application, principal"));
        assert!(answers("pending:x").is_err() && answers("maybe").is_err());
    }
}
