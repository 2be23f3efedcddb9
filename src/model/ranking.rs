//! Scores and matches. All arithmetic of a score is in integers, so that the same pair gives the same hundredths on
//! every machine and the points of an explanation add up to the score exactly.

use crate::model::{PartyId, RecordId, State};

/// A feature's value: a fraction of 1 in ten-thousandths, 0..=10000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(u16);

impl Share {
    /// The value 0.
    pub const ZERO: Self = Self(0);
    /// The value 1.
    pub const ONE: Self = Self(10_000);

    /// The value 0.7.
    pub const SEVEN_TENTHS: Self = Self(7_000);

    /// Builds a share of ten-thousandths; values above 10000 become 1.
    pub fn from_ten_thousandths(value: u64) -> Self {
        Self(u16::try_from(value.min(10_000)).unwrap_or(10_000))
    }

    /// Builds `part / whole`, rounded down; `None` if `whole` is 0.
    pub fn ratio(part: u64, whole: u64) -> Option<Self> {
        let scaled = u128::from(part) * 10_000;
        let share = scaled.checked_div(u128::from(whole))?.min(10_000);
        u16::try_from(share).ok().map(Self)
    }

    /// Returns the value in ten-thousandths.
    pub fn ten_thousandths(self) -> u16 {
        self.0
    }
}

/// A score in hundredths of a point, 0..=10000 (shown as 0.00..100.00).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(pub u16);

impl Score {
    /// Returns the harmonic mean of two scores, rounded half up; 0 if both are 0.
    #[must_use]
    pub fn harmonic_mean(self, other: Self) -> Self {
        let (left, right) = (u32::from(self.0), u32::from(other.0));
        let sum = left + right;
        let mean = (4 * left * right + sum).checked_div(2 * sum).unwrap_or(0);
        Self(u16::try_from(mean).unwrap_or(u16::MAX))
    }
}

/// Returns the score of weighted shares, in hundredths, half up, from the sum of weights times shares in ten-thousandths
/// and the sum of the weights that make up the whole score; at most 100 points, and 0 if they weigh nothing.
pub fn score_of(sum: u64, total: u64) -> Score {
    let score = (sum * 2 + total).checked_div(total * 2).unwrap_or(0);
    Score(u16::try_from(score).unwrap_or(u16::MAX).min(Share::ONE.0))
}

/// Splits a score among weighted shares: score = round(sum(weight * share) / total), in hundredths, half up, where `total`
/// is the sum of the weights that make up the whole score; what others add beside them ends at 100 points. Points are each
/// part rounded down, the hundredths left over go to the largest remainders, ties to the earlier part; what is above 100
/// points is taken off the last parts. The points add up to the score exactly, and the score never falls when a share rises.
///
/// Returns the score and the points of each part; (0, all zero) if the total is 0. O(n log n).
pub fn apportion(total: u64, parts: &[(u32, Share)]) -> (Score, Vec<u16>) {
    if total == 0 {
        return (Score(0), vec![0; parts.len()]);
    }
    let mut products: Vec<u64> = parts.iter().map(|(w, share)| u64::from(*w) * u64::from(share.0)).collect();
    let mut above = products.iter().sum::<u64>().saturating_sub(total * u64::from(Share::ONE.0));
    for product in products.iter_mut().rev() {
        let cut = above.min(*product);
        *product -= cut;
        above -= cut;
    }
    let score = score_of(products.iter().sum(), total);
    let mut points: Vec<u64> = products.iter().map(|p| p / total).collect();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    let remainder = |i: usize| products.get(i).map_or(0, |p| p % total);
    order.sort_by_key(|&i| (std::cmp::Reverse(remainder(i)), i));
    let given: u64 = points.iter().sum();
    let left = usize::try_from(u64::from(score.0) - given).unwrap_or(0);
    for i in order.into_iter().take(left) {
        if let Some(point) = points.get_mut(i) {
            *point += 1;
        }
    }
    let narrow = |value: u64| u16::try_from(value).unwrap_or(u16::MAX);
    (score, points.into_iter().map(narrow).collect())
}

/// What a hard rule says about a pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    /// The supply has what the demand asks for.
    Met,
    /// It does not; the pair is refused.
    Unmet,
    /// The records do not say; shown as to be verified.
    Unknown,
}

impl Verdict {
    /// Returns the English name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Unmet => "unmet",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the Chinese label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Met => "符合",
            Self::Unmet => "不符合",
            Self::Unknown => "待核实",
        }
    }
}

/// One hard rule applied to one pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleOutcome {
    /// The rule's declared name.
    pub rule: String,
    /// The rule's Chinese label.
    pub label: String,
    /// What it says.
    pub verdict: Verdict,
    /// Why, in Chinese.
    pub detail: String,
}

/// One feature's part of a score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    /// The feature's declared name.
    pub feature: String,
    /// The feature's Chinese label.
    pub label: String,
    /// The value; `None` where it is unknown and the lane's neutral value was taken.
    pub value: Option<Share>,
    /// The lane's weight, in hundredths: the most points that can be earned.
    pub weight: u16,
    /// The points earned, in hundredths; all points add up to the score.
    pub points: u16,
    /// Why, in Chinese; may be empty.
    pub reason: String,
}

/// What in the two records speaks for the match.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Evidence {
    /// Words that both sides have, heaviest first.
    pub terms: Vec<String>,
    /// Products on the graph from the demand's to the supply's; empty where it does not know both, or they are one.
    pub path: Vec<String>,
    /// Specifications that both sides have, in the demand's order.
    pub specs: Vec<String>,
}

/// How good a match is by its lane's thresholds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fit {
    /// At or above the lane's threshold for good matches.
    Good,
    /// Below it.
    Weak,
}

/// A demand and a supply that go together, seen from one of the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The place in the list, from 1.
    pub rank: usize,
    /// The other side's record.
    pub id: RecordId,
    /// The other side's party.
    pub party: Option<(PartyId, String)>,
    /// The other side's title.
    pub title: String,
    /// The score, the same from both sides.
    pub score: Score,
    /// What the pair is worth to both sides together: the harmonic mean of the features with the demand's weights and
    /// with the supply's.
    pub mutual: Score,
    /// The place of the subject in the other side's own list; `None` where it is not in it, or was not looked up.
    pub rank_back: Option<usize>,
    /// How good it is.
    pub fit: Fit,
    /// Whether the lane serves the other side's party; among good matches, and among weak ones, those that it does not
    /// serve come after those that it does.
    pub served: bool,
    /// The parts of the score, in the lane's order.
    pub contributions: Vec<Contribution>,
    /// What speaks for it.
    pub evidence: Evidence,
    /// The hard rules that applied, in the lane's order.
    pub rules: Vec<RuleOutcome>,
}

/// How many candidates a rule refused; a candidate counts for the first rule that refused it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The rule's declared name.
    pub rule: String,
    /// The rule's Chinese label.
    pub label: String,
    /// How many candidates.
    pub count: usize,
    /// The best of them by score: its party and why it was refused, in Chinese.
    pub example: String,
}

/// The best candidate that is not shown, and why it is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// The candidate, ranked 1.
    pub candidate: Match,
    /// Why it is not shown, in Chinese.
    pub why: String,
}

/// What was matched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The record; `None` for free text.
    pub id: Option<RecordId>,
    /// Its kind.
    pub kind: String,
    /// Its party.
    pub party: Option<(PartyId, String)>,
    /// Its title, or the free text.
    pub title: String,
    /// Its state on the day; only an open posting is matched.
    pub state: State,
}

/// The answer to a match: best first, with what was refused and how near an honest none came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchList {
    /// The lane's declared name.
    pub lane: String,
    /// The lane's Chinese label.
    pub lane_label: String,
    /// What was matched.
    pub subject: Subject,
    /// How many matches there are; more than are listed if the list was cut.
    pub total: usize,
    /// The matches, best first; equal scores by ascending record id.
    pub matches: Vec<Match>,
    /// Refusals by rule, in the lane's order, none with count 0.
    pub refused: Vec<Refusal>,
    /// The best candidate left out, if nothing is shown.
    pub nearest: Option<Nearest>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn points_add_up_where_plain_rounding_would_not() {
        let third = Share::ratio(1, 3).expect("3 is not 0");
        let (score, points) = apportion(3, &[(1, third), (1, third), (1, third)]);
        assert_eq!(points.iter().sum::<u16>(), score.0);
        assert_eq!(points, [1111, 1111, 1111]);
    }

    #[test]
    fn what_is_added_beside_ends_at_a_hundred_points() {
        let parts = |share| [(60, Share::ONE), (40, share), (3, Share::ONE)];
        let half = Share::from_ten_thousandths(5_000);
        assert_eq!(apportion(100, &parts(half)), (Score(8_300), vec![6_000, 2_000, 300]));
        assert_eq!(apportion(100, &parts(Share::from_ten_thousandths(9_800))), (Score(10_000), vec![6_000, 3_920, 80]));
        assert_eq!(apportion(100, &parts(Share::ONE)), (Score(10_000), vec![6_000, 4_000, 0]));
    }

    #[test]
    fn a_harmonic_mean_leans_to_the_lesser() {
        assert_eq!(Score(10_000).harmonic_mean(Score(10_000)), Score(10_000));
        assert_eq!(Score(9_000).harmonic_mean(Score(3_000)), Score(4_500));
        assert_eq!(Score(0).harmonic_mean(Score(0)), Score(0));
    }

    #[test]
    fn nothing_weighted_is_nothing_scored() {
        assert_eq!(apportion(0, &[(0, Share::ONE)]), (Score(0), vec![0]));
    }

    /// Returns the weight of all parts but the last so many, which add beside them.
    fn total(parts: &[(u32, Share)], beside: usize) -> u64 {
        parts.iter().rev().skip(beside).map(|(weight, _)| u64::from(*weight)).sum()
    }

    proptest! {
        #[test]
        fn points_always_add_up(
            parts in prop::collection::vec((0u32..200, 0u64..=10_000), 1..12), beside in 0usize..3,
        ) {
            let parts: Vec<_> = parts.into_iter().map(|(w, s)| (w, Share::from_ten_thousandths(s))).collect();
            let (score, points) = apportion(total(&parts, beside), &parts);
            prop_assert_eq!(points.iter().map(|p| u32::from(*p)).sum::<u32>(), u32::from(score.0));
            prop_assert!(score.0 <= 10_000);
        }

        #[test]
        fn a_higher_share_never_lowers_the_score(
            parts in prop::collection::vec((1u32..200, 0u64..=10_000), 1..8), which in 0usize..8, rise in 0u64..5_000,
            beside in 0usize..3,
        ) {
            let before: Vec<_> = parts.iter().map(|(w, s)| (*w, Share::from_ten_thousandths(*s))).collect();
            let mut after = before.clone();
            let i = which % after.len();
            let (weight, share) = after[i];
            after[i] = (weight, Share::from_ten_thousandths(u64::from(share.ten_thousandths()) + rise));
            let total = total(&before, beside);
            prop_assert!(apportion(total, &after).0 >= apportion(total, &before).0);
        }
    }
}
