//! What came of the dealings of suppliers, as far as somebody else confirms it. Outcomes are between two parties; what a
//! track record tells third parties is so coarse, and only ever good, that nobody can tell from it with whom a supplier
//! dealt, for how much, or what came to nothing.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::catalogue::{Affiliation, Catalogue};
use crate::model::{PartyId, Record, Share, Value};
use crate::normal::nfkc;

/// The track records of suppliers on a day: of those who have one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrackRecords(BTreeMap<PartyId, Share>);

impl TrackRecords {
    /// Returns what a supplier's record is worth: a half or all. None is no flaw: a newcomer has none either.
    pub fn of(&self, supplier: PartyId) -> Option<Share> {
        self.0.get(&supplier).copied()
    }
}

/// From so many buyers on, unrelated to the supplier and to each other, a record is told: of fewer, each would know the
/// others.
pub const SIGNERS_MIN: u64 = 3;
/// Outcomes count for so many years.
pub const RECORD_YEARS: i64 = 3;
/// With so many more buyers every supplier is taken to have dealt in vain, so that no single outcome weighs much.
const PRIOR: u64 = 3;

/// One dealing, by the one who supplied, the one who asked, and what the outcome calls the demand and the supply.
type Dealing = (PartyId, PartyId, String, String);

impl Catalogue {
    /// Gathers the track records of all suppliers on a day. O(outcomes).
    pub fn track_records(&self, as_of: Date) -> TrackRecords {
        let oldest = as_of.checked_sub(jiff::Span::new().years(RECORD_YEARS)).unwrap_or(Date::MIN);
        let mut last: BTreeMap<Dealing, (Date, bool)> = BTreeMap::new();
        for record in self.records_of_kind("outcome").filter(|record| record.withdrawn.is_none()) {
            let Some(is_signed) = concluded(record).filter(|_| is_confirmed(record)) else { continue };
            let Some(Value::Date(date)) = record.value("date") else { continue };
            let party = |column: &str| self.parties().only(record.raw(column));
            let (Some(supplier), Some(buyer)) = (party("supplier"), party("demander")) else { continue };
            if !(oldest..=as_of).contains(date) {
                continue;
            }
            let dealing = (supplier, buyer, nfkc(record.raw("demand")), nfkc(record.raw("supply")));
            let state = (*date, is_signed);
            let newest = last.entry(dealing).or_insert(state);
            *newest = state.max(*newest);
        }
        let mut buyers: BTreeMap<PartyId, BTreeMap<PartyId, bool>> = BTreeMap::new();
        for ((supplier, buyer, ..), (_, is_signed)) in last {
            *buyers.entry(supplier).or_default().entry(buyer).or_default() |= is_signed;
        }
        let told = buyers
            .into_iter()
            .filter_map(|(supplier, buyers)| self.worth(supplier, &buyers, as_of).map(|worth| (supplier, worth)));
        TrackRecords(told.collect())
    }

    /// Returns what it is worth that some buyers signed, and some did not: each group of theirs counts once.
    fn worth(&self, supplier: PartyId, buyers: &BTreeMap<PartyId, bool>, as_of: Date) -> Option<Share> {
        let own = self.affiliation(supplier, as_of);
        let is_other = |buyer: &PartyId| -> bool {
            let other: Affiliation = self.affiliation(*buyer, as_of);
            !own.same_group(&other)
        };
        let mut groups: BTreeMap<String, bool> = BTreeMap::new();
        for (buyer, is_signed) in buyers.iter().filter(|(buyer, _)| is_other(buyer)) {
            *groups.entry(self.ultimate_controller(*buyer, as_of)).or_default() |= *is_signed;
        }
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        told(count(groups.values().filter(|signed| **signed).count()), count(groups.len()))
    }
}

/// Returns what is told of so many who signed among so many with whom something was concluded. Half and all are far
/// enough apart, and nothing is told below, that what came to nothing cannot be told from what is too old to count.
fn told(n_signed: u64, n_concluded: u64) -> Option<Share> {
    let is_at_least = |part: u64, whole: u64| n_signed * whole >= (n_concluded + PRIOR) * part;
    match n_signed >= SIGNERS_MIN {
        true if is_at_least(2, 3) => Some(Share::ONE),
        true if is_at_least(1, 3) => Some(Share::from_ten_thousandths(5_000)),
        _ => None,
    }
}

/// Says whether an outcome ended in a signature, if it ended at all.
fn concluded(record: &Record) -> Option<bool> {
    match (record.value("progress"), record.value("signed")) {
        (Some(Value::Choice(progress)), _) if progress == "failed" => Some(false),
        (Some(Value::Choice(progress)), _) if progress == "signed" || progress == "delivered" => Some(true),
        (_, Some(Value::Flag(true))) => Some(true),
        _ => None,
    }
}

/// Says whether somebody other than the supplier reports an outcome.
pub fn is_confirmed(outcome: &Record) -> bool {
    matches!(outcome.raw("source").trim(), "需求方" | "组织方")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_outcome_neither_makes_nor_breaks_a_supplier() {
        let half = Some(Share::from_ten_thousandths(5_000));
        // Signed by, concluded with, what is told.
        let cases = [
            (0, 0, None),
            (1, 1, None),
            (2, 2, None),
            (3, 3, half),
            (3, 4, half),
            (3, 6, half),
            (3, 7, None),
            (5, 5, half),
            (6, 6, Some(Share::ONE)),
            (6, 7, half),
            (7, 7, Some(Share::ONE)),
            (8, 9, Some(Share::ONE)),
            (0, 9, None),
        ];
        for (n_signed, n_concluded, expected) in cases {
            assert_eq!(told(n_signed, n_concluded), expected, "{n_signed} of {n_concluded}");
        }
    }
}
