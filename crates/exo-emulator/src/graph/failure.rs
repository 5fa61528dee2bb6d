//! Refusals of Microsoft Graph, in its shape.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::clock::Civil;
use crate::request::Request;
use crate::world::World;

/// A refusal, before it is printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) detail: Option<(&'static str, &'static str)>,
}

impl Failure {
    pub(crate) fn new(status: u16, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), detail: None }
    }

    /// A body or a query that cannot be taken.
    pub(crate) fn bad(message: impl Into<String>) -> Self {
        Self::new(400, "Request_BadRequest", message)
    }

    /// An object that is not there, or not seen yet.
    pub(crate) fn not_found(id: &str) -> Self {
        let message =
            format!("Resource '{id}' does not exist or one of its queried reference-property objects are not present.");
        Self::new(404, "Request_ResourceNotFound", message)
    }

    /// A caller who may not.
    pub(crate) fn denied() -> Self {
        Self::new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.")
    }

    /// A path that leads nowhere.
    pub(crate) fn no_segment(segment: &str) -> Self {
        Self::new(400, "BadRequest", format!("Resource not found for the segment '{segment}'."))
    }

    /// The same with a detail: its code, and what it is about.
    pub(crate) const fn about(mut self, code: &'static str, target: &'static str) -> Self {
        self.detail = Some((code, target));
        self
    }

    /// The refusal as it is sent.
    pub(crate) fn answer(&self, world: &World, request: &Request) -> Answer {
        let Self { status, code, message, detail } = self;
        let id = world.fresh_guid();
        let mut inner = json!({"date": Civil::from_unix(world.clock.now()).iso(), "request-id": id});
        inner["client-request-id"] = json!(request.header("client-request-id").unwrap_or(&id));
        let mut error = json!({"code": code, "message": message, "innerError": inner});
        if let Some((code, target)) = detail {
            let detail: Value = json!([{"code": code, "message": message, "target": target}]);
            error["details"] = detail;
        }
        let body = json!({ "error": error }).to_string();
        Answer::empty(*status).typed("application/json", body).with("request-id", id)
    }
}
