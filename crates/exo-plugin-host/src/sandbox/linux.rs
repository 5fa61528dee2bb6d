//! The layers of Linux: limits, Landlock, seccomp; set by the runner before its first thread.
#![expect(unsafe_code, reason = "a loader cannot be called otherwise")]

use super::{Confinement, Layer, Wish, calls, refused};
use landlock::{
    ABI, Access as _, AccessFs, AccessNet, LandlockStatus, Ruleset, RulesetAttr as _, RulesetError, RulesetStatus,
    Scope,
};
use rustix::fd::OwnedFd;
use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};
use rustix::thread::{CapabilitySet, CapabilitySets};

/// Applies every layer that the kernel has.
pub(super) fn confine(wish: &Wish, refusals: OwnedFd, found: &mut Confinement) {
    preload();
    let threads = alone();
    found.note(Layer::Limits, limits(wish.memory).map_err(|error| error.to_string()));
    let files = threads.clone().and_then(|()| files());
    found.landlock = files.as_ref().ok().copied();
    found.note(Layer::Files, files.map(drop));
    let installed = match threads.and_then(|()| refused::listen(refusals)) {
        Ok(()) => calls::install(wish.recording.as_deref(), cfg!(target_env = "gnu")),
        Err(why) => calls::Installed { rules: Err(why.clone()), list: Err(why) },
    };
    found.note(Layer::Network, installed.rules.clone());
    found.note(Layer::Processes, installed.rules);
    found.note(Layer::SystemCalls, installed.list);
}

/// Loads what libraries may depend on beside what this program is linked with: no file can be opened later. The loader
/// finds them by their names when a plugin asks for them.
fn preload() {
    use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};
    for name in ["libgcc_s.so.1", "libm.so.6"] {
        // SAFETY: they are the system's own; their constructors are those of every program.
        if let Ok(library) = unsafe { Library::open(Some(name), RTLD_NOW | RTLD_LOCAL) } {
            std::mem::forget(library);
        }
    }
}

/// Landlock and seccomp bind the thread that asks for them, and those that it starts.
fn alone() -> Result<(), String> {
    let threads = std::fs::read_dir("/proc/self/task").map(Iterator::count).unwrap_or_default();
    if threads == 1 { Ok(()) } else { Err(format!("the runner has {threads} threads already")) }
}

fn limits(memory: u64) -> rustix::io::Result<()> {
    let most = [
        // Private memory that can be written; shared memory is refused as a system call.
        (Resource::Data, memory),
        // Addresses: the allocator reserves more of them than it uses, for each thread.
        (Resource::As, memory.saturating_mul(4).max(RESERVED)),
        (Resource::Stack, STACK),
        (Resource::Core, 0),
        (Resource::Fsize, 0),
        (Resource::Nofile, DESCRIPTORS),
        (Resource::Msgqueue, 0),
        (Resource::Memlock, 0),
        (Resource::Nproc, tasks().max(MANY_TASKS).saturating_add(THREADS)),
    ];
    for (resource, most) in most {
        let most = getrlimit(resource).maximum.map_or(most, |maximum| maximum.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })?;
    }
    // A system that hands cores to a program does so whatever their limit is.
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    // What root may do beyond others, limits of its own among them.
    let none = CapabilitySet::empty();
    rustix::thread::set_capabilities(None, CapabilitySets { effective: none, permitted: none, inheritable: none })
}

/// Threads of the whole system: the limit on them counts those of the user, wherever they are, and must not hit one who
/// has many.
fn tasks() -> u64 {
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let counts = load.split_whitespace().nth(3).and_then(|counts| counts.split_once('/'));
    counts.and_then(|(_, all)| all.parse().ok()).unwrap_or_default()
}

/// Nothing can be opened, whatever the path; nor TCP ports, nor abstract sockets, nor can others be signalled, where the
/// kernel knows how; the version of Landlock by which.
pub(super) fn files() -> Result<u32, String> {
    let applied = landlock().map_err(|error| error.to_string())?;
    let enforced = applied.ruleset != RulesetStatus::NotEnforced;
    match applied.landlock {
        LandlockStatus::Available { effective_abi, .. } if enforced => Ok(effective_abi as u32),
        LandlockStatus::NotEnabled => Err("Landlock is switched off in this kernel".to_owned()),
        _ => Err("this kernel has no Landlock".to_owned()),
    }
}

fn landlock() -> Result<landlock::RestrictionStatus, RulesetError> {
    Ruleset::default()
        .handle_access(AccessFs::from_all(KNOWN))?
        .handle_access(AccessNet::from_all(KNOWN))?
        .scope(Scope::from_all(KNOWN))?
        .create()?
        .restrict_self()
}

/// The newest version that the library knows: all that it can handle is refused, so that a newer kernel refuses more. Older
/// kernels do what they can.
const KNOWN: ABI = ABI::V10;
/// As the main thread of most systems has.
const STACK: u64 = 8 << 20;
/// Standard streams, socket, library, and a few for the loader and an executor of the plugin's own.
const DESCRIPTORS: u64 = 32;
const THREADS: u64 = 256;
/// Containers may be told of their own alone, while the limit counts those of all.
const MANY_TASKS: u64 = 4096;
/// Addresses that an allocator may reserve in any case.
const RESERVED: u64 = 4 << 30;

#[cfg(test)]
mod tests;
