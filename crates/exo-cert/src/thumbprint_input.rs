//! What people type and paste where a thumbprint is asked for.

use crate::Thumbprint;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use exo_model::{Diagnose, ErrorKind};
use std::borrow::Cow;
use std::str::FromStr;

/// Why a text is not a thumbprint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ThumbprintError {
    /// There is nothing.
    #[error("the thumbprint is empty")]
    Empty,

    /// Hexadecimal digits, but neither forty nor sixty-four.
    #[error("`{text}` has {digits} hexadecimal digits; a thumbprint has 40, or 64 if it is of SHA-256")]
    #[non_exhaustive]
    Length {
        /// What was given.
        text: String,
        /// How many digits it has.
        digits: usize,
    },

    /// An MD5 hash, a serial number, a key id or an app id.
    #[error("`{text}` is not a thumbprint; it may be an app id, a key id, a serial number or an MD5 hash")]
    #[non_exhaustive]
    OtherId {
        /// What was given.
        text: String,
    },

    /// A SHA-256 thumbprint.
    #[error("`{text}` is a SHA-256 thumbprint; give the SHA-1 one, which has 40 digits")]
    #[non_exhaustive]
    Sha256 {
        /// What was given.
        text: String,
    },

    /// An example out of a documentation page.
    #[error("`{text}` is an example from the documentation")]
    #[non_exhaustive]
    Placeholder {
        /// What was given.
        text: String,
    },

    /// Something else.
    #[error("`{text}` is not a thumbprint, which has 40 hexadecimal digits")]
    #[non_exhaustive]
    NotHex {
        /// What was given.
        text: String,
    },
}

impl Diagnose for ThumbprintError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Certificate
    }

    fn hint(&self) -> Option<Cow<'static, str>> {
        let hint = match self {
            Self::Length { .. } => "a digit was lost or doubled; copy it again",
            _ => "`exoctl cert show FILE` prints a certificate's thumbprint; the app registration lists those it knows",
        };
        Some(hint.into())
    }
}

impl FromStr for Thumbprint {
    type Err = ThumbprintError;

    fn from_str(pasted: &str) -> Result<Self, ThumbprintError> {
        let text: String = pasted.chars().filter(|c| !is_mark(*c)).collect();
        let text = text.trim().trim_matches(['"', '\'']);
        let shown = || text.chars().take(100).flat_map(char::escape_debug).collect::<String>();
        if text.is_empty() {
            return Err(ThumbprintError::Empty);
        }
        if is_placeholder(text) {
            return Err(ThumbprintError::Placeholder { text: shown() });
        }
        // Base64 is case-sensitive and must be seen before hyphens are taken out.
        if let Some(thumbprint) = from_base64(text) {
            return Ok(thumbprint);
        }
        let digits: String = without_prefix(text).chars().filter(|c| !is_separator(*c)).collect();
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ThumbprintError::NotHex { text: shown() });
        }
        match digits.len() {
            40 => from_hex(&digits).ok_or_else(|| ThumbprintError::NotHex { text: shown() }),
            32 => Err(ThumbprintError::OtherId { text: shown() }),
            64 => Err(ThumbprintError::Sha256 { text: shown() }),
            digits => Err(ThumbprintError::Length { text: shown(), digits }),
        }
    }
}

/// Marks that come along with a copy, first of all the one of Windows' certificate dialog.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, ':' | '-')
}

/// Takes off `sha1:`, `SHA1 Fingerprint=`, `0x`, `cert:\CurrentUser\My\`, and the `?` that an ANSI file makes of a mark.
fn without_prefix(text: &str) -> &str {
    let text = text.rsplit(['\\', '/', '=']).next().unwrap_or(text);
    let text = text.strip_prefix('?').unwrap_or(text).trim_start();
    for prefix in ["sha1:", "sha-1:", "sha1 ", "0x"] {
        match (text.get(..prefix.len()), text.get(prefix.len()..)) {
            (Some(head), Some(rest)) if head.eq_ignore_ascii_case(prefix) => return rest,
            _ => {}
        }
    }
    text
}

fn is_placeholder(text: &str) -> bool {
    PLACEHOLDERS.iter().any(|p| p.eq_ignore_ascii_case(text)) || (text.starts_with('<') && text.ends_with('>'))
}

/// The `x5t` of a token's header, or the `customKeyIdentifier` of an app's manifest.
fn from_base64(text: &str) -> Option<Thumbprint> {
    let text = text.strip_suffix('=').unwrap_or(text);
    if text.len() != 27 {
        return None;
    }
    let text = text.replace('+', "-").replace('/', "_");
    URL_SAFE_NO_PAD.decode(text).ok()?.try_into().ok().map(Thumbprint::new)
}

fn from_hex(digits: &str) -> Option<Thumbprint> {
    let mut bytes = [0; 20];
    for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().as_chunks::<2>().0) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(Thumbprint::new(bytes))
}

/// Out of Microsoft's articles.
const PLACEHOLDERS: &[&str] =
    &["012THISISADEMOTHUMBPRINT", "A1B2C3D4E5F6...", "AA11BB22CC33DD44EE55FF66AA77BB88CC99DD00"];

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "84E05C1D98BCE3A5421D225B140B36E86A3D5534";

    #[test]
    fn what_people_paste_is_understood() {
        for pasted in [
            HEX,
            "84e05c1d98bce3a5421d225b140b36e86a3d5534",
            "84:E0:5C:1D:98:BC:E3:A5:42:1D:22:5B:14:0B:36:E8:6A:3D:55:34",
            "84-E0-5C-1D-98-BC-E3-A5-42-1D-22-5B-14-0B-36-E8-6A-3D-55-34",
            "\u{200E}84 e0 5c 1d 98 bc e3 a5 42 1d 22 5b 14 0b 36 e8 6a 3d 55 34\r\n",
            "?84E05C1D98BCE3A5421D225B140B36E86A3D5534",
            "\u{FEFF}84E05C1D98BCE3A5\u{A0}421D225B140B36E86A3D5534\u{202C}",
            "SHA1 Fingerprint=84:E0:5C:1D:98:BC:E3:A5:42:1D:22:5B:14:0B:36:E8:6A:3D:55:34",
            "sha1 Fingerprint = 84E05C1D98BCE3A5421D225B140B36E86A3D5534",
            "sha1:84E05C1D98BCE3A5421D225B140B36E86A3D5534",
            "0x84E05C1D98BCE3A5421D225B140B36E86A3D5534",
            "\"84E05C1D98BCE3A5421D225B140B36E86A3D5534\"",
            r"cert:\CurrentUser\My\84E05C1D98BCE3A5421D225B140B36E86A3D5534",
            "hOBcHZi846VCHSJbFAs26Go9VTQ",
            "hOBcHZi846VCHSJbFAs26Go9VTQ=",
        ] {
            assert_eq!(pasted.parse::<Thumbprint>().map(|t| t.to_string()).as_deref(), Ok(HEX), "{pasted}");
        }
    }

    #[test]
    fn what_is_no_thumbprint_is_told_by_what_it_is() {
        use ThumbprintError as E;
        let error = |text: &str| text.parse::<Thumbprint>().unwrap_err();
        let text = |t: &str| t.to_owned();
        assert_eq!(error(" \u{200E} "), E::Empty);
        let short = HEX.strip_prefix('8').unwrap();
        assert_eq!(error(short), E::Length { text: text(short), digits: 39 });
        assert!(matches!(error("012THISISADEMOTHUMBPRINT"), E::Placeholder { .. }));
        assert!(matches!(error("AA11BB22CC33DD44EE55FF66AA77BB88CC99DD00"), E::Placeholder { .. }));
        assert!(matches!(error("<thumbprint>"), E::Placeholder { .. }));
        assert!(matches!(error("36ee4c6c-0812-40a2-b820-b22ebd02bce3"), E::OtherId { .. }));
        assert!(matches!(error(&"AB".repeat(32)), E::Sha256 { .. }));
        assert!(matches!(error("contoso"), E::NotHex { .. }));
        assert!(matches!(error("ключ"), E::NotHex { .. }));
    }
}
