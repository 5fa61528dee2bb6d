//! Many futures at a time, across the borders of pages.

use crate::{OwnedRecord, Records, Result};
use futures_util::stream::{self, LocalBoxStream, Stream};
use futures_util::{StreamExt as _, TryStreamExt as _};
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Where the items of [`Cx::concurrent`](crate::Cx::concurrent) come from: any list, or [`Records`].
pub trait Items<'a> {
    /// One item.
    type Item;

    /// The items as a stream.
    fn into_items(self) -> LocalBoxStream<'a, Result<Self::Item>>;
}

impl<'a, I: IntoIterator<IntoIter: 'a, Item: 'a>> Items<'a> for I {
    type Item = I::Item;

    fn into_items(self) -> LocalBoxStream<'a, Result<I::Item>> {
        stream::iter(self.into_iter().map(Ok)).boxed_local()
    }
}

impl<'a, T: OwnedRecord + 'a> Items<'a> for Records<T> {
    type Item = T;

    fn into_items(self) -> LocalBoxStream<'a, Result<T>> {
        self.boxed_local()
    }
}

/// The results of [`Cx::concurrent`](crate::Cx::concurrent); a stream, and `next` for those who need no more.
pub struct Concurrent<'a, T> {
    results: LocalBoxStream<'a, Result<T>>,
}

impl<T> Concurrent<'_, T> {
    /// The next result; none at the end.
    ///
    /// # Errors
    ///
    /// The first failure, of an item or of its future.
    pub async fn next(&mut self) -> Result<Option<T>> {
        self.results.try_next().await
    }

    /// All results.
    ///
    /// # Errors
    ///
    /// As [`Concurrent::next`].
    pub async fn all(self) -> Result<Vec<T>> {
        self.results.try_collect().await
    }
}

impl<T> Stream for Concurrent<'_, T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        self.results.poll_next_unpin(cx)
    }
}

impl<T> fmt::Debug for Concurrent<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Concurrent").finish_non_exhaustive()
    }
}

pub(crate) fn as_they_come<'a, I, F, Fut, T>(items: I, at_once: usize, run: F) -> Concurrent<'a, T>
where
    I: Items<'a> + 'a,
    F: FnMut(I::Item) -> Fut + 'a,
    Fut: Future<Output = Result<T>> + 'a,
    T: 'a,
{
    let results = items.into_items().map_ok(run).try_buffer_unordered(at_once.max(1)).boxed_local();
    Concurrent { results }
}

pub(crate) fn in_order<'a, I, F, Fut, T>(items: I, at_once: usize, run: F) -> Concurrent<'a, T>
where
    I: Items<'a> + 'a,
    F: FnMut(I::Item) -> Fut + 'a,
    Fut: Future<Output = Result<T>> + 'a,
    T: 'a,
{
    let results = items.into_items().map_ok(run).try_buffered(at_once.max(1)).boxed_local();
    Concurrent { results }
}
