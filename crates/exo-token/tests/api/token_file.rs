//! Tokens on disk, for those who ask for it: where they are trusted, and when they are not used.

use crate::{HALF, NOW, compliance, exchange};
use exo_http::FakeClock;
use exo_model::{AccessToken, Cloud, Diagnose, ErrorKind, SeamError, Secret, TokenProvider, TokenRequest};
use exo_token::{Cached, CredentialKind, TokenFile, TokenFileError, TokenOwner};
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Gives numbered tokens; fails while it is out of order.
#[derive(Debug)]
struct Source {
    given: AtomicU32,
    lifetime: AtomicU32,
    refresh_in: Mutex<Option<u64>>,
    out_of_order: Mutex<bool>,
    clock: Arc<FakeClock>,
}

#[async_trait::async_trait]
impl TokenProvider for Source {
    async fn token(&self, _: &TokenRequest) -> Result<AccessToken, SeamError> {
        use exo_model::Clock as _;
        if *self.out_of_order.lock().unwrap() {
            return Err(SeamError::message(ErrorKind::Unavailable, "out of order"));
        }
        let number = self.given.fetch_add(1, Ordering::Relaxed);
        let seconds = u64::from(self.lifetime.load(Ordering::Relaxed));
        let ends = self.clock.now() + Duration::from_secs(seconds);
        let token = AccessToken::new(Secret::new(format!("marked-{number}")), ends);
        let refresh = *self.refresh_in.lock().unwrap();
        Ok(match refresh {
            Some(seconds) => token.refresh_from(self.clock.now() + Duration::from_secs(seconds)),
            None => token,
        })
    }
}

struct Disk {
    folder: tempfile::TempDir,
    clock: Arc<FakeClock>,
    source: Arc<Source>,
}

impl Disk {
    fn new() -> Self {
        let clock = Arc::new(FakeClock::at(NOW));
        let source = Source {
            given: AtomicU32::new(0),
            lifetime: AtomicU32::new(3600),
            refresh_in: Mutex::new(None),
            out_of_order: Mutex::new(false),
            clock: Arc::clone(&clock),
        };
        Self { folder: tempfile::tempdir().unwrap(), clock, source: Arc::new(source) }
    }

    fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("below").join("tokens")
    }

    /// What a process of its own would see.
    fn process(&self) -> TokenFile {
        self.of(owner("84E05C1D98BCE3A5421D225B140B36E86A3D5534"))
    }

    fn of(&self, owner: TokenOwner) -> TokenFile {
        self.open(&self.path(), owner).unwrap()
    }

    fn open(&self, folder: &Path, owner: TokenOwner) -> Result<TokenFile, TokenFileError> {
        TokenFile::open(Arc::clone(&self.source), Arc::clone(&self.clock) as _, folder, owner)
    }

    fn files(&self) -> usize {
        self.path().read_dir().unwrap().count()
    }
}

fn owner(thumbprint: &str) -> TokenOwner {
    tenant("contoso.onmicrosoft.com", thumbprint)
}

fn tenant(tenant: &str, thumbprint: &str) -> TokenOwner {
    TokenOwner::new(
        &Cloud::Worldwide.endpoints().login,
        &tenant.parse().unwrap(),
        &"36ee4c6c-0812-40a2-b820-b22ebd02bce3".parse().unwrap(),
        CredentialKind::Certificate,
        thumbprint,
    )
}

async fn name(provider: &impl TokenProvider, request: &TokenRequest) -> String {
    provider.token(request).await.unwrap().secret().expose().to_owned()
}

#[tokio::test]
async fn the_next_process_need_not_ask() {
    let disk = Disk::new();
    let first = disk.process().token(&exchange()).await.unwrap();
    let second = disk.process().token(&exchange()).await.unwrap();
    assert_eq!(second.secret().expose(), "marked-0");
    assert_eq!(second.expires_at(), first.expires_at());
    assert_eq!(disk.files(), 1);
}

#[tokio::test]
async fn each_scope_and_each_owner_has_a_file() {
    let disk = Disk::new();
    let providers = [
        disk.process(),
        disk.of(owner("0000000000000000000000000000000000000000")),
        disk.of(tenant("fabrikam.com", "")),
    ];
    for _ in 0..2 {
        for (index, provider) in providers.iter().enumerate() {
            assert_eq!(name(provider, &exchange()).await, format!("marked-{}", 2 * index));
            assert_eq!(name(provider, &compliance()).await, format!("marked-{}", 2 * index + 1));
        }
    }
    assert_eq!(disk.files(), 6);
}

#[tokio::test]
async fn a_token_near_its_end_counts_as_absent() {
    let disk = Disk::new();
    disk.process().token(&exchange()).await.unwrap();
    disk.clock.advance(Duration::from_secs(3600 - 361));
    assert_eq!(name(&disk.process(), &exchange()).await, "marked-0");
    disk.clock.advance(Duration::from_secs(1));
    assert_eq!(name(&disk.process(), &exchange()).await, "marked-1");
    assert_eq!(disk.files(), 1);
}

#[tokio::test]
async fn a_token_whose_time_to_be_renewed_has_come_counts_as_absent() {
    let disk = Disk::new();
    *disk.source.refresh_in.lock().unwrap() = Some(1800);
    disk.process().token(&exchange()).await.unwrap();
    disk.clock.advance(Duration::from_secs(1799));
    assert_eq!(name(&disk.process(), &exchange()).await, "marked-0");
    disk.clock.advance(Duration::from_secs(1));
    assert_eq!(name(&disk.process(), &exchange()).await, "marked-1");
}

#[tokio::test]
async fn a_kept_token_that_lives_serves_while_there_is_no_other() {
    let disk = Disk::new();
    disk.process().token(&exchange()).await.unwrap();
    *disk.source.out_of_order.lock().unwrap() = true;
    disk.clock.advance(Duration::from_secs(3599));
    assert_eq!(name(&disk.process(), &exchange()).await, "marked-0");
    disk.clock.advance(Duration::from_secs(1));
    assert_eq!(disk.process().token(&exchange()).await.unwrap_err().to_string(), "out of order");
}

#[tokio::test]
async fn a_cache_above_is_never_handed_the_token_that_it_wants_renewed() {
    for chance in [|| 0, HALF, || u32::MAX] {
        let disk = Disk::new();
        let cached = Cached::new(disk.process(), Arc::clone(&disk.clock) as _).random(chance);
        for second in 0..3600 {
            let token = cached.token(&exchange()).await.unwrap();
            let expected = if token.secret().expose() == "marked-0" { 1 } else { 2 };
            assert_eq!(disk.source.given.load(Ordering::Relaxed), expected, "{second}");
            disk.clock.advance(Duration::from_secs(1));
        }
        assert_eq!(disk.source.given.load(Ordering::Relaxed), 2);
    }
}

#[tokio::test]
async fn a_short_token_is_not_written() {
    let disk = Disk::new();
    disk.source.lifetime.store(300, Ordering::Relaxed);
    disk.process().token(&exchange()).await.unwrap();
    assert_eq!(disk.files(), 0);
}

#[tokio::test]
async fn a_refused_token_and_a_challenge_replace_what_is_kept() {
    let disk = Disk::new();
    let refused = disk.process().token(&exchange()).await.unwrap();
    assert_eq!(name(&disk.process(), &exchange().rejected(refused)).await, "marked-1");
    assert_eq!(name(&disk.process(), &exchange()).await, "marked-1");
    assert_eq!(name(&disk.process(), &exchange().claims("{}")).await, "marked-2");
    assert_eq!(name(&disk.process(), &exchange()).await, "marked-2");
}

#[tokio::test]
async fn a_refused_token_is_given_to_nobody_though_there_is_no_other() {
    let disk = Disk::new();
    let refused = disk.process().token(&exchange()).await.unwrap();
    *disk.source.out_of_order.lock().unwrap() = true;
    disk.process().token(&exchange().rejected(refused)).await.unwrap_err();
    disk.process().token(&exchange()).await.unwrap_err();
    assert_eq!(disk.files(), 0);
}

#[tokio::test]
async fn what_is_garbled_or_anothers_is_replaced() {
    let disk = Disk::new();
    let provider = disk.process();
    disk.source.token(&exchange()).await.unwrap();
    provider.token(&compliance()).await.unwrap();
    let others = std::fs::read(provider.path(&compliance().scope)).unwrap();
    for content in [others, Vec::new(), b"{".to_vec(), vec![0xff; 300 << 10]] {
        let path = provider.path(&exchange().scope);
        let given = disk.source.given.load(Ordering::Relaxed);
        write_private(&path, &content);
        assert_eq!(name(&provider, &exchange()).await, format!("marked-{given}"));
        assert_eq!(name(&provider, &exchange()).await, format!("marked-{given}"));
    }
}

fn write_private(path: &Path, content: &[u8]) {
    std::fs::write(path, content).unwrap();
    #[cfg(unix)]
    chmod(path, 0o600);
}

#[tokio::test]
async fn what_is_forgotten_is_gone() {
    let disk = Disk::new();
    let provider = disk.process();
    assert!(!provider.forget(&exchange().scope).unwrap());
    provider.token(&exchange()).await.unwrap();
    provider.token(&compliance()).await.unwrap();
    assert!(provider.forget(&exchange().scope).unwrap());
    assert_eq!(name(&provider, &exchange()).await, "marked-2");

    let (leftover, foreign) = (disk.path().join(format!("{}.token.1", "a".repeat(64))), disk.path().join("notes.txt"));
    write_private(&leftover, b"");
    write_private(&foreign, b"");
    assert_eq!(TokenFile::forget_all(&disk.path()).unwrap(), 3);
    assert_eq!(disk.files(), 1);
    assert!(foreign.exists());
    assert_eq!(TokenFile::forget_all(&disk.folder.path().join("nowhere")).unwrap(), 0);
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_no_failure_and_leaves_nothing() {
    let disk = Disk::new();
    let provider = disk.process();
    // A folder in the file's place stops both reading and renaming, whoever the user is.
    std::fs::create_dir(provider.path(&exchange().scope)).unwrap();
    assert_eq!(name(&provider, &exchange()).await, "marked-0");
    assert_eq!(name(&provider, &exchange()).await, "marked-1");
    assert_eq!(disk.files(), 1);
}

#[tokio::test]
async fn writers_and_readers_at_once_see_whole_tokens_only() {
    let disk = Disk::new();
    let provider = Arc::new(disk.process());
    let threads: Vec<_> = (0..4)
        .map(|_| {
            let provider = Arc::clone(&provider);
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                for round in 0..50 {
                    let request = if round % 2 == 0 { exchange().claims("{}") } else { exchange() };
                    assert!(runtime.block_on(name(&*provider, &request)).starts_with("marked-"));
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().unwrap();
    }
    // Each challenge is passed on; each plain request found a whole token.
    assert_eq!(disk.source.given.load(Ordering::Relaxed), 100);
    assert_eq!(disk.files(), 1);
}

#[test]
fn nothing_of_a_token_is_shown() {
    let disk = Disk::new();
    let provider = disk.process();
    let text = format!("{provider:?}");
    assert!(text.contains("TokenFile") && !text.contains("marked"), "{text}");
    let path = provider.path(&exchange().scope);
    let file = path.file_name().unwrap().to_str().unwrap();
    assert_eq!(file.len(), 64 + ".token".len());
}

#[cfg(unix)]
fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{MetadataExt as _, symlink};

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().mode() & 0o7777
    }

    #[tokio::test]
    async fn folder_and_file_are_for_this_user_alone() {
        let disk = Disk::new();
        let provider = disk.process();
        provider.token(&exchange()).await.unwrap();
        assert_eq!(mode(&disk.path()), 0o700);
        assert_eq!(mode(&provider.path(&exchange().scope)), 0o600);
    }

    #[test]
    fn a_folder_that_is_no_safe_place_is_refused() {
        let disk = Disk::new();
        let folder = disk.folder.path().join("open");
        std::fs::create_dir(&folder).unwrap();
        for open in [0o755, 0o770, 0o701, 0o710] {
            chmod(&folder, open);
            let error = disk.open(&folder, owner("")).unwrap_err();
            assert!(matches!(&error, TokenFileError::OpenToOthers { mode, .. } if *mode == open), "{error}");
            assert!(error.hint().unwrap().contains("chmod"));
        }
        chmod(&folder, 0o700);
        assert!(disk.open(&folder, owner("")).is_ok());

        let link = disk.folder.path().join("link");
        symlink(&folder, &link).unwrap();
        assert!(matches!(disk.open(&link, owner("")), Err(TokenFileError::Link { .. })));
        let file = disk.folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(matches!(disk.open(&file, owner("")), Err(TokenFileError::OtherThing { .. })));
        let error = disk.open(&file.join("below"), owner("")).unwrap_err();
        assert!(matches!(error, TokenFileError::System { .. }), "{error}");
        assert_eq!(error.kind(), ErrorKind::Profile);
    }

    #[test]
    fn a_folder_of_somebody_else_is_refused() {
        let disk = Disk::new();
        let folder = disk.folder.path().join("theirs");
        std::fs::create_dir(&folder).unwrap();
        chmod(&folder, 0o700);
        let other = std::os::unix::fs::MetadataExt::uid(&std::fs::metadata(&folder).unwrap()) ^ 1;
        // Only root can give folders away; for all others there are root's.
        let theirs =
            if std::os::unix::fs::chown(&folder, Some(other), None).is_ok() { &*folder } else { Path::new("/") };
        let error = disk.open(theirs, owner("")).unwrap_err();
        assert!(matches!(error, TokenFileError::Foreign { .. }), "{error}");
    }

    #[tokio::test]
    async fn a_folder_that_was_opened_up_later_is_not_used_any_more() {
        let disk = Disk::new();
        let provider = disk.process();
        provider.token(&exchange()).await.unwrap();
        chmod(&disk.path(), 0o755);
        assert_eq!(name(&provider, &exchange()).await, "marked-1");
        assert_eq!(name(&provider, &compliance()).await, "marked-2");
        assert_eq!(disk.files(), 1);
        provider.forget(&exchange().scope).unwrap_err();
        TokenFile::forget_all(&disk.path()).unwrap_err();
    }

    #[tokio::test]
    async fn a_file_that_others_may_read_or_that_leads_elsewhere_is_replaced_and_not_used() {
        let disk = Disk::new();
        let provider = disk.process();
        let path = provider.path(&exchange().scope);
        provider.token(&exchange()).await.unwrap();
        chmod(&path, 0o640);
        assert_eq!(name(&provider, &exchange()).await, "marked-1");
        assert_eq!(mode(&path), 0o600);

        let elsewhere = disk.folder.path().join("elsewhere");
        std::fs::rename(&path, &elsewhere).unwrap();
        let before = std::fs::read(&elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        assert_eq!(name(&provider, &exchange()).await, "marked-2");
        assert!(path.symlink_metadata().unwrap().is_file());
        assert_eq!(std::fs::read(&elsewhere).unwrap(), before);
    }

    #[tokio::test]
    async fn a_pipe_in_the_place_of_a_file_holds_nobody_up() {
        let disk = Disk::new();
        let provider = disk.process();
        let path = provider.path(&exchange().scope);
        assert!(std::process::Command::new("mkfifo").arg("-m600").arg(&path).status().unwrap().success());
        assert_eq!(name(&provider, &exchange()).await, "marked-0");
        assert!(path.symlink_metadata().unwrap().is_file());
    }
}
