//! Who could close a gap: local firms one step away from a link that nobody serves (`补链`), other suppliers of a buyer with
//! one, and what lies beside the ends of a chain (`延链`).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::chain::graph::{Graph, ProductId};
use crate::chain::market::{ChainId, FirmId, LinkId, Market};
use crate::chain::rate::Verdict;
use crate::chain::scope::{Scope, Whereabouts};
use crate::chain::suppliers::{Proof, Supplier, suppliers};
use crate::model::PartyId;

/// A local firm that is one step away from making something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Candidate {
    /// The firm.
    pub firm: FirmId,
    /// What it makes.
    pub makes: ProductId,
    /// What the gap is about.
    pub wanted: ProductId,
    /// What both are kinds of; absent where only inputs are shared.
    pub kin: Option<ProductId>,
    /// Inputs that both are made of.
    pub shared_inputs: Vec<ProductId>,
    /// Certificates that the link asks for and the firm does not hold on the day.
    pub lacking: Vec<String>,
}

/// A link with those who could serve it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// The link.
    pub link: LinkId,
    /// Local firms one step away, closest first.
    pub candidates: Vec<Candidate>,
    /// Suppliers elsewhere, those of the same province first, then by firm.
    pub outside: Vec<FirmId>,
}

/// Another supplier of a link for a buyer that depends on one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substitute {
    /// The firm.
    pub firm: FirmId,
    /// Where it makes things.
    pub whereabouts: Whereabouts,
    /// Certificates that the link asks for and the firm does not hold on the day.
    pub lacking: Vec<String>,
}

/// Something beside the end of a chain that a local firm can make.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Extension {
    /// The product beside the chain.
    pub product: ProductId,
    /// The product of the chain that it is made of, or that is made of it.
    pub beside: ProductId,
    /// Whether it stands downstream of the chain.
    pub is_downstream: bool,
    /// The local firms that can make it.
    pub firms: Vec<FirmId>,
}

/// Lists who could serve a link: local firms that make something of the same inputs or of the same kind, and suppliers
/// elsewhere; at most `limit` of each.
///
/// # Complexity
/// O(products that share an input or a broader product with the link's, with their offers).
pub fn repair(market: &Market, scope: &Scope<'_>, link: LinkId, limit: usize) -> Repair {
    let known = suppliers(market, scope, link, Proof::Capable);
    let local: BTreeSet<FirmId> =
        known.iter().filter(|one| one.whereabouts == Whereabouts::Local).map(|one| one.firm).collect();
    let mut best: BTreeMap<FirmId, Candidate> = BTreeMap::new();
    for wanted in &market.link(link).products {
        for (makes, kin, shared_inputs) in near(market.graph(), *wanted) {
            for firm in local_makers(market, scope, makes).into_iter().filter(|firm| !local.contains(firm)) {
                let lacking = lacking(market, scope, firm, link);
                let shared_inputs = shared_inputs.clone();
                let candidate = Candidate { firm, makes, wanted: *wanted, kin, shared_inputs, lacking };
                let slot = best.entry(firm).or_insert_with(|| candidate.clone());
                if rank(&candidate) < rank(slot) {
                    *slot = candidate;
                }
            }
        }
    }
    let mut candidates: Vec<Candidate> = best.into_values().collect();
    candidates.sort_by_key(rank);
    candidates.truncate(limit);
    Repair { link, candidates, outside: outside(market, scope, &known, limit) }
}

/// Closest first: of one kind, then by inputs shared, then by certificates lacking.
fn rank(candidate: &Candidate) -> (bool, Reverse<usize>, usize, FirmId, ProductId, ProductId) {
    let Candidate { firm, makes, wanted, kin, shared_inputs, lacking } = candidate;
    (kin.is_none(), Reverse(shared_inputs.len()), lacking.len(), *firm, *makes, *wanted)
}

/// A product near another, what both are kinds of, and the inputs that they share.
type Near = (ProductId, Option<ProductId>, Vec<ProductId>);

/// The products that share an input or a broader product with one, ascending.
fn near(graph: &Graph, wanted: ProductId) -> Vec<Near> {
    let mut found: BTreeMap<ProductId, (Option<ProductId>, Vec<ProductId>)> = BTreeMap::new();
    for input in graph.made_of(wanted) {
        for other in graph.used_in(input) {
            found.entry(other).or_default().1.push(input);
        }
    }
    for broader in graph.broader(wanted) {
        found.entry(broader).or_default().0.get_or_insert(broader);
        for sibling in graph.narrower(broader) {
            found.entry(sibling).or_default().0.get_or_insert(broader);
        }
    }
    found.remove(&wanted);
    found.into_iter().map(|(product, (kin, shared))| (product, kin, shared)).collect()
}

/// The local firms with a live capability for a product.
fn local_makers(market: &Market, scope: &Scope<'_>, product: ProductId) -> BTreeSet<FirmId> {
    let offers = market.offers_of(product).filter(|offer| scope.is_live_offer(market, offer));
    offers.filter(|offer| scope.offer_from(market, offer) == Whereabouts::Local).map(|offer| offer.firm).collect()
}

fn lacking(market: &Market, scope: &Scope<'_>, firm: FirmId, link: LinkId) -> Vec<String> {
    let held = &market.firm(firm).firm.certificates;
    let holds = |name: &&String| held.iter().any(|one| one.name == **name && one.span.holds(scope.as_of));
    market.link(link).link.required_certificates.iter().filter(|name| !holds(name)).cloned().collect()
}

fn outside(market: &Market, scope: &Scope<'_>, known: &[Supplier], limit: usize) -> Vec<FirmId> {
    let province = |code: &str| scope.regions.around(code, 0).map(|region| region.code.as_str());
    let home = scope.area.codes.first().and_then(|code| province(code));
    let is_home = |firm: FirmId| {
        let registered = market.firm(firm).firm.registered.as_deref();
        home.is_some() && registered.and_then(province) == home
    };
    let outside = known.iter().filter(|one| one.whereabouts.verdict() == Verdict::No);
    let mut firms: Vec<FirmId> = outside.map(|one| one.firm).collect();
    firms.sort_by_key(|firm| (!is_home(*firm), *firm));
    firms.truncate(limit);
    firms
}

/// Lists the firms that could supply a link in the place of a group: local ones first, then those that lack the fewest
/// certificates. That none is listed does not mean that none exists.
pub fn substitutes(
    market: &Market,
    scope: &Scope<'_>,
    link: LinkId,
    controller: PartyId,
    limit: usize,
) -> Vec<Substitute> {
    let known = suppliers(market, scope, link, Proof::Capable).into_iter();
    let others = known.filter(|one| one.controller != controller);
    let mut found: Vec<Substitute> = others
        .map(|one| Substitute {
            firm: one.firm,
            whereabouts: one.whereabouts,
            lacking: lacking(market, scope, one.firm, link),
        })
        .collect();
    found.sort_by(|left, right| {
        (left.whereabouts, left.lacking.len(), left.firm).cmp(&(right.whereabouts, right.lacking.len(), right.firm))
    });
    found.truncate(limit);
    found
}

/// Lists the products beside the ends of a chain that local firms can make, by product; at most `limit`.
pub fn extensions(market: &Market, scope: &Scope<'_>, chain: ChainId, limit: usize) -> Vec<Extension> {
    let own = market.chain(chain).links.iter().flat_map(|link| market.link(*link).products.iter().copied());
    let own: BTreeSet<ProductId> = own.collect();
    let graph = market.graph();
    let mut found = BTreeMap::new();
    for product in &own {
        let (down, up) = (graph.used_in(*product), graph.made_of(*product));
        for (beside, is_downstream) in [(down, true), (up, false)] {
            // An end is where nothing of the chain comes next.
            if beside.iter().any(|next| own.contains(next)) {
                continue;
            }
            for next in beside {
                found.entry((next, is_downstream)).or_insert(*product);
            }
        }
    }
    let extensions = found.into_iter().filter_map(|((product, is_downstream), beside)| {
        let firms: Vec<FirmId> = local_makers(market, scope, product).into_iter().collect();
        (!firms.is_empty()).then_some(Extension { product, beside, is_downstream, firms })
    });
    extensions.take(limit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chain::model::{Certificate, Facts, Product, Span};
    use crate::chain::sample::{
        BEIJING, JINAN, QINGDAO, chain_id, facts, firm, firm_id, input, link_id, makes, market, offer, product,
        product_id, scope,
    };

    /// Cord and hose wire of wire rod; cord and bead wire are kinds of steel wire. Nobody here makes cord.
    fn wires() -> Facts {
        let mut facts = facts(&["A"]);
        let kinds = vec!["钢帘线".to_owned(), "胎圈钢丝".to_owned()];
        facts.products = vec![
            product("钢帘线", &["A"]),
            product("胶管钢丝", &[]),
            product("胎圈钢丝", &[]),
            Product { narrower: kinds, ..product("钢丝", &[]) },
            product("盘条", &[]),
            product("轮胎", &[]),
        ];
        facts.inputs = vec![input("钢帘线", "盘条"), input("胶管钢丝", "盘条"), input("轮胎", "钢帘线")];
        facts.links[0].required_certificates = vec!["IATF16949".to_owned()];
        facts.firms = vec![firm(1, JINAN), firm(2, QINGDAO), firm(3, BEIJING), firm(4, JINAN)];
        facts.firms[1].certificates = vec![Certificate { name: "IATF16949".to_owned(), span: Span::ALWAYS }];
        facts.capabilities = vec![
            makes(1, 1, "胶管钢丝"),
            makes(2, 2, "胎圈钢丝"),
            makes(3, 3, "钢帘线"),
            makes(4, 4, "轮胎"),
            makes(5, 3, "胶管钢丝"),
        ];
        facts
    }

    #[test]
    fn candidates_are_local_and_one_step_away() {
        let market = market(wires());
        let found = repair(&market, &scope(), link_id(&market, "A"), 10);
        let id = |title: &str| product_id(&market, title);
        let shown: Vec<_> =
            found.candidates.iter().map(|one| (one.firm, one.makes, one.kin, one.lacking.len())).collect();
        assert_eq!(
            shown,
            [
                (firm_id(&market, 2), id("胎圈钢丝"), Some(id("钢丝")), 0),
                (firm_id(&market, 1), id("胶管钢丝"), None, 1)
            ]
        );
        assert_eq!(found.candidates[1].shared_inputs, [id("盘条")]);
        assert_eq!(found.outside, [firm_id(&market, 3)]);
        assert_eq!(repair(&market, &scope(), link_id(&market, "A"), 1).candidates.len(), 1);
    }

    #[test]
    fn who_serves_the_link_already_is_no_candidate() {
        let mut facts = wires();
        facts.capabilities.push(offer(6, 2, "A"));
        let market = market(facts);
        let found = repair(&market, &scope(), link_id(&market, "A"), 10);
        assert_eq!(found.candidates.iter().map(|one| one.firm).collect::<Vec<_>>(), [firm_id(&market, 1)]);
    }

    #[test]
    fn substitutes_are_of_another_group() {
        let mut facts = wires();
        facts.capabilities.extend([offer(6, 1, "A"), offer(7, 2, "A"), offer(8, 4, "A")]);
        facts.firms[3].controller = facts.firms[0].id;
        let market = market(facts);
        let found = substitutes(&market, &scope(), link_id(&market, "A"), PartyId(1), 10);
        let shown: Vec<_> = found.iter().map(|one| (one.firm, one.whereabouts, one.lacking.len())).collect();
        let expected = [(firm_id(&market, 2), Whereabouts::Local, 0), (firm_id(&market, 3), Whereabouts::Outside, 1)];
        assert_eq!(shown, expected);
    }

    #[test]
    fn extensions_stand_beside_the_ends() {
        let market = market(wires());
        let found = extensions(&market, &scope(), chain_id(&market), 10);
        let shown: Vec<_> = found.iter().map(|one| (one.product, one.beside, one.is_downstream)).collect();
        assert_eq!(shown, [(product_id(&market, "轮胎"), product_id(&market, "钢帘线"), true)]);
        // Nobody here makes wire rod, which stands at the other end.
        let mut facts = wires();
        facts.capabilities.push(makes(9, 1, "盘条"));
        facts.products[5].links = facts.products[0].links.clone();
        let market = self::market(facts);
        let found = extensions(&market, &scope(), chain_id(&market), 10);
        assert_eq!(
            found.iter().map(|one| (one.product, one.is_downstream)).collect::<Vec<_>>(),
            [(product_id(&market, "盘条"), false)]
        );
    }
}
