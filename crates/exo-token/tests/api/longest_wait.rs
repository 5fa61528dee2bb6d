//! No wait is begun that would exceed the limit on the sum of waits, whoever is asked.

use crate::{World, exchange};
use exo_http::ScriptedTransport;
use exo_model::{Secret, TokenProvider};
use exo_token::{AzurePipelines, FederatedManagedIdentity, GitHubActions, ManagedIdentity, ManagedIdentityHost};
use std::sync::Arc;
use std::time::Duration;

/// What is answered each time, the limit in seconds, and the waits that are begun.
type Case = (u16, &'static str, u64, &'static [f64]);

/// A world whose script is asked to its end if so many waits are begun, and no more.
fn world((status, retry_after, _, waits): Case) -> World {
    let told = [("retry-after", retry_after)];
    let headers = if retry_after.is_empty() { &[][..] } else { &told[..] };
    let script = (0..=waits.len()).fold(ScriptedTransport::new(), |script, _| script.reply(status, headers, ""));
    World::new(script)
}

fn machine(world: &World) -> ManagedIdentity {
    let (transport, clock) = (Arc::clone(&world.transport) as _, Arc::clone(&world.clock) as _);
    ManagedIdentity::new(transport, clock, ManagedIdentityHost::virtual_machine())
}

#[tokio::test]
async fn of_a_managed_identity() {
    let cases: [Case; 7] = [
        (429, "100", 0, &[]),
        (429, "100", 99, &[]),
        (429, "100", 200, &[100.0, 100.0]),
        (503, "", 0, &[]),
        (503, "", 6, &[1.0, 2.0]),
        (500, "", 7, &[1.0, 2.0, 4.0]),
        (410, "", 25, &[10.0, 10.0]),
    ];
    for case in cases {
        let limit = Duration::from_secs(case.2);
        let alone = world(case);
        machine(&alone).longest_wait(limit).token(&exchange()).await.unwrap_err();
        assert_eq!(alone.waits(), case.3, "{case:?}");
        let vouching = world(case);
        let source =
            FederatedManagedIdentity::new(machine(&vouching).longest_wait(limit), "api://AzureADTokenExchange");
        vouching.vouched_by(source).build().unwrap().token(&exchange()).await.unwrap_err();
        assert_eq!(vouching.waits(), case.3, "{case:?}");
    }
}

#[tokio::test]
async fn of_whoever_issues_the_tokens_of_jobs() {
    let cases: [Case; 6] = [
        (503, "", 0, &[]),
        (500, "", 6, &[1.0, 2.0]),
        (408, "", 7, &[1.0, 2.0, 4.0]),
        (429, "20", 0, &[]),
        (429, "20", 19, &[]),
        (429, "20", 40, &[20.0, 20.0]),
    ];
    for case in cases {
        let limit = Duration::from_secs(case.2);
        let on_github = world(case);
        let (transport, clock) = (Arc::clone(&on_github.transport) as _, Arc::clone(&on_github.clock) as _);
        let github = GitHubActions::new(transport, clock, "https://h/t", Secret::from("marked"), "a").unwrap();
        let source = github.longest_wait(limit);
        on_github.vouched_by(source).build().unwrap().token(&exchange()).await.unwrap_err();
        assert_eq!(on_github.waits(), case.3, "{case:?}");
        let on_azure = world(case);
        let (transport, clock) = (Arc::clone(&on_azure.transport) as _, Arc::clone(&on_azure.clock) as _);
        let pipelines = AzurePipelines::new(transport, clock, "https://h/t", "c", Secret::from("marked")).unwrap();
        let source = pipelines.longest_wait(limit);
        on_azure.vouched_by(source).build().unwrap().token(&exchange()).await.unwrap_err();
        assert_eq!(on_azure.waits(), case.3, "{case:?}");
    }
}

#[tokio::test]
async fn of_five_minutes_where_none_is_given() {
    let case: Case = (429, "200", 300, &[200.0]);
    let world = world(case);
    machine(&world).token(&exchange()).await.unwrap_err();
    assert_eq!(world.waits(), case.3);
}
