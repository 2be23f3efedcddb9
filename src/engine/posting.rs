//! Changing one posting at a time for a viewer: create, change, withdraw. A posting is read and placed like a row of a
//! table, so that one put in by a request is the same as one that came in a file.

use std::collections::BTreeMap;
use std::fmt::Display;

use crate::catalogue::Catalogue;
use crate::definition::{ColumnType, Kind, Visibility};
use crate::engine::Engine;
use crate::engine::access::trace;
use crate::engine::plan::{FilePlan, ImportOptions};
use crate::engine::writing::Writer;
use crate::error::{Error, Result};
use crate::intake::{Cell, Piece, Row, TableOptions};
use crate::model::{
    Answer, Aside, Change, Contact, FileReport, Moment, Once, PartyId, Problem, Reach, Record, RecordId, Viewer,
};
use crate::store::Log;

/// Who changes something, and how a repetition of the request is answered.
pub struct By<'a, T> {
    /// Who.
    pub viewer: &'a Viewer,
    /// What tells the request from its repetitions, and what is answered to them.
    pub once: Option<(&'a Once, &'a Answering<'a, T>)>,
    /// Asked now and then in long work that nothing was written of yet: whether to leave it undone.
    pub is_over: &'a dyn Fn() -> bool,
}

/// Writes an outcome as it is answered to a repetition of the request.
pub type Answering<'a, T> = dyn Fn(&T) -> Answer + 'a;

/// What became of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done<T> {
    /// It was carried out.
    Now(T),
    /// It repeats one that was carried out before, with this answer.
    Before(Answer),
}

/// A posting to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPosting {
    /// The kind, by English name or Chinese label.
    pub kind: String,
    /// The party's identifier; a key that acts for one party need not say it.
    pub party: Option<String>,
    /// Cells as written, by declared column name.
    pub cells: BTreeMap<String, String>,
}

/// What became of a posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostingOutcome {
    /// The posting; `None` if it was refused.
    pub id: Option<RecordId>,
    /// Whether anything is new.
    pub is_changed: bool,
    /// What is wrong with it, or deserves a look.
    pub problems: Vec<Problem>,
}

/// What the log says where a posting came from no file.
const SOURCE: &str = "api";

impl<'a, T> By<'a, T> {
    /// Returns somebody whose request is never repeated.
    pub fn viewer(viewer: &'a Viewer) -> Self {
        Self { viewer, once: None, is_over: &|| false }
    }

    /// Returns what is to be written beside a change: who did what, and what is answered to a repetition.
    pub(super) fn asides(&self, action: &'static str, subject: &dyn Display, outcome: &T) -> Vec<Aside> {
        let answer = self.once.map(|(once, answer)| Aside::Answer(once.clone(), answer(outcome)));
        std::iter::once(trace(self.viewer, action, subject)).chain(answer).collect()
    }
}

impl Engine {
    /// Creates a posting.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a party that the viewer may not act for and for one that does not exist, alike;
    /// [`Error::Exists`] if the party has a posting of this number that says something else; [`Error::Request`] for an
    /// unknown column. A cell that cannot be read is a problem in the outcome.
    pub fn create_posting(
        &self,
        new: &NewPosting,
        by: &By<'_, PostingOutcome>,
        moment: &Moment,
    ) -> Result<Done<PostingOutcome>> {
        let kind = self.posting_kind(&new.kind)?;
        let (writer, catalogue) = self.writer()?;
        if let Some(answer) = self.repeated(by, moment)? {
            return Ok(Done::Before(answer));
        }
        let party = self.acted_for(&catalogue, new.party.as_deref(), by.viewer)?;
        let planned = self.plan_row(&catalogue, kind, Some(party), &new.cells, moment)?;
        if let Some(id) = planned.outcome.id.as_ref().filter(|_| planned.was_known && planned.outcome.is_changed) {
            return Err(Error::Exists(id.to_string()));
        }
        self.count_probes(&catalogue, &planned.changes, by.viewer, moment)?;
        self.carry_out(writer, planned, "create", by, moment)
    }

    /// Changes a posting: its cells become those given, but for what the viewer may not see, and for a contact that is
    /// not mentioned.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a posting of others and for one that does not exist, alike; [`Error::Request`] if it would
    /// become another one, or for an unknown column.
    pub fn change_posting(
        &self,
        id: &str,
        cells: &BTreeMap<String, String>,
        by: &By<'_, PostingOutcome>,
        moment: &Moment,
    ) -> Result<Done<PostingOutcome>> {
        let (writer, catalogue) = self.writer()?;
        let record = self.changeable_posting(&catalogue, id, by.viewer)?;
        if let Some(answer) = self.repeated(by, moment)? {
            return Ok(Done::Before(answer));
        }
        let kind = self.posting_kind(&record.kind)?;
        let party = record.id.party().ok_or_else(|| Error::NotFound(id.to_owned()))?;
        let cells = self.with_unseen(kind, record, cells, by.viewer);
        let planned = self.plan_row(&catalogue, kind, Some(party), &cells, moment)?;
        if planned.outcome.id.as_ref().is_some_and(|planned| *planned != record.id) {
            return Err(Error::Request(
                "编号、名称或地点这样一改，就成了另一条信息；请撤回这一条，另建一条".to_owned(),
            ));
        }
        self.count_probes(&catalogue, &planned.changes, by.viewer, moment)?;
        self.carry_out(writer, planned, "change", by, moment)
    }

    /// Withdraws a posting.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a posting of others and for one that does not exist, alike; [`Error::Request`] if it is
    /// withdrawn already.
    pub fn withdraw_posting(
        &self,
        id: &str,
        reason: &str,
        by: &By<'_, RecordId>,
        moment: &Moment,
    ) -> Result<Done<RecordId>> {
        let (writer, catalogue) = self.writer()?;
        let record = self.changeable_posting(&catalogue, id, by.viewer)?;
        if let Some(answer) = self.repeated(by, moment)? {
            return Ok(Done::Before(answer));
        }
        if record.withdrawn.is_some() {
            return Err(Error::Request(format!("{id} 已经撤回")));
        }
        let change = Change::Withdraw { record: record.id.clone(), reason: reason.to_owned() };
        let asides = by.asides("withdraw", &record.id, &record.id);
        self.commit(writer, vec![change], &[], &asides, moment)?;
        Ok(Done::Now(record.id.clone()))
    }

    /// Returns the answer to the request that this one repeats; whoever asks holds the right to write.
    pub(super) fn repeated<T>(&self, by: &By<'_, T>, moment: &Moment) -> Result<Option<Answer>> {
        by.once.map_or(Ok(None), |(once, _)| self.answer_to(once, moment))
    }

    fn posting_kind(&self, name: &str) -> Result<&Kind> {
        let kind = self.definition.find_kind(name)?;
        if kind.role.is_posting() {
            Ok(kind)
        } else {
            Err(Error::Request(format!("{}不是需求或供应", kind.label)))
        }
    }

    /// Returns the party for which a viewer acts.
    fn acted_for(&self, catalogue: &Catalogue, named: Option<&str>, viewer: &Viewer) -> Result<PartyId> {
        let party = match (named, &viewer.reach) {
            (Some(text), _) => {
                let not_found = || Error::NotFound(text.to_owned());
                let is_known = |party: &PartyId| catalogue.parties().get(*party).is_some();
                let party = PartyId::parse(text).filter(is_known).ok_or_else(not_found)?;
                self.reaches(catalogue, Some(party), viewer).then_some(party).ok_or_else(not_found)?
            }
            (None, Reach::Party(own)) => *own,
            (None, _) => return Err(Error::Request("请写明 party".to_owned())),
        };
        Ok(party)
    }

    /// Adds to new cells those of the stored record that the viewer may not see, and its number.
    fn with_unseen(
        &self,
        kind: &Kind,
        record: &Record,
        cells: &BTreeMap<String, String>,
        viewer: &Viewer,
    ) -> BTreeMap<String, String> {
        let mut cells = cells.clone();
        for column in &kind.columns {
            let stored = record.raw(&column.name);
            let is_unseen = column.visibility == Visibility::Private && !Self::sees_private(viewer);
            if is_unseen {
                cells.remove(&column.name);
            }
            if !stored.is_empty() && (is_unseen || column.column_type == ColumnType::Code) {
                cells.entry(column.name.clone()).or_insert_with(|| stored.to_owned());
            }
        }
        cells
    }

    /// Plans a row of a table, of a party or of none.
    pub(super) fn plan_row(
        &self,
        catalogue: &Catalogue,
        kind: &Kind,
        party: Option<PartyId>,
        cells: &BTreeMap<String, String>,
        moment: &Moment,
    ) -> Result<Planned> {
        let (header, row) = self.table_of(catalogue, kind, party, cells)?;
        let log = Log::open_again(&self.directory)?;
        let stored_contact = |id: &RecordId| match catalogue.record(id) {
            Some(_) => log.contact(id),
            None => Ok(Contact::default()),
        };
        let options = ImportOptions::default();
        let table_options = TableOptions { kind: Some(kind), hint: "", mapping: None, on: moment.as_of };
        let mut plan = FilePlan::new(SOURCE.as_ref(), &self.definition, catalogue, table_options, &options);
        if let Some(party) = party {
            plan.act_for(party);
        }
        let pieces = [Piece::Sheet(String::new()), Piece::Row(row_of(1, header)), Piece::Row(row_of(2, row))];
        for piece in pieces {
            plan.take(piece, &stored_contact)?;
        }
        plan.finish(&stored_contact)?;
        let id = plan.placed().cloned();
        let was_known = id.as_ref().is_some_and(|id| catalogue.record(id).is_some_and(|r| r.withdrawn.is_none()));
        let (changes, contacts) = plan.changes();
        let problems = plan.reports.into_iter().flat_map(|FileReport { problems, .. }| problems).collect();
        let is_changed = !changes.is_empty() || !contacts.is_empty();
        Ok(Planned { outcome: PostingOutcome { id, is_changed, problems }, was_known, changes, contacts })
    }

    /// Writes a posting as a table of one row.
    fn table_of(
        &self,
        catalogue: &Catalogue,
        kind: &Kind,
        party: Option<PartyId>,
        cells: &BTreeMap<String, String>,
    ) -> Result<(Vec<String>, Vec<String>)> {
        let (mut header, mut row) = (Vec::new(), Vec::new());
        let known = party.map(|party| catalogue.parties().get(party).ok_or_else(|| Error::NotFound(party.to_string())));
        let known = known.transpose()?;
        let uscc = known.and_then(|party| party.uscc.as_ref()).map(ToString::to_string);
        for (column_type, text) in [
            (ColumnType::PartyName, known.map(|party| party.name.clone()).unwrap_or_default()),
            (ColumnType::Uscc, uscc.unwrap_or_default()),
        ] {
            if let Some(column) = kind.column_of_type(column_type).filter(|_| !text.is_empty()) {
                header.push(column.name.clone());
                row.push(text);
            }
        }
        for (name, text) in cells {
            let Some(column) = kind.column(name) else {
                return Err(Error::Request(format!("{}没有“{name}”这一列", kind.label)));
            };
            if matches!(column.column_type, ColumnType::PartyName | ColumnType::Uscc) {
                return Err(Error::Request(format!("“{name}”由 party 决定，不要另写")));
            }
            header.push(name.clone());
            row.push(text.clone());
        }
        Ok((header, row))
    }

    fn carry_out(
        &self,
        writer: Writer<'_>,
        planned: Planned,
        action: &'static str,
        by: &By<'_, PostingOutcome>,
        moment: &Moment,
    ) -> Result<Done<PostingOutcome>> {
        let Planned { outcome, changes, contacts, .. } = planned;
        if let (Some(id), true) = (&outcome.id, outcome.is_changed) {
            let asides = by.asides(action, id, &outcome);
            self.commit(writer, changes, &contacts, &asides, moment)?;
        }
        Ok(Done::Now(outcome))
    }

    /// As [`carry_out`](Self::carry_out), for a request with an outcome of its own.
    pub(super) fn carry_out_as<T: Clone>(
        &self,
        writer: Writer<'_>,
        planned: Planned,
        (action, outcome): (&'static str, &T),
        by: &By<'_, T>,
        moment: &Moment,
    ) -> Result<Done<T>> {
        if let (Some(id), true) = (&planned.outcome.id, planned.outcome.is_changed) {
            let asides = by.asides(action, id, outcome);
            self.commit(writer, planned.changes, &planned.contacts, &asides, moment)?;
        }
        Ok(Done::Now(outcome.clone()))
    }
}

/// What creating or changing a posting would do.
pub(super) struct Planned {
    /// What is answered.
    pub outcome: PostingOutcome,
    /// Whether the posting is there already.
    was_known: bool,
    changes: Vec<Change>,
    contacts: Vec<(RecordId, Contact)>,
}

fn row_of(number: u32, texts: Vec<String>) -> Row {
    let cell = |text: String| if text.trim().is_empty() { Cell::Empty } else { Cell::Text(text) };
    Row { number, cells: texts.into_iter().map(cell).collect(), spanned: false }
}
