//! The faults of a tenant while it runs: which one strikes a request.

use std::sync::{Mutex, PoisonError};

use crate::faults::{Fault, Target};
use crate::mix::mix;

/// The faults of a tenant, and how often each has matched and struck.
#[derive(Debug, Default)]
pub(crate) struct FaultBook(Mutex<Vec<Kept>>);

#[derive(Debug)]
struct Kept {
    fault: Fault,
    matched: u32,
    struck: u32,
}

impl FaultBook {
    pub(crate) fn new(faults: &[Fault]) -> Self {
        let kept = faults.iter().map(|fault| Kept { fault: fault.clone(), matched: 0, struck: 0 });
        Self(Mutex::new(kept.collect()))
    }

    pub(crate) fn add(&self, fault: Fault) {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        book.push(Kept { fault, matched: 0, struck: 0 });
    }

    /// The fault that strikes a request of an app: a token request if no cmdlet is named.
    pub(crate) fn strike(&self, cmdlet: Option<&str>, page: Option<u32>, app: Option<&str>) -> Option<Fault> {
        self.pick(|fault| fault.applies(cmdlet, page, app))
    }

    /// The fault that strikes a request to one of the services beside the token service.
    pub(crate) fn strike_beside(&self, target: &Target) -> Option<Fault> {
        self.pick(|fault| fault.target == *target)
    }

    /// The fault that strikes a call of Microsoft Graph.
    pub(crate) fn strike_graph(&self, method: &str, path: &str) -> Option<Fault> {
        self.pick(|fault| fault.target == Target::Graph && fault.is_for(method, path))
    }

    fn pick(&self, applies: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let mut book = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut chosen = None;
        for kept in book.iter_mut().filter(|kept| applies(&kept.fault)) {
            kept.matched += 1;
            let picked = kept
                .fault
                .share
                .is_none_or(|(share, seed)| mix(seed, u64::from(kept.matched)).is_multiple_of(u64::from(share.max(1))));
            let left = picked && kept.fault.times.is_none_or(|times| kept.struck < times);
            if chosen.is_none() && left && kept.matched >= kept.fault.call {
                kept.struck += 1;
                chosen = Some(kept.fault.clone());
            }
        }
        chosen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::faults::Action;

    #[test]
    fn a_fault_strikes_its_requests_so_many_times() {
        let fault = Fault::on_cmdlet("Get-Mailbox").page(2).times(2).status(500);
        let book = FaultBook::new(&[fault]);
        assert!(book.strike(Some("Get-Mailbox"), Some(1), None).is_none());
        assert!(book.strike(Some("Get-AcceptedDomain"), Some(2), None).is_none());
        assert!(book.strike(None, None, None).is_none());
        assert!(book.strike(Some("get-mailbox"), Some(2), None).is_some());
        assert!(book.strike(Some("get-mailbox"), Some(2), None).is_some());
        assert!(book.strike(Some("get-mailbox"), Some(2), None).is_none());
    }

    #[test]
    fn a_fault_may_begin_at_a_later_call() {
        let book = FaultBook::new(&[Fault::on_any().call(3).always().reset()]);
        assert!(book.strike(None, None, None).is_none());
        assert!(book.strike(Some("Get-Mailbox"), Some(1), None).is_none());
        assert!(book.strike(None, None, None).is_some());
        assert!(book.strike(None, None, None).is_some());
    }

    #[test]
    fn the_first_that_applies_wins_and_the_next_follows() {
        let book = FaultBook::new(&[Fault::on_token().status(503), Fault::on_token().html()]);
        assert_eq!(book.strike(None, None, None).unwrap().action, Action::Status(503));
        assert_eq!(book.strike(None, None, None).unwrap().action, Action::Html);
        assert!(book.strike(None, None, None).is_none());
    }
}
