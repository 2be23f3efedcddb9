//! `chain`: the supply chains.

use std::path::Path;

use crate::chain::{Basis, Depth, Evidence, Nesting};
use crate::cli::chain_args::{ChainCommand, EvidenceArg, NestingArg, RateArgs};
use crate::cli::printer::{Format, Printer};
use crate::cli::{chain_tables, critical_tables, rate_tables};
use crate::definition::Tier;
use crate::engine::{ChainBook, Engine, RateRequest};
use crate::model::Moment;
use crate::reports::write_chain_svg;
use crate::wire::{self, ChainsBody, RatesBody};

/// Runs a command of `chain`.
pub(super) fn run(engine: &Engine, printer: &Printer, command: &ChainCommand, moment: &Moment) -> anyhow::Result<u8> {
    if let ChainCommand::Show { chain, unplaced: true, .. } = command {
        return unplaced(engine, printer, chain.as_deref(), moment);
    }
    let book = engine.chain_book(moment);
    match command {
        ChainCommand::List => list(engine, &book, printer),
        ChainCommand::Show { chain, svg, region, unplaced: _ } => {
            show(&book, printer, chain.as_deref().unwrap_or_default(), svg.as_deref(), region)
        }
        ChainCommand::Rates(args) => rates(&book, printer, args),
        ChainCommand::Gaps { chain, region, k } => gaps(&book, printer, chain.as_deref(), region, usize::from(*k)),
        ChainCommand::Critical { chain, region } => critical(&book, printer, chain.as_deref(), region),
    }
}

fn list(engine: &Engine, book: &ChainBook<'_>, printer: &Printer) -> anyhow::Result<u8> {
    let (rows, problems) = (book.list(), book.market.problems());
    match printer.format {
        Format::Json => printer.json(&ChainsBody::list(book, &rows))?,
        Format::Csv => printer.csv(&chain_tables::LIST_HEADER, &chain_tables::list_rows(&rows))?,
        Format::Table => printer.text(&chain_tables::list(&rows, problems, engine.definition(), book.as_of))?,
    }
    Ok(0)
}

fn show(
    book: &ChainBook<'_>,
    printer: &Printer,
    chain: &str,
    svg: Option<&Path>,
    regions: &[String],
) -> anyhow::Result<u8> {
    let shown = book.show(chain, regions)?;
    let row = book.row(shown.chain);
    if let Some(path) = svg {
        write_chain_svg(&book.drawing(&row, &shown), path)?;
        printer.say(&format!("已画出 {}：{}", row.title, path.display()));
        return Ok(0);
    }
    match printer.format {
        Format::Json => printer.json(&ChainsBody::show(book, &row, &shown))?,
        Format::Csv => printer.csv(&chain_tables::SHOW_HEADER, &chain_tables::show_rows(book, &shown))?,
        Format::Table => printer.text(&chain_tables::show(book, &row, &shown))?,
    }
    Ok(0)
}

fn unplaced(engine: &Engine, printer: &Printer, chain: Option<&str>, moment: &Moment) -> anyhow::Result<u8> {
    let names = engine.unplaced(chain, moment)?;
    match printer.format {
        Format::Json => printer.json(&wire::unplaced(moment.as_of, &names))?,
        Format::Csv => printer.csv(&chain_tables::UNPLACED_HEADER, &chain_tables::unplaced_rows(&names))?,
        Format::Table => printer.text(&chain_tables::unplaced(&names))?,
    }
    Ok(0)
}

fn gaps(
    book: &ChainBook<'_>,
    printer: &Printer,
    chain: Option<&str>,
    regions: &[String],
    k: usize,
) -> anyhow::Result<u8> {
    let (area, gaps) = book.gaps(chain, regions, k)?;
    match printer.format {
        Format::Json => printer.json(&ChainsBody::gaps(book, &area, &gaps, &|_| true))?,
        Format::Csv => printer.csv(&chain_tables::GAP_HEADER, &chain_tables::gap_rows(book, &gaps))?,
        Format::Table => printer.text(&chain_tables::gaps(book, &area, &gaps))?,
    }
    Ok(0)
}

fn critical(book: &ChainBook<'_>, printer: &Printer, chain: Option<&str>, regions: &[String]) -> anyhow::Result<u8> {
    let (area, found) = book.critical(chain, regions)?;
    match printer.format {
        Format::Json => printer.json(&ChainsBody::critical(book, &area, &found, &|_| true))?,
        Format::Csv => printer.csv(&critical_tables::CRITICAL_HEADER, &critical_tables::critical_rows(book, &found))?,
        Format::Table => printer.text(&critical_tables::critical(book, &area, &found))?,
    }
    Ok(0)
}

fn rates(book: &ChainBook<'_>, printer: &Printer, args: &RateArgs) -> anyhow::Result<u8> {
    let answer = book.rates(&RateRequest {
        chain: args.chain.clone(),
        regions: args.region.clone(),
        tier: args.tier.as_deref().and_then(Tier::parse),
        evidence: match args.evidence {
            EvidenceArg::E1 => Evidence::E1,
            EvidenceArg::E2 => Evidence::E2,
            EvidenceArg::E3 => Evidence::E3,
        },
        k: usize::from(args.k),
        nesting: args.nesting.map(|nesting| match nesting {
            NestingArg::Inclusive => Nesting::Inclusive,
            NestingArg::Exclusive => Nesting::Exclusive,
        }),
        depth: Depth::parse(&args.depth).unwrap_or(Depth::Any),
        basis: Basis::parse(&args.basis).unwrap_or(Basis::Production),
        share_min: args.min_share,
    })?;
    match printer.format {
        Format::Json => printer.json(&RatesBody::new(book, &answer))?,
        Format::Csv => printer.csv(&rate_tables::RATE_HEADER, &rate_tables::rate_rows(book, &answer))?,
        Format::Table => printer.text(&rate_tables::rates(book, &answer))?,
    }
    Ok(0)
}
