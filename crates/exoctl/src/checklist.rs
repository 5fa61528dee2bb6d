//! What a check saw, line by line, and what to do next.

use crate::arguments::Results;
use crate::failure::{Failure, Result};
use crate::lines::Lines;
use crate::{plan, table};
use exo_model::ErrorKind;
use exo_output::Format;
use serde::Serialize;

/// The lines of a check in their order.
#[derive(Debug, Default)]
pub(crate) struct List {
    lines: Vec<Line>,
}

/// What was looked at, what was seen, and what to do.
#[derive(Debug, Serialize)]
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum State {
    Ok,
    Warning,
    Failed,
}

impl List {
    /// Something that holds.
    pub(crate) fn ok(&mut self, what: impl Into<String>, seen: String) {
        self.push(what, State::Ok, seen, None);
    }

    /// Something worth knowing that stops nothing.
    pub(crate) fn warn(&mut self, what: impl Into<String>, seen: String, next: &str) {
        self.push(what, State::Warning, seen, Some(next.to_owned()));
    }

    /// Something that does not hold.
    pub(crate) fn fail(&mut self, what: impl Into<String>, failure: &Failure) {
        self.push(what, State::Failed, failure.text(), failure.hint());
        if let Some(line) = self.lines.last_mut() {
            line.causes = failure.causes();
            line.causes.extend(failure.code().and_then(meaning));
            line.kind = Some(failure.kind());
            line.code = failure.code().map(str::to_owned);
        }
    }

    /// Whether there is a line of this name.
    pub(crate) fn has(&self, what: &str) -> bool {
        self.lines.iter().any(|line| line.what == what)
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
    pub(crate) fn write(&self, for_programs: bool, results: &Results) -> Result<()> {
        let text = if for_programs { self.for_programs()? } else { self.for_people() };
        table::text(&text, results)
    }

    fn push(&mut self, what: impl Into<String>, state: State, seen: String, next: Option<String>) {
        self.lines.push(Line { what: what.into(), state, seen, causes: Vec::new(), next, kind: None, code: None });
    }

    fn for_people(&self) -> String {
        let width = self.lines.iter().map(|line| line.what.len()).max().unwrap_or_default();
        let mut out = Lines::default();
        for line in &self.lines {
            let mark = match line.state {
                State::Ok => "ok  ",
                State::Warning => "warn",
                State::Failed => "FAIL",
            };
            out.line(format_args!("{mark}  {:width$}  {}", line.what, line.seen));
            for cause in &line.causes {
                out.line(format_args!("      {:width$}  caused by: {cause}", ""));
            }
        }
        let steps: Vec<&str> = self.next_steps().collect();
        if steps.is_empty() {
            out.line(format_args!("\nall is well"));
        }
        for (number, step) in steps.iter().enumerate() {
            if number == 0 {
                out.line(format_args!(
                    "
what to do next:"
                ));
            }
            out.line(format_args!("  {}. {step}", number + 1));
        }
        out.into_text()
    }

    fn for_programs(&self) -> Result<String> {
        let value = serde_json::json!({
            "ok": self.first_failure().is_none(),
            "checks": self.lines,
            "next": self.next_steps().collect::<Vec<_>>(),
        });
        let text = serde_json::to_string_pretty(&value)
            .map_err(|error| Failure::new(ErrorKind::Fault, format!("the check cannot be written: {error}")))?;
        Ok(text + "\n")
    }

    /// The way out of each failure, each once, in the order in which they are to be done.
    fn next_steps(&self) -> impl Iterator<Item = &str> {
        let mut seen = std::collections::BTreeSet::new();
        let failed = self.lines.iter().filter(|line| line.state == State::Failed);
        let mut steps: Vec<&str> = failed.filter_map(|line| line.next.as_deref()).collect();
        steps.retain(|next| seen.insert(*next));
        // What is in the way of every step comes first, and the steps in their own order.
        steps.sort_by_key(|next| setup_step(next).unwrap_or_default());
        steps.into_iter()
    }
}

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

    #[test]
    fn the_way_out_comes_last_and_once() {
        let mut list = List::default();
        list.ok("certificate", "fine".into());
        list.fail("exo token", &Failure::new(ErrorKind::Authentication, "refused").hinted("do a"));
        list.fail("scc token", &Failure::new(ErrorKind::Authorization, "refused").hinted("do a"));
        let text = list.for_people();
        assert_eq!(text.matches("do a").count(), 1);
        assert!(text.starts_with("ok    certificate  fine\nFAIL  exo token    refused\n"), "{text}");
        assert_eq!(list.first_failure(), Some(ErrorKind::Authentication));
    }

    #[test]
    fn the_steps_are_listed_in_the_order_in_which_they_are_to_be_done() {
        let mut list = List::default();
        let mut fail = |what: &str, hint: &str| {
            list.fail(what, &Failure::new(ErrorKind::Authorization, "refused").hinted(hint));
        };
        fail("exo session", "set-up step 5 is open: assign a role");
        fail("scc permission", "set-up step 2 is open: consent");
        fail("clock", "set the clock");
        let steps: Vec<&str> = list.next_steps().collect();
        assert_eq!(steps, ["set the clock", "set-up step 2 is open: consent", "set-up step 5 is open: assign a role"]);
    }

    #[test]
    fn programs_get_every_line() {
        let mut list = List::default();
        list.warn("role", "maybe".into(), "see");
        let value: serde_json::Value = serde_json::from_str(&list.for_programs().unwrap()).unwrap();
        assert_eq!(value["ok"], true);
        assert_eq!(value["checks"][0]["state"], "warning");
    }
}
