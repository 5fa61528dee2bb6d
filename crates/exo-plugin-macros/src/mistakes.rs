//! What the macros say to the mistakes that authors make first.

use crate::{args, record, report, row};
use syn::parse_str;

fn reported(attribute: &str, item: &str) -> String {
    match parse_str::<report::Attribute>(attribute) {
        Err(error) => error.to_string(),
        Ok(attribute) => match report::expand(&attribute, &parse_str(item).unwrap()) {
            Err(error) => error.to_string(),
            Ok(text) => text.to_string(),
        },
    }
}

const REPORT: &str = "/// About\nstruct ArchiveGap;";

#[test]
fn a_good_report_is_declared() {
    let text = reported(r#"reads("Get-Mailbox": Mailbox + a::Other, params("ResultSize"))"#, REPORT);
    assert!(text.contains("\"archive-gap\"") && text.contains("a :: Other as :: exo_plugin :: Properties"), "{text}");
}

#[test]
fn mistakes_of_reports() {
    let reads = r#"reads("Get-Mailbox")"#;
    let with = |more: &str| format!("{reads}, {more}");
    let cases = [
        (reads.to_owned(), "struct NoDocs;", "documentation comment"),
        (reads.to_owned(), "/// About\nstruct State { a: u8 }", "unit struct"),
        (String::new(), REPORT, "a report reads something"),
        (with("cmdlets(\"Get-Mailbox\")"), REPORT, "there are `name`"),
        (with("service = \"exchange\""), REPORT, "a service is \"exo\""),
        (with("access = \"all\""), REPORT, "access is \"read\" or \"write\""),
        (with("parallel = 33"), REPORT, "1 to 32 calls"),
        (with("name = \"Archive Gap\""), REPORT, "kebab-case"),
        (with("name = \"a\", name = \"b\""), REPORT, "`name` is given twice"),
        (with("reads(\"get-mailbox\")"), REPORT, "read already"),
        ("reads(\"Mailbox\")".to_owned(), REPORT, "a verb, a hyphen and a noun"),
        ("reads(\"Get-Mailbox\", params(\"-ResultSize\"))".to_owned(), REPORT, "without the hyphen"),
        ("reads(\"Get-Mailbox\", parameters(\"ResultSize\"))".to_owned(), REPORT, "there are `params"),
    ];
    for (attribute, item, said) in cases {
        let text = reported(&attribute, item);
        assert!(text.contains(said), "{attribute}: {text}");
    }
}

#[test]
fn mistakes_of_derives() {
    let said = |result: syn::Result<proc_macro2::TokenStream>| result.unwrap_err().to_string();
    let item = |text: &str| parse_str(text).unwrap();
    assert!(said(record::expand(&item("enum A { B }"))).contains("structs with named fields"));
    assert!(said(record::expand(&item("struct A<T> { a: T }"))).contains("no parameters but one lifetime"));
    assert!(
        said(record::expand(&item("struct A<'a, 'b> { a: &'a &'b u8 }"))).contains("no parameters but one lifetime")
    );
    assert!(said(record::expand(&item("struct A { #[serde(flatten)] a: u8 }"))).contains("there are `name"));
    assert!(said(record::expand(&item("struct A { a: u8, #[record(name = \"A\")] b: u8 }"))).contains("read twice"));
    assert!(said(record::expand(&item("#[serde(rename_all = \"Odd\")] struct A { a: u8 }"))).contains("`PascalCase`"));
    assert!(said(row::expand(&item("struct A(u8);"))).contains("structs with named fields"));
    assert!(said(row::expand(&item("struct A {}"))).contains("at least one column"));
    assert!(said(row::expand(&item("struct A { #[column(keys)] a: u8 }"))).contains("there are `key`"));
    assert!(said(args::expand(&item("struct A<'a> { a: &'a str }"))).contains("own their values"));
    assert!(said(args::expand(&item("struct A { #[arg(default = 1)] a: Option<u8> }"))).contains("never left out"));
    assert!(
        said(args::expand(&item("struct A { #[arg(default = a + b)] a: u8 }")))
            .contains("a default or a bound is a literal")
    );
}
