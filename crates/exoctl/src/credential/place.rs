//! Where access tokens are that somebody else has fetched.

use crate::failure::{Failure, Result};
use crate::{environment, shell};
use exo_model::{ErrorKind, Secret, SecretBytes};
use std::path::PathBuf;

/// A place that holds one or more access tokens; never an argument, which all processes can see.
#[derive(Debug, Clone)]
pub(crate) enum TokenPlace {
    /// A file.
    File(PathBuf),
    /// Standard input.
    Input,
    /// An environment variable.
    Variable(String),
}

impl TokenPlace {
    /// A file, or standard input.
    pub(super) fn of_path(path: PathBuf) -> Self {
        if path.as_os_str() == "-" { Self::Input } else { Self::File(path) }
    }

    /// The tokens that are there, one a line.
    pub(crate) fn read(&self) -> Result<Vec<Secret>> {
        let bytes = self.bytes()?;
        let text = std::str::from_utf8(bytes.expose())
            .map_err(|_| unusable("what is given as access token is no text".into()))?;
        let tokens: Vec<Secret> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(Secret::from).collect();
        if tokens.is_empty() {
            return Err(unusable("there is no access token where one should be".into()));
        }
        Ok(tokens)
    }

    fn bytes(&self) -> Result<SecretBytes> {
        match self {
            Self::File(path) if environment::is_content(path) => {
                Err(unusable(format!("the access token's file cannot be read{}", environment::NO_NAME)))
            }
            Self::File(path) => {
                let unreadable =
                    |error| unusable(format!("access token file `{}` cannot be read: {error}", path.display()));
                shell::bounded("access token", std::fs::File::open(path).map_err(unreadable)?).map_err(unusable)
            }
            Self::Input => shell::bounded("access token on standard input", std::io::stdin().lock()).map_err(unusable),
            Self::Variable(name) => environment::variable(name)
                .map(|text| SecretBytes::new(text.into_bytes()))
                .ok_or_else(|| unusable(format!("{} for the access token is not set", environment::shown(name)))),
        }
    }
}

fn unusable(text: String) -> Failure {
    Failure::new(ErrorKind::Profile, text)
        .hinted("access tokens come by --access-token-file or --access-token-env, one a line, one for each service")
}
