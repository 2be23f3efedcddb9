//! The problem of an agenda and its answers, as plain data: who may meet whom, when and where, and which meetings were
//! chosen. Parties, pairs, slots, tables and resources are named by their places in the lists of [`Problem`].

use std::collections::BTreeSet;

use crate::agenda::slots::SlotSet;

/// Everything that an agenda must respect. [`Problem::check`](crate::agenda::Problem::check) says whether it is sound;
/// what solves it may assume so.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Problem {
    /// The slots in order of time, 1..=[`SLOTS_MAX`](crate::agenda::SLOTS_MAX).
    pub slots: Vec<Slot>,
    /// Who takes part.
    pub parties: Vec<Party>,
    /// The meetings that may be held. No two have the same two parties.
    pub pairs: Vec<Pair>,
    /// Staff or things that some meetings need and of which there are few.
    pub resources: Vec<Resource>,
    /// Which slots between two meetings of a party are waiting.
    pub idle: IdleRule,
}

/// A stretch of time in which every table takes one meeting.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Slot {
    /// Tables 0..`tables` exist in this slot; 0 while a block runs and nobody meets.
    pub tables: u32,
    /// Tables that exist but are out of use in this slot.
    pub closed: BTreeSet<u32>,
    /// The day or half day: neither waiting nor a row of meetings goes from one session to the next. Ascending.
    pub session: u32,
    /// Whether a block (a speech, lunch) runs, so that nobody waits.
    pub is_block: bool,
}

/// Which slots between two meetings of a party, in one session, are waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IdleRule {
    /// Every slot, as `docking-agenda/1` counts.
    #[default]
    Every,
    /// Slots in which the party is present and no block runs.
    Present,
}

/// On which side of the tables a party sits. Every pair has one party of each side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Stays at its table, as a rule.
    Buyer,
    /// Goes from table to table, as a rule.
    Sme,
}

/// Who meets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The name by which users know it.
    pub id: String,
    /// Its side.
    pub role: Role,
    /// It must have at least so many meetings.
    pub min: u32,
    /// It may have at most so many meetings.
    pub max: u32,
    /// When it cannot meet.
    pub unavailable: SlotSet,
    /// How many meetings it can hold in one slot, at least 1.
    pub desks: u32,
    /// The tables at which it always meets; any table that nobody else has if empty. The lists of two parties are equal
    /// or have nothing in common, and tables in a list are for its parties only.
    pub tables: BTreeSet<u32>,
    /// It meets in at most so many slots in a row.
    pub row_max: Option<u32>,
}

/// A meeting that may be held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pair {
    /// The buyer.
    pub buyer: usize,
    /// The SME.
    pub sme: usize,
    /// What it is worth, 1..=[`SCORE_MAX`].
    pub score: u32,
    /// Where the meeting has been put for good; it counts as one that must be held.
    pub lock: Option<Lock>,
    /// Whether the meeting must be held, like a minimum.
    pub must: bool,
    /// The resources of which it needs one unit each.
    pub resources: Vec<usize>,
    /// An SME's meetings of a lower rank are held in earlier slots than those of a higher rank.
    pub rank: u8,
}

/// A pair is worth at most this much.
pub const SCORE_MAX: u32 = 1_000_000;

/// Where a meeting has been put.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lock {
    /// The slot.
    pub slot: usize,
    /// The table, if that is settled too.
    pub table: Option<u32>,
}

/// Staff or things shared by meetings, such as interpreters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The name by which users know it.
    pub id: String,
    /// How many units there are in each slot.
    pub units: Vec<u32>,
}

/// A meeting that is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Meeting {
    /// Which pair.
    pub pair: usize,
    /// In which slot.
    pub slot: usize,
    /// At which table.
    pub table: u32,
}

/// A meeting as a file names it: nothing is known of it yet, and the table may be left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NamedMeeting {
    /// Which pair.
    pub pair: usize,
    /// In which slot.
    pub slot: usize,
    /// At which table.
    pub table: Option<u32>,
}

impl From<Meeting> for NamedMeeting {
    fn from(meeting: Meeting) -> Self {
        Self { pair: meeting.pair, slot: meeting.slot, table: Some(meeting.table) }
    }
}

/// Meetings with what they are worth and what is known about better ones.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Agenda {
    /// The meetings, ascending by pair.
    pub meetings: Vec<Meeting>,
    /// The sum of their scores.
    pub score: u64,
    /// No agenda that holds the same of what must be held, and lowers minima by the least in all, has a larger sum. Where
    /// it is not proved that these were lowered by the least: none that keeps the minima as they were lowered.
    pub bound: u64,
    /// How often a party waits between two meetings.
    pub idle_periods: u64,
    /// How often a party with one desk changes its table from one meeting to its next.
    pub table_changes: u64,
    /// Why the minima cannot be kept; empty if they can.
    pub shortages: Vec<Shortage>,
    /// The minima that were lowered, by the smallest total that was found; ascending by party.
    pub lowered: Vec<Lowered>,
    /// No agenda that holds as much of what must be held lowers minima by less in all.
    pub lowered_least: u64,
    /// Pairs that had to be held and are not, or not in the slot in which they are locked; ascending.
    pub unheld: Vec<usize>,
    /// Why pairs that had to be held cannot be; ascending by pair.
    pub clashes: Vec<Clash>,
    /// Whether it is proved that no agenda holds more of what must be held, and then lowers minima by less.
    pub is_least: bool,
    /// Whether a better agenda might have been found without the limit of time.
    pub is_stopped: bool,
}

impl Agenda {
    /// Says whether no agenda is better: what must be held first, then the minima, then the sum of scores.
    pub fn is_proved(&self) -> bool {
        self.score == self.bound && self.is_least
    }

    /// Returns by how much minima were lowered in all.
    pub fn n_lowered(&self) -> u64 {
        self.lowered.iter().map(|lowered| u64::from(lowered.min.saturating_sub(lowered.held))).sum()
    }

    /// Says whether every minimum is kept and every meeting that must be held is.
    pub fn keeps_minima(&self) -> bool {
        self.lowered.is_empty() && self.unheld.is_empty()
    }
}

/// A meeting that had to be held and cannot be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clash {
    /// Which pair.
    pub pair: usize,
    /// What forbids it.
    pub rule: Rule,
    /// The other meetings that must be held, with which it breaks the rule; ascending.
    pub with: Vec<usize>,
}

/// What forbids a meeting that had to be held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// The two are not there at one time, or not in the slot in which the meeting is locked.
    Absent,
    /// No table is open then that both may use, or not the one at which the meeting is locked.
    Closed,
    /// There is nothing of this resource then.
    NoUnits(usize),
    /// Another meeting is locked at its table.
    SameTable,
    /// This party has as many meetings that must be held as it may have.
    Full(usize),
    /// This party already meets as many as it can at once.
    Busy(usize),
    /// Meetings that must be held take all the tables then.
    Tables,
    /// Meetings that must be held take all of this resource then.
    Units(usize),
    /// The meetings of this party would be in the wrong order, or too many in a row.
    Order(usize),
    /// Every way to put it and the others into slots, beside what is locked, was tried.
    Tried,
    /// No way was found, and it is not proved that there is none.
    Unknown,
}

/// A lock that changes of the day have made impossible, and which was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dropped {
    /// Which pair.
    pub pair: usize,
    /// Where it was locked.
    pub lock: Lock,
    /// Whether only the table is gone, so that the meeting is still locked to its slot.
    pub is_table_only: bool,
}

/// A minimum that was lowered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lowered {
    /// Whose.
    pub party: usize,
    /// How many meetings it should have had.
    pub min: u32,
    /// How many it has.
    pub held: u32,
}

/// A proof, by counting, that some parties cannot all have their minima: together they need `needed` meetings and
/// whoever they may meet, or the slots and tables that they share, have room for `room` only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shortage {
    /// The parties that lack meetings, of one side unless slots are short; ascending.
    pub parties: Vec<usize>,
    /// The sum of their minima.
    pub needed: u64,
    /// The most meetings that they can have together.
    pub room: u64,
    /// What they share.
    pub shared: Vec<Bottleneck>,
}

/// One part of the room that short parties share; the parts add up to [`Shortage::room`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bottleneck {
    /// A partner that several of them want has room for this many meetings at most.
    Partner {
        /// The partner.
        party: usize,
        /// Its most meetings, or its slots if these are fewer.
        room: u32,
    },
    /// Pairs of the short parties with each other or with partners that are not named, as far as both are present in a
    /// slot that has a table; each counted once.
    Pairs {
        /// How many.
        count: u64,
    },
    /// The party itself is present in too few slots.
    OwnSlots {
        /// The party.
        party: usize,
        /// How many meetings it can hold in the slots in which it is present.
        room: u32,
    },
    /// All tables of all slots together.
    Tables {
        /// How many meetings they take.
        room: u64,
    },
}

impl Bottleneck {
    /// Returns how many meetings of the short parties this part lets through.
    pub fn room(&self) -> u64 {
        match self {
            Self::Partner { room, .. } | Self::OwnSlots { room, .. } => u64::from(*room),
            Self::Pairs { count } => *count,
            Self::Tables { room } => *room,
        }
    }
}

/// What happened after an agenda was handed out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// A party cannot meet in these slots (all of them if it leaves or does not come).
    Absent {
        /// Who.
        party: usize,
        /// When.
        slots: SlotSet,
    },
    /// A table is out of use in these slots.
    TableOut {
        /// Which.
        table: u32,
        /// When.
        slots: SlotSet,
    },
}

/// An agenda after a repair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repaired {
    /// The problem with the changes in it.
    pub problem: Problem,
    /// The agenda now.
    pub agenda: Agenda,
    /// Locks that could not be kept any more, ascending by pair.
    pub dropped: Vec<Dropped>,
    /// Every meeting that is not where it was, ascending by pair.
    pub moves: Vec<Move>,
    /// By how much an agenda made anew, without regard to the old one, would have a larger sum of scores; `None` if it would
    /// even hold more of what must be held, or keep more minima.
    pub renewal_gain: Option<u64>,
}

/// What became of one meeting; a new one has no `from`, one that is lost no `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Move {
    /// Which pair.
    pub pair: usize,
    /// Where it was.
    pub from: Option<Meeting>,
    /// Where it is.
    pub to: Option<Meeting>,
}

/// How hard to try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// The same seed and work give the same agenda.
    pub seed: u64,
    /// How much work to do at most, in steps of which a fast machine does about [`Effort::STEPS_PER_SECOND`] a second.
    pub steps: u64,
}

impl Effort {
    /// So many steps are about a second.
    pub const STEPS_PER_SECOND: u64 = 5_000_000;
}

/// How whoever wants an agenda looks on. The clock is theirs.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// Asked now and then; once it says yes, the best agenda so far is the answer.
    pub is_over: &'a dyn Fn() -> bool,
    /// Told when a phase is done.
    pub on_phase: &'a dyn Fn(Phase),
}

impl Watch<'_> {
    /// Never stops and listens to nothing.
    pub const PATIENT: Watch<'static> = Watch { is_over: &|| false, on_phase: &|_| () };
}

/// A part of the work that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Meetings were chosen and an upper bound is known.
    Chosen {
        /// The upper bound.
        bound: u64,
    },
    /// Every chosen meeting for which there is room has been placed.
    Placed {
        /// The sum of scores, if all minima are kept.
        score: Option<u64>,
        /// The upper bound.
        bound: u64,
    },
    /// The sum of scores is as large as it will be; it is proved if it is as large as the bound.
    Scored {
        /// The sum of scores.
        score: u64,
        /// The upper bound.
        bound: u64,
    },
    /// Waiting and changes of tables are as few as they will be.
    Seated {
        /// How often a party waits.
        idle_periods: u64,
        /// How often a party changes its table.
        table_changes: u64,
    },
}
