//! The supply chains at the size of a large public graph (60,000 products, 110,000 edges) and ten times larger, on invented
//! facts: building, neighbours, and all rates of a chain after one supply has changed.
//!
//! usage: cargo bench --features bench --bench chain
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement, not a product"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::time::Instant;

use jiff::civil::{Date, date};
use lianqiao::chain::{
    Area, Ask, Basis, Capability, Chain, Depth, Evidence, Facts, Firm, Fraction, Graph, Input, Leader, LeaderRole,
    Link, LinkName, Market, Nesting, Product, Purchase, Question, RECENT_MONTHS, Reach, Scope, Span, Supply, Support,
    Tier, Title, Weakness, chain_rates, critical, critical_places, link_reports, neighbours, support,
};
use lianqiao::{Definition, PartyId, RecordId};
use rand::rngs::ChaCha8Rng;
use rand::{RngExt, SeedableRng};

const TODAY: Date = date(2026, 6, 1);
const SEED: u64 = 1;
const N_CHAINS: usize = 40;
const LINKS_PER_CHAIN: usize = 20;
const CITIES: [&str; 6] = ["370100", "370200", "370300", "370500", "110000", "310000"];

/// How much to invent.
#[derive(Clone, Copy)]
struct Size {
    /// Times that each change is measured, and each walk ten times as often.
    runs: usize,
    products: usize,
    feeds: usize,
    kinds: usize,
    firms: usize,
    offers: usize,
    supplies: usize,
}

const PUBLIC: Size = Size {
    runs: 100,
    products: 60_000,
    feeds: 70_000,
    kinds: 40_000,
    firms: 5_000,
    offers: 100_000,
    supplies: 100_000,
};

impl Size {
    /// So many times larger; measured as much less often, so that it ends in about as much time.
    fn times(self, n: usize) -> Self {
        let Self { runs, products, feeds, kinds, firms, offers, supplies } = self;
        let [products, feeds, kinds] = [products, feeds, kinds].map(|size| size * n);
        let [firms, offers, supplies] = [firms, offers, supplies].map(|size| size * n);
        let runs = (runs / (3 * n)).max(1);
        Self { runs, products, feeds, kinds, firms, offers, supplies }
    }
}

fn main() {
    let definition = Definition::compiled().unwrap();
    println!("| | |\n|---|---|");
    for (label, size) in [("60 thousand products", PUBLIC), ("600 thousand products", PUBLIC.times(10))] {
        measure(label, size, &definition);
    }
}

fn measure(label: &str, size: Size, definition: &Definition) {
    let facts = invent(size);
    let before = resident();
    let inputs: Vec<&Input> = facts.inputs.iter().collect();
    let products = facts.products.clone();
    let (graph, seconds) = timed(|| Graph::build(products, &inputs));
    row(label, &format!("graph of {:?} edges (s)", graph.edges()), seconds);
    row(label, "memory of the graph (MiB)", (resident() - before) / 1024.0);
    walk(label, &graph, size.runs);
    drop(graph);
    let (mut market, seconds) = timed(|| Market::build(facts, TODAY));
    row(label, "graph, links, firms, offers and supplies (s)", seconds);
    row(label, "what does not fit together", market.problems().len() as f64);
    let area = Area { label: "山东省".to_owned(), codes: vec!["370000".to_owned()] };
    let scope = Scope {
        regions: &definition.regions,
        area: &area,
        as_of: TODAY,
        basis: Basis::Production,
        recent_months: RECENT_MONTHS,
    };
    change(label, &mut market, &scope, definition, size);
}

fn walk(label: &str, graph: &Graph, runs: usize) {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let ids: Vec<_> = graph.ids().collect();
    for (steps, reach) in [(1, Reach { up: 1, down: 1, limit: 100 }), (3, Reach { up: 3, down: 3, limit: 100 })] {
        let mut times = Vec::new();
        let mut found = 0;
        for _ in 0..runs * 10 {
            let product = ids[random.random_range(0..ids.len())];
            let start = Instant::now();
            found += black_box(neighbours(graph, product, reach)).len();
            times.push(start.elapsed().as_secs_f64() * 1e6);
        }
        row(label, &format!("neighbours, {steps} steps up and down, mean number"), found as f64 / times.len() as f64);
        spread(label, &format!("neighbours, {steps} steps up and down (us)"), times);
    }
}

fn change(label: &str, market: &mut Market, scope: &Scope<'_>, definition: &Definition, size: Size) {
    let mut random = ChaCha8Rng::seed_from_u64(SEED + 1);
    let of_province = scope.regions.iter().filter(|region| region.parent == "370000");
    let places: Vec<String> = of_province.map(|region| region.code.clone()).collect();
    let chains: Vec<_> = market.chains().map(|(id, _)| id).collect();
    let ask = Ask { evidence: Evidence::E1, k: 1, period: None };
    let weakness = Weakness { k: 2, grades: &definition.grades };
    let question = Question { evidence: Evidence::E1, purchase: Purchase::Nowhere };
    let [mut rates, mut reports, mut critics, mut cities] = [0.0; 4];
    for _ in 0..size.runs {
        let number = random.random_range(0..size.supplies);
        let changed = supply(&mut random, number, size);
        let chain = market.find_chain(changed.link.as_ref().unwrap().chain.as_ref().unwrap()).unwrap();
        market.put(changed);
        rates += timed(|| black_box(chain_rates(market, scope, chain, ask))).1;
        reports += timed(|| black_box(link_reports(market, scope, chain, &weakness))).1;
        critics += timed(|| black_box(critical(market, scope, chain, question))).1;
        cities += timed(|| black_box(critical_places(market, scope, chain, question, &places))).1;
    }
    let mean = |seconds: f64| seconds * 1e3 / size.runs as f64;
    row(label, "one supply changed, all rates of its chain (ms, mean)", mean(rates));
    row(label, "states of all links of a chain (ms, mean)", mean(reports));
    row(label, "all critical suppliers of a chain (ms, mean)", mean(critics));
    row(label, &format!("all critical cities of a chain, of {} (ms, mean)", places.len()), mean(cities));
    let options = Support {
        tier: Tier::Specialised,
        nesting: Nesting::Inclusive,
        depth: Depth::Any,
        evidence: Evidence::E1,
        share_min: Fraction::ZERO,
        chain: None,
    };
    let ([rate, ..], seconds) = timed(|| support(market, scope, &options));
    row(label, &format!("support rate of {} firms in {} chains (ms)", rate.members.len(), chains.len()), seconds * 1e3);
}

fn row(label: &str, what: &str, value: f64) {
    println!("| {label}: {what} | {value:.3} |");
}

fn spread(label: &str, what: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    let at = |share: usize| times[times.len() * share / 100];
    println!("| {label}: {what}: least, p50, p90 | {:.2}, {:.2}, {:.2} |", times[0], at(50), at(90));
}

/// Returns what was done and its processor time in seconds, which tells more than the clock of a shared machine.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let before = process_seconds();
    let done = work();
    (done, process_seconds() - before)
}

/// Returns the processor time of this process in seconds, in steps of a hundredth.
fn process_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    (fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap()) / 100.0
}

/// Returns the resident memory in KiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

fn title(product: usize) -> String {
    format!("产品{product:06}")
}

fn code(chain: usize, link: usize) -> LinkName {
    LinkName { chain: Some(format!("L{chain:02}")), link: format!("L{chain:02}-{link:02}") }
}

fn invent(size: Size) -> Facts {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let mut facts = Facts { products: products(&mut random, size), ..Facts::default() };
    facts.inputs = (0..size.feeds)
        .map(|_| {
            // Mostly what stands before goes into what stands behind; one in a thousand goes back and may close a ring.
            let (left, right) = (random.random_range(0..size.products), random.random_range(0..size.products));
            let is_back = random.random_range(0..1000) == 0;
            let (product, input) =
                if is_back { (left.min(right), left.max(right)) } else { (left.max(right), left.min(right)) };
            let or_group = (random.random_range(0..4) == 0).then(|| "g".to_owned());
            Input { product: title(product), input: title(input), or_group, is_optional: false, span: Span::ALWAYS }
        })
        .collect();
    for chain in 0..N_CHAINS {
        facts.chains.push(invented_chain(chain));
        facts.links.extend((0..LINKS_PER_CHAIN).map(|link| invented_link(chain, link)));
        let party = PartyId(random.random_range(1..=size.firms as u64));
        let chain = format!("L{chain:02}");
        facts.leaders.push(Leader { party, chain, role: LeaderRole::Leader, span: Span::ALWAYS });
    }
    facts.firms = (1..=size.firms as u64).map(|number| firm(&mut random, number)).collect();
    facts.capabilities = (0..size.offers).map(|number| offer(&mut random, number, size)).collect();
    facts.supplies = (0..size.supplies).map(|number| supply(&mut random, number, size)).collect();
    facts
}

fn products(random: &mut ChaCha8Rng, size: Size) -> Vec<Product> {
    let mut products: Vec<Product> = (0..size.products)
        .map(|number| {
            let place = (random.random_range(0..N_CHAINS), random.random_range(0..LINKS_PER_CHAIN));
            // One product in sixteen belongs to a link.
            let links = if number % 16 == 0 { vec![code(place.0, place.1)] } else { Vec::new() };
            Product { title: title(number), links, is_final: number % 160 == 0, ..Product::default() }
        })
        .collect();
    for _ in 0..size.kinds {
        let (left, right) = (random.random_range(0..size.products), random.random_range(0..size.products));
        products[left.min(right)].narrower.push(title(left.max(right)));
    }
    products
}

fn invented_chain(chain: usize) -> Chain {
    Chain {
        code: format!("L{chain:02}"),
        title: format!("示例产业链{chain:02}"),
        aliases: Vec::new(),
        level: None,
        region: None,
        is_key: true,
        span: Span::ALWAYS,
        is_draft: false,
    }
}

fn invented_link(chain: usize, link: usize) -> Link {
    let name = code(chain, link);
    Link {
        chain: name.chain.unwrap(),
        title: format!("示例环节{}", name.link),
        code: name.link,
        position: None,
        is_essential: true,
        weight_thousandths: 1000,
        or_group: (link > 17).then(|| "g".to_owned()),
        demand: None,
        level_min: None,
        required_certificates: Vec::new(),
        span: Span::ALWAYS,
    }
}

fn firm(random: &mut ChaCha8Rng, number: u64) -> Firm {
    let title = Title { tier: Tier::Specialised, span: Span::ALWAYS, is_suspended: false };
    Firm {
        id: PartyId(number),
        name: format!("示例企业{number}"),
        controller: PartyId(number - number % 3),
        registered_at: None,
        registered: Some(CITIES[random.random_range(0..CITIES.len())].to_owned()),
        sites: Vec::new(),
        is_registered: true,
        titles: if number.is_multiple_of(2) { vec![title] } else { Vec::new() },
        certificates: Vec::new(),
        is_trader: number.is_multiple_of(10),
        risks: Vec::new(),
        gone_since: None,
        revenue_fen: Some(100_000_000_000),
        revenue_year: None,
        chain_sales_fen: None,
        purchases_fen: BTreeMap::new(),
        indicators: BTreeMap::new(),
    }
}

fn offer(random: &mut ChaCha8Rng, number: usize, size: Size) -> Capability {
    let firm = PartyId(random.random_range(1..=size.firms as u64));
    Capability {
        record: RecordId::new(Some(firm), "catalog", &format!("{number:07}")),
        firm,
        product: Some(title(random.random_range(0..size.products))),
        link: None,
        capacity: None,
        levels: Vec::new(),
        origin: None,
        is_traded: false,
        span: Span::ALWAYS,
    }
}

fn supply(random: &mut ChaCha8Rng, number: usize, size: Size) -> Supply {
    let mut party = || PartyId(random.random_range(1..=size.firms as u64));
    let (supplier, buyer) = (party(), party());
    let year = Span { from: Some(date(2025, 1, 1)), until: Some(date(2025, 12, 31)) };
    Supply {
        record: RecordId::new(None, "supply_edge", &format!("{number:07}")),
        supplier,
        buyer: Some(buyer),
        product: None,
        link: Some(code(random.random_range(0..N_CHAINS), random.random_range(0..LINKS_PER_CHAIN))),
        chain: None,
        amount_fen: Some(random.random_range(-1_000..1_000_000_000)),
        share: None,
        period: Some(year),
        span: None,
        last_delivery: None,
        origin: None,
        left_out: None,
        is_public: true,
        evidence: if number.is_multiple_of(2) { Evidence::E1 } else { Evidence::E2 },
    }
}
