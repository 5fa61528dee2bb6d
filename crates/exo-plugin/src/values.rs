//! The service's spellings as types: texts, sizes, truth values, lists, and what may be absent.

use exo_plugin_wire::{UNLIMITED, parse_byte_size};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

/// A text that is borrowed from its page, unless an escaped character forces a copy.
///
/// A plain `&str` field would fail at the first `\"`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text<'a>(Cow<'a, str>);

impl Text<'_> {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, to keep beyond its page.
    pub fn into_owned(self) -> String {
        self.0.into_owned()
    }
}

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(Cow::Borrowed(text))
    }
}

impl From<String> for Text<'_> {
    fn from(text: String) -> Self {
        Self(Cow::Owned(text))
    }
}

impl From<Text<'_>> for String {
    fn from(text: Text<'_>) -> Self {
        text.into_owned()
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'de>, E> {
        Ok(text.into())
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text<'de>, E> {
        Ok(text.to_owned().into())
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Text<'de>, E> {
        Ok(text.into())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(TextVisitor)
    }
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self)
    }
}

/// A size in bytes, from `49.5 GB (53,150,220,288 bytes)`, `Unlimited` or a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ByteSize(u64);

impl ByteSize {
    /// No limit; larger than every size.
    pub const UNLIMITED: Self = Self(UNLIMITED);

    /// So many bytes.
    pub const fn from_bytes(bytes: u64) -> Self {
        Self(bytes)
    }

    /// So many times 1,024³ bytes.
    pub const fn from_gb(gb: u64) -> Self {
        Self(gb.saturating_mul(1 << 30))
    }

    /// How many bytes; none without limit.
    pub const fn bytes(self) -> Option<u64> {
        if self.is_unlimited() { None } else { Some(self.0) }
    }

    /// Whether there is no limit.
    pub const fn is_unlimited(self) -> bool {
        self.0 == UNLIMITED
    }
}

/// As people write it, rounded down: `49.5 GB`.
impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_unlimited() {
            return f.write_str("unlimited");
        }
        let units = ["B", "KB", "MB", "GB", "TB", "PB", "EB"];
        let power = self.0.checked_ilog2().unwrap_or(0) / 10;
        let tenths = (u128::from(self.0) * 10) >> (10 * power);
        let unit = units.get(power as usize).copied().unwrap_or("B");
        match tenths % 10 {
            0 => write!(f, "{} {unit}", tenths / 10),
            tenth => write!(f, "{}.{tenth} {unit}", tenths / 10),
        }
    }
}

struct SizeVisitor;

impl Visitor<'_> for SizeVisitor {
    type Value = ByteSize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a size such as `49.5 GB (53,150,220,288 bytes)`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ByteSize, E> {
        parse_byte_size(text).map(ByteSize).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }

    fn visit_u64<E: Error>(self, bytes: u64) -> Result<ByteSize, E> {
        Ok(ByteSize(bytes))
    }

    fn visit_i64<E: Error>(self, bytes: i64) -> Result<ByteSize, E> {
        u64::try_from(bytes).map(ByteSize).map_err(|_| E::invalid_value(Unexpected::Signed(bytes), &self))
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(SizeVisitor)
    }
}

/// A truth value, from a Boolean or from the texts `True` and `False`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[expect(clippy::exhaustive_structs, reason = "a truth value, complete by nature")]
pub struct Flag(pub bool);

impl From<Flag> for bool {
    fn from(flag: Flag) -> Self {
        flag.0
    }
}

struct FlagVisitor;

impl Visitor<'_> for FlagVisitor {
    type Value = Flag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    fn visit_bool<E: Error>(self, truth: bool) -> Result<Flag, E> {
        Ok(Flag(truth))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Flag, E> {
        match text {
            _ if text.eq_ignore_ascii_case("true") => Ok(Flag(true)),
            _ if text.eq_ignore_ascii_case("false") => Ok(Flag(false)),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(FlagVisitor)
    }
}

/// Several texts: a list, one text, or null, which is no text.
///
/// Names of flags that stand in one text, as in `["FullAccess, ReadPermission"]`, are taken apart by [`MultiText::flags`].
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct MultiText<'a>(Vec<Text<'a>>);

impl<'a> MultiText<'a> {
    /// The texts.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(Text::as_str)
    }

    /// The texts, those with commas taken apart: for sets of flags.
    pub fn flags(&self) -> impl Iterator<Item = &str> {
        self.iter().flat_map(|text| text.split(',')).map(str::trim).filter(|flag| !flag.is_empty())
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether one of the texts is this one, in any case.
    pub fn contains(&self, text: &str) -> bool {
        self.iter().any(|t| t.eq_ignore_ascii_case(text))
    }

    /// The texts, to keep beyond their page.
    pub fn into_owned(self) -> Vec<String> {
        self.0.into_iter().map(Text::into_owned).collect()
    }

    /// The texts themselves.
    pub fn as_texts(&self) -> &[Text<'a>] {
        &self.0
    }
}

struct MultiVisitor;

impl<'de> Visitor<'de> for MultiVisitor {
    type Value = MultiText<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of texts")
    }

    fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut list: A) -> Result<MultiText<'de>, A::Error> {
        let mut texts = Vec::new();
        while let Some(text) = list.next_element()? {
            texts.push(text);
        }
        Ok(MultiText(texts))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<MultiText<'de>, E> {
        Ok(MultiText(vec![text.into()]))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<MultiText<'de>, E> {
        Ok(MultiText(vec![text.to_owned().into()]))
    }

    fn visit_unit<E: Error>(self) -> Result<MultiText<'de>, E> {
        Ok(MultiText::default())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for MultiText<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(MultiVisitor)
    }
}

/// A property that a record may lack: absent is not null.
///
/// A field of another type, `Option` included, makes a record without the property an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth case")]
pub enum Maybe<T> {
    /// The record has no such property.
    #[default]
    Absent,
    /// The property is null.
    Null,
    /// The property's value.
    Value(T),
}

impl<T> Maybe<T> {
    /// The value, if there is one.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Value(value) => Some(value),
            Self::Absent | Self::Null => None,
        }
    }

    /// The value by reference, if there is one.
    pub fn as_ref(&self) -> Maybe<&T> {
        match self {
            Self::Value(value) => Maybe::Value(value),
            Self::Absent => Maybe::Absent,
            Self::Null => Maybe::Null,
        }
    }

    /// Whether the record has no such property.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Maybe<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(from)?.map_or(Self::Null, Self::Value))
    }
}
