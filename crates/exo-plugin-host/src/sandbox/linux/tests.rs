//! What each layer refuses on its own, tried in a thread that it binds.

use super::*;
use std::io::{Error, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr as UnixAddr, UnixListener, UnixStream};

/// Does it in a thread of its own, which a layer may bind for good.
fn apart<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::spawn(act).join().unwrap()
}

fn denied<T>(result: Result<T, Error>) -> bool {
    result.is_err_and(|error| error.kind() == ErrorKind::PermissionDenied)
}

/// The version of Landlock that the kernel has; 0 without.
fn landlock_version() -> i64 {
    // SAFETY: asked for the version, the call takes no attributes and changes nothing.
    unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0_usize, 1_u32) }.max(0)
}

#[test]
fn landlock_alone_opens_nothing_and_reaches_nobody() {
    let version = landlock_version();
    if version == 0 {
        let why = apart(files).unwrap_err();
        println!("without Landlock here, which is said: {why}");
        return;
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port: SocketAddr = listener.local_addr().unwrap();
    let name = UnixAddr::from_abstract_name(format!("exo-plugin-host-{}", std::process::id())).unwrap();
    let abstract_listener = UnixListener::bind_addr(&name).unwrap();
    let parent = rustix::process::getppid().unwrap();
    apart(move || {
        files().unwrap();
        let written = std::env::temp_dir().join("exo-plugin-host-landlock");
        for path in ["/etc/passwd", "/proc/self/environ", "/proc/self/maps", "/"] {
            assert!(denied(std::fs::File::open(path)), "{path}");
        }
        assert!(denied(std::fs::write(&written, "x")) && !written.exists());
        assert!(denied(std::process::Command::new("/bin/true").spawn()));
        if version >= 4 {
            assert!(denied(TcpStream::connect(port)));
            assert!(denied(TcpListener::bind("127.0.0.1:0")));
        }
        if version >= 6 {
            assert!(denied(UnixStream::connect_addr(&name)));
            assert_eq!(rustix::process::test_kill_process(parent), Err(rustix::io::Errno::PERM));
        }
    });
    drop((listener, abstract_listener));
}

#[test]
fn the_list_alone_answers_what_it_does_not_know_as_if_it_did_not_exist() {
    let (file, memory, unknown, known) = apart(|| {
        let installed = calls::install(None, true);
        assert!(installed.rules.is_ok() && installed.list.is_ok(), "{installed:?}");
        let file = std::fs::File::create("/dev/null").map(drop);
        // SAFETY: a new mapping, which is not given.
        let memory = unsafe {
            libc::mmap(std::ptr::null_mut(), 4096, libc::PROT_READ, libc::MAP_SHARED | libc::MAP_ANONYMOUS, -1, 0)
        };
        let memory = if memory == libc::MAP_FAILED { Error::last_os_error().raw_os_error() } else { None };
        // SAFETY: it takes a number and gives a descriptor, which it does not.
        let unknown = unsafe { libc::inotify_init1(0) };
        let unknown = if unknown < 0 { Error::last_os_error().raw_os_error() } else { None };
        (file, memory, unknown, std::fs::read_to_string("/proc/self/comm").is_ok())
    });
    assert!(denied(file), "opening a file for writing");
    assert_eq!(memory, Some(libc::EACCES), "shared memory");
    assert_eq!(unknown, Some(libc::ENOSYS), "inotify");
    assert!(known, "files are Landlock's, which is not asked here");
}

#[test]
fn without_a_recorded_list_the_other_rules_hold_and_the_list_is_told_as_missing() {
    let (installed, file, unknown) = apart(|| {
        let installed = calls::install(None, false);
        let file = std::fs::File::create("/dev/null").map(drop);
        // SAFETY: it takes a number and gives a descriptor, which goes with the process.
        let unknown = unsafe { libc::inotify_init1(0) };
        (installed, file, unknown)
    });
    assert_eq!(installed.rules, Ok(()));
    assert_eq!(installed.list, Err("no list of calls has been recorded with this C library".to_owned()));
    assert!(denied(file) && unknown >= 0);
}

#[test]
fn a_call_that_ends_a_plugin_is_named_with_its_rule() {
    let told = |call| super::super::violation(call);
    assert_eq!(told(libc::SYS_connect), "violated the rule `network`: it called `connect`");
    assert_eq!(told(libc::SYS_clone), "violated the rule `processes`: it called `clone`");
    assert_eq!(told(100_000), "violated the rule `system-calls`: it made system call 100000");
}
