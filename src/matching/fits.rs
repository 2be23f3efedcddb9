//! Features about sectors, options, amounts, grades and numbers, which lanes apply to their own columns.

use crate::catalogue::{RECORD_YEARS, SIGNERS_MIN};
use crate::definition::{Column, LaneFeature, Role, Visibility};
use crate::matching::conditions::{bounds, label, options, shown_range};
use crate::matching::extents::{self, OPEN_OPTIONS, extent};
use crate::matching::findings::{Finding, known, unknown};
use crate::matching::names::ProductName;
use crate::matching::pair::{Pair, Side};
use crate::model::{Share, Value, Verdict};
use crate::text::split_list;

/// Texts of a supply that mean every sector.
const EVERY_SECTOR: [&str; 8] = ["不限", "全行业", "各行业", "多行业", "通用", "跨行业", "各类企业", "不限行业"];
/// What a supply for every sector, or for a whole section of industries, is worth.
const EVERY_SECTOR_WORTH: u64 = 6_000;
/// What a supply for the demand's division, and for a narrower part of the demand's industry, is worth.
const DIVISION_WORTH: u64 = 9_000;
const PART_WORTH: u64 = 8_000;
/// What two industries of one division are worth to each other.
const NEIGHBOUR_WORTH: u64 = 5_000;
/// A name for more industries than this says little of each.
const SPECIFIC_MAX: usize = 2;
/// A price that exceeds the budget by this factor can still be talked about.
const NEGOTIABLE: f64 = 1.5;
/// Sectors compared on each side.
const SECTORS_MAX: usize = 30;

/// The best likeness between a sector of the demand and one of the supply, by industry codes and by names.
pub(super) fn sector(pair: &Pair<'_>, _: usize, feature: &LaneFeature) -> Finding {
    let (wanted, offered) = (sectors(pair.demand, &feature.demand), sectors(pair.supply, &feature.supply));
    if wanted.is_empty() || offered.is_empty() {
        return unknown("有一方没有写行业或领域");
    }
    let mut best: Option<(Share, &str, &str)> = None;
    for wish in &wanted {
        for offer in &offered {
            let share = likeness(pair, wish, offer);
            if best.is_none_or(|(former, ..)| share > former) {
                best = Some((share, wish, offer));
            }
        }
    }
    match best {
        Some((share, wish, offer)) if share > Share::ZERO => {
            known(share, pair.say(|| format!("需方{wish}，供方{offer}")))
        }
        _ => {
            let some = |names: &[String]| names.iter().take(3).cloned().collect::<Vec<String>>().join("、");
            known(
                Share::ZERO,
                pair.say(|| format!("需方{}，供方{}，没有相同的行业或领域", some(&wanted), some(&offered))),
            )
        }
    }
}

/// Lists the sectors that some columns name: codes by the name of their industry.
fn sectors(side: &Side<'_>, columns: &[String]) -> Vec<String> {
    let industries = &side.context().definition.industries;
    let mut names = Vec::new();
    for column in columns {
        match side.record.value(column) {
            Some(Value::Industry(code)) => names.push(industries.name(code).to_owned()),
            Some(Value::List(items)) => names.extend(items.iter().cloned()),
            Some(Value::Text) => names.extend(split_list(side.record.raw(column)).map(str::to_owned)),
            _ => {}
        }
    }
    names.truncate(SECTORS_MAX);
    names
}

fn likeness(pair: &Pair<'_>, wish: &str, offer: &str) -> Share {
    if EVERY_SECTOR.contains(&offer) {
        return Share::from_ten_thousandths(EVERY_SECTOR_WORTH);
    }
    let definition = pair.context.definition;
    let name = |raw: &str| ProductName::new(raw, "", pair.context.segmenter, definition);
    let by_name = match (name(wish), name(offer)) {
        (Some(wish), Some(offer)) => wish.likeness(&offer, definition).share(),
        _ => Share::ZERO,
    };
    let industries = &definition.industries;
    let wishes = industries.meant(wish);
    // A name for many industries (`装备`) is not near to every part of each of them.
    let is_vague = wishes.len() > SPECIFIC_MAX;
    let worth = |wish: &str, offer: &str| match offer.len() {
        1 if industries.within(wish, offer) => EVERY_SECTOR_WORTH,
        2 if industries.within(wish, offer) => DIVISION_WORTH,
        _ if industries.within(wish, offer) => 10_000,
        _ if is_vague => 0,
        _ if industries.within(offer, wish) => PART_WORTH,
        _ if wish.len() > 1 && offer.get(..2) == wish.get(..2) => NEIGHBOUR_WORTH,
        _ => 0,
    };
    let offered = industries.meant(offer);
    let pairs =
        industries.meant(wish).into_iter().flat_map(|wish| offered.iter().map(move |offer| (wish.clone(), offer)));
    let by_code = pairs.map(|(wish, offer)| worth(&wish, offer)).max().unwrap_or(0);
    by_name.max(Share::from_ten_thousandths(by_code))
}

/// The part of the demand's options that the supply has.
pub(super) fn choice(pair: &Pair<'_>, _: usize, feature: &LaneFeature) -> Finding {
    let Some((column, wished)) = options(pair.demand, &feature.demand) else { return unknown("需求没有写") };
    let Some((_, offered)) = options(pair.supply, &feature.supply) else { return unknown("供方没有写") };
    let labels = |names: &[&str]| names.iter().map(|name| label(column, name)).collect::<Vec<&str>>().join("、");
    if offered.contains(&"any") || wished.contains(&"any") {
        return known(Share::ONE, "不限");
    }
    let closed: Vec<&str> = wished.into_iter().filter(|name| !OPEN_OPTIONS.contains(name)).collect();
    let (met, missed): (Vec<&str>, Vec<&str>) = closed.into_iter().partition(|name| offered.contains(name));
    if feature.any && !met.is_empty() {
        return known(Share::ONE, pair.say(|| format!("可以{}", labels(&met))));
    }
    let count = |names: &[&str]| u64::try_from(names.len()).unwrap_or(u64::MAX);
    let Some(share) = Share::ratio(count(&met), count(&met) + count(&missed)) else {
        return unknown("需求没有写");
    };
    let reason = || match (met.is_empty(), missed.is_empty()) {
        (true, _) => format!("未见{}", labels(&missed)),
        (false, true) => format!("都有：{}", labels(&met)),
        (false, false) => format!("有{}；未见{}", labels(&met), labels(&missed)),
    };
    known(share, pair.say(reason))
}

/// Whether the demand's amount lies in the supply's range: all of it 1, a part of it half.
pub(super) fn range(pair: &Pair<'_>, _: usize, feature: &LaneFeature) -> Finding {
    let as_of = pair.context.as_of;
    let wish = pair.demand.declared(&feature.demand).and_then(|(column, value)| extent(value, column, false, as_of));
    let Some(wish) = wish else { return unknown("需求没有写") };
    let Some((from, to, axis)) = bounds(pair.supply, &feature.supply) else { return unknown("供方没有写") };
    if axis != wish.axis {
        return unknown("单位不同，无法比较");
    }
    let (worth, what) = match extents::lies_within(&wish.interval, from, to) {
        Verdict::Met => (10_000, "在范围内"),
        Verdict::Unknown => (5_000, "部分在范围内"),
        Verdict::Unmet => (0, "不在范围内"),
    };
    known(
        Share::from_ten_thousandths(worth),
        pair.say(|| format!("供方{}，{what}", shown_range(pair.supply, &feature.supply))),
    )
}

/// How a grade stands to the one that the asker's side asks for; where none is asked for, how high it is. Where others may
/// not see one of the two, only whether it reaches.
pub(super) fn level(pair: &Pair<'_>, _: usize, feature: &LaneFeature) -> Finding {
    let (asker, wish, other, offer) = match feature.asker {
        Role::Supply => (pair.supply, &feature.supply, pair.demand, &feature.demand),
        _ => (pair.demand, &feature.demand, pair.supply, &feature.supply),
    };
    let name = |side: &Side<'_>| if side.role() == Role::Supply { "供方" } else { "需方" };
    let Some((offered, axis, column)) = place(other, offer, feature.best_first) else {
        return unknown(pair.say(|| format!("{}没有写", name(other))));
    };
    let is_hidden = |column: &Column| column.visibility != Visibility::Public;
    let shown = || format!("{}{}", name(other), other.shown(offer));
    match place(asker, wish, feature.best_first) {
        Some((_, other, _)) if other != axis => unknown("单位不同，无法比较"),
        Some((wished, ..)) if offered >= wished => {
            known(Share::ONE, pair.say(|| format!("{}要求{}，{}", name(asker), asker.shown(wish), shown())))
        }
        Some((wished, _, asked)) => {
            let reason = || format!("{}要求{}，{}，不足", name(asker), asker.shown(wish), shown());
            let is_secret = is_hidden(column) || is_hidden(asked);
            known(if is_secret { fraction(1.0, 2.0) } else { fraction(offered + 1.0, wished + 1.0) }, pair.say(reason))
        }
        None if is_hidden(column) => unknown(pair.say(|| format!("{}没有要求", name(asker)))),
        None => {
            let highest = f64::from(u32::try_from(column.options.len()).unwrap_or(u32::MAX));
            known(fraction(offered + 1.0, highest), pair.say(shown))
        }
    }
}

/// Finds where the value of some columns stands: its lower end, on which axis, and the column.
fn place<'a>(side: &Side<'a>, columns: &[String], best_first: bool) -> Option<(f64, String, &'a Column)> {
    let (column, value) = side.declared(columns)?;
    let extent = extent(value, column, best_first, side.context().as_of)?;
    Some((extents::low(&extent.interval), extent.axis, column))
}

/// Whether the supply has what the demand wants with a yes.
pub(super) fn flag(pair: &Pair<'_>, _: usize, feature: &LaneFeature) -> Finding {
    if pair.demand.value(&feature.demand) != Some(&Value::Flag(true)) {
        return unknown("需求没有要求");
    }
    match pair.supply.value(&feature.supply) {
        Some(Value::Flag(true)) => known(Share::ONE, "需要；供方有"),
        Some(_) => known(Share::ZERO, "需要；供方没有"),
        None => unknown("需要；供方未写"),
    }
}

/// Whether the supply's price lies in the demand's budget: 1 if all of it does, three quarters if its lower end does, half
/// if that is at most half as much again, which can be talked about.
pub(super) fn afford(pair: &Pair<'_>, _: usize, feature: &LaneFeature) -> Finding {
    let money = |side: &Side<'_>, columns: &[String]| {
        let (column, value) = side.declared(columns)?;
        extent(value, column, false, pair.context.as_of)
    };
    let Some(budget) = money(pair.demand, &feature.demand) else { return unknown("需求没有写预算") };
    let Some(price) = money(pair.supply, &feature.supply) else { return unknown("供方没有写价格") };
    if budget.axis != price.axis {
        return unknown("计价单位不同，无法比较");
    }
    let (least, most) = (extents::low(&price.interval), extents::high(&budget.interval));
    match extents::stays_below(&price.interval, &budget.interval) {
        Verdict::Met => known(Share::ONE, "价格在预算之内"),
        Verdict::Unknown => known(Share::from_ten_thousandths(7_500), "最低价格在预算之内"),
        Verdict::Unmet if least <= most * NEGOTIABLE => known(Share::from_ten_thousandths(5_000), "价格略高于预算"),
        Verdict::Unmet => known(Share::ZERO, "价格高于预算"),
    }
}

/// Where a number of the side that does not ask lies between the worst and the best that the lane declares; of a range
/// the end that promises less.
pub(super) fn scale(pair: &Pair<'_>, _: usize, feature: &LaneFeature) -> Finding {
    let (side, columns) = match feature.asker {
        Role::Supply => (pair.demand, &feature.demand),
        _ => (pair.supply, &feature.supply),
    };
    let found = side.declared(columns);
    if found.is_some_and(|(column, _)| column.visibility != Visibility::Public) {
        // The place on a scale would tell the number.
        return unknown("不公开");
    }
    let extent = found.and_then(|(column, value)| extent(value, column, feature.best_first, pair.context.as_of));
    let who = if side.role() == Role::Supply { "供方" } else { "需方" };
    let (Some(extent), Some((worst, best))) = (extent, feature.scale) else {
        return unknown(pair.say(|| format!("{who}没有写")));
    };
    let (low, high) = (extents::low(&extent.interval), extents::high(&extent.interval));
    let number = match (best > worst, low.is_finite(), high.is_finite()) {
        (true, true, _) | (false, true, false) => low,
        (_, _, true) => high,
        _ => return unknown(pair.say(|| format!("{who}没有写"))),
    };
    let share = fraction((number - worst) / (best - worst), 1.0);
    known(share, pair.say(|| format!("{who}{}", side.shown(columns))))
}

/// Whether several buyers have signed with the supplier; with whom, for how much and what came to nothing is between them.
pub(super) fn track_record(pair: &Pair<'_>, _: usize, _: &LaneFeature) -> Finding {
    match pair.supply.party.and_then(|party| pair.context.chains.records.of(party)) {
        Some(share) => known(
            share,
            pair.say(|| format!("近{RECORD_YEARS}年有{SIGNERS_MIN}家以上互不关联的单位与供方签约，由需方或组织方登记")),
        ),
        None => unknown("没有可以告知的成果"),
    }
}

/// Builds a share from numbers, held between 0 and 1; 0 where the whole is not positive.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "held between 0 and 10000 just before")]
pub(super) fn fraction(part: f64, whole: f64) -> Share {
    let ratio = if whole > 0.0 { (part / whole).clamp(0.0, 1.0) } else { 0.0 };
    Share::from_ten_thousandths((ratio * 10_000.0).round() as u64)
}
