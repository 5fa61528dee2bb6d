//! Words of a service that may be shown, without what looks like a token.

/// The text with `***` in place of every token: a server may repeat what it was sent.
///
/// A token is a word that holds the beginning of a JWT, or a long one after `Bearer` or `Basic`.
///
/// ```
/// let said = "the token eyJhbGciOiJub25lIn0.e30. is not accepted";
/// assert_eq!(exo_model::without_tokens(said), "the token *** is not accepted");
/// ```
pub fn without_tokens(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut follows_scheme = false;
    for piece in text.split_inclusive(|c: char| !is_part(c)) {
        let word = piece.trim_end_matches(|c: char| !is_part(c));
        let is_jwt = word.len() > BEGINNING && word.contains("eyJ");
        let is_token = is_jwt || (follows_scheme && word.len() > LONG);
        shown.push_str(if is_token { "***" } else { word });
        shown.push_str(piece.get(word.len()..).unwrap_or_default());
        if !word.is_empty() {
            follows_scheme = ["bearer", "basic"].iter().any(|scheme| word.eq_ignore_ascii_case(scheme));
        }
    }
    shown
}

/// What tokens are made of, in each form of base64.
fn is_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_.+/=~".contains(c)
}

/// As much of a JWT says nothing yet.
const BEGINNING: usize = 16;

/// Longer than any word of a language that stands there.
const LONG: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_masked_and_words_are_not() {
        let jwt = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJtYXJrZWQiOiJtYXJrZWQifQ.bWFya2VkLXNpZ25hdHVyZQ";
        let opaque = "EwBwA8l6BAAUO9chh8cJscQLmU4LSWpbnr0vmwwAAQ==";
        for (text, shown) in [
            (format!("JWT {jwt} is malformed"), "JWT *** is malformed".to_owned()),
            (format!("\"Authorization\":\"Bearer {jwt}\""), "\"Authorization\":\"Bearer ***\"".to_owned()),
            (format!("authorization:  bearer  {opaque}, x"), "authorization:  bearer  ***, x".to_owned()),
            (format!("Basic {opaque}"), "Basic ***".to_owned()),
            (format!("a={jwt}&b=c"), "***&b=c".to_owned()),
            (format!("ä{jwt}ä"), "ä***ä".to_owned()),
        ] {
            assert_eq!(without_tokens(&text), shown);
        }
        for text in
            ["", " ", "Bearer error=\"invalid_token\"", "begins with `eyJ`", opaque, "Basic authentication", "ä ö"]
        {
            assert_eq!(without_tokens(text), text);
        }
    }

    #[test]
    fn no_token_is_left_wherever_it_stands() {
        let jwt = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9";
        for around in [" ", "\"", "\u{0}", "ä", "&", "%20", "<b>", "|", "\u{feff}", "/", "=", "a."] {
            let text = without_tokens(&format!("{around}{jwt}{around}"));
            assert!(!text.contains("eyJ0eXAi") && text.contains("***"), "{text}");
        }
    }
}
