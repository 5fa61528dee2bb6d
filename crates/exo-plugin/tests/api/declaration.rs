//! What the macros write down, as the host reads it.

use crate::reports::{Forwarding, Outbound};
use exo_model::{ColumnType, ReportKind, Service};
use exo_plugin::prelude::*;
use exo_plugin::private::{PluginDecl, ReportDecl, declaration, manifest, manifest_length};
use exo_plugin_wire::{Access, PluginManifest};

#[derive(Record)]
struct Alert {
    name: String,
    severity: String,
}

#[derive(Record)]
#[serde(rename_all = "camelCase")]
struct Renamed<'a> {
    #[serde(borrow, rename = "Name")]
    name: Text<'a>,
    notify_user: MultiText<'a>,
    #[serde(skip)]
    note: u8,
}

#[derive(Record)]
struct Organization {
    display_name: String,
    r#type: Maybe<String>,
}

#[derive(Row)]
struct Both {
    #[column(key, name = "alert")]
    first: String,
    count: u32,
    share: Option<f64>,
    all: Vec<String>,
    span: TimeSpan,
}

#[derive(Args)]
struct BothArgs {
    /// How far back
    #[arg(default = "14d")]
    since: TimeSpan,
    /// Which mailboxes,
    /// by address
    #[arg(name = "only")]
    mailboxes: Option<Vec<String>>,
    #[arg(default = 5, at_least = 1, at_most = 100)]
    at_most: u32,
}

/// Reads both services.
#[report(
    name = "both",
    service = "scc",
    parallel = 4,
    access = "write",
    reads("Get-ProtectionAlert": Alert + Renamed, params("Identity")),
    reads("Get-OrganizationConfig": Organization, service = "exo"),
    reads("Get-AdminAuditLogConfig", service = "exo"),
)]
struct BothServices;

#[async_trait(?Send)]
impl Report for BothServices {
    type Args = BothArgs;
    type Row = Both;

    async fn run(&self, cx: &Cx, args: BothArgs, out: &mut Rows<Both>) -> Result<()> {
        let organization: Organization = cx.cmdlet("Get-OrganizationConfig").one().await?;
        let mut pages = cx.cmdlet("Get-ProtectionAlert").service(Service::Compliance).pages();
        while let Some(page) = pages.next().await? {
            for (alert, renamed) in page.rows::<Alert>().zip(page.rows::<Renamed<'_>>()) {
                let (alert, renamed) = (alert?, renamed?);
                assert!(organization.r#type.is_absent() && renamed.note == 0 && renamed.name == alert.name.as_str());
                out.push(Both {
                    first: format!("{} {} {}", organization.display_name, alert.name, alert.severity),
                    count: args.at_most,
                    share: None,
                    all: args.mailboxes.clone().unwrap_or(renamed.notify_user.into_owned()),
                    span: args.since,
                })?;
            }
        }
        Ok(())
    }
}

const REPORTS: &[ReportDecl] = &[declaration::<Forwarding>(), declaration::<Outbound>(), declaration::<BothServices>()];
const PLUGIN: PluginDecl<'static> =
    PluginDecl { name: "My_Reports", version: "1.2.3", about: "\"quoted\"\n\\", reports: REPORTS };
static MANIFEST: [u8; manifest_length(&PLUGIN)] = manifest(&PLUGIN);

#[test]
fn the_host_reads_the_manifest_that_the_compiler_wrote() {
    let manifest = PluginManifest::parse(&MANIFEST).unwrap();
    assert_eq!((manifest.name.as_str(), manifest.version.as_str()), ("my-reports", "1.2.3"));
    assert_eq!(manifest.about, "\"quoted\" \\");
    assert!(manifest.sdk.starts_with("exo-plugin "));
    let names: Vec<_> = manifest.reports.iter().map(|r| r.name.as_str()).collect();
    assert_eq!(names, ["forwarding", "outbound-autoforward", "both"]);
}

#[test]
fn a_report_says_what_it_is() {
    let manifest = PluginManifest::parse(&MANIFEST).unwrap();
    let forwarding = manifest.report("forwarding").unwrap();
    assert_eq!(forwarding.about, "Who forwards mail, and where to");
    assert_eq!((forwarding.kind, forwarding.access, forwarding.parallel), (ReportKind::Inventory, Access::Read, 8));
    assert_eq!(forwarding.params[0].name, "only-forwarding");
    assert_eq!(forwarding.params[1].default.as_deref(), Some("0 B"));
    assert_eq!(manifest.report("outbound-autoforward").unwrap().kind, ReportKind::Check);
}

#[test]
fn needs_are_sorted_by_service_and_properties_are_merged() {
    let manifest = PluginManifest::parse(&MANIFEST).unwrap();
    let both = manifest.report("both").unwrap();
    assert_eq!((both.access, both.parallel), (Access::Write, 4));
    let services: Vec<_> = both.needs.iter().map(|need| (need.service, need.cmdlets.len())).collect();
    assert_eq!(services, [(Service::Exchange, 2), (Service::Compliance, 1)]);
    assert_eq!(both.needs[1].cmdlets[0].properties, ["Name", "Severity", "notifyUser"]);
    assert_eq!(both.needs[0].cmdlets[0].properties, ["DisplayName", "Type"]);
    assert!(both.needs[0].cmdlets[1].properties.is_empty());
}

#[test]
fn columns_and_parameters_have_their_types() {
    let manifest = PluginManifest::parse(&MANIFEST).unwrap();
    let both = manifest.report("both").unwrap();
    let columns: Vec<_> = both.columns.iter().map(|c| (c.name.as_str(), c.kind, c.key, c.optional)).collect();
    assert_eq!(
        columns,
        [
            ("alert", ColumnType::String, true, false),
            ("count", ColumnType::Integer, false, false),
            ("share", ColumnType::Number, false, true),
            ("all", ColumnType::StringList, false, false),
            ("span", ColumnType::Duration, false, false),
        ]
    );
    let params: Vec<_> = both.params.iter().map(|p| (p.name.as_str(), p.kind, p.optional, p.help.as_str())).collect();
    assert_eq!(
        params,
        [
            ("since", ColumnType::Duration, false, "How far back"),
            ("only", ColumnType::StringList, true, "Which mailboxes, by address"),
            ("at-most", ColumnType::Integer, false, ""),
        ]
    );
}

#[test]
fn both_services_are_asked_in_one_run() {
    use exo_plugin::fake::{FakeHost, args, rows};
    let host = FakeHost::new()
        .on("Get-OrganizationConfig", rows![{"DisplayName": "Contoso"}])
        .on("Get-ProtectionAlert", rows![{"Name": "a", "Severity": "High", "notifyUser": "x"}]);
    let run = host.run(BothServices, args! { at_most: 7 });
    let row = exo_plugin::serde_json::json!(["Contoso a High", 7, null, ["x"], 14 * 86_400]);
    assert_eq!(run.rows(), [row], "{run:?}");
    assert_eq!(run.invocations("Get-ProtectionAlert")[0].service, Service::Compliance);
    let refused = host.run(BothServices, args! { at_most: 101 });
    assert!(refused.failure().is_some_and(|f| f.message.contains("which takes 1 to 100")), "{refused:?}");
    let run = host.run(BothServices, args! { only: "p,q", since: "1.00:00:00" });
    assert_eq!(run.row(0).unwrap()[3], exo_plugin::serde_json::json!(["p", "q"]));
}
