//! What came of a check, and the table of all.

/// What came of a check.
#[derive(Debug, Clone)]
pub(super) enum Outcome {
    /// It ran.
    Ran {
        /// The version of the other program.
        version: String,
        /// What passed, counted: such as `4 tokens`.
        passed: Vec<(usize, &'static str)>,
        /// What did not.
        failures: Vec<String>,
    },
    /// What it runs on is not here.
    Skipped(String),
}

impl Outcome {
    /// It could not even run.
    pub(super) fn failed(failure: String) -> Self {
        Self::Ran { version: String::new(), passed: Vec::new(), failures: vec![failure] }
    }

    /// What did not pass.
    pub(super) fn failures(&self) -> &[String] {
        match self {
            Self::Ran { failures, .. } => failures,
            Self::Skipped(_) => &[],
        }
    }

    fn version(&self) -> &str {
        match self {
            Self::Ran { version, .. } => version,
            Self::Skipped(_) => "",
        }
    }

    fn result(&self) -> String {
        match self {
            Self::Skipped(reason) => format!("skipped: {reason}"),
            Self::Ran { passed, failures, .. } => {
                let mut words: Vec<String> = passed.iter().map(|(count, what)| format!("{count} {what}")).collect();
                if !failures.is_empty() {
                    words.push(format!("{} FAILED", failures.len()));
                }
                words.join(", ")
            }
        }
    }
}

/// The lines of the table: peer, version, what passed and how often.
pub(super) fn table(outcomes: &[(&'static str, Outcome)]) -> Vec<String> {
    let names = outcomes.iter().map(|(name, _)| name.len());
    let versions = outcomes.iter().map(|(_, outcome)| outcome.version().len());
    let (first, second) = (names.max().unwrap_or(0).max(4), versions.max().unwrap_or(0).max(7));
    let line = |a: &str, b: &str, c: &str| format!("{a:first$}  {b:second$}  {c}");
    let mut lines = vec![String::new(), line("peer", "version", "passed")];
    lines.extend(outcomes.iter().map(|(name, outcome)| line(name, outcome.version(), &outcome.result())));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_counts_what_passed_and_what_did_not() {
        let ran = Outcome::Ran {
            version: "1.39.0".to_owned(),
            passed: vec![(4, "tokens"), (14, "refusals")],
            failures: vec!["no token".to_owned()],
        };
        let skipped = Outcome::Skipped("no node".to_owned());
        assert_eq!(
            table(&[("msal", ran), ("msal-node", skipped)]),
            [
                "",
                "peer       version  passed",
                "msal       1.39.0   4 tokens, 14 refusals, 1 FAILED",
                "msal-node           skipped: no node",
            ]
        );
    }
}
