//! Signs in with Microsoft's own library, unmodified, and prints what came of each case as a JSON line.

use azure_core::cloud::CustomConfiguration;
use azure_core::credentials::{SecretBytes, TokenCredential};
use azure_core::http::ClientOptions;
use azure_identity::{
    ClientCertificateCredential, ClientCertificateCredentialOptions, ManagedIdentityCredential,
    WorkloadIdentityCredential,
};
use serde_json::{Value, json};
use std::error::Error;
use std::sync::Arc;

/// Tries every case of the plan.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let plan = std::env::args().nth(1).ok_or("which plan?")?;
    let plan: Value = serde_json::from_slice(&std::fs::read(plan)?)?;
    let version = locked_version();
    for case in plan["cases"].as_array().into_iter().flatten() {
        let certificate = &plan["certificates"][case["certificate"].as_str().unwrap_or_default()];
        // The first for a refusal, both for a token.
        let count = if case["every_mode"] == true { 2 } else { 1 };
        let ways = [("pfx", "pfx", "password"), ("pfx from pem", "converted", "converted_password")];
        let place = case["place"].as_str().map(|place| vec![(place, "", "")]);
        for (mode, pfx, password) in place.unwrap_or(ways[..count].to_vec()) {
            let (token, kind, message) = match token(case, &certificate[pfx], &certificate[password]).await {
                Ok(token) => (token.split('.').count() == 3, None, None),
                Err(error) => (false, Some(error.kind().to_string()), Some(chain(&error))),
            };
            println!(
                "{}",
                json!({ "version": version, "mode": mode, "case": case["name"], "token": token, "type": kind, "message": message })
            );
        }
    }
    Ok(())
}

async fn token(case: &Value, pfx: &Value, password: &Value) -> azure_core::Result<String> {
    // Where the process runs is told by the environment; elsewhere it is the certificate.
    let credential: Arc<dyn TokenCredential> = match case["place"].as_str() {
        Some("workload-identity") => WorkloadIdentityCredential::new(None)?,
        Some(_) => ManagedIdentityCredential::new(None)?,
        None => certificate(case, pfx, password)?,
    };
    let token = credential.get_token(&[case["scope"].as_str().unwrap_or_default()], None).await?;
    Ok(token.token.secret().to_owned())
}

fn certificate(case: &Value, pfx: &Value, password: &Value) -> azure_core::Result<Arc<dyn TokenCredential>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut client_options = ClientOptions::default();
    if let Some(authority) = case["authority"].as_str() {
        let mut cloud = CustomConfiguration::default();
        cloud.authority_host = authority.to_owned();
        client_options.cloud = Some(Arc::new(cloud.into()));
    }
    let options = ClientCertificateCredentialOptions {
        client_options,
        password: Some(text(password).into()),
        ..Default::default()
    };
    let pfx = SecretBytes::new(std::fs::read(text(pfx))?);
    Ok(ClientCertificateCredential::new(text(&case["tenant"]), text(&case["app_id"]), pfx, Some(options))?)
}

/// The version that this program was built with, from its lock file.
fn locked_version() -> &'static str {
    let after =
        include_str!("../Cargo.lock").split("name = \"azure_identity\"\nversion = \"").nth(1).unwrap_or_default();
    after.split('"').next().unwrap_or_default()
}

/// An error with its causes: the code of a refusal may stand in one of them.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        if !text.contains(&error.to_string()) {
            text.push_str(&format!(": {error}"));
        }
        cause = error.source();
    }
    text
}
