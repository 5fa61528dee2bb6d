//! The example `list_mailboxes`, as it stands, against scripted answers.

use exo_http::ScriptedTransport;
use std::sync::Arc;

#[expect(dead_code, reason = "its `main` is not called here")]
#[path = "../../examples/list_mailboxes.rs"]
mod list_mailboxes;

const LINK: &str = "https://outlook.office365.com/adminapi/beta/contoso.onmicrosoft.com/InvokeCommand?%24skiptoken=2";

async fn run(second: &'static [u8]) -> (Result<(), String>, String, Arc<ScriptedTransport>) {
    let first = format!(r#"{{"@odata.nextLink":"{LINK}","value":[{{"UserPrincipalName":"a@b.c"}}]}}"#);
    let script = ScriptedTransport::new().reply(200, &[], first).reply(200, &[], second);
    let (script, mut lines) = (Arc::new(script), Vec::new());
    let given = ("contoso.onmicrosoft.com", "the-token\n".to_owned());
    let outcome = list_mailboxes::list(given, script.clone(), &mut lines).await;
    (outcome.map_err(|error| error.to_string()), String::from_utf8(lines).unwrap(), script)
}

#[tokio::test]
async fn twenty_lines_and_a_provider_of_ones_own_list_all_mailboxes() {
    let (outcome, lines, script) = run(br#"{"value":[{"UserPrincipalName":"d@e.f"}]}"#).await;
    assert_eq!(outcome, Ok(()));
    assert_eq!(lines, "{\"UserPrincipalName\":\"a@b.c\"}\n{\"UserPrincipalName\":\"d@e.f\"}\n");
    let requests = script.requests();
    assert!(requests.iter().all(|request| request.headers()["authorization"] == "Bearer the-token"));
    assert_eq!(requests.get(1).unwrap().uri(), LINK);
}

#[tokio::test]
async fn it_does_not_take_a_part_for_the_whole() {
    let warned = br#"{"@adminapi.warnings":["There are more results available than are currently displayed. To view them, increase the value for the ResultSize parameter."],"value":[{"UserPrincipalName":"d@e.f"}]}"#;
    let (outcome, lines, _) = run(warned).await;
    assert!(outcome.is_err_and(|text| text.starts_with("not complete")));
    assert_eq!(lines.lines().count(), 2);
}
