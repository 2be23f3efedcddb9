//! Searching page by page, with filters, and with counts of what was found by kind, place, chain and tier. All of these are
//! read from public columns of records that everybody may find, so that no count tells of anything else.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::definition::{RegionReading, Tier, Visibility};
use crate::engine::Engine;
use crate::engine::search::{Found, Hits};
use crate::engine::viewing::{PageRequest, bad_cursor};
use crate::error::{Error, Result};
use crate::fulltext::Hit;
use crate::model::{Moment, Record, RecordId};

/// A search with filters; absent ones leave everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchFilters {
    /// The kind, by English name or Chinese label.
    pub kind: Option<String>,
    /// Where the party is, or in which place around it: a code or a name.
    pub region: Option<String>,
    /// The chain that the record, else its party, names: a code, title or other name.
    pub chain: Option<String>,
    /// The party's tier on the day, by name or label.
    pub tier: Option<String>,
}

/// How many of the records found have a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetCount {
    /// The value: a declared name or code.
    pub value: String,
    /// What it is called.
    pub label: String,
    /// How many records.
    pub count: usize,
}

/// A page of what a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchPage {
    /// The records, best first.
    pub found: Vec<Found>,
    /// Whether no record has all the words, so that those with some of them are given.
    pub relaxed: bool,
    /// How many records were found on all pages.
    pub total: usize,
    /// Whether there are more than are looked at.
    pub is_capped: bool,
    /// Counts by `kind`, `region`, `chain` and `tier`, the most frequent values first.
    pub facets: BTreeMap<&'static str, Vec<FacetCount>>,
    /// From where the list goes on.
    pub next: Option<String>,
}

/// So many records of a search are looked at, the best.
const LOOKED_AT_MAX: usize = 10_000;
/// Values that a facet lists.
const VALUES_MAX: usize = 50;

/// Filters whose names are read: codes and declared names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct ReadFilters {
    /// The place in which the party is.
    pub region: Option<String>,
    /// The chain.
    pub chain: Option<String>,
    /// The party's tier on the day.
    pub tier: Option<String>,
}

/// What a record is filtered and counted by: value and label.
pub(super) struct Traits {
    kind: (String, String),
    /// The city.
    region: Option<(String, String)>,
    chain: Option<(String, String)>,
    tier: Option<(String, String)>,
}

impl Engine {
    /// Searches as [`search`](Self::search), page by page, with filters and counts.
    ///
    /// # Errors
    /// As [`search`](Self::search); [`Error::Request`] for a place, chain or tier that does not exist, or a cursor that no
    /// page gave.
    pub fn search_page(
        &self,
        text: &str,
        filters: &SearchFilters,
        page: &PageRequest,
        moment: &Moment,
    ) -> Result<SearchPage> {
        let read = self.read_filters(filters)?;
        let after = page.after.as_deref().map(read_cursor).transpose()?;
        let Hits { catalogue, hits, words, relaxed } = self.hits(text, filters.kind.as_deref(), LOOKED_AT_MAX + 1)?;
        let is_capped = hits.len() > LOOKED_AT_MAX;
        let mut counts: BTreeMap<&'static str, BTreeMap<(String, String), usize>> = BTreeMap::new();
        let mut kept: Vec<(Hit, &Record)> = Vec::new();
        for hit in hits.into_iter().take(LOOKED_AT_MAX) {
            let Some(record) = catalogue.record(&hit.id) else { continue };
            if let Some(traits) = self.passing(&catalogue, record, &read, moment) {
                traits.count(&mut counts);
                kept.push((hit, record));
            }
        }
        let total = kept.len();
        if let Some(name) = filters.chain.as_deref().filter(|_| total == 0) {
            self.check_chain(&catalogue, name, moment)?;
        }
        let marked = self.marked(&words);
        let is_new = |(_, (hit, _)): &(usize, &(Hit, &Record))| after.as_ref().is_none_or(|last| is_after(hit, last));
        let ranked = (1..).zip(&kept).filter(is_new).take(page.limit);
        let found: Vec<Found> =
            ranked.clone().map(|(rank, (_, record))| self.found(&catalogue, record, &marked, rank, moment)).collect();
        let last = ranked.last().filter(|(rank, _)| *rank < total);
        Ok(SearchPage {
            found,
            relaxed,
            total,
            is_capped,
            facets: counts.into_iter().map(|(name, counts)| (name, frequent_first(counts))).collect(),
            next: last.map(|(_, (hit, _))| format!("{}-{}", hit.weight, hit.id)),
        })
    }

    /// Reads the names in filters.
    ///
    /// # Errors
    /// [`Error::Request`] for a place or tier that does not exist.
    pub(super) fn read_filters(&self, filters: &SearchFilters) -> Result<ReadFilters> {
        Ok(ReadFilters {
            region: filters.region.as_deref().map(|name| self.read_region(name)).transpose()?,
            chain: filters.chain.as_deref().map(|name| self.chain_of(name).0),
            tier: filters.tier.as_deref().map(read_tier).transpose()?,
        })
    }

    /// Returns the traits of a record that passes filters.
    pub(super) fn passing(
        &self,
        catalogue: &Catalogue,
        record: &Record,
        filters: &ReadFilters,
        moment: &Moment,
    ) -> Option<Traits> {
        let seat = catalogue.party_of(record).and_then(|party| catalogue.region(party));
        let is_there = |code: &String| seat.is_some_and(|seat| self.definition.regions.within(seat, code));
        let traits = self.traits(catalogue, record, seat, moment);
        let has = |own: &Option<(String, String)>, wanted: &Option<String>| {
            wanted.as_ref().is_none_or(|wanted| own.as_ref().is_some_and(|(value, _)| value == wanted))
        };
        let passes = filters.region.as_ref().is_none_or(is_there)
            && has(&traits.chain, &filters.chain)
            && has(&traits.tier, &filters.tier);
        passes.then_some(traits)
    }

    fn traits(&self, catalogue: &Catalogue, record: &Record, seat: Option<&str>, moment: &Moment) -> Traits {
        let regions = &self.definition.regions;
        let party = catalogue.party_of(record);
        let city = seat.map(|seat| regions.around(seat, 1).map_or(seat, |city| city.code.as_str()));
        let row = party.and_then(|party| catalogue.facts(party, "party").next());
        let chain = [Some(record), row].into_iter().flatten().map(|record| self.public(record, "chain").trim());
        let tier = party.and_then(|party| catalogue.tier(party, moment.as_of, &self.definition));
        let kind = self.definition.kind(&record.kind);
        Traits {
            kind: (record.kind.to_string(), kind.map_or_else(String::new, |kind| kind.label.clone())),
            region: city.map(|code| (code.to_owned(), regions.name(code).to_owned())),
            chain: chain.clone().find(|text| !text.is_empty()).map(|text| self.chain_of(text)),
            tier: tier.map(|tier| (tier.name().to_owned(), tier.label().to_owned())),
        }
    }

    /// Returns the text of a public column.
    fn public<'r>(&self, record: &'r Record, column: &str) -> &'r str {
        let declared = self.definition.kind(&record.kind).and_then(|kind| kind.column(column));
        if declared.is_some_and(|column| column.visibility == Visibility::Public) { record.raw(column) } else { "" }
    }

    /// Returns code and title of a declared chain; of another one its name for both.
    fn chain_of(&self, name: &str) -> (String, String) {
        match self.definition.chains.find(name) {
            Some(chain) => (chain.code.clone(), chain.title.clone()),
            None => (name.to_owned(), name.to_owned()),
        }
    }

    /// Refuses a chain that is neither known nor named by any record.
    fn check_chain(&self, catalogue: &Catalogue, name: &str, moment: &Moment) -> Result<()> {
        let is_declared = self.definition.chains.find(name).is_some();
        let names = |record: &Record| self.public(record, "chain").trim() == name;
        if is_declared || self.definition.kinds.keys().any(|kind| catalogue.records_of_kind(kind).any(names)) {
            return Ok(());
        }
        self.chain_book(moment).find_chain(name).map(drop)
    }

    fn read_region(&self, name: &str) -> Result<String> {
        match self.definition.regions.read(name) {
            RegionReading::Found(code) => Ok(code),
            RegionReading::Ambiguous(codes) => Err(Error::Ambiguous { id: name.to_owned(), candidates: codes }),
            RegionReading::Unknown => Err(Error::Request(format!("查不到地区“{name}”"))),
        }
    }
}

impl Traits {
    fn count(self, counts: &mut BTreeMap<&'static str, BTreeMap<(String, String), usize>>) {
        let all = [("kind", Some(self.kind)), ("region", self.region), ("chain", self.chain), ("tier", self.tier)];
        for (name, value) in all {
            let of_name = counts.entry(name).or_default();
            if let Some(value) = value {
                *of_name.entry(value).or_default() += 1;
            }
        }
    }
}

fn frequent_first(counts: BTreeMap<(String, String), usize>) -> Vec<FacetCount> {
    let count = |((value, label), count)| FacetCount { value, label, count };
    let mut counts: Vec<FacetCount> = counts.into_iter().map(count).collect();
    counts.sort_by(|left, right| right.count.cmp(&left.count).then_with(|| left.value.cmp(&right.value)));
    counts.truncate(VALUES_MAX);
    counts
}

fn read_tier(text: &str) -> Result<String> {
    let tier = Tier::parse(text).or_else(|| Tier::labelled(text));
    Ok(tier.ok_or_else(|| Error::Request(format!("没有“{text}”这一梯度")))?.name().to_owned())
}

fn read_cursor(text: &str) -> Result<(u32, RecordId)> {
    let parts = text.split_once('-').and_then(|(weight, id)| Some((weight.parse().ok()?, RecordId::from_text(id))));
    parts.ok_or_else(bad_cursor)
}

/// Says whether a hit stands behind a place in the list: heavier ones first, then by identifier.
fn is_after(hit: &Hit, (weight, id): &(u32, RecordId)) -> bool {
    hit.weight < *weight || (hit.weight == *weight && hit.id > *id)
}
