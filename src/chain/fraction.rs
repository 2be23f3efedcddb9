//! Exact fractions: counts and sums stay whole numbers until they are shown.

use std::cmp::Ordering;
use std::fmt;

/// A fraction of whole numbers; the denominator is above 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Fraction {
    numerator: i128,
    denominator: i128,
}

impl Fraction {
    /// 0.
    pub const ZERO: Self = Self { numerator: 0, denominator: 1 };
    /// 1.
    pub const ONE: Self = Self { numerator: 1, denominator: 1 };

    /// Adds; `None` for a sum whose parts are beyond 2^127.
    pub fn plus(self, other: Self) -> Option<Self> {
        let left = self.numerator.checked_mul(other.denominator)?;
        let right = other.numerator.checked_mul(self.denominator)?;
        Self::new(left.checked_add(right)?, self.denominator.checked_mul(other.denominator)?)
    }

    /// Divides; `None` by what is not above 0, and beyond 2^127.
    pub fn over(self, other: Self) -> Option<Self> {
        let numerator = self.numerator.checked_mul(other.denominator)?;
        Self::new(numerator, self.denominator.checked_mul(other.numerator)?)
    }

    /// Builds a fraction in lowest terms; `None` unless the denominator is above 0.
    pub fn new(numerator: i128, denominator: i128) -> Option<Self> {
        let divisor = common_divisor(numerator.unsigned_abs(), denominator.unsigned_abs());
        let divisor = i128::try_from(divisor).ok().filter(|_| denominator > 0)?;
        Some(Self { numerator: numerator / divisor, denominator: denominator / divisor })
    }

    /// Reads a share from 0 to 1, rounded to millionths.
    #[expect(clippy::cast_possible_truncation, reason = "checked to lie in 0..=1,000,000")]
    pub fn parse_share(text: &str) -> Option<Self> {
        let share = text.parse().ok().filter(|share: &f64| (0.0..=1.0).contains(share))?;
        Self::new((share * 1_000_000.0).round() as i128, 1_000_000)
    }

    /// Returns what is divided.
    pub fn numerator(self) -> i128 {
        self.numerator
    }

    /// Returns what it is divided by.
    pub fn denominator(self) -> i128 {
        self.denominator
    }

    /// Returns the nearest floating-point number, for display only.
    #[expect(clippy::cast_precision_loss, reason = "for display")]
    pub fn to_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }

    /// Returns the percentage rounded half up to tenths (`43.4%`).
    pub fn percent(self) -> String {
        let tenths = (self.to_f64() * 1000.0).round();
        format!("{:.1}%", tenths / 10.0)
    }

    /// As [`percent`](Self::percent), with as many more digits as it takes not to seem to reach a mark that it does not reach.
    pub fn percent_beside(self, mark: Self) -> String {
        format!("{}%", self.rounded_beside(mark, 100))
    }

    /// Returns so many times the number, rounded to tenths, or to as many more digits as it takes to stand on the same side
    /// of a mark.
    pub fn rounded_beside(self, mark: Self, times: i128) -> String {
        const DIGITS_MAX: u32 = 9;
        let rounded = |digits: u32| {
            let (power, half) = (10_i128.pow(digits), self.denominator.checked_mul(2)?);
            let doubled = self.numerator.checked_mul(times)?.checked_mul(power)?.checked_mul(2)?;
            let scaled = doubled.checked_add(self.denominator)?.div_euclid(half);
            let is_true = (Self::new(scaled, power.checked_mul(times)?)? >= mark) == (self >= mark);
            let shown = Self::new(scaled, power)?.to_f64();
            is_true.then(|| format!("{shown:.0$}", usize::try_from(digits).unwrap_or(1)))
        };
        (1..=DIGITS_MAX).find_map(rounded).unwrap_or_else(|| self.to_f64().to_string())
    }
}

fn common_divisor(mut left: u128, mut right: u128) -> u128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}

impl Ord for Fraction {
    /// Orders by value, without rounding and without products that could overflow: by the continued fractions.
    fn cmp(&self, other: &Self) -> Ordering {
        let (mut left, mut right) = (*self, *other);
        let mut is_turned = false;
        loop {
            let turned = |order: Ordering| if is_turned { order.reverse() } else { order };
            let wholes = (left.numerator.div_euclid(left.denominator), right.numerator.div_euclid(right.denominator));
            let rests = (left.numerator.rem_euclid(left.denominator), right.numerator.rem_euclid(right.denominator));
            if wholes.0 != wholes.1 || rests.0 == 0 || rests.1 == 0 {
                return turned(wholes.0.cmp(&wholes.1).then(rests.0.cmp(&rests.1)));
            }
            left = Self { numerator: left.denominator, denominator: rests.0 };
            right = Self { numerator: right.denominator, denominator: rests.1 };
            is_turned = !is_turned;
        }
    }
}

impl PartialOrd for Fraction {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numerator: i128, denominator: i128) -> Fraction {
        Fraction::new(numerator, denominator).unwrap()
    }

    #[test]
    fn rounding_reaches_no_mark_that_is_not_reached() {
        let of = |numerator, denominator| Fraction::new(numerator, denominator).unwrap();
        let mark = of(80, 100);
        let shown = [of(8, 10), of(7_999, 10_000), of(7_994, 10_000), of(79_999, 100_000), of(9, 10)];
        let shown = shown.map(|fraction| fraction.percent_beside(mark));
        assert_eq!(shown, ["80.0%", "79.99%", "79.9%", "79.999%", "90.0%"]);
        assert_eq!(of(1_497, 100).rounded_beside(of(15, 1), 1), "14.97");
        assert_eq!(of(1_499, 1_500).percent_beside(Fraction::ONE), "99.9%");
        assert_eq!(of(699, 10_000).percent_beside(of(7, 100)), "6.99%");
    }

    #[test]
    fn fractions_are_in_lowest_terms_and_ordered_by_value() {
        assert_eq!(of(15_900, 36_600).to_string(), "53/122");
        assert_eq!((Fraction::new(1, 0), Fraction::new(1, -2)), (None, None));
        assert!(of(1, 3) < of(1, 2) && of(-1, 2) < of(-1, 3) && of(2, 4) == of(1, 2));
        // Products of these would not fit.
        let big = i128::MAX;
        assert!(of(big - 1, big) < Fraction::ONE && of(big, big - 1) > Fraction::ONE);
        assert!(of(big - 2, big - 1) < of(big - 1, big));
    }

    #[test]
    fn percents_are_rounded_when_shown() {
        assert_eq!((of(15_900, 36_600).percent(), of(1, 2).percent()), ("43.4%".to_owned(), "50.0%".to_owned()));
        assert_eq!((of(2, 3).percent(), Fraction::ZERO.percent()), ("66.7%".to_owned(), "0.0%".to_owned()));
    }

    #[test]
    fn sums_are_exact_or_none() {
        assert_eq!(of(1, 3).plus(of(1, 6)), Some(of(1, 2)));
        assert_eq!(of(1, i128::MAX).plus(of(1, i128::MAX - 1)), None);
    }
}
