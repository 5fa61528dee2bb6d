//! Calls that travel together: one request, and an answer to each of them.

mod answers;

use super::{Answered, Exchange, Spent};
use crate::budget::{Place, refused_together};
use crate::challenge;
use crate::rate_limit;
use crate::request::Call;
use crate::response::{self, Outcome};
use crate::retry::{Policy, Step, Tries};
use crate::{Error, ServiceError};
use bytes::Bytes;
use exo_catalog::Access;
use exo_http::{Error as TransportError, Response, RetryAfter, random_u32, service_time};
use exo_model::{AccessToken, Clock, Origin, Scope, TokenRequest};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tracing::{Instrument, debug_span, field};

/// A call that travels with others, until it is answered.
#[derive(Debug)]
pub(crate) struct Rider {
    pub(crate) call: Call,
    pub(crate) spent: Spent,
    /// How long it is to wait before it travels again.
    pub(crate) due: Duration,
    tries: Tries,
    token: TokenRequest,
}

impl Rider {
    pub(crate) fn new(call: Call, scope: &Scope) -> Self {
        let (spent, token) = (Spent::new(call.cmdlet.clone()), TokenRequest::new(scope.clone()));
        Self { call, spent, due: Duration::ZERO, tries: Tries::default(), token }
    }
}

/// What came of a call that travelled with others.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is answered.
    Done(Answered),
    /// It is to travel again.
    Again,
    /// It is to go its own way.
    Alone,
    /// It failed.
    Failed(Error),
}

/// What came of a batch as a whole.
enum Carried {
    Answered { body: Bytes, now: SystemTime, host: Origin, token: AccessToken },
    Refused { error: Box<ServiceError>, asked: Option<Duration>, claims: Option<String>, token: AccessToken },
    Silent(TransportError),
}

/// What is to be done with a call, before it is known how long it must wait.
enum Next {
    Verdict(Verdict),
    Step(Step),
}

impl Next {
    /// What the service asked for, and the least wait, of a call that was one too many.
    fn throttled(&self) -> Option<(Option<Duration>, Duration)> {
        match self {
            Self::Step(Step::Throttled { asked, least }) => Some((*asked, *least)),
            _ => None,
        }
    }
}

impl Exchange {
    /// Sends calls together, once. A call that is to travel again is told when.
    pub(crate) async fn carry(&self, riders: &mut [Rider], places: Vec<Place>) -> Vec<Verdict> {
        let span = debug_span!("batch", calls = riders.len(), status = field::Empty, request_id = field::Empty);
        let (heard, nexts) = match self.deliver(riders).instrument(span).await {
            Ok(Carried::Answered { body, now, host, token }) => {
                (true, self.answered(riders, (&body, now), &host, &token))
            }
            Ok(Carried::Refused { error, asked, claims, token }) => {
                let next = |rider: &mut Rider| {
                    let error = Box::new(ServiceError { cmdlet: rider.call.cmdlet.clone(), ..(*error).clone() });
                    rider.token.claims = claims.clone().or(rider.token.claims.take());
                    let whole = self.refused(rider, error, asked, &token);
                    if may_go_alone(rider, &whole) { Next::Verdict(Verdict::Alone) } else { whole }
                };
                (true, riders.iter_mut().map(next).collect())
            }
            Ok(Carried::Silent(error)) => (false, self.unanswered(riders, error)),
            Err(error) => (false, broken(riders, error)),
        };
        self.settle(riders, nexts, places, heard)
    }

    /// Sends the request, after redirects too, until there is an answer or none.
    async fn deliver(&self, riders: &[Rider]) -> Result<Carried, Error> {
        let (mut host, mut visited) = (self.host(), Vec::new());
        // A token that one of them was refused with serves none of them.
        let wanted = riders.iter().map(|rider| &rider.token).reduce(|a, b| if b.rejected.is_some() { b } else { a });
        let wanted = wanted.cloned().unwrap_or_else(|| TokenRequest::new(self.scope.clone()));
        loop {
            let call = Call::batch(&self.caller, &host, riders.iter().map(|rider| &rider.call))?;
            self.hosts.admit(&call.cmdlet, &host)?;
            let token = self.seams.tokens.token(&wanted).await.map_err(Error::Token)?;
            let cookie = self.cookies.header(host.host());
            let request = call.request(&format!("{host}{}", call.path), None, &token, cookie)?;
            let answer = match self.seams.transport.send(request).await {
                Ok(answer) => answer,
                Err(error) => return Ok(Carried::Silent(error)),
            };
            let moved = (!visited.is_empty()).then_some(&host);
            match self.judge(&call, &host, moved, &answer)? {
                Outcome::Reply(reply) => {
                    let now = service_time(answer.headers(), self.seams.clock.now());
                    return Ok(Carried::Answered { body: reply.page.body().clone(), now, host, token });
                }
                Outcome::Redirect(location) => {
                    host = self.redirected(&call, &location, &mut visited, host)?;
                }
                Outcome::Refused(error) => {
                    let asked = RetryAfter::of(answer.headers(), self.seams.clock.now());
                    let claims = challenge::claims(answer.headers());
                    return Ok(Carried::Refused { error, asked, claims, token });
                }
            }
        }
    }

    /// Finds each call's own answer in that of the batch, which came at a time of the service's clock.
    fn answered(
        &self,
        riders: &mut [Rider],
        (body, now): (&Bytes, SystemTime),
        host: &Origin,
        token: &AccessToken,
    ) -> Vec<Next> {
        let answers = match answers::read(body, riders.len()) {
            Ok(answers) => answers,
            Err(why) => return riders.iter().map(|rider| not_understood(rider, why)).collect(),
        };
        let one = |(rider, answer): (&mut Rider, Result<Response, &'static str>)| match answer {
            Ok(answer) => self.one(rider, (&answer, now), host, token),
            Err(why) => not_understood(rider, why),
        };
        riders.iter_mut().zip(answers).map(one).collect()
    }

    fn one(
        &self,
        rider: &mut Rider,
        (answer, now): (&Response, SystemTime),
        host: &Origin,
        token: &AccessToken,
    ) -> Next {
        let (uncertain, clock) = (rider.call.access == Access::Write, &*self.seams.clock);
        if let Some(limit) = rate_limit::read(answer, now) {
            self.budget.told(clock, limit);
        }
        match response::read(self.caller.service, &rider.call.cmdlet, uncertain, answer) {
            Ok(Outcome::Reply(reply)) => Next::Verdict(Verdict::Done((reply, host.clone()))),
            Ok(Outcome::Redirect(_)) => Next::Verdict(Verdict::Alone),
            Ok(Outcome::Refused(error)) => {
                let asked = RetryAfter::of(answer.headers(), now);
                rider.token.claims = challenge::claims(answer.headers()).or(rider.token.claims.take());
                self.refused(rider, error, asked, token)
            }
            Err(error) => Next::Verdict(Verdict::Failed(error)),
        }
    }

    /// What the rules for a call say of a refusal.
    fn refused(
        &self,
        rider: &mut Rider,
        error: Box<ServiceError>,
        asked: Option<Duration>,
        token: &AccessToken,
    ) -> Next {
        self.policy(rider).count(&error, &mut rider.tries);
        let step = self.policy(rider).after_answer(&error, asked, rider.tries, random_u32());
        // It goes to its mailbox by itself.
        if error.elsewhere && rider.call.has_mailbox() {
            return Next::Verdict(Verdict::Alone);
        }
        if step == Step::Stop {
            return Next::Verdict(Verdict::Failed(Error::Service(error)));
        }
        if step == Step::Renew {
            rider.tries.renewed = true;
            rider.token = rider.token.clone().rejected(token.clone());
        }
        rider.spent.waits.last = Some(error);
        Next::Step(step)
    }

    /// What the rules say when no answer came.
    fn unanswered(&self, riders: &mut [Rider], error: TransportError) -> Vec<Next> {
        let step = |rider: &mut Rider| {
            rider.tries.failed += 1;
            self.policy(rider).after_silence(&error, rider.tries, random_u32())
        };
        let steps: Vec<Step> = riders.iter_mut().map(step).collect();
        let Some(first) = riders.first() else { return Vec::new() };
        let uncertain = error.may_have_been_sent() && riders.iter().any(|rider| rider.call.access == Access::Write);
        let (cmdlet, attempts) = (first.call.cmdlet.clone(), first.tries.failed);
        let source = Arc::new(Error::Transport { cmdlet, attempts, uncertain, source: error });
        let pairs = riders.iter().zip(steps);
        pairs.map(|(rider, step)| if step == Step::Stop { failed(rider, &source) } else { Next::Step(step) }).collect()
    }

    /// Tells the budget what came of the batch, and each call when it is to travel again.
    fn settle(&self, riders: &mut [Rider], nexts: Vec<Next>, places: Vec<Place>, heard: bool) -> Vec<Verdict> {
        let clock: &dyn Clock = &*self.seams.clock;
        let throttled: Vec<_> = nexts.iter().filter_map(Next::throttled).collect();
        let granted = riders.len() - throttled.len();
        let order = throttled.into_iter().reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)));
        let mut pause = Duration::ZERO;
        match order {
            Some(asked) => pause = refused_together(places, granted..riders.len(), clock, asked),
            None if heard => places.into_iter().for_each(|place| place.granted(clock)),
            None => drop(places),
        }
        let pairs = riders.iter_mut().zip(nexts);
        let settled = pairs.map(|(rider, next)| {
            let step = match next {
                Next::Verdict(verdict) => return verdict,
                Next::Step(step) => step,
            };
            rider.spent.retries += 1;
            rider.due = match step {
                Step::Throttled { .. } => pause,
                Step::Wait { wait, everybody: false } => wait,
                Step::Wait { wait, everybody: true } => {
                    self.budget.close(clock, wait);
                    Duration::ZERO
                }
                Step::Renew | Step::AtOnce | Step::Stop => Duration::ZERO,
            };
            Verdict::Again
        });
        settled.collect()
    }

    fn policy(&self, rider: &Rider) -> Policy {
        Policy { access: rider.call.access, attempts: self.attempts }
    }
}

/// Whether the batch was refused as such, so that the calls may be taken one by one.
fn may_go_alone(rider: &Rider, next: &Next) -> bool {
    let Next::Verdict(Verdict::Failed(Error::Service(error))) = next else { return false };
    rider.call.access == Access::Read && matches!(error.status, 400 | 404 | 405 | 413 | 501)
}

fn broken(riders: &[Rider], error: Error) -> Vec<Next> {
    let source = Arc::new(error);
    riders.iter().map(|rider| failed(rider, &source)).collect()
}

fn failed(rider: &Rider, source: &Arc<Error>) -> Next {
    let cmdlet = rider.call.cmdlet.clone();
    Next::Verdict(Verdict::Failed(Error::Shared {
        cmdlet,
        what: "the batch in which it travelled",
        source: Arc::clone(source),
    }))
}

fn not_understood(rider: &Rider, why: &'static str) -> Next {
    let (cmdlet, uncertain) = (rider.call.cmdlet.clone(), rider.call.access == Access::Write);
    Next::Verdict(Verdict::Failed(Error::Answer { cmdlet, why, at: 0, uncertain, request_id: None }))
}
