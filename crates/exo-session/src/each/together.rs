//! The objects of many calls as one stream, whose end names what is missing.

use super::{Each, Object};
use exo_model::{Completeness, Diagnose, ErrorKind, Gap, GapKind, Next, Pages, SeamError};

/// All objects, one after the other as they come.
pub(super) struct Together {
    each: Each,
    now: Option<Object>,
    end: Completeness,
}

impl Together {
    pub(super) fn new(each: Each) -> Self {
        Self { each, now: None, end: Completeness::default() }
    }

    /// What an object's end says becomes part of the whole's.
    fn ended(&mut self, object: &Object, end: Completeness) {
        self.end.retries += end.retries;
        self.end.limited |= end.limited;
        let name = object.name();
        self.end.gaps.extend(end.gaps.into_iter().map(|gap| Gap::new(gap.kind, format!("{name}: {}", gap.what))));
        for warning in end.warnings {
            if self.end.warnings.len() < MOST_WARNINGS && !self.end.warnings.contains(&warning) {
                self.end.warnings.push(warning);
            }
        }
    }

    /// An object that was not looked at, or not to its end, is named.
    fn failed(&mut self, object: &Object, error: &SeamError) {
        let kind = match error.kind() {
            ErrorKind::Refused | ErrorKind::Authorization => GapKind::Refused,
            _ => GapKind::Failed,
        };
        self.end.gaps.push(Gap::new(kind, format!("{}: {error}", object.name())));
    }
}

#[async_trait::async_trait]
impl Pages for Together {
    async fn next(&mut self) -> Result<Next, SeamError> {
        loop {
            if self.now.is_none() {
                self.now = self.each.next().await;
            }
            let Some(object) = &mut self.now else { return Ok(Next::End(self.end.clone())) };
            let next = object.pages.next().await;
            if let Ok(Next::Page(page)) = next {
                self.end.pages += 1;
                self.end.records += page.len() as u64;
                return Ok(Next::Page(page));
            }
            let Some(object) = self.now.take() else { continue };
            match next {
                Ok(Next::End(end)) => self.ended(&object, end),
                Ok(Next::Page(_)) => {}
                Err(error) => self.failed(&object, &error),
            }
        }
    }
}

/// Warnings are for people.
const MOST_WARNINGS: usize = 100;
