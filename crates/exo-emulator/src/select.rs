//! The properties that a caller wants of each row.

/// The properties that a caller asked for.
#[derive(Debug, Default)]
pub(crate) struct Select {
    names: Option<Vec<String>>,
    /// A bit for each kind of name that is among them, so that most others are refused at a glance.
    kinds: u64,
    /// Whether properties come without annotations.
    pub(crate) bare: bool,
}

/// The bit of a name, by its length and its first letter.
fn kind(name: &str) -> u64 {
    let first = name.bytes().next().unwrap_or(0).to_ascii_lowercase();
    1 << ((name.len() * 7 + usize::from(first)) % 64)
}

impl Select {
    /// From the value of `$select`; an empty one means all.
    pub(crate) fn parse(value: Option<&str>) -> Self {
        let names = value.map(|names| names.split(',').map(|name| name.trim().to_owned()).collect());
        Self::new(names, false)
    }

    /// These properties, or all, without annotations.
    pub(crate) fn bare(names: Option<Vec<String>>) -> Self {
        Self::new(names, true)
    }

    fn new(names: Option<Vec<String>>, bare: bool) -> Self {
        let kinds = names.iter().flatten().fold(0, |kinds, name| kinds | kind(name));
        Self { names, kinds, bare }
    }

    pub(crate) const fn is_all(&self) -> bool {
        self.names.is_none()
    }

    /// The option again, for the link to the next page.
    pub(crate) fn as_query(&self) -> String {
        let simple = |name: &&String| name.bytes().all(|byte| byte.is_ascii_alphanumeric());
        match &self.names {
            Some(names) => {
                let names: Vec<&str> = names.iter().filter(simple).map(String::as_str).collect();
                format!("%24select={}&", names.join("%2C"))
            }
            None => String::new(),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.names
            .as_ref()
            .is_none_or(|names| self.kinds & kind(name) != 0 && names.iter().any(|n| n.eq_ignore_ascii_case(name)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_case_and_others_are_refused() {
        let select = Select::parse(Some("guid, PrimarySmtpAddress"));
        assert!(select.has("Guid") && select.has("primarysmtpaddress"));
        for other in ["Name", "Guide", "Guit", "WindowsEmailAddr", ""] {
            assert!(!select.has(other), "{other}");
        }
        assert!(Select::parse(None).has("Anything") && Select::bare(None).has("Anything"));
        assert_eq!(select.as_query(), "%24select=guid%2CPrimarySmtpAddress&");
    }
}
