//! Addresses, taken apart and put together.

use exo_model::Origin;
use http::Uri;

/// The address of the one endpoint through which all cmdlets go.
pub(crate) fn invoke_path(tenant: &str, select: &[String]) -> String {
    let mut path = format!("/adminapi/beta/{tenant}/InvokeCommand");
    selected(&mut path, select);
    path
}

/// Adds the properties that are wanted, as the only option of an address.
pub(crate) fn selected(path: &mut String, select: &[String]) {
    for (index, property) in select.iter().enumerate() {
        path.push_str(if index == 0 { "?$select=" } else { "," });
        escape(path, property);
    }
}

/// Origin and the rest of an absolute address, the rest unchanged; nothing if it is not https (or loopback).
pub(crate) fn split(address: &str) -> Option<(Origin, String)> {
    let uri: Uri = address.parse().ok()?;
    let (scheme, authority) = (uri.scheme_str()?, uri.authority()?);
    let origin = format!("{scheme}://{authority}").parse().ok()?;
    Some((origin, uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string)))
}

/// The tenant in an address such as `https://host/adminapi/beta/{tenant}/$metadata#…`.
pub(crate) fn tenant_in(context: &str) -> Option<&str> {
    let (_, after) = context.split_once("://")?;
    let mut parts = after.split('/').skip(1);
    let (api, _version, tenant) = (parts.next()?, parts.next()?, parts.next()?);
    (api.eq_ignore_ascii_case("adminapi") && !tenant.is_empty()).then_some(tenant)
}

/// The host of an address, for messages: never its query, which may hold a token of another kind.
pub(crate) fn shown_host(address: &str) -> String {
    let after = address.split_once("://").map_or(address, |(_, after)| after);
    let host = after.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    host.chars().filter(|c| !c.is_control()).take(100).collect()
}

/// Adds a text so that it can stand in an address.
pub(crate) fn escape(out: &mut String, text: &str) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

const HEX: &[u8; 16] = b"0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_split_without_a_change() {
        let (origin, rest) = split("https://Outlook.office365.com:443/a/InvokeCommand?%24skiptoken=AD%2b=").unwrap();
        assert_eq!(
            (origin.to_string().as_str(), rest.as_str()),
            ("https://outlook.office365.com", "/a/InvokeCommand?%24skiptoken=AD%2b=")
        );
        assert!(split("https://user@outlook.office365.com/x").is_none());
    }

    #[test]
    fn properties_are_escaped_in_the_address() {
        assert_eq!(invoke_path("t", &[]), "/adminapi/beta/t/InvokeCommand");
        assert_eq!(
            invoke_path("t", &["Name".into(), "a&b=c,d".into()]),
            "/adminapi/beta/t/InvokeCommand?$select=Name,a%26b%3Dc%2Cd"
        );
    }

    #[test]
    fn the_tenant_is_found_in_a_context() {
        assert_eq!(tenant_in("https://h:1/adminapi/beta/T-1/$metadata#Collection(X)"), Some("T-1"));
        assert_eq!(tenant_in("https://h/other/beta/T/x"), None);
    }
}
