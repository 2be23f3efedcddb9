//! What is drawn of a chain: its links with their layers and states, and what feeds what. Counts and states come from
//! whoever computes them; a chain can also be drawn as it is declared, with every state unknown.

use crate::chain::LinkState;
use crate::definition::{Chain, Definition, Need};

/// The position of links that support the whole chain.
const SUPPORT: &str = "support";

/// What the picture of a chain says that is not complete.
pub const SKELETON: &str = "骨架，待补全，其缺口不作结论；";

/// A chain as it is to be drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainDrawing {
    /// The heading.
    pub title: String,
    /// What is counted, where and as of when; one line.
    pub subtitle: String,
    /// Where the chain and the counts come from; one line at the bottom.
    pub source: String,
    /// Titles of the layers, upstream first.
    pub layers: Vec<String>,
    /// The title of the band below the layers.
    pub support: String,
    /// The links; those of one layer in the order in which they are shown where the edges do not say better.
    pub links: Vec<DrawnLink>,
    /// What feeds what.
    pub feeds: Vec<DrawnFeed>,
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrawnLink {
    /// The name; cut where it is much longer than twelve ideographs.
    pub title: String,
    /// The place of its layer among `layers`; none for links that support the whole chain.
    pub layer: Option<usize>,
    /// How well it is covered.
    pub state: LinkState,
    /// How many local suppliers it has, where known.
    pub local: Option<usize>,
    /// Whether one supplier's loss loses it.
    pub is_single: bool,
    /// Short remarks, such as that it has alternatives.
    pub notes: Vec<String>,
}

/// One link that feeds another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrawnFeed {
    /// The place of the feeding link among `links`.
    pub from: usize,
    /// The place of the fed link among `links`.
    pub to: usize,
    /// How much the fed one depends on it.
    pub strength: FeedStrength,
}

/// How much a link depends on another; what binds most comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeedStrength {
    /// It needs it.
    Required,
    /// It needs it or another.
    Alternative,
    /// It can do without.
    Optional,
}

/// All states in the order of the legend; what they are called is said in one place.
pub(super) const STATES: [LinkState; 6] = [
    LinkState::Covered,
    LinkState::Weak,
    LinkState::Missing,
    LinkState::MissingEverywhere,
    LinkState::AtRisk,
    LinkState::Unknown,
];

impl FeedStrength {
    /// All strengths in the order of the legend.
    pub const ALL: [Self; 3] = [Self::Required, Self::Alternative, Self::Optional];

    /// Returns the Chinese name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Required => "必需投入",
            Self::Alternative => "多选一",
            Self::Optional => "可有可无",
        }
    }
}

impl ChainDrawing {
    /// Draws a declared chain by itself: no data is looked at, so every state is unknown. Links keep their places.
    pub fn declared(definition: &Definition, chain: &Chain) -> Self {
        let column = definition.kind("chain_link").and_then(|kind| kind.column("position"));
        let options = column.map(|column| column.options.as_slice()).unwrap_or_default();
        let is_used = |name: &str| chain.links.iter().any(|link| link.position == name);
        let layers: Vec<_> = options.iter().filter(|option| option.name != SUPPORT && is_used(&option.name)).collect();
        let support = options.iter().find(|option| option.name == SUPPORT);
        let links = chain.links.iter().map(|link| {
            let group = link.or_group.iter().map(|group| format!("替代组：{group}"));
            DrawnLink {
                title: link.title.clone(),
                layer: layers.iter().position(|layer| layer.name == link.position),
                state: LinkState::Unknown,
                local: None,
                is_single: false,
                notes: group.chain((!link.is_essential).then(|| "可有可无".to_owned())).collect(),
            }
        });
        let feeds = definition.chains.feeds(chain).into_iter().map(|feed| DrawnFeed {
            from: feed.from,
            to: feed.to,
            strength: match feed.need {
                Need::Required => FeedStrength::Required,
                Need::OneOf(_) => FeedStrength::Alternative,
                Need::Optional => FeedStrength::Optional,
            },
        });
        let draft = if chain.is_draft { SKELETON } else { "" };
        Self {
            title: chain.title.clone(),
            subtitle: format!("{draft}只画声明，未统计供应商"),
            source: format!("来源：{}，{} 起草", chain.source, chain.drafted),
            layers: layers.iter().map(|layer| layer.label.clone()).collect(),
            support: support.map_or(String::new(), |option| option.label.clone()),
            links: links.collect(),
            feeds: feeds.collect(),
        }
    }
}
