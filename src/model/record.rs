//! Records as the engine holds them: a kind, an owner, and fields that keep the raw text beside the typed reading.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::model::{Deadline, Fields, Name, Packed, PartyId, RecordId, Uscc, Value};

/// A record: a posting, a fact about a party, a party's own row, or chain data.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// The identifier; it never changes.
    pub id: RecordId,
    /// The declared name of the kind.
    pub kind: Name,
    /// The party that the record belongs to, after merges; `None` for chain data.
    pub party: Option<PartyId>,
    /// Filled cells by declared column name; empty cells are absent.
    pub fields: Fields,
    /// The state if the table names none.
    pub unstated: State,
    /// Whether the record was withdrawn, with the reason given.
    pub withdrawn: Option<String>,
    /// The sequence number of the log row that this version comes from.
    pub seq: u64,
}

impl Record {
    /// Builds a posting that is not stored, from cells by column name that are written and read as given.
    pub fn unstored(id: RecordId, kind: &str, cells: Vec<(&str, &str, Value)>) -> Self {
        let (mut values, mut packed) = (Vec::new(), Vec::new());
        for (place, (column, raw, value)) in (1..).zip(cells) {
            values.push(value);
            packed.push((column, raw, place));
        }
        let fields = Packed::new(&Arc::default(), packed).with(&values.into());
        Self { id, kind: kind.into(), party: None, fields, unstated: State::Open, withdrawn: None, seq: 0 }
    }

    /// Returns a column's typed value, if the cell is filled and known.
    pub fn value(&self, column: &str) -> Option<&Value> {
        self.fields.get(column)?.value
    }

    /// Returns a column's text as written, or the empty string.
    pub fn raw(&self, column: &str) -> &str {
        self.fields.get(column).map_or("", |field| field.raw)
    }

    /// Returns what the record is called: its title, else its identifier.
    pub fn title(&self) -> &str {
        match self.raw("title") {
            "" => self.id.as_str(),
            title => title,
        }
    }

    /// Says whether others may find the record: not while it is a draft or waits for review, nor after its end.
    pub fn is_listed(&self) -> bool {
        self.withdrawn.is_none() && !matches!(self.declared_state(), State::Draft | State::Submitted)
    }

    /// Returns the record's state on a day: withdrawn, else expired, else what the table declares.
    pub fn state(&self, as_of: Date) -> State {
        if self.withdrawn.is_some() {
            return State::Withdrawn;
        }
        if let Some(Value::Deadline(Deadline::On(last))) = self.value("valid_until")
            && *last < as_of
        {
            return State::Expired;
        }
        self.declared_state()
    }

    fn declared_state(&self) -> State {
        match self.value("state") {
            Some(Value::Choice(name)) => State::parse(name).unwrap_or(self.unstated),
            _ => self.unstated,
        }
    }
}

/// Where a posting stands in its life; only [`State::Open`] is matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum State {
    /// Being written.
    Draft,
    /// Waits for a review.
    Submitted,
    /// Is matched.
    Open,
    /// Rests for now.
    Paused,
    /// Has found what it looked for.
    Fulfilled,
    /// Was taken back.
    Withdrawn,
    /// Its validity has ended.
    Expired,
}

impl State {
    /// Every state with its English name and its Chinese label.
    pub const ALL: [(Self, &'static str, &'static str); 7] = [
        (Self::Draft, "draft", "草稿"),
        (Self::Submitted, "submitted", "待审核"),
        (Self::Open, "open", "有效"),
        (Self::Paused, "paused", "暂停"),
        (Self::Fulfilled, "fulfilled", "已完成"),
        (Self::Withdrawn, "withdrawn", "已撤回"),
        (Self::Expired, "expired", "已过期"),
    ];

    /// Reads an English name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, n, _)| *n == name).map(|(state, _, _)| *state)
    }

    fn entry(self) -> (&'static str, &'static str) {
        Self::ALL.iter().find(|(state, _, _)| *state == self).map_or(("", ""), |(_, name, label)| (*name, *label))
    }

    /// Returns the English name.
    pub fn name(self) -> &'static str {
        self.entry().0
    }

    /// Returns the Chinese label.
    pub fn label(self) -> &'static str {
        self.entry().1
    }
}

/// A firm, fund, bank, institute, provider, school or office.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Party {
    /// The internal identifier.
    pub id: PartyId,
    /// The full name, as last declared.
    pub name: String,
    /// The credit code, if one is known.
    pub uscc: Option<Uscc>,
}

/// How a row names the party that it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Owner {
    /// The name as written; may be empty if there is a code.
    pub name: String,
    /// The credit code, if the row has a valid one.
    pub uscc: Option<Uscc>,
}

/// How to reach somebody; kept apart from records and never indexed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    /// Cells by declared column name (`contact_person`, `contact_phone`, `contact_email`), none empty.
    pub fields: BTreeMap<String, String>,
}
