//! What a final product lacks: the smallest sets of products that somebody would have to make so that it can be made.

use std::collections::BTreeSet;

use crate::chain::graph::ProductId;
use crate::chain::market::{ChainId, Market};
use crate::chain::web::{Purchase, Reading, Web};

/// The smallest ways to close the gaps of one product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The product.
    pub product: ProductId,
    /// Whether somebody in the area is known to make it, of whatever.
    pub is_made: bool,
    /// Sets of products that nobody makes, smallest first, none containing another; making all of one set is enough.
    /// One empty set: nothing is missing. No set: only a ring of alternatives leads to it.
    pub sets: Vec<Vec<ProductId>>,
    /// Whether these are all of them; there may be more ways than [`SETS_MAX`] for a product or an input of it.
    pub is_complete: bool,
}

/// So many ways are kept for each product.
pub const SETS_MAX: usize = 16;
/// Ways are passed on through so many products at most; rings of alternatives end here.
const ROUNDS_MAX: usize = 1_000;

type Set = BTreeSet<usize>;

/// Finds what the products of `wanted` lack, in their order. What is unknown counts as there: only what is known to be
/// missing is listed.
///
/// A set of a product is its own absence, if nobody makes it, and one set of an alternative of each group of inputs. That
/// somebody could make a kind of the product instead is not looked for.
///
/// # Complexity
/// O(inputs x [`SETS_MAX`]^2) set unions; with groups of many alternatives some more.
pub fn missing(web: &Web, purchase: Purchase, wanted: &[ProductId]) -> Vec<Missing> {
    let mut finder = Finder {
        web,
        bases: web.bases(purchase, Reading::Hopeful),
        sets: vec![Vec::new(); web.products.len()],
        is_cut: vec![false; web.products.len()],
    };
    finder.run();
    let certain = web.bases(purchase, Reading::Strict);
    let place = |product: &ProductId| web.products.binary_search(product).ok();
    let found = wanted.iter().filter_map(|product| {
        let place = place(product)?;
        let name = |place: &usize| web.products.get(*place).copied();
        let sets = finder.sets.get(place)?.iter().map(|set| set.iter().filter_map(name).collect()).collect();
        let is_complete = !finder.is_cut.get(place).copied().unwrap_or(false);
        let is_made = certain.get(place).is_some_and(|(is_made, _)| *is_made);
        Some(Missing { product: *product, is_made, sets, is_complete })
    });
    found.collect()
}

struct Finder<'w> {
    web: &'w Web,
    /// Whether each product is made and whether it is bought.
    bases: Vec<(bool, bool)>,
    sets: Vec<Vec<Set>>,
    is_cut: Vec<bool>,
}

impl Finder<'_> {
    fn run(&mut self) {
        for _ in 0..ROUNDS_MAX {
            let mut has_changed = false;
            for place in 0..self.web.products.len() {
                let (sets, is_cut) = self.of(place);
                if self.sets.get(place) != Some(&sets) {
                    has_changed = true;
                    if let (Some(slot), Some(cut)) = (self.sets.get_mut(place), self.is_cut.get_mut(place)) {
                        (*slot, *cut) = (sets, is_cut);
                    }
                }
            }
            if !has_changed {
                return;
            }
        }
        self.is_cut.fill(true);
    }

    fn of(&self, place: usize) -> (Vec<Set>, bool) {
        let (is_made, is_bought) = self.bases.get(place).copied().unwrap_or((false, false));
        if is_bought {
            return (vec![Set::new()], false);
        }
        let own = if is_made { Set::new() } else { Set::from([place]) };
        let (mut ways, mut is_cut) = (vec![own], false);
        for group in self.web.required.get(place).into_iter().flatten() {
            let options: Vec<&Set> = group.iter().filter_map(|input| self.sets.get(*input)).flatten().collect();
            is_cut |= group.iter().any(|input| self.is_cut.get(*input).copied().unwrap_or(false));
            let joined = ways.iter().flat_map(|way| options.iter().map(move |option| way | option));
            let (smallest, is_more) = smallest(joined.collect());
            (ways, is_cut) = (smallest, is_cut || is_more);
        }
        (ways, is_cut)
    }
}

/// Keeps the sets that contain no other one, smallest first, at most [`SETS_MAX`]; says whether there were more.
fn smallest(mut sets: Vec<Set>) -> (Vec<Set>, bool) {
    sets.sort_unstable_by(|left, right| left.len().cmp(&right.len()).then_with(|| left.cmp(right)));
    let mut kept: Vec<Set> = Vec::new();
    for set in sets {
        if !kept.iter().any(|other| other.is_subset(&set)) {
            if kept.len() == SETS_MAX {
                return (kept, true);
            }
            kept.push(set);
        }
    }
    (kept, false)
}

/// Lists what a chain makes in the end, ascending: what is said to be final, else what goes into nothing else of the
/// chain.
pub fn ends(market: &Market, chain: ChainId) -> Vec<ProductId> {
    let graph = market.graph();
    let own: BTreeSet<ProductId> =
        market.chain(chain).links.iter().flat_map(|link| market.link(*link).products.iter().copied()).collect();
    let finals: Vec<ProductId> = own.iter().copied().filter(|id| graph.product(*id).is_final).collect();
    if !finals.is_empty() {
        return finals;
    }
    let is_end = |id: &ProductId| !graph.used_in(*id).iter().any(|user| own.contains(user));
    own.iter().copied().filter(|id| is_end(id) && !graph.made_of(*id).is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::market::Market;
    use crate::chain::model::{Facts, Finding, Input};
    use crate::chain::rate::Verdict;
    use crate::chain::sample::{
        BEIJING, JINAN, SHANDONG, chain_id, either, facts, firm, input, makes, market, product, product_id, scope,
        survey,
    };

    /// All products are of link A, which was surveyed; `local` are made here, `outside` elsewhere.
    fn build(products: &[&str], inputs: Vec<Input>, local: &[&str], outside: &[&str]) -> Market {
        let mut facts: Facts = facts(&["A"]);
        facts.products = products.iter().map(|title| product(title, &["A"])).collect();
        facts.inputs = inputs;
        facts.firms = vec![firm(1, JINAN), firm(2, BEIJING)];
        facts.surveys = vec![survey("A", SHANDONG, Finding::Nobody)];
        for (number, name) in (1..).zip(local) {
            facts.capabilities.push(makes(number, 1, name));
        }
        for (number, name) in (100..).zip(outside) {
            facts.capabilities.push(makes(number, 2, name));
        }
        market(facts)
    }

    fn lacks(market: &Market, title: &str, purchase: Purchase) -> Vec<String> {
        let web = Web::new(market, &scope(), chain_id(market), None);
        let found = missing(&web, purchase, &[product_id(market, title)]).remove(0);
        assert!(found.is_complete);
        let words = |set: &Vec<ProductId>| set.iter().map(|id| market.graph().title(*id)).collect::<Vec<_>>().join("+");
        found.sets.iter().map(words).collect()
    }

    #[test]
    fn the_smallest_ways_to_make_a_product_are_found() {
        // Z of A and (B or C); B of D and E; only A and Z are made.
        let inputs =
            vec![input("Z", "A"), either("Z", "B", "x"), either("Z", "C", "x"), input("B", "D"), input("B", "E")];
        let market = build(&["A", "B", "C", "D", "E", "Z"], inputs, &["A", "Z"], &["E"]);
        assert_eq!(lacks(&market, "Z", Purchase::Nowhere), ["C", "B+D+E"]);
        assert_eq!(lacks(&market, "Z", Purchase::Anywhere), ["C", "B+D"]);
        assert_eq!(lacks(&market, "A", Purchase::Nowhere), [""]);
        let web = Web::new(&market, &scope(), chain_id(&market), None);
        let made = missing(&web, Purchase::Nowhere, &["Z", "B"].map(|title| product_id(&market, title)));
        assert_eq!(made.iter().map(|one| one.is_made).collect::<Vec<bool>>(), [true, false]);
        assert_eq!(lacks(&market, "E", Purchase::Anywhere), [""]);
    }

    #[test]
    fn what_two_inputs_share_is_lacking_once() {
        let inputs = vec![input("Z", "A"), input("Z", "B"), input("A", "D"), input("B", "D")];
        let market = build(&["A", "B", "D", "Z"], inputs, &["A", "B", "Z"], &[]);
        assert_eq!(lacks(&market, "Z", Purchase::Nowhere), ["D"]);
    }

    #[test]
    fn what_nobody_told_of_is_not_missing() {
        let mut facts: Facts = facts(&["A"]);
        facts.products = vec![product("Z", &["A"]), product("D", &["A"])];
        facts.inputs = vec![input("Z", "D")];
        facts.firms = vec![firm(1, JINAN)];
        facts.capabilities = vec![makes(1, 1, "Z")];
        let market = market(facts);
        assert_eq!(lacks(&market, "Z", Purchase::Nowhere), [""]);
        let web = Web::new(&market, &scope(), chain_id(&market), None);
        let hand: Vec<Verdict> = web.at_hand(Purchase::Nowhere, None).into_iter().map(|(_, verdict)| verdict).collect();
        assert_eq!(hand, [Verdict::Unknown, Verdict::Unknown]);
    }

    #[test]
    fn who_lost_a_certificate_is_no_source_and_a_draft_says_nothing() {
        let mut facts: Facts = facts(&["A"]);
        facts.products = vec![product("Z", &["A"])];
        facts.firms = vec![firm(1, JINAN), firm(2, BEIJING)];
        facts.capabilities = vec![makes(1, 1, "Z"), makes(2, 2, "Z")];
        let hand = |facts: &Facts, purchase| {
            let market = market(facts.clone());
            Web::new(&market, &scope(), chain_id(&market), None).at_hand(purchase, None)[0].1
        };
        assert_eq!(hand(&facts, Purchase::Nowhere), Verdict::Yes);
        facts.links[0].required_certificates = vec!["IATF16949".to_owned()];
        assert_eq!(hand(&facts, Purchase::Nowhere), Verdict::Unknown);
        let until = Some(jiff::civil::date(2026, 1, 1));
        for firm in &mut facts.firms {
            let span = crate::chain::model::Span { from: None, until };
            firm.certificates = vec![crate::chain::model::Certificate { name: "IATF16949".to_owned(), span }];
        }
        facts.surveys = vec![survey("A", SHANDONG, Finding::Nobody)];
        assert_eq!((hand(&facts, Purchase::Nowhere), hand(&facts, Purchase::Anywhere)), (Verdict::No, Verdict::No));
        facts.firms[1].certificates[0].span.until = None;
        assert_eq!((hand(&facts, Purchase::Nowhere), hand(&facts, Purchase::Anywhere)), (Verdict::No, Verdict::Yes));
        facts.surveys.clear();
        assert_eq!(hand(&facts, Purchase::Nowhere), Verdict::No);
        facts.chains[0].is_draft = true;
        assert_eq!(hand(&facts, Purchase::Nowhere), Verdict::Unknown);
        // Nor where somebody looked for what its links are said to make.
        facts.surveys = vec![survey("A", SHANDONG, Finding::Nobody)];
        assert_eq!(hand(&facts, Purchase::Nowhere), Verdict::Unknown);
    }

    #[test]
    fn rings_run_as_long_as_their_feeds_come_in() {
        // Steel of iron or scrap, scrap of steel.
        let inputs = || vec![either("钢", "铁", "料"), either("钢", "废钢", "料"), input("废钢", "钢")];
        let market = build(&["钢", "铁", "废钢"], inputs(), &["钢", "废钢"], &[]);
        assert_eq!(lacks(&market, "钢", Purchase::Nowhere), [""]);
        let market = build(&["钢", "铁", "废钢"], inputs(), &["钢"], &[]);
        assert_eq!(lacks(&market, "钢", Purchase::Nowhere), ["废钢", "铁"]);
    }

    #[test]
    fn too_many_ways_are_told() {
        let titles: Vec<String> = (0..40).map(|n| format!("N{n:02}")).collect();
        let inputs = titles.iter().map(|title| either("Z", title, "x")).collect();
        let names: Vec<&str> = titles.iter().map(String::as_str).chain(["Z"]).collect();
        let market = build(&names, inputs, &["Z"], &[]);
        let web = Web::new(&market, &scope(), chain_id(&market), None);
        let found = missing(&web, Purchase::Nowhere, &[product_id(&market, "Z")]).remove(0);
        assert_eq!((found.sets.len(), found.is_complete), (SETS_MAX, false));
    }
}
