//! The system calls by what becomes of them; a call that is in no table is answered as one that does not exist.

use super::super::Layer;

/// What a plugin needs, as the conformance suite records it (`tests/api/recorded.rs`), and what an executor, an allocator
/// or a C library of another version does in its stead. Nothing here takes a path or reaches another process.
pub(super) const ALLOWED: &[i64] = &[
    // memory
    libc::SYS_brk,
    libc::SYS_munmap,
    libc::SYS_mremap,
    libc::SYS_mprotect,
    libc::SYS_madvise,
    // threads
    libc::SYS_futex,
    libc::SYS_set_robust_list,
    libc::SYS_rseq,
    libc::SYS_sched_yield,
    libc::SYS_sched_getaffinity,
    libc::SYS_getcpu,
    libc::SYS_membarrier,
    libc::SYS_exit,
    libc::SYS_exit_group,
    libc::SYS_restart_syscall,
    // signals
    libc::SYS_rt_sigprocmask,
    libc::SYS_rt_sigreturn,
    libc::SYS_sigaltstack,
    // time
    libc::SYS_clock_gettime,
    libc::SYS_clock_getres,
    libc::SYS_clock_nanosleep,
    libc::SYS_nanosleep,
    libc::SYS_gettimeofday,
    // descriptors that are open: the host's socket, standard streams, the library
    libc::SYS_read,
    libc::SYS_readv,
    libc::SYS_pread64,
    libc::SYS_write,
    libc::SYS_writev,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_lseek,
    libc::SYS_fstat,
    libc::SYS_close,
    libc::SYS_dup,
    libc::SYS_dup3,
    libc::SYS_shutdown,
    // an executor of the plugin's own
    libc::SYS_epoll_create1,
    libc::SYS_epoll_ctl,
    libc::SYS_epoll_pwait,
    libc::SYS_eventfd2,
    libc::SYS_ppoll,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_epoll_wait,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_poll,
    // what it is and where
    libc::SYS_getpid,
    libc::SYS_gettid,
    libc::SYS_getppid,
    libc::SYS_getpgid,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_getpgrp,
    libc::SYS_getuid,
    libc::SYS_geteuid,
    libc::SYS_getgid,
    libc::SYS_getegid,
    libc::SYS_getrandom,
    libc::SYS_getrusage,
    libc::SYS_sysinfo,
    libc::SYS_uname,
];

/// What gives an error, so that a library which tries it can do without: everything that takes a path.
pub(super) const REFUSED: &[i64] = &[
    libc::SYS_statx,
    libc::SYS_faccessat,
    libc::SYS_faccessat2,
    libc::SYS_readlinkat,
    libc::SYS_getcwd,
    libc::SYS_chdir,
    libc::SYS_openat2,
    libc::SYS_mkdirat,
    libc::SYS_unlinkat,
    libc::SYS_renameat2,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_mknodat,
    libc::SYS_truncate,
    libc::SYS_ftruncate,
    libc::SYS_fallocate,
    libc::SYS_fchmodat,
    libc::SYS_fchownat,
    libc::SYS_utimensat,
    libc::SYS_memfd_create,
    libc::SYS_ioctl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_open,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_stat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lstat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_access,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_readlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_creat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mkdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rmdir,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_unlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_rename,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_link,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_symlink,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chmod,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_chown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_lchown,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_mknod,
    libc::SYS_fchmod,
    libc::SYS_fchown,
];

/// What gives an error with some arguments; the rules are beside the filter.
pub(super) const PARTLY_REFUSED: &[i64] = &[
    libc::SYS_openat,
    libc::SYS_newfstatat,
    libc::SYS_mmap,
    libc::SYS_fcntl,
    libc::SYS_rt_sigaction,
    libc::SYS_prctl,
    libc::SYS_prlimit64,
];

type Ended = (Layer, &'static str, i64);

macro_rules! calls {
    ($($rule:ident { $($(#[$cfg:meta])* $call:ident)* })*) => {
        &[$($($(#[$cfg])* (Layer::$rule, stringify!($call), libc::$call),)*)*]
    };
}

/// What no report does by mistake: it ends the plugin and is named.
pub(super) const ENDED: &[Ended] = calls! {
    Network {
        SYS_socket SYS_socketpair SYS_connect SYS_bind SYS_listen SYS_accept SYS_accept4
    }
    Processes {
        SYS_execve SYS_execveat #[cfg(target_arch = "x86_64")] SYS_fork #[cfg(target_arch = "x86_64")] SYS_vfork
        SYS_tkill SYS_ptrace SYS_process_vm_readv SYS_process_vm_writev SYS_process_madvise SYS_kcmp
        SYS_pidfd_open SYS_pidfd_getfd SYS_pidfd_send_signal SYS_setpgid SYS_setsid SYS_setns SYS_unshare
    }
    SystemCalls {
        SYS_setuid SYS_setgid SYS_setreuid SYS_setregid SYS_setresuid SYS_setresgid SYS_setgroups SYS_capset
        SYS_mount SYS_umount2 SYS_pivot_root SYS_chroot SYS_open_by_handle_at SYS_bpf SYS_perf_event_open
        SYS_keyctl SYS_add_key SYS_request_key SYS_userfaultfd SYS_io_uring_setup SYS_init_module
        SYS_finit_module SYS_delete_module SYS_kexec_load SYS_reboot SYS_swapon SYS_swapoff SYS_acct
        SYS_quotactl SYS_settimeofday SYS_clock_settime SYS_adjtimex SYS_sethostname SYS_setdomainname
        SYS_personality SYS_shmget SYS_shmat SYS_msgget SYS_semget SYS_mq_open
    }
};

/// What ends a plugin with some arguments: a new process, and signals to another.
pub(super) const PARTLY_ENDED: &[Ended] = calls! {
    Processes { SYS_clone SYS_kill SYS_tgkill SYS_rt_sigqueueinfo SYS_rt_tgsigqueueinfo }
};
