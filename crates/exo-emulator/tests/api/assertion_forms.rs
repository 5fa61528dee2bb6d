//! Every form of client assertion that a library in wide use emits is taken.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use exo_emulator::Tenant;

use crate::client::*;

/// One way to write an assertion: the texts of header and claims, and how the parts are encoded.
struct Form {
    emitted_by: &'static str,
    header: String,
    claims: String,
    encode: fn(&[u8]) -> String,
}

const V2: &str = "https://login.microsoftonline.com/7b0f6a52-4c1d-4a6e-9d53-2f1f6f0c8e11/oauth2/v2.0/token";

/// The claims of most libraries, with the members of one replaced.
fn claims(change: &[(&str, Option<String>)]) -> String {
    let now = now();
    let usual = [
        ("aud", format!("\"{V2}\"")),
        ("exp", (now + 600).to_string()),
        ("iss", format!("\"{APP}\"")),
        ("jti", "\"3d2f9a0e-5b1c-4f0a-8c66-0a4f1e2d3c4b\"".to_owned()),
        ("nbf", now.to_string()),
        ("sub", format!("\"{APP}\"")),
        ("iat", now.to_string()),
    ];
    let members: Vec<String> = usual
        .into_iter()
        .filter_map(|(name, value)| {
            let changed = change.iter().find(|(changed, _)| *changed == name);
            let value = changed.map_or(Some(value), |(_, value)| value.clone())?;
            Some(format!("\"{name}\":{value}"))
        })
        .collect();
    format!("{{{}}}", members.join(","))
}

fn of_headers() -> Vec<Form> {
    let me = identity();
    let (sha1, sha256) = (me.sha1(), me.sha256());
    let [bare1, bare256] = [&sha1, &sha256].map(|digest| URL_SAFE_NO_PAD.encode(digest));
    let [padded1, padded256] = [&sha1, &sha256].map(|digest| URL_SAFE.encode(digest));
    let [standard1, standard256] = [&sha1, &sha256].map(|digest| STANDARD.encode(digest));
    let hex = sha1.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02X}"));
    let chain = STANDARD.encode(&me.der);
    let lines: Vec<&str> = (0..chain.len()).step_by(64).map(|at| &chain[at..chain.len().min(at + 64)]).collect();
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"));
    let rows = [
        ("msal-node, sha256", format!(r#"{{"alg":"PS256","typ":"JWT","x5t#S256":"{bare256}"}}"#)),
        ("msal-node, sha1", format!(r#"{{"alg":"RS256","typ":"JWT","x5t":"{bare1}"}}"#)),
        ("MSAL Python, PFX", format!(r#"{{"alg":"PS256","typ":"JWT","x5t#S256":"{padded256}"}}"#)),
        ("MSAL Python, thumbprint", format!(r#"{{"alg":"RS256","typ":"JWT","x5t":"{padded1}"}}"#)),
        ("MSAL Java", format!(r#"{{"alg":"RS256","typ":"JWT","x5t#S256":"{bare256}"}}"#)),
        ("MSAL Go", format!(r#"{{"alg":"PS256","typ":"JWT","x5t#S256":"{standard256}"}}"#)),
        ("azure_identity for Rust", format!(r#"{{"alg":"RS256","typ":"JWT","x5t":"{standard1}"}}"#)),
        ("azure-identity for C++", format!(r#"{{"x5t":"{bare1}","kid":"{hex}","alg":"RS256","typ":"JWT"}}"#)),
        ("C++ with chain", format!(r#"{{"x5t":"{bare1}","kid":"{hex}","alg":"RS256","x5c":["{chain}"]}}"#)),
        ("a key id alone", format!(r#"{{"alg":"RS256","kid":"{hex}"}}"#)),
        ("x5c as array", format!(r#"{{"alg":"PS256","x5t#S256":"{bare256}","x5c":["{chain}"]}}"#)),
        ("x5c with line breaks", format!(r#"{{"alg":"RS256","x5t":"{padded1}","x5c":["{}"]}}"#, lines.join("\\n"))),
        ("x5c as one string", format!(r#"{{"alg":"PS256","x5t#S256":"{bare256}","x5c":"{chain}"}}"#)),
        ("x5c of PEM", format!(r#"{{"alg":"RS256","x5t":"{standard1}","x5c":"{}"}}"#, STANDARD.encode(pem))),
        ("RS384 of 2023", format!(r#"{{"alg":"RS384","typ":"JWT","x5t":"{bare1}"}}"#)),
        ("RS512 of 2023", format!(r#"{{"alg":"RS512","typ":"JWT","x5t":"{bare1}"}}"#)),
        ("unknown members", format!(r#"{{"more":[{{}}],"alg":"PS256","x5t#S256":"{bare256}","crv":null}}"#)),
    ];
    let form = |(emitted_by, header)| Form { emitted_by, header, claims: claims(&[]), encode: bare };
    rows.into_iter().map(form).collect()
}

fn of_claims(port: u16) -> Vec<Form> {
    let (now, text) = (now(), |text: String| Some(format!("\"{text}\"")));
    let audience = |url: &str| vec![("aud", text(url.to_owned()))];
    let base = "https://login.microsoftonline.com";
    let fraction = |time: i64| Some(format!("{time}.2299302"));
    let rows = [
        ("MSAL.NET: strings", vec![("exp", text((now + 600).to_string())), ("nbf", text(now.to_string()))]),
        ("MSAL.NET: no iat", vec![("iat", None)]),
        ("MSAL Python: fractions", vec![("exp", fraction(now + 600)), ("iat", fraction(now)), ("nbf", None)]),
        ("ROADtools: iat as text", vec![("iat", text(now.to_string())), ("exp", text((now + 300).to_string()))]),
        ("ROADtools: v1 endpoint", audience(&format!("{base}/{TENANT}/oauth2/token"))),
        ("CIPP: two minutes", vec![("exp", Some((now + 120).to_string()))]),
        ("azure_identity for Rust: five minutes", vec![("exp", Some((now + 300).to_string())), ("iat", None)]),
        ("a day, which nothing forbids", vec![("exp", Some((now + 86_400).to_string()))]),
        ("no jti", vec![("jti", None)]),
        ("endpoint by domain", audience(&format!("{base}/contoso.onmicrosoft.com/oauth2/v2.0/token"))),
        ("endpoint by custom domain", audience(&format!("{base}/contoso.com/oauth2/v2.0/token"))),
        ("the issuer's form", audience(&format!("{base}/{TENANT}/v2.0"))),
        ("the tenant alone", audience(&format!("{base}/{TENANT}/"))),
        ("an alias", audience(&format!("https://login.windows.net/{TENANT}/oauth2/token"))),
        ("sts.windows.net", audience(&format!("https://sts.windows.net/{TENANT}/"))),
        ("loopback with port", audience(&format!("https://login.localhost:{port}/{TENANT}/oauth2/v2.0/token"))),
        ("client id in capitals", vec![("iss", text(APP.to_uppercase())), ("sub", text(APP.to_uppercase()))]),
        ("ended within the tolerance", vec![("exp", Some((now - 200).to_string())), ("nbf", None)]),
        ("begins within the tolerance", vec![("nbf", Some((now + 200).to_string()))]),
    ];
    let header = identity().header().to_string();
    let form = |(emitted_by, change): (_, Vec<_>)| {
        let claims = claims(&change);
        Form { emitted_by, header: header.clone(), claims, encode: bare }
    };
    rows.into_iter().map(form).collect()
}

fn bare(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn every_form_in_use_is_taken() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let mut forms = of_headers();
    forms.extend(of_claims(emulator.port()));
    forms.push(Form {
        emitted_by: "CIPP: parts in standard base64 with padding",
        header: identity().header().to_string(),
        claims: claims(&[]),
        encode: |bytes| STANDARD.encode(bytes),
    });
    for Form { emitted_by, header, claims, encode } in forms {
        let message = format!("{}.{}", encode(header.as_bytes()), encode(claims.as_bytes()));
        let signature = identity().signature(&message, &serde_json::from_str(&header).unwrap());
        let reply = ask(&emulator, &format!("{message}.{}", encode(&signature)), EXCHANGE_SCOPE);
        assert_eq!(reply.status, 200, "{emitted_by}: {}", String::from_utf8_lossy(&reply.body));
    }
}

#[test]
fn one_assertion_serves_both_services_and_again() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let assertion = assertion();
    for scope in [EXCHANGE_SCOPE, COMPLIANCE_SCOPE, EXCHANGE_SCOPE] {
        assert_eq!(ask(&emulator, &assertion, scope).status, 200);
    }
}

#[test]
fn the_tenant_goes_by_guid_and_by_each_domain_on_both_sides() {
    let emulator = start(Tenant::contoso().app(full_app()));
    let names = [TENANT, "contoso.onmicrosoft.com", "contoso.com"];
    for (asked, named) in names.iter().flat_map(|asked| names.iter().map(move |named| (asked, named))) {
        let audience = format!("\"https://login.microsoftonline.com/{named}/oauth2/v2.0/token\"");
        let message =
            [identity().header().to_string(), claims(&[("aud", Some(audience))])].map(|part| bare(part.as_bytes()));
        let assertion = identity().sign(&message.join("."), &identity().header());
        let path = format!("/{asked}/oauth2/v2.0/token");
        let reply = post_form(&emulator, &path, &form(&fields(&assertion, EXCHANGE_SCOPE)));
        assert_eq!(reply.status, 200, "{named} at {asked}");
    }
}
