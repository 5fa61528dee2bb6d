//! One call of Microsoft Graph as data: the same for a plan and for its execution.

use crate::Privilege;
use serde::Serialize;
use serde_json::Value;
use std::fmt;

/// How a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(clippy::exhaustive_enums, reason = "the methods that Microsoft Graph knows for objects")]
pub enum Method {
    /// Looks.
    Get,
    /// Makes, or has something done.
    Post,
    /// Changes.
    Patch,
    /// Takes away.
    Delete,
}

impl Method {
    /// As it is sent.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A call of Microsoft Graph, complete but for the token.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Call {
    /// How it is made.
    pub method: Method,
    /// Path and query, after `/v1.0`.
    pub path: String,
    /// The `Prefer` header, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefer: Option<&'static str>,
    /// The body, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// What it asks of whoever sends it.
    pub needs: Privilege,
    /// The answer is a collection, which may come in pages.
    #[serde(skip)]
    pub(crate) collection: bool,
    /// The body sends back what a look showed.
    #[serde(skip)]
    pub(crate) sends_back: bool,
}

impl Call {
    pub(crate) fn get(path: String, needs: Privilege) -> Self {
        Self { method: Method::Get, path, prefer: None, body: None, needs, collection: false, sends_back: false }
    }

    pub(crate) fn list(path: String, needs: Privilege) -> Self {
        Self { collection: true, ..Self::get(path, needs) }
    }

    pub(crate) fn post(path: String, body: Value, needs: Privilege) -> Self {
        Self { method: Method::Post, body: Some(body), ..Self::get(path, needs) }
    }

    pub(crate) fn patch(path: String, body: Value, needs: Privilege) -> Self {
        Self { method: Method::Patch, body: Some(body), ..Self::get(path, needs) }
    }

    pub(crate) fn delete(path: String, needs: Privilege) -> Self {
        Self { method: Method::Delete, ..Self::get(path, needs) }
    }

    pub(crate) fn takes_away(&self) -> bool {
        self.method == Method::Delete
    }

    /// Whether it changes something.
    pub fn writes(&self) -> bool {
        self.method != Method::Get
    }

    /// Method and path without the query: what a message names it by.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path.split('?').next().unwrap_or_default())
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// A text as a literal of a filter: quotes doubled, and all but unreserved characters in hexadecimal.
pub(crate) fn literal(text: &str) -> String {
    format!("'{}'", encoded(&text.replace('\'', "''")))
}

/// A text as one segment of a path.
pub(crate) fn encoded(text: &str) -> String {
    let hex = |digit: u8| char::from(if digit < 10 { b'0' + digit } else { b'A' + digit - 10 });
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.extend(['%', hex(byte >> 4), hex(byte & 15)]);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_quoted_and_encoded() {
        assert_eq!(literal("O'Neil & Søn"), "'O%27%27Neil%20%26%20S%C3%B8n'");
    }

    proptest! {
        #[test]
        fn no_name_ends_its_literal(text: String) {
            let literal = literal(&text);
            let inner = literal.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')).unwrap();
            prop_assert!(inner.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~%".contains(&b)));
            prop_assert_eq!(inner.matches("%27").count() % 2, 0);
        }
    }
}
