//! CPU time and peak memory of a program with its children, read from `/proc` (Linux).

use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

/// What a run cost, the program and its children together.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cost {
    /// User and system time.
    pub(crate) cpu: Duration,
    /// The sum of each process's own peak of resident memory, in bytes.
    pub(crate) peak: u64,
    /// The peak of the program alone.
    pub(crate) own: u64,
    /// From start to end.
    pub(crate) wall: Duration,
}

/// Runs a program to its end and measures it.
pub(crate) fn run(command: &mut Command) -> Result<Cost> {
    ensure!(cfg!(target_os = "linux"), "measuring reads /proc, which this system does not have");
    let line = format!("{command:?}");
    let started = Instant::now();
    let mut child = command.spawn().with_context(|| format!("could not start {line}"))?;
    let (mut peaks, mut turn) = (BTreeMap::new(), 0_u32);
    // Until it is reaped its counters stay readable, its children's included once it has waited for them.
    let cpu = loop {
        // Short runs have their peak at their end, and looking for children takes longer than looking at one process.
        let looked_at = if turn.is_multiple_of(10) { family(child.id()) } else { vec![child.id()] };
        turn += 1;
        for process in looked_at {
            if let Some(peak) = peak(process) {
                peaks.insert(process, peak);
            }
        }
        let stat = Stat::of(child.id())?;
        if stat.state == 'Z' {
            break stat.cpu;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let wall = started.elapsed();
    let status = child.wait()?;
    if !status.success() {
        bail!("{line} ended with {status}");
    }
    let own = peaks.get(&child.id()).copied().unwrap_or_default();
    Ok(Cost { cpu, peak: peaks.values().sum(), own, wall })
}

/// The CPU time of one run, averaged over some, one after the other; the program's own children count.
///
/// The kernel adds up what ended children took before it rounds, so that the average is finer than its ticks.
pub(crate) fn average(times: u32, command: impl Fn() -> Command) -> Result<Duration> {
    ensure!(cfg!(target_os = "linux"), "measuring reads /proc, which this system does not have");
    ensure!(times > 0, "nothing to measure");
    let own = std::process::id();
    let before = Stat::of(own)?.children;
    for _ in 0..times {
        crate::cargo::run(&mut command())?;
    }
    Ok(Stat::of(own)?.children.saturating_sub(before) / times)
}

/// The fields of `/proc/PID/stat` that matter here.
struct Stat {
    state: char,
    parent: u32,
    /// User and system time, that of ended children included.
    cpu: Duration,
    /// That of ended children alone.
    children: Duration,
}

impl Stat {
    fn of(process: u32) -> Result<Self> {
        let text = fs::read_to_string(format!("/proc/{process}/stat"))?;
        // The name stands in brackets and may hold anything; what follows the last one is regular.
        let (_, rest) = text.rsplit_once(')').context("a line of /proc without a name")?;
        let fields: Vec<&str> = rest.split_whitespace().collect();
        let number = |index: usize| fields.get(index).and_then(|f| f.parse::<u64>().ok()).unwrap_or(0);
        let time = |fields: std::ops::RangeInclusive<usize>| {
            Duration::from_millis(fields.map(number).sum::<u64>() * 1000 / TICKS)
        };
        let state = fields.first().and_then(|f| f.chars().next()).unwrap_or('?');
        let parent = u32::try_from(number(1)).unwrap_or(0);
        Ok(Self { state, parent, cpu: time(11..=14), children: time(13..=14) })
    }
}

/// A process and all that descend from it.
fn family(root: u32) -> Vec<u32> {
    let mut parents = Vec::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let process = entry.file_name().to_string_lossy().parse::<u32>().ok();
        parents.extend(process.and_then(|process| Some((process, Stat::of(process).ok()?.parent))));
    }
    let mut family = vec![root];
    let mut index = 0;
    while let Some(parent) = family.get(index).copied() {
        family.extend(parents.iter().filter(|(_, p)| *p == parent).map(|(child, _)| *child));
        index += 1;
    }
    family
}

/// The peak of a process's resident memory so far.
fn peak(process: u32) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib * 1024)
}

/// Linux counts process time in hundredths of a second on every platform it runs on.
const TICKS: u64 = 100;
