//! Refusals of the token service: code, OAuth error, status, and the JSON that carries them.

use serde::Serialize;

/// A refusal, before it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: u32,
    pub(crate) error: &'static str,
    pub(crate) status: u16,
    pub(crate) text: String,
}

/// One code: how it is answered, and what is said where nothing closer is known.
struct Entry {
    code: u32,
    error: &'static str,
    status: u16,
    text: &'static str,
}

const fn entry(code: u32, error: &'static str, status: u16, text: &'static str) -> Entry {
    Entry { code, error, status, text }
}

/// Every code that an app with a certificate may meet. Where no report tells error and status, they are those
/// of the codes of the same kind: 401 goes with `invalid_client`, 400 with the rest.
const CODES: [Entry; 64] = [
    // Tenant and cloud.
    entry(
        50_034,
        "invalid_grant",
        400,
        "The user account does not exist in the directory. To sign into this application, the account must be added \
         to the directory.",
    ),
    entry(50_049, "invalid_instance", 400, "Unknown or invalid instance."),
    entry(
        90_002,
        "invalid_request",
        400,
        "Tenant not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.",
    ),
    entry(
        90_038,
        "invalid_request",
        400,
        "The specified tenant belongs to another National Cloud. The current cloud instance does not federate with \
         it.",
    ),
    entry(900_021, "invalid_request", 400, "Requested tenant identifier is not valid."),
    entry(
        900_023,
        "invalid_request",
        400,
        "Specified tenant identifier is neither a valid DNS name, nor a valid external domain.",
    ),
    entry(900_382, "invalid_request", 400, "Confidential Client is not supported in Cross Cloud request."),
    entry(900_432, "invalid_request", 400, "Confidential Client is not supported in Cross Cloud request."),
    // Application.
    entry(
        70_001,
        "unauthorized_client",
        400,
        "The application was not found in the directory, or has not been installed by its administrator.",
    ),
    entry(700_011, "unauthorized_client", 400, "Application with this identifier was not found in the directory."),
    entry(700_016, "unauthorized_client", 400, "Application with this identifier was not found in the directory."),
    entry(
        700_025,
        "invalid_client",
        401,
        "Client is public so neither 'client_assertion' nor 'client_secret' should be presented.",
    ),
    entry(
        1_000_031,
        "unauthorized_client",
        400,
        "The application cannot be accessed at this time. Contact your administrator.",
    ),
    entry(7_000_112, "unauthorized_client", 400, "Application is disabled."),
    entry(7_000_215, "invalid_client", 401, "Invalid client secret provided."),
    entry(
        7_000_216,
        "invalid_client",
        401,
        "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' grant type.",
    ),
    entry(
        7_000_218,
        "invalid_client",
        401,
        "The request body must contain the following parameter: 'client_assertion' or 'client_secret'.",
    ),
    entry(7_000_222, "invalid_client", 401, "The provided client secret keys for the app are expired."),
    entry(7_000_229, "invalid_client", 401, "The client application is missing service principal in the tenant."),
    // Certificate and assertion.
    entry(50_012, "invalid_client", 401, "Authentication failed."),
    entry(50_027, "invalid_request", 400, "JWT token is invalid or malformed."),
    entry(50_171, "invalid_request", 400, "The given audience can only be used in Mutual-TLS token calls."),
    entry(90_014, "invalid_request", 400, "A required field is missing from the credential."),
    entry(392_200, "invalid_request", 400, "Client certificate is missing from the request."),
    entry(392_204, "invalid_request", 400, "Client certificate of the request was not accepted."),
    entry(
        500_181,
        "invalid_client",
        401,
        "The TLS certificate provided does not match the certificate in the assertion.",
    ),
    entry(
        700_021,
        "invalid_client",
        401,
        "Client assertion application identifier doesn't match 'client_id' parameter.",
    ),
    entry(700_023, "invalid_client", 401, "Client assertion audience claim does not match Realm issuer."),
    entry(700_024, "invalid_client", 401, "Client assertion is not within its valid time range."),
    entry(
        700_027,
        "invalid_client",
        401,
        "The certificate with identifier used to sign the client assertion is not registered on application. [Reason \
         - The key was not found.]",
    ),
    entry(700_030, "invalid_client", 401, "Invalid certificate - subject name in certificate is not authorized."),
    entry(
        5_002_723,
        "invalid_client",
        401,
        "Client assertion must contain one of: SHA-1 thumbprint, SHA-256 thumbprint, key id.",
    ),
    entry(5_002_730, "invalid_request", 400, "Invalid JWT token. Unsupported key for the signing algorithm."),
    entry(
        5_002_738,
        "invalid_client",
        401,
        "The algorithm of the client assertion is not a supported signature algorithm.",
    ),
    // Scope and permission.
    entry(
        28_002,
        "invalid_scope",
        400,
        "Provided value for the input parameter scope is not valid when requesting an access token. Please specify a \
         valid scope.",
    ),
    entry(
        28_003,
        "invalid_scope",
        400,
        "Provided value for the input parameter scope cannot be empty when requesting an access token.",
    ),
    entry(50_001, "invalid_resource", 400, "The resource principal was not found in the tenant."),
    entry(
        65_001,
        "invalid_grant",
        400,
        "The user or administrator has not consented to use the application. Send an interactive authorization \
         request for this user and resource.",
    ),
    entry(70_003, "unsupported_grant_type", 400, "The app requested an unsupported grant type."),
    entry(70_011, "invalid_scope", 400, "The provided value for the input parameter 'scope' is not valid."),
    entry(
        100_007,
        "invalid_request",
        400,
        "AAD Regional ONLY supports auth either for MSIs OR for requests from MSAL using SN+I.",
    ),
    entry(500_011, "invalid_resource", 400, "The resource principal was not found in the tenant."),
    entry(501_051, "invalid_grant", 400, "Application is not assigned to a role for the application."),
    entry(
        650_052,
        "invalid_resource",
        400,
        "The app needs access to a service that your organization has not subscribed to or enabled.",
    ),
    entry(
        650_056,
        "unauthorized_client",
        400,
        "Misconfigured application. The client has not listed any permissions in the requested permissions in the \
         client's application registration.",
    ),
    entry(
        650_057,
        "invalid_resource",
        400,
        "Invalid resource. The client has requested access to a resource which is not listed in the requested \
         permissions in the client's application registration.",
    ),
    entry(
        700_022,
        "invalid_scope",
        400,
        "The provided value for the input parameter scope is not valid because it contains more than one resource.",
    ),
    entry(900_144, "invalid_request", 400, "The request body must contain a parameter that it does not."),
    entry(901_002, "invalid_request", 400, "The 'resource' request parameter is not supported. Use 'scope' instead."),
    entry(
        1_002_012,
        "invalid_scope",
        400,
        "The provided value for scope is not valid. Client credential flows must have a scope value with /.default \
         suffixed to the resource identifier (application ID URI).",
    ),
    entry(9_002_313, "invalid_request", 400, "Invalid request. Request is malformed or invalid."),
    // Policy.
    entry(
        50_196,
        "invalid_grant",
        400,
        "The server terminated an operation because it encountered a client request loop. Please contact your app \
         vendor.",
    ),
    entry(
        53_003,
        "invalid_grant",
        400,
        "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    ),
    entry(90_024, "temporarily_unavailable", 503, "A transient error has occurred. Please try again."),
    entry(90_033, "temporarily_unavailable", 503, "A transient error has occurred. Please try again."),
    entry(90_055, "temporarily_unavailable", 429, "The request exceeded the allowed rate. Try again later."),
    entry(530_032, "invalid_grant", 400, "Access has been blocked by a security policy of the tenant."),
    entry(530_035, "invalid_grant", 400, "Access has been blocked by security defaults."),
    // Federated credential.
    entry(70_021, "invalid_request", 400, "No matching federated identity record found for presented assertion."),
    entry(
        700_211,
        "invalid_client",
        401,
        "No matching federated identity record found for presented assertion issuer.",
    ),
    entry(
        700_212,
        "invalid_client",
        401,
        "No matching federated identity record found for presented assertion audience.",
    ),
    entry(
        700_213,
        "invalid_client",
        401,
        "No matching federated identity record found for presented assertion subject.",
    ),
    entry(700_222, "invalid_client", 401, "Tokens of this issuer may not be used for federated identity flows."),
    entry(
        700_229,
        "invalid_client",
        401,
        "Only app tokens can be used as federated identity credentials for this issuer.",
    ),
];

/// The policy that a block by Conditional Access names; no challenge that an app could answer.
const POLICY: &str =
    r#"{"access_token":{"capolids":{"essential":true,"values":["a9c1b6de-0a1f-4a0e-9d37-6c2b9a1f5e70"]}}}"#;

/// All codes, in the order of the table.
pub(crate) fn codes() -> impl Iterator<Item = u32> {
    CODES.iter().map(|entry| entry.code)
}

impl Refusal {
    pub(crate) fn new(code: u32, text: impl Into<String>) -> Self {
        let (error, status) = find(code).map_or(("invalid_request", 400), |entry| (entry.error, entry.status));
        Self { code, error, status, text: text.into() }
    }

    /// A refusal in the general words of its code.
    pub(crate) fn plain(code: u32) -> Self {
        Self::new(code, find(code).map_or("The emulator was told to refuse this request.", |entry| entry.text))
    }

    /// The same with another OAuth error; the discovery endpoints use their own.
    pub(crate) const fn called(mut self, error: &'static str) -> Self {
        self.error = error;
        self
    }

    /// The JSON body.
    pub(crate) fn body(&self, about: &About<'_>) -> Vec<u8> {
        let Self { code, error, text, .. } = self;
        let About { trace, correlation, timestamp, host } = about;
        let blocked = *code == 53_003;
        let shown = Shown {
            error,
            error_description: format!(
                "AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}"
            ),
            error_codes: [*code],
            timestamp,
            trace_id: trace,
            correlation_id: correlation,
            error_uri: format!("https://{host}/error?code={code}"),
            suberror: blocked.then_some("message_only"),
            claims: blocked.then_some(POLICY),
        };
        serde_json::to_vec(&shown).unwrap_or_default()
    }
}

fn find(code: u32) -> Option<&'static Entry> {
    CODES.iter().find(|entry| entry.code == code)
}

/// What a refusal says of the request that it answers.
pub(crate) struct About<'a> {
    pub(crate) trace: &'a str,
    pub(crate) correlation: &'a str,
    pub(crate) timestamp: &'a str,
    pub(crate) host: &'a str,
}

#[derive(Serialize)]
struct Shown<'a> {
    error: &'a str,
    error_description: String,
    error_codes: [u32; 1],
    timestamp: &'a str,
    trace_id: &'a str,
    correlation_id: &'a str,
    error_uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    suberror: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<&'a str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_carries_its_code_in_three_places() {
        let about = About { trace: "t", correlation: "c", timestamp: "2026-11-20 10:11:12Z", host: "h:1" };
        let body = Refusal::new(700_027, "The key was not found.").body(&about);
        let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(value["error"], "invalid_client");
        assert_eq!(value["error_codes"], serde_json::json!([700_027]));
        assert_eq!(value["error_uri"], "https://h:1/error?code=700027");
        assert_eq!(
            value["error_description"],
            "AADSTS700027: The key was not found. Trace ID: t Correlation ID: c Timestamp: 2026-11-20 10:11:12Z"
        );
        assert!(value.get("suberror").is_none());
    }

    #[test]
    fn a_code_stands_in_the_table_once_and_its_status_fits_its_error() {
        let all: Vec<u32> = codes().collect();
        for (place, entry) in CODES.iter().enumerate() {
            assert!(!all[..place].contains(&entry.code), "{}", entry.code);
            assert_eq!(entry.error == "invalid_client", entry.status == 401, "{}", entry.code);
            assert_eq!(entry.error == "temporarily_unavailable", entry.status > 401, "{}", entry.code);
        }
    }

    #[test]
    fn a_block_names_its_policy_and_a_code_that_nobody_knows_is_a_bad_request() {
        let about = About { trace: "t", correlation: "c", timestamp: "now", host: "h" };
        let value: serde_json::Value = serde_json::from_slice(&Refusal::plain(53_003).body(&about)).unwrap();
        assert_eq!(value["suberror"], "message_only");
        let policy: serde_json::Value = serde_json::from_str(value["claims"].as_str().unwrap()).unwrap();
        assert_eq!(policy["access_token"]["capolids"]["essential"], true);
        let unknown = Refusal::plain(1);
        assert_eq!((unknown.error, unknown.status), ("invalid_request", 400));
    }
}
