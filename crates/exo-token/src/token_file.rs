//! Tokens that outlive the process, in a folder of their own, for those who ask for it.

mod entry;
mod error;
mod folder;

pub use error::TokenFileError;

use crate::CredentialKind;
use entry::Entry;
use exo_model::{AccessToken, AppId, Clock, Origin, Scope, SeamError, TenantName, TokenProvider, TokenRequest};
use folder::Folder;
use ring::digest::{SHA256, digest};
use std::fmt::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Whose tokens are kept: what a token depends on beside its scope.
///
/// A rotated certificate does not share tokens with the one before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenOwner {
    login: String,
    tenant: String,
    app_id: String,
    credential: CredentialKind,
    which: String,
}

impl TokenOwner {
    /// The app in its tenant, and how it proves itself; `which` tells credentials of one kind apart, as the certificate's
    /// thumbprint does.
    ///
    /// A tenant has several names; give its GUID, where it is known, so that they share their tokens.
    pub fn new(
        login: &Origin,
        tenant: &TenantName,
        app_id: &AppId,
        credential: CredentialKind,
        which: impl fmt::Display,
    ) -> Self {
        Self {
            login: login.to_string(),
            tenant: tenant.to_string().to_ascii_lowercase(),
            app_id: app_id.to_string().to_ascii_lowercase(),
            credential,
            which: which.to_string(),
        }
    }

    /// All that a token depends on, in one text; none of its parts can hold a line's end.
    fn key(&self, scope: &Scope) -> String {
        let Self { login, tenant, app_id, credential, which } = self;
        let lines = [login, tenant, app_id, scope.as_str(), credential.as_str(), which];
        lines.map(|line| line.replace('\n', " ")).join("\n")
    }
}

/// Keeps the tokens of another provider in a folder, so that the next process need not ask for one.
///
/// An access token opens all that the app may do, to whoever reads it; without this, nothing is ever written to disk.
/// It belongs below [`Cached`](crate::Cached), which then serves this process from memory.
///
/// On Unix the folder has the mode 0700 and each file 0600; a folder or file that others may open, that belongs to
/// somebody else, or that is a symbolic link is not used. On Windows the rights are those of the folder, so that it
/// must be one in the user's profile. Files are written whole or not at all, and not encrypted.
///
/// A token that ends within six minutes, whose time to be renewed has come, or that cannot be read counts as absent.
/// A request after a refusal or a claims challenge is passed on, and what it brings replaces the file. A file that
/// cannot be written is a warning in the log, and no failure.
///
/// ```
/// use exo_http::SystemClock;
/// use exo_model::{AppId, Cloud, TenantName, TokenProvider};
/// use exo_token::{Cached, CredentialKind, TokenFile, TokenFileError, TokenOwner};
/// use std::{path::Path, sync::Arc};
///
/// fn keep(source: Arc<dyn TokenProvider>, tenant: &TenantName, app_id: &AppId) -> Result<Cached, TokenFileError> {
///     let login = Cloud::Worldwide.endpoints().login;
///     let owner = TokenOwner::new(&login, tenant, app_id, CredentialKind::Certificate, "84E05C1D98BCE3A5421D225B140B36E86A3D5534");
///     let clock = Arc::new(SystemClock::new());
///     let kept = TokenFile::open(source, clock.clone(), Path::new("/home/me/.cache/example/tokens"), owner)?;
///     Ok(Cached::new(kept, clock))
/// }
/// # drop(keep);
/// ```
pub struct TokenFile {
    source: Box<dyn TokenProvider>,
    clock: Arc<dyn Clock>,
    folder: Folder,
    owner: TokenOwner,
}

impl TokenFile {
    /// Keeps tokens in this folder, which is made if it is not there.
    ///
    /// # Errors
    ///
    /// [`TokenFileError`] if the folder is no safe place, or cannot be made.
    pub fn open(
        source: impl TokenProvider + 'static,
        clock: Arc<dyn Clock>,
        folder: &Path,
        owner: TokenOwner,
    ) -> Result<Self, TokenFileError> {
        Ok(Self { source: Box::new(source), clock, folder: Folder::open(folder)?, owner })
    }

    /// The file in which the token for a scope is kept, whether it is there or not.
    pub fn path(&self, scope: &Scope) -> PathBuf {
        self.folder.path().join(name(&self.owner.key(scope)))
    }

    /// Removes the token for a scope; whether there was one.
    ///
    /// # Errors
    ///
    /// [`TokenFileError`] if the folder is no safe place any more, or the file cannot be removed.
    pub fn forget(&self, scope: &Scope) -> Result<bool, TokenFileError> {
        self.folder.remove(&name(&self.owner.key(scope)))
    }

    /// Removes all tokens of a folder, whosever they are, and what an interrupted process left; how many files.
    ///
    /// # Errors
    ///
    /// [`TokenFileError`] if the folder is no safe place, or a file cannot be removed.
    pub fn forget_all(folder: &Path) -> Result<usize, TokenFileError> {
        Folder::clear(folder, is_ours)
    }

    /// The token that is kept for a scope, as far as one can be read.
    fn kept(&self, scope: &Scope) -> Option<Entry> {
        let key = self.owner.key(scope);
        match self.folder.read(&name(&key)) {
            Ok(bytes) => Entry::read(&bytes?, &key),
            Err(error) => {
                tracing::warn!(%scope, error = %error.sentence(), "the kept token is not used");
                None
            }
        }
    }

    fn keep(&self, scope: &Scope, token: &AccessToken) {
        if !is_worth_keeping(token, self.clock.now()) {
            return;
        }
        let key = self.owner.key(scope);
        let written = Entry::write(&key, token).map(|bytes| self.folder.write(&name(&key), &bytes));
        if let Some(Err(error)) = written {
            tracing::warn!(%scope, error = %error.sentence(), "the token is not kept");
        }
    }

    /// Removes a token that the service has refused, so that no other process is given it.
    fn drop_refused(&self, request: &TokenRequest) {
        let Some(refused) = &request.rejected else { return };
        let kept = self.kept(&request.scope).map(Entry::into_token);
        if kept.is_some_and(|kept| kept.secret().expose() == refused.secret().expose())
            && let Err(error) = self.forget(&request.scope)
        {
            tracing::warn!(scope = %request.scope, error = %error.sentence(), "the refused token is not removed");
        }
    }
}

#[async_trait::async_trait]
impl TokenProvider for TokenFile {
    async fn token(&self, request: &TokenRequest) -> Result<AccessToken, SeamError> {
        self.drop_refused(request);
        let is_plain = request.rejected.is_none() && request.claims.is_none();
        let kept = if is_plain { self.kept(&request.scope).map(Entry::into_token) } else { None };
        let now = self.clock.now();
        if let Some(token) = kept.as_ref().filter(|token| is_worth_keeping(token, now)) {
            tracing::debug!(scope = %request.scope, "the token was kept");
            return Ok(token.clone());
        }
        match (self.source.token(request).await, kept) {
            (Ok(token), _) => {
                self.keep(&request.scope, &token);
                Ok(token)
            }
            (Err(error), Some(token)) if self.clock.now() < token.expires_at() => {
                tracing::warn!(scope = %request.scope, %error, "renewing the token failed; the kept one still lives");
                Ok(token)
            }
            (Err(error), _) => Err(error),
        }
    }
}

impl fmt::Debug for TokenFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenFile")
            .field("source", &self.source)
            .field("folder", &self.folder)
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

/// Whether a token serves a process that begins now, and needs no renewal.
fn is_worth_keeping(token: &AccessToken, now: SystemTime) -> bool {
    let is_due = token.refresh_at().is_some_and(|time| time <= now);
    !is_due && now + MARGIN < token.expires_at()
}

/// A token with less than this left is not kept: five minutes, and the minute over which a cache above spreads its
/// renewals, so that it is not handed the old token when it asks for a new one.
const MARGIN: Duration = Duration::from_mins(6);

/// A file's name says nothing of what is in it.
fn name(key: &str) -> String {
    let mut name = String::new();
    for byte in digest(&SHA256, key.as_bytes()).as_ref() {
        // Writing to a text does not fail.
        write!(name, "{byte:02x}").ok();
    }
    name + ENDING
}

/// Whether a file is one of ours, by its name: a token, or one that was being written.
fn is_ours(name: &str) -> bool {
    let Some((digest, rest)) = name.split_once('.') else { return false };
    let is_digest = digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit());
    is_digest && (rest == "token" || rest.starts_with("token."))
}

const ENDING: &str = ".token";
