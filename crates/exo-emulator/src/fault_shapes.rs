//! Answers that are given whole or bent on purpose: what a client must survive without trust in the server.

use std::time::Duration;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::faults::{Action, Fault, Link};

/// The challenge that is sent where none is given.
pub(crate) const CHALLENGE: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1780000000"}}}"#;

/// How a regular answer, a JSON object, is bent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A member has another value, given as JSON text that nobody checks.
    Member(String, String),
    /// A member is missing.
    Without(String),
    /// A member more, of so many bytes.
    Padded(usize),
    /// A member more, of so many arrays in each other.
    Nested(usize),
    /// The content type is another.
    Labelled(String),
}

impl Fault {
    /// The given bytes in place of the answer.
    ///
    /// ```
    /// use exo_emulator::Fault;
    ///
    /// let proxy = Fault::on_token().answer(503, "text/html", "<html>maintenance</html>");
    /// assert_eq!(proxy, "token answer=503:text/html:<html>maintenance</html>".parse()?);
    /// # Ok::<(), exo_emulator::Error>(())
    /// ```
    #[must_use]
    pub fn answer(self, status: u16, content_type: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        let body = Bytes::from(body.into());
        self.acting(Action::Answer { status, content_type: content_type.into(), body })
    }

    /// The answer with another value for a member, given as JSON text that is not checked.
    #[must_use]
    pub fn member(self, name: impl Into<String>, json: impl Into<String>) -> Self {
        self.acting(Action::Shape(Shape::Member(name.into(), json.into())))
    }

    /// The answer without a member.
    #[must_use]
    pub fn without_member(self, name: impl Into<String>) -> Self {
        self.acting(Action::Shape(Shape::Without(name.into())))
    }

    /// The answer with a member more that has so many bytes.
    #[must_use]
    pub fn padded(self, bytes: usize) -> Self {
        self.acting(Action::Shape(Shape::Padded(bytes)))
    }

    /// The answer with a member more that is so many arrays deep.
    #[must_use]
    pub fn nested(self, depth: usize) -> Self {
        self.acting(Action::Shape(Shape::Nested(depth)))
    }

    /// The answer under another content type.
    #[must_use]
    pub fn content_type(self, content_type: impl Into<String>) -> Self {
        self.acting(Action::Shape(Shape::Labelled(content_type.into())))
    }

    /// The answer, whatever it is, with this `Retry-After`.
    #[must_use]
    pub fn retry_after(mut self, value: impl Into<String>) -> Self {
        self.headers.push(("retry-after", value.into()));
        self
    }

    /// The answer, whatever it is, with this `Date` in place of the tenant's.
    #[must_use]
    pub fn date(mut self, value: impl Into<String>) -> Self {
        self.headers.push(("date", value.into()));
        self
    }

    /// The answer, whatever it is, in pieces of so many bytes with a pause behind each.
    #[must_use]
    pub const fn slow(mut self, bytes: usize, pause: Duration) -> Self {
        self.slow = Some((bytes, pause));
        self
    }

    /// The answer, whatever it is, with a `Date` that is so many seconds ahead of the tenant's clock.
    #[must_use]
    pub const fn skew(mut self, seconds: i64) -> Self {
        self.skew = seconds;
        self
    }

    /// The page with a link to itself in place of that to the next.
    #[must_use]
    pub fn repeated_link(self) -> Self {
        self.acting(Action::Link(Link::Repeated))
    }

    /// The page with a link that leads to another host, which may have a port.
    #[must_use]
    pub fn foreign_link(self, host: impl Into<String>) -> Self {
        self.acting(Action::Link(Link::Foreign(host.into())))
    }

    /// The page with a link that leads to another tenant.
    #[must_use]
    pub fn other_tenant_link(self, tenant: impl Into<String>) -> Self {
        self.acting(Action::Link(Link::OtherTenant(tenant.into())))
    }

    /// 401 with a claims challenge, every time until a token comes that was asked for with these `claims`.
    #[must_use]
    pub fn claims_challenge(self, claims: impl Into<String>) -> Self {
        self.always().acting(Action::Challenge(claims.into()))
    }
}

impl Shape {
    /// Bends an answer; one that is no JSON object only ever gets another content type.
    pub(crate) fn bend(&self, mut answer: Answer) -> Answer {
        if let Self::Labelled(kind) = self {
            answer.headers.retain(|(name, _)| *name != "content-type");
            return answer.with("content-type", kind.as_str());
        }
        if let Ok(Value::Object(members)) = serde_json::from_slice(&answer.body) {
            answer.body = self.members(members).into();
        }
        answer
    }

    fn members(&self, mut members: Map<String, Value>) -> Vec<u8> {
        let (name, value) = match self {
            Self::Member(name, json) => (name.as_str(), json.clone()),
            Self::Without(name) => {
                members.remove(name);
                return Value::Object(members).to_string().into_bytes();
            }
            Self::Padded(bytes) => ("padding", format!("\"{}\"", "x".repeat(*bytes))),
            Self::Nested(depth) => ("nested", format!("{}{}", "[".repeat(*depth), "]".repeat(*depth))),
            Self::Labelled(_) => return Value::Object(members).to_string().into_bytes(),
        };
        members.remove(name);
        let rest = Value::Object(members).to_string();
        let rest = rest.trim_start_matches('{');
        let comma = if rest == "}" { "" } else { "," };
        format!("{{{}:{value}{comma}{rest}", Value::from(name)).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bent(shape: &Shape, body: &'static str) -> String {
        String::from_utf8(shape.bend(Answer::json(200, body)).body.to_vec()).unwrap()
    }

    #[test]
    fn members_are_replaced_added_and_taken_away() {
        let member = |json: &str| Shape::Member("a".to_owned(), json.to_owned());
        assert_eq!(bent(&member("\"1\""), r#"{"a":1,"b":2}"#), r#"{"a":"1","b":2}"#);
        assert_eq!(bent(&member("nonsense"), "{}"), r#"{"a":nonsense}"#);
        assert_eq!(bent(&member("{}"), r#"{"b":{"a":1}}"#), r#"{"a":{},"b":{"a":1}}"#);
        assert_eq!(bent(&Shape::Without("a".to_owned()), r#"{"a":1,"b":2}"#), r#"{"b":2}"#);
        assert_eq!(bent(&Shape::Padded(3), r#"{"b":2}"#), r#"{"padding":"xxx","b":2}"#);
        assert_eq!(bent(&Shape::Nested(3), r#"{"b":2}"#), r#"{"nested":[[[]]],"b":2}"#);
        assert_eq!(bent(&Shape::Padded(3), "[1]"), "[1]");
    }

    #[test]
    fn a_label_takes_the_place_of_the_other() {
        let answer = Shape::Labelled("text/html".to_owned()).bend(Answer::json(200, "{}").with("x", "y"));
        assert_eq!(answer.headers, [("x", "y".to_owned()), ("content-type", "text/html".to_owned())]);
    }
}
