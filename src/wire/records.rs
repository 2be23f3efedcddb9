//! Records, search results and the answer to a check.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value as Json, json};

#[cfg(feature = "service")]
use crate::engine::{FacetCount, SearchPage};
use crate::engine::{Found, Glimpse, NamePlace, SearchResult, SeenField, Sight};
use crate::model::{Bound, Change, Deadline, Entry, Interval, PartyId, Strength, Value, VerifyReport};
use crate::wire::placements;

/// `{"id", "name"}`: a party.
#[derive(Debug, Serialize, JsonSchema)]
struct NamedBody {
    id: String,
    name: String,
}

impl From<&(PartyId, String)> for NamedBody {
    fn from((id, name): &(PartyId, String)) -> Self {
        Self { id: id.to_string(), name: name.clone() }
    }
}

/// What everybody may see of a posting.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct GlimpseBody {
    id: String,
    kind: String,
    party: Option<NamedBody>,
    title: String,
    state: &'static str,
}

impl From<&Glimpse> for GlimpseBody {
    fn from(glimpse: &Glimpse) -> Self {
        Self {
            id: glimpse.id.to_string(),
            kind: glimpse.kind.clone(),
            party: glimpse.party.as_ref().map(NamedBody::from),
            title: glimpse.title.clone(),
            state: glimpse.state.name(),
        }
    }
}

/// A cell: as it was written, and as it was read; null where that is not known.
#[derive(Debug, Serialize, JsonSchema)]
struct CellBody {
    raw: String,
    value: Json,
}

/// One record as `show` gives it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RecordBody {
    as_of: String,
    id: String,
    kind: String,
    party: Option<NamedBody>,
    state: &'static str,
    title: String,
    fields: BTreeMap<String, CellBody>,
    contact: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    placements: Option<Vec<Json>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    history: Vec<Json>,
}

impl RecordBody {
    /// Builds the answer from what a viewer may see; `as_of` is the day of the request.
    pub fn new(as_of: Date, sight: &Sight) -> Self {
        let value = |f: &SeenField| f.value.as_ref().map_or(Json::Null, |value| value_json(value, &f.raw));
        let field = |f: &SeenField| CellBody { raw: f.raw.clone(), value: value(f) };
        Self {
            as_of: as_of.to_string(),
            id: sight.id().to_string(),
            kind: sight.kind().to_owned(),
            party: sight.party().map(NamedBody::from),
            state: sight.state().name(),
            title: sight.title().to_owned(),
            fields: sight.fields().iter().map(|f| (f.column.clone(), field(f))).collect(),
            contact: sight.contact().fields.clone(),
            placements: None,
            history: sight.history().iter().map(entry_json).collect(),
        }
    }

    /// Adds where the record's products stand on the graph.
    pub fn with_places(self, places: &[NamePlace]) -> Self {
        Self { placements: Some(placements(places)), ..self }
    }
}

fn entry_json(entry: &Entry) -> Json {
    match &entry.change {
        Change::Put { cells, source, .. } => json!({
            "seq": entry.seq, "at": entry.at, "change": "put", "cells": cells,
            "file": source.file, "sheet": source.sheet, "row": source.row,
        }),
        Change::Withdraw { reason, .. } => {
            json!({ "seq": entry.seq, "at": entry.at, "change": "withdraw", "reason": reason })
        }
        Change::Party { .. } | Change::Merge { .. } | Change::Split { .. } => {
            json!({ "seq": entry.seq, "at": entry.at })
        }
    }
}

/// Writes a typed value that was written as `raw`; money is in ten thousands of its currency, quantities are in base units.
pub fn value_json(value: &Value, raw: &str) -> Json {
    match value {
        Value::Text => json!(raw.trim()),
        Value::Uscc(uscc) => json!(uscc.as_str()),
        Value::Choice(text) | Value::Period(text) | Value::Region(text) | Value::Industry(text) => {
            json!(text)
        }
        Value::List(texts) => json!(texts),
        Value::Flag(flag) => json!(flag),
        Value::Number(interval) => interval_json(interval, 1.0),
        Value::Money(money) => {
            json!({ "amount": interval_json(&money.amount, 10_000.0), "currency": money.currency.code(), "per": money.per })
        }
        Value::Measure(measure) => json!({
            "amount": interval_json(&measure.amount, 1.0), "unit": measure.unit, "per_year": measure.per_year,
        }),
        Value::Date(date) | Value::Deadline(Deadline::On(date)) => json!(date.to_string()),
        Value::Deadline(Deadline::Never) => json!("never"),
        Value::RegionWish(wish) => json!({
            "regions": wish.regions,
            "strength": match wish.strength { Strength::Hard => "hard", Strength::Soft => "soft" },
        }),
        Value::Certificates(all) => json!(all),
    }
}

/// Writes a range in units of `unit`; dividing by a power of ten leaves no dust where multiplying by 0.0001 would.
fn interval_json(interval: &Interval, unit: f64) -> Json {
    let bound = |bound: Option<Bound>| bound.map(|b| json!({ "value": b.value / unit, "closed": b.closed }));
    match interval.point() {
        Some(point) => json!(point / unit),
        None => json!({ "low": bound(interval.low()), "high": bound(interval.high()) }),
    }
}

/// The answer to a search.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchBody {
    as_of: String,
    relaxed: bool,
    found: Vec<FoundBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FoundBody {
    rank: usize,
    id: String,
    kind: String,
    party: Option<NamedBody>,
    title: String,
    state: &'static str,
    snippet: Vec<PieceBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PieceBody {
    text: String,
    marked: bool,
}

impl SearchBody {
    /// Builds the answer; `as_of` is the day of the request.
    pub fn new(as_of: Date, result: &SearchResult) -> Self {
        Self {
            as_of: as_of.to_string(),
            relaxed: result.relaxed,
            found: result.found.iter().map(FoundBody::from).collect(),
        }
    }
}

impl From<&Found> for FoundBody {
    fn from(found: &Found) -> Self {
        Self {
            rank: found.rank,
            id: found.id.to_string(),
            kind: found.kind.clone(),
            party: found.party.as_ref().map(NamedBody::from),
            title: found.title.clone(),
            state: found.state.name(),
            snippet: found
                .snippet
                .iter()
                .map(|(text, marked)| PieceBody { text: text.clone(), marked: *marked })
                .collect(),
        }
    }
}

/// A page of what a search found, with counts.
#[cfg(feature = "service")]
#[derive(Debug, Serialize, JsonSchema)]
pub struct SearchPageBody {
    as_of: String,
    relaxed: bool,
    total: usize,
    capped: bool,
    found: Vec<FoundBody>,
    facets: BTreeMap<String, Vec<CountBody>>,
    next: Option<String>,
}

/// How many of what was found have a value.
#[cfg(feature = "service")]
#[derive(Debug, Serialize, JsonSchema)]
struct CountBody {
    count: usize,
    label: String,
    value: String,
}

#[cfg(feature = "service")]
impl SearchPageBody {
    /// Builds the answer; `as_of` is the day of the request.
    pub fn new(as_of: Date, page: &SearchPage) -> Self {
        let count =
            |one: &FacetCount| CountBody { count: one.count, label: one.label.clone(), value: one.value.clone() };
        let facet = |counts: &Vec<FacetCount>| counts.iter().map(count).collect();
        Self {
            as_of: as_of.to_string(),
            relaxed: page.relaxed,
            total: page.total,
            capped: page.is_capped,
            found: page.found.iter().map(FoundBody::from).collect(),
            facets: page.facets.iter().map(|(name, counts)| ((*name).to_owned(), facet(counts))).collect(),
            next: page.next.clone(),
        }
    }
}

/// The answer to a check of the data directory.
#[derive(Debug, Serialize, JsonSchema)]
pub struct VerifyBody {
    as_of: String,
    entries: u64,
    contacts: u64,
    agendas: u64,
    sealed: bool,
    parties: usize,
    records: usize,
    documents: usize,
    misfits: Vec<Json>,
    notices: Vec<&'static str>,
}

impl VerifyBody {
    /// Builds the answer; `as_of` is the day of the request.
    pub fn new(as_of: Date, report: &VerifyReport) -> Self {
        let misfits = report.misfits.iter().map(|(id, column, raw, message)| {
            json!({ "id": id.to_string(), "column": column, "value": raw, "message": message })
        });
        Self {
            as_of: as_of.to_string(),
            entries: report.entries,
            contacts: report.contacts,
            agendas: report.agendas,
            sealed: report.is_sealed,
            parties: report.parties,
            records: report.records,
            documents: report.documents,
            misfits: misfits.collect(),
            notices: report.notices.iter().map(|notice| notice.code()).collect(),
        }
    }
}
