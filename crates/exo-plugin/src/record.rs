//! Records read straight from the service's bytes, field by field, with the name of whatever does not fit.

use serde::de::{DeserializeSeed, Deserializer as _, IgnoredAny, MapAccess, Visitor};
use std::fmt;

/// The properties that a type reads of a record; derived with [`Record`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no record of a cmdlet",
    note = "put `#[derive(Record)]` on the struct; its fields are the properties that the service is asked for"
)]
pub trait Properties {
    /// The service's names.
    const PROPERTIES: &'static [&'static str];
}

/// A type that a record can be read into; derived.
///
/// The properties are declared in the manifest, so that the host asks the service for them and no others.
/// A record that lacks one of them is an error, unless the field is a [`Maybe`](crate::Maybe) or has `#[record(default)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a record",
    note = "put `#[derive(Record)]` on the struct; a type that borrows can be read by `Page::rows` alone"
)]
pub trait Record<'de>: Properties + Sized {
    /// Reads a record.
    ///
    /// # Errors
    ///
    /// When a property is missing or of another type, or the record is no JSON object.
    fn decode(json: &'de str) -> Result<Self, RecordError>;
}

/// A record that keeps nothing borrowed.
pub trait OwnedRecord: for<'de> Record<'de> {}

impl<T: for<'de> Record<'de>> OwnedRecord for T {}

/// What does not fit in a record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordError {
    /// The property, unless the record itself is broken.
    pub field: Option<&'static str>,
    /// What is wrong with it.
    pub problem: String,
}

impl RecordError {
    /// A record that is no text.
    pub(crate) fn not_text(error: std::str::Utf8Error) -> Self {
        Self { field: None, problem: error.to_string() }
    }

    /// A property that the record lacks.
    #[cold]
    pub fn missing(field: &'static str) -> Self {
        Self { field: Some(field), problem: "the record has no such property (it is not even null)".to_owned() }
    }
}

/// The fields of a record while it is being read; made by the derive.
pub trait Fields<'de>: Default {
    /// The property of each field.
    const NAMES: &'static [&'static str];

    /// Reads the value of the field at this place.
    ///
    /// # Errors
    ///
    /// When the value is of another type.
    fn read<A: MapAccess<'de>>(&mut self, at: usize, map: &mut A) -> Result<(), A::Error>;
}

/// Reads all fields that are there.
///
/// # Errors
///
/// When one is of another type, or this is no JSON object.
pub fn fields<'de, F: Fields<'de>>(json: &'de str) -> Result<F, RecordError> {
    let mut fields = F::default();
    let mut at = None;
    let mut json = serde_json::Deserializer::from_str(json);
    let read = json.deserialize_map(Members { fields: &mut fields, at: &mut at }).and_then(|()| json.end());
    match read {
        Ok(()) => Ok(fields),
        Err(error) => {
            Err(RecordError { field: at.and_then(|at: usize| F::NAMES.get(at).copied()), problem: text(&error) })
        }
    }
}

/// What serde says, without the place: a record is one line, and its columns help nobody.
fn text(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text.get(..end).unwrap_or(&text).to_owned(),
        None => text,
    }
}

struct Members<'f, F> {
    fields: &'f mut F,
    at: &'f mut Option<usize>,
}

impl<'de, F: Fields<'de>> Visitor<'de> for Members<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record")
    }

    #[inline]
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut guess = 0;
        while let Some(found) = map.next_key_seed(Name { names: F::NAMES, guess })? {
            *self.at = found;
            match found {
                Some(at) => {
                    self.fields.read(at, &mut map)?;
                    guess = at + 1;
                }
                None => drop(map.next_value::<IgnoredAny>()?),
            }
            *self.at = None;
        }
        Ok(())
    }
}

/// Finds a name's place; most records have the properties in the order in which they were asked for.
struct Name {
    names: &'static [&'static str],
    guess: usize,
}

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Option<usize>;

    #[inline]
    fn deserialize<D: serde::Deserializer<'de>>(self, from: D) -> Result<Option<usize>, D::Error> {
        from.deserialize_identifier(self)
    }
}

impl Visitor<'_> for Name {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a property's name")
    }

    #[inline]
    fn visit_str<E>(self, name: &str) -> Result<Option<usize>, E> {
        if self.names.get(self.guess) == Some(&name) {
            return Ok(Some(self.guess));
        }
        Ok(self.names.iter().position(|known| *known == name))
    }
}
