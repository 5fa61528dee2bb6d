//! Federated credentials: tokens of other issuers in place of an assertion.

use std::time::Duration;

use exo_emulator::{App, Cloud, Emulator, Fault, FederatedCredential, ForeignToken, Machine, ManagedIdentity, Tenant};
use serde_json::{Value, json};

use crate::client::*;

const POD: &str = "system:serviceaccount:reports:exoctl";
const CLUSTER: &str = "https://oidc.localhost/cluster";
const GITHUB: &str = "https://token.actions.githubusercontent.com";
const REPOSITORY: &str = "repo:contoso/reports:ref:refs/heads/main";
const CONNECTION: &str = "0c1d7b0f-6a52-4a6e-9d53-2f1f5f0c8e11";
const IDENTITY: &str = "5f0c8e11-2f1f-4a6e-9d53-4c1d7b0f6a52";

fn trusting(issuer: &str, subject: &str) -> App {
    full_app().federated(FederatedCredential::new(issuer, subject))
}

fn pod() -> Emulator {
    start(Tenant::contoso().app(trusting(CLUSTER, POD)))
}

fn exchange(emulator: &Emulator, token: &ForeignToken) -> Reply {
    ask(emulator, &emulator.foreign_token(token).unwrap(), EXCHANGE_SCOPE)
}

fn codes(reply: &Reply) -> (u16, Value) {
    (reply.status, reply.json()["error_codes"].clone())
}

#[test]
fn a_token_from_a_file_is_exchanged_unchanged_and_again() {
    let emulator = pod();
    let token = emulator.foreign_token(&ForeignToken::new(CLUSTER, POD)).unwrap();
    for _ in 0..2 {
        let reply = ask(&emulator, &token, EXCHANGE_SCOPE);
        assert_eq!(reply.status, 200, "{reply:?}");
        let claims = decoded(reply.json()["access_token"].as_str().unwrap());
        assert_eq!((&claims["appid"], &claims["appidacr"]), (&json!(APP), &json!("2")));
        assert_eq!(claims["roles"], json!(["Exchange.ManageAsApp"]));
    }
    assert_eq!(decoded(&token)["aud"], json!(["api://AzureADTokenExchange"]));
    // The app's certificate goes on to work.
    assert_eq!(ask(&emulator, &assertion(), EXCHANGE_SCOPE).status, 200);
}

#[test]
fn what_does_not_match_is_named() {
    let emulator = pod();
    let cases = [
        (ForeignToken::new("https://oidc.localhost/other", POD), 700_211, "issuer"),
        (ForeignToken::new("https://OIDC.localhost/cluster", POD), 700_211, "issuer"),
        (ForeignToken::new(CLUSTER, POD).audience("api://AzureADTokenExchangeUSGov"), 700_212, "audience"),
        (ForeignToken::new(CLUSTER, "system:serviceaccount:reports:EXOCTL"), 700_213, "subject"),
    ];
    for (token, code, word) in cases {
        let reply = exchange(&emulator, &token);
        assert_eq!(codes(&reply), (401, json!([code])), "{token:?}");
        assert_eq!(reply.json()["error"], "invalid_client");
        let text = reply.json()["error_description"].as_str().unwrap().to_owned();
        assert!(text.contains(&format!("presented assertion {word} '")), "{text}");
    }
    let none = start(Tenant::contoso().app(full_app()));
    let reply = exchange(&none, &ForeignToken::new(CLUSTER, POD));
    assert_eq!((codes(&reply), &reply.json()["error"]), ((400, json!([70_021])), &json!("invalid_request")));
}

#[test]
fn a_credential_that_was_just_made_is_known_a_little_later() {
    let new = FederatedCredential::new(CLUSTER, POD).visible_after(Duration::from_mins(2));
    let emulator = start(Tenant::contoso().app(full_app().federated(new)));
    assert_eq!(codes(&exchange(&emulator, &ForeignToken::new(CLUSTER, POD))), (400, json!([70_021])));
    emulator.advance_clock(121);
    assert_eq!(exchange(&emulator, &ForeignToken::new(CLUSTER, POD)).status, 200);
}

#[test]
fn one_of_several_credentials_is_enough() {
    let us = FederatedCredential::new(CLUSTER, POD).audience("api://AzureADTokenExchangeUSGov");
    let emulator = start(Tenant::contoso().app(trusting(CLUSTER, "other").federated(us)));
    let token = ForeignToken::new(CLUSTER, POD);
    assert_eq!(codes(&exchange(&emulator, &token)), (401, json!([700_212])));
    assert_eq!(exchange(&emulator, &token.audience("api://AzureADTokenExchangeUSGov")).status, 200);
}

#[test]
fn times_are_those_of_the_tenants_clock() {
    let emulator = start(Tenant::contoso().app(trusting(CLUSTER, POD)).assertion_tolerance(0));
    let token = emulator.foreign_token(&ForeignToken::new(CLUSTER, POD)).unwrap();
    assert_eq!(ask(&emulator, &token, EXCHANGE_SCOPE).status, 200);
    emulator.advance_clock(570);
    assert_eq!(ask(&emulator, &token, EXCHANGE_SCOPE).status, 200);
    emulator.advance_clock(40);
    assert_eq!(codes(&ask(&emulator, &token, EXCHANGE_SCOPE)), (401, json!([700_024])));
    let early = ForeignToken::new(CLUSTER, POD).issued(60);
    assert_eq!(codes(&exchange(&emulator, &early)), (401, json!([700_024])));
    let short = ForeignToken::new(CLUSTER, POD).issued(-400).lifetime(300);
    assert_eq!(codes(&exchange(&emulator, &short)), (401, json!([700_024])));
}

#[test]
fn another_key_or_another_algorithm_proves_nothing() {
    let emulator = pod();
    let stranger = ForeignToken::new(CLUSTER, POD).signed_by_a_stranger();
    assert_eq!(codes(&exchange(&emulator, &stranger)), (401, json!([700_027])));
    let me = identity();
    let claims = decoded(&emulator.foreign_token(&ForeignToken::new(CLUSTER, POD)).unwrap());
    let own = me.jwt(&json!({"alg": "PS256", "typ": "JWT"}), &claims);
    assert_eq!(codes(&ask(&emulator, &own, EXCHANGE_SCOPE)), (401, json!([5_002_738])));
    let own = me.jwt(&json!({"alg": "RS256", "typ": "JWT"}), &claims);
    assert_eq!(codes(&ask(&emulator, &own, EXCHANGE_SCOPE)), (401, json!([700_027])));
    let access = token(&emulator, EXCHANGE_SCOPE);
    assert_eq!(codes(&ask(&emulator, &access, EXCHANGE_SCOPE)).1, json!([700_222]));
}

fn job(emulator: &Emulator, place: &str, name: &str) -> String {
    emulator.environments()[place][name].clone()
}

fn path_of(emulator: &Emulator, url: &str) -> String {
    url.strip_prefix(&format!("https://localhost:{}", emulator.port())).unwrap().to_owned()
}

#[test]
fn a_job_of_github_actions_asks_for_its_token() {
    let emulator = start(Tenant::contoso().app(trusting(GITHUB, REPOSITORY)).github_job(REPOSITORY));
    let path = path_of(&emulator, &job(&emulator, "github-actions", "ACTIONS_ID_TOKEN_REQUEST_URL"));
    let secret = job(&emulator, "github-actions", "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
    let bearer = format!("bearer {secret}");
    let fetch = |host: &str, query: &str, bearer: &str| {
        send(&emulator, host, &format!("GET {path}{query}"), &[("Authorization", bearer)], "").unwrap()
    };
    let audience = format!("&audience={}", encode("api://AzureADTokenExchange"));
    for host in ["localhost", "actions.localhost", "pipelines.actions.githubusercontent.com"] {
        let body = fetch(host, &audience, &bearer).json();
        let token = body["value"].as_str().unwrap();
        let claims = decoded(token);
        assert_eq!((&claims["iss"], &claims["sub"]), (&json!(GITHUB), &json!(REPOSITORY)));
        assert_eq!(
            (&claims["repository"], &claims["aud"]),
            (&json!("contoso/reports"), &json!("api://AzureADTokenExchange"))
        );
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
        assert_eq!(ask(&emulator, token, EXCHANGE_SCOPE).status, 200);
    }
    let usual = fetch("localhost", "", &bearer).json();
    let reply = ask(&emulator, usual["value"].as_str().unwrap(), EXCHANGE_SCOPE);
    assert_eq!(codes(&reply), (401, json!([700_212])));
    assert_eq!(fetch("localhost", &audience, "bearer guessed").status, 401);
}

#[test]
fn a_job_of_azure_pipelines_asks_for_the_token_of_its_connection() {
    let subject = "sc://contoso/reports/exchange";
    let issuer = format!("https://vstoken.dev.azure.com/{TENANT}");
    let tenant = Tenant::contoso().app(trusting(&issuer, subject)).pipelines_job(CONNECTION, subject);
    let emulator = start(tenant);
    let path = path_of(&emulator, &job(&emulator, "azure-pipelines", "SYSTEM_OIDCREQUESTURI"));
    let bearer = format!("Bearer {}", job(&emulator, "azure-pipelines", "SYSTEM_ACCESSTOKEN"));
    let post = |query: &str, headers: &[(&str, &str)]| {
        send(&emulator, "localhost", &format!("POST {path}{query}"), headers, "").unwrap()
    };
    let query = format!("?api-version=7.1&serviceConnectionId={CONNECTION}");
    let body = post(&query, &[("Authorization", &bearer)]).json();
    assert_eq!(ask(&emulator, body["oidcToken"].as_str().unwrap(), EXCHANGE_SCOPE).status, 200);
    assert_eq!(post(&query, &[("Authorization", "Bearer guessed")]).status, 302);
    let quiet = [("Authorization", "Bearer guessed"), ("X-TFS-FedAuthRedirect", "Suppress")];
    assert_eq!(post(&query, &quiet).status, 401);
    let bearer = [("Authorization", bearer.as_str())];
    assert_eq!(post("?serviceConnectionId=x", &bearer).status, 400);
    assert_eq!(post("?api-version=7.1&serviceConnectionId=x", &bearer).status, 404);
}

#[test]
fn a_managed_identity_stands_in_for_an_app() {
    let identity = App::new(IDENTITY).managed_identity(ManagedIdentity::system_assigned());
    let issuer = format!("https://login.microsoftonline.com/{TENANT}/v2.0");
    let tenant = Tenant::contoso().app(trusting(&issuer, &identity.object_id())).app(identity);
    let emulator = start(tenant.machine(Machine::new().token_lifetime(3600)));
    let path = "/metadata/identity/oauth2/token?api-version=2018-02-01&resource=api%3A%2F%2FAzureADTokenExchange";
    let body = crate::machine::plainly(&emulator, &format!("GET {path}"), &[("Metadata", "true")]).unwrap().json();
    let assertion = body["access_token"].as_str().unwrap();
    let claims = decoded(assertion);
    assert_eq!((&claims["ver"], &claims["azp"], &claims["azpacr"]), (&json!("2.0"), &json!(IDENTITY), &json!("2")));
    let reply = ask(&emulator, assertion, EXCHANGE_SCOPE);
    assert_eq!(reply.status, 200, "{reply:?}");
    assert_eq!(decoded(reply.json()["access_token"].as_str().unwrap())["appid"], APP);
}

#[test]
fn the_keys_of_an_issuer_are_published() {
    let emulator = pod();
    let token = emulator.foreign_token(&ForeignToken::new(CLUSTER, POD)).unwrap();
    let get = |path: &str| send(&emulator, "oidc.localhost", &format!("GET {path}"), &[], "").unwrap().json();
    let found = get("/.well-known/openid-configuration");
    let keys = found["jwks_uri"].as_str().unwrap().to_owned();
    assert_eq!(keys, format!("https://oidc.localhost:{}/keys", emulator.port()));
    let key = get("/keys")["keys"][0].clone();
    let part = |name: &str| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap()
    };
    let numbers = aws_lc_rs::signature::RsaPublicKeyComponents { n: part("n"), e: part("e") };
    let (message, signature) = token.rsplit_once('.').unwrap();
    let signature = {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signature).unwrap()
    };
    let algorithm = &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
    numbers.verify(algorithm, message.as_bytes(), &signature).unwrap();
}

#[test]
fn an_issuer_fails_when_told_to() {
    let emulator = start(Tenant::contoso().github_job(REPOSITORY).fault(Fault::on_issuer().status(503)));
    let secret = job(&emulator, "github-actions", "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
    let bearer = format!("Bearer {secret}");
    let fetch = || {
        let headers = [("Authorization", bearer.as_str())];
        send(&emulator, "actions.localhost", "GET /idtoken/1/1?api-version=2.0", &headers, "").unwrap().status
    };
    assert_eq!((fetch(), fetch()), (503, 200));
}

#[test]
fn surroundings_offer_every_way_at_once_and_say_where() {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("pod-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let emulator = start(Tenant::contoso().app(full_app()).surroundings().unwrap());
    let places = emulator.furnish(&folder).unwrap();
    let names: Vec<&str> = places.keys().map(String::as_str).collect();
    let expected = [
        "app-service",
        "azure-ml",
        "azure-pipelines",
        "github-actions",
        "imds",
        "key-vault",
        "service-fabric",
        "workload-identity",
    ];
    assert_eq!(names, expected);
    let pod = &places["workload-identity"];
    assert_eq!((pod["AZURE_CLIENT_ID"].as_str(), pod["AZURE_TENANT_ID"].as_str()), (APP, TENANT));
    assert_eq!(pod["AZURE_AUTHORITY_HOST"], format!("{}/", emulator.plain_login_origin()));
    let token = std::fs::read_to_string(&pod["AZURE_FEDERATED_TOKEN_FILE"]).unwrap();
    assert_eq!(ask(&emulator, &token, EXCHANGE_SCOPE).status, 200);
    assert_eq!(places["key-vault"]["AZURE_KEYVAULT_URL"], format!("https://localhost:{}", emulator.port()));
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn another_cloud_has_an_audience_of_its_own() {
    let tenant = Tenant::contoso().app(full_app()).cloud(Cloud::China).surroundings().unwrap();
    let emulator = start(tenant);
    let place = emulator.environments()["azure-pipelines"].clone();
    let path = path_of(&emulator, &place["SYSTEM_OIDCREQUESTURI"]);
    let connection = &place["AZURESUBSCRIPTION_SERVICE_CONNECTION_ID"];
    let head = format!("POST {path}?api-version=7.1&serviceConnectionId={connection}");
    let bearer = format!("Bearer {}", place["SYSTEM_ACCESSTOKEN"]);
    let body = send(&emulator, "localhost", &head, &[("Authorization", &bearer)], "").unwrap().json();
    let token = body["oidcToken"].as_str().unwrap();
    assert_eq!(decoded(token)["aud"], "api://AzureADTokenExchangeChina");
    assert_eq!(ask(&emulator, token, "https://partner.outlook.cn/.default").status, 200);
}
