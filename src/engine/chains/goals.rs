//! What the plan wants of the firms of a tier, beside what they have.

use std::collections::BTreeMap;

use crate::chain::{FirmId, Fraction, Goal, Nesting, Reading, Scope, holders, read_goal};
use crate::definition::{GoalReading, GoalUnit, PlanGoal, Tier};
use crate::engine::chains::book::ChainBook;
use crate::engine::chains::cells;

/// A goal of the plan beside what firms have.
#[derive(Debug, Clone, PartialEq)]
pub struct GoalAnswer {
    /// The goal.
    pub goal: PlanGoal,
    /// Whether holders of higher titles are among the firms.
    pub nesting: Nesting,
    /// The year of the values: the last one of which at least half as many firms told as of any other; absent where none
    /// did.
    pub year: Option<i16>,
    /// What the firms' indicators say to it.
    pub reading: Reading,
    /// The firms, by identifier.
    pub members: Vec<GoalMember>,
}

/// A firm with what it has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoalMember {
    /// `P12`.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it has; absent where that is not known.
    pub value: Option<Fraction>,
    /// Why it is not known; empty where it is.
    pub reason: String,
}

impl ChainBook<'_> {
    /// Reads the goals of all tiers, or of one.
    pub(super) fn goals(&self, scope: &Scope<'_>, tier: Option<Tier>, nesting: Nesting) -> Vec<GoalAnswer> {
        let goals = self.definition.goals.iter().filter(|goal| tier.is_none_or(|tier| tier == goal.tier));
        goals.filter_map(|goal| self.goal(scope, goal, nesting)).collect()
    }

    fn goal(&self, scope: &Scope<'_>, goal: &PlanGoal, nesting: Nesting) -> Option<GoalAnswer> {
        let firms = holders(&self.market, scope, goal.tier, nesting);
        let years = |firm: &FirmId| self.market.firm(*firm).firm.indicators.get(&goal.indicator);
        let year = told_year(firms.iter().filter_map(|(firm, _)| years(firm)).flat_map(|told| told.keys().copied()));
        let members: Vec<GoalMember> =
            firms.into_iter().map(|(firm, is_sure)| self.goal_member(goal, firm, is_sure, year)).collect();
        let values: Vec<Option<Fraction>> = members.iter().map(|member| member.value).collect();
        let mark = cells::fraction(goal.value)?;
        let asked = match goal.reading {
            GoalReading::Widely => Goal::Widely(mark),
            GoalReading::Average => Goal::Average(mark),
            GoalReading::All => Goal::All(mark),
            GoalReading::About => Goal::About(mark),
        };
        Some(GoalAnswer { goal: goal.clone(), nesting, year, reading: read_goal(asked, &values), members })
    }

    /// Tells what a firm has in the year. Of one that may not be of the tier, nothing is known; nor is of one that told
    /// another year only, or what cannot be.
    fn goal_member(&self, goal: &PlanGoal, firm: FirmId, is_sure: bool, year: Option<i16>) -> GoalMember {
        let firm = &self.market.firm(firm).firm;
        let told = firm.indicators.get(&goal.indicator);
        let last = told.and_then(|told| told.keys().next_back().copied());
        let of_year = told.zip(year).and_then(|(told, year)| told.get(&year).copied());
        let most = goal.most.and_then(cells::fraction);
        let (value, reason) = match (is_sure, of_year, last) {
            (false, ..) => (None, "称号或所在地区不明".to_owned()),
            (_, Some(Some(value)), _) if most.is_some_and(|most| value > most) => {
                (None, format!("写的是 {}，不会有这么多", plain(goal, value)))
            }
            (_, Some(Some(value)), _) => (Some(value), String::new()),
            (_, Some(None), _) => (None, unread(goal).to_owned()),
            (_, None, Some(last)) => (None, format!("最近的是 {last} 年的")),
            (_, None, None) => (None, "没有这项指标".to_owned()),
        };
        GoalMember { id: firm.id.to_string(), name: firm.name.clone(), value, reason }
    }
}

/// Says why a value is not taken.
fn unread(goal: &PlanGoal) -> &'static str {
    match goal.unit {
        GoalUnit::Percent => "数值或单位读不懂，或不知是百分数还是比例",
        GoalUnit::Count => "数值不是不小于 0 的整数，或单位不是个数",
    }
}

/// Chooses the last year that is told at least half as often as any other, so that a few early ones do not leave out all
/// that have told no more than the year before.
fn told_year(told: impl Iterator<Item = i16>) -> Option<i16> {
    let mut by_year: BTreeMap<i16, usize> = BTreeMap::new();
    for year in told {
        *by_year.entry(year).or_default() += 1;
    }
    let most = by_year.values().max()?;
    by_year.iter().rev().find(|(_, n)| **n * 2 >= *most).map(|(year, _)| *year)
}

/// Writes a value of an indicator that a goal asks for.
fn plain(goal: &PlanGoal, value: Fraction) -> String {
    match goal.unit {
        GoalUnit::Percent => value.percent(),
        GoalUnit::Count => format!("{:.1}", value.to_f64()),
    }
}

impl GoalAnswer {
    /// Returns the mark.
    pub fn mark(&self) -> Option<Fraction> {
        cells::fraction(self.goal.value)
    }

    /// Says whether the value is a share of firms, and not a mean of what they have.
    pub fn is_share(&self) -> bool {
        matches!(self.goal.reading, GoalReading::Widely | GoalReading::All)
    }

    /// Says what is divided by what.
    pub fn words(&self) -> &'static str {
        match self.goal.reading {
            GoalReading::Widely | GoalReading::All => "指标达到目标的企业数 ÷ 有数据的企业数",
            GoalReading::Average | GoalReading::About => "有数据的企业的指标之和 ÷ 有数据的企业数",
        }
    }

    /// Names the firms.
    pub fn firms(&self) -> String {
        let nested = match (self.goal.tier, self.nesting) {
            (Tier::LittleGiant, _) => "",
            (_, Nesting::Inclusive) => "（含更高梯度）",
            (_, Nesting::Exclusive) => "（不含更高梯度）",
        };
        format!("{}{nested}", self.goal.tier.label())
    }
}
