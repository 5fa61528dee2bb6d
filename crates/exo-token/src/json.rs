//! JSON that comes from elsewhere: never more of it than is sensible.

use serde_json::{Map, Value};

/// The members of an answer, or what is wrong with it.
///
/// The text of a parser's error can repeat what it read, so it is not kept.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, &'static str> {
    if body.len() > LARGEST {
        return Err("it is longer than any answer of its kind");
    }
    serde_json::from_slice(body).map_err(|_| "it is not a JSON object")
}

/// Answers of token services, identities and key vaults are some kilobytes long. What is taken apart can need thirty
/// times the memory of its text, so that a limit on the text alone would be none.
pub(crate) const LARGEST: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_longer_than_the_limit_is_not_taken_apart() {
        let of = |length: usize| format!("{{\"a\":\"{}\"}}", "b".repeat(length - 8)).into_bytes();
        assert_eq!(of(LARGEST).len(), LARGEST);
        assert!(object(&of(LARGEST)).is_ok());
        assert_eq!(object(&of(LARGEST + 1)), Err("it is longer than any answer of its kind"));
        assert_eq!(object(b"[]"), Err("it is not a JSON object"));
    }
}
