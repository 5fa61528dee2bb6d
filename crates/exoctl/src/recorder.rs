//! What cmdlets answer, written down as fixtures on its way to the reports.

use crate::failure::{Failure, Result as Outcome};
use crate::pseudonym::Pseudonyms;
use crate::terminal;
use async_trait::async_trait;
use exo_model::{Diagnose as _, ErrorKind, Invocation, Invoker, Next, Page, Pages, SeamError};
use exo_plugin_wire::{RECORDED_ERROR, RECORDED_FOR, RecordedError};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// A folder in which a file grows for each cmdlet.
#[derive(Debug, Clone)]
pub(crate) struct Recorder {
    folder: PathBuf,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    names: Pseudonyms,
    left_out: BTreeSet<String>,
}

impl Recorder {
    /// Refuses a folder that is there; it is made when there is something to write.
    pub(crate) fn new(folder: &Path) -> Outcome<Self> {
        if folder.exists() {
            return Err(Failure::new(ErrorKind::Output, format!("`{}` exists already", folder.display()))
                .hinted("give --record a folder that does not exist yet"));
        }
        Ok(Self { folder: folder.to_owned(), state: Arc::default() })
    }

    /// Writes down what another answers.
    pub(crate) fn over(self, inner: Arc<dyn Invoker>) -> Recorded {
        Recorded { recorder: self, inner }
    }

    /// The file of a call; none for calls that a recording cannot tell from others.
    fn file(&self, call: &Invocation) -> Option<PathBuf> {
        let told_apart =
            |name: &String| !["Identity", "ResultSize"].iter().any(|known| name.eq_ignore_ascii_case(known));
        let odd: Vec<&str> = call.parameters.keys().filter(|name| told_apart(name)).map(String::as_str).collect();
        if odd.is_empty() {
            return Some(self.folder.join(format!("{}.jsonl", call.cmdlet)));
        }
        let text = format!("{} with -{} is not recorded", call.cmdlet, odd.join(" -"));
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.left_out.insert(text.clone()) {
            terminal::say(&text);
        }
        None
    }

    /// Appends records, under other names.
    fn write(
        &self,
        file: &Path,
        of: Option<&str>,
        records: impl Iterator<Item = Map<String, Value>>,
    ) -> std::io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut lines = String::new();
        for mut record in records {
            // A failure names nobody, and its words are not names.
            if !record.contains_key(RECORDED_ERROR) {
                state.names.record(&mut record);
            }
            if let Some(of) = of {
                record.insert(RECORDED_FOR.to_owned(), state.names.text("Identity", of).into());
            }
            lines.push_str(&Value::Object(record).to_string());
            lines.push('\n');
        }
        std::fs::create_dir_all(&self.folder)?;
        OpenOptions::new().create(true).append(true).open(file)?.write_all(lines.as_bytes())
    }
}

impl Recorder {
    /// Writes down that a call failed, unless it was the user who ended it; gives the error to go on with.
    fn failed(&self, file: &Path, of: Option<&str>, error: SeamError) -> SeamError {
        if error.kind() == ErrorKind::Interrupted {
            return error;
        }
        let recorded = serde_json::to_value(RecordedError::from(&error)).unwrap_or_default();
        let record = Map::from_iter([(RECORDED_ERROR.to_owned(), recorded)]);
        match self.write(file, of, std::iter::once(record)) {
            Ok(()) => error,
            Err(unwritten) => self::unwritten(file, &unwritten),
        }
    }
}

fn unwritten(file: &Path, error: &std::io::Error) -> SeamError {
    SeamError::message(ErrorKind::Output, format!("`{}` cannot be written: {error}", file.display()))
}

/// An invoker whose answers are written down.
#[derive(Debug)]
pub(crate) struct Recorded {
    recorder: Recorder,
    inner: Arc<dyn Invoker>,
}

#[async_trait]
impl Invoker for Recorded {
    async fn invoke(&self, call: Invocation) -> Result<Box<dyn Pages>, SeamError> {
        let file = self.recorder.file(&call);
        let of = call.parameter("Identity").and_then(Value::as_str).map(str::to_owned);
        let Some(file) = file else { return self.inner.invoke(call).await };
        match self.inner.invoke(call).await {
            Ok(pages) => Ok(Box::new(Written { recorder: self.recorder.clone(), file, of, pages, records: 0 })),
            Err(error) => Err(self.recorder.failed(&file, of.as_deref(), error)),
        }
    }
}

/// A stream whose pages are written down.
struct Written {
    recorder: Recorder,
    file: PathBuf,
    of: Option<String>,
    pages: Box<dyn Pages>,
    records: usize,
}

impl Written {
    fn page(&mut self, page: &Page) -> std::io::Result<()> {
        self.records += page.len();
        let records: Vec<Value> = page.records().map(serde_json::from_slice).collect::<Result<_, _>>()?;
        let objects = records.into_iter().filter_map(|record| match record {
            Value::Object(record) => Some(record),
            _ => None,
        });
        self.recorder.write(&self.file, self.of.as_deref(), objects)
    }

    /// That there was no record is something to remember, too.
    fn end(&self) -> std::io::Result<()> {
        let nothing = (self.records == 0 && self.of.is_some()).then(Map::new);
        self.recorder.write(&self.file, self.of.as_deref(), nothing.into_iter())
    }
}

#[async_trait]
impl Pages for Written {
    async fn next(&mut self) -> Result<Next, SeamError> {
        let next = match self.pages.next().await {
            Ok(next) => next,
            Err(error) => return Err(self.recorder.failed(&self.file, self.of.as_deref(), error)),
        };
        let written = match &next {
            Next::Page(page) => self.page(page),
            Next::End(_) => self.end(),
        };
        written.map_err(|error| unwritten(&self.file, &error))?;
        Ok(next)
    }
}
