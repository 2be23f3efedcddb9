//! The goals that a plan sets the firms of a tier, and how its words are to be read.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::definition::certificates::Tier;
use crate::definition::kinds::Kind;

/// `index/goals.toml`: the goals of a plan.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GoalsFile {
    /// The version of the file shape; only "1" is known.
    pub version: String,
    /// The goals; none where the list is empty.
    #[serde(default)]
    pub goal: Vec<GoalFile>,
}

/// One goal as it is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GoalFile {
    name: String,
    label: String,
    tier: String,
    indicator: String,
    reading: GoalReading,
    value: f64,
    unit: GoalUnit,
    most: Option<f64>,
}

/// What a plan's words are as a statistic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoalReading {
    /// `普遍达到 X`: the share of firms that reach it.
    Widely,
    /// `平均 X`: the mean.
    Average,
    /// `全覆盖`: all firms reach it.
    All,
    /// `X 左右`: the mean beside it, and no verdict.
    About,
}

impl GoalReading {
    /// Returns the stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Widely => "widely",
            Self::Average => "average",
            Self::All => "all",
            Self::About => "about",
        }
    }
}

/// In what a goal's value is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GoalUnit {
    /// Hundredths.
    Percent,
    /// As it is.
    Count,
}

impl GoalUnit {
    /// Returns the stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Percent => "percent",
            Self::Count => "count",
        }
    }
}

/// A goal of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct PlanGoal {
    /// The English name.
    pub name: String,
    /// The plan's words.
    pub label: String,
    /// Whose firms.
    pub tier: Tier,
    /// The declared name of the indicator.
    pub indicator: String,
    /// How the words are read.
    pub reading: GoalReading,
    /// The mark; percentages as fractions of 1.
    pub value: f64,
    /// In what it is told.
    pub unit: GoalUnit,
    /// What the indicator cannot exceed, if it has an end; percentages as fractions of 1.
    pub most: Option<f64>,
}

/// Reads the goals; unknown tiers, indicators and values, and names that are told twice, are refused.
pub(super) fn read(file: GoalsFile, indicator: Option<&Kind>) -> Result<Vec<PlanGoal>, String> {
    let known: BTreeSet<&str> = indicator
        .and_then(|kind| kind.column("name"))
        .map(|column| column.options.iter().map(|option| option.name.as_str()).collect())
        .unwrap_or_default();
    let mut names = BTreeSet::new();
    let mut goals = Vec::with_capacity(file.goal.len());
    for goal in file.goal {
        if !names.insert(goal.name.clone()) {
            return Err(format!("“{}”写了两次", goal.name));
        }
        let tier = Tier::parse(&goal.tier).ok_or_else(|| format!("没有“{}”这个梯度", goal.tier))?;
        if !known.contains(goal.indicator.as_str()) {
            return Err(format!("没有“{}”这个指标", goal.indicator));
        }
        if !(goal.value > 0.0 && goal.value < 1e9) {
            return Err(format!("“{}”的 value 应是大于 0 的数", goal.name));
        }
        if goal.most.is_some_and(|most| !(most >= goal.value && most < 1e9)) {
            return Err(format!("“{}”的 most 不应小于 value", goal.name));
        }
        let plain = |value: f64| if goal.unit == GoalUnit::Percent { value / 100.0 } else { value };
        let (value, most) = (plain(goal.value), goal.most.map(plain));
        let GoalFile { name, label, indicator, reading, unit, .. } = goal;
        goals.push(PlanGoal { name, label, tier, indicator, reading, value, unit, most });
    }
    Ok(goals)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;

    #[test]
    fn goals_name_tiers_and_indicators_that_are_there() {
        let definition = Definition::compiled().expect("valid");
        assert!(definition.goals.iter().any(|goal| goal.reading == GoalReading::Average && goal.value > 14.0));
        let goal = |tier: &str, indicator: &str, value: f64| GoalFile {
            name: "g".to_owned(),
            label: "g".to_owned(),
            tier: tier.to_owned(),
            indicator: indicator.to_owned(),
            reading: GoalReading::About,
            value,
            unit: GoalUnit::Percent,
            most: None,
        };
        let read = |goal: Vec<GoalFile>| {
            super::read(GoalsFile { version: "1".to_owned(), goal }, definition.kind("indicator"))
        };
        let good = goal("specialised", "rnd_share", 50.0);
        assert_eq!(read(vec![good.clone()]).expect("valid")[0].value.to_bits(), 0.5_f64.to_bits());
        for bad in [goal("no", "rnd_share", 5.0), goal("specialised", "no", 5.0), goal("specialised", "rnd_share", 0.0)]
        {
            assert!(read(vec![bad.clone()]).is_err(), "{bad:?}");
        }
        assert!(read(vec![GoalFile { most: Some(40.0), ..good.clone() }]).is_err());
        assert!(read(vec![good.clone(), good]).is_err());
    }
}
