//! The catalogue in one file: a head, then blocks of records, each with its length and its CRC-32, so that a flipped bit is
//! noticed and blocks are read on all cores. A file that is not whole, or of another format or declaration, is none: the
//! log has everything that it holds.

use std::collections::{BTreeSet, HashMap};
use std::fs::File;
use std::io::{BufReader, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::catalogue::parties::{Parties, Parts};
use crate::catalogue::{ById, Catalogue, Misfit, aliases};
use crate::error::Result;
use crate::frames::{ends, read_frame, write_file, write_frame};
use crate::model::{Cell, Name, Packed, PartyId, Record, RecordId, State, Value};

/// The first frame of the file. The number changes with any shape below and with those of the model that they hold; the
/// test of the bytes tells when.
const MARK: &[u8] = b"lianqiao-catalogue 2";
/// Records of one block.
const RECORDS_PER_BLOCK: usize = 8_192;
/// Blocks that are in memory beside their records.
const BLOCKS_AT_A_TIME: usize = 4;

/// What stands before the records.
#[derive(Serialize, Deserialize)]
struct Head {
    /// The fingerprint of the declaration by which the cells were read.
    definition: String,
    seq: u64,
    tip: String,
    parties: Parts,
    misfits: Vec<(String, Vec<Misfit>)>,
    n_records: usize,
}

/// Records that follow each other, with what they share.
#[derive(Serialize, Deserialize)]
struct Block<'a> {
    kinds: Vec<String>,
    columns: Vec<Vec<String>>,
    values: Vec<Value>,
    #[serde(borrow)]
    records: Vec<Stored<'a>>,
}

#[derive(Serialize, Deserialize)]
struct Stored<'a> {
    id: &'a str,
    party: Option<PartyId>,
    kind: u32,
    columns: u32,
    text: &'a str,
    /// Column, end of the text, and one more than the place of the value; 0 for none.
    cells: Vec<(u16, u32, u32)>,
    unstated: State,
    withdrawn: Option<String>,
    seq: u64,
}

impl Catalogue {
    /// Writes the catalogue to a file, as read by the declaration with the fingerprint `definition`; the file is there
    /// whole or not at all. O(bytes of all records).
    ///
    /// # Errors
    /// [`Error::Io`](crate::error::Error::Io) if the disk refuses.
    pub fn save(&self, path: &Path, definition: &str) -> Result<()> {
        write_file(path, |out| self.write(out, definition))
    }

    fn write(&self, out: &mut impl Write, definition: &str) -> std::io::Result<()> {
        let misfits = self.misfits.iter().map(|(id, misfits)| (id.to_string(), misfits.clone()));
        let head = Head {
            definition: definition.to_owned(),
            seq: self.seq,
            tip: self.tip.clone(),
            parties: self.parties.parts(),
            misfits: misfits.collect(),
            n_records: self.records.len(),
        };
        write_frame(out, MARK)?;
        write_frame(out, &encode(&head))?;
        let records: Vec<&Record> = self.records().collect();
        for some in records.chunks(RECORDS_PER_BLOCK * BLOCKS_AT_A_TIME) {
            let blocks = some.par_chunks(RECORDS_PER_BLOCK).map(|records| encode(&Packer::default().pack(records)));
            for block in blocks.collect::<Vec<_>>() {
                write_frame(out, &block)?;
            }
        }
        Ok(())
    }

    /// Reads the catalogue from a file; `None` if there is none, or it is not whole, or of another format or declaration.
    /// O(bytes of all records), on all cores.
    pub fn load(path: &Path, definition: &str) -> Option<Self> {
        let mut file = BufReader::new(File::open(path).ok()?);
        if read_frame(&mut file)? != MARK {
            return None;
        }
        let head: Head = postcard::from_bytes(&read_frame(&mut file)?).ok()?;
        if head.definition != definition {
            return None;
        }
        let misfits = head.misfits.into_iter().map(|(id, misfits)| (RecordId::from_text(&id), misfits));
        let mut catalogue = Self {
            parties: Parties::from_parts(head.parties),
            misfits: misfits.collect(),
            seq: head.seq,
            tip: head.tip,
            ..Self::default()
        };
        let names = Names::default();
        let mut n_blocks = head.n_records.div_ceil(RECORDS_PER_BLOCK);
        while n_blocks > 0 {
            let n_next = n_blocks.min(BLOCKS_AT_A_TIME);
            let blocks: Vec<Vec<u8>> = (0..n_next).map(|_| read_frame(&mut file)).collect::<Option<_>>()?;
            let records: Option<Vec<Vec<ById>>> = blocks.par_iter().map(|block| names.unpack(block)).collect();
            catalogue.extend(records?.into_iter().flatten());
            n_blocks -= n_next;
        }
        let is_all = ends(&mut file) && catalogue.records.len() == head.n_records;
        is_all.then_some(catalogue)
    }

    /// Takes records that come by ascending identifier.
    fn extend(&mut self, records: impl Iterator<Item = ById>) {
        for record in records {
            if let Some(party) = record.0.party.filter(|_| record.0.withdrawn.is_none()) {
                for alias in aliases(&record.0) {
                    self.parties.add_alias(party, alias, &record.0.id);
                }
            }
            self.insert_shared(record);
        }
    }
}

fn encode<T: Serialize>(shape: &T) -> Vec<u8> {
    postcard::to_stdvec(shape).expect("these shapes know their lengths, which is all that can be amiss")
}

/// Gathers what the records of a block share, in the order in which it comes up.
#[derive(Default)]
struct Packer {
    kinds: Vec<String>,
    columns: Vec<Vec<String>>,
    values: Vec<Value>,
    /// Where values stand, by their bytes: they have no order and no hash of their own.
    places: HashMap<Vec<u8>, u32>,
    /// Where those stand that were met before, most of which records share.
    met: HashMap<*const Value, u32>,
}

impl Packer {
    fn pack<'a>(mut self, records: &[&'a Record]) -> Block<'a> {
        let records = records.iter().map(|record| self.stored(record)).collect();
        Block { kinds: self.kinds, columns: self.columns, values: self.values, records }
    }

    fn stored<'a>(&mut self, record: &'a Record) -> Stored<'a> {
        let (columns, text, cells) = record.fields.parts();
        let is_same = |known: &Vec<String>| columns.iter().eq(known);
        let mut cell = |cell: &Cell| {
            let place = record.fields.value(*cell).map_or(0, |value| self.value(value));
            (cell.column, cell.end, place)
        };
        let cells = cells.iter().map(&mut cell).collect();
        Stored {
            id: record.id.as_str(),
            party: record.party,
            text,
            cells,
            kind: place_of(&mut self.kinds, |kind| record.kind == *kind, || record.kind.to_string()),
            columns: place_of(&mut self.columns, is_same, || columns.iter().map(Name::to_string).collect()),
            unstated: record.unstated,
            withdrawn: record.withdrawn.clone(),
            seq: record.seq,
        }
    }

    /// Returns one more than the place of a value.
    fn value(&mut self, value: &Value) -> u32 {
        if let Some(place) = self.met.get(&std::ptr::from_ref(value)) {
            return *place;
        }
        let next = number(self.values.len() + 1);
        let place = *self.places.entry(encode(value)).or_insert(next);
        if place == next {
            self.values.push(value.clone());
        }
        self.met.insert(value, place);
        place
    }
}

/// Finds something in a short list, adding it if it is not there.
fn place_of<T>(list: &mut Vec<T>, is_it: impl Fn(&T) -> bool, it: impl Fn() -> T) -> u32 {
    let found = list.iter().position(is_it);
    number(found.unwrap_or_else(|| {
        list.push(it());
        list.len() - 1
    }))
}

fn number(place: usize) -> u32 {
    u32::try_from(place).expect("the records of a block have less than 2^32 cells")
}

/// Names and lists of columns, kept once for all blocks.
#[derive(Default)]
struct Names {
    kinds: Mutex<BTreeSet<Name>>,
    columns: Mutex<BTreeSet<Arc<[Name]>>>,
}

impl Names {
    /// Reads the records of a block; `None` if it does not hold together.
    fn unpack(&self, block: &[u8]) -> Option<Vec<ById>> {
        let block: Block<'_> = postcard::from_bytes(block).ok()?;
        let kinds: Vec<Name> = block.kinds.iter().map(|kind| once(&self.kinds, Name::from(kind.as_str()))).collect();
        let list = |names: &Vec<String>| names.iter().map(|name| Name::from(name.as_str())).collect();
        let columns: Vec<Arc<[Name]>> = block.columns.iter().map(|names| once(&self.columns, list(names))).collect();
        let values: Arc<[Value]> = block.values.into();
        let of = |place: u32| usize::try_from(place).ok();
        let record = |stored: Stored<'_>| {
            let cells = stored.cells.into_iter().map(|(column, end, value)| Cell { end, value, column }).collect();
            let columns = Arc::clone(columns.get(of(stored.columns)?)?);
            Some(ById(Arc::new(Record {
                id: RecordId::from_text(stored.id),
                kind: kinds.get(of(stored.kind)?)?.clone(),
                party: stored.party,
                fields: Packed::from_parts(columns, stored.text.into(), cells).with(&values),
                unstated: stored.unstated,
                withdrawn: stored.withdrawn,
                seq: stored.seq,
            })))
        };
        block.records.into_iter().map(record).collect()
    }
}

/// Returns the one of equal things that was there first.
fn once<T: Ord + Clone>(known: &Mutex<BTreeSet<T>>, thing: T) -> T {
    let mut known = known.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(first) = known.get(&thing) {
        return first.clone();
    }
    known.insert(thing.clone());
    thing
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::definition::Definition;
    use crate::digest::digest;
    use crate::model::{
        Bound, Change, Currency, Deadline, Entry, Interval, Measure, Money, RegionWish, Source, Strength, Uscc,
    };

    static DEFINITION: LazyLock<Definition> = LazyLock::new(|| Definition::compiled().expect("valid"));

    /// A kind, and cells by column.
    type Row = (&'static str, &'static [(&'static str, &'static str)]);

    /// Cells of many types and of none.
    const ROWS: &[Row] = &[
        ("catalog", &[("title", "深沟球轴承"), ("product", "滚动轴承、电机轴承"), ("price", "12.5元/件")]),
        ("catalog", &[("title", "钢丝"), ("capacity", "3000吨/年"), ("supplier_role", "生产商"), ("price", "面议")]),
        ("catalog", &[("title", "阀门"), ("capacity", "许多"), ("undeclared", "列")]),
        ("procurement", &[("title", "求购轴承"), ("region_wish", "限济南市"), ("required_certificates", "ISO9001")]),
        ("procurement", &[("title", "求购钢丝"), ("valid_until", "长期有效"), ("state", "暂停")]),
        (
            "party",
            &[("region", "济南市"), ("former_names", "示例旧名有限公司、示例旧厂"), ("uscc", "91370200264574251E")],
        ),
        ("alias", &[("alias", "示例简称")]),
        ("undeclared", &[("title", "声明里没有的类别")]),
    ];

    fn party() -> impl Strategy<Value = PartyId> + Clone {
        (1..5_u64).prop_map(PartyId)
    }

    fn change() -> impl Strategy<Value = Change> {
        let code = "91370200264574251E";
        let record = |party: PartyId, row: usize, code: u8| {
            RecordId::new((row % 4 != 3).then_some(party), ROWS[row].0, &format!("A{code}"))
        };
        let at = (party(), 0..ROWS.len(), 0..3_u8);
        let put = move |(party, row, code): (PartyId, usize, u8)| {
            let record = record(party, row, code);
            let cells: BTreeMap<String, String> =
                ROWS[row].1.iter().map(|(column, raw)| ((*column).to_owned(), (*raw).to_owned())).collect();
            Change::Put {
                kind: ROWS[row].0.to_owned(),
                party: record.party(),
                record,
                cells,
                read_on: jiff::civil::date(2026, 6, 1),
                source: Source::default(),
            }
        };
        let withdraw = move |(party, row, code)| Change::Withdraw {
            record: record(party, row, code),
            reason: "不再供应".to_owned(),
        };
        prop_oneof![
            6 => at.clone().prop_map(put),
            2 => at.prop_map(withdraw),
            2 => (party(), 0..3_u8, any::<bool>()).prop_map(move |(party, name, has_code)| Change::Party {
                party,
                name: format!("示例{name}有限公司"),
                uscc: has_code.then(|| Uscc::parse(code).expect("a valid code")),
            }),
            1 => (party(), party()).prop_map(|(from, into)| Change::Merge { from, into }),
            1 => party().prop_map(|party| Change::Split { party }),
        ]
    }

    fn entries(changes: Vec<Change>) -> Vec<Entry> {
        let entry = |(seq, change)| Entry {
            seq,
            at: "2026-06-01T00:00:00Z".to_owned(),
            definition: DEFINITION.fingerprint.clone(),
            checksum: format!("sum {seq}"),
            change,
        };
        (1..).zip(changes).map(entry).collect()
    }

    /// Builds a catalogue of every row.
    fn whole() -> Catalogue {
        let put = |(row, (kind, cells)): (usize, &Row)| {
            let record = RecordId::new(Some(PartyId(1)), kind, &row.to_string());
            let cells = cells.iter().map(|(column, raw)| ((*column).to_owned(), (*raw).to_owned())).collect();
            let (party, read_on) = (record.party(), jiff::civil::date(2026, 6, 1));
            Change::Put { record, kind: (*kind).to_owned(), party, cells, read_on, source: Source::default() }
        };
        let party = Change::Party { party: PartyId(1), name: "示例甲有限公司".to_owned(), uscc: None };
        let changes = std::iter::once(party).chain(ROWS.iter().enumerate().map(put)).collect();
        Catalogue::build(&DEFINITION, &entries(changes))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_file_and_the_rows_after_it_are_the_whole_log(
            changes in prop::collection::vec(change(), 0..40),
            part in 0..=100_usize,
        ) {
            let folder = tempfile::tempdir().expect("a temporary directory");
            let path = folder.path().join("views/catalogue");
            let entries = entries(changes);
            let (first, rest) = entries.split_at(entries.len() * part / 100);
            let built = Catalogue::build(&DEFINITION, first);
            built.save(&path, "f").expect("saved");
            let mut loaded = Catalogue::load(&path, "f").expect("what was saved is whole");
            prop_assert_eq!(&loaded, &built);
            loaded.apply(&DEFINITION, rest);
            let whole = Catalogue::build(&DEFINITION, &entries);
            prop_assert_eq!(&loaded, &whole);
            for kind in ["catalog", "party", "alias"] {
                let ids = |catalogue: &Catalogue| -> Vec<String> {
                    catalogue.records_of_kind(kind).map(|record| record.id.to_string()).collect()
                };
                prop_assert_eq!(ids(&loaded), ids(&whole));
            }
        }
    }

    #[test]
    fn any_damage_and_any_other_declaration_is_no_catalogue() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("catalogue");
        whole().save(&path, "f").expect("saved");
        let bytes = fs::read(&path).expect("there");
        assert_eq!(Catalogue::load(&path, "f"), Some(whole()));
        assert_eq!(Catalogue::load(&path, "other"), None);
        for place in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[place] ^= 0x04;
            fs::write(&path, &flipped).expect("written");
            assert_eq!(Catalogue::load(&path, "f"), None, "byte {place} flipped");
            fs::write(&path, &bytes[..place]).expect("written");
            assert_eq!(Catalogue::load(&path, "f"), None, "cut at byte {place}");
        }
        fs::write(&path, [bytes, vec![0]].concat()).expect("written");
        assert_eq!(Catalogue::load(&path, "f"), None, "one byte too many");
    }

    /// Returns a value of every variant; the match asks for another when there is another variant.
    fn values() -> Vec<Value> {
        let text = |text: &str| text.to_owned();
        let date = jiff::civil::date(2026, 6, 1);
        let amount = Interval::new(Some(Bound { value: 1.0, closed: true }), Some(Bound { value: 2.5, closed: false }));
        let amount = amount.expect("it holds a number");
        let values = vec![
            Value::Text,
            Value::Uscc(Uscc::parse("91370200264574251E").expect("a valid code")),
            Value::List(vec![text("a"), text("b")]),
            Value::Choice(text("maker")),
            Value::Flag(true),
            Value::Number(amount),
            Value::Money(Money { amount, currency: Currency::Jpy, per: Some(text("件")) }),
            Value::Measure(Measure { amount, unit: text("kg"), per_year: true }),
            Value::Date(date),
            Value::Deadline(Deadline::On(date)),
            Value::Deadline(Deadline::Never),
            Value::Period(text("2026Q1")),
            Value::Region(text("370100")),
            Value::RegionWish(RegionWish { regions: vec![text("370100")], strength: Strength::Soft }),
            Value::Industry(text("C34")),
            Value::Certificates(vec![vec![text("ISO9001")]]),
        ];
        for value in &values {
            match value {
                Value::Text
                | Value::Uscc(_)
                | Value::List(_)
                | Value::Choice(_)
                | Value::Flag(_)
                | Value::Number(_) => {}
                Value::Money(_) | Value::Measure(_) | Value::Date(_) | Value::Deadline(_) | Value::Period(_) => {}
                Value::Region(_) | Value::RegionWish(_) | Value::Industry(_) | Value::Certificates(_) => {}
            }
        }
        values
    }

    #[test]
    fn whoever_changes_the_bytes_changes_the_number_in_the_mark() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("catalogue");
        let names: Vec<String> = (10..10 + values().len()).map(|place| format!("column {place}")).collect();
        let cells = names.iter().zip(values()).map(|(name, value)| (name.as_str(), "as written", value));
        let record = Record::unstored(RecordId::from_text("P1:catalog:A1"), "catalog", cells.collect());
        let record = Record { party: Some(PartyId(1)), withdrawn: Some("gone".to_owned()), seq: 2, ..record };
        let misfit = Misfit { column: "a".to_owned(), raw: "b".to_owned(), message: "c".to_owned() };
        let mut catalogue = Catalogue { seq: 7, tip: "tip".to_owned(), ..Catalogue::default() };
        for name in ["甲", "乙"] {
            catalogue.parties.declare(PartyId(1), name, Uscc::parse("91370200264574251E").ok());
        }
        catalogue.parties.merge(PartyId(2), PartyId(1));
        catalogue.put(record, vec![misfit]);
        catalogue.save(&path, "f").expect("saved");
        assert_eq!(
            Catalogue::load(&path, "f").expect("whole").record(&RecordId::from_text("P1:catalog:A1")),
            catalogue.record(&RecordId::from_text("P1:catalog:A1"))
        );
        let bytes = fs::read(&path).expect("there");
        assert_eq!(
            digest([bytes.as_slice()]),
            "15d8bd69959bfa36",
            "shapes have changed: count up in MARK, then write the new hash here"
        );
    }
}
