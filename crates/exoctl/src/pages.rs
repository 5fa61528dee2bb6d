//! The pages of the book that tables of the program stand on: what they say is what the program knows.
//!
//! `UPDATE_PAGES=1 cargo test -p exoctl pages` writes what has changed.

use crate::arguments::{Cli, SignIn};
use crate::credential::Levels;
use crate::environment;
use crate::lines::Lines;
use crate::profile_file::ProfileFile;
use clap::{CommandFactory, Parser};
use exo_model::Service;
use exo_token::{Aadsts, CredentialKind};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// A part of a page between `<!-- name -->` and `<!-- end -->` is what is expected, or is made so.
fn assert_part(page: &str, name: &str, expected: &str) {
    let path = path(page);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let (before, rest) =
        text.split_once(&format!("<!-- {name} -->\n")).unwrap_or_else(|| panic!("{page}: no `{name}`"));
    let (found, after) = rest.split_once("<!-- end -->").unwrap_or_else(|| panic!("{page}: no end of `{name}`"));
    if found.trim() == expected.trim() {
        return;
    }
    assert!(
        environment::variable("UPDATE_PAGES").is_some(),
        "{page} is not what the program knows; run `UPDATE_PAGES=1 cargo test -p exoctl pages`\n{expected}"
    );
    let new = format!("{before}<!-- {name} -->\n\n{}\n\n<!-- end -->{after}", expected.trim());
    std::fs::write(&path, new).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn path(page: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/src").join(page)
}

/// The page of a kind of credential.
fn page_of(kind: CredentialKind) -> &'static str {
    match kind {
        CredentialKind::Certificate => "certificates.md",
        CredentialKind::KeyVault => "key-vault.md",
        CredentialKind::ManagedIdentity => "managed-identity.md",
        CredentialKind::WorkloadIdentityFile => "workload-identity.md",
        CredentialKind::GitHubActions => "github-actions.md",
        CredentialKind::AzurePipelines => "azure-pipelines.md",
        CredentialKind::FederatedManagedIdentity => "federated-managed-identity.md",
        CredentialKind::RawToken => "access-token.md",
        other => panic!("`{other}` has no page"),
    }
}

fn offered() -> impl Iterator<Item = CredentialKind> {
    CredentialKind::ALL.iter().copied().filter(|kind| kind.refusal().is_none())
}

#[test]
fn every_code_of_the_token_service_is_on_its_page() {
    let mut table = Lines::default();
    table.line(format_args!("| code | it means that | set-up step | what to do |\n|---:|---|---|---|"));
    for entry in Aadsts::ALL {
        let steps = entry.steps.iter().map(|step| step.number().to_string()).collect::<Vec<_>>().join(", ");
        let steps = if steps.is_empty() { "–".to_owned() } else { steps };
        table.line(format_args!("| {} | {} | {steps} | {} |", entry.code, entry.cause, entry.remedy));
    }
    assert_part("reference/aadsts.md", "codes", &table.into_text());
}

#[test]
fn every_credential_has_a_page_that_says_which_service_takes_it() {
    for kind in offered() {
        let mut table = Lines::default();
        table.line(format_args!("| service | how sure | what is known |\n|---|---|---|"));
        for service in Service::ALL {
            let answer = kind.accepts(*service);
            table.line(format_args!("| {} | {} | {} |", service.title(), answer.evidence, answer.sentence));
        }
        let sources: std::collections::BTreeSet<_> = Service::ALL.iter().map(|s| kind.accepts(*s).source).collect();
        for source in sources {
            table.line(format_args!("\nSource: {source}."));
        }
        assert_part(&format!("guides/{}", page_of(kind)), "services", &table.into_text());
    }
}

#[test]
fn the_overview_names_every_credential() {
    let mut table = Lines::default();
    table.line(format_args!("| `credential` | what proves the app | Exchange Online | Security & Compliance |"));
    table.line(format_args!("|---|---|---|---|"));
    for kind in offered() {
        let sure = |service| kind.accepts(service).evidence;
        let (exchange, compliance) = (sure(Service::Exchange), sure(Service::Compliance));
        table.line(format_args!("| [`{kind}`]({}) | {} | {exchange} | {compliance} |", page_of(kind), kind.title()));
    }
    assert_part("guides/credentials.md", "kinds", &table.into_text());
}

/// The blocks of a page in one language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let opening = format!("```{language}");
    let mut blocks = Vec::new();
    let mut open: Option<Vec<&str>> = None;
    for line in text.lines().map(str::trim) {
        match &mut open {
            None if line == opening => open = Some(Vec::new()),
            Some(lines) if line == "```" => {
                blocks.push(lines.join("\n"));
                open = None;
            }
            Some(lines) => lines.push(line),
            None => {}
        }
    }
    blocks
}

/// All pages of the book, and the README.
fn all_pages() -> Vec<(String, String)> {
    let mut folders = vec![path("")];
    let mut files = vec![path("../../README.md")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                files.push(path);
            }
        }
    }
    let read = |path: PathBuf| (path.display().to_string(), std::fs::read_to_string(&path).unwrap());
    files.into_iter().map(read).collect()
}

#[test]
fn every_link_of_the_book_leads_somewhere() {
    let mut count = 0;
    for (page, text) in all_pages() {
        let folder = Path::new(&page).parent().unwrap().to_owned();
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            if file.contains("://") || file.is_empty() {
                continue;
            }
            assert!(folder.join(file).exists(), "{page}: {target}");
            count += 1;
        }
    }
    assert!(count >= 40, "{count}");
}

#[test]
fn every_page_stands_in_the_summary() {
    let summary = std::fs::read_to_string(path("SUMMARY.md")).unwrap();
    let book = path("");
    for (page, _) in all_pages() {
        let Ok(inside) = Path::new(&page).strip_prefix(&book) else { continue };
        let name = inside.display().to_string();
        let is_no_page = name == "SUMMARY.md" || name.starts_with("..");
        assert!(is_no_page || summary.contains(&format!("({name})")), "{name}");
    }
}

#[test]
fn every_profile_of_the_book_is_understood() {
    let mut count = 0;
    for (page, text) in all_pages() {
        for block in blocks(&text, "toml").into_iter().filter(|block| block.contains("[profiles.")) {
            let file: ProfileFile = toml::from_str(&block).unwrap_or_else(|error| panic!("{page}: {error}"));
            for settings in file.profiles.values() {
                let kind = Levels::of(&SignIn::default(), settings).kind().unwrap_or_else(|e| panic!("{page}: {e:?}"));
                let kind = kind.unwrap_or_else(|| panic!("{page}: a profile without a credential"));
                let others = offered()
                    .filter(|other| *other != kind)
                    .any(|other| page.ends_with(&format!("/{}", page_of(other))));
                assert!(!others, "{page} shows a profile of {kind}");
            }
            count += 1;
        }
    }
    assert!(count >= 9, "{count}");
}

/// The words of a line of a shell; quotes hold several together.
fn words(line: &str) -> Vec<OsString> {
    let quoted = line.split('"').enumerate();
    let parts = quoted.flat_map(|(number, part)| match number % 2 {
        0 => part.split_whitespace().map(OsString::from).collect::<Vec<_>>(),
        _ => vec![OsString::from(part)],
    });
    parts.collect()
}

#[test]
fn every_command_of_the_book_is_understood() {
    let mut count = 0;
    for (page, text) in all_pages() {
        for line in
            blocks(&text, "sh").iter().flat_map(|block| block.lines()).filter(|line| line.starts_with("exoctl "))
        {
            let command = line.split(['#', '|', ';', '<', '&']).next().unwrap_or_default();
            let parsed = Cli::try_parse_from(crate::words::options_first(words(command)));
            assert!(parsed.is_ok(), "{page}: {line}: {}", parsed.unwrap_err());
            count += 1;
        }
    }
    assert!(count >= 20, "{count}");
}

#[test]
fn every_option_of_signing_in_is_on_the_page_of_the_profile() {
    let text = std::fs::read_to_string(path("reference/profile-file.md")).unwrap();
    let mut command = Cli::command();
    command.build();
    let check = command.find_subcommand("check").unwrap();
    let headings = ["Sign-in", "Other credentials (each also as EXOCTL_… variable)", "Network"];
    let ours = check.get_arguments().filter(|argument| {
        !argument.is_hide_set() && argument.get_help_heading().is_some_and(|heading| headings.contains(&heading))
    });
    let mut count = 0;
    for argument in ours {
        let name = argument.get_long().unwrap();
        assert!(text.contains(&format!("`{name}`")) || text.contains(&format!("`--{name}")), "--{name}");
        count += 1;
    }
    assert!(count > 40, "{count}");
}
