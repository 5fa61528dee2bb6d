//! Everything a request is answered from.

use crate::access_token::TokenBook;
use crate::certificates::TokenKey;
use crate::clock::Clock;
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
        let mut bytes = [0_u8; 16];
        if aws_lc_rs::rand::fill(&mut bytes).is_err() {
            bytes = [0xA5; 16];
        }
        let (high, low) = bytes.split_at(8);
        let number = |half: &[u8]| half.iter().fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        Guid::hashed(number(high), number(low)).to_string()
    }
}
