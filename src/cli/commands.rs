//! One function for each command: ask the engine, print the answer, choose the exit code.

use std::path::Path;

use crate::cli::args::{Args, Command, DefinitionCommand, ImportArgs, MatchArgs, PartyCommand};
use crate::cli::clock;
use crate::cli::opening::{definition, reader, rehearsal, workbook_reader, writer};
use crate::cli::printer::{Format, Printer};
#[cfg(feature = "service")]
use crate::cli::serve;
use crate::cli::{agenda, chain, dossier, evaluate, generate, keys, match_all, show, tables};
use crate::engine::{Engine, ImportOptions, MatchRequest, MatchSubject, check_definition, draft_mapping, restore};
use crate::error::Error;
use crate::intake::serve_workbook;
use crate::matching::{MatchOptions, MatchOrder};
use crate::model::{FileReport, Moment, PartyId, Problem, Severity};
use crate::reports::{ChainDrawing, write_chain_svg, write_corrections, write_template};
use crate::wire::{ImportBody, MatchListBody, SearchBody, VerifyBody};

/// Done; there is something to look at.
const EXIT_LOOK: u8 = 1;

/// Runs every command but the demo.
pub(super) fn run(args: &Args, printer: &Printer) -> anyhow::Result<u8> {
    let moment = clock::now(args.as_of);
    match &args.command {
        Command::Demo { .. } => Ok(0),
        Command::Template { kind, out } => template(args, printer, kind.as_deref(), out.as_deref()),
        Command::Import(import_args) => import(args, printer, import_args, &moment),
        Command::Show { id, history } => show::run(&*reader(args, "show")?, printer, id, *history, &moment),
        Command::Dossier { party } => dossier::run(&*reader(args, "dossier")?, printer, party, &moment),
        Command::Withdraw { id, reason } => withdraw(args, printer, id, reason, &moment),
        Command::Party { command } => party(args, printer, command, &moment),
        Command::Search { text, kind, top } => {
            search(&*reader(args, "search")?, printer, text, kind.as_deref(), usize::from(*top), &moment)
        }
        Command::Match(match_args) => find_matches(&*reader(args, "match")?, printer, match_args, &moment),
        Command::MatchAll(all_args) => match_all::run(&*reader(args, "match-all")?, printer, all_args, &moment),
        Command::Chain { command } => chain::run(&*reader(args, "chain")?, printer, command, &moment),
        Command::Evaluate(trial) => evaluate::run(args, printer, trial),
        Command::Agenda { command } => agenda::run(args, printer, command, &moment),
        Command::Generate(province) => generate::run(args, printer, province),
        #[cfg(feature = "service")]
        Command::Serve(serving) => serve::run(args, printer, serving),
        Command::Key { command } => keys::run(args, printer, command, &moment),
        Command::Backup { file } => {
            reader(args, "backup")?.backup(file)?;
            printer.say(&format!("已备份到 {}；其中有联系方式，请妥善保管", file.display()));
            Ok(0)
        }
        Command::Restore { file } => {
            restore(file, &args.data)?;
            printer.say(&format!("已恢复到 {}", args.data.display()));
            Ok(0)
        }
        Command::Verify => verify(args, printer, &moment),
        Command::ReadWorkbook => {
            serve_workbook(std::io::stdin().lock(), std::io::stdout().lock())?;
            Ok(0)
        }
        Command::Definition { command: DefinitionCommand::Check } => check(args, printer, &moment),
        Command::Definition { command: DefinitionCommand::Draw { chain, out } } => {
            draw(args, printer, chain, out.as_deref())
        }
    }
}

fn template(args: &Args, printer: &Printer, kind: Option<&str>, out: Option<&Path>) -> anyhow::Result<u8> {
    let definition = definition(args)?;
    let Some(name) = kind else {
        printer.text(&tables::kinds(&definition))?;
        return Ok(0);
    };
    let found = definition.find_kind(name)?;
    let default = format!("{}.xlsx", found.label.replace('/', "或"));
    let path = out.unwrap_or(Path::new(&default));
    write_template(found, path)?;
    printer.say(&format!("已写出 {}：{}", found.label, path.display()));
    Ok(0)
}

fn import(args: &Args, printer: &Printer, import_args: &ImportArgs, moment: &Moment) -> anyhow::Result<u8> {
    if let Some(path) = &import_args.suggest_mapping {
        let (kind, reader) = (import_args.kind.as_deref(), workbook_reader());
        let draft = draft_mapping(&definition(args)?, path, kind, moment.as_of, reader.as_deref())?;
        printer.text(&draft)?;
        return Ok(0);
    }
    let options = ImportOptions {
        kind: import_args.kind.clone(),
        mapping: import_args.mapping.clone(),
        replace: import_args.replace,
        dry_run: import_args.dry_run,
        strict: import_args.strict,
        reader: workbook_reader(),
    };
    if import_args.replace && import_args.files.len() > 1 {
        // Each file would withdraw what the one before it brought.
        return Err(Error::Request("--replace 一次只能导入一个文件：它是该单位这一类的全部".to_owned()).into());
    }
    let engine = if import_args.dry_run { rehearsal(args)? } else { writer(args, "import")? };
    let (mut reports, mut rejected) = (Vec::new(), Vec::new());
    for path in &import_args.files {
        let imported = engine.import(path, &options, moment)?;
        for report in &imported.reports {
            printer.say(&tables::progress(report, &options));
        }
        reports.extend(imported.reports);
        rejected.extend(imported.rejected);
    }
    match printer.format {
        Format::Json => printer.json(&ImportBody::new(moment.as_of, &reports))?,
        Format::Csv => printer.csv(&tables::PROBLEM_HEADER, &tables::problem_rows(&reports))?,
        Format::Table => printer.text(&tables::imports(&reports, import_args.problems.is_some()))?,
    }
    // After the report: what was saved is said even if this file cannot be written.
    if let Some(path) = &import_args.problems
        && !rejected.is_empty()
    {
        write_corrections(&rejected, path)?;
        printer.say(&format!("{} 行待改正，已写到 {}；改好后直接再导入这个文件", rejected.len(), path.display()));
    }
    // Every office's table has sums and notes; only what was kept out asks for a look.
    let keeps_out = |problem: &Problem| problem.code.severity() == Severity::Error;
    let has_errors = |report: &FileReport| report.problems.iter().any(keeps_out);
    Ok(if reports.iter().any(has_errors) { EXIT_LOOK } else { 0 })
}

fn withdraw(args: &Args, printer: &Printer, id: &str, reason: &str, moment: &Moment) -> anyhow::Result<u8> {
    let engine = writer(args, "withdraw")?;
    let record = engine.find(id)?;
    engine.withdraw(&record.id, reason, moment)?;
    printer.say(&format!("已撤回 {}（{}）", record.id, record.title()));
    Ok(0)
}

fn party(args: &Args, printer: &Printer, command: &PartyCommand, moment: &Moment) -> anyhow::Result<u8> {
    let engine = writer(args, "party")?;
    let named = |party: PartyId| {
        let snapshot = engine.snapshot();
        let name = snapshot.catalogue.parties().get(party).map_or(String::new(), |party| party.name.clone());
        format!("{party}（{name}）")
    };
    match command {
        PartyCommand::Merge { from, into } => {
            let (from, into) = (engine.find_party(from)?, engine.find_party(into)?);
            engine.merge(from, into, moment)?;
            printer.say(&format!("已把 {} 并入 {}；如需撤销：party split {from}", named(from), named(into)));
        }
        PartyCommand::Split { party } => {
            let party = engine.find_party(party)?;
            engine.split(party, moment)?;
            printer.say(&format!("{} 已重新独立", named(party)));
        }
    }
    Ok(0)
}

fn search(
    engine: &Engine,
    printer: &Printer,
    text: &str,
    kind: Option<&str>,
    top: usize,
    moment: &Moment,
) -> anyhow::Result<u8> {
    let result = engine.search(text, kind, top, moment)?;
    match printer.format {
        Format::Json => printer.json(&SearchBody::new(moment.as_of, &result))?,
        Format::Csv => printer.csv(&tables::FOUND_HEADER, &tables::found_rows(&result))?,
        Format::Table => printer.text(&tables::search(&result))?,
    }
    Ok(if result.found.is_empty() { EXIT_LOOK } else { 0 })
}

fn find_matches(engine: &Engine, printer: &Printer, args: &MatchArgs, moment: &Moment) -> anyhow::Result<u8> {
    let subject = match (&args.demand, &args.supply, &args.text, &args.kind) {
        (Some(id), _, _, _) => MatchSubject::Demand(id.clone()),
        (_, Some(id), _, _) => MatchSubject::Supply(id.clone()),
        (_, _, Some(text), Some(kind)) => MatchSubject::Text { text: text.clone(), kind: kind.clone() },
        _ => return Err(Error::Request("请写 --demand、--supply，或 --text 和 --kind".to_owned()).into()),
    };
    let order = if args.mutual { MatchOrder::Mutual } else { MatchOrder::Score };
    let options = MatchOptions { top: usize::from(args.top), below_floor: args.all, order };
    let request = MatchRequest { subject, lane: args.lane.clone(), options };
    let list = engine.matches(&request, moment)?;
    match printer.format {
        Format::Json => printer.json(&MatchListBody::new(moment.as_of, &list))?,
        Format::Csv => printer.csv(&tables::MATCH_HEADER, &tables::match_rows(&list))?,
        Format::Table => printer.text(&tables::matches(&list, moment.as_of, list.matches.len()))?,
    }
    Ok(if list.matches.is_empty() { EXIT_LOOK } else { 0 })
}

fn verify(args: &Args, printer: &Printer, moment: &Moment) -> anyhow::Result<u8> {
    let report = reader(args, "verify")?.verify()?;
    match printer.format {
        Format::Json => printer.json(&VerifyBody::new(moment.as_of, &report))?,
        Format::Csv => printer.csv(&tables::MISFIT_HEADER, &tables::misfit_rows(&report))?,
        Format::Table => printer.text(&tables::verify(&report))?,
    }
    Ok(if report.misfits.is_empty() { 0 } else { EXIT_LOOK })
}

fn draw(args: &Args, printer: &Printer, chain: &str, out: Option<&Path>) -> anyhow::Result<u8> {
    let definition = definition(args)?;
    let known = || definition.chains.chains.values().map(|chain| format!("{}（{}）", chain.code, chain.title));
    let found = definition.chains.find(chain).ok_or_else(|| {
        Error::Request(format!("没有声明“{chain}”这条产业链；已声明：{}", known().collect::<Vec<_>>().join("、")))
    })?;
    let default = format!("{}.svg", found.title.replace('/', "或"));
    let path = out.unwrap_or(Path::new(&default));
    write_chain_svg(&ChainDrawing::declared(&definition, found), path)?;
    printer.say(&format!("已画出 {}：{}", found.title, path.display()));
    Ok(0)
}

fn check(args: &Args, printer: &Printer, moment: &Moment) -> anyhow::Result<u8> {
    let definition = check_definition(definition(args)?)?;
    let chains = &definition.chains;
    let [_, _, links, products, inputs] = chains.counts();
    let drafts: Vec<&str> = chains.chains.values().filter(|c| c.is_draft).map(|c| c.code.as_str()).collect();
    match printer.format {
        Format::Json => printer.json(&serde_json::json!({
            "as_of": moment.as_of.to_string(),
            "title": definition.title,
            "fingerprint": definition.fingerprint,
            "kinds": definition.kinds.keys().collect::<Vec<_>>(),
            "lanes": definition.lanes.keys().collect::<Vec<_>>(),
            "chains": chains.chains.keys().collect::<Vec<_>>(),
            "draft_chains": drafts,
            "n_chain_links": links,
            "n_chain_products": products,
            "n_chain_inputs": inputs,
            "notices": chains.notices,
        }))?,
        Format::Table | Format::Csv => printer.text(&tables::definition(&definition))?,
    }
    Ok(0)
}
