//! Records of any cmdlet on their way to a result: their properties are known only when the first one comes.

use crate::failure::{Failure, Result};
use crate::terminal::unwritten;
use exo_model::{Column, ColumnType, ErrorKind, Page};
use exo_output::{Format, Sink, SinkOptions};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;
use std::io::Write;

/// Writes records as objects (JSON) or as rows of chosen properties (table, CSV).
pub(crate) struct Records {
    format: Format,
    select: Vec<String>,
    annotations: bool,
    options: SinkOptions,
    state: State,
    count: u64,
}

enum State {
    /// Nothing has come yet.
    Waiting(Box<dyn Write + Send>),
    Objects(Box<dyn Write + Send>),
    Rows(Vec<String>, Box<dyn Sink>),
    Done,
}

impl Records {
    /// A writer for this form; `select` names the properties, all if empty.
    pub(crate) fn new(
        format: Format,
        select: Vec<String>,
        annotations: bool,
        out: Box<dyn Write + Send>,
        options: SinkOptions,
    ) -> Self {
        Self { format, select, annotations, options, state: State::Waiting(out), count: 0 }
    }

    /// Writes the records of a page.
    pub(crate) fn page(&mut self, page: &Page) -> Result<()> {
        for record in page.records() {
            let members: Members<'_> = serde_json::from_slice(record).map_err(|error| {
                // What stands there is the service's, and may repeat what it was sent.
                let seen: String = exo_model::without_tokens(&error.to_string()).chars().take(200).collect();
                Failure::new(ErrorKind::Answer, format!("a record of the service is not understood: {seen}"))
            })?;
            let members = if self.annotations { members } else { members.without_annotations() };
            self.record(&members)?;
        }
        Ok(())
    }

    /// Ends the result; how many records it holds.
    pub(crate) fn finish(&mut self) -> Result<u64> {
        match std::mem::replace(&mut self.state, State::Done) {
            State::Waiting(mut out) => {
                if self.format == Format::Json {
                    out.write_all(b"[]\n").map_err(unwritten)?;
                }
                out.flush().map_err(unwritten)?;
            }
            State::Objects(mut out) => {
                out.write_all(if self.format == Format::Json { b"\n]\n" } else { b"" }).map_err(unwritten)?;
                out.flush().map_err(unwritten)?;
            }
            State::Rows(_, mut sink) => sink.finish()?,
            State::Done => {}
        }
        Ok(self.count)
    }

    fn record(&mut self, members: &Members<'_>) -> Result<()> {
        if let State::Waiting(_) = self.state {
            self.begin(members);
        }
        let first = self.count == 0;
        self.count += 1;
        match &mut self.state {
            State::Objects(out) => {
                let (before, after): (&[u8], &[u8]) = match (self.format, first) {
                    (Format::Json, true) => (b"[\n", b""),
                    (Format::Json, false) => (b",\n", b""),
                    _ => (b"", b"\n"),
                };
                out.write_all(before).map_err(unwritten)?;
                out.write_all(members.object(&self.select).as_bytes()).map_err(unwritten)?;
                out.write_all(after).map_err(unwritten)
            }
            State::Rows(names, sink) => Ok(sink.rows(&Page::from_records([members.row(names)]))?),
            State::Waiting(_) | State::Done => Ok(()),
        }
    }

    /// Settles the columns by the first record where they are not named.
    fn begin(&mut self, members: &Members<'_>) {
        let State::Waiting(out) = std::mem::replace(&mut self.state, State::Done) else { return };
        self.state = match self.format {
            Format::Json | Format::Ndjson => State::Objects(out),
            format => {
                let names =
                    if self.select.is_empty() { members.columns(format == Format::Table) } else { self.select.clone() };
                let columns: Vec<Column> =
                    names.iter().map(|name| Column::new(name, kind(members.value(name))).optional()).collect();
                State::Rows(names, format.sink(&columns, out, &self.options))
            }
        };
    }
}

impl fmt::Debug for Records {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Records").field("format", &self.format).field("count", &self.count).finish_non_exhaustive()
    }
}

/// The members of an object in the order in which they came, their values untouched.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl Members<'_> {
    fn without_annotations(mut self) -> Self {
        self.0.retain(|(name, _)| !name.contains('@'));
        self
    }

    fn value(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or("null", |(_, value)| value.get())
    }

    fn row(&self, names: &[String]) -> String {
        let cells: Vec<&str> = names.iter().map(|name| self.value(name)).collect();
        format!("[{}]", cells.join(","))
    }

    fn object(&self, select: &[String]) -> String {
        let member = |name: &str, value: &str| format!("{}:{value}", serde_json::Value::from(name));
        let members: Vec<String> = if select.is_empty() {
            self.0.iter().map(|(name, value)| member(name, value.get())).collect()
        } else {
            select.iter().map(|name| member(name, self.value(name))).collect()
        };
        format!("{{{}}}", members.join(","))
    }

    /// All properties; for people, the few that tell an object.
    fn columns(&self, few: bool) -> Vec<String> {
        let all: Vec<String> = self.0.iter().map(|(name, _)| name.to_string()).collect();
        if !few || all.len() <= MOST_COLUMNS {
            return all;
        }
        let mut chosen: Vec<String> = TELLING
            .iter()
            .filter_map(|name| all.iter().find(|known| known.eq_ignore_ascii_case(name)).cloned())
            .collect();
        chosen.extend(all.into_iter().filter(|name| !TELLING.contains(&name.as_str())));
        chosen.truncate(MOST_COLUMNS);
        chosen
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Vec<(Cow<'de, str>, &'de RawValue)>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> std::result::Result<Self::Value, M::Error> {
                let mut members = Vec::new();
                while let Some((Name(name), value)) = map.next_entry::<Name<'de>, &'de RawValue>()? {
                    members.push((name, value));
                }
                Ok(members)
            }
        }
        deserializer.deserialize_map(Collect).map(Self)
    }
}

/// A member's name, borrowed where it holds no escape.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// What a column holds, as far as the first record tells.
fn kind(value: &str) -> ColumnType {
    match value.as_bytes().first() {
        Some(b'[') => ColumnType::StringList,
        Some(b'"') => ColumnType::String,
        Some(b't' | b'f') => ColumnType::Bool,
        Some(b'-' | b'0'..=b'9') => ColumnType::Number,
        _ => ColumnType::Json,
    }
}

/// Columns of a table at most, where nobody chose them.
const MOST_COLUMNS: usize = 6;

/// What tells an object to a person, in this order.
const TELLING: &[&str] = &[
    "UserPrincipalName",
    "PrimarySmtpAddress",
    "Name",
    "DisplayName",
    "Identity",
    "User",
    "Trustee",
    "AccessRights",
    "RecipientTypeDetails",
    "DomainName",
    "Severity",
    "Disabled",
    "Enabled",
    "State",
    "TotalItemSize",
    "ItemCount",
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn written(format: Format, select: &[&str], records: &[&str]) -> String {
        let out = Shared::default();
        let select = select.iter().map(ToString::to_string).collect();
        let mut writer = Records::new(format, select, false, Box::new(out.clone()), SinkOptions::default());
        writer.page(&Page::from_records(records)).unwrap();
        assert_eq!(writer.finish().unwrap(), records.len() as u64);
        let bytes = out.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    const RECORD: &str = r#"{"Zeta@data.type":"System.UInt64","Zeta":15394007230974001153,"Alpha":"\u00e9"}"#;

    #[test]
    fn objects_keep_order_and_numbers_and_lose_annotations() {
        assert_eq!(written(Format::Ndjson, &[], &[RECORD]), "{\"Zeta\":15394007230974001153,\"Alpha\":\"\\u00e9\"}\n");
        assert_eq!(written(Format::Ndjson, &["alpha", "None"], &[RECORD]), "{\"alpha\":\"\\u00e9\",\"None\":null}\n");
    }

    #[test]
    fn json_is_one_array_even_without_records() {
        assert_eq!(written(Format::Json, &[], &[]), "[]\n");
        let two = written(Format::Json, &[], &["{}", "{}"]);
        assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&two).unwrap().len(), 2);
    }

    #[test]
    fn rows_have_the_columns_of_the_first_record() {
        let csv = written(Format::Csv, &[], &[RECORD, r#"{"Alpha":"x"}"#]);
        let mut lines = csv.lines();
        assert_eq!(lines.next(), Some("Zeta,Alpha"));
        assert_eq!(lines.next(), Some("15394007230974001153,é"));
        assert_eq!(lines.next(), Some(",x"));
    }

    #[test]
    fn a_record_that_is_no_object_is_an_answer_not_understood() {
        let mut writer =
            Records::new(Format::Ndjson, vec![], false, Box::new(Shared::default()), SinkOptions::default());
        assert_eq!(writer.page(&Page::from_records(["7"])).unwrap_err().kind(), ErrorKind::Answer);
    }
}
