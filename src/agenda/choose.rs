//! Choosing meetings without regard to slots: a circulation through buyers, pairs, SMEs and all tables. Minima are
//! rewards for a party's first meetings, each worth more than all scores together, so that as many are kept as can be.
//!
//! ```text
//! source -> buyer (first meetings rewarded, the rest not) -> pair (its score) -> SME -> sink -> source (all tables)
//! ```

use crate::agenda::column::Column;
use crate::agenda::core::Core;
use crate::agenda::flow::{Arcs, Network};

/// What is to be chosen from.
pub(super) struct Ask<'a> {
    /// The pairs.
    pub pairs: &'a [usize],
    /// How many more meetings each party needs.
    pub need: &'a Column<i64>,
    /// How many more meetings each party may have.
    pub room: &'a Column<i64>,
    /// How many meetings there may be in all.
    pub seats: i64,
    /// Whether parties without room are asked for too, so that their spare arcs can be tried.
    pub has_spare: bool,
}

/// In what costs are counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scale {
    /// So much is a point of score.
    pub unit: i64,
    /// So much is a minimum that is not kept.
    pub penalty: i64,
}

impl Scale {
    /// Counts in points, with just enough for minima.
    pub(super) fn points(core: &Core<'_>) -> Self {
        Self { unit: 1, penalty: core.penalty }
    }
}

/// A choice and the network behind it.
#[derive(Debug, Clone)]
pub(super) struct Choice {
    /// The circulation.
    pub network: Network,
    /// The pairs that must be held; they are chosen whatever flows.
    pub forced: Column<usize>,
    /// The other pairs that were asked for and may be held, each with its arc, ascending by arc.
    pub pair_arcs: Column<(usize, usize)>,
    /// The arcs of first meetings, by which minima are kept.
    need_arcs: Column<usize>,
    /// For each party that occurs, an arc by which one more meeting can be tried; closed at first.
    pub spare_arcs: Column<(usize, usize)>,
    /// An arc by which one more table can be tried; closed at first.
    pub spare_seat_arc: usize,
}

/// Where parties stand in a network, and how many meetings of each are forced.
#[derive(Debug, Clone, Default)]
pub(super) struct Places {
    at: Column<usize>,
    forced: Column<i64>,
}

const NONE: usize = usize::MAX;

impl Choice {
    /// Chooses the pairs of the largest sum among those with the fewest minima not kept. `places` is room to work in.
    pub(super) fn best(core: &Core<'_>, ask: &Ask<'_>, places: &mut Places) -> Self {
        let mut choice = Self::open(core, ask, Scale::points(core), places);
        choice.network.solve();
        choice
    }

    /// Builds the network; nothing is chosen yet.
    pub(super) fn open(core: &Core<'_>, ask: &Ask<'_>, scale: Scale, places: &mut Places) -> Self {
        if places.at.is_empty() {
            places.at = Column::filled(NONE, core.free.len());
            places.forced = Column::filled(0, core.free.len());
        }
        let Scale { unit, penalty } = scale;
        let (source, sink) = (0, 1);
        let forced = force(core, ask, places);
        let mut arcs = Arcs::default();
        let seats = ask.seats - i64::try_from(forced.len()).unwrap_or(0);
        arcs.add(sink, source, seats.max(0), 0);
        let spare_seat_arc = arcs.add(sink, source, 0, 0);
        let (mut pair_arcs, mut parties) = (Column::default(), Column::default());
        for pair in ask.pairs {
            let core_pair = &core.pairs[*pair];
            let is_possible = !core_pair.must
                && !core_pair.open.is_empty()
                && (ask.has_spare || core_pair.ends.iter().all(|party| ask.room[*party] > places.forced[*party]));
            if is_possible {
                let ends = core_pair.ends.map(|party| {
                    if places.at[party] == NONE {
                        places.at[party] = parties.push(party) + 2;
                    }
                    places.at[party]
                });
                pair_arcs.push((*pair, arcs.add(ends[0], ends[1], 1, -core_pair.score * unit)));
            }
        }
        let buyers: Column<bool> = parties.iter().map(|party| core.is_buyer(*party)).collect();
        let (mut need_arcs, mut spare_arcs) = (Column::default(), Column::default());
        for (i, party) in parties.iter().enumerate() {
            let (from, to) = if buyers[i] { (source, i + 2) } else { (i + 2, sink) };
            let room = ask.room[*party] - places.forced[*party];
            let need = (ask.need[*party] - places.forced[*party]).clamp(0, room);
            if need > 0 {
                need_arcs.push(arcs.add(from, to, need, -penalty));
            }
            arcs.add(from, to, room - need, 0);
            spare_arcs.push((*party, arcs.add(from, to, 0, 0)));
            places.at[*party] = NONE;
        }
        for party in forced.iter().flat_map(|pair| core.pairs[*pair].ends) {
            places.forced[party] = 0;
        }
        let network = Network::new(parties.len() + 2, arcs);
        Self { network, forced, pair_arcs, need_arcs, spare_arcs, spare_seat_arc }
    }

    /// Counts the first meetings that are chosen, apart from forced ones.
    pub(super) fn n_kept(&self) -> i64 {
        self.need_arcs.iter().map(|arc| self.network.flow(*arc)).sum()
    }

    /// Counts the chosen meetings of each party.
    pub(super) fn counts(&self, core: &Core<'_>) -> Column<i64> {
        let mut counts = Column::filled(0, core.free.len());
        for party in self.chosen().flat_map(|pair| core.pairs[pair].ends) {
            counts[party] += 1;
        }
        counts
    }

    /// Returns how many meetings the choice among all pairs lacks of minima: no agenda lacks fewer.
    pub(super) fn n_missing(&self, core: &Core<'_>) -> i64 {
        let counts = self.counts(core);
        counts.iter().zip(core.min.iter()).map(|(count, min)| (min - count).max(0)).sum()
    }

    /// Returns what the chosen pairs are worth.
    pub(super) fn score(&self, core: &Core<'_>) -> i64 {
        self.chosen().map(|pair| core.pairs[pair].score).sum()
    }

    /// Lists the chosen pairs, forced ones first, in the order in which they were asked for.
    pub(super) fn chosen(&self) -> impl Iterator<Item = usize> {
        let held = |(_, arc): &&(usize, usize)| self.network.flow(*arc) > 0;
        self.forced.iter().copied().chain(self.pair_arcs.iter().filter(held).map(|(pair, _)| *pair))
    }
}

/// Lists the pairs that must be held, and counts those of each party. What must be held has been found to go together;
/// where it has not, there are no more than the parties have room for.
fn force(core: &Core<'_>, ask: &Ask<'_>, places: &mut Places) -> Column<usize> {
    let mut forced = Column::default();
    for pair in ask.pairs.iter().filter(|pair| core.pairs[**pair].must && !core.pairs[**pair].open.is_empty()) {
        let ends = core.pairs[*pair].ends;
        if ends.iter().all(|party| ask.room[*party] > places.forced[*party]) {
            ends.into_iter().for_each(|party| places.forced[party] += 1);
            forced.push(*pair);
        }
    }
    forced
}

/// Asks for the best of some pairs on an empty board.
pub(super) fn ask_all<'a>(core: &'a Core<'_>, pairs: &'a [usize]) -> Ask<'a> {
    Ask { pairs, need: &core.min, room: &core.max, seats: core.n_seats(), has_spare: false }
}

/// Chooses among all pairs.
pub(super) fn choose_all(core: &Core<'_>) -> Choice {
    let pairs: Vec<usize> = (0..core.pairs.len()).collect();
    Choice::best(core, &ask_all(core, &pairs), &mut Places::default())
}
