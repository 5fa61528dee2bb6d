#![doc = include_str!("../README.md")]

mod clock;
mod cloud;
mod cmdlet;
mod completeness;
mod diagnose;
mod fields;
mod ids;
mod literal;
mod origin;
mod page;
mod parameter;
mod quiet;
mod read_all;
mod read_path;
mod report;
mod secret;
mod token;

pub use clock::Clock;
pub use cloud::{Cloud, Endpoints, Scope, Service, UnknownService};
pub use cmdlet::{CmdletName, InvalidCmdletName, Invocation, Parameters};
pub use completeness::{Completeness, Gap, GapKind};
pub use diagnose::{Diagnose, ErrorKind, SeamError};
pub use fields::{Field, Fields, NoRecord};
pub use ids::{AppId, IdError, Organization, TenantId, TenantName};
pub use literal::literal_length;
pub use origin::{InvalidOrigin, Origin};
pub use page::{Invoker, Next, Page, Pages, Span};
pub use parameter::{ByteArray, Delta, SecretParameter, UtcTime};
pub use quiet::without_tokens;
pub use read_all::read_all;
pub use read_path::{ReadPath, UnknownReadPath};
pub use report::{Column, ColumnType, Finding, ReportKind, Severity, Status};
pub use secret::{Secret, SecretBytes};
pub use token::{AccessToken, TokenProvider, TokenRequest};
