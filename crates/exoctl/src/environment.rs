//! The only place that reads the environment beside the command line's own variables.

use std::path::{Path, PathBuf};

/// A variable that is set to something.
#[expect(clippy::disallowed_methods, reason = "the program is the one place that reads the environment")]
pub(crate) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A variable that is set, be it to nothing: a password may be empty.
#[expect(clippy::disallowed_methods, reason = "the program is the one place that reads the environment")]
pub(crate) fn even_empty(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// A variable as a message may name it: what is no name may be the secret itself, given in its place.
pub(crate) fn shown(name: &str) -> String {
    let is_name = name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_name { format!("environment variable `{name}`") } else { "the environment variable".to_owned() + NO_NAME }
}

/// Whether what is given as a file's name is rather what should be in the file.
pub(crate) fn is_content(path: &Path) -> bool {
    let text = path.to_string_lossy();
    text.len() > 1024 || text.contains('\n') || text.starts_with("eyJ") || text.starts_with("-----BEGIN")
}

/// What is said in place of a name that may be a secret.
pub(crate) const NO_NAME: &str = " (what is given is no name; was the value itself given in its place?)";

/// The folder of this program's settings on this platform, if the platform tells a home.
pub(crate) fn config_folder() -> Option<PathBuf> {
    if cfg!(windows) {
        under("APPDATA", &["exoctl"])
    } else if cfg!(target_os = "macos") {
        under("HOME", &["Library", "Application Support", "exoctl"])
    } else {
        under("XDG_CONFIG_HOME", &["exoctl"]).or_else(|| under("HOME", &[".config", "exoctl"]))
    }
}

/// A folder below the one that a variable names.
fn under(base: &str, rest: &[&str]) -> Option<PathBuf> {
    variable(base).map(|folder| rest.iter().fold(PathBuf::from(folder), |path, part| path.join(part)))
}

/// The folder of this program's own certificate store, if the platform tells a home.
pub(crate) fn store_folder() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join("certificates"))
}

/// The folder of the plugins that were added, if the platform tells a home.
pub(crate) fn plugin_folder() -> Option<PathBuf> {
    data_folder().map(|folder| folder.join("plugins"))
}

fn data_folder() -> Option<PathBuf> {
    if cfg!(windows) {
        under("LOCALAPPDATA", &["exoctl"])
    } else if cfg!(target_os = "macos") {
        under("HOME", &["Library", "Application Support", "exoctl"])
    } else {
        under("XDG_DATA_HOME", &["exoctl"]).or_else(|| under("HOME", &[".local", "share", "exoctl"]))
    }
}

/// The folder in which .NET keeps the user's certificates where the system has no store, if there is a home.
pub(crate) fn dotnet_folder() -> Option<PathBuf> {
    let home = variable("HOME").filter(|_| cfg!(target_os = "linux"))?;
    Some([&home, ".dotnet", "corefx", "cryptography", "x509stores", "my"].iter().collect())
}

/// The proxy for HTTPS requests, as the environment names it.
pub(crate) fn proxy() -> Option<Proxy> {
    let named = |name: &'static str| Some((name, variable(name)?));
    let (variable, url) = PROXY_VARIABLES.iter().find_map(|name| named(name))?;
    let except = ["NO_PROXY", "no_proxy"].into_iter().find_map(self::variable).unwrap_or_default();
    Some(Proxy { variable, url, except })
}

/// The variables that name a proxy for HTTPS, in the order in which they count.
pub(crate) const PROXY_VARIABLES: &[&str] = &["HTTPS_PROXY", "https_proxy", "ALL_PROXY"];

/// A proxy, and the hosts that go without it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Proxy {
    /// The variable that names it.
    pub(crate) variable: &'static str,
    /// Its address, which may hold a password.
    pub(crate) url: String,
    /// Hosts that go without it, separated by commas.
    pub(crate) except: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_name_is_not_repeated() {
        assert_eq!(shown("EXO_PASSWORD"), "environment variable `EXO_PASSWORD`");
        for value in ["eyJ0eXAi.eyJh.c2ln", "p@ssw0rd", "", "0815", "-----BEGIN PRIVATE KEY-----"] {
            assert!(value.is_empty() || !shown(value).contains(value), "{value}");
        }
    }

    #[test]
    fn a_token_is_no_path() {
        assert!(!is_content(Path::new("/home/me/app.pfx")));
        assert!(is_content(Path::new("eyJ0eXAi.eyJh.c2ln")));
        assert!(is_content(Path::new("-----BEGIN CERTIFICATE-----\nMII")));
    }
}
