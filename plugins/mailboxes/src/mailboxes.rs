//! Report `mailboxes`: every mailbox, the table that others are joined to.

use exo_plugin::declare::ColumnDecl;
use exo_plugin::prelude::*;
use std::rc::Rc;

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

/// A row that is written already, in a buffer that is used again for the next one.
///
/// What is pushed cannot borrow from a page, and copying every text of hundreds of thousands of mailboxes costs more than
/// writing them.
#[derive(Debug, Clone, Default)]
pub struct Line(Rc<Vec<u8>>);

impl Line {
    /// The row of a mailbox; the buffer is free again, since whatever was pushed is gone.
    fn of(&mut self, mailbox: &Mailbox<'_>) -> Self {
        let buffer = Rc::make_mut(&mut self.0);
        buffer.clear();
        mailbox.write(buffer);
        self.clone()
    }
}

impl Row for Line {
    const COLUMNS: &'static [ColumnDecl] = <Mailbox<'static> as Row>::COLUMNS;

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
}

#[async_trait(?Send)]
impl Report for Mailboxes {
    type Args = Params;
    type Row = Line;

    async fn run(&self, cx: &Cx, args: Params, out: &mut Rows<Line>) -> Result<()> {
        let mut call = cx.cmdlet("Get-Mailbox").param("ResultSize", "Unlimited");
        if let Some(kinds) = args.kind.filter(|kinds| !kinds.is_empty()) {
            call = call.param("RecipientTypeDetails", kinds);
        }
        let mut pages = call.pages();
        let (mut line, mut done) = (Line::default(), 0);
        while let Some(page) = pages.next().await? {
            for mailbox in page.rows::<Mailbox<'_>>() {
                out.push(line.of(&mailbox?))?;
            }
            done += page.len() as u64;
            cx.progress(done, None);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_buffer_serves_all_rows() {
        let json =
            br#"{"UserPrincipalName":"a@b","DisplayName":null,"PrimarySmtpAddress":null,"RecipientTypeDetails":null,
            "EmailAddresses":null,"WhenMailboxCreated":null,"HiddenFromAddressListsEnabled":null,"ArchiveStatus":null,
            "AutoExpandingArchiveEnabled":null,"RetentionPolicy":null,"LitigationHoldEnabled":null,
            "ExternalDirectoryObjectId":null}"#;
        let mailbox = Mailbox::decode(json).unwrap();
        let mut line = Line::default();
        let mut out = Vec::new();
        line.of(&mailbox).write(&mut out);
        let buffer = line.0.as_ptr();
        line.of(&mailbox).write(&mut out);
        assert_eq!(line.0.as_ptr(), buffer);
        assert!(out.starts_with(br#"["a@b",null,null,null,[],null"#));
    }
}
