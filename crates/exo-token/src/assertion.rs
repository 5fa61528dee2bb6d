//! The client assertion: the JWT by which the app asks for a token (RFC 7523).

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use exo_cert::{Certificate, ClientCertificate, SignatureAlgorithm};
use exo_http::RequestId;
use exo_model::{AppId, Secret};
use serde::Serialize;
use std::time::{SystemTime, UNIX_EPOCH};

/// What an assertion says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Statement<'a> {
    /// The token endpoint that it is sent to.
    pub(crate) audience: &'a str,
    /// The app that it speaks for.
    pub(crate) app_id: &'a AppId,
    /// Fresh for each assertion.
    pub(crate) id: RequestId,
    /// The time by the service's clock, as far as that is known.
    pub(crate) now: SystemTime,
    /// The certificates to send along, leaf first; none, as a rule.
    pub(crate) chain: &'a [Certificate],
}

/// Makes and signs an assertion.
pub(crate) async fn sign(
    certificate: &ClientCertificate,
    algorithm: SignatureAlgorithm,
    statement: Statement<'_>,
) -> Result<Secret, exo_cert::Error> {
    let thumbprint = match algorithm {
        SignatureAlgorithm::Ps256 => certificate.certificate().sha256_thumbprint().base64url(),
        SignatureAlgorithm::Rs256 => certificate.certificate().thumbprint().base64url(),
    };
    let mut assertion = signing_input(algorithm, &thumbprint, statement);
    let signature = certificate.sign(algorithm, assertion.as_bytes()).await?;
    assertion.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut assertion);
    Ok(Secret::new(assertion))
}

/// The header, which names the certificate by the digest that goes with the algorithm.
///
/// A digest under the other's name is refused as an unknown certificate (AADSTS700027).
#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    typ: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    x5t: Option<&'a str>,
    #[serde(rename = "x5t#S256", skip_serializing_if = "Option::is_none")]
    x5t_s256: Option<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    x5c: Vec<String>,
}

#[derive(Serialize)]
struct Claims<'a> {
    aud: &'a str,
    exp: u64,
    iat: u64,
    iss: &'a str,
    jti: String,
    nbf: u64,
    sub: &'a str,
}

/// Header and claims in base64url with a dot between them: what is signed.
fn signing_input(algorithm: SignatureAlgorithm, thumbprint: &str, statement: Statement<'_>) -> String {
    let (x5t, x5t_s256) = match algorithm {
        SignatureAlgorithm::Ps256 => (None, Some(thumbprint)),
        SignatureAlgorithm::Rs256 => (Some(thumbprint), None),
    };
    let now = statement.now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let app_id = statement.app_id.as_str();
    let claims = Claims {
        aud: statement.audience,
        exp: now + LIFETIME,
        iat: now,
        iss: app_id,
        jti: statement.id.to_string(),
        nbf: now.saturating_sub(MARGIN),
        sub: app_id,
    };
    // Standard base64, as RFC 7515 4.1.6 wants it.
    let x5c = statement.chain.iter().map(|certificate| STANDARD.encode(certificate.der())).collect();
    format!("{}.{}", encode(&Header { alg: algorithm.as_str(), typ: "JWT", x5t, x5t_s256, x5c }), encode(&claims))
}

#[expect(clippy::expect_used, reason = "structs of texts and numbers are always JSON")]
fn encode(value: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).expect("texts and numbers"))
}

/// Seconds for which an assertion is good; Microsoft's libraries use the same.
const LIFETIME: u64 = 600;

/// Seconds by which it begins earlier, since clocks differ.
const MARGIN: u64 = 60;

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaParameters, UnparsedPublicKey};
    use std::time::Duration;

    const RS256: &str = include_str!("../tests/data/rs256.jwt");
    const PS256: &str = include_str!("../tests/data/ps256.jwt");
    const CERTIFICATE: &str = include_str!("../tests/data/vector.der.b64");

    /// The RSA public key, which begins with a sequence of a 2048-bit number in this certificate.
    fn public_key() -> Vec<u8> {
        let der = STANDARD.decode(CERTIFICATE.trim()).unwrap();
        let begin = [0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00];
        let at = der.windows(begin.len()).position(|w| w == begin).unwrap();
        der[at..at + 270].to_vec()
    }

    fn verifies(jwt: &str, parameters: &'static RsaParameters) -> bool {
        let (input, signature) = jwt.trim().rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        UnparsedPublicKey::new(parameters, public_key()).verify(input.as_bytes(), &signature).is_ok()
    }

    fn statement(app_id: &AppId) -> Statement<'_> {
        let id = 0x3d2f_9a0e_5b1c_4f0a_8c66_0a4f_1e2d_3c4b_u128;
        Statement {
            audience: "https://login.microsoftonline.com/7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11/oauth2/v2.0/token",
            app_id,
            id: RequestId::from_bytes(id.to_be_bytes()),
            now: UNIX_EPOCH + Duration::from_secs(1_780_000_000),
            chain: &[],
        }
    }

    #[test]
    fn header_and_claims_are_those_of_the_vectors() {
        let app_id: AppId = "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap();
        for (algorithm, thumbprint, vector) in [
            (SignatureAlgorithm::Rs256, "NGExlIkplKZek4-EzWmTphC1Y_I", RS256),
            (SignatureAlgorithm::Ps256, "uwzzRoeEziUb9Dvf0ZSGj2Nfe7JbQPYan8ghMIvGlbA", PS256),
        ] {
            let input = signing_input(algorithm, thumbprint, statement(&app_id));
            assert_eq!(input, vector.rsplit_once('.').unwrap().0, "{algorithm}");
        }
    }

    #[test]
    fn the_chain_goes_along_in_standard_base64_where_it_is_wanted() {
        let app_id: AppId = "36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap();
        let chain = [Certificate::from_bytes(&STANDARD.decode(CERTIFICATE.trim()).unwrap()).unwrap()];
        let input = signing_input(SignatureAlgorithm::Ps256, "t", Statement { chain: &chain, ..statement(&app_id) });
        let header = URL_SAFE_NO_PAD.decode(input.split_once('.').unwrap().0).unwrap();
        let header: serde_json::Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header["x5c"], serde_json::json!([CERTIFICATE.trim()]));
    }

    #[test]
    fn the_vectors_thumbprints_are_what_a_certificate_gives() {
        let der = STANDARD.decode(CERTIFICATE.trim()).unwrap();
        let certificate = Certificate::from_bytes(&der).unwrap();
        assert_eq!(certificate.thumbprint().base64url(), "NGExlIkplKZek4-EzWmTphC1Y_I");
        assert_eq!(certificate.sha256_thumbprint().base64url(), "uwzzRoeEziUb9Dvf0ZSGj2Nfe7JbQPYan8ghMIvGlbA");
    }

    #[test]
    fn the_vectors_verify_and_a_flipped_byte_makes_them_fail() {
        for (vector, parameters) in [(RS256, &RSA_PKCS1_2048_8192_SHA256), (PS256, &RSA_PSS_2048_8192_SHA256)] {
            assert!(verifies(vector, parameters));
            let input = vector.rsplit_once('.').unwrap().0.len();
            for at in (0..input).step_by(7) {
                let mut flipped = vector.as_bytes().to_vec();
                flipped[at] ^= 1;
                assert!(!verifies(std::str::from_utf8(&flipped).unwrap(), parameters), "{at}");
            }
        }
    }
}
