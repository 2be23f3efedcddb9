//! The table of features. A feature looks at one pair and gives a fraction of 1, or nothing where the records do not
//! say; it never looks at other postings. Its reason, in Chinese, is written from the same numbers.

use std::cmp::Ordering;

use crate::definition::{LaneFeature, Role, Tier};
use crate::matching::findings::{Finding, known, unknown};
use crate::matching::fits::{self, fraction};
use crate::matching::names::{Likeness, Listed};
use crate::matching::pair::{Pair, SEAT, Side};
use crate::matching::position::position;
use crate::matching::rules::Holding;
use crate::matching::specs::{self, Comparison, compare_all};
use crate::model::{Evidence, Share, Strength, Value};
use crate::normal::normalise;
use crate::text::coverage;

/// A feature of a pair; the number is the feature's place in its lane.
pub(super) type Measure = fn(&Pair<'_>, usize, &LaneFeature) -> Finding;

/// A row in the table of features.
pub(super) struct Feature {
    /// The name that lanes use.
    pub name: &'static str,
    /// What it computes.
    pub measure: Measure,
    /// Whether its reasons quote what it reads, so that it may read public columns only.
    pub quotes: bool,
    /// Of a feature for which the supply's texts have to be taken apart: whether the demand asks for anything that it
    /// looks for. It is measured last, and only where its value may matter.
    pub asks: Option<fn(&Side<'_>, &LaneFeature) -> bool>,
}

/// Every feature.
const FEATURES: [Feature; 16] = [
    Feature { name: "products", measure: products, quotes: true, asks: None },
    Feature { name: "text", measure: text, quotes: true, asks: None },
    Feature { name: "characters", measure: text, quotes: true, asks: None },
    Feature { name: "specs", measure: specs, quotes: true, asks: Some(asks_for_specs) },
    Feature { name: "certificates", measure: certificates, quotes: true, asks: None },
    Feature { name: "region", measure: region, quotes: true, asks: None },
    Feature { name: "tier", measure: tier, quotes: true, asks: None },
    Feature { name: "chain_position", measure: position, quotes: true, asks: None },
    Feature { name: "track_record", measure: fits::track_record, quotes: false, asks: None },
    Feature { name: "sector", measure: fits::sector, quotes: true, asks: None },
    Feature { name: "choice", measure: fits::choice, quotes: true, asks: None },
    Feature { name: "range", measure: fits::range, quotes: false, asks: None },
    Feature { name: "afford", measure: fits::afford, quotes: false, asks: None },
    Feature { name: "level", measure: fits::level, quotes: false, asks: None },
    Feature { name: "flag", measure: fits::flag, quotes: false, asks: None },
    Feature { name: "scale", measure: fits::scale, quotes: false, asks: None },
];

/// Finds a feature by name.
pub(super) fn find(name: &str) -> Option<&'static Feature> {
    FEATURES.iter().find(|feature| feature.name == name)
}

/// Terms shown as evidence.
const EVIDENCE_TERMS_MAX: usize = 8;
/// So many words of the dictionary tell enough.
const KNOWN_WORDS_ENOUGH: usize = 3;
/// The most that a product is worth that is listed beside the title only.
const BESIDE_TITLE: Share = Share::SEVEN_TENTHS;
/// What a supply in the same county, city, province or country is worth.
const BY_DISTANCE: [u64; 4] = [10_000, 8_000, 5_000, 1_000];

/// How much of what the demand's text asks for the supply's text has, with the words that both have.
fn text(pair: &Pair<'_>, idx: usize, feature: &LaneFeature) -> Finding {
    if let Some(product) = pair.product.filter(|_| feature.feature == "text") {
        return known(fraction(coverage(product), 1.0), "");
    }
    let [wanted, offered] = [pair.demand, pair.supply].map(|side| side.vector(idx, feature));
    if wanted.is_empty() {
        return unknown("需求没有可比较的文字");
    }
    if offered.is_empty() {
        return unknown("供方没有写");
    }
    let share = fraction(coverage(wanted.product(offered)), 1.0);
    if !pair.explains {
        return known(share, "");
    }
    let (terms, reason) = shared_words(pair, idx, feature);
    Finding { evidence: Evidence { terms, ..Evidence::default() }, ..known(share, reason) }
}

/// Names the words that both texts have, and writes the reason.
fn shared_words(pair: &Pair<'_>, idx: usize, feature: &LaneFeature) -> (Vec<String>, String) {
    let [demand, supply] = [pair.demand, pair.supply].map(|side| side.words(idx, feature));
    let units = &pair.context.definition.units;
    let is_number = |word: &String| word.bytes().all(|byte| byte.is_ascii_digit());
    let tells = |word: &String| supply.weights.contains_key(word) && units.find(word).is_none() && !is_number(word);
    let mut shared: Vec<(&String, u32)> =
        demand.weights.iter().filter(|(word, _)| tells(word)).map(|(word, weight)| (word, *weight)).collect();
    shared.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| longer_first(left.0, right.0)));
    let (long, single): (Vec<&String>, Vec<&String>) =
        shared.into_iter().map(|(word, _)| word).partition(|word| word.chars().count() > 1);
    // What the dictionary does not know may have been cut wrongly; it is shown where little else is.
    let segmenter = pair.context.segmenter;
    let (known, guessed): (Vec<&String>, Vec<&String>) =
        long.into_iter().partition(|word| word.contains(|c: char| c.is_ascii_alphanumeric()) || segmenter.knows(word));
    let long = if known.len() < KNOWN_WORDS_ENOUGH { [known, guessed].concat() } else { known };
    let words = distinct_words(if long.is_empty() { single } else { long });
    let terms: Vec<String> = words.iter().map(|word| shown_term(pair, idx, feature, word)).collect();
    let reason = if terms.is_empty() {
        "没有共同的词".to_owned()
    } else {
        format!("共同的词：{}", terms.join("、"))
    };
    (terms, reason)
}

/// Tells a shared term as the demand writes it, and as the supply does where that is another form.
fn shown_term(pair: &Pair<'_>, idx: usize, feature: &LaneFeature, term: &str) -> String {
    let form = |side: &Side<'_>| {
        let form = side.words(idx, feature).forms.get(term).cloned().unwrap_or_else(|| term.to_owned());
        side.as_written(feature.columns(side.role()), &form)
    };
    let (wanted, offered) = (form(pair.demand), form(pair.supply));
    if normalise(&wanted) == normalise(&offered) { wanted } else { format!("{wanted}（供方：{offered}）") }
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
/// before the title, which often says more than the product; but a title that names a narrower kind of a product says
/// which kind is wanted.
fn products(pair: &Pair<'_>, idx: usize, feature: &LaneFeature) -> Finding {
    let offered = pair.supply.products(idx, &feature.supply);
    let chains = pair.context.chains;
    let mut best: Option<(Share, Likeness, &Listed, &Listed)> = None;
    for wish in pair.demand.wanted_products(idx, &feature.demand) {
        for offer in offered {
            let (likeness, _) = wish.fit(offer, pair.context.definition, &chains.products);
            // What a supplier lists beside the name of what it sells costs nothing to write.
            let most = if offer.column == 0 { Share::ONE } else { BESIDE_TITLE };
            let share = likeness.share().min(most);
            // Of what is worth nothing, a lookalike says why.
            let is_better = |former: Share, kind: Likeness| {
                share > former || (share == former && likeness == Likeness::Different && kind != likeness)
            };
            if best.is_none_or(|(former, kind, ..)| is_better(former, kind)) {
                best = Some((share, likeness, wish, offer));
            }
        }
    }
    let Some((share, likeness, wish, offer)) = best else { return unknown("没有可比较的名称") };
    let is_other_product = likeness.is_of_another() && !wish.spots(&chains.products).is_empty();
    if share == Share::ZERO && likeness != Likeness::Different {
        return Finding { is_other_product, ..known(share, "名称没有相同之处") };
    }
    let beside = if offer.column == 0 { "" } else { "（不在标题中）" };
    let names =
        || if wish.name == offer.name { offer.name.clone() } else { format!("需{}，供{}", wish.name, offer.name) };
    if !pair.explains {
        return Finding { is_other_product, ..known(share, "") };
    }
    let (_, kinship) = wish.fit(offer, pair.context.definition, &chains.products);
    let (path, way) = kinship.map(|kinship| chains.products.way(&kinship.path)).unwrap_or_default();
    let way = if way.is_empty() { way } else { format!("（{way}）") };
    let finding = known(share, format!("{}：{}{beside}{way}", likeness.label(), names()));
    Finding { evidence: Evidence { path, ..Evidence::default() }, is_other_product, ..finding }
}

/// The weight of what the demand asks for in numbers, part numbers, grades and materials that the supply meets, as a
/// fraction of all that can be compared, what it leaves unsaid counting half.
fn specs(pair: &Pair<'_>, _: usize, feature: &LaneFeature) -> Finding {
    let Comparison { share, reason, met } = compare_all(pair, &feature.demand, &feature.supply);
    Finding {
        share,
        reason: reason.into(),
        evidence: Evidence { specs: met, ..Evidence::default() },
        is_other_product: false,
    }
}

fn asks_for_specs(demand: &Side<'_>, feature: &LaneFeature) -> bool {
    specs::asks(demand, &feature.demand)
}

/// The part of the certificates that one side requires or prefers which the other's party holds on the day, among those
/// of which it is known.
fn certificates(pair: &Pair<'_>, _: usize, feature: &LaneFeature) -> Finding {
    let (asker, wish, holder, listed) = match feature.asker {
        Role::Supply => (pair.supply, &feature.supply, pair.demand, &feature.demand),
        _ => (pair.demand, &feature.demand, pair.supply, &feature.supply),
    };
    let wanted = asker.wanted_certificates(wish);
    if wanted.is_empty() {
        return unknown("没有写资质要求");
    }
    let (mut held, mut lacking, mut n_known) = (Vec::new(), Vec::new(), 0);
    for any in wanted {
        match holder.holds(any, listed) {
            Holding::Held(how) => held.push(how),
            Holding::Expired(how) => lacking.push(how),
            Holding::Missing => lacking.push(format!("缺{}", any.join("或"))),
            Holding::Unknown => continue,
        }
        n_known += 1;
    }
    let count = |n: usize| u64::try_from(n).unwrap_or(0);
    let Some(share) = Share::ratio(count(held.len()), n_known) else { return unknown("对方没有写资质") };
    let held = if held.is_empty() { Vec::new() } else { vec![format!("具备{}", held.join("、"))] };
    known(share, pair.say(|| held.into_iter().chain(lacking).collect::<Vec<String>>().join("；")))
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
        return known(
            share,
            pair.say(|| format!("{}优先；{what}{}{verb}其中", names.join("、"), regions.full_name(place))),
        );
    }
    let Some((wanted, wanted_what)) = pair.demand.region(&feature.demand) else {
        return unknown("需求没有写交付地点");
    };
    let common = regions.common(wanted, place);
    // A place known only to the province may be next door or far away: it counts as the place that both share.
    let (worth, (how, common)) = match common.map(|region| (regions.depth(&region.code), region.name.as_str())) {
        Some((2, name)) => (BY_DISTANCE[0], ("同在", name)),
        Some((1, name)) => (BY_DISTANCE[1], ("同在", name)),
        Some((_, name)) => (BY_DISTANCE[2], ("同在", name)),
        None => (BY_DISTANCE[3], ("不在同一省", "")),
    };
    let of_whom = if wanted_what == SEAT { "需求方" } else { "" };
    let detail =
        || format!("{of_whom}{wanted_what}{}，{what}{}，{how}{common}", regions.name(wanted), regions.name(place));
    known(Share::from_ten_thousandths(worth), pair.say(detail))
}

/// How far the party on the other side of the asker's has come on the ladder of specialised firms.
fn tier(pair: &Pair<'_>, _: usize, feature: &LaneFeature) -> Finding {
    let side = if feature.asker == Role::Supply { pair.demand } else { pair.supply };
    let Some(party) = side.standing() else { return unknown("对方不是登记的主体") };
    match party.tier {
        Some(tier) => {
            let worth = match tier {
                Tier::LittleGiant => 10_000,
                Tier::Specialised => 8_000,
                Tier::Innovative => 5_000,
            };
            known(Share::from_ten_thousandths(worth), pair.say(|| format!("{}，证书在有效期内", tier.label())))
        }
        None => unknown("没有登记有效的梯度称号"),
    }
}
