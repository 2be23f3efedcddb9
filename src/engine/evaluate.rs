//! Measuring a lane's ranking against graded judgments: texts in, rankings and their quality out. The measures are those
//! of the field: NDCG with gains `2^grade - 1` and discounts `log2(rank + 1)`, the mean reciprocal rank, precision and
//! recall.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::catalogue::Catalogue;
use crate::definition::{Definition, Lane};
use crate::engine::chains;
use crate::engine::matches::text_record;
use crate::error::{Error, Result};
use crate::impact::Impacts;
use crate::matching::{Chains, Context, NamedMarket, Readings, rank_texts};
use crate::model::Record;
use crate::text::Segmenter;

/// A text to be ranked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrialText {
    /// The identifier.
    pub id: String,
    /// The title.
    pub title: String,
    /// More text; may be empty.
    pub text: String,
}

/// Grades of supplies by demand: 0 for what does not fit, 3 for what fits best.
pub type Judgments = BTreeMap<String, BTreeMap<String, u32>>;

/// How a ranking is measured.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TrialOptions {
    /// The lane whose features rank; the first that there is, if none is named.
    pub lane: Option<String>,
    /// Whether only judged pairs are ranked.
    pub judged_only: bool,
    /// Features that are left out, by name.
    pub without: Vec<String>,
}

/// A ranking: for each demand the supplies, best first, with scores from 0 to 100.
pub type Rankings = Vec<(String, Vec<(String, f64)>)>;

/// How good a ranking is; means over the demands that have a relevant supply.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// How many demands count.
    pub n_demands: usize,
    /// Normalised discounted cumulative gain of the first ten.
    pub ndcg_10: f64,
    /// Mean reciprocal rank of the first relevant supply.
    pub mrr: f64,
    /// The part of the first ten that is relevant.
    pub precision_10: f64,
    /// The part of what is relevant that is among the first hundred.
    pub recall_100: f64,
}

/// A supply is relevant from this grade on.
const RELEVANT_MIN: u32 = 2;
/// More texts than this are not ranked pair by pair.
const TEXTS_MAX: usize = 20_000;

/// Ranks supplies for demands by a lane's features.
///
/// # Errors
/// If the lane or a feature is unknown, there are too many texts, or only judged pairs are asked for without judgments.
pub fn rank_trial(
    definition: &Definition,
    demands: &[TrialText],
    supplies: &[TrialText],
    judgments: Option<&Judgments>,
    options: &TrialOptions,
) -> Result<Rankings> {
    if demands.len().max(supplies.len()) > TEXTS_MAX {
        return Err(Error::Request(format!("需求和供给各最多 {TEXTS_MAX} 条")));
    }
    if options.judged_only && judgments.is_none() {
        return Err(Error::Request("只排已评判的（--judged-only）须同时给出评判（--qrels）".to_owned()));
    }
    let lane = trial_lane(definition, options)?;
    let (catalogue, impacts, segmenter) = (Catalogue::default(), Impacts::default(), Segmenter::new(definition));
    let as_of = jiff::civil::date(1, 1, 1);
    let market = NamedMarket::new(chains::supplied(definition, &catalogue, as_of), Arc::default());
    let (chains, segmenter, impacts) = (&Chains::new(&market, &definition.titles), &segmenter, &impacts);
    let (catalogue, readings) = (&catalogue, &Readings::default());
    let context = Context { definition, catalogue, impacts, chains, segmenter, readings, as_of };
    let records = |texts: &[TrialText], kind: &str| -> Vec<Record> {
        texts.iter().map(|text| text_record(&text.id, &text.title, &text.text, kind)).collect()
    };
    let supply_kind = lane.supply.first().map_or("", String::as_str);
    let (demand_records, supply_records) = (records(demands, &lane.demand), records(supplies, supply_kind));
    let places: BTreeMap<&str, usize> = supplies.iter().enumerate().map(|(i, text)| (text.id.as_str(), i)).collect();
    let wanted = |idx: usize| match judgments.filter(|_| options.judged_only) {
        None => (0..supplies.len()).collect(),
        Some(judgments) => {
            let judged = demands.get(idx).and_then(|demand| judgments.get(&demand.id));
            judged.into_iter().flatten().filter_map(|(id, _)| places.get(id.as_str()).copied()).collect()
        }
    };
    let ranked = rank_texts(context, &lane, &demand_records, &supply_records, wanted);
    let named = |scores: Vec<(usize, crate::model::Score)>| {
        let supply = |place: usize| supplies.get(place).map_or(String::new(), |text| text.id.clone());
        scores.into_iter().map(|(place, score)| (supply(place), f64::from(score.0) / 100.0)).collect()
    };
    Ok(demands.iter().map(|text| text.id.clone()).zip(ranked.into_iter().map(named)).collect())
}

fn trial_lane(definition: &Definition, options: &TrialOptions) -> Result<Lane> {
    let mut lanes = definition.lanes_in_order().into_iter();
    let named = |lane: &&Lane| options.lane.as_ref().is_none_or(|name| lane.name == *name || lane.label == *name);
    let mut lane = lanes
        .find(named)
        .cloned()
        .ok_or_else(|| Error::Request(format!("没有“{}”这条对接通道", options.lane.as_deref().unwrap_or(""))))?;
    let names: BTreeSet<&str> = lane.features.iter().map(|feature| feature.name.as_str()).collect();
    if let Some(unknown) = options.without.iter().find(|name| !names.contains(name.as_str())) {
        let known: Vec<&str> = names.into_iter().collect();
        return Err(Error::Request(format!("没有“{unknown}”这个评分项；可用：{}", known.join("、"))));
    }
    for feature in lane.features.iter_mut().filter(|feature| options.without.contains(&feature.name)) {
        feature.weight = 0;
    }
    Ok(lane)
}

/// Measures rankings against judgments; what is not judged counts as grade 0. `None` if no demand has a relevant supply.
pub fn measure(rankings: &Rankings, judgments: &Judgments) -> Option<Quality> {
    let mut sums = [0.0; 4];
    let mut n_demands = 0;
    for (demand, ranking) in rankings {
        let Some(grades) = judgments.get(demand) else { continue };
        let n_relevant = grades.values().filter(|grade| **grade >= RELEVANT_MIN).count();
        if n_relevant == 0 {
            continue;
        }
        n_demands += 1;
        let found: Vec<u32> = ranking.iter().map(|(id, _)| grades.get(id).copied().unwrap_or(0)).collect();
        let mut ideal: Vec<u32> = grades.values().copied().collect();
        ideal.sort_unstable_by(|left, right| right.cmp(left));
        let is_relevant = |grade: &&u32| **grade >= RELEVANT_MIN;
        let first = found.iter().position(|grade| *grade >= RELEVANT_MIN);
        let values = [
            gain(&found) / gain(&ideal),
            first.map_or(0.0, |place| 1.0 / number(place + 1)),
            number(found.iter().take(10).filter(is_relevant).count()) / 10.0,
            number(found.iter().take(100).filter(is_relevant).count()) / number(n_relevant),
        ];
        sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
    }
    let [ndcg_10, mrr, precision_10, recall_100] = sums.map(|sum| sum / number(n_demands));
    (n_demands > 0).then_some(Quality { n_demands, ndcg_10, mrr, precision_10, recall_100 })
}

/// Returns the discounted cumulative gain of the first ten grades.
fn gain(grades: &[u32]) -> f64 {
    let gains = grades.iter().take(10).zip(2_u32..).map(|(grade, place)| {
        let gain = 2.0_f64.powi(i32::try_from(*grade).unwrap_or(i32::MAX)) - 1.0;
        gain / f64::from(place).log2()
    });
    gains.sum()
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quality_is_as_computed_by_hand() {
        let grades = [("a", 3), ("b", 2), ("c", 0)].map(|(id, grade)| (id.to_owned(), grade));
        let judgments = Judgments::from([
            ("d1".to_owned(), BTreeMap::from(grades)),
            ("d2".to_owned(), BTreeMap::from([("a".to_owned(), 1)])),
        ]);
        let ranking = ["c", "a", "b"].map(|id| (id.to_owned(), 1.0)).to_vec();
        let quality = measure(&vec![("d1".to_owned(), ranking), ("d2".to_owned(), Vec::new())], &judgments);
        let quality = quality.expect("d1 has relevant supplies; d2 has none and is left out");
        let ideal = 7.0 / 2.0_f64.log2() + 3.0 / 3.0_f64.log2();
        let found = 7.0 / 3.0_f64.log2() + 3.0 / 4.0_f64.log2();
        assert_eq!(quality.n_demands, 1);
        assert!((quality.ndcg_10 - found / ideal).abs() < 1e-12);
        assert!((quality.mrr - 0.5).abs() < 1e-12);
        assert!((quality.precision_10 - 0.2).abs() < 1e-12);
        assert!((quality.recall_100 - 1.0).abs() < 1e-12);
        assert_eq!(measure(&Vec::new(), &judgments), None);
    }
}
