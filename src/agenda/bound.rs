//! An upper bound on the sum of scores that knows of slots: a Lagrangian relaxation. Every party has a price for each of
//! its slots, and so have the tables and the staff of each slot; a pair pays the least that any of its slots costs, and the pairs are
//! chosen without regard to slots. Any prices give a bound, because an agenda pays no more than the prices together; a
//! subgradient method raises the price of what is asked for by too many. Prices are whole numbers of 1024ths of a point,
//! so that the bound is exact. At its best it is that of the linear relaxation with a variable for each pair and slot.
//!
//! ```text
//! agenda <= sum of prices x room + max over choices of sum(score - price of the pair's cheapest slot)
//! ```

use crate::agenda::choose::{Choice, Places, Scale, ask_all};
use crate::agenda::column::Column;
use crate::agenda::core::Core;
use crate::agenda::rooms::Rooms;
use crate::agenda::slots::SlotSet;

/// So many units of a price are a point.
const UNIT: i64 = 1024;
/// A minimum weighs no more than this, so that sums of many stay within their type.
const PENALTY_MAX: i64 = 1 << 54;

/// The relaxation with its prices.
#[derive(Debug, Clone)]
pub(super) struct Lagrangian {
    choice: Choice,
    /// The places that are priced.
    rooms: Rooms,
    prices: Column<i64>,
    /// In what it counts. Minima weigh more than the dearest slot in all its rooms, so that none is given up for prices,
    /// which would spoil the bound.
    pub scale: Scale,
    /// What is rewarded for minima that are kept, in units.
    reward: i128,
    /// What the last prices gave, in units, rewards included.
    total: i128,
}

impl Lagrangian {
    /// Sets up the relaxation with all prices zero: its bound is what choosing alone gives. It is for agendas that keep as
    /// many first meetings as the choice, of which this is the number.
    pub(super) fn new(core: &Core<'_>, n_kept: i64) -> Self {
        let rooms = Rooms::new(core);
        let n_rooms = i64::try_from(rooms.n_most(core)).unwrap_or(i64::MAX);
        let penalty = price_max(core).saturating_mul(n_rooms + 1).min(PENALTY_MAX);
        Self::open(core, rooms, Scale { unit: UNIT, penalty }, n_kept)
    }

    /// Sets up the relaxation of which [`kept`](Self::kept) counts the minima alone.
    pub(super) fn counting(core: &Core<'_>) -> Self {
        Self::open(core, Rooms::new(core), Scale { unit: 0, penalty: UNIT }, 0)
    }

    fn open(core: &Core<'_>, rooms: Rooms, scale: Scale, n_kept: i64) -> Self {
        let pairs: Vec<usize> = (0..core.pairs.len()).collect();
        let choice = Choice::open(core, &ask_all(core, &pairs), scale, &mut Places::default());
        let reward = i128::from(n_kept) * i128::from(scale.penalty);
        Self { choice, prices: Column::filled(0, rooms.sizes.len()), rooms, scale, reward, total: i128::MAX }
    }

    fn price(&self, core: &Core<'_>, pair: usize, slot: usize) -> i64 {
        let common: i64 = self.rooms.common(core, pair, slot).into_iter().map(|room| self.prices[room]).sum();
        common + self.rooms.special(core, pair, slot).map(|room| self.prices[room]).sum::<i64>()
    }

    /// Returns the price of the cheapest of some slots for a pair, in units; 0 if none is open.
    pub(super) fn cheapest(&self, core: &Core<'_>, pair: usize, slots: SlotSet) -> i64 {
        let open = core.pairs[pair].open.common(slots);
        open.iter().map(|slot| self.price(core, pair, slot)).min().unwrap_or(0)
    }

    /// Returns how much work a bound is, in steps.
    pub(super) fn work(&self) -> u64 {
        u64::try_from(self.choice.pair_arcs.len()).unwrap_or(u64::MAX)
    }

    /// Returns the bound that some prices, in points, prove for every agenda that keeps as many minima as can be chosen.
    pub(super) fn bound(&mut self, core: &Core<'_>, prices: impl Iterator<Item = f64>) -> i64 {
        self.reprice(core, prices);
        let bound = (self.total - self.reward).div_euclid(i128::from(UNIT));
        i64::try_from(bound).unwrap_or(i64::MAX)
    }

    /// Returns how many first meetings, apart from forced ones, any agenda keeps at most, by some prices.
    pub(super) fn kept(&mut self, core: &Core<'_>, prices: impl Iterator<Item = f64>) -> i64 {
        self.bound(core, prices)
    }

    fn reprice(&mut self, core: &Core<'_>, prices: impl Iterator<Item = f64>) {
        let most = price_max(core);
        self.prices = prices.map(|price| to_units(price, most)).collect();
        let worth = |pair: usize| core.pairs[pair].score * self.scale.unit;
        let cost = |pair: usize| self.cheapest(core, pair, core.pairs[pair].open) - worth(pair);
        let costs: Column<i64> = self.choice.pair_arcs.iter().map(|(pair, _)| cost(*pair)).collect();
        let forced: i128 = self.choice.forced.iter().map(|pair| i128::from(cost(*pair))).sum();
        for at in 0..costs.len() {
            let (_, arc) = self.choice.pair_arcs[at];
            self.choice.network.set_cost(arc, costs[at]);
        }
        self.choice.network.reprice();
        self.choice.network.solve();
        let places = self.prices.iter().zip(self.rooms.sizes.iter());
        let rent: i128 = places.map(|(price, room)| i128::from(*price) * i128::from(*room)).sum();
        self.total = rent - self.choice.network.cost() - forced;
    }

    /// Takes slots from pairs that no agenda worth more than `value` can use: whoever uses them loses, against the bound
    /// of the last prices, too much.
    pub(super) fn narrow(&self, core: &Core<'_>, value: i64, useful: &mut Column<SlotSet>) {
        let spare = self.total - self.reward - i128::from(value + 1) * i128::from(UNIT);
        let spare = i64::try_from(spare).unwrap_or(i64::MAX);
        useful.iter_mut().for_each(|slots| *slots = SlotSet::EMPTY);
        for (pair, arc) in self.choice.pair_arcs.iter() {
            let open = core.pairs[*pair].open;
            let loss = self.choice.network.reduced_cost(*arc).max(0) - self.cheapest(core, *pair, open);
            useful[*pair] = open.iter().filter(|slot| loss + self.price(core, *pair, *slot) <= spare).collect();
        }
        for pair in self.choice.forced.iter() {
            useful[*pair] = core.pairs[*pair].open;
        }
    }
}

/// Returns the largest price of one place, in units: what is dearer than all scores together is never taken.
fn price_max(core: &Core<'_>) -> i64 {
    core.penalty * UNIT
}

/// Rounds a price in points to units.
#[expect(clippy::cast_possible_truncation, reason = "held between 0 and 2^52, which a price never passes")]
fn to_units(price: f64, most: i64) -> i64 {
    ((price * 1024.0).clamp(0.0, 4_503_599_627_370_496.0) as i64).min(most)
}
