//! Report `mailboxes`: every mailbox, the table that others are joined to.

use exo_plugin::prelude::*;

/// All mailboxes with their addresses, type, archive and holds
#[derive(Debug)]
#[report(service = "exo", reads("Get-Mailbox": Mailbox, params("ResultSize", "RecipientTypeDetails")))]
pub struct Mailboxes;

/// What a user may set.
#[derive(Debug, Args)]
pub struct Params {
    /// Only these kinds of mailbox; all, if left out
    #[arg(choices(
        "UserMailbox",
        "SharedMailbox",
        "RoomMailbox",
        "EquipmentMailbox",
        "SchedulingMailbox",
        "TeamMailbox",
        "LinkedMailbox",
        "LegacyMailbox",
        "DiscoveryMailbox",
        "PublicFolderMailbox"
    ))]
    kind: Option<Vec<String>>,
}

/// A mailbox: what is read, and what is told, under the service's own names.
#[derive(Debug, Record, Row)]
pub struct Mailbox<'a> {
    #[column(key)]
    user_principal_name: Text<'a>,
    display_name: Option<Text<'a>>,
    primary_smtp_address: Option<Text<'a>>,
    recipient_type_details: Option<Text<'a>>,
    email_addresses: MultiText<'a>,
    when_mailbox_created: Option<DateTime>,
    hidden_from_address_lists_enabled: Option<Flag>,
    archive_status: Option<Text<'a>>,
    auto_expanding_archive_enabled: Option<Flag>,
    retention_policy: Option<Text<'a>>,
    litigation_hold_enabled: Option<Flag>,
    external_directory_object_id: Option<Text<'a>>,
}

#[async_trait(?Send)]
impl Report for Mailboxes {
    type Args = Params;
    type Row = Mailbox<'static>;

    async fn run(&self, cx: &Cx, args: Params, out: &mut Rows<Mailbox<'static>>) -> Result<()> {
        let mut call = cx.cmdlet("Get-Mailbox").param("ResultSize", "Unlimited");
        if let Some(kinds) = args.kind.filter(|kinds| !kinds.is_empty()) {
            call = call.param("RecipientTypeDetails", kinds);
        }
        let mut pages = call.pages();
        let mut done = 0;
        while let Some(page) = pages.next().await? {
            for mailbox in page.rows::<Mailbox<'_>>() {
                out.push(mailbox?)?;
            }
            done += page.len() as u64;
            cx.progress(done, None);
        }
        Ok(())
    }
}
