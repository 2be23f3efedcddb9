//! What is known of the chains on a day: the list, chains and places by name.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::civil::Date;

use crate::chain::{Area, Basis, ChainId, FirmId, Market, ProductId, RECENT_MONTHS, Scope};
use crate::definition::{Definition, RegionReading, Regions};
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
            leaders: self.market.leaders_on(id, self.as_of).into_iter().map(leader).collect(),
        }
    }

    /// Reads the places that are local; a name may be that of a group of places (`胶东`).
    ///
    /// # Errors
    /// [`Error::Request`] for a name of no place or of several.
    pub fn area(&self, names: &[String]) -> Result<Area> {
        let regions = &self.definition.regions;
        let (mut codes, mut labels) = (BTreeSet::new(), Vec::new());
        for name in names {
            let group = regions.area(name);
            match regions.read(name) {
                RegionReading::Found(code) if group.is_empty() => {
                    labels.push(regions.name(&code).to_owned());
                    codes.insert(code);
                }
                _ if !group.is_empty() => {
                    labels.push(name.trim().to_owned());
                    codes.extend(group.iter().cloned());
                }
                RegionReading::Ambiguous(several) => {
                    let full: Vec<String> = several.iter().map(|code| regions.full_name(code)).collect();
                    return Err(Error::Request(format!("“{name}”可能是{}；请写全", full.join("、"))));
                }
                _ => return Err(Error::Request(format!("查不到地区“{name}”；可写代码或名称"))),
            }
        }
        if codes.is_empty() {
            labels.push(regions.name(&self.definition.home_region).to_owned());
            codes.insert(self.definition.home_region.clone());
        }
        labels.sort_unstable();
        labels.dedup();
        Ok(Area { label: labels.join("、"), codes: codes.into_iter().collect() })
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
}
