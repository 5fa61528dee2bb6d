//! What the compiler says to the mistakes that authors make first, after the macros have had their say.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// A whole report; each test breaks one place of it.
const GOOD: &str = r#"//! A report.
#![forbid(unsafe_code)]
use exo_plugin::prelude::*;
#[derive(Args)]
struct Params { over: Option<ByteSize> }
#[derive(Record)]
struct Mailbox { user_principal_name: String }
#[derive(Row)]
struct Line { #[column(key)] user: String }
/// A report
#[report(reads("Get-Mailbox": Mailbox))]
struct Mine;
#[async_trait(?Send)]
impl Report for Mine {
    type Args = Params;
    type Row = Line;
    async fn run(&self, cx: &Cx, args: Params, out: &mut Rows<Line>) -> Result<()> {
        cx.info(format!("{:?}", args.over));
        for mailbox in cx.cmdlet("Get-Mailbox").rows::<Mailbox>().await? {
            out.push(Line { user: mailbox.user_principal_name })?;
        }
        Ok(())
    }
}
export!(Mine);
"#;

/// The newest of the libraries of this crate beside the running test.
fn sdk() -> Option<(PathBuf, PathBuf)> {
    let test = std::env::current_exe().ok()?;
    let folder = test.parent()?.to_owned();
    let is_sdk = |path: &Path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("libexo_plugin-") && name.ends_with(".rlib")
    };
    let written = |path: &PathBuf| path.metadata().and_then(|about| about.modified()).unwrap_or(SystemTime::UNIX_EPOCH);
    let found = std::fs::read_dir(&folder).ok()?.flatten().map(|entry| entry.path()).filter(|path| is_sdk(path));
    Some((folder, found.max_by_key(written)?))
}

/// What the compiler says; empty if it is content.
fn compiled(name: &str, source: &str, more: &[&str]) -> String {
    let Some((folder, library)) = sdk() else { return "the SDK is not beside the test".to_owned() };
    let file = std::env::temp_dir().join(format!("exo-plugin-{}-{name}.rs", std::process::id()));
    std::fs::write(&file, source).unwrap_or_default();
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-type", "cdylib", "--emit", "metadata", "--crate-name", "mine"]);
    command.arg("--extern").arg(format!("exo_plugin={}", library.display()));
    command.arg("-L").arg(format!("dependency={}", folder.display())).arg("-o").arg(file.with_extension("rmeta"));
    command.args(more).arg(&file).env("CARGO_PKG_NAME", "mine").env("CARGO_PKG_VERSION", "0.1.0");
    let said = command.env("CARGO_PKG_DESCRIPTION", "mine").output();
    std::fs::remove_file(&file).unwrap_or_default();
    std::fs::remove_file(file.with_extension("rmeta")).unwrap_or_default();
    said.map_or_else(|error| error.to_string(), |output| String::from_utf8_lossy(&output.stderr).into_owned())
}

/// The good report with one text in place of another is refused in these words.
fn mistake(name: &str, replace: &str, by: &str, says: &[&str]) {
    assert!(GOOD.contains(replace), "{replace}");
    let said = compiled(name, &GOOD.replace(replace, by), &[]);
    for text in says {
        assert!(said.contains(text), "{name} does not say {text:?}:\n{said}");
    }
}

#[test]
fn the_good_report_is_good() {
    assert_eq!(compiled("good", GOOD, &[]), "");
}

#[test]
fn a_derive_that_was_forgotten_is_named() {
    mistake(
        "no-args",
        "#[derive(Args)]",
        "",
        &["`Params` is no set of arguments", "put `#[derive(Args)]` on the struct"],
    );
    mistake(
        "no-row",
        "#[derive(Row)]\nstruct Line { #[column(key)] user",
        "struct Line { user",
        &["`Line` is no row of a report", "or use `Finding` for a check"],
    );
    mistake("no-record", "#[derive(Record)]", "", &["`Mailbox` is no record of a cmdlet", "put `#[derive(Record)]`"]);
}

#[test]
fn a_report_that_declares_nothing_is_told_what_to_write() {
    let attribute = "#[report(reads(\"Get-Mailbox\": Mailbox))]";
    mistake("no-report", attribute, "", &["`Mine` declares nothing", "put `#[report(reads("]);
}

#[test]
fn a_type_that_cannot_cross_is_named_with_those_that_can() {
    let odd = "struct Line { #[column(key)] user: std::time::Instant";
    mistake(
        "odd-cell",
        "struct Line { #[column(key)] user: String",
        odd,
        &["`Instant` cannot be a cell of a row", "cells are texts, truth values, numbers"],
    );
    mistake(
        "odd-argument",
        "over: Option<ByteSize>",
        "over: std::path::PathBuf",
        &["`PathBuf` cannot be an argument of a report", "arguments are texts, truth values, numbers"],
    );
}

#[test]
fn a_borrowed_field_is_answered_with_the_type_to_use() {
    let fields = "struct Mailbox { user_principal_name: String }";
    mistake("borrowed", fields, "struct Mailbox<'a> { user_principal_name: &'a str }", &["use `Text<'_>`"]);
}

#[test]
fn a_misspelt_attribute_lists_those_there_are() {
    mistake("misspelt", "reads(\"Get-Mailbox\"", "cmdlets(\"Get-Mailbox\"", &["there are `name`, `service`"]);
    mistake("key", "#[column(key)]", "#[column(primary)]", &["there are `key` and `name"]);
}

#[test]
fn a_plugin_whose_panics_would_end_the_process_is_not_built() {
    let said = compiled("abort", GOOD, &["-C", "panic=abort"]);
    assert!(said.contains("a plugin needs `panic = \"unwind\"` in its profile"), "{said}");
}
