//! Yes, no or maybe, and why: as data, and as a sentence for people.

use crate::{DirectoryRole, Why};
use exo_model::{CmdletName, Service};
use std::fmt;

/// Whether something is open to an app.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth answer")]
pub enum Answer {
    /// Microsoft's documentation says so.
    Yes {
        /// By what.
        by: Grant,
    },
    /// It will be refused.
    No {
        /// Why.
        why: Why,
    },
    /// The token does not tell.
    Maybe {
        /// What is known.
        why: Why,
    },
}

/// How sure it is that something is open; the surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(clippy::exhaustive_enums, reason = "finer steps would claim more than is known")]
pub enum Sureness {
    /// Documented.
    Yes,
    /// A source says so, of another time or of a part.
    Likely,
    /// No source says anything.
    Possible,
    /// A source speaks against it.
    Doubtful,
    /// Refused for certain.
    No,
}

impl Sureness {
    /// The word in tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Likely => "probably",
            Self::Possible => "maybe",
            Self::Doubtful => "probably not",
            Self::No => "no",
        }
    }
}

impl fmt::Display for Sureness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Which roles open something.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Grant {
    /// The directory roles.
    pub roles: Vec<&'static DirectoryRole>,
    /// The service they open.
    pub service: Service,
    /// The cmdlet they open, if one was asked for.
    pub cmdlet: Option<CmdletName>,
}

impl Answer {
    /// Whether it is [`Answer::Yes`].
    pub fn is_yes(&self) -> bool {
        matches!(self, Self::Yes { .. })
    }

    /// Whether it is [`Answer::No`].
    pub fn is_no(&self) -> bool {
        matches!(self, Self::No { .. })
    }

    /// Why it is not yes.
    pub fn why(&self) -> Option<&Why> {
        match self {
            Self::Yes { .. } => None,
            Self::No { why } | Self::Maybe { why } => Some(why),
        }
    }

    /// The set-up step that is open, or that may be: 1 registers the app, 2 grants the permission, 3 makes the certificate,
    /// 4 attaches it, 5 assigns a role.
    pub fn step(&self) -> Option<u8> {
        self.why().and_then(Why::step)
    }

    /// What to do, where there is something to do.
    pub fn hint(&self) -> Option<String> {
        self.why().and_then(Why::hint)
    }

    /// The one of two that is less sure.
    pub(crate) fn less_sure(self, other: Self) -> Self {
        if other.sureness() > self.sureness() { other } else { self }
    }

    /// How sure it is, the surest first.
    pub fn sureness(&self) -> Sureness {
        match self {
            Self::Yes { .. } => Sureness::Yes,
            Self::No { .. } => Sureness::No,
            Self::Maybe { why } => why.sureness(),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Yes { by } => by.fmt(f),
            Self::No { why } | Self::Maybe { why } => why.fmt(f),
        }
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (roles, service) = (names(&self.roles), self.service.title());
        let is = if self.roles.len() == 1 { "is" } else { "are" };
        match &self.cmdlet {
            Some(cmdlet) => write!(f, "{roles} {is} enough for any task in {service}, so for `{cmdlet}`"),
            None => write!(f, "{roles} {is} supported for app-only sign-in to {service}"),
        }
    }
}

/// Names as a sentence has them.
pub(crate) fn names(roles: &[&'static DirectoryRole]) -> String {
    roles.iter().map(|role| role.name).collect::<Vec<_>>().join(" and ")
}
