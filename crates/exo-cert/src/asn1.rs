//! ASN.1 elements out of bytes: DER, and BER as some writers of PFX files use it.

use der::asn1::ObjectIdentifier;
use der::{Decode, Encode, EncodingRules, Header, Reader as _, SliceReader, Tag, TagNumber};
use std::borrow::Cow;

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

    fn is(&self, tag: Tag) -> bool {
        self.tag == tag
    }

    /// Whether this is `[number]`, primitive or constructed.
    pub(crate) fn is_context(&self, number: u32) -> bool {
        matches!(self.tag, Tag::ContextSpecific { number: n, .. } if n == TagNumber(number))
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
        let mut reader = SliceReader::new_with_encoding_rules(self.rest, EncodingRules::Ber).map_err(|_| Broken)?;
        let header = Header::decode(&mut reader).map_err(|_| Broken)?;
        let tag_length = size(header.tag().encoded_len())?;
        let indefinite = self.rest.get(tag_length) == Some(&INDEFINITE);
        let start = usize::try_from(reader.position()).map_err(|_| Broken)?;
        let length = usize::try_from(header.length()).map_err(|_| Broken)?;
        // `der` has already found the end mark, and counts it.
        let start = if indefinite { tag_length + 1 } else { start };
        let end = start.checked_add(length).ok_or(Broken)?;
        let content_end = if indefinite { end.checked_sub(2).ok_or(Broken)? } else { end };
        let whole = self.rest.get(..end).ok_or(Broken)?;
        let content = self.rest.get(start..content_end).ok_or(Broken)?;
        self.rest = self.rest.get(end..).ok_or(Broken)?;
        Ok(Some(Element { tag: header.tag(), constructed: header.is_constructed(), whole, content }))
    }

    /// The next element, which must be there.
    pub(crate) fn any(&mut self) -> Result<Element<'a>, Broken> {
        self.next()?.ok_or(Broken)
    }

    /// The next element, which must have this tag.
    pub(crate) fn expect(&mut self, tag: Tag) -> Result<Element<'a>, Broken> {
        self.any().and_then(|e| if e.is(tag) { Ok(e) } else { Err(Broken) })
    }

    /// The next element if it has this tag.
    pub(crate) fn optional(&mut self, tag: Tag) -> Result<Option<Element<'a>>, Broken> {
        self.optional_if(|e| e.is(tag))
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

fn size(length: der::Result<der::Length>) -> Result<usize, Broken> {
    length.ok().and_then(|l| usize::try_from(l).ok()).ok_or(Broken)
}

const INDEFINITE: u8 = 0x80;
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
    fn numbers_are_checked() {
        assert_eq!(Elements::new(&[0x02, 0x02, 0x00, 0x80]).unsigned(), Ok(&[0x80][..]));
        assert_eq!(Elements::new(&[0x02, 0x01, 0x00]).small(), Ok(0));
        assert_eq!(Elements::new(&[0x02, 0x01, 0xFF]).small(), Err(Broken));
        assert_eq!(Elements::new(&[0x02, 0x05, 1, 0, 0, 0, 0]).small(), Err(Broken));
    }
}
