//! The supply chains: what is made of what, who supplies whom, and the rates that offices report. Facts in, answers out:
//! no files, no clock, no records; a graph never changes, and the same facts in any order give the same answers.

mod breaks;
mod concentration;
mod coverage;
mod critical;
mod fraction;
mod gaps;
mod gather;
mod graph;
#[cfg(test)]
mod laws;
mod leader;
mod market;
mod missing;
mod model;
mod names;
mod neighbours;
mod overview;
mod places;
mod problem;
mod rate;
mod repair;
#[cfg(test)]
mod sample;
mod scope;
mod sourcing;
mod spend;
mod suppliers;
mod support;
mod tally;
mod web;
mod wording;

pub use breaks::{Break, breaks};
pub use concentration::{Bounds, Concentration, Purchases, concentration};
pub use coverage::{
    CAPACITY_COVERAGE, LINK_COVERAGE, Requirement, capacity_coverage, covered, link_coverage, requirements,
};
pub use critical::{
    Critical, Question, SINGLE_SHARE_PERCENT, SinglePoint, critical, critical_places, single_points, without,
};
pub use fraction::Fraction;
pub use gaps::{LinkReport, LinkState, Weakness, link_reports};
pub use graph::{Graph, ProductId};
pub use leader::{
    Direction, LOCAL_PURCHASES, Series, local_purchase_series, local_purchases, local_purchases_by_link, purchases_told,
};
pub use market::{ChainId, ChainNode, FirmId, FirmNode, Flow, LinkId, LinkNode, Market, Offer};
pub use missing::{Missing, SETS_MAX, ends, missing};
pub use model::{
    Capability, Certificate, Chain, Evidence, Facts, Finding, Firm, Input, Leader, LeaderRole, Level, Link, LinkName,
    Position, Product, Quantity, Risk, Site, Span, Supply, Survey, Title,
};
pub use neighbours::{KIND_LEVELS_MAX, Neighbour, Path, Reach, Relation, Step, neighbours};
pub use overview::{Ask, chain_rates, links_of_firm};
pub use places::{Mention, NEAREST_MAX, Placed, Placement, Places, Reason};
pub use problem::{Problem, ProblemKind};
pub use rate::{Area, Basis, Formula, Member, Note, Rate, Unit, Value, Verdict};
pub use repair::{Candidate, Extension, Repair, Substitute, extensions, repair, substitutes};
pub use scope::{RECENT_MONTHS, SURVEY_YEARS, Scope, Whereabouts};
pub use sourcing::{KNOWN_SPEND_PERCENT_MIN, SUPPLIER_COVERAGE, VALUE_COVERAGE, supplier_coverage, value_coverage};
pub use spend::{Bought, bought, is_of_period, last_year, year};
pub use suppliers::{Groups, Proof, Supplier, groups, suppliers};
pub use support::{Depth, Nesting, SUPPORT, SUPPORT_BY_REVENUE, SUPPORT_INTENSITY, Support, holders, support, target};
pub use web::{Purchase, Removed, Web};
pub use wording::{Goal, Reading, read_goal};

pub use crate::definition::Tier;
