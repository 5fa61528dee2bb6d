//! Report `mailbox-sizes`: how full every mailbox is, and what its quotas do about it.

use crate::fullness::Fullness;
use exo_plugin::Call;
use exo_plugin::prelude::*;

/// Mailboxes and archives against their quotas
#[derive(Debug)]
#[report(
    service = "exo",
    parallel = 8,
    reads("Get-Mailbox": Mailbox, params("ResultSize")),
    reads("Get-MailboxStatistics": Statistics, params("Identity", "Archive")),
)]
pub struct MailboxSizes;

/// What a user may set.
#[derive(Debug, Args)]
pub struct Params {
    /// Smallest size to list; mailboxes that could not be read are listed whatever it is
    #[arg(default = "0")]
    over: ByteSize,
    /// Look at archives as well: one more call for each
    archive: bool,
}

#[derive(Debug, Record)]
pub(crate) struct Mailbox {
    pub(crate) user_principal_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) recipient_type_details: Option<String>,
    pub(crate) archive_status: Option<String>,
    pub(crate) issue_warning_quota: Option<ByteSize>,
    pub(crate) prohibit_send_quota: Option<ByteSize>,
    pub(crate) prohibit_send_receive_quota: Option<ByteSize>,
    pub(crate) recoverable_items_quota: Option<ByteSize>,
    pub(crate) archive_warning_quota: Option<ByteSize>,
    pub(crate) archive_quota: Option<ByteSize>,
}

#[derive(Debug, Record)]
pub(crate) struct Statistics {
    pub(crate) total_item_size: Option<ByteSize>,
    pub(crate) total_deleted_item_size: Option<ByteSize>,
    pub(crate) item_count: Option<u64>,
    pub(crate) deleted_item_count: Option<u64>,
    pub(crate) last_logon_time: Option<DateTime>,
}

/// What the service said about a mailbox or an archive.
pub(crate) enum Told {
    Figures(Statistics),
    /// That there are none: nobody has used it yet.
    NoData,
    /// Nothing that could be used.
    Failed,
}

/// What was asked about a mailbox; the archive only where there is one.
struct Read {
    mailbox: Mailbox,
    primary: Result<Told>,
    archive: Option<Result<Told>>,
}

#[async_trait(?Send)]
impl Report for MailboxSizes {
    type Args = Params;
    type Row = Fullness;

    async fn run(&self, cx: &Cx, args: Params, out: &mut Rows<Fullness>) -> Result<()> {
        let mailboxes = cx.cmdlet("Get-Mailbox").param("ResultSize", "Unlimited").pages().records::<Mailbox>();
        let mut all = cx.concurrent_in_order(mailboxes, 8, |mailbox| read(cx, mailbox, args.archive));
        let (mut misses, mut done) = (Misses::default(), 0);
        while let Some(Read { mailbox, primary, archive }) = all.next().await? {
            let primary = misses.pass(cx, &mailbox.user_principal_name, primary)?;
            push(out, Fullness::primary(&mailbox, &primary.unwrap_or(Told::Failed)), args.over)?;
            if let Some(archive) = archive {
                let archive = misses.pass(cx, &mailbox.user_principal_name, archive)?;
                push(out, Fullness::archive(&mailbox, &archive.unwrap_or(Told::Failed)), args.over)?;
            }
            done += 1;
            if done % 100 == 0 {
                cx.progress(done, None);
            }
        }
        Ok(())
    }
}

async fn read(cx: &Cx, mailbox: Mailbox, archive: bool) -> Result<Read> {
    let call = || cx.cmdlet("Get-MailboxStatistics").param("Identity", &mailbox.user_principal_name);
    let primary = told(call()).await;
    // Without an archive the service answers such a call with an error.
    let archive = if archive && mailbox.has_archive() { Some(told(call().param("Archive", true)).await) } else { None };
    Ok(Read { mailbox, primary, archive })
}

async fn told(call: Call) -> Result<Told> {
    Ok(call.first().await?.map_or(Told::NoData, Told::Figures))
}

/// Hands a row on if it is large enough. Nobody knows the size of what could not be read.
fn push(out: &mut Rows<Fullness>, row: Fullness, over: ByteSize) -> Result<()> {
    if row.is_at_least(over) { out.push(row) } else { Ok(()) }
}

impl Mailbox {
    fn has_archive(&self) -> bool {
        self.archive_status.as_deref().is_some_and(|status| !status.is_empty() && !status.eq_ignore_ascii_case("none"))
    }
}
