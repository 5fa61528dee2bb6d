//! A report that tries what a plugin may not, as its author would: with the SDK, the standard library and libc.
#![expect(unsafe_code, reason = "it tries what libc offers")]

use exo_plugin::prelude::*;
use std::fmt::Debug;
use std::fs::{self, File};
use std::io::{Error as IoError, Write as _};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{SocketAddr, UnixDatagram, UnixStream};
use std::ptr::{null, null_mut};

/// Calls libc as any author might.
macro_rules! raw {
    ($call:expr) => {{
        // SAFETY: numbers, pointers to what lives as long as the call, or null where it is not looked at.
        unsafe { $call }
    }};
}

#[derive(Args)]
struct Params {
    /// What to try
    what: String,
    /// A file, a port, or the name of a socket
    on: Option<String>,
}

#[derive(Row)]
struct Tried {
    #[column(key)]
    what: String,
    came: String,
}

#[derive(Record)]
struct Mailbox {
    #[expect(dead_code, reason = "nothing is read")]
    user_principal_name: String,
}

/// Tries what is forbidden
#[report(service = "exo", reads("Get-Mailbox": Mailbox))]
struct Probe;

#[async_trait(?Send)]
impl Report for Probe {
    type Args = Params;
    type Row = Tried;

    async fn run(&self, _cx: &Cx, args: Params, out: &mut Rows<Tried>) -> Result<()> {
        let on = args.on.unwrap_or_default();
        let mut say = |what: &str, came: String| out.push(Tried { what: what.to_owned(), came });
        match args.what.as_str() {
            "files" => files(&on).into_iter().try_for_each(|(what, came)| say(&what, came)),
            "read" => say("read", came(File::open(&on))),
            "calls" => calls().into_iter().try_for_each(|(what, came)| say(what, came)),
            "inherited" => inherited().into_iter().try_for_each(|(what, came)| say(&what, came)),
            "descriptors" => say("descriptors", descriptors().to_string()),
            "threads" => say("threads", threads().to_string()),
            "memory" => say("memory", memory().to_string()),
            "mathematics" => say("cosine", format!("{:.3}", 1.0_f64.cos())),
            what => say(what, end(what, &on)),
        }
    }
}

/// What came of it: `done`, or the number of the error.
fn came<T: Debug>(result: std::result::Result<T, IoError>) -> String {
    match result {
        Ok(_) => "done".to_owned(),
        Err(error) => match error.raw_os_error() {
            Some(libc::EACCES | libc::EPERM) => "denied".to_owned(),
            Some(libc::ENOSYS) => "unknown".to_owned(),
            _ => error.to_string(),
        },
    }
}

/// What came of a call of libc.
fn of(result: i64) -> String {
    came(if result < 0 { Err(IoError::last_os_error()) } else { Ok(result) })
}

/// Reading, writing and looking, with the paths that the test gives and those that everybody has.
fn files(given: &str) -> Vec<(String, String)> {
    let parent = raw!(libc::getppid());
    let memory = ["environ", "mem", "maps", "cmdline", "fd", "root"].map(|name| format!("/proc/{parent}/{name}"));
    let own = ["environ", "maps", "mem", "exe"].map(|name| format!("/proc/self/{name}"));
    let system = ["/etc/passwd", "/etc/resolv.conf", "/", "/tmp", "/dev/null", "/proc/version", "/sys/kernel"];
    let read = given.split(',').chain(system).map(str::to_owned).chain(memory).chain(own);
    let mut tried: Vec<_> = read.map(|path| (format!("read {path}"), came(File::open(path)))).collect();
    for path in ["/tmp/exo-probe", "/dev/shm/exo-probe", "/var/tmp/exo-probe", "exo-probe", "/proc/self/oom_score_adj"]
    {
        tried.push((format!("write {path}"), came(fs::write(path, "x"))));
    }
    let first = given.split(',').next().unwrap_or_default();
    tried.push(("append".into(), came(File::options().append(true).open(first))));
    tried.push(("remove".into(), came(fs::remove_file(first))));
    tried.push(("rename".into(), came(fs::rename(first, format!("{first}.moved")))));
    tried.push(("link".into(), came(fs::hard_link(first, format!("{first}.linked")))));
    tried.push(("chmod".into(), came(fs::set_permissions(first, std::os::unix::fs::PermissionsExt::from_mode(0o777)))));
    tried.push(("folder".into(), came(fs::create_dir("/tmp/exo-probe-folder"))));
    tried.push(("look".into(), came(fs::metadata(first))));
    tried.push(("list".into(), came(fs::read_dir("/etc"))));
    tried
}

/// System calls that give an error.
fn calls() -> Vec<(&'static str, String)> {
    let (limit, parent) = (libc::rlimit { rlim_cur: 1024, rlim_max: 1024 }, raw!(libc::getppid()));
    let shared = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
    let socket = 0x4000_0000 | libc::SYS_socket;
    vec![
        ("shared memory", of(raw!(libc::mmap(null_mut(), 4096, libc::PROT_READ, shared, -1, 0)) as i64)),
        ("file in memory", of(raw!(libc::memfd_create(c"x".as_ptr(), 0)).into())),
        ("raise a limit", of(raw!(libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit)).into())),
        ("limit of the parent", of(raw!(libc::prlimit(parent, libc::RLIMIT_CPU, &raw const limit, null_mut())).into())),
        ("outlive the parent", of(raw!(libc::prctl(libc::PR_SET_PDEATHSIG, 0, 0, 0, 0)).into())),
        ("handle SIGSYS", of(raw!(libc::sigaction(libc::SIGSYS, null(), null_mut())).into())),
        ("signal by a descriptor", of(raw!(libc::fcntl(1, libc::F_SETOWN, parent)).into())),
        ("signal of a descriptor", of(raw!(libc::fcntl(1, 10, libc::SIGKILL)).into())),
        ("watch files", of(raw!(libc::inotify_init1(0)).into())),
        ("type into the terminal", of(raw!(libc::ioctl(0, libc::TIOCSTI, c"x".as_ptr())).into())),
        ("socket by another name", of(raw!(libc::syscall(socket, libc::AF_INET, libc::SOCK_DGRAM, 0)))),
        ("clone3", of(raw!(libc::syscall(libc::SYS_clone3, null::<u8>(), 0)))),
    ]
}

/// What the process was given.
fn inherited() -> Vec<(String, String)> {
    let mut found = vec![("environment".to_owned(), std::env::vars_os().count().to_string())];
    found.push(("dumpable".to_owned(), raw!(libc::prctl(libc::PR_GET_DUMPABLE)).to_string()));
    for number in 0..1024 {
        if raw!(libc::fcntl(number, libc::F_GETFD)) >= 0 {
            let mut stat: libc::stat = raw!(std::mem::zeroed());
            raw!(libc::fstat(number, &raw mut stat));
            let kind = match stat.st_mode & libc::S_IFMT {
                libc::S_IFSOCK => "socket",
                libc::S_IFIFO => "pipe",
                libc::S_IFCHR => "device",
                libc::S_IFREG if stat.st_nlink == 0 => "memory",
                libc::S_IFREG => "file",
                libc::S_IFDIR => "folder",
                _ => "other",
            };
            found.push(("descriptor".to_owned(), kind.to_owned()));
        }
    }
    found
}

/// As many descriptors as there are to have.
fn descriptors() -> usize {
    std::iter::repeat_with(|| raw!(libc::dup(1))).take(100_000).take_while(|number| *number >= 0).count()
}

/// As many threads as there are to have, each with the smallest stack.
fn threads() -> usize {
    let wait = std::sync::Arc::new(std::sync::Barrier::new(usize::MAX));
    let start = || {
        let wait = std::sync::Arc::clone(&wait);
        std::thread::Builder::new().stack_size(16 << 10).spawn(move || wait.wait()).is_ok()
    };
    std::iter::repeat_with(start).take(30_000).take_while(|started| *started).count()
}

/// As many MiB as there are to have, each of them written to.
fn memory() -> usize {
    let piece = || {
        let kind = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_POPULATE;
        let new = raw!(libc::mmap(null_mut(), 1 << 20, libc::PROT_READ | libc::PROT_WRITE, kind, -1, 0));
        new != libc::MAP_FAILED
    };
    std::iter::repeat_with(piece).take(16 << 10).take_while(|given| *given).count()
}

/// What ends the process before it comes back, where it is confined.
fn end(what: &str, on: &str) -> String {
    let parent = raw!(libc::getppid());
    let abstract_name = || SocketAddr::from_abstract_name(on);
    match what {
        "connect" => came(TcpStream::connect(on)),
        "bind" => came(TcpListener::bind("127.0.0.1:0")),
        "send" => came(UdpSocket::bind("127.0.0.1:0").and_then(|socket| socket.send_to(b"x", on))),
        "abstract" => came(abstract_name().and_then(|name| UnixStream::connect_addr(&name))),
        "pair" => came(UnixDatagram::pair().and_then(|(socket, _)| socket.send_to_addr(b"x", &abstract_name()?))),
        "exec" => {
            came(Err::<(), _>(std::os::unix::process::CommandExt::exec(&mut std::process::Command::new("/bin/true"))))
        }
        "spawn" => came(std::process::Command::new("/bin/true").spawn()),
        "fork" => match raw!(libc::fork()) {
            0 => raw!(libc::_exit(0)),
            other => of(other.into()),
        },
        "kill" => of(raw!(libc::kill(parent, 0)).into()),
        "kill-all" => of(raw!(libc::kill(-1, 0)).into()),
        "ptrace" => of(raw!(libc::ptrace(libc::PTRACE_ATTACH, parent, 0, 0))),
        "read-memory" => of(raw!(libc::process_vm_readv(parent, null(), 0, null(), 0, 0)) as i64),
        "pidfd" => of(raw!(libc::syscall(libc::SYS_pidfd_open, parent, 0))),
        "group" => of(raw!(libc::setsid()).into()),
        "namespace" => of(raw!(libc::unshare(libc::CLONE_NEWUSER)).into()),
        "user" => of(raw!(libc::syscall(libc::SYS_setuid, 65_534))),
        "ring" => of(raw!(libc::syscall(libc::SYS_io_uring_setup, 1, null::<u8>()))),
        "mount" => of(raw!(libc::mount(null(), c"/tmp".as_ptr(), c"tmpfs".as_ptr(), 0, null())).into()),
        "keys" => of(raw!(libc::syscall(libc::SYS_keyctl, 0, -3))),
        "blocked" => {
            let mut all: libc::sigset_t = raw!(std::mem::zeroed());
            raw!(libc::sigfillset(&raw mut all));
            raw!(libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, null_mut()));
            came(TcpListener::bind("127.0.0.1:0"))
        }
        "untold" => {
            for number in 3..1024 {
                raw!(libc::close(number));
            }
            came(TcpListener::bind("127.0.0.1:0"))
        }
        #[cfg(target_arch = "x86_64")]
        "other-processor" => {
            let mut result: i64 = 359;
            // SAFETY: the call `socket` of 32-bit programs.
            unsafe {
                std::arch::asm!("push rbx", "mov ebx, 2", "int 0x80", "pop rbx", inout("rax") result, in("ecx") 1, in("edx") 0);
            }
            of(result)
        }
        "spin" => loop {
            std::hint::spin_loop();
        },
        "core" => {
            std::io::stdout().flush().ok();
            std::process::abort()
        }
        other => format!("what is `{other}`?"),
    }
}

export!(Probe);
