//! The catalogue in memory: every party and every record as the log's entries leave them, with the questions that
//! rules ask of facts (who belongs to whom, which certificates hold on a day). It is a view: built from the log by
//! applying entries in order, and equal for equal entries. A copy shares everything with the original until one of them
//! changes, so that a snapshot costs next to nothing.

mod dealings;
mod facts;
mod parties;
mod reading;
mod stored;

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::catalogue::reading::Put;
use crate::definition::Definition;
use crate::model::{Change, Entry, Name, PartyId, Record, RecordId, Value};
use crate::normal::nfkc;

pub use dealings::{RECORD_YEARS, SIGNERS_MIN, TrackRecords, is_confirmed};
pub use facts::{Affiliation, HeldCertificate, tier_of};
pub use parties::{Parties, Resolution};

/// A cell in the log that the present declaration cannot read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    records: OrdSet<ById>,
    by_kind: OrdMap<Name, OrdSet<ById>>,
    misfits: OrdMap<RecordId, Vec<Misfit>>,
    seq: u64,
    tip: String,
}

/// A record that stands by its identifier. A party's records, whose identifiers begin with the party, stand together.
#[derive(Debug, Clone)]
struct ById(Arc<Record>);

/// Entries that one core reads at a time, sharing what is equal in them.
const ENTRIES_AT_A_TIME: usize = 4_096;

impl Catalogue {
    /// Builds the catalogue that the entries leave, in order.
    pub fn build(definition: &Definition, entries: &[Entry]) -> Self {
        let mut catalogue = Self::default();
        catalogue.apply(definition, entries);
        catalogue
    }

    /// Applies the next entries, reading them on all cores, and returns the records whose view they change, ascending.
    ///
    /// # Panics
    /// Panics if an entry is skipped: a catalogue with a hole would be wrong without anyone noticing.
    pub fn apply(&mut self, definition: &Definition, entries: &[Entry]) -> Vec<RecordId> {
        let read = entries.par_chunks(ENTRIES_AT_A_TIME).map(|entries| reading::read(definition, entries));
        let read: Vec<Vec<Option<Put>>> = read.collect();
        let mut affected = Vec::new();
        for (entry, put) in entries.iter().zip(read.into_iter().flatten()) {
            assert_eq!(entry.seq, self.seq + 1, "entries are applied in order and without gaps");
            self.seq = entry.seq;
            self.tip.clone_from(&entry.checksum);
            self.step(&entry.change, put, &mut affected);
        }
        affected.sort_unstable();
        affected.dedup();
        affected
    }

    /// Reads the record that an entry puts, apart from all others; `None` if it puts none.
    pub fn version(definition: &Definition, entry: &Entry) -> Option<Record> {
        reading::read(definition, std::slice::from_ref(entry)).pop().flatten().map(|(record, _)| record)
    }

    fn step(&mut self, change: &Change, put: Option<Put>, affected: &mut Vec<RecordId>) {
        match change {
            Change::Party { party, name, uscc } => {
                self.parties.declare(*party, name, uscc.clone());
                affected.extend(self.records_of(*party).map(|record| record.id.clone()));
            }
            Change::Put { record, .. } => {
                affected.push(record.clone());
                if let Some((record, misfits)) = put {
                    self.put(record, misfits);
                }
            }
            Change::Withdraw { record, reason } => {
                if let Some(found) = self.record(record) {
                    self.insert(Record { withdrawn: Some(reason.clone()), ..found.clone() });
                }
                self.parties.forget_aliases_of(record);
                affected.push(record.clone());
            }
            Change::Merge { from, into } => {
                self.parties.merge(*from, *into);
                affected.extend(self.records_of(*into).map(|record| record.id.clone()));
            }
            Change::Split { party } => {
                let former = self.parties.canonical(*party);
                self.parties.split(*party);
                let both = self.records_of(former).chain(self.records_of(*party));
                affected.extend(both.map(|record| record.id.clone()));
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
        self.records.get(id).map(ById::record)
    }

    /// Returns the party that a record belongs to after merges.
    pub fn party_of(&self, record: &Record) -> Option<PartyId> {
        record.party.map(|party| self.parties.canonical(party))
    }

    /// Lists all records by ascending identifier.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.records.iter().map(ById::record)
    }

    /// Returns how many records there are.
    pub fn n_records(&self) -> usize {
        self.records.len()
    }

    /// Lists the records of a kind by ascending identifier.
    pub fn records_of_kind(&self, kind: &str) -> impl Iterator<Item = &Record> {
        self.by_kind.get(kind).into_iter().flatten().map(ById::record)
    }

    /// Lists a party's records and those of parties merged into it. O(log n) before the first.
    pub fn records_of(&self, party: PartyId) -> impl Iterator<Item = &Record> {
        self.parties.members(party).into_iter().flat_map(|member| of_party(&self.records, member))
    }

    /// Lists a party's records of one kind that are not withdrawn, merged parties included. O(log n) before the first.
    pub fn facts<'a>(&'a self, party: PartyId, kind: &str) -> impl Iterator<Item = &'a Record> + use<'a> {
        let of_kind = self.by_kind.get(kind);
        let members = self.parties.members(party).into_iter();
        members
            .flat_map(move |member| of_kind.into_iter().flat_map(move |records| of_party(records, member)))
            .filter(|record| record.withdrawn.is_none())
    }

    /// Finds records by what a user may write: the whole identifier, or the table's own number alone.
    pub fn find(&self, text: &str) -> Vec<&Record> {
        if let Some(record) = self.record(&RecordId::from_text(text)) {
            return vec![record];
        }
        let code = nfkc(text);
        if code.is_empty() {
            return Vec::new();
        }
        self.records().filter(|record| record.id.code() == code).collect()
    }

    /// Finds the one record of a party that a text names: by its whole identifier, else by the table's own number, else by
    /// its title. O(records of the party).
    pub fn named_by(&self, party: PartyId, text: &str) -> Option<&Record> {
        let is_own = |record: &&Record| self.party_of(record) == Some(party) && record.withdrawn.is_none();
        if let Some(record) = self.record(&RecordId::from_text(text)) {
            return Some(record).filter(is_own);
        }
        let text = nfkc(text);
        let only = |is_it: &dyn Fn(&Record) -> bool| {
            let mut found = self.records_of(party).filter(is_own).filter(|record| is_it(record));
            found.next().filter(|_| found.next().is_none())
        };
        only(&|record| record.id.code() == text).or_else(|| only(&|record| nfkc(record.title()) == text))
    }

    /// Lists cells that the present declaration cannot read, by record.
    pub fn misfits(&self) -> &OrdMap<RecordId, Vec<Misfit>> {
        &self.misfits
    }

    fn put(&mut self, record: Record, misfits: Vec<Misfit>) {
        if let Some(party) = record.party {
            self.parties.forget_aliases_of(&record.id);
            for alias in aliases(&record) {
                self.parties.add_alias(party, alias, &record.id);
            }
        }
        if misfits.is_empty() {
            self.misfits.remove(&record.id);
        } else {
            self.misfits.insert(record.id.clone(), misfits);
        }
        self.insert(record);
    }

    fn insert(&mut self, record: Record) {
        self.insert_shared(ById(Arc::new(record)));
    }

    fn insert_shared(&mut self, record: ById) {
        self.by_kind.entry(record.0.kind.clone()).or_default().insert(record.clone());
        self.records.insert(record);
    }
}

/// Lists a party's own records among some.
fn of_party(records: &OrdSet<ById>, party: PartyId) -> impl Iterator<Item = &Record> {
    let from = records.range(RecordId::first_of(party)..).map(ById::record);
    from.take_while(move |record| record.id.party() == Some(party))
}

impl ById {
    fn record(&self) -> &Record {
        &self.0
    }
}

impl PartialEq for Catalogue {
    fn eq(&self, other: &Self) -> bool {
        let rest = |catalogue: &Self| (catalogue.seq, catalogue.tip.clone());
        rest(self) == rest(other)
            && self.parties == other.parties
            && self.misfits == other.misfits
            && self.records().eq(other.records())
    }
}

impl Borrow<RecordId> for ById {
    fn borrow(&self) -> &RecordId {
        &self.0.id
    }
}

impl Ord for ById {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.id.cmp(&other.0.id)
    }
}

impl PartialOrd for ById {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for ById {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for ById {}

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
