//! What an author implements: a report, its arguments, its rows.

use crate::declare::{ColumnDecl, ParamDecl, ReadDecl, ReportDecl};
use crate::{ByteSize, Cx, Result, Rows};
use async_trait::async_trait;
use exo_plugin_wire::{DateTime, TimeSpan};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// A question about a tenant. `#[report(…)]` on the type declares what it reads, `export!` makes it runnable.
///
/// The future runs on one thread and need not be `Send`; it is dropped when the run is cancelled.
#[async_trait(?Send)]
pub trait Report: Declared {
    /// What a user may set; `()` for nothing.
    type Args: Args;
    /// What a row holds; [`Finding`](crate::Finding) makes the report a check.
    type Row: Row;

    /// Reads, and pushes rows.
    ///
    /// # Errors
    ///
    /// Whatever keeps the report from going on; rows that were pushed before make it no less failed.
    async fn run(&self, cx: &Cx, args: Self::Args, out: &mut Rows<Self::Row>) -> Result<()>;
}

/// What `#[report(…)]` writes down about a report.
#[diagnostic::on_unimplemented(
    message = "`{Self}` declares nothing",
    note = "put `#[report(reads(\"Get-Mailbox\": Mailbox))]` on the struct"
)]
pub trait Declared {
    /// Its name, in kebab-case.
    const NAME: &'static str;
    /// What it tells, in one line.
    const ABOUT: &'static str;
    /// Whether it may write.
    const WRITES: bool;
    /// How many calls it makes at a time, at most.
    const PARALLEL: u32;
    /// What it reads.
    const READS: &'static [ReadDecl];
}

/// The whole declaration of a report.
#[must_use]
pub const fn declaration<R: Report>() -> ReportDecl {
    ReportDecl {
        name: R::NAME,
        about: R::ABOUT,
        check: <R::Row as Row>::CHECK,
        writes: R::WRITES,
        parallel: R::PARALLEL,
        reads: R::READS,
        params: <R::Args as Args>::PARAMS,
        columns: <R::Row as Row>::COLUMNS,
    }
}

/// What a user may set for a report; derived.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no set of arguments",
    note = "put `#[derive(Args)]` on the struct, or use `()` where there is nothing to set"
)]
pub trait Args: Sized {
    /// The parameters.
    const PARAMS: &'static [ParamDecl];

    /// Takes the values that the host has checked.
    ///
    /// # Errors
    ///
    /// When one is missing or of another type.
    fn from_values(values: Map<String, Value>) -> Result<Self>;
}

impl Args for () {
    const PARAMS: &'static [ParamDecl] = &[];

    fn from_values(_: Map<String, Value>) -> Result<Self> {
        Ok(())
    }
}

/// A type that an argument can have.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of a report",
    note = "arguments are texts, truth values, numbers, `ByteSize`, `TimeSpan`, `DateTime`, lists of texts, JSON, and `Option` of these"
)]
pub trait Arg: DeserializeOwned {
    /// The manifest's word for it.
    const KIND: &'static str;
    /// Whether it may be left out.
    const OPTIONAL: bool = false;
}

macro_rules! arg {
    ($($kind:literal: $($type:ty),+;)+) => { $($(impl Arg for $type { const KIND: &'static str = $kind; })+)+ };
}

arg! {
    "string": String;
    "bool": bool;
    "integer": u8, u16, u32, u64, i8, i16, i32, i64, usize;
    "number": f64;
    "byte-size": ByteSize;
    "duration": TimeSpan;
    "date-time": DateTime;
    "string-list": Vec<String>;
    "json": Value;
}

impl<T: Arg> Arg for Option<T> {
    const KIND: &'static str = T::KIND;
    const OPTIONAL: bool = true;
}

/// What a row holds; derived, or [`Finding`](crate::Finding).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no row of a report",
    note = "put `#[derive(Row)]` on the struct, or use `Finding` for a check"
)]
pub trait Row {
    /// The same type whatever it borrows from: `Mailbox<'static>` for each `Mailbox<'a>`; for a type without lifetimes,
    /// the type itself. Rows of one shape go to one [`Rows`].
    type Shape: Row;

    /// The columns, in the order in which [`Row::write`] writes the cells.
    const COLUMNS: &'static [ColumnDecl];
    /// Whether the report is a check.
    const CHECK: bool = false;

    /// Appends the row as a JSON array.
    fn write(&self, out: &mut Vec<u8>);
}

impl<R: Row + ?Sized> Row for &R {
    type Shape = R::Shape;

    const COLUMNS: &'static [ColumnDecl] = R::COLUMNS;
    const CHECK: bool = R::CHECK;

    fn write(&self, out: &mut Vec<u8>) {
        (**self).write(out);
    }
}
