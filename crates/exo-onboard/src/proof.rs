//! The proof by which an app changes its own certificates: a short signature with one that it has.

use crate::ObjectId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exo_cert::{ClientCertificate, SignatureAlgorithm};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A signed statement that whoever sends it holds a key of the app, good for some minutes.
///
/// RS256 as in Microsoft's sample; whether PS256 is taken is nowhere said.
pub(crate) async fn proof(
    certificate: &ClientCertificate,
    application: &ObjectId,
    now: SystemTime,
) -> Result<String, exo_cert::Error> {
    let mut proof = signing_input(certificate, application, now);
    let signature = certificate.sign(SignatureAlgorithm::Rs256, proof.as_bytes()).await?;
    proof.push('.');
    // With padding it is refused as malformed.
    URL_SAFE_NO_PAD.encode_string(signature, &mut proof);
    Ok(proof)
}

fn signing_input(certificate: &ClientCertificate, application: &ObjectId, now: SystemTime) -> String {
    let thumbprint = certificate.certificate().thumbprint();
    let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let header = json!({
        "alg": SignatureAlgorithm::Rs256.as_str(),
        "typ": "JWT",
        "kid": thumbprint.to_string(),
        "x5t": thumbprint.base64url(),
    });
    let claims = json!({
        "aud": AUDIENCE,
        "iss": application.as_str(),
        "nbf": seconds,
        "exp": seconds + LIFETIME.as_secs(),
    });
    format!("{}.{}", part(&header), part(&claims))
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// The directory itself.
const AUDIENCE: &str = "00000002-0000-0000-c000-000000000000";

/// The longest that is taken.
const LIFETIME: Duration = Duration::from_mins(10);

#[cfg(test)]
mod tests {
    use super::*;
    use exo_model::Secret;

    #[tokio::test]
    async fn a_proof_says_who_and_is_signed_by_the_certificate() {
        let pfx = include_bytes!("../../exo-cert/tests/data/openssl3-aes256.pfx");
        let certificate = ClientCertificate::from_bytes(pfx, Some(&Secret::from("password"))).unwrap();
        let application: ObjectId = "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap();
        let now = UNIX_EPOCH + Duration::from_secs(1_790_000_000);
        let proof = proof(&certificate, &application, now).await.unwrap();

        let (input, signature) = proof.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        certificate.certificate().verify(SignatureAlgorithm::Rs256, input.as_bytes(), &signature).unwrap();
        let decoded: Vec<Value> = input
            .split('.')
            .map(|part| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap())
            .collect();
        let thumbprint = certificate.certificate().thumbprint();
        assert_eq!(
            decoded,
            [
                json!({ "alg": "RS256", "typ": "JWT", "kid": thumbprint.to_string(), "x5t": thumbprint.base64url() }),
                json!({ "aud": AUDIENCE, "iss": application, "nbf": 1_790_000_000, "exp": 1_790_000_600 }),
            ]
        );
    }
}
