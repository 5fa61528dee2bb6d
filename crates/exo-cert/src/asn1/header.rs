//! Tag and length of an ASN.1 element.

use super::Broken;

/// What an element is; the types that occur in these files, and context-specific ones by their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tag {
    Boolean,
    Integer,
    BitString,
    OctetString,
    ObjectIdentifier,
    Utf8String,
    Sequence,
    Set,
    NumericString,
    PrintableString,
    TeletexString,
    Ia5String,
    UtcTime,
    GeneralizedTime,
    VisibleString,
    GeneralString,
    UniversalString,
    BmpString,
    Context(u32),
    /// What nobody looks into.
    Other,
}

impl Tag {
    /// From the first octet of a header, and the number that it gives or announces.
    const fn new(first: u8, number: u32) -> Self {
        match first {
            0x01 => Self::Boolean,
            0x02 => Self::Integer,
            0x03 => Self::BitString,
            0x04 | 0x24 => Self::OctetString,
            0x06 => Self::ObjectIdentifier,
            0x0C => Self::Utf8String,
            0x12 => Self::NumericString,
            0x13 => Self::PrintableString,
            0x14 => Self::TeletexString,
            0x16 => Self::Ia5String,
            0x17 => Self::UtcTime,
            0x18 => Self::GeneralizedTime,
            0x1A => Self::VisibleString,
            0x1B => Self::GeneralString,
            0x1C => Self::UniversalString,
            0x1E => Self::BmpString,
            0x30 => Self::Sequence,
            0x31 => Self::Set,
            0x80..0xC0 => Self::Context(number),
            _ => Self::Other,
        }
    }
}

/// The octets before the content of an element.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) tag: Tag,
    pub(super) constructed: bool,
    /// How many octets it has.
    pub(super) size: usize,
    /// Nothing if a mark ends the content.
    pub(super) length: Option<usize>,
}

impl Head {
    pub(super) fn read(bytes: &[u8]) -> Result<Self, Broken> {
        let mut octets = bytes.iter().copied();
        let first = octets.next().ok_or(Broken)?;
        let number = number(first, &mut octets)?;
        let constructed = first & CONSTRUCTED != 0;
        let length = length(constructed, &mut octets)?;
        // The mark of an end is no element.
        if first == 0 {
            return Err(Broken);
        }
        Ok(Self { tag: Tag::new(first, number), constructed, size: bytes.len() - octets.len(), length })
    }
}

fn number(first: u8, octets: &mut impl Iterator<Item = u8>) -> Result<u32, Broken> {
    if first & LONG_TAG != LONG_TAG {
        return Ok(u32::from(first & LONG_TAG));
    }
    let mut number = 0_u32;
    loop {
        let digit = octets.next().ok_or(Broken)?;
        number = number.checked_mul(0x80).ok_or(Broken)? | u32::from(digit & 0x7F);
        if digit < 0x80 {
            return Ok(number);
        }
    }
}

/// Nothing for an indefinite length.
fn length(constructed: bool, octets: &mut impl Iterator<Item = u8>) -> Result<Option<usize>, Broken> {
    let digits = match octets.next() {
        Some(short @ ..INDEFINITE) => return Ok(Some(usize::from(short))),
        Some(INDEFINITE) if constructed => return Ok(None),
        None | Some(INDEFINITE | 0xFF) => return Err(Broken),
        Some(digits) => digits - INDEFINITE,
    };
    let mut length = 0_usize;
    // BER allows more digits than are needed.
    for _ in 0..digits {
        length = length.checked_mul(0x100).ok_or(Broken)? | usize::from(octets.next().ok_or(Broken)?);
    }
    Ok(Some(length))
}

/// How long the content is that a mark ends.
pub(super) fn end_of_contents(bytes: &[u8]) -> Result<usize, Broken> {
    let mut at = 0_usize;
    let mut open = 1;
    loop {
        let rest = bytes.get(at..).ok_or(Broken)?;
        if rest.starts_with(END_MARK) {
            open -= 1;
            if open == 0 {
                return Ok(at);
            }
            at += END_MARK.len();
            continue;
        }
        let head = Head::read(rest)?;
        if head.length.is_none() {
            open += 1;
        }
        if open > MAX_OPEN {
            return Err(Broken);
        }
        at = at.checked_add(head.size).and_then(|at| at.checked_add(head.length.unwrap_or(0))).ok_or(Broken)?;
    }
}

const LONG_TAG: u8 = 0x1F;
const CONSTRUCTED: u8 = 0x20;
const INDEFINITE: u8 = 0x80;
/// How deep indefinite lengths may be nested.
const MAX_OPEN: u8 = 64;
pub(super) const END_MARK: &[u8] = &[0, 0];
