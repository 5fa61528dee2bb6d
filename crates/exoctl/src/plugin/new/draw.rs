//! What the new report is, drawn from its cmdlets and their records.

use super::cmdlets::Reads;
use super::names;
use super::shape::{self, Field, Record};
use super::specimen::Specimens;
use crate::failure::{Failure, Result};
use exo_plugin_wire::{RECORDED_FOR, Recording};
use serde_json::Value;

/// A report before it is written.
#[derive(Debug)]
pub(crate) struct Drawn<'a> {
    pub(crate) name: &'a str,
    pub(crate) reads: &'a Reads,
    /// The report's type.
    pub(crate) report: String,
    /// The listed objects' type.
    pub(crate) record: String,
    /// Its fields, the key first.
    pub(crate) fields: Vec<Field>,
    /// The type of what is said about each, and its fields.
    pub(crate) each: Option<(String, Vec<Field>)>,
    /// Cmdlet and text of each fixture.
    pub(crate) fixtures: Vec<(&'static str, String)>,
    /// Rows that the fixtures give.
    pub(crate) rows: usize,
    /// A text that some key contains, and the rows of such objects.
    pub(crate) containing: String,
    pub(crate) rows_containing: usize,
    /// Records that types were drawn from, and where they came from.
    pub(crate) records: usize,
    pub(crate) origin: &'a str,
    /// Properties that the report does not read.
    pub(crate) unused: Vec<String>,
}

impl Drawn<'_> {
    /// What tells objects apart.
    #[expect(clippy::expect_used, reason = "fields begin with the key: there is no report without")]
    pub(crate) fn key(&self) -> &Field {
        self.fields.first().expect("a report has a key")
    }

    /// What the report tells, for lists of reports.
    pub(crate) fn about(&self) -> String {
        match &self.reads.each {
            None => format!("What {} tells", self.reads.list.cmdlet.name()),
            Some(each) => {
                format!("What {} tells about each object of {}", each.cmdlet.name(), self.reads.list.cmdlet.name())
            }
        }
    }
}

/// Draws the report.
pub(crate) fn draw<'a>(
    name: &'a str,
    reads: &'a Reads,
    specimens: &'a Specimens,
    select: &[String],
) -> Result<Drawn<'a>> {
    let list = reads.list.cmdlet.name();
    let report = names::free(names::type_name(name), "Report", &[]);
    let record = names::free(reads.list.noun().to_owned(), "Record", &[&report, &format!("{report}Row")]);
    let (fields, each) = match &reads.each {
        None => (shape::chosen(list, &specimens.list, select)?, None),
        Some(read) => {
            let key = shape::key_of(list, &specimens.list, &[])?;
            let taken = [report.as_str(), &record, &format!("{report}Row")];
            let each = names::free(read.noun().to_owned(), "Record", &taken);
            let fields = about(read.cmdlet.name(), &specimens.each, select, &key)?;
            (vec![key], Some((each, fields)))
        }
    };
    let kept = specimens.list.iter().take(specimens.kept);
    let fixtures: Vec<(&'static str, String)> = std::iter::once((list, lines(kept)))
        .chain(reads.each.as_ref().map(|read| (read.cmdlet.name(), lines(said(specimens, &fields)))))
        .collect();
    let mut drawn = Drawn {
        name,
        reads,
        report,
        record,
        unused: unused(specimens, &fields, each.as_ref().map(|(_, fields)| fields.as_slice())),
        fields,
        each,
        fixtures,
        rows: 0,
        containing: String::new(),
        rows_containing: 0,
        records: specimens.list.len() + specimens.each.len(),
        origin: &specimens.origin,
    };
    count(&mut drawn, specimens)?;
    Ok(drawn)
}

/// What is said about the objects that are kept; of a file, all.
fn said<'a>(specimens: &'a Specimens, fields: &[Field]) -> impl Iterator<Item = &'a Record> {
    let key = fields.first().map(|key| key.property.clone()).unwrap_or_default();
    let kept = move |record: &Record, name: &str| record.get(&key).is_some_and(|value| value == name);
    specimens.each.iter().filter(move |said| match said.get(RECORDED_FOR).and_then(Value::as_str) {
        Some(name) => specimens.list.iter().take(specimens.kept).any(|record| kept(record, name)),
        None => true,
    })
}

/// The fields of what is said about an object, without one that would be a second column of the key's name.
fn about(cmdlet: &str, records: &[Record], select: &[String], key: &Field) -> Result<Vec<Field>> {
    let said: Vec<Record> = records.iter().filter(|record| record.len() > 1).cloned().collect();
    let all = shape::chosen(cmdlet, &said, select)?;
    let fields: Vec<Field> = all.into_iter().filter(|field| field.ident != key.ident).collect();
    if fields.is_empty() {
        return Err(Failure::usage(format!("{cmdlet} tells nothing that would be another column")));
    }
    Ok(fields)
}

/// Rows of the fixtures, as the report will give them.
fn count(drawn: &mut Drawn<'_>, specimens: &Specimens) -> Result<()> {
    let about = match drawn.fixtures.get(1) {
        None => None,
        Some((cmdlet, text)) => {
            Some(Recording::parse(text).map_err(|error| Failure::usage(format!("the fixture of {cmdlet}: {error}")))?)
        }
    };
    let rows = |key: &str| match &about {
        None => 1,
        Some(about) => {
            about.answer(&[("Identity".to_owned(), key.into())].into()).map_or(0, |answer| answer.records.len())
        }
    };
    let property = drawn.key().property.clone();
    let keys: Vec<&str> =
        specimens.list.iter().take(specimens.kept).filter_map(|record| record.get(&property)?.as_str()).collect();
    drawn.rows = keys.iter().map(|key| rows(key)).sum();
    keys.first().copied().unwrap_or_default().clone_into(&mut drawn.containing);
    drawn.rows_containing = keys.iter().filter(|key| key.contains(&drawn.containing)).map(|key| rows(key)).sum();
    Ok(())
}

fn lines<'r>(records: impl Iterator<Item = &'r Record>) -> String {
    records.map(|record| Value::Object(record.clone()).to_string() + "\n").collect()
}

fn unused(specimens: &Specimens, fields: &[Field], each: Option<&[Field]>) -> Vec<String> {
    let records = if each.is_some() { &specimens.each } else { &specimens.list };
    let used = each.unwrap_or(fields);
    let all = shape::fields(records).into_iter().map(|field| field.property);
    all.filter(|property| property != RECORDED_FOR && used.iter().all(|field| field.property != *property)).collect()
}
