#![doc = include_str!("../README.md")]
#![no_std]

mod host;
mod plugin;
mod status;

pub use host::{Event, FOREVER, HostV0};
pub use plugin::{PluginV0, RunFn};
pub use status::{EventKind, NoteKind, Status};

#[cfg(not(target_pointer_width = "64"))]
compile_error!("plugins are built for 64-bit targets only");

/// The major version: part of the symbol names, 0 until plugins of other people exist.
pub const ABI_MAJOR: u32 = 0;

/// The minor version: what was appended since the major's beginning.
pub const ABI_MINOR: u32 = 0;

/// The symbol of the plugin's table, a [`PluginV0`].
pub const PLUGIN_SYMBOL: &str = "EXO_PLUGIN_V0";

/// The symbol of the manifest, plain bytes that are read without loading the file.
pub const MANIFEST_SYMBOL: &str = "EXO_PLUGIN_MANIFEST_V0";

/// The same two symbols of a plugin for a later major begin so.
pub const SYMBOL_PREFIX: &str = "EXO_PLUGIN_";

/// Bytes of somebody else, borrowed for the duration of one call.
///
/// The pointer may be dangling or null when `len` is 0.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
#[expect(clippy::exhaustive_structs, reason = "its layout is the interface")]
pub struct Slice {
    /// The first byte.
    pub ptr: *const u8,
    /// How many bytes.
    pub len: usize,
}

impl Slice {
    /// No bytes.
    pub const EMPTY: Self = Self { ptr: core::ptr::null(), len: 0 };

    /// Lends these bytes; they must outlive the use of the result.
    pub const fn new(bytes: &[u8]) -> Self {
        Self { ptr: bytes.as_ptr(), len: bytes.len() }
    }

    /// The bytes again; none if the pointer is null.
    ///
    /// # Safety
    ///
    /// If not null, the pointer leads to `len` initialized bytes of one allocation that live, unchanged, for all of `'a`.
    #[expect(unsafe_code, reason = "a borrowed pointer comes back as a slice here and nowhere else")]
    pub const unsafe fn as_bytes<'a>(self) -> &'a [u8] {
        if self.ptr.is_null() || self.len == 0 {
            return &[];
        }
        // SAFETY: not null, and the rest is promised by the caller.
        unsafe { core::slice::from_raw_parts(self.ptr, self.len) }
    }
}

/// Where a record stands in its data: the bytes from `start` up to, not including, `end`.
///
/// It has the layout of the span that pages carry inside the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(C)]
#[expect(clippy::exhaustive_structs, reason = "its layout is the interface")]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

const _: () = {
    use core::mem::{align_of, offset_of, size_of};
    assert!(size_of::<usize>() == 8);
    assert!(size_of::<Slice>() == 16 && align_of::<Slice>() == 8);
    assert!(offset_of!(Slice, ptr) == 0 && offset_of!(Slice, len) == 8);
    assert!(size_of::<Span>() == 8 && align_of::<Span>() == 4);
    assert!(offset_of!(Span, start) == 0 && offset_of!(Span, end) == 4);
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(unsafe_code, reason = "the function under test is unsafe")]
    fn an_empty_slice_has_no_bytes_wherever_it_points() {
        // SAFETY: a null pointer and a length of zero are always good.
        let none = unsafe { Slice::EMPTY.as_bytes() };
        assert!(none.is_empty());
        // SAFETY: the bytes are static.
        let some = unsafe { Slice::new(b"abc").as_bytes() };
        assert_eq!(some, b"abc");
    }

    #[test]
    fn the_symbols_carry_the_major() {
        assert!(PLUGIN_SYMBOL.ends_with('0') && ABI_MAJOR == 0);
        assert!(PLUGIN_SYMBOL.starts_with(SYMBOL_PREFIX) && MANIFEST_SYMBOL.starts_with(SYMBOL_PREFIX));
    }
}
