//! What `export!` writes, entered by its table as a host does after it has loaded the library.

use crate::reports::{Forwarding, Outbound};
use exo_plugin::fake::{FakeHost, FakeRun, args, rows};
use exo_plugin::private::{PluginV0, RUSTC, SDK, manifest, manifest_length};
use exo_plugin::serde_json::{Map, Value, json};

#[expect(unsafe_code, reason = "a table is entered as the host enters it")]
fn run(host: &FakeHost, report: &str, args: Map<String, Value>) -> FakeRun {
    exo_plugin::__plugin!(Forwarding, Outbound);
    static MANIFEST: [u8; manifest_length(&PLUGIN)] = manifest(&PLUGIN);
    static TABLE: PluginV0 = PluginV0::new(&MANIFEST, SDK, RUSTC, enter);
    // SAFETY: it is the table of these reports.
    unsafe { host.run_table(&TABLE, report, args) }
}

#[test]
fn a_report_is_found_by_its_name_and_runs() {
    let policies = rows![{"Name": "Default", "AutoForwardingMode": "Off"}];
    let run =
        run(&FakeHost::new().on("Get-HostedOutboundSpamFilterPolicy", policies), "outbound-autoforward", args! {});
    assert!(run.is_ok() && run.is_complete() && run.leaked_pages() == 0, "{run:?}");
    assert_eq!(run.rows()[0][1], json!("pass"));
}

#[test]
fn a_report_that_is_not_there_is_refused() {
    let run = run(&FakeHost::new(), "inbound", args! {});
    assert_eq!(run.failure().map(ToString::to_string).as_deref(), Some("there is no report `inbound`"));
}
