//! Everything a request is answered from.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use crate::access_token::TokenBook;
use crate::app::App;
use crate::certificates::TokenKey;
use crate::clock::{Civil, Clock};
use crate::cmdlets::{AuditSessions, FolderRights, Labels, Orders, Overlay, Photos, Searches};
use crate::credential::{CertificateSource, KeyCredential};
use crate::device_code::DeviceBook;
use crate::directory::{Application, Directory, Eye, Key, Kind, Life, Moment};
use crate::error::Error;
use crate::fault_book::FaultBook;
use crate::federation::ForeignKeys;
use crate::guid::Guid;
use crate::load::Load;
use crate::neighbours::Neighbours;
use crate::received::Journal;
use crate::regions::Regions;
use crate::roles::{Books, RoleTable};
use crate::secure_text::SecureText;
use crate::tenant::{EmptySuccess, Tenant};
use crate::unsettled::Remaining;

/// Everything a request is answered from.
pub(crate) struct World {
    pub(crate) tenant: Tenant,
    pub(crate) clock: Clock,
    pub(crate) token_key: TokenKey,
    pub(crate) tokens: TokenBook,
    pub(crate) journal: Journal,
    pub(crate) faults: FaultBook,
    pub(crate) overlay: Overlay,
    pub(crate) orders: Orders,
    pub(crate) audit_sessions: AuditSessions,
    pub(crate) folder_rights: FolderRights,
    pub(crate) labels: Labels,
    pub(crate) searches: Searches,
    pub(crate) photos: Photos,
    pub(crate) foreign_keys: ForeignKeys,
    pub(crate) neighbours: Neighbours,
    pub(crate) load: Load,
    pub(crate) secure_text: SecureText,
    pub(crate) role_table: RoleTable,
    pub(crate) books: Books,
    /// What links to pages and cookies are made with.
    pub(crate) secret: u64,
    /// When the tenant was started, by its own clock.
    started: i64,
    /// The assertions that were used, by app and `jti`.
    used_assertions: Mutex<HashSet<String>>,
    regions: RwLock<Regions>,
    answered: AtomicU32,
    graph_calls: AtomicU32,
    /// How often a cmdlet had nothing to say.
    quiet: AtomicU32,
    pub(crate) directory: Directory,
    pub(crate) devices: DeviceBook,
}

impl World {
    pub(crate) fn new(tenant: Tenant) -> Result<Self, Error> {
        let tenant = tenant.in_its_states()?;
        let clock = Clock::ahead_by(tenant.clock_ahead);
        let started = clock.now_millis();
        Ok(Self {
            started: started.div_euclid(1000),
            clock,
            token_key: TokenKey::make()?,
            tokens: TokenBook::default(),
            journal: Journal::into(tenant.record.as_deref())?,
            faults: FaultBook::new(&tenant.faults),
            overlay: Overlay::default(),
            orders: Orders::default(),
            audit_sessions: AuditSessions::default(),
            folder_rights: FolderRights::default(),
            labels: Labels::default(),
            searches: Searches::default(),
            photos: Photos::default(),
            foreign_keys: ForeignKeys::default(),
            neighbours: Neighbours::new(|| Guid::hashed(random(), random()).to_string()),
            load: Load::of(&tenant),
            secure_text: SecureText::default(),
            role_table: RoleTable::read(),
            books: Books::begin(&tenant),
            secret: random(),
            used_assertions: Mutex::default(),
            regions: RwLock::new(tenant.regions.clone()),
            answered: AtomicU32::new(0),
            graph_calls: AtomicU32::new(0),
            quiet: AtomicU32::new(0),
            directory: Directory::of(&tenant, started)?,
            devices: DeviceBook::default(),
            tenant,
        })
    }

    /// How long the tenant has been there, in seconds of its own clock.
    pub(crate) fn age(&self) -> i64 {
        self.clock.now() - self.started
    }

    /// Where the tenant's data live now.
    pub(crate) fn regions(&self) -> Regions {
        self.regions.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Moves the tenant's data.
    pub(crate) fn move_to(&self, change: impl FnOnce(&mut Regions)) {
        change(&mut self.regions.write().unwrap_or_else(PoisonError::into_inner));
    }

    /// Remembers an assertion; false if it was used before.
    pub(crate) fn is_new_assertion(&self, id: &str) -> bool {
        self.used_assertions.lock().unwrap_or_else(PoisonError::into_inner).insert(id.to_owned())
    }

    /// Now, and how long what happens now takes to be seen.
    pub(crate) fn moment(&self) -> Moment {
        Moment { now: self.clock.now_millis(), replication: self.tenant.replication }
    }

    /// The server that answers the next call of Microsoft Graph.
    pub(crate) fn next_server(&self) -> Eye {
        let turn = self.graph_calls.fetch_add(1, Ordering::Relaxed);
        if self.tenant.graph.servers_in_turn && turn.is_multiple_of(2) { Eye::Writer } else { Eye::Graph }
    }

    /// The app of a number.
    pub(crate) fn app(&self, number: usize) -> Option<Arc<App>> {
        self.directory.read().app(number)
    }

    /// Whether the token service sees a service principal of an app that is enabled.
    pub(crate) fn is_enabled(&self, app_id: &str) -> bool {
        let directory = self.directory.read();
        let now = self.clock.now_millis();
        directory.principal_of(app_id, Eye::Tokens, now).is_some_and(|known| known.is_enabled(now))
    }

    /// Registers one more certificate on an app.
    pub(crate) fn register(&self, id: &str, source: &CertificateSource) -> Result<(), Error> {
        let Moment { now, .. } = self.moment();
        let mut directory = self.directory.write();
        let known = |known: &&mut Application| known.app_id.eq_ignore_ascii_case(id) && known.life.lasts();
        let application = directory.applications.iter_mut().find(known);
        let application = application.ok_or_else(|| Error::Setting { what: "app id", value: id.to_owned() })?;
        let number = application.keys.len() + 1;
        let refused = |reason| Error::Certificate { app: id.to_owned(), number, reason };
        let credential = KeyCredential::read(&source.der, source.dates).map_err(refused)?;
        self.tenant.check_lifetime(&credential).map_err(refused)?;
        let seen = now.saturating_add(source.visible_after.saturating_mul(1000));
        let life = Life::old(Kind::Certificate, now, seen);
        application.keys.push(Key::new(self.fresh_guid(), credential, life));
        Ok(())
    }

    /// A GUID that nobody has seen before.
    #[expect(clippy::unused_self, reason = "a request asks the world for what is new")]
    pub(crate) fn fresh_guid(&self) -> String {
        Guid::hashed(random(), random()).to_string()
    }

    /// The form of the next success without any output.
    pub(crate) fn empty_success(&self) -> EmptySuccess {
        const FORMS: [EmptySuccess; 3] = [EmptySuccess::List, EmptySuccess::Nothing, EmptySuccess::NoContent];
        match self.tenant.empty_success {
            EmptySuccess::InTurn => {
                let turn = self.quiet.fetch_add(1, Ordering::Relaxed) % 3;
                usize::try_from(turn).ok().and_then(|turn| FORMS.get(turn)).copied().unwrap_or_default()
            }
            form => form,
        }
    }

    /// The budget that is left of the window, as headers; `refused` for a 429.
    pub(crate) fn budget(&self, app: Option<usize>, refused: bool) -> Vec<(&'static str, String)> {
        const LIMIT: u32 = 30_000;
        let remaining = self.tenant.unsettled.remaining;
        if remaining == Remaining::Absent {
            return Vec::new();
        }
        let (limit, left, until) = self.load.window(app).unwrap_or_else(|| {
            let answered = self.answered.fetch_add(1, Ordering::Relaxed) % LIMIT;
            (LIMIT, LIMIT - 1 - answered, Duration::from_secs(16))
        });
        let left = if refused && remaining == Remaining::Zero { 0 } else { left };
        let reset = self.clock.now_millis().saturating_add(i64::try_from(until.as_millis()).unwrap_or(i64::MAX));
        let (seconds, millis) = (reset.div_euclid(1000), reset.rem_euclid(1000));
        vec![
            ("rate-limit-limit", limit.to_string()),
            ("rate-limit-remaining", left.to_string()),
            ("rate-limit-reset", format!("{}.{millis:03}Z", Civil::from_unix(seconds).iso())),
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
