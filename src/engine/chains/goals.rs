//! What the plan wants of the firms of a tier, beside what they have.

use crate::chain::{Fraction, Goal, Reading, Scope, holders, read_goal};
use crate::definition::{GoalReading, PlanGoal, Tier};
use crate::engine::chains::book::ChainBook;
use crate::engine::chains::cells;

/// A goal of the plan beside what firms have.
#[derive(Debug, Clone, PartialEq)]
pub struct GoalAnswer {
    /// The goal.
    pub goal: PlanGoal,
    /// What the firms' indicators say to it.
    pub reading: Reading,
}

impl ChainBook<'_> {
    /// Reads the goals of all tiers, or of one.
    pub(super) fn goals(&self, scope: &Scope<'_>, tier: Option<Tier>) -> Vec<GoalAnswer> {
        let goals = self.definition.goals.iter().filter(|goal| tier.is_none_or(|tier| tier == goal.tier));
        goals.filter_map(|goal| self.goal(scope, goal)).collect()
    }

    fn goal(&self, scope: &Scope<'_>, goal: &PlanGoal) -> Option<GoalAnswer> {
        let market = &self.market;
        // Of a firm that may not be of the tier, nothing is known.
        let value = |(firm, is_sure)| {
            let told = &market.firm(firm).firm.indicators;
            Some(()).filter(|()| is_sure).and_then(|()| told.get(&goal.indicator).copied())
        };
        let values: Vec<Option<Fraction>> = holders(market, scope, goal.tier).into_iter().map(value).collect();
        let mark = cells::fraction(goal.value)?;
        let asked = match goal.reading {
            GoalReading::Widely => Goal::Widely(mark),
            GoalReading::Average => Goal::Average(mark),
            GoalReading::All => Goal::All(mark),
            GoalReading::About => Goal::About(mark),
        };
        Some(GoalAnswer { goal: goal.clone(), reading: read_goal(asked, &values) })
    }
}
