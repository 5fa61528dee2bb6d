//! Every public type that holds a secret shows none of it in `Debug`, and every public type is looked at.

#![expect(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

#[path = "../api/world.rs"]
#[expect(dead_code, reason = "the other tests use the rest")]
mod world;

use exo_http::ScriptedTransport;
use exo_model::{AccessToken, Clock, Cloud, Secret, TokenProvider};
use exo_token::{
    AzurePipelines, Cached, Claims, CredentialKind, FederatedManagedIdentity, FederatedTokenFile, GitHubActions,
    GivenToken, KeyVault, ManagedIdentity, ManagedIdentityHost, TokenFile, TokenOwner,
};
use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::Arc;
use world::{ISSUED, NOW, World, exchange, jwt};

/// Types that neither hold a secret nor the words of somebody who may repeat one without its being masked.
///
/// Errors and what services said have tests of their own, which let services repeat what they were sent.
const WITHOUT: &[&str] = &[
    "Aadsts",
    "Acceptance",
    "ArcKeyFault",
    "AssertionSource",
    "Audience",
    "ClaimLine",
    "ClaimsError",
    "DeviceCode",
    "DeviceCodeError",
    "Error",
    "Evidence",
    "FederationError",
    "FileFault",
    "GivenTokenError",
    "HostKind",
    "Identity",
    "InvalidVaultCertificate",
    "KeyReason",
    "KeyVaultError",
    "ManagedIdentityError",
    "ServiceError",
    "SetupStep",
    "TokenFault",
    "TokenFileError",
    "TokenFinding",
    "UnknownCredential",
    "UserCode",
    "VaultCertificate",
    "VaultPermission",
    "VaultRefusal",
    "Wanted",
];

const SECRET: &str = "marked-secret-4711";

/// What was shown, under the names of the types.
#[derive(Default)]
struct Shown {
    names: BTreeSet<&'static str>,
    text: String,
}

impl Shown {
    fn add(&mut self, name: &'static str, value: &impl Debug) {
        let (short, long) = (format!("{value:?}"), format!("{value:#?}"));
        assert!(!short.is_empty());
        self.names.insert(name);
        for text in [name, &short, &long] {
            self.text.push_str(text);
            self.text.push('\n');
        }
    }
}

/// The names that the crate exports, functions and modules apart.
fn exported() -> BTreeSet<String> {
    let text = include_str!("../../src/lib.rs");
    let uses = text.split("pub use ").skip(1).filter_map(|rest| rest.split(';').next());
    let names = uses.flat_map(|path| path.split(|c: char| !c.is_alphanumeric() && c != '_'));
    let is_type = |name: &&str| name.starts_with(|c: char| c.is_ascii_uppercase());
    names.filter(is_type).map(str::to_owned).collect()
}

fn secret() -> Secret {
    Secret::from(SECRET)
}

/// Credentials that ask a token service, before and after they were given a token.
async fn add_app_credentials(shown: &mut Shown) {
    let world = World::new(ScriptedTransport::new().reply(200, &[], ISSUED));
    let clock = || Arc::clone(&world.clock) as Arc<dyn Clock>;
    shown.add("AppCredentialBuilder", &world.builder());
    shown.add("AppCredential", &world.credential());
    let certificate = exo_token::CertificateAssertion::new(world::app_certificate()).unwrap();
    shown.add("CertificateAssertion", &certificate);
    let cached = Cached::new(world.credential(), clock());
    shown.add("Cached", &cached.token(&exchange()).await.unwrap());
    shown.add("Cached", &cached);
    let folder = tempfile::tempdir().unwrap();
    let cloud = Cloud::Worldwide.endpoints();
    let tenant = "contoso.onmicrosoft.com".parse().unwrap();
    let app = "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap();
    let owner = TokenOwner::new(&cloud.login, &tenant, &app, CredentialKind::Certificate, "");
    shown.add("TokenOwner", &owner);
    let kept = TokenFile::open(cached, clock(), &folder.path().join("tokens"), owner).unwrap();
    shown.add("TokenFile", &kept.token(&exchange()).await.unwrap());
    shown.add("TokenFile", &kept);
}

fn add_others(shown: &mut Shown) {
    let world = World::new(ScriptedTransport::new());
    let clock = || Arc::clone(&world.clock) as Arc<dyn Clock>;
    let transport = || Arc::clone(&world.transport) as Arc<dyn exo_http::Transport>;
    let url = "https://h.example/t";
    shown.add("AzurePipelines", &AzurePipelines::new(transport(), clock(), url, "c", secret()).unwrap());
    shown.add("GitHubActions", &GitHubActions::new(transport(), clock(), url, secret(), "api://x").unwrap());
    let print = "923CB0588F1E0DE79BE4392B4916B9B0136FA539";
    for host in [
        ManagedIdentityHost::app_service("http://localhost/t", secret()),
        ManagedIdentityHost::machine_learning("http://localhost/t", secret()),
        ManagedIdentityHost::service_fabric("https://localhost/t", secret(), print),
    ] {
        let host = host.unwrap();
        shown.add("ManagedIdentityHost", &host);
        let identity = ManagedIdentity::new(transport(), clock(), host);
        shown.add("ManagedIdentity", &identity);
        shown.add("FederatedManagedIdentity", &FederatedManagedIdentity::new(identity, "api://x"));
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), SECRET).unwrap();
    shown.add("FederatedTokenFile", &FederatedTokenFile::new(folder.path().join("token")));
    let token = jwt(&serde_json::json!({"aud": "https://outlook.office365.com", "exp": NOW + 3600}));
    let given = GivenToken::new(&Secret::new(token.clone()), clock()).unwrap();
    shown.add("GivenToken", &given);
    let ends = std::time::UNIX_EPOCH + std::time::Duration::from_secs(NOW + 3600);
    shown.add("Claims", &Claims::decode(&AccessToken::new(Secret::new(token), ends)).unwrap());
    let address = "https://contoso.vault.azure.net/certificates/exo-app".parse().unwrap();
    shown.add("KeyVault", &KeyVault::new(transport(), clock(), given, address));
    shown.add("CredentialKind", &CredentialKind::Certificate);
}

#[tokio::test]
async fn no_type_shows_its_secret() {
    let mut shown = Shown::default();
    add_app_credentials(&mut shown).await;
    add_others(&mut shown);

    let looked_at: BTreeSet<String> = shown.names.iter().chain(WITHOUT).map(|name| (*name).to_owned()).collect();
    assert_eq!(looked_at, exported(), "every public type is looked at");

    let text = &shown.text;
    assert!(!text.contains("marked") && !text.contains("eyJ"), "{text}");
    let pem = std::str::from_utf8(world::PEM).unwrap();
    let key = pem.split("-----").nth(2).unwrap();
    for line in key.lines().filter(|line| line.len() > 24) {
        assert!(!text.contains(line.get(..24).unwrap()), "{text}");
    }
}
