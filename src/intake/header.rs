//! Finding the header of a sheet: the row (or two rows, where groups of columns have a common title) that names the most
//! declared columns, and the kind that those columns belong to.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::definition::{Column, ColumnType, Definition, Kind};
use crate::intake::mapping::{ColumnPlace, Mapping, TableOptions};
use crate::intake::sheet::{Row, Sheet};
use crate::normal::{key, normalise};

/// One column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeaderColumn {
    /// The header as the table has it.
    pub header: String,
    /// The declared column that it means; `None` if it means none.
    pub column: Option<Column>,
    /// Whether an earlier column has the same meaning; this one then only fills what that one leaves empty.
    pub repeats: bool,
    /// Whether the header is one that is never imported (`序号`).
    pub ignored: bool,
    /// The unit that the header names in brackets.
    pub unit: Option<String>,
}

impl HeaderColumn {
    /// Says whether the header is a label, brackets left aside.
    fn is_called(&self, label: &str, labels: &Labels<'_>) -> bool {
        labels.get(&self.header).whole.starts_with(&key(label))
    }
}

/// The header of a sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The kind of the records below it.
    pub kind: String,
    /// How many of the sheet's filled rows belong to the header or stand above it.
    pub n_rows: usize,
    /// The columns, from the first.
    pub columns: Vec<HeaderColumn>,
    /// The unit of all amounts of money that a line above the header names (`单位：元`).
    pub caption_unit: Option<String>,
}

/// A header is looked for in this many filled rows.
pub const HEADER_ROWS_MAX: usize = 20;
/// A sheet's name outweighs this many columns that it does not know and another kind does.
const NAME_WORTH: usize = 2;
/// A header names at least this many declared columns, unless the mapping says where it is.
const RECOGNISED_MIN: usize = 2;

/// Why a sheet has no usable header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HeaderError {
    /// No row names the columns of a kind.
    NotFound,
    /// Several kinds fit equally well; their labels.
    Ambiguous(Vec<String>),
}

/// What the labels of a sheet are compared by. Every row may be the header of every kind, so each label is read once.
struct Labels<'a> {
    definition: &'a Definition,
    read: RefCell<BTreeMap<String, Rc<Label>>>,
}

/// One label.
struct Label {
    /// The label as a key, with and without what stands in brackets.
    whole: String,
    bare: String,
    /// The unit in brackets.
    unit: Option<String>,
    /// Whether it is one that is never imported.
    ignored: bool,
}

impl<'a> Labels<'a> {
    fn new(definition: &'a Definition) -> Self {
        Self { definition, read: RefCell::default() }
    }

    fn get(&self, text: &str) -> Rc<Label> {
        if let Some(label) = self.read.borrow().get(text) {
            return Rc::clone(label);
        }
        let (bare, unit) = split_unit(text, self.definition);
        let whole = key(text);
        let ignored = self.definition.ignores_header(&whole);
        let label = Rc::new(Label { bare: key(&bare), unit, ignored, whole });
        self.read.borrow_mut().insert(text.to_owned(), Rc::clone(&label));
        label
    }
}

/// Finds the kind whose name, label or other name a sheet bears: as a whole, else the longest one inside it.
pub fn kind_of_sheet_name<'a>(name: &str, definition: &'a Definition) -> Option<&'a Kind> {
    let name = key(name);
    let forms =
        |kind: &'a Kind| [&kind.name, &kind.label].into_iter().chain(&kind.aliases).map(move |form| (key(form), kind));
    let all = || definition.kinds.values().flat_map(forms);
    let exact = all().find(|(form, _)| *form == name);
    let inside = || all().filter(|(form, _)| name.contains(form.as_str())).max_by_key(|(form, _)| form.len());
    exact.or_else(inside).map(|(_, kind)| kind)
}

/// Finds the header of a sheet. The kind is the one that the user asks for, else the one that the sheet's name says if
/// its required columns are there, else the one that most columns belong to; of several that fit equally well, the one
/// that the file's name says.
///
/// # Errors
/// If no row looks like a header, or the columns fit several kinds equally well.
pub fn find_header(sheet: &Sheet, definition: &Definition, options: TableOptions<'_>) -> Result<Header, HeaderError> {
    let (mapping, labels) = (options.mapping, &Labels::new(definition));
    if let Some(kind) = options.kind {
        return best_rows(sheet, labels, kind, mapping).map(|best| best.header).ok_or(HeaderError::NotFound);
    }
    let named = kind_of_sheet_name(&sheet.name, definition);
    let by_name = named.and_then(|kind| best_rows(sheet, labels, kind, mapping).map(|best| (kind, best.header)));
    let by_columns = by_columns(sheet, labels, options);
    let n_columns = |header: &Header| header.columns.iter().filter(|c| c.column.is_some() && !c.repeats).count();
    match (by_name, by_columns) {
        (Some((kind, named)), found) => {
            // A sheet called `产品` may well be a catalogue; its columns say so.
            let is_complete = missing_required(kind, &named, mapping).next().is_none();
            match found {
                Ok(found) if !is_complete || n_columns(&found) > n_columns(&named) + NAME_WORTH => Ok(found),
                _ => Ok(named),
            }
        }
        (None, found) => found,
    }
}

/// Takes the first row with several filled cells for the header of a kind, whether or not it names any of its columns.
pub fn first_row_header(sheet: &Sheet, definition: &Definition, kind: &Kind) -> Option<Header> {
    let is_header = |row: &Row| row.cells.iter().filter(|cell| !cell.is_empty()).count() > 1 && !row.spanned;
    let place = sheet.rows.iter().position(is_header)?;
    let columns = read_labels(sheet.rows.get(place)?, None, &Labels::new(definition), kind, None);
    Some(Header { kind: kind.name.clone(), n_rows: place + 1, columns, caption_unit: None })
}

/// Finds the kind that most columns of the sheet belong to.
fn by_columns(sheet: &Sheet, labels: &Labels<'_>, options: TableOptions<'_>) -> Result<Header, HeaderError> {
    let definition = labels.definition;
    let mut best: Vec<Recognised> = Vec::new();
    for kind in definition.kinds.values() {
        let Some(found) = best_rows(sheet, labels, kind, options.mapping) else { continue };
        if missing_required(kind, &found.header, options.mapping).next().is_some() {
            continue;
        }
        match best.first().map_or(Ordering::Greater, |former| found.count.cmp(&former.count)) {
            Ordering::Greater => best = vec![found],
            Ordering::Equal => best.push(found),
            Ordering::Less => {}
        }
    }
    if best.len() > 1
        && let Some(hinted) = kind_of_sheet_name(options.hint, definition)
    {
        let (hinted, others): (Vec<_>, Vec<_>) = best.into_iter().partition(|found| found.header.kind == hinted.name);
        best = if hinted.is_empty() { others } else { hinted };
    }
    if best.len() > 1 {
        let label = |found: &Recognised| definition.kind(&found.header.kind).map(|kind| kind.label.clone());
        return Err(HeaderError::Ambiguous(best.iter().filter_map(label).collect()));
    }
    best.pop().map(|found| found.header).ok_or(HeaderError::NotFound)
}

/// A header with how well it was recognised.
struct Recognised {
    /// Declared columns named, how many of them by the label that templates use, and whether two rows make the header.
    count: (usize, usize, bool),
    header: Header,
}

/// Lists required columns that a header lacks and no constant fills; a credit code stands in for a party's name.
pub(super) fn missing_required<'a>(
    kind: &'a Kind,
    header: &'a Header,
    mapping: Option<&'a Mapping>,
) -> impl Iterator<Item = &'a Column> {
    let has = |column_type: ColumnType| {
        header.columns.iter().flat_map(|h| &h.column).any(|column| column.column_type == column_type)
    };
    let has_code = has(ColumnType::Uscc);
    let has_column = |name: &str| header.columns.iter().flat_map(|h| &h.column).any(|column| column.name == name);
    kind.columns.iter().filter(move |column| {
        let present = has_column(&column.name) || column.falls_back_to.as_deref().is_some_and(has_column);
        let constant = mapping.is_some_and(|mapping| mapping.constants.contains_key(&column.name));
        let named_by_code = column.column_type == ColumnType::PartyName && has_code;
        column.required && !present && !constant && !named_by_code
    })
}

/// Finds the rows that name the most columns of a kind; the first of equals.
fn best_rows(sheet: &Sheet, labels: &Labels<'_>, kind: &Kind, mapping: Option<&Mapping>) -> Option<Recognised> {
    let fixed = mapping.and_then(|mapping| mapping.header_row);
    let mut best: Option<Recognised> = None;
    for (i, row) in sheet.rows.iter().enumerate().take(HEADER_ROWS_MAX) {
        if fixed.is_some_and(|number| number != row.number) {
            continue;
        }
        for lower in [None, sheet.rows.get(i + 1)] {
            let n_rows = i + 1 + usize::from(lower.is_some());
            let columns = read_labels(row, lower, labels, kind, mapping);
            let named = columns.iter().filter(|read| read.column.is_some() && !read.repeats);
            let by_label =
                named.clone().filter(|read| read.column.as_ref().is_some_and(|c| read.is_called(&c.label, labels)));
            let has_groups = lower.is_some_and(|lower| is_second_row(row, lower));
            let count = (named.count(), by_label.count(), has_groups);
            if best.as_ref().is_none_or(|former| count > former.count) {
                let caption_unit = caption_unit(sheet.rows.get(..n_rows - 1).unwrap_or_default());
                let header = Header { kind: kind.name.clone(), n_rows, columns, caption_unit };
                best = Some(Recognised { count, header });
            }
        }
    }
    let enough = if mapping.is_some() { 1 } else { RECOGNISED_MIN };
    best.filter(|found| found.count.0 >= enough)
}

fn read_labels(
    row: &Row,
    lower: Option<&Row>,
    known: &Labels<'_>,
    kind: &Kind,
    mapping: Option<&Mapping>,
) -> Vec<HeaderColumn> {
    let n_columns = row.cells.len().max(lower.map_or(0, |lower| lower.cells.len()));
    let mut taken = BTreeSet::new();
    (0..n_columns)
        .map(|i| {
            let upper = row.cells.get(i).map_or("", |cell| cell.text());
            let below = lower.and_then(|lower| lower.cells.get(i)).map_or("", |cell| cell.text());
            let labels: Vec<String> = if below.is_empty() || below == upper {
                vec![upper.to_owned()]
            } else if upper.is_empty() {
                vec![below.to_owned()]
            } else {
                vec![below.to_owned(), format!("{upper}{below}"), upper.to_owned()]
            };
            let mut read = read_label(i, &labels, known, kind, mapping);
            read.repeats = read.column.as_ref().is_some_and(|column| !taken.insert(column.name.clone()));
            if read.repeats && labels.len() > 1 {
                // Only the common title of the group is known (`采购单位` over `名称` and `部门`); the rest of it is not.
                (read.column, read.repeats) = (None, false);
            }
            read
        })
        .collect()
}

fn read_label(
    idx: usize,
    labels: &[String],
    known: &Labels<'_>,
    kind: &Kind,
    mapping: Option<&Mapping>,
) -> HeaderColumn {
    let header = labels.first().cloned().unwrap_or_default();
    let mapped = mapping.and_then(|mapping| {
        let means = |place: &ColumnPlace| match place {
            ColumnPlace::Number(number) => *number == idx + 1,
            ColumnPlace::Header(text) => labels.iter().any(|label| key(label) == key(text)),
        };
        mapping.columns.iter().find(|(_, place)| means(place)).and_then(|(name, _)| kind.column(name))
    });
    let unit = known.get(&header).unit.clone();
    if let Some(column) = mapped {
        return HeaderColumn { header, column: Some(column.clone()), repeats: false, ignored: false, unit };
    }
    for label in labels {
        let label = known.get(label);
        let column = kind.column_by_header(&label.whole).or_else(|| kind.column_by_header(&label.bare));
        if let Some(column) = column {
            let unit = label.unit.clone();
            return HeaderColumn { header, column: Some(column.clone()), repeats: false, ignored: false, unit };
        }
    }
    let ignored = labels.iter().all(|label| known.get(label).whole.is_empty())
        || labels.iter().any(|label| known.get(label).ignored);
    HeaderColumn { header, column: None, repeats: false, ignored, unit }
}

/// Units of money that a header or a line above it may name.
const MONEY_UNITS: [&str; 6] = ["元", "万元", "亿元", "千元", "百万元", "万美元"];

/// Finds a line such as `单位：元` above a header.
fn caption_unit(above: &[Row]) -> Option<String> {
    let texts = above.iter().flat_map(|row| &row.cells).map(|cell| normalise(cell.text()));
    let units = texts.filter_map(|text| {
        let (_, unit) = text.rsplit_once("单位:")?;
        Some(unit.trim().trim_end_matches([')', '。']).to_owned())
    });
    units.into_iter().find(|unit| MONEY_UNITS.contains(&unit.as_str()))
}

/// Says whether a row is the second one of a header: it differs from the row above only below titles that span several
/// columns, since cells merged downwards show the same text in both.
fn is_second_row(upper: &Row, lower: &Row) -> bool {
    let text = |row: &Row, i: Option<usize>| i.and_then(|i| row.cells.get(i)).map_or("", |cell| cell.text()).to_owned();
    let n_columns = upper.cells.len().max(lower.cells.len());
    let differs = |i: &usize| text(upper, Some(*i)) != text(lower, Some(*i));
    let is_grouped = |i: usize| {
        let own = text(upper, Some(i));
        !own.is_empty() && (text(upper, i.checked_sub(1)) == own || text(upper, Some(i + 1)) == own)
    };
    upper.spanned && (0..n_columns).any(|i| differs(&i)) && (0..n_columns).filter(differs).all(is_grouped)
}

/// Takes the bracketed parts out of a header; the last one that is a unit is returned (`预算（万元）`).
fn split_unit(header: &str, definition: &Definition) -> (String, Option<String>) {
    let text = normalise(header);
    let mut bare = String::new();
    let mut unit = None;
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once('(') {
        let Some((inside, behind)) = after.split_once(')') else { break };
        bare.push_str(before);
        let inside = inside.trim().trim_start_matches("单位").trim_start_matches(':').trim();
        let is_unit = MONEY_UNITS.contains(&inside) || inside == "%" || is_quantity_unit(inside, definition);
        if is_unit {
            unit = Some(inside.to_owned());
        }
        rest = behind;
    }
    bare.push_str(rest);
    (bare, unit)
}

/// Says whether a text is a declared unit, with or without a multiplier and a period (`万件/年`).
fn is_quantity_unit(text: &str, definition: &Definition) -> bool {
    let unit = text.split('/').next().unwrap_or("").trim_start_matches(['万', '千', '百', '亿']);
    definition.units.find(unit).is_some()
}
