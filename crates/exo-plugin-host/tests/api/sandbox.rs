//! What plugins must not, tried from inside: each attempt is refused or ends the plugin, and a report beside it goes on.
#![cfg(target_os = "linux")]
#![expect(unsafe_code, reason = "libc is asked for the version of Landlock")]

use crate::world::{Told, World, child, conformance, library, runtime};
use exo_model::ErrorKind;
use exo_plugin_host::{Carrier, Confinement, Isolation, Layer, Limits, Outcome, Plugin, RunEnd};
use seccompiler::{SeccompAction, SeccompFilter};
use serde_json::Value;
use std::collections::BTreeMap;
use std::os::linux::net::SocketAddrExt as _;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

/// Runs the probe, and beside it a report that must not notice.
fn probe_with(what: &str, on: &str, limits: Limits, isolation: Isolation) -> (RunEnd, BTreeMap<String, Vec<String>>) {
    let mut world = World::new(child());
    world.plugin = Arc::new(Plugin::open(&library("probe")).unwrap());
    world.report = "probe";
    (world.limits, world.isolation) = (limits, isolation);
    let mut neighbour = World::new(child());
    neighbour.plugin = conformance();
    (neighbour.tenant.pages, neighbour.tenant.records) = (20, 50);
    let args = [("what", what), ("on", on)].map(|(name, value)| (name.to_owned(), Value::from(value)));
    let (host, job, told, cancel) = world.job(args.into_iter().collect());
    let mode = [("mode".to_owned(), Value::from("stream"))].into_iter().collect();
    let (calm, other, _, no_cancel) = neighbour.job(mode);
    // A limit on time is the host's, and would bind both.
    let beside = if what == "spin" { &calm } else { &host };
    let (end, beside) = runtime().block_on(async { tokio::join!(host.run(job, cancel), beside.run(other, no_cancel)) });
    assert!(beside.is_complete() && beside.rows == 1000, "the report beside `{what}`: {beside:?}");
    (end, by_name(&told))
}

fn by_name(told: &Told) -> BTreeMap<String, Vec<String>> {
    let mut came: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in told.rows.lock().unwrap().iter() {
        let text = |cell: usize| row[cell].as_str().unwrap().to_owned();
        came.entry(text(0)).or_default().push(text(1));
    }
    came
}

fn probe(what: &str, on: &str) -> (RunEnd, BTreeMap<String, Vec<String>>) {
    probe_with(what, on, Limits::default(), Isolation::Auto)
}

/// What came of the only attempt.
fn one(what: &str, limits: Limits) -> usize {
    let (end, came) = probe_with(what, "", limits, Isolation::Auto);
    assert!(end.is_complete(), "{end:?}");
    came[what][0].parse().unwrap()
}

/// Whether the kernel has Landlock; those that have not are told apart from those where it is not used.
fn landlock() -> bool {
    landlock_version() >= 1
}

fn landlock_version() -> i64 {
    // SAFETY: asked for the version, the call takes no attributes and changes nothing.
    let version = unsafe { libc::syscall(libc::SYS_landlock_create_ruleset, std::ptr::null::<u8>(), 0_usize, 1_u32) };
    if version < 1 {
        println!("this kernel has no Landlock: what it would refuse is not asked for");
    }
    version
}

fn confinement() -> Confinement {
    World::new(child()).run("stream").0.confinement.unwrap()
}

#[test]
fn every_layer_that_the_kernel_has_is_in_force() {
    let found = confinement();
    let mut expected = vec![Layer::Limits, Layer::Files, Layer::Network, Layer::Processes, Layer::SystemCalls];
    if !landlock() {
        expected.retain(|layer| *layer != Layer::Files);
        assert_eq!(found.missing[0].to_string(), "files (this kernel has no Landlock)");
    }
    assert_eq!(found.layers, expected, "{found}");
    // A kernel may be newer than the library that asks it.
    let version = u32::try_from(landlock_version()).ok().filter(|version| *version > 0);
    assert_eq!(found.landlock, version.map(|version| version.min(10)), "{found}");
    assert_eq!(found.word(), if landlock() { "sandbox" } else { "partial" });
}

#[test]
fn what_is_required_runs_only_with_every_layer() {
    let mut world = World::new(child());
    world.isolation = Isolation::Required;
    let (end, _) = world.run("stream");
    assert_eq!(end.outcome.is_ok(), landlock(), "{end:?}");
    let mut thread = World::new(Carrier::Thread);
    thread.isolation = Isolation::Required;
    assert_eq!(refusal(thread), "plugins are not isolated as required here: a thread cannot be confined");
}

fn refusal(world: World) -> String {
    let (end, _) = world.run("stream");
    let Outcome::NotStarted(error) = &end.outcome else { panic!("{end:?}") };
    assert_eq!((exo_model::Diagnose::kind(error), end.rows), (ErrorKind::Plugin, 0));
    error.to_string()
}

/// Does it where the kernel answers a system call with an error, as one that does not have it.
fn without<T: Send + 'static>(call: i64, error: i32, act: impl FnOnce() -> T + Send + 'static) -> T {
    let work = move || {
        let others = SeccompAction::Allow;
        let errno = SeccompAction::Errno(error.unsigned_abs());
        let target = std::env::consts::ARCH.try_into().unwrap();
        let filter = SeccompFilter::new([(call, vec![])].into(), others, errno, target).unwrap();
        let program = seccompiler::BpfProgram::try_from(filter).unwrap();
        seccompiler::apply_filter(&program).unwrap();
        act()
    };
    // Threads and children inherit it.
    std::thread::spawn(work).join().unwrap()
}

#[test]
fn a_kernel_without_landlock_is_told_and_refused_where_it_is_required() {
    let (end, came, refused) = without(libc::SYS_landlock_create_ruleset, libc::ENOSYS, || {
        let (end, came) = probe("files", "/etc/passwd");
        let mut world = World::new(child());
        world.isolation = Isolation::Required;
        (end, came, refusal(world))
    });
    assert!(end.is_complete(), "{end:?}");
    let found = end.confinement.unwrap();
    assert_eq!(
        found.to_string(),
        "partial (limits, network, processes, system-calls), without files (this kernel has no Landlock)"
    );
    assert_eq!((&came["read /etc/passwd"][0], &came["write /tmp/exo-probe"][0]), (&"done".into(), &"denied".into()));
    assert_eq!(refused, "plugins are not isolated as required here: files (this kernel has no Landlock)");
}

#[test]
fn a_kernel_without_filters_is_told_and_refused_where_it_is_required() {
    let (found, came, refused) = without(libc::SYS_seccomp, libc::EINVAL, || {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let (end, came) = probe("connect", &listener.local_addr().unwrap().to_string());
        let mut world = World::new(child());
        world.isolation = Isolation::Required;
        (end.confinement.unwrap(), came, refusal(world))
    });
    assert_eq!(found.missing.len(), 3, "{found}");
    assert!(refused.contains("network (this kernel takes no filter"), "{refused}");
    // Landlock alone keeps it from ports, where it is new enough.
    assert_eq!(came["connect"], [if landlock_version() >= 4 { "denied" } else { "done" }]);
}

#[test]
fn the_bare_child_says_that_it_is_one() {
    let (end, came) = probe_with("bind", "", Limits::default(), Isolation::Process);
    assert!(end.is_complete() && end.confinement.unwrap().word() == "process");
    assert_eq!(came["bind"], ["done"], "without a sandbox it is possible: the probe does try");
}

#[test]
fn a_host_that_shields_itself_is_not_read_even_by_a_bare_child() {
    if rustix::process::getuid().is_root() {
        println!("root may read any process; the same is tried as an ordinary user below");
        return;
    }
    exo_plugin_host::shield();
    let environment = format!("/proc/{}/environ", std::process::id());
    let (end, came) = probe_with("read", &environment, Limits::default(), Isolation::Process);
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(came["read"], ["denied"]);
}

#[test]
fn files_can_be_neither_read_nor_written() {
    let folder = tempfile::tempdir().unwrap();
    let [profile, key] = ["config.toml", "app.pfx"].map(|name| folder.path().join(name));
    std::fs::write(&profile, "secret").unwrap();
    std::fs::write(&key, "secret").unwrap();
    let given = format!("{},{}", profile.display(), key.display());
    let (end, came) = probe("files", &given);
    assert!(end.is_complete(), "{end:?}");
    let possible: Vec<_> = came.iter().filter(|(_, came)| *came != &["denied"]).collect();
    if landlock() {
        assert!(possible.is_empty() && came.len() > 25, "{possible:?}");
    }
    // Those are refused as system calls, whatever Landlock does.
    for what in ["write /tmp/exo-probe", "append", "remove", "rename", "link", "chmod", "folder", "look"] {
        assert_eq!(came[what], ["denied"], "{what}");
    }
    assert_eq!(std::fs::read_to_string(&profile).unwrap(), "secret");
    // The bare child could, which shows that the attempt is one.
    let (_, came) = probe_with("read", &key.to_string_lossy(), Limits::default(), Isolation::Process);
    assert_eq!(came["read"], ["done"]);
}

#[test]
fn nothing_is_inherited_but_what_the_run_needs() {
    let file = tempfile::tempfile().unwrap();
    rustix::io::fcntl_setfd(&file, rustix::io::FdFlags::empty()).unwrap();
    let (end, came) = probe("inherited", "");
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(came["environment"], ["0"]);
    assert_eq!(came["dumpable"], ["0"], "no core is written, nor handed to a program");
    let mut open = came["descriptor"].clone();
    open.sort();
    // Input, output and errors; the library; the pipe for a call that ends it; the socket, and its double for reading.
    assert_eq!(open, ["device", "memory", "pipe", "pipe", "pipe", "socket", "socket"]);
}

#[test]
fn calls_that_libraries_may_try_give_an_error() {
    let (end, came) = probe("calls", "");
    assert!(end.is_complete(), "{end:?}");
    let expected = [
        ("clone3", "unknown"),
        ("file in memory", "denied"),
        ("handle SIGSYS", "denied"),
        ("limit of the parent", "denied"),
        ("outlive the parent", "denied"),
        ("raise a limit", "denied"),
        ("shared memory", "denied"),
        ("signal by a descriptor", "denied"),
        ("signal of a descriptor", "denied"),
        ("socket by another name", "unknown"),
        ("type into the terminal", "denied"),
        ("watch files", "unknown"),
    ];
    let came: Vec<_> = came.iter().map(|(what, came)| (what.as_str(), came[0].as_str())).collect();
    assert_eq!(came, expected);
}

#[test]
fn what_reaches_out_ends_the_plugin_and_is_named() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().to_string();
    let name = format!("exo-plugin-host-probe-{}", std::process::id());
    let address = std::os::unix::net::SocketAddr::from_abstract_name(&name).unwrap();
    let abstract_listener = std::os::unix::net::UnixListener::bind_addr(&address).unwrap();
    for (what, on, told) in [
        ("connect", port.as_str(), "violated the rule `network`: it called `socket`"),
        ("bind", "", "violated the rule `network`: it called `socket`"),
        ("send", port.as_str(), "violated the rule `network`: it called `socket`"),
        ("abstract", name.as_str(), "violated the rule `network`: it called `socket`"),
        ("pair", name.as_str(), "violated the rule `network`: it called `socketpair`"),
        ("exec", "", "violated the rule `processes`: it called `execve`"),
        ("spawn", "", "violated a rule of the sandbox: which system call it made is not known"),
        ("fork", "", "violated the rule `processes`: it called `clone`"),
        ("kill", "", "violated the rule `processes`: it called `kill`"),
        ("kill-all", "", "violated the rule `processes`: it called `kill`"),
        ("ptrace", "", "violated the rule `processes`: it called `ptrace`"),
        ("read-memory", "", "violated the rule `processes`: it called `process_vm_readv`"),
        ("pidfd", "", "violated the rule `processes`: it called `pidfd_open`"),
        ("group", "", "violated the rule `processes`: it called `setsid`"),
        ("namespace", "", "violated the rule `processes`: it called `unshare`"),
        ("user", "", "violated the rule `system-calls`: it called `setuid`"),
        ("ring", "", "violated the rule `system-calls`: it called `io_uring_setup`"),
        ("mount", "", "violated the rule `system-calls`: it called `mount`"),
        ("keys", "", "violated the rule `system-calls`: it called `keyctl`"),
    ] {
        let (end, came) = probe(what, on);
        assert!(matches!(end.outcome, Outcome::Violated) && came.is_empty(), "{what}: {end:?} {came:?}");
        assert!(end.violations[0].contains(told), "{what}: {:?}", end.violations);
        assert_eq!(end.violations.len(), 1, "{what}: {:?}", end.violations);
    }
    drop((listener, abstract_listener));
}

#[test]
fn who_hides_the_attempt_ends_all_the_same() {
    let mut hidden = vec![("blocked", "violated its declaration"), ("untold", "crashed (SIGKILL)")];
    if cfg!(target_arch = "x86_64") {
        hidden.push(("other-processor", "violated its declaration"));
    }
    for (what, text) in hidden {
        let (end, came) = probe(what, "");
        assert_eq!((end.outcome.to_string().as_str(), came.len()), (text, 0), "{what}: {end:?}");
    }
}

#[test]
fn memory_and_descriptors_end_somewhere() {
    let memory = one("memory", Limits::default().memory(256 << 20));
    assert!((100..256).contains(&memory), "{memory} MiB");
    let descriptors = one("descriptors", Limits::default());
    // Where the host has many open, those that it hands over have numbers beyond the limit.
    assert!((25..32).contains(&descriptors), "{descriptors}");
}

#[test]
fn threads_end_somewhere() {
    // No limit on threads binds root: memory must end first, before the machine has none left for others.
    let memory = if rustix::process::getuid().is_root() { 64 << 20 } else { 256 << 20 };
    let (end, came) = probe_with("threads", "", Limits::default().memory(memory), Isolation::Auto);
    // Where memory ends in the middle of a thread's begin, the C library or the standard library ends the process.
    assert!(end.is_complete() || matches!(end.outcome, Outcome::Crashed { .. }), "{end:?}");
    let Some(threads) = came.get("threads") else { return };
    let threads: usize = threads[0].parse().unwrap();
    assert!(threads < 10_000, "{threads} threads");
}

#[test]
fn a_system_without_a_thread_to_give_is_named() {
    if rustix::process::getuid().is_root() {
        println!("no limit on threads binds root: `all_of_it_holds_for_an_ordinary_user` does this one");
        return;
    }
    let Carrier::Child { runner, .. } = child() else { panic!("a child") };
    // Shells do not agree on the letter.
    let few = ["-c", r#"{ ulimit -p 1 2>&- || ulimit -u 1; } && exec "$0" "$@""#].map(Into::into);
    let arguments = few.into_iter().chain([runner.into()]).collect();
    let world = World::new(Carrier::Child { runner: "/bin/sh".into(), arguments });
    let told = refusal(world);
    assert!(
        told.starts_with("the plugin `conformance` cannot be loaded: the system starts no thread for it: "),
        "{told}"
    );
}

#[test]
fn a_plugin_that_spins_ends_with_its_time() {
    let limits = Limits::default().wall_clock(Duration::from_millis(50)).grace(Duration::from_millis(50));
    let (end, _) = probe_with("spin", "", limits, Isolation::Auto);
    assert!(matches!(end.outcome, Outcome::Killed), "{end:?}");
    assert!(end.explanation.unwrap().contains("50ms were over"));
}

#[test]
fn an_abort_is_named() {
    let (end, _) = probe("core", "");
    assert_eq!(end.outcome.to_string(), "crashed (SIGABRT)");
}

#[test]
fn libraries_of_the_system_are_there_all_the_same() {
    let (end, came) = probe("mathematics", "");
    assert!(end.is_complete(), "{end:?}");
    assert_eq!(came["cosine"], ["0.540"]);
}

#[test]
fn all_of_it_holds_for_an_ordinary_user() {
    if !rustix::process::getuid().is_root() {
        println!("the other tests of this file run as an ordinary user already");
        return;
    }
    let all: [&[&str]; 2] = [
        &["sandbox::", "--skip", "all_of_it_holds", "--skip", THREADS],
        // It takes all threads that its user may have, and leaves none to others for a moment.
        &[THREADS],
    ];
    for (which, passed) in all.into_iter().zip(["16 passed", "1 passed"]) {
        let mut again = Command::new(std::env::current_exe().unwrap());
        again.args(which).args(["--test-threads", "4"]).stdin(Stdio::null());
        std::os::unix::process::CommandExt::uid(&mut again, NOBODY);
        std::os::unix::process::CommandExt::gid(&mut again, NOBODY);
        let said = again.current_dir("/").output().expect("others can enter the folder that this was built in");
        let text = String::from_utf8_lossy(&said.stdout);
        assert!(said.status.success() && text.contains(passed), "{text}\n{}", String::from_utf8_lossy(&said.stderr));
    }
}

const THREADS: &str = "sandbox::threads_end_somewhere";

/// A user who owns nothing.
const NOBODY: u32 = 65_534;
