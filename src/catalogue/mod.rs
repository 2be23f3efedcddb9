//! The catalogue in memory: every party and every record as the log's entries leave them, with the questions that
//! rules ask of facts (who belongs to whom, which certificates hold on a day). It is a view: built from the log by
//! applying entries in order, and equal for equal entries.

mod facts;
mod parties;

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::definition::Definition;
use crate::model::{Change, Entry, Field, PartyId, Record, RecordId, Value};
use crate::normal::nfkc;
use crate::text::{Finding, Reading, read_cell};

pub use parties::{Parties, Resolution};

/// A cell in the log that the present declaration cannot read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// The column's declared name.
    pub column: String,
    /// The cell as written.
    pub raw: String,
    /// Why it does not fit.
    pub message: String,
}

/// Every party and record.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    parties: Parties,
    records: BTreeMap<RecordId, Record>,
    by_party: BTreeMap<PartyId, BTreeMap<String, BTreeSet<RecordId>>>,
    by_kind: BTreeMap<String, BTreeSet<RecordId>>,
    misfits: BTreeMap<RecordId, Vec<Misfit>>,
    seq: u64,
    tip: String,
}

impl Catalogue {
    /// Builds the catalogue that the entries leave, in order.
    pub fn build(definition: &Definition, entries: &[Entry]) -> Self {
        let mut catalogue = Self::default();
        for entry in entries {
            catalogue.apply(definition, entry);
        }
        catalogue
    }

    /// Applies the next entry and returns the records whose view it changes, ascending.
    ///
    /// # Panics
    /// Panics if an entry is skipped: a catalogue with a hole would be wrong without anyone noticing.
    pub fn apply(&mut self, definition: &Definition, entry: &Entry) -> Vec<RecordId> {
        assert_eq!(entry.seq, self.seq + 1, "entries are applied in order and without gaps");
        self.seq = entry.seq;
        self.tip.clone_from(&entry.checksum);
        match &entry.change {
            Change::Party { party, name, uscc } => {
                self.parties.declare(*party, name, uscc.clone());
                self.records_of(*party).cloned().collect()
            }
            Change::Put { record, kind, party, cells, read_on, .. } => {
                let (fields, misfits) = read_fields(definition, kind, cells, *read_on);
                let put = Record {
                    id: record.clone(),
                    kind: kind.clone(),
                    party: *party,
                    fields,
                    unstated: definition.unstated,
                    withdrawn: None,
                    seq: entry.seq,
                };
                self.put(put, misfits);
                vec![record.clone()]
            }
            Change::Withdraw { record, reason } => {
                if let Some(found) = self.records.get_mut(record) {
                    found.withdrawn = Some(reason.clone());
                }
                self.parties.forget_aliases_of(record);
                vec![record.clone()]
            }
            Change::Merge { from, into } => {
                self.parties.merge(*from, *into);
                self.records_of(*into).cloned().collect()
            }
            Change::Split { party } => {
                let former = self.parties.canonical(*party);
                self.parties.split(*party);
                let mut affected: Vec<RecordId> =
                    self.records_of(former).chain(self.records_of(*party)).cloned().collect();
                affected.sort();
                affected.dedup();
                affected
            }
        }
    }

    /// Returns the sequence number of the last entry applied; 0 for an empty catalogue.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// Returns the checksum of the last entry applied: two logs of one length are told apart by it.
    pub fn tip(&self) -> &str {
        &self.tip
    }

    /// Returns the parties.
    pub fn parties(&self) -> &Parties {
        &self.parties
    }

    /// Finds a record. O(log n).
    pub fn record(&self, id: &RecordId) -> Option<&Record> {
        self.records.get(id)
    }

    /// Returns the party that a record belongs to after merges.
    pub fn party_of(&self, record: &Record) -> Option<PartyId> {
        record.party.map(|party| self.parties.canonical(party))
    }

    /// Lists all records by ascending identifier.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.values()
    }

    /// Lists the records of a kind by ascending identifier.
    pub fn records_of_kind(&self, kind: &str) -> impl Iterator<Item = &Record> {
        self.by_kind.get(kind).into_iter().flatten().filter_map(|id| self.records.get(id))
    }

    /// Lists the identifiers of a party's records and of those of parties merged into it.
    pub fn records_of(&self, party: PartyId) -> impl Iterator<Item = &RecordId> {
        let members = self.parties.members(party).into_iter();
        members.flat_map(|member| self.by_party.get(&member).into_iter().flat_map(BTreeMap::values).flatten())
    }

    /// Lists a party's records of one kind that are not withdrawn, merged parties included.
    pub fn facts<'a>(&'a self, party: PartyId, kind: &'a str) -> impl Iterator<Item = &'a Record> {
        let members = self.parties.members(party).into_iter();
        members
            .flat_map(move |member| self.by_party.get(&member).and_then(|kinds| kinds.get(kind)).into_iter().flatten())
            .filter_map(|id| self.records.get(id))
            .filter(|record| record.withdrawn.is_none())
    }

    /// Finds records by what a user may write: the whole identifier, or the table's own number alone.
    pub fn find(&self, text: &str) -> Vec<&Record> {
        if let Some(record) = self.records.get(&RecordId::from_text(text)) {
            return vec![record];
        }
        let code = nfkc(text);
        if code.is_empty() {
            return Vec::new();
        }
        self.records.values().filter(|record| record.id.code() == code).collect()
    }

    /// Lists cells that the present declaration cannot read, by record.
    pub fn misfits(&self) -> &BTreeMap<RecordId, Vec<Misfit>> {
        &self.misfits
    }

    fn put(&mut self, record: Record, misfits: Vec<Misfit>) {
        let id = record.id.clone();
        if let Some(party) = record.party {
            let of_party = self.by_party.entry(party).or_default();
            of_party.entry(record.kind.clone()).or_default().insert(id.clone());
            self.parties.forget_aliases_of(&id);
            for alias in aliases(&record) {
                self.parties.add_alias(party, alias, &id);
            }
        }
        self.by_kind.entry(record.kind.clone()).or_default().insert(id.clone());
        if misfits.is_empty() {
            self.misfits.remove(&id);
        } else {
            self.misfits.insert(id.clone(), misfits);
        }
        self.records.insert(id, record);
    }
}

/// Returns the other names of its party that a record declares.
fn aliases(record: &Record) -> Vec<&str> {
    match record.kind.as_str() {
        "alias" => vec![record.raw("alias")],
        "party" => match record.value("former_names") {
            Some(Value::List(names)) => names.iter().map(String::as_str).collect(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn read_fields(
    definition: &Definition,
    kind: &str,
    cells: &BTreeMap<String, String>,
    read_on: Date,
) -> (BTreeMap<String, Field>, Vec<Misfit>) {
    let kind = definition.kind(kind);
    let mut fields = BTreeMap::new();
    let mut misfits = Vec::new();
    for (name, raw) in cells {
        let reading = match kind.and_then(|kind| kind.column(name)) {
            Some(column) => read_cell(raw, column, definition, read_on),
            None => Reading::Bad(Finding::new(crate::model::ProblemCode::UnknownColumn, "声明中没有这一列", "")),
        };
        let value = match reading {
            Reading::Known(value) | Reading::Noted(value, _) => Some(value),
            Reading::Unknown | Reading::Unclear(_) | Reading::Empty => None,
            Reading::Bad(finding) => {
                misfits.push(Misfit { column: name.clone(), raw: raw.clone(), message: finding.message });
                None
            }
        };
        fields.insert(name.clone(), Field { raw: raw.clone(), value });
    }
    (fields, misfits)
}
