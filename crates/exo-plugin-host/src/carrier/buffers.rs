//! Buffers that serve again once whoever read from them has let them go.

use bytes::BytesMut;

/// A few large buffers in turn, so that a run of a thousand pages asks the allocator as rarely as one of ten; small
/// frames have buffers of their own.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    large: [BytesMut; PAGES],
    next: usize,
}

impl Buffers {
    /// An empty buffer with room for `length` bytes.
    pub(crate) fn room(&mut self, length: usize) -> BytesMut {
        if length < SMALL {
            return BytesMut::with_capacity(length);
        }
        let free = self.large.iter_mut().position(|buffer| buffer.try_reclaim(length));
        let index = free.unwrap_or_else(|| {
            self.next = (self.next + 1) % PAGES;
            self.next
        });
        let Some(buffer) = self.large.get_mut(index) else { return BytesMut::with_capacity(length) };
        if free.is_none() {
            // Pages differ a little in length: the next one shall fit, too.
            *buffer = BytesMut::with_capacity(length + length / 8);
        }
        std::mem::take(buffer)
    }

    /// Takes a buffer's unused rest back, so that the whole can be had again when its content is dropped.
    pub(crate) fn keep(&mut self, rest: BytesMut) {
        if let Some(empty) = self.large.iter_mut().find(|buffer| buffer.capacity() == 0) {
            *empty = rest;
        }
    }
}

/// The window of a stream, the page ahead of it, and one that is being read.
const PAGES: usize = 4;
const SMALL: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(buffers: &mut Buffers, length: usize) -> bytes::Bytes {
        let mut buffer = buffers.room(length);
        buffer.resize(length, 1);
        let content = buffer.split().freeze();
        buffers.keep(buffer);
        content
    }

    #[test]
    fn a_buffer_serves_again_when_its_content_is_dropped() {
        let mut buffers = Buffers::default();
        let first = filled(&mut buffers, 100_000);
        let place = first.as_ptr();
        drop(first);
        assert_eq!(filled(&mut buffers, 101_000).as_ptr(), place);
    }

    #[test]
    fn content_that_is_still_read_is_left_alone() {
        let mut buffers = Buffers::default();
        let all: Vec<_> = (0..8).map(|_| filled(&mut buffers, 100_000)).collect();
        let places: std::collections::BTreeSet<_> = all.iter().map(|content| content.as_ptr()).collect();
        assert_eq!(places.len(), 8);
        assert!(all.iter().all(|content| content.iter().all(|byte| *byte == 1)));
    }
}
