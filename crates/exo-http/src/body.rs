//! The body of an answer as it comes: unpacked by its first bytes, and never longer than the limit.

use crate::Error;
use flate2::write::MultiGzDecoder;
use std::io::{self, Write};

/// Gathers a body piece by piece.
///
/// Whether it is packed is seen from its first two bytes, since labels are wrong in both directions.
pub(crate) struct Body {
    host: String,
    state: State,
}

enum State {
    /// Fewer than two bytes have come.
    Undecided(Limited),
    Plain(Limited),
    Packed(Box<MultiGzDecoder<Limited>>),
}

impl Body {
    /// An empty body of at most `limit` bytes; `expected` is what the headers announce.
    pub(crate) fn new(host: String, limit: usize, expected: Option<u64>) -> Self {
        let announced = expected.and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
        // A header is believed only so far: what is reserved must also come.
        let bytes = Vec::with_capacity(announced.min(limit).min(LARGEST_RESERVE));
        Self { host, state: State::Undecided(Limited { bytes, limit, exceeded: false }) }
    }

    /// Takes the next piece.
    pub(crate) fn push(&mut self, piece: &[u8]) -> Result<(), Error> {
        match &mut self.state {
            State::Undecided(limited) | State::Plain(limited) => {
                if limited.write_all(piece).is_err() {
                    return Err(Error::too_large(self.host.as_str(), limited.limit));
                }
            }
            State::Packed(decoder) => {
                if let Err(error) = decoder.write_all(piece) {
                    return Err(packed_error(&self.host, decoder.get_ref(), error));
                }
            }
        }
        self.decide()
    }

    /// How many unpacked bytes have come.
    pub(crate) fn received(&self) -> usize {
        match &self.state {
            State::Undecided(limited) | State::Plain(limited) => limited.bytes.len(),
            State::Packed(decoder) => decoder.get_ref().bytes.len(),
        }
    }

    /// The whole body, and whether it was packed.
    pub(crate) fn finish(self) -> Result<(Vec<u8>, bool), Error> {
        match self.state {
            State::Undecided(limited) | State::Plain(limited) => Ok((limited.bytes, false)),
            State::Packed(mut decoder) => match decoder.try_finish() {
                Ok(()) => Ok((std::mem::take(&mut decoder.get_mut().bytes), true)),
                Err(error) => Err(packed_error(&self.host, decoder.get_ref(), error)),
            },
        }
    }

    fn decide(&mut self) -> Result<(), Error> {
        let State::Undecided(limited) = &mut self.state else { return Ok(()) };
        if limited.bytes.len() < GZIP.len() {
            return Ok(());
        }
        let mut taken = std::mem::take(limited);
        if !taken.bytes.starts_with(&GZIP) {
            self.state = State::Plain(taken);
            return Ok(());
        }
        let first = std::mem::take(&mut taken.bytes);
        self.state = State::Packed(Box::new(MultiGzDecoder::new(taken)));
        self.push(&first)
    }
}

/// What two bytes a gzip stream begins with (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// More than this is not reserved on the word of a header.
const LARGEST_RESERVE: usize = 4 << 20;

fn packed_error(host: &str, limited: &Limited, error: io::Error) -> Error {
    if limited.exceeded {
        return Error::too_large(host, limited.limit);
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Error::truncated(host, limited.bytes.len()),
        _ => Error::Garbled { host: host.to_owned(), source: error.into() },
    }
}

/// Bytes up to a limit.
#[derive(Default)]
struct Limited {
    bytes: Vec<u8>,
    limit: usize,
    exceeded: bool,
}

impl Write for Limited {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        if piece.len() > self.limit - self.bytes.len() {
            self.exceeded = true;
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(piece);
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::{Compression, write::GzEncoder};
    use proptest::prelude::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn read(pieces: &[&[u8]], limit: usize) -> Result<(Vec<u8>, bool), Error> {
        let mut body = Body::new("h".into(), limit, None);
        for piece in pieces {
            body.push(piece)?;
        }
        body.finish()
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
