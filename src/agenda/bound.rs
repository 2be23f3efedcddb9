//! An upper bound on the sum of scores that knows of slots: a Lagrangian relaxation. Every party has a price for each of
//! its slots, and so have the tables of each slot; a pair pays the least that any of its slots costs, and the pairs are
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
use crate::agenda::slots::SlotSet;

/// So many units of a price are a point.
const UNIT: i64 = 1024;

/// The relaxation with its prices.
#[derive(Debug, Clone)]
pub(super) struct Lagrangian {
    choice: Choice,
    /// How much room there is at each priced place: each party's desks in each slot, then each zone's tables.
    room: Column<i64>,
    prices: Column<i64>,
    /// What is rewarded for minima that are kept, in units.
    reward: i128,
    /// What the last prices gave, in units, rewards included.
    total: i128,
}

impl Lagrangian {
    /// Sets up the relaxation with all prices zero: its bound is what choosing alone gives.
    pub(super) fn new(core: &Core<'_>) -> Self {
        let pairs: Vec<usize> = (0..core.pairs.len()).collect();
        let choice = Choice::open(core, &ask_all(core, &pairs), Self::scale(core), &mut Places::default());
        let must = core.pairs.iter().filter(|pair| pair.must).count();
        let minima: i64 = core.min.iter().sum::<i64>() + i64::try_from(must).unwrap_or(0);
        let desks = core.desks.iter().flat_map(|desks| std::iter::repeat_n(*desks, core.n_slots));
        let tables = (0..core.zones.len()).flat_map(|z| (0..core.n_slots).map(move |t| core.n_tables(z, t)));
        let room: Column<i64> = desks.chain(tables).map(|room| i64::try_from(room).unwrap_or(i64::MAX)).collect();
        Self {
            choice,
            prices: Column::filled(0, room.len()),
            room,
            reward: i128::from(minima) * i128::from(Self::scale(core).penalty),
            total: i128::MAX,
        }
    }

    /// Returns in what the relaxation counts. Minima weigh more than the dearest slot of both parties and the table, so
    /// that none is given up for prices, which would spoil the bound.
    pub(super) fn scale(core: &Core<'_>) -> Scale {
        Scale { unit: UNIT, penalty: 4 * price_max(core) }
    }

    fn price(&self, core: &Core<'_>, pair: usize, slot: usize) -> i64 {
        let pair = &core.pairs[pair];
        let [buyer, sme] = pair.ends;
        [buyer, sme, core.free.len() + pair.zone].into_iter().map(|row| self.prices[row * core.n_slots + slot]).sum()
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

    /// Returns the bound that some prices, in points, prove for every agenda that keeps all minima.
    pub(super) fn bound(&mut self, core: &Core<'_>, prices: impl Iterator<Item = f64>) -> i64 {
        let most = price_max(core);
        self.prices = prices.map(|price| to_units(price, most)).collect();
        let penalty = Self::scale(core).penalty;
        for at in 0..self.choice.pair_arcs.len() {
            let (pair, arc) = self.choice.pair_arcs[at];
            let cheapest = self.cheapest(core, pair, core.pairs[pair].open);
            let bonus = if core.pairs[pair].must { penalty } else { 0 };
            self.choice.network.set_cost(arc, cheapest - core.pairs[pair].score * UNIT - bonus);
        }
        self.choice.network.reprice();
        self.choice.network.solve();
        let places = self.prices.iter().zip(self.room.iter());
        let rent: i128 = places.map(|(price, room)| i128::from(*price) * i128::from(*room)).sum();
        self.total = rent - self.choice.network.cost();
        let bound = (self.total - self.reward).div_euclid(i128::from(UNIT));
        i64::try_from(bound).unwrap_or(i64::MAX)
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
