//! The one clock of the command line. Everything else takes the moment as an argument.

use jiff::civil::Date;
use jiff::tz::{Offset, TimeZone};

use crate::model::Moment;

/// Hours by which Asia/Shanghai, the only zone, is ahead of UTC; it has had no summer time since 1991.
const SHANGHAI_HOURS: i8 = 8;

/// The day on which invented data takes place: the demo, and a generated province.
pub(super) const INVENTED_DAY: Date = jiff::civil::date(2026, 6, 1);

/// Returns the present moment; `as_of` is the day asked for, else today in Asia/Shanghai.
#[expect(clippy::disallowed_methods, reason = "this is the one clock of the command line")]
pub(super) fn now(as_of: Option<Date>) -> Moment {
    let instant = jiff::Timestamp::now();
    let zone = TimeZone::fixed(Offset::constant(SHANGHAI_HOURS));
    let today = instant.to_zoned(zone).date();
    Moment { instant: instant.to_string(), as_of: as_of.unwrap_or(today) }
}
