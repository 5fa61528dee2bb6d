//! The program: one line on standard output, then it serves until its input ends.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};

use crate::client::*;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_exo-emulator"));
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn scratch(name: &str) -> String {
    format!("{}/{name}-{}", env!("CARGO_TARGET_TMPDIR"), std::process::id())
}

#[test]
fn it_says_where_it_is_and_signs_in_until_its_input_ends() {
    let (certificate, ca) = (scratch("app.cer"), scratch("ca.pem"));
    std::fs::write(&certificate, &identity().der).unwrap();
    let mut child = program(&["--certificate", &certificate, "--mailboxes", "7", "--ca", &ca]).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    output.read_line(&mut line).unwrap();
    let told = |name: &str| {
        let found = line.split_whitespace().find_map(|word| word.strip_prefix(name));
        found.unwrap_or_else(|| panic!("{name} in {line}")).to_owned()
    };
    let port: u16 = told("login=https://login.localhost:").parse().unwrap();
    assert_eq!(told("compliance="), format!("https://ps.compliance.localhost:{port}"));
    assert_eq!(told("ca="), ca);
    let headers = [("Content-Type", "application/x-www-form-urlencoded")];
    let form = form(&fields(&assertion(), EXCHANGE_SCOPE));
    let path = format!("POST /{TENANT}/oauth2/v2.0/token");
    let authority = std::fs::read_to_string(&ca).unwrap();
    let reply = send_to((port, &authority), "login.localhost", &path, &headers, &form).unwrap();
    assert_eq!(reply.status, 200);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    let mut rest = String::new();
    output.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, "");
    std::fs::remove_file(certificate).unwrap();
    std::fs::remove_file(ca).unwrap();
}

#[test]
fn what_is_wrong_is_said_on_standard_error() {
    for (arguments, word) in [
        (["--certificate", "/nowhere/app.cer"], "cannot read certificate `/nowhere/app.cer`"),
        (["--app-id", "x"], "app id `x` is not usable"),
        (["--fault", "Get-Mailbox explode"], "`explode` is not known"),
    ] {
        let output = program(&arguments).output().unwrap();
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert!(text.contains(word), "{text}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn the_folder_says_where_everything_is() {
    let folder = scratch("folder");
    let mut child = program(&["--surroundings", "--arc-folder", &folder, "--folder", &folder]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let text = std::fs::read_to_string(format!("{folder}/tenant.json")).unwrap();
    let facts: serde_json::Value = serde_json::from_str(&text).unwrap();
    let login = facts["login"].as_str().unwrap();
    assert!(line.contains(&format!("login={login} ")), "{line}");
    let machine = facts["machine"].as_str().unwrap();
    assert!(line.ends_with(&format!(" machine={machine}\n")), "{line}");
    let places = &facts["environments"];
    assert_eq!(places["imds"]["AZURE_POD_IDENTITY_AUTHORITY_HOST"], machine);
    assert_eq!(places["azure-arc"]["IMDS_ENDPOINT"], machine);
    let file = places["workload-identity"]["AZURE_FEDERATED_TOKEN_FILE"].as_str().unwrap();
    assert_eq!(std::fs::read_to_string(file).unwrap().split('.').count(), 3);
    assert!(std::fs::read_to_string(format!("{folder}/ca.pem")).unwrap().starts_with("-----BEGIN CERTIFICATE"));
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
    std::fs::remove_dir_all(folder).unwrap();
}
