//! Answering a request for matches: which posting, which lane, and the list from one snapshot.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::definition::{Lane, Role};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::matching::{Context, MatchOptions, match_posting};
use crate::model::{Field, MatchList, Moment, Record, RecordId, State, Value};

/// What to match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatchSubject {
    /// A stored demand, by identifier or by the table's own number.
    Demand(String),
    /// A stored supply.
    Supply(String),
    /// A text, taken for a posting of a kind.
    Text {
        /// The text.
        text: String,
        /// The kind's name.
        kind: String,
    },
}

/// A request for matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchRequest {
    /// What to match.
    pub subject: MatchSubject,
    /// The lane; needed only where several serve the kind.
    pub lane: Option<String>,
    /// How much to show.
    pub options: MatchOptions,
}

/// A free text may have this many characters.
const TEXT_CHARS_MAX: usize = 5_000;

impl Engine {
    /// Matches a posting and explains every match.
    ///
    /// # Errors
    /// If the posting, the kind or the lane is unknown, or the views cannot be read.
    pub fn matches(&self, request: &MatchRequest, moment: &Moment) -> Result<MatchList> {
        let snapshot = self.snapshot();
        let (subject, role) = self.subject(&snapshot.catalogue, &request.subject)?;
        let lane = self.lane(&subject.kind, role, request.lane.as_deref())?;
        let context = Context {
            definition: &self.definition,
            catalogue: &snapshot.catalogue,
            segmenter: self.segmenter(),
            as_of: moment.as_of,
        };
        match_posting(context, &snapshot.searcher, lane, &subject, request.options)
    }

    fn subject(&self, catalogue: &Catalogue, subject: &MatchSubject) -> Result<(Record, Role)> {
        match subject {
            MatchSubject::Demand(id) => Ok((self.find_posting(catalogue, id, Role::Demand)?, Role::Demand)),
            MatchSubject::Supply(id) => Ok((self.find_posting(catalogue, id, Role::Supply)?, Role::Supply)),
            MatchSubject::Text { text, kind } => {
                let kind = self.definition.find_kind(kind)?;
                if !kind.role.is_posting() {
                    return Err(Error::Request(format!("{}不是需求或供应，不能匹配", kind.label)));
                }
                let n_chars = text.chars().count();
                if n_chars == 0 || n_chars > TEXT_CHARS_MAX {
                    return Err(Error::Request(format!("文字应为 1 到 {TEXT_CHARS_MAX} 字，现有 {n_chars} 字")));
                }
                Ok((free_text(text, &kind.name), kind.role))
            }
        }
    }

    fn find_posting(&self, catalogue: &Catalogue, id: &str, role: Role) -> Result<Record> {
        let fits = |record: &&&Record| self.definition.kind(&record.kind).is_some_and(|kind| kind.role == role);
        let all = catalogue.find(id);
        let found: Vec<&Record> = all.iter().filter(fits).copied().collect();
        match (found.as_slice(), all.first()) {
            ([one], _) => Ok((*one).clone()),
            ([], Some(other)) => {
                let label = self.definition.kind(&other.kind).map_or("", |kind| kind.label.as_str());
                let side = if role == Role::Demand { "需求" } else { "供应" };
                Err(Error::Request(format!("{} 是{label}，不是{side}", other.id)))
            }
            ([], None) => Err(Error::NotFound(id.to_owned())),
            (several, _) => Err(Error::Ambiguous {
                id: id.to_owned(),
                candidates: several.iter().map(|record| record.id.to_string()).take(10).collect(),
            }),
        }
    }

    fn lane(&self, kind: &str, role: Role, asked: Option<&str>) -> Result<&Lane> {
        let serves = |lane: &&Lane| match role {
            Role::Demand => lane.demand == kind,
            _ => lane.supply.iter().any(|supply| supply == kind),
        };
        let lanes: Vec<&Lane> = self.definition.lanes.values().filter(serves).collect();
        let names: Vec<&str> = lanes.iter().map(|lane| lane.name.as_str()).collect();
        let label = self.definition.kind(kind).map_or(kind, |kind| kind.label.as_str());
        match (asked, lanes.as_slice()) {
            (Some(name), _) => {
                lanes.iter().find(|lane| lane.name == name || lane.label == name).copied().ok_or_else(|| {
                    Error::Request(format!("{label}没有“{name}”这条对接通道；可用：{}", names.join("、")))
                })
            }
            (None, [one]) => Ok(one),
            (None, []) => Err(Error::Request(format!("{label}还没有对接通道"))),
            (None, _) => Err(Error::Request(format!("{label}有多条对接通道：{}；请用 --lane 指明", names.join("、")))),
        }
    }
}

/// Builds a posting that is not stored from a free text; its first line is the title.
fn free_text(text: &str, kind: &str) -> Record {
    let mut fields = BTreeMap::new();
    let title = text.lines().next().unwrap_or(text);
    for (name, raw) in [("title", title), ("description", text)] {
        let field = Field { raw: raw.to_owned(), value: Some(Value::Text(raw.to_owned())) };
        fields.insert(name.to_owned(), field);
    }
    let id = RecordId::from_text("");
    Record { id, kind: kind.to_owned(), party: None, fields, unstated: State::Open, withdrawn: None, seq: 0 }
}
