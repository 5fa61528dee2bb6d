//! What a check saw, line by line, and what to do next.

use crate::arguments::Results;
use crate::check::Remedy;
use crate::failure::{Failure, Result};
use crate::lines::Lines;
use crate::{plan, table};
use exo_model::ErrorKind;
use exo_output::Format;
use serde::Serialize;

/// The lines of a check in their order, from the first on: each is not tried until something was seen.
#[derive(Debug)]
pub(crate) struct List {
    lines: Vec<Line>,
    remedy: fn(u8) -> Option<Remedy>,
}

/// What was looked at, what was seen, and what to do.
#[derive(Debug, Default, Serialize)]
struct Line {
    what: String,
    state: State,
    seen: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    causes: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<ErrorKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    portal: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Ok,
    Warning,
    Failed,
    Unknown,
    #[default]
    NotTried,
}

impl List {
    /// Lines of these names, and where each set-up step is done.
    pub(crate) fn of(names: impl IntoIterator<Item = String>, remedy: fn(u8) -> Option<Remedy>) -> Self {
        let lines = names.into_iter().map(|what| Line { what, ..Line::default() }).collect();
        Self { lines, remedy }
    }

    /// Something that holds.
    pub(crate) fn ok(&mut self, what: impl Into<String>, seen: String) {
        self.set(what, State::Ok, seen, None);
    }

    /// The same, where there is such a line.
    pub(crate) fn ok_if_there(&mut self, what: &str, seen: String) {
        if self.expects(what) {
            self.ok(what, seen);
        }
    }

    /// Something worth knowing that stops nothing.
    pub(crate) fn warn(&mut self, what: impl Into<String>, seen: String, next: &str) {
        self.set(what, State::Warning, seen, Some(next.to_owned()));
    }

    /// Something that was looked at, without anything to be seen.
    pub(crate) fn unknown(&mut self, what: impl Into<String>, why: String) {
        self.set(what, State::Unknown, why, None);
    }

    /// Something that does not hold.
    pub(crate) fn fail(&mut self, what: impl Into<String>, failure: &Failure) {
        let remedy = failure.hint().as_deref().and_then(setup_step).and_then(self.remedy);
        let line = self.set(what, State::Failed, failure.text(), failure.hint());
        line.causes = failure.causes();
        line.causes.extend(failure.code().and_then(meaning));
        line.kind = Some(failure.kind());
        line.code = failure.code().map(str::to_owned);
        line.command = remedy.and_then(|remedy| remedy.command);
        line.portal = remedy.and_then(|remedy| remedy.portal);
    }

    /// Whether there is a line of this name.
    pub(crate) fn expects(&self, what: &str) -> bool {
        self.lines.iter().any(|line| line.what == what)
    }

    /// Whether something was said under this name.
    pub(crate) fn is_told(&self, what: &str) -> bool {
        self.lines.iter().any(|line| line.what == what && line.state != State::NotTried)
    }

    /// Whether something under this name failed.
    pub(crate) fn has_failed(&self, what: &str) -> bool {
        self.lines.iter().any(|line| line.what == what && line.state == State::Failed)
    }

    /// The kind of the first failure.
    pub(crate) fn first_failure(&self) -> Option<ErrorKind> {
        self.lines.iter().find_map(|line| line.kind)
    }

    /// Whether lines are written for programs; asked before anything is sent.
    pub(crate) fn is_for_programs(results: &Results) -> Result<bool> {
        match plan::format(results)? {
            Format::Table => Ok(false),
            Format::Json => Ok(true),
            other => Err(Failure::usage(format!("a check cannot be written as {other}")).hinted("table or json")),
        }
    }

    /// Writes the lines for people or for programs.
    pub(crate) fn write(&mut self, for_programs: bool, results: &Results) -> Result<()> {
        self.close();
        let text = if for_programs { self.for_programs()? } else { self.for_people() };
        table::text(&text, results)
    }

    /// Says of what was not tried why.
    fn close(&mut self) {
        let failed = self.first_failed().map(str::to_owned);
        for line in self.lines.iter_mut().filter(|line| line.state == State::NotTried) {
            line.seen = match &failed {
                Some(failed) => format!("not tried, since `{failed}` failed"),
                None => "not tried".to_owned(),
            };
        }
    }

    /// The name of the first line that failed.
    fn first_failed(&self) -> Option<&str> {
        self.lines.iter().find(|line| line.state == State::Failed).map(|line| line.what.as_str())
    }

    /// The line of this name, filled; a second one behind it, where it is filled already.
    fn set(&mut self, what: impl Into<String>, state: State, seen: String, next: Option<String>) -> &mut Line {
        let line = Line { what: what.into(), state, seen, next, ..Line::default() };
        let at = self.lines.iter().rposition(|known| known.what == line.what);
        let at = match at {
            Some(at) if self.lines.get(at).is_some_and(|known| known.state == State::NotTried) => {
                self.lines.remove(at);
                at
            }
            Some(at) => at + 1,
            None => self.lines.len(),
        };
        self.lines.insert(at, line);
        &mut self.lines[at]
    }

    fn for_people(&self) -> String {
        let width = self.lines.iter().map(|line| line.what.len()).max().unwrap_or_default();
        let mut out = Lines::default();
        for line in &self.lines {
            out.line(format_args!("{}  {:width$}  {}", line.state.mark(), line.what, line.seen));
            for cause in &line.causes {
                out.line(format_args!("      {:width$}  caused by: {cause}", ""));
            }
        }
        let steps = self.next_steps();
        if steps.is_empty() {
            let sure = self.lines.iter().all(|line| matches!(line.state, State::Ok | State::Warning));
            out.line(format_args!("\n{}", if sure { "all is well" } else { "nothing is known to be wrong" }));
        } else {
            out.line(format_args!("\nwhat to do next:"));
        }
        for (number, step) in steps.iter().enumerate() {
            out.line(format_args!("  {}. {}", number + 1, step.next.as_deref().unwrap_or_default()));
            if let Some(command) = step.command {
                out.line(format_args!("     command: {command}"));
            }
            if let Some(portal) = step.portal {
                out.line(format_args!("     portal: {PORTAL} > {portal}"));
            }
        }
        out.into_text()
    }

    fn for_programs(&self) -> Result<String> {
        let value = serde_json::json!({
            "format_version": FORMAT_VERSION,
            "program_version": env!("CARGO_PKG_VERSION"),
            "ok": self.first_failure().is_none(),
            "first_failed": self.first_failed(),
            "checks": self.lines,
            "next": self.next_steps().iter().filter_map(|line| line.next.as_deref()).collect::<Vec<_>>(),
        });
        let text = serde_json::to_string_pretty(&value)
            .map_err(|error| Failure::new(ErrorKind::Fault, format!("the check cannot be written: {error}")))?;
        Ok(text + "\n")
    }

    /// The way out of each failure, each once, in the order in which they are to be done.
    fn next_steps(&self) -> Vec<&Line> {
        let mut seen = std::collections::BTreeSet::new();
        let failed = self.lines.iter().filter(|line| line.state == State::Failed);
        let mut steps: Vec<&Line> = failed.filter(|line| line.next.is_some()).collect();
        steps.retain(|line| seen.insert(line.next.as_deref()));
        // What is in the way of every step comes first, and the steps in their own order.
        steps.sort_by_key(|line| line.next.as_deref().and_then(setup_step).unwrap_or_default());
        steps
    }
}

impl State {
    /// Four characters for people.
    const fn mark(self) -> &'static str {
        match self {
            Self::Ok => "ok  ",
            Self::Warning => "warn",
            Self::Failed => "FAIL",
            Self::Unknown => "?   ",
            Self::NotTried => "-   ",
        }
    }
}

/// Where the ways through the portal begin.
const PORTAL: &str = "https://entra.microsoft.com";

/// The version of the form for programs; grows when a reader has to know.
const FORMAT_VERSION: u32 = 1;

/// The set-up step that a way out names, as all layers write it.
fn setup_step(next: &str) -> Option<u8> {
    let (_, rest) = next.split_once("set-up step ")?;
    rest.chars().next()?.to_digit(10).and_then(|digit| u8::try_from(digit).ok())
}

/// What a code of the token service means.
fn meaning(code: &str) -> Option<String> {
    let number = code.strip_prefix("AADSTS")?.parse().ok()?;
    exo_token::Aadsts::find(number).map(|entry| format!("{code} means that {}", entry.cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(names: &[&str]) -> List {
        List::of(names.iter().map(|name| (*name).to_owned()), |_| None)
    }

    #[test]
    fn the_way_out_comes_last_and_once() {
        let mut list = list(&["certificate", "exo token", "scc token", "exo session"]);
        list.fail("scc token", &Failure::new(ErrorKind::Authorization, "refused").hinted("do a"));
        list.fail("exo token", &Failure::new(ErrorKind::Authentication, "refused").hinted("do a"));
        list.ok("certificate", "fine".into());
        list.close();
        let text = list.for_people();
        assert_eq!(text.matches("do a").count(), 1);
        assert!(text.starts_with("ok    certificate  fine\nFAIL  exo token    refused\n"), "{text}");
        assert!(text.contains("-     exo session  not tried, since `exo token` failed\n"), "{text}");
        assert_eq!(list.first_failure(), Some(ErrorKind::Authentication), "in the order of the lines");
    }

    #[test]
    fn the_steps_are_listed_in_the_order_in_which_they_are_to_be_done() {
        let mut list = list(&[]);
        let mut fail = |what: &str, hint: &str| {
            list.fail(what, &Failure::new(ErrorKind::Authorization, "refused").hinted(hint));
        };
        fail("exo session", "set-up step 5 is open: assign a role");
        fail("scc permission", "set-up step 2 is open: consent");
        fail("clock", "set the clock");
        let steps: Vec<_> = list.next_steps().into_iter().filter_map(|line| line.next.as_deref()).collect();
        assert_eq!(steps, ["set the clock", "set-up step 2 is open: consent", "set-up step 5 is open: assign a role"]);
    }

    #[test]
    fn what_was_said_before_stays() {
        let mut list = list(&["certificate", "clock"]);
        list.ok("certificate", "fine".into());
        list.warn("certificate", "ends soon".into(), "see");
        let lines: Vec<_> = list.lines.iter().map(|line| (line.what.as_str(), line.state)).collect();
        assert_eq!(lines, [("certificate", State::Ok), ("certificate", State::Warning), ("clock", State::NotTried)]);
        assert!(list.for_people().ends_with("nothing is known to be wrong\n"));
        list.ok("clock", "right".into());
        assert!(list.for_people().ends_with("all is well\n"));
    }

    #[test]
    fn programs_get_every_line() {
        let mut list = list(&["role", "tls"]);
        list.warn("role", "maybe".into(), "see");
        list.unknown("tls", "why".into());
        let value: serde_json::Value = serde_json::from_str(&list.for_programs().unwrap()).unwrap();
        assert_eq!((&value["ok"], &value["first_failed"]), (&true.into(), &serde_json::Value::Null));
        assert_eq!(value["checks"][0]["state"], "warning");
        assert_eq!(value["checks"][1]["state"], "unknown");
    }
}
