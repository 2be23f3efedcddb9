//! How the full-text view follows the log: which documents an entry changes, and what of a record is indexed. Only
//! public columns are, and phone numbers and the like are taken out of running text first.

use std::path::Path;
use std::sync::OnceLock;

use rayon::prelude::*;

use crate::catalogue::Catalogue;
use crate::definition::{ColumnType, Definition, Visibility};
use crate::engine::{FULLTEXT_FOLDER, replay};
use crate::error::Result;
use crate::fulltext::{Batch, Document, Fulltext, Stamp};
use crate::model::{Record, RecordId, Value};
use crate::normal::normalise;
use crate::store::Log;
use crate::text::{Segmenter, list_parts, list_pinyin, list_terms, strip_personal};

/// Documents that are in memory together.
const DOCUMENTS_AT_A_TIME: usize = 2_048;

/// Opens the view in a data directory if it was built with this declaration from a part of this log, from its beginning.
pub(super) fn on_disk(directory: &Path, definition: &Definition, log: &Log) -> Result<Option<(Fulltext, Stamp)>> {
    let opened = Fulltext::open(&directory.join(FULLTEXT_FOLDER), &definition.fingerprint);
    // Asked after the view was opened: a writer may append to both meanwhile, to the log first.
    let last = log.last_seq()?;
    match opened {
        // The view is written after the log, so only a log that lost its end can be behind.
        Some((_, stamp)) if stamp.seq > last => Err(replay::lost_end(last, stamp.seq)),
        Some((fulltext, stamp)) if log.checksum(stamp.seq)? == stamp.tip => Ok(Some((fulltext, stamp))),
        _ => Ok(None),
    }
}

/// Refuses a log that has lost its end, as far as the view's stamp tells, without reading the view.
pub(super) fn check_end(directory: &Path, definition: &Definition, log: &Log) -> Result<()> {
    let shown = Fulltext::stamp_of(&directory.join(FULLTEXT_FOLDER)).map_or(0, |stamp| stamp.seq);
    // The stamp alone may be damaged; the whole view is believed.
    if shown > log.last_seq()? { on_disk(directory, definition, log).map(drop) } else { Ok(()) }
}

/// Opens the view on disk and brings it up to the catalogue; one of another declaration, format or log, or one that is
/// not whole, is rebuilt. Says whether it was damaged.
pub(super) fn synced(
    directory: &Path,
    definition: &Definition,
    segmenter: &OnceLock<Segmenter>,
    log: &Log,
    catalogue: &Catalogue,
) -> Result<(Fulltext, bool)> {
    let Some((fulltext, stamp)) = on_disk(directory, definition, log)? else {
        let was_damaged = Fulltext::is_damaged(&directory.join(FULLTEXT_FOLDER));
        let fulltext = Fulltext::create(&directory.join(FULLTEXT_FOLDER))?;
        fill(&fulltext, definition, segmenter, catalogue)?;
        return Ok((fulltext, was_damaged));
    };
    if stamp.seq < catalogue.seq() {
        let former = replay::at(directory, definition, log, stamp.seq)?;
        let mut replayed = former.clone();
        let changed = replay::follow(&mut replayed, definition, log, catalogue.seq())?;
        let step = Step { former: &former, catalogue: &replayed, changed: &changed };
        follow(&fulltext, definition, segmenter, step, |_, _| ())?;
    }
    Ok((fulltext, false))
}

/// From one catalogue to a later one.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    /// The one that the view shows.
    pub former: &'a Catalogue,
    /// The one that it is to show.
    pub catalogue: &'a Catalogue,
    /// The records that differ, ascending.
    pub changed: &'a [RecordId],
}

/// Lets the view follow a step; returns what `also` makes of each changed record that has a document now.
pub(super) fn follow<T: Send>(
    fulltext: &Fulltext,
    definition: &Definition,
    segmenter: &OnceLock<Segmenter>,
    Step { former, catalogue, changed }: Step<'_>,
    also: impl Fn(&Segmenter, &Record) -> T + Sync,
) -> Result<Vec<T>> {
    // A change that failed after its documents were in left them there; they are of no catalogue yet.
    let is_in_step = fulltext.stamp() == Some(stamp(definition, former));
    let mut batch = fulltext.begin()?;
    // What is new to the view need not be looked for in it.
    changed.iter().filter(|id| !is_in_step || former.record(id).is_some()).for_each(|id| batch.remove(id));
    let records = changed.iter().filter_map(|id| catalogue.record(id)).collect();
    let made = put(&mut batch, definition, segmenter, records, |segmenter, record| {
        (document(definition, segmenter, catalogue, record), also(segmenter, record))
    })?;
    batch.commit(&stamp(definition, catalogue))?;
    Ok(made)
}

/// Puts every record of a catalogue into an empty view.
pub(super) fn fill(
    fulltext: &Fulltext,
    definition: &Definition,
    segmenter: &OnceLock<Segmenter>,
    catalogue: &Catalogue,
) -> Result<()> {
    let mut batch = fulltext.begin()?;
    put(&mut batch, definition, segmenter, catalogue.records().collect(), |segmenter, record| {
        (document(definition, segmenter, catalogue, record), ())
    })?;
    batch.commit(&stamp(definition, catalogue))
}

fn stamp(definition: &Definition, catalogue: &Catalogue) -> Stamp {
    Stamp { seq: catalogue.seq(), tip: catalogue.tip().to_owned(), definition: definition.fingerprint.clone() }
}

/// Puts the documents that `read` makes of those records that others may find, on all cores, in the order given, and
/// returns what else it makes of them; the dictionary is loaded only if there is something to cut.
fn put<T: Send>(
    batch: &mut Batch<'_>,
    definition: &Definition,
    segmenter: &OnceLock<Segmenter>,
    mut records: Vec<&Record>,
    read: impl Fn(&Segmenter, &Record) -> (Document, T) + Sync,
) -> Result<Vec<T>> {
    records.retain(|record| {
        let kind = definition.kind(&record.kind);
        record.is_listed() && kind.is_some_and(|kind| kind.role.is_posting() || kind.name == "party")
    });
    let mut made = Vec::with_capacity(records.len());
    for some in records.chunks(DOCUMENTS_AT_A_TIME) {
        let segmenter = segmenter.get_or_init(|| Segmenter::new(definition));
        let read: Vec<(Document, T)> = some.par_iter().map(|record| read(segmenter, record)).collect();
        for (document, other) in read {
            batch.put(&document)?;
            made.push(other);
        }
    }
    Ok(made)
}

/// Reads what of a record is searched.
pub(super) fn document(
    definition: &Definition,
    segmenter: &Segmenter,
    catalogue: &Catalogue,
    record: &Record,
) -> Document {
    let party = catalogue.party_of(record).map(|party| catalogue.parties().name(party)).unwrap_or_default();
    let title = if record.kind == "party" { party.clone() } else { strip_personal(record.raw("title")) };
    let [title, party, body] = [title, party, public_text(definition, record)].map(|text| normalise(&text));
    let named = format!("{title}\n{party}");
    let whole = format!("{named}\n{body}");
    Document {
        id: record.id.clone(),
        kind: record.kind.to_string(),
        title: list_terms(segmenter, &title, &body, true),
        party: list_terms(segmenter, &party, "", false),
        body: list_terms(segmenter, &body, &title, true),
        parts: list_parts(segmenter, &whole),
        pinyin: list_pinyin(segmenter, &named),
    }
}

/// Joins the public texts of a record but its title, without phone numbers and the like.
pub(super) fn public_text(definition: &Definition, record: &Record) -> String {
    let Some(kind) = definition.kind(&record.kind) else { return String::new() };
    let mut texts = Vec::new();
    for column in kind.columns.iter().filter(|column| column.visibility == Visibility::Public) {
        let raw = record.raw(&column.name);
        match (column.column_type, record.value(&column.name)) {
            _ if raw.is_empty() || column.name == "title" => {}
            // A place is found by the places around it too.
            (_, Some(Value::Region(code))) => texts.push(definition.regions.full_name(code)),
            (ColumnType::Text | ColumnType::LongText | ColumnType::List | ColumnType::Certificates, _) => {
                texts.push(raw.to_owned());
            }
            _ => {}
        }
    }
    strip_personal(&texts.join("\n"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use super::*;
    use crate::fulltext::SearchWord;
    use crate::model::{Change, Source};

    #[test]
    fn no_term_of_a_document_tells_of_a_person() {
        let definition = Definition::compiled().expect("valid");
        let cells = [
            ("title", "胶合板 联系人：示例李四"),
            ("description", "耐候；订货电话：13911112222，邮箱 lisi@example.com"),
            ("remark", "底价"),
        ];
        let cells = cells.iter().map(|(column, raw)| (*column, *raw, Value::Text)).collect();
        let record = Record::unstored(RecordId::from_text("P1:catalog:A1"), "catalog", cells);
        let document = document(&definition, &Segmenter::new(&definition), &Catalogue::default(), &record);
        let fields = [document.title, document.body, document.parts, document.pinyin];
        let terms: Vec<String> = fields.iter().flat_map(|lines| lines.lines()).map(str::to_owned).collect();
        assert!(terms.contains(&"胶合板".to_owned()) && terms.contains(&"耐候".to_owned()), "{terms:?}");
        for personal in ["李四", "13911", "2222", "lisi", "底价"] {
            assert!(!terms.iter().any(|term| term.contains(personal)), "{personal}: {terms:?}");
        }
    }

    #[test]
    fn a_document_that_a_failed_change_left_does_not_stand_twice() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let (view, data) = (folder.path().join("view"), folder.path().join("data"));
        let definition = Definition::compiled().expect("valid");
        let segmenter = OnceLock::new();
        let fulltext = Fulltext::create(&view).expect("an empty view");
        fill(&fulltext, &definition, &segmenter, &Catalogue::default()).expect("stamped");
        let put = Change::Put {
            record: RecordId::from_text("P1:catalog:A1"),
            kind: "catalog".to_owned(),
            party: None,
            cells: BTreeMap::from([("title".to_owned(), "胶合板".to_owned())]),
            read_on: jiff::civil::date(2026, 1, 1),
            source: Source { file: String::new(), sheet: String::new(), row: 1 },
        };
        fs::create_dir(&data).expect("a folder");
        let mut log = Log::open(&data).expect("a new log");
        let entries = log.append(vec![put], &[], &[], "2026-01-01T00:00:00Z", "f").expect("appended");
        // A seal cannot be written over a folder: the documents are in, and the change has failed all the same.
        let spoil = |_: &Segmenter, _: &Record| fs::create_dir(view.join("seal")).expect("a folder");
        let (former, mut catalogue) = (Catalogue::default(), Catalogue::default());
        let changed = replay::apply(&mut catalogue, &definition, entries);
        let step = Step { former: &former, catalogue: &catalogue, changed: &changed };
        follow(&fulltext, &definition, &segmenter, step, spoil).expect_err("no seal");
        fs::remove_dir(view.join("seal")).expect("removed");
        follow(&fulltext, &definition, &segmenter, step, |_, _| ()).expect("shown");
        let word = SearchWord { term: "胶合板".to_owned(), parts: Vec::new(), may_be_pinyin: false, weight: 1 };
        let (searcher, _) = fulltext.searcher().expect("readable");
        assert_eq!(searcher.search_all(&[], &[word], 10).expect("found").len(), 1);
    }
}
