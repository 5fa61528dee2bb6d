//! The OpenID configuration.

use exo_http::ScriptedTransport;
use exo_model::{Cloud, Diagnose, ErrorKind, TenantName};
use exo_token::{Error, openid};

const GUID: &str = "7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11";

async fn ask(transport: &ScriptedTransport, tenant: &str) -> Result<String, Error> {
    let tenant: TenantName = tenant.parse().unwrap();
    let login = Cloud::Worldwide.endpoints().login;
    openid::tenant_id(transport, &login, &tenant).await.map(|id| id.to_string())
}

#[tokio::test]
async fn a_domain_becomes_the_guid_of_its_tenant() {
    for body in [
        format!(r#"{{"token_endpoint":"https://login.microsoftonline.com/{GUID}/oauth2/v2.0/token"}}"#),
        format!(r#"{{"token_endpoint":"https://other.example/token","issuer":"https://sts.windows.net/{GUID}/"}}"#),
    ] {
        let transport = ScriptedTransport::new().reply(200, &[], body);
        assert_eq!(ask(&transport, "contoso.onmicrosoft.com").await.unwrap(), GUID);
        let uri = transport.requests()[0].uri().to_string();
        assert_eq!(
            uri,
            "https://login.microsoftonline.com/contoso.onmicrosoft.com/v2.0/.well-known/openid-configuration"
        );
    }
}

#[tokio::test]
async fn a_guid_is_not_asked_for() {
    assert_eq!(ask(&ScriptedTransport::new(), GUID).await.unwrap(), GUID);
}

#[tokio::test]
async fn an_unknown_tenant_is_a_refusal_that_speaks_of_the_cloud() {
    let body = r#"{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant 'x.onmicrosoft.com' not found.","error_codes":[90002]}"#;
    let transport = ScriptedTransport::new().reply(400, &[], body);
    let error = ask(&transport, "x.onmicrosoft.com").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.hint().unwrap().contains("cloud"));
}

#[tokio::test]
async fn a_configuration_without_tenant_is_not_understood() {
    for body in ["", "[]", "{}", r#"{"token_endpoint":"https://a/common/token"}"#, r#"{"issuer":7}"#] {
        let transport = ScriptedTransport::new().reply(200, &[], body);
        let error = ask(&transport, "x.onmicrosoft.com").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Answer, "{body}");
    }
}
