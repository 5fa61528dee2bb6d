//! What waits for a plugin: events in order, and the pages that it holds.

use crate::lock;
use bytes::Bytes;
use exo_model::Page;
use exo_plugin_abi::Status;
use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, OwnedSemaphorePermit};

/// Something for the plugin, or for the runner on its behalf.
#[derive(Debug)]
pub(crate) struct Event {
    /// Which request it answers.
    pub(crate) req: u64,
    pub(crate) post: Post,
    /// Room that is free again when the event has been taken.
    #[expect(dead_code, reason = "it is held, not read")]
    pub(crate) room: Option<OwnedSemaphorePermit>,
}

impl Event {
    pub(crate) fn new(req: u64, post: Post) -> Self {
        Self { req, post, room: None }
    }
}

#[derive(Debug)]
pub(crate) enum Post {
    Page(Page),
    End(Bytes),
    Fail(Bytes),
    Cancel,
    /// What became of rows; from a child's host to its runner only.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only plugins in child processes need it"))]
    Emitted(Status),
}

/// The queue between a run and its plugin. Nobody ever waits to put something in; windows bound what is in it.
#[derive(Default)]
pub(crate) struct Mailbox {
    inside: Mutex<Inside>,
    arrived: Condvar,
    changed: Notify,
}

#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "four things that are said once, each by somebody else")]
struct Inside {
    queue: VecDeque<Event>,
    notified: bool,
    cancelled: bool,
    /// Whether the task that empties the box has been told to cancel.
    told: bool,
    closed: bool,
    pages: HashMap<u64, Page>,
    last_page: u64,
}

impl Mailbox {
    pub(crate) fn push(&self, event: Event) {
        let mut inside = lock(&self.inside);
        if !inside.cancelled && !inside.closed {
            inside.queue.push_back(event);
        }
        drop(inside);
        self.wake();
    }

    /// From now on there is only one event, for ever: cancel.
    pub(crate) fn cancel(&self) {
        let mut inside = lock(&self.inside);
        inside.cancelled = true;
        inside.queue.clear();
        drop(inside);
        self.wake();
    }

    /// How many events wait.
    pub(crate) fn len(&self) -> usize {
        lock(&self.inside).queue.len()
    }

    /// Whether [`Mailbox::next`] would have to wait.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only plugins in child processes need it"))]
    pub(crate) fn is_quiet(&self) -> bool {
        let inside = lock(&self.inside);
        inside.queue.is_empty() && (!inside.cancelled || inside.told)
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        lock(&self.inside).cancelled
    }

    /// Makes a wait that is in progress, or else the next one, return nothing.
    pub(crate) fn notify(&self) {
        lock(&self.inside).notified = true;
        self.wake();
    }

    /// Ends [`Mailbox::next`].
    pub(crate) fn close(&self) {
        lock(&self.inside).closed = true;
        self.wake();
    }

    /// Blocks until something comes, somebody notifies, or the time is over.
    pub(crate) fn wait(&self, time: Option<Duration>) -> Option<Event> {
        // A time that ends after all clocks has no end.
        let end = time.and_then(|time| Instant::now().checked_add(time));
        let mut inside = lock(&self.inside);
        loop {
            if inside.cancelled {
                return Some(Event::new(0, Post::Cancel));
            }
            if let Some(event) = inside.queue.pop_front() {
                return Some(event);
            }
            if std::mem::take(&mut inside.notified) {
                return None;
            }
            inside = match end {
                None => self.arrived.wait(inside).unwrap_or_else(PoisonError::into_inner),
                Some(end) => {
                    let left = end.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return None;
                    }
                    self.arrived.wait_timeout(inside, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }

    /// The next event; nothing once the box is closed, or the one `Cancel` was taken.
    #[cfg_attr(not(unix), expect(dead_code, reason = "only plugins in child processes need it"))]
    pub(crate) async fn next(&self) -> Option<Event> {
        loop {
            let changed = self.changed.notified();
            {
                let mut inside = lock(&self.inside);
                if inside.closed || inside.told {
                    return None;
                }
                if inside.cancelled {
                    inside.told = true;
                    return Some(Event::new(0, Post::Cancel));
                }
                if let Some(event) = inside.queue.pop_front() {
                    return Some(event);
                }
            }
            changed.await;
        }
    }

    /// Keeps a page until it is given back, and runs `use_it` where the page now lives.
    pub(crate) fn hold(&self, page: Page, use_it: impl FnOnce(u64, &Page)) {
        let mut inside = lock(&self.inside);
        inside.last_page += 1;
        let handle = inside.last_page;
        use_it(handle, inside.pages.entry(handle).or_insert(page));
    }

    pub(crate) fn free(&self, handle: u64) {
        // Outside the lock: a page can be the last of a large body.
        let page = lock(&self.inside).pages.remove(&handle);
        drop(page);
    }

    /// How many pages have not been given back.
    pub(crate) fn pages_out(&self) -> usize {
        lock(&self.inside).pages.len()
    }

    fn wake(&self) {
        self.arrived.notify_all();
        self.changed.notify_one();
    }
}

impl fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailbox").field("waiting", &lock(&self.inside).queue.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(req: u64) -> Event {
        Event::new(req, Post::End(Bytes::new()))
    }

    #[test]
    fn events_come_in_order_and_then_nothing() {
        let mailbox = Mailbox::default();
        mailbox.push(end(1));
        mailbox.push(end(2));
        let taken: Vec<_> = (0..2).map(|_| mailbox.wait(None).unwrap().req).collect();
        assert_eq!(taken, [1, 2]);
        assert!(mailbox.wait(Some(Duration::ZERO)).is_none());
    }

    #[test]
    fn a_notice_before_the_wait_is_not_lost() {
        let mailbox = Mailbox::default();
        mailbox.notify();
        assert!(mailbox.wait(None).is_none());
    }

    #[test]
    fn cancelling_is_heard_again_and_again_by_who_waits_and_once_by_who_forwards() {
        let mailbox = Mailbox::default();
        mailbox.push(end(1));
        mailbox.cancel();
        mailbox.push(end(2));
        for _ in 0..3 {
            assert!(matches!(mailbox.wait(None).unwrap().post, Post::Cancel));
        }
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        assert!(matches!(runtime.block_on(mailbox.next()).unwrap().post, Post::Cancel));
        assert!(runtime.block_on(mailbox.next()).is_none());
    }

    #[test]
    fn a_held_page_stays_until_it_is_given_back() {
        let mailbox = Mailbox::default();
        let mut held = 0;
        mailbox.hold(Page::from_records(["{}"]), |handle, page| {
            assert_eq!(page.len(), 1);
            held = handle;
        });
        assert_eq!(mailbox.pages_out(), 1);
        mailbox.free(held);
        mailbox.free(held);
        assert_eq!(mailbox.pages_out(), 0);
    }
}
