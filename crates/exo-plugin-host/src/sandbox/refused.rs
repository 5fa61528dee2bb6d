//! Tells the host which system call ended this process, from the signal that the kernel sends instead of making it.
#![expect(unsafe_code, reason = "a signal's handler cannot be checked by the compiler")]

use rustix::fd::{BorrowedFd, IntoRawFd as _, OwnedFd};
use std::sync::atomic::{AtomicI32, Ordering};

/// Where the number of the call is written.
static TOLD: AtomicI32 = AtomicI32::new(-1);

/// Has refused system calls told to the other end of this pipe.
pub(super) fn listen(refusals: OwnedFd) -> Result<(), String> {
    TOLD.store(refusals.into_raw_fd(), Ordering::SeqCst);
    // SAFETY: all zeros is a value of this plain struct.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    action.sa_sigaction = handle as extern "C" fn(_, _, _) as libc::sighandler_t;
    action.sa_flags = libc::SA_SIGINFO;
    // SAFETY: the action is whole, and the handler makes two system calls and nothing else.
    let set = unsafe { libc::sigaction(libc::SIGSYS, &raw const action, std::ptr::null_mut()) };
    if set == 0 { Ok(()) } else { Err(std::io::Error::last_os_error().to_string()) }
}

/// Writes the number and ends the process: what the call was needed for cannot go on.
extern "C" fn handle(_signal: libc::c_int, info: *const libc::siginfo_t, _context: *const libc::c_void) {
    // SAFETY: the kernel's information about SIGSYS has the call's number at this place on every 64-bit Linux.
    let call = unsafe { info.cast::<libc::c_int>().wrapping_add(SYSCALL).read() };
    let told = TOLD.load(Ordering::SeqCst);
    if told >= 0 {
        // SAFETY: it stays open until the process ends; where a plugin closed it, the write fails.
        let told = unsafe { BorrowedFd::borrow_raw(told) };
        rustix::io::write(told, &call.to_ne_bytes()).ok();
    }
    rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL).ok();
}

/// In units of an `int`: three and a gap, then the address of the call.
const SYSCALL: usize = 6;
