//! Kempe chains: two slots alternate along a path of meetings, and all of them change slots. What was a conflict at one
//! end of the path is then none, and inside the path nobody notices, because whoever meets in both slots still does.

use crate::agenda::board::Board;
use crate::agenda::core::CorePair;
use crate::agenda::slots::SlotSet;

impl Board<'_, '_> {
    /// Follows the chain that begins when a meeting comes to a party in slot `into`: whoever is there goes to slot
    /// `onto`, and so on. Says no if somebody on the way may not be in the slot to which it would go.
    pub(super) fn follow(&mut self, party: usize, into: usize, onto: usize) -> bool {
        let (mut party, mut into, mut onto) = (party, into, onto);
        loop {
            self.marks.n_looks += 1;
            let marks = &self.marks;
            let mut staying = self.pairs_at(party, into).filter(|pair| !marks.is_marked(*pair));
            let first = staying.next();
            let n_staying = usize::from(first.is_some()) + staying.count();
            let Some(pair) = first.filter(|_| n_staying >= self.core.desks[party]) else {
                self.marks.ends = (party, self.marks.ends.0);
                return true;
            };
            if !self.core.pairs[pair].open.contains(onto) {
                return false;
            }
            self.marks.add(pair, onto);
            party = self.core.other(pair, party);
            (into, onto) = (onto, into);
        }
    }

    /// Makes every move of the chain, or none if a table, a resource or an order forbids one.
    pub(super) fn shift(&mut self) -> bool {
        let then = self.now();
        let chain = std::mem::take(&mut self.marks.chain);
        chain.iter().for_each(|(pair, _)| self.remove(*pair));
        let is_done = chain.iter().all(|(pair, slot)| self.try_place(*pair, *slot));
        if !is_done {
            self.undo(then);
        }
        self.marks.chain = chain;
        is_done
    }

    /// Returns by how many meetings the chain fills slot `into`, and the other slot, more than they are now.
    pub(super) fn balance(&self, into: usize) -> (i64, i64) {
        let (mut into_more, mut onto_more) = (0, 0);
        for (pair, slot) in self.marks.chain.iter() {
            let was_placed = i64::from(self.slot(*pair).is_some());
            let (more, less) =
                if *slot == into { (&mut into_more, &mut onto_more) } else { (&mut onto_more, &mut into_more) };
            *more += 1;
            *less -= was_placed;
        }
        (into_more, onto_more)
    }

    /// Puts a pair into a slot where it fits, or makes room for it: whoever is in the way changes slots along a chain, and
    /// another chain takes a meeting out of a slot whose tables are full. Says whether the pair is on the board then.
    ///
    /// # Complexity
    /// O(slots^2 x length of chains), and O(slots x tables x length) where tables are full.
    pub(super) fn insert(&mut self, pair: usize, within: SlotSet) -> bool {
        let core = self.core;
        let CorePair { ends, open, zone, .. } = core.pairs[pair];
        let open = open.common(within);
        if self.slot(pair).is_some() || open.iter().any(|slot| self.try_place(pair, slot)) {
            return true;
        }
        if ends.iter().any(|party| self.held(*party) >= core.max[*party]) {
            return false;
        }
        let then = self.now();
        for into in open.iter() {
            if self.tables_left(zone, into) == 0 && !self.relieve(zone, into, within) {
                continue;
            }
            if self.try_place(pair, into) {
                return true;
            }
            let mut others = within;
            others.remove(into);
            if others.iter().any(|onto| self.insert_by_chain(pair, into, onto)) {
                return true;
            }
            self.undo(then);
        }
        false
    }

    /// Puts a pair into slot `into` by sending whoever is in the way to slot `onto`.
    fn insert_by_chain(&mut self, pair: usize, into: usize, onto: usize) -> bool {
        let ends = self.core.pairs[pair].ends;
        // Somebody who is busy in both slots would have to push on without an end.
        if ends.iter().any(|party| !self.has_desk(*party, into) && !self.has_desk(*party, onto)) {
            return false;
        }
        self.marks.begin();
        self.marks.add(pair, into);
        if !ends.iter().all(|party| self.follow(*party, into, onto)) {
            return false;
        }
        let core = self.core;
        let is_seated =
            self.is_seated(into, onto) || core.buyers.iter().any(|buyer| self.give_back(*buyer, into, onto));
        is_seated && self.shift()
    }

    /// Adds to a chain of two slots, one of which lacks a table for it, another chain that takes a meeting of a party back
    /// from there. Says whether tables suffice then; if not, the chain is as it was.
    pub(super) fn give_back(&mut self, party: usize, into: usize, onto: usize) -> bool {
        let (into_more, _) = self.balance(into);
        let lacks = i64::try_from(self.tables_left(0, into)).is_ok_and(|left| left < into_more);
        let (crowded, other) = if lacks { (into, onto) } else { (onto, into) };
        let Some(pair) = self.pairs_at(party, crowded).find(|pair| !self.marks.is_marked(*pair)) else { return false };
        let length = self.marks.chain.len();
        self.marks.add(pair, other);
        let CorePair { ends, open, .. } = self.core.pairs[pair];
        let is_done = open.contains(other)
            && ends.iter().all(|party| self.follow(*party, other, crowded))
            && self.is_seated(into, onto);
        if !is_done {
            self.marks.cut(length);
        }
        is_done
    }

    /// Finds the chain that takes a meeting from one slot to another.
    pub(super) fn chain_of(&mut self, pair: usize, from: usize, to: usize) -> bool {
        let CorePair { ends, open, .. } = self.core.pairs[pair];
        self.marks.begin();
        self.marks.add(pair, to);
        open.contains(to) && ends.iter().all(|party| self.follow(*party, to, from))
    }

    /// Says whether the two slots of the chain have tables enough, as far as one zone can tell.
    pub(super) fn is_seated(&self, into: usize, onto: usize) -> bool {
        let (into_more, onto_more) = self.balance(into);
        let fits = |slot: usize, more: i64| i64::try_from(self.tables_left(0, slot)).is_ok_and(|left| left >= more);
        self.core.zones.len() > 1 || (fits(into, into_more) && fits(onto, onto_more))
    }

    /// Takes one meeting of a zone out of a full slot, by a chain to a slot that is not.
    fn relieve(&mut self, zone: usize, full: usize, within: SlotSet) -> bool {
        let core = self.core;
        let roomy = |slot: &usize| *slot != full && self.tables_left(zone, *slot) > 0;
        let roomy: SlotSet = within.iter().filter(roomy).collect();
        if roomy.is_empty() {
            return false;
        }
        for party in core.buyers.iter() {
            let Some(pair) = self.pairs_at(*party, full).find(|pair| core.pairs[*pair].zone == zone) else { continue };
            for slot in roomy.iter() {
                if self.chain_of(pair, full, slot) && self.balance(slot).0 == 1 && self.shift() {
                    return true;
                }
            }
        }
        false
    }
}
