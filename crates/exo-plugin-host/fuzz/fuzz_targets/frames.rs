//! Whatever a child sends is read as the same frames however it arrives, or is no frame; what is read is what was sent.
#![no_main]

use libfuzzer_sys::fuzz_target;

// The framing is a private part of the host: its own files, compiled once more.
#[allow(dead_code)]
#[path = "../../src/carrier/buffers.rs"]
mod buffers;
#[allow(dead_code)]
#[path = "../../src/carrier/frames.rs"]
mod frames;

fuzz_target!(|data: &[u8]| {
    let Some((step, bytes)) = data.split_first() else { return };
    frames::oracle::holds(bytes, usize::from(*step));
});
