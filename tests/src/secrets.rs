//! Secrets that are known, and the search for any piece of them in any form.

use crate::{Ended, World, data};
use std::collections::HashMap;

/// What must not be seen, and where it was asked for.
#[derive(Debug, Clone)]
pub struct Secrets {
    /// Pieces of [`PIECE`] bytes, and what they are of.
    pieces: HashMap<Vec<u8>, usize>,
    /// What is shorter than a piece.
    words: Vec<(Vec<u8>, usize)>,
    names: Vec<String>,
    /// Places whose content is what was asked for: `stdout`, a file, a folder with its slash.
    asked_for: Vec<String>,
}

#[expect(clippy::panic, reason = "these are assertions")]
impl Secrets {
    /// What no program may ever say: how tokens, assertions and keys begin, and the private key of `tests/data`.
    pub fn known() -> Self {
        let mut secrets = Self { pieces: HashMap::new(), words: Vec::new(), names: Vec::new(), asked_for: Vec::new() };
        for word in ["client_assertion=", "Bearer e", "bearer e", "PRIVATE KEY-----"] {
            secrets.word(&format!("`{word}`"), word.as_bytes());
        }
        secrets.names.push(JWT.to_owned());
        let traces = String::from_utf8(data("traces.txt")).unwrap_or_default();
        assert!(traces.lines().count() >= 36, "the traces of the key");
        for trace in traces.lines() {
            secrets.word("a piece of the private key", trace.as_bytes());
        }
        secrets.with("the password of the certificate", MARKED)
    }

    /// One more: as it is, in hexadecimal, as a list of numbers, and in base64 wherever the encoding began.
    #[must_use]
    pub fn with(mut self, name: &str, secret: impl AsRef<[u8]>) -> Self {
        self.add(name, secret);
        self
    }

    /// One more, in each of its forms.
    pub fn add(&mut self, name: &str, secret: impl AsRef<[u8]>) {
        let secret = secret.as_ref();
        assert!(secret.len() >= 8, "{name}: anything shorter is found by chance");
        let number = self.names.len();
        self.names.push(name.to_owned());
        for form in forms(secret) {
            if form.len() < PIECE {
                self.words.push((form, number));
                continue;
            }
            self.pieces.extend(form.windows(PIECE).map(|piece| (piece.to_owned(), number)));
        }
    }

    /// What is found there was asked for.
    #[must_use]
    pub fn except(mut self, place: &str) -> Self {
        self.asked_for.push(place.to_owned());
        self
    }

    /// The first of them that is there, also where a table has broken its lines.
    pub fn found_in(&self, bytes: &[u8]) -> Option<&str> {
        let unbroken: Vec<u8> = bytes.iter().copied().filter(|byte| !b" \t\r\n|".contains(byte)).collect();
        let number = self.first_in(bytes).or_else(|| self.first_in(&unbroken))?;
        self.names.get(number).map(String::as_str)
    }

    /// Nothing of it is in what the program said, or in what it wrote.
    pub fn are_not_shown(&self, world: &World, ended: &Ended, what: &str) {
        let mut places = vec![
            ("stdout".to_owned(), ended.stdout.clone().into()),
            ("stderr".to_owned(), ended.stderr.clone().into()),
        ];
        for name in world.written() {
            let bytes = std::fs::read(world.path(&name)).unwrap_or_default();
            places.push((name, bytes));
        }
        for (place, bytes) in places.iter().filter(|(place, _)| !self.was_asked_for(place)) {
            if let Some(secret) = self.found_in(bytes) {
                panic!("{what}: {secret} is in {place}:\n{}", String::from_utf8_lossy(bytes));
            }
        }
    }

    fn was_asked_for(&self, place: &str) -> bool {
        self.asked_for.iter().any(|asked| place == asked || (asked.ends_with('/') && place.starts_with(asked)))
    }

    fn word(&mut self, name: &str, word: &[u8]) {
        self.words.push((word.to_owned(), self.names.len()));
        self.names.push(name.to_owned());
    }

    fn first_in(&self, bytes: &[u8]) -> Option<usize> {
        if let (true, Some(number)) = (holds_jwt(bytes), self.names.iter().position(|name| name == JWT)) {
            return Some(number);
        }
        let piece = bytes.windows(PIECE).find_map(|piece| self.pieces.get(piece));
        let word = || self.words.iter().find(|(word, _)| contains(bytes, word)).map(|(_, number)| number);
        piece.or_else(word).copied()
    }
}

/// The password of `tests/data/marked.pfx`.
pub const MARKED: &str = "Marked-Password-4711";

/// So many characters of a secret are enough to recognise it.
const PIECE: usize = 24;

/// The forms in which a program could let a secret out.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let hex: String = secret.iter().flat_map(|byte| [byte >> 4, byte & 15]).map(digit).collect();
    let numbers = secret.iter().map(u8::to_string).collect::<Vec<_>>().join(",");
    let escaped: Vec<u8> = secret.escape_ascii().collect();
    let mut forms =
        vec![secret.to_owned(), hex.clone().into(), hex.to_ascii_uppercase().into(), numbers.into(), escaped];
    for skipped in 0..3 {
        let rest = secret.get(skipped..).unwrap_or_default();
        let whole = rest.get(..rest.len() - rest.len() % 3).unwrap_or_default();
        forms.push(base64(whole, *b"+/"));
        forms.push(base64(whole, *b"-_"));
    }
    forms
}

fn digit(value: u8) -> char {
    char::from_digit(value.into(), 16).unwrap_or_default()
}

/// Base64 for addresses of whole groups of three bytes, as in tokens.
pub fn base64url(bytes: &[u8]) -> String {
    assert_eq!(bytes.len() % 3, 0, "whole groups");
    base64(bytes, *b"-_").into_iter().map(char::from).collect()
}

/// Base64 of whole groups of three bytes.
fn base64(bytes: &[u8], last: [u8; 2]) -> Vec<u8> {
    let digit = |group: u32, shift: u32| {
        let value = u8::try_from(group >> shift & 63).unwrap_or_default();
        match value {
            0..=25 => b'A' + value,
            26..=51 => b'a' + value - 26,
            52..=61 => b'0' + value - 52,
            62 => last[0],
            _ => last[1],
        }
    };
    let groups = bytes.chunks(3).map(|three| three.iter().fold(0, |sum: u32, byte| sum << 8 | u32::from(*byte)));
    groups.flat_map(|group| [18, 12, 6, 0].map(|shift| digit(group, shift))).collect()
}

/// Whether a JSON object in base64 begins there, as each part of a JWT does; `eyJ` alone is said to explain it.
fn holds_jwt(bytes: &[u8]) -> bool {
    let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_+/".contains(byte);
    bytes.windows(5).any(|window| window.starts_with(b"eyJ") && window.iter().all(goes_on))
}

const JWT: &str = "the beginning of a JWT";

fn contains(bytes: &[u8], word: &[u8]) -> bool {
    // Texts are searched faster as texts; what is none is searched piece by piece.
    match (std::str::from_utf8(bytes), std::str::from_utf8(word)) {
        (Ok(text), Ok(word)) => text.contains(word),
        _ => bytes.windows(word.len()).any(|window| window == word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_piece_is_found_in_any_form() {
        let secret = "a-token-of-which-nobody-may-see-more-than-a-word";
        let secrets = Secrets::known().with("the token", secret);
        let piece = &secret.as_bytes()[5..40];
        let broken = secret.chars().skip(3).take(27).flat_map(|c| [c, '\n', ' ']).collect::<String>();
        let shown = [
            secret.chars().skip(8).take(24).collect(),
            broken,
            format!("{piece:?}"),
            format!("{piece:#?}"),
            piece.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}")),
            piece.iter().fold(String::new(), |text, byte| text + &format!("{byte:02X}")),
            String::from_utf8(base64(&piece[..33], *b"+/")).unwrap(),
            String::from_utf8(base64(&piece[1..34], *b"+/")).unwrap(),
            String::from_utf8(base64(&piece[2..35], *b"-_")).unwrap(),
        ];
        for text in shown {
            let text = format!("before {text} after");
            assert_eq!(secrets.found_in(text.as_bytes()), Some("the token"), "{text}");
        }
        assert_eq!(secrets.found_in(&[b"\xff\xfe".as_slice(), secret.as_bytes()].concat()), Some("the token"));
        assert_eq!(secrets.found_in(b"a token of which nobody may see more than a word"), None);
        assert_eq!(secrets.found_in(b"a-token-of-which-nobody-"), Some("the token"));
        assert_eq!(secrets.found_in(b"a-token-of-which-nobody"), None);
    }

    #[test]
    fn base64_is_that_of_everybody() {
        assert_eq!(base64(b"any carnal pleas", *b"+/")[..20], *b"YW55IGNhcm5hbCBwbGVh");
        assert_eq!(base64(&[0xff, 0xff, 0xfe], *b"+/"), b"///+");
        assert_eq!(base64(&[0xff, 0xff, 0xfe], *b"-_"), b"___-");
    }
}
