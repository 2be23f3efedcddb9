//! Rates, with all that must be told along with them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::chain::{Area, Fraction, Member, Rate, Unit, Verdict};
use crate::engine::{ChainRates, LeaderConcentration};
use crate::model::PartyId;
use crate::wire::Decimal;

/// `{"as_of", "rates", "concentrations", "withheld"}`; `withheld` names rates that the viewer may not see, if there are any.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RatesBody {
    as_of: String,
    rates: Vec<RateBody>,
    concentrations: Vec<ConcentrationBody>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    withheld: Vec<&'static str>,
}

/// How concentrated a leader's purchases are; shares and indexes are fractions of 1.
#[derive(Debug, Serialize, JsonSchema)]
struct ConcentrationBody {
    chain: String,
    leader: SubjectBody,
    period: PeriodBody,
    suppliers: usize,
    hhi: Option<BoundsBody>,
    top_five: Option<RangeBody>,
    effective_suppliers: Option<f64>,
    hhi_at_least: Option<f64>,
    largest: Vec<GroupBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct PeriodBody {
    from: Option<String>,
    until: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct BoundsBody {
    low: f64,
    high: f64,
    high_if_known: f64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct RangeBody {
    low: f64,
    high: f64,
}

#[derive(Debug, Serialize, JsonSchema)]
struct GroupBody {
    controller: String,
    amount: Decimal,
}

/// One rate; amounts are counts, weights of links, or ten thousands of yuan, as `unit` says.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RateBody {
    rate: &'static str,
    label: &'static str,
    formula: FormulaBody,
    subject: SubjectBody,
    value: Option<ValueBody>,
    numerator: Decimal,
    denominator: Decimal,
    unknown: Decimal,
    unit: &'static str,
    target: Option<f64>,
    as_of: String,
    region: AreaBody,
    evidence: Option<String>,
    parameters: BTreeMap<&'static str, String>,
    notes: Vec<NoteBody>,
    members: Vec<MemberBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct FormulaBody {
    id: String,
    words: &'static str,
}

#[derive(Debug, Serialize, JsonSchema)]
struct SubjectBody {
    id: String,
    name: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct ValueBody {
    low: f64,
    point: Option<f64>,
    high: f64,
}

/// A place, or several that count as one.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AreaBody {
    name: String,
    codes: Vec<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct NoteBody {
    code: &'static str,
    message: String,
}

#[derive(Debug, Serialize, JsonSchema)]
struct MemberBody {
    id: String,
    name: String,
    verdict: &'static str,
    amount: Decimal,
    reason: String,
}

impl RatesBody {
    /// Builds the answer; `as_of` is the day of the request.
    pub fn new(as_of: jiff::civil::Date, answer: &ChainRates) -> Self {
        Self {
            as_of: as_of.to_string(),
            rates: answer.rates.iter().map(RateBody::from).collect(),
            concentrations: answer.concentrations.iter().map(ConcentrationBody::from).collect(),
            withheld: answer.withheld.clone(),
        }
    }
}

impl From<&LeaderConcentration> for ConcentrationBody {
    fn from(found: &LeaderConcentration) -> Self {
        let numbers = &found.numbers;
        let group = |(controller, fen): &(PartyId, i128)| GroupBody {
            controller: controller.to_string(),
            amount: amount(*fen, Unit::Fen),
        };
        Self {
            chain: found.chain.clone(),
            leader: SubjectBody { id: found.leader.to_string(), name: found.name.clone() },
            period: PeriodBody {
                from: found.period.from.map(|day| day.to_string()),
                until: found.period.until.map(|day| day.to_string()),
            },
            suppliers: numbers.n_suppliers,
            hhi: numbers.index.map(|bounds| BoundsBody {
                low: bounds.low.to_f64(),
                high: bounds.high.to_f64(),
                high_if_known: bounds.high_if_known.to_f64(),
            }),
            top_five: numbers.top_five.map(|(low, high)| RangeBody { low: low.to_f64(), high: high.to_f64() }),
            effective_suppliers: numbers.effective_suppliers.map(Fraction::to_f64),
            hhi_at_least: numbers.floor.map(Fraction::to_f64),
            largest: numbers.largest.iter().map(group).collect(),
        }
    }
}

/// Gives an amount of a rate in the unit of answers: money in ten thousands of yuan.
pub fn amount(amount: i128, unit: Unit) -> Decimal {
    match unit {
        Unit::Count => Decimal::new(amount, 0),
        Unit::Weight => Decimal::new(amount, 3),
        Unit::PartialWeight => Decimal::new(amount, 9),
        Unit::Fen => Decimal::new(amount, 6),
    }
}

/// Says how a verdict is called in answers.
pub fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Yes => "yes",
        Verdict::No => "no",
        Verdict::Unknown => "unknown",
    }
}

impl From<&Rate> for RateBody {
    fn from(rate: &Rate) -> Self {
        let unit = rate.formula.unit;
        let member = |member: &Member| MemberBody {
            id: member.id.clone(),
            name: member.label.clone(),
            verdict: verdict_name(member.verdict),
            amount: amount(member.amount, unit),
            reason: member.reason.clone(),
        };
        let notes = rate.notes.iter().map(|note| NoteBody { code: note.code, message: note.words.clone() });
        Self {
            rate: rate.formula.name,
            label: rate.formula.label,
            formula: FormulaBody {
                id: format!("{}/{}", rate.formula.name, rate.formula.version),
                words: rate.formula.words,
            },
            subject: SubjectBody { id: rate.subject.clone(), name: rate.label.clone() },
            value: rate.value.map(|value| ValueBody {
                low: value.low.to_f64(),
                point: value.point.map(Fraction::to_f64),
                high: value.high.to_f64(),
            }),
            numerator: amount(rate.numerator, unit),
            denominator: amount(rate.denominator, unit),
            unknown: amount(rate.unknown, unit),
            unit: match unit {
                Unit::Count => "count",
                Unit::Weight | Unit::PartialWeight => "weight",
                Unit::Fen => "wan_yuan",
            },
            target: rate.target.map(Fraction::to_f64),
            as_of: rate.as_of.to_string(),
            region: AreaBody::from(&rate.region),
            evidence: rate.evidence.map(|evidence| format!("{evidence:?}")),
            parameters: rate.parameters.iter().cloned().collect(),
            notes: notes.collect(),
            members: rate.members.iter().map(member).collect(),
        }
    }
}

impl From<&Area> for AreaBody {
    fn from(area: &Area) -> Self {
        Self { name: area.label.clone(), codes: area.codes.clone() }
    }
}
