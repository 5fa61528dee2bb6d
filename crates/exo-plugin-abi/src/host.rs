//! What the host gives: nine functions, and the event that one of them fills.

use crate::{EventKind, NoteKind, Slice, Span, Status};
use core::ffi::c_void;

/// A `timeout_ns` of [`HostV0::wait`] that never runs out.
pub const FOREVER: u64 = u64::MAX;

/// What `wait` tells.
///
/// The plugin sets `size` before the call; the host writes no further than that.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
#[expect(clippy::exhaustive_structs, reason = "its layout is the interface; later minors append")]
pub struct Event {
    /// How many bytes the plugin has for this event.
    pub size: u32,
    /// What happened.
    pub kind: EventKind,
    /// Of the request, where the kind says so; otherwise 0.
    pub status: Status,
    /// How many records a page holds.
    pub rows: u32,
    /// Which request it answers; the number that the plugin chose in `submit`.
    pub req: u64,
    /// A handle to give back with `free`; 0 means that there is nothing to give back.
    pub page: u64,
    /// Valid until `free(page)`; with `page` 0, until the next `wait`.
    pub data: Slice,
    /// `rows` pairs into `data`, ascending; null when `rows` is 0. Valid as long as `data`.
    pub spans: *const Span,
}

impl Event {
    /// The size of this version's event.
    pub const SIZE: u32 = 56;

    /// An event to be filled by `wait`.
    pub const fn empty() -> Self {
        Self {
            size: Self::SIZE,
            kind: EventKind::NONE,
            status: Status::OK,
            rows: 0,
            req: 0,
            page: 0,
            data: Slice::EMPTY,
            spans: core::ptr::null(),
        }
    }
}

/// The host's table. `ctx` and `run` are the first two arguments of every function.
///
/// `ctx` is never freed and `run` is a key: a call after the end answers [`Status::GONE`].
/// No function unwinds; each checks whatever it is handed.
/// `submit`, `pull` and `wait` belong to the thread that entered `run`; the others may be called by any thread.
/// Only `wait` and `emit` block.
///
/// All functions share one condition of safety: `ctx` is that of the table, and every pointer leads to what its type says
/// for as long as the call lasts.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
#[expect(clippy::exhaustive_structs, reason = "its layout is the interface; later minors append")]
pub struct HostV0 {
    /// The table's size in bytes; functions beyond it do not exist.
    pub size: u32,
    /// The host's minor version.
    pub minor: u32,
    /// The key of this run.
    pub run: u64,
    /// The host's own, to be handed back unread.
    pub ctx: *const c_void,
    /// Begins a request under a number that the plugin chooses and never reuses in this run; the body is JSON.
    ///
    /// A refusal comes as an event, not from here. The first two pages need no `pull`.
    pub submit: unsafe extern "C" fn(ctx: *const c_void, run: u64, req: u64, body: Slice) -> Status,
    /// Gives credit for one more page of a request.
    pub pull: unsafe extern "C" fn(ctx: *const c_void, run: u64, req: u64) -> Status,
    /// Nobody reads this request any more; pages that are already out stay valid.
    pub abandon: unsafe extern "C" fn(ctx: *const c_void, run: u64, req: u64),
    /// Waits for an event, at most so many nanoseconds; [`FOREVER`] has no end. Without an event the kind is `NONE`.
    pub wait: unsafe extern "C" fn(ctx: *const c_void, run: u64, timeout_ns: u64, event: *mut Event) -> Status,
    /// Makes a `wait` that is in progress, or else the next one, return `NONE`.
    pub notify: unsafe extern "C" fn(ctx: *const c_void, run: u64),
    /// Gives a page back; its data and spans are no longer valid.
    pub free: unsafe extern "C" fn(ctx: *const c_void, run: u64, page: u64),
    /// Hands over rows: JSON arrays in `data`, one per span. May block while the sink is slow.
    pub emit: unsafe extern "C" fn(ctx: *const c_void, run: u64, data: Slice, spans: *const Span, rows: u32) -> Status,
    /// A line for the log, progress, a panic, a gap.
    pub note: unsafe extern "C" fn(ctx: *const c_void, run: u64, kind: NoteKind, body: Slice),
    /// How the run ended, as JSON; once, and last before `run` returns.
    pub finish: unsafe extern "C" fn(ctx: *const c_void, run: u64, outcome: Slice),
}

impl HostV0 {
    /// The size of the table's first version: what every host has.
    pub const SIZE: u32 = 96;
}

const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<Event>() == Event::SIZE as usize && align_of::<Event>() == 8);
    assert!(offset_of!(Event, size) == 0 && offset_of!(Event, kind) == 4);
    assert!(offset_of!(Event, status) == 8 && offset_of!(Event, rows) == 12);
    assert!(offset_of!(Event, req) == 16 && offset_of!(Event, page) == 24);
    assert!(offset_of!(Event, data) == 32 && offset_of!(Event, spans) == 48);
    assert!(size_of::<HostV0>() == HostV0::SIZE as usize && align_of::<HostV0>() == 8);
    assert!(offset_of!(HostV0, size) == 0 && offset_of!(HostV0, minor) == 4);
    assert!(offset_of!(HostV0, run) == 8 && offset_of!(HostV0, ctx) == 16);
    assert!(offset_of!(HostV0, submit) == 24 && offset_of!(HostV0, pull) == 32);
    assert!(offset_of!(HostV0, abandon) == 40 && offset_of!(HostV0, wait) == 48);
    assert!(offset_of!(HostV0, notify) == 56 && offset_of!(HostV0, free) == 64);
    assert!(offset_of!(HostV0, emit) == 72 && offset_of!(HostV0, note) == 80);
    assert!(offset_of!(HostV0, finish) == 88);
};
