//! An invocation → requests of HTTP, without I/O.

mod form;

use crate::Error;
use crate::anchor::{Route, documented, route};
use crate::parameters;
use crate::prepare::prepared;
use crate::read_path::address;
use crate::retry::access;
use crate::secrets::KnownKey;
use bytes::Bytes;
use exo_catalog::Access;
use exo_http::{Request, RequestId};
use exo_model::{AccessToken, CmdletName, Invocation, Organization, ReadPath, Service, TenantId};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::Value;

pub(crate) use form::{BATCH, Form, LIST};

/// Who calls: what all requests of a session have in common.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) service: Service,
    pub(crate) organization: Organization,
    pub(crate) tenant: Option<TenantId>,
    /// The name and version by which we say truthfully who we are.
    pub(crate) client: (String, String),
    pub(crate) connection_id: RequestId,
    pub(crate) page_size: u16,
    /// The service's key for secret parameters, once it is known.
    pub(crate) public_key: KnownKey,
    /// The path that is preferred where it can express a call.
    pub(crate) path: ReadPath,
    /// The version in addresses of nouns.
    pub(crate) noun_version: String,
}

impl Caller {
    /// How addresses name the tenant.
    pub(crate) fn tenant_in_url(&self) -> &str {
        self.tenant.as_ref().map_or(self.organization.as_str(), TenantId::as_str)
    }
}

/// One call: what all its requests (attempts, pages) have in common.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) cmdlet: CmdletName,
    pub(crate) access: Access,
    /// Path and query of the first page.
    pub(crate) path: String,
    /// Records wanted at most.
    pub(crate) limit: Option<u64>,
    pub(crate) form: Form,
    pub(crate) read_path: ReadPath,
    page_size: u16,
    headers: HeaderMap,
    /// The anchor for a second try, after the service said that the first was of no use.
    mailbox: Option<HeaderValue>,
    body: Bytes,
}

impl Call {
    pub(crate) fn new(caller: &Caller, invocation: &Invocation) -> Result<Self, Error> {
        let cmdlet = invocation.cmdlet.clone();
        let (access, address) = (access(invocation), address(caller, invocation)?);
        let body = match address.form {
            Form::Cmdlet => {
                parameters::body(&cmdlet, &prepared(invocation, access, address.path, &caller.public_key)?)?
            }
            _ => Vec::new(),
        };
        let mut headers = headers(caller, &cmdlet)?;
        if body.is_empty() {
            headers.remove(header::CONTENT_TYPE);
        }
        let documented_path = address.path == ReadPath::V2;
        let route = if documented_path { documented(caller, invocation) } else { route(caller, invocation) };
        headers.insert(
            ANCHOR,
            HeaderValue::try_from(route.anchor).map_err(|_| Error::Request { cmdlet: cmdlet.clone(), what: ANCHOR })?,
        );
        if route.by_parameter {
            headers.insert("parameter-based-routing", HeaderValue::from_static("true"));
        }
        Ok(Self {
            path: address.text,
            limit: limit(invocation),
            page_size: invocation.page_size.unwrap_or(caller.page_size).clamp(1, LARGEST_PAGE),
            headers,
            mailbox: route.mailbox.and_then(|anchor| HeaderValue::try_from(anchor).ok()),
            body: body.into(),
            form: address.form,
            read_path: address.path,
            access,
            cmdlet,
        })
    }

    /// Whether the mailbox that the call is about can be its anchor instead.
    pub(crate) fn has_mailbox(&self) -> bool {
        self.mailbox.is_some()
    }

    /// Sends a request to the mailbox that the call is about.
    pub(crate) fn to_mailbox(&self, mut request: Request) -> Request {
        if let Some(mailbox) = &self.mailbox {
            request.headers_mut().insert(ANCHOR, mailbox.clone());
        }
        request
    }

    /// Records that are asked for in a page, of which at most `wanted` are of use.
    pub(crate) fn records_in_a_page(&self, wanted: Option<u64>) -> u16 {
        wanted.map_or(self.page_size, |wanted| u16::try_from(wanted).unwrap_or(LARGEST_PAGE).min(self.page_size).max(1))
    }

    /// The request for one page, of which at most `wanted` records are of use.
    pub(crate) fn request(
        &self,
        address: &str,
        wanted: Option<u64>,
        token: &AccessToken,
        cookie: Option<HeaderValue>,
    ) -> Result<Request, Error> {
        let fail = |what| Error::Request { cmdlet: self.cmdlet.clone(), what };
        let mut bearer =
            HeaderValue::from_str(&format!("Bearer {}", token.secret().expose())).map_err(|_| fail("the token"))?;
        bearer.set_sensitive(true);
        let size = self.records_in_a_page(wanted);
        let mut request = http::Request::builder()
            .method(self.form.method())
            .uri(address)
            .body(self.body.clone())
            .map_err(|_| fail("the address"))?;
        let headers = request.headers_mut();
        headers.clone_from(&self.headers);
        if let Some(preference) = self.form.preference(size) {
            headers.insert("prefer", HeaderValue::try_from(preference).map_err(|_| fail("the page size"))?);
        }
        headers.insert(header::AUTHORIZATION, bearer);
        if let Some(cookie) = cookie {
            headers.insert(header::COOKIE, cookie);
        }
        Ok(request)
    }
}

/// The headers that stay the same over the attempts and pages of a call.
fn headers(caller: &Caller, cmdlet: &CmdletName) -> Result<HeaderMap, Error> {
    let (name, version) = &caller.client;
    let values = [
        ("user-agent", format!("{name}/{version}")),
        ("x-clientapplication", name.clone()),
        ("accept", "application/json".to_owned()),
        ("accept-charset", "UTF-8".to_owned()),
        // The texts of errors and warnings follow it, and some of them must be recognised.
        ("accept-language", "en-US".to_owned()),
        ("content-type", "application/json".to_owned()),
        (ANCHOR, Route::of_organization(caller).anchor),
        ("x-cmdletname", cmdlet.to_string()),
        ("x-responseformat", "json".to_owned()),
        ("connection-id", caller.connection_id.to_string()),
        ("client-request-id", RequestId::random().to_string()),
    ];
    let mut headers = HeaderMap::with_capacity(values.len() + 3);
    for (name, value) in values {
        let value = HeaderValue::try_from(value).map_err(|_| Error::Request { cmdlet: cmdlet.clone(), what: name })?;
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

/// The caller's limit, or a smaller number in `ResultSize`, which ends no run by itself.
fn limit(invocation: &Invocation) -> Option<u64> {
    let size = match invocation.parameter("ResultSize") {
        Some(Value::Number(number)) => number.as_u64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        _ => None,
    };
    [invocation.limit, size].into_iter().flatten().min()
}

/// What the service gives in a page at most.
pub(crate) const LARGEST_PAGE: u16 = 1000;

/// The header that routes a call.
const ANCHOR: &str = "x-anchormailbox";

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use exo_model::Secret;
    use http::Method;
    use std::time::SystemTime;

    pub(crate) fn caller(service: Service, tenant: Option<&str>) -> Caller {
        Caller {
            service,
            organization: "contoso.onmicrosoft.com".parse().unwrap(),
            tenant: tenant.map(|t| t.parse().unwrap()),
            client: ("exoctl".into(), "0.1.0".into()),
            connection_id: RequestId::from_bytes([7; 16]),
            page_size: 1000,
            public_key: KnownKey::default(),
            path: ReadPath::InvokeCommand,
            noun_version: "beta".into(),
        }
    }

    pub(crate) fn invocation(cmdlet: &str) -> Invocation {
        Invocation::new(Service::Exchange, cmdlet.parse().unwrap())
    }

    fn request(call: &Call, wanted: Option<u64>) -> Request {
        let token = AccessToken::new(Secret::from("t0ken"), SystemTime::UNIX_EPOCH);
        call.request(&format!("https://outlook.office365.com{}", call.path), wanted, &token, None).unwrap()
    }

    #[test]
    fn a_request_says_who_asks_for_what() {
        let caller = caller(Service::Exchange, Some("11111111-1111-4111-8111-111111111111"));
        let call = Call::new(&caller, &invocation("Get-Mailbox").with("Identity", "ana").select(["Name", "Identity"]))
            .unwrap();
        let request = request(&call, None);
        assert_eq!(request.method(), Method::POST);
        assert_eq!(
            request.uri(),
            "https://outlook.office365.com/adminapi/beta/11111111-1111-4111-8111-111111111111/InvokeCommand?$select=Name,Identity"
        );
        let expected = [
            ("accept", "application/json"),
            ("accept-charset", "UTF-8"),
            ("accept-language", "en-US"),
            ("authorization", "Bearer t0ken"),
            ("connection-id", "07070707-0707-4707-8707-070707070707"),
            ("content-type", "application/json"),
            ("prefer", "odata.maxpagesize=1000"),
            ("user-agent", "exoctl/0.1.0"),
            (
                "x-anchormailbox",
                "APP:SystemMailbox{bb558c35-97f1-4cb9-8ff7-d53741dc928c}@11111111-1111-4111-8111-111111111111",
            ),
            ("x-clientapplication", "exoctl"),
            ("x-cmdletname", "Get-Mailbox"),
            ("x-responseformat", "json"),
        ];
        for (name, value) in expected {
            assert_eq!(request.headers()[name], value, "{name}");
        }
        assert_eq!(request.headers().len(), expected.len() + 1);
        assert_eq!(request.headers()["client-request-id"].len(), 36);
        assert!(!format!("{request:?}").contains("t0ken"));
        assert_eq!(request.body(), r#"{"CmdletInput":{"CmdletName":"Get-Mailbox","Parameters":{"Identity":"ana"}}}"#);
    }

    #[test]
    fn without_a_tenant_the_organization_stands_in_the_address() {
        let call = Call::new(&caller(Service::Compliance, None), &invocation("Get-Label")).unwrap();
        assert_eq!(call.path, "/adminapi/beta/contoso.onmicrosoft.com/InvokeCommand");
        assert!(request(&call, None).headers()["x-anchormailbox"].to_str().unwrap().starts_with("UPN:SystemMailbox{"));
    }

    #[test]
    fn a_page_is_no_larger_than_what_is_wanted() {
        let caller = caller(Service::Exchange, None);
        let size = |call: &Call, wanted| request(call, wanted).headers()["prefer"].clone();
        let call = Call::new(&caller, &invocation("Get-Mailbox").page_size(50)).unwrap();
        assert_eq!(size(&call, None), "odata.maxpagesize=50");
        assert_eq!(size(&call, Some(7)), "odata.maxpagesize=7");
        assert_eq!(size(&call, Some(70_000)), "odata.maxpagesize=50");
    }

    #[test]
    fn result_size_is_counted_here() {
        let caller = caller(Service::Exchange, None);
        let limit = |call: Invocation| Call::new(&caller, &call).unwrap().limit;
        assert_eq!(limit(invocation("Get-Mailbox").with("resultsize", 10)), Some(10));
        assert_eq!(limit(invocation("Get-Mailbox").with("ResultSize", "10").limit(3)), Some(3));
        assert_eq!(limit(invocation("Get-Mailbox").with("ResultSize", "Unlimited").limit(30)), Some(30));
        assert_eq!(limit(invocation("Get-Mailbox").with("ResultSize", "Unlimited")), None);
    }

    #[test]
    fn custom_routing_is_told_in_headers_and_not_in_the_body() {
        let caller = caller(Service::Exchange, None);
        let routed = invocation("Get-MailboxFolderPermission").with("Identity", "ana@contoso.com:\\Inbox");
        let call = Call::new(&caller, &routed.with("UseCustomRouting", true)).unwrap();
        let request = request(&call, None);
        assert_eq!(request.headers()["x-anchormailbox"], "SMTP:ana@contoso.com");
        assert_eq!(request.headers()["parameter-based-routing"], "true");
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        assert!(body.contains(r"ana@contoso.com:\\Inbox") && !body.contains("UseCustomRouting"), "{body}");
    }

    #[test]
    fn the_mailbox_is_the_anchor_of_a_second_try() {
        let caller = caller(Service::Exchange, None);
        let anchor = |identity: &str| {
            let call = Call::new(&caller, &invocation("Set-Mailbox").with("Identity", identity)).unwrap();
            let first = request(&call, None);
            assert!(first.headers()["x-anchormailbox"].to_str().unwrap().starts_with("APP:SystemMailbox{"));
            assert!(!first.headers().contains_key("parameter-based-routing"));
            call.has_mailbox().then(|| call.to_mailbox(first).headers()["x-anchormailbox"].clone())
        };
        assert_eq!(anchor("ana@contoso.com").unwrap(), "UPN:ana@contoso.com");
        assert_eq!(anchor("ana"), None);
    }

    #[test]
    fn what_http_cannot_carry_is_named_but_not_shown() {
        let mut caller = caller(Service::Exchange, None);
        let call = Call::new(&caller, &invocation("Get-Mailbox")).unwrap();
        let token = AccessToken::new(Secret::from("secret\n"), SystemTime::UNIX_EPOCH);
        let error = call.request("https://a.b/c", None, &token, None).unwrap_err();
        assert!(error.to_string().contains("the token") && !format!("{error:?}").contains("secret"));
        caller.client.0 = "a\nb".into();
        assert!(matches!(
            Call::new(&caller, &invocation("Get-Mailbox")),
            Err(Error::Request { what: "user-agent", .. })
        ));
    }
}
