//! Errors of the admin API, and the JSON that carries them.

use std::borrow::Cow;

use serde_json::{Value, json};

/// An error of a cmdlet, before it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CmdletError {
    pub(crate) status: u16,
    /// `error.message`, the general sentence.
    message: Cow<'static, str>,
    /// The id of the localized text, such as `Ex6F9304`; may be empty.
    id: &'static str,
    exception: String,
    pub(crate) text: String,
    /// Whether `details` is there.
    detailed: bool,
}

const EXECUTING: &str = "Error executing cmdlet";
const INVALID: &str = "Invalid Operation";

impl CmdletError {
    pub(crate) fn new(status: u16, exception: &str, text: impl Into<String>) -> Self {
        Self {
            status,
            message: EXECUTING.into(),
            id: "",
            exception: exception.to_owned(),
            text: text.into(),
            detailed: true,
        }
    }

    /// A parameter that the cmdlet does not have, or parameters that do not go together.
    pub(crate) fn ambiguous() -> Self {
        let exception = "Microsoft.Exchange.AdminApi.CommandInvocation.AmbiguousParameterSetException";
        let text = "Parameter set cannot be resolved using the specified named parameters. One or more parameters \
                    issued cannot be used together or an insufficient number of parameters were provided.";
        Self::new(400, exception, text)
    }

    /// A value that is not of the parameter's type.
    pub(crate) fn transformation(parameter: &str, value: &str) -> Self {
        let exception = "Microsoft.Exchange.AdminApi.CommandInvocation.ParameterTransformationException";
        let text = format!(
            "Cannot process argument transformation on parameter '{parameter}'. Cannot convert value {value} to the \
             type of the parameter."
        );
        Self { message: INVALID.into(), detailed: false, ..Self::new(400, exception, text) }
    }

    /// A parameter that must be there.
    pub(crate) fn missing(parameter: &str) -> Self {
        let exception = "Microsoft.Exchange.AdminApi.CommandInvocation.MissingMandatoryParameterException";
        let text = format!("Cannot process command because of one or more missing mandatory parameters: {parameter}.");
        Self { message: INVALID.into(), ..Self::new(400, exception, text) }
    }

    /// An object that is not there.
    pub(crate) fn not_found(identity: &str) -> Self {
        let exception = "Microsoft.Exchange.Configuration.Tasks.ManagementObjectNotFoundException";
        let text = format!(
            "The operation couldn't be performed because object '{identity}' couldn't be found on \
             'AM0PR02A001DC01.EURPR02A001.PROD.OUTLOOK.COM'."
        );
        Self { id: "Ex6F9304", ..Self::new(404, exception, text) }
    }

    /// An address that is somebody else's already.
    pub(crate) fn exists(identity: &str) -> Self {
        let exception = "Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException";
        let text = format!("The proxy address \"{identity}\" is already being used by another recipient.");
        Self::new(400, exception, text)
    }

    /// An object that is there already under one of its names.
    pub(crate) fn object_exists(name: &str) -> Self {
        let exception = "Microsoft.Exchange.Data.Directory.ADObjectAlreadyExistsException";
        let text = format!(
            "Active Directory operation failed on AM0PR02A001DC01.EURPR02A001.PROD.OUTLOOK.COM. The object 'CN={name}' \
             already exists."
        );
        Self::new(400, exception, text)
    }

    /// Somebody who is in the group already.
    pub(crate) fn already_member(member: &str, group: &str) -> Self {
        let exception = "Microsoft.Exchange.Management.Tasks.MemberAlreadyExistsException";
        Self::new(400, exception, format!("The recipient \"{member}\" is already a member of the group \"{group}\"."))
    }

    /// Somebody who is not in the group.
    pub(crate) fn not_member(member: &str, group: &str) -> Self {
        let exception = "Microsoft.Exchange.Management.Tasks.MemberNotFoundException";
        Self::new(400, exception, format!("The recipient \"{member}\" isn't a member of the group \"{group}\"."))
    }

    /// An object that the caller's roles may change others than.
    pub(crate) fn out_of_scope(name: &str) -> Self {
        let exception = "Microsoft.Exchange.Data.Directory.ADScopeException";
        let text = format!("'{name}' isn't within your current write scopes. Can't perform save operation.");
        Self::new(400, exception, text)
    }

    /// A read by noun whose cmdlet the caller may not run; the text stands in `error.message` alone.
    pub(crate) fn not_allowed(cmdlet: &str) -> Self {
        let exception = "Microsoft.Exchange.Admin.OData.Core.ODataServiceException";
        let text = format!("User is not allowed to call {cmdlet}");
        Self { message: text.clone().into(), detailed: false, ..Self::new(401, exception, text) }
    }

    /// A link to a page that is too old, or that reached another back end.
    pub(crate) fn expired_page() -> Self {
        let text = "Expired or Invalid pagination request. Default Expiry time is 00:30:00";
        Self::new(400, "System.Exception", text)
    }

    /// An app that no role lets in.
    pub(crate) fn no_role(app: &str) -> Self {
        let exception = "System.UnauthorizedAccessException";
        let text = format!(
            "The role assigned to application {app} isn't supported in this scenario. Please check online \
             documentation for assigning correct Directory Roles to Azure AD Application for EXO App-Only \
             Authentication."
        );
        Self::new(403, exception, text)
    }

    /// A body that is not understood.
    pub(crate) fn malformed(text: &str) -> Self {
        let exception = "Microsoft.Exchange.Admin.OData.Core.ODataServiceException";
        Self { message: INVALID.into(), ..Self::new(400, exception, text) }
    }

    pub(crate) fn body(&self) -> Vec<u8> {
        let Self { status, message, id, exception, text, detailed } = self;
        let mut error = json!({
            "code": code(*status),
            "message": message,
            "innererror": {
                "message": message,
                "type": "Microsoft.Exchange.Admin.OData.Core.ODataServiceException",
                "stacktrace": "",
                "internalexception": { "message": text, "type": exception, "stacktrace": "" },
            },
            "adminapi.warnings@odata.type": "#Collection(String)",
            "@adminapi.warnings": [],
        });
        if *detailed && let Some(members) = error.as_object_mut() {
            let line = format!("{id}|{exception}|{text}");
            let detail = json!([{ "code": "Context", "target": "", "message": line }]);
            drop(members.insert("details".to_owned(), detail));
        }
        ascii(&json!({ "error": error }))
    }
}

/// JSON with everything beyond ASCII escaped, as the service writes it.
fn ascii(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    for c in value.to_string().chars() {
        if c.is_ascii() {
            out.extend(u8::try_from(c));
        } else {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(format!("\\u{unit:04X}").as_bytes());
            }
        }
    }
    out
}

/// The name of a status, as `error.code` has it.
pub(crate) const fn code(status: u16) -> &'static str {
    match status {
        400 => "BadRequest",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "NotFound",
        405 => "MethodNotAllowed",
        408 => "RequestTimeout",
        429 => "TooManyRequests",
        502 => "BadGateway",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        _ => "InternalServerError",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_detail_has_three_parts() {
        let value: Value = serde_json::from_slice(&CmdletError::not_found("n\u{f6}body").body()).unwrap();
        assert_eq!(value["error"]["code"], "NotFound");
        let message = value["error"]["details"][0]["message"].as_str().unwrap();
        let parts: Vec<&str> = message.splitn(3, '|').collect();
        assert_eq!(parts[0], "Ex6F9304");
        assert!(parts[1].ends_with("ManagementObjectNotFoundException"));
        assert!(parts[2].contains("'n\u{f6}body'"));
        assert!(CmdletError::not_found("n\u{f6}body").body().is_ascii());
    }

    #[test]
    fn a_transformation_has_no_details() {
        let body = CmdletError::transformation("ResultSize", "\"x\"").body();
        let value: Value = serde_json::from_slice(&body).unwrap();
        assert!(value["error"].get("details").is_none());
        let inner = &value["error"]["innererror"]["internalexception"];
        assert!(inner["type"].as_str().unwrap().ends_with("ParameterTransformationException"));
    }
}
