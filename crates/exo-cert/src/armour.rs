//! PEM, as files, editors and environment variables leave it.

use crate::{Error, pfx};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// The bytes as text: UTF-8, with or without a mark, or the UTF-16 of Windows PowerShell.
pub(crate) fn text(bytes: &[u8]) -> Option<Zeroizing<String>> {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        // A dash, or the `M` of base64, and a zero byte.
        [b'-' | b'M', 0, ..] => utf16(bytes, u16::from_le_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        _ => utf8(bytes).or_else(|| ascii_around_pem(bytes)),
    }
}

fn utf8(bytes: &[u8]) -> Option<Zeroizing<String>> {
    std::str::from_utf8(bytes).ok().map(|text| Zeroizing::new(text.to_owned()))
}

fn utf16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Option<Zeroizing<String>> {
    let units = || bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
    // Of the right size from the beginning, so that no copy is left behind by growing.
    let length = char::decode_utf16(units()).map(|c| c.map_or(0, char::len_utf8)).sum();
    let mut text = Zeroizing::new(String::with_capacity(length));
    for c in char::decode_utf16(units()) {
        text.push(c.ok()?);
    }
    Some(text)
}

/// A friendly name in another encoding does not spoil the blocks.
fn ascii_around_pem(bytes: &[u8]) -> Option<Zeroizing<String>> {
    let ascii = bytes.iter().map(|b| if b.is_ascii() { *b } else { b'?' }).collect();
    let text = Zeroizing::new(String::from_utf8(ascii).ok()?);
    is_armoured(&text).then_some(text)
}

/// Whether there is a PEM block, or the beginning of one.
pub(crate) fn is_armoured(text: &str) -> bool {
    text.contains(BEGIN)
}

/// Whether a text has what is left of a PEM block whose dashes an editor or a mail changed.
pub(crate) fn was_armoured(text: &str) -> bool {
    ["BEGIN CERTIFICATE", "BEGIN PRIVATE KEY", "BEGIN RSA PRIVATE KEY", "BEGIN ENCRYPTED PRIVATE KEY"]
        .iter()
        .any(|mark| text.contains(mark))
}

/// A block: what it holds, and how it is encrypted if that is said in the old way.
pub(crate) struct Block {
    pub(crate) content: Zeroizing<Vec<u8>>,
    /// Such as `AES-256-CBC,0123…`.
    pub(crate) dek_info: Option<String>,
}

/// All blocks, whatever their labels say.
pub(crate) fn blocks(text: &str) -> Result<Vec<Block>, Error> {
    let plain = unescaped(text);
    let mut blocks = Vec::new();
    let mut passed_over = 0;
    let mut rest = plain.as_ref().map_or(text, |plain| plain.as_str());
    while let Some((before, _)) = rest.split_once(BEGIN) {
        let (_, from) = rest.split_at_checked(before.len()).ok_or(DAMAGED)?;
        let (armoured, after) = split_block(from).ok_or(DAMAGED)?;
        pfx::at_most(blocks.len() + passed_over + 1, MAX_BLOCKS, "PEM blocks")?;
        match block(armoured)? {
            Some(block) => blocks.push(block),
            None => passed_over += 1,
        }
        rest = after;
    }
    if blocks.is_empty() && passed_over == 0 { Err(DAMAGED) } else { Ok(blocks) }
}

/// Line ends written as two characters come out of environment variables and JSON, sometimes twice over.
fn unescaped(text: &str) -> Option<Zeroizing<String>> {
    if !text.contains('\\') {
        return None;
    }
    let mut plain = Zeroizing::new(String::with_capacity(text.len()));
    for (index, piece) in text.split('\\').enumerate() {
        let end = if index == 0 { None } else { piece.split_at_checked(1) };
        match end {
            Some(("n", rest)) => plain.extend(["\n", rest]),
            Some(("r", rest)) => plain.extend(["\r", rest]),
            _ => plain.push_str(piece),
        }
    }
    Some(plain)
}

/// The first block of a text that begins with one, and what follows, which may begin without a line end.
fn split_block(text: &str) -> Option<(&str, &str)> {
    let end = text.find(END)?;
    let label = end.checked_add(END.len())?;
    let (_, tail) = text.split_at_checked(label)?;
    let length = label + tail.find(DASHES)? + DASHES.len();
    let (armoured, after) = text.split_at_checked(length)?;
    // A second beginning before the end: the first block is cut off.
    if armoured.matches(BEGIN).count() == 1 { Some((armoured, after)) } else { None }
}

/// Nothing for `EC PARAMETERS` and the like, which hold neither a key nor a certificate.
fn block(armoured: &str) -> Result<Option<Block>, Error> {
    if let Some((before, after)) = armoured.split_once("DEK-Info:") {
        return Ok(Some(old_block(before, after).ok_or(DAMAGED)?));
    }
    let block = pem::parse(armoured).map_err(|_| DAMAGED)?;
    if block.tag().contains("PARAMETERS") {
        return Ok(None);
    }
    let content = Zeroizing::new(block.into_contents());
    if content.is_empty() { Err(DAMAGED) } else { Ok(Some(Block { content, dek_info: None })) }
}

/// A block with headers, whose line ends may have become blanks.
fn old_block(before: &str, after: &str) -> Option<Block> {
    if !before.contains("Proc-Type:") {
        return None;
    }
    let after = after.trim_start();
    let (dek_info, after) = after.split_once(char::is_whitespace)?;
    let (body, _) = after.split_once(END)?;
    let mut compact = Zeroizing::new(String::with_capacity(body.len()));
    compact.extend(body.chars().filter(|c| !c.is_whitespace()));
    let content = STANDARD.decode(compact.as_bytes()).ok().map(Zeroizing::new)?;
    Some(Block { content, dek_info: Some(dek_info.to_owned()) })
}

/// The provider's name, as OpenSSL prints it among the attributes of a key.
pub(crate) fn provider(text: &str) -> Option<String> {
    text.lines().find_map(|line| Some(line.trim().strip_prefix("Microsoft CSP Name:")?.trim().to_owned()))
}

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";
pub(crate) const DAMAGED: Error = Error::Malformed { what: "PEM block" };
// More than a bundle of all public authorities has.
const MAX_BLOCKS: usize = 1_000;
