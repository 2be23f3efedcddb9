//! Puts the names of products in tables on the graph. Names repeat, so each is placed once.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;

use crate::catalogue::Catalogue;
use crate::chain::{Graph, Mention, Placed, Places};
use crate::definition::Titles;
use crate::engine::chains::cells;
use crate::engine::chains::products::live;
use crate::matching::place_by_name;
use crate::model::Record;
use crate::text::{Segmenter, strip_personal};

/// Names with their places on a graph.
pub(super) struct Placing<'g> {
    graph: &'g Graph,
    places: Places<'g>,
    segmenter: &'g Segmenter,
    titles: &'g Titles,
    known: BTreeMap<String, Placed>,
}

impl<'g> Placing<'g> {
    /// Prepares a graph. O(names).
    pub(super) fn new(graph: &'g Graph, segmenter: &'g Segmenter, titles: &'g Titles) -> Self {
        let places = Places::new(graph, |title| words(segmenter, title).0);
        Self { graph, places, segmenter, titles, known: BTreeMap::new() }
    }

    /// Places every name that a catalogue's capabilities and supplies have, on all cores.
    pub(super) fn learn(&mut self, catalogue: &Catalogue) {
        let kinds = ["catalog", "party", "supply_edge"];
        let names: BTreeSet<String> =
            kinds.into_iter().flat_map(|kind| live(catalogue, kind)).flat_map(named).collect();
        let names: Vec<String> = names.into_iter().collect();
        let placed: Vec<Placed> = names.par_iter().map(|name| self.place(name)).collect();
        self.known = names.into_iter().zip(placed).collect();
    }

    /// Puts a name on the graph.
    pub(super) fn placed(&self, name: &str) -> Placed {
        self.known.get(name).cloned().unwrap_or_else(|| self.place(name))
    }

    /// Lists the titles of the products for which a name stands.
    pub(super) fn titles(&self, name: &str) -> Vec<String> {
        match self.placed(name) {
            Placed::On(found) => found.iter().map(|one| self.graph.title(one.product).to_owned()).collect(),
            Placed::Nowhere(_) => Vec::new(),
        }
    }

    fn place(&self, name: &str) -> Placed {
        match place_by_name(&self.places, self.titles, name) {
            Placed::Nowhere(near) if near.is_empty() => {
                // Only what names do not tell is cut into words.
                let bare = self.titles.bare(name);
                let (words, codes) = words(self.segmenter, bare);
                let placed = self.places.place(&Mention { name: bare.to_owned(), words, codes });
                match placed {
                    // Words do not tell a toy from the thing.
                    Placed::On(found) if self.titles.other_thing(bare).is_some() => Placed::Nowhere(found),
                    placed => placed,
                }
            }
            placed => placed,
        }
    }
}

/// Cuts a name into words, and lists the codes among them.
fn words(segmenter: &Segmenter, name: &str) -> (Vec<String>, Vec<String>) {
    let terms = segmenter.words(name, "");
    let codes = terms.iter().filter(|term| term.is_code()).map(|term| term.text.clone()).collect();
    (terms.into_iter().map(|term| term.text).collect(), codes)
}

/// Lists the names of products that a record has: what a firm makes, what is supplied, or what a posting is about, its
/// title first for what is offered and last for what is asked for, which is often the name of a project.
pub(super) fn named(record: &Record) -> Vec<String> {
    let title = || strip_personal(record.raw("title"));
    let listed = || cells::list(record, "product");
    match record.kind.as_str() {
        "party" => cells::list(record, "products"),
        "supply_edge" => cells::text(record, "product").into_iter().collect(),
        "catalog" => std::iter::once(title()).chain(listed()).collect(),
        _ => listed().into_iter().chain([title()]).filter(|name| !name.is_empty()).collect(),
    }
}
