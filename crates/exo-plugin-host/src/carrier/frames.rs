//! The frames between host and runner: one kind per function of the boundary.
//!
//! `u32 length | u8 kind | u64 req | u32 status | u32 rows | spans | data`, little endian. The length counts what follows
//! it and is at most [`LONGEST`]. A span is two `u32`, start and end; whoever takes the frame checks where they point.

use super::buffers::Buffers;
use bytes::Bytes;
use exo_model::Span;
use std::io::{self, IoSlice, Read, Write};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

// By its path, since the fuzz target includes this file by its own.
#[cfg(any(test, fuzzing))]
#[path = "frames/oracle.rs"]
pub(crate) mod oracle;

/// What a frame says. The first eleven come from the runner, the others from the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// The library is loaded; the data names SDK and compiler.
    Ready = 1,
    /// The library cannot be loaded; the data says why.
    Unfit = 2,
    Submit = 3,
    Pull = 4,
    Abandon = 5,
    /// Rows; answered by [`Kind::Emitted`] under the same `req`.
    Emit = 6,
    /// A note; its kind is the status.
    Note = 7,
    Finish = 8,
    /// The plugin returned; its answer is the status, and `req` counts the pages it kept.
    Returned = 9,
    /// What confines the runner, as JSON; before anything is loaded.
    Confined = 10,
    /// The plugin called a function as the boundary does not allow, which was answered by a status; the data says how.
    Fault = 11,
    /// The manifest that was read from the file, to be compared with the loaded one.
    Manifest = 32,
    /// The arguments; the plugin may start.
    Run = 33,
    Page = 34,
    End = 35,
    Fail = 36,
    Cancel = 37,
    Emitted = 38,
}

impl Kind {
    const ALL: &'static [Self] = &[
        Self::Ready,
        Self::Unfit,
        Self::Submit,
        Self::Pull,
        Self::Abandon,
        Self::Emit,
        Self::Note,
        Self::Finish,
        Self::Returned,
        Self::Confined,
        Self::Fault,
        Self::Manifest,
        Self::Run,
        Self::Page,
        Self::End,
        Self::Fail,
        Self::Cancel,
        Self::Emitted,
    ];

    fn from_byte(byte: u8) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| *kind as u8 == byte)
    }
}

/// Why bytes are no frame, or a frame cannot be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FrameError {
    #[error("a frame of {0} bytes is longer than {LONGEST}")]
    TooLong(usize),
    #[error("a frame of {0} bytes is shorter than its own head")]
    TooShort(usize),
    #[error("unknown kind of frame {0}")]
    Kind(u8),
    #[error("a frame of {0} bytes has no room for its spans")]
    Spans(usize),
}

impl From<FrameError> for io::Error {
    fn from(error: FrameError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

/// A frame that was read. The data is a part of the one buffer that it was read into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    pub(crate) req: u64,
    pub(crate) status: u32,
    pub(crate) spans: Vec<Span>,
    pub(crate) data: Bytes,
}

/// A frame to be written, borrowed from wherever its bytes are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Outgoing<'a> {
    pub(crate) kind: Kind,
    pub(crate) req: u64,
    pub(crate) status: u32,
    pub(crate) spans: &'a [Span],
    pub(crate) data: &'a [u8],
}

impl<'a> Outgoing<'a> {
    pub(crate) fn new(kind: Kind, req: u64, status: u32) -> Self {
        Self { kind, req, status, spans: &[], data: &[] }
    }

    pub(crate) fn data(mut self, data: &'a [u8]) -> Self {
        self.data = data;
        self
    }

    pub(crate) fn rows(mut self, spans: &'a [Span], data: &'a [u8]) -> Self {
        self.spans = spans;
        self.data = data;
        self
    }

    /// All but the data.
    fn head(&self) -> Result<Vec<u8>, FrameError> {
        let length = FIXED + self.spans.len() * SPAN + self.data.len();
        let (Ok(length32), Ok(rows)) = (u32::try_from(length), u32::try_from(self.spans.len())) else {
            return Err(FrameError::TooLong(length));
        };
        if length > LONGEST {
            return Err(FrameError::TooLong(length));
        }
        let mut head = Vec::with_capacity(HEAD + self.spans.len() * SPAN);
        head.extend_from_slice(&length32.to_le_bytes());
        head.push(self.kind as u8);
        head.extend_from_slice(&self.req.to_le_bytes());
        head.extend_from_slice(&self.status.to_le_bytes());
        head.extend_from_slice(&rows.to_le_bytes());
        for span in self.spans {
            head.extend_from_slice(&span.start.to_le_bytes());
            head.extend_from_slice(&span.end.to_le_bytes());
        }
        Ok(head)
    }
}

/// The fixed part of a frame that was read, checked.
#[derive(Debug, Clone, Copy)]
struct Head {
    kind: Kind,
    req: u64,
    status: u32,
    rows: usize,
    /// Length of spans and data.
    rest: usize,
}

impl Head {
    fn parse(bytes: [u8; HEAD]) -> Result<Self, FrameError> {
        let [l0, l1, l2, l3, kind, r0, r1, r2, r3, r4, r5, r6, r7, s0, s1, s2, s3, n0, n1, n2, n3] = bytes;
        let length = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        let rows = u32::from_le_bytes([n0, n1, n2, n3]) as usize;
        if length > LONGEST {
            return Err(FrameError::TooLong(length));
        }
        let rest = length.checked_sub(FIXED).ok_or(FrameError::TooShort(length))?;
        if rows.checked_mul(SPAN).is_none_or(|spans| spans > rest) {
            return Err(FrameError::Spans(length));
        }
        Ok(Self {
            kind: Kind::from_byte(kind).ok_or(FrameError::Kind(kind))?,
            req: u64::from_le_bytes([r0, r1, r2, r3, r4, r5, r6, r7]),
            status: u32::from_le_bytes([s0, s1, s2, s3]),
            rows,
            rest,
        })
    }

    fn assemble(self, mut rest: Bytes) -> Frame {
        let head = rest.split_to(self.rows * SPAN);
        let number = |b: &[u8]| b.try_into().map_or(0, u32::from_le_bytes);
        let spans: Vec<Span> = head
            .chunks_exact(SPAN)
            .map(|pair| {
                let (start, end) = pair.split_at(SPAN / 2);
                Span { start: number(start), end: number(end) }
            })
            .collect();
        Frame { kind: self.kind, req: self.req, status: self.status, spans, data: rest }
    }
}

/// Reads a frame into one of the buffers; `None` at an end between two frames.
pub(crate) fn read_frame(from: &mut impl Read, buffers: &mut Buffers) -> io::Result<Option<Frame>> {
    let mut head = [0; HEAD];
    let [first, others @ ..] = &mut head;
    if from.read(std::slice::from_mut(first))? == 0 {
        return Ok(None);
    }
    from.read_exact(others)?;
    let head = Head::parse(head)?;
    let rest = buffers.filled(head.rest, |bytes| from.read_exact(bytes))?;
    Ok(Some(head.assemble(rest)))
}

/// Reads a frame without blocking a thread; `None` at an end between two frames.
pub(crate) async fn read_frame_async(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Frame>> {
    let mut head = [0; HEAD];
    let [first, others @ ..] = &mut head;
    if from.read(std::slice::from_mut(first)).await? == 0 {
        return Ok(None);
    }
    from.read_exact(others).await?;
    let head = Head::parse(head)?;
    let mut rest = Vec::with_capacity(head.rest);
    if head.rest > 0 {
        from.take(head.rest as u64).read_to_end(&mut rest).await?;
    }
    finish(head, rest).map(Some)
}

fn finish(head: Head, rest: Vec<u8>) -> io::Result<Frame> {
    if rest.len() < head.rest {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(head.assemble(rest.into()))
}

/// Writes a frame whole; the data is not copied.
pub(crate) fn write_frame(to: &mut impl Write, frame: Outgoing<'_>) -> io::Result<()> {
    let head = frame.head()?;
    let mut parts = &mut [IoSlice::new(&head), IoSlice::new(frame.data)][..];
    IoSlice::advance_slices(&mut parts, 0);
    while !parts.is_empty() {
        match to.write_vectored(parts) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => IoSlice::advance_slices(&mut parts, written),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Writes a frame whole without blocking a thread; the data is not copied.
pub(crate) async fn write_frame_async(to: &mut (impl AsyncWrite + Unpin), frame: Outgoing<'_>) -> io::Result<()> {
    let head = frame.head()?;
    let mut parts = &mut [IoSlice::new(&head), IoSlice::new(frame.data)][..];
    IoSlice::advance_slices(&mut parts, 0);
    while !parts.is_empty() {
        match to.write_vectored(parts).await? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            written => IoSlice::advance_slices(&mut parts, written),
        }
    }
    Ok(())
}

/// The longest frame, without its own length.
pub(crate) const LONGEST: usize = 16 << 20;
/// Room in a frame for spans and data.
pub(crate) const ROOM: usize = LONGEST - FIXED;
/// Kind, req, status, rows.
const FIXED: usize = 1 + 8 + 4 + 4;
const HEAD: usize = 4 + FIXED;
pub(crate) const SPAN: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(frame: Outgoing<'_>) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, frame).unwrap();
        bytes
    }

    fn frames() -> impl Strategy<Value = (Frame, Vec<u8>)> {
        let rows = prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..20);
        (0..Kind::ALL.len(), any::<u64>(), any::<u32>(), rows).prop_map(|(kind, req, status, rows)| {
            let page = exo_model::Page::from_records(rows);
            let (spans, data) = (page.spans().to_vec(), page.body().clone());
            let kind = Kind::ALL[kind];
            let bytes = written(Outgoing { kind, req, status, spans: &spans, data: &data });
            (Frame { kind, req, status, spans, data }, bytes)
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(all in prop::collection::vec(frames(), 1..5)) {
            let bytes: Vec<u8> = all.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
            let mut reader = bytes.as_slice();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let mut second = bytes.as_slice();
            for (frame, _) in &all {
                let read = read_frame(&mut reader, &mut Buffers::default()).unwrap();
                prop_assert_eq!(read.as_ref(), Some(frame));
                let read = runtime.block_on(read_frame_async(&mut second)).unwrap();
                prop_assert_eq!(read.as_ref(), Some(frame));
            }
            prop_assert_eq!(read_frame(&mut reader, &mut Buffers::default()).unwrap(), None);
        }

        #[test]
        fn any_bytes_are_the_same_frames_however_they_arrive(bytes in prop::collection::vec(any::<u8>(), 0..200), step in 0_usize..300) {
            oracle::holds(&bytes, step);
        }

        #[test]
        fn changed_frames_are_the_same_frames_however_they_arrive(
            all in prop::collection::vec(frames(), 1..5),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
            step in 0_usize..300,
        ) {
            let mut bytes: Vec<u8> = all.iter().flat_map(|(_, bytes)| bytes.clone()).collect();
            for (at, to) in changes {
                let at = at.index(bytes.len());
                bytes[at] = to;
            }
            oracle::holds(&bytes, step);
        }

        #[test]
        fn a_cut_frame_is_an_error((_, bytes) in frames(), cut in any::<prop::sample::Index>()) {
            let cut = cut.index(bytes.len() - 1) + 1;
            if cut < bytes.len() {
                prop_assert!(read_frame(&mut &bytes[..cut], &mut Buffers::default()).is_err());
            }
        }
    }

    #[test]
    fn the_seeds_of_the_fuzz_target_hold() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/frames");
        let mut seeds = 0;
        for seed in std::fs::read_dir(folder).unwrap() {
            let bytes = std::fs::read(seed.unwrap().path()).unwrap();
            oracle::holds(&bytes[1..], bytes[0].into());
            seeds += 1;
        }
        assert!(seeds >= 9, "{seeds}");
    }

    #[test]
    fn a_frame_above_the_limit_is_neither_sent_nor_believed() {
        let data = vec![0; ROOM + 1];
        let frame = Outgoing::new(Kind::Page, 1, 0).data(&data);
        assert!(write_frame(&mut Vec::new(), frame).is_err());
        let mut bytes = written(Outgoing::new(Kind::Page, 1, 0));
        bytes[..4].copy_from_slice(&u32::MAX.to_le_bytes());
        let error = read_frame(&mut bytes.as_slice(), &mut Buffers::default()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
