//! Who may send next: callers take turns, and within a caller whoever came first.

use std::collections::{HashMap, VecDeque};
use tokio::sync::oneshot;

/// Whoever shares the budget: a session, or a part of a program that is to get its share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Caller(pub(super) u64);

/// Those who wait for a place among the calls in flight.
#[derive(Debug)]
pub(super) struct Line<P> {
    waiting: HashMap<Caller, VecDeque<oneshot::Sender<P>>>,
    /// The callers that have somebody waiting, the next one first.
    turns: VecDeque<Caller>,
}

impl<P> Default for Line<P> {
    fn default() -> Self {
        Self { waiting: HashMap::new(), turns: VecDeque::new() }
    }
}

impl<P> Line<P> {
    pub(super) fn is_empty(&self) -> bool {
        self.turns.is_empty()
    }

    /// Waits at the end of the caller's own queue.
    pub(super) fn join(&mut self, caller: Caller) -> oneshot::Receiver<P> {
        let (sender, receiver) = oneshot::channel();
        let queue = self.waiting.entry(caller).or_default();
        if queue.is_empty() {
            self.turns.push_back(caller);
        }
        queue.push_back(sender);
        receiver
    }

    /// The next one whose turn it is and who still waits.
    pub(super) fn next(&mut self) -> Option<oneshot::Sender<P>> {
        while let Some(caller) = self.turns.pop_front() {
            let Some(queue) = self.waiting.get_mut(&caller) else { continue };
            let next = std::iter::from_fn(|| queue.pop_front()).find(|sender| !sender.is_closed());
            if queue.is_empty() {
                self.waiting.remove(&caller);
            } else {
                self.turns.push_back(caller);
            }
            if next.is_some() {
                return next;
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn callers_take_turns_and_each_is_served_in_order() {
        let mut line = Line::default();
        let many: Vec<_> = (0..3).map(|_| line.join(Caller(1))).collect();
        let few: Vec<_> = (0..1).map(|_| line.join(Caller(2))).collect();
        for number in 0..4 {
            line.next().unwrap().send(number).unwrap();
        }
        assert!(line.is_empty() && line.next().is_none());
        let got = |receivers: Vec<oneshot::Receiver<i32>>| {
            receivers.into_iter().map(|mut receiver| receiver.try_recv().unwrap()).collect::<Vec<_>>()
        };
        assert_eq!(got(many), [0, 2, 3]);
        assert_eq!(got(few), [1]);
    }

    #[test]
    fn who_has_gone_is_passed_over() {
        let mut line = Line::<()>::default();
        drop(line.join(Caller(1)));
        let _stays = line.join(Caller(1));
        drop(line.join(Caller(2)));
        assert!(line.next().is_some());
        assert!(line.next().is_none());
    }
}
