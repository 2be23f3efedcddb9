//! How the impact indexes follow the catalogue: which postings they hold, and the weighed texts of each.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::civil::Date;
use rayon::prelude::*;

use crate::catalogue::Catalogue;
use crate::definition::{Definition, TextField};
use crate::impact::{Impact, Impacts, Posting};
use crate::matching::pieces;
use crate::model::{Deadline, Record, RecordId, State, Value};
use crate::text::{Grain, Segmenter, Vector};

/// Builds the indexes of a catalogue, on all cores.
pub(super) fn build(definition: &Definition, segmenter: &OnceLock<Segmenter>, catalogue: &Catalogue) -> Impacts {
    let fields = definition.text_fields().into_iter().map(|field| {
        let records: Vec<&Record> = catalogue.records_of_kind(&field.kind).collect();
        let items = items(definition, segmenter, catalogue, &field, &records);
        (field, Impact::build(items))
    });
    fields.collect()
}

/// Returns the indexes after some records changed, came or went; the catalogue is that after the change.
pub(super) fn follow(
    impacts: &Impacts,
    definition: &Definition,
    segmenter: &OnceLock<Segmenter>,
    catalogue: &Catalogue,
    affected: &[RecordId],
) -> Impacts {
    let mut by_kind: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
    for record in affected.iter().filter_map(|id| catalogue.record(id)) {
        by_kind.entry(&record.kind).or_default().push(record);
    }
    let mut next = impacts.clone();
    for (field, impact) in &mut next {
        let Some(records) = by_kind.get(field.kind.as_str()) else { continue };
        let ids: Vec<RecordId> = records.iter().map(|record| record.id.clone()).collect();
        *impact = impact.with(&ids, items(definition, segmenter, catalogue, field, records));
    }
    next
}

/// Weighs the texts of those records that others may find; the dictionary is loaded only if there are any.
fn items(
    definition: &Definition,
    segmenter: &OnceLock<Segmenter>,
    catalogue: &Catalogue,
    field: &TextField,
    records: &[&Record],
) -> Vec<(Posting, Vector)> {
    let listed: Vec<&&Record> = records.iter().filter(|record| record.is_listed()).collect();
    if listed.is_empty() {
        return Vec::new();
    }
    let segmenter = segmenter.get_or_init(|| Segmenter::new(definition));
    let item =
        |record: &&&Record| (posting(catalogue, record), pieces(definition, segmenter, record, field, Grain::Terms));
    listed.par_iter().map(item).collect()
}

fn posting(catalogue: &Catalogue, record: &Record) -> Posting {
    let last_day = match record.value("valid_until") {
        Some(Value::Deadline(Deadline::On(last))) => Some(*last),
        _ => None,
    };
    Posting {
        id: record.id.clone(),
        party: catalogue.party_of(record),
        // Nothing has expired on the first of days.
        is_open: record.state(Date::MIN) == State::Open,
        last_day,
    }
}
