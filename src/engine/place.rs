//! Where a row belongs: whose it is, which record it is, and whether it says anything new. Decisions about one file are
//! taken against the stored state and the file's own earlier rows; nothing is written here.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use crate::catalogue::{Catalogue, Parties, Resolution};
use crate::definition::{ColumnType, Definition, Kind, RegionReading, Role};
use crate::digest::digest;
use crate::error::Result;
use crate::intake::{Draft, Table, problem};
use crate::model::{Change, Contact, Owner, PartyId, Problem, ProblemCode, RecordId, Source};
use crate::normal::{key, nfkc};
use crate::text::{Finding, organisation_key, similar, split_list};

/// The column of a party's own row that says where it is.
const SEAT: &str = "region";
/// The one that says what it was called.
const FORMER_NAMES: &str = "former_names";

/// What a row is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Placement {
    /// A record not seen before.
    New(RecordId),
    /// Another version of a known record.
    Changed(RecordId),
    /// What is known already.
    Unchanged(RecordId),
    /// A row to be kept out.
    Rejected,
}

impl Placement {
    /// Returns the record, if the row goes in.
    pub(super) fn record(&self) -> Option<&RecordId> {
        match self {
            Self::New(id) | Self::Changed(id) | Self::Unchanged(id) => Some(id),
            Self::Rejected => None,
        }
    }
}

/// Whose a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose<'a> {
    /// A known party's.
    Known(PartyId),
    /// One's that is not known yet; its own row says where it is, as written.
    New(Option<&'a str>),
    /// One's that an earlier row of the same file brought.
    Brought,
    /// Nobody's, or one of several parties'.
    Unclear,
}

/// Says whether somebody may change what a party has of a kind.
pub(super) type MayChange<'a> = dyn Fn(&Kind, Whose<'_>) -> bool + 'a;

/// Plans the changes of one file.
pub(super) struct Planner<'a> {
    definition: &'a Definition,
    base: &'a Catalogue,
    /// Parties as they would be after the rows placed so far.
    parties: Parties,
    /// Made at the first new party: most files bring none.
    slips: Option<Slips>,
    file: String,
    read_on: jiff::civil::Date,
    /// Whose every row is; by default each row says it.
    pub owner: Option<PartyId>,
    /// What whoever sent the file may change; by default everything.
    pub may_change: Option<&'a MayChange<'a>>,
    /// What the file has given so far: a digest of the cells, the sheet, the row.
    seen: BTreeMap<RecordId, (String, String, u32)>,
    /// What would be appended, in order.
    pub changes: Vec<Change>,
    /// Contacts to be stored.
    pub contacts: Vec<(RecordId, Contact)>,
}

impl<'a> Planner<'a> {
    /// Starts a plan for a file against the stored state; relative dates count from `read_on`.
    pub(super) fn new(definition: &'a Definition, base: &'a Catalogue, file: &str, read_on: jiff::civil::Date) -> Self {
        Self {
            definition,
            base,
            parties: base.parties().clone(),
            slips: None,
            file: file.to_owned(),
            read_on,
            owner: None,
            may_change: None,
            seen: BTreeMap::new(),
            changes: Vec::new(),
            contacts: Vec::new(),
        }
    }

    /// Places a row that intake found nothing wrong with; adds to its problems what only the stored state can tell, and
    /// takes the cells of a new version out of the draft.
    /// `stored_contact` is asked for a record's contact.
    ///
    /// # Errors
    /// Those of `stored_contact`.
    pub(super) fn place(
        &mut self,
        kind: &Kind,
        table: &Table,
        draft: &mut Draft,
        stored_contact: impl Fn(&RecordId) -> Result<Contact>,
    ) -> Result<Placement> {
        let owner = draft.owner.clone();
        if !self.may_be_changed(kind, draft) {
            // The same words whether or not others have such a party or record.
            let finding = Finding::new(
                ProblemCode::ForeignParty,
                "这一行不是这把钥匙可以改的",
                "请只写本单位的供需信息；组织方请只写所辖地区的单位，主体表里写明所辖之内的所在地区，新单位先导入主体表",
            );
            draft.problems.push(problem(&table.sheet, draft.row, &table.party_header, "", finding));
            return Ok(Placement::Rejected);
        }
        let party = match &owner {
            None => None,
            Some(owner) => match self.find_owner(table, draft.row, owner, &mut draft.problems) {
                Some(party) => Some(party),
                None => return Ok(Placement::Rejected),
            },
        };
        let (party, id) = self.record_of(kind, party, &draft.cells);
        // Before anything is learnt from the row: one that is kept out leaves no trace.
        if let Some(found) = self.repeated(kind, &id, table, draft) {
            return Ok(found);
        }
        if let (Some(party), Some(owner)) = (party, &owner) {
            self.learn(kind, table, party, owner, draft);
        }
        self.seen.insert(id.clone(), (digest_of(&draft.cells), table.sheet.clone(), draft.row));
        let stored = self.base.record(&id);
        let cells = draft.cells.iter().map(|(name, raw)| (name.as_str(), raw.as_str()));
        let same_cells = stored.is_some_and(|record| {
            record.withdrawn.is_none() && record.fields.iter().map(|(n, f)| (n, f.raw)).eq(cells)
        });
        let same_contact = match &draft.contact {
            // A table without columns for contacts says nothing about them.
            None => true,
            Some(contact) => *contact == stored_contact(&id)?,
        };
        if let (false, Some(contact)) = (same_contact, &draft.contact) {
            self.contacts.push((id.clone(), contact.clone()));
        }
        if same_cells {
            // Contacts are no history: a new one replaces the old without a new version of the record.
            return Ok(if same_contact { Placement::Unchanged(id) } else { Placement::Changed(id) });
        }
        if stored.is_some_and(|record| record.withdrawn.is_some()) {
            let finding =
                Finding::new(ProblemCode::Reopened, "这条信息已经撤回，导入后重新生效", "如不应生效，请再撤回");
            draft.problems.push(problem(&table.sheet, draft.row, "", "", finding));
        }
        self.changes.push(Change::Put {
            record: id.clone(),
            kind: kind.name.clone(),
            party,
            cells: std::mem::take(&mut draft.cells),
            read_on: self.read_on,
            source: Source { file: self.file.clone(), sheet: table.sheet.clone(), row: draft.row },
        });
        Ok(if stored.is_some() { Placement::Changed(id) } else { Placement::New(id) })
    }

    /// Returns the record that a rejected row would have been, if that can be told; a whole list that names it even
    /// with an error does not withdraw it.
    pub(super) fn would_be(&self, kind: &Kind, draft: &Draft) -> Option<RecordId> {
        let party = match &draft.owner {
            None => None,
            Some(owner) => match self.parties.resolve(owner) {
                Resolution::Known(party) => Some(self.parties.named_member(party, owner)),
                Resolution::New | Resolution::Conflict(_) => return None,
            },
        };
        // Without a number of its own the row is known by cells that may be the very ones that cannot be read.
        let has_code = kind.column_of_type(ColumnType::Code).is_some_and(|c| draft.cells.contains_key(&c.name));
        has_code.then(|| self.record_of(kind, party, &draft.cells).1)
    }

    /// Adds the withdrawal of stored records that the file, being the whole list of these parties and kind, lacks.
    pub(super) fn withdraw_absent(
        &mut self,
        kind: &str,
        parties: &BTreeSet<PartyId>,
        spared: &BTreeSet<RecordId>,
    ) -> usize {
        let absent: Vec<RecordId> = self
            .base
            .records_of_kind(kind)
            .filter(|record| record.withdrawn.is_none())
            .filter(|record| self.base.party_of(record).is_some_and(|party| parties.contains(&party)))
            .filter(|record| !self.seen.contains_key(&record.id) && !spared.contains(&record.id))
            .map(|record| record.id.clone())
            .collect();
        let n_absent = absent.len();
        let reason = format!("不在全量清单 {} 中", self.file);
        self.changes.extend(absent.into_iter().map(|record| Change::Withdraw { record, reason: reason.clone() }));
        n_absent
    }

    fn may_be_changed(&self, kind: &Kind, draft: &Draft) -> bool {
        let Some(may_change) = self.may_change else { return true };
        let Some(owner) = &draft.owner else { return may_change(kind, Whose::Unclear) };
        let seat = draft.cells.get(SEAT).filter(|_| kind.role == Role::Party);
        let seated = Whose::New(seat.map(String::as_str));
        let whose = match (self.base.parties().resolve(owner), self.parties.resolve(owner)) {
            (Resolution::Known(party), _) => Whose::Known(party),
            (_, Resolution::Known(party)) if self.base.parties().get(party).is_none() => Whose::Brought,
            (_, Resolution::Known(party)) => Whose::Known(party),
            (Resolution::New, Resolution::New) => seated,
            _ => Whose::Unclear,
        };
        if kind.role != Role::Party {
            return may_change(kind, whose);
        }
        // A party's own row also says where it will be from now on, and takes names, which may be others'.
        let names = draft.cells.get(FORMER_NAMES).map(String::as_str).unwrap_or_default();
        let mut bearers = split_list(names).flat_map(|name| self.base.parties().find(name));
        may_change(kind, whose)
            && may_change(kind, seated)
            && bearers.all(|bearer| may_change(kind, Whose::Known(bearer)))
    }

    /// Finds the party of a row, or the number that a new one will have; `None` if the row must be kept out.
    fn find_owner(&self, table: &Table, row: u32, owner: &Owner, problems: &mut Vec<Problem>) -> Option<PartyId> {
        if self.owner.is_some() {
            return self.owner;
        }
        let finding = match self.parties.resolve(owner) {
            Resolution::Known(party) => return Some(self.parties.named_member(party, owner)),
            Resolution::New if !owner.name.is_empty() => return Some(self.parties.next_id()),
            Resolution::New => {
                let message = "这个统一社会信用代码还没有登记，又没有写名称";
                Finding::new(ProblemCode::UnknownParty, message, "请填写单位全称")
            }
            Resolution::Conflict(candidates) => self.conflict(&candidates),
        };
        problems.push(problem(&table.sheet, row, &table.party_header, &owner.name, finding));
        None
    }

    /// Learns from a row that goes in: a new party; a known one's code, or its new name from its own row. Other rows with
    /// another name are only noted.
    fn learn(&mut self, kind: &Kind, table: &Table, party: PartyId, owner: &Owner, draft: &mut Draft) {
        let finding = match self.parties.get(party).cloned() {
            None => {
                let finding = self.resemblance(&owner.name);
                self.declare(party, owner);
                self.slips().add(party, &owner.name);
                finding
            }
            Some(known) => {
                let uscc = known.uscc.clone().or_else(|| owner.uscc.clone());
                let is_other = !owner.name.is_empty()
                    && owner.name != known.name
                    && organisation_key(&owner.name) != organisation_key(&known.name);
                let renames = is_other && kind.role == Role::Party && owner.uscc.is_some();
                let name = if renames { owner.name.clone() } else { known.name.clone() };
                if name != known.name || uscc != known.uscc {
                    self.declare(party, &Owner { name, uscc });
                }
                let is_unknown_name = is_other && !renames && !self.parties.bears(party, &owner.name);
                is_unknown_name.then(|| {
                    let message = format!("按统一社会信用代码认定为“{}”，名称不同", known.name);
                    let suggestion = "如已更名，请在主体表中更新；如是抄错代码，请改正";
                    Finding::new(ProblemCode::NameDiffers, message, suggestion)
                })
            }
        };
        if let Some(finding) = finding {
            draft.problems.push(problem(&table.sheet, draft.row, &table.party_header, &owner.name, finding));
        }
    }

    /// Returns the names of all parties known so far, for finding those that nearly are another.
    fn slips(&mut self) -> &mut Slips {
        self.slips.get_or_insert_with(|| {
            let mut slips = Slips::default();
            self.base.parties().iter().for_each(|party| slips.add(party.id, &party.name));
            slips
        })
    }

    /// Says whether a new party's name is, or nearly is, one that others bear.
    fn resemblance(&mut self, name: &str) -> Option<Finding> {
        let namesakes = self.parties.namesakes(name);
        if !namesakes.is_empty() {
            let message = format!("{}现在或曾经也用这个名称，代码不同，按新主体登记", self.listed(&namesakes, "、"));
            return Some(Finding::new(ProblemCode::SameName, message, "如是同一家，请核对代码，或用 party merge 合并"));
        }
        let key = organisation_key(name);
        let named = self.slips().candidates(&key).into_iter().map(|id| (id, self.parties.name(id)));
        let (near, near_name) = named.into_iter().find(|(_, other)| similar(&key, &organisation_key(other)))?;
        let message = format!("与已登记的“{near_name}”只差一字，按新主体登记");
        let suggestion = format!("如是同一家，请改正名称，或用 party merge 合并到 {near}");
        Some(Finding::new(ProblemCode::SimilarName, message, suggestion))
    }

    fn declare(&mut self, party: PartyId, owner: &Owner) {
        self.parties.declare(party, &owner.name, owner.uscc.clone());
        let (name, uscc) = (owner.name.clone(), owner.uscc.clone());
        self.changes.push(Change::Party { party, name, uscc });
    }

    fn conflict(&self, candidates: &[PartyId]) -> Finding {
        let message = format!("可能是 {}，不能认定是哪一家", self.listed(candidates, " 或 "));
        Finding::new(
            ProblemCode::AmbiguousParty,
            message,
            "请填写正确的统一社会信用代码和全称；重复登记的可用 party merge 合并",
        )
    }

    fn listed(&self, parties: &[PartyId], separator: &str) -> String {
        let named: Vec<String> = parties.iter().map(|id| format!("{}（{id}）", self.parties.name(*id))).collect();
        named.join(separator)
    }

    /// Reports a row whose record the file has already given: the same content again is nothing new, another content
    /// is a contradiction that a person must resolve.
    fn repeated(&self, kind: &Kind, id: &RecordId, table: &Table, draft: &mut Draft) -> Option<Placement> {
        let (cells, sheet, row) = self.seen.get(id)?;
        if *cells == digest_of(&draft.cells) {
            return Some(Placement::Unchanged(id.clone()));
        }
        let place = if sheet.is_empty() || *sheet == table.sheet { String::new() } else { format!("“{sheet}”") };
        let code = kind.column_of_type(ColumnType::Code).map(|column| column.label.as_str());
        let message = format!("与{place}第 {row} 行是同一条，内容却不同");
        let suggestion = match code {
            Some(code) => format!("是两条的，请分别填写{code}；是一条的，请删去旧的一行"),
            None => "请删去旧的一行".to_owned(),
        };
        let finding = Finding::new(ProblemCode::DuplicateInFile, message, suggestion);
        draft.problems.push(problem(&table.sheet, draft.row, "", "", finding));
        Some(Placement::Rejected)
    }

    /// Builds the identifier of a row's record: by the table's own number, else from the columns that identify it.
    ///
    /// Under one roof, a record stays with the party that first brought it, so that a merge makes no second copy of it
    /// and can be undone.
    fn record_of(
        &self,
        kind: &Kind,
        party: Option<PartyId>,
        cells: &BTreeMap<String, String>,
    ) -> (Option<PartyId>, RecordId) {
        let code = self.code_of(kind, cells);
        let id = |party| RecordId::new(party, &kind.name, &code);
        let exists = |member: &PartyId| self.base.record(&id(Some(*member))).is_some();
        let others = || party.map(|party| self.base.parties().members(party)).unwrap_or_default();
        let owner = match party.filter(|party| kind.role == Role::Party || exists(party)) {
            Some(party) => Some(party),
            None => others().into_iter().find(exists).or(party),
        };
        (owner, id(owner))
    }

    fn code_of(&self, kind: &Kind, cells: &BTreeMap<String, String>) -> String {
        if kind.role == Role::Party {
            return "self".to_owned();
        }
        let code = kind.column_of_type(ColumnType::Code).and_then(|column| cells.get(&column.name));
        if let Some(code) = code {
            return nfkc(code);
        }
        let mut parts = Vec::new();
        for name in &kind.identity {
            let raw = cells.get(name).map_or("", String::as_str);
            let is_place = kind.column(name).is_some_and(|column| column.column_type == ColumnType::Region);
            parts.push(match self.definition.regions.read(raw) {
                RegionReading::Found(code) if is_place => code,
                _ => key(raw),
            });
        }
        let digest = digest(parts.iter().map(String::as_bytes));
        format!("auto-{digest}")
    }
}

/// Hashes cells, so that those of every row of a file need not be kept.
fn digest_of(cells: &BTreeMap<String, String>) -> String {
    digest(cells.iter().flat_map(|(name, raw)| [name.as_bytes(), raw.as_bytes()]))
}

/// Finds names that differ by one slip of the pen, by hashes of what is left of a name without one of its characters.
#[derive(Default)]
struct Slips {
    by_rest: BTreeSet<(u64, PartyId)>,
}

impl Slips {
    fn add(&mut self, party: PartyId, name: &str) {
        self.by_rest.extend(Self::rests(&organisation_key(name)).map(|rest| (rest, party)));
    }

    /// Returns the parties whose names may be one slip away from a name as names are compared, ascending.
    fn candidates(&self, key: &str) -> BTreeSet<PartyId> {
        let bearers = |rest| self.by_rest.range((rest, PartyId(0))..=(rest, PartyId(u64::MAX)));
        Self::rests(key).flat_map(bearers).map(|(_, party)| *party).collect()
    }

    fn rests(key: &str) -> impl Iterator<Item = u64> {
        let mut rest = String::with_capacity(key.len());
        let cuts = key.char_indices().map(|(at, c)| (at, at + c.len_utf8())).chain([(key.len(), key.len())]);
        cuts.map(move |(from, to)| {
            rest.clear();
            rest.extend([key.get(..from), key.get(to..)].into_iter().flatten());
            BuildHasherDefault::<DefaultHasher>::default().hash_one(&rest)
        })
    }
}
