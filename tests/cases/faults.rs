//! A service that fails: what passes is tried again, what stays is told from everything else.

use exo_tests::{Ended, Fault, World, contoso};
use insta::assert_snapshot;
use std::time::Duration;

const ASK: [&str; 4] = ["invoke", "Get-AcceptedDomain", "--max-wait", "0"];
const MAILBOXES: [&str; 8] =
    ["invoke", "Get-Mailbox", "-ResultSize", "Unlimited", "--select", "Guid", "--format", "ndjson"];

fn on() -> Fault {
    Fault::on_cmdlet("Get-AcceptedDomain")
}

/// The fault strikes every time, and nobody waits.
fn stays(fault: Fault, code: i32) -> String {
    let world = World::start(contoso().fault(fault.always()));
    world.refusal(code, ASK)
}

/// The fault strikes so many times, and then all is well.
fn passes(fault: Fault, times: u64) -> Ended {
    let world = World::start(contoso().fault(fault));
    let ended = world.exoctl(["invoke", "Get-AcceptedDomain"]);
    ended.ends(0).says("3 records, complete");
    assert_eq!(world.received("Get-AcceptedDomain"), times + 1);
    ended
}

/// A tenant of three pages; the fault strikes one of them.
fn pages(fault: Fault) -> World {
    World::start(contoso().mailboxes(2500).fault(fault))
}

#[test]
fn a_401_that_stays_is_authentication() {
    assert_snapshot!(stays(on().status(401), 12), @r#"
    error: Exchange Online answered `Get-AcceptedDomain` with 401 Unauthorized (diagnostics 2000001;reason="The token was revoked.";error_category="invalid_token", server am6pr02mb4547.eurprd02.prod.outlook.com, request id 00000000-0000-0000-0000-000000000000, time Thu, 01 Jan 2026 00:00:00 GMT)
      hint: the token was refused twice; check that the app has the permission Exchange.ManageAsApp for Exchange Online with admin consent (set-up step 2), and that cloud and tenant are right
    "#);
}

#[test]
fn a_401_that_passes_costs_one_new_token() {
    let world = World::start(contoso().fault(on().status(401)));
    world.exoctl(ASK).ends(0);
    assert_eq!(world.emulator().token_requests(), 2);
}

#[test]
fn a_403_with_nul_bytes_is_authorization_in_words() {
    let said = stays(on().nul_403(), 13);
    assert!(!said.contains('\0'), "{said:?}");
    assert_snapshot!(said, @r"
    error: Exchange Online answered `Get-AcceptedDomain` with 403 Forbidden (server am6pr02mb4547.eurprd02.prod.outlook.com, request id 00000000-0000-0000-0000-000000000000, time Thu, 01 Jan 2026 00:00:00 GMT)
      hint: either the app has no directory role for Exchange Online (set-up step 5: assign it a role such as Global Reader or Exchange Administrator), or none of its roles allows `Get-AcceptedDomain`; check too that the organization is the tenant that the token is for
    ");
}

#[test]
fn a_429_with_retry_after_0_is_asked_again_at_once() {
    passes(on().throttle(Some("0")), 1);
    passes(on().times(2).throttle(Some("0")), 2);
}

#[test]
fn a_429_that_wants_a_long_wait_ends_at_the_limit() {
    let world = World::start(contoso().fault(on().always().throttle(Some("100"))));
    let ended = world.exoctl(["invoke", "Get-AcceptedDomain", "--max-wait", "1"]);
    ended.refused(14);
    ended.says("asked to wait 100").says("429 Too Many Requests").hints("try again later");
    assert_eq!(world.received("Get-AcceptedDomain"), 1);
}

#[test]
fn a_429_with_a_date_is_understood() {
    // Long past, so that it may be asked again at once.
    passes(on().throttle(Some("Fri, 20 Nov 2020 10:11:12 GMT")), 1);
}

#[test]
fn throttling_in_words_alone_is_throttling() {
    assert!(stays(on().throttle_text(), 14).contains("maximum number of concurrent requests"));
}

#[test]
fn a_500_that_stays_is_unavailable() {
    assert_snapshot!(stays(on().status(500), 15), @r"
    error: `Get-AcceptedDomain` did not come through in the 0.0 s that may be waited for the service (waited 0.0 s, asked to wait 0.0 s more)
      caused by: Exchange Online answered `Get-AcceptedDomain` with 500 Internal Server Error: Exception: InternalServerError (server am6pr02mb4547.eurprd02.prod.outlook.com, request id 00000000-0000-0000-0000-000000000000, time Thu, 01 Jan 2026 00:00:00 GMT)
      hint: the service is not available; allow longer waits, or try again later
    ");
}

#[test]
fn a_500_that_passes_is_asked_again() {
    passes(on().status(500), 1);
}

#[test]
fn a_502_with_html_is_unavailable_and_shows_no_html() {
    let said = stays(on().html(), 15);
    assert!(!said.contains('<'), "{said}");
    assert_snapshot!(said, @r"
    error: `Get-AcceptedDomain` did not come through in the 0.0 s that may be waited for the service (waited 0.0 s, asked to wait 0.0 s more)
      caused by: Exchange Online answered `Get-AcceptedDomain` with 502 Bad Gateway: 502 - Web server received an invalid response while acting as a gateway or proxy server. (server am6pr02mb4547.eurprd02.prod.outlook.com, request id 00000000-0000-0000-0000-000000000000, time Thu, 01 Jan 2026 00:00:00 GMT)
      hint: the service is not available; allow longer waits, or try again later
    ");
}

#[test]
fn a_503_that_stays_is_unavailable() {
    assert_snapshot!(stays(on().status(503), 15), @r"
    error: `Get-AcceptedDomain` did not come through in the 0.0 s that may be waited for the service (waited 0.0 s, asked to wait 0.0 s more)
      caused by: Exchange Online answered `Get-AcceptedDomain` with 503 Service Unavailable: Exception: ServiceUnavailable (server am6pr02mb4547.eurprd02.prod.outlook.com, request id 00000000-0000-0000-0000-000000000000, time Thu, 01 Jan 2026 00:00:00 GMT)
      hint: the service is not available; allow longer waits, or try again later
    ");
}

#[test]
fn a_reset_connection_that_stays_is_unavailable() {
    let said = stays(on().reset(), 15);
    assert!(said.contains("`Get-AcceptedDomain`") && said.contains("broke before an answer came"), "{said}");
}

#[test]
fn a_reset_connection_that_passes_is_asked_again() {
    passes(on().reset(), 1);
}

#[test]
fn a_truncated_body_that_stays_is_unavailable() {
    let said = stays(on().truncate(100), 15);
    assert!(said.contains("`Get-AcceptedDomain`") && said.contains("broke off after 100 bytes"), "{said}");
}

#[test]
fn a_truncated_body_that_passes_is_asked_again_and_doubles_nothing() {
    let world = pages(Fault::on_cmdlet("Get-Mailbox").page(2).truncate(5000));
    let ended = world.exoctl(MAILBOXES);
    ended.ends(0).says("2500 records, complete");
    let guids: std::collections::BTreeSet<&str> = ended.stdout.lines().collect();
    assert_eq!(guids.len(), 2500);
    assert_eq!(world.received("Get-Mailbox"), 4);
}

#[test]
fn an_answer_that_is_no_json_is_not_understood() {
    let said = stays(on().garbage(), 16);
    assert!(said.contains("the answer to `Get-AcceptedDomain` is not understood"), "{said}");
}

#[test]
fn a_body_with_a_wrong_label_is_read_all_the_same_or_refused() {
    let world = World::start(contoso().fault(on().always().wrong_label()));
    let ended = world.exoctl(ASK);
    if ended.code == 0 {
        ended.says("3 records, complete");
    } else {
        ended.refused(16);
    }
}

#[test]
fn a_page_link_that_expired_is_unavailable_and_leaves_no_file() {
    let world = pages(Fault::on_cmdlet("Get-Mailbox").page(2).always().expired_page());
    let said = world.refusal(15, MAILBOXES.iter().chain(&["--out", "all.ndjson", "--max-wait", "0"]));
    assert_snapshot!(said, @r"
    error: the service dropped the pages of `Get-Mailbox` after 1 pages; what came is not all
      caused by: Exchange Online answered `Get-Mailbox` with 400 Bad Request: Exception: Expired or Invalid pagination request. Default Expiry time is 00:30:00 (server am6pr02mb4547.eurprd02.prod.outlook.com, request id 00000000-0000-0000-0000-000000000000, time Thu, 01 Jan 2026 00:00:00 GMT)
      hint: run again; if it happens every time, check that the organization is the tenant's initial domain
    ");
}

#[test]
fn a_page_link_that_is_too_old_in_truth_is_told_the_same_way() {
    let world = World::start(contoso().mailboxes(2500).page_link_lifetime(Duration::ZERO));
    let said = world.refusal(15, MAILBOXES.iter().chain(&["--out", "all.ndjson"]));
    assert!(said.contains("dropped the pages of `Get-Mailbox`"), "{said}");
}

#[test]
fn a_page_that_fails_in_the_middle_leaves_no_file() {
    for (fault, code) in
        [(Fault::on_cmdlet("Get-Mailbox").status(500), 15), (Fault::on_cmdlet("Get-Mailbox").nul_403(), 13)]
    {
        let world = pages(fault.page(3).always());
        world.refusal(code, MAILBOXES.iter().chain(&["--out", "all.ndjson", "--max-wait", "0"]));
    }
}

#[test]
fn a_throttled_page_is_asked_again_and_nothing_is_lost_or_doubled() {
    let world = pages(Fault::on_cmdlet("Get-Mailbox").page(2).times(2).throttle(Some("0")));
    let ended = world.exoctl(MAILBOXES);
    ended.ends(0).says("2500 records, complete");
    let guids: std::collections::BTreeSet<&str> = ended.stdout.lines().collect();
    assert_eq!(guids.len(), 2500);
}

#[test]
fn a_page_that_promises_more_and_has_no_link_is_incomplete() {
    let world = pages(Fault::on_cmdlet("Get-Mailbox").page(2).always().warning_without_link());
    let ended = world.exoctl(MAILBOXES);
    ended.ends(4).says("INCOMPLETE").says("missing: ");
}

#[test]
fn a_token_that_ends_between_two_pages_is_renewed() {
    let world = pages(Fault::on_cmdlet("Get-Mailbox").page(2).revoke_token());
    world.exoctl(MAILBOXES).ends(0).says("2500 records, complete");
    assert_eq!(world.emulator().token_requests(), 2);
}

#[test]
fn an_exception_that_passes_is_asked_again() {
    passes(on().server_error(500, "ADTransientException"), 1);
}

#[test]
fn a_redirect_to_somewhere_else_is_not_followed_with_the_token() {
    let world = World::start(contoso().fault(on().always().redirect("https://evil.example.com/x")));
    let ended = world.exoctl(ASK);
    assert!([15, 16].contains(&ended.code), "{}", ended.shown());
    ended.refused(ended.code);
    assert!(world.emulator().log().iter().all(|request| request.host.ends_with(".localhost")));
}

#[test]
fn a_write_whose_outcome_is_unknown_is_not_sent_twice() {
    let world = World::start(contoso().fault(Fault::on_cmdlet("Set-Mailbox").always().reset()));
    let words = ["invoke", "Set-Mailbox", "nobody", "-HiddenFromAddressListsEnabled", "$true", "--write"];
    let said = world.refusal(15, words);
    assert!(said.contains("whether `Set-Mailbox` ran is unknown"), "{said}");
    assert_eq!(world.received("Set-Mailbox"), 1);
}

#[test]
fn errors_are_one_json_object_where_results_are_json() {
    let world = World::start(contoso().fault(on().always().status(503)));
    let ended = world.exoctl(ASK.iter().chain(&["--format", "json"]));
    let error = ended.ends(15).json_error();
    assert_eq!(error["kind"], "unavailable");
    assert_eq!(error["exit_code"], 15);
    assert_eq!(ended.stdout, "");
}

#[test]
fn a_run_ends_with_the_code_of_the_failure_and_leaves_no_result() {
    let on = || Fault::on_cmdlet("Get-Mailbox").page(2).always();
    for (fault, code) in [
        (on().status(401), 12),
        (on().nul_403(), 13),
        (on().throttle(Some("100")), 14),
        (on().status(500), 15),
        (on().html(), 15),
        (on().status(503), 15),
        (on().reset(), 15),
        (on().truncate(100), 15),
        (on().expired_page(), 15),
        (on().garbage(), 16),
    ] {
        let world = pages(fault.clone());
        let ended = world.exoctl(["run", "mailboxes", "--format", "csv", "--out", "all.csv", "--max-wait", "0"]);
        assert_eq!(ended.code, code, "{fault:?}: {}", ended.shown());
        assert_eq!(world.written(), ["all.run.json"], "{fault:?}");
        assert_eq!(world.json("all.run.json")["reports"][0]["status"], "failed");
    }
}

#[test]
fn security_and_compliance_is_asked_again_at_its_region() {
    let fault = Fault::on_cmdlet("Get-ProtectionAlert").times(2).throttle(Some("0"));
    let world = World::start(contoso().fault(fault));
    world.exoctl(["invoke", "Get-ProtectionAlert"]).ends(0);
    let front = |host: &str| world.emulator().log().iter().filter(|request| request.host == host).count();
    assert_eq!(front("ps.compliance.localhost"), 1, "the region is kept once it has answered");
}
