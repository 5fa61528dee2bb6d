//! What a plugin gives: its manifest, and one function.

use crate::{ABI_MINOR, HostV0, Slice, Status};

/// The only function of a plugin. It returns when the report is done, has failed or was cancelled, and does not unwind.
///
/// The arguments are JSON: `{"report": "forwarding", "args": {…}}`.
pub type RunFn = unsafe extern "C" fn(host: *const HostV0, args: Slice) -> Status;

/// The plugin's table, exported under [`PLUGIN_SYMBOL`](crate::PLUGIN_SYMBOL).
#[derive(Debug, Clone, Copy)]
#[repr(C)]
#[expect(clippy::exhaustive_structs, reason = "its layout is the interface; later minors append")]
pub struct PluginV0 {
    /// The table's size in bytes.
    pub size: u32,
    /// The minor version that the plugin was built with.
    pub minor: u32,
    /// The least minor version that the plugin can run with.
    pub needs_minor: u32,
    /// Reserved; 0.
    pub flags: u32,
    /// The bytes that are exported under [`MANIFEST_SYMBOL`](crate::MANIFEST_SYMBOL).
    pub manifest: Slice,
    /// The SDK's name and version, for messages only.
    pub sdk: Slice,
    /// The compiler's version, for messages only; may be empty.
    pub rustc: Slice,
    /// Runs one report.
    pub run: RunFn,
}

impl PluginV0 {
    /// The size of the table's first version: what every plugin has.
    pub const SIZE: u32 = 72;

    /// A table of this version that can run with the first minor.
    pub const fn new(manifest: &'static [u8], sdk: &'static str, rustc: &'static str, run: RunFn) -> Self {
        Self {
            size: Self::SIZE,
            minor: ABI_MINOR,
            needs_minor: 0,
            flags: 0,
            manifest: Slice::new(manifest),
            sdk: Slice::new(sdk.as_bytes()),
            rustc: Slice::new(rustc.as_bytes()),
            run,
        }
    }
}

// SAFETY: the slices of a table are static and never written; `new` takes nothing else, and a table that a library
// exports is constant data.
#[expect(unsafe_code, reason = "a static needs it, and raw pointers withhold it")]
unsafe impl Sync for PluginV0 {}

// SAFETY: as for `Sync`.
#[expect(unsafe_code, reason = "a static needs it, and raw pointers withhold it")]
unsafe impl Send for PluginV0 {}

const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<PluginV0>() == PluginV0::SIZE as usize && align_of::<PluginV0>() == 8);
    assert!(offset_of!(PluginV0, size) == 0 && offset_of!(PluginV0, minor) == 4);
    assert!(offset_of!(PluginV0, needs_minor) == 8 && offset_of!(PluginV0, flags) == 12);
    assert!(offset_of!(PluginV0, manifest) == 16 && offset_of!(PluginV0, sdk) == 32);
    assert!(offset_of!(PluginV0, rustc) == 48 && offset_of!(PluginV0, run) == 64);
};
