//! Rates: exact fractions with all that must be told along with them. Nothing is rounded before it is shown.

use jiff::civil::Date;

use crate::chain::fraction::Fraction;
use crate::chain::model::Evidence;

/// The value of a rate with the bounds between which it lies whatever the unknown members turn out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Value {
    /// As if all unknown members were `no`.
    pub low: Fraction,
    /// Among the known members; absent where none is known.
    pub point: Option<Fraction>,
    /// As if all unknown members were `yes`.
    pub high: Fraction,
}

/// Whether a member counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// It does.
    Yes,
    /// It does not.
    No,
    /// Nobody knows.
    Unknown,
}

/// One of those of which a rate is a rate.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// `P12` for a firm, the code of a link.
    pub id: String,
    /// Its name, for people.
    pub label: String,
    /// Whether it counts.
    pub verdict: Verdict,
    /// How much it counts, in the rate's unit.
    pub amount: i128,
    /// Why, in words for people; empty where the verdict says it all.
    pub reason: String,
}

/// What a rate counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// Whole things.
    Count,
    /// Thousandths of a link's weight.
    Weight,
    /// Billionths of a link's weight, where a link may be met in part.
    PartialWeight,
    /// Fen.
    Fen,
}

impl Unit {
    /// Returns how many of the unit make one thing, one weight or one yuan.
    pub fn per_one(self) -> i128 {
        match self {
            Self::Count => 1,
            Self::Fen => 100,
            Self::Weight => 1_000,
            Self::PartialWeight => 1_000_000_000,
        }
    }
}

/// A definition of a rate: its stable name, the version of its formula, and how it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Formula {
    /// The stable name (`link_coverage`).
    pub name: &'static str,
    /// Rises whenever the same facts give another number.
    pub version: u32,
    /// The name for people.
    pub label: &'static str,
    /// What is divided by what, for people.
    pub words: &'static str,
    /// What is counted.
    pub unit: Unit,
}

/// A rate with all that must be told along with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// The definition.
    pub formula: Formula,
    /// Whose rate it is: a chain's code, a tier, a leader (`P12`).
    pub subject: String,
    /// How the subject is called.
    pub label: String,
    /// The value; absent where there are no members.
    pub value: Option<Value>,
    /// What counts, in the formula's unit.
    pub numerator: i128,
    /// What counts and what does not.
    pub denominator: i128,
    /// What nobody knows.
    pub unknown: i128,
    /// The day on which it holds.
    pub as_of: Date,
    /// What is local, for people and by codes.
    pub region: Area,
    /// By which place it is.
    pub basis: Basis,
    /// How well a supply must be proved to count; absent where catalogues count.
    pub evidence: Option<Evidence>,
    /// What else the value depends on, by name (`k`, `nesting`).
    pub parameters: Vec<(&'static str, String)>,
    /// All members, ascending.
    pub members: Vec<Member>,
    /// What the plan wants, if it wants anything.
    pub target: Option<Fraction>,
    /// What must be told beside the value (`known_spend_below_half`).
    pub notes: Vec<Note>,
}

impl Rate {
    /// Says whether the rate is at least what the plan wants, whatever the unknown members turn out to be; `None` where
    /// nothing is wanted, or they decide it.
    pub fn is_reached(&self) -> Option<bool> {
        let (target, value) = (self.target?, self.value?);
        if value.low >= target { Some(true) } else { (value.high < target).then_some(false) }
    }
}

/// What is local: a province, a city, a county or several of them (a `城市群`). A radius would need coordinates, which
/// no table has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Area {
    /// Its name, for people.
    pub label: String,
    /// The codes of the places that it consists of.
    pub codes: Vec<String>,
}

/// By which place a supply is local.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// Where the product is made.
    Production,
    /// Where the firm is registered.
    Registered,
}

impl Basis {
    /// Returns the stable name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Production => "production",
            Self::Registered => "registered",
        }
    }

    /// Reads a stable name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Production, Self::Registered].into_iter().find(|basis| basis.name() == name)
    }
}

/// What must be told beside a rate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// A stable code.
    pub code: &'static str,
    /// What it says, for people.
    pub words: String,
}
