//! The body of an answer: unpacked by its first bytes, and never longer than the limit.

use crate::Error;
use crate::buffers::Buffers;
use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use std::io::{self, Read};

/// Gathers a body piece by piece.
///
/// Whether it is packed is seen from its first two bytes, since labels are wrong in both directions.
pub(crate) struct Body {
    host: String,
    limit: usize,
    bytes: Vec<u8>,
    buffers: Buffers,
}

impl Body {
    /// An empty body of at most `limit` bytes; `expected` is what the headers announce.
    pub(crate) fn new(host: String, limit: usize, expected: Option<u64>, buffers: &Buffers) -> Self {
        let announced = expected.and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
        // A header is believed only so far: what is reserved must also come.
        let bytes = buffers.take(announced.min(limit).min(LARGEST_RESERVE));
        Self { host, limit, bytes, buffers: buffers.clone() }
    }

    /// Takes the next piece.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        if piece.len() > self.limit - self.bytes.len() {
            return Err(Error::too_large(self.host.as_str(), self.limit));
        }
        self.bytes.extend_from_slice(piece);
        Ok(())
    }

    /// How many bytes have come.
    pub(crate) fn received(&self) -> usize {
        self.bytes.len()
    }

    /// The whole body, and whether it was packed.
    pub(crate) fn finish(self) -> Result<(Bytes, bool), Error> {
        let buffers = self.buffers.clone();
        let packed = self.bytes.starts_with(&GZIP);
        let bytes = if packed { self.unpack()? } else { self.bytes };
        Ok((buffers.lend(bytes), packed))
    }

    fn unpack(self) -> Result<Vec<u8>, Error> {
        let mut unpacked = self.buffers.take(self.length_at_the_end().min(self.limit));
        // One byte more than is taken tells a body at the limit from one above it.
        let mut source = MultiGzDecoder::new(self.bytes.as_slice()).take(self.limit as u64 + 1);
        let outcome = source.read_to_end(&mut unpacked);
        if unpacked.len() > self.limit {
            return Err(Error::too_large(self.host, self.limit));
        }
        match outcome {
            Ok(_) => {
                self.buffers.give(self.bytes);
                Ok(unpacked)
            }
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(Error::truncated(self.host, self.bytes.len()))
            }
            Err(error) => Err(Error::Garbled { host: self.host, source: error.into() }),
        }
    }

    /// The unpacked length that stands at the end of a packed body, as far as it can be true.
    fn length_at_the_end(&self) -> usize {
        let Some(last) = self.bytes.last_chunk::<4>() else { return 0 };
        let told = usize::try_from(u32::from_le_bytes(*last)).unwrap_or_default();
        told.min(self.bytes.len().saturating_mul(DENSEST))
    }
}

/// What two bytes a gzip stream begins with (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// No byte of a deflate stream unpacks to more than this many.
const DENSEST: usize = 1032;

/// More than this is not reserved on the word of a header.
const LARGEST_RESERVE: usize = 4 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;
    use std::io::Write;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(pieces: &[&[u8]], limit: usize) -> Result<(Vec<u8>, bool), Error> {
        let mut body = Body::new("h".into(), limit, None, &Buffers::default());
        for piece in pieces {
            body.push(piece)?;
        }
        body.finish().map(|(bytes, packed)| (bytes.to_vec(), packed))
    }

    #[test]
    fn every_cut_of_a_packed_body_is_noticed() {
        let packed = gzip(b"a body that is long enough to be packed, packed, packed");
        for end in 2..packed.len() {
            assert!(matches!(read(&[&packed[..end]], 1000), Err(Error::Truncated { .. })), "{end}");
        }
        assert!(read(&[&packed], 1000).unwrap().1);
    }

    #[test]
    fn two_packed_members_are_one_body() {
        let both = [gzip(b"one "), gzip(b"two")].concat();
        assert_eq!(read(&[&both], 1000).unwrap().0, b"one two");
    }

    #[test]
    fn a_small_packet_that_unpacks_to_much_is_stopped() {
        let bomb = gzip(&vec![0; 1 << 20]);
        assert!(bomb.len() < 2000);
        assert!(matches!(read(&[&bomb], 100_000), Err(Error::TooLarge { limit: 100_000, .. })));
    }

    #[test]
    fn a_damaged_packed_body_is_garbled() {
        let mut packed = gzip(b"some text, some text, some text");
        let middle = packed.len() - 6;
        packed[middle] ^= 0xff;
        assert!(matches!(read(&[&packed], 1000), Err(Error::Garbled { .. })));
    }

    proptest! {
        #[test]
        fn a_body_comes_out_as_it_went_in(bytes: Vec<u8>, packed: bool, split in 1_usize..64) {
            prop_assume!(packed || !bytes.starts_with(&GZIP));
            let sent = if packed { gzip(&bytes) } else { bytes.clone() };
            let pieces: Vec<&[u8]> = sent.chunks(split).collect();
            prop_assert_eq!(read(&pieces, 1 << 20).unwrap(), (bytes, packed));
        }

        #[test]
        fn any_bytes_are_taken_without_panic(bytes: Vec<u8>) {
            drop(read(&[&GZIP, &bytes], 1000));
            drop(read(&[&bytes], 10));
        }
    }
}
