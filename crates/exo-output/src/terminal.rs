//! Text on a terminal: made harmless, measured, cut.

use std::borrow::Cow;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Shows control characters instead of sending them: data must not move the cursor, colour or reorder the line.
pub(crate) fn neutral(text: Cow<'_, str>) -> Cow<'_, str> {
    if text.chars().any(is_active) { text.chars().map(shown).collect::<String>().into() } else { text }
}

/// How many columns a text takes.
pub(crate) fn width(text: &str) -> usize {
    if text.is_ascii() { text.len() } else { text.width() }
}

/// Cuts a text to so many columns; `…` stands for what is missing.
pub(crate) fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut short = String::new();
    let mut taken = 0;
    for c in text.chars() {
        let wide = c.width().unwrap_or(0);
        if taken + wide + 1 > columns {
            break;
        }
        taken += wide;
        short.push(c);
    }
    short.push('…');
    Cow::Owned(short)
}

/// Control characters, line and paragraph ends, and marks that change the direction of what follows.
fn is_active(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Unicode has pictures of the first 32 control characters.
fn shown(c: char) -> char {
    match c {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        _ if is_active(c) => '\u{fffd}',
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_active_reaches_the_terminal() {
        assert_eq!(neutral("\u{1b}[31mred\r\n".into()), "␛[31mred␍␊");
        assert_eq!(neutral("a\u{202e}b\u{9b}c\u{7f}".into()), "a\u{fffd}b\u{fffd}c␡");
        assert!(matches!(neutral("Zoë 🙂".into()), Cow::Borrowed(_)));
    }

    #[test]
    fn texts_are_cut_by_columns_not_by_characters() {
        assert_eq!(cut("abcdef", 4), "abc…");
        assert_eq!(cut("abcd", 4), "abcd");
        assert_eq!(cut("日本語", 4), "日…");
        assert_eq!(width(&cut("日本語", 4)), 3);
    }
}
