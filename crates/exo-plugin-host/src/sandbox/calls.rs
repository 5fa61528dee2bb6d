//! System calls: which a plugin may make, which are refused as an error, and which end it, as three filters.

use super::Layer;
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};
use std::collections::BTreeMap;
use table::{ALLOWED, ENDED, PARTLY_ENDED, PARTLY_REFUSED, REFUSED};

mod table;

/// Which filters the kernel took.
#[derive(Debug)]
pub(super) struct Installed {
    /// Those that know what is refused and what ends a plugin.
    pub(super) rules: Result<(), String>,
    /// The one that lets only known calls through.
    pub(super) list: Result<(), String>,
}

/// Installs the filters for this thread and those that it starts. Where several know a call, the kernel takes the
/// hardest answer. The list is used only with the C library that it was `recorded` with.
pub(super) fn install(recording: Option<&[i64]>, recorded: bool) -> Installed {
    if let Some(calls) = recording {
        let list = apply(Ok(numbers(calls.iter().copied())), SeccompAction::Trap, SeccompAction::Allow);
        return Installed { rules: list.clone(), list };
    }
    let pid = rustix::process::getpid().as_raw_pid().unsigned_abs();
    let rules = apply(refused(), SeccompAction::Allow, errno(libc::EACCES))
        .and_then(|()| apply(ended(pid), SeccompAction::Allow, SeccompAction::Trap));
    // The last, since it does not let another filter be installed.
    let list = rules.clone().and_then(|()| {
        if !recorded {
            return Err("no list of calls has been recorded with this C library".to_owned());
        }
        // What a newer C library tries first and can do without is not there, as with an older kernel.
        apply(Ok(allowed()), errno(libc::ENOSYS), SeccompAction::Allow)
    });
    Installed { rules, list }
}

/// The rule and the name of a call that ends a plugin.
pub(super) fn named(call: i64) -> Option<(Layer, &'static str)> {
    let known = ENDED.iter().chain(PARTLY_ENDED).find(|(_, _, number)| *number == call);
    known.map(|(rule, name, _)| (*rule, name.trim_start_matches("SYS_")))
}

type Rules = BTreeMap<i64, Vec<SeccompRule>>;
type Built<T> = Result<T, BackendError>;

/// Installs a filter with one answer to the calls of its rules and another to all others.
fn apply(rules: Built<Rules>, others: SeccompAction, these: SeccompAction) -> Result<(), String> {
    let program = program(rules, others, these).map_err(|error| error.to_string())?;
    seccompiler::apply_filter(&program).map_err(|error| format!("this kernel takes no filter: {error}"))
}

fn program(rules: Built<Rules>, others: SeccompAction, these: SeccompAction) -> Built<BpfProgram> {
    let target = TargetArch::try_from(std::env::consts::ARCH)?;
    SeccompFilter::new(rules?, others, these, target)?.try_into()
}

fn errno(number: i32) -> SeccompAction {
    SeccompAction::Errno(number.unsigned_abs())
}

fn numbers(calls: impl IntoIterator<Item = i64>) -> Rules {
    calls.into_iter().map(|call| (call, Vec::new())).collect()
}

/// All that may reach the kernel: what the two other filters answer is among it, since of two errors the kernel would
/// take that of the filter that came last.
fn allowed() -> Rules {
    let ended = ENDED.iter().chain(PARTLY_ENDED).map(|(_, _, call)| *call);
    numbers([ALLOWED, REFUSED, PARTLY_REFUSED].concat().into_iter().chain(ended))
}

/// What gives an error and lets the plugin go on.
fn refused() -> Built<Rules> {
    let mut rules = numbers(REFUSED.iter().copied());
    // Opening for anything but reading.
    let opening = [libc::O_WRONLY, libc::O_RDWR, libc::O_CREAT, libc::O_TRUNC, libc::O_PATH];
    let opening = opening.map(|flag| rule([bits(2, flag, flag)])).into_iter().collect::<Built<_>>()?;
    let partly = [
        (libc::SYS_openat, opening),
        // Looking at a file by its name instead of its descriptor.
        (libc::SYS_newfstatat, vec![rule([not(3, libc::AT_EMPTY_PATH)])?]),
        // Memory that is shared is not counted.
        (libc::SYS_mmap, vec![rule([bits(3, libc::MAP_SHARED, libc::MAP_SHARED)])?]),
        // The handler that tells of refused calls stays.
        (libc::SYS_rt_sigaction, vec![rule([is(0, libc::SIGSYS)])?]),
        (libc::SYS_prctl, vec![rule(CHANGEABLE.map(|option| not(0, option)))?]),
        // Whoever owns a descriptor is signalled by the kernel when something comes.
        (libc::SYS_fcntl, SIGNALLING.map(|command| rule([is(1, command)])).into_iter().collect::<Built<_>>()?),
        // Limits may be looked at, one's own.
        (libc::SYS_prlimit64, vec![rule([not(0, 0)])?, rule([is_set(2)])?]),
    ];
    debug_assert!(partly.iter().all(|(call, _)| PARTLY_REFUSED.contains(call)), "the table knows all that has a rule");
    rules.extend(partly);
    Ok(rules)
}

/// What ends a plugin: `pid` is the only process that it may signal.
fn ended(pid: u32) -> Built<Rules> {
    let mut rules = numbers(ENDED.iter().map(|(_, _, call)| *call));
    // A process of its own, not a thread.
    rules.insert(libc::SYS_clone, vec![rule([bits(0, libc::CLONE_THREAD, 0)])?]);
    for call in [libc::SYS_kill, libc::SYS_tgkill, libc::SYS_rt_sigqueueinfo, libc::SYS_rt_tgsigqueueinfo] {
        let other = SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, pid.into());
        rules.insert(call, vec![rule([other])?]);
    }
    Ok(rules)
}

/// A rule that holds where all conditions hold.
fn rule(conditions: impl IntoIterator<Item = Built<SeccompCondition>>) -> Built<SeccompRule> {
    SeccompRule::new(conditions.into_iter().collect::<Built<_>>()?)
}

fn is(argument: u8, value: i32) -> Built<SeccompCondition> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Eq, value.unsigned_abs().into())
}

fn not(argument: u8, value: i32) -> Built<SeccompCondition> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, value.unsigned_abs().into())
}

/// A pointer that is not null.
fn is_set(argument: u8) -> Built<SeccompCondition> {
    SeccompCondition::new(argument, SeccompCmpArgLen::Qword, SeccompCmpOp::Ne, 0)
}

fn bits(argument: u8, mask: i32, value: i32) -> Built<SeccompCondition> {
    let masked = SeccompCmpOp::MaskedEq(mask.unsigned_abs().into());
    SeccompCondition::new(argument, SeccompCmpArgLen::Dword, masked, value.unsigned_abs().into())
}

/// Who is signalled, and by what: `F_SETOWN`, `F_SETOWN_EX`, `F_SETSIG`, the same numbers on every processor.
const SIGNALLING: [i32; 3] = [8, 15, 10];

/// Of the many settings of a process: the name of a thread, and what the next filter asks for once more.
const CHANGEABLE: [i32; 5] =
    [libc::PR_SET_NAME, libc::PR_GET_NAME, libc::PR_GET_PDEATHSIG, libc::PR_GET_DUMPABLE, libc::PR_SET_NO_NEW_PRIVS];
