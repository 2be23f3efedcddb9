//! What is asked for in the body of a request; an unknown key is refused.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Deserialize;

/// `{"kind", "party", "fields"}`: a posting to be created.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPostingBody {
    /// The kind.
    pub kind: String,
    /// The party's identifier.
    pub party: Option<String>,
    /// Cells as written, by column.
    pub fields: BTreeMap<String, String>,
}

/// `{"fields"}`: what a posting is to say from now on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PostingChangeBody {
    /// Cells as written, by column.
    pub fields: BTreeMap<String, String>,
}

/// `{"text", "kind", "region", "chain", "tier", "top", "cursor"}`: a search.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SearchRequestBody {
    /// What is looked for.
    pub text: String,
    /// The kind.
    pub kind: Option<String>,
    /// Where the party is.
    pub region: Option<String>,
    /// The chain.
    pub chain: Option<String>,
    /// The party's tier.
    pub tier: Option<String>,
    /// How many at most.
    pub top: Option<usize>,
    /// Where the page before ended.
    pub cursor: Option<String>,
}

/// `{"demand" | "supply" | "text" and "kind", "lane", "top", "all", "mutual"}`: a match.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MatchRequestBody {
    /// A stored demand.
    pub demand: Option<String>,
    /// A stored supply.
    pub supply: Option<String>,
    /// A text, taken for a posting of `kind`.
    pub text: Option<String>,
    /// The kind of the text.
    pub kind: Option<String>,
    /// The lane.
    pub lane: Option<String>,
    /// How many at most.
    pub top: Option<usize>,
    /// Whether to show what is below the lane's floor.
    #[serde(default)]
    pub all: bool,
    /// Whether to order by what both sides have of it.
    #[serde(default)]
    pub mutual: bool,
}

/// `{"role", "party", "region", "expires"}`: a key to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKeyBody {
    /// The role's English name.
    pub role: String,
    /// The party that it acts for.
    pub party: Option<String>,
    /// The region that it is bound to.
    pub region: Option<String>,
    /// The last day on which it opens anything.
    pub expires: Option<Date>,
}

/// `{"what", "lane", "top"}`: work to be done after the answer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JobRequestBody {
    /// What to do: `match_all`.
    pub what: String,
    /// The lane; all if absent.
    pub lane: Option<String>,
    /// How many matches at most for each demand.
    pub top: Option<usize>,
}

/// `{"without", "late", "drop_tables"}`: who and what is missing of an agenda.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AgendaRepairBody {
    /// Parties that do not come.
    #[serde(default)]
    pub without: Vec<String>,
    /// Parties that come late: `P12=10:30`.
    #[serde(default)]
    pub late: Vec<String>,
    /// Tables that are gone, from 1.
    #[serde(default)]
    pub drop_tables: Vec<u32>,
}
