#![doc = include_str!("../README.md")]

mod bridge;
mod call;
mod cell;
mod concurrent;
mod context;
pub mod declare;
mod drive;
mod error;
mod export;
pub mod fake;
mod finding;
mod mailbox;
mod misses;
mod pages;
mod record;
mod report;
mod rows;
#[cfg(feature = "tracing")]
mod traced;
mod values;

#[doc(hidden)]
pub mod private;

pub use call::Call;
pub use cell::Cell;
pub use concurrent::{Concurrent, Items};
pub use context::Cx;
pub use error::{Error, Result};
pub use misses::Misses;
pub use pages::{Page, PageRows, Pages, Records};
pub use record::{OwnedRecord, Properties, Record, RecordError};
pub use report::{Arg, Args, Declared, Report, Row};
pub use rows::Rows;
pub use values::{ByteSize, Flag, Maybe, MultiText, Text};

pub use exo_model::{Completeness, Finding, Gap, GapKind, Service, Severity, Status};
pub use exo_plugin_macros::{Args, Record, Row, report};
pub use exo_plugin_wire::{DateTime, Failure, FailureKind, LogLevel, TimeSpan};

pub use {async_trait::async_trait, futures_util, serde, serde_json};

/// All that a file with a report needs: `use exo_plugin::prelude::*;`.
pub mod prelude {
    pub use crate::{
        Args, ByteSize, Completeness, Cx, DateTime, Error, FailureKind, Finding, Flag, Maybe, Misses, MultiText, Page,
        Pages, Record, Report, Result, Row, Rows, Service, Severity, Status, Text, TimeSpan, async_trait, export,
        report,
    };
    pub use futures_util::{StreamExt, TryStreamExt, stream};
    pub use serde::Deserialize;
}
