//! What came of an intent: whether both met, signed, for how much, on which day. An outcome is a record of the log like any
//! row of a table; what was signed counts as a supply in the rates of the chains.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::engine::intents::{placed, put, shared_cells};
use crate::engine::viewing::cut;
use crate::engine::{By, Done, Engine, IntentAnswer, Page, PageRequest};
use crate::error::{Error, Result};
use crate::model::{Moment, PartyId, Reach, Record, RecordId, Viewer};

/// An outcome to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOutcome {
    /// The intent.
    pub intent: String,
    /// How far it came: an option of the column `progress`, by its English name.
    pub progress: String,
    /// For how much, as written.
    pub amount: Option<String>,
    /// On which day, as written; the day of the request if it is not told.
    pub date: Option<String>,
    /// What was agreed.
    pub result: Option<String>,
}

impl Engine {
    /// Records what came of an intent. Who supplied says so of itself; the buyer and an organiser confirm.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an intent of others and for one that does not exist, alike; [`Error::Request`] if both sides
    /// have not agreed, or a cell cannot be read; [`Error::Exists`] if a supplier contradicts what was confirmed.
    pub fn record_outcome(&self, new: &NewOutcome, by: &By<'_, RecordId>, moment: &Moment) -> Result<Done<RecordId>> {
        let (writer, catalogue) = self.writer()?;
        let tie = self.tie_of(&catalogue, &new.intent, by.viewer)?;
        if let Some(answer) = self.repeated(by, moment)? {
            return Ok(Done::Before(answer));
        }
        let is_party = matches!(by.viewer.reach, Reach::Party(_));
        if tie.answer != IntentAnswer::Agreed {
            return Err(Error::Request("双方都同意了的意向才能登记成果".to_owned()));
        }
        let source = match is_party {
            true if self.reaches(&catalogue, Some(tie.parties[0]), by.viewer) => "需求方",
            true => "供给方",
            false => "组织方",
        };
        let kind = self.definition.find_kind("outcome")?;
        let progress = kind.column("progress").into_iter().flat_map(|column| &column.options);
        let label = progress.clone().find(|option| option.name == new.progress).map(|option| option.label.clone());
        let names: Vec<&str> = progress.map(|option| option.name.as_str()).collect();
        let label = label.ok_or_else(|| Error::Request(format!("progress 应为 {} 之一", names.join("、"))))?;
        let mut cells = self.names_of(&catalogue, tie.postings[0], tie.postings[1]);
        cells.insert("lane".to_owned(), tie.record.raw("lane").to_owned());
        cells.insert("progress".to_owned(), label);
        cells.insert("date".to_owned(), new.date.clone().unwrap_or_else(|| moment.as_of.to_string()));
        cells.insert("source".to_owned(), source.to_owned());
        put(&mut cells, "amount", new.amount.as_deref());
        put(&mut cells, "result", new.result.as_deref());
        let planned = self.plan_row(&catalogue, kind, None, &cells, moment)?;
        let id = placed(&planned.outcome)?;
        let is_confirmed = catalogue.record(&id).is_some_and(|known| known.raw("source") != "供给方");
        if is_confirmed && source == "供给方" && planned.outcome.is_changed {
            return Err(Error::Exists(id.to_string()));
        }
        self.carry_out_as(writer, planned, ("record_outcome", &id), by, moment)
    }

    /// Lists the outcomes of a party, by identifier, with what both sides may see.
    pub(super) fn outcomes_of(
        &self,
        catalogue: &Catalogue,
        party: PartyId,
    ) -> Result<Vec<(RecordId, BTreeMap<String, String>)>> {
        let kind = self.definition.find_kind("outcome")?;
        let is_of = |record: &&Record| {
            let named = ["demander", "supplier"].map(|column| catalogue.parties().only(record.raw(column)));
            record.withdrawn.is_none() && named.contains(&Some(party))
        };
        let own = catalogue.records_of_kind("outcome").filter(is_of);
        Ok(own.map(|record| (record.id.clone(), shared_cells(kind, record))).collect())
    }

    /// Lists the outcomes in which a viewer has a part, by ascending identifier. O(outcomes).
    ///
    /// # Errors
    /// None so far.
    pub fn outcomes(&self, page: &PageRequest, viewer: &Viewer) -> Result<Page<(RecordId, BTreeMap<String, String>)>> {
        let catalogue = self.snapshot().catalogue;
        let after = page.after_record("outcome")?;
        let kind = self.definition.find_kind("outcome")?;
        let live = catalogue.records_of_kind("outcome").filter(|record| record.withdrawn.is_none());
        let own = live.filter(|record| after.as_ref().is_none_or(|after| record.id > *after)).filter(|record| {
            ["demander", "supplier"].iter().any(|column| {
                catalogue
                    .parties()
                    .only(record.raw(column))
                    .is_some_and(|party| self.reaches(&catalogue, Some(party), viewer))
            })
        });
        let items = own.map(|record| (record.id.clone(), shared_cells(kind, record)));
        Ok(cut(items, page.limit, |(id, _)| id.to_string()))
    }
}
