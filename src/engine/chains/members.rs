//! Who belongs to a chain.

use std::collections::BTreeSet;

use crate::chain::{Area, ChainId};
use crate::engine::chains::ChainBook;
use crate::model::{PartyId, Record};
use crate::normal::key;
use crate::text::split_list;

impl ChainBook<'_> {
    /// Lists who belongs to a chain on the day: its leaders, and who can supply or supplied one of its links.
    ///
    /// # Complexity
    /// O(capabilities and supplies of the chain).
    pub(in crate::engine) fn members(&self, chain: ChainId) -> BTreeSet<PartyId> {
        let market = &self.market;
        // Where something is made does not matter to whether it still is.
        let nowhere = Area { label: String::new(), codes: Vec::new() };
        let scope = self.scope(&nowhere);
        let links = &market.chain(chain).links;
        let offers = links.iter().flat_map(|link| market.offers_at(*link));
        let offering = offers.filter(|offer| scope.is_live_offer(market, offer)).map(|offer| offer.firm);
        let flows = links.iter().flat_map(|link| market.flows_at(*link)).chain(market.unlinked_flows(chain));
        let supplying = flows.filter(|flow| scope.is_live_flow(market, flow)).map(|flow| flow.supplier);
        let firms = offering.chain(supplying).chain(market.leaders_on(chain, self.as_of));
        firms.map(|firm| market.firm(firm).firm.id).collect()
    }

    /// Says whether a record names a chain, by any of its names or with more words around its title.
    pub(in crate::engine) fn is_named(&self, chain: ChainId, record: &Record) -> bool {
        let written = record.raw("chain");
        let title = key(&self.market.chain(chain).chain.title);
        !written.is_empty()
            && (key(written).contains(&title)
                || split_list(written).any(|name| self.market.find_chain(name) == Some(chain)))
    }
}
