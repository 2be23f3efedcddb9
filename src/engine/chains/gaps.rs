//! What a chain lacks, who could fill it, and on whom it depends.

use std::collections::BTreeSet;

use jiff::ToSpan;

use crate::chain::{
    Area, Break, ChainId, Critical, Evidence, Extension, Fraction, LinkReport, LinkState, Missing, Proof, Purchase,
    Question, Repair, SINGLE_SHARE_PERCENT, Scope, SinglePoint, Substitute, Supplier, Weakness, Web, breaks, critical,
    critical_places, ends, extensions, link_reports, missing, repair, single_points, substitutes, suppliers,
};
use crate::engine::chains::book::ChainBook;
use crate::error::Result;

/// Candidates, substitutes and extensions listed for one gap.
const LISTED_MAX: usize = 5;
/// A chain's extensions that are listed.
const EXTENSIONS_MAX: usize = 10;

/// What a chain lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainGaps {
    /// The chain.
    pub chain: ChainId,
    /// Every link with its state, by code.
    pub reports: Vec<LinkReport>,
    /// Who could serve the links that are not covered, by link; links of which too little is told are left out.
    pub repairs: Vec<Repair>,
    /// What the final products lack to be made in the area.
    pub missing: Vec<Missing>,
    /// Buyers that lost their last supplier of a link within a year.
    pub breaks: Vec<Break>,
    /// What local firms can make beside the ends of the chain.
    pub extensions: Vec<Extension>,
}

/// On whom a chain depends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainCritical {
    /// The chain.
    pub chain: ChainId,
    /// Buyers that depend on one group of firms for a link, with who could stand in.
    pub single_points: Vec<(SinglePoint, Vec<Substitute>)>,
    /// Groups of firms without which something falls.
    pub groups: Vec<Critical>,
    /// Cities without which something falls.
    pub places: Vec<Critical>,
}

/// A chain with its links and who supplies them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainShown {
    /// The chain.
    pub chain: ChainId,
    /// What is local.
    pub area: Area,
    /// Every link with its state and its suppliers, by code.
    pub links: Vec<(LinkReport, Vec<Supplier>)>,
}

impl ChainShown {
    /// Says whether the loss of one group of firms loses a link.
    pub fn is_single(report: &LinkReport) -> bool {
        report.groups.all == 1 && report.groups.local + report.groups.unknown == 1
    }
}

impl ChainBook<'_> {
    /// Tells what chains lack.
    ///
    /// # Errors
    /// [`Error::Request`](crate::Error::Request) for an unknown chain or place.
    pub fn gaps(&self, chain: Option<&str>, regions: &[String], k: usize) -> Result<(Area, Vec<ChainGaps>)> {
        let area = self.area(regions)?;
        let scope = self.scope(&area);
        let gaps = self.chains(chain)?.into_iter().map(|chain| self.gaps_of(&scope, chain, k)).collect();
        Ok((area, gaps))
    }

    fn gaps_of(&self, scope: &Scope<'_>, chain: ChainId, k: usize) -> ChainGaps {
        let market = &self.market;
        let reports = self.reports(scope, chain, k);
        let is_open = |report: &&LinkReport| !matches!(report.state, LinkState::Covered | LinkState::Unknown);
        let open = reports.iter().filter(is_open);
        let repairs = open.map(|report| repair(market, scope, report.link, LISTED_MAX)).collect();
        let web = Web::new(market, scope, chain, None);
        let earlier = self.as_of.checked_sub(1.year()).unwrap_or(self.as_of);
        ChainGaps {
            chain,
            reports,
            repairs,
            missing: missing(&web, Purchase::Nowhere, &ends(market, chain)),
            breaks: breaks(market, scope, chain, Evidence::E1, earlier),
            extensions: extensions(market, scope, chain, EXTENSIONS_MAX),
        }
    }

    fn reports(&self, scope: &Scope<'_>, chain: ChainId, k: usize) -> Vec<LinkReport> {
        link_reports(&self.market, scope, chain, &Weakness { k, grades: &self.definition.grades })
    }

    /// Tells on whom chains depend.
    ///
    /// # Errors
    /// As [`gaps`](Self::gaps).
    pub fn critical(&self, chain: Option<&str>, regions: &[String]) -> Result<(Area, Vec<ChainCritical>)> {
        let area = self.area(regions)?;
        let scope = self.scope(&area);
        let cities = self.cities(&area);
        let question = Question { evidence: Evidence::E1, purchase: Purchase::Anywhere };
        let of_chain = |chain: ChainId| ChainCritical {
            chain,
            single_points: self.single_points(&scope, chain),
            groups: critical(&self.market, &scope, chain, question),
            places: critical_places(&self.market, &scope, chain, question, &cities),
        };
        Ok((area.clone(), self.chains(chain)?.into_iter().map(of_chain).collect()))
    }

    fn single_points(&self, scope: &Scope<'_>, chain: ChainId) -> Vec<(SinglePoint, Vec<Substitute>)> {
        let share = Fraction::new(i128::from(SINGLE_SHARE_PERCENT), 100).expect("a hundred is above 0");
        let points = single_points(&self.market, scope, chain, Evidence::E1, share).into_iter();
        let with_others = |point: SinglePoint| {
            let others = substitutes(&self.market, scope, point.link, point.controller, LISTED_MAX);
            (point, others)
        };
        points.map(with_others).collect()
    }

    /// Lists the cities of an area, or the places of it that are smaller.
    fn cities(&self, area: &Area) -> Vec<String> {
        let regions = &self.definition.regions;
        let mut cities: BTreeSet<&str> = BTreeSet::new();
        for code in &area.codes {
            let inside = regions.iter().filter(|region| regions.depth(&region.code) == 1 && region.parent == *code);
            cities.extend(inside.map(|region| region.code.as_str()));
            if regions.depth(code) > 0 {
                cities.insert(code);
            }
        }
        cities.into_iter().map(str::to_owned).collect()
    }

    /// Shows a chain.
    ///
    /// # Errors
    /// As [`gaps`](Self::gaps).
    pub fn show(&self, chain: &str, regions: &[String]) -> Result<ChainShown> {
        let (area, chain) = (self.area(regions)?, self.find_chain(chain)?);
        let scope = self.scope(&area);
        let reports = self.reports(&scope, chain, 1).into_iter();
        let with_suppliers = |report: LinkReport| {
            let suppliers = suppliers(&self.market, &scope, report.link, Proof::Capable);
            (report, suppliers)
        };
        let links = reports.map(with_suppliers).collect();
        Ok(ChainShown { chain, links, area })
    }
}
