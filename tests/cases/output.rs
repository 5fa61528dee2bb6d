//! Where results go: never half-written, never over another file, never a formula.

use exo_tests::wait_until;
use exo_tests::{EXCHANGE_ADMINISTRATOR, Fault, Service, World, bare_app, contoso, empty_contoso};
use insta::assert_snapshot;

const RUN: [&str; 4] = ["run", "mailboxes", "--format", "csv"];

/// Refused as a failure of output before anything was sent.
fn refused(out: &str) -> String {
    let world = World::start(contoso());
    world.write("file", b"mine");
    let said = world.refusal(18, RUN.iter().chain(&["--out", out]));
    world.assert_nothing_was_sent();
    assert_eq!(world.read("file"), "mine");
    said
}

#[test]
fn a_folder_that_is_not_there_is_told_before_the_network() {
    let said = refused("nix/all.csv");
    assert!(said.contains("`nix`") && said.contains("create the folder first"), "{said}");
}

#[test]
fn a_path_below_a_file_is_told_before_the_network() {
    let said = refused("file/all.csv");
    assert!(said.contains("`file`"), "{said}");
}

#[test]
fn a_folder_that_cannot_be_made_is_told_before_the_network() {
    let said = refused("file/results/");
    assert!(said.contains("file/results"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_folder_without_the_right_to_write_is_told_before_the_network() {
    let world = World::start(contoso());
    world.make_folder("closed");
    world.mode("closed", 0o500);
    // Root writes everywhere; for everybody else the folder is closed.
    if std::fs::write(world.path("closed/probe"), b"").is_err() {
        let said = world.refusal(18, RUN.iter().chain(&["--out", "closed/all.csv"]));
        assert!(said.contains("choose a folder that this user may write to"), "{said}");
        world.assert_nothing_was_sent();
    }
}

#[test]
fn a_device_is_not_replaced_by_a_file() {
    let world = World::start(contoso());
    let said = world.refusal(18, RUN.iter().chain(&["--out", "/dev/full", "--overwrite"]));
    assert!(said.contains("`/dev/full` is not the name of a regular file"), "{said}");
    world.assert_nothing_was_sent();
}

#[test]
fn a_temporary_name_is_nobodys_business() {
    let said = refused("nix/all.csv");
    assert!(!said.contains(".tmp"), "{said}");
}

#[test]
fn a_result_is_never_overwritten_unasked() {
    let world = World::start(contoso());
    world.write("all.csv", b"mine");
    assert_snapshot!(world.refusal(18, RUN.iter().chain(&["--out", "all.csv"])), @r"
    error: `all.csv` exists already
      hint: give another --out, or --overwrite
    ");
    assert_eq!(world.read("all.csv"), "mine");
    world.assert_nothing_was_sent();
    world.exoctl(RUN.iter().chain(&["--out", "all.csv", "--overwrite"])).ends(0);
    assert_eq!(world.read("all.csv").lines().count(), 51);
}

#[test]
fn a_failed_run_keeps_the_file_that_it_was_to_replace() {
    let world = World::start(contoso().fault(Fault::on_cmdlet("Get-Mailbox").always().nul_403()));
    world.write("all.csv", b"mine");
    world.exoctl(RUN.iter().chain(&["--out", "all.csv", "--overwrite"])).ends(13);
    assert_eq!(world.read("all.csv"), "mine");
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_below_stdout_is_a_failure_of_output_in_every_form() {
    let world = World::start(contoso());
    for format in ["table", "json", "ndjson", "csv"] {
        for words in ["run mailboxes", "invoke Get-Mailbox"] {
            let ended = world.shell(&format!("exec \"$EXOCTL\" {words} --format {format} > /dev/full"));
            ended.ends(18).says("No space left on device").says("free some space");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_below_a_result_file_leaves_nothing_of_it() {
    let world = World::start(contoso().mailboxes(2500));
    // A limit on the size of files stands for a full disk: the program cannot write on in the middle of its result.
    let words = "invoke Get-Mailbox -ResultSize Unlimited --format ndjson --out all.ndjson";
    let ended = world.shell(&format!("trap '' XFSZ; ulimit -f 64; exec \"$EXOCTL\" {words}"));
    ended.ends(18).says("all.ndjson").says("File too large");
    assert_eq!(world.written(), Vec::<String>::new());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_below_the_file_of_a_report_leaves_nothing_of_it() {
    let delay = std::time::Duration::from_secs(1);
    let world = World::start(contoso().mailboxes(1000).fault(Fault::on_cmdlet("Get-Mailbox").delay(delay)));
    let mut command = std::process::Command::new("/bin/sh");
    command.args(["-c", "trap '' XFSZ; exec \"$EXOCTL\" run mailboxes --format ndjson --out all.ndjson"]);
    let running = world.start_command(world.in_folder(&mut command));
    wait_until("the first page is asked for", || world.received("Get-Mailbox") >= 1);
    // Only now, since the image of the plugin is a file, too.
    let limit = ["--fsize=4096", "--pid", &running.id().to_string()].map(str::to_owned);
    assert!(std::process::Command::new("prlimit").args(limit).status().unwrap().success());
    let ended = running.end();
    ended.ends(18).says("all.ndjson").says("File too large");
    assert!(!world.path("all.ndjson").exists());
    assert!(world.written().iter().all(|name| name == "all.run.json"), "{:?}", world.written());
}

#[cfg(unix)]
#[test]
fn a_reader_that_wants_no_more_is_no_failure() {
    let world = World::start(contoso());
    for words in ["run mailboxes --format ndjson", "invoke Get-Mailbox --format ndjson", "roles"] {
        let ended = world.shell(&format!("{{ \"$EXOCTL\" {words} --quiet; echo \"ended $?\" >&2; }} | head -n 1"));
        assert_eq!(ended.ends(0).stderr, "ended 0\n", "{}", ended.shown());
        assert_eq!(ended.stdout.lines().count(), 1);
    }
}

#[test]
fn a_cell_that_a_spreadsheet_would_run_is_defused() {
    let app = bare_app().permission(Service::Exchange).role(EXCHANGE_ADMINISTRATOR);
    let world = World::start(empty_contoso().app(app));
    let first =
        world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "1", "--select", "UserPrincipalName", "--format", "csv"]);
    let name = first.ends(0).stdout.lines().nth(1).unwrap().to_owned();
    let evil = "=cmd|' /C calc'!A0";
    world.exoctl(["invoke", "Set-Mailbox", &name, "-DisplayName", evil, "--write"]).ends(0);
    let csv = world.exoctl(["run", "mailboxes", "--format", "csv"]);
    let line = csv.ends(0).stdout.lines().find(|line| line.starts_with(&name)).unwrap();
    assert!(line.contains("'=cmd|") && !line.contains(",=cmd|"), "{line}");
    // Forms that no spreadsheet runs keep what the service said.
    assert!(world.exoctl(["run", "mailboxes", "--format", "ndjson"]).ends(0).stdout.contains(&format!("\"{evil}\"")));
    let invoked =
        world.exoctl(["invoke", "Get-Mailbox", "-ResultSize", "1", "--select", "DisplayName", "--format", "csv"]);
    assert!(invoked.ends(0).stdout.lines().nth(1).unwrap().contains("'=cmd|"), "{}", invoked.shown());
}

#[test]
fn every_form_has_the_same_rows() {
    let world = World::start(contoso());
    let run = |format: &str| world.exoctl(["run", "mailboxes", "--format", format]).ends(0).stdout.clone();
    let json: serde_json::Value = serde_json::from_str(&run("json")).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 50);
    assert_eq!(run("ndjson").lines().count(), 50);
    assert_eq!(run("csv").lines().count(), 51);
    assert_eq!(run("table").lines().count(), 52);
    for (line, row) in run("ndjson").lines().zip(json.as_array().unwrap()) {
        assert_eq!(&serde_json::from_str::<serde_json::Value>(line).unwrap(), row);
    }
}

#[test]
fn results_go_into_a_folder_under_the_names_of_their_reports() {
    let world = World::start(contoso());
    world.make_folder("results");
    world.exoctl(["run", "forwarding", "--format", "json", "--out", "results"]).ends(0);
    assert_eq!(world.written(), ["results/forwarding.json", "results/run.json"]);
}

#[test]
fn a_form_may_come_from_the_environment_and_the_flag_wins() {
    let world = World::start(contoso());
    let mut command = world.command(["run", "forwarding"]);
    world.end(command.env("EXOCTL_FORMAT", "json")).ends(0).json();
    let mut command = world.command(["run", "forwarding", "--format", "csv"]);
    world.end(command.env("EXOCTL_FORMAT", "json")).ends(0).gives("user_principal_name,");
}

#[test]
fn quiet_leaves_only_the_result() {
    let world = World::start(contoso());
    assert_eq!(world.exoctl(["run", "forwarding", "--quiet"]).ends(0).stderr, "");
}
