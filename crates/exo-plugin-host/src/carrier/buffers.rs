//! Buffers that serve again once whoever read from them has let them go.

use bytes::Bytes;
use std::io;
use std::sync::Arc;

/// A few large buffers in turn, so that a run of a thousand pages asks the allocator as rarely as one of ten, and clears
/// no memory that is overwritten at once; small frames have buffers of their own.
#[derive(Debug, Default)]
pub(crate) struct Buffers {
    large: [Arc<Room>; PAGES],
    next: usize,
}

/// The bytes of a buffer, all of them set.
#[derive(Debug, Default)]
struct Room(Vec<u8>);

/// A buffer that is being read from.
struct Reading(Arc<Room>);

impl AsRef<[u8]> for Reading {
    fn as_ref(&self) -> &[u8] {
        &self.0.0
    }
}

impl Buffers {
    /// So many bytes as `fill` writes them.
    pub(crate) fn filled(
        &mut self,
        length: usize,
        fill: impl FnOnce(&mut [u8]) -> io::Result<()>,
    ) -> io::Result<Bytes> {
        if length < SMALL {
            let mut bytes = vec![0; length];
            fill(&mut bytes)?;
            return Ok(bytes.into());
        }
        let free = self.large.iter_mut().position(|room| Arc::get_mut(room).is_some());
        let index = free.unwrap_or_else(|| {
            self.next = (self.next + 1) % PAGES;
            self.next
        });
        let Some(room) = self.large.get_mut(index) else { return Ok(Bytes::new()) };
        if room.0.len() < length || free.is_none() {
            // Pages differ a little in length: the next one shall fit, too.
            *room = Arc::new(Room(vec![0; length + length / 8]));
        }
        if let Some(bytes) = Arc::get_mut(room).and_then(|room| room.0.get_mut(..length)) {
            fill(bytes)?;
        }
        Ok(Bytes::from_owner(Reading(Arc::clone(room))).slice(..length))
    }
}

/// The window of a stream, the page ahead of it, and one that is being read.
const PAGES: usize = 4;
const SMALL: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(buffers: &mut Buffers, length: usize, with: u8) -> Bytes {
        let fill = |bytes: &mut [u8]| {
            bytes.fill(with);
            Ok(())
        };
        let content = buffers.filled(length, fill).unwrap();
        assert_eq!(content.len(), length);
        content
    }

    #[test]
    fn a_buffer_serves_again_when_its_content_is_dropped() {
        let mut buffers = Buffers::default();
        let first = filled(&mut buffers, 100_000, 1);
        let place = first.as_ptr();
        drop(first);
        assert_eq!(filled(&mut buffers, 101_000, 2).as_ptr(), place);
        assert_eq!(filled(&mut buffers, 100_000, 3).as_ptr(), place);
    }

    #[test]
    fn content_that_is_still_read_is_left_alone() {
        let mut buffers = Buffers::default();
        let all: Vec<_> = (0..8).map(|with| (with, filled(&mut buffers, 100_000, with))).collect();
        let places: std::collections::BTreeSet<_> = all.iter().map(|(_, content)| content.as_ptr()).collect();
        assert_eq!(places.len(), 8);
        assert!(all.iter().all(|(with, content)| content.iter().all(|byte| byte == with)));
    }
}
