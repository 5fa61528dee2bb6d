//! From when to when something is there, as each who looks sees it: what is written spreads, it is not known at once.

use std::time::Duration;

/// Who looks at the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Eye {
    /// Calls of Microsoft Graph.
    Graph,
    /// The server of Microsoft Graph that everything is written on.
    Writer,
    /// The token service.
    Tokens,
}

/// Something in the directory that takes its own time to spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Application,
    Principal,
    Certificate,
    Grant,
    Role,
}

impl Kind {
    pub(crate) const NAMES: [(&'static str, Self); 5] = [
        ("application", Self::Application),
        ("principal", Self::Principal),
        ("certificate", Self::Certificate),
        ("grant", Self::Grant),
        ("role", Self::Role),
    ];
}

/// How long each kind takes until all see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Delays([Duration; 5]);

impl Delays {
    /// The same time for all kinds.
    pub(crate) const fn all(delay: Duration) -> Self {
        Self([delay; 5])
    }

    /// Another time for one kind.
    pub(crate) fn with(mut self, kind: Kind, delay: Duration) -> Self {
        for ((_, known), place) in Kind::NAMES.iter().zip(&mut self.0) {
            if *known == kind {
                *place = delay;
            }
        }
        self
    }

    fn of(&self, kind: Kind) -> i64 {
        let found = Kind::NAMES.iter().zip(self.0).find(|((_, known), _)| *known == kind);
        found.map_or(0, |(_, delay)| i64::try_from(delay.as_millis()).unwrap_or(i64::MAX))
    }
}

/// How long what is written takes to be seen, in calls of Graph and by the token service.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Replication {
    pub(crate) graph: Delays,
    pub(crate) tokens: Delays,
}

/// An instant in milliseconds since 1970, and how long what happens there takes to be seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: i64,
    pub(crate) replication: Replication,
}

impl Moment {
    /// When the token service knows what happens to something of that kind now.
    pub(crate) fn known_to_tokens(&self, kind: Kind) -> i64 {
        self.seen(kind).tokens
    }

    fn seen(&self, kind: Kind) -> Seen {
        let Replication { graph, tokens } = &self.replication;
        Seen {
            written: self.now,
            graph: self.now.saturating_add(graph.of(kind)),
            tokens: self.now.saturating_add(tokens.of(kind)),
        }
    }
}

/// When something is seen.
#[derive(Clone, Copy, Debug)]
struct Seen {
    written: i64,
    graph: i64,
    tokens: i64,
}

impl Seen {
    const fn by(&self, eye: Eye) -> i64 {
        match eye {
            Eye::Graph => self.graph,
            Eye::Writer => self.written,
            Eye::Tokens => self.tokens,
        }
    }
}

/// From when to when something is there.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Life {
    kind: Kind,
    begins: Seen,
    ends: Option<Seen>,
}

impl Life {
    /// Something that begins now, and spreads.
    pub(crate) fn begun(kind: Kind, moment: &Moment) -> Self {
        Self { kind, begins: moment.seen(kind), ends: None }
    }

    /// Something that was there from `start`, and that the token service learns of later.
    pub(crate) const fn old(kind: Kind, start: i64, tokens: i64) -> Self {
        Self { kind, begins: Seen { written: start, graph: start, tokens }, ends: None }
    }

    /// Takes it away, which spreads, too.
    pub(crate) fn end(&mut self, moment: &Moment) {
        if self.lasts() {
            self.ends = Some(moment.seen(self.kind));
        }
    }

    /// Whether it was not taken away, whoever has seen it yet.
    pub(crate) const fn lasts(&self) -> bool {
        self.ends.is_none()
    }

    /// Whether one who looks now sees it.
    pub(crate) fn is_seen(&self, eye: Eye, now: i64) -> bool {
        self.begins.by(eye) <= now && self.ends.is_none_or(|ends| now < ends.by(eye))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(now: i64) -> Moment {
        let graph = Delays::default().with(Kind::Role, Duration::from_millis(5));
        Moment { now, replication: Replication { graph, tokens: Delays::all(Duration::from_millis(9)) } }
    }

    #[test]
    fn beginning_and_end_spread_at_their_own_pace() {
        let mut role = Life::begun(Kind::Role, &at(100));
        let mut seen = Vec::new();
        role.end(&at(200));
        for now in [104, 105, 108, 109, 204, 205, 208, 209] {
            seen.push((role.is_seen(Eye::Graph, now), role.is_seen(Eye::Tokens, now)));
        }
        let (no, yes) = (false, true);
        let expected = [(no, no), (yes, no), (yes, no), (yes, yes), (yes, yes), (no, yes), (no, yes), (no, no)];
        assert_eq!(seen, expected);
        assert!(Life::begun(Kind::Grant, &at(100)).is_seen(Eye::Graph, 100));
        assert!(role.is_seen(Eye::Writer, 100) && !role.is_seen(Eye::Writer, 200));
    }
}
