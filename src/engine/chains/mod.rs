//! The chain view: what the graph and the rates are built from, read out of the declaration and a snapshot's catalogue.
//! The graph is built when it is first asked for; firms and what they can make are read when rates are.

mod book;
mod cells;
mod declared;
mod drawing;
mod firms;
mod gaps;
mod goals;
mod leaders;
mod lookup;
mod members;
mod mentioned;
mod placing;
mod products;
mod rates;
mod shown;
mod strangers;
mod supplies;

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use crate::catalogue::Catalogue;
use crate::chain::{Facts, Graph, Market};
use crate::definition::{Definition, Lane};
use crate::engine::{Engine, Snapshot};
use crate::matching::{NamedMarket, Products, reads_chains};
use crate::model::{Moment, PartyId};
use crate::text::Segmenter;

pub(super) use mentioned::Mentioned;
use placing::Placing;
use strangers::Strangers;

pub use book::{ChainBook, ChainRow};
pub use gaps::{ChainCritical, ChainGaps, ChainShown};
pub use goals::{GoalAnswer, GoalMember};
pub use leaders::{LeaderConcentration, LeaderPurchases};
pub use lookup::{LinkPlace, NamePlace, PartyLink, ProductPlace, Unplaced};
pub use rates::{ChainRates, RateRequest};

impl Engine {
    /// Returns what matching asks of the chains, and of what came of dealings, on a day; kept with the
    /// snapshot. Nothing of the chains is read for lanes that do not ask.
    pub(super) fn market(&self, snapshot: &Snapshot, lanes: &[&Lane], as_of: Date) -> Arc<NamedMarket> {
        if !lanes.iter().any(|lane| reads_chains(lane)) {
            return Arc::new(NamedMarket::new(Market::default(), snapshot.records(as_of)));
        }
        let supplied = || supplied(&self.definition, &snapshot.catalogue, as_of);
        let build = || Arc::new(NamedMarket::new(supplied(), snapshot.records(as_of)));
        let (day, market) = snapshot.market.get_or_init(|| (as_of, build()));
        // A snapshot is nearly always asked about one day.
        if *day == as_of { Arc::clone(market) } else { build() }
    }
}

impl Engine {
    /// Gathers all that is known of the chains on a day; kept with the snapshot.
    ///
    /// # Complexity
    /// O(parties + supplies + products); seconds for a province, the first time.
    pub fn chain_book(&self, moment: &Moment) -> ChainBook<'_> {
        let snapshot = self.snapshot();
        let catalogue = &snapshot.catalogue;
        let build = || Arc::new(whole(&self.definition, self.segmenter(), catalogue, moment.as_of));
        let (day, market) = snapshot.chains.get_or_init(|| (moment.as_of, build()));
        let market = if *day == moment.as_of { Arc::clone(market) } else { build() };
        let told = products::told_chains(catalogue);
        ChainBook { definition: &self.definition, market, as_of: moment.as_of, told }
    }
}

/// Builds the market of a catalogue without what firms say they can make: who supplies whom is enough for matching, and
/// there are a hundred times fewer of those records.
pub(super) fn supplied(definition: &Definition, catalogue: &Catalogue, as_of: Date) -> Market {
    let mut facts = products::gather(catalogue, declared::facts(&definition.chains));
    let mut strangers = Strangers::new(catalogue);
    let unplaced = supplies::gather(definition, catalogue, &mut strangers, &|_| None);
    let parties: BTreeSet<PartyId> =
        unplaced.iter().flat_map(|supply| std::iter::once(supply.supplier).chain(supply.buyer)).collect();
    let known = parties.into_iter().filter(|id| Strangers::is_known(*id));
    facts.firms = known.map(|id| firms::named(catalogue, id)).chain(strangers.firms()).collect();
    let mut market = Market::build(facts, as_of);
    // Names are placed on the graph of the market, which is large; it is built once.
    let graph = market.graph();
    let names = Products::new(graph, &definition.titles);
    let placed = supplies::gather(definition, catalogue, &mut strangers, &|name| {
        names.only(name).map(|id| graph.title(id).to_owned())
    });
    placed.into_iter().for_each(|supply| market.put(supply));
    market
}

/// Builds the market of a catalogue with all that is known of firms.
pub(super) fn whole(definition: &Definition, segmenter: &Segmenter, catalogue: &Catalogue, as_of: Date) -> Market {
    let mut facts = products::gather(catalogue, declared::facts(&definition.chains));
    let graph = graph(&facts, as_of);
    let mut placing = Placing::new(&graph, segmenter, &definition.titles);
    placing.learn(catalogue);
    let offering = firms::offering(catalogue, as_of);
    facts.capabilities =
        offering.flat_map(|record| firms::capabilities(catalogue, definition, &placing, record)).collect();
    let mut strangers = Strangers::new(catalogue);
    facts.supplies =
        supplies::gather(definition, catalogue, &mut strangers, &|name| placing.titles(name).into_iter().next());
    facts.leaders = firms::leaders(catalogue, &mut strangers);
    facts.firms = firms::firms(catalogue, definition, as_of);
    facts.firms.extend(strangers.firms());
    Market::build(facts, as_of)
}

/// Builds the graph alone, to find names on it.
fn graph(facts: &Facts, as_of: Date) -> Graph {
    let inputs: Vec<_> = facts.inputs.iter().filter(|input| input.span.holds(as_of)).collect();
    Graph::build(facts.products.clone(), &inputs)
}
