//! Hard rules about amounts, grades, options, places and times, which lanes apply to their own columns. Each reads the
//! wish of one side and what the other side says; without a wish it says nothing, and what the other side leaves unsaid
//! is unknown, never unmet.

use jiff::civil::Date;

use crate::definition::{Column, LaneRule, Role};
use crate::matching::extents::{self, Extent, OPEN_OPTIONS, extent};
use crate::matching::findings::{Ruling, ruling};
use crate::matching::pair::{Pair, Side};
use crate::model::{Currency, Deadline, Value, Verdict};
use crate::normal::normalise;
use crate::text::{organisation_key, read_deadline, read_measure};

/// The side that asks and the side that answers, with their columns.
struct Asked<'a> {
    asker: &'a Side<'a>,
    wish: &'a [String],
    other: &'a Side<'a>,
    offer: &'a [String],
}

fn asked<'a>(pair: &'a Pair<'a>, rule: &'a LaneRule) -> Asked<'a> {
    if rule.asker == Role::Supply {
        Asked { asker: pair.supply, wish: &rule.supply, other: pair.demand, offer: &rule.demand }
    } else {
        Asked { asker: pair.demand, wish: &rule.demand, other: pair.supply, offer: &rule.supply }
    }
}

impl Asked<'_> {
    /// Tells what is asked for and what is offered, as far as others may see it.
    fn texts(&self) -> String {
        let offered =
            if self.other.value(self.offer).is_some() { self.other.shown(self.offer) } else { "未写".to_owned() };
        let (asker, other) =
            if self.asker.role() == Role::Supply { ("供方", "需方") } else { ("需方", "供方") };
        format!("{asker}要求{}；{other}{offered}", self.asker.shown(self.wish))
    }
}

fn extent_of(side: &Side<'_>, columns: &[String], best_first: bool) -> Option<Extent> {
    let (column, value) = side.declared(columns)?;
    extent(value, column, best_first, side.context().as_of)
}

/// The other side reaches the least that is asked for.
pub(super) fn at_least(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    compared(pair, rule, extents::reaches)
}

/// The other side stays below the most that is asked for.
pub(super) fn at_most(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    compared(pair, rule, extents::stays_below)
}

fn compared(
    pair: &Pair<'_>,
    rule: &LaneRule,
    compare: fn(&crate::model::Interval, &crate::model::Interval) -> Verdict,
) -> Option<Ruling> {
    let asked = asked(pair, rule);
    let wish = extent_of(asked.asker, asked.wish, rule.best_first)?;
    let verdict = match extent_of(asked.other, asked.offer, rule.best_first) {
        Some(offer) if offer.axis == wish.axis => compare(&offer.interval, &wish.interval),
        _ => Verdict::Unknown,
    };
    ruling(verdict, pair.say(|| asked.texts()))
}

/// The demand's amount lies between the supply's least and most.
pub(super) fn range(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    let (from, to, axis) = bounds(pair.supply, &rule.supply)?;
    let offered = || shown_range(pair.supply, &rule.supply);
    let Some(wish) = extent_of(pair.demand, &rule.demand, rule.best_first) else {
        return ruling(Verdict::Unknown, pair.say(|| format!("供方{}；需方未写", offered())));
    };
    if wish.axis != axis {
        return ruling(
            Verdict::Unknown,
            pair.say(|| format!("需方{}；供方{}，单位不同，无法比较", pair.demand.shown(&rule.demand), offered())),
        );
    }
    let verdict = extents::lies_within(&wish.interval, from, to);
    let part = if verdict == Verdict::Unknown { "，只有一部分在内" } else { "" };
    ruling(verdict, pair.say(|| format!("需方{}；供方{}{part}", pair.demand.shown(&rule.demand), offered())))
}

/// Returns the least and the most that a supply's columns say, with their axis; `None` if they say neither.
pub(super) fn bounds(side: &Side<'_>, columns: &[String]) -> Option<(f64, f64, String)> {
    let [first, rest @ ..] = columns else { return None };
    let least = extent_of(side, std::slice::from_ref(first), false);
    let most = extent_of(side, rest, false);
    let axis = least.as_ref().or(most.as_ref())?.axis.clone();
    if least.as_ref().zip(most.as_ref()).is_some_and(|(least, most)| least.axis != most.axis) {
        return None;
    }
    let from = least.as_ref().map_or(f64::NEG_INFINITY, |extent| extents::low(&extent.interval));
    // One column alone holds both ends.
    let to = match (&most, rest.is_empty()) {
        (Some(most), _) => extents::high(&most.interval),
        (None, true) => least.as_ref().map_or(f64::INFINITY, |extent| extents::high(&extent.interval)),
        (None, false) => f64::INFINITY,
    };
    Some((from, to, axis))
}

/// Tells the ends of a range as written.
pub(super) fn shown_range(side: &Side<'_>, columns: &[String]) -> String {
    let filled = columns.iter().map(std::slice::from_ref).filter(|column| side.value(column).is_some());
    filled.map(|column| side.shown(column)).collect::<Vec<String>>().join("至")
}

/// Returns the options that some columns choose, in order.
pub(super) fn options<'a>(side: &Side<'a>, columns: &[String]) -> Option<(&'a Column, Vec<&'a str>)> {
    let (column, value) = side.declared(columns)?;
    match value {
        Value::Choice(name) => Some((column, vec![name.as_str()])),
        Value::List(names) => Some((column, names.iter().map(String::as_str).collect())),
        _ => None,
    }
}

/// Returns the Chinese label of an option.
pub(super) fn label<'a>(column: &'a Column, name: &'a str) -> &'a str {
    column.options.iter().find(|option| option.name == name).map_or(name, |option| option.label.as_str())
}

/// Both sides share an option; one that is open fits all.
pub(super) fn choice(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    let asked = asked(pair, rule);
    let (_, wished) = options(asked.asker, asked.wish)?;
    let Some((_, offered)) = options(asked.other, asked.offer) else {
        return ruling(Verdict::Unknown, pair.say(|| asked.texts()));
    };
    let fits = |name: &&str| OPEN_OPTIONS.contains(name) || offered.contains(name);
    let is_met = wished.iter().any(fits) || offered.iter().any(|name| OPEN_OPTIONS.contains(name));
    ruling(if is_met { Verdict::Met } else { Verdict::Unmet }, pair.say(|| asked.texts()))
}

/// A yes on the asker's side needs a yes on the other.
pub(super) fn flag(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    let asked = asked(pair, rule);
    if asked.asker.value(asked.wish) != Some(&Value::Flag(true)) {
        return None;
    }
    let other = if asked.other.role() == Role::Supply { "供方" } else { "需方" };
    match asked.other.value(asked.offer) {
        Some(Value::Flag(true)) => ruling(Verdict::Met, pair.say(|| format!("需要；{other}有"))),
        Some(_) => ruling(Verdict::Unmet, pair.say(|| format!("需要；{other}没有"))),
        None => ruling(Verdict::Unknown, pair.say(|| format!("需要；{other}未写"))),
    }
}

/// The supply deals in the currency of the demand's amount.
pub(super) fn currency(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    let (column, offered) = options(pair.supply, &rule.supply)?;
    let labels = || offered.iter().map(|name| label(column, name)).collect::<Vec<&str>>().join("、");
    let Some(Value::Money(amount)) = pair.demand.value(&rule.demand) else {
        return ruling(Verdict::Unknown, pair.say(|| format!("供方{}；需方未写金额", labels())));
    };
    let fits = |name: &&str| match *name {
        "cny" => amount.currency == Currency::Cny,
        "usd" => amount.currency == Currency::Usd,
        _ => matches!(amount.currency, Currency::Cny | Currency::Usd),
    };
    let verdict = if offered.iter().any(fits) { Verdict::Met } else { Verdict::Unmet };
    // The amount may be hidden, its currency with it.
    ruling(verdict, pair.say(|| format!("需方{}；供方{}", pair.demand.shown(&rule.demand), labels())))
}

/// The supply serves the place of the demand. A supply without a list of places serves every place.
pub(super) fn service_area(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    let regions = &pair.context.definition.regions;
    let Some(Value::RegionWish(served)) = pair.supply.value(&rule.supply) else { return None };
    let names = || served.regions.iter().map(|code| regions.name(code)).collect::<Vec<&str>>().join("、");
    let Some((place, _)) = pair.demand.region(&rule.demand) else {
        return ruling(Verdict::Unknown, pair.say(|| format!("供方服务{}；需求方未写地点", names())));
    };
    let verdict = if served.regions.iter().any(|area| regions.within(place, area)) {
        Verdict::Met
    } else if served.regions.iter().any(|area| regions.within(area, place)) {
        Verdict::Unknown
    } else {
        Verdict::Unmet
    };
    ruling(verdict, pair.say(|| format!("供方服务{}；需求方在{}", names(), regions.full_name(place))))
}

/// The demand's time of delivery has not passed, and the supply can keep it where both say how long.
pub(super) fn time(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    let raw = rule.demand.iter().map(|column| pair.demand.record.raw(column)).find(|raw| !raw.is_empty())?;
    let as_of = pair.context.as_of;
    let days = days(pair, raw, as_of);
    let wish = || pair.demand.shown(&rule.demand);
    match days {
        Some(days) if days < 0 => return ruling(Verdict::Unmet, pair.say(|| format!("需方要求{}，已过", wish()))),
        _ => {}
    }
    let lead = rule.supply.iter().map(|column| pair.supply.record.raw(column)).find(|raw| !raw.is_empty())?;
    let verdict = match (days, self::days(pair, lead, as_of)) {
        (Some(most), Some(needed)) if needed <= most => Verdict::Met,
        // A time of delivery can often be talked about, so that a longer one is to be settled.
        _ => Verdict::Unknown,
    };
    ruling(verdict, pair.say(|| format!("需方要求{}；供方{}", wish(), pair.supply.shown(&rule.supply))))
}

/// Reads a text as a number of days from a day: a date, or a span such as `90天` or `3个月`.
fn days(pair: &Pair<'_>, raw: &str, from: Date) -> Option<i64> {
    if let Ok(measure) = read_measure(raw, None, &pair.context.definition.units) {
        let most = extents::high(&measure.amount);
        let in_days = match measure.unit.as_str() {
            "day" => most,
            "working_day" => most * 1.4,
            "month" => most * 30.5,
            _ => return None,
        };
        #[expect(clippy::cast_possible_truncation, reason = "bounded just before; fractions of a day do not matter")]
        return (in_days.is_finite() && in_days < 1e6).then_some(in_days as i64);
    }
    match read_deadline(raw, from)? {
        Deadline::On(last) => Some(i64::from(from.until(last).ok()?.get_days())),
        Deadline::Never => None,
    }
}

/// The demand is of none of the sectors that the supply leaves out: by the names in its columns, and by its industry.
pub(super) fn left_out(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    let Some(Value::List(sectors)) = pair.supply.value(&rule.supply) else { return None };
    let industries = &pair.context.definition.industries;
    let texts: Vec<String> = rule.demand.iter().map(|column| normalise(pair.demand.record.raw(column))).collect();
    let own = rule.demand.iter().find_map(|column| match pair.demand.value(std::slice::from_ref(column)) {
        Some(Value::Industry(code)) => Some(code),
        _ => None,
    });
    let is_of = |sector: &&String| {
        let by_code = industries.read(sector).zip(own).is_some_and(|(left_out, own)| industries.within(own, &left_out));
        by_code || texts.iter().any(|text| text.contains(&normalise(sector)))
    };
    match sectors.iter().find(is_of) {
        Some(sector) => ruling(Verdict::Unmet, pair.say(|| format!("供方不支持{sector}"))),
        None => ruling(Verdict::Met, pair.say(|| format!("不在供方排除的{}之列", sectors.join("、")))),
    }
}

/// Both sides name the same party: a product for the suppliers of one core firm serves no others.
pub(super) fn party(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    let asked = asked(pair, rule);
    let (wish, parties) = (asked.asker.text(asked.wish)?, pair.context.catalogue.parties());
    let verdict = match asked.other.text(asked.offer) {
        Some(offer) => {
            let found = parties.find(wish);
            let is_same =
                organisation_key(wish) == organisation_key(offer) || (found.len() == 1 && found == parties.find(offer));
            if is_same { Verdict::Met } else { Verdict::Unmet }
        }
        None => Verdict::Unknown,
    };
    ruling(verdict, pair.say(|| asked.texts()))
}

/// How a tackling list is given away: to the best of several, to one that was chosen, or to a team.
pub(super) fn mode(pair: &Pair<'_>, rule: &LaneRule) -> Option<Ruling> {
    match pair.demand.value(&rule.demand) {
        Some(Value::Choice(mode)) if mode == "entrusted" => {
            ruling(Verdict::Unknown, "定向委托：由发榜方指定承担单位，请核对是否唯一合适")
        }
        Some(Value::Choice(mode)) if mode == "team" => ruling(Verdict::Met, "组阁揭榜：可由一家牵头、多家组队"),
        Some(Value::Choice(_)) => ruling(Verdict::Met, "竞争立项：择优立项"),
        _ => None,
    }
}
