//! Where lines turn between two columns of a picture: each one that turns has a track of its own, from which it branches
//! off, so that it can be followed by eye without its colour. The order of the tracks is the one with few crossings.

/// A line between two columns: the heights at which it leaves to the left and to the right. It turns on one track.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rail {
    /// Where it meets the column on the left.
    pub lefts: Vec<f64>,
    /// Where it meets the column on the right.
    pub rights: Vec<f64>,
}

/// Lines nearer to each other than this cannot be told apart.
const APART_MIN: f64 = 2.5;
/// A stretch that two lines share is so much worse than a crossing.
const SHARED: u64 = 40;
/// How often all tracks are looked at again.
const ROUNDS: usize = 12;

impl Rail {
    /// Says whether it goes straight on and needs no track.
    pub(super) fn is_straight(&self) -> bool {
        let (top, bottom) = self.span();
        bottom - top < 0.5
    }

    /// Returns its highest and lowest place.
    fn span(&self) -> (f64, f64) {
        let all = || self.lefts.iter().chain(&self.rights).copied();
        (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max))
    }

    fn is_passed_at(&self, height: f64) -> bool {
        let (top, bottom) = self.span();
        top < height && height < bottom
    }

    /// Counts what is wrong where the track of this one stands to the left of another's.
    fn cost_before(&self, other: &Self) -> u64 {
        let count = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
        let crossings = self.rights.iter().filter(|height| other.is_passed_at(**height)).count()
            + other.lefts.iter().filter(|height| self.is_passed_at(**height)).count();
        let is_shared = |height: &f64| other.lefts.iter().any(|left| (left - height).abs() < APART_MIN);
        count(crossings) + SHARED * count(self.rights.iter().filter(|height| is_shared(height)).count())
    }
}

/// Orders lines by their tracks, from left to right; straight ones have none. O(lines squared x (ends + rounds)).
pub(super) fn tracks(rails: &[Rail]) -> Vec<usize> {
    let mut order: Vec<usize> =
        (0..rails.len()).filter(|idx| rails.get(*idx).is_some_and(|r| !r.is_straight())).collect();
    let cost = |before: usize, after: usize| match (rails.get(before), rails.get(after)) {
        (Some(before), Some(after)) => before.cost_before(after),
        _ => 0,
    };
    let costs: Vec<Vec<u64>> =
        (0..rails.len()).map(|before| (0..rails.len()).map(|after| cost(before, after)).collect()).collect();
    let cost = |before: usize, after: usize| costs.get(before).and_then(|row| row.get(after)).copied().unwrap_or(0);
    for _ in 0..ROUNDS {
        let former = order.clone();
        for line in former.clone() {
            order.retain(|other| *other != line);
            // The cost of each place, from the first on: what stands before it changes one by one.
            let mut here: u64 = order.iter().map(|other| cost(line, *other)).sum();
            let mut best = (here, 0);
            for (place, other) in (1..).zip(&order) {
                here = here + cost(*other, line) - cost(line, *other);
                best = best.min((here, place));
            }
            order.insert(best.1, line);
        }
        if order == former {
            break;
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rail(lefts: &[f64], rights: &[f64]) -> Rail {
        Rail { lefts: lefts.to_vec(), rights: rights.to_vec() }
    }

    #[test]
    fn tracks_cross_as_little_as_can_be() {
        // Both lead down: the lower one turns first.
        assert_eq!(tracks(&[rail(&[10.0], &[50.0]), rail(&[20.0], &[60.0])]), [1, 0]);
        // Both lead up: the higher one turns first.
        assert_eq!(tracks(&[rail(&[50.0], &[10.0]), rail(&[60.0], &[20.0])]), [0, 1]);
    }

    #[test]
    fn straight_lines_need_no_track_and_none_share_a_stretch() {
        assert_eq!(tracks(&[rail(&[10.0], &[10.0])]), Vec::<usize>::new());
        // The first ends at the height where the second begins: it must turn behind the second's turn.
        assert_eq!(tracks(&[rail(&[10.0], &[40.0]), rail(&[40.0], &[80.0])]), [1, 0]);
        assert_eq!(tracks(&[rail(&[40.0], &[80.0]), rail(&[10.0], &[40.0])]), [0, 1]);
    }
}
