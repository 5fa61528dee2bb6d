//! Numbers that cross: what a call answered, what happened, what a note holds.

/// What a call answered. Unknown values mean failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
#[expect(clippy::exhaustive_structs, reason = "a number with names; its layout is the interface")]
pub struct Status(pub u32);

impl Status {
    /// Done.
    pub const OK: Self = Self(0);
    /// The run has ended, or there is no such request; nothing was done.
    pub const GONE: Self = Self(1);
    /// The run is being cancelled; drop everything and return.
    pub const CANCELLED: Self = Self(2);
    /// More than a limit allows; nothing was taken.
    pub const TOO_LARGE: Self = Self(3);
    /// What was handed over is not what the function takes: bad JSON, bad spans, cells of another type.
    pub const INVALID: Self = Self(4);
    /// Called on a thread on which it may not be called.
    pub const WRONG_THREAD: Self = Self(5);
    /// The host panicked in this call; the run is lost.
    pub const HOST_BUG: Self = Self(6);
    /// From `run`: the report failed; `finish` was given why.
    pub const PLUGIN_FAILED: Self = Self(7);
    /// From `run`: the report panicked; a note was given text and place.
    pub const PANICKED: Self = Self(8);
    /// From `run`: the table or the arguments cannot be used.
    pub const REFUSED: Self = Self(9);
    /// The host has no room now, or the medium to it broke.
    pub const UNAVAILABLE: Self = Self(10);

    /// Whether the call was done.
    pub const fn is_ok(self) -> bool {
        self.0 == Self::OK.0
    }

    /// The constant's name in lower case, for messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OK => "ok",
            Self::GONE => "gone",
            Self::CANCELLED => "cancelled",
            Self::TOO_LARGE => "too large",
            Self::INVALID => "invalid",
            Self::WRONG_THREAD => "wrong thread",
            Self::HOST_BUG => "fault in the host",
            Self::PLUGIN_FAILED => "failed",
            Self::PANICKED => "panicked",
            Self::REFUSED => "refused",
            Self::UNAVAILABLE => "not available",
            Self(_) => "unknown status",
        }
    }
}

/// What an event reports. Unknown kinds are ignored, after their page has been freed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
#[expect(clippy::exhaustive_structs, reason = "a number with names; its layout is the interface")]
pub struct EventKind(pub u32);

impl EventKind {
    /// Nothing: the time ran out, or somebody called `notify`.
    pub const NONE: Self = Self(0);
    /// A page of records for `req`.
    pub const PAGE: Self = Self(1);
    /// The end of `req`; the data is the JSON of its completeness.
    pub const END: Self = Self(2);
    /// `req` failed and gives nothing more; the data is the JSON of a failure.
    pub const FAIL: Self = Self(3);
    /// The run is being cancelled: drop everything and return. Sent until the plugin returns.
    pub const CANCEL: Self = Self(4);
}

/// What a note holds. Unknown kinds are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(transparent)]
#[expect(clippy::exhaustive_structs, reason = "a number with names; its layout is the interface")]
pub struct NoteKind(pub u32);

impl NoteKind {
    /// A line for the log: `{"level": "warn", "message": "…"}`.
    pub const LOG: Self = Self(1);
    /// How far the report is: `{"done": 10, "of": 40}`.
    pub const PROGRESS: Self = Self(2);
    /// A panic's text and place: `{"message": "…", "file": "…", "line": 7, "column": 9}`.
    pub const PANIC: Self = Self(3);
    /// Something that is missing from the result, beyond what the host saw: `{"kind": "failed", "what": "…"}`.
    pub const GAP: Self = Self(4);
}

const _: () = {
    assert!(size_of::<Status>() == 4 && align_of::<Status>() == 4);
    assert!(size_of::<EventKind>() == 4 && align_of::<EventKind>() == 4);
    assert!(size_of::<NoteKind>() == 4 && align_of::<NoteKind>() == 4);
};
