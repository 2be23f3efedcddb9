//! Agendas: scored pairs of parties into slots and tables, with an upper bound on what any agenda could be worth. It is
//! pure and knows nothing of records and matches: the same problem, seed and amount of work give the same agenda on any machine and any number
//! of threads; whoever calls it may only stop it early.

mod board;
mod bound;
mod chain;
mod check;
mod choose;
mod column;
mod core;
mod flow;
mod home;
mod idle;
mod instance;
mod marks;
mod model;
mod prices;
mod relax;
mod repair;
mod rooms;
mod score;
mod search;
mod seat;
mod serve;
mod settle;
mod shortage;
mod slots;
mod solve;
mod sound;

pub use check::{Checked, check};
pub use instance::{read_instance, read_solution, write_solution};
pub use model::{
    Agenda, Bottleneck, Change, Clash, Dropped, Effort, IdleRule, Lock, Lowered, Meeting, Move, NamedMeeting, Pair,
    Party, Phase, Problem, Repaired, Resource, Role, Rule, SCORE_MAX, Shortage, Slot, Watch,
};
pub use prices::{Prices, prices};
pub use repair::repair;
pub use settle::lock_clashes;
pub use slots::{SLOTS_MAX, SlotSet};
pub use solve::solve;
pub use sound::{DESKS_MAX, PAIRS_MAX, PARTIES_MAX, TABLES_MAX};
