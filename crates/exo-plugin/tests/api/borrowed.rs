//! Rows that borrow from the page they are made of.

use exo_plugin::fake::{FakeHost, args, rows};
use exo_plugin::prelude::*;
use exo_plugin::serde_json::json;

/// What is read, and what is told.
#[derive(Record, Row)]
struct Domain<'a> {
    #[column(key)]
    domain_name: Text<'a>,
    is_default: Flag,
}

/// Every domain, and every default one twice
#[report(reads("Get-AcceptedDomain": Domain))]
struct Domains;

#[async_trait(?Send)]
impl Report for Domains {
    type Args = ();
    type Row = Domain<'static>;

    async fn run(&self, cx: &Cx, (): (), out: &mut Rows<Domain<'static>>) -> Result<()> {
        let mut pages = cx.cmdlet("Get-AcceptedDomain").pages();
        while let Some(page) = pages.next().await? {
            for domain in page.rows::<Domain<'_>>() {
                let domain = domain?;
                if domain.is_default.0 {
                    out.push(&domain)?;
                }
                out.push(domain)?;
            }
        }
        Ok(())
    }
}

#[test]
fn rows_are_pushed_as_they_are_or_by_reference() {
    let domains = rows![
        {"DomainName": "a.example", "IsDefault": true},
        {"DomainName": "\"b\"\u{e4}.example", "IsDefault": "False"},
    ];
    let run = FakeHost::new().on("Get-AcceptedDomain", domains.page_rows(1)).run(Domains, args! {});
    assert!(run.is_ok(), "{run:?}");
    assert_eq!(
        run.rows(),
        [json!(["a.example", true]), json!(["a.example", true]), json!(["\"b\"\u{e4}.example", false])]
    );
    assert_eq!(run.leaked_pages(), 0);
}
