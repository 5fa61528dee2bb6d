//! The words of a report's result: columns, findings, statuses.

use serde::{Deserialize, Serialize};

/// What a report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ReportKind {
    /// Reads objects and lists them, without a verdict.
    Inventory,
    /// Reads settings and decides: its rows are findings.
    Check,
}

/// The type of a column's cells, as JSON carries them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ColumnType {
    /// A text.
    String,
    /// `true` or `false`.
    Bool,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A time: RFC 3339 in UTC.
    DateTime,
    /// A span of time in seconds.
    Duration,
    /// A size in bytes.
    ByteSize,
    /// A list of texts.
    StringList,
    /// Any JSON value.
    Json,
}

/// A column that a report declares.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Column {
    /// Its name, in `snake_case`.
    pub name: String,
    /// What its cells hold.
    #[serde(rename = "type")]
    pub kind: ColumnType,
    /// Whether it is part of the row's key, by which two runs are compared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub key: bool,
    /// Whether a cell may be null.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
}

impl Column {
    /// A column whose cells are never null.
    pub fn new(name: impl Into<String>, kind: ColumnType) -> Self {
        Self { name: name.into(), kind, key: false, optional: false }
    }

    /// Makes it part of the key.
    #[must_use]
    pub fn key(mut self) -> Self {
        self.key = true;
        self
    }

    /// Lets its cells be null.
    #[must_use]
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }
}

/// The verdict on one subject of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Status {
    /// The data was read completely and satisfies the rule.
    Pass,
    /// The data was read completely and breaks the rule.
    Fail,
    /// Nothing of that kind exists and the rule allows that, or the feature is not licensed.
    NotApplicable,
    /// The data could not be read.
    NotEvaluated,
    /// The rule asks for a human judgement.
    Manual,
}

impl Status {
    /// The word in results: `pass`, `fail`, `not-applicable`, `not-evaluated`, `manual`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::NotApplicable => "not-applicable",
            Self::NotEvaluated => "not-evaluated",
            Self::Manual => "manual",
        }
    }
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Severity {
    /// All, from the least.
    pub const ALL: &'static [Self] = &[Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The word in results: `info`, `low`, `medium`, `high`, `critical`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

/// A judgement: the row type of every check, with the columns of [`Finding::columns`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Finding {
    /// The rule, such as `exo-outbound-autoforward`.
    pub control: String,
    /// The verdict.
    pub status: Status,
    /// How much it matters.
    pub severity: Severity,
    /// What was judged: a policy, a rule, a mailbox.
    pub subject: String,
    /// The values that led to the verdict, as a sentence.
    pub evidence: String,
    /// What to do; empty when there is nothing to do.
    pub remedy: String,
}

impl Finding {
    /// A verdict on a subject.
    pub fn new(control: impl Into<String>, status: Status, severity: Severity, subject: impl Into<String>) -> Self {
        Self {
            control: control.into(),
            status,
            severity,
            subject: subject.into(),
            evidence: String::new(),
            remedy: String::new(),
        }
    }

    /// Adds what led to the verdict.
    #[must_use]
    pub fn evidence(mut self, sentence: impl Into<String>) -> Self {
        self.evidence = sentence.into();
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn remedy(mut self, sentence: impl Into<String>) -> Self {
        self.remedy = sentence.into();
        self
    }

    /// The columns of every check, in the order of the fields.
    pub fn columns() -> Vec<Column> {
        vec![
            Column::new("control", ColumnType::String).key(),
            Column::new("status", ColumnType::String),
            Column::new("severity", ColumnType::String),
            Column::new("subject", ColumnType::String).key(),
            Column::new("evidence", ColumnType::String),
            Column::new("remedy", ColumnType::String),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_a_finding_are_its_fields() {
        let finding = Finding::new("c", Status::NotEvaluated, Severity::High, "s");
        let value = serde_json::to_value(finding).unwrap();
        let mut fields: Vec<_> = value.as_object().unwrap().keys().cloned().collect();
        let mut columns: Vec<_> = Finding::columns().into_iter().map(|c| c.name).collect();
        fields.sort();
        columns.sort();
        assert_eq!(fields, columns);
    }

    #[test]
    fn words_are_the_same_in_json_and_in_text() {
        for severity in Severity::ALL {
            assert_eq!(serde_json::to_value(severity).unwrap(), severity.as_str());
        }
        assert_eq!(serde_json::to_value(Status::NotEvaluated).unwrap(), Status::NotEvaluated.as_str());
    }
}
