//! Log lines of a plugin: so many a second, so long, and without control characters.

use crate::lock;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Lets lines pass up to a rate, and makes them fit to be shown.
#[derive(Debug)]
pub(crate) struct LogFilter {
    a_second: u32,
    longest: usize,
    window: Mutex<Window>,
}

#[derive(Debug)]
struct Window {
    began: Instant,
    passed: u32,
    dropped: u64,
}

impl LogFilter {
    pub(crate) fn new(a_second: u32, longest: usize) -> Self {
        let window = Window { began: Instant::now(), passed: 0, dropped: 0 };
        Self { a_second, longest, window: Mutex::new(window) }
    }

    /// The line as it may be shown, unless there were too many.
    pub(crate) fn pass(&self, line: &str) -> Option<String> {
        self.admit(Instant::now()).then(|| plain(line, self.longest))
    }

    /// How many lines did not pass.
    pub(crate) fn dropped(&self) -> u64 {
        lock(&self.window).dropped
    }

    fn admit(&self, now: Instant) -> bool {
        let mut window = lock(&self.window);
        if now.saturating_duration_since(window.began) >= Duration::from_secs(1) {
            window.began = now;
            window.passed = 0;
        }
        let room = window.passed < self.a_second;
        if room {
            window.passed += 1;
        } else {
            window.dropped += 1;
        }
        room
    }
}

/// A text of so many bytes at most, in which tabs and line ends are spaces and other control characters are gone.
///
/// What has the form of a token is masked: a service may repeat the one that it was sent, and a plugin what it was given.
pub(crate) fn plain(text: &str, longest: usize) -> String {
    // A plugin decides how long its text is; nothing is done with what is not shown.
    let seen = text.get(..text.floor_char_boundary(longest.saturating_mul(2))).unwrap_or_default();
    let text = exo_model::without_tokens(seen);
    let mut plain = String::with_capacity(text.len().min(longest));
    for c in text.trim_end().chars() {
        let c = if matches!(c, '\t' | '\n' | '\r') { ' ' } else { c };
        if plain.len() + c.len_utf8() > longest {
            plain.push('…');
            break;
        }
        if !c.is_control() && !is_direction(c) {
            plain.push(c);
        }
    }
    plain
}

/// Marks that turn the direction of text, with which a line can be made to read as another.
fn is_direction(c: char) -> bool {
    matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_the_form_of_a_token_does_not_pass() {
        let token = format!("eyJ{}.{}.{}", "a".repeat(40), "b".repeat(40), "c".repeat(40));
        let line = plain(&format!("unknown value `{token}`"), 50);
        assert!(!line.contains("aaaa") && line.contains("***"), "{line}");
    }

    #[test]
    fn control_characters_do_not_pass() {
        assert_eq!(plain("a\x1b[31mred\u{9b}\tb\u{202e}\n", 99), "a[31mred b");
        assert_eq!(plain("äöü", 4), "äö…");
    }

    #[test]
    fn lines_above_the_rate_are_counted_and_dropped() {
        let filter = LogFilter::new(2, 10);
        let now = Instant::now();
        let passed: Vec<_> = (0..4).map(|_| filter.admit(now)).collect();
        assert_eq!(passed, [true, true, false, false]);
        assert_eq!(filter.dropped(), 2);
        assert!(filter.admit(now + Duration::from_secs(1)));
    }
}
