//! What the chain view is built from: inert facts, as plain as they were told. Nothing here is resolved or judged: names
//! may be unknown, spans may be over, regions may be absent; building a graph reports what does
//! not fit together, and the rates say `unknown` where a fact is missing.
//!
//! A product or link is named by its code, its title or a synonym. Money is in fen (1/100 yuan), without tax. What has a
//! unit is in thousandths of the unit, so that all sums are whole numbers.

use std::collections::BTreeMap;

use jiff::civil::Date;

use crate::chain::fraction::Fraction;
use crate::definition::Tier;
use crate::model::{PartyId, RecordId};

/// Everything that is known of chains and of who supplies whom.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The products of the graph.
    pub products: Vec<Product>,
    /// What products are made of.
    pub inputs: Vec<Input>,
    /// The chains.
    pub chains: Vec<Chain>,
    /// The links of the chains.
    pub links: Vec<Link>,
    /// Who leads which chain.
    pub leaders: Vec<Leader>,
    /// The firms.
    pub firms: Vec<Firm>,
    /// What firms say they can make or sell.
    pub capabilities: Vec<Capability>,
    /// Who supplied whom.
    pub supplies: Vec<Supply>,
    /// Where somebody looked for suppliers of a link.
    pub surveys: Vec<Survey>,
}

/// The days on which something holds, both ends included; a missing end is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first day.
    pub from: Option<Date>,
    /// The last day.
    pub until: Option<Date>,
}

impl Span {
    /// Holds always.
    pub const ALWAYS: Self = Self { from: None, until: None };

    /// Says whether it holds on `day`.
    pub fn holds(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }

    /// Says whether some day belongs to both.
    pub fn meets(&self, other: &Self) -> bool {
        let starts = |one: &Self, two: &Self| one.from.zip(two.until).is_none_or(|(from, until)| from <= until);
        starts(self, other) && starts(other, self)
    }
}

/// A quantity a year, such as a capacity or a demand. Quantities of different units are never compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Quantity {
    /// The amount in thousandths of `unit`; never negative.
    pub thousandths: u64,
    /// The base unit's name (`kg`, `piece`).
    pub unit: String,
}

/// A product: a node of the graph.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Product {
    /// Its name; no two products share one.
    pub title: String,
    /// Its short code, if it has one.
    pub code: Option<String>,
    /// The links that make it.
    pub links: Vec<LinkName>,
    /// Names that mean the same, both ways.
    pub synonyms: Vec<String>,
    /// Names of narrower things; one that is a product's own name makes an edge of the taxonomy.
    pub narrower: Vec<String>,
    /// Names of like things, which do not stand for it.
    pub near: Vec<String>,
    /// Grades and models.
    pub grades: Vec<String>,
    /// Whether it is what a chain makes in the end.
    pub is_final: bool,
}

/// Says that a product is made of another.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Input {
    /// What is made.
    pub product: String,
    /// What it is made of.
    pub input: String,
    /// Inputs of a product with one group are alternatives, of which one is enough.
    pub or_group: Option<String>,
    /// Whether it can also be made without.
    pub is_optional: bool,
    /// When this holds.
    pub span: Span,
}

/// How wide a chain is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// `国家级`
    National,
    /// `省级`
    Province,
    /// `市级`
    City,
    /// `县级`
    County,
}

/// A chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Chain {
    /// Its short code; its title where the table has none. No two chains share one.
    pub code: String,
    /// Its name.
    pub title: String,
    /// Other names for it.
    pub aliases: Vec<String>,
    /// How wide it is drawn, if told.
    pub level: Option<Level>,
    /// The code of the place whose chain it is, if told.
    pub region: Option<String>,
    /// Whether it counts for the support rates of tiers (`重点产业链`).
    pub is_key: bool,
    /// When it is on the list of chains.
    pub span: Span,
    /// Whether it is only a skeleton: what it lacks is unknown, not missing.
    pub is_draft: bool,
}

/// Where in its chain a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Position {
    /// `上游`
    Upstream,
    /// `中游`
    Midstream,
    /// `下游`
    Downstream,
    /// `配套支撑`
    Support,
}

/// Names a link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct LinkName {
    /// The chain's code, title or alias; where it is absent, the link's name must be unique among all chains.
    pub chain: Option<String>,
    /// The link's code or title.
    pub link: String,
}

/// A link of a chain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    /// The chain's code, title or alias.
    pub chain: String,
    /// Its short code; its title where the table has none. No two links of a chain share one.
    pub code: String,
    /// Its name.
    pub title: String,
    /// Where it stands, if told.
    pub position: Option<Position>,
    /// Whether the chain needs it; others are left out of rates.
    pub is_essential: bool,
    /// How much it counts, in thousandths; 1000 where nothing is told.
    pub weight_thousandths: u32,
    /// Links of a chain with one group are alternatives and count as one.
    pub or_group: Option<String>,
    /// What the region needs of it a year.
    pub demand: Option<Quantity>,
    /// The lowest grade that serves.
    pub level_min: Option<String>,
    /// Certificates that a supplier must have, by their declared names.
    pub required_certificates: Vec<String>,
    /// When it belongs to the chain.
    pub span: Span,
}

/// What a firm is to a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LeaderRole {
    /// `链主`
    Leader,
    /// `潜在链主`
    Potential,
    /// `核心配套`
    Core,
}

/// Says that a firm leads a chain, or is meant to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leader {
    /// The firm.
    pub party: PartyId,
    /// The chain's code, title or alias.
    pub chain: String,
    /// What it is to the chain.
    pub role: LeaderRole,
    /// Since when and until when.
    pub span: Span,
}

/// A title of a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Title {
    /// Which.
    pub tier: Tier,
    /// When it is valid; the day before a revocation is its last.
    pub span: Span,
    /// Whether it is suspended: then nobody knows whether it counts.
    pub is_suspended: bool,
}

/// Why a supplier may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Risk {
    /// `失信`
    Dishonest,
    /// `经营异常`
    Abnormal,
    /// `停产`
    Stopped,
    /// `出口管制`
    ExportControl,
    /// A bad credit rating.
    Credit,
}

impl Risk {
    /// Reads a declared name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "dishonest" => Self::Dishonest,
            "abnormal" => Self::Abnormal,
            "stopped" => Self::Stopped,
            "export_control" => Self::ExportControl,
            "credit" => Self::Credit,
            _ => return None,
        })
    }

    /// Returns the risk in words.
    pub fn label(self) -> &'static str {
        match self {
            Self::Dishonest => "失信",
            Self::Abnormal => "经营异常",
            Self::Stopped => "停产",
            Self::ExportControl => "出口管制",
            Self::Credit => "信用风险",
        }
    }
}

/// A place of a firm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// The code of the place.
    pub region: String,
    /// Names of the products made there; empty where the table does not say.
    pub products: Vec<String>,
    /// Whether things are made there, and not only stored, sold or thought out.
    pub is_production: bool,
    /// When it is in use.
    pub span: Span,
}

/// A certificate other than the titles of tiers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Certificate {
    /// Its declared name.
    pub name: String,
    /// When it is valid.
    pub span: Span,
}

/// A firm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Firm {
    /// Who it is.
    pub id: PartyId,
    /// Its name, for people.
    pub name: String,
    /// Its ultimate controller, or itself where it has none: firms with one controller are one group.
    pub controller: PartyId,
    /// The code of the place where it is; it stands for the place of production where no site is told.
    pub registered: Option<String>,
    /// The code of the place where it is registered, if that is told of its own.
    pub registered_at: Option<String>,
    /// Where it works.
    pub sites: Vec<Site>,
    /// Whether it is a party of the tables; else it is only named by them.
    pub is_registered: bool,
    /// Its titles of tiers.
    pub titles: Vec<Title>,
    /// Its other certificates.
    pub certificates: Vec<Certificate>,
    /// Whether it is known to sell only what others make.
    pub is_trader: bool,
    /// What speaks against relying on it.
    pub risks: Vec<Risk>,
    /// The first day on which it was closed, struck off or moved out of the province.
    pub gone_since: Option<Date>,
    /// Its revenue in the last year told, in fen.
    pub revenue_fen: Option<i64>,
    /// That year, if told.
    pub revenue_year: Option<i16>,
    /// Its sales to key chains in the same year, in fen, if told outright.
    pub chain_sales_fen: Option<i64>,
    /// What it bought of goods and processing in all, outside of its group, by year, in fen, where it told.
    pub purchases_fen: BTreeMap<i16, i64>,
    /// What it told of the indicators that the goals of the plan ask for, by year, percentages as fractions of 1; absent
    /// where what it told cannot be read.
    pub indicators: BTreeMap<String, BTreeMap<i16, Option<Fraction>>>,
}

impl Firm {
    /// Builds a firm of which only a name is known.
    pub fn unregistered(id: PartyId, name: String) -> Self {
        Self {
            id,
            name,
            controller: id,
            registered: None,
            registered_at: None,
            sites: Vec::new(),
            is_registered: false,
            titles: Vec::new(),
            certificates: Vec::new(),
            is_trader: false,
            risks: Vec::new(),
            gone_since: None,
            revenue_fen: None,
            revenue_year: None,
            chain_sales_fen: None,
            purchases_fen: BTreeMap::new(),
            indicators: BTreeMap::new(),
        }
    }

    /// Returns the code of the place where it is registered, as far as is told.
    pub fn seat(&self) -> Option<&str> {
        self.registered_at.as_deref().or(self.registered.as_deref())
    }

    /// Returns what names it in answers: its identifier, or its name where it is no party.
    pub fn code(&self) -> String {
        if self.is_registered { self.id.to_string() } else { self.name.clone() }
    }
}

/// Says that a firm can make or sell something (a row of a catalogue).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Capability {
    /// The record that says so.
    pub record: RecordId,
    /// The firm.
    pub firm: PartyId,
    /// The product on the graph; products told in words are placed first.
    pub product: Option<String>,
    /// The link, where the row names one; else the product's.
    pub link: Option<LinkName>,
    /// How much it can make a year.
    pub capacity: Option<Quantity>,
    /// The grades that it reaches.
    pub levels: Vec<String>,
    /// The code of the place where the goods are made, if told; what is neither a place nor abroad leaves it open.
    pub origin: Option<String>,
    /// Whether the firm only sells it.
    pub is_traded: bool,
    /// When it is on offer.
    pub span: Span,
}

/// How well a supply is proved, weakest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Evidence {
    /// The supplier says so.
    E1,
    /// The chain leader, a contract or an order says so.
    E2,
    /// An invoice or a confirmed receivable says so.
    E3,
}

impl Evidence {
    /// Returns the stable name, the same for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::E1 => "E1",
            Self::E2 => "E2",
            Self::E3 => "E3",
        }
    }
}

/// Says that a firm supplied another with a product.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Supply {
    /// The record that says so.
    pub record: RecordId,
    /// Who supplied.
    pub supplier: PartyId,
    /// Who bought; absent where a firm declares no more than the link that it serves.
    pub buyer: Option<PartyId>,
    /// What, on the graph.
    pub product: Option<String>,
    /// For which link, where the row names one; else the product's.
    pub link: Option<LinkName>,
    /// The chain, where the row names no more than that.
    pub chain: Option<String>,
    /// For how much, in fen without tax; negative for returns; absent where nobody told.
    pub amount_fen: Option<i64>,
    /// Its share of what the buyer buys of this kind, if told.
    pub share: Option<Fraction>,
    /// The days that the amount is for.
    pub period: Option<Span>,
    /// When the supply runs, if told. A supply is live on the days of its span, and for a year behind its last delivery;
    /// where the span is not told, behind the last day of its period; where no day is told, always.
    pub span: Option<Span>,
    /// The day of the last delivery, if told.
    pub last_delivery: Option<Date>,
    /// The code of the place where the goods are made, if told; what is neither a place nor abroad leaves it open.
    pub origin: Option<String>,
    /// What it is, for people, where it is neither goods nor processing (`水电气热`): then its amount counts in no purchases
    /// and is told beside them. At the link that it names it is a supply as any other; without one it is at no chain.
    pub left_out: Option<String>,
    /// How well it is proved.
    pub evidence: Evidence,
    /// Whether anybody may know of it; what two parties agreed, or one owes the other, is theirs.
    pub is_public: bool,
}

/// What a survey found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Finding {
    /// No supplier.
    Nobody,
    /// Suppliers, but not enough.
    Weak,
    /// Suppliers.
    Somebody,
    /// The survey is not finished, and proves nothing.
    Partial,
}

/// Says that somebody looked for suppliers of a link.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Survey {
    /// The link.
    pub link: LinkName,
    /// The code of the place where they looked.
    pub region: String,
    /// When.
    pub date: Date,
    /// What they found.
    pub finding: Finding,
    /// How many suppliers they found, if told.
    pub n_suppliers: Option<u32>,
}
