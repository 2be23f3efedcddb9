//! Sifting the candidates of a posting: which may be listed and which of them are the best, how many each rule refuses,
//! and which came nearest if none is left. The answer is that of judging every candidate in full and sorting; what bounds
//! tell already is not measured.

use std::cmp::{Ordering, Reverse};

use crate::matching::judge::{Judge, Judged, MatchOptions, Sketch, by_rank};
use crate::matching::pair::Side;

/// Sifted candidates.
#[derive(Default)]
pub(super) struct Sifted<'s> {
    /// The best of those that may be listed, best first.
    pub best: Vec<Judged<'s>>,
    /// How many may be listed.
    pub n_listed: usize,
    /// What each rule of the lane refused, in the order of the rules.
    pub refused: Vec<Refused<'s>>,
    /// The candidate that came nearest, if none may be listed.
    pub nearest: Option<Judged<'s>>,
}

/// Candidates that would be listed if a rule did not refuse them.
#[derive(Clone, Default)]
pub(super) struct Refused<'s> {
    /// How many there are.
    pub count: usize,
    /// The one with the best score.
    pub best: Option<Judged<'s>>,
}

/// Sifts candidates, each with the product of its text with that of `own` where that is known, and finds the best of
/// them, `most` at most.
pub(super) fn sift<'s>(
    judge: &Judge<'_>,
    own: &Side<'_>,
    others: impl IntoIterator<Item = (&'s Side<'s>, Option<u64>)>,
    options: MatchOptions,
    most: usize,
) -> Sifted<'s> {
    let mut kept: Vec<Sketch<'s>> = Vec::new();
    let mut refused: Vec<Vec<Sketch<'s>>> = vec![Vec::new(); judge.lane.rules.len()];
    let mut left: Vec<(&'s Side<'s>, Option<u64>)> = Vec::new();
    for (other, product) in others {
        let sketch = judge.sketch_if(own, other, product, |most| most.is_worth(judge.lane, options));
        let Some(sketch) = sketch.filter(|sketch| judge.is_worth(own, sketch, options)) else {
            left.push((other, product));
            continue;
        };
        match judge.refused_by(own, other).and_then(|place| refused.get_mut(place)) {
            Some(refused) => refused.push(sketch),
            None => kept.push(sketch),
        }
    }
    let ranked = |left: &Judged<'_>, right: &Judged<'_>| by_rank(left, right, options.order);
    let n_listed = kept.len();
    // It is looked for among all others, whether a rule refused them or the floor.
    let nearest = (n_listed == 0).then(|| {
        let left = left.into_iter().map(|(other, product)| judge.sketch(own, other, product));
        let all = left.chain(refused.iter().flatten().copied());
        let related = all.filter(|sketch| judge.least(sketch).is_related).collect();
        best(judge, own, related, 1, by_score).pop()
    });
    let refused = refused
        .into_iter()
        .map(|refused| Refused { count: refused.len(), best: best(judge, own, refused, 1, by_score).pop() });
    Sifted {
        refused: refused.collect(),
        nearest: nearest.flatten(),
        n_listed,
        best: best(judge, own, kept, most, ranked),
    }
}

/// The best score comes first; equal ones by ascending record identifier.
fn by_score(left: &Judged<'_>, right: &Judged<'_>) -> Ordering {
    (Reverse(left.score), left.id()).cmp(&(Reverse(right.score), right.id()))
}

/// Finds the first of some sketched candidates in an order that a higher score never puts back, `most` at most. They are
/// finished in the order of the most that they can come to, until none of the rest can come before the last.
fn best<'s>(
    judge: &Judge<'_>,
    own: &Side<'_>,
    sketches: Vec<Sketch<'s>>,
    most: usize,
    order: impl Fn(&Judged<'s>, &Judged<'s>) -> Ordering,
) -> Vec<Judged<'s>> {
    let mut likely: Vec<(Judged<'s>, Sketch<'s>)> =
        sketches.into_iter().map(|sketch| (judge.most(&sketch), sketch)).collect();
    likely.sort_unstable_by(|left, right| order(&left.0, &right.0));
    let mut best: Vec<Judged<'s>> = Vec::new();
    for (hoped, sketch) in likely {
        let is_full = best.len() >= most;
        if is_full && best.last().is_none_or(|last| order(&hoped, last) != Ordering::Less) {
            break;
        }
        let found = judge.finish(own, &sketch);
        let place = best.partition_point(|better| order(better, &found) == Ordering::Less);
        best.insert(place, found);
        best.truncate(most);
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Role;
    use crate::matching::MatchOrder;
    use crate::matching::pair::tests::{record, with_context};
    use crate::model::Record;

    /// Supplies of some products with some texts: they are alike in all but what they state.
    fn supplies() -> Vec<Record> {
        let titles = ["深沟球轴承", "轴承", "轴承座", "钢帘线"];
        let technical =
            ["内径50mm，P5级，IP65", "内径30mm，P5级", "P6级，IP65", "内径50mm", "304不锈钢", "交货及时", "40Cr，IP67"];
        let all = titles.iter().flat_map(|title| technical.iter().map(move |text| (title, text)));
        let record = |(i, (title, text)): (usize, (&&str, &&str))| {
            record(&format!("P{i}:catalog:A"), "catalog", &[("title", *title), ("technical", *text)])
        };
        all.enumerate().map(record).collect()
    }

    /// Sifts the supplies for a demand, and judges every one in full beside it; returns how many are listed and refused.
    fn check(demand: &[(&str, &str)], options: MatchOptions, most: usize) -> (usize, usize) {
        with_context(|context| {
            let lane = context.definition.lanes.get("procurement").expect("declared");
            let judge = Judge::new(context.definition, lane);
            let (demand, supplies) = (record("P99:procurement:A", "procurement", demand), supplies());
            let own = Side::new(context, &demand, Role::Demand, lane.features.len());
            let side = |record| Side::new(context, record, Role::Supply, lane.features.len());
            let others: Vec<Side<'_>> = supplies.iter().map(side).collect();
            let sifted = sift(&judge, &own, others.iter().map(|other| (other, None)), options, most);
            let all = others.iter().map(|other| (judge.finish(&own, &judge.sketch(&own, other, None)), other));
            let mut all: Vec<(Judged<'_>, Option<usize>)> =
                all.map(|(judged, other)| (judged, judge.refused_by(&own, other))).collect();
            for (judged, _) in &all {
                let explained = judge.explain(&own, judged.other);
                assert_eq!((explained.score, explained.mutual), (judged.score, judged.mutual), "{}", judged.id());
            }
            let key = |judged: &Judged<'_>| (judged.id().to_string(), judged.score, judged.mutual);
            all.sort_by(|left, right| by_rank(&left.0, &right.0, options.order));
            let is_worth = |judged: &Judged<'_>| judged.is_worth(lane, options);
            let listed: Vec<_> = all.iter().filter(|(judged, by)| is_worth(judged) && by.is_none()).collect();
            let best: Vec<_> = listed.iter().take(most).map(|(judged, _)| key(judged)).collect();
            assert_eq!((sifted.best.iter().map(key).collect::<Vec<_>>(), sifted.n_listed), (best, listed.len()));
            let n_listed = listed.len();
            all.sort_by(|left, right| by_score(&left.0, &right.0));
            for (place, refused) in sifted.refused.iter().enumerate() {
                let mut of_rule = all.iter().filter(|(judged, by)| is_worth(judged) && *by == Some(place));
                assert_eq!(refused.count, of_rule.clone().count());
                assert_eq!(refused.best.as_ref().map(key), of_rule.next().map(|(judged, _)| key(judged)));
            }
            let nearest = all.iter().find(|(judged, _)| judged.is_related && n_listed == 0);
            assert_eq!(sifted.nearest.as_ref().map(key), nearest.map(|(judged, _)| key(judged)));
            (n_listed, sifted.refused.iter().map(|refused| refused.count).sum())
        })
    }

    #[test]
    fn what_is_sifted_out_is_what_judging_everything_gives() {
        let texts = ["内径≥40mm；P5级；IP65", "内径≥40mm，须P5级，IP65优先", "不接受304", "须内径≥900mm、P2级"];
        let mut seen = Vec::new();
        // Of the last nothing is offered; what is nearest shares a word with it.
        let wanted = texts.map(|technical| ("深沟球轴承", technical)).into_iter().chain([("轴承清洗机", "P5级")]);
        for (product, technical) in wanted {
            let demand = [("title", product), ("product", product), ("technical", technical)];
            for (order, below_floor) in
                [(MatchOrder::Score, false), (MatchOrder::Mutual, false), (MatchOrder::Score, true)]
            {
                for most in [0, 1, 3, 100] {
                    seen.push(check(&demand, MatchOptions { top: most, below_floor, order }, most));
                }
            }
        }
        assert!(seen.iter().any(|(listed, refused)| *listed > 5 && *refused > 3), "{seen:?}");
        assert!(seen.iter().any(|(listed, _)| *listed == 0), "{seen:?}");
    }
}
