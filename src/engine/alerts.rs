//! What somebody was told of, as far as it may still be seen: an alert names postings, and what is shown of them is what
//! their receiver may see of them today.

use crate::catalogue::Catalogue;
use crate::engine::{Engine, Glimpse};
use crate::error::Result;
use crate::model::{AlertCause, Moment, Reach, Receiver, RecordId, Score, State, ToldAlert, Viewer};
use crate::store::Log;

/// An alert as its receiver may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    /// The sequence number, ascending over all receivers.
    pub seq: u64,
    /// When it was told (RFC 3339, UTC).
    pub at: String,
    /// The new or changed posting.
    pub posting: Glimpse,
    /// Why the receiver was told of it.
    pub reason: AlertReason,
}

/// Why somebody was told of a posting.
#[derive(Debug, Clone, PartialEq)]
pub enum AlertReason {
    /// It matches a posting of the receiver's own.
    Match {
        /// The receiver's own posting.
        own: Glimpse,
        /// The lane's declared name.
        lane: String,
        /// The lane's Chinese label.
        lane_label: String,
        /// The score of the pair.
        score: Score,
        /// The supply's place in the demand's list when it was told, from 1.
        rank: u32,
    },
    /// Saved searches of the receiver's find it.
    Watch {
        /// Which ones, ascending.
        watches: Vec<RecordId>,
    },
}

/// Some alerts, and how far was looked.
#[derive(Debug, Clone, PartialEq)]
pub struct Alerts {
    /// The alerts that may still be seen, ascending.
    pub items: Vec<Alert>,
    /// The last one that was looked at, seen or not: where to go on.
    pub last: u64,
    /// Whether there may be more already.
    pub has_more: bool,
}

/// Alerts that are looked at for each one wanted, most of which may still be seen.
const LOOKED_AT_MIN: usize = 50;

impl Engine {
    /// Returns as whom a viewer is told of postings: its party, after merges, else whoever holds its key.
    pub fn receiver(&self, viewer: &Viewer) -> Option<Receiver> {
        match viewer.reach {
            Reach::Party(party) => Some(Receiver::Party(self.snapshot().catalogue.parties().canonical(party))),
            _ => viewer.key.map(Receiver::Key),
        }
    }

    /// Returns the sequence number of the last alert of all.
    ///
    /// # Errors
    /// What the log says.
    pub fn last_alert(&self) -> Result<u64> {
        Ok(Log::open_again(&self.directory)?.alert_mark()?.last)
    }

    /// Lists what a receiver was told of after a sequence number, ascending, at most so many. Those that may not be seen
    /// any more are left out.
    ///
    /// # Errors
    /// What the log says.
    pub fn alerts(&self, receiver: Receiver, after: u64, most: usize, moment: &Moment) -> Result<Vec<Alert>> {
        Ok(self.alerts_after(receiver, after, most, moment)?.items)
    }

    /// As [`alerts`](Self::alerts), and says how far it looked, so that what is left out need not be looked at again.
    ///
    /// # Errors
    /// What the log says.
    pub fn alerts_after(&self, receiver: Receiver, after: u64, most: usize, moment: &Moment) -> Result<Alerts> {
        let log = Log::open_again(&self.directory)?;
        let catalogue = self.snapshot().catalogue;
        let receivers = match receiver {
            Receiver::Party(party) => catalogue.parties().members(party).into_iter().map(Receiver::Party).collect(),
            Receiver::Key(_) => vec![receiver],
        };
        let mut found = Alerts { items: Vec::new(), last: after, has_more: most > 0 };
        while found.has_more && found.items.len() < most {
            let wanted = (most - found.items.len()).max(LOOKED_AT_MIN);
            let told = log.alerts(&receivers, found.last, wanted)?;
            found.has_more = told.len() == wanted;
            for told in told {
                if found.items.len() == most {
                    found.has_more = true;
                    break;
                }
                found.last = told.seq;
                found.items.extend(self.alert(&catalogue, &told, moment));
            }
        }
        Ok(found)
    }

    /// Returns what somebody was told, unless the posting has ended, or is not to be found by others any more.
    fn alert(&self, catalogue: &Catalogue, told: &ToldAlert, moment: &Moment) -> Option<Alert> {
        let posting = catalogue.record(&told.alert.posting)?;
        let is_own = match told.alert.receiver {
            Receiver::Party(party) => catalogue.party_of(posting) == Some(catalogue.parties().canonical(party)),
            Receiver::Key(_) => false,
        };
        if is_own || !posting.is_listed() || posting.state(moment.as_of) == State::Expired {
            return None;
        }
        let reason = match &told.alert.cause {
            AlertCause::Match { own, lane, score, rank } => AlertReason::Match {
                own: self.glimpse(catalogue, catalogue.record(own)?, moment),
                lane_label: self.definition.lanes.get(lane).map_or_else(|| lane.clone(), |lane| lane.label.clone()),
                lane: lane.clone(),
                score: *score,
                rank: *rank,
            },
            AlertCause::Watch { watches } => AlertReason::Watch { watches: watches.clone() },
        };
        let posting = self.glimpse(catalogue, posting, moment);
        Some(Alert { seq: told.seq, at: told.at.clone(), posting, reason })
    }
}
