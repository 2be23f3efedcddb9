//! How the plan's words are read as statistics: `普遍` is a share of firms, `平均` a mean, `全覆盖` all of them, and `左右` sets no
//! mark that one could miss.

use crate::chain::fraction::Fraction;

/// The words of a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Goal {
    /// `普遍达到 X`: the share of firms with at least X is shown; no share is set that would be enough.
    Widely(Fraction),
    /// `平均 X`: the mean over firms with data is at least X.
    Average(Fraction),
    /// `全覆盖`, `全面`: every firm has at least X.
    All(Fraction),
    /// `X 左右`: the mean is shown beside X; nothing passes or fails.
    About(Fraction),
}

/// A goal against what the firms have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// The share of firms, or the mean; absent where no firm has data, or for sums beyond 2^127.
    pub value: Option<Fraction>,
    /// The same as if firms without data were below the mark, or had nothing; absent where there is no firm.
    pub low: Option<Fraction>,
    /// The same as if they reached the mark; absent for a mean of which some have no data, since it has no upper end.
    pub high: Option<Fraction>,
    /// What is divided by the firms with data: the number of those who reach the mark, or the sum of what they have.
    pub numerator: Option<Fraction>,
    /// Firms with data.
    pub n_known: usize,
    /// Firms without.
    pub n_missing: usize,
    /// Whether the goal is reached; absent where the words set no mark, or data are missing that could decide it.
    pub is_reached: Option<bool>,
    /// The least value, the quarters (the first value with a quarter, a half, three quarters at or below it), and the
    /// most; absent where no firm has data.
    pub spread: Option<[Fraction; 5]>,
    /// The value / X for `左右`.
    pub ratio: Option<Fraction>,
}

/// Reads a goal against the values of firms, an absent one for each firm without data.
pub fn read_goal(goal: Goal, values: &[Option<Fraction>]) -> Reading {
    let known: Vec<Fraction> = values.iter().flatten().copied().collect();
    let (n_known, n_missing) = (known.len(), values.len() - known.len());
    let spread = spread(&known);
    let numerator = match goal {
        Goal::Widely(least) | Goal::All(least) => count(known.iter().filter(|value| **value >= least).count()),
        Goal::Average(_) | Goal::About(_) => known.iter().try_fold(Fraction::ZERO, |sum, value| sum.plus(*value)),
    };
    let over = |numerator: Option<Fraction>, n: usize| numerator?.over(count(n)?);
    let (value, low) = (over(numerator, n_known), over(numerator, values.len()));
    let high = match goal {
        Goal::Widely(_) | Goal::All(_) => {
            over(numerator.zip(count(n_missing)).and_then(|(yes, unknown)| yes.plus(unknown)), values.len())
        }
        Goal::Average(_) | Goal::About(_) => value.filter(|_| n_missing == 0),
    };
    let is_reached = match goal {
        Goal::Widely(_) | Goal::About(_) => None,
        Goal::All(_) if n_known == 0 => None,
        Goal::All(_) => match (low == Some(Fraction::ONE), high == Some(Fraction::ONE)) {
            (true, _) => Some(true),
            (false, is_open) => (!is_open).then_some(false),
        },
        // Nobody has less than nothing: what is enough without the others is enough.
        Goal::Average(least) if low.is_some_and(|low| low >= least) => Some(true),
        Goal::Average(least) => value.filter(|_| n_missing == 0).map(|value| value >= least),
    };
    let ratio = match goal {
        Goal::About(mark) => value.and_then(|value| value.over(mark)),
        Goal::Widely(_) | Goal::Average(_) | Goal::All(_) => None,
    };
    Reading { value, low, high, numerator, n_known, n_missing, is_reached, spread, ratio }
}

fn spread(known: &[Fraction]) -> Option<[Fraction; 5]> {
    let mut sorted = known.to_vec();
    sorted.sort_unstable();
    let at = |quarter: usize| {
        let place = (quarter * sorted.len()).div_ceil(4).max(1) - 1;
        sorted.get(place).copied()
    };
    Some([at(0)?, at(1)?, at(2)?, at(3)?, at(4)?])
}

fn count(n: usize) -> Option<Fraction> {
    Fraction::new(i128::try_from(n).ok()?, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percents(values: &[Option<i128>]) -> Vec<Option<Fraction>> {
        values.iter().map(|value| value.and_then(|percent| Fraction::new(percent, 100))).collect()
    }

    fn percent(percent: i128) -> Fraction {
        Fraction::new(percent, 100).unwrap()
    }

    #[test]
    fn widely_is_a_share_of_firms_without_a_mark() {
        let found = read_goal(Goal::Widely(percent(80)), &percents(&[Some(80), Some(79), Some(100), None]));
        assert_eq!((found.value, found.n_known, found.n_missing), (Fraction::new(2, 3), 3, 1));
        assert_eq!((found.low, found.high), (Fraction::new(2, 4), Fraction::new(3, 4)));
        // Of 79, 80 and 100: a quarter is the first, a half the second, three quarters the third.
        assert_eq!(found.spread, Some([79, 79, 80, 100, 100].map(percent)));
        assert_eq!(read_goal(Goal::Widely(percent(80)), &[None]).spread, None);
        assert_eq!(found.is_reached, None);
    }

    #[test]
    fn an_average_is_a_mean_over_firms_with_data() {
        let reached = |values: &[Option<i128>]| read_goal(Goal::Average(percent(7)), &percents(values));
        assert_eq!(reached(&[Some(6), Some(8)]).is_reached, Some(true));
        assert_eq!(reached(&[Some(6), Some(7)]).is_reached, Some(false));
        assert_eq!(reached(&[Some(6), Some(7)]).value, Fraction::new(13, 200));
        assert_eq!(reached(&[Some(9), None]).is_reached, None);
        assert_eq!(reached(&[Some(15), None]).is_reached, Some(true), "7.5 %, and the other has something or nothing");
        assert_eq!(reached(&[None]).value, None);
        // 9 and nothing, or 9 and nobody knows how much.
        let half = reached(&[Some(9), None]);
        assert_eq!((half.numerator, half.low, half.high), (Some(percent(9)), Fraction::new(9, 200), None));
    }

    #[test]
    fn all_is_all_and_about_passes_nobody() {
        let all = |values: &[Option<i128>]| read_goal(Goal::All(Fraction::ONE), &percents(values)).is_reached;
        assert_eq!(all(&[Some(100), Some(100)]), Some(true));
        assert_eq!(all(&[Some(100), Some(0), None]), Some(false));
        assert_eq!((all(&[Some(100), None]), all(&[None])), (None, None));
        let about = read_goal(Goal::About(percent(50)), &percents(&[Some(50)]));
        assert_eq!((about.value, about.is_reached), (Fraction::new(1, 2), None));
        assert_eq!(about.ratio, Some(Fraction::ONE));
    }
}
