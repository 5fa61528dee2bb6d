//! Failures that are produced on demand: to which requests, how often, and what happens.

use std::time::Duration;

use bytes::Bytes;

use crate::fault_shapes::Shape;
use crate::token_error;

/// Which requests a fault may strike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// Calls of one cmdlet.
    Cmdlet(String),
    /// Token requests.
    Token,
    /// Every token request and every call of a cmdlet.
    Any,
    /// Requests for tokens of a managed identity.
    Machine,
    /// Requests to a key vault.
    Vault,
    /// Requests for the tokens of other issuers.
    Issuer,
    /// Requests for OpenID configuration and instance discovery.
    Discovery,
    /// Calls of Microsoft Graph.
    Graph,
    /// Requests for a device code.
    DeviceCode,
}

/// What happens instead of the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The answer is the normal one; only the delay or the label is wrong.
    Serve,
    Throttle(Option<String>),
    ThrottleText(u16),
    Status(u16),
    Html,
    Nul403,
    ServerError {
        code: u16,
        exception: String,
    },
    Reset,
    Truncate(usize),
    ExpiredPage,
    Garbage,
    Link(Link),
    RevokeToken,
    Redirect(String),
    /// To the same path at another region of the same service.
    RedirectTo(String),
    Hang,
    Aadsts(u32),
    /// Given bytes.
    Answer {
        status: u16,
        content_type: String,
        body: Bytes,
    },
    /// The normal answer, bent.
    Shape(Shape),
    /// A claims challenge, until it is answered.
    Challenge(String),
}

/// A link to the next page that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Link {
    /// There is none, though there is a warning.
    Missing,
    /// It leads to the page that it stands on.
    Repeated,
    /// It leads to another host.
    Foreign(String),
    /// It leads to another tenant.
    OtherTenant(String),
}

/// A failure that the emulator produces on demand.
///
/// By default a fault strikes the first request that it applies to, once.
///
/// ```
/// use exo_emulator::Fault;
///
/// let fault = Fault::on_cmdlet("Get-Mailbox").page(2).times(2).throttle(Some("0"));
/// assert_eq!(fault, "Get-Mailbox page=2 times=2 throttle=0".parse()?);
/// # Ok::<(), exo_emulator::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub(crate) target: Target,
    pub(crate) page: Option<u32>,
    pub(crate) call: u32,
    /// Only requests of this app.
    pub(crate) app: Option<String>,
    /// Only calls of Microsoft Graph with this method, and with this in their path.
    pub(crate) method: Option<String>,
    pub(crate) path: Option<String>,
    /// A call of Microsoft Graph does what it is to do, and only its answer is lost.
    pub(crate) done: bool,
    /// Only one of so many, picked under a seed.
    pub(crate) share: Option<(u32, u64)>,
    pub(crate) times: Option<u32>,
    pub(crate) delay: Option<Duration>,
    pub(crate) mislabelled: bool,
    /// Bytes that leave at once, and the pause behind each.
    pub(crate) slow: Option<(usize, Duration)>,
    /// By how many seconds the `Date` of the answer is ahead.
    pub(crate) skew: i64,
    /// Headers that the answer has, whatever it is; each in place of the one of that name.
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) action: Action,
}

impl Fault {
    /// A fault of calls of one cmdlet.
    pub fn on_cmdlet(name: impl Into<String>) -> Self {
        Self::on(Target::Cmdlet(name.into()))
    }

    /// A fault of token requests.
    pub const fn on_token() -> Self {
        Self::on(Target::Token)
    }

    /// A fault of requests for OpenID configuration and instance discovery.
    pub const fn on_discovery() -> Self {
        Self::on(Target::Discovery)
    }

    /// A fault of whatever comes: token requests and calls of any cmdlet.
    pub const fn on_any() -> Self {
        Self::on(Target::Any)
    }

    /// A fault of requests for tokens of a managed identity.
    pub const fn on_machine() -> Self {
        Self::on(Target::Machine)
    }

    /// A fault of requests to a key vault.
    pub const fn on_vault() -> Self {
        Self::on(Target::Vault)
    }

    /// A fault of requests for the tokens of other issuers, such as a pipeline's.
    pub const fn on_issuer() -> Self {
        Self::on(Target::Issuer)
    }

    /// A fault of requests for a device code; its polls are token requests.
    pub const fn on_device_code() -> Self {
        Self::on(Target::DeviceCode)
    }

    /// A fault of calls of Microsoft Graph.
    pub const fn on_graph() -> Self {
        Self::on(Target::Graph)
    }

    pub(crate) const fn on(target: Target) -> Self {
        Self {
            target,
            page: None,
            call: 1,
            app: None,
            method: None,
            path: None,
            done: false,
            share: None,
            times: Some(1),
            delay: None,
            mislabelled: false,
            slow: None,
            skew: 0,
            headers: Vec::new(),
            action: Action::Serve,
        }
    }

    /// Only requests for the nth page of a run, from 1.
    #[must_use]
    pub const fn page(mut self, number: u32) -> Self {
        self.page = Some(number);
        self
    }

    /// Only from the nth matching request on, from 1.
    #[must_use]
    pub const fn call(mut self, number: u32) -> Self {
        self.call = number;
        self
    }

    /// Only requests of this app, by its id.
    #[must_use]
    pub fn app(mut self, id: impl Into<String>) -> Self {
        self.app = Some(id.into());
        self
    }

    /// Only calls of Microsoft Graph with this method.
    #[must_use]
    pub fn method(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Only calls of Microsoft Graph whose path has this in it, such as `/servicePrincipals`.
    #[must_use]
    pub fn path(mut self, part: impl Into<String>) -> Self {
        self.path = Some(part.into());
        self
    }

    /// A call of Microsoft Graph does what it is to do before it fails, so that only its answer is lost.
    #[must_use]
    pub const fn done(mut self) -> Self {
        self.done = true;
        self
    }

    /// One of so many requests on average, picked at random under a seed, and every time.
    #[must_use]
    pub const fn one_in(mut self, share: u32, seed: u64) -> Self {
        self.share = Some((share, seed));
        self.times = None;
        self
    }

    /// So many times; once if not said.
    #[must_use]
    pub const fn times(mut self, count: u32) -> Self {
        self.times = Some(count);
        self
    }

    /// Every time.
    #[must_use]
    pub const fn always(mut self) -> Self {
        self.times = None;
        self
    }

    /// 429 with a JSON body, and `Retry-After` as given: `0`, `1.5`, an HTTP date.
    #[must_use]
    pub fn throttle(self, retry_after: Option<&str>) -> Self {
        self.acting(Action::Throttle(retry_after.map(ToOwned::to_owned)))
    }

    /// 429 with a body of plain text and no `Retry-After`.
    #[must_use]
    pub fn throttle_text(self) -> Self {
        self.throttle_text_under(429)
    }

    /// The same under another status.
    #[must_use]
    pub fn throttle_text_under(self, status: u16) -> Self {
        self.acting(Action::ThrottleText(status))
    }

    /// A status with a JSON error.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        self.acting(Action::Status(status))
    }

    /// 502 with a gateway's page.
    #[must_use]
    pub fn html(self) -> Self {
        self.acting(Action::Html)
    }

    /// 403 with a body of NUL bytes that is declared to be gzip.
    #[must_use]
    pub fn nul_403(self) -> Self {
        self.acting(Action::Nul403)
    }

    /// A status with a cmdlet's exception in the body.
    #[must_use]
    pub fn server_error(self, code: u16, exception: impl Into<String>) -> Self {
        self.acting(Action::ServerError { code, exception: exception.into() })
    }

    /// The connection is reset before the answer.
    #[must_use]
    pub fn reset(self) -> Self {
        self.acting(Action::Reset)
    }

    /// The body ends after so many bytes, short of its `Content-Length`.
    #[must_use]
    pub fn truncate(self, bytes: usize) -> Self {
        self.acting(Action::Truncate(bytes))
    }

    /// The answer, whatever it is, comes so much later.
    #[must_use]
    pub const fn delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// The error of a page link that is too old or reached another back end.
    #[must_use]
    pub fn expired_page(self) -> Self {
        self.acting(Action::ExpiredPage)
    }

    /// The answer, whatever it is, is plain and declared to be gzip.
    #[must_use]
    pub const fn wrong_label(mut self) -> Self {
        self.mislabelled = true;
        self
    }

    /// 200 with a body that is not JSON.
    #[must_use]
    pub fn garbage(self) -> Self {
        self.acting(Action::Garbage)
    }

    /// The page warns that there is more, and has no link to it.
    #[must_use]
    pub fn warning_without_link(self) -> Self {
        self.acting(Action::Link(Link::Missing))
    }

    /// 401, for this and every later use of the token that was sent.
    #[must_use]
    pub fn revoke_token(self) -> Self {
        self.acting(Action::RevokeToken)
    }

    /// 302 to somewhere.
    #[must_use]
    pub fn redirect(self, location: impl Into<String>) -> Self {
        self.acting(Action::Redirect(location.into()))
    }

    /// 302 to another region of the same service, by its label and its public name.
    ///
    /// Exchange Online is served under any label, unless [`Tenant::exchange_redirect`](crate::Tenant::exchange_redirect)
    /// says which one; Security & Compliance redirects on to the region that the tenant is in.
    #[must_use]
    pub fn redirect_to(self, label: impl Into<String>) -> Self {
        self.acting(Action::RedirectTo(label.into()))
    }

    /// No answer, until the emulator stops.
    #[must_use]
    pub fn hang(self) -> Self {
        self.acting(Action::Hang)
    }

    /// A refusal of the token service by its code, such as 53003.
    #[must_use]
    pub fn aadsts(self, code: u32) -> Self {
        self.acting(Action::Aadsts(code))
    }

    /// Every code that [`Fault::aadsts`] answers as the service does; others are a plain bad request.
    pub fn aadsts_codes() -> impl Iterator<Item = u32> {
        token_error::codes()
    }

    pub(crate) fn acting(mut self, action: Action) -> Self {
        self.action = action;
        self
    }

    pub(crate) fn applies(&self, cmdlet: Option<&str>, page: Option<u32>, app: Option<&str>) -> bool {
        let aimed = match (&self.target, cmdlet) {
            (Target::Any, _) | (Target::Token, None) => true,
            (Target::Cmdlet(name), Some(cmdlet)) => name.eq_ignore_ascii_case(cmdlet),
            _ => false,
        };
        let theirs = self.app.as_deref().is_none_or(|id| app.is_some_and(|app| app.eq_ignore_ascii_case(id)));
        aimed && theirs && (self.page.is_none() || self.page == page)
    }
    /// Whether a call of Microsoft Graph is one that the fault is aimed at.
    pub(crate) fn is_for(&self, method: &str, path: &str) -> bool {
        let path = path.to_ascii_lowercase();
        self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && self.path.as_deref().is_none_or(|part| path.contains(&part.to_ascii_lowercase()))
    }
}
