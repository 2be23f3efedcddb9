//! From candidates to a ranked list: rules refuse, features score, and everything is put into one total order. A pair has
//! one score from wherever it is looked at; beside it stands what the pair is worth to both sides together.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::definition::{Lane, LaneFeature, LaneRule, Role};
use crate::impact::{Impact, Posting, top};
use crate::matching::features;
use crate::matching::pair::{Context, Pair, Side};
use crate::matching::rules;
use crate::model::{
    Contribution, Evidence, Fit, Match, MatchList, Nearest, PartyId, Record, RecordId, Refusal, RuleOutcome, Score,
    Share, State, Subject, Verdict, apportion,
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

impl MatchOrder {
    /// Returns what a match is ordered by.
    pub(super) fn worth(self, candidate: &Match) -> Score {
        match self {
            Self::Score => candidate.score,
            Self::Mutual => candidate.mutual,
        }
    }
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

/// Matches one posting against the other side of a lane, seen from the posting: suppliers for a demand, demands for a
/// supply. The posting itself need not be in the catalogue (free text); one that is not open has no matches.
///
/// # Complexity
/// O(postings of its terms + candidates x features).
pub fn match_posting(context: Context<'_>, lane: &Lane, subject: &Record, options: MatchOptions) -> MatchList {
    if subject.state(context.as_of) != State::Open {
        return list(context, lane, subject, Vec::new(), options);
    }
    let own = Side::new(context, subject, side_of(lane, subject), lane.features.len());
    let mut judged = Vec::new();
    for id in candidates(&own, lane) {
        let Some(record) = context.catalogue.record(&id) else { continue };
        let other = Side::new(context, record, side_of(lane, record), lane.features.len());
        judged.push(judge(lane, &own, &other));
    }
    judged.sort_by(|left, right| by_rank(left, right, options.order));
    list(context, lane, subject, judged, options)
}

/// Finds the place of a posting in the list of each of its matches, among all that are listed there.
///
/// # Complexity
/// That of one match for each match shown, on all cores.
pub fn look_back(context: Context<'_>, lane: &Lane, subject: &Record, matches: &mut [Match], order: MatchOrder) {
    let options = MatchOptions { top: 0, below_floor: false, order };
    let side = |record| Side::new(context, record, side_of(lane, record), lane.features.len());
    let own = side(subject);
    let mut rivals_of = Vec::with_capacity(matches.len());
    for found in matches.iter() {
        let other = context.catalogue.record(&found.id).map(side);
        let rivals = other.as_ref().map(|other| candidates(other, lane)).unwrap_or_default();
        rivals_of.push((other, rivals));
    }
    // Most matches have the same rivals; each is taken apart once.
    let ids: BTreeSet<&RecordId> = rivals_of.iter().flat_map(|(_, ids)| ids).filter(|id| **id != subject.id).collect();
    let rivals: BTreeMap<&RecordId, Side<'_>> =
        ids.into_iter().filter_map(|id| Some((id, side(context.catalogue.record(id)?)))).collect();
    let places = rivals_of.par_iter().map(|(other, ids)| {
        let other = other.as_ref()?;
        let mine = judge(lane, other, &own);
        let before = ids.iter().filter_map(|id| rivals.get(id)).filter(|rival| {
            let rival = judge(lane, other, rival);
            rival.is_listed(lane, options) && by_rank(&rival, &mine, order) == Ordering::Less
        });
        Some(before.count() + 1)
    });
    let places: Vec<Option<usize>> = places.collect();
    for (found, place) in matches.iter_mut().zip(places) {
        found.rank_back = place;
    }
}

/// Says on which side of a lane a record stands.
pub(super) fn side_of(lane: &Lane, record: &Record) -> Role {
    if record.kind == lane.demand { Role::Demand } else { Role::Supply }
}

/// One candidate, judged.
pub(super) struct Judged {
    /// The candidate with its explanation, not ranked yet.
    pub candidate: Match,
    /// The first rule that is not met, by its place in the lane.
    pub refused_by: Option<usize>,
    /// Whether both are about the same thing, as far as the lane can tell.
    is_on_topic: bool,
}

impl Judged {
    /// Says whether the candidate may be listed.
    pub(super) fn is_listed(&self, lane: &Lane, options: MatchOptions) -> bool {
        self.refused_by.is_none() && self.is_worth(lane, options)
    }

    /// Says whether the score reaches the floor with something that tells of one topic, or may be below it and something
    /// is in common.
    fn is_worth(&self, lane: &Lane, options: MatchOptions) -> bool {
        (self.candidate.score >= lane.floor && self.is_on_topic) || (options.below_floor && self.is_related())
    }

    /// Says whether both texts have a word in common.
    fn is_related(&self) -> bool {
        !self.candidate.evidence.terms.is_empty()
    }
}

/// Good ones come before weak ones, among them those that the lane serves, then those worth more; equal ones by ascending
/// record identifier. A weak match of a served party does not push a good one of another out of sight.
pub(super) fn by_rank(left: &Judged, right: &Judged, order: MatchOrder) -> Ordering {
    let key = |judged: &Judged| {
        let candidate = &judged.candidate;
        (candidate.fit, Reverse(candidate.served), Reverse(order.worth(candidate)))
    };
    key(left).cmp(&key(right)).then_with(|| left.candidate.id.cmp(&right.candidate.id))
}

/// Finds candidates: every posting of the other side where the lane has few of them, else those open ones of others whose
/// texts have most of what is asked for, ties by identifier.
///
/// O(postings of its terms).
pub(super) fn candidates(own: &Side<'_>, lane: &Lane) -> Vec<RecordId> {
    let Context { catalogue, definition, impacts, as_of, .. } = own.context();
    let other_role = if own.role() == Role::Demand { Role::Supply } else { Role::Demand };
    let kinds = lane.kinds(other_role);
    let indexes: Vec<&Impact> =
        kinds.iter().filter_map(|kind| impacts.get(&lane.text_field(kind, &definition.kinds))).collect();
    if indexes.iter().map(|index| index.len()).sum::<usize>() <= lane.candidates {
        let all = kinds.iter().flat_map(|kind| catalogue.records_of_kind(kind)).filter(|record| record.is_listed());
        return all.map(|record| record.id.clone()).collect();
    }
    // Postings that have ended, and one's own, must not take the places of those that can match.
    let accepts = |posting: &Posting| {
        posting.is_open
            && posting.last_day.is_none_or(|last| last >= as_of)
            && (posting.party.is_none() || posting.party != own.party)
    };
    let query = own.terms(&lane.text_field(&own.record.kind, &definition.kinds));
    top(&indexes, &query, lane.candidates, &accepts).into_iter().map(|hit| hit.id).collect()
}

/// Judges the pair of `own` and a candidate on the other side: rules, score and reasons.
pub(super) fn judge(lane: &Lane, own: &Side<'_>, other: &Side<'_>) -> Judged {
    let asks = own.role() == Role::Demand;
    let context = own.context();
    let (demand, supply) = if asks { (own, other) } else { (other, own) };
    let pair = &Pair { context, demand, supply };
    let mut refused_by = None;
    let mut outcomes = Vec::new();
    for (place, rule) in lane.rules.iter().enumerate() {
        let check = rules::find(&rule.rule).expect("the engine checks that every rule of a lane exists");
        let Some(ruling) = check(pair, rule) else { continue };
        if ruling.verdict == Verdict::Unmet && refused_by.is_none() {
            refused_by = Some(place);
        }
        outcomes.push(RuleOutcome {
            rule: rule.name.clone(),
            label: rule.label.clone(),
            verdict: ruling.verdict,
            detail: ruling.detail,
        });
    }
    let Scored { score, mutual, contributions, evidence } = score(pair, lane);
    let is_on_topic = is_on_topic(lane, &contributions);
    let served = is_served_subject(lane, other);
    let candidate = Match {
        rank: 0,
        id: other.record.id.clone(),
        party: named(context, other.party),
        title: strip_personal(other.record.title()),
        score,
        mutual,
        rank_back: None,
        fit: if score >= lane.good { Fit::Good } else { Fit::Weak },
        served,
        contributions,
        evidence,
        rules: outcomes,
    };
    Judged { candidate, refused_by, is_on_topic }
}

/// Features that tell whether both are about the same thing.
const TOPICAL: [&str; 3] = ["products", "text", "characters"];
/// A text that has less than this of what is asked for is about something else.
const TOPIC_SHARE_MIN: u16 = 500;

/// Says whether products or texts have something in common, where a lane is about products; amounts, places and titles
/// alone make no match there.
fn is_on_topic(lane: &Lane, contributions: &[Contribution]) -> bool {
    let is_by_product = lane.features.iter().any(|feature| feature.feature == "products");
    let mut topical = lane.features.iter().zip(contributions).filter(|(f, _)| TOPICAL.contains(&f.feature.as_str()));
    let tells = |part: &Contribution| part.value.is_some_and(|share| share.ten_thousandths() >= TOPIC_SHARE_MIN);
    !is_by_product || topical.any(|(_, part)| tells(part))
}

/// Says whether the other side's lists put a posting among those that the lane serves.
pub(super) fn is_served_subject(lane: &Lane, own: &Side<'_>) -> bool {
    lane.served_side != own.role() || is_served(own.context(), lane, own.party)
}

fn is_served(context: Context<'_>, lane: &Lane, party: Option<PartyId>) -> bool {
    let tier = party.and_then(|party| context.catalogue.tier(party, context.as_of, context.definition));
    tier.is_some_and(|tier| lane.serves.contains(&tier))
}

/// What the features of a pair add up to.
pub(super) struct Scored {
    /// The score: the features with the demand's weights.
    pub score: Score,
    /// The harmonic mean of the score and of the features with the supply's weights.
    pub mutual: Score,
    contributions: Vec<Contribution>,
    evidence: Evidence,
}

/// Scores a pair with the lane's features.
pub(super) fn score(pair: &Pair<'_>, lane: &Lane) -> Scored {
    let mut evidence = Evidence::default();
    let mut shares: Vec<Share> = Vec::with_capacity(lane.features.len());
    let mut contributions = Vec::with_capacity(lane.features.len());
    for (idx, feature) in lane.features.iter().enumerate() {
        let known = features::find(&feature.feature).expect("the engine checks that every feature of a lane exists");
        let finding = (known.measure)(pair, idx, feature);
        shares.push(finding.share.unwrap_or(feature.neutral));
        let news: Vec<String> = finding.evidence.terms.into_iter().filter(|t| !evidence.terms.contains(t)).collect();
        evidence.terms.extend(news);
        evidence.path.extend(finding.evidence.path);
        evidence.specs.extend(finding.evidence.specs);
        contributions.push(Contribution {
            feature: feature.name.clone(),
            label: feature.label.clone(),
            value: finding.share,
            weight: feature.weight,
            points: 0,
            reason: finding.reason,
        });
    }
    let weighed = |weights: fn(&LaneFeature) -> u32| {
        let parts: Vec<(u32, Share)> = lane.features.iter().map(weights).zip(shares.iter().copied()).collect();
        apportion(&parts)
    };
    let (score, points) = weighed(|feature| feature.weight);
    let (supply_wish, _) = weighed(|feature| feature.supply_weight);
    for (contribution, points) in contributions.iter_mut().zip(points) {
        contribution.points = points;
    }
    Scored { score, mutual: score.harmonic_mean(supply_wish), contributions, evidence }
}

/// Puts judged candidates, best first, into a list with what was refused and what came nearest.
pub(super) fn list(
    context: Context<'_>,
    lane: &Lane,
    subject: &Record,
    judged: Vec<Judged>,
    options: MatchOptions,
) -> MatchList {
    // What would not be listed anyway is refused by nothing.
    let worthy: Vec<&Judged> = judged.iter().filter(|one| one.is_worth(lane, options)).collect();
    let refused = lane.rules.iter().enumerate().filter_map(|(place, rule)| refusal(rule, place, &worthy)).collect();
    let (kept, left): (Vec<Judged>, Vec<Judged>) = judged.into_iter().partition(|one| one.is_listed(lane, options));
    let nearest = if kept.is_empty() { nearest(lane, left) } else { None };
    let total = kept.len();
    let ranked = (1..).zip(kept.into_iter().take(options.top));
    let matches = ranked.map(|(rank, judged)| Match { rank, ..judged.candidate }).collect();
    let party = named(context, context.catalogue.party_of(subject));
    let is_recorded = context.catalogue.record(&subject.id).is_some();
    MatchList {
        lane: lane.name.clone(),
        lane_label: lane.label.clone(),
        subject: Subject {
            id: is_recorded.then(|| subject.id.clone()),
            kind: subject.kind.clone(),
            party,
            title: strip_personal(subject.title()),
            state: subject.state(context.as_of),
        },
        total,
        matches,
        refused,
        nearest,
    }
}

/// Counts the candidates that a rule refused and that would be listed otherwise, with the best of them as an example.
fn refusal(rule: &LaneRule, place: usize, judged: &[&Judged]) -> Option<Refusal> {
    let of_rule = judged.iter().filter(|judged| judged.refused_by == Some(place));
    let best = of_rule.clone().max_by_key(|judged| (judged.candidate.score, Reverse(judged.candidate.id.clone())))?;
    let outcome = best.candidate.rules.iter().find(|outcome| outcome.rule == rule.name);
    let name = best.candidate.party.as_ref().map_or(best.candidate.title.as_str(), |(_, name)| name.as_str());
    Some(Refusal {
        rule: rule.name.clone(),
        label: rule.label.clone(),
        count: of_rule.count(),
        example: format!("{name}：{}", outcome.map_or("", |outcome| outcome.detail.as_str())),
    })
}

/// Picks the candidate that came nearest: the best score among those that have a word in common, whether a rule refused
/// it or the floor.
fn nearest(lane: &Lane, left: Vec<Judged>) -> Option<Nearest> {
    let best = left.into_iter().filter(Judged::is_related).min_by(|l, r| {
        let key = |judged: &Judged| (Reverse(judged.candidate.score), judged.candidate.id.clone());
        key(l).cmp(&key(r))
    })?;
    let why = match best.refused_by.and_then(|place| lane.rules.get(place)) {
        Some(rule) => {
            let outcome = best.candidate.rules.iter().find(|outcome| outcome.rule == rule.name);
            format!("“{}”不符合：{}", rule.label, outcome.map_or("", |outcome| outcome.detail.as_str()))
        }
        None => {
            let points = |score: Score| format!("{}.{:02}", score.0 / 100, score.0 % 100);
            if best.candidate.score >= lane.floor {
                "产品和文字的相同之处太少".to_owned()
            } else {
                format!("{} 分，低于本通道的起点 {} 分", points(best.candidate.score), points(lane.floor))
            }
        }
    };
    Some(Nearest { candidate: Match { rank: 1, ..best.candidate }, why })
}

fn named(context: Context<'_>, party: Option<PartyId>) -> Option<(PartyId, String)> {
    party.map(|party| (party, context.catalogue.parties().name(party)))
}
