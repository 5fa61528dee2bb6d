//! Which cmdlets read: reviewed by hand, cmdlet by cmdlet.
//!
//! A `Get-…` reads: all of them were looked at, and those with a parameter that does more are in [`WRITING_PARAMETERS`].
//! Of all others only those in [`READING`] read. Looked at and left out, so that they write: `Test-Message` (its actions
//! and notifications are carried out), `Validate-OutboundConnector` (sends mail), `Test-MigrationServerAvailability`,
//! `Test-OAuthConnectivity` and `Test-OrganizationRelationship` (make the service sign in to a host that the caller
//! names), `Compare-TextMessagingVerificationCode` (a right code completes a set-up), the `Invoke-Provisioning…Diagnostic`
//! family (may repair), `New-MailboxAuditLogSearch` and `Start-HistoricalSearch` (start jobs and send mail), and
//! `Connect-…` and `Disconnect-…` (the module's own sessions).

/// Whether a cmdlet of the catalogue changes nothing.
pub(crate) fn reads(name: &str) -> bool {
    name.starts_with("Get-") || reason(name).is_some()
}

/// Why a cmdlet that is not `Get-…` reads.
pub(crate) fn reason(name: &str) -> Option<&'static str> {
    READING.iter().find(|(known, _)| *known == name).map(|(_, reason)| *reason)
}

/// The parameters by which a reading cmdlet does more than read.
pub(crate) fn writing_parameters(name: &str) -> impl Iterator<Item = &'static str> {
    WRITING_PARAMETERS.iter().filter(move |(cmdlet, ..)| *cmdlet == name).map(|(_, parameter, _)| *parameter)
}

/// Cmdlets that read although they are not called `Get-…`, and why.
const READING: &[(&str, &str)] = &[
    ("Check-PurviewConfig", "runs diagnostic test cases on the configuration and returns their results"),
    ("Export-ActivityExplorerData", "returns activities as pages of records"),
    ("Export-ContentExplorerData", "returns names and counts of labelled items as pages of records"),
    ("Export-DlpPolicyCollection", "returns the policies as XML"),
    ("Export-FilePlanProperty", "returns the file plan's properties"),
    ("Export-MailboxDiagnosticLogs", "returns a mailbox's diagnostic log"),
    ("Export-MigrationReport", "returns the rows of a migration's report"),
    ("Export-PurviewConfig", "returns the configuration"),
    ("Export-QuarantineMessage", "returns a message's bytes; the message stays in quarantine"),
    ("Export-TransportRuleCollection", "returns the rules as XML"),
    ("Preview-QuarantineMessage", "returns a message's text; the message stays in quarantine"),
    ("Search-MailboxAuditLog", "returns audit records at once; the search by mail is another cmdlet"),
    ("Search-MessageTrackingReport", "returns tracking reports that match"),
    ("Search-UnifiedAuditLog", "returns audit records; a session id only remembers the position in them"),
    ("Test-ApplicationAccessPolicy", "computes whether an app may reach a mailbox"),
    ("Test-ArchiveConnectivity", "opens an archive mailbox and reads in it"),
    ("Test-DataClassification", "classifies a text that the caller gives"),
    ("Test-IRMConfiguration", "checks rights management step by step; sends no message"),
    ("Test-M365DataAtRestEncryptionPolicy", "checks whether a policy's keys can be used"),
    ("Test-MAPIConnectivity", "opens a mailbox and lists items"),
    ("Test-ServicePrincipalAuthorization", "computes what an app's role assignments allow"),
    ("Test-TextExtraction", "extracts the text of a message that the caller gives"),
    ("Validate-RetentionRuleQuery", "parses a query that the caller gives"),
];

/// Parameters of reading cmdlets that change something, send mail or write files, and why: refused where only reading is allowed.
const WRITING_PARAMETERS: &[(&str, &str, &str)] = &[
    ("Get-ActiveSyncDeviceStatistics", "GetMailboxLog", "sends a mailbox log by mail"),
    ("Get-ActiveSyncDeviceStatistics", "NotificationEmailAddresses", "sends a mailbox log by mail"),
    ("Get-AutoSensitivityLabelPolicy", "ForceValidate", "not documented; may begin a validation"),
    ("Get-AutoSensitivityLabelRule", "ForceValidate", "not documented; may begin a validation"),
    ("Get-CASMailbox", "RecalculateHasActiveSyncDevicePartnership", "corrects the mailbox's property"),
    ("Get-CalendarDiagnosticAnalysis", "LogLocation", "names a folder of log files on a server"),
    ("Get-CalendarDiagnosticLog", "LogLocation", "writes log files to a folder"),
    ("Get-DlpCompliancePolicy", "ForceValidate", "not documented; may begin a validation"),
    ("Get-EXOCasMailbox", "GetImapProtocolLog", "sends a protocol log by mail"),
    ("Get-EXOCasMailbox", "GetPopProtocolLog", "sends a protocol log by mail"),
    ("Get-EXOCasMailbox", "SendLogsTo", "sends a protocol log by mail"),
    ("Get-EXOMobileDeviceStatistics", "GetMailboxLog", "sends a mailbox log by mail"),
    ("Get-EXOMobileDeviceStatistics", "NotificationEmailAddresses", "sends a mailbox log by mail"),
    ("Get-LabelPolicy", "ForceValidate", "not documented; may begin a validation"),
    ("Get-MobileDeviceStatistics", "GetMailboxLog", "sends a mailbox log by mail"),
    ("Get-MobileDeviceStatistics", "NotificationEmailAddresses", "sends a mailbox log by mail"),
];

/// Parameters of reading cmdlets that sound like a change and were found to be filters or inputs.
#[cfg(test)]
const HARMLESS: &[(&str, &str)] = &[
    ("Export", "Get-ComplianceSearchAction lists actions of that sort"),
    ("Purge", "Get-ComplianceSearchAction lists actions of that sort"),
    ("Suspend", "the request cmdlets list requests in that state"),
    ("SuspendWhenReadyToComplete", "Get-MoveRequest lists requests with that setting"),
    ("ShowDeletionInProgressSearches", "Get-MailboxSearch also lists searches that are being deleted"),
    ("ValidateContentTypeRemoval", "Get-Label answers whether a content type could be removed"),
    ("Force", "Get-FederationInformation does not ask before it looks at another host"),
    ("ReleaseStatus", "Get-QuarantineMessage lists messages in that state"),
    ("TargetMailbox", "Get-MailboxRestoreRequest lists requests to that mailbox"),
    ("TargetLabelId", "Get-ReviewItems lists items of that label"),
    ("ForceConversionToMime", "Export-QuarantineMessage returns another form"),
    ("ReasonForExport", "Export-QuarantineMessage notes why the caller wants the message"),
    ("IsAppliedToDisabled", "Get-ConfigAnalyzerPolicyRecommendation lists settings of that state"),
    ("ModulePrefix", "Get-ConnectionInformation lists the module's connections with that prefix"),
    ("AllMailboxPlanReleases", "Get-MailboxPlan lists older plans too"),
    ("Enabled", "Get-ManagementRoleAssignment lists assignments of that state"),
    ("LongerRetentionEnabled", "Search-UnifiedAuditLog looks for records that are kept longer"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Access, all};

    #[test]
    fn new_cmdlets_are_looked_at_before_the_counts_are_changed() {
        let get = all().filter(|c| c.name().starts_with("Get-")).count();
        let read = all().filter(|c| c.access() == Access::Read).count();
        assert_eq!((all().count(), get, read), (941, 321, 321 + READING.len()));
    }

    #[test]
    fn every_reviewed_name_is_in_the_catalogue() {
        let parameter = |cmdlet: &str, name: &str| all().any(|c| c.name() == cmdlet && c.parameter(name).is_some());
        assert!(READING.iter().all(|(name, _)| all().any(|c| c.name() == *name)));
        for (cmdlet, name, _) in WRITING_PARAMETERS {
            assert!(reads(cmdlet) && parameter(cmdlet, name), "{cmdlet} -{name}");
        }
    }

    #[test]
    fn no_parameter_of_a_reading_cmdlet_sounds_like_a_change_unless_reviewed() {
        const SOUNDS: &[&str] = &[
            "delete",
            "remove",
            "removal",
            "purge",
            "send",
            "notif",
            "export",
            "recalc",
            "suspend",
            "clear",
            "reset",
            "update",
            "force",
            "release",
            "repair",
            "fix",
            "loglocation",
            "mailboxlog",
            "protocollog",
            "targetmailbox",
            "targetfolder",
            "targetlabel",
            "deletion",
            "approve",
            "revoke",
            "enable",
            "disable",
        ];
        // What says that something is included in the answer or looked for.
        const FILTERS: &[&str] = &["Include", "Sender", "SoftDeleted", "StartSender"];
        let mut unknown = Vec::new();
        for cmdlet in all().filter(|c| c.access() == Access::Read) {
            for parameter in cmdlet.parameters() {
                let name = parameter.name();
                let sounds = SOUNDS.iter().any(|s| name.to_ascii_lowercase().contains(s));
                let reviewed = cmdlet.writing_parameters().any(|p| p == name)
                    || HARMLESS.iter().any(|(p, _)| *p == name)
                    || FILTERS.iter().any(|f| name.starts_with(f));
                if sounds && !reviewed {
                    unknown.push(format!("{} -{name}", cmdlet.name()));
                }
            }
        }
        assert!(unknown.is_empty(), "{unknown:#?}");
    }

    #[test]
    fn what_sends_mail_or_starts_jobs_writes() {
        for name in [
            "Test-Message",
            "Validate-OutboundConnector",
            "Start-HistoricalSearch",
            "New-MailboxAuditLogSearch",
            "Release-QuarantineMessage",
            "Write-AdminAuditLog",
            "Enable-OrganizationCustomization",
            "Expedite-Delicensing",
            "Rotate-DkimSigningConfig",
        ] {
            assert!(!reads(name), "{name}");
        }
    }
}
