//! Lianqiao matches chain leaders' demands with what specialised SMEs supply.
//!
//! Tables come in, become typed records, and are appended to a durable log; from the log the engine keeps read-only
//! views; a demand is answered from one snapshot of them: candidates, hard rules, features, one score whose parts are
//! its explanation. It is a library and one program for one machine. It is not a database, not a search server, and
//! it shards and replicates nothing.
//!
//! # Layers
//! A module may use modules of lower layers and those that stand on its line to its left; `tests/tidy.rs` reads this
//! list.
//!
//! ```text
//! 0  error  model  normal  digest  secret  frames  seal  chance    inert data; characters; hashes; files of views; chance
//! 1  definition               reads and validates index/ into one Definition, fingerprinted
//! 2  text  province           words, numbers, dates, places: text in, terms and values out; an invented province
//! 3  intake  store  catalogue  fulltext  impact  chain    files to drafts; the log; the views; the supply chains
//! 4  matching  agenda  event   candidates, rules, features, score, order; agendas; event files and plans
//! 5  reports                  workbooks, pictures, printed pages, calendars
//! 6  engine                   the door: open, import, match, search, verify, back up
//! 7  wire                     JSON shapes
//! 8  service  cli             HTTP; the command line
//! ```
//!
//! # Where things go
//! - A new column: a `[[column]]` in `index/kinds/KIND.toml`; a new type of cell: `ColumnType` in `definition/kinds.rs`
//!   and its reading in `text/cell.rs`.
//! - A new kind or lane: a file in `index/kinds/` or `index/lanes/`.
//! - A new hard rule: a function (`matching/conditions.rs`) and a row in `matching/rules.rs`; lanes name it with the columns it reads.
//! - A new feature: a function (`matching/fits.rs`) and a row in `matching/features.rs`; lanes name it with weights and columns.
//! - A new word, synonym or abbreviation: `index/words/CHAIN.toml`; a new property of specifications:
//!   `index/properties.toml`; what titles write around a name: `index/titles.toml`.
//! - A chain, its links and products: `index/chains/NAME.toml`; its checks: `definition/chain_reader.rs`.
//! - A rate or another answer about chains: a function in `chain/`; what records tell of chains: `engine/chains/`, which
//!   asks the function; its tables in `cli/chain_tables.rs`, `cli/critical_tables.rs` and `cli/rate_tables.rs`, its JSON in `wire/`.
//! - A goal of the plan for the firms of a tier: `index/goals.toml`; how its words are read: `chain/wording.rs`; what is no
//!   goods among purchases: `index/purchases.toml`; what lies abroad: `index/codes/abroad.tsv`.
//! - How the products of a demand and a supply stand to each other on the graph: `matching/kinship.rs`.
//! - What the picture of a chain shows: `reports/chain_drawing.rs`; how it looks: `reports/chain_svg.rs`, its boxes
//!   `reports/chain_box.rs`; where they stand: `reports/layered.rs`, and where lines turn: `reports/rails.rs`.
//! - How an invented province is worded: `index/synthetic.toml`; a new mistake in its tables: a function in
//!   `province/dirt.rs`.
//! - A new problem of tables: a row in `model/problem.rs` and in README.
//! - A new thing that is remembered: a `Change` in `model/log.rs`, its payload in `store/payload.rs`, what it does in
//!   `catalogue/`.
//! - A new rate: a `Formula` and a function in `chain/`, with sums done by hand beside it; among those of a chain in
//!   `chain/overview.rs`.
//! - How a change is planned, written and shown, and many at once: `engine/writing.rs`.
//! - A new wish of organisers: a key in `event/file.rs`, its reading in `event/parts.rs`, what it does in `event/build.rs` or
//!   `event/wanted.rs`, and a row in README.
//! - A new rule of agendas: its data in `agenda/model.rs`, what is sound in `sound.rs`, whether a meeting fits in
//!   `board.rs`, and once more, in the plainest way, in `check.rs`.
//! - A new route: a row in `service/routes.rs` or its folder, and a function in `service/handlers.rs` or its folder; its
//!   JSON in `wire/`. Work that outlives its request: a job, `service/jobs.rs`.
//! - A new count or filter of searches: `engine/facets.rs`, over public columns only.
//! - What two parties agree on, and what comes of it: `engine/intents.rs`, `engine/outcomes.rs`; what others are told of it:
//!   `catalogue/dealings.rs`.
//! - What the file of a party holds: `engine/dossier.rs`. Where agendas are kept: `engine/kept.rs`, `store/agendas.rs`.
//! - Whom a new posting concerns: `engine/alerting.rs`, which asks `matching/entering.rs` whose lists it enters and
//!   `fulltext/standing.rs` which saved searches find it; what is shown of an alert: `engine/alerts.rs`.
//! - What is sent to webhooks, and where it may go: `service/hooks/`; how far it has come: `engine/hooks.rs`.
//! - An answer that need not be worked out twice: `is_kept` of its route; how often somebody may ask: `service/quota.rs`;
//!   how often limits on hidden figures may change: `engine/probing.rs`.
//! - A new command: `cli/args.rs` and a function in `cli/commands.rs`; its JSON in `wire/`.
//!
//! # Example
//! ```
//! use lianqiao::{Definition, Engine, ImportOptions, MatchOptions, MatchOrder, MatchRequest, MatchSubject, Moment};
//!
//! # fn main() -> lianqiao::Result<()> {
//! let folder = tempfile::tempdir().expect("a temporary directory");
//! let demands = folder.path().join("采购需求.csv");
//! let supplies = folder.path().join("供应目录.csv");
//! std::fs::write(&demands, "编号,企业名称,需求名称,产品名称\nXQ1,示例轮胎有限公司,钢帘线采购,钢帘线\n").expect("written");
//! std::fs::write(&supplies, "企业名称,产品名称,产品说明\n示例钢丝有限公司,钢帘线,子午线轮胎用\n").expect("written");
//!
//! let moment = Moment { instant: "2026-06-01T00:00:00Z".to_owned(), as_of: jiff::civil::date(2026, 6, 1) };
//! let engine = Engine::open(&folder.path().join("data"), Definition::compiled()?, "example")?;
//! engine.import(&demands, &ImportOptions::default(), &moment)?;
//! engine.import(&supplies, &ImportOptions::default(), &moment)?;
//! let list = engine.matches(
//!     &MatchRequest {
//!         subject: MatchSubject::Demand("XQ1".to_owned()),
//!         lane: None,
//!         options: MatchOptions { top: 5, below_floor: true, order: MatchOrder::Score },
//!     },
//!     &moment,
//! )?;
//! assert_eq!(list.matches[0].title, "钢帘线");
//! # Ok(())
//! # }
//! ```

pub mod agenda;
mod catalogue;
pub mod chain;
mod chance;
mod cli;
mod definition;
mod digest;
mod engine;
mod error;
mod event;
mod frames;
mod fulltext;
mod impact;
mod intake;
mod matching;
mod model;
mod normal;
mod province;
mod reports;
mod seal;
mod secret;
#[cfg(feature = "service")]
mod service;
mod store;
mod text;
mod wire;

pub use cli::run;
pub use definition::{Definition, GoalReading, GoalUnit, PlanGoal, Tier};
pub use engine::{
    Alert, AlertReason, Alerting, Alerts, Answering, By, ChainBook, ChainCritical, ChainGaps, ChainRates, ChainRow,
    ChainShown, Done, Dossier, Engine, FacetCount, Found, Glimpse, GoalAnswer, GoalMember, HookAtWork, ImportOptions,
    Imported, IntentAnswer, IntentSide, IntentSight, LaneSummary, LeaderConcentration, LeaderPurchases, LinkPlace,
    MatchRequest, MatchSubject, NamePlace, NewIntent, NewKey, NewOutcome, NewPosting, NewWatch, Page, PageRequest,
    PartyLink, PartySight, PostingOutcome, ProductPlace, RateRequest, SearchFilters, SearchPage, SearchResult,
    SeenField, Sight, Told, Unplaced, WatchSight,
};
pub use error::{Error, Result};
pub use matching::{BatchOptions, MatchOptions, MatchOrder};
pub use model::*;
pub use secret::Secret;

/// The insides that `benches/` measures; no part of what users may rely on.
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod internals {
    pub use crate::definition::TextField;
    pub use crate::fulltext::{Document, SearchWord, Standing};
    pub use crate::impact::{Hit, Impact, Impacts, Posting, top};
    pub use crate::matching::pieces;
    pub use crate::text::{Grain, Segmenter, Vector};
}
