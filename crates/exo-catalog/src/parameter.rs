//! A parameter of a cmdlet.

use crate::ServiceSet;
use std::fmt;

/// What a parameter takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ParameterKind {
    /// A text: also every identity, address and enumeration.
    String,
    /// Present or not; sent as `true` or `false`.
    Switch,
    /// `$true` or `$false`.
    Bool,
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// A list of texts.
    List,
    /// A GUID.
    Guid,
    /// A time.
    DateTime,
    /// A span of time.
    Duration,
    /// A size such as `10MB`.
    ByteSize,
    /// A number, size or span of time, or the word `Unlimited`.
    Unlimited,
    /// Names with values.
    Hashtable,
    /// A list of names with values.
    HashtableList,
    /// A user with a password.
    Credential,
    /// A password.
    SecureString,
    /// Bytes, such as a file's.
    Bytes,
    /// An object that only another cmdlet makes.
    Object,
}

impl ParameterKind {
    /// The word in messages, such as `string` or `list`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Switch => "switch",
            Self::Bool => "bool",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::List => "list",
            Self::Guid => "guid",
            Self::DateTime => "datetime",
            Self::Duration => "duration",
            Self::ByteSize => "size",
            Self::Unlimited => "number or `Unlimited`",
            Self::Hashtable => "hashtable",
            Self::HashtableList => "list of hashtables",
            Self::Credential => "credential",
            Self::SecureString => "secure string",
            Self::Bytes => "bytes",
            Self::Object => "object",
        }
    }

    fn of_letter(letter: char) -> Self {
        match letter {
            'w' => Self::Switch,
            'b' => Self::Bool,
            'i' => Self::Integer,
            'n' => Self::Number,
            'l' => Self::List,
            'g' => Self::Guid,
            'd' => Self::DateTime,
            't' => Self::Duration,
            'z' => Self::ByteSize,
            'u' => Self::Unlimited,
            'h' => Self::Hashtable,
            'k' => Self::HashtableList,
            'c' => Self::Credential,
            'p' => Self::SecureString,
            'y' => Self::Bytes,
            'o' => Self::Object,
            _ => Self::String,
        }
    }
}

impl fmt::Display for ParameterKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A parameter of a cmdlet.
///
/// ```
/// use exo_catalog::{ParameterKind, find};
/// let get_mailbox = find(&"Get-Mailbox".parse()?).ok_or("no such cmdlet")?;
/// let parameter = get_mailbox.parameter("RecipientTypeDetails").ok_or("no such parameter")?;
/// assert_eq!(parameter.kind(), ParameterKind::List);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Parameter {
    name: &'static str,
    kind: ParameterKind,
    services: ServiceSet,
    mandatory: bool,
    aliases: &'static str,
}

impl Parameter {
    /// Its name, as Microsoft writes it.
    pub fn name(self) -> &'static str {
        self.name
    }

    /// What it takes.
    pub fn kind(self) -> ParameterKind {
        self.kind
    }

    /// Other names of it, such as `wi` of `WhatIf`.
    pub fn aliases(self) -> impl Iterator<Item = &'static str> {
        self.aliases.split(',').filter(|alias| !alias.is_empty())
    }

    /// In which of the cmdlet's services it exists.
    pub fn services(self) -> ServiceSet {
        self.services
    }

    /// Whether no call of the cmdlet does without it.
    pub fn mandatory(self) -> bool {
        self.mandatory
    }

    /// Whether this is its name or an alias of it, in any case.
    pub fn is_called(self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name) || self.aliases().any(|alias| alias.eq_ignore_ascii_case(name))
    }

    /// Reads `Name:k[x|s][!][=alias,alias]`.
    pub(crate) fn of_word(word: &'static str, cmdlet: ServiceSet) -> Option<Self> {
        let (name, rest) = word.split_once(':')?;
        let (marks, aliases) = rest.split_once('=').unwrap_or((rest, ""));
        let mut letters = marks.chars();
        let kind = ParameterKind::of_letter(letters.next()?);
        let limited = ServiceSet::of_letters(letters.as_str());
        let services = if limited.is_empty() { cmdlet } else { limited };
        Some(Self { name, kind, services, mandatory: marks.ends_with('!'), aliases })
    }
}

impl fmt::Debug for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "-{} <{}>", self.name, self.kind)
    }
}
