//! ASN.1 elements out of bytes: DER, and BER as some writers of PFX files use it.

mod header;

use der::asn1::ObjectIdentifier;
use header::{END_MARK, Head, end_of_contents};
use std::borrow::Cow;

pub(crate) use header::Tag;

/// The bytes are not what was expected of them; the caller knows what they should have been.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Broken;

/// One element: its tag and what it holds.
#[derive(Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) tag: Tag,
    constructed: bool,
    /// Header and content, and the end mark of an indefinite length.
    pub(crate) whole: &'a [u8],
    /// Without header and end mark.
    pub(crate) content: &'a [u8],
}

impl<'a> Element<'a> {
    /// Reads what is inside.
    pub(crate) fn inside(&self) -> Elements<'a> {
        Elements { rest: self.content }
    }

    /// The octets of a string, its pieces joined if it was written in pieces.
    pub(crate) fn octets(&self) -> Result<Cow<'a, [u8]>, Broken> {
        if !self.constructed {
            return Ok(Cow::Borrowed(self.content));
        }
        let mut joined = Vec::with_capacity(self.content.len());
        join(self.content, &mut joined, MAX_PIECES_DEPTH)?;
        Ok(Cow::Owned(joined))
    }

    /// The bits of a BIT STRING that fills its last octet.
    pub(crate) fn whole_bits(&self) -> Result<&'a [u8], Broken> {
        match (self.tag, self.content.split_first()) {
            (Tag::BitString, Some((0, bits))) => Ok(bits),
            _ => Err(Broken),
        }
    }

    /// Whether this is `[number]`, primitive or constructed.
    pub(crate) fn is_context(&self, number: u32) -> bool {
        self.tag == Tag::Context(number)
    }
}

fn join(content: &[u8], joined: &mut Vec<u8>, depth: u8) -> Result<(), Broken> {
    let mut pieces = Elements { rest: content };
    while let Some(piece) = pieces.next()? {
        match (piece.tag, piece.constructed, depth) {
            (Tag::OctetString, false, _) => joined.extend_from_slice(piece.content),
            (Tag::OctetString, true, 1..) => join(piece.content, joined, depth - 1)?,
            _ => return Err(Broken),
        }
    }
    Ok(())
}

/// Elements that follow one another.
#[derive(Clone, Copy)]
pub(crate) struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next element, if there is one.
    pub(crate) fn next(&mut self) -> Result<Option<Element<'a>>, Broken> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let head = Head::read(self.rest)?;
        let (_, inside) = self.rest.split_at_checked(head.size).ok_or(Broken)?;
        let (length, mark) = match head.length {
            Some(length) => (length, 0),
            None => (end_of_contents(inside)?, END_MARK.len()),
        };
        let content = inside.get(..length).ok_or(Broken)?;
        let size = head.size.checked_add(length).and_then(|size| size.checked_add(mark)).ok_or(Broken)?;
        let (whole, rest) = self.rest.split_at_checked(size).ok_or(Broken)?;
        self.rest = rest;
        Ok(Some(Element { tag: head.tag, constructed: head.constructed, whole, content }))
    }

    /// The next element, which must be there.
    pub(crate) fn any(&mut self) -> Result<Element<'a>, Broken> {
        self.next()?.ok_or(Broken)
    }

    /// The next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: Tag) -> Result<Element<'a>, Broken> {
        self.any().and_then(|e| if e.tag == tag { Ok(e) } else { Err(Broken) })
    }

    /// The next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>, Broken> {
        self.optional_if(|e| e.tag == tag)
    }

    /// The next element if it is `[number]`.
    pub(crate) fn context(&mut self, number: u32) -> Result<Option<Element<'a>>, Broken> {
        self.optional_if(|e| e.is_context(number))
    }

    fn optional_if(&mut self, wanted: impl Fn(&Element<'a>) -> bool) -> Result<Option<Element<'a>>, Broken> {
        let mut ahead = *self;
        match ahead.next() {
            Ok(Some(element)) if wanted(&element) => {
                *self = ahead;
                Ok(Some(element))
            }
            Ok(_) => Ok(None),
            Err(broken) => Err(broken),
        }
    }

    /// Reads the inside of a SEQUENCE.
    pub(crate) fn sequence(&mut self) -> Result<Elements<'a>, Broken> {
        Ok(self.expect(Tag::Sequence)?.inside())
    }

    /// Reads the inside of `[0]`, which must be there.
    pub(crate) fn explicit_zero(&mut self) -> Result<Elements<'a>, Broken> {
        Ok(self.context(0)?.ok_or(Broken)?.inside())
    }

    /// The octets of an object identifier.
    pub(crate) fn oid(&mut self) -> Result<&'a [u8], Broken> {
        Ok(self.expect(Tag::ObjectIdentifier)?.content)
    }

    /// The octets of an OCTET STRING, joined.
    pub(crate) fn octets(&mut self) -> Result<Cow<'a, [u8]>, Broken> {
        self.expect(Tag::OctetString)?.octets()
    }

    /// A non-negative integer without leading zeros.
    pub(crate) fn unsigned(&mut self) -> Result<&'a [u8], Broken> {
        match self.expect(Tag::Integer)?.content {
            [0, rest @ ..] => Ok(rest),
            [first, ..] if *first >= 0x80 => Err(Broken),
            [] => Err(Broken),
            digits => Ok(digits),
        }
    }

    /// A non-negative integer of at most 32 bits.
    pub(crate) fn small(&mut self) -> Result<u32, Broken> {
        small(self.unsigned()?)
    }

    /// Nothing may follow.
    pub(crate) fn is_finished(&self) -> bool {
        self.rest.is_empty()
    }
}

/// The digits of a non-negative integer as a number of at most 32 bits.
pub(crate) fn small(digits: &[u8]) -> Result<u32, Broken> {
    if digits.len() > 4 {
        return Err(Broken);
    }
    Ok(digits.iter().fold(0, |value, digit| value << 8 | u32::from(*digit)))
}

/// An object identifier in dotted form, for messages.
pub(crate) fn dotted(oid: &[u8]) -> String {
    ObjectIdentifier::from_bytes(oid).map_or_else(|_| "an unreadable object identifier".to_owned(), |o| o.to_string())
}

/// Text of any of ASN.1's string types, as people read it.
pub(crate) fn text(element: &Element<'_>) -> Option<String> {
    match element.tag {
        Tag::BmpString => utf16_be(element.content),
        Tag::UniversalString => utf32_be(element.content),
        Tag::TeletexString => Some(element.content.iter().map(|b| char::from(*b)).collect()),
        Tag::Utf8String
        | Tag::PrintableString
        | Tag::Ia5String
        | Tag::VisibleString
        | Tag::NumericString
        | Tag::GeneralString => String::from_utf8(element.content.to_vec()).ok(),
        _ => None,
    }
}

fn utf16_be(bytes: &[u8]) -> Option<String> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    if !odd.is_empty() {
        return None;
    }
    let text: String =
        char::decode_utf16(pairs.iter().map(|p| u16::from_be_bytes(*p))).collect::<Result<_, _>>().ok()?;
    Some(text.trim_end_matches('\0').to_owned())
}

fn utf32_be(bytes: &[u8]) -> Option<String> {
    let (units, odd) = bytes.as_chunks::<4>();
    odd.is_empty().then(|| units.iter().map(|unit| char::from_u32(u32::from_be_bytes(*unit))).collect())?
}

/// How deep strings in pieces may be nested.
const MAX_PIECES_DEPTH: u8 = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_joined_in_every_form() {
        for pieces in [
            &[0x04, 0x03, 1, 2, 3][..],
            &[0x24, 0x80, 0x04, 0x02, 1, 2, 0x04, 0x01, 3, 0, 0],
            &[0x24, 0x07, 0x04, 0x02, 1, 2, 0x04, 0x01, 3],
            &[0x24, 0x80, 0x24, 0x80, 0x04, 0x02, 1, 2, 0, 0, 0x04, 0x01, 3, 0, 0],
        ] {
            let octets = Elements::new(pieces).octets().unwrap();
            assert_eq!(&*octets, [1, 2, 3]);
        }
    }

    #[test]
    fn what_follows_an_indefinite_length_is_found() {
        let mut elements = Elements::new(&[0x30, 0x80, 0x02, 0x01, 7, 0, 0, 0x02, 0x01, 8]);
        assert_eq!(elements.sequence().unwrap().small(), Ok(7));
        assert_eq!(elements.small(), Ok(8));
        assert!(elements.is_finished());
    }

    #[test]
    fn a_length_whose_last_octet_is_0x80_is_not_indefinite() {
        let element = [&[0x04, 0x82, 0x01, 0x80][..], &[9; 0x180]].concat();
        assert_eq!(&*Elements::new(&element).octets().unwrap(), [9; 0x180]);
    }

    #[test]
    fn lengths_may_have_more_digits_than_they_need() {
        for long in [
            &[0x04, 0x81, 0x02, 7, 8, 9][..],
            &[0x04, 0x84, 0, 0, 0, 2, 7, 8, 9],
            &[0x04, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 2, 7, 8, 9],
        ] {
            let mut elements = Elements::new(long);
            assert_eq!(&*elements.octets().unwrap(), [7, 8], "{long:?}");
            assert_eq!(elements.rest, [9], "{long:?}");
        }
        let inside = [0x30, 0x80, 0x04, 0x82, 0, 2, 0, 0, 0, 0];
        assert_eq!(Elements::new(&inside).sequence().unwrap().octets().as_deref(), Ok(&[0, 0][..]));
    }

    #[test]
    fn broken_headers_are_broken() {
        for broken in [
            &[0x04][..],
            &[0x04, 0x80, 0, 0],
            &[0x04, 0xFF],
            &[0x04, 0x02, 7],
            &[0x04, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 2, 7, 8],
            &[0x04, 0x88, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 7],
            &[0x00, 0x00],
            &[0x30, 0x80, 0x02, 0x01, 7],
            &[0x30, 0x80, 0x02, 0x01, 7, 0],
            &[0x1F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0],
            &[0x30, 0x80].repeat(65),
        ] {
            assert_eq!(Elements::new(broken).any().map(|element| element.tag), Err(Broken), "{broken:02X?}");
        }
        let deep = [[0x30, 0x80].repeat(64), vec![0; 128]].concat();
        assert_eq!(Elements::new(&deep).any().map(|element| element.content.len()), Ok(252));
    }

    #[test]
    fn types_that_nobody_asks_for_are_passed_over() {
        let mut elements =
            Elements::new(&[0x1C, 4, 0, 1, 0xF6, 0, 0x08, 0, 0x7F, 0x87, 0x68, 1, 9, 0x5F, 0x20, 0, 0xBF, 0x20, 0]);
        assert_eq!(text(&elements.any().unwrap()).as_deref(), Some("\u{1F600}"));
        for tag in [Tag::Other, Tag::Other, Tag::Other, Tag::Context(0x20)] {
            assert_eq!(elements.any().unwrap().tag, tag);
        }
        assert!(elements.is_finished());
    }

    #[test]
    fn numbers_are_checked() {
        assert_eq!(Elements::new(&[0x02, 0x02, 0x00, 0x80]).unsigned(), Ok(&[0x80][..]));
        assert_eq!(Elements::new(&[0x02, 0x01, 0x00]).small(), Ok(0));
        assert_eq!(Elements::new(&[0x02, 0x01, 0xFF]).small(), Err(Broken));
        assert_eq!(Elements::new(&[0x02, 0x05, 1, 0, 0, 0, 0]).small(), Err(Broken));
    }
}
