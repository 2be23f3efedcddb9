//! What single values of an event file may be: each function takes one as written and gives it as a number, or says at its
//! line why it cannot be.

use std::ops::RangeInclusive;

use toml::Spanned;

use crate::agenda::DESKS_MAX;
use crate::error::Result;
use crate::event::parts::Reader;
use crate::normal::is_invisible;

/// There may be so many tables, staff of a kind, or representatives of a party at most.
const COUNT_MAX: u32 = 1_000;
/// The event's name may have so many characters.
const NAME_CHARS_MAX: usize = 100;
/// So many pairs may be wanted, ruled out, or locked.
const WANTED_MAX: usize = 10_000;
/// A meeting, a pause or a pitch may be so long, in minutes.
const MINUTES_MAX: u32 = 480;

impl Reader<'_> {
    /// Reads how long something is, in minutes.
    pub(super) fn minutes(&self, written: &Spanned<u32>, key: &str) -> Result<u32> {
        self.within(written, key, 1..=MINUTES_MAX)
    }

    /// Reads how long a pause is, in minutes; there may be none.
    pub(super) fn pause(&self, written: &Spanned<u32>) -> Result<u32> {
        self.within(written, "pause", 0..=MINUTES_MAX)
    }

    /// Reads how many meetings a party holds at once.
    pub(super) fn representatives(&self, written: &Spanned<u32>) -> Result<u32> {
        self.within(written, "representatives", 1..=DESKS_MAX)
    }

    /// Reads how many there are of something.
    pub(super) fn count<T: TryFrom<u32>>(&self, written: &Spanned<u32>, key: &str) -> Result<T> {
        self.within(written, key, 1..=COUNT_MAX)
    }

    /// Checks a number and gives it as whatever number is needed.
    fn within<T: TryFrom<u32>>(&self, written: &Spanned<u32>, key: &str, range: RangeInclusive<u32>) -> Result<T> {
        let count = *written.get_ref();
        let found = Some(count).filter(|count| range.contains(count)).and_then(|count| T::try_from(count).ok());
        let what = || format!("{key} 应在 {} 与 {} 之间，现为 {count}", range.start(), range.end());
        found.ok_or_else(|| self.source.bad(written.span().start, what()))
    }

    /// Reads the most meetings, which are not fewer than the least.
    pub(super) fn max(&self, written: Option<&Spanned<u32>>, min: u32) -> Result<Option<u32>> {
        match written {
            Some(max) if *max.get_ref() < min => self.bad(max, "min 不能大于 max"),
            _ => Ok(written.map(|max| *max.get_ref())),
        }
    }

    /// Reads points, as hundredths.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie in 0..=10000")]
    pub(super) fn score(&self, written: &Spanned<f64>, key: &str) -> Result<u16> {
        let points = *written.get_ref();
        if !(0.0..=100.0).contains(&points) {
            return self.bad(written, format!("{key} 应在 0 与 100 之间，现为 {points}"));
        }
        Ok((points * 100.0).round() as u16)
    }

    /// Refuses a text that no page has room for, or that has characters which no page shows.
    pub(super) fn short(&self, written: &Spanned<String>, key: &str) -> Result<()> {
        let text = written.get_ref();
        if let Some(hidden) =
            text.chars().find(|c| is_invisible(*c) || matches!(c, '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}'))
        {
            let what = format!("{key} 里有看不见的字符 U+{:04X}；请删去，换行也请删去", u32::from(hidden));
            return self.bad(written, what);
        }
        match text.chars().count() {
            0..=NAME_CHARS_MAX => Ok(()),
            n_chars => self.bad(written, format!("{key} 最多 {NAME_CHARS_MAX} 字，现有 {n_chars} 字")),
        }
    }

    /// Refuses more pairs, given by their buyers, than any event needs.
    pub(super) fn few_pairs<'f>(&self, mut buyers: impl Iterator<Item = &'f Spanned<String>>, key: &str) -> Result<()> {
        match buyers.nth(WANTED_MAX) {
            Some(beyond) => self.bad(beyond, format!("{key} 最多 {WANTED_MAX} 个")),
            None => Ok(()),
        }
    }

    /// Refuses a list that is longer than any event needs.
    pub(super) fn few<T>(&self, parts: &[Spanned<T>], key: &str, n_max: usize) -> Result<()> {
        match parts.get(n_max) {
            Some(beyond) => self.bad(beyond, format!("{key} 最多 {n_max} 个，现有 {} 个", parts.len())),
            None => Ok(()),
        }
    }
}
