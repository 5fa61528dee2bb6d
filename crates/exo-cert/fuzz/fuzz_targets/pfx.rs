//! PFX files: `cargo +nightly fuzz run pfx fuzz/corpus/pfx`.
//!
//! What is under a MAC cannot be changed without notice; so the content is tried without its MAC, too.
#![no_main]

use exo_cert::ClientCertificate;
use exo_model::Secret;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let password = Secret::from("password");
    ClientCertificate::from_bytes(bytes, Some(&password)).ok();
    ClientCertificate::from_bytes(&without_mac(bytes), Some(&password)).ok();
});

/// Takes the bytes as the octets of safes, and puts an outer structure of the right lengths around them.
fn without_mac(content: &[u8]) -> Vec<u8> {
    const DATA: &[u8] = &[6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 7, 1];
    let data = wrap(0x30, &[DATA, &wrap(0xA0, &[&wrap(4, &[content])])]);
    wrap(0x30, &[&[2, 1, 3], data.as_slice()])
}

fn wrap(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let digits: Vec<u8> = content.len().to_be_bytes().into_iter().skip_while(|digit| *digit == 0).collect();
    let length = match digits.as_slice() {
        [] => vec![0],
        [short @ ..0x80] => vec![*short],
        long => [&[0x80 | long.len() as u8], long].concat(),
    };
    [&[tag], length.as_slice(), &content].concat()
}
