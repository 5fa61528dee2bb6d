//! Everything a request is answered from.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::access_token::TokenBook;
use crate::certificates::TokenKey;
use crate::clock::{Civil, Clock};
use crate::cmdlets::Overlay;
use crate::credential::KeyCredential;
use crate::error::Error;
use crate::faults::FaultBook;
use crate::guid::Guid;
use crate::received::Journal;
use crate::tenant::Tenant;

/// Everything a request is answered from.
pub(crate) struct World {
    pub(crate) tenant: Tenant,
    pub(crate) clock: Clock,
    pub(crate) token_key: TokenKey,
    pub(crate) tokens: TokenBook,
    pub(crate) journal: Journal,
    pub(crate) faults: FaultBook,
    pub(crate) overlay: Overlay,
    /// What links to pages and cookies are made with.
    pub(crate) secret: u64,
    answered: AtomicU64,
    credentials: Vec<Vec<KeyCredential>>,
}

impl World {
    pub(crate) fn new(tenant: Tenant) -> Result<Self, Error> {
        let credentials = tenant
            .apps
            .iter()
            .map(|app| {
                let numbered = (1..).zip(&app.certificates);
                numbered
                    .map(|(number, source)| {
                        KeyCredential::read(source).map_err(|reason| Error::Certificate {
                            app: app.id.clone(),
                            number,
                            reason,
                        })
                    })
                    .collect()
            })
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            clock: Clock::ahead_by(tenant.clock_ahead),
            token_key: TokenKey::make()?,
            tokens: TokenBook::default(),
            journal: Journal::default(),
            faults: FaultBook::new(&tenant.faults),
            overlay: Overlay::default(),
            secret: random(),
            answered: AtomicU64::new(0),
            credentials,
            tenant,
        })
    }

    /// The certificates registered on an app.
    pub(crate) fn keys_of(&self, app: usize) -> &[KeyCredential] {
        self.credentials.get(app).map_or(&[], Vec::as_slice)
    }

    /// A GUID that nobody has seen before.
    #[expect(clippy::unused_self, reason = "a request asks the world for what is new")]
    pub(crate) fn fresh_guid(&self) -> String {
        Guid::hashed(random(), random()).to_string()
    }

    /// The budget that is left of the window, as headers.
    pub(crate) fn budget(&self, spent: bool) -> [(&'static str, String); 3] {
        const LIMIT: u64 = 30_000;
        let answered = self.answered.fetch_add(1, Ordering::Relaxed) % LIMIT;
        let left = if spent { 0 } else { LIMIT - 1 - answered };
        let reset = Civil::from_unix(self.clock.now() + 16).iso();
        [
            ("rate-limit-limit", LIMIT.to_string()),
            ("rate-limit-remaining", left.to_string()),
            ("rate-limit-reset", format!("{reset}.000Z")),
        ]
    }
}

/// A number that nobody can guess.
fn random() -> u64 {
    let mut bytes = [0_u8; 8];
    if aws_lc_rs::rand::fill(&mut bytes).is_err() {
        bytes = [0xA5; 8];
    }
    u64::from_le_bytes(bytes)
}
