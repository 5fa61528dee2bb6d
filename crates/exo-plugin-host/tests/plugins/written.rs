//! Reports as authors write them; one panics in two ways, one changes something.
#![forbid(unsafe_code)]

use exo_plugin::prelude::*;

#[derive(Args)]
pub(crate) struct Params {
    /// Smallest number of items
    #[arg(default = 0)]
    over: u64,
}

#[derive(Args)]
pub(crate) struct Trouble {
    /// Which: `run`, `drop`, `miss`, `refused`, `unread`, `wrong` or `leak`
    how: String,
}

#[derive(Row)]
pub(crate) struct Items {
    #[column(key)]
    user: String,
    items: u64,
}

#[derive(Record)]
struct Mailbox {
    user_principal_name: String,
}

#[derive(Record)]
struct Statistics {
    item_count: u64,
}

/// Items of every mailbox, one call for each
#[report(
    service = "exo",
    parallel = 8,
    reads("Get-Mailbox": Mailbox, params("ResultSize")),
    reads("Get-MailboxStatistics": Statistics, params("Identity")),
)]
pub(crate) struct PerMailbox;

#[async_trait(?Send)]
impl Report for PerMailbox {
    type Args = Params;
    type Row = Items;

    async fn run(&self, cx: &Cx, args: Params, out: &mut Rows<Items>) -> Result<()> {
        let mailboxes = cx.cmdlet("Get-Mailbox").param("ResultSize", "Unlimited").pages().records::<Mailbox>();
        let mut found = cx.concurrent(mailboxes, 8, |mailbox| async move {
            let user = mailbox.user_principal_name;
            let found: Statistics = cx.cmdlet("Get-MailboxStatistics").param("Identity", &user).one().await?;
            Ok(Items { user, items: found.item_count })
        });
        while let Some(row) = found.next().await? {
            if row.items >= args.over {
                out.push(row)?;
            }
        }
        Ok(())
    }
}

/// Panics when it is dropped.
struct Fragile;

impl Drop for Fragile {
    fn drop(&mut self) {
        assert!(std::thread::panicking(), "dropped");
    }
}

/// Panics
#[report(service = "exo", reads("Get-Mailbox": Mailbox))]
pub(crate) struct Clumsy;

#[async_trait(?Send)]
impl Report for Clumsy {
    type Args = Trouble;
    type Row = Items;

    async fn run(&self, cx: &Cx, args: Trouble, _out: &mut Rows<Items>) -> Result<()> {
        let _fragile = (args.how == "drop").then(|| Fragile);
        let all: Vec<Mailbox> = cx.cmdlet("Get-Mailbox").rows().await?;
        assert!(args.how != "run", "cannot cope with {}", all.len());
        match args.how.as_str() {
            "miss" => cx.missing("one thing"),
            "refused" => drop(cx.cmdlet("Remove-Mailbox").rows::<Mailbox>().await?),
            // Whoever does not look has asked all the same.
            "unread" => drop(cx.cmdlet("Remove-Mailbox").rows::<Mailbox>().await),
            "wrong" => drop(cx.cmdlet("Get-Mailbox").rows::<Statistics>().await?),
            "leak" => std::mem::forget(cx.cmdlet("Get-Mailbox").pages().next().await?),
            _ => {}
        }
        Ok(())
    }
}

#[derive(Args)]
struct Whom {
    /// The mailbox
    mailbox: String,
}

/// Takes a mailbox out of the address lists
#[report(service = "exo", access = "write", reads("Set-Mailbox": Changed, params("Identity", "HiddenFromAddressListsEnabled")))]
struct HideMailbox;

#[derive(Record)]
struct Changed {}

#[async_trait(?Send)]
impl Report for HideMailbox {
    type Args = Whom;
    type Row = Items;

    async fn run(&self, cx: &Cx, args: Whom, _out: &mut Rows<Items>) -> Result<()> {
        let call =
            cx.cmdlet("Set-Mailbox").param("Identity", &args.mailbox).param("HiddenFromAddressListsEnabled", true);
        let _none: Vec<Changed> = call.rows().await?;
        Ok(())
    }
}

export!(PerMailbox, Clumsy, HideMailbox);
