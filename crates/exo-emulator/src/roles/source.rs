//! Where a statement comes from, and tables kept as text in which every line names that.

/// How sure a statement is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Certainty {
    /// It follows from others, or one third party says so.
    Inferred,
    /// It was seen in output of live organizations.
    Seen,
    /// Microsoft's documentation says so.
    Documented,
}

/// Where a statement comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Source {
    pub(crate) certainty: Certainty,
    pub(crate) text: &'static str,
}

impl Source {
    pub(crate) const fn documented(text: &'static str) -> Self {
        Self { certainty: Certainty::Documented, text }
    }

    pub(crate) const fn seen(text: &'static str) -> Self {
        Self { certainty: Certainty::Seen, text }
    }

    pub(crate) const fn inferred(text: &'static str) -> Self {
        Self { certainty: Certainty::Inferred, text }
    }

    /// `documented: a text`, with either of the other two words as well.
    fn parse(text: &'static str) -> Option<Self> {
        let (word, text) = text.split_once(": ")?;
        match word {
            "documented" => Some(Self::documented(text)),
            "seen" => Some(Self::seen(text)),
            "inferred" => Some(Self::inferred(text)),
            _ => None,
        }
    }
}

/// One line of a table: its fields, and the source that its last field names.
#[derive(Clone, Debug)]
pub(super) struct Line<const N: usize> {
    pub(super) fields: [&'static str; N],
    pub(super) source: Source,
}

/// The lines of a table; a test holds that none of them is left out.
pub(super) fn lines<const N: usize>(text: &'static str) -> impl Iterator<Item = Line<N>> {
    let legend: Vec<(&str, Source)> = text.lines().filter_map(entry).collect();
    contents(text).filter_map(move |line| {
        let mut parts = line.split(" | ");
        let mut fields = [""; N];
        for field in &mut fields {
            *field = parts.next()?;
        }
        let key = parts.next()?;
        let (_, source) = legend.iter().find(|(known, _)| *known == key)?;
        Some(Line { fields, source: *source })
    })
}

/// The names in a field; none where it is a question mark or a dash.
pub(super) fn names(field: &'static str) -> Vec<&'static str> {
    field.split("; ").filter(|name| !matches!(*name, "?" | "-")).collect()
}

/// `source KEY = certainty: text`.
fn entry(line: &'static str) -> Option<(&'static str, Source)> {
    let (key, source) = line.strip_prefix("source ")?.split_once(" = ")?;
    Some((key, Source::parse(source)?))
}

fn contents(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#') && !line.starts_with("source "))
}

/// How many lines a table has, read or not.
#[cfg(test)]
pub(super) fn count(text: &'static str) -> usize {
    contents(text).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_without_a_known_source_is_none() {
        const TEXT: &str = "# x\nsource a = seen: somewhere\nA | b; c | a\nB | d | nobody\nC | a";
        let read: Vec<Line<2>> = lines(TEXT).collect();
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].source, Source::seen("somewhere"));
        assert_eq!(names(read[0].fields[1]), ["b", "c"]);
        assert_eq!(count(TEXT), 3);
    }
}
