//! Microsoft Graph, as far as setting an app up needs it: from path to collection, and what every answer has.

mod applications;
mod assignments;
mod caller;
mod failure;
mod filter;
mod grants;
mod keys;
mod list;
mod organization;
mod principals;
mod properties;
mod settings;

pub use settings::Conflict;
pub(crate) use settings::GraphSettings;

use serde_json::{Map, Value};

use crate::answer::Answer;
use crate::directory::Eye;
use crate::faults::{Action, Fault};
use crate::form::{Form, unescape};
use crate::received::Received;
use crate::request::Request;
use crate::spoil;
use crate::world::World;
use caller::Caller;
use failure::Failure;

/// Answers a call, or fails as a fault says: before it does anything, or after.
pub(crate) async fn answer(world: &World, request: &Request, note: &mut Received) -> Answer {
    note.told(request);
    world.clock.advance(world.tenant.graph.clock_step);
    let serve = || serve(world, request);
    let Some(fault) = world.faults.strike_graph(&request.method, &request.path) else { return serve() };
    spoil::wait(&fault).await;
    let done = fault.done.then(serve);
    let answer = failed(world, request, &fault).or(done).unwrap_or_else(serve);
    spoil::finish(&fault, answer)
}

/// Answers a call to Graph of a cloud that the tenant is not in.
pub(crate) fn elsewhere(world: &World, request: &Request) -> Answer {
    let message = "Access token validation failure. Invalid audience.";
    Failure::new(401, "InvalidAuthenticationToken", message).answer(world, request)
}

/// The answer in place of the right one; none where that comes all the same, late or spoilt.
fn failed(world: &World, request: &Request, fault: &Fault) -> Option<Answer> {
    let refusal = |status, code, message| Failure::new(status, code, message).answer(world, request);
    Some(match &fault.action {
        Action::Throttle(retry_after) => {
            let answer = refusal(429, "TooManyRequests", "Too many requests. Try again later.");
            match retry_after {
                Some(value) => answer.with("retry-after", value.as_str()),
                None => answer,
            }
        }
        Action::Status(status) | Action::ServerError { code: status, .. } => {
            let (code, message) = match status {
                403 => ("Authorization_RequestDenied", "Insufficient privileges to complete the operation."),
                404 => ("Request_ResourceNotFound", "Resource does not exist."),
                503 => ("serviceNotAvailable", "The service is temporarily unavailable. Please retry later."),
                504 => ("gatewayTimeout", "The gateway did not receive a timely response."),
                400..=499 => ("Request_BadRequest", "The emulator was told to fail this request."),
                _ => ("generalException", "The emulator was told to fail this request."),
            };
            refusal(*status, code, message)
        }
        Action::RevokeToken => {
            if let Some(token) = crate::bearer::token(request) {
                world.tokens.revoke(token);
            }
            refusal(401, "InvalidAuthenticationToken", "Continuous access evaluation resulted in challenge.")
        }
        action => return spoil::plain(action),
    })
}

fn serve(world: &World, request: &Request) -> Answer {
    let answer = match Call::of(world, request).and_then(|call| call.answer()) {
        Ok(answer) => answer.with("request-id", world.fresh_guid()),
        Err(failure) => {
            let answer = failure.answer(world, request);
            match failure.status {
                401 => answer.with("www-authenticate", challenge(world)),
                405 => answer.with("allow", "GET, POST, PATCH, DELETE"),
                _ => answer,
            }
        }
    };
    let answer = match request.header("client-request-id") {
        Some(id) => answer.with("client-request-id", id),
        None => answer,
    };
    answer
        .with("cache-control", "no-cache")
        .with("odata-version", "4.0")
        .with("strict-transport-security", "max-age=31536000")
        .with("x-ms-ags-diagnostic", r#"{"ServerInfo":{"DataCenter":"Emulated","Slice":"E","Ring":"1"}}"#)
}

fn challenge(world: &World) -> String {
    format!(
        "Bearer realm=\"\", authorization_uri=\"https://{}/common/oauth2/authorize\", \
         client_id=\"00000003-0000-0000-c000-000000000000\"",
        world.tenant.cloud.login_host()
    )
}

/// One call of a caller who is known.
struct Call<'a> {
    world: &'a World,
    request: &'a Request,
    caller: Caller,
    query: Form,
    /// The words of the path behind the version, in lower case; a key in parentheses is a word of its own.
    words: Vec<String>,
    /// `v1.0` or `beta`.
    version: &'static str,
    /// Now, in milliseconds.
    now: i64,
    /// The server that answers: what it sees of the directory.
    eye: Eye,
}

impl<'a> Call<'a> {
    fn of(world: &'a World, request: &'a Request) -> Result<Self, Failure> {
        let path = unescape(&request.path).to_lowercase();
        let mut words = words(&path).into_iter();
        let version = match words.next().as_deref() {
            Some("v1.0") => "v1.0",
            Some("beta") => "beta",
            other => {
                let text = format!("Invalid version: {}", other.unwrap_or_default());
                return Err(Failure::new(400, "BadRequest", text));
            }
        };
        let caller = Caller::of(world, request)?;
        let query = Form::parse(&request.query);
        let now = world.clock.now_millis();
        let eye = world.next_server();
        Ok(Self { world, request, caller, query, words: words.collect(), version, now, eye })
    }

    fn answer(&self) -> Result<Answer, Failure> {
        let words: Vec<&str> = self.words.iter().map(String::as_str).collect();
        match words.as_slice() {
            ["applications", rest @ ..] => self.applications(rest),
            ["serviceprincipals", rest @ ..] => self.principals(rest),
            ["rolemanagement", "directory", "roleassignments", rest @ ..] => self.assignments(rest),
            ["rolemanagement", "directory", "roledefinitions", rest @ ..] => self.definitions(rest),
            ["organization", rest @ ..] => self.organization(rest),
            ["domains", rest @ ..] => self.domains(rest),
            ["me"] => self.me(),
            [] => Err(Failure::no_segment("")),
            [.., word] => Err(Failure::no_segment(word)),
        }
    }

    fn method(&self) -> &str {
        &self.request.method
    }

    /// The refusal of a method that a path does not have.
    fn no_method() -> Failure {
        let text = "Specified HTTP method is not allowed for the request target.";
        Failure::new(405, "Request_BadRequest", text)
    }

    /// The body as a JSON object.
    fn body(&self) -> Result<Map<String, Value>, Failure> {
        let kind = self.request.header("content-type").unwrap_or_default().to_ascii_lowercase();
        if !kind.starts_with("application/json") {
            let text = "Write requests (excluding DELETE) must contain the Content-Type header declaration.";
            return Err(Failure::new(400, "RequestBodyRead", text));
        }
        match serde_json::from_slice(&self.request.body) {
            Ok(Value::Object(object)) => Ok(object),
            Ok(_) => Err(Failure::new(400, "BadRequest", "Invalid JSON. An object was expected.")),
            Err(_) => Err(Failure::new(400, "BadRequest", "Unable to read JSON request payload.")),
        }
    }

    /// The address of a collection or of what is in it, below the version.
    fn url(&self, rest: &str) -> String {
        format!("https://{}/{}/{rest}", self.request.authority, self.version)
    }

    /// A single object, with its properties as `$select` wants them.
    fn entity(&self, status: u16, set: &str, object: Value) -> Answer {
        let Value::Object(mut object) = self.selected(object) else { return Answer::empty(500) };
        let context = self.url(&format!("$metadata#{set}/$entity"));
        object.insert("@odata.context".to_owned(), Value::from(context));
        json_answer(status, &Value::Object(object))
    }
}

fn json_answer(status: u16, body: &Value) -> Answer {
    let kind = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";
    Answer::empty(status).typed(kind, body.to_string())
}

/// The words of a path; `applications(appId='x')` is `applications` and `appid=x`, `applications('x')` and a word of a
/// namespace are as their plain forms.
fn words(path: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in path.split('/').filter(|word| !word.is_empty()) {
        let word = word.strip_prefix("microsoft.graph.").unwrap_or(word);
        match word.strip_suffix(')').and_then(|word| word.split_once('(')) {
            Some((name, key)) => words.extend([name.to_owned(), key.replace('\'', "")]),
            None => words.push(word.to_owned()),
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_in_parentheses_are_words() {
        assert_eq!(words("/v1.0/applications(appid='a-1')/addkey"), ["v1.0", "applications", "appid=a-1", "addkey"]);
        assert_eq!(words("/v1.0/applications/x/microsoft.graph.addkey"), ["v1.0", "applications", "x", "addkey"]);
        assert_eq!(words("/beta/me/"), ["beta", "me"]);
    }
}
