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

/// Lists the declared layers that are used by name and label, upstream first, and the label of the band below them.
pub fn layers(definition: &Definition, is_used: impl Fn(&str) -> bool) -> (Vec<(&str, &str)>, &str) {
    let column = definition.kind("chain_link").and_then(|kind| kind.column("position"));
    let options = column.map(|column| column.options.as_slice()).unwrap_or_default();
    let named = || options.iter().map(|option| (option.name.as_str(), option.label.as_str()));
    let support = named().find(|(name, _)| *name == SUPPORT).map_or("", |(_, label)| label);
    (named().filter(|(name, _)| *name != SUPPORT && is_used(name)).collect(), support)
}

/// Remarks that a link has alternatives, and that the chain can do without it.
pub fn remarks(or_group: Option<&str>, is_required: bool) -> Vec<String> {
    let group = or_group.map(|group| format!("替代组：{group}"));
    group.into_iter().chain((!is_required).then(|| FeedStrength::Optional.label().to_owned())).collect()
}

impl ChainDrawing {
    /// Draws a declared chain by itself: no data is looked at, so every state is unknown. Links keep their places.
    pub fn declared(definition: &Definition, chain: &Chain) -> Self {
        let is_used = |name: &str| chain.links.iter().any(|link| link.position == name);
        let (layers, support) = layers(definition, is_used);
        let links = chain.links.iter().map(|link| DrawnLink {
            title: link.title.clone(),
            layer: layers.iter().position(|(name, _)| *name == link.position),
            state: LinkState::Unknown,
            local: None,
            is_single: false,
            notes: remarks(link.or_group.as_deref(), link.is_essential),
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
            layers: layers.iter().map(|(_, label)| (*label).to_owned()).collect(),
            support: support.to_owned(),
            links: links.collect(),
            feeds: feeds.collect(),
        }
    }
}
