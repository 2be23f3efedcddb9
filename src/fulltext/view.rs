//! The index on disk or in memory, and how it follows the log. A commit carries the stamp of what it holds; an index
//! with another stamp than its reader expects is rebuilt, never half read.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tantivy::directory::MmapDirectory;
use tantivy::schema::OwnedValue;
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, TantivyDocument, Term};

use crate::digest::digest;
use crate::error::{Error, Result};
use crate::fulltext::fields::{Fields, schema};
use crate::fulltext::lines::{LINES, Lines};
use crate::fulltext::query::Searcher;
use crate::fulltext::{seal, view_error};
use crate::model::RecordId;
use crate::seal::Seal;

/// The version of the fields below; a view of another version is rebuilt.
const FORMAT: u32 = 4;
/// Memory for the writer's buffers; tantivy's least is 15 MB a thread.
const WRITER_BYTES: usize = 64 * 1024 * 1024;

/// What a commit of the view holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// The last entry of the log that it shows.
    pub seq: u64,
    /// The checksum of that entry.
    pub tip: String,
    /// The fingerprint of the declaration that it was built with.
    pub definition: String,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    format: u32,
    stamp: Stamp,
}

/// What is indexed of one record or party.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// The record.
    pub id: RecordId,
    /// Its kind.
    pub kind: String,
    /// Terms of its title, distinct and one a line, as in the fields below.
    pub title: String,
    /// Terms of its party's name.
    pub party: String,
    /// Terms of its other public columns.
    pub body: String,
    /// Parts of the words of all three.
    pub parts: String,
    /// Pinyin of title and party.
    pub pinyin: String,
}

impl Document {
    /// Returns a hash that is equal for equal documents.
    fn digest(&self) -> String {
        let texts = [&self.kind, &self.title, &self.party, &self.body, &self.parts, &self.pinyin];
        digest(texts.map(|text| text.as_bytes()))
    }
}

/// The index.
pub struct Fulltext {
    index: Index,
    fields: Fields,
    /// Where it is on disk, and the seal of its last commit.
    place: Option<(PathBuf, Mutex<Seal>)>,
}

impl Fulltext {
    /// Opens the view in a directory if it is whole and was built with `definition`; `None` if it must be rebuilt.
    /// O(bytes of the view).
    pub fn open(directory: &Path, definition: &str) -> Option<(Self, Stamp)> {
        let seal = seal::whole(directory)?;
        let (schema, fields) = schema();
        let index = Index::open_in_dir(directory).ok()?;
        let stamp = read_stamp(&index)?;
        if index.schema() != schema || stamp.definition != definition {
            return None;
        }
        let place = Some((directory.to_path_buf(), Mutex::new(seal)));
        Some((Self::new(index, fields, place), stamp))
    }

    /// Says whether the view in a directory is damaged, which is more than out of date or cut off in a change.
    /// O(bytes of the view).
    pub fn is_damaged(directory: &Path) -> bool {
        seal::is_broken(directory)
    }

    /// Reads what the view in a directory says that it shows, without looking whether it is whole.
    pub fn stamp_of(directory: &Path) -> Option<Stamp> {
        if !directory.is_dir() {
            return None;
        }
        read_stamp(&Index::open_in_dir(directory).ok()?)
    }

    /// Creates an empty view in a directory, in place of whatever was there.
    pub fn create(directory: &Path) -> Result<Self> {
        if directory.exists() {
            fs::remove_dir_all(directory).map_err(Error::io("清空", directory))?;
        }
        fs::create_dir_all(directory).map_err(Error::io("创建", directory))?;
        let (schema, fields) = schema();
        let mapped = MmapDirectory::open(directory).map_err(|error| Error::Fulltext(Box::new(error)))?;
        let index = Index::open_or_create(mapped, schema).map_err(view_error)?;
        let place = Some((directory.to_path_buf(), Mutex::default()));
        Ok(Self::new(index, fields, place))
    }

    /// Creates an empty view in memory.
    pub fn in_memory() -> Self {
        let (schema, fields) = schema();
        Self::new(Index::create_in_ram(schema), fields, None)
    }

    fn new(index: Index, fields: Fields, place: Option<(PathBuf, Mutex<Seal>)>) -> Self {
        index.tokenizers().register(LINES, Lines::default());
        Self { index, fields, place }
    }

    /// Starts a change of the view; nothing is seen of it before its [commit](Batch::commit). Until then the view has no
    /// seal, and an opening makes it anew.
    ///
    /// # Errors
    /// [`Error::Fulltext`] if another process is writing the view, [`Error::Io`] if the disk fails.
    pub fn begin(&self) -> Result<Batch<'_>> {
        if let Some((directory, _)) = &self.place {
            seal::remove(directory)?;
        }
        let writer = self.index.writer_with_num_threads(1, WRITER_BYTES).map_err(view_error)?;
        Ok(Batch { view: self, writer })
    }

    /// Returns what the view shows now; `None` if it has never been committed to.
    pub fn stamp(&self) -> Option<Stamp> {
        read_stamp(&self.index)
    }

    /// Returns a searcher over the last commit, which later commits leave unchanged.
    pub fn searcher(&self) -> Result<(Searcher, Option<Stamp>)> {
        loop {
            let before = read_stamp(&self.index);
            let reader = self.reader()?;
            let searcher = reader.searcher();
            // A commit between the two reads would pair one commit's stamp with the other's documents.
            if read_stamp(&self.index) == before {
                return Ok((Searcher::new(searcher, self.fields), before));
            }
        }
    }

    /// Returns the digest of every document by record, for comparison with a rebuilt view.
    pub fn digests(&self) -> Result<BTreeMap<String, String>> {
        let searcher = self.reader()?.searcher();
        let mut digests = BTreeMap::new();
        for segment in searcher.segment_readers() {
            let store = segment.get_store_reader(1).map_err(|error| Error::Fulltext(Box::new(error)))?;
            for document in store.iter::<TantivyDocument>(segment.alive_bitset()) {
                let document = document.map_err(view_error)?;
                let text = |field| match document.get_first(field).map(OwnedValue::from) {
                    Some(OwnedValue::Str(text)) => text,
                    _ => String::new(),
                };
                let id = text(self.fields.id);
                if digests.insert(id.clone(), text(self.fields.digest)).is_some() {
                    return Err(Error::DamagedView(format!("全文索引中 {id} 出现两次")));
                }
            }
        }
        Ok(digests)
    }

    /// Opens a reader that stays at the commit it finds; following new ones is the snapshot's business.
    fn reader(&self) -> Result<IndexReader> {
        self.index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into().map_err(view_error)
    }

    fn document(&self, document: &Document) -> TantivyDocument {
        let fields = &self.fields;
        let mut out = TantivyDocument::default();
        out.add_text(fields.id, document.id.as_str());
        out.add_text(fields.kind, &document.kind);
        out.add_text(fields.digest, document.digest());
        for (field, terms) in [
            (fields.title, &document.title),
            (fields.party, &document.party),
            (fields.body, &document.body),
            (fields.parts, &document.parts),
            (fields.pinyin, &document.pinyin),
        ] {
            out.add_text(field, terms);
        }
        out
    }
}

/// A change of the view.
pub struct Batch<'a> {
    view: &'a Fulltext,
    writer: IndexWriter,
}

impl Batch<'_> {
    /// Removes the document of a record that the view may have.
    pub fn remove(&self, id: &RecordId) {
        self.writer.delete_term(Term::from_field_text(self.view.fields.id, id.as_str()));
    }

    /// Adds the document of a record of which the view has none, or none any more.
    ///
    /// # Errors
    /// [`Error::Fulltext`] or [`Error::Io`] if the disk fails.
    pub fn put(&mut self, document: &Document) -> Result<()> {
        let Err(dead) = self.writer.add_document(self.view.document(document)) else { return Ok(()) };
        // A writer that has died does not say of what; its thread, joined, does.
        Err(view_error(self.writer.prepare_commit().err().unwrap_or(dead)))
    }

    /// Commits under a stamp, and seals.
    ///
    /// # Errors
    /// As [`put`](Self::put).
    pub fn commit(mut self, stamp: &Stamp) -> Result<()> {
        let payload = Payload { format: FORMAT, stamp: stamp.clone() };
        let payload = serde_json::to_string(&payload).expect("numbers and strings always serialise");
        let mut commit = self.writer.prepare_commit().map_err(view_error)?;
        commit.set_payload(&payload);
        commit.commit().map_err(view_error)?;
        // Without waiting, the lock could be dropped while a merge still writes into a directory about to be read.
        self.writer.wait_merging_threads().map_err(view_error)?;
        if let Some((directory, last)) = &self.view.place {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            *last = seal::write(directory, &last)?;
        }
        Ok(())
    }
}

fn read_stamp(index: &Index) -> Option<Stamp> {
    let payload = index.load_metas().ok()?.payload?;
    let payload: Payload = serde_json::from_str(&payload).ok()?;
    (payload.format == FORMAT).then_some(payload.stamp)
}
