//! One request until it is answered: token, sending, redirects, repetition.

mod batch;

use crate::budget::{Budget, Place, Waits};
use crate::challenge;
use crate::cookies::Cookies;
use crate::hosts::Hosts;
use crate::offer::Offer;
use crate::rate_limit;
use crate::request::{Call, Caller, Form};
use crate::response::{self, Outcome, Reply};
use crate::retry::{Policy, Step, Tries};
use crate::{Error, ServiceError};
use exo_catalog::Access;
use exo_http::{Request, Response, RetryAfter, Transport, random_u32};
use exo_model::{Clock, CmdletName, Invocation, Origin, Scope, TokenProvider, TokenRequest};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::OnceCell;
use tracing::{Span, field};

pub(crate) use batch::{Rider, Verdict};

/// What a session is given to work with.
#[derive(Debug, Clone)]
pub(crate) struct Seams {
    pub(crate) tokens: Arc<dyn TokenProvider>,
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
}

/// The state of a session.
#[derive(Debug)]
pub(crate) struct Exchange {
    pub(crate) caller: Caller,
    pub(crate) hosts: Hosts,
    pub(crate) seams: Seams,
    pub(crate) scope: Scope,
    pub(crate) budget: Budget,
    pub(crate) attempts: u32,
    pub(crate) cookies: Cookies,
    /// The host in use: the first, or the one of the last redirect.
    pub(crate) kept_host: Mutex<Origin>,
    /// What the service offers, once somebody has asked.
    pub(crate) offer: OnceCell<Arc<Offer>>,
}

/// Which page is asked for.
#[derive(Debug, Clone)]
pub(crate) enum Target {
    /// The first, on the host in use.
    First,
    /// The one at this path, on the host that gave the page before.
    Link(Origin, String),
}

/// What a call has used up, over all its pages.
#[derive(Debug)]
pub(crate) struct Spent {
    pub(crate) waits: Waits,
    /// Requests that were repeated.
    pub(crate) retries: u64,
    /// The service may have given an answer that did not come.
    pub(crate) unheard: bool,
    /// The call goes to the mailbox that it is about.
    at_mailbox: bool,
}

impl Spent {
    pub(crate) fn new(cmdlet: CmdletName) -> Self {
        Self { waits: Waits::new(cmdlet), retries: 0, unheard: false, at_mailbox: false }
    }

    /// Sends the call to its mailbox, once, after the service said that it did not run elsewhere.
    ///
    /// All pages of a run have one anchor, so only the first page's can still be chosen.
    fn rerouted(&mut self, call: &Call, target: &Target, error: &ServiceError) -> Option<Step> {
        let now = error.elsewhere && !self.at_mailbox && call.has_mailbox() && matches!(target, Target::First);
        self.at_mailbox |= now;
        now.then_some(Step::AtOnce)
    }

    fn routed(&self, call: &Call, request: Request) -> Request {
        if self.at_mailbox { call.to_mailbox(request) } else { request }
    }
}

/// A success and the host that gave it.
pub(crate) type Answered = (Box<Reply>, Origin);

impl Exchange {
    /// The host in use.
    pub(crate) fn host(&self) -> Origin {
        self.kept_host.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The call that an invocation means here.
    pub(crate) fn call(&self, invocation: &Invocation) -> Result<Call, Error> {
        if invocation.service != self.caller.service {
            let (cmdlet, asked) = (invocation.cmdlet.clone(), invocation.service);
            return Err(Error::OtherService { cmdlet, asked, session: self.caller.service });
        }
        Call::new(&self.caller, invocation)
    }

    /// Asks for one page until there is an answer that stands.
    pub(crate) async fn ask(
        &self,
        call: &Call,
        target: &Target,
        wanted: Option<u64>,
        spent: &mut Spent,
    ) -> Result<Answered, Error> {
        let policy = Policy { access: call.access, attempts: self.attempts };
        let (mut host, path) = match target {
            Target::First => (self.host(), call.path.as_str()),
            Target::Link(host, path) => (host.clone(), path.as_str()),
        };
        let (mut tries, mut visited) = (Tries::default(), Vec::new());
        // Asked for before every request: the provider keeps what is costly.
        let mut wanted_token = TokenRequest::new(self.scope.clone());
        loop {
            self.hosts.admit(&call.cmdlet, &host)?;
            let place = self.budget.enter(&*self.seams.clock, &mut spent.waits).await?;
            let token = self.seams.tokens.token(&wanted_token).await.map_err(Error::Token)?;
            let cookie = self.cookies.header(host.host());
            let request = call.request(&format!("{host}{path}"), wanted, &token, cookie)?;
            let answer = self.seams.transport.send(spent.routed(call, request)).await;
            let step = match answer {
                Err(error) => {
                    drop(place);
                    tries.failed += 1;
                    let step = policy.after_silence(&error, tries, random_u32());
                    // Where the wait would be too long, the silence is what there is to tell.
                    if step == Step::Stop || self.wait(step, &mut spent.waits).await.is_err() {
                        return Err(no_answer(call, tries, error));
                    }
                    Step::AtOnce
                }
                Ok(answer) => {
                    let asked = RetryAfter::of(answer.headers(), self.seams.clock.now());
                    match self.judge(call, &host, (!visited.is_empty()).then_some(&host), &answer)? {
                        Outcome::Reply(reply) => {
                            place.granted(&*self.seams.clock);
                            spent.unheard |= tries.failed > 0;
                            return Ok((reply, host));
                        }
                        Outcome::Redirect(location) => {
                            place.granted(&*self.seams.clock);
                            host = self.redirected(call, &location, &mut visited, host)?;
                            continue;
                        }
                        Outcome::Refused(error) => {
                            policy.count(&error, &mut tries);
                            wanted_token.claims = challenge::claims(answer.headers()).or(wanted_token.claims);
                            let step = spent.rerouted(call, target, &error);
                            let step = step.unwrap_or_else(|| policy.after_answer(&error, asked, tries, random_u32()));
                            let step = self.account(place, step);
                            if step == Step::Stop {
                                return Err(Error::Service(error));
                            }
                            self.note(step, error, &mut spent.waits)
                        }
                    }
                }
            };
            spent.retries += 1;
            if step == Step::Renew {
                tries.renewed = true;
                wanted_token = wanted_token.rejected(token);
            }
            self.wait(step, &mut spent.waits).await?;
        }
    }

    /// Keeps the cookies of an answer, notes its status, and reads it.
    ///
    /// A host that we were redirected to is kept for the session once it has answered.
    fn judge(&self, call: &Call, host: &Origin, moved: Option<&Origin>, answer: &Response) -> Result<Outcome, Error> {
        self.cookies.store(host.host(), answer.headers(), self.seams.clock.now());
        let span = Span::current();
        span.record("status", answer.status().as_u16());
        if let Some(id) = answer.headers().get("request-id").and_then(|id| id.to_str().ok()) {
            span.record("request_id", field::display(id));
        }
        let clock = &*self.seams.clock;
        if let Some(limit) = rate_limit::read(answer, clock.now()) {
            self.budget.told(clock, limit);
        }
        if let Some(host) = moved.filter(|_| !answer.status().is_redirection()) {
            self.kept_host.lock().unwrap_or_else(PoisonError::into_inner).clone_from(host);
        }
        let uncertain = call.access == Access::Write;
        let outcome = match call.form {
            Form::Cmdlet => response::read(self.caller.service, &call.cmdlet, uncertain, answer),
            Form::Noun { one } => response::noun(&call.cmdlet, one, answer),
            Form::Offer | Form::Batch => response::whole(self.caller.service, &call.cmdlet, uncertain, answer),
        };
        outcome.map(|outcome| outcome.on(call.read_path))
    }

    /// The host that a redirect means, unless it was asked already in this request.
    fn redirected(
        &self,
        call: &Call,
        location: &str,
        visited: &mut Vec<Origin>,
        from: Origin,
    ) -> Result<Origin, Error> {
        visited.push(from);
        let host = self.hosts.redirected(&call.cmdlet, location)?;
        if visited.contains(&host) || visited.len() > MOST_REDIRECTS {
            let why = "it goes round in a circle";
            return Err(Error::Redirect { cmdlet: call.cmdlet.clone(), to: host.host().to_owned(), why });
        }
        tracing::debug!(host = host.host(), "redirected");
        Ok(host)
    }

    /// Tells the budget what came of a call that it let go.
    fn account(&self, place: Place, step: Step) -> Step {
        let clock = &*self.seams.clock;
        let Step::Throttled { asked, least } = step else {
            place.granted(clock);
            return step;
        };
        Step::Wait { wait: place.refused(clock, asked, least), everybody: false }
    }

    fn note(&self, step: Step, error: Box<ServiceError>, waits: &mut Waits) -> Step {
        tracing::debug!(status = error.status, name = error.name(), ?step, connection = %self.caller.connection_id, "again");
        waits.last = Some(error);
        step
    }

    async fn wait(&self, step: Step, waits: &mut Waits) -> Result<(), Error> {
        let clock = &*self.seams.clock;
        match step {
            Step::Wait { wait, .. } if wait.is_zero() => Ok(()),
            // The gate is waited for by whoever sends next, this call included.
            Step::Wait { wait, everybody: true } => {
                self.budget.close(clock, wait);
                Ok(())
            }
            Step::Wait { wait, everybody: false } => self.budget.pause(clock, waits, wait).await,
            Step::Renew | Step::AtOnce | Step::Stop | Step::Throttled { .. } => Ok(()),
        }
    }
}

fn no_answer(call: &Call, tries: Tries, source: exo_http::Error) -> Error {
    let uncertain = call.access == Access::Write && source.may_have_been_sent();
    Error::Transport { cmdlet: call.cmdlet.clone(), attempts: tries.failed, uncertain, source }
}

/// Regions do not lead to regions without end.
const MOST_REDIRECTS: usize = 4;

/// Seconds with a fraction, for the log.
pub(crate) fn seconds(waited: Duration) -> f64 {
    waited.as_secs_f64()
}
