//! Settings of a tenant as text, `NAME=VALUE`, for a command line.

mod set_up;

use std::time::Duration;

use crate::app::Service;
use crate::error::Error;
use crate::fault_text::{duration, number};
use crate::load::RetryAfter;
use crate::regions::Location;
use crate::roles::{ContentSearch, RefusedParameter};
use crate::tenant::{EmptySuccess, ForbiddenBody, Tenant};
use crate::unsettled::{Remaining, TraceSeam};

/// A setting: its name, what it takes, and how it is set.
type Setting = (&'static str, &'static str, fn(Tenant, &str) -> Result<Tenant, String>);

impl Tenant {
    /// Sets what `NAME=VALUE` says; [`Tenant::settings`] are the names.
    ///
    /// ```
    /// use exo_emulator::Tenant;
    ///
    /// let tenant = Tenant::contoso().set("concurrent=8")?.set("latency=40ms..60ms")?;
    /// assert!(tenant.set("concurrent=many").unwrap_err().to_string().contains("wants a number"));
    /// # Ok::<(), exo_emulator::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Text`] if there is no such setting, or if it does not take the value.
    pub fn set(self, text: &str) -> Result<Self, Error> {
        let wrong = |problem| Error::Text { text: text.to_owned(), problem };
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let Some((_, _, set)) = SETTINGS.iter().find(|(known, ..)| *known == name.trim()) else {
            let names: Vec<&str> = SETTINGS.iter().map(|(name, ..)| *name).collect();
            return Err(wrong(format!("there is no such setting; there are: {}", names.join(", "))));
        };
        set(self, value.trim()).map_err(wrong)
    }

    /// The names of the settings that [`Tenant::set`] knows, each with what it takes.
    pub fn settings() -> impl Iterator<Item = (&'static str, &'static str)> {
        SETTINGS.iter().map(|(name, takes, _)| (*name, *takes))
    }
}

const YES: &str = "true or false";
const NUMBER: &str = "a number";
const TIME: &str = "a time such as 90s or 500ms";

const SETTINGS: &[Setting] = &[
    ("administrator", set_up::ADMINISTRATOR, set_up::administrator),
    ("administrator-scopes", "permissions of Microsoft Graph with blanks between", |t, v| {
        set_up::amended(t, |administrator| Ok(administrator.scopes(v.split_whitespace())))
    }),
    ("app-state", "a state of the app, several with commas", set_up::app_states),
    ("assertion-tolerance", "seconds", |t, v| Ok(t.assertion_tolerance(whole(v)?))),
    ("audit-repeats", YES, |t, v| Ok(t.audit_repeats(yes(v)?))),
    ("base64-identifiers", YES, |t, v| Ok(t.base64_identifiers(yes(v)?))),
    ("batch-in-order", YES, |t, v| Ok(t.batch_in_order(yes(v)?))),
    ("batch-limit", NUMBER, |t, v| Ok(t.batch_limit(whole(v)?))),
    ("capacity", NUMBER, |t, v| Ok(t.capacity(whole(v)?))),
    ("clock-skew", "seconds", |t, v| Ok(t.clock_skew(whole(v)?))),
    ("clock-step", "seconds", |t, v| Ok(t.clock_step(whole(v)?))),
    ("compliance-location", "inner or public", |t, v| Ok(t.compliance_location(location(v)?))),
    ("compliance-names-have-case", YES, |t, v| Ok(t.compliance_names_have_case(yes(v)?))),
    ("compliance-owner", "exchange or compliance", |t, v| Ok(t.compliance_owner(service(v)?))),
    ("compliance-redirect", YES, |t, v| Ok(t.compliance_redirect(yes(v)?))),
    ("concurrent", "how many requests at once", |t, v| Ok(t.concurrent_limit(whole(v)?))),
    ("content-search", "ordinary, search-only or refused", |t, v| Ok(t.content_search(content_search(v)?))),
    ("custom-domain-in-path", YES, |t, v| Ok(t.custom_domain_in_path(yes(v)?))),
    ("default-page-size", NUMBER, |t, v| Ok(t.default_page_size(whole(v)?))),
    ("directory-roles-in-compliance", YES, |t, v| Ok(t.directory_roles_in_compliance(yes(v)?))),
    ("empty-array-clears", YES, |t, v| Ok(t.empty_array_clears(yes(v)?))),
    ("device-code", set_up::ANSWERS, |t, v| {
        set_up::amended(t, |administrator| Ok(administrator.device_code(set_up::answers(v)?)))
    }),
    ("device-interval", "seconds", |t, v| {
        set_up::amended(t, |administrator| Ok(administrator.device_interval(whole(v)?)))
    }),
    ("device-interval-kept", YES, |t, v| {
        set_up::amended(t, |administrator| Ok(administrator.device_interval_kept(yes(v)?)))
    }),
    ("each-item-counts", YES, |t, v| limited(t, |limits| Ok(limits.each_item_counts(yes(v)?)))),
    ("empty-success", "list, nothing, no-content or in-turn", |t, v| Ok(t.empty_success(empty_success(v)?))),
    ("exchange-location", "inner or public", |t, v| Ok(t.exchange_location(location(v)?))),
    ("exchange-redirect", "the label of a region", |t, v| Ok(t.exchange_redirect(v))),
    ("forbidden-body", "nul-gzip, empty or json", |t, v| Ok(t.forbidden_body(forbidden_body(v)?))),
    ("format-file", "a name, or nothing", |t, v| Ok(t.format_file(Some(v).filter(|name| !name.is_empty())))),
    ("front-door-wants-domain", YES, |t, v| Ok(t.front_door_wants_domain(yes(v)?))),
    ("graph-conflict", "bad-request or conflict", |t, v| Ok(t.graph_conflict(set_up::conflict(v)?))),
    ("graph-page-size", NUMBER, |t, v| Ok(t.graph_page_size(whole(v)?))),
    ("latency", "a time, or two of them: 40ms..60ms", latency),
    ("max-certificate-days", NUMBER, |t, v| Ok(t.max_certificate_days(whole(v)?))),
    ("missing-resource", "exchange or compliance", set_up::missing),
    ("not-entitled", YES, |t, v| Ok(t.entitled(!yes(v)?))),
    ("numbered-page-limit", NUMBER, |t, v| Ok(t.numbered_page_limit(whole(v)?))),
    ("page-link-lifetime", TIME, |t, v| Ok(t.page_link_lifetime(time(v)?))),
    ("rate-limit-remaining", "zero, counted or absent", |t, v| Ok(t.remaining(remaining(v)?))),
    ("reference-status", "a status", |t, v| Ok(t.reference_status(whole(v)?))),
    ("refusal-text", "a status", |t, v| limited(t, |limits| Ok(limits.text(whole(v)?)))),
    ("refusal-wait", TIME, |t, v| limited(t, |limits| Ok(limits.wait(time(v)?)))),
    ("replication", set_up::SPREAD, |mut t, v| {
        t.replication.graph = set_up::delays(t.replication.graph, v)?;
        Ok(t)
    }),
    ("refused-parameter", "forbidden or unknown", |t, v| Ok(t.refused_parameter(refused_parameter(v)?))),
    ("resources-on-demand", YES, |t, v| Ok(t.resources_on_demand(yes(v)?))),
    ("retry-after", "seconds, decimal, date, absent or any text", |t, v| {
        limited(t, |limits| Ok(limits.retry_after(retry_after(v))))
    }),
    ("servers-in-turn", YES, |t, v| Ok(t.servers_in_turn(yes(v)?))),
    ("shared-tokens", YES, |t, v| Ok(t.shared_tokens(yes(v)?))),
    ("single-use-assertions", YES, |t, v| Ok(t.single_use_assertions(yes(v)?))),
    ("strict-result-size", YES, |t, v| Ok(t.strict_result_size(yes(v)?))),
    ("token-lifetime", "seconds", |t, v| Ok(t.token_lifetime(whole(v)?))),
    ("token-replication", set_up::SPREAD, |mut t, v| {
        t.replication.tokens = set_up::delays(t.replication.tokens, v)?;
        Ok(t)
    }),
    ("trace-seam", "second, instant or beyond", |t, v| Ok(t.trace_seam(trace_seam(v)?))),
    ("trusted-authority", YES, |t, v| Ok(t.trusted_authority(yes(v)?))),
    ("unknown-cells", "granted or refused", |t, v| Ok(t.unknown_cells_granted(granted(v)?))),
    ("unknown-tenant-is-unauthorized", YES, |t, v| Ok(t.unknown_tenant_is_unauthorized(yes(v)?))),
    ("window", "how many requests in which time: 200:10s", window),
];

fn limited(
    mut tenant: Tenant,
    change: impl FnOnce(crate::load::Limits) -> Result<crate::load::Limits, String>,
) -> Result<Tenant, String> {
    tenant.limits = change(tenant.limits)?;
    Ok(tenant)
}

fn whole<T: std::str::FromStr>(value: &str) -> Result<T, String> {
    number("it", value).map_err(|_| format!("it wants a number, not `{value}`"))
}

fn time(value: &str) -> Result<Duration, String> {
    duration("it", value).map_err(|_| format!("it wants {TIME}, not `{value}`"))
}

/// The value that a word stands for.
fn one_of<T: Copy>(value: &str, words: &[(&str, T)]) -> Result<T, String> {
    let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
    let found = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(value));
    found.map(|(_, meant)| *meant).ok_or_else(|| format!("it wants one of {}, not `{value}`", known.join(", ")))
}

fn yes(value: &str) -> Result<bool, String> {
    one_of(value, &[("true", true), ("false", false), ("", true)])
}

fn content_search(value: &str) -> Result<ContentSearch, String> {
    one_of(
        value,
        &[
            ("ordinary", ContentSearch::OrdinarySession),
            ("search-only", ContentSearch::SearchOnlySession),
            ("refused", ContentSearch::Refused),
        ],
    )
}

fn refused_parameter(value: &str) -> Result<RefusedParameter, String> {
    one_of(value, &[("forbidden", RefusedParameter::Forbidden), ("unknown", RefusedParameter::Unknown)])
}

fn granted(value: &str) -> Result<bool, String> {
    one_of(value, &[("granted", true), ("refused", false)])
}

fn location(value: &str) -> Result<Location, String> {
    one_of(value, &[("inner", Location::Inner), ("public", Location::Public)])
}

fn service(value: &str) -> Result<Service, String> {
    one_of(value, &[("exchange", Service::Exchange), ("compliance", Service::Compliance)])
}

fn remaining(value: &str) -> Result<Remaining, String> {
    one_of(value, &[("zero", Remaining::Zero), ("counted", Remaining::Counted), ("absent", Remaining::Absent)])
}

fn trace_seam(value: &str) -> Result<TraceSeam, String> {
    one_of(value, &[("second", TraceSeam::Second), ("instant", TraceSeam::Instant), ("beyond", TraceSeam::Beyond)])
}

fn empty_success(value: &str) -> Result<EmptySuccess, String> {
    one_of(
        value,
        &[
            ("list", EmptySuccess::List),
            ("nothing", EmptySuccess::Nothing),
            ("no-content", EmptySuccess::NoContent),
            ("in-turn", EmptySuccess::InTurn),
        ],
    )
}

fn forbidden_body(value: &str) -> Result<ForbiddenBody, String> {
    let words = [("nul-gzip", ForbiddenBody::NulGzip), ("empty", ForbiddenBody::Empty), ("json", ForbiddenBody::Json)];
    one_of(value, &words)
}

fn retry_after(value: &str) -> RetryAfter {
    match value {
        "seconds" => RetryAfter::Seconds,
        "decimal" => RetryAfter::Decimal,
        "date" => RetryAfter::Date,
        "absent" => RetryAfter::Absent,
        text => RetryAfter::Fixed(text.to_owned()),
    }
}

fn latency(tenant: Tenant, value: &str) -> Result<Tenant, String> {
    let (least, most) = value.split_once("..").unwrap_or((value, value));
    Ok(tenant.latency(time(least)?, time(most)?))
}

fn window(tenant: Tenant, value: &str) -> Result<Tenant, String> {
    let (most, length) = value.split_once(':').ok_or_else(|| format!("it wants NUMBER:TIME, not `{value}`"))?;
    Ok(tenant.window_limit(whole(most)?, time(length)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_is_taken_by_its_name() {
        let values = [
            ("seconds", "7"),
            (YES, "true"),
            (NUMBER, "7"),
            (TIME, "1500ms"),
            ("a status", "503"),
            ("how many requests at once", "8"),
            ("how many requests in which time: 200:10s", "200:10s"),
            ("a time, or two of them: 40ms..60ms", "40ms..60ms"),
            ("the label of a region", "eurprd05"),
            ("a name, or nothing", "x.ps1xml"),
            (set_up::ADMINISTRATOR, "application,reader"),
            (set_up::ANSWERS, "pending:3,approve"),
            (set_up::SPREAD, "role:60s,grant:5s"),
            ("permissions of Microsoft Graph with blanks between", "User.Read Domain.Read.All"),
            ("a state of the app, several with commas", "no-role,disabled"),
        ];
        let plain = format!("{:?}", Tenant::contoso());
        for (name, takes) in Tenant::settings() {
            let known = values.iter().find(|(known, _)| *known == takes).map(|(_, value)| *value);
            // The last of several words is never what is set already.
            let last =
                || takes.replace(" or any text", "").replace(" or ", ", ").rsplit(", ").next().unwrap().to_owned();
            let text = format!("{name}={}", known.map_or_else(last, ToOwned::to_owned));
            let tenant = Tenant::contoso().set(&text).unwrap_or_else(|error| panic!("{error}"));
            let usual =
                ["compliance-redirect", "compliance-owner", "directory-roles-in-compliance", "exchange-location"];
            let unchanged = usual.contains(&name);
            assert!(unchanged || format!("{tenant:?}") != plain, "{text} changes nothing");
        }
        let changed =
            Tenant::contoso().set("compliance-redirect=false").unwrap().set("compliance-owner=exchange").unwrap();
        assert_eq!(changed.set("exchange-location=inner").unwrap().exchange_location, Location::Inner);
        let changed =
            Tenant::contoso().set("compliance-redirect=false").unwrap().set("compliance-owner=exchange").unwrap();
        assert!(!changed.compliance_redirect && changed.compliance_owner == Service::Exchange);
        let changed = changed.set("directory-roles-in-compliance=false").unwrap();
        assert!(!changed.unsettled.roles.directory_roles_in_compliance);
    }

    #[test]
    fn the_readme_has_every_setting() {
        let readme = include_str!("../README.md");
        for (name, _) in Tenant::settings() {
            assert!(readme.contains(&format!("\n| `{name}` | ")), "{name}");
        }
    }

    #[test]
    fn mistakes_are_named() {
        for (text, word) in [
            ("nonsense=1", "concurrent, content-search"),
            ("concurrent=many", "wants a number, not `many`"),
            ("shared-tokens=perhaps", "true, false"),
            ("window=200", "NUMBER:TIME"),
            ("latency=soon", "a time such as"),
            ("trace-seam=nowhere", "second, instant, beyond"),
        ] {
            let error = Tenant::contoso().set(text).unwrap_err().to_string();
            assert!(error.contains(word) && error.contains(text), "{error}");
        }
    }
}
