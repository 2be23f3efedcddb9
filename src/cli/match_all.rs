//! `match-all`: every open demand of a lane or of all, to a file, with progress and the time left.

use std::fs;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::args::MatchAllArgs;
use crate::cli::printer::{Format, Printer, formula_safe};
use crate::cli::tables;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::matching::{BatchOptions, MatchOptions, MatchOrder};
use crate::model::{MatchList, Moment};
use crate::reports::MatchWorkbook;
use crate::wire::{LaneSummaryBody, MatchListBody};

/// Where lists go.
enum Sink {
    Lines(BufWriter<fs::File>),
    Csv(Box<csv::Writer<fs::File>>),
    Workbook(Box<MatchWorkbook>),
}

impl Sink {
    /// Opens a file by the ending of the name that it will get.
    fn open(path: &Path, fresh: &Path) -> Result<Self> {
        let create = || fs::File::create(fresh).map_err(Error::io("写入", fresh));
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("jsonl") => Ok(Self::Lines(BufWriter::new(create()?))),
            Some("csv") => {
                let mut file = create()?;
                // Excel takes a file without a mark for the local encoding.
                file.write_all("\u{feff}".as_bytes()).map_err(Error::io("写入", fresh))?;
                let mut writer = csv::Writer::from_writer(file);
                let header = ["lane", "subject_id", "subject"].iter().chain(&tables::MATCH_HEADER);
                writer.write_record(header).map_err(|error| csv_error(fresh, error))?;
                Ok(Self::Csv(Box::new(writer)))
            }
            Some("xlsx") => Ok(Self::Workbook(Box::new(MatchWorkbook::new(fresh)?))),
            _ => Err(Error::Request(format!("{}：文件名应以 .jsonl、.csv 或 .xlsx 结尾", path.display()))),
        }
    }

    fn push(&mut self, list: &MatchList, moment: &Moment, path: &Path) -> Result<()> {
        match self {
            Self::Lines(file) => {
                let line = serde_json::to_string(&MatchListBody::new(moment.as_of, list))
                    .expect("numbers and strings always serialise");
                writeln!(file, "{line}").map_err(Error::io("写入", path))
            }
            Self::Csv(writer) => {
                let id = list.subject.id.as_ref().map(ToString::to_string).unwrap_or_default();
                let subject = [list.lane.clone(), id, list.subject.title.clone()];
                for row in tables::match_rows(list) {
                    let cells = subject.iter().chain(&row).map(|cell| formula_safe(cell));
                    writer.write_record(cells).map_err(|error| csv_error(path, error))?;
                }
                Ok(())
            }
            Self::Workbook(workbook) => workbook.push(list),
        }
    }

    fn finish(self, path: &Path) -> Result<()> {
        match self {
            Self::Lines(mut file) => file.flush().map_err(Error::io("写入", path)),
            Self::Csv(mut writer) => writer.flush().map_err(Error::io("写入", path)),
            Self::Workbook(workbook) => workbook.finish(),
        }
    }
}

fn csv_error(path: &Path, error: csv::Error) -> Error {
    Error::io("写入", path)(std::io::Error::other(error))
}

/// Matches all demands, writes them to the file, and prints how many supplies nobody sees. The file appears whole or
/// not at all.
pub(super) fn run(engine: &Engine, printer: &Printer, args: &MatchAllArgs, moment: &Moment) -> anyhow::Result<u8> {
    let order = if args.mutual { MatchOrder::Mutual } else { MatchOrder::Score };
    let list = MatchOptions { top: usize::from(args.top), below_floor: args.all, order };
    let options = BatchOptions { list, exposure_max: args.exposure.map(usize::from) };
    let fresh = args.out.with_file_name(format!(
        ".{}.{}",
        std::process::id(),
        args.out.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
    ));
    let mut sink = Sink::open(&args.out, &fresh)?;
    let bar = progress_bar(printer);
    let on_progress = |done: usize, total: usize| {
        bar.set_length(u64::try_from(total).unwrap_or(u64::MAX));
        bar.set_position(u64::try_from(done).unwrap_or(u64::MAX));
        ControlFlow::Continue(())
    };
    let mut on_lists = |lists: &[MatchList]| lists.iter().try_for_each(|list| sink.push(list, moment, &args.out));
    let matched = engine.match_all(args.lane.as_deref(), options, moment, &on_progress, &mut on_lists);
    let written = matched.and_then(|summaries| {
        sink.finish(&args.out)?;
        fs::rename(&fresh, &args.out).map_err(Error::io("写入", &args.out))?;
        Ok(summaries)
    });
    bar.finish_and_clear();
    if written.is_err() {
        // What was begun is no file of the user's.
        let _ = fs::remove_file(&fresh);
    }
    let summaries = written?;
    match printer.format {
        Format::Json => printer.json(&LaneSummaryBody::list(moment.as_of, &summaries))?,
        Format::Csv => printer.csv(&tables::SUMMARY_HEADER, &tables::summary_rows(&summaries))?,
        Format::Table => printer.text(&tables::summary(&summaries))?,
    }
    printer.say(&format!("已写出 {}", args.out.display()));
    Ok(u8::from(summaries.iter().all(|summary| summary.n_matched == 0)))
}

fn progress_bar(printer: &Printer) -> ProgressBar {
    let bar = ProgressBar::no_length();
    let style = ProgressStyle::with_template("匹配 {pos}/{len} 条需求 {wide_bar} 已用 {elapsed}，还需约 {eta}");
    bar.set_style(style.expect("the template is well-formed"));
    if printer.is_quiet() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}
