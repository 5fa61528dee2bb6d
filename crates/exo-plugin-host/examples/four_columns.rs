//! A first report: four properties of every mailbox, as the service tells them. The benchmarks run it.
#![forbid(unsafe_code)]

use exo_plugin::prelude::*;

/// What is read, and what is told.
#[derive(Debug, Record, Row)]
pub(crate) struct Mailbox<'a> {
    #[column(key)]
    user_principal_name: Text<'a>,
    display_name: Option<Text<'a>>,
    recipient_type_details: Option<Text<'a>>,
    when_mailbox_created: Option<Text<'a>>,
}

/// Four columns of every mailbox
#[derive(Debug)]
#[report(service = "exo", reads("Get-Mailbox": Mailbox, params("ResultSize")))]
struct FourColumns;

#[async_trait(?Send)]
impl Report for FourColumns {
    type Args = ();
    type Row = Mailbox<'static>;

    async fn run(&self, cx: &Cx, (): (), out: &mut Rows<Mailbox<'static>>) -> Result<()> {
        let mut pages = cx.cmdlet("Get-Mailbox").param("ResultSize", "Unlimited").pages();
        while let Some(page) = pages.next().await? {
            for mailbox in page.rows::<Mailbox<'_>>() {
                out.push(mailbox?)?;
            }
        }
        Ok(())
    }
}

export!(FourColumns);
