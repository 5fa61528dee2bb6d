//! Whether a page is the one before it once more, under a link that was not followed before.

use exo_model::Page;
use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

/// The page that came last, as far as it is remembered.
#[derive(Debug, Default)]
pub(super) struct LastPage {
    hasher: RandomState,
    seen: Option<(usize, u64, u64)>,
}

impl LastPage {
    /// Remembers a page; says whether it is the same as the one before.
    ///
    /// Rows may be equal to others where few properties were asked for, so that only a page counts whose rows are all
    /// different, and that is long enough for that to be no chance. They are looked at only if the ends are the same.
    pub(super) fn is(&mut self, page: &Page) -> bool {
        let hash = |record: Option<&[u8]>| self.hasher.hash_one(record);
        let now = (page.len(), hash(page.records().next()), hash(page.records().last()));
        let same = self.seen.replace(now) == Some(now);
        same && page.len() >= LONG && all_differ(page)
    }

    /// Another run begins.
    pub(super) fn forget(&mut self) {
        self.seen = None;
    }
}

fn all_differ(page: &Page) -> bool {
    page.records().collect::<HashSet<_>>().len() == page.len()
}

/// Rows of a page that are not all different by chance.
const LONG: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::scan;

    fn page(rows: impl Iterator<Item = usize>) -> Page {
        let body = bytes::Bytes::from(format!("{{\"value\":{:?}}}", rows.map(|row| [row]).collect::<Vec<_>>()));
        let records = scan(&body).unwrap().records;
        Page::new(body, records)
    }

    #[test]
    fn only_a_long_page_of_different_rows_is_known_again() {
        let twice = |first: Page, second: Page| {
            let mut last = LastPage::default();
            assert!(!last.is(&first));
            last.is(&second)
        };
        assert!(twice(page(0..10), page(0..10)));
        assert!(!twice(page(0..10), page(10..20)));
        assert!(!twice(page(0..9), page(0..9)));
        assert!(!twice(page((0..20).map(|row| row % 15)), page((0..20).map(|row| row % 15))));
        let mut last = LastPage::default();
        last.is(&page(0..10));
        last.forget();
        assert!(!last.is(&page(0..10)));
    }
}
