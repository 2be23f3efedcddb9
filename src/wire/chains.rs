//! The supply chains: the list, one chain, what chains lack, and on whom they depend.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::chain::{
    Area, Basis, Break, Candidate, ChainId, Critical, Evidence, Extension, FirmId, Fraction, LinkId, LinkReport,
    Market, Missing, Note, Problem, ProductId, Removed, Repair, SinglePoint, Substitute, Supplier, Unit,
};
use crate::definition::Regions;
use crate::engine::{
    ChainBook, ChainCritical, ChainGaps, ChainRow, ChainShown, LinkPlace, NamePlace, PartyLink, ProductPlace, Unplaced,
};
use crate::model::PartyId;
use crate::wire::rates::{AreaBody, amount, verdict_name};

/// Says of a party whether what it buys, when and for how much, is the viewer's to know.
pub type Knows<'a> = dyn Fn(PartyId) -> bool + 'a;

/// The answers about chains, with the day that they hold on.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ChainsBody {
    as_of: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    region: Option<AreaBody>,
    chains: Vec<Json>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<Json>,
}

impl ChainsBody {
    /// Builds the list of chains with what does not fit together.
    pub fn list(book: &ChainBook<'_>, rows: &[ChainRow]) -> Self {
        let problem = |problem: &Problem| {
            json!({
                "code": problem.kind.code(), "place": problem.place, "names": problem.names,
                "message": problem.kind.words(),
            })
        };
        Self {
            as_of: book.as_of.to_string(),
            region: None,
            chains: rows.iter().map(row).collect(),
            problems: book.market.problems().iter().map(problem).collect(),
        }
    }

    /// Builds one chain with its links.
    pub fn show(book: &ChainBook<'_>, row_of: &ChainRow, shown: &ChainShown) -> Self {
        let names = Names { market: &book.market, regions: book.regions(), knows: &|_| true };
        let links: Vec<Json> =
            shown.links.iter().map(|(report, suppliers)| names.link_shown(report, suppliers)).collect();
        Self {
            as_of: book.as_of.to_string(),
            region: Some(AreaBody::from(&shown.area)),
            chains: vec![with(row(row_of), json!({ "links": links }))],
            problems: Vec::new(),
        }
    }

    /// Builds what chains lack.
    pub fn gaps(book: &ChainBook<'_>, area: &Area, gaps: &[ChainGaps], knows: &Knows<'_>) -> Self {
        let names = Names { market: &book.market, regions: book.regions(), knows };
        Self {
            as_of: book.as_of.to_string(),
            region: Some(AreaBody::from(area)),
            chains: gaps.iter().map(|gaps| names.gaps(gaps)).collect(),
            problems: Vec::new(),
        }
    }

    /// Builds on whom chains depend.
    pub fn critical(book: &ChainBook<'_>, area: &Area, found: &[ChainCritical], knows: &Knows<'_>) -> Self {
        let names = Names { market: &book.market, regions: book.regions(), knows };
        Self {
            as_of: book.as_of.to_string(),
            region: Some(AreaBody::from(area)),
            chains: found.iter().map(|found| names.critical(found)).collect(),
            problems: Vec::new(),
        }
    }
}

/// Writes where the product names of a record stand.
pub fn placements(places: &[NamePlace]) -> Vec<Json> {
    let product = |one: &ProductPlace| {
        json!({
            "title": one.title, "reason": one.reason.name(),
            "reason_label": one.reason.label(),
            "confidence": f64::from(one.reason.confidence()) / 100.0, "found": one.found,
            "links": one.links.iter().map(link_place).collect::<Vec<_>>(),
        })
    };
    let name = |place: &NamePlace| {
        json!({
            "name": place.name, "placed": place.is_placed,
            "products": place.products.iter().map(product).collect::<Vec<_>>(),
        })
    };
    places.iter().map(name).collect()
}

/// Writes the links of a party.
pub fn party_links(links: &[PartyLink]) -> Vec<Json> {
    let link = |link: &PartyLink| {
        let evidence = link.evidence.map(Evidence::name);
        with(link_place(&link.place), json!({ "evidence": evidence }))
    };
    links.iter().map(link).collect()
}

/// Writes the names that stand nowhere.
pub fn unplaced(as_of: jiff::civil::Date, names: &[Unplaced]) -> Json {
    let name = |one: &Unplaced| {
        json!({
            "name": one.name, "records": one.n_records, "example": one.example.to_string(), "nearest": one.nearest,
        })
    };
    json!({ "as_of": as_of.to_string(), "unplaced": names.iter().map(name).collect::<Vec<_>>() })
}

fn link_place(place: &LinkPlace) -> Json {
    json!({
        "chain": { "code": place.chain, "title": place.chain_title },
        "link": { "code": place.link, "title": place.link_title },
    })
}

/// Adds the keys of one object to another.
fn with(mut base: Json, more: Json) -> Json {
    if let (Json::Object(base), Json::Object(more)) = (&mut base, more) {
        base.extend(more);
    }
    base
}

fn row(row: &ChainRow) -> Json {
    let leader = |(id, name): &(PartyId, String)| json!({ "id": id.to_string(), "name": name });
    json!({
        "code": row.code, "title": row.title, "level": row.level, "region": row.region, "key": row.is_key,
        "draft": row.is_draft, "listed": row.is_listed, "source": row.source, "link_count": row.n_links,
        "product_count": row.n_products, "leaders": row.leaders.iter().map(leader).collect::<Vec<_>>(),
    })
}

/// Writes what is named by places in a market.
struct Names<'b> {
    market: &'b Market,
    regions: &'b Regions,
    knows: &'b Knows<'b>,
}

impl Names<'_> {
    fn firm(&self, id: FirmId) -> Json {
        let firm = &self.market.firm(id).firm;
        json!({ "id": firm.id.to_string(), "name": firm.name })
    }

    /// Says whether the viewer may know that somebody buys something of a link, from one firm or at all.
    fn may_know(&self, buyer: FirmId, link: LinkId, from: Option<FirmId>) -> bool {
        let flows = self.market.flows_at(link).filter(|flow| flow.buyer == Some(buyer));
        let mut flows = flows.filter(|flow| from.is_none_or(|from| flow.supplier == from));
        self.knows(buyer) || flows.any(|flow| flow.supply.is_public || self.knows(flow.supplier))
    }

    /// Keeps those of the suppliers of a buyer of whom the viewer may know.
    fn known(&self, (buyer, link): (FirmId, LinkId), suppliers: &[FirmId]) -> Vec<FirmId> {
        suppliers.iter().copied().filter(|from| self.may_know(buyer, link, Some(*from))).collect()
    }

    fn knows(&self, buyer: FirmId) -> bool {
        (self.knows)(self.market.firm(buyer).firm.id)
    }

    fn firms(&self, ids: &[FirmId]) -> Vec<Json> {
        ids.iter().map(|id| self.firm(*id)).collect()
    }

    fn link(&self, id: LinkId) -> Json {
        let link = &self.market.link(id).link;
        json!({ "code": link.code, "title": link.title })
    }

    fn products(&self, ids: &[ProductId]) -> Vec<&str> {
        ids.iter().map(|id| self.market.graph().title(*id)).collect()
    }

    fn chain(&self, id: ChainId) -> Json {
        let chain = &self.market.chain(id).chain;
        json!({ "code": chain.code, "title": chain.title, "draft": chain.is_draft })
    }

    fn report(&self, report: &LinkReport) -> Json {
        let reason = |note: &Note| json!({ "code": note.code, "message": note.words });
        let node = &self.market.link(report.link);
        json!({
            "code": node.link.code, "title": node.link.title, "required": report.is_required,
            "or_group": node.link.or_group, "state": report.state.name(), "state_label": report.state.label(),
            "met": verdict_name(report.is_met),
            "suppliers_local": report.groups.local, "suppliers_unknown": report.groups.unknown,
            "suppliers_all": report.groups.all, "reasons": report.reasons.iter().map(reason).collect::<Vec<_>>(),
        })
    }

    fn link_shown(&self, report: &LinkReport, suppliers: &[Supplier]) -> Json {
        let supplier = |one: &Supplier| {
            let counts = verdict_name(one.verdict());
            with(
                self.firm(one.firm),
                json!({ "whereabouts": one.whereabouts.label(Basis::Production), "counts": counts }),
            )
        };
        let more = json!({
            "products": self.products(&self.market.link(report.link).products),
            "single_point": ChainShown::is_single(report),
            "suppliers": suppliers.iter().map(supplier).collect::<Vec<_>>(),
        });
        with(self.report(report), more)
    }

    fn gaps(&self, gaps: &ChainGaps) -> Json {
        let graph = self.market.graph();
        let link = |report: &LinkReport| {
            let repair = gaps.repairs.iter().find(|repair| repair.link == report.link);
            let more = repair
                .map(|repair| json!({ "candidates": self.candidates(repair), "outside": self.firms(&repair.outside) }));
            with(self.report(report), more.unwrap_or_default())
        };
        let missing = |missing: &Missing| {
            let sets: Vec<Vec<&str>> = missing.sets.iter().map(|set| self.products(set)).collect();
            json!({ "product": graph.title(missing.product), "made": missing.is_made, "sets": sets, "complete": missing.is_complete })
        };
        let broken = |one: &Break| {
            json!({
                "buyer": self.firm(one.buyer), "link": self.link(one.link), "leader": one.is_leader,
                "suppliers": self.firms(&self.known((one.buyer, one.link), &one.suppliers)),
                "last_day": one.last_day.filter(|_| self.knows(one.buyer)).map(|day| day.to_string()),
            })
        };
        let extension = |one: &Extension| {
            json!({
                "product": graph.title(one.product), "beside": graph.title(one.beside),
                "downstream": one.is_downstream, "firms": self.firms(&one.firms),
            })
        };
        let more = json!({
            "links": gaps.reports.iter().map(link).collect::<Vec<_>>(),
            "missing": gaps.missing.iter().map(missing).collect::<Vec<_>>(),
            "breaks": gaps.breaks.iter().filter(|one| self.may_know(one.buyer, one.link, None)).map(broken).collect::<Vec<_>>(),
            "extensions": gaps.extensions.iter().map(extension).collect::<Vec<_>>(),
        });
        with(self.chain(gaps.chain), more)
    }

    fn candidates(&self, repair: &Repair) -> Json {
        let graph = self.market.graph();
        let candidate = |one: &Candidate| {
            json!({
                "firm": self.firm(one.firm), "makes": graph.title(one.makes), "wanted": graph.title(one.wanted),
                "kin": one.kin.map(|id| graph.title(id)), "shared_inputs": self.products(&one.shared_inputs),
                "lacking_certificates": one.lacking,
            })
        };
        repair.candidates.iter().map(candidate).collect()
    }

    fn critical(&self, found: &ChainCritical) -> Json {
        let single_points = found.single_points.iter().filter(|(one, _)| self.may_know(one.buyer, one.link, None));
        let more = json!({
            "single_points": single_points.map(|point| self.single_point(point)).collect::<Vec<_>>(),
            "groups": found.groups.iter().map(|one| self.fallen(one)).collect::<Vec<_>>(),
            "places": found.places.iter().map(|one| self.fallen(one)).collect::<Vec<_>>(),
        });
        with(self.chain(found.chain), more)
    }

    fn single_point(&self, (point, others): &(SinglePoint, Vec<Substitute>)) -> Json {
        let substitute = |one: &Substitute| {
            json!({
                "firm": self.firm(one.firm), "whereabouts": one.whereabouts.label(Basis::Production),
                "lacking_certificates": one.lacking,
            })
        };
        json!({
            "buyer": self.firm(point.buyer), "link": self.link(point.link),
            "controller": point.controller.to_string(), "firms": self.firms(&self.known((point.buyer, point.link), &point.firms)),
            "suppliers": point.n_groups,
            "share": point.share.filter(|_| self.knows(point.buyer)).map(Fraction::to_f64),
            "substitutes": others.iter().map(substitute).collect::<Vec<_>>(),
        })
    }

    fn fallen(&self, one: &Critical) -> Json {
        let removed = match &one.removed {
            Removed::Group(party) => {
                let name = self.market.find_firm(*party).map(|id| self.market.firm(id).firm.name.as_str());
                json!({ "group": party.to_string(), "name": name })
            }
            Removed::Place(code) => json!({ "place": code, "name": self.regions.name(code) }),
        };
        let pairs = one.pairs.iter().filter(|(buyer, link)| self.may_know(*buyer, *link, None));
        let knows_all = one.pairs.iter().all(|(buyer, _)| self.knows(*buyer));
        let pair = |(buyer, link): &(FirmId, LinkId)| json!({ "buyer": self.firm(*buyer), "link": self.link(*link) });
        json!({
            "without": removed, "pairs": pairs.map(pair).collect::<Vec<_>>(),
            "spend": knows_all.then(|| amount(one.spend_fen, Unit::Fen)), "products": self.products(&one.products),
            "final_products": self.products(&one.finals),
        })
    }
}
