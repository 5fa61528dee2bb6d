//! A tenant of a million mailboxes: every one is there once, and the process keeps none of them.

use std::collections::HashSet;

use serde_json::json;

use crate::client::*;
use crate::invoke::{Caller, body, path, tenant};

/// The most memory that this process ever had, in KiB, where the system tells.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}

#[test]
fn a_million_mailboxes_are_read_and_none_is_kept() {
    let emulator = start(tenant().mailboxes(1_000_000));
    let mut caller = Kept::open(&Caller::exchange(&emulator).with("Prefer", "odata.maxpagesize=1000"));
    let text = body("Get-Mailbox", &json!({"ResultSize": "Unlimited"}));
    let mut next = Some(path("?$select=ExternalDirectoryObjectId"));
    let (mut pages, mut ids) = (0_u32, HashSet::<u64>::with_capacity(1_000_000));
    let mut early = None;
    while let Some(path) = next {
        let page = String::from_utf8(caller.post(&path, &text)).unwrap();
        let link = page.split_once("\"@odata.nextLink\":\"").map(|(_, rest)| rest.split('"').next().unwrap());
        next = link.map(|link| link[link.find("/adminapi").unwrap()..].to_owned());
        for row in page.split("\"ExternalDirectoryObjectId\":\"").skip(1) {
            // Half of an id tells a million apart.
            ids.insert(u64::from_str_radix(&row[..18].replace('-', ""), 16).unwrap());
        }
        pages += 1;
        early = early.or_else(|| (pages == 20).then(peak).flatten());
    }
    assert_eq!((pages, ids.len()), (1000, 1_000_000));
    assert_eq!(emulator.received("Get-Mailbox"), 1000);
    if let (Some(early), Some(late)) = (early, peak()) {
        // The log keeps its thousand requests; a million rows would take hundreds of MB.
        assert!(late < early + 32_768, "{early} KiB after 20 pages, {late} KiB after all");
    }
}
