//! What a viewer may see. A record leaves the engine for others only as a [`Sight`], which nobody else can make: by the
//! declared visibility of each column, and by whose record it is. Who may not see a record is told what one is told who
//! asks for a record that does not exist.

use crate::catalogue::Catalogue;
use crate::definition::{Column, RegionReading, Visibility};
use crate::engine::Engine;
use crate::engine::{MatchRequest, MatchSubject};
use crate::error::{Error, Result};
use crate::model::{
    Contact, Entry, Field, KeyRole, MatchList, Moment, PartyId, Reach, Record, RecordId, State, Uscc, Value, Viewer,
};
use crate::store::Log;
use crate::text::strip_personal;

/// One record as one viewer may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Sight {
    id: RecordId,
    kind: String,
    party: Option<(PartyId, String)>,
    state: State,
    title: String,
    fields: Vec<SeenField>,
    contact: Contact,
    history: Vec<Entry>,
}

/// One cell as a viewer may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct SeenField {
    /// The column's declared name.
    pub column: String,
    /// The cell as written; for others than its owner without phone numbers and the like.
    pub raw: String,
    /// The typed reading; `None` where the value is not known or not fixed.
    pub value: Option<Value>,
}

/// A record in a list: what everybody may see of it, if they may see that it exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glimpse {
    /// The record.
    pub id: RecordId,
    /// Its kind.
    pub kind: String,
    /// Its party.
    pub party: Option<(PartyId, String)>,
    /// Its title.
    pub title: String,
    /// Its state on the day.
    pub state: State,
}

/// A party as one viewer may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct PartySight {
    /// The party, after merges.
    pub id: PartyId,
    /// Its full name.
    pub name: String,
    /// Its credit code.
    pub uscc: Option<Uscc>,
    /// Its own row, if it has one.
    pub row: Option<Sight>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The items, ascending.
    pub items: Vec<T>,
    /// From where the list goes on; `None` at its end.
    pub next: Option<String>,
}

/// Which part of a list is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Where the page before ended.
    pub after: Option<String>,
    /// How many items at most.
    pub limit: usize,
}

impl PageRequest {
    /// Reads the record of a kind with which the page before ended; there may be no such record any more.
    ///
    /// # Errors
    /// [`Error::Request`] for what names no record of the kind.
    pub(super) fn after_record(&self, kind: &str) -> Result<Option<RecordId>> {
        let read = |text: &String| {
            let named = match text.split_once(':') {
                Some((party, rest)) if PartyId::parse(party).is_some() => rest,
                _ => text,
            };
            let of_kind = named.strip_prefix(kind).is_some_and(|code| code.starts_with(':'));
            if of_kind { Ok(RecordId::from_text(text)) } else { Err(bad_cursor()) }
        };
        self.after.as_ref().map(read).transpose()
    }
}

/// Builds the refusal of a place that no page gave.
pub fn bad_cursor() -> Error {
    Error::Request("cursor 的值不可用：应是上一页给出的 next".to_owned())
}

/// How much of a record somebody may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// What is public.
    Public,
    /// All but what only the owner sees.
    AllButPrivate,
    /// All.
    All,
}

impl Sight {
    /// Returns the record's identifier.
    pub fn id(&self) -> &RecordId {
        &self.id
    }

    /// Returns the record's kind.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// Returns the record's party, after merges.
    pub fn party(&self) -> Option<&(PartyId, String)> {
        self.party.as_ref()
    }

    /// Returns the record's state on the day.
    pub fn state(&self) -> State {
        self.state
    }

    /// Returns what the record is called.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// Returns the cells that the viewer may see, by ascending column.
    pub fn fields(&self) -> &[SeenField] {
        &self.fields
    }

    /// Returns the contact; empty for those who may not see it.
    pub fn contact(&self) -> &Contact {
        &self.contact
    }

    /// Returns the record's versions, oldest first; empty unless they were asked for and may be seen.
    pub fn history(&self) -> &[Entry] {
        &self.history
    }
}

impl Engine {
    /// Returns every version of a record, oldest first.
    pub fn history(&self, record: &RecordId) -> Result<Vec<Entry>> {
        Log::open_again(&self.directory)?.history(record)
    }

    /// Returns what tells the present data and declaration from all others.
    pub fn state(&self) -> String {
        let catalogue = self.snapshot().catalogue;
        format!("{} {} {}", self.definition.fingerprint, catalogue.seq(), catalogue.tip())
    }

    /// Shows a posting to a viewer; `id` is its whole identifier. That hidden columns of others are shown is noted in the
    /// trail first.
    ///
    /// # Errors
    /// [`Error::NotFound`] for what does not exist and for what the viewer may not see, alike.
    pub fn posting(&self, id: &str, viewer: &Viewer, moment: &Moment) -> Result<Sight> {
        let catalogue = self.snapshot().catalogue;
        let record = self.visible_posting(&catalogue, id, viewer)?;
        self.sight(&catalogue, record, viewer, moment)
    }

    /// Shows the operator a record of any kind with its history.
    ///
    /// # Errors
    /// What the log says.
    pub fn whole(&self, record: &Record, with_history: bool, moment: &Moment) -> Result<Sight> {
        let history = if with_history { self.history(&record.id)? } else { Vec::new() };
        let sight = self.sight(&self.snapshot().catalogue, record, &Viewer::operator(), moment)?;
        Ok(Sight { history, ..sight })
    }

    /// Shows a party to a viewer; `id` is its identifier.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no such party.
    pub fn party(&self, id: &str, viewer: &Viewer, moment: &Moment) -> Result<PartySight> {
        let catalogue = self.snapshot().catalogue;
        let not_found = || Error::NotFound(id.to_owned());
        let party = PartyId::parse(id).filter(|id| catalogue.parties().get(*id).is_some()).ok_or_else(not_found)?;
        let party = catalogue.parties().get(catalogue.parties().canonical(party)).ok_or_else(not_found)?;
        let row = catalogue.facts(party.id, "party").next();
        let row = row.map(|row| self.sight(&catalogue, row, viewer, moment)).transpose()?;
        Ok(PartySight { id: party.id, name: party.name.clone(), uscc: party.uscc.clone(), row })
    }

    /// Lists parties by ascending identifier: name and credit code. O(parties before the page + page).
    ///
    /// # Errors
    /// [`Error::Request`] for a cursor that no page gave.
    pub fn list_parties(&self, page: &PageRequest) -> Result<Page<(PartyId, String, Option<Uscc>)>> {
        let after = page.after.as_deref().map(|text| PartyId::parse(text).ok_or_else(bad_cursor)).transpose()?;
        let catalogue = self.snapshot().catalogue;
        let parties = catalogue.parties().iter().filter(|party| after.is_none_or(|after| party.id > after));
        let items = parties.map(|party| (party.id, party.name.clone(), party.uscc.clone()));
        Ok(cut(items, page.limit, |(id, _, _)| id.to_string()))
    }

    /// Lists the postings of a kind that a viewer may see, by ascending identifier; `party` leaves those of one party.
    /// O(postings of the kind up to the end of the page), of the party alone if one is given.
    ///
    /// # Errors
    /// [`Error::Request`] if the kind is not one of postings.
    pub fn list_postings(
        &self,
        kind: &str,
        party: Option<&str>,
        page: &PageRequest,
        viewer: &Viewer,
        moment: &Moment,
    ) -> Result<Page<Glimpse>> {
        let kind = self.definition.find_kind(kind)?;
        if !kind.role.is_posting() {
            return Err(Error::Request(format!("{}不是需求或供应", kind.label)));
        }
        let catalogue = self.snapshot().catalogue;
        let after = page.after_record(&kind.name)?;
        let is_shown = |record: &&Record| {
            after.as_ref().is_none_or(|after| record.id > *after)
                && (record.is_listed() || self.depth(&catalogue, record, viewer) != Depth::Public)
        };
        let glimpse = |record: &Record| self.glimpse(&catalogue, record, moment);
        let place = |glimpse: &Glimpse| glimpse.id.to_string();
        match party {
            None => {
                let items = catalogue.records_of_kind(&kind.name).filter(is_shown).map(glimpse);
                Ok(cut(items, page.limit, place))
            }
            Some(text) => {
                let party = PartyId::parse(text).ok_or_else(|| Error::NotFound(text.to_owned()))?;
                let of_kind = |record: &&Record| *record.kind == *kind.name;
                // Those of merged parties stand elsewhere than their identifiers would.
                let mut records: Vec<&Record> = catalogue.records_of(party).filter(of_kind).filter(is_shown).collect();
                records.sort_by(|left, right| left.id.cmp(&right.id));
                Ok(cut(records.into_iter().map(glimpse), page.limit, place))
            }
        }
    }

    /// Matches for a viewer: a text, or a posting that it may change.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a posting of others and for one that does not exist, alike; else as
    /// [`matches`](Self::matches).
    pub fn matches_for(&self, request: &MatchRequest, viewer: &Viewer, moment: &Moment) -> Result<MatchList> {
        if let MatchSubject::Demand(id) | MatchSubject::Supply(id) = &request.subject {
            self.changeable_posting(&self.snapshot().catalogue, id, viewer)?;
        }
        self.matches(request, moment)
    }

    /// Finds a posting by its whole identifier, if a viewer may see that it exists.
    pub(super) fn visible_posting<'c>(
        &self,
        catalogue: &'c Catalogue,
        id: &str,
        viewer: &Viewer,
    ) -> Result<&'c Record> {
        let may_see = |record: &&Record| record.is_listed() || self.depth(catalogue, record, viewer) != Depth::Public;
        self.find_exactly(catalogue, id, may_see)
    }

    /// Finds a posting by its whole identifier, if a viewer may change it.
    pub(super) fn changeable_posting<'c>(
        &self,
        catalogue: &'c Catalogue,
        id: &str,
        viewer: &Viewer,
    ) -> Result<&'c Record> {
        self.find_exactly(catalogue, id, |record| self.depth(catalogue, record, viewer) != Depth::Public)
    }

    fn find_exactly<'c>(
        &self,
        catalogue: &'c Catalogue,
        id: &str,
        may: impl Fn(&&Record) -> bool,
    ) -> Result<&'c Record> {
        let is_posting =
            |record: &&Record| self.definition.kind(&record.kind).is_some_and(|kind| kind.role.is_posting());
        let found = catalogue.record(&RecordId::from_text(id)).filter(is_posting).filter(may);
        found.ok_or_else(|| Error::NotFound(id.to_owned()))
    }

    /// Says whether a viewer may see and change what a party has; nobody in particular has no party.
    pub(super) fn reaches(&self, catalogue: &Catalogue, party: Option<PartyId>, viewer: &Viewer) -> bool {
        match (&viewer.reach, party) {
            (Reach::All, _) => true,
            (Reach::Public, _) | (_, None) => false,
            (Reach::Party(own), Some(party)) => {
                catalogue.parties().canonical(*own) == catalogue.parties().canonical(party)
            }
            (Reach::Region(region), Some(party)) => {
                let rows = catalogue.facts(catalogue.parties().canonical(party), "party");
                let seats = rows.filter_map(|row| match row.value("region") {
                    Some(Value::Region(seat)) => Some(seat),
                    _ => None,
                });
                seats.take(1).any(|seat| self.definition.regions.within(seat, region))
            }
        }
    }

    /// Says whether a viewer looks after whatever is at a place, as written.
    pub(super) fn reaches_seat(&self, seat: &str, viewer: &Viewer) -> bool {
        let regions = &self.definition.regions;
        match (&viewer.reach, regions.read(seat)) {
            (Reach::All, _) => true,
            (Reach::Region(region), RegionReading::Found(seat)) => regions.within(&seat, region),
            _ => false,
        }
    }

    /// Says whether a viewer may see columns that only the owner sees.
    pub(super) fn sees_private(viewer: &Viewer) -> bool {
        matches!(viewer.role, KeyRole::Admin | KeyRole::Party)
    }

    fn depth(&self, catalogue: &Catalogue, record: &Record, viewer: &Viewer) -> Depth {
        match self.reaches(catalogue, record.party, viewer) {
            false => Depth::Public,
            true if Self::sees_private(viewer) => Depth::All,
            true => Depth::AllButPrivate,
        }
    }

    /// Shows as much of a record as a list does.
    pub(super) fn glimpse(&self, catalogue: &Catalogue, record: &Record, moment: &Moment) -> Glimpse {
        let party = catalogue.party_of(record);
        Glimpse {
            id: record.id.clone(),
            kind: record.kind.to_string(),
            party: party.map(|party| (party, catalogue.parties().name(party))),
            title: strip_personal(record.title()),
            state: record.state(moment.as_of),
        }
    }

    /// Shows of a record what a viewer may see of its cells, without its contact; nothing is noted.
    pub(super) fn brief(&self, catalogue: &Catalogue, record: &Record, viewer: &Viewer, moment: &Moment) -> Sight {
        let depth = self.depth(catalogue, record, viewer);
        let Glimpse { id, kind, party, title, state } = self.glimpse(catalogue, record, moment);
        let declared = self.definition.kind(&record.kind);
        let columns = |name: &str| declared.and_then(|kind| kind.column(name));
        let seen = record.fields.iter().filter_map(|(name, field)| seen(name, columns(name), field, depth));
        Sight {
            fields: seen.collect(),
            contact: Contact::default(),
            history: Vec::new(),
            title: match columns("title").map(|column| column.visibility) {
                Some(Visibility::Private) if depth != Depth::All => String::new(),
                _ if depth == Depth::Public => title,
                _ => record.title().to_owned(),
            },
            id,
            kind,
            party,
            state,
        }
    }

    fn sight(&self, catalogue: &Catalogue, record: &Record, viewer: &Viewer, moment: &Moment) -> Result<Sight> {
        let sight = self.brief(catalogue, record, viewer, moment);
        if self.depth(catalogue, record, viewer) == Depth::Public {
            return Ok(sight);
        }
        // Nobody's own data are news to them, and the operator holds the files themselves.
        if viewer.key.is_some() && !matches!(viewer.reach, Reach::Party(_)) {
            self.note(viewer, "see", record.id.as_str(), moment)?;
        }
        Ok(Sight { contact: Log::open_again(&self.directory)?.contact(&record.id)?, ..sight })
    }
}

/// Returns what may be seen of a cell at some depth. A column that is not declared is nobody's to see but the owner's.
fn seen(name: &str, column: Option<&Column>, field: Field<'_>, depth: Depth) -> Option<SeenField> {
    let visibility = column.map_or(Visibility::Private, |column| column.visibility);
    let may_see = match depth {
        Depth::All => true,
        Depth::AllButPrivate => visibility != Visibility::Private,
        Depth::Public => visibility == Visibility::Public,
    };
    let is_stripped = depth == Depth::Public;
    may_see.then(|| SeenField {
        column: name.to_owned(),
        raw: if is_stripped { strip_personal(field.raw) } else { field.raw.to_owned() },
        value: field.value.map(|value| match value {
            Value::List(texts) if is_stripped => Value::List(texts.iter().map(|text| strip_personal(text)).collect()),
            Value::Certificates(all) if is_stripped => Value::Certificates(
                all.iter().map(|any| any.iter().map(|text| strip_personal(text)).collect()).collect(),
            ),
            other => other.clone(),
        }),
    })
}

/// Takes a page of items, and says from where the next one goes on.
pub(super) fn cut<T>(items: impl Iterator<Item = T>, limit: usize, place: impl Fn(&T) -> String) -> Page<T> {
    let mut items: Vec<T> = items.take(limit + 1).collect();
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| has_more).map(place);
    Page { items, next }
}
