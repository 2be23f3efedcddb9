//! What an agenda comes to, in numbers and in words: how many are served, how near it is to the best, who waits, who got
//! nothing and why, and why a minimum could not be kept.

use crate::agenda::{Agenda, Prices, Problem, Role, prices};
use crate::event::plan::{Plan, Seat};
use crate::event::reasons::{clash_in_words, lowering_in_words, names, shortage_in_words};

/// How many of one side take part and meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    /// How many take part.
    pub parties: usize,
    /// How many of them have a meeting.
    pub served: usize,
    /// The fewest and the most meetings of one of them.
    pub range: (usize, usize),
}

/// What an agenda comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Those who stay at their tables.
    pub buyers: Coverage,
    /// Those who come to them.
    pub smes: Coverage,
    /// Slots in which there are meetings to be had.
    pub slots: usize,
    /// The meetings that all tables of all slots could take.
    pub seats: u64,
    /// Pairs that could meet.
    pub pairs: usize,
    /// Who has no meeting, and why, in Chinese.
    pub unserved: Vec<(usize, String)>,
    /// Minima that could not be kept, and by how much they were lowered in all, in Chinese.
    pub lowered: Vec<String>,
    /// Meetings that had to be held and are not, with the reasons, in Chinese.
    pub unheld: Vec<String>,
    /// The proofs that minima cannot be kept, in Chinese.
    pub shortages: Vec<String>,
    /// What limits are worth, in Chinese.
    pub prices: Vec<String>,
}

/// So many parties are named for whom another meeting would bring most.
const GAINS_MAX: usize = 3;

impl Summary {
    /// Sums up an agenda. That of [`prices`], and O(pairs + meetings).
    pub fn new(plan: &Plan, agenda: &Agenda) -> Self {
        let seats = plan.seats(agenda);
        let of_pairs = pairs_by_party(&plan.problem);
        let slots = plan.problem.slots.iter().filter(|slot| !slot.is_block);
        let tables = slots.clone().map(|slot| {
            let closed = slot.closed.iter().filter(|table| **table < slot.tables).count();
            u64::from(slot.tables).saturating_sub(u64::try_from(closed).unwrap_or(u64::MAX))
        });
        let n_seats: u64 = tables.sum();
        let unserved = |party: usize| {
            let pairs = of_pairs.get(party).map_or(&[][..], Vec::as_slice);
            let has_none = seats.get(party).is_some_and(Vec::is_empty);
            has_none.then(|| (party, why_none(plan, &seats, n_seats, pairs, party)))
        };
        let lowered = agenda.lowered.iter().map(|lowered| {
            let name = plan.name_of(lowered.party);
            format!("{name}：最少 {} 场，只安排了 {} 场", lowered.min, lowered.held)
        });
        let unheld = agenda.unheld.iter().filter_map(|pair| {
            let (buyer, sme) = plan.sides_of(*pair)?;
            let clash = agenda.clashes.iter().find(|clash| clash.pair == *pair);
            let why = clash.map_or_else(String::new, |clash| format!("（{}）", clash_in_words(plan, clash)));
            Some(format!("{} 与 {}{why}", plan.name_of(buyer), plan.name_of(sme)))
        });
        let name = |party| plan.name_of(party);
        Self {
            buyers: coverage(plan, &seats, Role::Buyer),
            smes: coverage(plan, &seats, Role::Sme),
            slots: slots.count(),
            seats: n_seats,
            pairs: plan.problem.pairs.len(),
            unserved: (0..plan.parties.len()).filter_map(unserved).collect(),
            lowered: lowered.chain(lowering_in_words(agenda)).collect(),
            unheld: unheld.collect(),
            shortages: agenda.shortages.iter().map(|shortage| shortage_in_words(&name, shortage)).collect(),
            prices: prices_in_words(plan, agenda, &prices(&plan.problem, agenda.score)),
        }
    }
}

fn coverage(plan: &Plan, seats: &[Vec<Seat>], role: Role) -> Coverage {
    let counts: Vec<usize> = plan.side(role).filter_map(|party| seats.get(party)).map(Vec::len).collect();
    Coverage {
        parties: counts.len(),
        served: counts.iter().filter(|count| **count > 0).count(),
        range: (counts.iter().copied().min().unwrap_or(0), counts.iter().copied().max().unwrap_or(0)),
    }
}

/// Lists the pairs of each party.
fn pairs_by_party(problem: &Problem) -> Vec<Vec<usize>> {
    let mut pairs = vec![Vec::new(); problem.parties.len()];
    for (idx, pair) in problem.pairs.iter().enumerate() {
        for party in [pair.buyer, pair.sme] {
            if let Some(pairs) = pairs.get_mut(party) {
                pairs.push(idx);
            }
        }
    }
    pairs
}

/// Says why a party has no meeting; all tables together take `n_seats` meetings.
fn why_none(plan: &Plan, seats: &[Vec<Seat>], n_seats: u64, pairs: &[usize], party: usize) -> String {
    let Some(own) = plan.problem.parties.get(party) else { return String::new() };
    if pairs.is_empty() {
        let has_postings = plan.parties.get(party).is_some_and(|who| who.postings > 0);
        let why = if has_postings {
            "与到场单位没有够起点分的匹配"
        } else {
            "在本场的通道里没有有效的信息"
        };
        return why.to_owned();
    }
    if own.max == 0 {
        return "上限是 0 场".to_owned();
    }
    let slots = plan.problem.slots.iter().enumerate();
    if slots.filter(|(idx, slot)| !slot.is_block && !own.unavailable.contains(*idx)).count() == 0 {
        return "没有一个时段在场".to_owned();
    }
    let others: Vec<usize> = pairs
        .iter()
        .filter_map(|pair| plan.sides_of(*pair))
        .map(|(buyer, sme)| if buyer == party { sme } else { buyer })
        .collect();
    let is_full = |other: &usize| {
        let held = seats.get(*other).map_or(0, Vec::len);
        plan.problem.parties.get(*other).is_some_and(|other| u32::try_from(held).is_ok_and(|held| held >= other.max))
    };
    let n_full = others.iter().filter(|other| is_full(other)).count();
    let n_taken: usize = plan.side(Role::Sme).filter_map(|sme| seats.get(sme)).map(Vec::len).sum();
    let why = match n_full {
        n if n == others.len() => "都已约满",
        _ if u64::try_from(n_taken).is_ok_and(|taken| taken >= n_seats) => "桌位已用完，让给了总分更高的配对",
        0 => "没有双方都空的时段和桌位，让给了总分更高的配对",
        _ => "有的已约满，其余没有双方都空的时段和桌位",
    };
    format!("合适的有 {}：{why}", names(plan, &others))
}

/// Puts into words what more room would bring, and what minima cost. Prices are worked out without regard to slots; where
/// slots, tables of one's own or staff hold the agenda back they would be wrong, and nothing is said.
fn prices_in_words(plan: &Plan, agenda: &Agenda, prices: &Prices) -> Vec<String> {
    if prices.choice != agenda.score {
        return Vec::new();
    }
    let mut words = vec![format!("有桌的任一时段多一张桌，至多加 {} 分", points(prices.table))];
    let meetings = prices.meetings.iter().take(GAINS_MAX);
    let gains: Vec<String> =
        meetings.map(|(party, gain)| format!("{} {} 分", plan.name_of(*party), points(*gain))).collect();
    if !gains.is_empty() {
        words.push(format!("多谈一场，至多加：{}", gains.join("、")));
    }
    if prices.minima > 0 {
        words.push(format!("最少场数的代价至多是 {} 分", points(prices.minima)));
    }
    match prices.every_sme {
        Some(0) => {}
        Some(cost) => words.push(format!("每家来访方至少一场的代价至少是 {} 分", points(cost))),
        None => words.push("做不到每家来访方至少一场".to_owned()),
    }
    words
}

/// Writes hundredths of points, as in `1234.50`.
pub fn points(hundredths: u64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// Writes how far a score may be from the best there is, in per cent of the bound with four decimals, rounded up, so that
/// only what is proved shows as nothing.
pub fn gap(agenda: &Agenda) -> String {
    let missing = u128::from(agenda.bound.saturating_sub(agenda.score));
    let parts = (missing * 1_000_000).div_ceil(u128::from(agenda.bound.max(1)));
    format!("{}.{:04}%", parts / 10_000, parts % 10_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_rounded_up() {
        let agenda = |score, bound| Agenda { score, bound, ..Agenda::default() };
        assert_eq!(gap(&agenda(100, 100)), "0.0000%");
        assert_eq!(gap(&agenda(9_999_999, 10_000_000)), "0.0001%");
        assert_eq!(gap(&agenda(3, 4)), "25.0000%");
        assert_eq!(gap(&agenda(0, 0)), "0.0000%");
    }
}
