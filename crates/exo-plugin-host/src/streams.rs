//! One stream of a run: a task that asks the service for pages and hands them to the mailbox.

use crate::run::Run;
use bytes::Bytes;
use exo_model::{Completeness, ErrorKind, Invocation, Next, Page, Pages, SeamError, Span};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A place among the open streams of a run.
pub(crate) type Room = OwnedSemaphorePermit;

/// Serves one request to its end. The task is aborted when the plugin abandons it.
pub(crate) async fn serve(run: Arc<Run>, req: u64, invocation: Invocation, credit: Arc<Semaphore>) {
    let room = Arc::clone(&run.open).acquire_owned().await.ok();
    let mut fault = Fault { run, req, armed: true };
    let end = pages(&fault.run, req, invocation, &credit).await;
    fault.armed = false;
    fault.run.end(req, end, room);
}

async fn pages(run: &Run, req: u64, invocation: Invocation, credit: &Semaphore) -> Result<Completeness, SeamError> {
    let mut pages: Box<dyn Pages> = {
        let _flight = run.flight.acquire().await;
        run.invoker.invoke(invocation).await?
    };
    loop {
        // One page is fetched ahead of the window; the end needs no credit, so it must not be waited for.
        let next = {
            let _flight = run.flight.acquire().await;
            pages.next().await?
        };
        let page = match next {
            Next::End(end) => return Ok(end),
            Next::Page(page) => page,
        };
        let mut pieces = Pieces { page, from: 0, most: run.page_bytes };
        while let Some(piece) = pieces.next()? {
            spend(credit).await;
            run.page(req, piece);
        }
    }
}

async fn spend(credit: &Semaphore) {
    // The semaphore is never closed.
    if let Ok(permit) = credit.acquire().await {
        permit.forget();
    }
}

/// Cuts a page into pieces of so many bytes, each a part of the same body.
struct Pieces {
    page: Page,
    from: usize,
    most: usize,
}

impl Pieces {
    fn next(&mut self) -> Result<Option<Page>, SeamError> {
        let spans = self.page.spans().get(self.from..).unwrap_or_default();
        let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Ok(None) };
        let whole = spans.len() <= MOST_ROWS && fits(first.start, last.end, self.most);
        let fitting = || spans.iter().take(MOST_ROWS).take_while(|span| fits(first.start, span.end, self.most)).count();
        let many = if whole { spans.len() } else { fitting().max(1) };
        let piece = spans.get(..many).unwrap_or_default();
        if piece.iter().any(|span| !fits(span.start, span.end, LARGEST_RECORD)) {
            let text = format!("the service sent a record of more than {} MiB", LARGEST_RECORD >> 20);
            return Err(SeamError::message(ErrorKind::Answer, text));
        }
        let piece = trimmed(&self.page, piece);
        self.from += many;
        Ok(Some(piece))
    }
}

/// The records at these spans, without what stands before and after them; nothing is copied.
fn trimmed(page: &Page, spans: &[Span]) -> Page {
    let (Some(first), Some(last)) = (spans.first(), spans.last()) else { return Page::default() };
    let start = first.start;
    let body: Bytes = page.body().slice(start as usize..last.end as usize);
    let spans = spans.iter().map(|span| Span { start: span.start - start, end: span.end - start }).collect();
    Page::new(body, spans)
}

fn fits(start: u32, end: u32, most: usize) -> bool {
    end.saturating_sub(start) as usize <= most
}

/// Tells the plugin when the task that serves it ends by a panic: it would wait for ever.
struct Fault {
    run: Arc<Run>,
    req: u64,
    armed: bool,
}

impl Drop for Fault {
    fn drop(&mut self) {
        if self.armed {
            // After an abort there is no such stream, and nothing happens.
            let error = SeamError::message(ErrorKind::Fault, "the call ended by a fault in this program");
            self.run.end(self.req, Err(error), None);
        }
    }
}

/// A record of more bytes does not fit into a frame together with its span.
const LARGEST_RECORD: usize = 12 << 20;
/// Records of one piece.
const MOST_ROWS: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(page: &Page, most: usize) -> Vec<Page> {
        let mut pieces = Pieces { page: page.clone(), from: 0, most };
        std::iter::from_fn(|| pieces.next().unwrap()).collect()
    }

    #[test]
    fn a_page_is_cut_between_records_and_loses_none() {
        let records: Vec<String> = (0..50).map(|n| format!("{{\"n\":{n}}}")).collect();
        let page = Page::from_records(&records);
        for most in [1, 10, 64, 10_000] {
            let pieces = cut(&page, most);
            let again: Vec<_> =
                pieces.iter().flat_map(|p| p.records().map(<[u8]>::to_vec).collect::<Vec<_>>()).collect();
            assert_eq!(again, records.iter().map(|r| r.as_bytes().to_vec()).collect::<Vec<_>>());
            assert!(pieces.iter().all(|p| p.len() == 1 || p.body().len() <= most));
        }
    }

    #[test]
    fn what_stands_around_the_records_is_not_sent() {
        let body = Bytes::from_static(br#"{"value":[{},{}]}"#);
        let page = Page::new(body, vec![Span { start: 10, end: 12 }, Span { start: 13, end: 15 }]);
        let [piece] = cut(&page, 100).try_into().unwrap();
        assert_eq!(piece.body().as_ref(), b"{},{}");
        assert_eq!(piece.spans(), [Span { start: 0, end: 2 }, Span { start: 3, end: 5 }]);
    }
}
