//! Microsoft Graph: one call, one answer, and the pages of a collection.

use crate::call::Call;
use crate::patience::{PATIENCE, Pauses, again};
use crate::{Error, GraphError};
use bytes::Bytes;
use exo_http::{BodyLimit, Request, RequestId, Response, Transport};
use exo_model::{AccessToken, Clock, Endpoints, Origin, Scope, TokenProvider, TokenRequest};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// Microsoft Graph, seen by whoever the tokens belong to: an administrator, or the app itself.
///
/// ```
/// use exo_http::{HttpsTransport, SystemClock};
/// use exo_model::{Cloud, TokenProvider};
/// use exo_onboard::Graph;
/// use std::sync::Arc;
///
/// fn graph(administrator: Arc<dyn TokenProvider>) -> Result<Graph, exo_http::Error> {
///     let transport = HttpsTransport::builder().user_agent("example/1.0").build()?;
///     let endpoints = Cloud::Worldwide.endpoints();
///     Ok(Graph::new(Arc::new(transport), Arc::new(SystemClock::new()), administrator, &endpoints))
/// }
/// # drop(graph);
/// ```
#[derive(Debug, Clone)]
pub struct Graph {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    tokens: Arc<dyn TokenProvider>,
    origin: Origin,
    scope: Scope,
    patience: Duration,
}

impl Graph {
    /// Microsoft Graph of a cloud.
    pub fn new(
        transport: Arc<dyn Transport>,
        clock: Arc<dyn Clock>,
        tokens: Arc<dyn TokenProvider>,
        endpoints: &Endpoints,
    ) -> Self {
        let (origin, scope) = (endpoints.graph.clone(), endpoints.graph_scope());
        Self { transport, clock, tokens, origin, scope, patience: PATIENCE }
    }

    /// For how long one step waits at most, all its waits together; ten minutes by default, and no longer.
    #[must_use]
    pub fn patience(mut self, limit: Duration) -> Self {
        self.patience = limit.min(PATIENCE);
        self
    }

    /// The scope that tokens are asked for, where Graph goes by another name than the one that tokens are for.
    #[must_use]
    pub fn scope(mut self, scope: Scope) -> Self {
        self.scope = scope;
        self
    }

    pub(crate) fn longest_wait(&self) -> Duration {
        self.patience
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Sends a call and reads its answer, all pages of a collection together; repeats nothing but what a lapsed token
    /// kept from running.
    pub(crate) async fn send(&self, call: &Call) -> Result<Value, Error> {
        if !call.collection {
            return Ok(self.exchange(call).await?.0);
        }
        let mut all = Vec::new();
        let mut next = call.clone();
        for number in 1.. {
            let (mut page, id) = self.exchange(&next).await?;
            match page.get_mut("value").map(Value::take) {
                Some(Value::Array(elements)) => all.extend(elements),
                _ => return Err(not_understood(call, "it is no collection", id)),
            }
            let Some(link) = page.get("@odata.nextLink").and_then(Value::as_str) else { break };
            if number == MOST_PAGES {
                return Err(not_understood(call, "its pages have no end", id));
            }
            next = self.follow(call, link)?;
        }
        Ok(json!({ "value": all }))
    }

    /// Sends a call that only looks, again and again where that may help.
    pub(crate) async fn persist(&self, call: &Call) -> Result<Value, Error> {
        let mut pauses = Pauses::default();
        loop {
            let error = match self.send(call).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(wait) = again(&error, false).and_then(|wait| pauses.next(wait)) else { return Err(error) };
            if pauses.waited > self.patience {
                return Err(error);
            }
            self.clock.sleep(wait).await;
        }
    }

    /// The object that a call looks for, if there is one.
    pub(crate) async fn look(&self, call: &Call) -> Result<Option<Value>, Error> {
        match self.persist(call).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_absent() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The call that a next link stands for: on this host, or none.
    fn follow(&self, call: &Call, link: &str) -> Result<Call, Error> {
        let foreign = || Error::ForeignLink {
            call: call.name(),
            link: link.split('?').next().unwrap_or_default().chars().take(200).collect(),
        };
        let rest = link.split_once("://").and_then(|(scheme, rest)| {
            let (authority, path) = rest.split_once('/')?;
            let origin: Origin = format!("{scheme}://{authority}").parse().ok()?;
            (origin == self.origin).then_some(path)
        });
        let path = rest.and_then(|path| path.strip_prefix("v1.0/")).ok_or_else(foreign)?;
        Ok(Call { path: format!("/{path}"), ..call.clone() })
    }

    async fn exchange(&self, call: &Call) -> Result<(Value, RequestId), Error> {
        let wanted = TokenRequest::new(self.scope.clone());
        let token = self.token(&wanted).await?;
        match self.once(call, &token).await {
            // It did not run: whoever refused the token looked at nothing else.
            Err(Error::Refused { error, .. }) if error.status == 401 => {
                let renewed = self.token(&wanted.rejected(token)).await?;
                self.once(call, &renewed).await
            }
            outcome => outcome,
        }
    }

    async fn token(&self, wanted: &TokenRequest) -> Result<AccessToken, Error> {
        self.tokens.token(wanted).await.map_err(|source| Error::Token { source })
    }

    async fn once(&self, call: &Call, token: &AccessToken) -> Result<(Value, RequestId), Error> {
        let id = RequestId::random();
        let request = self.request(call, token, id)?;
        tracing::debug!(call = %call.name(), client_request_id = %id, "asking");
        let response = self.transport.send(request).await.map_err(|source| Error::Transport {
            call: call.name(),
            client_request_id: id.to_string(),
            source,
        })?;
        tracing::debug!(client_request_id = %id, status = response.status().as_u16(), "answered");
        Ok((self.answer(call, &response, id)?, id))
    }

    fn request(&self, call: &Call, token: &AccessToken, id: RequestId) -> Result<Request, Error> {
        let body = call.body.as_ref().map_or_else(Bytes::new, |body| body.to_string().into());
        let mut request = Request::new(body);
        let wrong = |what| not_understood(call, what, id);
        *request.method_mut() = call.method.as_str().parse().map_err(|_| wrong("the method is none"))?;
        let address = format!("{}/v1.0{}", self.origin, call.path);
        *request.uri_mut() = address.parse().map_err(|_| wrong("the address is none"))?;
        request.extensions_mut().insert(BodyLimit(LARGEST));
        let headers = request.headers_mut();
        let bearer = HeaderValue::try_from(format!("Bearer {}", token.secret().expose()));
        let mut bearer = bearer.map_err(|_| wrong("the token is not one word"))?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Ok(id) = id.to_string().parse() {
            headers.insert("client-request-id", id);
        }
        if call.body.is_some() {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(prefer) = call.prefer {
            headers.insert("prefer", HeaderValue::from_static(prefer));
        }
        Ok(request)
    }

    fn answer(&self, call: &Call, response: &Response, id: RequestId) -> Result<Value, Error> {
        let status = response.status();
        if status == StatusCode::NO_CONTENT {
            return Ok(Value::Null);
        }
        if status.is_success() {
            let body = serde_json::from_slice(response.body()).ok().filter(Value::is_object);
            return body.ok_or_else(|| not_understood(call, "it is not a JSON object", id));
        }
        let error = Box::new(GraphError::of(response, &id.to_string(), self.clock.now()));
        let name = call.name();
        Err(match status {
            StatusCode::TOO_MANY_REQUESTS => Error::Throttled { call: name, error },
            status if status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT => {
                Error::Outage { call: name, error }
            }
            status if status.is_client_error() => Error::Refused { call: name, needs: call.needs, error },
            _ => not_understood(call, "its status means nothing here", id),
        })
    }
}

fn not_understood(call: &Call, what: &'static str, id: RequestId) -> Error {
    Error::NotUnderstood { call: call.name(), what, client_request_id: id.to_string() }
}

/// Pages of a collection at most: far more than there are apps of one name, or roles of one app.
const MOST_PAGES: u32 = 1000;

/// The longest answer that is read; the app roles of a resource are some hundred kilobytes.
const LARGEST: usize = 8 << 20;
