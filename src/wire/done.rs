//! Short answers: what was made, ended or noted.

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::wire::AgendaFileBody;

/// `{"as_of", "id"}`: what was noted.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NotedBody {
    as_of: String,
    id: String,
}

impl NotedBody {
    /// Builds the answer.
    pub fn new(as_of: Date, id: &dyn std::fmt::Display) -> Self {
        Self { as_of: as_of.to_string(), id: id.to_string() }
    }
}

/// `{"id", "removed"}`: what was removed, and when.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RemovedBody {
    /// What.
    pub id: String,
    /// When.
    pub removed: String,
}

/// `{"id", "revoked"}`: the key that was revoked, and when.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RevokedBody {
    /// Which.
    pub id: String,
    /// When.
    pub revoked: String,
}

/// `{"bytes", "file"}`: a backup, and where it lies in the data directory.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BackupBody {
    /// How large it is.
    pub bytes: u64,
    /// Where.
    pub file: String,
}

/// `{"items", "next"}`: some of the agendas that are kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AgendaListBody {
    /// Ascending by number.
    pub items: Vec<AgendaRowBody>,
    /// What to ask for as `cursor` for the next ones, if there are more.
    pub next: Option<String>,
}

/// `{"id", "name", "created", "region"}`: an agenda that is kept, in brief.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AgendaRowBody {
    /// Its number.
    pub id: String,
    /// What the event is called.
    pub name: String,
    /// When it was made.
    pub created: String,
    /// The code of the region that its maker is bound to.
    pub region: Option<String>,
}

/// `{"agenda", "id"}`: an agenda as it is kept.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KeptAgendaBody {
    /// What it says.
    pub agenda: AgendaFileBody,
    /// Its number.
    pub id: String,
}
