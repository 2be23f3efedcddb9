//! A set of slots in one machine word.

/// An agenda has at most so many slots.
pub const SLOTS_MAX: usize = 128;

/// Some of the slots 0..[`SLOTS_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct SlotSet(u128);

impl SlotSet {
    /// Holds no slot.
    pub const EMPTY: Self = Self(0);

    /// Returns the slots before `end`; all of them if `end` is beyond the last.
    pub fn before(end: usize) -> Self {
        Self(if end >= SLOTS_MAX { u128::MAX } else { (1 << end) - 1 })
    }

    /// Returns one slot; nothing if there is no such slot.
    pub fn of(slot: usize) -> Self {
        Self(if slot >= SLOTS_MAX { 0 } else { 1 << slot })
    }

    /// Says whether a slot is in the set.
    pub fn contains(self, slot: usize) -> bool {
        self.0 & Self::of(slot).0 != 0
    }

    /// Adds a slot.
    pub fn insert(&mut self, slot: usize) {
        self.0 |= Self::of(slot).0;
    }

    /// Takes a slot out.
    pub fn remove(&mut self, slot: usize) {
        self.0 &= !Self::of(slot).0;
    }

    /// Returns what is in either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns what is in both sets.
    #[must_use]
    pub fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns what is in this set and not in the other.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Says whether no slot is in the set.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Counts the slots.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Returns the first slot.
    pub fn first(self) -> Option<usize> {
        usize::try_from(self.0.trailing_zeros()).ok().filter(|slot| *slot < SLOTS_MAX)
    }

    /// Returns the last slot.
    pub fn last(self) -> Option<usize> {
        let above = usize::try_from(self.0.leading_zeros()).ok()?;
        (SLOTS_MAX - 1).checked_sub(above)
    }

    /// Counts the gaps between neighbouring slots of the set in which at least one slot of `within` lies.
    pub(super) fn gaps(self, within: Self) -> i64 {
        let (Some(first), Some(last)) = (self.first(), self.last()) else { return 0 };
        let span = Self::before(last).without(Self::before(first + 1));
        let open = span.without(self);
        // A gap counts where its slots of `within` begin: those with no other of the same gap before them.
        if open.0 & !within.0 == 0 {
            return i64::from((open.0 & !(open.0 << 1)).count_ones());
        }
        let (mut rest, mut count) = (open, 0);
        while let Some(start) = rest.first() {
            let end = (self.0 >> start).trailing_zeros();
            let gap = rest.common(Self::before(start + usize::try_from(end).unwrap_or(SLOTS_MAX)));
            count += i64::from(!gap.common(within).is_empty());
            rest = rest.without(gap);
        }
        count
    }

    /// Returns the slots beside those of the set, which may be of the set too.
    #[must_use]
    pub fn neighbours(self) -> Self {
        Self(self.0 << 1 | self.0 >> 1)
    }

    /// Returns the slot behind `n` others of the set.
    pub fn nth(self, n: usize) -> Option<usize> {
        let mut rest = self.0;
        for _ in 0..n {
            rest &= rest.wrapping_sub(1);
        }
        Self(rest).first()
    }

    /// Lists the slots, ascending.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        let mut rest = self;
        std::iter::from_fn(move || {
            let slot = rest.first()?;
            rest.remove(slot);
            Some(slot)
        })
    }
}

impl FromIterator<usize> for SlotSet {
    fn from_iter<I: IntoIterator<Item = usize>>(slots: I) -> Self {
        let mut set = Self::EMPTY;
        slots.into_iter().for_each(|slot| set.insert(slot));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_put_in() {
        let set: SlotSet = [3, 0, 127, 128].into_iter().collect();
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 3, 127]);
        assert_eq!((set.first(), set.last(), set.len()), (Some(0), Some(127), 3));
        assert_eq!((SlotSet::EMPTY.first(), SlotSet::EMPTY.last()), (None, None));
        assert_eq!(SlotSet::before(4).without(set).iter().collect::<Vec<_>>(), [1, 2]);
        assert_eq!(SlotSet::before(500).len(), 128);
    }

    #[test]
    fn gaps_are_counted_where_somebody_waits() {
        let naive = |set: SlotSet, within: SlotSet| {
            let slots: Vec<usize> = set.iter().collect();
            let waits = |pair: &&[usize]| (pair[0] + 1..pair[1]).any(|slot| within.contains(slot));
            slots.windows(2).filter(waits).count()
        };
        for bits in 0..1_u32 << 10 {
            let set: SlotSet = (0..10).filter(|slot| bits >> slot & 1 == 1).collect();
            for within in [SlotSet::before(10), SlotSet::EMPTY, [1, 4, 5, 8].into_iter().collect()] {
                assert_eq!(usize::try_from(set.gaps(within)), Ok(naive(set, within)), "{bits:b}");
            }
        }
    }
}
