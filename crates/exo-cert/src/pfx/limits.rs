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
    password_forms: u64,
}

impl Budget {
    /// Nothing spent; derivations that are tried once for every form of the password cost so much more.
    pub(crate) fn new(passwords: &Passwords) -> Self {
        Self { rounds: 0, password_forms: passwords.forms() }
    }

    /// Adds a derivation of PKCS#12's own from each form of the password; a round of it is half a round of PBKDF2.
    pub(super) fn spend_for_each_form(&mut self, iterations: u32, blocks: u64) -> Result<(), PfxError> {
        let halves = u64::from(iterations) * blocks * self.password_forms;
        self.add(iterations, halves.div_ceil(2))
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
        self.rounds += rounds;
        if self.rounds > MAX_ROUNDS {
            return Err(PfxError::TooExpensive { rounds: self.rounds, limit: MAX_ROUNDS });
        }
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

    #[test]
    fn the_sum_counts_and_not_only_each() {
        let mut budget = Budget::new(&Passwords::new(None).unwrap());
        for _ in 0..3 {
            budget.spend(600_000, 1).unwrap();
        }
        assert_eq!(budget.spend(1_000_001, 1), Err(PfxError::TooExpensive { rounds: 1_000_001, limit: 1_000_000 }));
        assert_eq!(budget.spend(900_000, 3), Err(PfxError::TooExpensive { rounds: 4_500_000, limit: 4_000_000 }));
    }

    #[test]
    fn an_absent_password_is_tried_in_two_forms_and_costs_twice() {
        let mut budget = Budget::new(&Passwords::new(None).unwrap());
        assert_eq!(
            budget.spend_for_each_form(900_000, 5),
            Err(PfxError::TooExpensive { rounds: 4_500_000, limit: 4_000_000 })
        );
        let mut budget = Budget::new(&Passwords::new(Some(&"x".into())).unwrap());
        assert!(budget.spend_for_each_form(900_000, 5).is_ok());
    }
}
