//! From candidates to a ranked list: rules refuse, features score, and everything is put into one total order.

use std::cmp::{Ordering, Reverse};

use crate::definition::{Lane, LaneRule, Role};
use crate::error::Result;
use crate::fulltext::{Searcher, WeightedTerm};
use crate::matching::features;
use crate::matching::pair::{Context, Pair, Side};
use crate::matching::rules;
use crate::model::{
    Contribution, Evidence, Fit, Match, MatchList, Nearest, PartyId, Record, RecordId, Refusal, RuleOutcome, Score,
    Share, State, Subject, Verdict, apportion,
};
use crate::text::strip_personal;

/// How many matches to show, and whether to stop at the lane's floor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MatchOptions {
    /// The most matches to show.
    pub top: usize,
    /// Whether to show matches below the lane's floor too.
    pub below_floor: bool,
}

/// Matches one posting against the other side of a lane, seen from the posting: suppliers for a demand, demands for a
/// supply. The posting itself need not be in the catalogue (free text); one that is not open has no matches.
///
/// # Errors
/// If the full-text view cannot be read.
///
/// # Complexity
/// O(postings of its terms + candidates x features).
pub fn match_posting(
    context: Context<'_>,
    searcher: &Searcher,
    lane: &Lane,
    subject: &Record,
    options: MatchOptions,
) -> Result<MatchList> {
    if subject.state(context.as_of) != State::Open {
        return Ok(list(context, lane, subject, Vec::new(), options));
    }
    let asks = subject.kind == lane.demand;
    let own = Side::new(context, subject, lane.features.len());
    let mut judged = Vec::new();
    for id in candidates(&own, searcher, lane, asks)? {
        let Some(record) = context.catalogue.record(&id) else { continue };
        let other = Side::new(context, record, lane.features.len());
        let (demand, supply) = if asks { (&own, &other) } else { (&other, &own) };
        judged.push(judge(&Pair { context, demand, supply }, lane, &other, asks));
    }
    judged.sort_by(by_rank);
    Ok(list(context, lane, subject, judged, options))
}

/// The most candidates that are judged, however many of them have ended.
const CANDIDATES_MAX: usize = 10_000;

/// One candidate, judged.
struct Judged {
    candidate: Match,
    /// The first rule that is not met, by its place in the lane.
    refused_by: Option<usize>,
}

/// Those that the lane serves come first, then higher scores; equal ones by ascending record identifier.
fn by_rank(left: &Judged, right: &Judged) -> Ordering {
    let key = |judged: &Judged| (Reverse(judged.candidate.served), Reverse(judged.candidate.score));
    key(left).cmp(&key(right)).then_with(|| left.candidate.id.cmp(&right.candidate.id))
}

/// Finds candidates by the terms of the lane's text features.
fn candidates(own: &Side<'_>, searcher: &Searcher, lane: &Lane, asks: bool) -> Result<Vec<RecordId>> {
    let mut terms = Vec::new();
    for (idx, feature) in lane.features.iter().enumerate().filter(|(_, feature)| feature.feature == "text") {
        let columns = if asks { &feature.demand } else { &feature.supply };
        let weights = &own.terms(idx, columns).weights;
        terms.extend(weights.iter().map(|(text, weight)| WeightedTerm { text: text.clone(), weight: *weight }));
    }
    let kinds = if asks { lane.supply.clone() } else { vec![lane.demand.clone()] };
    let catalogue = own.context().catalogue;
    let counts = |id: &RecordId| {
        catalogue.record(id).is_some_and(|record| {
            record.state(own.context().as_of) == State::Open && catalogue.party_of(record) != own.party
        })
    };
    let mut limit = lane.candidates;
    loop {
        let hits = searcher.candidates(&kinds, &terms, limit)?;
        // Postings that have ended, and one's own, must not take the places of those that can match.
        let n_open = hits.iter().filter(|hit| counts(&hit.id)).count();
        if n_open >= lane.candidates || hits.len() < limit || limit >= CANDIDATES_MAX {
            return Ok(hits.into_iter().map(|hit| hit.id).collect());
        }
        limit = (limit * 2).min(CANDIDATES_MAX);
    }
}

fn judge(pair: &Pair<'_>, lane: &Lane, other: &Side<'_>, asks: bool) -> Judged {
    let mut refused_by = None;
    let mut outcomes = Vec::new();
    for (place, rule) in lane.rules.iter().enumerate() {
        let check = rules::find(&rule.rule).expect("the engine checks that every rule of a lane exists");
        let Some(ruling) = check(pair, rule) else { continue };
        if ruling.verdict == Verdict::Unmet && refused_by.is_none() {
            refused_by = Some(place);
        }
        outcomes.push(RuleOutcome {
            rule: rule.rule.clone(),
            label: rule.label.clone(),
            verdict: ruling.verdict,
            detail: ruling.detail,
        });
    }
    let (score, contributions, evidence) = score(pair, lane);
    let served_side = if asks { Role::Supply } else { Role::Demand };
    let served = lane.served_side != served_side || is_served(pair, lane, other.party);
    let candidate = Match {
        rank: 0,
        id: other.record.id.clone(),
        party: named(pair.context, other.party),
        title: strip_personal(other.record.title()),
        score,
        fit: if score >= lane.good { Fit::Good } else { Fit::Weak },
        served,
        contributions,
        evidence,
        rules: outcomes,
    };
    Judged { candidate, refused_by }
}

fn is_served(pair: &Pair<'_>, lane: &Lane, party: Option<PartyId>) -> bool {
    let context = pair.context;
    let tier = party.and_then(|party| context.catalogue.tier(party, context.as_of, context.definition));
    tier.is_some_and(|tier| lane.serves.contains(&tier))
}

fn score(pair: &Pair<'_>, lane: &Lane) -> (Score, Vec<Contribution>, Evidence) {
    let mut evidence = Evidence::default();
    let mut parts: Vec<(u32, Share)> = Vec::with_capacity(lane.features.len());
    let mut contributions = Vec::with_capacity(lane.features.len());
    for (idx, feature) in lane.features.iter().enumerate() {
        let measure = features::find(&feature.feature).expect("the engine checks that every feature of a lane exists");
        let finding = measure(pair, idx, feature);
        parts.push((feature.weight, finding.share.unwrap_or(feature.neutral)));
        evidence.terms.extend(finding.evidence.terms);
        evidence.path.extend(finding.evidence.path);
        evidence.specs.extend(finding.evidence.specs);
        contributions.push(Contribution {
            feature: feature.feature.clone(),
            label: feature.label.clone(),
            value: finding.share,
            weight: feature.weight,
            points: 0,
            reason: finding.reason,
        });
    }
    let (score, points) = apportion(&parts);
    for (contribution, points) in contributions.iter_mut().zip(points) {
        contribution.points = points;
    }
    (score, contributions, evidence)
}

fn list(context: Context<'_>, lane: &Lane, subject: &Record, judged: Vec<Judged>, options: MatchOptions) -> MatchList {
    let refused = lane.rules.iter().enumerate().filter_map(|(place, rule)| refusal(rule, place, &judged)).collect();
    let (kept, left): (Vec<Judged>, Vec<Judged>) = judged.into_iter().partition(|judged| {
        judged.refused_by.is_none() && (options.below_floor || judged.candidate.score >= lane.floor)
    });
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
            title: subject.title().to_owned(),
            state: subject.state(context.as_of),
        },
        total,
        matches,
        refused,
        nearest,
    }
}

/// Counts the candidates that a rule refused, with the best of them as an example.
fn refusal(rule: &LaneRule, place: usize, judged: &[Judged]) -> Option<Refusal> {
    let of_rule = judged.iter().filter(|judged| judged.refused_by == Some(place));
    let best = of_rule.clone().max_by_key(|judged| (judged.candidate.score, Reverse(judged.candidate.id.clone())))?;
    let outcome = best.candidate.rules.iter().find(|outcome| outcome.rule == rule.rule);
    let name = best.candidate.party.as_ref().map_or(best.candidate.title.as_str(), |(_, name)| name.as_str());
    Some(Refusal {
        rule: rule.rule.clone(),
        label: rule.label.clone(),
        count: of_rule.count(),
        example: format!("{name}：{}", outcome.map_or("", |outcome| outcome.detail.as_str())),
    })
}

/// Picks the candidate that came nearest: the best score, whether a rule refused it or the floor.
fn nearest(lane: &Lane, left: Vec<Judged>) -> Option<Nearest> {
    let best = left.into_iter().min_by(|l, r| {
        let key = |judged: &Judged| (Reverse(judged.candidate.score), judged.candidate.id.clone());
        key(l).cmp(&key(r))
    })?;
    let why = match best.refused_by.and_then(|place| lane.rules.get(place)) {
        Some(rule) => {
            let outcome = best.candidate.rules.iter().find(|outcome| outcome.rule == rule.rule);
            format!("“{}”不符合：{}", rule.label, outcome.map_or("", |outcome| outcome.detail.as_str()))
        }
        None => {
            let points = |score: Score| format!("{}.{:02}", score.0 / 100, score.0 % 100);
            format!("{} 分，低于本通道的起点 {} 分", points(best.candidate.score), points(lane.floor))
        }
    };
    Some(Nearest { candidate: Match { rank: 1, ..best.candidate }, why })
}

fn named(context: Context<'_>, party: Option<PartyId>) -> Option<(PartyId, String)> {
    party.map(|party| (party, context.catalogue.parties().name(party)))
}
