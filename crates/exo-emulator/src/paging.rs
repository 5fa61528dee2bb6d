//! Links to the next page: opaque, bound to a back end and a body, good for a time.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::mix::{mix, mix_text};

/// Where a run of pages goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Where the next row is, in terms of the table.
    pub(crate) offset: u64,
    /// Which page it is, from 1.
    pub(crate) page: u32,
    /// When the link was given, in milliseconds since 1970.
    pub(crate) given: i64,
}

impl Place {
    pub(crate) const START: Self = Self { offset: 0, page: 1, given: 0 };
}

/// What a link is bound to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Binding<'a> {
    pub(crate) secret: u64,
    /// The hash of cmdlet and parameters.
    pub(crate) body: u64,
    pub(crate) back_end: &'a str,
}

impl Binding<'_> {
    /// The token of a link, two letters and base64 of 32 hex digits and the back end.
    pub(crate) fn seal(&self, place: Place) -> String {
        let page = u64::from(place.page.min(0xFFFF));
        let given = place.given.unsigned_abs() & 0xFFFF_FFFF_FFFF;
        let clear = u128::from(place.offset & 0xFF_FFFF_FFFF) << 64 | u128::from(given << 16 | page);
        let check = self.check(clear);
        let sealed = (clear ^ self.veil(check)) << 24 | u128::from(check);
        format!("AD{}", STANDARD.encode(format!("{sealed:032x}{}", self.back_end)))
    }

    /// The place that a token means, if it was sealed with this binding.
    pub(crate) fn open(&self, token: &str) -> Option<Place> {
        let bytes = STANDARD.decode(token.strip_prefix("AD")?).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let (digits, back_end) = text.split_at_checked(32)?;
        let sealed = u128::from_str_radix(digits, 16).ok()?;
        let check = u64::try_from(sealed & 0xFF_FFFF).ok()?;
        let clear = (sealed >> 24) ^ self.veil(check);
        if back_end != self.back_end || self.check(clear) != check {
            return None;
        }
        let low = u64::try_from(clear & u128::from(u64::MAX)).ok()?;
        Some(Place {
            offset: u64::try_from(clear >> 64).ok()?,
            page: u32::try_from(low & 0xFFFF).ok()?,
            given: i64::try_from(low >> 16).ok()?,
        })
    }

    fn key(&self) -> u64 {
        mix(self.secret ^ self.body, mix_text(self.secret, self.back_end))
    }

    fn check(&self, clear: u128) -> u64 {
        let high = u64::try_from(clear >> 64).unwrap_or(0);
        let low = u64::try_from(clear & u128::from(u64::MAX)).unwrap_or(0);
        mix(mix(self.key(), high), low) & 0xFF_FFFF
    }

    /// What hides the numbers, 104 bits of it.
    fn veil(&self, check: u64) -> u128 {
        let key = self.key();
        u128::from(mix(key, check) & 0xFF_FFFF_FFFF) << 64 | u128::from(mix(key, check ^ 0xA5))
    }
}

/// The back end that an anchor leads to; none for an anchor that leads to another one each time.
pub(crate) fn back_end(anchor: Option<&str>, custom_domain: &str) -> Option<String> {
    let anchor = anchor.filter(|anchor| !anchor.is_empty())?.to_ascii_lowercase();
    let (_, domain) = anchor.rsplit_once('@').unwrap_or(("", ""));
    if domain == custom_domain && anchor.contains("systemmailbox") {
        return None;
    }
    let hash = mix_text(0xBE, &anchor);
    Some(format!("AM{}PR02MB{:04}", hash % 10, hash / 10 % 10_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Binding<'_> = Binding { secret: 5, body: 9, back_end: "AM0PR02MB0001" };

    #[test]
    fn a_token_opens_only_where_it_was_sealed() {
        let place = Place { offset: 64_000_123, page: 17, given: 1_795_169_472_123 };
        let token = HERE.seal(place);
        assert_eq!(HERE.open(&token), Some(place));
        assert_eq!(Binding { back_end: "AM0PR02MB0002", ..HERE }.open(&token), None);
        assert_eq!(Binding { body: 8, ..HERE }.open(&token), None);
        assert_eq!(Binding { secret: 6, ..HERE }.open(&token), None);
        for rubbish in ["", "AD", "ADxx", "ADAAAA", token.trim_start_matches("AD")] {
            assert_eq!(HERE.open(rubbish), None);
        }
    }

    #[test]
    fn a_token_does_not_show_its_offset() {
        let one = HERE.seal(Place { offset: 1000, page: 2, given: 1 });
        let two = HERE.seal(Place { offset: 2000, page: 3, given: 1 });
        let text = |token: &str| STANDARD.decode(token.strip_prefix("AD").unwrap()).unwrap();
        assert_ne!(text(&one)[..16], text(&two)[..16]);
    }

    #[test]
    fn anchors_choose_back_ends() {
        let one = back_end(Some("APP:SystemMailbox{x}@contoso.onmicrosoft.com"), "contoso.com");
        assert_eq!(one, back_end(Some("app:systemmailbox{X}@contoso.onmicrosoft.com"), "contoso.com"));
        assert_ne!(one, back_end(Some("UPN:a@contoso.com"), "contoso.com"));
        assert_eq!(back_end(Some("APP:SystemMailbox{x}@contoso.com"), "contoso.com"), None);
        assert_eq!(back_end(None, "contoso.com"), None);
    }
}
