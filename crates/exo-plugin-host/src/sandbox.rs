//! How plugins are confined: what is wished, and what the child says is in force.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

#[cfg(target_os = "linux")]
mod calls;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod refused;

/// How strongly plugins are to be confined in their process.
///
/// ```
/// use exo_plugin_host::Isolation;
/// assert_eq!("required".parse(), Ok(Isolation::Required));
/// assert_eq!(Isolation::default().to_string(), "auto");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(clippy::exhaustive_enums, reason = "all, some, or none of what the system has")]
pub enum Isolation {
    /// As strongly as the system can; what it cannot is named.
    #[default]
    Auto,
    /// With every [`Layer`], or not at all.
    Required,
    /// Only in a process of its own, which can do what its user can: for debugging.
    Process,
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Auto => "auto",
            Self::Required => "required",
            Self::Process => "process",
        })
    }
}

impl FromStr for Isolation {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let all = [Self::Auto, Self::Required, Self::Process];
        let found = all.into_iter().find(|isolation| isolation.to_string() == text);
        found.ok_or_else(|| format!("`{text}` is none of auto, required, process"))
    }
}

/// What a plugin is kept from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Layer {
    /// More memory and descriptors than a report needs, files that grow, core files, privileges.
    Limits,
    /// Files and folders.
    Files,
    /// Sockets of any kind.
    Network,
    /// Programs, other processes, their memory.
    Processes,
    /// Every system call that reports have no use for.
    SystemCalls,
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Limits => "limits",
            Self::Files => "files",
            Self::Network => "network",
            Self::Processes => "processes",
            Self::SystemCalls => "system-calls",
        })
    }
}

/// A layer that is not in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Missing {
    /// Which.
    pub layer: Layer,
    /// What the system lacks.
    pub why: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.layer, self.why)
    }
}

/// What confined a plugin. The child says it after it has applied it, and before anything of the plugin is loaded.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Confinement {
    /// Whether it had a process of its own.
    pub process: bool,
    /// What is in force in that process.
    pub layers: Vec<Layer>,
    /// What was wished and is not in force.
    pub missing: Vec<Missing>,
    /// The version of Landlock by which files are kept away: newer ones know more that can be refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub landlock: Option<u32>,
}

impl Confinement {
    /// The word for results: `sandbox` with every layer, `partial` with some, `process` for the bare child, `none` for a
    /// thread.
    pub fn word(&self) -> &'static str {
        match (self.process, self.layers.is_empty(), self.missing.is_empty()) {
            (false, ..) => "none",
            (true, true, _) => "process",
            (true, false, true) => "sandbox",
            (true, false, false) => "partial",
        }
    }

    /// A process of its own, and nothing more.
    #[cfg(unix)]
    pub(crate) fn process() -> Self {
        Self { process: true, ..Self::default() }
    }

    /// Writes down whether a layer is in force.
    #[cfg(unix)]
    fn note(&mut self, layer: Layer, applied: Result<(), String>) {
        match applied {
            Ok(()) => self.layers.push(layer),
            Err(why) => self.missing.push(Missing { layer, why }),
        }
    }
}

impl fmt::Display for Confinement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())?;
        if !self.layers.is_empty() {
            write!(f, " ({})", joined(&self.layers))?;
        }
        if !self.missing.is_empty() {
            write!(f, ", without {}", joined(&self.missing))?;
        }
        if let Some(version) = self.landlock {
            write!(f, ", Landlock {version}")?;
        }
        Ok(())
    }
}

/// A list in a sentence.
pub(crate) fn joined(parts: &[impl ToString]) -> String {
    parts.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// Keeps this process's memory, environment and descriptors from others of the same user, on systems that can: for the
/// first lines of a host's `main`. Debuggers of the same user are kept out, too.
///
/// ```no_run
/// # fn main() {
/// exo_plugin_host::shield();
/// // …and only then settings, certificates, tokens.
/// # }
/// ```
pub fn shield() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable) {
        tracing::debug!(%error, "the memory of this process is as open as that of others");
    }
}

/// How this process is to be confined.
#[cfg(unix)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) isolation: Isolation,
    /// Bytes that the plugin may use.
    pub(crate) memory: u64,
    /// The only system calls that may be made, by their numbers; any other ends the process and is told. This is how the
    /// list is recorded.
    pub(crate) recording: Option<Vec<i64>>,
}

/// Confines this process, for good. What it may not do ends it, and the call's number is written to `refusals`.
#[cfg(unix)]
pub(crate) fn confine(wish: &Wish, refusals: rustix::fd::OwnedFd) -> Confinement {
    let mut found = Confinement::process();
    if wish.isolation == Isolation::Process {
        return found;
    }
    #[cfg(target_os = "linux")]
    linux::confine(wish, refusals, &mut found);
    #[cfg(not(target_os = "linux"))]
    {
        drop(refusals);
        let why = || Err("not yet on this system".to_owned());
        for layer in [Layer::Limits, Layer::Files, Layer::Network, Layer::Processes, Layer::SystemCalls] {
            found.note(layer, why());
        }
    }
    found
}

/// What a child did that ended it, from the number of the system call.
#[cfg(unix)]
pub(crate) fn violation(call: i64) -> String {
    #[cfg(target_os = "linux")]
    if let Some((rule, name)) = calls::named(call) {
        return format!("violated the rule `{rule}`: it called `{name}`");
    }
    format!("violated the rule `{}`: it made system call {call}", Layer::SystemCalls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let mut found = Confinement::default();
        assert_eq!(found.to_string(), "none");
        found.process = true;
        assert_eq!(found.to_string(), "process");
        found.layers = vec![Layer::Limits, Layer::SystemCalls];
        assert_eq!(found.to_string(), "sandbox (limits, system-calls)");
        found.missing.push(Missing { layer: Layer::Files, why: "no Landlock".into() });
        assert_eq!(found.to_string(), "partial (limits, system-calls), without files (no Landlock)");
        let full = Confinement { missing: Vec::new(), landlock: Some(7), ..found.clone() };
        assert_eq!(full.to_string(), "sandbox (limits, system-calls), Landlock 7");
        let json = serde_json::to_string(&found).unwrap();
        assert!(json.contains(r#""layers":["limits","system-calls"]"#), "{json}");
        assert_eq!(serde_json::from_str::<Confinement>(&json).unwrap(), found);
    }

    #[test]
    fn wishes_are_read() {
        for isolation in [Isolation::Auto, Isolation::Required, Isolation::Process] {
            assert_eq!(isolation.to_string().parse(), Ok(isolation));
        }
        assert_eq!("strict".parse::<Isolation>(), Err("`strict` is none of auto, required, process".to_owned()));
    }
}
