//! An app that calls cmdlets: its token, the envelope and the headers.

use exo_emulator::{Emulator, Tenant};
use serde_json::{Value, json};

use crate::client::*;

/// An app with a token for one of the services.
pub(crate) struct Caller<'a> {
    pub(crate) emulator: &'a Emulator,
    pub(crate) host: &'static str,
    pub(crate) token: String,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl<'a> Caller<'a> {
    pub(crate) fn exchange(emulator: &'a Emulator) -> Self {
        Self::new(emulator, "outlook.localhost", EXCHANGE_SCOPE)
    }

    pub(crate) fn compliance(emulator: &'a Emulator) -> Self {
        Self::new(emulator, "eur02b.ps.compliance.localhost", COMPLIANCE_SCOPE)
    }

    fn new(emulator: &'a Emulator, host: &'static str, scope: &str) -> Self {
        let headers = vec![("X-AnchorMailbox", ANCHOR.to_owned())];
        Self { emulator, host, token: token(emulator, scope), headers }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self
    }

    pub(crate) fn post(&self, path: &str, body: &str) -> std::io::Result<Reply> {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![("Content-Type", "application/json"), ("Authorization", bearer.as_str())];
        headers.extend(self.headers.iter().map(|(name, value)| (*name, value.as_str())));
        send(self.emulator, self.host, &format!("POST {path}"), &headers, body)
    }

    pub(crate) fn get(&self, path: &str) -> Reply {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![("Authorization", bearer.as_str())];
        headers.extend(self.headers.iter().map(|(name, value)| (*name, value.as_str())));
        send(self.emulator, self.host, &format!("GET {path}"), &headers, "").unwrap()
    }

    pub(crate) fn try_call(&self, cmdlet: &str, parameters: &Value) -> std::io::Result<Reply> {
        self.post(&path(""), &body(cmdlet, parameters))
    }

    pub(crate) fn call(&self, cmdlet: &str, parameters: Value) -> Reply {
        self.try_call(cmdlet, &parameters).unwrap()
    }

    /// The rows of a call that succeeds in one page.
    #[track_caller]
    pub(crate) fn rows(&self, cmdlet: &str, parameters: Value) -> Vec<Value> {
        let reply = self.call(cmdlet, parameters);
        assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
        let body = reply.json();
        assert!(body.get("@odata.nextLink").is_none());
        body["value"].as_array().unwrap().clone()
    }
}

pub(crate) fn path(query: &str) -> String {
    format!("/adminapi/beta/{TENANT}/InvokeCommand{query}")
}

pub(crate) fn body(cmdlet: &str, parameters: &Value) -> String {
    json!({"CmdletInput": {"CmdletName": cmdlet, "Parameters": parameters}}).to_string()
}

pub(crate) fn tenant() -> Tenant {
    Tenant::contoso().mailboxes(40).seed(7).app(full_app())
}
