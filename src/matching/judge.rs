//! Judging one pair: rules refuse, features score. A pair is judged in brief first, which writes no words; those that are
//! shown are explained by going through the same rules and features again, so that there is no second formula.

use std::cmp::{Ordering, Reverse};

use crate::definition::{Lane, LaneFeature, Role};
use crate::matching::features::{self, Measure};
use crate::matching::findings::Finding;
use crate::matching::pair::{Context, Pair, Side};
use crate::matching::rules::{self, Rule};
use crate::model::{
    Contribution, Evidence, Fit, Match, PartyId, RecordId, RuleOutcome, Score, Share, Verdict, apportion,
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
    measures: Vec<Measure>,
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
    /// The first rule that is not met, by its place in the lane.
    pub refused_by: Option<usize>,
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

    /// Says whether the pair may be listed.
    pub(super) fn is_listed(&self, lane: &Lane, options: MatchOptions) -> bool {
        self.refused_by.is_none() && self.is_worth(lane, options)
    }

    /// Says whether the score reaches the floor with something that tells of one topic, or may be below it and something
    /// is in common.
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

/// Features that tell whether both are about the same thing.
const TOPICAL: [&str; 3] = ["products", "text", "characters"];
/// A text that has less than this of what is asked for is about something else.
const TOPIC_SHARE_MIN: u16 = 500;

impl<'a> Judge<'a> {
    /// Looks up a lane's rules and features.
    ///
    /// # Panics
    /// Panics if one does not exist; the engine checks that when it opens a declaration.
    pub(super) fn new(lane: &'a Lane) -> Self {
        let rule = |name: &str| rules::find(name).expect("the engine checks that every rule of a lane exists");
        let measure =
            |name: &str| features::find(name).expect("the engine checks that every feature of a lane exists").measure;
        Self {
            lane,
            rules: lane.rules.iter().map(|declared| rule(&declared.rule)).collect(),
            measures: lane.features.iter().map(|declared| measure(&declared.feature)).collect(),
        }
    }

    /// Judges the pair of `own` and a candidate on the other side, in brief.
    pub(super) fn judge<'s>(&self, own: &Side<'_>, other: &'s Side<'s>) -> Judged<'s> {
        let pair = pair(own, other, false);
        let refuses = |place: &usize| self.rule(&pair, *place).is_some_and(|ruling| ruling.0 == Verdict::Unmet);
        let refused_by = (0..self.rules.len()).find(refuses);
        let Sum { score, mutual, values, .. } = self.sum(&pair, |_, _| ());
        Judged {
            other,
            score,
            mutual,
            fit: self.fit(score),
            served: is_served(self.lane, other),
            refused_by,
            is_on_topic: self.is_on_topic(&values),
            is_related: self.topical(&values).any(|(feature, share)| relates(feature) && share > Share::ZERO),
        }
    }

    /// Explains the pair of `own` and a candidate on the other side.
    pub(super) fn explain(&self, own: &Side<'_>, other: &Side<'_>) -> Match {
        let pair = pair(own, other, true);
        let mut evidence = Evidence::default();
        let mut contributions = Vec::with_capacity(self.measures.len());
        let Sum { score, points, mutual, values } = self.sum(&pair, |reason, found| {
            let news: Vec<String> = found.terms.into_iter().filter(|t| !evidence.terms.contains(t)).collect();
            evidence.terms.extend(news);
            evidence.path.extend(found.path);
            evidence.specs.extend(found.specs);
            contributions.push(reason);
        });
        let contributions = self.lane.features.iter().zip(contributions).zip(points.into_iter().zip(values)).map(
            |((feature, reason), (points, value))| Contribution {
                feature: feature.name.clone(),
                label: feature.label.clone(),
                value,
                weight: feature.weight,
                points,
                reason,
            },
        );
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
        self.sum(&pair(demand, supply, false), |_, _| ()).score
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

    /// Adds up the features of a pair; `on_finding` gets the reason and the evidence of each, empty unless the pair is
    /// explained.
    fn sum(&self, pair: &Pair<'_>, mut on_finding: impl FnMut(String, Evidence)) -> Sum {
        let features = &self.lane.features;
        let measured = features.iter().zip(&self.measures).enumerate();
        let findings: Vec<Finding> = measured.map(|(idx, (feature, measure))| measure(pair, idx, feature)).collect();
        let is_other_product = findings.iter().any(|finding| finding.is_other_product);
        let mut values = Vec::with_capacity(features.len());
        for (feature, finding) in features.iter().zip(findings) {
            let finding = if is_other_product { of_another(pair, feature, finding) } else { finding };
            values.push(finding.share);
            on_finding(finding.reason.into_owned(), finding.evidence);
        }
        let weighed = |weights: fn(&LaneFeature) -> u16| {
            let part = |(feature, value): (&LaneFeature, &Option<Share>)| {
                (weights(feature).into(), value.unwrap_or(feature.neutral))
            };
            apportion(&features.iter().zip(&values).map(part).collect::<Vec<(u32, Share)>>())
        };
        let (score, points) = weighed(|feature| feature.weight);
        let (supply_wish, _) = weighed(|feature| feature.supply_weight);
        Sum { score, points, mutual: score.harmonic_mean(supply_wish), values }
    }

    fn fit(&self, score: Score) -> Fit {
        if score >= self.lane.good { Fit::Good } else { Fit::Weak }
    }

    /// Says whether products or texts have something in common, where a lane is about products; amounts, places and titles
    /// alone make no match there.
    fn is_on_topic(&self, values: &[Option<Share>]) -> bool {
        let is_by_product = self.lane.features.iter().any(|feature| feature.feature == "products");
        !is_by_product || self.topical(values).any(|(_, share)| share.ten_thousandths() >= TOPIC_SHARE_MIN)
    }

    fn topical<'v>(&'v self, values: &'v [Option<Share>]) -> impl Iterator<Item = (&'v LaneFeature, Share)> {
        let known = self.lane.features.iter().zip(values).filter_map(|(feature, value)| Some((feature, (*value)?)));
        known.filter(|(feature, _)| TOPICAL.contains(&feature.feature.as_str()))
    }
}

/// Takes the part of a finding that counts where another product is offered: words shared with its name (`轮胎包装箱`) do not
/// make it the one that is asked for.
fn of_another(pair: &Pair<'_>, feature: &LaneFeature, finding: Finding) -> Finding {
    let Some(share) = finding.share.filter(|share| *share > Share::ZERO && feature.other_product < Share::ONE) else {
        return finding;
    };
    let part = feature.other_product.ten_thousandths();
    let counted = u64::from(share.ten_thousandths()) * u64::from(part) / 10_000;
    let reason = || format!("{}（供的是另一种产品，只计 {}%）", finding.reason, part / 100);
    Finding { share: Some(Share::from_ten_thousandths(counted)), reason: pair.say(reason).into(), ..finding }
}

/// Says whether a feature tells that two postings have something to do with each other, if only a word or a step between
/// their products. Single characters do not.
fn relates(feature: &LaneFeature) -> bool {
    matches!(feature.feature.as_str(), "text" | "products")
}

fn pair<'p>(own: &'p Side<'p>, other: &'p Side<'p>, explains: bool) -> Pair<'p> {
    let (demand, supply) = if own.role() == Role::Demand { (own, other) } else { (other, own) };
    Pair { context: own.context(), demand, supply, explains }
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
