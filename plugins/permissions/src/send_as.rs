//! Report `send-as`: who may send as whom.

use crate::account::{is_system, is_unresolved};
use exo_plugin::prelude::*;

/// Who may send as whom
///
/// `Get-RecipientPermission` without `Identity` gives the whole tenant page by page, so that there is no call per mailbox.
#[derive(Debug)]
#[report(service = "exo", reads("Get-RecipientPermission": Entry, params("ResultSize")))]
pub struct SendAs;

/// A grant, or a denial.
#[derive(Debug, Row)]
pub struct Grant {
    /// The recipient, as the service names it.
    #[column(key)]
    identity: String,
    #[column(key)]
    trustee: String,
    /// `Allow` or `Deny`, in the service's word.
    #[column(key)]
    access_control_type: String,
    access_rights: Vec<String>,
    #[column(key)]
    is_inherited: Option<Flag>,
    /// Whether the trustee is nobody, or a SID that the service could not resolve: mostly a deleted account.
    unresolved: bool,
}

#[derive(Debug, Record)]
struct Entry<'a> {
    identity: Text<'a>,
    trustee: Option<Text<'a>>,
    access_control_type: Text<'a>,
    access_rights: MultiText<'a>,
    is_inherited: Option<Flag>,
}

#[async_trait(?Send)]
impl Report for SendAs {
    type Args = ();
    type Row = Grant;

    async fn run(&self, cx: &Cx, (): (), out: &mut Rows<Grant>) -> Result<()> {
        let mut pages = cx.cmdlet("Get-RecipientPermission").param("ResultSize", "Unlimited").pages();
        let mut done = 0;
        while let Some(page) = pages.next().await? {
            for entry in page.rows::<Entry<'_>>() {
                let entry = entry?;
                // Every recipient has such an entry for itself.
                if !entry.trustee.as_deref().is_some_and(is_system) {
                    out.push(entry.grant())?;
                }
            }
            done += page.len() as u64;
            cx.progress(done, None);
        }
        Ok(())
    }
}

impl Entry<'_> {
    fn grant(self) -> Grant {
        Grant {
            unresolved: self.trustee.as_deref().is_none_or(is_unresolved),
            identity: self.identity.into_owned(),
            trustee: self.trustee.map(Text::into_owned).unwrap_or_default(),
            access_control_type: self.access_control_type.into_owned(),
            access_rights: self.access_rights.flags().map(str::to_owned).collect(),
            is_inherited: self.is_inherited,
        }
    }
}
