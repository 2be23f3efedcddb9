//! Invented roadshows, the same for the same seed: popular and less popular buyers, SMEs with a few wishes, absences, two
//! slots over noon with fewer tables, and minima that a planted agenda keeps.

use std::collections::BTreeMap;

use lianqiao::agenda::{Pair, Party, Problem, Role, Slot, SlotSet};

/// How large a roadshow is.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    pub n_buyers: usize,
    pub n_smes: usize,
    pub n_slots: usize,
    pub n_tables: u32,
    pub n_pairs: usize,
    /// In how many slots parties are absent: about so many of a hundred.
    pub absent_percent: u64,
    pub seed: u64,
}

/// Numbers that the seed determines (the splitmix64 sequence).
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(end.max(1)).unwrap()).unwrap()
    }

    pub fn in_a_hundred(&mut self, share: u64) -> bool {
        self.below(100) < usize::try_from(share).unwrap()
    }
}

fn absences(plan: &Plan, dice: &mut Dice) -> SlotSet {
    let mut absent = SlotSet::EMPTY;
    // Half of it in one piece at an end (late or early), half here and there.
    if dice.in_a_hundred(plan.absent_percent * 2) {
        let length = dice.below(plan.n_slots / 2);
        let is_late = dice.below(2) == 0;
        (0..length).for_each(|t| absent.insert(if is_late { t } else { plan.n_slots - 1 - t }));
    }
    for slot in 0..plan.n_slots {
        if dice.in_a_hundred(plan.absent_percent / 2) {
            absent.insert(slot);
        }
    }
    absent
}

fn party(plan: &Plan, i: usize, dice: &mut Dice) -> Party {
    let is_buyer = i < plan.n_buyers;
    let max = if is_buyer { plan.n_slots / 2 + dice.below(plan.n_slots / 2 + 1) } else { 2 + dice.below(5) };
    Party {
        id: if is_buyer { format!("b{i}") } else { format!("s{}", i - plan.n_buyers) },
        role: if is_buyer { Role::Buyer } else { Role::Sme },
        min: 0,
        max: u32::try_from(max).unwrap(),
        unavailable: absences(plan, dice),
        desks: 1,
        tables: Default::default(),
        row_max: None,
    }
}

/// Invents a roadshow.
pub fn invent(plan: &Plan) -> Problem {
    let mut dice = Dice::new(plan.seed);
    let noon = plan.n_slots / 2;
    let slots = (0..plan.n_slots).map(|t| Slot {
        tables: if t + 1 == noon || t == noon { plan.n_tables * 2 / 3 } else { plan.n_tables },
        ..Slot::default()
    });
    let slots: Vec<Slot> = slots.collect();
    let mut parties: Vec<Party> = (0..plan.n_buyers + plan.n_smes).map(|i| party(plan, i, &mut dice)).collect();
    // Small squares are drawn more often: some buyers are wanted by many.
    let buyer = |dice: &mut Dice| dice.below(plan.n_buyers).min(dice.below(plan.n_buyers));
    let mut scores: BTreeMap<(usize, usize), u32> = BTreeMap::new();
    let score = |dice: &mut Dice| u32::try_from(1 + (dice.below(1000) + dice.below(1000)) / 2).unwrap();
    let planted = plant(plan, &slots, &parties, &mut dice);
    for (b, s) in &planted {
        scores.insert((*b, *s), score(&mut dice));
        parties[*b].min = (parties[*b].min + 1).min(4);
        parties[*s].min = 1;
    }
    let most = plan.n_pairs.min(plan.n_buyers * plan.n_smes / 2);
    while scores.len() < most {
        let key = (buyer(&mut dice), plan.n_buyers + dice.below(plan.n_smes));
        let value = score(&mut dice);
        scores.entry(key).or_insert(value);
    }
    let pairs = scores.into_iter().map(|((buyer, sme), score)| Pair {
        buyer,
        sme,
        score,
        lock: None,
        must: false,
        resources: Vec::new(),
        rank: 0,
    });
    Problem { slots, parties, pairs: pairs.collect(), ..Problem::default() }
}

/// Draws an agenda in which as many parties as possible have a meeting.
fn plant(plan: &Plan, slots: &[Slot], parties: &[Party], dice: &mut Dice) -> Vec<(usize, usize)> {
    let mut used = vec![0; slots.len()];
    let mut busy: Vec<SlotSet> = parties.iter().map(|party| party.unavailable).collect();
    let mut counts = vec![0; parties.len()];
    let mut planted = Vec::new();
    for round in 0..2 * plan.n_smes {
        let (b, s) = (dice.below(plan.n_buyers), plan.n_buyers + round % plan.n_smes);
        let both = busy[b].union(busy[s]);
        let free: Vec<usize> = (0..slots.len()).filter(|t| !both.contains(*t) && used[*t] < slots[*t].tables).collect();
        let is_new = !planted.contains(&(b, s)) && counts[b] < parties[b].max && counts[s] < parties[s].max;
        if let Some(slot) = free.get(dice.below(free.len())).filter(|_| is_new) {
            used[*slot] += 1;
            [b, s].iter().for_each(|party| {
                busy[*party].insert(*slot);
                counts[*party] += 1;
            });
            planted.push((b, s));
        }
    }
    planted
}
