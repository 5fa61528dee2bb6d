//! What an ended program said, and how it ended.

use crate::marked;
use serde_json::Value;
use std::path::Path;

/// An ended program.
#[derive(Debug, Clone)]
pub struct Ended {
    /// The exit code; -1 if a signal ended it.
    pub code: i32,
    /// The result.
    pub stdout: String,
    /// Everything else.
    pub stderr: String,
    folder: String,
}

#[expect(clippy::panic, reason = "these are assertions")]
impl Ended {
    pub(crate) fn new(code: i32, stdout: &[u8], stderr: &[u8], folder: &Path) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { code, stdout: text(stdout), stderr: text(stderr), folder: folder.to_string_lossy().into_owned() }
    }

    /// Exit code, stdout and stderr, with all that changes from run to run replaced by marks.
    pub fn shown(&self) -> String {
        let text =
            format!("exit_code: {}\n----- stdout -----\n{}----- stderr -----\n{}", self.code, self.stdout, self.stderr);
        self.mark(&text)
    }

    /// Stderr, with marks.
    pub fn said(&self) -> String {
        self.mark(&self.stderr)
    }

    /// The program ended with this code.
    pub fn ends(&self, code: i32) -> &Self {
        assert_eq!(self.code, code, "{}", self.shown());
        self
    }

    /// Stderr has these words.
    pub fn says(&self, words: &str) -> &Self {
        assert!(self.stderr.contains(words), "`{words}` is not in:\n{}", self.shown());
        self
    }

    /// Stderr does not have these words.
    pub fn never_says(&self, words: &str) -> &Self {
        assert!(!self.stderr.contains(words) && !self.stdout.contains(words), "`{words}` is in:\n{}", self.shown());
        self
    }

    /// The hint has these words.
    pub fn hints(&self, words: &str) -> &Self {
        let hint = self.stderr.lines().find_map(|line| line.trim_start().strip_prefix("hint: "));
        assert!(hint.is_some_and(|hint| hint.contains(words)), "`{words}` is not in the hint of:\n{}", self.shown());
        self
    }

    /// Stdout has these words.
    pub fn gives(&self, words: &str) -> &Self {
        assert!(self.stdout.contains(words), "`{words}` is not in:\n{}", self.shown());
        self
    }

    /// Ended with this code, one sentence and a way out, and without a result. Gives what was said, with marks.
    pub fn refused(&self, code: i32) -> String {
        self.ends(code);
        assert_eq!(self.stdout, "", "no result: {}", self.shown());
        let said: Vec<&str> = self.stderr.lines().collect();
        let sentences = said.iter().filter(|line| line.starts_with("error: ")).count();
        assert_eq!(sentences, 1, "one sentence: {}", self.shown());
        let indented = |line: &&str| line.starts_with("error: ") || line.starts_with("  ");
        assert!(said.iter().all(indented), "nothing but sentence, causes and hint: {}", self.shown());
        let way_out = ["  hint: ", "; give ", " such as ", "; there are ", "; keep one", ": write ", " takes one of "];
        let has_way_out = way_out.iter().any(|words| self.stderr.contains(words));
        assert!(has_way_out, "the way out: {}", self.shown());
        self.said()
    }

    /// Stdout as one JSON value.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.shown()))
    }

    /// What stands under `error` in the one JSON object in one line that stderr is under `--format json`.
    pub fn json_error(&self) -> Value {
        assert_eq!(self.stderr.lines().count(), 1, "one line: {}", self.shown());
        let value: Value = serde_json::from_str(&self.stderr).unwrap_or_else(|e| panic!("{e}: {}", self.shown()));
        let members = value.as_object().map_or(0, serde_json::Map::len);
        assert!(members == 1 && value["error"].is_object(), "an object in an object: {}", self.shown());
        value["error"].clone()
    }

    /// A line of `exoctl check --format json`: state and what was seen.
    pub fn check(&self, what: &str) -> (String, String) {
        let value = self.json();
        let lines = value["checks"].as_array().cloned().unwrap_or_default();
        let line = lines.iter().find(|line| line["what"] == what);
        let line = line.unwrap_or_else(|| panic!("no line `{what}`: {}", self.shown()));
        let text = |key: &str| self.mark(line[key].as_str().unwrap_or_default());
        (text("state"), text("seen"))
    }

    /// What `exoctl check --format json` says to do next.
    pub fn next_steps(&self) -> Vec<String> {
        let value = self.json();
        let steps = value["next"].as_array().cloned().unwrap_or_default();
        steps.iter().filter_map(Value::as_str).map(|step| self.mark(step)).collect()
    }

    fn mark(&self, text: &str) -> String {
        marked(&text.replace(&self.folder, "FOLDER"))
    }
}
