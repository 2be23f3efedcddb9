//! Who wants to talk to whom: a party declares it of a posting of its own and one of somebody else, and once the other
//! side agrees, each sees how to reach the other. It is a record of the log like any row
//! of a table, so that what was noted in a workbook counts the same.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::definition::{Kind, Lane, Visibility};
use crate::engine::viewing::cut;
use crate::engine::writing::Writer;
use crate::engine::{By, Done, Engine, Glimpse, Page, PageRequest, PostingOutcome};
use crate::error::{Error, Result};
use crate::model::{Contact, Moment, PartyId, Reach, Record, RecordId, State, Value, Viewer};
use crate::store::Log;

/// So many intents of one party may wait for an answer at once: nobody's desk is to be flooded.
const INTENTS_WAITING_MAX: usize = 50;

/// A side of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentSide {
    /// Who needs something.
    Demander,
    /// Who offers it.
    Supplier,
}

/// How an intent stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IntentAnswer {
    /// The other side has not answered yet.
    Pending,
    /// Both sides want it.
    Agreed,
    /// The other side does not.
    Declined,
    /// Who began it takes it back, or either side ends what was agreed.
    Withdrawn,
}

impl IntentAnswer {
    const NAMES: [(Self, &'static str); 4] = [
        (Self::Pending, "pending"),
        (Self::Agreed, "agreed"),
        (Self::Declined, "declined"),
        (Self::Withdrawn, "withdrawn"),
    ];

    /// Reads an English name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, n)| *n == name).map(|(answer, _)| *answer)
    }

    /// Returns the English name.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(answer, _)| *answer == self).map_or("", |(_, name)| name)
    }
}

impl IntentSide {
    /// Returns the English name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Demander => "demander",
            Self::Supplier => "supplier",
        }
    }

    fn other(self) -> Self {
        match self {
            Self::Demander => Self::Supplier,
            Self::Supplier => Self::Demander,
        }
    }
}

/// An intent to be declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewIntent {
    /// The posting of one's own.
    pub own: String,
    /// The other's.
    pub other: String,
    /// For about how much, as written; the other side sees it once it agrees.
    pub amount: Option<String>,
    /// What is meant; the other side sees it once it agrees.
    pub reason: Option<String>,
}

/// An intent as a viewer may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct IntentSight {
    /// Its identifier.
    pub id: RecordId,
    /// The demand.
    pub demand: Glimpse,
    /// The supply.
    pub supply: Glimpse,
    /// Who began it; `None` if an organiser did.
    pub initiator: Option<IntentSide>,
    /// How it stands.
    pub answer: IntentAnswer,
    /// Cells that the viewer may see, by column, as written.
    pub cells: BTreeMap<String, String>,
    /// How to reach the demander and the supplier, where that is open to the viewer.
    pub contacts: [Option<Contact>; 2],
}

/// An intent with what it names, found.
pub(super) struct Tie<'c> {
    /// The intent.
    pub record: &'c Record,
    /// Demander and supplier.
    pub parties: [PartyId; 2],
    /// Demand and supply.
    pub postings: [&'c Record; 2],
    /// Who began it; `None` if an organiser did.
    pub initiator: Option<IntentSide>,
    /// How it stands.
    pub answer: IntentAnswer,
}

impl Tie<'_> {
    fn party(&self, side: IntentSide) -> PartyId {
        let [demander, supplier] = self.parties;
        if side == IntentSide::Demander { demander } else { supplier }
    }
}

impl Engine {
    /// Declares an intent. If the other side did so before, both have agreed; one that was declared already changes
    /// nothing. Returns how it stands.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a posting that the viewer may not act for or not see, and for one that does not exist,
    /// alike; [`Error::Request`] if the two cannot be matched; [`Error::Limit`] if the other side declined, or too many
    /// wait for an answer.
    pub fn declare_intent(
        &self,
        new: &NewIntent,
        by: &By<'_, (RecordId, IntentAnswer)>,
        moment: &Moment,
    ) -> Result<Done<(RecordId, IntentAnswer)>> {
        let (writer, catalogue) = self.writer()?;
        let own = self.changeable_posting(&catalogue, &new.own, by.viewer)?;
        let other = self.visible_posting(&catalogue, &new.other, by.viewer)?;
        if let Some(answer) = self.repeated(by, moment)? {
            return Ok(Done::Before(answer));
        }
        let (lane, demand, supply) = self.lane_between(own, other)?;
        let side = if own.id == demand.id { IntentSide::Demander } else { IntentSide::Supplier };
        let is_open = |record: &Record| record.state(moment.as_of) == State::Open;
        let (Some(me), Some(them)) = (catalogue.party_of(own), catalogue.party_of(other)) else {
            return Err(Error::Request("这条信息不属于任何主体".to_owned()));
        };
        if me == them || !is_open(own) || !is_open(other) {
            return Err(Error::Request("双方应是两个主体，信息都在有效期内".to_owned()));
        }
        let known =
            self.ties(&catalogue).find(|tie| tie.postings.map(|posting| &posting.id) == [&demand.id, &supply.id]);
        let mut cells = known.as_ref().map_or_else(BTreeMap::new, |tie| cells_of(tie.record));
        let (initiator, answer) = match known.as_ref().map(|tie| (tie.answer, tie.initiator)) {
            Some((IntentAnswer::Agreed, initiator)) => (initiator, IntentAnswer::Agreed),
            Some((IntentAnswer::Pending, Some(first))) if first == side.other() => (Some(first), IntentAnswer::Agreed),
            Some((IntentAnswer::Declined, Some(first))) if first == side => {
                return Err(Error::Limit("对方已经婉拒；对方提出时才能再谈".to_owned()));
            }
            _ => (Some(side), IntentAnswer::Pending),
        };
        if known.as_ref().is_some_and(|tie| (tie.answer, tie.initiator) == (answer, initiator)) {
            return Ok(Done::Now((known.map_or_else(|| own.id.clone(), |tie| tie.record.id.clone()), answer)));
        }
        if answer == IntentAnswer::Pending {
            self.check_waiting(&catalogue, me)?;
            // One that a table told of keeps the names that it stands by.
            if known.is_none() {
                cells.extend(self.names_of(&catalogue, demand, supply));
                cells.insert("lane".to_owned(), lane.name.clone());
            }
            cells.insert("date".to_owned(), moment.as_of.to_string());
            cells.remove("answered");
            put(&mut cells, "amount", new.amount.as_deref());
            put(&mut cells, "reason", new.reason.as_deref());
        } else {
            cells.insert("answered".to_owned(), moment.as_of.to_string());
        }
        self.put_intent(writer, &catalogue, cells, initiator, answer, by, moment)
    }

    /// Answers an intent, takes it back, or ends what was agreed.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an intent of others and for one that does not exist, alike; [`Error::Request`] if it is not
    /// the viewer's turn.
    pub fn answer_intent(
        &self,
        id: &str,
        answer: IntentAnswer,
        by: &By<'_, (RecordId, IntentAnswer)>,
        moment: &Moment,
    ) -> Result<Done<(RecordId, IntentAnswer)>> {
        let (writer, catalogue) = self.writer()?;
        let tie = self.tie_of(&catalogue, id, by.viewer)?;
        if let Some(answer) = self.repeated(by, moment)? {
            return Ok(Done::Before(answer));
        }
        let sides = [IntentSide::Demander, IntentSide::Supplier];
        let mine = sides.into_iter().find(|side| self.reaches(&catalogue, Some(tie.party(*side)), by.viewer));
        let Some(side) = mine else { return Err(Error::NotFound(id.to_owned())) };
        if tie.answer == answer {
            return Ok(Done::Now((tie.record.id.clone(), answer)));
        }
        let may = match (tie.answer, answer) {
            (IntentAnswer::Pending, IntentAnswer::Withdrawn) => tie.initiator == Some(side),
            (IntentAnswer::Pending, IntentAnswer::Agreed | IntentAnswer::Declined) => tie.initiator != Some(side),
            (IntentAnswer::Declined, IntentAnswer::Agreed) => tie.initiator == Some(side.other()),
            (IntentAnswer::Agreed, IntentAnswer::Withdrawn) => true,
            _ => false,
        };
        if !may {
            return Err(Error::Request(format!(
                "这个意向现在是 {}，不能由本方改成 {}",
                tie.answer.name(),
                answer.name()
            )));
        }
        // What an organiser began is agreed when both sides have said so.
        let (initiator, answer) = match (tie.initiator, answer) {
            (None, IntentAnswer::Agreed) => (Some(side), IntentAnswer::Pending),
            (first, answer) => (first, answer),
        };
        let mut cells = cells_of(tie.record);
        cells.insert("answered".to_owned(), moment.as_of.to_string());
        self.put_intent(writer, &catalogue, cells, initiator, answer, by, moment)
    }

    /// Lists the intents in which a viewer has a part, by ascending identifier. O(intents).
    ///
    /// # Errors
    /// What the log says.
    pub fn intents(&self, page: &PageRequest, viewer: &Viewer, moment: &Moment) -> Result<Page<IntentSight>> {
        let catalogue = self.snapshot().catalogue;
        let after = page.after_record("intent")?;
        let ties = self.ties(&catalogue).filter(|tie| after.as_ref().is_none_or(|after| tie.record.id > *after));
        let own = ties.filter(|tie| self.has_part(&catalogue, tie, viewer));
        let Page { items, next } = cut(own, page.limit, |tie| tie.record.id.to_string());
        let items = items.iter().map(|tie| self.intent_sight(&catalogue, tie, viewer, moment));
        Ok(Page { items: items.collect::<Result<_>>()?, next })
    }

    /// Shows an intent. That somebody sees how to reach another is noted in the trail first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an intent of others and for one that does not exist, alike.
    pub fn intent(&self, id: &str, viewer: &Viewer, moment: &Moment) -> Result<IntentSight> {
        let catalogue = self.snapshot().catalogue;
        let tie = self.tie_of(&catalogue, id, viewer)?;
        self.intent_sight(&catalogue, &tie, viewer, moment)
    }

    fn ties<'c>(&'c self, catalogue: &'c Catalogue) -> impl Iterator<Item = Tie<'c>> {
        let live = catalogue.records_of_kind("intent").filter(|record| record.withdrawn.is_none());
        live.filter_map(|record| tie(catalogue, record))
    }

    /// Finds an intent in which a viewer has a part.
    pub(super) fn tie_of<'c>(&self, catalogue: &'c Catalogue, id: &str, viewer: &Viewer) -> Result<Tie<'c>> {
        let found = catalogue.record(&RecordId::from_text(id)).filter(|record| *record.kind == *"intent");
        let live = found.filter(|record| record.withdrawn.is_none()).and_then(|record| tie(catalogue, record));
        live.filter(|tie| self.has_part(catalogue, tie, viewer)).ok_or_else(|| Error::NotFound(id.to_owned()))
    }

    fn has_part(&self, catalogue: &Catalogue, tie: &Tie<'_>, viewer: &Viewer) -> bool {
        tie.parties.into_iter().any(|party| self.reaches(catalogue, Some(party), viewer))
    }

    /// Lists the intents of a party, by identifier.
    pub(super) fn intents_of<'c>(&'c self, catalogue: &'c Catalogue, party: PartyId) -> Vec<Tie<'c>> {
        self.ties(catalogue).filter(|tie| tie.parties.contains(&party)).collect()
    }

    /// Shows an intent without how to reach anybody; nothing is noted.
    pub(super) fn intent_brief(
        &self,
        catalogue: &Catalogue,
        tie: &Tie<'_>,
        viewer: &Viewer,
        moment: &Moment,
    ) -> Result<IntentSight> {
        let [demand, supply] = tie.postings;
        let reached = tie.parties.map(|party| self.reaches(catalogue, Some(party), viewer));
        let is_agreed = tie.answer == IntentAnswer::Agreed;
        let began = match tie.initiator {
            Some(IntentSide::Demander) => reached[0],
            Some(IntentSide::Supplier) => reached[1],
            None => false,
        };
        let kind = self.definition.find_kind("intent")?;
        let mut cells = shared_cells(kind, tie.record);
        if !is_agreed && !began {
            cells.retain(|column, _| matches!(column.as_str(), "lane" | "date" | "answered"));
        }
        Ok(IntentSight {
            id: tie.record.id.clone(),
            contacts: [None, None],
            demand: self.glimpse(catalogue, demand, moment),
            supply: self.glimpse(catalogue, supply, moment),
            initiator: tie.initiator,
            answer: tie.answer,
            cells,
        })
    }

    fn intent_sight(
        &self,
        catalogue: &Catalogue,
        tie: &Tie<'_>,
        viewer: &Viewer,
        moment: &Moment,
    ) -> Result<IntentSight> {
        let [demand, supply] = tie.postings;
        let reached = tie.parties.map(|party| self.reaches(catalogue, Some(party), viewer));
        let is_agreed = tie.answer == IntentAnswer::Agreed;
        // A party opens its own way to be reached to the one that it agreed with, and to nobody else.
        let opens = is_agreed && matches!(viewer.reach, Reach::Party(_));
        let log = Log::open_again(&self.directory)?;
        let contact = |posting: &Record, is_reached: bool| -> Result<Option<Contact>> {
            if !is_reached && !opens {
                return Ok(None);
            }
            if !is_reached || !matches!(viewer.reach, Reach::Party(_)) {
                self.note(viewer, "see_contact", posting.id.as_str(), moment)?;
            }
            self.contact_of(catalogue, &log, posting).map(Some)
        };
        let contacts = [contact(demand, reached[0])?, contact(supply, reached[1])?];
        Ok(IntentSight { contacts, ..self.intent_brief(catalogue, tie, viewer, moment)? })
    }

    /// Returns how to reach somebody about a posting: as the posting says, else as the party's own row does.
    fn contact_of(&self, catalogue: &Catalogue, log: &Log, posting: &Record) -> Result<Contact> {
        let of_posting = log.contact(&posting.id)?;
        let row = catalogue.party_of(posting).and_then(|party| catalogue.facts(party, "party").next());
        match row.filter(|_| of_posting.fields.is_empty()) {
            Some(row) => log.contact(&row.id),
            None => Ok(of_posting),
        }
    }

    /// Finds the lane that matches two postings, and says which of them asks.
    fn lane_between<'r>(&self, one: &'r Record, other: &'r Record) -> Result<(&Lane, &'r Record, &'r Record)> {
        let joins = |lane: &&Lane, demand: &Record, supply: &Record| {
            *lane.demand == *demand.kind && lane.supply.iter().any(|kind| **kind == *supply.kind)
        };
        let lanes = self.definition.lanes_in_order();
        let of = |demand: &'r Record, supply: &'r Record| {
            lanes.iter().find(|lane| joins(lane, demand, supply)).map(|lane| (*lane, demand, supply))
        };
        of(one, other)
            .or_else(|| of(other, one))
            .ok_or_else(|| Error::Request("这两条信息没有可对接的通道：应是一条需求和一条供应".to_owned()))
    }

    fn check_waiting(&self, catalogue: &Catalogue, party: PartyId) -> Result<()> {
        let waits = |tie: &Tie<'_>| {
            tie.answer == IntentAnswer::Pending && tie.initiator.is_some_and(|side| tie.party(side) == party)
        };
        match self.ties(catalogue).filter(waits).count() {
            n if n < INTENTS_WAITING_MAX => Ok(()),
            _ => Err(Error::Limit(format!("已有 {INTENTS_WAITING_MAX} 个意向在等答复；请等对方答复，或撤回一些"))),
        }
    }

    /// Names two postings and their parties as a table would.
    pub(super) fn names_of(&self, catalogue: &Catalogue, demand: &Record, supply: &Record) -> BTreeMap<String, String> {
        let name = |record: &Record| {
            let party = catalogue.party_of(record).and_then(|party| catalogue.parties().get(party));
            party.map(|party| party.uscc.as_ref().map_or_else(|| party.name.clone(), ToString::to_string))
        };
        let names = [
            ("demander", name(demand).unwrap_or_default()),
            ("supplier", name(supply).unwrap_or_default()),
            ("demand", demand.id.to_string()),
            ("supply", supply.id.to_string()),
        ];
        names.into_iter().map(|(column, text)| (column.to_owned(), text)).collect()
    }

    #[expect(clippy::too_many_arguments, reason = "one step of two functions, with all that they know")]
    fn put_intent(
        &self,
        writer: Writer<'_>,
        catalogue: &Catalogue,
        mut cells: BTreeMap<String, String>,
        initiator: Option<IntentSide>,
        answer: IntentAnswer,
        by: &By<'_, (RecordId, IntentAnswer)>,
        moment: &Moment,
    ) -> Result<Done<(RecordId, IntentAnswer)>> {
        let kind = self.definition.find_kind("intent")?;
        let label = |column: &str, name: &str| {
            let options = kind.column(column).into_iter().flat_map(|column| &column.options);
            options.into_iter().find(|option| option.name == name).map_or(String::new(), |option| option.label.clone())
        };
        cells.insert("answer".to_owned(), label("answer", answer.name()));
        if let Some(side) = initiator {
            cells.insert("initiator".to_owned(), label("initiator", side.name()));
        }
        let planned = self.plan_row(catalogue, kind, None, &cells, moment)?;
        let id = placed(&planned.outcome)?;
        self.carry_out_as(writer, planned, ("declare_intent", &(id, answer)), by, moment)
    }
}

/// Returns the record that a planned row is.
pub(super) fn placed(outcome: &PostingOutcome) -> Result<RecordId> {
    let refused = || {
        let messages: Vec<String> =
            outcome.problems.iter().map(|problem| format!("{}：{}", problem.column, problem.message)).collect();
        Error::Request(messages.join("；"))
    };
    outcome.id.clone().ok_or_else(refused)
}

/// Fills a cell, or empties it.
pub(super) fn put(cells: &mut BTreeMap<String, String>, column: &str, text: Option<&str>) {
    match text {
        Some(text) => cells.insert(column.to_owned(), text.to_owned()),
        None => cells.remove(column),
    };
}

fn cells_of(record: &Record) -> BTreeMap<String, String> {
    record.fields.iter().map(|(column, field)| (column.to_owned(), field.raw.to_owned())).collect()
}

/// Returns the cells that both sides may see.
pub(super) fn shared_cells(kind: &Kind, record: &Record) -> BTreeMap<String, String> {
    let is_shared = |column: &str| kind.column(column).is_some_and(|column| column.visibility != Visibility::Private);
    cells_of(record).into_iter().filter(|(column, _)| is_shared(column)).collect()
}

/// Finds what an intent names; `None` if any of it is not there, or no longer.
fn tie<'c>(catalogue: &'c Catalogue, record: &'c Record) -> Option<Tie<'c>> {
    let only = |column: &str| catalogue.parties().only(record.raw(column));
    let parties = [only("demander")?, only("supplier")?];
    let [demander, supplier] = parties;
    let choice = |column: &str| match record.value(column) {
        Some(Value::Choice(name)) => Some(name.as_str()),
        _ => None,
    };
    Some(Tie {
        record,
        parties,
        postings: [
            catalogue.named_by(demander, record.raw("demand"))?,
            catalogue.named_by(supplier, record.raw("supply"))?,
        ],
        initiator: match choice("initiator") {
            Some("demander") => Some(IntentSide::Demander),
            Some("supplier") => Some(IntentSide::Supplier),
            _ => None,
        },
        answer: choice("answer").and_then(IntentAnswer::parse).unwrap_or(IntentAnswer::Pending),
    })
}
