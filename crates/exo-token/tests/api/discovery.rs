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

fn configuration(host: &str, guid: &str, regions: &str) -> String {
    format!(r#"{{"token_endpoint":"https://{host}/{guid}/oauth2/v2.0/token",{regions}"issuer":"x"}}"#)
}

const UNKNOWN: &str =
    r#"{"error":"invalid_tenant","error_description":"AADSTS90002: Tenant not found.","error_codes":[90002]}"#;
const WORLD: &str = "login.microsoftonline.com";
const GOVERNMENT: &str = "login.microsoftonline.us";
const CHINA: &str = "login.partner.microsoftonline.cn";

fn contoso() -> TenantName {
    "contoso.example".parse().unwrap()
}

#[tokio::test]
async fn the_region_and_the_host_tell_the_cloud() {
    for (host, regions, cloud) in [
        (WORLD, r#""tenant_region_scope":"EU","#, Cloud::Worldwide),
        (WORLD, r#""tenant_region_scope":"NA","tenant_region_sub_scope":"GCC","#, Cloud::Worldwide),
        (GOVERNMENT, r#""tenant_region_scope":"USGov","tenant_region_sub_scope":"DODCON","#, Cloud::GccHigh),
        (GOVERNMENT, r#""tenant_region_scope":"USGov","tenant_region_sub_scope":"DOD","#, Cloud::Dod),
        (GOVERNMENT, r#""tenant_region_scope":"USGov","#, Cloud::GccHigh),
        (CHINA, r#""tenant_region_scope":"AS","#, Cloud::China),
        ("login.chinacloudapi.cn", "", Cloud::China),
        ("127.0.0.1", "", Cloud::Worldwide),
    ] {
        let transport = ScriptedTransport::new().reply(200, &[], configuration(host, GUID, regions));
        let info = openid::discover(&transport, &Cloud::Worldwide.endpoints().login, &contoso()).await.unwrap();
        assert_eq!((info.cloud, info.id.as_str(), info.token_host.as_deref()), (cloud, GUID, Some(host)), "{regions}");
        assert_eq!(info.is_gcc(), regions.contains(r#""GCC""#));
    }
}

#[tokio::test]
async fn a_guid_is_asked_for_its_region_too() {
    let transport = ScriptedTransport::new().reply(200, &[], configuration(WORLD, GUID, ""));
    let tenant: TenantName = GUID.parse().unwrap();
    let info = openid::discover(&transport, &Cloud::Worldwide.endpoints().login, &tenant).await.unwrap();
    assert_eq!(info.region, None);
}

#[tokio::test]
async fn one_name_can_be_two_tenants_of_two_clouds() {
    let other = "36ee4c6c-0812-40a2-b820-b22ebd02bce3";
    let transport = ScriptedTransport::new()
        .reply(200, &[], configuration(WORLD, GUID, ""))
        .reply(400, &[], UNKNOWN)
        .reply(200, &[], configuration(CHINA, other, ""));
    let found = openid::find_cloud(&transport, &openid::login_hosts(), &contoso()).await;
    let hosts: Vec<_> = transport.requests().iter().map(|r| r.uri().host().unwrap().to_owned()).collect();
    assert_eq!(hosts, [WORLD, GOVERNMENT, CHINA]);
    let ids: Vec<_> = found.tenants.iter().map(|tenant| (tenant.cloud, tenant.id.as_str())).collect();
    assert_eq!(ids, [(Cloud::Worldwide, GUID), (Cloud::China, other)]);
    assert_eq!(found.wrong_cloud(&contoso(), Cloud::China), None);
    let said = found.wrong_cloud(&contoso(), Cloud::GccHigh).unwrap();
    assert!(said.contains("`worldwide` and `china`") && said.contains("GUID"), "{said}");
}

#[tokio::test]
async fn the_wrong_cloud_is_told_with_the_right_one() {
    let government = configuration(GOVERNMENT, GUID, r#""tenant_region_sub_scope":"DOD","#);
    let transport =
        ScriptedTransport::new().reply(400, &[], UNKNOWN).reply(200, &[], government).reply(400, &[], UNKNOWN);
    let found = openid::find_cloud(&transport, &openid::login_hosts(), &contoso()).await;
    // Both clouds of the US government share a sign-in host, and are told apart all the same.
    for chosen in [Cloud::Worldwide, Cloud::GccHigh] {
        let said = found.wrong_cloud(&contoso(), chosen).unwrap();
        assert_eq!(said, format!("tenant `contoso.example` lives in cloud `dod`, not in `{chosen}`; choose `dod`"));
    }
    assert!(found.within(Cloud::Dod).is_some() && found.silent.is_empty());
}

#[tokio::test]
async fn a_host_that_does_not_answer_hides_nothing() {
    let transport =
        ScriptedTransport::new().reply(400, &[], UNKNOWN).reply(400, &[], UNKNOWN).error(exo_http::Error::dns(CHINA));
    let found = openid::find_cloud(&transport, &openid::login_hosts(), &contoso()).await;
    assert_eq!(found.silent.len(), 1);
    let said = found.wrong_cloud(&contoso(), Cloud::Worldwide).unwrap();
    assert!(said.contains("as far as could be asked") && said.contains(CHINA), "{said}");

    let all = (0..3).fold(ScriptedTransport::new(), |script, _| script.reply(400, &[], UNKNOWN));
    let found = openid::find_cloud(&all, &openid::login_hosts(), &contoso()).await;
    assert!(found.wrong_cloud(&contoso(), Cloud::Worldwide).unwrap().contains("in no cloud"));
}

#[tokio::test]
async fn a_host_that_speaks_for_another_cloud_is_counted_once() {
    let body = configuration(GOVERNMENT, GUID, r#""tenant_region_sub_scope":"DODCON","#);
    let transport =
        ScriptedTransport::new().reply(200, &[], body.clone()).reply(200, &[], body).reply(400, &[], UNKNOWN);
    let found = openid::find_cloud(&transport, &openid::login_hosts(), &contoso()).await;
    assert_eq!(found.tenants.len(), 1);
}
