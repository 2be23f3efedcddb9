//! Rates: those of tiers, those of chains, and what is told beside them of leaders and of the plan.

use std::collections::BTreeSet;

use crate::chain::{
    Area, Ask, Basis, ChainId, Depth, Evidence, Fraction, Nesting, Rate, Scope, Support, chain_rates, support,
};
use crate::definition::Tier;
use crate::engine::chains::book::ChainBook;
use crate::engine::chains::goals::GoalAnswer;
use crate::engine::chains::leaders::{LeaderConcentration, LeaderPurchases};
use crate::error::Result;

/// Which rates are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RateRequest {
    /// One chain, by code, title or other name; all on the list if absent.
    pub chain: Option<String>,
    /// The places that are local, by code or name; the home province if none.
    pub regions: Vec<String>,
    /// The support rate of one tier only, without the chains' rates.
    pub tier: Option<Tier>,
    /// How well a supply must be proved.
    pub evidence: Evidence,
    /// How many groups of local suppliers cover a link.
    pub k: usize,
    /// Whether the lower tier has the firms of the higher one; both ways if absent.
    pub nesting: Option<Nesting>,
    /// How far from a leader a supplier may stand to support a chain.
    pub depth: Depth,
    /// By which place a supply is local.
    pub basis: Basis,
    /// The least share of a firm's revenue that key chains must buy.
    pub share_min: Fraction,
}

/// The answer to a [`RateRequest`].
#[derive(Debug, Clone, PartialEq)]
pub struct ChainRates {
    /// What is local.
    pub area: Area,
    /// By which place it is.
    pub basis: Basis,
    /// The rates: those of tiers, then those of each chain by code.
    pub rates: Vec<Rate>,
    /// What the leaders buy, year by year and link by link, by chain.
    pub purchases: Vec<LeaderPurchases>,
    /// How concentrated the leaders' purchases are, by chain.
    pub concentrations: Vec<LeaderConcentration>,
    /// The plan's goals beside what the firms of its tiers have; none where one chain is asked for.
    pub goals: Vec<GoalAnswer>,
    /// The names of rates that were computed and are not the viewer's to see.
    pub withheld: Vec<&'static str>,
}

impl ChainBook<'_> {
    /// Computes rates.
    ///
    /// # Errors
    /// [`Error::Request`](crate::Error::Request) for an unknown chain or place.
    pub fn rates(&self, request: &RateRequest) -> Result<ChainRates> {
        let area = self.area(&request.regions)?;
        let scope = Scope { basis: request.basis, ..self.scope(&area) };
        let asked = request.chain.as_deref().map(|name| self.find_chain(name)).transpose()?;
        let mut rates = self.tier_rates(&scope, request, asked);
        let nesting = request.nesting.unwrap_or(Nesting::Inclusive);
        let goals = if asked.is_none() { self.goals(&scope, request.tier, nesting) } else { Vec::new() };
        let (mut concentrations, mut purchases, mut told) = (Vec::new(), Vec::new(), BTreeSet::new());
        let chains = if request.tier.is_some() { Vec::new() } else { self.chains(request.chain.as_deref())? };
        let ask = Ask { evidence: request.evidence, k: request.k, period: None };
        for chain in chains {
            rates.extend(chain_rates(&self.market, &scope, chain, ask));
            // A leader of several chains buys once.
            for leader in self.market.leaders_on(chain, self.as_of).into_iter().filter(|leader| told.insert(*leader)) {
                let period = self.last_year(leader, request.evidence);
                purchases.extend(self.purchases(&scope, request.evidence, chain, leader, period));
                concentrations.extend(self.concentration(&scope, request.evidence, chain, leader, period));
            }
        }
        Ok(ChainRates { area, basis: request.basis, rates, purchases, concentrations, goals, withheld: Vec::new() })
    }

    fn tier_rates(&self, scope: &Scope<'_>, request: &RateRequest, chain: Option<ChainId>) -> Vec<Rate> {
        let tiers = [Tier::Specialised, Tier::LittleGiant].into_iter();
        let asked = tiers.filter(|tier| request.tier.is_none_or(|asked| asked == *tier));
        let mut rates = Vec::new();
        for tier in asked {
            let both = [Nesting::Inclusive, Nesting::Exclusive].into_iter();
            // Nobody stands above the highest tier, so that it reads the same both ways.
            let ways = both.filter(|way| match request.nesting {
                Some(asked) => asked == *way,
                None => tier != Tier::LittleGiant || *way == Nesting::Inclusive,
            });
            for nesting in ways {
                let (evidence, share_min) = (request.evidence, request.share_min);
                let options = Support { tier, nesting, depth: request.depth, evidence, share_min, chain };
                rates.extend(support(&self.market, scope, &options));
            }
        }
        rates
    }
}
