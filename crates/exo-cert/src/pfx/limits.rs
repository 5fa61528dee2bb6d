//! How much a file may ask for, so that a hostile one costs about a second and not an afternoon.

use super::{Passwords, PfxError};

/// The largest file that is read, in bytes.
pub(crate) const MAX_FILE: usize = 4 << 20;
pub(super) const MAX_ROUNDS_EACH: u64 = 1_000_000;
// NSS writes three times 600,000; GnuTLS, with triple DES, six times that for keys and once for the MAC.
pub(super) const MAX_ROUNDS: u64 = 4_000_000;
pub(super) const MAX_KEYS: usize = 200;
pub(super) const MAX_CERTIFICATES: usize = 200;
pub(super) const MAX_BAGS: usize = 5_000;
pub(super) const MAX_NESTING: u8 = 8;
pub(super) const MAX_SALT: usize = 1 << 10;
pub(super) const MAX_PASSWORD: usize = 1 << 10;

/// What opening a file costs, added up before anything is derived.
#[derive(Debug)]
pub(crate) struct Budget {
    rounds: u64,
    /// Which form of the password fitted last.
    fitting: usize,
}

impl Budget {
    /// Nothing spent.
    pub(crate) const fn new() -> Self {
        Self { rounds: 0, fitting: 0 }
    }

    /// Adds a derivation of PKCS#12's own from one form of the password; a round of it is half a round of PBKDF2.
    pub(super) fn spend_half(&mut self, iterations: u32, blocks: u64) -> Result<(), PfxError> {
        self.add(iterations, (u64::from(iterations) * blocks).div_ceil(2))
    }

    /// Tries the forms of a password, first the one that fitted before.
    ///
    /// One trial was added up with everything else. A further one is added when it is made, and is not made if that is
    /// too much.
    pub(super) fn try_forms<T>(
        &mut self,
        passwords: &Passwords,
        (iterations, blocks): (u32, u64),
        fits: impl Fn(&[u8]) -> Option<T>,
    ) -> Option<T> {
        let count = passwords.utf16().count();
        for trial in 0..count {
            if trial > 0 {
                self.spend_half(iterations, blocks).ok()?;
            }
            let form = (self.fitting + trial) % count;
            if let Some(opened) = passwords.utf16().nth(form).and_then(&fits) {
                self.fitting = form;
                return Some(opened);
            }
        }
        None
    }

    /// Adds a derivation by PBKDF2 of `blocks` blocks with this count of iterations each.
    pub(super) fn spend(&mut self, iterations: u32, blocks: u64) -> Result<(), PfxError> {
        self.add(iterations, u64::from(iterations) * blocks)
    }

    fn add(&mut self, iterations: u32, rounds: u64) -> Result<(), PfxError> {
        let each = u64::from(iterations);
        if each > MAX_ROUNDS_EACH {
            return Err(PfxError::TooExpensive { rounds: each, limit: MAX_ROUNDS_EACH });
        }
        let sum = self.rounds + rounds;
        if sum > MAX_ROUNDS {
            return Err(PfxError::TooExpensive { rounds: sum, limit: MAX_ROUNDS });
        }
        self.rounds = sum;
        Ok(())
    }
}

/// Refuses more than `limit`.
pub(crate) fn at_most(count: usize, limit: usize, what: &'static str) -> Result<(), PfxError> {
    if count > limit { Err(PfxError::TooLarge { what, limit }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    #[test]
    fn the_sum_counts_and_not_only_each() {
        let mut budget = Budget::new();
        for _ in 0..3 {
            budget.spend(600_000, 1).unwrap();
        }
        assert_eq!(budget.spend(1_000_001, 1), Err(PfxError::TooExpensive { rounds: 1_000_001, limit: 1_000_000 }));
        assert_eq!(budget.spend(900_000, 3), Err(PfxError::TooExpensive { rounds: 4_500_000, limit: 4_000_000 }));
    }

    /// Which forms were tried, by their lengths, until the one of this length came.
    fn tried(budget: &mut Budget, cost: (u32, u64), fitting: usize) -> Vec<usize> {
        let none = Passwords::new(None).unwrap();
        let tried = RefCell::new(Vec::new());
        budget.try_forms(&none, cost, |form| {
            tried.borrow_mut().push(form.len());
            (form.len() == fitting).then_some(())
        });
        tried.into_inner()
    }

    #[test]
    fn the_form_that_fitted_is_tried_first_and_only_a_second_trial_costs() {
        let mut budget = Budget::new();
        assert_eq!(tried(&mut budget, (600_000, 1), 0), [2, 0]);
        assert_eq!(budget.rounds, 300_000);
        assert_eq!(tried(&mut budget, (600_000, 3), 0), [0]);
        assert_eq!(budget.rounds, 300_000);
        assert_eq!(tried(&mut budget, (600_000, 3), 2), [0, 2]);
        assert_eq!(budget.rounds, 1_200_000);
    }

    #[test]
    fn what_would_be_too_much_is_not_tried_twice() {
        let mut budget = Budget::new();
        budget.spend(900_000, 4).unwrap();
        assert_eq!(tried(&mut budget, (900_000, 1), 0), [2]);
        assert_eq!(tried(&mut budget, (700_000, 1), 0), [2, 0]);
    }
}
