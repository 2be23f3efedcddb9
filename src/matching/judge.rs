//! Judging one pair: rules refuse, features score. A pair is judged in brief first, which writes no words; those that are
//! shown are explained by going through the same rules and features again, so that there is no second formula. In brief a
//! pair is sketched before it is finished: features for which a whole text has to be taken apart only bound its score
//! from below and above, which most often tells already that they do not matter.

use std::cmp::{Ordering, Reverse};

use crate::definition::{Definition, Lane, LaneFeature, Role};
use crate::matching::features::{self, Feature};
use crate::matching::findings::Finding;
use crate::matching::pair::{Context, Pair, Side};
use crate::matching::rules::{self, Rule};
use crate::model::{
    Contribution, Evidence, Fit, Match, PartyId, RecordId, RuleOutcome, Score, Share, Verdict, apportion, score_of,
};
use crate::text::strip_personal;

/// By what a list is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MatchOrder {
    /// By the score.
    #[default]
    Score,
    /// By what the pair is worth to both sides together.
    Mutual,
}

/// How many matches to show, and whether to stop at the lane's floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatchOptions {
    /// The most matches to show.
    pub top: usize,
    /// Whether to show matches below the lane's floor too.
    pub below_floor: bool,
    /// By what the list is ordered.
    pub order: MatchOrder,
}

/// A lane with its rules and features looked up.
pub(super) struct Judge<'a> {
    /// The lane.
    pub lane: &'a Lane,
    rules: Vec<Rule>,
    /// Each feature, and the place of the one with which it shares what is prepared of a side.
    features: Vec<(&'static Feature, usize)>,
    /// Whether the feature of texts compares those by which postings become candidates.
    is_text_indexed: bool,
    /// What the weights add up to, without bonuses.
    total: Sums,
    /// What the features of a pair add up to that has everything.
    whole: Sums,
    is_by_product: bool,
}

/// What a pair comes to as far as it has been measured, without words.
#[derive(Clone, Copy)]
pub(super) struct Sketch<'s> {
    /// The side that is judged.
    pub other: &'s Side<'s>,
    /// What the shares add up to at least and at most.
    least: Sums,
    most: Sums,
    served: bool,
    is_on_topic: bool,
    is_related: bool,
    offered: Offered,
}

/// Which product is offered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Offered {
    /// What is asked for, or nobody knows.
    Wanted,
    /// Another one: the graph knows the product that is asked for.
    Another,
}

impl Offered {
    fn new(is_other_product: bool) -> Self {
        if is_other_product { Self::Another } else { Self::Wanted }
    }

    /// Returns the part of a share that counts: words shared with the name of another product (`轮胎包装箱`) do not make it
    /// the one that is asked for.
    fn counted(self, declared: &LaneFeature, share: Share) -> Share {
        if self == Self::Wanted {
            return share;
        }
        let part = u64::from(declared.other_product.ten_thousandths());
        Share::from_ten_thousandths(u64::from(share.ten_thousandths()) * part / 10_000)
    }
}

/// Sums over the features of a lane, with the demand's weights and with the supply's.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
struct Sums {
    demand: u64,
    supply: u64,
}

impl Sums {
    /// Adds a share of a feature.
    fn add(&mut self, feature: &LaneFeature, share: Share) {
        let share = u64::from(share.ten_thousandths());
        self.demand += u64::from(feature.weight) * share;
        self.supply += u64::from(feature.supply_weight) * share;
    }

    /// Takes off what a share of a feature is less than the whole.
    fn lose(&mut self, feature: &LaneFeature, share: Share) {
        let lost = u64::from(Share::ONE.ten_thousandths()) - u64::from(share.ten_thousandths());
        self.demand -= u64::from(feature.weight) * lost;
        self.supply -= u64::from(feature.supply_weight) * lost;
    }
}

/// What a pair comes to, without words.
#[derive(Clone, Copy)]
pub(super) struct Judged<'s> {
    /// The side that was judged.
    pub other: &'s Side<'s>,
    /// The features with the demand's weights.
    pub score: Score,
    /// The harmonic mean of the score and of the features with the supply's weights.
    pub mutual: Score,
    /// Good or weak.
    pub fit: Fit,
    /// Whether the lane serves the judged side.
    pub served: bool,
    /// Whether both are about the same thing, as far as the lane can tell.
    is_on_topic: bool,
    /// Whether both texts have a term in common, or their products have something to do with each other.
    pub is_related: bool,
}

impl<'s> Judged<'s> {
    /// Returns the judged record's identifier.
    pub(super) fn id(&self) -> &'s RecordId {
        &self.other.record.id
    }

    /// Says whether the score reaches the floor with something that tells of one topic, or may be below it and something
    /// is in common. What is not worth listing is refused by nothing.
    pub(super) fn is_worth(&self, lane: &Lane, options: MatchOptions) -> bool {
        (self.score >= lane.floor && self.is_on_topic) || (options.below_floor && self.is_related)
    }

    /// Returns what the pair is ordered by.
    pub(super) fn worth(&self, order: MatchOrder) -> Score {
        match order {
            MatchOrder::Score => self.score,
            MatchOrder::Mutual => self.mutual,
        }
    }
}

/// Good ones come before weak ones, among them those that the lane serves, then those worth more; equal ones by ascending
/// record identifier. A weak match of a served party does not push a good one of another out of sight.
pub(super) fn by_rank(left: &Judged<'_>, right: &Judged<'_>, order: MatchOrder) -> Ordering {
    let key = |judged: &Judged<'_>| (judged.fit, Reverse(judged.served), Reverse(judged.worth(order)));
    key(left).cmp(&key(right)).then_with(|| left.id().cmp(right.id()))
}

/// What the features of a pair add up to.
struct Sum {
    score: Score,
    points: Vec<u16>,
    mutual: Score,
    /// The value of each feature.
    values: Vec<Option<Share>>,
}

/// Features that tell whether both are about the same thing, where a lane is about products; amounts, places and titles
/// alone make no match there. None of them is left to the end.
const TOPICAL: [&str; 3] = ["products", "text", "characters"];
/// A text that has less than this of what is asked for is about something else.
const TOPIC_SHARE_MIN: u16 = 500;

impl<'a> Judge<'a> {
    /// Looks up a lane's rules and features.
    ///
    /// # Panics
    /// Panics if one does not exist; the engine checks that when it opens a declaration.
    pub(super) fn new(definition: &Definition, lane: &'a Lane) -> Self {
        let rule = |name: &str| rules::find(name).expect("the engine checks that every rule of a lane exists");
        let feature = |(place, declared): (usize, &LaneFeature)| {
            let feature = features::find(&declared.feature);
            let feature = feature.expect("the engine checks that every feature of a lane exists");
            (feature, shared_place(lane, place, declared))
        };
        let (mut total, mut whole) = (Sums::default(), Sums::default());
        for declared in &lane.features {
            if !declared.bonus {
                total.demand += u64::from(declared.weight);
                total.supply += u64::from(declared.supply_weight);
            }
            whole.add(declared, Share::ONE);
        }
        Self {
            lane,
            rules: lane.rules.iter().map(|declared| rule(&declared.rule)).collect(),
            features: lane.features.iter().enumerate().map(feature).collect(),
            is_text_indexed: is_text_indexed(definition, lane),
            total,
            whole,
            is_by_product: lane.features.iter().any(|feature| feature.feature == "products"),
        }
    }

    /// Sketches the pair of `own` and a candidate on the other side; the product of their texts may be known.
    pub(super) fn sketch<'s>(&self, own: &Side<'_>, other: &'s Side<'s>, product: Option<u64>) -> Sketch<'s> {
        self.sketch_if(own, other, product, |_| true).expect("a pair that always matters is sketched to the end")
    }

    /// As [`sketch`](Self::sketch), but gives up as soon as the most that the pair can still come to does not matter.
    pub(super) fn sketch_if<'s>(
        &self,
        own: &Side<'_>,
        other: &'s Side<'s>,
        product: Option<u64>,
        matters: impl Fn(&Judged<'s>) -> bool,
    ) -> Option<Sketch<'s>> {
        let pair = Pair { product: product.filter(|_| self.is_text_indexed), ..pair(own, other, false) };
        let known = || self.lane.features.iter().zip(&self.features);
        let mut is_other_product = false;
        // What the pair can still come to.
        let (served, is_on_topic, is_related) = (true, true, true);
        let (least, most, offered) = (Sums::default(), self.whole, Offered::Wanted);
        let mut hope = Sketch { other, least, most, served, is_on_topic, is_related, offered };
        let mut measured: Vec<Option<Option<Share>>> = Vec::with_capacity(self.features.len());
        for (declared, (feature, place)) in known() {
            // What is left to the end never tells of another product.
            if is_left(own, *place, declared, feature) {
                measured.push(None);
                continue;
            }
            let finding = (feature.measure)(&pair, *place, declared);
            is_other_product |= finding.is_other_product;
            measured.push(Some(finding.share));
            // That another product is offered makes it less, never more.
            hope.most.lose(declared, finding.share.unwrap_or(declared.neutral));
            if !matters(&self.most(&hope)) {
                return None;
            }
        }
        let offered = Offered::new(is_other_product);
        let (mut least, mut most) = (Sums::default(), Sums::default());
        let (mut is_on_topic, mut is_related) = (!self.is_by_product, false);
        for ((declared, (feature, _)), share) in known().zip(measured) {
            let counted = |share| offered.counted(declared, share);
            let Some(share) = share else {
                most.add(declared, counted(Share::ONE).max(declared.neutral));
                continue;
            };
            let share = share.map(counted);
            if let Some(share) = share.filter(|_| TOPICAL.contains(&feature.name)) {
                is_on_topic |= share.ten_thousandths() >= TOPIC_SHARE_MIN;
                is_related |= relates(feature) && share > Share::ZERO;
            }
            let share = share.unwrap_or(declared.neutral);
            least.add(declared, share);
            most.add(declared, share);
        }
        let served = is_served(self.lane, other);
        Some(Sketch { other, least, most, served, is_on_topic, is_related, offered })
    }

    /// Measures what a sketch of the pair with `own` leaves.
    pub(super) fn finish<'s>(&self, own: &Side<'_>, sketch: &Sketch<'s>) -> Judged<'s> {
        let mut sums = sketch.least;
        if sketch.least != sketch.most {
            let pair = pair(own, sketch.other, false);
            for (declared, (feature, place)) in self.lane.features.iter().zip(&self.features) {
                if is_left(own, *place, declared, feature) {
                    let share = (feature.measure)(&pair, *place, declared).share;
                    sums.add(declared, share.map_or(declared.neutral, |share| sketch.offered.counted(declared, share)));
                }
            }
        }
        self.judged(sketch, sums)
    }

    /// Returns the least that a sketched pair can come to.
    pub(super) fn least<'s>(&self, sketch: &Sketch<'s>) -> Judged<'s> {
        self.judged(sketch, sketch.least)
    }

    /// Returns the most that a sketched pair can come to: what it comes to is no more, and does not come before it.
    pub(super) fn most<'s>(&self, sketch: &Sketch<'s>) -> Judged<'s> {
        self.judged(sketch, sketch.most)
    }

    fn judged<'s>(&self, sketch: &Sketch<'s>, sums: Sums) -> Judged<'s> {
        let &Sketch { other, served, is_on_topic, is_related, .. } = sketch;
        let score = score_of(sums.demand, self.total.demand);
        let mutual = score.harmonic_mean(score_of(sums.supply, self.total.supply));
        Judged { other, score, mutual, fit: self.fit(score), served, is_on_topic, is_related }
    }

    /// Says whether the sketched pair with `own` is worth listing, measuring what it leaves only if that matters.
    pub(super) fn is_worth(&self, own: &Side<'_>, sketch: &Sketch<'_>, options: MatchOptions) -> bool {
        let is_worth = |judged: Judged<'_>| judged.is_worth(self.lane, options);
        is_worth(self.most(sketch)) && (is_worth(self.least(sketch)) || is_worth(self.finish(own, sketch)))
    }

    /// Finds the first rule that the pair does not meet, by its place in the lane.
    pub(super) fn refused_by(&self, own: &Side<'_>, other: &Side<'_>) -> Option<usize> {
        let pair = pair(own, other, false);
        let refuses = |place: &usize| self.rule(&pair, *place).is_some_and(|ruling| ruling.0 == Verdict::Unmet);
        (0..self.rules.len()).find(refuses)
    }

    /// Judges the pair of `own` and a candidate on the other side, in brief; `None` if it may not be listed. The product of
    /// their texts may be known.
    pub(super) fn listed<'s>(
        &self,
        own: &Side<'_>,
        other: &'s Side<'s>,
        product: Option<u64>,
        options: MatchOptions,
    ) -> Option<Judged<'s>> {
        let sketch = self.sketch_if(own, other, product, |most| most.is_worth(self.lane, options))?;
        let is_listed = self.is_worth(own, &sketch, options) && self.refused_by(own, other).is_none();
        is_listed.then(|| self.finish(own, &sketch))
    }

    /// Explains the pair of `own` and a candidate on the other side.
    pub(super) fn explain(&self, own: &Side<'_>, other: &Side<'_>) -> Match {
        let pair = pair(own, other, true);
        let mut evidence = Evidence::default();
        let mut contributions = Vec::with_capacity(self.features.len());
        let Sum { score, points, mutual, values } = self.sum(&pair, |reason, found| {
            let news: Vec<String> = found.terms.into_iter().filter(|t| !evidence.terms.contains(t)).collect();
            evidence.terms.extend(news);
            evidence.path.extend(found.path);
            evidence.specs.extend(found.specs);
            contributions.push(reason);
        });
        let contributions = self.lane.features.iter().zip(contributions).zip(points.into_iter().zip(values));
        // A bonus that nobody knows of is not missed.
        let contributions = contributions.filter(|((feature, _), (_, value))| !feature.bonus || value.is_some());
        let contributions = contributions.map(|((feature, reason), (points, value))| Contribution {
            feature: feature.name.clone(),
            label: feature.label.clone(),
            value,
            weight: feature.weight,
            points,
            reason,
        });
        Match {
            rank: 0,
            id: other.record.id.clone(),
            party: named(other.context(), other.party),
            title: strip_personal(other.record.title()),
            score,
            mutual,
            rank_back: None,
            fit: self.fit(score),
            served: is_served(self.lane, other),
            contributions: contributions.collect(),
            evidence,
            rules: (0..self.rules.len()).filter_map(|place| self.outcome(&pair, place)).collect(),
        }
    }

    /// Scores a pair.
    pub(super) fn score(&self, demand: &Side<'_>, supply: &Side<'_>) -> Score {
        self.finish(demand, &self.sketch(demand, supply, None)).score
    }

    fn rule(&self, pair: &Pair<'_>, place: usize) -> Option<(Verdict, String)> {
        let ruling = self.rules.get(place)?(pair, self.lane.rules.get(place)?)?;
        Some((ruling.verdict, ruling.detail.into_owned()))
    }

    fn outcome(&self, pair: &Pair<'_>, place: usize) -> Option<RuleOutcome> {
        let (verdict, detail) = self.rule(pair, place)?;
        let declared = self.lane.rules.get(place)?;
        Some(RuleOutcome { rule: declared.name.clone(), label: declared.label.clone(), verdict, detail })
    }

    /// Adds up the features of a pair that is explained; `on_finding` gets the reason and the evidence of each.
    fn sum(&self, pair: &Pair<'_>, mut on_finding: impl FnMut(String, Evidence)) -> Sum {
        let features = &self.lane.features;
        let measured = features.iter().zip(&self.features);
        let findings: Vec<Finding> =
            measured.map(|(feature, (known, place))| (known.measure)(pair, *place, feature)).collect();
        let is_other_product = findings.iter().any(|finding| finding.is_other_product);
        let mut values = Vec::with_capacity(features.len());
        for (feature, finding) in features.iter().zip(findings) {
            let finding = if is_other_product { of_another(pair, feature, finding) } else { finding };
            values.push(finding.share);
            on_finding(finding.reason.into_owned(), finding.evidence);
        }
        let weighed = |total: u64, weights: fn(&LaneFeature) -> u16| {
            let part = |(feature, value): (&LaneFeature, &Option<Share>)| {
                (weights(feature).into(), value.unwrap_or(feature.neutral))
            };
            apportion(total, &features.iter().zip(&values).map(part).collect::<Vec<(u32, Share)>>())
        };
        let (score, points) = weighed(self.total.demand, |feature| feature.weight);
        let (supply_wish, _) = weighed(self.total.supply, |feature| feature.supply_weight);
        Sum { score, points, mutual: score.harmonic_mean(supply_wish), values }
    }

    fn fit(&self, score: Score) -> Fit {
        if score >= self.lane.good { Fit::Good } else { Fit::Weak }
    }
}

/// Returns the place of the first feature that reads the products in the same columns, else the feature's own.
fn shared_place(lane: &Lane, place: usize, declared: &LaneFeature) -> usize {
    let reads_products = |feature: &LaneFeature| matches!(feature.feature.as_str(), "products" | "chain_position");
    let is_same = |other: &LaneFeature| {
        reads_products(other) && (&other.demand, &other.supply) == (&declared.demand, &declared.supply)
    };
    let first = || lane.features.iter().position(is_same);
    if reads_products(declared) { first().unwrap_or(place) } else { place }
}

/// Says whether the lane's feature of texts compares those by which postings become candidates.
fn is_text_indexed(definition: &Definition, lane: &Lane) -> bool {
    let is_it = |feature: &LaneFeature, kind: &str, role| {
        feature.text_field(kind, role, &definition.kinds) == definition.text_field(kind)
    };
    let mut texts = lane.features.iter().filter(|feature| feature.feature == "text");
    texts.all(|feature| {
        is_it(feature, &lane.demand, Role::Demand) && lane.supply.iter().all(|kind| is_it(feature, kind, Role::Supply))
    })
}

/// Says whether a feature is left to the end, since the supply's texts have to be taken apart for it and the demand asks
/// for something that it looks for. A demand that is not one's own is not taken apart to tell.
fn is_left(own: &Side<'_>, place: usize, declared: &LaneFeature, feature: &Feature) -> bool {
    feature.asks.is_some_and(|asks| own.asks(place, |own| asks(own, declared)))
}

/// Takes the part of a finding that counts where another product is offered, and says so.
fn of_another(pair: &Pair<'_>, declared: &LaneFeature, finding: Finding) -> Finding {
    let Some(share) = finding.share.filter(|share| *share > Share::ZERO && declared.other_product < Share::ONE) else {
        return finding;
    };
    let percent = declared.other_product.ten_thousandths() / 100;
    let reason = || format!("{}（供的是另一种产品，只计 {percent}%）", finding.reason);
    let counted = Offered::Another.counted(declared, share);
    Finding { share: Some(counted), reason: pair.say(reason).into(), ..finding }
}

/// Says whether a feature tells that two postings have something to do with each other, if only a word or a step between
/// their products. Single characters do not.
fn relates(feature: &Feature) -> bool {
    matches!(feature.name, "text" | "products")
}

fn pair<'p>(own: &'p Side<'p>, other: &'p Side<'p>, explains: bool) -> Pair<'p> {
    let (demand, supply) = if own.role() == Role::Demand { (own, other) } else { (other, own) };
    Pair { context: own.context(), demand, supply, explains, product: None }
}

/// Says whether the other side's lists put a posting among those that the lane serves.
pub(super) fn is_served(lane: &Lane, side: &Side<'_>) -> bool {
    let tier = side.standing().and_then(|party| party.tier);
    lane.served_side != side.role() || tier.is_some_and(|tier| lane.serves.contains(&tier))
}

/// Returns a party with its name.
pub(super) fn named(context: Context<'_>, party: Option<PartyId>) -> Option<(PartyId, String)> {
    party.map(|party| (party, context.catalogue.parties().name(party)))
}
