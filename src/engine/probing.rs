//! How often a party may change what its postings ask of figures that the other side does not show. A rule tells whether
//! such a figure meets a limit, and no more; who asks again and again with another limit finds it out by halves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use jiff::{Timestamp, ToSpan};

use crate::catalogue::Catalogue;
use crate::definition::{Definition, Role, Visibility};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::{Change, Moment, PartyId, Reach, Viewer};

/// So many postings of a party may come or change within a day as far as they ask of hidden figures.
const PROBES_MAX: usize = 10;

/// When each party asked lately.
#[derive(Default)]
pub(super) struct Probes(Mutex<BTreeMap<PartyId, Vec<Timestamp>>>);

impl Engine {
    /// Counts the postings among some changes that ask anew of what others hide, if a party's own key makes them.
    ///
    /// # Errors
    /// [`Error::Limit`] if they are too many within a day; none is counted then.
    pub(super) fn count_probes(
        &self,
        catalogue: &Catalogue,
        changes: &[Change],
        viewer: &Viewer,
        moment: &Moment,
    ) -> Result<()> {
        let Reach::Party(party) = viewer.reach else { return Ok(()) };
        let puts = || {
            changes.iter().filter_map(|change| match change {
                Change::Put { record, kind, cells, .. } => Some((record, kind.as_str(), cells)),
                _ => None,
            })
        };
        let kinds: BTreeSet<&str> = puts().map(|(_, kind, _)| kind).collect();
        let asking: BTreeMap<&str, BTreeSet<&str>> =
            kinds.into_iter().map(|kind| (kind, asking_columns(&self.definition, kind))).collect();
        let asks_anew = puts().filter(|(record, kind, cells)| {
            let stored = catalogue.record(record);
            let is_new = |column: &&str| {
                let written = cells.get(*column).map_or("", String::as_str);
                !written.is_empty() && stored.is_none_or(|stored| stored.raw(column) != written)
            };
            asking.get(kind).is_some_and(|columns| columns.iter().any(is_new))
        });
        let n_new = asks_anew.count();
        self.probes.count(party, n_new, moment)
    }
}

impl Probes {
    fn count(&self, party: PartyId, n_new: usize, moment: &Moment) -> Result<()> {
        // Instants come from the clock; without one nothing can be counted.
        let Some(now) = moment.instant.parse::<Timestamp>().ok().filter(|_| n_new > 0) else { return Ok(()) };
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let lately = now.saturating_sub(24.hours()).unwrap_or(Timestamp::MIN);
        counts.retain(|_, asked| {
            asked.retain(|at| *at > lately);
            !asked.is_empty()
        });
        let asked = counts.entry(party).or_default();
        if asked.len() + n_new > PROBES_MAX {
            return Err(Error::Limit(format!(
                "对方不公开的数据只用来判断是否符合；为防止反复试探，一个单位一天至多新增或改动 {PROBES_MAX} 条这样的条件，\
                 今天已有 {} 条；成批登记请交给组织方导入",
                asked.len()
            )));
        }
        asked.extend(std::iter::repeat_n(now, n_new));
        Ok(())
    }
}

/// Lists the columns of a kind of postings whose limits tell something of what the other side of a lane hides: those that
/// a rule, or a feature that weighs anything for their side, compares with a column that only rules may read.
fn asking_columns<'d>(definition: &'d Definition, kind: &str) -> BTreeSet<&'d str> {
    let mut columns = BTreeSet::new();
    for lane in definition.lanes.values() {
        let role = if lane.demand == kind { Role::Demand } else { Role::Supply };
        if role == Role::Supply && !lane.supply.iter().any(|supply| supply == kind) {
            continue;
        }
        let others = lane.kinds(if role == Role::Demand { Role::Supply } else { Role::Demand });
        let is_hidden = |column: &String| {
            let declared = others.iter().filter_map(|other| definition.kind(other)?.column(column));
            declared.into_iter().any(|column| column.visibility == Visibility::Matched)
        };
        let rules = lane.rules.iter().map(|rule| (&rule.demand, &rule.supply));
        let weighed = lane.features.iter().filter(|feature| match role {
            Role::Demand => feature.weight > 0,
            _ => feature.supply_weight > 0,
        });
        for (demand, supply) in rules.chain(weighed.map(|feature| (&feature.demand, &feature.supply))) {
            let (own, other) = if role == Role::Demand { (demand, supply) } else { (supply, demand) };
            if other.iter().any(is_hidden) {
                columns.extend(own.iter().map(String::as_str));
            }
        }
    }
    columns
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(instant: &str) -> Moment {
        Moment { instant: instant.to_owned(), as_of: jiff::civil::date(2026, 6, 1) }
    }

    #[test]
    fn a_day_has_so_many_questions() {
        let probes = Probes::default();
        let (one, other) = (PartyId(1), PartyId(2));
        probes.count(one, PROBES_MAX - 1, &at("2026-06-01T00:00:00Z")).expect("within a day's");
        probes.count(one, 2, &at("2026-06-01T12:00:00Z")).expect_err("too many");
        probes.count(one, 1, &at("2026-06-01T12:00:00Z")).expect("what is refused is not counted");
        probes.count(one, 0, &at("2026-06-01T12:00:00Z")).expect("nothing is asked");
        probes.count(one, 1, &at("2026-06-01T23:59:59Z")).expect_err("still the same day");
        probes.count(other, PROBES_MAX, &at("2026-06-01T23:59:59Z")).expect("each party has its own");
        probes.count(one, PROBES_MAX - 1, &at("2026-06-02T00:00:01Z")).expect("a day later, but for the later one");
        probes.count(one, 1, &at("2026-06-02T00:00:01Z")).expect_err("the later one counts still");
    }

    #[test]
    fn limits_on_hidden_figures_ask() {
        let definition = Definition::compiled().expect("valid");
        let bank = asking_columns(&definition, "loan_product");
        assert!(["revenue_min", "debt_ratio_max", "amount_max"].iter().all(|column| bank.contains(column)), "{bank:?}");
        assert!(!bank.contains("title"), "{bank:?}");
        assert!(asking_columns(&definition, "procurement").is_empty());
        assert!(asking_columns(&definition, "catalog").is_empty());
    }
}
