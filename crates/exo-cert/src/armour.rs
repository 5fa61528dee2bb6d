//! PEM, as files, editors and environment variables leave it.

use crate::pfx::PfxError;
use crate::{Error, asn1};
use zeroize::Zeroizing;

/// The bytes as text: UTF-8, with or without a mark, or the UTF-16 of Windows PowerShell.
pub(crate) fn text(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes)?,
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes)?,
        // A dash, or the `M` of base64, and a zero byte.
        [b'-' | b'M', 0, ..] => utf16(bytes, u16::from_le_bytes)?,
        [0xEF, 0xBB, 0xBF, rest @ ..] => std::str::from_utf8(rest).ok()?.to_owned(),
        _ => String::from_utf8(bytes.to_vec()).or_else(|_| latin1_around_pem(bytes)).ok()?,
    };
    Some(Zeroizing::new(text))
}

fn utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Option<String> {
    let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).collect::<Result<_, _>>().ok()
}

/// A friendly name in another encoding does not spoil the blocks.
fn latin1_around_pem(bytes: &[u8]) -> Result<String, ()> {
    let text: String = bytes.iter().map(|b| char::from(*b)).collect();
    if is_armoured(&text) { Ok(text) } else { Err(()) }
}

/// Whether there is a PEM block, or the beginning of one.
pub(crate) fn is_armoured(text: &str) -> bool {
    text.contains("-----BEGIN ")
}

/// The content of all blocks, whatever their labels say.
pub(crate) fn blocks(text: &str) -> Result<Vec<Zeroizing<Vec<u8>>>, Error> {
    if text.contains("BEGIN OPENSSH PRIVATE KEY") || text.contains("BEGIN PGP ") {
        return Err(Error::NotACertificate { looks_like: "an SSH or PGP key" });
    }
    // Line ends written as two characters come out of environment variables and JSON.
    let text = if text.contains('\\') {
        Zeroizing::new(Zeroizing::new(text.replace("\\r", "")).replace("\\n", "\n"))
    } else {
        Zeroizing::new(text.to_owned())
    };
    if text.contains("DEK-Info:") {
        return Err(PfxError::Unsupported { what: "the old encryption of PEM keys (DEK-Info)".into() }.into());
    }
    let damaged = Error::Malformed { what: "PEM block" };
    let Ok(blocks) = pem::parse_many(text.as_bytes()) else { return Err(damaged) };
    // A block that is cut off is passed over silently by the parser.
    if blocks.len() != text.matches("-----BEGIN ").count() {
        return Err(damaged);
    }
    Ok(blocks.into_iter().map(|block| Zeroizing::new(block.into_contents())).filter(|c| is_structure(c)).collect())
}

/// `EC PARAMETERS` and the like hold no SEQUENCE and are passed over.
fn is_structure(content: &[u8]) -> bool {
    content.first() == Some(&0x30) && asn1::Elements::new(content).any().is_ok()
}

/// The provider's name, as OpenSSL prints it among the attributes of a key.
pub(crate) fn provider(text: &str) -> Option<String> {
    text.lines().find_map(|line| Some(line.trim().strip_prefix("Microsoft CSP Name:")?.trim().to_owned()))
}
