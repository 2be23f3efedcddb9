//! What stands around a product: its kinds, and what it is made of and used in, some steps away. A kind of a thing is
//! made of what the thing is made of, and serves where the thing serves, so a walk passes over kinds without a step.

use rustc_hash::FxHashMap;

use crate::chain::graph::{Graph, ProductId};

/// How a product stands to another, closest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// It is the same.
    Same,
    /// It is a kind of it, so many levels down.
    Narrower(u8),
    /// It is what the other is a kind of, so many levels up.
    Broader(u8),
    /// Both are kinds of one thing.
    Sibling,
    /// It goes into the other, in so many steps.
    Upstream(u8),
    /// It is made of the other, in so many steps.
    Downstream(u8),
}

/// How far to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    /// Steps to what goes into the product.
    pub up: u8,
    /// Steps to what is made of it.
    pub down: u8,
    /// The most neighbours to list.
    pub limit: usize,
}

/// A product near another, with the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// The product.
    pub product: ProductId,
    /// How it stands to the one asked about.
    pub relation: Relation,
    /// The way, from the one asked about to this one.
    pub path: Path,
}

/// A way through the graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// Where it begins.
    pub start: ProductId,
    /// Its steps.
    pub steps: Vec<(Step, ProductId)>,
}

/// One step of a way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// To what goes into it.
    MadeOf,
    /// To what is made of it.
    UsedIn,
    /// To a kind of it.
    Narrower,
    /// To what it is a kind of.
    Broader,
}

impl Step {
    fn sign(self) -> &'static str {
        match self {
            Self::MadeOf => " ← ",
            Self::UsedIn => " → ",
            Self::Narrower => " ⊃ ",
            Self::Broader => " ⊂ ",
        }
    }

    /// Lists where the step leads, ascending.
    fn from(self, graph: &Graph, product: ProductId) -> Vec<ProductId> {
        match self {
            Self::MadeOf => graph.made_of(product),
            Self::UsedIn => graph.used_in(product),
            Self::Narrower => graph.narrower(product),
            Self::Broader => graph.broader(product),
        }
    }
}

impl Path {
    /// Writes the way in titles (`轮胎 ← 钢帘线 ← 高碳盘条`: what stands right goes into what stands left).
    pub fn words(&self, graph: &Graph) -> String {
        let mut words = graph.title(self.start).to_owned();
        for (step, product) in &self.steps {
            words.push_str(step.sign());
            words.push_str(graph.title(*product));
        }
        words
    }
}

/// Lists what is near a product, closest relation first, then by title; the product itself is not listed.
///
/// # Complexity
/// O(edges around the products that are passed), some microseconds for a few steps; kinds are followed through
/// [`KIND_LEVELS_MAX`] levels.
pub fn neighbours(graph: &Graph, product: ProductId, reach: Reach) -> Vec<Neighbour> {
    let mut kinds = Walk::new(graph, product);
    let mut found = kinds.levels(Step::Narrower, Relation::Narrower);
    let broader = kinds.levels(Step::Broader, Relation::Broader);
    found.extend(broader.iter().filter(|one| one.relation == Relation::Broader(1)).flat_map(|one| {
        let siblings = graph.narrower(one.product).into_iter().filter(|sibling| !kinds.came.contains_key(sibling));
        siblings.map(|sibling| {
            let steps = vec![(Step::Broader, one.product), (Step::Narrower, sibling)];
            Neighbour { product: sibling, relation: Relation::Sibling, path: Path { start: product, steps } }
        })
    }));
    found.extend(broader);
    found.extend(Walk::new(graph, product).steps(Step::MadeOf, reach.up, reach.limit));
    found.extend(Walk::new(graph, product).steps(Step::UsedIn, reach.down, reach.limit));
    // Steps up and down take turns; of two ways to one product the closer relation counts.
    found.sort_by_key(|one| (rank(one.relation), one.product));
    let mut seen = rustc_hash::FxHashSet::default();
    found.retain(|one| one.product != product && seen.insert(one.product));
    found.truncate(reach.limit);
    found
}

/// Kinds are followed through so many levels.
pub const KIND_LEVELS_MAX: u8 = 8;
/// A walk passes at most so many products for each one that may be listed.
const PASSED_PER_LISTED_MAX: usize = 8;

fn rank(relation: Relation) -> (u8, u8) {
    match relation {
        Relation::Same => (0, 0),
        Relation::Narrower(levels) => (1, levels),
        Relation::Broader(levels) => (2, levels),
        Relation::Sibling => (3, 0),
        Relation::Upstream(steps) => (4, steps * 2),
        Relation::Downstream(steps) => (4, steps * 2 + 1),
    }
}

/// A walk in breadth; every product is reached once, from the first that leads to it.
struct Walk<'g> {
    graph: &'g Graph,
    start: ProductId,
    came: FxHashMap<ProductId, Option<(Step, ProductId)>>,
}

impl<'g> Walk<'g> {
    fn new(graph: &'g Graph, start: ProductId) -> Self {
        Self { graph, start, came: FxHashMap::from_iter([(start, None)]) }
    }

    /// Goes on from each of `from` and returns what is new, ascending.
    fn go(&mut self, from: &[ProductId], step: Step) -> Vec<ProductId> {
        let mut reached = Vec::new();
        for product in from {
            for next in step.from(self.graph, *product) {
                self.came.entry(next).or_insert_with(|| {
                    reached.push(next);
                    Some((step, *product))
                });
            }
        }
        reached.sort_unstable();
        reached
    }

    /// As [`go`](Self::go), through levels.
    fn go_on(&mut self, from: &[ProductId], step: Step) -> Vec<ProductId> {
        let (mut all, mut level) = (Vec::new(), from.to_vec());
        for _ in 0..KIND_LEVELS_MAX {
            level = self.go(&level, step);
            all.extend_from_slice(&level);
        }
        all
    }

    fn levels(&mut self, step: Step, relation: fn(u8) -> Relation) -> Vec<Neighbour> {
        let (mut found, mut level) = (Vec::new(), vec![self.start]);
        for levels in 1..=KIND_LEVELS_MAX {
            level = self.go(&level, step);
            found.extend(level.iter().map(|product| self.neighbour(*product, relation(levels))));
        }
        found
    }

    fn steps(&mut self, step: Step, steps_max: u8, limit: usize) -> Vec<Neighbour> {
        let relation = if step == Step::MadeOf { Relation::Upstream } else { Relation::Downstream };
        let (mut found, mut level) = (Vec::new(), vec![self.start]);
        for steps in 1..=steps_max {
            let broader = self.go_on(&level, Step::Broader);
            level.extend(broader);
            let mut reached = self.go(&level, step);
            let narrower = self.go_on(&reached, Step::Narrower);
            reached.extend(narrower);
            found.extend(reached.iter().map(|product| self.neighbour(*product, relation(steps))));
            if reached.is_empty() || self.came.len() > limit.saturating_mul(PASSED_PER_LISTED_MAX) {
                break;
            }
            level = reached;
        }
        found
    }

    fn neighbour(&self, product: ProductId, relation: Relation) -> Neighbour {
        let (mut steps, mut at) = (Vec::new(), product);
        while let Some(Some((step, before))) = self.came.get(&at) {
            steps.push((*step, at));
            at = *before;
        }
        steps.reverse();
        Neighbour { product, relation, path: Path { start: self.start, steps } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::model::Product;
    use crate::chain::sample::{input, product};

    /// `轮胎 > 子午线轮胎, 斜交轮胎`; `车辆 <- 轮胎 <- 钢帘线 > 超高强钢帘线`; `钢帘线 <- 高碳盘条 <- 钢坯`.
    fn tyres() -> Graph {
        let with = |title: &str, narrower: &[&str]| Product {
            narrower: narrower.iter().map(|name| (*name).to_owned()).collect(),
            ..product(title, &[])
        };
        let products = vec![
            with("轮胎", &["子午线轮胎", "斜交轮胎"]),
            with("钢帘线", &["超高强钢帘线"]),
            with("子午线轮胎", &[]),
            with("斜交轮胎", &[]),
            with("超高强钢帘线", &[]),
            with("高碳盘条", &[]),
            with("钢坯", &[]),
            with("车辆", &[]),
        ];
        let inputs =
            [input("轮胎", "钢帘线"), input("钢帘线", "高碳盘条"), input("高碳盘条", "钢坯"), input("车辆", "轮胎")];
        Graph::build(products, &inputs.iter().collect::<Vec<_>>())
    }

    const REACH: Reach = Reach { up: 2, down: 1, limit: 50 };

    fn around(title: &str, reach: Reach) -> Vec<(Relation, String)> {
        let graph = tyres();
        let found = neighbours(&graph, graph.find(title).unwrap(), reach);
        found.iter().map(|one| (one.relation, one.path.words(&graph))).collect()
    }

    #[test]
    fn the_way_to_a_neighbour_is_told() {
        let shown = around("轮胎", REACH);
        let expected = [
            (Relation::Narrower(1), "轮胎 ⊃ 子午线轮胎"),
            (Relation::Narrower(1), "轮胎 ⊃ 斜交轮胎"),
            (Relation::Upstream(1), "轮胎 ← 钢帘线 ⊃ 超高强钢帘线"),
            (Relation::Upstream(1), "轮胎 ← 钢帘线"),
            (Relation::Downstream(1), "轮胎 → 车辆"),
            (Relation::Upstream(2), "轮胎 ← 钢帘线 ← 高碳盘条"),
        ];
        assert_eq!(shown, expected.map(|(relation, words)| (relation, words.to_owned())));
    }

    #[test]
    fn a_kind_is_made_of_what_the_thing_is_made_of() {
        let shown = around("子午线轮胎", REACH);
        assert!(shown.contains(&(Relation::Broader(1), "子午线轮胎 ⊂ 轮胎".to_owned())));
        assert!(shown.contains(&(Relation::Sibling, "子午线轮胎 ⊂ 轮胎 ⊃ 斜交轮胎".to_owned())));
        assert!(shown.contains(&(Relation::Upstream(1), "子午线轮胎 ⊂ 轮胎 ← 钢帘线".to_owned())));
        assert!(shown.contains(&(Relation::Downstream(1), "子午线轮胎 ⊂ 轮胎 → 车辆".to_owned())));
        assert!(!shown.iter().any(|(_, words)| words.contains("钢坯")), "three steps are too many");
    }

    #[test]
    fn steps_and_number_are_limited() {
        assert_eq!(around("轮胎", Reach { up: 0, down: 0, limit: 50 }).len(), 2);
        assert_eq!(around("轮胎", Reach { limit: 3, ..REACH }).len(), 3);
        assert!(
            around("轮胎", Reach { up: 3, ..REACH }).iter().any(|(relation, _)| *relation == Relation::Upstream(3))
        );
    }

    #[test]
    fn rings_end() {
        let products = ["甲", "乙"].map(|title| product(title, &[])).to_vec();
        let inputs = [input("甲", "乙"), input("乙", "甲")];
        let graph = Graph::build(products, &inputs.iter().collect::<Vec<_>>());
        let found = neighbours(&graph, graph.find("甲").unwrap(), Reach { up: 9, down: 9, limit: 9 });
        assert_eq!(found.iter().map(|one| one.relation).collect::<Vec<_>>(), [Relation::Upstream(1)]);
    }
}
