//! The text of the data, searched where it stands.

use crate::Cmdlet;
use exo_model::CmdletName;
use std::cmp::Ordering;

/// The cmdlet of this name, in any case.
pub fn find(name: &CmdletName) -> Option<Cmdlet> {
    search(name.as_str())
}

/// All cmdlets, in the order of their names.
///
/// ```
/// assert!(exo_catalog::all().count() > 900);
/// ```
pub fn all() -> impl Iterator<Item = Cmdlet> {
    TABLE.lines().filter(|line| !line.starts_with('#')).filter_map(Cmdlet::of_line)
}

/// Binary search over lines of different lengths: look at the line around the middle byte.
fn search(name: &str) -> Option<Cmdlet> {
    let (mut low, mut high) = (0, TABLE.len());
    while low < high {
        let (start, end) = line_around(low + (high - low) / 2);
        let line = TABLE.get(start..end)?;
        let found = line.split('\t').next().unwrap_or_default();
        match compare(found, name) {
            Ordering::Equal => return Cmdlet::of_line(line),
            Ordering::Less => low = end + 1,
            Ordering::Greater => high = start,
        }
    }
    None
}

/// Where the line begins and ends that the byte at `position` belongs to; its line break belongs to it too.
///
/// As text, which the standard library searches by words: every byte of it is a letter of its own.
fn line_around(position: usize) -> (usize, usize) {
    let before = TABLE.get(..position).unwrap_or_default();
    let after = TABLE.get(position..).unwrap_or_default();
    let start = before.rfind('\n').map_or(0, |i| i + 1);
    let end = after.find('\n').map_or(TABLE.len(), |i| position + i);
    (start, end)
}

fn compare(a: &str, b: &str) -> Ordering {
    a.bytes().map(|b| b.to_ascii_lowercase()).cmp(b.bytes().map(|b| b.to_ascii_lowercase()))
}

const TABLE: &str = include_str!("../data/cmdlets.txt");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_found_by_its_name_in_any_case() {
        for cmdlet in all() {
            assert_eq!(search(&cmdlet.name().to_ascii_uppercase()).map(Cmdlet::name), Some(cmdlet.name()));
        }
    }

    #[test]
    fn names_between_before_and_after_the_lines_are_not_found() {
        for name in ["", "#", "A", "Get-Mailbo", "Get-Mailboxx", "Get-Mailboxa", "zzz", "Write-AdminAuditLogs"] {
            assert!(search(name).is_none(), "{name}");
        }
    }

    #[test]
    fn lines_are_sorted_and_lie_in_a_small_text() {
        let names: Vec<_> = all().map(Cmdlet::name).collect();
        assert!(names.windows(2).all(|pair| compare(pair[0], pair[1]) == Ordering::Less));
        assert!(TABLE.len() < 400 * 1024 && TABLE.is_ascii());
    }
}
