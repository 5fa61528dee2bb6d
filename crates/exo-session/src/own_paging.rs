//! Cmdlets that give no links to their next pages, as streams like all others.

mod way;

use crate::Error;
use crate::exchange::Exchange;
use crate::pages::Run;
use exo_model::{Completeness, Gap, GapKind, Invocation, Next, Page, Pages, SeamError};
use std::sync::Arc;
use way::Going;
pub(crate) use way::Way;

/// Calls of one cmdlet that follow each other, each going on where the one before ended.
pub(crate) struct Chain {
    exchange: Arc<Exchange>,
    way: Way,
    /// The call that is running; nothing after the last.
    run: Option<Run>,
    /// Records that are still wanted.
    wanted: Option<u64>,
    end: Completeness,
}

impl Chain {
    pub(crate) fn new(exchange: Arc<Exchange>, invocation: Invocation, mut way: Way) -> Result<Self, Error> {
        let wanted = exchange.call(&invocation)?.limit;
        let first = way.first(invocation, wanted)?;
        let run = run(&exchange, &first)?;
        Ok(Self { exchange, way, run: Some(run), wanted, end: Completeness::default() })
    }

    async fn step(&mut self) -> Result<Next, Error> {
        loop {
            if self.wanted == Some(0) {
                self.run = None;
                self.end.limited = true;
            }
            let Some(run) = &mut self.run else { return Ok(Next::End(self.end.clone())) };
            match run.step().await {
                Ok(Next::Page(page)) => {
                    if let Some(page) = self.take(page) {
                        return Ok(Next::Page(page));
                    }
                }
                Ok(Next::End(end)) => {
                    let (seam, unheard) = (run.seam(), run.unheard());
                    self.absorb(end);
                    self.go_on(seam, unheard)?;
                }
                Err(error) => return Err(self.broken(error)),
            }
        }
    }

    /// What is new in a page, and wanted.
    fn take(&mut self, page: Page) -> Option<Page> {
        let page = self.way.new_in(page);
        let room = self.wanted.map_or(usize::MAX, |wanted| usize::try_from(wanted).unwrap_or(usize::MAX));
        let page = page.truncated(room);
        if page.is_empty() {
            return None;
        }
        let count = page.len() as u64;
        self.wanted = self.wanted.map(|wanted| wanted.saturating_sub(count));
        self.end.pages += 1;
        self.end.records += count;
        Some(page)
    }

    fn absorb(&mut self, end: Completeness) {
        self.end.retries += end.retries;
        self.end.gaps.extend(end.gaps);
        for warning in end.warnings {
            if !self.end.warnings.contains(&warning) && self.end.warnings.len() < MOST_WARNINGS {
                self.end.warnings.push(warning);
            }
        }
    }

    /// Begins the next call, if there is one.
    fn go_on(&mut self, seam: Option<String>, unheard: bool) -> Result<(), Error> {
        self.run = None;
        match self.way.next(seam, unheard) {
            Going::On(invocation) => match run(&self.exchange, &invocation) {
                Ok(run) => self.run = Some(run),
                Err(error) => return Err(self.broken(error)),
            },
            Going::Over => {}
            Going::Cut(why) => self.end.gaps.push(Gap::new(GapKind::Truncated, why)),
        }
        Ok(())
    }

    /// Whoever asks on after the error must not be told that all came.
    fn broken(&mut self, error: Error) -> Error {
        self.run = None;
        self.end.gaps.push(Gap::new(GapKind::Failed, error.to_string()));
        error
    }
}

#[async_trait::async_trait]
impl Pages for Chain {
    async fn next(&mut self) -> Result<Next, SeamError> {
        self.step().await.map_err(Error::into_seam)
    }
}

/// One call, which ends where the service ends it: records are counted over all of them.
fn run(exchange: &Arc<Exchange>, invocation: &Invocation) -> Result<Run, Error> {
    let mut call = exchange.call(invocation)?;
    call.limit = None;
    Ok(Run::new(Arc::clone(exchange), call).in_a_chain())
}

/// Warnings are for people.
const MOST_WARNINGS: usize = 100;
