//! The only cache: one token per scope, renewed before its end by one caller for all.

use exo_http::random_u32;
use exo_model::{AccessToken, Clock, Diagnose, ErrorKind, Scope, SeamError, TokenProvider, TokenRequest};
use std::collections::HashMap;
use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

/// Keeps the tokens of another provider, one per scope.
///
/// A token is renewed five minutes before its end, and up to a minute earlier by chance, or when the service said so.
/// One caller renews; the others are given the old token while it lives, and wait after that. If the renewal fails while the token still lives, the token is given
/// and the failure is logged.
///
/// ```
/// use exo_http::SystemClock;
/// use exo_model::{AccessToken, Scope, SeamError, Secret, TokenProvider, TokenRequest};
/// use exo_token::Cached;
/// use std::sync::Arc;
/// use std::time::{Duration, SystemTime};
///
/// #[derive(Debug)]
/// struct Given(AccessToken);
///
/// #[async_trait::async_trait]
/// impl TokenProvider for Given {
///     async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
///         Ok(self.0.clone())
///     }
/// }
///
/// let token = AccessToken::new(Secret::from("t"), SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40));
/// let provider = Cached::new(Given(token), Arc::new(SystemClock::new()));
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let request = TokenRequest::new(Scope::new("https://outlook.office365.com/.default"));
/// assert!(provider.token(&request).await.is_ok());
/// # });
/// ```
pub struct Cached {
    source: Box<dyn TokenProvider>,
    clock: Arc<dyn Clock>,
    random: fn() -> u32,
    slots: Mutex<HashMap<Scope, Arc<Slot>>>,
}

impl Cached {
    /// A cache around any provider.
    pub fn new(provider: impl TokenProvider + 'static, clock: Arc<dyn Clock>) -> Self {
        Self { source: Box::new(provider), clock, random: random_u32, slots: Mutex::default() }
    }

    /// Where the chance in the time of renewal comes from; the system's random numbers by default.
    #[must_use]
    pub fn random(mut self, source: fn() -> u32) -> Self {
        self.random = source;
        self
    }

    fn slot(&self, scope: &Scope) -> Arc<Slot> {
        let mut slots = lock(&self.slots);
        Arc::clone(slots.entry(scope.clone()).or_default())
    }

    /// Asks the source and keeps what it gives; the caller holds the slot's turn.
    async fn renew(&self, slot: &Slot, request: &TokenRequest) -> Result<AccessToken, SeamError> {
        let outcome = self.source.token(request).await;
        let now = self.clock.now();
        let mut state = lock(&slot.state);
        state.renewals += 1;
        match outcome {
            Ok(token) => {
                state.entry = Some(self.entry(token.clone(), request));
                state.failure = None;
                Ok(token)
            }
            Err(error) => {
                if let Some(entry) = state.entry.as_mut().filter(|e| e.is_usable(request, now)) {
                    tracing::warn!(scope = %request.scope, %error, "renewing the token failed; the old one still lives");
                    entry.refresh_at = now + PAUSE;
                    return Ok(entry.token.clone());
                }
                state.failure = Some(Failure::of(&error));
                Err(error)
            }
        }
    }

    fn entry(&self, token: AccessToken, request: &TokenRequest) -> Entry {
        let chance = SPREAD.mul_f64(f64::from((self.random)()) / 4_294_967_296.0);
        let before_the_end = token.expires_at().checked_sub(MARGIN + chance).unwrap_or(SystemTime::UNIX_EPOCH);
        let refresh_at = token.refresh_at().map_or(before_the_end, |told| told.min(before_the_end));
        Entry { token, refresh_at, claims: request.claims.clone() }
    }
}

#[async_trait::async_trait]
impl TokenProvider for Cached {
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, SeamError> {
        let slot = self.slot(&request.scope);
        let now = self.clock.now();
        let (before, living) = {
            let state = lock(&slot.state);
            if let Some(token) = state.fresh(request, now) {
                return Ok(token);
            }
            (state.renewals, state.living(request, now))
        };
        let _turn = match (slot.turn.try_lock(), living) {
            (Ok(turn), _) => turn,
            // Somebody renews already, and may have to wait for the service long; the old token serves meanwhile.
            (Err(_), Some(token)) => return Ok(token),
            (Err(_), None) => slot.turn.lock().await,
        };
        if let Some(outcome) = lock(&slot.state).since(before, request, self.clock.now()) {
            return outcome;
        }
        self.renew(&slot, request).await
    }
}

impl fmt::Debug for Cached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cached")
            .field("source", &self.source)
            .field("scopes", &lock(&self.slots).len())
            .finish_non_exhaustive()
    }
}

/// A scope's place: what is known, and whose turn it is to ask.
#[derive(Default)]
struct Slot {
    state: Mutex<State>,
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    entry: Option<Entry>,
    failure: Option<Failure>,
    /// How many renewals have ended, by which a waiter sees that one ended while it waited.
    renewals: u64,
}

impl State {
    /// A token that needs no renewal.
    fn fresh(&self, request: &TokenRequest, now: SystemTime) -> Option<AccessToken> {
        let entry = self.entry.as_ref()?;
        (now < entry.refresh_at && entry.is_usable(request, now)).then(|| entry.token.clone())
    }

    /// A token that is still good, though it may be time to renew it.
    fn living(&self, request: &TokenRequest, now: SystemTime) -> Option<AccessToken> {
        self.entry.as_ref().filter(|entry| entry.is_usable(request, now)).map(|entry| entry.token.clone())
    }

    /// What a renewal brought that ended after the caller began to wait.
    ///
    /// It counts even if the token is too short-lived to be kept, or if it failed: a hundred callers are one request.
    fn since(&self, before: u64, request: &TokenRequest, now: SystemTime) -> Option<Result<AccessToken, SeamError>> {
        if self.renewals == before {
            return self.fresh(request, now).map(Ok);
        }
        let living = self.living(request, now);
        living.map(Ok).or_else(|| self.failure.as_ref().map(|failure| Err(failure.again())))
    }
}

struct Entry {
    token: AccessToken,
    refresh_at: SystemTime,
    /// The claims challenge that it was asked for with.
    claims: Option<String>,
}

impl Entry {
    /// Whether the token lives, is not the one that was refused, and meets what is demanded.
    fn is_usable(&self, request: &TokenRequest, now: SystemTime) -> bool {
        if request.claims.is_some() && request.claims != self.claims {
            return false;
        }
        let refused = request.rejected.as_ref().is_some_and(|r| r.secret().expose() == self.token.secret().expose());
        now < self.token.expires_at() && !refused
    }
}

/// A failure that can be told to several callers.
struct Failure {
    kind: ErrorKind,
    text: String,
    code: Option<String>,
    hint: Option<std::borrow::Cow<'static, str>>,
}

impl Failure {
    fn of(error: &SeamError) -> Self {
        let mut text = error.to_string();
        let mut next = error.source();
        while let Some(cause) = next {
            text = format!("{text}: {cause}");
            next = cause.source();
        }
        let code = error.service_code().map(ToOwned::to_owned);
        Self { kind: error.kind(), text, code, hint: error.hint() }
    }

    fn again(&self) -> SeamError {
        let mut error = SeamError::message(self.kind, self.text.as_str());
        if let Some(code) = &self.code {
            error = error.code(code.as_str());
        }
        if let Some(hint) = &self.hint {
            error = error.hinted(hint.clone());
        }
        error
    }
}

/// A token with less than this left is renewed.
const MARGIN: Duration = Duration::from_mins(5);
/// Renewals are spread over this, so that many processes do not ask at once.
const SPREAD: Duration = Duration::from_mins(1);
/// After a renewal failed, the old token is given for this long without another attempt.
const PAUSE: Duration = Duration::from_secs(30);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
