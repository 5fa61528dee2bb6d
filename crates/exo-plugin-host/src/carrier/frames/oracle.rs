//! What holds of any bytes that are read as frames: asked by the property tests and by the fuzz target.

use super::super::buffers::Buffers;
use super::{Frame, LONGEST, Outgoing, ROOM, SPAN, read_frame, read_frame_async, write_frame, write_frame_async};
use exo_model::{Column, ColumnType, Page};
use exo_plugin_wire::check_batch;
use std::io::{self, Read, Write};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Panics where it does not hold. The bytes arrive whole, and `step` at a time.
pub(crate) fn holds(bytes: &[u8], step: usize) {
    let step = step.max(1);
    let mut buffers = Buffers::default();
    let mut whole = bytes;
    let read = all(|| read_frame(&mut whole, &mut buffers));
    let mut whole = bytes;
    let waited = all(|| ready(read_frame_async(&mut whole)));
    let mut pieces = Pieces { bytes: bytes.to_vec(), at: 0, step, late: false };
    let in_pieces = all(|| read_frame(&mut pieces, &mut buffers));
    let mut pieces = Pieces { bytes: bytes.to_vec(), at: 0, step, late: false };
    let waited_in_pieces = all(|| ready(read_frame_async(&mut pieces)));
    for other in [&waited, &in_pieces, &waited_in_pieces] {
        assert_eq!(other, &read, "the same bytes are the same frames, however they arrive");
    }
    let (frames, end) = read;
    sent_again(bytes, &frames, end, step);
    frames.iter().for_each(trusted);
}

/// All frames until the end or the first fault.
fn all(mut next: impl FnMut() -> io::Result<Option<Frame>>) -> (Vec<Frame>, Option<io::ErrorKind>) {
    let mut frames = Vec::new();
    loop {
        match next() {
            Ok(Some(frame)) => frames.push(frame),
            Ok(None) => return (frames, None),
            Err(error) => return (frames, Some(error.kind())),
        }
    }
}

/// What was read is what stands there, byte for byte; only a fault leaves anything over.
fn sent_again(bytes: &[u8], frames: &[Frame], end: Option<io::ErrorKind>, step: usize) {
    let mut whole = Vec::new();
    let mut pieces = Pieces { bytes: Vec::new(), at: 0, step, late: false };
    let mut waited = Pieces { bytes: Vec::new(), at: 0, step, late: false };
    for frame in frames {
        let Frame { kind, req, status, spans, data } = frame;
        let again = Outgoing { kind: *kind, req: *req, status: *status, spans, data };
        let written = [
            write_frame(&mut whole, again),
            write_frame(&mut pieces, again),
            ready(write_frame_async(&mut waited, again)),
        ];
        assert!(written.iter().all(Result::is_ok), "what was read can be written: {written:?}");
    }
    assert_eq!(bytes.get(..whole.len()), Some(whole.as_slice()));
    assert!(whole == pieces.bytes && whole == waited.bytes, "it is the same whatever the socket takes at a time");
    let known = [None, Some(io::ErrorKind::InvalidData), Some(io::ErrorKind::UnexpectedEof)];
    assert!(known.contains(&end) && (end.is_some() || whole.len() == bytes.len()), "{end:?}");
}

/// Nothing is believed because a frame says it.
fn trusted(frame: &Frame) {
    assert!(frame.spans.len() * SPAN + frame.data.len() <= ROOM && ROOM < LONGEST);
    let columns = [Column::new("one", ColumnType::Json)];
    let row = |(start, end): (u32, u32)| frame.data.get(start as usize..end as usize);
    if check_batch(&frame.data, &frame.spans, &columns).is_ok() {
        assert!(frame.spans.iter().all(|span| row((span.start, span.end)).is_some_and(|row| row.starts_with(b"["))));
    }
    let page = Page::new(frame.data.clone(), frame.spans.clone());
    assert!(page.len() <= frame.spans.len());
    assert!(page.records().map(<[u8]>::len).sum::<usize>() <= frame.data.len());
}

/// Polls to the end; nothing that is read here waits for anybody.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
    }
}

/// A socket that gives and takes so many bytes at a time, and makes one wait in between.
struct Pieces {
    bytes: Vec<u8>,
    at: usize,
    step: usize,
    late: bool,
}

impl Pieces {
    fn waits(&mut self) -> bool {
        self.late = !self.late;
        self.late
    }
}

impl Read for Pieces {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let left = self.bytes.get(self.at..).unwrap_or_default();
        let many = left.len().min(into.len()).min(self.step);
        let pairs = into.iter_mut().zip(left).take(many);
        pairs.for_each(|(to, from)| *to = *from);
        self.at += many;
        Ok(many)
    }
}

impl Write for Pieces {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        let many = from.len().min(self.step);
        self.bytes.extend(from.iter().take(many));
        Ok(many)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Pieces {
    fn poll_read(mut self: Pin<&mut Self>, _: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.waits() {
            return Poll::Pending;
        }
        let mut piece = vec![0; into.remaining().min(self.step)];
        let many = self.read(&mut piece)?;
        into.put_slice(piece.get(..many).unwrap_or_default());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Pieces {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        if self.waits() { Poll::Pending } else { Poll::Ready(self.write(from)) }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
