//! Whatever a plugin asks for is decided upon by its manifest: only what it declared becomes a call.
#![no_main]

use exo_plugin_wire::{Consent, PluginManifest, Request, decide, parse_end, write_end};
use libfuzzer_sys::fuzz_target;

const MANIFEST: &[u8] = br#"{"format":1,"name":"x","version":"1","abi":{"major":0},"reports":[{"name":"x","kind":"inventory",
"needs":[{"service":"exo","cmdlets":[{"name":"Get-Mailbox","parameters":["Identity","Filter"],"properties":["Name"]}]}],
"columns":[{"name":"name","type":"string"}]}]}"#;

fuzz_target!(|data: &[u8]| {
    if let Ok(end) = parse_end(data) {
        let text = write_end(&end).expect("what was read can be written");
        assert_eq!(parse_end(&text).expect("and read again"), end);
    }
    let Ok(request) = Request::parse(data) else { return };
    let manifest = PluginManifest::from_json(MANIFEST).expect("the manifest above is one");
    let Ok(call) = decide(&manifest.reports[0], &request, Consent::Write) else { return };
    assert!(call.cmdlet.as_str().eq_ignore_ascii_case("Get-Mailbox"));
    let allowed = |name: &str| ["identity", "filter"].contains(&name.to_ascii_lowercase().as_str());
    assert!(request.parameters.keys().all(|name| allowed(name)));
});
