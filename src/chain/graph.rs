//! The graph of products: what is made of what, and what is a kind of what. It never changes once built; rings and
//! self loops are reported and do no harm.

use petgraph::Direction;
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::EdgeRef;
use rustc_hash::FxHashMap;

use crate::chain::model::{Input, Product};
use crate::chain::names::{NameKind, Names};
use crate::chain::problem::{Problem, ProblemKind, problem};

/// A product of one graph, by its place there; places follow the titles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProductId(pub(super) u32);

/// How one product feeds another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Feed {
    /// Feeds of one product with one number are alternatives.
    group: u32,
    is_optional: bool,
}

/// The products with what they are made of.
///
/// ```text
/// natural rubber --\
///                   > (one is enough) --> tyre --> vehicle     feeds: input to product
/// synthetic rubber-/
///
/// tyre --> radial tyre                                         kinds: broader to narrower
/// ```
#[derive(Debug, Clone, Default)]
pub struct Graph {
    products: Vec<Product>,
    names: Names,
    feeds: DiGraph<(), Feed>,
    kinds: DiGraph<(), ()>,
    /// The ring of each product; its own number where it is in none.
    rings: Vec<u32>,
    problems: Vec<Problem>,
}

impl Graph {
    /// Builds the graph of products in any order with the inputs that hold, and collects what does not fit together.
    ///
    /// # Complexity
    /// O((products + names + inputs) log), about a microsecond each.
    pub fn build(mut products: Vec<Product>, inputs: &[&Input]) -> Self {
        let mut problems = Vec::new();
        // By all that they are, so that of two with one title the fuller one is kept in whatever order they come.
        products.sort_unstable_by(|left, right| left.title.cmp(&right.title).then_with(|| right.cmp(left)));
        let (products, names) = named(products, &mut problems);
        let mut graph = Self {
            feeds: DiGraph::with_capacity(products.len(), inputs.len()),
            kinds: DiGraph::with_capacity(products.len(), products.len()),
            products,
            names,
            ..Self::default()
        };
        for _ in &graph.products {
            graph.feeds.add_node(());
            graph.kinds.add_node(());
        }
        graph.add_feeds(inputs, &mut problems);
        graph.add_kinds(&mut problems);
        graph.rings = rings(&graph.feeds);
        graph.report_rings(&graph.rings, ProblemKind::Cycle, &mut problems);
        graph.report_rings(&rings(&graph.kinds), ProblemKind::KindCycle, &mut problems);
        problems.sort();
        problems.dedup();
        graph.problems = problems;
        graph
    }

    fn add_feeds(&mut self, inputs: &[&Input], problems: &mut Vec<Problem>) {
        let mut feeds: Vec<(u32, u32, &str, bool)> = Vec::with_capacity(inputs.len());
        for input in inputs {
            let find = |name: &str| self.names.find(name);
            match (find(&input.product), find(&input.input)) {
                (Some(product), Some(made_of)) if product == made_of => {
                    problems.push(problem(ProblemKind::SelfLoop, &input.product, &[&input.product]));
                }
                (Some(product), Some(made_of)) => {
                    feeds.push((product, made_of, input.or_group.as_deref().unwrap_or(""), input.is_optional));
                }
                (product, made_of) => {
                    let unknown = [(product, &input.product), (made_of, &input.input)];
                    for (_, name) in unknown.into_iter().filter(|(found, _)| found.is_none()) {
                        problems.push(problem(ProblemKind::UnknownProduct, &input.product, &[name]));
                    }
                }
            }
        }
        feeds.sort_unstable();
        feeds.dedup_by(|right, left| (left.0, left.1) == (right.0, right.1));
        // Back in the order of groups, so that alternatives stand together whatever they are called.
        feeds.sort_unstable_by(|left, right| (left.0, left.2, left.1).cmp(&(right.0, right.2, right.1)));
        let (mut group, mut last) = (0, None);
        for (product, made_of, name, is_optional) in feeds {
            if name.is_empty() || last != Some((product, name)) {
                group += 1;
            }
            last = Some((product, name));
            self.feeds.add_edge(NodeIndex::from(made_of), NodeIndex::from(product), Feed { group, is_optional });
        }
    }

    fn add_kinds(&mut self, problems: &mut Vec<Problem>) {
        for (broader, product) in (0..).zip(&self.products) {
            for name in &product.narrower {
                match self.names.find(name) {
                    // A word for a narrower thing that is not on the graph; it still places texts.
                    None => {}
                    Some(narrower) if narrower == broader => {
                        problems.push(problem(ProblemKind::SelfLoop, &product.title, &[name]));
                    }
                    Some(narrower) => {
                        self.kinds.update_edge(NodeIndex::from(broader), NodeIndex::from(narrower), ());
                    }
                }
            }
        }
    }

    fn report_rings(&self, rings: &[u32], kind: ProblemKind, problems: &mut Vec<Problem>) {
        let mut members: FxHashMap<u32, Vec<&str>> = FxHashMap::default();
        for ((place, ring), product) in (0..).zip(rings).zip(&self.products) {
            if *ring != place || members.contains_key(ring) {
                members.entry(*ring).or_default().push(&product.title);
            }
        }
        let mut found: Vec<(u32, Vec<&str>)> = members.into_iter().collect();
        found.sort_unstable();
        for (ring, mut names) in found {
            names.extend(self.products.get(ring as usize).map(|product| product.title.as_str()));
            names.sort_unstable();
            names.dedup();
            problems.push(problem(kind, names.first().unwrap_or(&""), &names));
        }
    }

    /// Returns how many products there are.
    pub fn len(&self) -> usize {
        self.products.len()
    }

    /// Says whether there is no product.
    pub fn is_empty(&self) -> bool {
        self.products.is_empty()
    }

    /// Returns how many feeds and kinds there are.
    pub fn edges(&self) -> (usize, usize) {
        (self.feeds.edge_count(), self.kinds.edge_count())
    }

    /// Lists all products by title.
    pub fn ids(&self) -> impl Iterator<Item = ProductId> + use<> {
        (0..u32::try_from(self.products.len()).unwrap_or(u32::MAX)).map(ProductId)
    }

    /// Lists what does not fit together, in order.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Finds a product by title, code or synonym. O(length of the name).
    pub fn find(&self, name: &str) -> Option<ProductId> {
        self.names.find(name).map(ProductId)
    }

    /// Returns a product of this graph.
    pub fn product(&self, id: ProductId) -> &Product {
        self.products.get(id.0 as usize).expect("identifiers of products come from this graph")
    }

    /// Returns a product's title.
    pub fn title(&self, id: ProductId) -> &str {
        &self.product(id).title
    }

    /// Lists what a product is made of, ascending.
    pub fn made_of(&self, id: ProductId) -> Vec<ProductId> {
        self.next(&self.feeds, id, Direction::Incoming)
    }

    /// Lists what is made of a product, ascending.
    pub fn used_in(&self, id: ProductId) -> Vec<ProductId> {
        self.next(&self.feeds, id, Direction::Outgoing)
    }

    /// Lists the next narrower products, ascending.
    pub fn narrower(&self, id: ProductId) -> Vec<ProductId> {
        self.next(&self.kinds, id, Direction::Outgoing)
    }

    /// Lists the next broader products, ascending.
    pub fn broader(&self, id: ProductId) -> Vec<ProductId> {
        self.next(&self.kinds, id, Direction::Incoming)
    }

    fn next<E>(&self, graph: &DiGraph<(), E>, id: ProductId, direction: Direction) -> Vec<ProductId> {
        let node = NodeIndex::from(id.0);
        let mut found: Vec<ProductId> =
            graph.neighbors_directed(node, direction).map(|next| ProductId(place(next))).collect();
        found.sort_unstable();
        found
    }

    /// Lists what a product cannot be made without: groups of alternatives, one of each group being enough.
    ///
    /// An input that has no alternative and is in a ring with the product is left out: the ring runs as long as its
    /// other inputs come in, and would never start by itself.
    pub fn required(&self, id: ProductId) -> Vec<Vec<ProductId>> {
        let edges = self.feeds.edges_directed(NodeIndex::from(id.0), Direction::Incoming);
        let mut needed: Vec<(u32, ProductId)> = edges
            .filter(|edge| !edge.weight().is_optional)
            .map(|edge| (edge.weight().group, ProductId(place(edge.source()))))
            .collect();
        needed.sort_unstable();
        let groups = needed.chunk_by(|left, right| left.0 == right.0);
        let groups = groups.map(|group| group.iter().map(|(_, input)| *input).collect::<Vec<_>>());
        groups.filter(|group| !matches!(group.as_slice(), [input] if self.are_in_one_ring(id, *input))).collect()
    }

    fn are_in_one_ring(&self, left: ProductId, right: ProductId) -> bool {
        self.rings.get(left.0 as usize) == self.rings.get(right.0 as usize)
    }

    /// Returns the names, for placing texts.
    pub(super) fn names(&self) -> &Names {
        &self.names
    }
}

fn named(products: Vec<Product>, problems: &mut Vec<Problem>) -> (Vec<Product>, Names) {
    let mut names = Names::default();
    let mut kept: Vec<Product> = Vec::with_capacity(products.len());
    for product in products {
        let place = u32::try_from(kept.len()).unwrap_or(u32::MAX);
        if names.add(&product.title, NameKind::Title, place) {
            problems.push(problem(ProblemKind::Doubled, &product.title, &[&product.title]));
        } else {
            kept.push(product);
        }
    }
    for (place, product) in (0..).zip(&kept) {
        for code in product.code.iter().filter(|code| **code != product.title) {
            if names.add(code, NameKind::Code, place) {
                problems.push(problem(ProblemKind::Doubled, &product.title, &[code]));
            }
        }
    }
    for (place, product) in (0..).zip(&kept) {
        for synonym in &product.synonyms {
            if names.add(synonym, NameKind::Synonym, place) {
                problems.push(problem(ProblemKind::SharedSynonym, &product.title, &[synonym]));
            }
        }
    }
    (kept, names)
}

/// Returns the ring of each node: the smallest place in it, its own where it is in none.
fn rings<E>(graph: &DiGraph<(), E>) -> Vec<u32> {
    let mut rings: Vec<u32> = graph.node_indices().map(place).collect();
    // This one keeps its stack on the heap; a chain may be as long as there are products.
    for ring in kosaraju_scc(graph).iter().filter(|ring| ring.len() > 1) {
        let first = ring.iter().copied().map(place).min().unwrap_or(0);
        for node in ring {
            if let Some(ring) = rings.get_mut(node.index()) {
                *ring = first;
            }
        }
    }
    rings
}

fn place(node: NodeIndex) -> u32 {
    u32::try_from(node.index()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::sample::{either, input, product};

    fn graph(products: &[&str], inputs: &[Input]) -> Graph {
        let products = products.iter().map(|title| product(title, &[])).collect();
        Graph::build(products, &inputs.iter().collect::<Vec<_>>())
    }

    fn required(graph: &Graph, title: &str) -> Vec<Vec<String>> {
        let groups = graph.required(graph.find(title).unwrap()).into_iter();
        groups.map(|group| group.iter().map(|id| graph.title(*id).to_owned()).collect()).collect()
    }

    #[test]
    fn inputs_are_required_alternative_or_optional() {
        let mut optional = input("轮胎", "芳纶");
        optional.is_optional = true;
        let inputs =
            [either("轮胎", "天然橡胶", "胶"), input("轮胎", "钢帘线"), either("轮胎", "丁苯橡胶", "胶"), optional];
        let graph = graph(&["轮胎", "钢帘线", "天然橡胶", "丁苯橡胶", "芳纶"], &inputs);
        let mut groups = required(&graph, "轮胎");
        groups.sort();
        assert_eq!(groups, [vec!["丁苯橡胶", "天然橡胶"], vec!["钢帘线"]]);
        assert_eq!(graph.made_of(graph.find("轮胎").unwrap()).len(), 4);
    }

    #[test]
    fn rings_and_self_loops_are_told_and_do_no_harm() {
        let inputs = [input("甲", "乙"), input("乙", "丙"), input("丙", "甲"), input("丁", "丁"), input("丁", "甲")];
        let graph = graph(&["甲", "乙", "丙", "丁"], &inputs);
        let told: Vec<(ProblemKind, String)> =
            graph.problems().iter().map(|one| (one.kind, one.names.join(","))).collect();
        let ring = ["丙", "乙", "甲"].map(str::to_owned).join(",");
        assert_eq!(told, [(ProblemKind::Cycle, ring), (ProblemKind::SelfLoop, "丁".to_owned())]);
        assert_eq!((required(&graph, "甲").len(), required(&graph, "丁").len()), (0, 1));
    }

    #[test]
    fn a_ring_keeps_its_alternatives() {
        // Scrap comes back as one of two feeds.
        let inputs = [either("钢", "生铁", "料"), either("钢", "废钢", "料"), input("废钢", "钢")];
        let graph = graph(&["钢", "生铁", "废钢"], &inputs);
        assert_eq!(
            (required(&graph, "钢"), required(&graph, "废钢").len()),
            (vec![vec!["废钢".to_owned(), "生铁".to_owned()]], 0)
        );
    }

    #[test]
    fn names_that_do_not_fit_are_told_and_left_out() {
        let mut first = product("热交换器", &[]);
        first.synonyms = vec!["换热器".to_owned(), "HEX".to_owned()];
        let mut second = product("板式换热器", &[]);
        second.synonyms = vec!["换热器".to_owned()];
        let inputs = [input("热交换器", "钛板"), input("HEX", "板式换热器")];
        let graph = Graph::build(vec![second, first, product("热交换器", &[])], &inputs.iter().collect::<Vec<_>>());
        let kinds: Vec<ProblemKind> = graph.problems().iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [ProblemKind::Doubled, ProblemKind::SharedSynonym, ProblemKind::UnknownProduct]);
        assert_eq!((graph.find("换热器"), graph.len(), graph.edges()), (None, 2, (1, 0)));
        assert_eq!(graph.find("hex"), graph.find("热交换器"));
    }

    #[test]
    fn a_long_line_is_no_deep_stack() {
        let titles: Vec<String> = (0..200_000).map(|n| format!("品{n:06}")).collect();
        let products = titles.iter().map(|title| product(title, &[])).collect();
        let inputs: Vec<Input> = titles.windows(2).map(|pair| input(&pair[0], &pair[1])).collect();
        let graph = Graph::build(products, &inputs.iter().collect::<Vec<_>>());
        assert_eq!((graph.edges().0, graph.problems().len()), (199_999, 0));
    }
}
