//! Records to draw a report from: of a file, of a tenant, of the emulated tenant.

use super::cmdlets::{Read, Reads};
use super::shape::{self, Record};
use crate::arguments::{Global, PluginNewArgs, SignIn};
use crate::connect::Connection;
use crate::emulated;
use crate::failure::{Failure, Result};
use crate::profile::Profile;
use crate::pseudonym::Pseudonyms;
use exo_model::{ErrorKind, Invocation, Invoker};
use exo_plugin_wire::{RECORDED_FOR, Recording};
use serde_json::{Value, json};
use std::path::Path;

/// What the cmdlets gave.
#[derive(Debug, Default)]
pub(crate) struct Specimens {
    /// The listed objects.
    pub(crate) list: Vec<Record>,
    /// What was said about single objects, each with the object's name as `@for`.
    pub(crate) each: Vec<Record>,
    /// Where they are from, for the reader.
    pub(crate) origin: String,
    /// How many of the listed objects go into the fixture.
    pub(crate) kept: usize,
}

/// Takes records from where the arguments say.
pub(crate) async fn take(reads: &Reads, args: &PluginNewArgs, global: &Global) -> Result<Specimens> {
    if !args.fixtures.is_empty() {
        return of_files(reads, &args.fixtures);
    }
    if args.live {
        let profile = Profile::resolve(&args.sign_in, global.config.as_deref(), global.profile.as_deref())?;
        let mut taken = ask(reads, profile).await?;
        let mut names = Pseudonyms::default();
        taken.list.iter_mut().chain(&mut taken.each).for_each(|record| names.record(record));
        return Ok(Specimens { origin: "a page of your tenant, identities replaced".into(), ..taken });
    }
    let emulated = emulated::start()?;
    let profile = Profile::resolve(&SignIn::default(), Some(emulated.config()), Some("default"))?;
    match ask(reads, profile).await {
        Ok(taken) => Ok(Specimens { origin: "the emulated tenant".into(), ..taken }),
        // The emulated tenant knows few cmdlets.
        Err(failure) if matches!(failure.kind(), ErrorKind::Refused | ErrorKind::Authorization) => Ok(generic(reads)),
        Err(failure) => Err(failure),
    }
}

/// Records of an object whose properties nobody knows.
fn generic(reads: &Reads) -> Specimens {
    let name = |number: u32| format!("object-{number}");
    let record = |number: u32| json!({"Identity": name(number), "Name": format!("Object {number}")});
    let list = (1..=3).filter_map(|number| record(number).as_object().cloned()).collect();
    let about = |number: u32| {
        let mut about = record(number).as_object().cloned()?;
        about.insert(RECORDED_FOR.to_owned(), json!(name(number)));
        Some(about)
    };
    let each = reads.each.as_ref().map(|_| (1..=3).filter_map(about).collect()).unwrap_or_default();
    let origin = "made up: nothing is known of its properties, give --fixture or --live for the real ones".to_owned();
    Specimens { list, each, origin, kept: 3 }
}

fn of_files(reads: &Reads, files: &[std::path::PathBuf]) -> Result<Specimens> {
    let cmdlets = 1 + usize::from(reads.each.is_some());
    if files.len() != cmdlets {
        let text = format!("{} fixtures are given for {cmdlets} of the cmdlets", files.len());
        return Err(Failure::usage(text).hinted("give one --fixture for each --cmdlet, in their order"));
    }
    let mut all = files.iter().map(|path| records(path));
    let list = all.next().transpose()?.unwrap_or_default();
    let each = all.next().transpose()?.unwrap_or_default();
    let names: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
    Ok(Specimens { kept: list.len(), list, each, origin: names.join(" and ") })
}

fn records(path: &Path) -> Result<Vec<Record>> {
    let unread = |error: &dyn std::fmt::Display| {
        Failure::usage(format!("fixture `{}` cannot be used: {error}", path.display()))
            .hinted("JSON: a list of objects, or one object per line")
    };
    let text = std::fs::read_to_string(path).map_err(|error| unread(&error))?;
    let recording = Recording::parse(&text).map_err(|error| unread(&error))?;
    let records: Vec<Record> = recording.records().filter_map(|json| serde_json::from_str(json).ok()).collect();
    if records.is_empty() {
        return Err(unread(&"it holds no record"));
    }
    Ok(records)
}

/// Signs in, lists some objects, and asks about a few of them.
async fn ask(reads: &Reads, profile: Profile) -> Result<Specimens> {
    let connection = Connection::open(profile).await?;
    let services = std::iter::once(&reads.list).chain(&reads.each).map(|read| read.service);
    let tenant = connection.collector(services).await?;
    let call = Invocation::new(reads.list.service, reads.list.name()?).limit(PAGE.into()).page_size(PAGE);
    let list = read(&tenant, call).await?;
    if list.is_empty() {
        let text = format!("{} gave no record to draw types from", reads.list.cmdlet.name());
        return Err(Failure::new(ErrorKind::Refused, text).hinted("give a --fixture"));
    }
    let each = match &reads.each {
        Some(about) => ask_about(&tenant, reads, about, &list).await?,
        None => Vec::new(),
    };
    Ok(Specimens { list, each, origin: String::new(), kept: KEPT })
}

/// What the second cmdlet says about the first few objects.
async fn ask_about(tenant: &dyn Invoker, reads: &Reads, about: &Read, list: &[Record]) -> Result<Vec<Record>> {
    let key = shape::key_of(reads.list.cmdlet.name(), list, &[])?;
    let mut found = Vec::new();
    let mut failed = None;
    for identity in list.iter().take(ASKED).filter_map(|object| object.get(&key.property)?.as_str()) {
        let call = Invocation::new(about.service, about.name()?).with("Identity", identity).limit(PAGE.into());
        match read(tenant, call).await {
            Ok(records) => found.extend(marked(identity, records)),
            Err(failure) => failed = Some(failure),
        }
    }
    match failed {
        Some(failure) if found.is_empty() => Err(failure),
        _ => Ok(found),
    }
}

/// The records with the object that they are about; an object without any is remembered, too.
fn marked(identity: &str, mut records: Vec<Record>) -> Vec<Record> {
    if records.is_empty() {
        records.push(Record::new());
    }
    for record in &mut records {
        record.insert(RECORDED_FOR.to_owned(), Value::from(identity));
    }
    records
}

async fn read(tenant: &dyn Invoker, call: Invocation) -> Result<Vec<Record>> {
    Ok(exo_model::read_all(tenant, call).await?)
}

/// Records that types are drawn from.
const PAGE: u16 = 100;
/// Objects that the second cmdlet is asked about.
const ASKED: usize = 20;
/// Objects that go into a fixture.
const KEPT: usize = 5;
