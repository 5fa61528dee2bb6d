//! Answers from a folder of recordings.

use super::state::Shared;
use super::{Answer, Answers};
use exo_model::{Parameters, SeamError};
use exo_plugin_wire::{Failure, RecordedAnswer, Recording};
use std::path::Path;
use std::sync::Arc;

/// The answers of each cmdlet that has a file.
pub(super) fn answers(folder: &Path) -> Result<Vec<(String, Shared)>, String> {
    let unread = |path: &Path, error: &dyn std::fmt::Display| format!("`{}` cannot be used: {error}", path.display());
    let mut answers: Vec<(String, Shared)> = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| unread(folder, &error))? {
        let path = entry.map_err(|error| unread(folder, &error))?.path();
        let Some(cmdlet) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if path.extension().is_none_or(|extension| extension != "jsonl") {
            continue;
        }
        let text = std::fs::read_to_string(&path).map_err(|error| unread(&path, &error))?;
        let recording = Recording::parse(&text).map_err(|error| unread(&path, &error))?;
        answers.push((cmdlet.to_owned(), Arc::new(Recorded(recording))));
    }
    if answers.is_empty() {
        return Err(unread(folder, &"it holds no file such as `Get-Mailbox.jsonl`"));
    }
    Ok(answers)
}

/// What was recorded of a cmdlet.
struct Recorded(Recording);

impl Answers for Recorded {
    fn answer(&self, parameters: &Parameters) -> Answer {
        match self.0.answer(parameters) {
            Some(RecordedAnswer { records, error, .. }) => {
                let answer = Answer::lines(records);
                match error {
                    Some(error) => answer.then_fails(Failure::from(&SeamError::from(error))),
                    None => answer,
                }
            }
            None => Answer::not_found(parameters.get("Identity").and_then(|value| value.as_str()).unwrap_or_default()),
        }
    }
}
