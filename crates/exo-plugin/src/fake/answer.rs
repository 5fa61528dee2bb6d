//! What a fake cmdlet answers.

use exo_model::{ErrorKind, Gap, GapKind, Parameters};
use exo_plugin_wire::{Failure, FailureKind};
use serde_json::Value;

/// One answer of a cmdlet: its records, page by page, and how they end.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub(super) records: Vec<String>,
    pub(super) page_rows: Option<usize>,
    pub(super) failure: Option<Failure>,
    pub(super) gaps: Vec<Gap>,
    pub(super) warnings: Vec<String>,
}

impl Answer {
    /// These records.
    pub fn records(records: impl IntoIterator<Item = Value>) -> Self {
        Self { records: records.into_iter().map(|record| record.to_string()).collect(), ..Self::default() }
    }

    /// No record.
    pub fn empty() -> Self {
        Self::default()
    }

    /// The records of a text with one JSON object per line.
    pub fn json_lines(text: &str) -> Self {
        Self::lines(text.lines().map(str::trim).filter(|line| !line.is_empty()))
    }

    /// These records, as JSON.
    pub(super) fn lines<'a>(lines: impl IntoIterator<Item = &'a str>) -> Self {
        Self { records: lines.into_iter().map(str::to_owned).collect(), ..Self::default() }
    }

    /// A failure before the first record.
    pub fn failing(failure: Failure) -> Self {
        Self { failure: Some(failure), ..Self::default() }
    }

    /// The tenant's roles do not allow it.
    pub fn denied(why: impl Into<String>) -> Self {
        Self::failing(Failure::new(FailureKind::Denied, why).exiting(ErrorKind::Authorization))
    }

    /// Throttled beyond the host's patience.
    pub fn throttled() -> Self {
        Self::failing(Failure::new(FailureKind::Throttled, "the service asked to wait for too long"))
    }

    /// There is no such object.
    pub fn not_found(identity: impl std::fmt::Display) -> Self {
        Self::failing(Failure::new(FailureKind::NotFound, format!("`{identity}` was not found")))
    }

    /// In pages of so many records, instead of what the call asks for.
    #[must_use]
    pub fn page_rows(mut self, rows: usize) -> Self {
        self.page_rows = Some(rows.max(1));
        self
    }

    /// Breaks off with a failure after the records.
    #[must_use]
    pub fn then_fails(mut self, failure: Failure) -> Self {
        self.failure = Some(failure);
        self
    }

    /// Ends without everything: the service had more, and gave no way to it.
    #[must_use]
    pub fn truncated(self) -> Self {
        self.gap(Gap::new(GapKind::Truncated, "the service has more records and gave no way to them"))
    }

    /// Ends with something missing.
    #[must_use]
    pub fn gap(mut self, gap: Gap) -> Self {
        self.gaps.push(gap);
        self
    }

    /// Ends with a warning of the service.
    #[must_use]
    pub fn warning(mut self, text: impl Into<String>) -> Self {
        self.warnings.push(text.into());
        self
    }
}

/// A list is records, an object one record, null none.
impl From<Value> for Answer {
    fn from(value: Value) -> Self {
        match value {
            Value::Array(records) => Self::records(records),
            Value::Null => Self::empty(),
            record => Self::records([record]),
        }
    }
}

impl From<Failure> for Answer {
    fn from(failure: Failure) -> Self {
        Self::failing(failure)
    }
}

/// Whatever can answer a call: an [`Answer`], JSON, or a function of the parameters.
///
/// ```
/// use exo_plugin::fake::{Answer, FakeHost};
/// use exo_plugin::serde_json::json;
/// let host = FakeHost::new().on("Get-MailboxStatistics", |given: &exo_plugin::fake::Parameters| {
///     match given["Identity"].as_str() {
///         Some("gone@contoso.com") => Answer::not_found("gone@contoso.com"),
///         _ => json!({"ItemCount": 7}).into(),
///     }
/// });
/// # drop(host);
/// ```
pub trait Answers {
    /// The answer to a call with these parameters.
    fn answer(&self, parameters: &Parameters) -> Answer;
}

impl Answers for Answer {
    fn answer(&self, _: &Parameters) -> Answer {
        self.clone()
    }
}

impl Answers for Value {
    fn answer(&self, _: &Parameters) -> Answer {
        self.clone().into()
    }
}

impl<F, A> Answers for F
where
    F: Fn(&Parameters) -> A,
    A: Into<Answer>,
{
    fn answer(&self, parameters: &Parameters) -> Answer {
        self(parameters).into()
    }
}
