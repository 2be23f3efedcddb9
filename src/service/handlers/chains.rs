//! The supply chains and their rates, in the same words as the command line.

use crate::chain::{Basis, ChainId, Depth, Evidence, Fraction, Nesting};
use crate::definition::Tier;
use crate::engine::{ChainBook, RateRequest};
use crate::error::Error;
use crate::reports::chain_svg;
use crate::service::call::{Call, Given, Giving, Handled, answer};
use crate::service::errors::ApiError;
use crate::wire::{ChainsBody, RatesBody};

/// Lists the chains.
pub(in crate::service) fn list_chains(call: &Call<'_>) -> Handled {
    let book = call.engine.chain_book(&call.moment);
    Ok(answer(200, &ChainsBody::list(&book, &book.list())))
}

/// Shows a chain.
pub(in crate::service) fn get_chain(call: &Call<'_>) -> Handled {
    let book = call.engine.chain_book(&call.moment);
    let chain = chain(call, &book)?;
    let shown = book.show(&call.id, &regions(call))?;
    Ok(answer(200, &ChainsBody::show(&book, &book.row(chain), &shown)))
}

/// Tells what a chain lacks.
pub(in crate::service) fn get_gaps(call: &Call<'_>) -> Handled {
    let book = call.engine.chain_book(&call.moment);
    chain(call, &book)?;
    let (area, gaps) = book.gaps(Some(&call.id), &regions(call), k(call))?;
    let knows = |party| call.engine.knows_of(&call.viewer, party);
    Ok(answer(200, &ChainsBody::gaps(&book, &area, &gaps, &knows)))
}

/// Tells on whom a chain depends.
pub(in crate::service) fn get_critical(call: &Call<'_>) -> Handled {
    let book = call.engine.chain_book(&call.moment);
    chain(call, &book)?;
    let (area, found) = book.critical(Some(&call.id), &regions(call))?;
    let knows = |party| call.engine.knows_of(&call.viewer, party);
    Ok(answer(200, &ChainsBody::critical(&book, &area, &found, &knows)))
}

/// Draws a chain.
pub(in crate::service) fn get_picture(call: &Call<'_>) -> Giving {
    let book = call.engine.chain_book(&call.moment);
    let chain = chain(call, &book)?;
    let shown = book.show(&call.id, &regions(call))?;
    Ok(Given::Bytes(chain_svg(&book.drawing(&book.row(chain), &shown))?.into_bytes()))
}

/// Computes rates.
pub(in crate::service) fn get_rates(call: &Call<'_>) -> Handled {
    let share = call.parameter("min_share").unwrap_or("0");
    let request = RateRequest {
        chain: call.parameter("chain").map(str::to_owned),
        regions: regions(call),
        tier: call.parameter("tier").and_then(Tier::parse),
        evidence: match call.parameter("evidence") {
            Some("E3") => Evidence::E3,
            Some("E2") => Evidence::E2,
            _ => Evidence::E1,
        },
        k: k(call),
        nesting: call.parameter("nesting").map(|nesting| match nesting {
            "exclusive" => Nesting::Exclusive,
            _ => Nesting::Inclusive,
        }),
        depth: call.parameter("depth").and_then(Depth::parse).unwrap_or(Depth::Any),
        basis: call.parameter("basis").and_then(Basis::parse).unwrap_or(Basis::Production),
        share_min: Fraction::parse_share(share).ok_or_else(|| ApiError::field("min_share", "0 到 1 之间的数"))?,
    };
    let book = call.engine.chain_book(&call.moment);
    Ok(answer(200, &RatesBody::new(&book, &call.engine.rates_for(&book, &request, &call.viewer)?)))
}

fn chain(call: &Call<'_>, book: &ChainBook<'_>) -> Result<ChainId, Error> {
    book.find_chain(&call.id).map_err(|_| Error::NotFound(call.id.clone()))
}

fn regions(call: &Call<'_>) -> Vec<String> {
    let names = call.parameter("region").unwrap_or_default().split([',', '，', '、']);
    names.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn k(call: &Call<'_>) -> usize {
    call.parameter("k").and_then(|text| text.parse().ok()).unwrap_or(1)
}
