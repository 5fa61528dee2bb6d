//! Servers that repeat what they were sent: nothing of it comes out at the highest log level.

use exo_tests::{Secrets, TokenDesk, Watched, World, contoso};

/// Where `#` stands, everything that was sent is repeated, headers and body.
const PATTERNS: &[(&str, &str)] = &[
    ("200 OK", "#"),
    ("200 OK", r##"{"access_token":"#","token_type":"Bearer"}"##),
    ("200 OK", r##"{"access_token":7,"token_type":"#","expires_in":"#"}"##),
    ("200 OK", r##"{"value":["#"],"@odata.nextLink":"#","#":"#"}"##),
    ("200 OK", r##"{"value":"#","oidcToken":"#"}"##),
    (
        "400 Bad Request",
        r##"{"error":"invalid_client","error_description":"AADSTS50027: JWT # is malformed","trace_id":"#","correlation_id":"#",
        "timestamp":"#","error_uri":"#","claims":"#","suberror":"#","error_codes":["#"]}"##,
    ),
    ("401 Unauthorized", r##"{"error":"#","error_description":"#"}"##),
    (
        "401 Unauthorized",
        r##"{"error":{"code":"#","message":"#","innererror":{"message":"#"},"details":[{"message":"#"}]}}"##,
    ),
    (
        "403 Forbidden",
        r##"{"error":{"code":"Forbidden","message":"it was #","innererror":{"internalexception":{"message":"#"}}}}"##,
    ),
    ("404 Not Found", "#"),
    ("429 Too Many Requests", r##"{"error":{"code":"TooManyRequests","message":"#"},"message":"#"}"##),
    ("500 Internal Server Error", r##"{"error":{"code":"#","message":"|Microsoft.Exchange.X|#"},"message":"#"}"##),
    ("503 Service Unavailable", r##"{"message":"#","Message":"#","error":"#"}"##),
];

const COMMANDS: [&[&str]; 3] = [
    &["check", "--max-wait", "0"],
    &["invoke", "Get-AcceptedDomain", "--max-wait", "0", "--format", "json"],
    &["run", "mailboxes", "purview-alerts", "--max-wait", "0", "--format", "csv", "--out", "results", "--overwrite"],
];

/// What a platform gives; nothing in its form tells that it is secret.
const SECRET: &str = "Marked-Runner-Token-0815-Marked";

#[test]
fn a_token_service_that_repeats_the_assertion() {
    for (status, pattern) in PATTERNS {
        let desk = TokenDesk::echo(status, pattern);
        let world = Watched::start(contoso())
            .world
            .with_profile(&format!("certificate-file = 'marked.pfx'\ntoken-url = '{}'", desk.url()));
        for words in
            COMMANDS.iter().chain(&[&["token", "--max-wait", "0"][..], &["check", "--send-chain", "--max-wait", "0"]])
        {
            let ended = world.exoctl(words.iter().chain(&["--log", "trace"]));
            assert_ne!(ended.code, 0, "{words:?} {pattern}: {}", ended.shown());
            assert_ne!(ended.code, 1, "{words:?} {pattern}: {}", ended.shown());
            let assertions = desk.assertions();
            assert!(!assertions.is_empty(), "an assertion was sent");
            let secrets = assertions.iter().fold(Secrets::known(), |all, one| all.with("an assertion", one));
            secrets.are_not_shown(&world, &ended, &format!("{words:?} {status} {pattern}"));
        }
    }
}

#[test]
fn a_service_that_repeats_the_token() {
    for (status, pattern) in PATTERNS {
        let desk = TokenDesk::echo(status, pattern);
        let (exchange, compliance) = (desk.origin(), desk.origin().replace("127.0.0.1", "localhost"));
        let watched = Watched::start(contoso()).with_profile(&format!(
            "certificate-file = 'marked.pfx'\nexchange = '{exchange}'\ncompliance = '{compliance}'"
        ));
        for words in COMMANDS {
            let ended = watched.run(words, &[]);
            assert_ne!(ended.code, 1, "{words:?} {pattern}: {}", ended.shown());
        }
        let sent = desk.requests();
        assert!(sent.iter().any(|request| request.contains("earer eyJ")), "the token was sent: {sent:?}");
    }
}

#[test]
fn a_host_of_identities_that_repeats_its_secret() {
    let secret = SECRET;
    for (status, pattern) in PATTERNS {
        let desk = TokenDesk::echo(status, pattern);
        let (url, origin) = (desk.url(), desk.origin());
        let world = World::start(contoso()).with_profile("certificate-file\ncertificate-password-file");
        let secrets = Secrets::known().with("the secret of the host", secret);
        for variables in [
            vec![("IDENTITY_ENDPOINT", url.as_str()), ("IDENTITY_HEADER", secret)],
            vec![("MSI_ENDPOINT", url.as_str()), ("MSI_SECRET", secret)],
            vec![("AZURE_POD_IDENTITY_AUTHORITY_HOST", origin.as_str()), ("IDENTITY_HEADER", secret)],
        ] {
            for kind in ["managed-identity", "federated-managed-identity"] {
                let words = ["check", "--max-wait", "0", "--credential", kind, "--log", "trace"];
                let ended = world.end(world.command(words).envs(variables.iter().copied()));
                // What has the form of a token is given to the service, which refuses it.
                assert!(ended.code >= 10, "{variables:?} {pattern}: {}", ended.shown());
                secrets.are_not_shown(&world, &ended, &format!("{variables:?} {status} {pattern}"));
            }
        }
        let sent = desk.requests();
        assert!(sent.iter().any(|request| request.contains(secret)), "the secret was sent: {sent:?}");
    }
}

#[test]
fn a_pipeline_that_repeats_its_token() {
    let secret = SECRET;
    for (status, pattern) in PATTERNS {
        let desk = TokenDesk::echo(status, pattern);
        let origin = desk.origin();
        let world = World::start(contoso()).with_profile("certificate-file\ncertificate-password-file");
        let secrets = Secrets::known().with("the runner's token", secret);
        let variables = [
            ("ACTIONS_ID_TOKEN_REQUEST_URL", origin.as_str()),
            ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", secret),
            ("SYSTEM_OIDCREQUESTURI", &origin),
            ("SYSTEM_ACCESSTOKEN", secret),
            ("AZURESUBSCRIPTION_SERVICE_CONNECTION_ID", "7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11"),
        ];
        for kind in ["github-actions", "azure-pipelines"] {
            let words = ["check", "--max-wait", "0", "--credential", kind, "--log", "trace"];
            let ended = world.end(world.command(words).envs(variables));
            assert!(ended.code >= 10, "{kind} {pattern}: {}", ended.shown());
            secrets.are_not_shown(&world, &ended, &format!("{kind} {status} {pattern}"));
        }
        let sent = desk.requests();
        assert!(sent.iter().filter(|request| request.contains(secret)).count() >= 2, "it was sent: {sent:?}");
    }
}
