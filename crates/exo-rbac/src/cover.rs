//! The cheapest choice of candidates that covers all needs: exact, by branching on the need with the fewest candidates.

/// A set of at most 128 candidates, by their places.
pub(crate) type Set = u128;

/// The cheapest set that has a member in common with each of `needs`; of equally cheap ones the one with the first candidates.
///
/// A need without a candidate cannot be covered and is passed over. `costs[i]` is the cost of candidate `i`, 1 at least.
pub(crate) fn cheapest(needs: &[Set], costs: &[u64]) -> Set {
    let mut search = Search { costs, best: None };
    search.branch(&minimal(needs), 0, 0);
    search.best.map(|(_, set)| set).unwrap_or_default()
}

/// The members of a set, in order.
pub(crate) fn members(set: Set) -> impl Iterator<Item = usize> {
    (0..Set::BITS).filter(move |place| set >> place & 1 == 1).map(|place| place as usize)
}

struct Search<'a> {
    costs: &'a [u64],
    best: Option<(u64, Set)>,
}

impl Search<'_> {
    fn branch(&mut self, needs: &[Set], chosen: Set, cost: u64) {
        let open = needs.iter().copied().filter(|need| need & chosen == 0);
        let Some(need) = open.min_by_key(|need| need.count_ones()) else {
            if self.improves(cost, chosen) {
                self.best = Some((cost, chosen));
            }
            return;
        };
        let mut candidates: Vec<usize> = members(need).collect();
        candidates.sort_by_key(|candidate| self.cost(*candidate));
        for candidate in candidates {
            let cost = cost.saturating_add(self.cost(candidate));
            let chosen = chosen | 1 << candidate;
            if self.best.is_none_or(|(best, _)| cost <= best) {
                self.branch(needs, chosen, cost);
            }
        }
    }

    /// Cheaper, or as cheap with a candidate that stands earlier.
    fn improves(&self, cost: u64, chosen: Set) -> bool {
        let order = |cost: u64, set: Set| (cost, !set.reverse_bits());
        self.best.is_none_or(|(best, set)| order(cost, chosen) < order(best, set))
    }

    fn cost(&self, candidate: usize) -> u64 {
        self.costs.get(candidate).copied().unwrap_or(u64::MAX)
    }
}

/// The needs that imply all others: what covers a need covers every need with more candidates.
fn minimal(needs: &[Set]) -> Vec<Set> {
    let mut minimal: Vec<Set> = Vec::new();
    let mut sorted: Vec<Set> = needs.iter().copied().filter(|need| *need != 0).collect();
    sorted.sort_unstable_by_key(|need| need.count_ones());
    for need in sorted {
        if !minimal.iter().any(|smaller| smaller & need == *smaller) {
            minimal.push(need);
        }
    }
    minimal
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_cheapest_then_the_first() {
        assert_eq!(cheapest(&[], &[1]), 0);
        assert_eq!(cheapest(&[0b11], &[1, 1]), 0b01);
        assert_eq!(cheapest(&[0b11], &[2, 1]), 0b10);
        // One for both is cheaper than one for each.
        assert_eq!(cheapest(&[0b101, 0b110], &[2, 2, 3]), 0b100);
        assert_eq!(cheapest(&[0b101, 0b110], &[1, 1, 3]), 0b011);
        // A need that nobody covers is passed over.
        assert_eq!(cheapest(&[0, 0b10], &[1, 1]), 0b10);
    }

    /// All sets, one after the other.
    fn by_trying(needs: &[Set], costs: &[u64]) -> Set {
        let cost = |set: Set| members(set).map(|place| costs[place]).sum::<u64>();
        let covers = |set: &Set| needs.iter().all(|need| *need == 0 || need & set != 0);
        // Among equal costs the members' places decide, compared in order.
        let order = |set: &Set| (cost(*set), members(*set).chain([usize::MAX]).collect::<Vec<_>>());
        (0..1 << costs.len()).filter(covers).min_by_key(order).unwrap()
    }

    proptest! {
        #[test]
        fn no_set_is_cheaper(
            needs in prop::collection::vec(0..256_u128, 0..10),
            costs in prop::collection::vec(1..6_u64, 8..=8),
        ) {
            prop_assert_eq!(cheapest(&needs, &costs), by_trying(&needs, &costs));
        }
    }

    #[test]
    fn what_is_implied_is_dropped() {
        assert_eq!(minimal(&[0b111, 0b011, 0, 0b011, 0b100]), [0b100, 0b011]);
    }
}
