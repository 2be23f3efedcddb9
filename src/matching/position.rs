//! Where a supplier stands in the supply chain of what is wanted.

use std::collections::BTreeSet;

use crate::chain::{Finding as Found, LinkId, Survey};
use crate::definition::LaneFeature;
use crate::matching::chains::Served;
use crate::matching::findings::{Finding, known, unknown};
use crate::matching::pair::Pair;
use crate::model::Share;

/// Where the supplier stands in the chain of what is wanted: whether it serves the chain already, or comes to a link where
/// a survey found nobody or too few. No record of either is no flaw.
pub(super) fn position(pair: &Pair<'_>, idx: usize, feature: &LaneFeature) -> Finding {
    let (chains, as_of) = (pair.context.chains, pair.context.as_of);
    let wanted = pair.demand.products(idx, &feature.demand).iter().flat_map(|name| name.spots(&chains.products));
    let links = chains.links(wanted.map(|spot| spot.product));
    if links.is_empty() {
        return unknown("需求的产品没有归入产业链的环节");
    }
    let regions = &pair.context.definition.regions;
    let serves = pair.supply.party.and_then(|party| chains.serves(party, &links, regions, as_of));
    let offered = pair.supply.products(idx, &feature.supply).iter().flat_map(|name| name.spots(&chains.products));
    let offered = chains.links(offered.map(|spot| spot.product));
    let common: BTreeSet<LinkId> = links.intersection(&offered).copied().collect();
    let place = pair.supply.region(&["origin".to_owned()]);
    let lacks = place.and_then(|(place, _)| chains.lacks(&common, place, regions, as_of));
    let worth = serves.map_or(0, |served| served.worth).max(lacks.map_or(0, |(worth, ..)| worth));
    if worth == 0 {
        return unknown("没有登记为这条产业链供货，也没有摸底查明的缺口");
    }
    let served = || serves.map(|served| served_words(pair, &served));
    let lacking = || lacks.map(|(_, link, survey)| lacking_words(pair, link, survey));
    let reason = || served().into_iter().chain(lacking()).collect::<Vec<String>>().join("；");
    known(Share::from_ten_thousandths(worth), pair.say(reason))
}

/// Names whom it supplies with what, and the link: the one of what is wanted, or another one of its chain.
fn served_words(pair: &Pair<'_>, served: &Served<'_>) -> String {
    let market = pair.context.chains.market;
    let flow = served.flow;
    let buyer = flow
        .buyer
        .filter(|_| flow.supply.is_public)
        .map_or_else(String::new, |buyer| format!("给{}", market.firm(buyer).firm.name));
    let product = flow.product.map_or("货", |product| market.graph().title(product));
    let chain = &market.chain(served.chain).chain.title;
    let link = served.link.map(|link| &market.link(link).link.title);
    let place = match link {
        Some(link) if served.is_of_link() => format!("就是{chain}的“{link}”环节"),
        Some(link) => format!("是{chain}的另一环节“{link}”"),
        None => format!("在{chain}，未写环节"),
    };
    format!("已{buyer}供{product}，{place}（证据 {}）", flow.supply.evidence.name())
}

fn lacking_words(pair: &Pair<'_>, link: LinkId, survey: &Survey) -> String {
    let market = pair.context.chains.market;
    let node = market.link(link);
    let found = if survey.finding == Found::Nobody { "没有供应商" } else { "供应商不足" };
    let region = pair.context.definition.regions.name(&survey.region);
    let chain = &market.chain(node.chain).chain.title;
    format!("可补{chain}的“{}”：{}摸底{region}{found}", node.link.title, survey.date)
}
