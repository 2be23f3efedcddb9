//! Why minima cannot be kept: cuts of the choice's network. Whoever is short asks its partners for room, those ask the
//! parties that have it to give a meeting up, and so on; where nobody can give, everybody that was asked is in the proof,
//! which holds by counting alone (Hall, Hoffman).

use std::collections::BTreeSet;

use crate::agenda::choose::Choice;
use crate::agenda::column::Column;
use crate::agenda::core::{Core, CorePair};
use crate::agenda::model::{Bottleneck, Shortage};

/// Who was asked for room, beginning from a party that is short.
struct Asked {
    /// The parties that need their meetings, all of the side of the first; the other side too once tables are short.
    needy: BTreeSet<usize>,
    /// Their partners that have no room.
    full: BTreeSet<usize>,
    /// Whether all tables are taken, and somebody asked for one.
    tables: bool,
}

/// Explains every minimum that a best choice does not keep.
pub(super) fn shortages(core: &Core<'_>, choice: &Choice) -> Vec<Shortage> {
    let held = choice.counts(core);
    let mut is_held = Column::filled(false, core.pairs.len());
    for pair in choice.chosen() {
        is_held[pair] = true;
    }
    let mut explained = BTreeSet::new();
    let mut found = Vec::new();
    for party in (0..core.free.len()).filter(|party| held[*party] < core.min[*party]) {
        if explained.contains(&party) {
            continue;
        }
        let shortage = if core.max[party] < core.min[party] {
            own_slots(core, party)
        } else {
            let asked = ask(core, &held, &is_held, party);
            shared(core, &asked)
        };
        explained.extend(shortage.parties.iter().copied());
        if shortage.needed > shortage.room {
            found.push(shortage);
        }
    }
    found
}

/// The party itself is present too seldom, or wants more than its own maximum.
fn own_slots(core: &Core<'_>, party: usize) -> Shortage {
    let room = core.max[party];
    let slots = Bottleneck::OwnSlots { party, room: u32::try_from(room).unwrap_or(0) };
    Shortage { parties: vec![party], needed: count(core.min[party]), room: count(room), shared: vec![slots] }
}

fn ask(core: &Core<'_>, held: &Column<i64>, is_held: &Column<bool>, first: usize) -> Asked {
    let mut asked = Asked { needy: BTreeSet::from([first]), full: BTreeSet::new(), tables: false };
    let n_held = is_held.iter().filter(|held| **held).count();
    let is_full = core.n_seats() <= i64::try_from(n_held).unwrap_or(i64::MAX);
    let is_possible = |pair: usize| !core.pairs[pair].open.is_empty();
    let mut waiting = vec![first];
    while let Some(party) = waiting.pop() {
        let is_asking = core.is_buyer(party) == core.is_buyer(first);
        for pair in core.pairs_of.of(party).iter().copied().filter(|pair| is_possible(*pair)) {
            let other = core.other(pair, party);
            // One that needs asks along pairs that are not held; one that is full, along those that are.
            let is_new = match (is_asking, is_held[pair]) {
                (true, false) => asked.full.insert(other),
                (false, true) => asked.needy.insert(other),
                _ => false,
            };
            if is_new {
                waiting.push(other);
            }
        }
        // A partner with room of its own lacks a table; whoever has more than its minimum could give one up.
        if !is_asking && held[party] < core.max[party] && is_full && !asked.tables {
            asked.tables = true;
            let could_give =
                |party: &usize| core.is_buyer(*party) != core.is_buyer(first) && held[*party] > core.min[*party];
            for party in (0..core.free.len()).filter(could_give) {
                if asked.full.insert(party) {
                    waiting.push(party);
                }
            }
        }
    }
    asked
}

/// Counts what those that were asked need, and what room there is for it.
fn shared(core: &Core<'_>, asked: &Asked) -> Shortage {
    let mut parties: Vec<usize> = asked.needy.iter().copied().filter(|party| core.min[*party] > 0).collect();
    let mut shared = Vec::new();
    let is_needy = |party: usize| asked.needy.contains(&party);
    let is_between = |pair: &&CorePair, is_counted: &dyn Fn(usize) -> bool| {
        let [buyer, sme] = pair.ends;
        let ends = if is_needy(buyer) { Some(sme) } else { is_needy(sme).then_some(buyer) };
        !pair.open.is_empty() && ends.is_some_and(is_counted)
    };
    let n_pairs;
    if asked.tables {
        // Both sides need: every meeting serves two of them only if it is one of their pairs.
        let first_side = asked.needy.iter().next().is_some_and(|party| core.is_buyer(*party));
        let others: BTreeSet<usize> = (0..core.free.len())
            .filter(|party| core.is_buyer(*party) != first_side && !asked.full.contains(party) && core.min[*party] > 0)
            .collect();
        n_pairs = core.pairs.iter().filter(|pair| is_between(pair, &|party| others.contains(&party))).count();
        parties.extend(others);
        parties.sort_unstable();
        shared.push(Bottleneck::Tables { room: count(core.n_seats()) });
    } else {
        n_pairs = core.pairs.iter().filter(|pair| is_between(pair, &|party| !asked.full.contains(&party))).count();
        for party in &asked.full {
            shared.push(Bottleneck::Partner { party: *party, room: u32::try_from(core.max[*party]).unwrap_or(0) });
        }
    }
    if n_pairs > 0 {
        shared.push(Bottleneck::Pairs { count: u64::try_from(n_pairs).unwrap_or(u64::MAX) });
    }
    let room = shared.iter().map(Bottleneck::room).sum();
    Shortage { needed: parties.iter().map(|party| count(core.min[*party])).sum(), parties, room, shared }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}
