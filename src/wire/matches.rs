//! The answer to a match.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Contribution, Fit, Match, MatchList, PartyId, RuleOutcome};
use crate::wire::Hundredths;

/// `{"as_of", "lane", "subject", "total", "matches", "refused", "nearest"}`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct MatchListBody {
    as_of: String,
    lane: String,
    subject: SubjectBody,
    total: usize,
    matches: Vec<MatchBody>,
    refused: Vec<RefusalBody>,
    nearest: Option<NearestBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SubjectBody {
    id: Option<String>,
    kind: String,
    party: Option<PartyBody>,
    title: String,
    state: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PartyBody {
    id: String,
    name: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MatchBody {
    rank: usize,
    id: String,
    party: Option<PartyBody>,
    title: String,
    score: Hundredths,
    mutual: MutualBody,
    fit: &'static str,
    served: bool,
    contributions: Vec<ContributionBody>,
    evidence: EvidenceBody,
    rules: Vec<RuleBody>,
}

/// What a pair is worth to both sides, and the subject's place in the other's list.
#[derive(Debug, Serialize, JsonSchema)]
struct MutualBody {
    score: Hundredths,
    rank_back: Option<usize>,
    best: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ContributionBody {
    feature: String,
    label: String,
    value: Option<f64>,
    weight: Hundredths,
    points: Hundredths,
    reason: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct EvidenceBody {
    terms: Vec<String>,
    path: Vec<String>,
    specs: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RuleBody {
    rule: String,
    label: String,
    verdict: &'static str,
    detail: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RefusalBody {
    rule: String,
    label: String,
    count: usize,
    example: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct NearestBody {
    #[serde(flatten)]
    candidate: MatchBody,
    why: String,
}

impl MatchListBody {
    /// Builds the answer; `as_of` is the day of the request.
    pub fn new(as_of: jiff::civil::Date, list: &MatchList) -> Self {
        let refused = list.refused.iter().map(|refusal| RefusalBody {
            rule: refusal.rule.clone(),
            label: refusal.label.clone(),
            count: refusal.count,
            example: refusal.example.clone(),
        });
        Self {
            as_of: as_of.to_string(),
            lane: list.lane.clone(),
            subject: SubjectBody {
                id: list.subject.id.as_ref().map(ToString::to_string),
                kind: list.subject.kind.clone(),
                party: party(list.subject.party.as_ref()),
                title: list.subject.title.clone(),
                state: list.subject.state.name(),
            },
            total: list.total,
            matches: list.matches.iter().map(MatchBody::from).collect(),
            refused: refused.collect(),
            nearest: list.nearest.as_ref().map(|nearest| NearestBody {
                candidate: MatchBody::from(&nearest.candidate),
                why: nearest.why.clone(),
            }),
        }
    }
}

fn party(party: Option<&(PartyId, String)>) -> Option<PartyBody> {
    party.map(|(id, name)| PartyBody { id: id.to_string(), name: name.clone() })
}

impl From<&Match> for MatchBody {
    fn from(found: &Match) -> Self {
        Self {
            rank: found.rank,
            id: found.id.to_string(),
            party: party(found.party.as_ref()),
            title: found.title.clone(),
            score: Hundredths(found.score.0),
            mutual: MutualBody {
                score: Hundredths(found.mutual.0),
                rank_back: found.rank_back,
                best: found.rank == 1 && found.rank_back == Some(1),
            },
            fit: match found.fit {
                Fit::Good => "good",
                Fit::Weak => "weak",
            },
            served: found.served,
            // What weighs nothing on this side is no part of the score.
            contributions: found.contributions.iter().filter(|c| c.weight > 0).map(ContributionBody::from).collect(),
            evidence: EvidenceBody {
                terms: found.evidence.terms.clone(),
                path: found.evidence.path.clone(),
                specs: found.evidence.specs.clone(),
            },
            rules: found.rules.iter().map(RuleBody::from).collect(),
        }
    }
}

impl From<&Contribution> for ContributionBody {
    fn from(contribution: &Contribution) -> Self {
        Self {
            feature: contribution.feature.clone(),
            label: contribution.label.clone(),
            value: contribution.value.map(|share| f64::from(share.ten_thousandths()) / 10_000.0),
            weight: Hundredths(contribution.weight),
            points: Hundredths(contribution.points),
            reason: contribution.reason.clone(),
        }
    }
}

impl From<&RuleOutcome> for RuleBody {
    fn from(outcome: &RuleOutcome) -> Self {
        Self {
            rule: outcome.rule.clone(),
            label: outcome.label.clone(),
            verdict: outcome.verdict.name(),
            detail: outcome.detail.clone(),
        }
    }
}
