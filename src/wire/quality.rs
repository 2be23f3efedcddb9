//! What matching whole lanes gave, and how good a ranking is.

use schemars::JsonSchema;
use serde::Serialize;

use crate::engine::{LaneSummary, Quality};

/// `{"demands", "ndcg_10", "mrr", "precision_10", "recall_100"}`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct QualityBody {
    demands: usize,
    ndcg_10: f64,
    mrr: f64,
    precision_10: f64,
    recall_100: f64,
}

impl From<&Quality> for QualityBody {
    fn from(quality: &Quality) -> Self {
        Self {
            demands: quality.n_demands,
            ndcg_10: quality.ndcg_10,
            mrr: quality.mrr,
            precision_10: quality.precision_10,
            recall_100: quality.recall_100,
        }
    }
}

/// `{"as_of", "lanes": [{"lane", "label", "demands", "matched", "supplies", "unseen"}]}`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LaneSummaryBody {
    as_of: String,
    lanes: Vec<LaneBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LaneBody {
    lane: String,
    label: String,
    demands: usize,
    matched: usize,
    supplies: usize,
    unseen: usize,
}

impl LaneSummaryBody {
    /// Builds the answer; `as_of` is the day of the request.
    pub fn list(as_of: jiff::civil::Date, summaries: &[LaneSummary]) -> Self {
        let lanes = summaries.iter().map(|summary| LaneBody {
            lane: summary.lane.clone(),
            label: summary.label.clone(),
            demands: summary.n_demands,
            matched: summary.n_matched,
            supplies: summary.n_supplies,
            unseen: summary.n_unseen,
        });
        Self { as_of: as_of.to_string(), lanes: lanes.collect() }
    }
}
