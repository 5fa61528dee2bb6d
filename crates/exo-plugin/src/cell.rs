//! What a cell of a row may hold, and how it is written.

use crate::{ByteSize, DateTime, Flag, Maybe, MultiText, Text, TimeSpan};
use serde::Serialize;
use serde_json::Value;
use std::borrow::Cow;

/// A type that a field of a row can have.
///
/// ```
/// use exo_plugin::{Cell, Text};
/// /// A colour, as a text.
/// struct Colour(&'static str);
///
/// impl Cell for Colour {
///     const KIND: &'static str = "string";
///
///     fn write(&self, out: &mut Vec<u8>) {
///         self.0.write(out);
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a cell of a row",
    note = "cells are texts, truth values, numbers, `ByteSize`, `TimeSpan`, `DateTime`, lists of texts, JSON, and `Option` of these",
    note = "for a type of your own implement `exo_plugin::Cell` by writing one of these"
)]
pub trait Cell {
    /// The manifest's word for the type.
    const KIND: &'static str;
    /// Whether it may be null.
    const OPTIONAL: bool = false;

    /// Appends it as JSON.
    fn write(&self, out: &mut Vec<u8>);
}

/// Appends a value of serde as JSON; a value that JSON cannot hold becomes null, and the host refuses the row.
fn json<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) {
    let start = out.len();
    if serde_json::to_writer(&mut *out, value).is_err() {
        out.truncate(start);
        out.extend_from_slice(b"null");
    }
}

macro_rules! cell {
    ($($kind:literal: $($type:ty),+;)+) => { $($(
        impl Cell for $type {
            const KIND: &'static str = $kind;

            fn write(&self, out: &mut Vec<u8>) {
                json(self, out);
            }
        }
    )+)+ };
}

cell! {
    "string": String, str, Text<'_>, Cow<'_, str>;
    "bool": bool;
    "integer": u8, u16, u32, u64, i8, i16, i32, i64, usize;
    "number": f32, f64;
    "duration": TimeSpan;
    "date-time": DateTime;
    "string-list": Vec<String>, Vec<&str>, Vec<Text<'_>>, [String], [&str];
    "json": Value;
}

impl<T: Cell + ?Sized> Cell for &T {
    const KIND: &'static str = T::KIND;
    const OPTIONAL: bool = T::OPTIONAL;

    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}

impl Cell for ByteSize {
    const KIND: &'static str = "byte-size";

    fn write(&self, out: &mut Vec<u8>) {
        match self.bytes() {
            Some(bytes) => bytes.write(out),
            None => out.extend_from_slice(br#""unlimited""#),
        }
    }
}

impl Cell for Flag {
    const KIND: &'static str = "bool";

    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
    }
}

impl Cell for MultiText<'_> {
    const KIND: &'static str = "string-list";

    fn write(&self, out: &mut Vec<u8>) {
        json(self.as_texts(), out);
    }
}

impl<T: Cell> Cell for Option<T> {
    const KIND: &'static str = T::KIND;
    const OPTIONAL: bool = true;

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Some(value) => value.write(out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

/// Absent and null are both null in a row.
impl<T: Cell> Cell for Maybe<T> {
    const KIND: &'static str = T::KIND;
    const OPTIONAL: bool = true;

    fn write(&self, out: &mut Vec<u8>) {
        self.as_ref().value().write(out);
    }
}
