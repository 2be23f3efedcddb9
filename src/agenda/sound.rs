//! Whether a problem is sound: places that exist, numbers within limits, no contradiction. What solves problems may then
//! assume it.

use std::collections::BTreeSet;

use crate::agenda::model::{Pair, Party, Problem, Role, SCORE_MAX};
use crate::agenda::slots::SLOTS_MAX;
use crate::error::{Error, Result};

/// At most so many parties.
pub const PARTIES_MAX: usize = 20_000;
/// At most so many pairs.
pub const PAIRS_MAX: usize = 500_000;
/// At most so many tables in a slot.
pub const TABLES_MAX: u32 = 10_000;
/// At most so many desks of a party.
pub const DESKS_MAX: u32 = 64;

/// Builds the error of a place in a problem, such as `parties[3].min`.
pub(super) fn unsound(place: &str, reason: &str) -> Error {
    Error::Agenda { place: place.to_owned(), reason: reason.to_owned() }
}

fn ensure(holds: bool, place: &str, reason: &str) -> Result<()> {
    if holds { Ok(()) } else { Err(unsound(place, reason)) }
}

impl Problem {
    /// Checks that the problem is sound.
    ///
    /// # Errors
    /// [`Error::Agenda`] with the first place that is not.
    pub fn check(&self) -> Result<()> {
        ensure((1..=SLOTS_MAX).contains(&self.slots.len()), "slots", &format!("时段数应为 1 到 {SLOTS_MAX}"))?;
        ensure(self.parties.len() <= PARTIES_MAX, "parties", &format!("主体最多 {PARTIES_MAX} 个"))?;
        ensure(self.pairs.len() <= PAIRS_MAX, "pairs", &format!("候选会面最多 {PAIRS_MAX} 场"))?;
        for (t, slot) in self.slots.iter().enumerate() {
            ensure(slot.tables <= TABLES_MAX, &format!("tables[{t}]"), &format!("桌数应为 0 到 {TABLES_MAX}"))?;
            let before = t.checked_sub(1).and_then(|before| self.slots.get(before));
            let ascends = before.is_none_or(|before| before.session <= slot.session);
            ensure(ascends, &format!("slots[{t}].session"), "场次应随时段递增")?;
        }
        for (r, resource) in self.resources.iter().enumerate() {
            let place = format!("resources[{r}].units");
            ensure(resource.units.len() == self.slots.len(), &place, "每个时段应有一个数")?;
        }
        self.parties.iter().enumerate().try_for_each(|(i, party)| check_party(i, party))?;
        let mut ids = BTreeSet::new();
        for (i, party) in self.parties.iter().enumerate() {
            ensure(ids.insert(&party.id), &format!("parties[{i}].id"), "两个主体的编号相同")?;
        }
        self.check_tables()?;
        let mut seen = BTreeSet::new();
        for (p, pair) in self.pairs.iter().enumerate() {
            self.check_pair(p, pair)?;
            ensure(seen.insert((pair.buyer, pair.sme)), &format!("pairs[{p}]"), "同一对主体出现两次")?;
        }
        Ok(())
    }

    /// Checks that the tables of two parties are the same or have nothing in common.
    fn check_tables(&self) -> Result<()> {
        let mut owners: Vec<(u32, usize)> = Vec::new();
        for (i, party) in self.parties.iter().enumerate() {
            owners.extend(party.tables.iter().map(|table| (*table, i)));
        }
        owners.sort_unstable();
        let tables = |i: usize| self.parties.get(i).map(|party| &party.tables);
        for pair in owners.windows(2) {
            if let [(table, first), (other, second)] = pair
                && table == other
            {
                let place = format!("parties[{second}].tables");
                ensure(tables(*first) == tables(*second), &place, "两个主体的固定桌应完全相同或毫不相同")?;
            }
        }
        Ok(())
    }

    fn check_pair(&self, p: usize, pair: &Pair) -> Result<()> {
        let role = |party: usize| self.parties.get(party).map(|party| party.role);
        ensure(role(pair.buyer) == Some(Role::Buyer), &format!("pairs[{p}].a"), "应是一个需方的序号")?;
        ensure(role(pair.sme) == Some(Role::Sme), &format!("pairs[{p}].b"), "应是一个中小企业的序号")?;
        let is_worth = (1..=SCORE_MAX).contains(&pair.score);
        ensure(is_worth, &format!("pairs[{p}].score"), &format!("分数应为 1 到 {SCORE_MAX} 的整数"))?;
        let known = pair.resources.iter().all(|resource| *resource < self.resources.len());
        ensure(known, &format!("pairs[{p}].resources"), "没有这种资源")?;
        let Some(lock) = pair.lock else { return Ok(()) };
        let slot = self.slots.get(lock.slot);
        ensure(slot.is_some(), &format!("pairs[{p}].lock"), "没有这个时段")?;
        // A table that is out of use is no mistake: it may have been lost after the meeting was locked.
        let has_table = |table: u32| slot.is_some_and(|slot| table < slot.tables);
        ensure(lock.table.is_none_or(has_table), &format!("pairs[{p}].lock"), "这个时段没有这张桌")
    }
}

fn check_party(i: usize, party: &Party) -> Result<()> {
    let place = |field: &str| format!("parties[{i}].{field}");
    ensure(party.min <= party.max, &place("min"), "min 不能大于 max")?;
    ensure((1..=DESKS_MAX).contains(&party.desks), &place("desks"), &format!("应为 1 到 {DESKS_MAX}"))?;
    ensure(party.row_max != Some(0), &place("row_max"), "至少为 1")?;
    ensure(party.tables.last().is_none_or(|table| *table < TABLES_MAX), &place("tables"), "桌号太大")
}
