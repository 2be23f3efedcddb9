//! How the impact indexes follow the catalogue: which postings they hold, and the weighed texts of each.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use jiff::civil::Date;
use rayon::prelude::*;

use crate::catalogue::Catalogue;
use crate::definition::{Definition, TextField};
use crate::impact::{Impact, Impacts, Posting};
use crate::matching::pieces;
use crate::model::{Deadline, Name, Record, RecordId, State, Value};
use crate::text::{Grain, Segmenter, Vector};

/// Builds the indexes of a catalogue, on all cores.
pub(super) fn build(definition: &Definition, segmenter: &OnceLock<Segmenter>, catalogue: &Catalogue) -> Impacts {
    let impacts = definition.text_fields().into_iter().map(|field| {
        let records: Vec<&Record> = catalogue.records_of_kind(&field.kind).collect();
        let weighed = weigh_all(std::slice::from_ref(&field), definition, segmenter, catalogue, &records);
        let impact = Impact::build(weighed.into_iter().map(|weighed| weighed.item).collect());
        (field, impact)
    });
    impacts.collect()
}

/// The weighed text of a posting that others may find.
pub(super) struct Weighed {
    kind: Name,
    item: (Posting, Vector),
}

/// Returns the indexes after some records changed, came or went; the catalogue is that after the change, and those that
/// others may find have been weighed.
pub(super) fn follow(
    impacts: &Impacts,
    catalogue: &Catalogue,
    affected: &[RecordId],
    weighed: impl IntoIterator<Item = Weighed>,
) -> Impacts {
    let mut ids: BTreeMap<&str, Vec<RecordId>> = BTreeMap::new();
    for record in affected.iter().filter_map(|id| catalogue.record(id)) {
        ids.entry(&record.kind).or_default().push(record.id.clone());
    }
    let mut items: BTreeMap<Name, Vec<(Posting, Vector)>> = BTreeMap::new();
    for Weighed { kind, item } in weighed {
        items.entry(kind).or_default().push(item);
    }
    let mut next = impacts.clone();
    for (field, impact) in &mut next {
        if let Some(ids) = ids.get(field.kind.as_str()) {
            *impact = impact.with(ids, items.remove(field.kind.as_str()).unwrap_or_default());
        }
    }
    next
}

/// Weighs the text of a record that others may find, if its kind has one of the fields.
pub(super) fn weigh(
    fields: &[TextField],
    definition: &Definition,
    segmenter: &Segmenter,
    catalogue: &Catalogue,
    record: &Record,
) -> Option<Weighed> {
    let field = fields.iter().find(|field| record.kind == field.kind)?;
    let vector = pieces(definition, segmenter, record, field, Grain::Terms);
    Some(Weighed { kind: record.kind.clone(), item: (posting(catalogue, record), vector) })
}

/// Weighs all of some records that others may find; the dictionary is loaded only if there are any.
pub(super) fn weigh_all(
    fields: &[TextField],
    definition: &Definition,
    segmenter: &OnceLock<Segmenter>,
    catalogue: &Catalogue,
    records: &[&Record],
) -> Vec<Weighed> {
    let listed: Vec<&&Record> = records.iter().filter(|record| record.is_listed()).collect();
    if listed.is_empty() {
        return Vec::new();
    }
    let segmenter = segmenter.get_or_init(|| Segmenter::new(definition));
    listed.par_iter().filter_map(|record| weigh(fields, definition, segmenter, catalogue, record)).collect()
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
