//! What a host tells the runner that it starts: descriptors and how to confine itself, as arguments.

use crate::sandbox::Wish;
use std::ffi::OsString;
use std::os::fd::RawFd;

/// The arguments of a runner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Orders {
    /// Frames.
    pub(crate) socket: RawFd,
    /// What is loaded.
    pub(crate) library: RawFd,
    /// Where a system call that ends the runner is told.
    pub(crate) refusals: RawFd,
    pub(crate) wish: Wish,
}

impl Orders {
    /// As a runner is told them, after the arguments that belong to its program.
    pub(crate) fn to_arguments(&self) -> Vec<String> {
        [
            ("--socket", self.socket.to_string()),
            ("--library", self.library.to_string()),
            ("--refusals", self.refusals.to_string()),
            ("--isolation", self.wish.isolation.to_string()),
            ("--memory", self.wish.memory.to_string()),
        ]
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value])
        .collect()
    }

    /// Reads them back; `None` for anything else. `--record` comes from whoever records the list of system calls.
    pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Option<Self> {
        let words: Vec<_> = arguments.into_iter().map(|word| word.into_string().ok()).collect::<Option<_>>()?;
        let pairs: Vec<(&str, &str)> =
            words.chunks_exact(2).filter_map(|pair| Some((pair.first()?.as_str(), pair.last()?.as_str()))).collect();
        let known =
            |name: &str| ["--socket", "--library", "--refusals", "--isolation", "--memory", "--record"].contains(&name);
        if words.len() % 2 == 1 || !pairs.iter().all(|(name, _)| known(name)) {
            return None;
        }
        let find = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let descriptor = |name| find(name)?.parse().ok().filter(|fd| *fd > 2);
        let recording = match find("--record") {
            Some(calls) => Some(calls.split_terminator(',').map(|call| call.parse().ok()).collect::<Option<_>>()?),
            None => None,
        };
        let (isolation, memory) = (find("--isolation")?.parse().ok()?, find("--memory")?.parse().ok()?);
        Some(Self {
            socket: descriptor("--socket")?,
            library: descriptor("--library")?,
            refusals: descriptor("--refusals")?,
            wish: Wish { isolation, memory, recording },
        })
    }

    /// Every descriptor that the runner is to have beside the standard streams.
    pub(crate) fn descriptors(&self) -> [RawFd; 3] {
        [self.socket, self.library, self.refusals]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Isolation;

    fn parse(words: &[&str]) -> Option<Orders> {
        Orders::parse(words.iter().map(OsString::from))
    }

    #[test]
    fn what_is_told_is_understood() {
        let wish = Wish { isolation: Isolation::Required, memory: 1 << 30, recording: None };
        let mut orders = Orders { socket: 3, library: 4, refusals: 5, wish };
        let mut words = orders.to_arguments();
        let read = |words: &[String]| Orders::parse(words.iter().map(OsString::from));
        assert_eq!(read(&words), Some(orders.clone()));
        words.splice(0..0, ["--record".to_owned(), "1,2".to_owned()]);
        orders.wish.recording = Some(vec![1, 2]);
        assert_eq!(read(&words), Some(orders));
    }

    #[test]
    fn anything_else_is_not() {
        let good = ["--socket", "3", "--library", "4", "--refusals", "5", "--isolation", "auto", "--memory", "1"];
        assert!(parse(&good).is_some());
        for (place, other) in [(1, "2"), (1, "x"), (0, "--sockets"), (7, "some"), (9, "-1")] {
            let mut words = good;
            words[place] = other;
            assert_eq!(parse(&words), None, "{words:?}");
        }
        assert_eq!(parse(&good[..8]), None);
        assert_eq!(parse(&good[..9]), None);
    }
}
