//! DER into bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use der::asn1::ObjectIdentifier;
use zeroize::Zeroizing;

/// Encoded bytes, wiped on drop, since a private key may be among them.
pub(crate) type Encoded = Zeroizing<Vec<u8>>;

/// Writes one element whose content is these parts in a row.
pub(crate) fn encode(tag: u8, parts: &[&[u8]]) -> Encoded {
    let length = parts.iter().map(|p| p.len()).sum::<usize>();
    let mut out = Zeroizing::new(Vec::with_capacity(length + 10));
    out.push(tag);
    if length < 0x80 {
        out.extend(u8::try_from(length));
    } else {
        let digits = length.to_be_bytes();
        let digits: Vec<u8> = digits.iter().copied().skip_while(|d| *d == 0).collect();
        out.extend(u8::try_from(digits.len()).map(|n| 0x80 | n));
        out.extend_from_slice(&digits);
    }
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

pub(crate) fn sequence(parts: &[&[u8]]) -> Encoded {
    encode(0x30, parts)
}

pub(crate) fn octet_string(bytes: &[u8]) -> Encoded {
    encode(0x04, &[bytes])
}

pub(crate) fn oid(oid: ObjectIdentifier) -> Encoded {
    encode(0x06, &[oid.as_bytes()])
}

/// A non-negative integer, from its digits.
pub(crate) fn unsigned(digits: &[u8]) -> Encoded {
    let first = digits.iter().position(|d| *d != 0).unwrap_or(digits.len());
    match digits.get(first..) {
        None | Some([]) => encode(0x02, &[&[0]]),
        Some(digits @ [0x80..=0xFF, ..]) => encode(0x02, &[&[0], digits]),
        Some(digits) => encode(0x02, &[digits]),
    }
}

pub(crate) fn small_unsigned(value: u32) -> Encoded {
    unsigned(&value.to_be_bytes())
}

/// A text as `BMPString`.
pub(crate) fn bmp_string(text: &str) -> Encoded {
    let octets: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    encode(0x1E, &[&octets])
}

/// PEM with lines of 64 characters.
pub(crate) fn armour(label: &str, der: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(vec![0; der.len().div_ceil(3) * 4]);
    // The buffer has exactly the size that the encoding takes.
    let length = STANDARD.encode_slice(der, &mut text).unwrap_or(0);
    let mut pem = Zeroizing::new(Vec::with_capacity(length + length / 32 + 2 * label.len() + 40));
    pem.extend_from_slice(format!("-----BEGIN {label}-----\n").as_bytes());
    for line in text.chunks(64) {
        pem.extend_from_slice(line);
        pem.push(b'\n');
    }
    pem.extend_from_slice(format!("-----END {label}-----\n").as_bytes());
    pem
}

pub(crate) const NULL: &[u8] = &[0x05, 0x00];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_numbers_are_the_shortest() {
        assert_eq!(octet_string(&[9; 0x7F])[..2], [0x04, 0x7F]);
        assert_eq!(octet_string(&[9; 0x80])[..3], [0x04, 0x81, 0x80]);
        assert_eq!(octet_string(&[9; 0x180])[..4], [0x04, 0x82, 0x01, 0x80]);
        assert_eq!(**small_unsigned(0), [0x02, 0x01, 0x00]);
        assert_eq!(**small_unsigned(0x80), [0x02, 0x02, 0x00, 0x80]);
        assert_eq!(**unsigned(&[0, 0, 0x7F]), [0x02, 0x01, 0x7F]);
        assert_eq!(**bmp_string("A€"), [0x1E, 0x04, 0x00, 0x41, 0x20, 0xAC]);
    }
}
