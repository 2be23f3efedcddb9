//! From candidates to a ranked list: everything is put into one total order. A pair has one score from wherever it is
//! looked at; beside it stands what the pair is worth to both sides together.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::definition::{Lane, LaneRule, Role, TextField};
use crate::impact::{Impact, Posting, QUERY_MAX, top};
use crate::matching::judge::{Judge, Judged, MatchOptions, MatchOrder, by_rank, named};
use crate::matching::pair::{Context, Side, pieces};
use crate::matching::sift::{Refused, Sifted, sift};
use crate::model::{Match, MatchList, Nearest, Record, RecordId, Refusal, Score, State, Subject, Value};
use crate::text::{Grain, Vector, strip_personal};

/// Matches one posting against the other side of a lane, seen from the posting: suppliers for a demand, demands for a
/// supply. The posting itself need not be in the catalogue (free text); one that is not open has no matches.
///
/// # Complexity
/// O(postings of its terms + candidates x features).
pub fn match_posting(context: Context<'_>, lane: &Lane, subject: &Record, options: MatchOptions) -> MatchList {
    let judge = Judge::new(context.definition, lane);
    let own = side(context, lane, subject);
    if subject.state(context.as_of) != State::Open {
        return list(&judge, &own, &Sifted::default(), options);
    }
    let found = candidates(&own, lane).into_iter();
    let found = found.filter_map(|found| Some((context.catalogue.record(&found.id)?, found.product)));
    let others: Vec<(Side<'_>, Option<u64>)> =
        found.map(|(record, product)| (side(context, lane, record), product)).collect();
    let all = others.iter().map(|(other, product)| (other, *product));
    list(&judge, &own, &sift(&judge, &own, all, options, options.top), options)
}

/// Finds the place of a posting in the list of each of its matches, among all that are listed there.
///
/// # Complexity
/// That of one match for each match shown, on all cores.
pub fn look_back(context: Context<'_>, lane: &Lane, subject: &Record, matches: &mut [Match], order: MatchOrder) {
    let judge = Judge::new(context.definition, lane);
    let options = MatchOptions { top: 0, below_floor: false, order };
    let own = side(context, lane, subject);
    let rivals_of = matches.iter().map(|found| {
        let other = side(context, lane, context.catalogue.record(&found.id)?);
        let rivals = candidates(&other, lane);
        Some((other, rivals))
    });
    let rivals_of: Vec<Option<(Side<'_>, Vec<Candidate>)>> = rivals_of.collect();
    // Most matches have the same rivals; each is taken apart once.
    let mut rivals: FxHashMap<&RecordId, Side<'_>> = FxHashMap::default();
    for Candidate { id, .. } in rivals_of.iter().flatten().flat_map(|(_, found)| found) {
        if *id != subject.id && !rivals.contains_key(id) {
            rivals.extend(context.catalogue.record(id).map(|record| (id, side(context, lane, record))));
        }
    }
    let places = rivals_of.par_iter().map(|found| {
        let (other, found) = found.as_ref()?;
        let mine = judge.finish(other, &judge.sketch(other, &own, None));
        let comes_before = |rival: &Judged<'_>| by_rank(rival, &mine, order) == Ordering::Less;
        let found = found.iter().filter_map(|found| Some((rivals.get(&found.id)?, found.product)));
        let before = found.filter(|(rival, product)| {
            let Some(sketch) = judge.sketch_if(other, rival, *product, comes_before) else { return false };
            comes_before(&judge.most(&sketch))
                && judge.is_worth(other, &sketch, options)
                && judge.refused_by(other, rival).is_none()
                && (comes_before(&judge.least(&sketch)) || comes_before(&judge.finish(other, &sketch)))
        });
        Some(before.count() + 1)
    });
    let places: Vec<Option<usize>> = places.collect();
    for (found, place) in matches.iter_mut().zip(places) {
        found.rank_back = place;
    }
}

/// Prepares a record on its side of a lane.
pub(super) fn side<'a>(context: Context<'a>, lane: &Lane, record: &'a Record) -> Side<'a> {
    let role = if record.kind == lane.demand { Role::Demand } else { Role::Supply };
    Side::new(context, record, role, lane.features.len())
}

/// So many names of products around one's own are looked for together.
const NEIGHBOUR_NAMES_MAX: usize = 40;

/// A posting that may match.
pub(super) struct Candidate {
    /// The record.
    pub id: RecordId,
    /// The product of its text with that of the other side, if it was found by that.
    pub product: Option<u64>,
}

/// Finds candidates: every posting of the other side where the lane has few of them, else those open ones of others whose
/// texts have most of what is asked for, and those whose texts have most of the products around it on the graph; ties by
/// identifier.
///
/// O(postings of its terms).
pub(super) fn candidates(own: &Side<'_>, lane: &Lane) -> Vec<Candidate> {
    let Context { catalogue, definition, impacts, as_of, .. } = own.context();
    let other_role = if own.role() == Role::Demand { Role::Supply } else { Role::Demand };
    let kinds = lane.kinds(other_role);
    let indexes: Vec<&Impact> = kinds.iter().filter_map(|kind| impacts.get(&definition.text_field(kind))).collect();
    if indexes.iter().map(|index| index.n_postings()).sum::<usize>() <= lane.candidates {
        let all = kinds.iter().flat_map(|kind| catalogue.records_of_kind(kind)).filter(|record| record.is_listed());
        return all.map(|record| Candidate { id: record.id.clone(), product: None }).collect();
    }
    // Postings that have ended, and one's own, must not take the places of those that can match.
    let accepts = |posting: &Posting| {
        posting.is_open
            && posting.last_day.is_none_or(|last| last >= as_of)
            && (posting.party.is_none() || posting.party != own.party)
    };
    let query = own.terms(&definition.text_field(&own.record.kind));
    let is_whole = query.entries().len() <= QUERY_MAX;
    let hits = top(&indexes, &query, lane.candidates, &accepts).into_iter();
    let mut found: Vec<Candidate> =
        hits.map(|hit| Candidate { id: hit.posting.id.clone(), product: is_whole.then_some(hit.product) }).collect();
    let known: FxHashSet<&RecordId> = found.iter().map(|found| &found.id).collect();
    let queries = neighbour_queries(own, lane);
    let share = lane.neighbours / queries.len().max(1);
    let near = queries.iter().flat_map(|query| top(&indexes, query, share, &accepts)).map(|hit| hit.posting.id.clone());
    let near: BTreeSet<RecordId> = near.filter(|id| !known.contains(id)).collect();
    found.extend(near.into_iter().map(|id| Candidate { id, product: None }));
    found
}

/// Weighs the names of the products around a posting's own on the graph: its own other names and its kin by kind first,
/// then what it is made of and what is made of it.
fn neighbour_queries(own: &Side<'_>, lane: &Lane) -> Vec<Vector> {
    let Some((idx, feature)) = lane.features.iter().enumerate().find(|(_, feature)| feature.feature == "products")
    else {
        return Vec::new();
    };
    let Context { definition, segmenter, chains, .. } = own.context();
    let graph = chains.products.graph();
    let (mut kinds, mut steps): (Vec<&str>, Vec<&str>) = Default::default();
    for kin in own.products(idx, feature.columns(own.role())).iter().flat_map(|name| name.kin(&chains.products)) {
        let [near, far] = kin.to_look_for();
        let of_own = graph.product(kin.start());
        kinds.extend(of_own.synonyms.iter().chain(&of_own.narrower).map(String::as_str));
        kinds.extend(near.into_iter().map(|id| graph.title(id)));
        steps.extend(far.into_iter().map(|id| graph.title(id)));
    }
    let field = TextField { columns: vec!["title".to_owned()], ..definition.text_field(&own.record.kind) };
    let filled = [kinds, steps].into_iter().filter(|names| !names.is_empty() && lane.neighbours > 0);
    let queries = filled.map(|mut names| {
        names.truncate(NEIGHBOUR_NAMES_MAX);
        let title = names.join("、");
        let cells = vec![("title", title.as_str(), Value::Text)];
        let record = Record::unstored(RecordId::from_text(""), &own.record.kind, cells);
        pieces(definition, segmenter, &record, &field, Grain::Terms)
    });
    queries.collect()
}

/// Writes the list of what was sifted out, with what was refused and what came nearest.
pub(super) fn list(judge: &Judge<'_>, own: &Side<'_>, sifted: &Sifted<'_>, options: MatchOptions) -> MatchList {
    let (context, lane, subject) = (own.context(), judge.lane, own.record);
    let refused =
        lane.rules.iter().zip(&sifted.refused).filter_map(|(rule, refused)| refusal(judge, own, rule, refused));
    let shown = (1..).zip(sifted.best.iter().take(options.top));
    let matches = shown.map(|(rank, judged)| Match { rank, ..judge.explain(own, judged.other) }).collect();
    let is_recorded = context.catalogue.record(&subject.id).is_some();
    MatchList {
        lane: lane.name.clone(),
        lane_label: lane.label.clone(),
        subject: Subject {
            id: is_recorded.then(|| subject.id.clone()),
            kind: subject.kind.to_string(),
            party: named(context, own.party),
            title: strip_personal(subject.title()),
            state: subject.state(context.as_of),
        },
        total: sifted.n_listed,
        matches,
        refused: refused.collect(),
        nearest: sifted.nearest.as_ref().map(|best| nearest(judge, own, best)),
    }
}

/// Tells how many candidates a rule refused that would be listed otherwise, with the best of them as an example.
fn refusal(judge: &Judge<'_>, own: &Side<'_>, rule: &LaneRule, refused: &Refused<'_>) -> Option<Refusal> {
    let best = judge.explain(own, refused.best?.other);
    let outcome = best.rules.iter().find(|outcome| outcome.rule == rule.name);
    let name = best.party.as_ref().map_or(best.title.as_str(), |(_, name)| name.as_str());
    Some(Refusal {
        rule: rule.name.clone(),
        label: rule.label.clone(),
        count: refused.count,
        example: format!("{name}：{}", outcome.map_or("", |outcome| outcome.detail.as_str())),
    })
}

/// Tells why the candidate that came nearest is not listed.
fn nearest(judge: &Judge<'_>, own: &Side<'_>, best: &Judged<'_>) -> Nearest {
    let lane = judge.lane;
    let candidate = judge.explain(own, best.other);
    let why = match judge.refused_by(own, best.other).and_then(|place| lane.rules.get(place)) {
        Some(rule) => {
            let outcome = candidate.rules.iter().find(|outcome| outcome.rule == rule.name);
            format!("“{}”不符合：{}", rule.label, outcome.map_or("", |outcome| outcome.detail.as_str()))
        }
        None => {
            let points = |score: Score| format!("{}.{:02}", score.0 / 100, score.0 % 100);
            if best.score >= lane.floor {
                "产品和文字的相同之处太少".to_owned()
            } else {
                format!("{} 分，低于本通道的起点 {} 分", points(best.score), points(lane.floor))
            }
        }
    };
    Nearest { candidate: Match { rank: 1, ..candidate }, why }
}
