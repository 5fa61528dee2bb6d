//! Children do not outlive what they run for.

use crate::world::{Told, World, child};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

/// The number that the plugin said its process has.
fn pid(line: &str) -> Option<Pid> {
    Pid::from_raw(line.trim().strip_prefix("pid ")?.parse().ok()?)
}

/// Waits until the process of the plugin has ended; fails when it does not.
pub(crate) fn gone(told: &Told) {
    let lines = told.lines.lock().unwrap();
    ended(lines.iter().find_map(|(_, line)| pid(line)).unwrap());
}

fn ended(pid: Pid) {
    // No such process: it has ended already.
    let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else { return };
    let mut ends = [PollFd::new(&process, PollFlags::IN)];
    let patience = Timespec { tv_sec: 10, tv_nsec: 0 };
    assert_eq!(poll(&mut ends, Some(&patience)), Ok(1), "the child outlives its parent");
}

#[test]
fn a_child_dies_with_its_parent() {
    let program = std::env::current_exe().unwrap();
    let arguments = ["--exact", "parent::somebody_who_runs_a_plugin_that_never_ends", "--ignored", "--nocapture"];
    let mut parent = Command::new(program).args(arguments).stdout(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(parent.stdout.take().unwrap());
    let child = said.lines().find_map(|line| pid(&line.unwrap())).unwrap();
    let alive = pidfd_open(child, PidfdFlags::empty()).unwrap();
    parent.kill().unwrap();
    parent.wait().unwrap();
    drop(alive);
    ended(child);
}

#[test]
#[ignore = "the parent that the test above kills; it does not end by itself"]
fn somebody_who_runs_a_plugin_that_never_ends() {
    let mut world = World::new(child());
    world.told.print = true;
    world.run("spin");
}
