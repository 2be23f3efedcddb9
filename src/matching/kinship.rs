//! How a demanded product and an offered one stand to each other on the graph of products: the same thing under another
//! name, a kind of it, or something that it is made of. What the graph does not know is left to the names.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::chain::{
    Graph, Mention, Neighbour, Path, Placed, Placement, Places, ProductId, Reach, Reason, Relation, neighbours,
};
use crate::definition::Titles;
use crate::normal::key;

/// How far a product's kin are looked for.
const REACH: Reach = Reach { up: 2, down: 2, limit: 300 };

/// The graph, ready to find names on it.
pub struct Products<'g> {
    graph: &'g Graph,
    places: Places<'g>,
    titles: &'g Titles,
    kin: Arc<KnownKin>,
}

/// The kin of products that were asked for before, on one graph.
pub(super) type KnownKin = Mutex<FxHashMap<Spot, Arc<Kin>>>;

/// A product name on the graph.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Spot {
    /// The product.
    pub product: ProductId,
    /// Whether the name is of a kind of the product that is not on the graph itself.
    is_kind: bool,
}

/// The products around one that is wanted or offered.
pub(super) struct Kin {
    start: ProductId,
    is_kind: bool,
    around: BTreeMap<ProductId, Neighbour>,
}

/// How an offered product stands to a demanded one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kinship<'k> {
    /// The relation, as seen from the demand.
    pub relation: Relation,
    /// The way from the demanded product to the offered one.
    pub path: Cow<'k, Path>,
}

impl<'g> Products<'g> {
    /// Prepares a graph. O(names).
    pub fn new(graph: &'g Graph, titles: &'g Titles) -> Self {
        // Names that only share words are compared word by word elsewhere; here they would be guesses.
        Self { graph, places: Places::new(graph, |_| Vec::new()), titles, kin: Arc::default() }
    }

    /// As [`new`](Self::new), with what is known of the graph's products, to which more is added.
    pub(super) fn with_kin(graph: &'g Graph, titles: &'g Titles, kin: &Arc<KnownKin>) -> Self {
        Self { kin: Arc::clone(kin), ..Self::new(graph, titles) }
    }

    /// Returns the graph.
    pub(super) fn graph(&self) -> &'g Graph {
        self.graph
    }

    /// Finds the products for which a name stands.
    pub(super) fn spots(&self, name: &str) -> Vec<Spot> {
        let Placed::On(found) = place_by_name(&self.places, self.titles, name) else { return Vec::new() };
        let is_kind = |reason| !matches!(reason, Reason::Title | Reason::Code | Reason::Synonym);
        found.iter().map(|found| Spot { product: found.product, is_kind: is_kind(found.reason) }).collect()
    }

    /// Finds the product for which a name stands, if it is one.
    pub fn only(&self, name: &str) -> Option<ProductId> {
        match self.spots(name).as_slice() {
            [one] => Some(one.product),
            _ => None,
        }
    }

    /// Lists the titles along a way that leads somewhere, and writes the way.
    pub(super) fn way(&self, path: &Path) -> (Vec<String>, String) {
        if path.steps.is_empty() {
            return Default::default();
        }
        let all = std::iter::once(path.start).chain(path.steps.iter().map(|(_, product)| *product));
        (all.map(|id| self.graph.title(id).to_owned()).collect(), path.words(self.graph))
    }

    /// Finds the products around one, to be looked up many times.
    pub(super) fn kin(&self, spot: &Spot) -> Arc<Kin> {
        let known = || self.kin.lock().unwrap_or_else(PoisonError::into_inner);
        let found = known().get(spot).cloned();
        found.unwrap_or_else(|| {
            let around = neighbours(self.graph, spot.product, REACH).into_iter().map(|found| (found.product, found));
            let kin = Arc::new(Kin { start: spot.product, is_kind: spot.is_kind, around: around.collect() });
            known().insert(spot.clone(), Arc::clone(&kin));
            kin
        })
    }
}

/// Puts a name on a graph by what is written, not by its words: as it stands, for what titles add may be part of it (`数控系统`),
/// then with ever less around it; last by its ending, unless what stands before makes it another thing.
pub fn place_by_name(places: &Places<'_>, titles: &Titles, name: &str) -> Placed {
    let forms = titles.forms(name).into_iter().filter(|form| !form.is_empty());
    let mut nowhere = Placed::Nowhere(Vec::new());
    let mut by_ending = None;
    for form in forms {
        let mention = Mention { name: form.to_owned(), words: Vec::new(), codes: Vec::new() };
        match places.place(&mention) {
            // Of several that bear the name nobody can say which is meant; a shorter name would be a guess.
            Placed::Nowhere(found) if !found.is_empty() => return Placed::Nowhere(found),
            Placed::Nowhere(_) => {}
            Placed::On(found) if !found.iter().any(is_by_ending) => return Placed::On(found),
            Placed::On(found) if found.iter().any(|one| is_other_thing(titles, form, one)) => {
                nowhere = Placed::Nowhere(found);
            }
            // An ending that titles add to any name (`项目`) says nothing even where a graph knows it.
            Placed::On(found) if found.iter().any(|one| titles.bare(&one.found).is_empty()) => {}
            Placed::On(found) => by_ending = by_ending.or(Some(Placed::On(found))),
        }
    }
    by_ending.unwrap_or(nowhere)
}

fn is_by_ending(placement: &Placement) -> bool {
    matches!(placement.reason, Reason::Ending | Reason::Other)
}

/// Says whether what stands before the ending that was found makes it another thing.
fn is_other_thing(titles: &Titles, name: &str, placement: &Placement) -> bool {
    let name = key(name);
    name.strip_suffix(placement.found.as_str()).is_some_and(|before| titles.other_thing(before).is_some())
}

impl Kin {
    /// Returns the product in the middle.
    pub(super) fn start(&self) -> ProductId {
        self.start
    }

    /// Says how an offered product stands to the one in the middle, where the graph tells.
    pub(super) fn to(&self, offered: &Spot) -> Option<Kinship<'_>> {
        let found = self.around.get(&offered.product);
        let no_way = || Cow::Owned(Path { start: self.start, steps: Vec::new() });
        let path = || found.map_or_else(no_way, |found| Cow::Borrowed(&found.path));
        let relation = match (found.map(|found| found.relation), self.is_kind, offered.is_kind) {
            (None, ..) if offered.product != self.start => return None,
            (None, false, false) => Relation::Same,
            (None, false, true) => Relation::Narrower(1),
            (None, true, false) => Relation::Broader(1),
            (Some(relation @ (Relation::Upstream(_) | Relation::Downstream(_))), ..) => relation,
            (Some(relation @ Relation::Narrower(_)), false, _) => relation,
            (Some(relation @ Relation::Broader(_)), _, false) => relation,
            (Some(relation @ Relation::Sibling), false, false) => relation,
            // Two kinds that are not on the graph themselves: it cannot tell them apart.
            _ => return None,
        };
        Some(Kinship { relation, path: path() })
    }

    /// Lists the products to look for beside the one in the middle: its kin by kind, and what is some steps away, each
    /// closest first.
    pub(super) fn to_look_for(&self) -> [Vec<ProductId>; 2] {
        let mut all: Vec<&Neighbour> = self.around.values().collect();
        all.sort_by_key(|found| (found.relation, found.product));
        let is_step = |found: &&Neighbour| matches!(found.relation, Relation::Upstream(_) | Relation::Downstream(_));
        let (steps, kinds): (Vec<&Neighbour>, Vec<&Neighbour>) = all.into_iter().partition(is_step);
        [kinds, steps].map(|found| found.into_iter().map(|found| found.product).collect())
    }
}
