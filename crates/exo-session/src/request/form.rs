//! What a request is for beside a page of records: the list of cmdlets.

use super::{Call, Caller, LARGEST_PAGE, headers};
use crate::Error;
use bytes::Bytes;
use exo_catalog::Access;
use exo_model::CmdletName;
use http::{HeaderValue, Method, header};
use std::sync::LazyLock;

/// What a request is for, which decides its method, what it prefers, and how its answer is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A page of records.
    Cmdlet,
    /// The list of cmdlets that the service offers.
    Offer,
}

impl Form {
    pub(super) fn method(self) -> Method {
        match self {
            Self::Offer => Method::GET,
            Self::Cmdlet => Method::POST,
        }
    }

    /// The value of `Prefer`.
    pub(super) fn preference(self, size: u16) -> Option<String> {
        match self {
            Self::Cmdlet => Some(format!("odata.maxpagesize={size}")),
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
            access: Access::Read,
            limit: None,
            page_size: LARGEST_PAGE,
            mailbox: None,
            body: Bytes::new(),
            headers,
            cmdlet,
        })
    }
}

/// The name under which the list of cmdlets stands in errors: PowerShell's own cmdlet for it.
#[expect(clippy::expect_used, reason = "a constant that is a name, as every test that asks for the list shows")]
pub(crate) static LIST: LazyLock<CmdletName> = LazyLock::new(|| "Get-Command".parse().expect("a cmdlet's name"));
