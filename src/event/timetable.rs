//! The times of an event: days, blocks in which nobody meets, and the slots laid out between them.

use jiff::ToSpan;
use jiff::civil::{Date, DateTime, Time};

/// A stretch of time, its end not included. All times are civil times of one zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// When it begins.
    pub start: DateTime,
    /// When it ends; later than its beginning.
    pub end: DateTime,
}

impl Span {
    /// Says whether two stretches have a moment in common.
    pub fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// Says whether a stretch lies inside this one.
    pub(super) fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Writes its times of day, as in `09:00–09:20`.
    pub fn clock(self) -> String {
        format!("{}–{}", clock(self.start.time()), clock(self.end.time()))
    }
}

/// Writes a time of day, as in `09:00`.
pub fn clock(time: Time) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// A slot in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSlot {
    /// When it is.
    pub span: Span,
    /// Its day, from 0.
    pub session: u32,
    /// Whether it is a block between slots, in which nobody meets.
    pub is_block: bool,
}

/// Reads a time of day written as `9:00`, `09:00` or `09:00:00`, in any width.
pub(super) fn parse_time(text: &str) -> Option<Time> {
    let parts: Option<Vec<i8>> = text.split([':', '\u{ff1a}']).map(|part| part.trim().parse().ok()).collect();
    match *parts? {
        [hour, minute] | [hour, minute, 0] => Time::new(hour, minute, 0, 0).ok(),
        _ => None,
    }
}

/// Reads a moment as `2026-06-18 10:00`, or as a time alone of `day`.
pub fn parse_moment(text: &str, day: Option<Date>) -> Option<DateTime> {
    let (date, time) = match text.trim().split_once([' ', 'T']) {
        Some((date, time)) => (date.parse().ok()?, time),
        None => (day?, text),
    };
    Some(date.to_datetime(parse_time(time)?))
}

/// Adds minutes to a moment; `None` at the end of time.
pub(super) fn later(moment: DateTime, minutes: u32) -> Option<DateTime> {
    moment.checked_add(i64::from(minutes).minutes()).ok()
}

/// Lays slots of so many minutes, with a pause between two of them, into the time of each day that no block takes; a block
/// between two slots of a day becomes a slot of its own, so that nobody waits while it runs. `days` and `blocks` ascend.
pub(super) fn lay_out(days: &[Span], blocks: &[Span], minutes: u32, pause: u32) -> Vec<TimeSlot> {
    let mut slots: Vec<TimeSlot> = Vec::new();
    for (session, day) in (0..).zip(days) {
        let mut start = day.start;
        let mut follows_block = false;
        while let Some(end) = later(start, minutes).filter(|end| *end <= day.end) {
            let span = Span { start, end };
            if let Some(block) = blocks.iter().find(|block| block.overlaps(span)) {
                (start, follows_block) = (block.end, true);
                continue;
            }
            let before = slots.last().filter(|slot| slot.session == session && follows_block);
            if let Some(before) = before.map(|slot| slot.span.end).filter(|before| *before < start) {
                slots.push(TimeSlot { span: Span { start: before, end: start }, session, is_block: true });
            }
            slots.push(TimeSlot { span, session, is_block: false });
            follows_block = false;
            match later(end, pause) {
                Some(next) => start = next,
                None => break,
            }
        }
    }
    slots
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn span(from: (i8, i8), to: (i8, i8)) -> Span {
        let at = |(hour, minute): (i8, i8)| date(2026, 6, 18).at(hour, minute, 0, 0);
        Span { start: at(from), end: at(to) }
    }

    #[test]
    fn slots_stand_between_blocks() {
        let blocks = [span((9, 0), (9, 30)), span((10, 20), (10, 40))];
        let slots = lay_out(&[span((9, 0), (11, 20))], &blocks, 20, 5);
        let shown: Vec<(String, bool)> = slots.iter().map(|slot| (slot.span.clock(), slot.is_block)).collect();
        let expected = [("09:30–09:50", false), ("09:55–10:15", false), ("10:15–10:40", true), ("10:40–11:00", false)];
        assert_eq!(shown, expected.map(|(clock, is_block)| (clock.to_owned(), is_block)));
    }

    #[test]
    fn a_day_too_short_has_no_slot() {
        assert_eq!(lay_out(&[span((9, 0), (9, 10))], &[], 20, 0), []);
    }

    #[test]
    fn times_are_read_as_people_write_them() {
        assert_eq!(parse_time("9:05"), Some(Time::constant(9, 5, 0, 0)));
        assert_eq!(parse_time("09：05"), Some(Time::constant(9, 5, 0, 0)));
        assert_eq!(parse_time("09:05:00"), Some(Time::constant(9, 5, 0, 0)));
        for wrong in ["24:00", "9点", "09:05:30", "", "9"] {
            assert_eq!(parse_time(wrong), None, "{wrong}");
        }
    }
}
