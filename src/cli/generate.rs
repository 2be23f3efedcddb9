//! `generate`: an invented province as CSV files, in the order in which they import.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::cli::args::{Args, GenerateArgs};
use crate::cli::clock;
use crate::cli::folder::claim;
use crate::cli::opening::definition;
use crate::cli::printer::{Format, Printer};
use crate::error::{Error, Result};
use crate::province::{Plan, Sheet, invent};
use crate::wire::{GeneratedBody, GeneratedFile};

/// A file gets so many rows; the next one goes on.
const ROWS_MAX: usize = 100_000;

/// The files written so far, the last one open.
struct Files<'a> {
    directory: &'a Path,
    written: Vec<GeneratedFile>,
    open: Option<(usize, PathBuf, csv::Writer<fs::File>)>,
}

impl Files<'_> {
    fn push(&mut self, sheet: &Sheet<'_>, cells: &[String]) -> Result<()> {
        let is_full = self.written.last().is_some_and(|file| file.rows >= ROWS_MAX);
        if is_full || self.open.as_ref().is_none_or(|(order, ..)| *order != sheet.order) {
            self.begin(sheet)?;
        }
        if let (Some((_, path, writer)), Some(file)) = (&mut self.open, self.written.last_mut()) {
            writer.write_record(cells).map_err(|error| csv_error(path, error))?;
            file.rows += 1;
        }
        Ok(())
    }

    fn begin(&mut self, sheet: &Sheet<'_>) -> Result<()> {
        let part = match &self.open {
            Some((order, ..)) if *order == sheet.order => {
                self.written.iter().filter(|file| file.kind == sheet.kind.name).count() + 1
            }
            _ => 1,
        };
        self.finish()?;
        let label = sheet.kind.label.replace('/', "或");
        let part = if part == 1 { String::new() } else { format!("{part:02}") };
        let file = format!("{:02}-{label}{part}.csv", sheet.order);
        let path = self.directory.join(&file);
        let mut out = fs::File::create(&path).map_err(Error::io("写入", &path))?;
        // Excel takes a file without a mark for the local encoding.
        out.write_all("\u{feff}".as_bytes()).map_err(Error::io("写入", &path))?;
        let mut writer = csv::WriterBuilder::new().buffer_capacity(1 << 16).from_writer(out);
        let header = sheet.columns.iter().map(|column| column.header());
        writer.write_record(header).map_err(|error| csv_error(&path, error))?;
        self.written.push(GeneratedFile { file, kind: sheet.kind.name.clone(), rows: 0 });
        self.open = Some((sheet.order, path, writer));
        Ok(())
    }

    fn finish(&mut self) -> Result<()> {
        match self.open.take() {
            Some((_, path, mut writer)) => writer.flush().map_err(Error::io("写入", path)),
            None => Ok(()),
        }
    }
}

fn csv_error(path: &Path, error: csv::Error) -> Error {
    Error::io("写入", path)(std::io::Error::other(error))
}

/// Writes the files into an empty directory and lists them.
pub(super) fn run(args: &Args, printer: &Printer, province: &GenerateArgs) -> anyhow::Result<u8> {
    let definition = definition(args)?;
    let plan = Plan {
        parties: province.parties,
        supplies: province.supplies,
        demands: province.demands,
        seed: province.seed,
        dirt_ppm: province.dirt,
        lane: province.lane.clone(),
        day: args.as_of.unwrap_or(clock::INVENTED_DAY),
    };
    plan.check(&definition)?;
    claim(&province.out)?;
    let mut files = Files { directory: &province.out, written: Vec::new(), open: None };
    let invented = invent(&definition, &plan, &mut |sheet, cells| files.push(sheet, cells))?;
    files.finish()?;
    match printer.format {
        Format::Json => printer.json(&GeneratedBody::new(plan.seed, invented, &files.written))?,
        Format::Csv => {
            let row = |file: &GeneratedFile| vec![file.file.clone(), file.kind.clone(), file.rows.to_string()];
            let rows: Vec<Vec<String>> = files.written.iter().map(row).collect();
            printer.csv(&["file", "kind", "rows"], &rows)?;
        }
        Format::Table => {
            let lines: Vec<String> =
                files.written.iter().map(|file| format!("{} {} 行", file.file, file.rows)).collect();
            printer.text(&lines.join("\n"))?;
        }
    }
    let (n_rows, n_dirty) = (invented.n_rows, invented.n_dirty);
    printer.say(&format!("已写到 {}：{n_rows} 行，其中 {n_dirty} 行带毛病；全部虚构", province.out.display()));
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;

    #[test]
    fn a_full_file_is_followed_by_another_with_a_header() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let definition = Definition::compiled().expect("valid");
        let kind = definition.kind("alias").expect("declared");
        let sheet = Sheet { order: 4, kind, columns: kind.columns.iter().take(1).collect() };
        let mut files = Files { directory: folder.path(), written: Vec::new(), open: None };
        for i in 0..=ROWS_MAX {
            files.push(&sheet, &[format!("示例{i}")]).expect("written");
        }
        files.finish().expect("written");
        let rows: Vec<usize> = files.written.iter().map(|file| file.rows).collect();
        assert_eq!(rows, [ROWS_MAX, 1]);
        let second = fs::read_to_string(folder.path().join("04-曾用名与简称02.csv")).expect("the second file");
        assert_eq!(second, format!("\u{feff}单位名称\n示例{ROWS_MAX}\n"));
    }
}
