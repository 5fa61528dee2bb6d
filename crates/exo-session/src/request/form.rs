//! What a request is for beside a page of records: the list of cmdlets, and calls that travel together.

use super::{Call, Caller, LARGEST_PAGE, headers};
use crate::Error;
use bytes::Bytes;
use exo_catalog::Access;
use exo_model::{CmdletName, Origin, ReadPath};
use http::{HeaderValue, Method, header};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// What a request is for, which decides its method, what it prefers, and how its answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A page of records.
    Cmdlet,
    /// A page of the objects of a noun, or the one object itself.
    Noun { one: bool },
    /// The list of cmdlets that the service offers.
    Offer,
    /// Up to ten calls.
    Batch,
}

impl Form {
    pub(super) fn method(self) -> Method {
        match self {
            Self::Offer | Self::Noun { .. } => Method::GET,
            Self::Cmdlet | Self::Batch => Method::POST,
        }
    }

    /// The value of `Prefer`.
    pub(super) fn preference(self, size: u16) -> Option<String> {
        match self {
            Self::Cmdlet | Self::Noun { .. } => Some(format!("odata.maxpagesize={size}")),
            Self::Batch => Some("odata.continue-on-error".to_owned()),
            Self::Offer => None,
        }
    }
}

impl Call {
    /// Asks which cmdlets the service offers.
    pub(crate) fn offer(caller: &Caller) -> Result<Self, Error> {
        let cmdlet = LIST.clone();
        let mut headers = headers(caller, &cmdlet)?;
        for of_a_cmdlet in ["x-cmdletname", "x-responseformat", header::CONTENT_TYPE.as_str()] {
            headers.remove(of_a_cmdlet);
        }
        // All cmdlets; a list of names would make the service leave out the others.
        headers.insert("commandname", HeaderValue::from_static("*"));
        Ok(Self {
            path: format!("/adminapi/v1.0/{}/EXOModuleFile?Version=3.4.0", caller.tenant_in_url()),
            form: Form::Offer,
            read_path: ReadPath::default(),
            access: Access::Read,
            limit: None,
            page_size: LARGEST_PAGE,
            mailbox: None,
            body: Bytes::new(),
            headers,
            cmdlet,
        })
    }

    /// One request for all these calls, on this host.
    pub(crate) fn batch<'a>(
        caller: &Caller,
        host: &Origin,
        calls: impl Iterator<Item = &'a Self>,
    ) -> Result<Self, Error> {
        let (mut body, mut access, mut lead) = (br#"{"requests":["#.to_vec(), Access::Read, None);
        for (id, call) in calls.enumerate() {
            if id > 0 {
                body.push(b',');
            }
            call.item(&mut body, id, host);
            if call.access == Access::Write {
                access = Access::Write;
            }
            lead.get_or_insert(call);
        }
        body.extend_from_slice(b"]}");
        let cmdlet = lead.map_or_else(|| LIST.clone(), |call| call.cmdlet.clone());
        let mut headers = headers(caller, &cmdlet)?;
        for of_a_cmdlet in ["x-cmdletname", "x-responseformat"] {
            headers.remove(of_a_cmdlet);
        }
        // The calls of a batch share their id, and so does what carries them.
        if let Some(id) = lead.and_then(|call| call.headers.get(REQUEST_ID)) {
            headers.insert(REQUEST_ID, id.clone());
        }
        Ok(Self {
            path: format!("/adminapi/beta/{}/$batch", caller.tenant_in_url()),
            form: Form::Batch,
            read_path: ReadPath::default(),
            limit: None,
            page_size: LARGEST_PAGE,
            mailbox: None,
            body: body.into(),
            access,
            headers,
            cmdlet,
        })
    }

    /// Whether it can be an item of a batch: what other paths take in one is not known.
    pub(crate) fn may_travel(&self) -> bool {
        self.read_path == ReadPath::InvokeCommand
    }

    /// Gives the call the id of others that belong to it.
    pub(crate) fn identified(&mut self, id: &HeaderValue) {
        self.headers.insert(REQUEST_ID, id.clone());
    }

    /// The call as an element of a batch.
    ///
    /// It has no token of its own: that of the request which carries it serves, and no body then holds one.
    fn item(&self, out: &mut Vec<u8>, id: usize, host: &Origin) {
        let size = self.limit.and_then(|limit| u16::try_from(limit).ok()).unwrap_or(LARGEST_PAGE).min(self.page_size);
        let mut headers: Map<String, Value> = self
            .headers
            .iter()
            .filter(|(name, _)| *name != header::USER_AGENT)
            .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.into())))
            .collect();
        headers.insert("prefer".to_owned(), format!("odata.maxpagesize={size};odata.continue-on-error").into());
        let url = format!("{host}{}", self.path);
        let around = json!({ "id": id.to_string(), "method": "POST", "url": url, "headers": headers }).to_string();
        // The body is JSON already, and goes in as the last member.
        out.extend_from_slice(around.strip_suffix('}').unwrap_or(&around).as_bytes());
        out.extend_from_slice(br#","body":"#);
        out.extend_from_slice(&self.body);
        out.push(b'}');
    }
}

/// Calls in a batch at most.
pub(crate) const BATCH: usize = 10;

const REQUEST_ID: &str = "client-request-id";

/// The name under which the list of cmdlets stands in errors: PowerShell's own cmdlet for it.
#[expect(clippy::expect_used, reason = "a constant that is a name, as every test that asks for the list shows")]
pub(crate) static LIST: LazyLock<CmdletName> = LazyLock::new(|| "Get-Command".parse().expect("a cmdlet's name"));
