//! Report `mailbox-full-access`: who may open whose mailbox.

use crate::account::{is_system, is_unresolved};
use exo_plugin::prelude::*;

/// Who may open whose mailbox
#[derive(Debug)]
#[report(
    service = "exo",
    parallel = 8,
    reads("Get-Mailbox": Mailbox, params("ResultSize")),
    reads("Get-MailboxPermission": Entry, params("Identity", "ResultSize", "IncludeUnresolvedPermissions")),
)]
pub struct MailboxFullAccess;

/// What a user may set.
#[derive(Debug, Args)]
pub struct Params {
    /// List entries of all rights, not of `FullAccess` alone
    all_rights: bool,
}

/// A grant, or a denial.
#[derive(Debug, Row)]
pub struct Grant {
    #[column(key)]
    mailbox: String,
    #[column(key)]
    user: String,
    /// `allow` or `deny`; a denial takes back what a group was granted.
    #[column(key)]
    access: &'static str,
    access_rights: Vec<String>,
    /// Whether the user is nobody, or a SID that the service could not resolve: mostly a deleted account.
    unresolved: bool,
    display_name: Option<String>,
    recipient_type_details: Option<String>,
}

#[derive(Debug, Record)]
struct Mailbox {
    user_principal_name: String,
    display_name: Option<String>,
    recipient_type_details: Option<String>,
}

#[derive(Debug, Record)]
struct Entry<'a> {
    user: Option<Text<'a>>,
    access_rights: MultiText<'a>,
    is_inherited: Flag,
    deny: Flag,
}

#[async_trait(?Send)]
impl Report for MailboxFullAccess {
    type Args = Params;
    type Row = Grant;

    async fn run(&self, cx: &Cx, args: Params, out: &mut Rows<Grant>) -> Result<()> {
        let mailboxes = cx.cmdlet("Get-Mailbox").param("ResultSize", "Unlimited").pages().records::<Mailbox>();
        let mut all = cx.concurrent_in_order(mailboxes, 8, |mailbox| async move {
            let grants = grants(cx, &mailbox, args.all_rights).await;
            Ok((mailbox, grants))
        });
        let (mut misses, mut done) = (Misses::default(), 0);
        while let Some((mailbox, grants)) = all.next().await? {
            for grant in misses.pass(cx, &mailbox.user_principal_name, grants)?.into_iter().flatten() {
                out.push(grant)?;
            }
            done += 1;
            if done % 100 == 0 {
                cx.progress(done, None);
            }
        }
        Ok(())
    }
}

/// The entries of a mailbox that somebody made; all of them, or none and the error.
async fn grants(cx: &Cx, mailbox: &Mailbox, all_rights: bool) -> Result<Vec<Grant>> {
    let mut pages = cx
        .cmdlet("Get-MailboxPermission")
        .param("Identity", &mailbox.user_principal_name)
        .param("ResultSize", "Unlimited")
        .param("IncludeUnresolvedPermissions", true)
        .pages();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await? {
        for entry in page.rows::<Entry<'_>>() {
            let entry = entry?;
            if entry.was_made() && (all_rights || entry.is_full_access()) {
                found.push(entry.grant(mailbox));
            }
        }
    }
    Ok(found)
}

impl Entry<'_> {
    /// Whether somebody made it: it came neither from above nor with the mailbox.
    fn was_made(&self) -> bool {
        !bool::from(self.is_inherited) && !self.user.as_deref().is_some_and(is_system)
    }

    /// The service joins the rights of one entry into one text: `["FullAccess, ReadPermission"]`.
    fn is_full_access(&self) -> bool {
        self.access_rights.flags().any(|right| right.eq_ignore_ascii_case("FullAccess"))
    }

    fn grant(self, mailbox: &Mailbox) -> Grant {
        Grant {
            mailbox: mailbox.user_principal_name.clone(),
            access: if self.deny.into() { "deny" } else { "allow" },
            access_rights: self.access_rights.flags().map(str::to_owned).collect(),
            unresolved: self.user.as_deref().is_none_or(is_unresolved),
            user: self.user.map(Text::into_owned).unwrap_or_default(),
            display_name: mailbox.display_name.clone(),
            recipient_type_details: mailbox.recipient_type_details.clone(),
        }
    }
}
