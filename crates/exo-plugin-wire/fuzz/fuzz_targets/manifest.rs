//! Whatever a library holds where its manifest should be is read and can be written again, or is refused.
#![no_main]

use exo_plugin_wire::PluginManifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let length = PluginManifest::framed_length(data);
    if let Ok(manifest) = PluginManifest::parse(data) {
        assert!(length.is_ok_and(|length| length <= data.len()));
        again(&manifest);
    }
    if let Ok(manifest) = PluginManifest::from_json(data) {
        again(&manifest);
    }
});

fn again(manifest: &PluginManifest) {
    assert!(!manifest.reports.is_empty() && !manifest.name.is_empty());
    let framed = manifest.to_framed().expect("what was read can be written");
    assert_eq!(&PluginManifest::parse(&framed).expect("and read again"), manifest);
}
