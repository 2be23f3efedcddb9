//! Lanes: which demands meet which supplies, under which hard rules, with which features and weights.

use std::collections::{BTreeMap, BTreeSet};

use crate::definition::certificates::Tier;
use serde::{Deserialize, Serialize};

use crate::definition::file::FeatureFile;
use crate::definition::file::LaneFile;
use crate::definition::file::RuleFile;
use crate::definition::kinds::{Kind, Role};
use crate::model::{Score, Share};

/// A hard rule of a lane: a name in the table of rules, and the columns that it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneRule {
    /// The rule's name in the table of rules.
    pub rule: String,
    /// The name in answers, unique in the lane.
    pub name: String,
    /// The Chinese label.
    pub label: String,
    /// The side whose wish it is: [`Role::Demand`] or [`Role::Supply`].
    pub asker: Role,
    /// Columns of the demand.
    pub demand: Vec<String>,
    /// Columns of the supply.
    pub supply: Vec<String>,
    /// Whether the options of choices are declared best first.
    pub best_first: bool,
}

/// A feature of a lane: a name in the table of features, its weight, and the columns that it reads.
#[derive(Debug, Clone, PartialEq)]
pub struct LaneFeature {
    /// The feature's name in the table of features.
    pub feature: String,
    /// The name in answers, unique in the lane.
    pub name: String,
    /// The Chinese label.
    pub label: String,
    /// The weight as the demand sees it, in hundredths of a point: the most points that it can give. A lane's weights add
    /// up to 100 points, but for those of bonuses.
    pub weight: u16,
    /// The weight as the supply sees it, likewise; these add up to 100 points too.
    pub supply_weight: u16,
    /// What stands in for an unknown value.
    pub neutral: Share,
    /// Whether it adds to the others, whose weights make up 100 points without it, and is left out where it is unknown.
    pub bonus: bool,
    /// The side whose wish it is: [`Role::Demand`] or [`Role::Supply`].
    pub asker: Role,
    /// Columns of the demand.
    pub demand: Vec<String>,
    /// Columns of the supply.
    pub supply: Vec<String>,
    /// Whether the options of choices are declared best first.
    pub best_first: bool,
    /// For likeness of texts: the positive length, in characters, of a supply that mentions everything once and is worth 1.
    pub length: u32,
    /// What part of the value counts where the graph knows the product that is asked for and another one is offered.
    pub other_product: Share,
    /// For a choice: whether one of the demand's options is enough.
    pub any: bool,
    /// For a scale: the finite and different numbers that are worth 0 and 1.
    pub scale: Option<(f64, f64)>,
}

impl LaneFeature {
    /// Returns the columns of a side.
    pub fn columns(&self, role: Role) -> &[String] {
        if role == Role::Supply { &self.supply } else { &self.demand }
    }

    /// Returns the text that the feature reads of a kind.
    pub fn text_field(&self, kind: &str, role: Role, kinds: &BTreeMap<String, Kind>) -> TextField {
        TextField::new(kind, role, self.columns(role).iter(), self.length, kinds)
    }
}

/// The text of a kind by which postings become candidates of each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TextField {
    /// The kind.
    pub kind: String,
    /// The side on which it stands.
    pub role: Role,
    /// The columns, the title first.
    pub columns: Vec<String>,
    /// The length, in characters, of a supply that mentions everything once and is worth 1.
    pub length: u32,
}

impl TextField {
    /// Takes the columns that a kind has; demands are weighed without a length.
    pub(super) fn new<'a>(
        kind: &str,
        role: Role,
        columns: impl Iterator<Item = &'a String>,
        length: u32,
        kinds: &BTreeMap<String, Kind>,
    ) -> Self {
        let mut own: Vec<String> = Vec::new();
        for column in columns {
            let is_known = kinds.get(kind).is_some_and(|kind| kind.column(column).is_some());
            if is_known && !own.contains(column) {
                own.push(column.clone());
            }
        }
        let length = if role == Role::Demand { LENGTH } else { length };
        Self { kind: kind.to_owned(), role, columns: own, length }
    }
}

/// How often a lane's directories and meetings are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cadence {
    /// At any time.
    Continuous,
    /// Each quarter.
    Quarterly,
    /// Each half-year.
    HalfYearly,
    /// Each year.
    Yearly,
}

impl Cadence {
    /// Every cadence with its name in `index/` and its Chinese label.
    const NAMES: [(Self, &'static str, &'static str); 4] = [
        (Self::Continuous, "continuous", "常态化"),
        (Self::Quarterly, "quarterly", "每季度"),
        (Self::HalfYearly, "half_yearly", "每半年"),
        (Self::Yearly, "yearly", "每年"),
    ];

    fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, n, _)| *n == name).map(|(cadence, ..)| *cadence)
    }

    /// Returns the Chinese label.
    pub fn label(self) -> &'static str {
        Self::NAMES.iter().find(|(cadence, ..)| *cadence == self).map_or("", |(_, _, label)| label)
    }
}

/// One lane.
#[derive(Debug, Clone, PartialEq)]
pub struct Lane {
    /// The English name.
    pub name: String,
    /// The Chinese label.
    pub label: String,
    /// The place among all lanes where they are listed, from 1.
    pub order: u32,
    /// The kind on the demand side.
    pub demand: String,
    /// The kinds on the supply side.
    pub supply: Vec<String>,
    /// The kinds for which this lane is taken where several serve them and none is named.
    pub default_for: Vec<String>,
    /// The tiers that the lane serves first.
    pub serves: Vec<Tier>,
    /// The side whose parties the lane serves: [`Role::Demand`] or [`Role::Supply`].
    pub served_side: Role,
    /// How often its directories and meetings are due.
    pub cadence: Cadence,
    /// The score below which nothing is shown.
    pub floor: Score,
    /// The score from which a match is good.
    pub good: Score,
    /// How many candidates the text source may give.
    pub candidates: usize,
    /// How many more the graph of products may give.
    pub neighbours: usize,
    /// The hard rules, in the order in which they are checked and shown.
    pub rules: Vec<LaneRule>,
    /// The features, in the order in which they are shown.
    pub features: Vec<LaneFeature>,
}

/// The length, in characters, of a supply where a lane declares none: that of a catalogue's row.
const LENGTH: u32 = 250;
/// The most candidates that a lane may declare; each is scored in full.
const CANDIDATES_MAX: usize = 10_000;

impl Lane {
    /// Validates a declared lane against the kinds; on failure returns what is wrong, in Chinese.
    pub(super) fn build(file: LaneFile, kinds: &BTreeMap<String, Kind>) -> Result<Self, String> {
        check_side(std::slice::from_ref(&file.demand), Role::Demand, kinds)?;
        check_side(&file.supply, Role::Supply, kinds)?;
        let rules = file.rule.into_iter().map(rule).collect::<Result<Vec<LaneRule>, String>>()?;
        let features = file.feature.into_iter().map(feature).collect::<Result<Vec<LaneFeature>, String>>()?;
        check_features(&features)?;
        let demands = std::slice::from_ref(&file.demand);
        for (name, on_demand, on_supply) in rules
            .iter()
            .map(|r| (&r.name, &r.demand, &r.supply))
            .chain(features.iter().map(|f| (&f.name, &f.demand, &f.supply)))
        {
            check_columns(name, on_demand, demands, kinds)?;
            check_columns(name, on_supply, &file.supply, kinds)?;
        }
        if !features.iter().any(|feature| feature.feature == "text") {
            return Err("须有评分项 text：候选由它的词得到".to_owned());
        }
        let rule_names: BTreeSet<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
        if rule_names.len() != rules.len() {
            return Err("硬性条件重复".to_owned());
        }
        if let Some(kind) = file.default_for.iter().find(|kind| **kind != file.demand && !file.supply.contains(kind)) {
            return Err(format!("default_for 中的“{kind}”不是本通道的类别"));
        }
        let serves: Option<Vec<Tier>> = file.serves.iter().map(|name| Tier::parse(name)).collect();
        let served_side = side(&file.served_side).map_err(|reason| format!("served_side {reason}"))?;
        let cadence = Cadence::parse(&file.cadence).ok_or_else(|| format!("cadence 是“{}”，不认识", file.cadence))?;
        if file.good < file.floor {
            return Err("good 不得低于 floor".to_owned());
        }
        if file.candidates == 0 || file.candidates > CANDIDATES_MAX {
            return Err(format!("candidates 应在 1 与 {CANDIDATES_MAX} 之间"));
        }
        if file.neighbours > CANDIDATES_MAX {
            return Err(format!("neighbours 不得超过 {CANDIDATES_MAX}"));
        }
        Ok(Self {
            name: file.lane,
            label: file.label,
            order: file.order,
            demand: file.demand,
            supply: file.supply,
            default_for: file.default_for,
            serves: serves.ok_or("serves 中有未知的 tier")?,
            served_side,
            cadence,
            floor: hundredths(file.floor).ok_or("floor 应在 0 与 100 之间")?,
            good: hundredths(file.good).ok_or("good 应在 0 与 100 之间")?,
            candidates: file.candidates,
            neighbours: file.neighbours,
            rules,
            features,
        })
    }
}

impl Lane {
    /// Returns the kinds on the side of a role.
    pub fn kinds(&self, role: Role) -> &[String] {
        if role == Role::Supply { &self.supply } else { std::slice::from_ref(&self.demand) }
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

fn side(name: &str) -> Result<Role, String> {
    match name {
        "demand" => Ok(Role::Demand),
        "supply" => Ok(Role::Supply),
        other => Err(format!("是“{other}”，应为 demand 或 supply")),
    }
}

fn asker(name: Option<&str>, user: &str) -> Result<Role, String> {
    side(name.unwrap_or("demand")).map_err(|reason| format!("{user} 的 asker {reason}"))
}

fn rule(file: RuleFile) -> Result<LaneRule, String> {
    let name = file.name.unwrap_or_else(|| file.rule.clone());
    Ok(LaneRule {
        asker: asker(file.asker.as_deref(), &name)?,
        name,
        rule: file.rule,
        label: file.label,
        demand: file.demand,
        supply: file.supply,
        best_first: file.best_first,
    })
}

/// Reads a weight as hundredths of a point.
fn weight(points: f64, user: &str) -> Result<u16, String> {
    let weight = hundredths(points).map(|Score(weight)| weight);
    weight.ok_or_else(|| format!("评分项 {user} 的权重应在 0 与 100 之间"))
}

fn feature(file: FeatureFile) -> Result<LaneFeature, String> {
    let name = file.name.unwrap_or_else(|| file.feature.clone());
    let share = |value: f64, key: &str| {
        let share = hundredths(value * 100.0).ok_or_else(|| format!("评分项 {name} 的 {key} 应在 0 与 1 之间"))?;
        Ok::<Share, String>(Share::from_ten_thousandths(u64::from(share.0)))
    };
    let neutral = share(file.neutral, "neutral")?;
    let other_product = file.other_product.map_or(Ok(Share::ONE), |part| share(part, "other_product"))?;
    let own_weight = weight(file.weight, &name)?;
    let supply_weight = file.supply_weight.map_or(Ok(own_weight), |points| weight(points, &name))?;
    let length = file.length.unwrap_or(LENGTH);
    if length == 0 {
        return Err(format!("评分项 {name} 的 length 应为正数"));
    }
    let scale = match (file.worst, file.best) {
        (None, None) => None,
        (Some(worst), Some(best)) if worst.is_finite() && best.is_finite() && worst.total_cmp(&best).is_ne() => {
            Some((worst, best))
        }
        _ => return Err(format!("评分项 {name} 的 worst 与 best 应是两个不同的数")),
    };
    Ok(LaneFeature {
        asker: asker(file.asker.as_deref(), &name)?,
        name,
        feature: file.feature,
        label: file.label,
        weight: own_weight,
        supply_weight,
        neutral,
        bonus: file.bonus,
        demand: file.demand,
        supply: file.supply,
        best_first: file.best_first,
        length,
        other_product,
        any: file.any,
        scale,
    })
}

fn check_features(features: &[LaneFeature]) -> Result<(), String> {
    let names: BTreeSet<&str> = features.iter().map(|f| f.name.as_str()).collect();
    if names.len() != features.len() {
        return Err("评分项重复".to_owned());
    }
    if let Some(bonus) = features.iter().find(|f| f.bonus && f.neutral > Share::ZERO) {
        return Err(format!("评分项 {} 是加分项，未知时不计，neutral 应为 0", bonus.name));
    }
    let is_last = features.iter().skip_while(|f| !f.bonus).all(|f| f.bonus);
    if !is_last {
        return Err("加分项应写在其他评分项之后".to_owned());
    }
    let whole = || features.iter().filter(|f| !f.bonus);
    let sum = |weight: fn(&LaneFeature) -> u16| whole().map(|f| u64::from(weight(f))).sum::<u64>();
    for (what, sum) in [("权重", sum(|f| f.weight)), ("供给方权重", sum(|f| f.supply_weight))] {
        if sum != 10_000 {
            return Err(format!("{what}之和是 {}.{:02}，应为 100", sum / 100, sum % 100));
        }
    }
    Ok(())
}
