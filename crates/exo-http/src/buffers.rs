//! Memory of bodies that nobody reads any more, for the bodies that come next.

use bytes::Bytes;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Keeps a few buffers: what the system is given back with each page it must clear before it gives it again.
///
/// What held little is not kept, so that no answer with a token in it stays in memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buffers(Arc<Kept>);

type Kept = Mutex<Vec<Vec<u8>>>;

impl Buffers {
    /// An empty buffer that holds at least so many bytes.
    pub(crate) fn take(&self, capacity: usize) -> Vec<u8> {
        if (1..SMALLEST).contains(&capacity) {
            return Vec::with_capacity(capacity);
        }
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // The smallest that is large enough, and of these the last, which the processor still has at hand.
        let fitting = kept.iter().enumerate().rev().filter(|(_, buffer)| buffer.capacity() >= capacity);
        if let Some((index, _)) = fitting.min_by_key(|(_, buffer)| buffer.capacity()) {
            return kept.remove(index);
        }
        // What was too small this time will be again.
        if kept.len() == MOST {
            kept.remove(0);
        }
        drop(kept);
        // Pages differ a little in length, and the next one is to fit into the memory of this one.
        Vec::with_capacity(capacity.next_multiple_of(STEP))
    }

    /// The bytes of a buffer, which comes back when the last of them is dropped.
    pub(crate) fn lend(&self, buffer: Vec<u8>) -> Bytes {
        if is_worth_it(&buffer) {
            Bytes::from_owner(Lent { buffer, home: Arc::downgrade(&self.0) })
        } else {
            buffer.into()
        }
    }

    /// Takes a buffer back.
    pub(crate) fn give(&self, buffer: Vec<u8>) {
        give(&self.0, buffer);
    }
}

fn give(kept: &Kept, mut buffer: Vec<u8>) {
    if is_worth_it(&buffer) {
        buffer.clear();
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST {
            kept.push(buffer);
        }
    }
}

fn is_worth_it(buffer: &Vec<u8>) -> bool {
    buffer.len() >= SMALLEST && buffer.capacity() <= LARGEST
}

/// A buffer that is being read.
struct Lent {
    buffer: Vec<u8>,
    home: Weak<Kept>,
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        if let Some(kept) = self.home.upgrade() {
            give(&kept, std::mem::take(&mut self.buffer));
        }
    }
}

/// Two pages that are held, one that comes, and one that is being unpacked.
const MOST: usize = 4;

/// Answers of token services are far smaller, and packed pages are not.
const SMALLEST: usize = 32 << 10;

const LARGEST: usize = 2 << 20;

/// Lengths are rounded up to a multiple of this.
const STEP: usize = 128 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_comes_back_when_the_last_reader_is_gone() {
        let buffers = Buffers::default();
        let mut buffer = buffers.take(SMALLEST);
        buffer.resize(SMALLEST, b' ');
        let place = buffer.as_ptr();
        let page = buffers.lend(buffer);
        let part = page.slice(2..);
        drop(page);
        let other = buffers.take(SMALLEST);
        assert_ne!(other.as_ptr(), place);
        assert_eq!(part.len(), SMALLEST - 2);
        drop(part);
        let again = buffers.take(SMALLEST);
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
    }

    #[test]
    fn small_ones_large_ones_and_many_are_not_kept() {
        let buffers = Buffers::default();
        let kept = || buffers.0.lock().unwrap().len();
        buffers.give(vec![0; SMALLEST - 1]);
        buffers.give(vec![0; LARGEST + 1]);
        assert_eq!(kept(), 0);
        for _ in 0..MOST + 2 {
            buffers.give(vec![0; SMALLEST]);
        }
        assert_eq!(kept(), MOST);
        assert!(buffers.take(LARGEST).capacity() >= LARGEST);
        assert_eq!(kept(), MOST - 1);
    }

    #[test]
    fn a_short_answer_leaves_nothing_behind() {
        let buffers = Buffers::default();
        buffers.give(vec![0; LARGEST]);
        // Its length was announced, or it was not.
        assert!(buffers.take(2000).capacity() < SMALLEST);
        let mut unknown = buffers.take(0);
        assert_eq!(unknown.capacity(), LARGEST);
        unknown.extend_from_slice(b"a token");
        drop(buffers.lend(unknown));
        assert!(buffers.0.lock().unwrap().is_empty());
    }

    #[test]
    fn a_page_fits_into_the_memory_of_one_that_was_a_little_shorter() {
        let buffers = Buffers::default();
        let mut shorter = buffers.take(600_000);
        shorter.resize(600_000, 0);
        let place = shorter.as_ptr();
        let mut packed = buffers.take(60_000);
        packed.resize(60_000, 0);
        buffers.give(packed);
        buffers.give(shorter);
        let (packed, longer) = (buffers.take(61_000), buffers.take(650_000));
        assert_ne!(packed.as_ptr(), place);
        assert_eq!(longer.as_ptr(), place);
    }

    #[test]
    fn bytes_outlive_their_buffers_home() {
        let buffers = Buffers::default();
        let mut buffer = buffers.take(SMALLEST);
        buffer.resize(SMALLEST, 7);
        let page = buffers.lend(buffer);
        drop(buffers);
        assert_eq!(page, vec![7; SMALLEST]);
    }
}
