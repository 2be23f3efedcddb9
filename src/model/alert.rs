//! Alerts: who is told of a new or changed posting, and why.

use std::fmt;

use crate::model::{KeyId, PartyId, RecordId, Score};

/// To whom an alert goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Receiver {
    /// A party: whoever holds one of its keys.
    Party(PartyId),
    /// The holder of a key that acts for no party.
    Key(KeyId),
}

impl Receiver {
    /// Reads `P12` or `K3`, in either case; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        PartyId::parse(text).map(Self::Party).or_else(|| KeyId::parse(text).map(Self::Key))
    }
}

impl fmt::Display for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Party(party) => party.fmt(f),
            Self::Key(key) => key.fmt(f),
        }
    }
}

/// Why somebody is told of a posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AlertCause {
    /// The supply of the two, one of which is the receiver's own, is among the first of the demand's list.
    Match {
        /// The receiver's own posting.
        own: RecordId,
        /// The lane's declared name.
        lane: String,
        /// The score of the pair.
        score: Score,
        /// The place in the demand's list, from 1.
        rank: u32,
    },
    /// The receiver's saved searches find it.
    Watch {
        /// Which ones, ascending.
        watches: Vec<RecordId>,
    },
}

/// An alert to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAlert {
    /// To whom.
    pub receiver: Receiver,
    /// Of which new or changed posting.
    pub posting: RecordId,
    /// The entry of the log that the posting was as of.
    pub version: u64,
    /// Why.
    pub cause: AlertCause,
}

/// An alert as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldAlert {
    /// The sequence number, ascending over all receivers.
    pub seq: u64,
    /// When it was told (RFC 3339, UTC).
    pub at: String,
    /// What was told.
    pub alert: NewAlert,
}

/// How far alerts have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct AlertMark {
    /// The last entry of the log whose alerts are all told.
    pub through: u64,
    /// The last alert's sequence number.
    pub last: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receivers_read_back() {
        for receiver in [Receiver::Party(PartyId(12)), Receiver::Key(KeyId(3))] {
            assert_eq!(Receiver::parse(&receiver.to_string()), Some(receiver));
        }
        assert_eq!(Receiver::parse("X1"), None);
    }
}
