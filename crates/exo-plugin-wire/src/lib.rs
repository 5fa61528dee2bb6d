#![doc = include_str!("../README.md")]

mod args;
mod end;
mod error;
mod failure;
mod manifest;
mod names;
mod outcome;
mod policy;
mod recording;
mod request;
mod rows;
mod run_args;
mod spelling;

pub use args::{ArgError, parse_json, parse_text, parse_words};
pub use end::{parse_end, parse_gap, write_end};
pub use error::Error;
pub use failure::{Failure, FailureKind};
pub use manifest::{
    Abi, Access, CmdletNeed, FORMAT, HEADER, MAGIC, MANIFEST_LIMIT, Need, Param, PluginManifest, ReportManifest,
};
pub use outcome::{LogLevel, LogLine, Outcome, PanicNote, Progress};
pub use policy::{Consent, DEPTH_LIMIT, Refusal, decide};
pub use recording::{RECORDED_ERROR, RECORDED_FOR, RecordedAnswer, RecordedError, Recording, RecordingError};
pub use request::{REQUEST_LIMIT, Request};
pub use rows::{BATCH_LIMIT, BATCH_ROWS, ROW_LIMIT, RowError, RowProblem, check_batch, check_row};
pub use run_args::RunArgs;
pub use spelling::{DateTime, TimeSpan, UNLIMITED, parse_byte_size, parse_date_time, parse_time_span};
