//! An inventory and a check, as authors write them.

use exo_plugin::prelude::*;

#[derive(Args)]
pub(crate) struct ForwardingArgs {
    /// Only mailboxes that forward
    only_forwarding: bool,
    /// Smallest mailbox to list
    #[arg(default = "0 B")]
    over: ByteSize,
}

#[derive(Row)]
pub(crate) struct Forward {
    #[column(key)]
    user: String,
    forwards_to: Option<String>,
    keeps_copy: bool,
    size: ByteSize,
    changed: Option<DateTime>,
}

#[derive(Record)]
pub(crate) struct Mailbox<'a> {
    user_principal_name: Text<'a>,
    forwarding_smtp_address: Option<Text<'a>>,
    deliver_to_mailbox_and_forward: Flag,
    #[record(name = "WhenChangedUTC")]
    when_changed_utc: Maybe<DateTime>,
}

#[derive(Record)]
pub(crate) struct Stats {
    total_item_size: ByteSize,
}

/// Who forwards mail, and where to.
///
/// This paragraph is no part of the line above.
#[report(
    service = "exo",
    reads("Get-Mailbox": Mailbox, params("ResultSize", "RecipientTypeDetails")),
    reads("Get-MailboxStatistics": Stats, params("Identity")),
)]
pub(crate) struct Forwarding;

#[async_trait(?Send)]
impl Report for Forwarding {
    type Args = ForwardingArgs;
    type Row = Forward;

    async fn run(&self, cx: &Cx, args: ForwardingArgs, out: &mut Rows<Forward>) -> Result<()> {
        let mut pages = cx.cmdlet("Get-Mailbox").param("ResultSize", "Unlimited").pages();
        let mut seen = 0;
        while let Some(page) = pages.next().await? {
            let wanted =
                page.rows::<Mailbox<'_>>().filter_ok(|m| !args.only_forwarding || m.forwarding_smtp_address.is_some());
            let mut sized = cx.concurrent(wanted, 8, |mailbox| async move {
                let mailbox = mailbox?;
                let user = &mailbox.user_principal_name;
                let stats: Stats = cx.cmdlet("Get-MailboxStatistics").param("Identity", user).one().await?;
                Ok((mailbox, stats))
            });
            while let Some((mailbox, stats)) = sized.next().await? {
                if stats.total_item_size >= args.over {
                    out.push(Forward {
                        user: mailbox.user_principal_name.into_owned(),
                        forwards_to: mailbox.forwarding_smtp_address.map(Text::into_owned),
                        keeps_copy: mailbox.deliver_to_mailbox_and_forward.into(),
                        size: stats.total_item_size,
                        changed: mailbox.when_changed_utc.value(),
                    })?;
                }
            }
            seen += page.len() as u64;
            cx.progress(seen, None);
        }
        Ok(())
    }
}

#[derive(Record)]
struct Policy {
    name: String,
    auto_forwarding_mode: String,
}

/// Whether mail can be forwarded out of the tenant by itself
#[report(name = "outbound-autoforward", reads("Get-HostedOutboundSpamFilterPolicy": Policy))]
pub(crate) struct Outbound;

#[async_trait(?Send)]
impl Report for Outbound {
    type Args = ();
    type Row = Finding;

    async fn run(&self, cx: &Cx, (): (), out: &mut Rows<Finding>) -> Result<()> {
        for policy in cx.cmdlet("Get-HostedOutboundSpamFilterPolicy").rows::<Policy>().await? {
            let (status, remedy) = match policy.auto_forwarding_mode.as_str() {
                "Off" => (Status::Pass, ""),
                _ => (Status::Fail, "set AutoForwardingMode to Off"),
            };
            let evidence = format!("AutoForwardingMode is {}", policy.auto_forwarding_mode);
            let finding = Finding::new("outbound-autoforward", status, Severity::High, policy.name);
            out.push(finding.evidence(evidence).remedy(remedy))?;
        }
        Ok(())
    }
}
