//! From the cells of an entry to the fields of a record, by the present declaration. Cells repeat (places, certificates,
//! dates), so equal ones are read once and their values shared.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::civil::Date;

use crate::catalogue::Misfit;
use crate::definition::{Column, Definition};
use crate::model::{Change, Entry, Name, Packed, ProblemCode, Record, Value};
use crate::text::{Finding, Reading, read_cell};

/// Longer cells are hardly ever repeated.
const SHARED_BYTES_MAX: usize = 64;

/// A record as an entry puts it, and the cells of it that cannot be read.
pub(super) type Put = (Record, Vec<Misfit>);

/// Reads the records that entries put, in the order of the entries; `None` for other entries.
pub(super) fn read(definition: &Definition, entries: &[Entry]) -> Vec<Option<Put>> {
    let mut reader = CellReader { definition, kinds: BTreeMap::new(), values: vec![Value::Text] };
    let read: Vec<_> = entries.iter().map(|entry| reader.read(entry)).collect();
    let values: Arc<[Value]> = reader.values.into();
    let whole = |(entry, read): (&Entry, Option<Read>)| {
        let (Change::Put { record, party, .. }, Some(read)) = (&entry.change, read) else { return None };
        let record = Record {
            id: record.clone(),
            kind: read.kind,
            party: *party,
            fields: read.fields.with(&values),
            unstated: definition.unstated,
            withdrawn: None,
            seq: entry.seq,
        };
        Some((record, read.misfits))
    };
    entries.iter().zip(read).map(whole).collect()
}

/// The place of [`Value::Text`], of which there is one, among the values; counted from 1.
const TEXT: u32 = 1;

struct CellReader<'a> {
    definition: &'a Definition,
    kinds: BTreeMap<&'a str, KindReader<'a>>,
    values: Vec<Value>,
}

struct Read {
    kind: Name,
    fields: Packed,
    misfits: Vec<Misfit>,
}

/// What the records of one kind share.
struct KindReader<'a> {
    name: Name,
    columns: Arc<[Name]>,
    declared: BTreeMap<&'a str, Shared<'a>>,
}

/// A column, and where the values of its cells stand when they are read on a day.
struct Shared<'a> {
    column: &'a Column,
    known: HashMap<String, (Date, u32)>,
}

impl<'a> CellReader<'a> {
    fn read(&mut self, entry: &'a Entry) -> Option<Read> {
        let Change::Put { kind, cells, read_on, .. } = &entry.change else { return None };
        let Self { definition, kinds, values } = self;
        let of_kind = kinds.entry(kind).or_insert_with(|| KindReader::new(definition, kind));
        let mut misfits = Vec::new();
        let mut packed = Vec::with_capacity(cells.len());
        for (name, raw) in cells {
            let place = match of_kind.declared.get_mut(name.as_str()) {
                Some(column) => column.read(raw, *read_on, definition, values),
                None => Err(Finding::new(ProblemCode::UnknownColumn, "声明中没有这一列", "")),
            };
            let place = place.unwrap_or_else(|finding| {
                misfits.push(Misfit { column: name.clone(), raw: raw.clone(), message: finding.message });
                0
            });
            packed.push((name.as_str(), raw.as_str(), place));
        }
        Some(Read { kind: of_kind.name.clone(), fields: Packed::new(&of_kind.columns, packed), misfits })
    }
}

impl<'a> KindReader<'a> {
    fn new(definition: &'a Definition, kind: &str) -> Self {
        let columns = definition.kind(kind).map_or(&[][..], |kind| &kind.columns);
        let declared: BTreeMap<&str, Shared<'a>> =
            columns.iter().map(|column| (column.name.as_str(), Shared { column, known: HashMap::new() })).collect();
        Self { name: kind.into(), columns: declared.keys().map(|name| Name::from(*name)).collect(), declared }
    }
}

impl Shared<'_> {
    /// Reads a cell and returns where its value stands, counted from 1; 0 if it is not known, an error if it has none.
    fn read(&mut self, raw: &str, on: Date, definition: &Definition, values: &mut Vec<Value>) -> Result<u32, Finding> {
        if let Some((day, place)) = self.known.get(raw)
            && *day == on
        {
            return Ok(*place);
        }
        let place = match read_cell(raw, self.column, definition, on) {
            // By far the most cells; they need no place in the map.
            Reading::Known(Value::Text) => return Ok(TEXT),
            Reading::Known(value) | Reading::Noted(value, _) => {
                values.push(value);
                u32::try_from(values.len()).expect("a few thousand records have less than 2^32 cells")
            }
            Reading::Unknown | Reading::Unclear(_) | Reading::Empty => 0,
            Reading::Bad(finding) => return Err(finding),
        };
        if raw.len() <= SHARED_BYTES_MAX {
            self.known.insert(raw.to_owned(), (on, place));
        }
        Ok(place)
    }
}
