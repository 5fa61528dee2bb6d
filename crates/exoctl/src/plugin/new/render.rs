//! The files of a new plugin, from templates and what was drawn.

use super::cmdlets::Read;
use super::draw::Drawn;
use super::shape::Field;
use super::{names, sdk};
use crate::failure::Result;
use std::path::Path;

/// Every file of the crate; with the SDK inside, or with that of a checkout.
pub(crate) fn files(drawn: &Drawn<'_>, checkout: Option<&Path>) -> Result<Vec<(String, Vec<u8>)>> {
    let report = if drawn.each.is_some() { EACH } else { REPORT };
    let sdk = match checkout {
        Some(folder) => sdk::of_checkout(folder)?.to_string_lossy().into_owned(),
        None => "sdk/exo-plugin".to_owned(),
    };
    let marks = marks(drawn, &sdk, checkout.is_none());
    let mut files: Vec<(String, Vec<u8>)> = [
        ("Cargo.toml", fill(MANIFEST, &marks)),
        ("Cargo.lock", lock(drawn.name)),
        ("README.md", fill(README, &marks)),
        (".gitignore", "/target\n".to_owned()),
        (".github/workflows/build.yml", fill(WORKFLOW, &marks)),
        ("src/lib.rs", fill(report, &marks)),
        ("tests/report.rs", fill(TEST, &marks)),
    ]
    .map(|(path, text)| (path.to_owned(), text.into_bytes()))
    .into();
    for (cmdlet, text) in &drawn.fixtures {
        files.push((format!("fixtures/{cmdlet}.jsonl"), text.clone().into_bytes()));
    }
    if checkout.is_none() {
        files.extend(sdk::files()?);
    }
    Ok(files)
}

/// Replaces each `@mark@` by its text, which is not looked at again: it may be anybody's.
fn fill(template: &str, marks: &[(&str, String)]) -> String {
    let (mut text, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once('@') {
        text.push_str(before);
        let mark = after.split_once('@');
        let known = mark.and_then(|(mark, tail)| Some((&marks.iter().find(|(name, _)| *name == mark)?.1, tail)));
        if let Some((value, tail)) = known {
            text.push_str(value);
            rest = tail;
        } else {
            text.push('@');
            rest = after;
        }
    }
    text + rest
}

fn marks(drawn: &Drawn<'_>, sdk: &str, inside: bool) -> Vec<(&'static str, String)> {
    let list = &drawn.reads.list;
    let name = drawn.name;
    let fits = drawn.report == names::type_name(name);
    let cmdlets = std::iter::once(list).chain(&drawn.reads.each).map(|read| read.cmdlet.name()).collect::<Vec<_>>();
    let mut marks = vec![
        ("name", name.to_owned()),
        ("about", drawn.about()),
        ("Record", drawn.record.clone()),
        ("Report", drawn.report.clone()),
        ("fields", drawn.fields.iter().enumerate().map(|(at, f)| record_field(f, at == 0)).collect()),
        ("key", drawn.key().ident.clone()),
        ("key_words", drawn.key().property.clone()),
        ("named", if fits { String::new() } else { format!("    name = \"{name}\",\n") }),
        ("service", list.service.as_str().to_owned()),
        ("cmdlet", list.cmdlet.name().to_owned()),
        ("params", if list.takes("ResultSize") { ", params(\"ResultSize\")" } else { "" }.to_owned()),
        ("given", if list.takes("ResultSize") { ALL } else { "" }.to_owned()),
        ("imports", imports(name, &drawn.report)),
        ("rows", drawn.rows.to_string()),
        ("containing", format!("{:?}", drawn.containing)),
        ("rows_containing", drawn.rows_containing.to_string()),
        ("rust", env!("CARGO_PKG_RUST_VERSION").to_owned()),
        ("sdk", format!("{sdk:?}")),
        ("library", library(name)),
        ("sdk_row", if inside { "| `sdk/` | the SDK, as it came with exoctl |\n" } else { "" }.to_owned()),
        ("records", drawn.records.to_string()),
        ("cmdlets", cmdlets.join(" and ")),
        ("origin", drawn.origin.to_owned()),
        ("more", more(drawn)),
    ];
    marks.extend(drawn.reads.each.as_ref().map(|each| each_marks(drawn, each)).into_iter().flatten());
    marks
}

/// What the tests use, in the order of the names.
fn imports(name: &str, report: &str) -> String {
    let own = format!("use {}::{report};", names::crate_ident(name));
    let mut lines = [own, "use exo_plugin::fake::{Answer, FakeHost, args};".to_owned()];
    lines.sort();
    lines.join("\n")
}

fn each_marks(drawn: &Drawn<'_>, read: &Read) -> Vec<(&'static str, String)> {
    let Some((name, fields)) = &drawn.each else { return Vec::new() };
    let other = read.service != drawn.reads.list.service;
    let service = if other { format!(", service = \"{}\"", read.service.as_str()) } else { String::new() };
    let value = |f: &Field| format!("                    {0}: found.{0},\n", f.ident);
    vec![
        ("Each", name.clone()),
        ("each_cmdlet", read.cmdlet.name().to_owned()),
        ("each_service", service),
        ("each_fields", fields.iter().map(|field| record_field(field, false)).collect()),
        ("row_fields", fields.iter().map(column).collect()),
        ("row_values", fields.iter().map(value).collect()),
    ]
}

fn record_field(field: &Field, key: bool) -> String {
    let key = if key { "    #[column(key)]\n" } else { "" };
    let named = if field.found { String::new() } else { format!("    #[record(name = \"{}\")]\n", field.property) };
    format!("{key}{named}    {}: {},\n", field.ident, field.rust())
}

fn column(field: &Field) -> String {
    format!("    {}: {},\n", field.ident, field.rust())
}

/// What else the records have.
fn more(drawn: &Drawn<'_>) -> String {
    if drawn.unused.is_empty() {
        return String::new();
    }
    format!(
        "\nThey also have: {}.\n",
        drawn.unused.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    )
}

/// The lock file of exoctl's own build, with the new crate in its place; what Cargo finds in it needs no change.
fn lock(name: &str) -> String {
    let own = format!("[[package]]\nname = \"{name}\"\nversion = \"0.1.0\"\ndependencies = [\n \"exo-plugin\",\n]\n\n");
    let all = sdk::lock();
    let named = |(at, _): &(usize, &str)| {
        let rest = all.get(*at..).unwrap_or_default();
        rest.split('"').nth(1).is_some_and(|other| other > name)
    };
    match all.match_indices("[[package]]").find(named) {
        Some((at, _)) => format!("{}{own}{}", all.get(..at).unwrap_or_default(), all.get(at..).unwrap_or_default()),
        None => format!("{all}\n{}", own.trim_end().to_owned() + "\n"),
    }
}

/// The file that Cargo builds.
pub(crate) fn library(name: &str) -> String {
    use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
    format!("{DLL_PREFIX}{}{DLL_SUFFIX}", names::crate_ident(name))
}

/// Every object, however many there are.
const ALL: &str = "        let call = call.param(\"ResultSize\", \"Unlimited\");\n";

const REPORT: &str = include_str!("../../../templates/plugin/report.rs.txt");
const EACH: &str = include_str!("../../../templates/plugin/report_each.rs.txt");
const TEST: &str = include_str!("../../../templates/plugin/test.rs.txt");
const MANIFEST: &str = include_str!("../../../templates/plugin/Cargo.toml.txt");
const README: &str = include_str!("../../../templates/plugin/README.md.txt");
const WORKFLOW: &str = include_str!("../../../templates/plugin/build.yml.txt");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_replaced_once_and_other_signs_stay() {
        let marks = [("name", "@key@ a@b".to_owned()), ("key", "x".to_owned())];
        assert_eq!(fill("checkout@v4 @name@ @key@ c@d @other@ @", &marks), "checkout@v4 @key@ a@b x c@d @other@ @");
    }

    #[test]
    fn every_mark_of_the_templates_is_known_to_somebody() {
        let code = include_str!("render.rs");
        for template in [REPORT, EACH, TEST, MANIFEST, README, WORKFLOW] {
            let words = template.split('@').skip(1).step_by(2);
            for mark in words.filter(|word| !word.contains([' ', '/', '\n'])) {
                assert!(code.contains(&format!("(\"{mark}\", ")), "{mark}");
            }
        }
    }
}
