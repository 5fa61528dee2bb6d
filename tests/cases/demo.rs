//! `exoctl demo`: from nothing to results, with nothing to register.

use exo_tests::{World, contoso};

#[test]
fn the_demo_signs_in_runs_all_reports_and_leaves_results() {
    let world = World::start(contoso());
    // Left behind by an earlier demo in the same place.
    world.make_folder("demo/results");
    for stale in
        ["demo/app.pfx", "demo/app.cer", "demo/password.txt", "demo/results/mailboxes.csv", "demo/results/run.json"]
    {
        world.write(stale, b"old");
    }
    let mut command = world.command(["demo", "--mailboxes", "30", "--out", "demo"]);
    let ended = world.end(command.env_remove("EXOCTL_CONFIG"));
    ended.ends(0).gives("all is well").gives("Next: ");
    let run = world.json("demo/results/run.json");
    let reports = run["reports"].as_array().unwrap();
    assert_eq!(reports.len(), 7);
    for report in reports {
        assert_eq!(report["status"], "complete", "{report}");
        assert!(world.path(&format!("demo/results/{}", report["file"].as_str().unwrap())).exists());
    }
    assert!(!ended.stderr.contains("error: "), "{}", ended.shown());
    assert_eq!(world.emulator().token_requests(), 0, "it has a tenant of its own");
}
