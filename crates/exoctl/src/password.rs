//! Where a password comes from; never from a plain flag unless the user insists.

use crate::failure::{Failure, Result};
use crate::{environment, shell};
use exo_model::{ErrorKind, Secret};
use std::io::{BufRead, IsTerminal};
use std::path::PathBuf;

/// A place that holds a password.
#[derive(Debug, Clone, Default)]
pub(crate) enum PasswordSource {
    /// No place was named.
    #[default]
    None,
    /// An environment variable.
    Variable(String),
    /// The first line of a file.
    File(PathBuf),
    /// The first line that a command prints.
    Command(String),
    /// The first line read from a file descriptor.
    Descriptor(u32),
    /// The user insisted on the command line.
    Given(Secret),
}

impl PasswordSource {
    /// The variable that is looked at when no other place is named.
    pub(crate) const DEFAULT_VARIABLE: &'static str = "EXOCTL_CERTIFICATE_PASSWORD";

    /// The one place that was named; two are a mistake.
    pub(crate) fn choose(
        variable: Option<String>,
        file: Option<PathBuf>,
        command: Option<String>,
        descriptor: Option<u32>,
        given: Option<String>,
    ) -> Result<Option<Self>> {
        let mut named: Vec<Self> = [
            variable.map(Self::Variable),
            file.map(Self::File),
            command.map(Self::Command),
            descriptor.map(Self::Descriptor),
            given.map(|text| Self::Given(text.into())),
        ]
        .into_iter()
        .flatten()
        .collect();
        if named.len() > 1 {
            return Err(Failure::usage("the password is given in more than one way; keep one"));
        }
        Ok(named.pop())
    }

    /// The variable that is looked at by itself, if it is set.
    pub(crate) fn usual() -> Option<Self> {
        environment::variable(Self::DEFAULT_VARIABLE).map(|_| Self::Variable(Self::DEFAULT_VARIABLE.into()))
    }

    /// Reads the password; `None` where no place was named.
    pub(crate) fn read(&self) -> Result<Option<Secret>> {
        match self {
            Self::None => Ok(None),
            Self::Variable(name) => match environment::even_empty(name) {
                Some(text) => Ok(Some(text.into())),
                None => Err(missing(format!("{} for the password is not set", environment::shown(name)))),
            },
            Self::File(path) => {
                let file = std::fs::File::open(path)
                    .map_err(|error| missing(format!("password file `{}` cannot be read: {error}", path.display())))?;
                first_line(std::io::BufReader::new(file)).map(Some)
            }
            Self::Command(line) => from_command(line).map(Some),
            Self::Descriptor(number) => {
                let path = format!("/dev/fd/{number}");
                let file = std::fs::File::open(path).map_err(|error| {
                    missing(format!("file descriptor {number} for the password cannot be read: {error}"))
                })?;
                first_line(std::io::BufReader::new(file)).map(Some)
            }
            Self::Given(secret) => Ok(Some(secret.clone())),
        }
    }

    /// Asks the person at the terminal, if there is one.
    pub(crate) fn prompt(question: &str) -> Option<Secret> {
        if !std::io::stdin().is_terminal() {
            return None;
        }
        rpassword::prompt_password(question).ok().map(Secret::from)
    }
}

/// One line end is taken off and nothing else: a password may be a single blank.
fn first_line(mut source: impl BufRead) -> Result<Secret> {
    let mut line = zeroizing_line();
    source.read_line(&mut line).map_err(|error| missing(format!("the password cannot be read: {error}")))?;
    let end = line.trim_end_matches('\n');
    let end = end.strip_suffix('\r').unwrap_or(end);
    if line.len() > MOST {
        return Err(missing("the password is longer than 1024 bytes".into()));
    }
    Ok(Secret::new(end.to_owned()))
}

fn zeroizing_line() -> String {
    String::with_capacity(MOST)
}

fn from_command(line: &str) -> Result<Secret> {
    let output = shell::output("password", line).map_err(missing)?;
    first_line(output.expose())
}

fn missing(text: String) -> Failure {
    Failure::new(ErrorKind::Profile, text)
        .hinted("name where the password is: --certificate-password-file, -env, -command or -fd")
}

/// Bytes of a password at most.
const MOST: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_line_end_is_taken_off() {
        assert_eq!(first_line(" \r\nsecond".as_bytes()).unwrap().expose(), " ");
        assert_eq!(first_line("pass word".as_bytes()).unwrap().expose(), "pass word");
        assert_eq!(first_line("".as_bytes()).unwrap().expose(), "");
    }

    #[test]
    fn two_places_are_refused() {
        let both = PasswordSource::choose(Some("A".into()), Some("b".into()), None, None, None);
        assert_eq!(both.unwrap_err().kind(), ErrorKind::Usage);
    }

    #[cfg(unix)]
    #[test]
    fn a_command_gives_its_first_line() {
        assert_eq!(from_command("printf 'a b\\nc'").unwrap().expose(), "a b");
        assert_eq!(from_command("exit 3").unwrap_err().kind(), ErrorKind::Profile);
    }
}
