//! The pages of the book that tables of the program stand on: what they say is what the program knows.
//!
//! `UPDATE_PAGES=1 cargo test -p exoctl pages` writes what has changed.

use crate::arguments::Cli;
use crate::environment;
use crate::lines::Lines;
use clap::CommandFactory;
use exo_model::Service;
use exo_token::{Aadsts, CredentialKind};
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
