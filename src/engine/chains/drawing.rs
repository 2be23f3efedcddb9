//! The picture of a chain as the data have it: its links with their states, and what feeds what by the graph.

use std::collections::{BTreeMap, BTreeSet};

use crate::chain::{LinkId, LinkReport, LinkState, Market, Position, Supplier};
use crate::engine::chains::{ChainBook, ChainRow, ChainShown};
use crate::reports::{ChainDrawing, DrawnFeed, DrawnLink, FeedStrength, SKELETON, layers, remarks};

impl ChainBook<'_> {
    /// Prepares the picture of a chain.
    pub fn drawing(&self, row: &ChainRow, shown: &ChainShown) -> ChainDrawing {
        drawing(self, row, shown)
    }
}

fn drawing(book: &ChainBook<'_>, row: &ChainRow, shown: &ChainShown) -> ChainDrawing {
    let market = &book.market;
    let ids: Vec<LinkId> = shown.links.iter().map(|(report, _)| report.link).collect();
    let (layers, support) = layers(book.definition, |name| ids.iter().any(|id| place(market, *id) == name));
    let link = |(report, suppliers): &(LinkReport, Vec<Supplier>)| {
        let node = &market.link(report.link).link;
        DrawnLink {
            title: node.title.clone(),
            layer: layers.iter().position(|(name, _)| *name == place(market, report.link)),
            state: report.state,
            local: (report.state != LinkState::Unknown || !suppliers.is_empty()).then_some(report.groups.local),
            // Where nobody is at hand, there is nobody here to lose.
            is_single: report.groups.local > 0 && ChainShown::is_single(report),
            notes: remarks(node.or_group.as_deref(), report.is_required),
        }
    };
    ChainDrawing {
        title: row.title.clone(),
        subtitle: format!(
            "{}本地 = {}，截至 {}；数字是本地供应商，同一控制人之下的算一家",
            if row.is_draft { SKELETON } else { "" },
            shown.area.label,
            book.as_of
        ),
        source: row.source.clone().unwrap_or_else(|| "来源：导入的产业链图谱".to_owned()),
        layers: layers.iter().map(|(_, label)| (*label).to_owned()).collect(),
        support: support.to_owned(),
        links: shown.links.iter().map(link).collect(),
        feeds: feeds(market, &ids),
    }
}

/// Returns the declared name of a link's position.
fn place(market: &Market, id: LinkId) -> &'static str {
    match market.link(id).link.position.unwrap_or(Position::Midstream) {
        Position::Upstream => "upstream",
        Position::Midstream => "midstream",
        Position::Downstream => "downstream",
        Position::Support => "support",
    }
}

/// Lists which links feed which others, by their products; of several ways the one that binds most.
fn feeds(market: &Market, ids: &[LinkId]) -> Vec<DrawnFeed> {
    let graph = market.graph();
    let places: BTreeMap<LinkId, usize> = ids.iter().copied().zip(0..).collect();
    let mut feeds: BTreeMap<(usize, usize), FeedStrength> = BTreeMap::new();
    for (to, id) in ids.iter().enumerate() {
        for product in &market.link(*id).products {
            let groups = graph.required(*product);
            let alone: BTreeSet<_> = groups.iter().filter(|group| group.len() == 1).flatten().copied().collect();
            let either: BTreeSet<_> = groups.iter().flatten().copied().collect();
            for input in graph.made_of(*product) {
                let strength = match (alone.contains(&input), either.contains(&input)) {
                    (true, _) => FeedStrength::Required,
                    (false, true) => FeedStrength::Alternative,
                    (false, false) => FeedStrength::Optional,
                };
                let makers = market.links_of(input).iter().filter_map(|link| places.get(link).copied());
                for from in makers.filter(|from| *from != to) {
                    let known = feeds.entry((from, to)).or_insert(strength);
                    *known = strength.min(*known);
                }
            }
        }
    }
    feeds.into_iter().map(|((from, to), strength)| DrawnFeed { from, to, strength }).collect()
}
