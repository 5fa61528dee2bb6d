//! Every refusal of the policy, asked for by a report that does not look at the answer: it is an event and a record.

use crate::world::{Told, World, carriers, library};
use exo_model::ErrorKind;
use exo_plugin_host::{Carrier, Consent, Plugin, RunEnd};
use serde_json::{Value, json};
use std::sync::{Arc, LazyLock};

static ASKS: LazyLock<Arc<Plugin>> = LazyLock::new(|| Arc::new(Plugin::open(&library("asks")).unwrap()));

/// What a report asks for, and the words in which it is refused.
struct Refused {
    report: &'static str,
    cmdlet: &'static str,
    service: Option<&'static str>,
    parameters: &'static str,
    consent: Consent,
    /// The kind of failure that the report is told.
    told: &'static str,
    text: &'static str,
}

const fn reading(cmdlet: &'static str, parameters: &'static str, text: &'static str) -> Refused {
    Refused { report: "reading", cmdlet, service: None, parameters, consent: Consent::Write, told: "Denied", text }
}

const REFUSED: &[Refused] = &[
    reading("Get-TransportRule", "{}", "`Get-TransportRule` is not declared by report `reading`"),
    reading(
        "Get-Mailbox",
        r#"{"Filter":"x"}"#,
        "parameter `Filter` of `Get-Mailbox` is not declared by report `reading`",
    ),
    Refused {
        service: Some("scc"),
        ..reading("Get-Mailbox", "{}", "`Get-Mailbox` is not declared by report `reading` for scc")
    },
    reading(
        "Get-RoleGroup",
        "{}",
        "`Get-RoleGroup` is declared by report `reading` for both services; the call must name one",
    ),
    reading(
        "Get-Mailbox",
        r#"{"Conjured":1}"#,
        "`Get-Mailbox` has no parameter `Conjured` on exo that this program knows",
    ),
    reading(
        "Get-Mailbox",
        r#"{"OutVariable":"x"}"#,
        "parameter `OutVariable` of `Get-Mailbox` redirects or hides what a cmdlet says; no report may give it",
    ),
    reading(
        "Set-Mailbox",
        r#"{"Identity":"a"}"#,
        "`Set-Mailbox` changes something, and report `reading` declares that it only reads",
    ),
    reading(
        "Get-MobileDeviceStatistics",
        r#"{"NotificationEmailAddresses":["a@b.example"]}"#,
        "`Get-MobileDeviceStatistics` with `NotificationEmailAddresses` changes something, and report `reading` declares that it only reads",
    ),
    Refused {
        report: "writing",
        consent: Consent::ReadOnly,
        ..reading(
            "Set-Mailbox",
            r#"{"Identity":"a"}"#,
            "`Set-Mailbox` changes something, and nobody has allowed report `writing` to",
        )
    },
    Refused {
        report: "secretive",
        ..reading(
            "Set-Mailbox",
            r#"{"Password":"x"}"#,
            "parameter `Password` of `Set-Mailbox` takes a secret; no report may give it",
        )
    },
    Refused {
        told: "Limit",
        ..reading(
            "Get-Mailbox",
            r#"{"Identity":[[[[[[[[[[[1]]]]]]]]]]]}"#,
            "the parameters of `Get-Mailbox` have 11 levels; 10 are allowed",
        )
    },
];

fn asked(refused: &Refused, carrier: Carrier, look: bool) -> (RunEnd, Arc<Told>) {
    let mut world = World::new(carrier);
    (world.plugin, world.report) = (Arc::clone(&ASKS), refused.report);
    let mut args = serde_json::Map::from_iter([
        ("cmdlet".to_owned(), Value::from(refused.cmdlet)),
        ("parameters".to_owned(), Value::from(refused.parameters)),
        ("look".to_owned(), look.into()),
    ]);
    args.extend(refused.service.map(|service| ("service".to_owned(), service.into())));
    let (host, mut job, told, cancel) = world.job(args);
    job.consent = refused.consent;
    (crate::world::runtime().block_on(host.run(job, cancel)), told)
}

#[test]
fn every_refusal_is_an_event_and_a_record_whether_or_not_the_report_looks() {
    for refused in REFUSED {
        for carrier in carriers() {
            for look in [false, true] {
                let (end, told) = asked(refused, carrier.clone(), look);
                assert_eq!(*told.rows.lock().unwrap(), [json!([refused.told])], "{}: {end:?}", refused.text);
                assert_eq!(end.outcome.word(), "violated", "{end:?}");
                assert_eq!(end.outcome.error_kind(), Some(ErrorKind::Plugin));
                assert_eq!(end.violations, [refused.text]);
                assert_eq!(end.refusals.iter().map(ToString::to_string).collect::<Vec<_>>(), [refused.text]);
                assert!(end.calls.is_empty() && !end.is_complete(), "nothing was sent: {end:?}");
            }
        }
    }
}

#[test]
fn what_is_allowed_is_sent_by_the_same_report() {
    let allowed = Refused { parameters: r#"{"Identity":"a"}"#, ..reading("Get-Mailbox", "", "") };
    let (end, told) = asked(&allowed, crate::world::child(), true);
    assert!(end.is_complete() && end.calls[0].count == 1, "{end:?}");
    assert_eq!(*told.rows.lock().unwrap(), [json!(["7 items"])]);
}
