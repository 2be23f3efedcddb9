//! The table of features. A feature looks at one pair and gives a fraction of 1, or nothing where the records do not
//! say; it never looks at other postings. Its reason, in Chinese, is written from the same numbers.

use std::cmp::Ordering;

use crate::definition::{LaneFeature, Tier};
use crate::matching::names::{Likeness, ProductName};
use crate::matching::pair::{Pair, Side};
use crate::matching::rules::Holding;
use crate::model::{Evidence, Share, Strength, Value};

/// What a feature says about a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    /// The value; `None` where it is unknown.
    pub share: Option<Share>,
    /// Why, in Chinese.
    pub reason: String,
    /// What in the records speaks for the match.
    pub evidence: Evidence,
}

/// A feature of a pair; the number is the feature's place in its lane.
pub(super) type Feature = fn(&Pair<'_>, usize, &LaneFeature) -> Finding;

/// Every feature by the name that lanes use.
const FEATURES: [(&str, Feature); 6] = [
    ("products", products),
    ("text", text),
    ("specs", specs),
    ("certificates", certificates),
    ("region", region),
    ("tier", tier),
];

/// Finds a feature by name.
pub(super) fn find(name: &str) -> Option<Feature> {
    FEATURES.iter().find(|(n, _)| *n == name).map(|(_, feature)| *feature)
}

/// Terms shown as evidence.
const EVIDENCE_TERMS_MAX: usize = 8;
/// The most that a product is worth that is listed beside the title only.
const BESIDE_TITLE: Share = Share::SEVEN_TENTHS;
/// What a supply in the same county, city, province or country is worth.
const BY_DISTANCE: [u64; 4] = [10_000, 8_000, 5_000, 1_000];

fn known(share: Share, reason: impl Into<String>) -> Finding {
    Finding { share: Some(share), reason: reason.into(), evidence: Evidence::default() }
}

fn unknown(reason: impl Into<String>) -> Finding {
    Finding { share: None, reason: reason.into(), evidence: Evidence::default() }
}

/// The weight of the demand's terms that the supply has, as a fraction of the weight of all of them.
fn text(pair: &Pair<'_>, idx: usize, feature: &LaneFeature) -> Finding {
    let wanted = &pair.demand.terms(idx, &feature.demand).weights;
    let offered = &pair.supply.terms(idx, &feature.supply).weights;
    let total: u64 = wanted.values().map(|weight| u64::from(*weight)).sum();
    let mut shared: Vec<(&String, u32)> =
        wanted.iter().filter(|(term, _)| offered.contains_key(*term)).map(|(term, weight)| (term, *weight)).collect();
    let part: u64 = shared.iter().map(|(_, weight)| u64::from(*weight)).sum();
    let Some(share) = Share::ratio(part, total) else { return unknown("需求没有可比较的词") };
    shared.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| longer_first(left.0, right.0)));
    let (long, single): (Vec<&String>, Vec<&String>) =
        shared.into_iter().map(|(term, _)| term).partition(|term| term.chars().count() > 1);
    let words = distinct_words(if long.is_empty() { single } else { long });
    let terms: Vec<String> = words.iter().map(|word| pair.demand.as_written(&feature.demand, word)).collect();
    let reason = if terms.is_empty() {
        "没有共同的词".to_owned()
    } else {
        format!("共同的词：{}", terms.join("、"))
    };
    Finding { share: Some(share), reason, evidence: Evidence { terms, ..Evidence::default() } }
}

fn longer_first(left: &str, right: &str) -> Ordering {
    right.chars().count().cmp(&left.chars().count()).then_with(|| left.cmp(right))
}

/// Leaves out words that are part of a longer one already shown; they say nothing more to a reader.
fn distinct_words(words: Vec<&String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for word in words {
        if kept.len() < EVIDENCE_TERMS_MAX && !kept.iter().any(|longer| longer.contains(word.as_str())) {
            kept.push(word.clone());
        }
    }
    kept
}

/// The best likeness between a product that is asked for and one that is offered. A filled list of products goes
/// before the title, which often says more than the product.
fn products(pair: &Pair<'_>, idx: usize, feature: &LaneFeature) -> Finding {
    let wanted = pair.demand.products(idx, first_filled(pair.demand, &feature.demand));
    let offered = pair.supply.products(idx, &feature.supply);
    if wanted.is_empty() || offered.is_empty() {
        return unknown("没有可比较的产品名称");
    }
    let mut best: Option<(Share, Likeness, &ProductName, &ProductName)> = None;
    for wish in wanted {
        for offer in offered {
            let likeness = wish.likeness(offer, &pair.context.definition.terms);
            // What a supplier lists beside the name of what it sells costs nothing to write.
            let most = if offer.is_of_first_column { Share::ONE } else { BESIDE_TITLE };
            let share = likeness.share().min(most);
            if best.is_none_or(|(former, ..)| share > former) {
                best = Some((share, likeness, wish, offer));
            }
        }
    }
    let Some((share, likeness, wish, offer)) = best else { return unknown("没有可比较的产品名称") };
    if share == Share::ZERO {
        return known(share, "产品名称没有相同之处");
    }
    let beside = if offer.is_of_first_column { "" } else { "（列在主要产品中）" };
    let names =
        if wish.name == offer.name { offer.name.clone() } else { format!("需{}，供{}", wish.name, offer.name) };
    known(share, format!("{}：{names}{beside}", likeness.label()))
}

/// Returns the first filled of some columns, as a list of at most one.
fn first_filled<'a>(side: &Side<'_>, columns: &'a [String]) -> &'a [String] {
    let filled = columns.iter().find(|column| !side.record.raw(column).is_empty());
    filled.map(std::slice::from_ref).unwrap_or_default()
}

/// The part of the demand's part numbers, grades and models that the supply has; a higher grade of a declared scale
/// will do for a lower one.
fn specs(pair: &Pair<'_>, idx: usize, feature: &LaneFeature) -> Finding {
    let wanted = &pair.demand.terms(idx, &feature.demand).codes;
    let offered = &pair.supply.terms(idx, &feature.supply).codes;
    if wanted.is_empty() {
        return unknown("需求没有可比对的型号、牌号或等级");
    }
    if offered.is_empty() {
        return unknown("供应方没有可比对的型号、牌号或等级");
    }
    let grades = &pair.context.definition.grades;
    let (mut met, mut missed) = (Vec::new(), Vec::new());
    for wish in wanted {
        if offered.contains(wish) {
            met.push(pair.demand.as_written(&feature.demand, wish));
        } else if let Some(better) = offered.iter().find(|offer| grades.compare(offer, wish) == Some(Ordering::Greater))
        {
            let wish = pair.demand.as_written(&feature.demand, wish);
            met.push(format!("{}（高于{wish}）", pair.supply.as_written(&feature.supply, better)));
        } else {
            missed.push(pair.demand.as_written(&feature.demand, wish));
        }
    }
    let (n_met, n_wanted) = (u64::try_from(met.len()).unwrap_or(0), u64::try_from(wanted.len()).unwrap_or(0));
    let share = Share::ratio(n_met, n_wanted).unwrap_or(Share::ZERO);
    let reason = match (met.is_empty(), missed.is_empty()) {
        (true, _) => format!("未见{}", missed.join("、")),
        (false, true) => format!("都对上了：{}", met.join("、")),
        (false, false) => format!("对上{}；未见{}", met.join("、"), missed.join("、")),
    };
    Finding { share: Some(share), reason, evidence: Evidence { specs: met, ..Evidence::default() } }
}

/// The part of the certificates that the demand requires or prefers which the supplier holds on the day, among those of
/// which it is known.
fn certificates(pair: &Pair<'_>, _: usize, feature: &LaneFeature) -> Finding {
    let wanted = pair.demand.wanted_certificates(&feature.demand);
    if wanted.is_empty() {
        return unknown("需求没有写资质");
    }
    let (mut held, mut lacking, mut n_known) = (Vec::new(), Vec::new(), 0);
    for any in wanted {
        match pair.holds(any, &feature.supply) {
            Holding::Held(how) => held.push(how),
            Holding::Expired(how) => lacking.push(how),
            Holding::Missing => lacking.push(format!("缺{}", any.join("或"))),
            Holding::Unknown => continue,
        }
        n_known += 1;
    }
    let count = |n: usize| u64::try_from(n).unwrap_or(0);
    let Some(share) = Share::ratio(count(held.len()), n_known) else { return unknown("供应方没有写资质") };
    let held = if held.is_empty() { Vec::new() } else { vec![format!("具备{}", held.join("、"))] };
    known(share, held.into_iter().chain(lacking).collect::<Vec<String>>().join("；"))
}

/// How near the supply is to where the demand wants it: by the smallest place that holds both; where the demand prefers
/// places, whether it is in one of them.
fn region(pair: &Pair<'_>, _: usize, feature: &LaneFeature) -> Finding {
    let regions = &pair.context.definition.regions;
    let Some((place, what)) = pair.supply.region(&feature.supply) else {
        return unknown("供应方没有写产地或所在地");
    };
    let preferred = feature.demand.iter().find_map(|column| match pair.demand.record.value(column) {
        Some(Value::RegionWish(wish)) if wish.strength == Strength::Soft => Some(wish),
        _ => None,
    });
    if let Some(wish) = preferred {
        let names: Vec<&str> = wish.regions.iter().map(|code| regions.name(code)).collect();
        let inside = wish.regions.iter().any(|wanted| regions.within(place, wanted));
        let share = if inside { Share::ONE } else { Share::ZERO };
        let verb = if inside { "在" } else { "不在" };
        return known(share, format!("{}优先；{what}{}{verb}其中", names.join("、"), regions.full_name(place)));
    }
    let Some((wanted, wanted_what)) = pair.demand.region(&feature.demand) else {
        return unknown("需求没有写交付地点");
    };
    let common = regions.common(wanted, place);
    // A place known only to the province may be next door or far away: it counts as the place that both share.
    let (worth, where_from) = match common.map(|region| (regions.depth(&region.code), region.name.as_str())) {
        Some((2, name)) => (BY_DISTANCE[0], format!("同在{name}")),
        Some((1, name)) => (BY_DISTANCE[1], format!("同在{name}")),
        Some((_, name)) => (BY_DISTANCE[2], format!("同在{name}")),
        None => (BY_DISTANCE[3], "不在同一省".to_owned()),
    };
    let wanted_what = if wanted_what == "产地" { "交付" } else { "需求方所在地" };
    let detail = format!("{wanted_what}{}，{what}{}，{where_from}", regions.name(wanted), regions.name(place));
    known(Share::from_ten_thousandths(worth), detail)
}

/// How far the served party has come on the ladder of specialised firms.
fn tier(pair: &Pair<'_>, _: usize, _: &LaneFeature) -> Finding {
    let context = &pair.context;
    let Some(party) = pair.supply.party else { return unknown("供应方不是登记的主体") };
    match context.catalogue.tier(party, context.as_of, context.definition) {
        Some(tier) => {
            let worth = match tier {
                Tier::LittleGiant => 10_000,
                Tier::Specialised => 8_000,
                Tier::Innovative => 5_000,
            };
            known(Share::from_ten_thousandths(worth), format!("{}，证书在有效期内", tier.label()))
        }
        None => unknown("没有登记有效的梯度称号"),
    }
}
