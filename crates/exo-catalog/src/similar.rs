//! What somebody who misspelt a cmdlet may have meant.

use crate::{Cmdlet, all};

/// The names most like this one, best first, five at most; empty when nothing is like it.
///
/// ```
/// assert_eq!(exo_catalog::closest("get-mailboxs").first(), Some(&"Get-Mailbox"));
/// assert!(exo_catalog::closest("Format-Disk").is_empty());
/// ```
pub fn closest(name: &str) -> Vec<&'static str> {
    nearest(name, all().map(Cmdlet::name), same_noun)
}

/// The same for names of any other sort.
///
/// ```
/// assert_eq!(exo_catalog::closest_of("Globl Reader", ["Global Reader", "Security Reader"]), ["Global Reader"]);
/// ```
pub fn closest_of<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    nearest(name, known, |_, _| false)
}

fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>, alike: fn(&str, &str) -> bool) -> Vec<&'a str> {
    let wanted = lower(name);
    if wanted.is_empty() || wanted.len() > LONGEST {
        return Vec::new();
    }
    let most = (wanted.len() / 5).clamp(1, 4);
    let mut found: Vec<(usize, &str)> = known
        .into_iter()
        .filter_map(|known| {
            let distance = distance(&wanted, &lower(known));
            (distance <= most || alike(name, known)).then_some((distance, known))
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(5).map(|(_, name)| name).collect()
}

/// `Read-Mailbox` and `Mailbox` are about mailboxes, whatever the verb.
fn same_noun(wanted: &str, known: &str) -> bool {
    let noun = |name: &str| name.split_once('-').map_or_else(|| name.to_owned(), |(_, noun)| noun.to_owned());
    noun(wanted).eq_ignore_ascii_case(&noun(known))
}

/// How many letters have to be changed, added, dropped or swapped with their neighbour.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = Vec::with_capacity(b.len() + 1);
        row.push(i + 1);
        for (j, y) in b.iter().enumerate() {
            let changed = last[j] + usize::from(x != y);
            let mut best = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

fn lower(name: &str) -> Vec<u8> {
    name.trim().bytes().map(|b| b.to_ascii_lowercase()).collect()
}

/// No cmdlet's name is nearly as long, and the time grows with the length.
const LONGEST: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_too_many_too_few_wrong_or_swapped() {
        for wrong in ["Get-Mailboxx", "Get-Malbox", "Get-Mailbpx", "Get-Mialbox", " get-mailbox "] {
            assert_eq!(closest(wrong).first(), Some(&"Get-Mailbox"), "{wrong}");
        }
    }

    #[test]
    fn a_noun_without_its_verb_is_enough() {
        assert!(closest("Mailbox").contains(&"Get-Mailbox"));
        assert!(closest("Read-TransportRule").contains(&"Get-TransportRule"));
    }

    #[test]
    fn nothing_is_offered_for_what_is_like_nothing() {
        assert!(closest("").is_empty());
        assert!(closest("Get-Something-Else").is_empty());
        assert!(closest(&"x".repeat(10_000)).is_empty());
    }
}
