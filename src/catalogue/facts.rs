//! Dated facts about parties: the certificates that hold on a day, the tier that they confer, where a party is, and
//! who belongs to one group.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::catalogue::Catalogue;
use crate::definition::{Definition, Tier};
use crate::model::{Deadline, PartyId, Record, Value};
use crate::text::organisation_key;

/// A certificate that a party has or had.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct HeldCertificate {
    /// The declared name, or the text as written.
    pub name: String,
    /// The last day on which it holds; `None` if it has no end or none is recorded.
    pub until: Option<Date>,
}

/// A holding makes a controller from this fraction on; one without a fraction is one of control. Members of a group,
/// branches and actual controllers are so by name, and an associate never is.
const CONTROL_SHARE_MIN: f64 = 0.5;

impl Catalogue {
    /// Lists the certificates of a party that were issued by a day, by name, expired ones included; of several of one
    /// name the one that holds longest.
    pub fn certificates(&self, party: PartyId, as_of: Date) -> BTreeMap<String, HeldCertificate> {
        let mut held: BTreeMap<String, HeldCertificate> = BTreeMap::new();
        for record in self.facts(party, "certificate") {
            let Some(Value::Certificates(names)) = record.value("type") else { continue };
            if matches!(record.value("issued"), Some(Value::Date(issued)) if *issued > as_of) {
                continue;
            }
            let until = match record.value("valid_until") {
                Some(Value::Deadline(Deadline::On(last))) => Some(*last),
                _ => None,
            };
            for name in names.iter().flatten() {
                let found = HeldCertificate { name: name.clone(), until };
                let entry = held.entry(name.clone()).or_insert_with(|| found.clone());
                // No recorded end goes before any end.
                if entry.until.is_some_and(|former| until.is_none_or(|last| last > former)) {
                    *entry = found;
                }
            }
        }
        held
    }

    /// Returns the highest tier whose certificate holds on a day.
    pub fn tier(&self, party: PartyId, as_of: Date, definition: &Definition) -> Option<Tier> {
        tier_of(&self.certificates(party, as_of), as_of, definition)
    }

    /// Returns the place that a party declares for itself.
    pub fn region(&self, party: PartyId) -> Option<&str> {
        self.facts(party, "party").find_map(|record| match record.value("region") {
            Some(Value::Region(code)) => Some(code.as_str()),
            _ => None,
        })
    }

    /// Tells whose a party is on a day.
    pub fn affiliation(&self, party: PartyId, as_of: Date) -> Affiliation {
        let party = self.parties().canonical(party);
        let name = self.parties().get(party).map(|known| organisation_key(&known.name)).unwrap_or_default();
        Affiliation { party, name, controllers: self.controllers(party, as_of) }
    }

    /// Returns who controls a party in the end on a day: the identifier of a known party, else a name as names are
    /// compared; the party itself where nobody does. Of several it is the first in the order of texts, as it is where
    /// the records go round in a circle.
    pub fn ultimate_controller(&self, party: PartyId, as_of: Date) -> String {
        let above = self.above(self.parties().canonical(party), as_of);
        let top = above.iter().find(|(_, is_controlled)| !**is_controlled).or_else(|| above.iter().next());
        top.map_or_else(|| party.to_string(), |(name, _)| name.clone())
    }

    fn controllers(&self, party: PartyId, as_of: Date) -> BTreeSet<String> {
        self.above(party, as_of).into_keys().collect()
    }

    /// Lists a party and everybody above it on a day: known parties by identifier, others by name; and whether somebody
    /// controls them. Cycles in the records end where they began.
    fn above(&self, party: PartyId, as_of: Date) -> BTreeMap<String, bool> {
        let mut seen = BTreeMap::new();
        let mut waiting = vec![party];
        while let Some(party) = waiting.pop() {
            if seen.contains_key(&party.to_string()) {
                continue;
            }
            let mut is_controlled = false;
            for record in self.facts(party, "relation").filter(|record| controls(record, as_of)) {
                is_controlled = true;
                let controller = record.raw("controller");
                match self.parties().only(controller) {
                    Some(known) => waiting.push(known),
                    None => {
                        seen.entry(organisation_key(controller)).or_insert(false);
                    }
                }
            }
            seen.insert(party.to_string(), is_controlled);
        }
        seen
    }
}

/// Returns the highest tier that some certificates give on a day.
pub fn tier_of(held: &BTreeMap<String, HeldCertificate>, as_of: Date, definition: &Definition) -> Option<Tier> {
    let valid = held.values().filter(|certificate| certificate.until.is_none_or(|last| last >= as_of));
    valid.filter_map(|certificate| definition.certificates.by_name(&certificate.name)?.tier).max()
}

/// Whose a party is on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affiliation {
    party: PartyId,
    /// The name by which organisations are compared.
    name: String,
    /// The party itself and everybody above it: known parties by identifier, others by name.
    controllers: BTreeSet<String>,
}

impl Affiliation {
    /// Says whether two parties are one, or share a controller, or one is a branch of the other.
    pub fn same_group(&self, other: &Self) -> bool {
        self.party == other.party
            || self.is_branch_of(other)
            || other.is_branch_of(self)
            || self.controllers.iter().any(|controller| other.controllers.contains(controller))
    }

    /// Says whether the party's name is the other's with a branch behind it (`...济南分公司`).
    fn is_branch_of(&self, whole: &Self) -> bool {
        let rest = self.name.strip_prefix(&whole.name).filter(|_| !whole.name.is_empty());
        rest.is_some_and(|rest| rest.ends_with("分公司"))
    }
}

/// Says whether a relation is one of control that holds on a day.
fn controls(record: &Record, as_of: Date) -> bool {
    let begun = !matches!(record.value("valid_from"), Some(Value::Date(first)) if *first > as_of);
    let ended = matches!(record.value("valid_until"), Some(Value::Deadline(Deadline::On(last))) if *last < as_of);
    let share = match record.value("share") {
        Some(Value::Number(share)) => share.low().or(share.high()).map(|bound| bound.value),
        _ => None,
    };
    let is_control = match record.value("relation_type") {
        Some(Value::Choice(name)) if name == "associate" => false,
        Some(Value::Choice(name)) if name != "holding" => true,
        _ => share.is_none_or(|share| share >= CONTROL_SHARE_MIN),
    };
    begun && !ended && is_control
}
