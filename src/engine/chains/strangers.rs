//! Firms that tables name and nobody registered, or several bear the name: they supply and buy, and nobody knows where.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::chain::Firm;
use crate::model::{PartyId, Record};
use crate::text::organisation_key;

/// Firms nobody registered get identifiers from here on; no log has so many parties.
const STRANGERS_FROM: u64 = 1 << 49;

/// Finds the firms that records name, and remembers those that are no known party.
pub(super) struct Strangers<'c> {
    catalogue: &'c Catalogue,
    by_name: BTreeMap<String, (PartyId, String)>,
}

impl<'c> Strangers<'c> {
    /// Starts with none.
    pub(super) fn new(catalogue: &'c Catalogue) -> Self {
        Self { catalogue, by_name: BTreeMap::new() }
    }

    /// Finds the firm that a cell names, a known party or not; `None` for an empty cell.
    pub(super) fn firm(&mut self, record: &Record, column: &str) -> Option<PartyId> {
        let name = record.raw(column).trim();
        if name.is_empty() {
            return None;
        }
        let next = PartyId(STRANGERS_FROM + u64::try_from(self.by_name.len()).unwrap_or(0));
        let stranger = || self.by_name.entry(organisation_key(name)).or_insert_with(|| (next, name.to_owned())).0;
        Some(self.catalogue.parties().only(name).unwrap_or_else(stranger))
    }

    /// Says whether somebody is a party of the tables.
    pub(super) fn is_known(id: PartyId) -> bool {
        id.0 < STRANGERS_FROM
    }

    /// Lists those who are no known party.
    pub(super) fn firms(&self) -> impl Iterator<Item = Firm> {
        self.by_name.values().map(|(id, name)| Firm::unregistered(*id, name.clone()))
    }
}
