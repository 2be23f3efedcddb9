//! Lanes: which demands meet which supplies, under which hard rules, with which features and weights.

use std::collections::{BTreeMap, BTreeSet};

use crate::definition::certificates::Tier;
use crate::definition::file::LaneFile;
use crate::definition::kinds::{Kind, Role, Visibility};
use crate::model::{Score, Share};

/// A hard rule of a lane: a name in the table of rules, and the columns that it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneRule {
    /// The rule's name in the table of rules.
    pub rule: String,
    /// The Chinese label.
    pub label: String,
    /// Columns of the demand.
    pub demand: Vec<String>,
    /// Columns of the supply.
    pub supply: Vec<String>,
}

/// A feature of a lane: a name in the table of features, its weight, and the columns that it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneFeature {
    /// The feature's name in the table of features.
    pub feature: String,
    /// The Chinese label.
    pub label: String,
    /// The weight; a lane's weights add up to 100.
    pub weight: u32,
    /// What stands in for an unknown value.
    pub neutral: Share,
    /// Columns of the demand.
    pub demand: Vec<String>,
    /// Columns of the supply.
    pub supply: Vec<String>,
}

/// One lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lane {
    /// The English name.
    pub name: String,
    /// The Chinese label.
    pub label: String,
    /// The kind on the demand side.
    pub demand: String,
    /// The kinds on the supply side.
    pub supply: Vec<String>,
    /// The tiers that the lane serves first.
    pub serves: Vec<Tier>,
    /// The side whose parties the lane serves: [`Role::Demand`] or [`Role::Supply`].
    pub served_side: Role,
    /// The score below which nothing is shown.
    pub floor: Score,
    /// The score from which a match is good.
    pub good: Score,
    /// How many candidates the text source may give.
    pub candidates: usize,
    /// The hard rules, in the order in which they are checked and shown.
    pub rules: Vec<LaneRule>,
    /// The features, in the order in which they are shown.
    pub features: Vec<LaneFeature>,
}

/// The most candidates that a lane may declare; each is scored in full.
const CANDIDATES_MAX: usize = 10_000;

impl Lane {
    /// Validates a declared lane against the kinds; on failure returns what is wrong, in Chinese.
    pub(super) fn build(file: LaneFile, kinds: &BTreeMap<String, Kind>) -> Result<Self, String> {
        check_side(std::slice::from_ref(&file.demand), Role::Demand, kinds)?;
        check_side(&file.supply, Role::Supply, kinds)?;
        let rules = file.rule.into_iter().map(|r| LaneRule {
            rule: r.rule,
            label: r.label,
            demand: r.demand,
            supply: r.supply,
        });
        let rules: Vec<LaneRule> = rules.collect();
        let mut features = Vec::new();
        for f in file.feature {
            let neutral = hundredths(f.neutral * 100.0)
                .ok_or_else(|| format!("评分项 {} 的 neutral 应在 0 与 1 之间", f.feature))?;
            features.push(LaneFeature {
                feature: f.feature,
                label: f.label,
                weight: f.weight,
                neutral: Share::from_ten_thousandths(u64::from(neutral.0)),
                demand: f.demand,
                supply: f.supply,
            });
        }
        check_features(&features)?;
        let demands = std::slice::from_ref(&file.demand);
        for (name, on_demand, on_supply) in rules
            .iter()
            .map(|r| (&r.rule, &r.demand, &r.supply))
            .chain(features.iter().map(|f| (&f.feature, &f.demand, &f.supply)))
        {
            check_columns(name, on_demand, demands, kinds)?;
            check_columns(name, on_supply, &file.supply, kinds)?;
        }
        for feature in &features {
            check_public(&feature.feature, &feature.demand, demands, kinds)?;
            check_public(&feature.feature, &feature.supply, &file.supply, kinds)?;
        }
        if !features.iter().any(|feature| feature.feature == "text") {
            return Err("须有评分项 text：候选由它的词得到".to_owned());
        }
        let rule_names: BTreeSet<&str> = rules.iter().map(|rule| rule.rule.as_str()).collect();
        if rule_names.len() != rules.len() {
            return Err("硬性条件重复".to_owned());
        }
        let serves: Option<Vec<Tier>> = file.serves.iter().map(|name| Tier::parse(name)).collect();
        let served_side = match file.served_side.as_str() {
            "demand" => Role::Demand,
            "supply" => Role::Supply,
            other => return Err(format!("served_side 是“{other}”，应为 demand 或 supply")),
        };
        if file.candidates == 0 || file.candidates > CANDIDATES_MAX {
            return Err(format!("candidates 应在 1 与 {CANDIDATES_MAX} 之间"));
        }
        Ok(Self {
            name: file.lane,
            label: file.label,
            demand: file.demand,
            supply: file.supply,
            serves: serves.ok_or("serves 中有未知的 tier")?,
            served_side,
            floor: hundredths(file.floor).ok_or("floor 应在 0 与 100 之间")?,
            good: hundredths(file.good).ok_or("good 应在 0 与 100 之间")?,
            candidates: file.candidates,
            rules,
            features,
        })
    }
}

/// Turns points 0..=100 into hundredths.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to lie in 0..=10000")]
fn hundredths(points: f64) -> Option<Score> {
    (0.0..=100.0).contains(&points).then(|| Score((points * 100.0).round() as u16))
}

fn check_side(names: &[String], role: Role, kinds: &BTreeMap<String, Kind>) -> Result<(), String> {
    if names.is_empty() {
        return Err("两侧都要有类别".to_owned());
    }
    match names.iter().find(|name| kinds.get(*name).is_none_or(|kind| kind.role != role)) {
        Some(name) => Err(format!("“{name}”不是可用在这一侧的类别")),
        None => Ok(()),
    }
}

fn check_columns(
    user: &str,
    columns: &[String],
    names: &[String],
    kinds: &BTreeMap<String, Kind>,
) -> Result<(), String> {
    let known = |column: &String| names.iter().any(|n| kinds.get(n).is_some_and(|kind| kind.column(column).is_some()));
    match columns.iter().find(|column| !known(column)) {
        Some(column) => Err(format!("{user} 读取的列 {column} 不存在")),
        None => Ok(()),
    }
}

/// Features read public columns only, since their reasons show what they read.
fn check_public(
    user: &str,
    columns: &[String],
    names: &[String],
    kinds: &BTreeMap<String, Kind>,
) -> Result<(), String> {
    let is_hidden = |column: &&String| {
        let declared = names.iter().filter_map(|name| kinds.get(name)?.column(column));
        declared.into_iter().any(|declared| declared.visibility != Visibility::Public)
    };
    match columns.iter().find(is_hidden) {
        Some(column) => Err(format!("评分项 {user} 不得读取不公开的列 {column}")),
        None => Ok(()),
    }
}

fn check_features(features: &[LaneFeature]) -> Result<(), String> {
    let names: BTreeSet<&str> = features.iter().map(|f| f.feature.as_str()).collect();
    if names.len() != features.len() {
        return Err("评分项重复".to_owned());
    }
    match features.iter().map(|f| u64::from(f.weight)).sum::<u64>() {
        100 => Ok(()),
        sum => Err(format!("权重之和是 {sum}，应为 100")),
    }
}
