//! Pages of records as they come, and the records in them.

use crate::mailbox::{Arrived, Mail, RawPage};
use crate::{OwnedRecord, Record, RecordError, Result};
use exo_model::{Completeness, Gap, GapKind};
use exo_plugin_wire::{Failure, FailureKind, Request};
use futures_util::stream::Stream;
use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

/// The stream of a call's pages; dropping it ends the call.
#[derive(Debug)]
pub struct Pages {
    mail: Rc<Mail>,
    name: Rc<str>,
    state: State,
    seen: u64,
}

#[derive(Debug)]
enum State {
    Ready(Request),
    Open(u64),
    Ended(Completeness),
    Failed(Failure),
}

impl Pages {
    pub(crate) fn new(mail: Rc<Mail>, name: Rc<str>, request: Result<Request, Failure>) -> Self {
        let state = match request {
            Ok(request) => State::Ready(request),
            Err(failure) => State::Failed(failure),
        };
        Self { mail, name, state, seen: 0 }
    }

    /// The next page; none at the end.
    ///
    /// Whether the end is complete reaches the host by itself: a report need not look at it.
    ///
    /// # Errors
    ///
    /// Whatever broke the stream. Nothing more comes after it.
    pub async fn next(&mut self) -> Result<Option<Page>> {
        std::future::poll_fn(|cx| self.poll_page(cx)).await
    }

    /// How the stream ended, once it has: what came, and what is missing.
    pub fn completeness(&self) -> Option<&Completeness> {
        match &self.state {
            State::Ended(end) => Some(end),
            _ => None,
        }
    }

    /// Every record of every page, to keep: the items of [`Cx::concurrent`](crate::Cx::concurrent).
    pub fn records<T: OwnedRecord>(self) -> Records<T> {
        Records { pages: self, page: None, at: 0, keep: None, of: PhantomData }
    }

    fn poll_page(&mut self, cx: &Context<'_>) -> Poll<Result<Option<Page>>> {
        loop {
            // Whoever awaits in a cancelled run is dropped there; an error could be swallowed.
            if self.mail.check().is_err() {
                return Poll::Pending;
            }
            match &self.state {
                State::Ready(request) => {
                    let sent = request.to_json().map_err(|e| Failure::from(&e).into());
                    let sent = sent.and_then(|body| self.mail.submit(&body));
                    self.state = match sent {
                        Ok(req) => State::Open(req),
                        Err(error) => State::Failed(error.into_failure()),
                    };
                }
                State::Open(req) => match self.mail.poll(*req, cx) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(Arrived::Page(raw)) => return Poll::Ready(Ok(Some(self.page(raw)))),
                    Poll::Ready(Arrived::End(end)) => self.close(*req, State::Ended(end)),
                    Poll::Ready(Arrived::Fail(failure)) => self.close(*req, State::Failed(failure)),
                },
                State::Ended(_) => return Poll::Ready(Ok(None)),
                State::Failed(failure) => return Poll::Ready(Err(failure.clone().into())),
            }
        }
    }

    fn page(&mut self, raw: RawPage) -> Page {
        let first = self.seen + 1;
        self.seen += raw.len() as u64;
        Page { raw, mail: Rc::clone(&self.mail), name: Rc::clone(&self.name), first }
    }

    fn close(&mut self, req: u64, mut state: State) {
        if let State::Failed(failure) = &mut state {
            failure.cmdlet.get_or_insert_with(|| self.name.to_string());
        }
        self.mail.leave(req, false);
        self.state = state;
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        if let State::Open(req) = self.state {
            self.mail.leave(req, true);
        }
    }
}

/// Some records, still as the service wrote them.
#[derive(Debug)]
pub struct Page {
    raw: RawPage,
    mail: Rc<Mail>,
    name: Rc<str>,
    first: u64,
}

impl Page {
    /// How many records there are.
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The records as JSON.
    pub fn records(&self) -> impl Iterator<Item = &[u8]> {
        (0..self.len()).filter_map(|at| self.raw.record(at))
    }

    /// The records as a type, which may borrow from the page.
    pub fn rows<'p, T: Record<'p>>(&'p self) -> PageRows<'p, T> {
        PageRows { page: self, at: 0, of: PhantomData }
    }

    fn row<'p, T: Record<'p>>(&'p self, at: usize) -> Option<Result<T>> {
        let record = std::str::from_utf8(self.raw.record(at)?);
        Some(record.map_err(RecordError::not_text).and_then(T::decode).map_err(|error| {
            let row = self.first + at as u64;
            let field = error.field.map(|field| format!(", property `{field}`")).unwrap_or_default();
            let text = format!("`{}`, record {row}{field}: {}", self.name, error.problem);
            let mut failure = Failure::new(FailureKind::Decode, text).cmdlet(&*self.name);
            failure.row = Some(row);
            failure.field = error.field.map(str::to_owned);
            // A report may pass over the record; its result is incomplete all the same.
            self.mail.gap(&Gap::new(GapKind::Failed, &failure.message));
            failure.into()
        }))
    }
}

/// The records of a page as a type.
pub struct PageRows<'p, T> {
    page: &'p Page,
    at: usize,
    of: PhantomData<fn() -> T>,
}

impl<'p, T: Record<'p>> PageRows<'p, T> {
    /// Those for which the test holds; errors stay.
    pub fn filter_ok(self, mut keep: impl FnMut(&T) -> bool) -> impl Iterator<Item = Result<T>> {
        self.filter(move |row| row.as_ref().map_or(true, &mut keep))
    }
}

impl<'p, T: Record<'p>> Iterator for PageRows<'p, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        let row = self.page.row(self.at)?;
        self.at += 1;
        Some(row)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.page.len().saturating_sub(self.at);
        (left, Some(left))
    }
}

impl<'p, T: Record<'p>> ExactSizeIterator for PageRows<'p, T> {}

impl<T> fmt::Debug for PageRows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageRows").field("page", self.page).field("at", &self.at).finish_non_exhaustive()
    }
}

/// Whether a record is wanted.
type Test<T> = dyn FnMut(&T) -> bool;

/// The records of all pages of a call, to keep.
pub struct Records<T> {
    pages: Pages,
    page: Option<Page>,
    at: usize,
    keep: Option<Box<Test<T>>>,
    of: PhantomData<fn() -> T>,
}

impl<T: OwnedRecord> Records<T> {
    /// Only those for which the test holds.
    #[must_use]
    pub fn keep(mut self, test: impl FnMut(&T) -> bool + 'static) -> Self {
        self.keep = Some(Box::new(test));
        self
    }

    /// The next record; none at the end.
    ///
    /// # Errors
    ///
    /// As [`Pages::next`], and a record that does not fit its type.
    pub async fn next(&mut self) -> Result<Option<T>> {
        std::future::poll_fn(|cx| self.poll_record(cx)).await
    }

    fn poll_record(&mut self, cx: &Context<'_>) -> Poll<Result<Option<T>>> {
        loop {
            if let Some(row) = self.page.as_ref().and_then(|page| page.row::<T>(self.at)) {
                self.at += 1;
                let wanted = match (&row, &mut self.keep) {
                    (Ok(row), Some(keep)) => keep(row),
                    _ => true,
                };
                if wanted {
                    return Poll::Ready(row.map(Some));
                }
                continue;
            }
            self.page = None;
            match self.pages.poll_page(cx) {
                Poll::Ready(Ok(Some(page))) => (self.page, self.at) = (Some(page), 0),
                Poll::Ready(Ok(None)) => return Poll::Ready(Ok(None)),
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => return Poll::Pending,
            }
        }
    }
}

// Nothing in it is pinned: the type is only ever made of what a page holds.
impl<T> Unpin for Records<T> {}

impl<T: OwnedRecord> Stream for Records<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        self.poll_record(cx).map(Result::transpose)
    }
}

impl<T> fmt::Debug for Records<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("pages", &self.pages).field("page", &self.page).finish_non_exhaustive()
    }
}
