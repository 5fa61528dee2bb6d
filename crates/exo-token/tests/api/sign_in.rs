//! Signing in when all is well.

use crate::{ENDPOINT, ISSUED, NOW, World, app_certificate, assertion, compliance, exchange, form};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exo_cert::SignatureAlgorithm;
use exo_http::ScriptedTransport;
use exo_model::{Cloud, TokenProvider};
use exo_token::{CertificateAssertion, Error};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use std::time::{Duration, UNIX_EPOCH};

#[tokio::test]
async fn a_signed_assertion_brings_a_token() {
    let world = World::new(ScriptedTransport::new().reply(200, &[], ISSUED));
    let token = world.credential().token(&exchange()).await.unwrap();
    assert_eq!(token.secret().expose(), "marked-token");
    assert_eq!(token.expires_at(), UNIX_EPOCH + Duration::from_secs(NOW + 3599));

    let request = &world.transport.requests()[0];
    assert_eq!(request.method(), "POST");
    assert_eq!(request.uri(), ENDPOINT);
    assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
    assert_eq!(request.headers()["client-request-id"].len(), 36);
    let form = form(request);
    assert_eq!(form["client_id"], "36ee4c6c-0812-40a2-b820-b22ebd02bce3");
    assert_eq!(form["scope"], "https://outlook.office365.com/.default");
    assert_eq!(form["grant_type"], "client_credentials");
    assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let (header, claims) = assertion(request);
    assert_eq!(header.as_object().unwrap().keys().collect::<Vec<_>>(), ["alg", "typ", "x5t#S256"]);
    assert_eq!(claims["aud"], ENDPOINT);
    assert_eq!((&claims["iss"], &claims["sub"]), (&claims["sub"], &serde_json::json!(form["client_id"])));
    assert_eq!(
        (&claims["nbf"], &claims["iat"], &claims["exp"]),
        (&(NOW - 60).into(), &NOW.into(), &(NOW + 600).into())
    );
}

#[tokio::test]
async fn the_signature_is_of_the_algorithm_in_the_header() {
    let certificate = app_certificate();
    let der = certificate.certificate().der();
    let begin = [0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00];
    let at = der.windows(begin.len()).position(|w| w == begin).unwrap();
    let key = &der[at..at + 270];
    // What `openssl dgst -sha256 -binary` and `-sha1` give of the certificate.
    for (algorithm, member, thumbprint, parameters) in [
        (
            SignatureAlgorithm::Ps256,
            "x5t#S256",
            "4zqa61HbqcyYv2aPhVVuncmpiu9Mu0YRXQlBU2rQgyU",
            &RSA_PSS_2048_8192_SHA256,
        ),
        (SignatureAlgorithm::Rs256, "x5t", "ND8snUrtic5_AjsT-no83iLq02Q", &RSA_PKCS1_2048_8192_SHA256),
    ] {
        let world = World::new(ScriptedTransport::new().reply(200, &[], ISSUED));
        let source = CertificateAssertion::new(certificate.clone()).unwrap().algorithm(algorithm).unwrap();
        world.vouched_by(source).build().unwrap().token(&exchange()).await.unwrap();
        let request = &world.transport.requests()[0];
        let (header, _) = assertion(request);
        assert_eq!(header["alg"], algorithm.as_str());
        assert_eq!(header[member], thumbprint);
        let jwt = form(request).remove("client_assertion").unwrap();
        let (input, signature) = jwt.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        UnparsedPublicKey::new(parameters, key).verify(input.as_bytes(), &signature).unwrap();
    }
}

#[tokio::test]
async fn every_exchange_has_ids_of_its_own() {
    let world = World::new(ScriptedTransport::new().reply(200, &[], ISSUED).reply(200, &[], ISSUED));
    let credential = world.credential();
    credential.token(&exchange()).await.unwrap();
    credential.token(&compliance()).await.unwrap();
    let requests = world.transport.requests();
    assert_ne!(assertion(&requests[0]).1["jti"], assertion(&requests[1]).1["jti"]);
    assert_ne!(requests[0].headers()["client-request-id"], requests[1].headers()["client-request-id"]);
    assert_eq!(form(&requests[1])["scope"], "https://ps.compliance.protection.outlook.com/.default");
}

#[tokio::test]
async fn each_cloud_has_its_sign_in_host() {
    let world = World::new(ScriptedTransport::new());
    for cloud in Cloud::ALL {
        let login = cloud.endpoints().login;
        let url = world.builder().login(login.clone()).build().unwrap().token_url();
        assert_eq!(url, format!("{login}/contoso.onmicrosoft.com/oauth2/v2.0/token"));
    }
}

#[tokio::test]
async fn another_authorization_server_needs_only_its_address() {
    let plain = r#"{"access_token":"t","token_type":"bearer","expires_in":60}"#;
    let world = World::new(ScriptedTransport::new().reply(200, &[], plain).reply(200, &[], plain));
    let url = "http://127.0.0.1:9000/oauth/token";
    world.builder().token_url(url).build().unwrap().token(&exchange()).await.unwrap();
    let other = world.builder().token_url(url).assertion_audience("https://issuer.example");
    other.build().unwrap().token(&exchange()).await.unwrap();
    let requests = world.transport.requests();
    assert_eq!(requests[0].uri(), url);
    assert_eq!(assertion(&requests[0]).1["aud"], url);
    assert_eq!(assertion(&requests[1]).1["aud"], "https://issuer.example");
}

#[test]
fn an_address_where_a_credential_must_not_go_is_refused() {
    let world = World::new(ScriptedTransport::new());
    for bad in
        ["", "/token", "token", "http://login.example/token", "ftp://a/b", "https://marked-user:marked@/x", "a b"]
    {
        let error = world.builder().token_url(bad).build().unwrap_err();
        assert!(matches!(error, Error::TokenUrl { .. }), "{bad}");
        assert!(!error.to_string().contains("marked"), "{error}");
    }
}
