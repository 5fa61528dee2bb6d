//! The token service's codes: what each means to an app with a certificate, and what to do.
//!
//! Sources: Microsoft's error code reference, and answers of the service that public libraries and issues carry.

use crate::SetupStep::{self, Attach, Certificate, Permission, Register};

/// A code of the token service, such as 700027.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Aadsts {
    /// The number after `AADSTS`.
    pub code: u32,
    /// What it means.
    pub cause: &'static str,
    /// The set-up steps to look at, the likeliest first; empty where no step is to blame.
    pub steps: &'static [SetupStep],
    /// What to do.
    pub remedy: &'static str,
}

impl Aadsts {
    /// All codes that are explained, in ascending order.
    pub const ALL: &'static [Self] = TABLE;

    /// What is known of a code.
    pub fn find(code: u32) -> Option<&'static Self> {
        TABLE.binary_search_by_key(&code, |entry| entry.code).ok().and_then(|index| TABLE.get(index))
    }
}

const fn row(code: u32, cause: &'static str, steps: &'static [SetupStep], remedy: &'static str) -> Aadsts {
    Aadsts { code, cause, steps, remedy }
}

const CLIENT_FAULT: &str = "this is a fault in the client; report it with the trace id";
const ADMINISTRATOR: &str = "ask the tenant's administrator which Conditional Access policy blocks the app, by place or by risk; asking again does not help, and managed identities are exempt";
const DEFAULTS: &str = "ask the tenant's administrator; asking again does not help";
const BUSY: &str = "wait a few minutes and try again";
const OTHER_CLOUD: &str = "choose the cloud that the tenant lives in";
const SCOPE: &str = "ask for one resource, as `https://outlook.office365.com/.default`";
const FEDERATED: &str = "compare issuer, subject and audience of the token with the app's federated credential; a new one is known everywhere after some minutes";
const CONSENT: &str = "add Exchange.ManageAsApp to the app's API permissions and grant admin consent";
const NO_RESOURCE: &str = "check the cloud and the resource; if both are right, the tenant may never have had Exchange Online, or the resource's enterprise application must be created";
const NO_SECRET: &str = "use a certificate, not a client secret";

/// In ascending order of the codes.
const TABLE: &[Aadsts] = &[
    row(28002, "the scope is malformed", &[], SCOPE),
    row(28003, "the scope is empty", &[], SCOPE),
    row(50001, "the resource has no service principal in this tenant", &[Permission], NO_RESOURCE),
    row(
        50012,
        "the assertion was not accepted",
        &[Attach, Certificate],
        "compare the certificate's thumbprint with those of the app registration; if they agree, check that the private key belongs to it, and do not send the certificate chain",
    ),
    row(50027, "the assertion is malformed", &[], CLIENT_FAULT),
    row(
        50034,
        "no such user: a sign-in for users was used",
        &[],
        "use a certificate credential; an app-only sign-in has no user",
    ),
    row(
        50049,
        "the sign-in host is not known",
        &[],
        "check the address of the sign-in host, or choose the cloud instead",
    ),
    row(50171, "the credential is bound to another way of signing in", &[], CLIENT_FAULT),
    row(50196, "too many identical requests in a row", &[], BUSY),
    row(53003, "Conditional Access blocks the app", &[], ADMINISTRATOR),
    row(65001, "consent is missing", &[Permission], CONSENT),
    row(
        70001,
        "the app is not available in this tenant",
        &[Register, Permission],
        "check app id and tenant, and grant admin consent",
    ),
    row(70003, "the grant is not known", &[], CLIENT_FAULT),
    row(70011, "the scope is not valid", &[], SCOPE),
    row(70021, "no federated credential of the app matches the token", &[], FEDERATED),
    row(
        90002,
        "the tenant does not exist in this cloud, or has no subscription",
        &[],
        "check the tenant's name, and the cloud it lives in",
    ),
    row(90014, "a field of the request is missing", &[], CLIENT_FAULT),
    row(90024, "the token service is busy", &[], BUSY),
    row(90033, "the token service is not available for now", &[], BUSY),
    row(90038, "the tenant lives in another national cloud", &[], OTHER_CLOUD),
    row(90055, "the tenant sends too many requests", &[], BUSY),
    row(100_007, "regional sign-in hosts are not for this app", &[], "use the global sign-in host"),
    row(392_200, "a TLS client certificate was expected", &[], CLIENT_FAULT),
    row(392_204, "a TLS client certificate was expected", &[], CLIENT_FAULT),
    row(500_011, "the resource has no service principal in this tenant", &[Permission], NO_RESOURCE),
    row(500_181, "a TLS client certificate was not accepted", &[], CLIENT_FAULT),
    row(501_051, "the app has no role on a resource that demands one", &[Permission], CONSENT),
    row(530_032, "a security policy of the tenant blocks the app", &[], DEFAULTS),
    row(530_035, "the tenant's security defaults block the app", &[], DEFAULTS),
    row(
        650_052,
        "the tenant lacks the service that is asked for",
        &[Permission],
        "check that the tenant has Exchange Online",
    ),
    row(650_056, "the app registration is misconfigured", &[Permission], CONSENT),
    row(650_057, "the resource is not among the app's API permissions", &[Permission], CONSENT),
    row(
        700_011,
        "the app is not available in this tenant",
        &[Register, Permission],
        "check app id and tenant, and grant admin consent",
    ),
    row(
        700_016,
        "the app is not known in this tenant",
        &[Register],
        "check that the app id is the application (client) id, not an object id, and that the app is registered in, or consented to by, this tenant",
    ),
    row(700_021, "the assertion is not the app's own", &[], CLIENT_FAULT),
    row(700_022, "several resources were asked for at once", &[], SCOPE),
    row(
        700_023,
        "the assertion is meant for another sign-in host",
        &[],
        "check that the tenant lives in the cloud that was chosen, and the tenant's name",
    ),
    row(
        700_024,
        "the assertion is outside its time",
        &[],
        "set this machine's clock; a token of another issuer must not have expired",
    ),
    row(
        700_025,
        "the app is registered as a public client",
        &[Register],
        "turn off `Allow public client flows` in the app registration",
    ),
    row(
        700_027,
        "the certificate is not one of the app's",
        &[Attach, Certificate],
        "compare the certificate's thumbprint with those of the app registration; after an upload it takes some minutes",
    ),
    row(700_030, "the certificate's subject name is not allowed", &[Attach], "do not send the certificate chain"),
    row(
        700_211,
        "the token's issuer matches no federated credential of the app",
        &[],
        "compare the token's `iss` with the issuer of the app's federated credential, to the last slash; a new one is known everywhere after some minutes",
    ),
    row(
        700_212,
        "the token's audience matches no federated credential of the app",
        &[],
        "ask the issuer for a token for the audience of the app's federated credential, which is api://AzureADTokenExchange in the worldwide cloud; a new one is known everywhere after some minutes",
    ),
    row(
        700_213,
        "the token's subject matches no federated credential of the app",
        &[],
        "compare the token's `sub` (repository and branch, service account, service connection) with the subject of the app's federated credential, in upper and lower case; a new one is known everywhere after some minutes",
    ),
    row(
        700_222,
        "tokens of this issuer are not taken as assertions",
        &[],
        "a token of Entra ID itself vouches for an app only if it is a managed identity's; take the token of another issuer, or a certificate",
    ),
    row(
        700_229,
        "this kind of token is not taken as assertion",
        &[],
        "of Entra ID's own tokens only an app-only one vouches for an app, such as a managed identity's, and never a user's",
    ),
    row(
        900_021,
        "the tenant is neither a GUID nor a domain",
        &[],
        "give the tenant's initial domain, such as contoso.onmicrosoft.com, or its GUID",
    ),
    row(
        900_023,
        "the tenant is neither a GUID nor a domain",
        &[],
        "give the tenant's initial domain, such as contoso.onmicrosoft.com, or its GUID",
    ),
    row(900_144, "a field of the request is missing", &[], CLIENT_FAULT),
    row(900_382, "the tenant lives in another national cloud", &[], OTHER_CLOUD),
    row(900_432, "this kind of app cannot sign in across clouds", &[], OTHER_CLOUD),
    row(901_002, "a field of the old endpoint was sent to the new one", &[], CLIENT_FAULT),
    row(
        1_000_031,
        "the app is not available in this tenant",
        &[Register, Permission],
        "check app id and tenant, and grant admin consent",
    ),
    row(1_002_012, "the scope is not of the form that apps need", &[], SCOPE),
    row(5_002_723, "the assertion names no certificate", &[], CLIENT_FAULT),
    row(5_002_730, "the key cannot be used with the algorithm", &[], "sign with RS256 instead of PS256"),
    row(5_002_738, "the algorithm is not supported", &[], "sign with PS256 or RS256"),
    row(
        7_000_112,
        "the app is disabled in this tenant",
        &[Register],
        "enable sign-in for the enterprise application; an app of Microsoft's own may not be used at all",
    ),
    row(7_000_215, "a client secret was sent, and it is wrong", &[Certificate, Attach], NO_SECRET),
    row(7_000_216, "the request carries no credential", &[], CLIENT_FAULT),
    row(7_000_218, "the request carries no credential", &[], CLIENT_FAULT),
    row(7_000_222, "a client secret was sent, and it has expired", &[Certificate, Attach], NO_SECRET),
    row(
        7_000_229,
        "the app is registered but has no service principal in this tenant",
        &[Permission, Register],
        "grant admin consent, which creates the enterprise application",
    ),
    row(9_002_313, "the request is malformed", &[], CLIENT_FAULT),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_every_code_is_found() {
        assert!(TABLE.windows(2).all(|pair| pair[0].code < pair[1].code));
        for entry in TABLE {
            assert_eq!(Aadsts::find(entry.code), Some(entry));
        }
        assert_eq!(Aadsts::find(1), None);
    }

    #[test]
    fn texts_read_after_a_colon() {
        for entry in TABLE {
            for text in [entry.cause, entry.remedy] {
                assert!(!text.is_empty() && !text.ends_with('.'), "{}", entry.code);
            }
        }
    }
}
