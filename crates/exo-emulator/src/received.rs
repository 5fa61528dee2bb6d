//! What was asked of the emulator, kept for tests to look at.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::error::Error;
use crate::form::Form;
use crate::parameters::{Declared, Type};
use crate::request::Request;
use crate::verify_assertion;

/// How many requests are kept; older ones are dropped, the counts are not.
const KEPT: usize = 10_000;

/// One request, and the status that answered it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Received {
    /// When it was answered, in milliseconds since 1970 by the tenant's clock.
    pub at: i64,
    /// The host called, without port.
    pub host: String,
    /// The method.
    pub method: String,
    /// The path, with the query behind a `?`.
    pub path: String,
    /// The cmdlet named in the body, as written there.
    pub cmdlet: Option<String>,
    /// The parameters of the cmdlet as they came; encrypted ones are hidden.
    pub parameters: Option<Map<String, Value>>,
    /// The headers, names in lower case; `authorization` is replaced by a digest.
    pub headers: BTreeMap<String, String>,
    /// The fields of a form. An assertion is shown as `client_assertion.header` and `client_assertion.claims`, the JSON
    /// of its first two parts; secrets are replaced by a digest.
    pub form: BTreeMap<String, String>,
    /// The body of a call of Microsoft Graph, if it is JSON; of a proof it shows header and claims, of a password nothing.
    pub body: Option<Value>,
    /// The page size asked for.
    pub page_size: Option<u32>,
    /// Which page of its run was asked for, from 1; none where nothing is paged.
    pub page: Option<u32>,
    /// The status of the answer; 0 when none was sent.
    pub status: u16,
    /// Whether it came inside a batch; the batch itself stands behind its items.
    pub in_batch: bool,
}

impl Received {
    pub(crate) fn of(request: &Request) -> Self {
        let mut headers = BTreeMap::new();
        for (name, value) in &request.headers {
            let shown = if name == "authorization" {
                fingerprint(value.as_bytes())
            } else {
                String::from_utf8_lossy(value.as_bytes()).into_owned()
            };
            headers.insert(name.as_str().to_owned(), shown);
        }
        let path =
            if request.query.is_empty() { request.path.clone() } else { format!("{}?{}", request.path, request.query) };
        Self {
            host: request.host().to_owned(),
            method: request.method.clone(),
            path,
            headers,
            form: form(request),
            page_size: request.page_size(),
            ..Self::default()
        }
    }

    /// Keeps a body of JSON.
    pub(crate) fn told(&mut self, request: &Request) {
        self.body = serde_json::from_slice(&request.body).ok().map(without_secrets);
    }

    /// Keeps the call that the body holds.
    pub(crate) fn called(&mut self, cmdlet: &str, parameters: &Map<String, Value>, declared: Option<Declared>) {
        let is_secret = |name: &str| match declared {
            Some(declared) => {
                declared.iter().any(|(known, kind)| *kind == Type::Secret && known.eq_ignore_ascii_case(name))
            }
            None => ["password", "credential", "secret"].iter().any(|word| name.to_ascii_lowercase().contains(word)),
        };
        let shown = |(name, value): (&String, &Value)| {
            let value = if is_secret(name) { Value::from("(hidden)") } else { value.clone() };
            (name.clone(), value)
        };
        self.cmdlet = Some(cmdlet.to_owned());
        self.parameters = Some(parameters.iter().map(shown).collect());
    }
}

/// A body without what nobody may read: signatures of proofs, passwords.
fn without_secrets(body: Value) -> Value {
    match body {
        Value::Object(object) => object
            .into_iter()
            .map(|(name, value)| match (name.as_str(), &value) {
                ("proof", Value::String(proof)) => {
                    let parts = proof.split('.').take(2).map(|part| verify_assertion::decode(part).unwrap_or_default());
                    let parts = parts.map(|part| serde_json::from_slice::<Value>(&part).unwrap_or_default());
                    (name, parts.collect())
                }
                ("secretText" | "password", Value::String(secret)) => {
                    (name, Value::from(fingerprint(secret.as_bytes())))
                }
                _ => (name, without_secrets(value)),
            })
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(list) => list.into_iter().map(without_secrets).collect(),
        other => other,
    }
}

fn form(request: &Request) -> BTreeMap<String, String> {
    let mut shown = BTreeMap::new();
    if !request.is_form() {
        return shown;
    }
    for (name, value) in Form::parse(&String::from_utf8_lossy(&request.body)).fields() {
        match name {
            "client_assertion" => {
                for (part, text) in ["header", "claims"].into_iter().zip(value.split('.')) {
                    let bytes = verify_assertion::decode(text).unwrap_or_default();
                    shown.insert(format!("{name}.{part}"), String::from_utf8_lossy(&bytes).into_owned());
                }
            }
            "client_secret" | "device_code" => drop(shown.insert(name.to_owned(), fingerprint(value.as_bytes()))),
            _ => drop(shown.insert(name.to_owned(), value.to_owned())),
        }
    }
    shown
}

fn fingerprint(secret: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, secret);
    let short = digest.as_ref().iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    format!("sha256:{short:016x}")
}

/// Counts of all requests, and the latest of them.
#[derive(Debug, Default)]
pub(crate) struct Journal(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    cmdlets: HashMap<String, u64>,
    tokens: u64,
    latest: VecDeque<Received>,
    file: Option<File>,
}

impl Journal {
    /// Keeps what comes in a file, too, if there is to be one.
    pub(crate) fn into(file: Option<&Path>) -> Result<Self, Error> {
        let open = |path: &Path| {
            File::create(path).map_err(|source| Error::Record { path: path.display().to_string(), source })
        };
        let file = file.map(open).transpose()?;
        Ok(Self(Mutex::new(Entries { file, ..Entries::default() })))
    }

    pub(crate) fn count_cmdlet(&self, name: &str) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *entries.cmdlets.entry(name.to_ascii_lowercase()).or_default() += 1;
    }

    pub(crate) fn count_token(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).tokens += 1;
    }

    pub(crate) fn keep(&self, received: Received) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut entries.file
            && let Ok(mut line) = serde_json::to_vec(&received)
        {
            line.push(b'\n');
            // A full disk must not change what a client gets.
            drop(file.write_all(&line));
        }
        if entries.latest.len() == KEPT {
            entries.latest.pop_front();
        }
        entries.latest.push_back(received);
    }

    pub(crate) fn cmdlets(&self, name: &str) -> u64 {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.cmdlets.get(&name.to_ascii_lowercase()).copied().unwrap_or(0)
    }

    pub(crate) fn tokens(&self) -> u64 {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).tokens
    }

    pub(crate) fn latest(&self) -> Vec<Received> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.latest.iter().cloned().collect()
    }
}
