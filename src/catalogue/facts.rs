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
        let held = self.certificates(party, as_of);
        let valid = held.values().filter(|certificate| certificate.until.is_none_or(|last| last >= as_of));
        valid.filter_map(|certificate| definition.certificates.by_name(&certificate.name)?.tier).max()
    }

    /// Returns the place that a party declares for itself.
    pub fn region(&self, party: PartyId) -> Option<&str> {
        self.facts(party, "party").find_map(|record| match record.value("region") {
            Some(Value::Region(code)) => Some(code.as_str()),
            _ => None,
        })
    }

    /// Says whether two parties are one, or share a controller on a day, or one is a branch of the other.
    pub fn same_group(&self, left: PartyId, right: PartyId, as_of: Date) -> bool {
        let (left, right) = (self.parties().canonical(left), self.parties().canonical(right));
        if left == right || self.is_branch(left, right) || self.is_branch(right, left) {
            return true;
        }
        let controllers = self.controllers(left, as_of);
        self.controllers(right, as_of).iter().any(|controller| controllers.contains(controller))
    }

    /// Says whether one party's name is the other's with a branch behind it (`...济南分公司`).
    fn is_branch(&self, branch: PartyId, whole: PartyId) -> bool {
        let name = |id| self.parties().get(id).map(|party| organisation_key(&party.name)).unwrap_or_default();
        let (branch, whole) = (name(branch), name(whole));
        !whole.is_empty() && branch.strip_prefix(&whole).is_some_and(|rest| rest.ends_with("分公司"))
    }

    /// Lists a party and everybody above it on a day: known parties by identifier, others by name. Cycles in the
    /// records end where they began.
    fn controllers(&self, party: PartyId, as_of: Date) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        let mut waiting = vec![party];
        while let Some(party) = waiting.pop() {
            if !seen.insert(party.to_string()) {
                continue;
            }
            for record in self.facts(party, "relation").filter(|record| controls(record, as_of)) {
                let controller = record.raw("controller");
                match self.parties().find(controller).as_slice() {
                    [known] => waiting.push(*known),
                    _ => {
                        seen.insert(organisation_key(controller));
                    }
                }
            }
        }
        seen
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
