#![doc = include_str!("../README.md")]

mod cells;
mod csv;
mod error;
mod format;
mod json;
mod readable;
mod result_file;
mod run_record;
mod sink;
mod table;
mod terminal;

pub use error::Error;
pub use format::{Format, UnknownFormat};
pub use result_file::{ResultFile, check_writable};
pub use run_record::{Cause, CmdletRecord, ReportRecord, ReportStatus, RunRecord};
pub use sink::{Sink, SinkOptions};
