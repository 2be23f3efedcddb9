//! Rates, with all that must be told along with them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::chain::{Area, Direction, Evidence, Fraction, LinkId, Member, Rate, Unit, Verdict};
use crate::engine::{ChainBook, ChainRates, GoalAnswer, GoalMember, LeaderConcentration, LeaderPurchases};
use crate::model::PartyId;
use crate::wire::Decimal;

/// `{"as_of", "rates", "purchases", "concentrations", "goals", "withheld"}`; `withheld` names what the viewer may not see,
/// if there is any.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RatesBody {
    as_of: String,
    rates: Vec<RateBody>,
    purchases: Vec<PurchasesBody>,
    concentrations: Vec<ConcentrationBody>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    goals: Vec<GoalBody>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    withheld: Vec<&'static str>,
}

/// A leader's local purchases by year, oldest first, and by link in the last year.
#[derive(Debug, Serialize, JsonSchema)]
struct PurchasesBody {
    chain: String,
    leader: SubjectBody,
    direction: Option<&'static str>,
    years: Vec<YearBody>,
    links: Vec<LinkBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct YearBody {
    year: i16,
    rate: RateBody,
}

#[derive(Debug, Serialize, JsonSchema)]
struct LinkBody {
    code: String,
    title: String,
    rate: RateBody,
}

/// A goal of the plan beside what firms have; percentages are fractions of 1.
#[derive(Debug, Serialize, JsonSchema)]
struct GoalBody {
    goal: String,
    label: String,
    tier: &'static str,
    nesting: &'static str,
    indicator: String,
    reading: &'static str,
    unit: &'static str,
    mark: f64,
    formula: FormulaBody,
    as_of: String,
    region: AreaBody,
    year: Option<i16>,
    value: Option<GoalValueBody>,
    numerator: Option<f64>,
    denominator: usize,
    unknown: usize,
    reached: Option<bool>,
    ratio: Option<f64>,
    spread: Option<[f64; 5]>,
    members: Vec<GoalMemberBody>,
}

/// A mean of which a part is not known has no upper end.
#[derive(Debug, Serialize, JsonSchema)]
struct GoalValueBody {
    low: Option<f64>,
    point: Option<f64>,
    high: Option<f64>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct GoalMemberBody {
    id: String,
    name: String,
    value: Option<f64>,
    reached: Option<bool>,
    reason: String,
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
    target_reached: Option<bool>,
    as_of: String,
    region: AreaBody,
    local_by: &'static str,
    evidence: Option<&'static str>,
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
    /// Builds the answer of a book.
    pub fn new(book: &ChainBook<'_>, answer: &ChainRates) -> Self {
        Self {
            as_of: book.as_of.to_string(),
            rates: answer.rates.iter().map(RateBody::from).collect(),
            purchases: answer.purchases.iter().map(|found| PurchasesBody::new(book, found)).collect(),
            concentrations: answer.concentrations.iter().map(ConcentrationBody::from).collect(),
            goals: answer.goals.iter().map(|goal| GoalBody::new(book, &answer.area, goal)).collect(),
            withheld: answer.withheld.clone(),
        }
    }
}

impl PurchasesBody {
    fn new(book: &ChainBook<'_>, found: &LeaderPurchases) -> Self {
        let year = |(year, rate): &(i16, Rate)| YearBody { year: *year, rate: RateBody::from(rate) };
        let link = |(id, rate): &(LinkId, Rate)| {
            let link = &book.market.link(*id).link;
            LinkBody { code: link.code.clone(), title: link.title.clone(), rate: RateBody::from(rate) }
        };
        Self {
            chain: found.chain.clone(),
            leader: SubjectBody { id: found.leader.to_string(), name: found.name.clone() },
            direction: found.direction.map(Direction::name),
            years: found.years.iter().map(year).collect(),
            links: found.links.iter().map(link).collect(),
        }
    }
}

impl GoalBody {
    fn new(book: &ChainBook<'_>, area: &Area, answer: &GoalAnswer) -> Self {
        let (goal, reading) = (&answer.goal, &answer.reading);
        let plain = |fraction: Option<Fraction>| fraction.map(Fraction::to_f64);
        let mark = answer.mark();
        let member = |member: &GoalMember| GoalMemberBody {
            id: member.id.clone(),
            name: member.name.clone(),
            value: plain(member.value),
            reached: member.value.zip(mark).map(|(value, mark)| value >= mark),
            reason: member.reason.clone(),
        };
        Self {
            goal: goal.name.clone(),
            label: goal.label.clone(),
            tier: goal.tier.name(),
            nesting: answer.nesting.name(),
            indicator: goal.indicator.clone(),
            reading: goal.reading.name(),
            unit: goal.unit.name(),
            mark: goal.value,
            formula: FormulaBody { id: format!("goal_{}/1", goal.reading.name()), words: answer.words() },
            as_of: book.as_of.to_string(),
            region: AreaBody::from(area),
            year: answer.year,
            value: reading.low.map(|_| GoalValueBody {
                low: plain(reading.low),
                point: plain(reading.value),
                high: plain(reading.high),
            }),
            numerator: plain(reading.numerator),
            denominator: reading.n_known,
            unknown: reading.n_missing,
            reached: reading.is_reached,
            ratio: plain(reading.ratio),
            spread: reading.spread.map(|spread| spread.map(Fraction::to_f64)),
            members: answer.members.iter().map(member).collect(),
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
            target_reached: rate.is_reached(),
            as_of: rate.as_of.to_string(),
            region: AreaBody::from(&rate.region),
            local_by: rate.basis.name(),
            evidence: rate.evidence.map(Evidence::name),
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
