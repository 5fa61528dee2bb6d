//! Pages of records, and the seam through which they come.

use crate::{Completeness, Invocation, SeamError};
use bytes::Bytes;
use std::fmt;
use std::str::Utf8Error;

/// Where a record stands in its page: the bytes from `start` up to, not including, `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
#[expect(
    clippy::exhaustive_structs,
    reason = "a pair of offsets, complete by nature, and laid out for the plugin boundary"
)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset after the last byte.
    pub end: u32,
}

/// Some records as they came: the body of an answer, and where in it each record stands.
///
/// Nobody has parsed the records yet; whoever reads a field decodes what it needs, and is told there if a record is broken.
#[derive(Clone, Default)]
pub struct Page {
    body: Bytes,
    spans: Vec<Span>,
}

impl Page {
    /// A page of records that stand at `spans` in `body`.
    ///
    /// Spans that do not ascend or that lie outside the body are dropped with all that follow.
    pub fn new(body: Bytes, mut spans: Vec<Span>) -> Self {
        let mut floor = 0;
        let valid = spans.iter().take_while(|s| {
            let inside = s.start >= floor && s.end >= s.start && s.end as usize <= body.len();
            floor = s.end;
            inside
        });
        let valid = valid.count();
        spans.truncate(valid);
        Self { body, spans }
    }

    /// A page made of separate records, for fakes and tests.
    pub fn from_records<R: AsRef<[u8]>>(records: impl IntoIterator<Item = R>) -> Self {
        let mut body = Vec::new();
        let mut spans = Vec::new();
        for record in records {
            let start = offset(body.len());
            body.extend_from_slice(record.as_ref());
            spans.push(Span { start, end: offset(body.len()) });
        }
        Self::new(body.into(), spans)
    }

    /// The whole body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Where the records stand.
    pub fn spans(&self) -> &[Span] {
        &self.spans
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is no record.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The records, each as the bytes that a service gave for one JSON value.
    pub fn records(&self) -> impl ExactSizeIterator<Item = &[u8]> {
        self.spans.iter().map(|s| self.body.get(s.start as usize..s.end as usize).unwrap_or_default())
    }

    /// The records as text; what is no UTF-8 is found in one pass over the whole body.
    ///
    /// # Errors
    ///
    /// Where the body stops being UTF-8. That of a page from a session was looked at.
    pub fn texts(&self) -> Result<impl ExactSizeIterator<Item = &str>, Utf8Error> {
        let body = std::str::from_utf8(&self.body)?;
        Ok(self.spans.iter().map(|s| body.get(s.start as usize..s.end as usize).unwrap_or_default()))
    }

    /// The first `count` records.
    #[must_use]
    pub fn truncated(mut self, count: usize) -> Self {
        self.spans.truncate(count);
        self
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page").field("bytes", &self.body.len()).field("records", &self.spans.len()).finish()
    }
}

/// Pages above 4 GiB do not occur: the transport's own limit is far below.
fn offset(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// What a stream gives next: a page, or its end.
#[derive(Debug, Clone)]
#[expect(clippy::exhaustive_enums, reason = "a stream has pages and one end")]
pub enum Next {
    /// Some records.
    Page(Page),
    /// The end, with what is missing.
    End(Completeness),
}

/// A stream of pages. Its [`Completeness`] is the only way to its end.
#[async_trait::async_trait]
pub trait Pages: Send {
    /// The next page, or the end. After the end or an error the stream is not asked again.
    ///
    /// # Errors
    ///
    /// Whatever broke the stream; nothing more comes, and what came is incomplete.
    async fn next(&mut self) -> Result<Next, SeamError>;
}

/// Whoever can run a cmdlet: a session, a collector around it, a fake.
///
/// ```
/// use exo_model::{Completeness, Invocation, Invoker, Next, Page, Pages, SeamError};
///
/// /// Gives one record, whatever is asked.
/// #[derive(Debug)]
/// struct One;
/// struct OnePage(Option<Page>);
///
/// #[async_trait::async_trait]
/// impl Invoker for One {
///     async fn invoke(&self, _: Invocation) -> Result<Box<dyn Pages>, SeamError> {
///         Ok(Box::new(OnePage(Some(Page::from_records([r#"{"Name":"a"}"#])))))
///     }
/// }
///
/// #[async_trait::async_trait]
/// impl Pages for OnePage {
///     async fn next(&mut self) -> Result<Next, SeamError> {
///         Ok(self.0.take().map_or_else(|| Next::End(Completeness::default()), Next::Page))
///     }
/// }
/// ```
#[async_trait::async_trait]
pub trait Invoker: Send + Sync + fmt::Debug {
    /// Begins a call; nothing needs to have been sent when this returns.
    ///
    /// # Errors
    ///
    /// Whatever can be said before the first page is asked for.
    async fn invoke(&self, invocation: Invocation) -> Result<Box<dyn Pages>, SeamError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_slices_of_the_body() {
        let page = Page::from_records(["{}", r#"{"a":1}"#]);
        assert_eq!(page.records().collect::<Vec<_>>(), [b"{}".as_slice(), br#"{"a":1}"#.as_slice()]);
    }

    #[test]
    fn spans_outside_the_body_are_dropped() {
        let good = Span { start: 0, end: 2 };
        let page = Page::new(Bytes::from_static(b"{}{}"), vec![good, Span { start: 1, end: 9 }, good]);
        assert_eq!(page.spans(), [good]);
    }
}
