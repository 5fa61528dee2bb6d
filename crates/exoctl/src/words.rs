//! The words of the command line before they are parsed.

use crate::environment;
use std::ffi::OsString;

/// `exoctl invoke Get-Mailbox -ResultSize 10 --format json`: our own options may stand after the cmdlet,
/// where PowerShell's words would swallow them; they are moved before it.
pub(crate) fn options_first(words: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let words: Vec<OsString> = words.into_iter().collect();
    let Some(command) = words.iter().position(|word| word == "invoke") else { return words };
    let (head, rest) = words.split_at(command + 1);
    let mut options = Vec::new();
    let mut cmdlet = Vec::new();
    let mut rest = rest.iter().cloned();
    while let Some(word) = rest.next() {
        let text = word.to_string_lossy().into_owned();
        // A single small letter is always ours: PowerShell's names are longer wherever they are clear.
        let ours = text.starts_with("--") || matches!(text.as_str(), "-f" | "-o" | "-q" | "-h");
        if !ours {
            cmdlet.push(word);
            continue;
        }
        let takes_value = !text.contains('=') && !SWITCHES.contains(&text.as_str());
        options.push(word);
        if takes_value {
            options.extend(rest.next());
        }
    }
    [head, &options, &cmdlet].concat()
}

/// Whether errors are wanted as JSON; asked before parsing, since parsing itself may fail.
pub(crate) fn wants_json(words: &[OsString]) -> bool {
    let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let flag = words.iter().enumerate().rev().find_map(|(at, word)| match word.as_str() {
        "--format" | "-f" => words.get(at + 1).cloned(),
        other => other.strip_prefix("--format=").map(str::to_owned),
    });
    flag.or_else(|| environment::variable("EXOCTL_FORMAT")).is_some_and(|format| format.eq_ignore_ascii_case("json"))
}

/// Our options of `invoke` that take no value; a test compares them with the parser's.
const SWITCHES: &[&str] = &[
    "--",
    "--allow-expired",
    "--allow-open-key-file",
    "--annotations",
    "--help",
    "--overwrite",
    "--quiet",
    "--require-csp",
    "--send-chain",
    "--wait-for-propagation",
    "--write",
    "-h",
    "-q",
];

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    fn moved(text: &str) -> String {
        let words = options_first(text.split(' ').map(OsString::from));
        words.iter().map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn our_options_are_moved_before_the_cmdlet() {
        assert_eq!(
            moved("exoctl invoke Get-Mailbox -ResultSize 10 --format json --quiet -Archive"),
            "exoctl invoke --format json --quiet Get-Mailbox -ResultSize 10 -Archive"
        );
        assert_eq!(moved("exoctl run x --format json"), "exoctl run x --format json");
        assert_eq!(
            moved("exoctl invoke Get-Mailbox -Filter x -f csv -o y"),
            "exoctl invoke -f csv -o y Get-Mailbox -Filter x"
        );
    }

    /// Takes no value, or only one behind an equals sign.
    fn switch(argument: &clap::Arg) -> bool {
        !argument.get_action().takes_values() || argument.get_num_args().is_some_and(|count| count.min_values() == 0)
    }

    #[test]
    fn the_switches_are_those_of_the_parser() {
        let mut command = crate::arguments::Cli::command();
        command.build();
        let invoke = command.find_subcommand("invoke").unwrap();
        let mut switches: Vec<String> = Vec::new();
        for argument in invoke.get_arguments().filter(|a| switch(a)) {
            switches.extend(argument.get_long().map(|long| format!("--{long}")));
            switches.extend(argument.get_short().map(|short| format!("-{short}")));
        }
        switches.push("--".into());
        switches.sort();
        assert_eq!(switches, SWITCHES);
    }

    #[test]
    fn json_is_recognised_before_parsing() {
        let wants = |text: &str| wants_json(&text.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(
            wants("exoctl check --format json")
                && wants("exoctl check --format=JSON")
                && !wants("exoctl check --format csv")
        );
    }

    #[test]
    fn the_parser_holds_together() {
        crate::arguments::Cli::command().debug_assert();
    }
}
