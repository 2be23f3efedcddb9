//! What is known of the chains on a day, and the answers to questions about them.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use crate::chain::{
    Area, Ask, Basis, ChainId, Concentration, Depth, Evidence, FirmId, Fraction, LeaderRole, Market, Nesting, Note,
    ProductId, Purchases, RECENT_MONTHS, Rate, Scope, Series, Span, Support, chain_rates, concentration, last_year,
    local_purchase_series, support,
};
use crate::definition::{Definition, RegionReading, Regions, Tier};
use crate::engine::chains::products;
use crate::error::{Error, Result};
use crate::model::PartyId;

/// The market of a snapshot on a day.
pub struct ChainBook<'e> {
    /// The declaration.
    pub(super) definition: &'e Definition,
    /// All that is known, resolved.
    pub market: Arc<Market>,
    /// The day.
    pub as_of: Date,
    /// The codes of chains that users' tables brought.
    pub(super) told: BTreeSet<String>,
}

/// A chain as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainRow {
    /// The code.
    pub code: String,
    /// The title.
    pub title: String,
    /// The declared name of its level, if told.
    pub level: Option<String>,
    /// The code of the place whose chain it is, if told.
    pub region: Option<String>,
    /// Whether it counts for the support rates of tiers.
    pub is_key: bool,
    /// Whether it is only a skeleton.
    pub is_draft: bool,
    /// Whether it is on the list on the day.
    pub is_listed: bool,
    /// Where the declaration has it from; absent for one that a user's table brought.
    pub source: Option<String>,
    /// How many links it has.
    pub n_links: usize,
    /// How many products they make.
    pub n_products: usize,
    /// Who leads it on the day.
    pub leaders: Vec<(PartyId, String)>,
}

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
    /// The least share of a firm's revenue that key chains must buy.
    pub share_min: Fraction,
}

/// How concentrated the purchases of a chain's leader are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeaderConcentration {
    /// The chain's code.
    pub chain: String,
    /// The leader.
    pub leader: PartyId,
    /// Its name.
    pub name: String,
    /// The period of the purchases.
    pub period: Span,
    /// The numbers.
    pub numbers: Concentration,
}

/// The answer to a [`RateRequest`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainRates {
    /// What is local.
    pub area: Area,
    /// The rates: those of tiers, then those of each chain by code.
    pub rates: Vec<Rate>,
    /// How concentrated the leaders' purchases are, by chain.
    pub concentrations: Vec<LeaderConcentration>,
    /// The names of rates that were computed and are not the viewer's to see.
    pub withheld: Vec<&'static str>,
}

/// Leaders' local purchases are told for so many years.
const YEARS: i16 = 3;

impl ChainBook<'_> {
    /// Finds a chain by code, title or other name.
    ///
    /// # Errors
    /// [`Error::Request`] lists the chains.
    pub fn find_chain(&self, name: &str) -> Result<ChainId> {
        self.market.find_chain(name).ok_or_else(|| {
            let known: Vec<&str> = self.market.chains().map(|(_, node)| node.chain.title.as_str()).collect();
            Error::Request(format!("没有“{name}”这条产业链；可用：{}", known.join("、")))
        })
    }

    /// Returns the places of the declaration.
    pub fn regions(&self) -> &Regions {
        &self.definition.regions
    }

    /// Lists all chains by code.
    pub fn list(&self) -> Vec<ChainRow> {
        self.market.chains().map(|(id, _)| self.row(id)).collect()
    }

    /// Tells what is listed of a chain.
    pub fn row(&self, id: ChainId) -> ChainRow {
        let node = self.market.chain(id);
        let products: BTreeSet<ProductId> =
            node.links.iter().flat_map(|link| self.market.link(*link).products.iter().copied()).collect();
        let leader = |firm: FirmId| {
            let firm = &self.market.firm(firm).firm;
            (firm.id, firm.name.clone())
        };
        let declared = self.definition.chains.chains.get(&node.chain.code);
        let declared = declared.filter(|_| !self.told.contains(&node.chain.code));
        ChainRow {
            code: node.chain.code.clone(),
            title: node.chain.title.clone(),
            level: node.chain.level.map(|level| products::level_name(level).to_owned()),
            region: node.chain.region.clone(),
            is_key: node.chain.is_key,
            is_draft: node.chain.is_draft,
            is_listed: node.chain.span.holds(self.as_of),
            source: declared.map(|chain| format!("{}（{}）", chain.source, chain.drafted)),
            n_links: node.links.len(),
            n_products: products.len(),
            leaders: self.leaders(id).into_iter().map(leader).collect(),
        }
    }

    /// Reads the places that are local; a name may be that of a group of places (`胶东`).
    ///
    /// # Errors
    /// [`Error::Request`] for a name of no place or of several.
    pub fn area(&self, names: &[String]) -> Result<Area> {
        let regions = &self.definition.regions;
        let mut codes = BTreeSet::new();
        for name in names {
            let group = regions.area(name);
            match regions.read(name) {
                RegionReading::Found(code) if group.is_empty() => {
                    codes.insert(code);
                }
                _ if !group.is_empty() => codes.extend(group.iter().cloned()),
                RegionReading::Ambiguous(several) => {
                    let full: Vec<String> = several.iter().map(|code| regions.full_name(code)).collect();
                    return Err(Error::Request(format!("“{name}”可能是{}；请写全", full.join("、"))));
                }
                _ => return Err(Error::Request(format!("查不到地区“{name}”；可写代码或名称"))),
            }
        }
        if codes.is_empty() {
            codes.insert(self.definition.home_region.clone());
        }
        let label = codes.iter().map(|code| regions.name(code)).collect::<Vec<&str>>().join("、");
        Ok(Area { label, codes: codes.into_iter().collect() })
    }

    /// Reads supplies on the day, with what is made in an area being local.
    pub(super) fn scope<'a>(&'a self, area: &'a Area) -> Scope<'a> {
        let (regions, as_of) = (&self.definition.regions, self.as_of);
        Scope { regions, area, as_of, basis: Basis::Production, recent_months: RECENT_MONTHS }
    }

    /// Lists the chains on the list on the day, or the one that is asked for.
    ///
    /// # Errors
    /// As [`find_chain`](Self::find_chain).
    pub(super) fn chains(&self, name: Option<&str>) -> Result<Vec<ChainId>> {
        match name {
            Some(name) => Ok(vec![self.find_chain(name)?]),
            None => {
                let listed = self.market.chains().filter(|(_, node)| node.chain.span.holds(self.as_of));
                Ok(listed.map(|(id, _)| id).collect())
            }
        }
    }

    /// Computes rates.
    ///
    /// # Errors
    /// [`Error::Request`] for an unknown chain or place.
    pub fn rates(&self, request: &RateRequest) -> Result<ChainRates> {
        let area = self.area(&request.regions)?;
        let scope = self.scope(&area);
        let asked = request.chain.as_deref().map(|name| self.find_chain(name)).transpose()?;
        let mut rates = self.tier_rates(&scope, request, asked);
        let (mut concentrations, mut told) = (Vec::new(), BTreeSet::new());
        let chains = if request.tier.is_some() { Vec::new() } else { self.chains(request.chain.as_deref())? };
        let ask = Ask { evidence: request.evidence, k: request.k, period: None };
        for chain in chains {
            let mut own = chain_rates(&self.market, &scope, chain, ask);
            // A leader of several chains buys once.
            for leader in self.leaders(chain).into_iter().filter(|leader| told.insert(*leader)) {
                let Some(found) = self.purchases(&scope, request.evidence, chain, leader) else { continue };
                let id = self.market.firm(leader).firm.code();
                if let Some(rate) = own.iter_mut().find(|rate| rate.subject == id) {
                    rate.notes.extend(found.direction);
                }
                concentrations.extend(found.concentration);
            }
            rates.extend(own);
        }
        Ok(ChainRates { area, rates, concentrations, withheld: Vec::new() })
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
                let options = Support { tier, nesting, depth: Depth::Any, evidence, share_min, chain };
                rates.extend(support(&self.market, scope, &options));
            }
        }
        rates
    }

    /// Lists the leaders of a chain on the day.
    pub(super) fn leaders(&self, chain: ChainId) -> Vec<FirmId> {
        let leaders = self.market.chain(chain).leaders.iter();
        let leading = leaders.filter(|(_, role, span)| *role == LeaderRole::Leader && span.holds(self.as_of));
        let firms: BTreeSet<FirmId> = leading.map(|(firm, ..)| *firm).collect();
        firms.into_iter().collect()
    }

    /// Tells how a leader's local purchases went from year to year, and how concentrated the last year's are.
    fn purchases(&self, scope: &Scope<'_>, evidence: Evidence, chain: ChainId, leader: FirmId) -> Option<Purchased> {
        let market = &self.market;
        let told = market.flows_to(leader).filter(|flow| flow.supply.evidence >= evidence);
        let period = last_year(self.as_of, told);
        let series = local_purchase_series(market, scope, leader, evidence, period.from?.year(), YEARS);
        let purchases = Purchases { link: None, period, evidence, whole_fen: None };
        let numbers = concentration(market, scope, leader, &purchases);
        let firm = &market.firm(leader).firm;
        let concentration = (numbers.n_suppliers > 0).then(|| LeaderConcentration {
            chain: market.chain(chain).chain.code.clone(),
            leader: firm.id,
            name: firm.name.clone(),
            period,
            numbers,
        });
        Some(Purchased {
            direction: series.direction.map(|direction| direction_note(direction, &series)),
            concentration,
        })
    }
}

/// What is told of a leader's purchases beside the rate of the last year.
struct Purchased {
    direction: Option<Note>,
    concentration: Option<LeaderConcentration>,
}

fn direction_note(direction: Ordering, series: &Series) -> Note {
    let point = |rate: &Rate| Some(rate.value?.point?.percent());
    let years: Vec<String> = series.rates.iter().filter_map(point).collect();
    let words = match direction {
        Ordering::Greater => "逐年上升",
        Ordering::Equal => "逐年持平",
        Ordering::Less => "逐年下降",
    };
    Note { code: "direction", words: format!("{words}：{}", years.join("、")) }
}
