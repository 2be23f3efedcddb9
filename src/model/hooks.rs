//! Webhooks: where a party wants its alerts sent, and how far that has come.

use std::fmt;

use crate::model::{KeyId, PartyId};

/// A webhook's number: `W` and 16 hexadecimal digits, drawn at random and never used again, so that what a receiver keeps
/// of a webhook that was removed is not taken for that of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HookId(pub u64);

impl HookId {
    /// Reads what [`Display`](fmt::Display) wrote; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('W')?;
        let is_hex = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_hex && digits.len() == 16 { u64::from_str_radix(digits, 16).ok().map(Self) } else { None }
    }
}

impl fmt::Display for HookId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "W{:016x}", self.0)
    }
}

/// A webhook, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hook {
    /// Its number.
    pub id: HookId,
    /// The key that answers for it: nothing is sent any more when it opens nothing any more.
    pub key: KeyId,
    /// The party whose alerts are sent.
    pub party: PartyId,
    /// Where to.
    pub url: String,
    /// When it was made (RFC 3339, UTC).
    pub created: String,
    /// How far it has come.
    pub progress: Progress,
}

/// How far a webhook has come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Progress {
    /// The number of the last alert that was delivered, or of the last one before the webhook was made.
    pub cursor: u64,
    /// How often in a row the next one could not be delivered.
    pub failures: u32,
    /// When it could not for the first time (RFC 3339, UTC).
    pub failing_since: Option<String>,
    /// When it is tried again (RFC 3339, UTC).
    pub due: Option<String>,
    /// When a trial was asked for that was not made yet (RFC 3339, UTC).
    pub ping: Option<String>,
    /// The last attempt.
    pub last: Option<Attempt>,
    /// Why nothing is sent any more.
    pub paused: Option<Pause>,
}

/// One attempt to deliver something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When (RFC 3339, UTC).
    pub at: String,
    /// The status of HTTP, if there was an answer.
    pub status: Option<u16>,
    /// Why it was in vain; `None` if it was not.
    pub trouble: Option<Trouble>,
}

/// Why something could not be delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The host has an address that nothing may be sent to.
    Target,
    /// The host has no address.
    Host,
    /// Nobody listens there, or the connection broke off.
    Connection,
    /// The certificate is not to be trusted, or the two sides do not understand each other.
    Tls,
    /// It took too long.
    Timeout,
    /// What came back is not HTTP.
    Protocol,
    /// The answer was not one of success.
    Status,
}

impl Trouble {
    /// Every trouble with its English name.
    pub const ALL: [(Self, &'static str); 7] = [
        (Self::Target, "target"),
        (Self::Host, "host"),
        (Self::Connection, "connection"),
        (Self::Tls, "tls"),
        (Self::Timeout, "timeout"),
        (Self::Protocol, "protocol"),
        (Self::Status, "status"),
    ];

    /// Reads an English name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(trouble, _)| *trouble)
    }

    /// Returns the English name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(trouble, _)| *trouble == self).map_or("", |(_, name)| *name)
    }
}

/// Why nothing is sent to a webhook any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// It could not be reached for too long.
    Failing,
    /// It said that it is gone for good.
    Gone,
    /// The key that answers for it opens nothing any more.
    KeyClosed,
}

impl Pause {
    /// Every reason with its English name.
    pub const ALL: [(Self, &'static str); 3] =
        [(Self::Failing, "failing"), (Self::Gone, "gone"), (Self::KeyClosed, "key_closed")];

    /// Reads an English name.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name)| *name == text).map(|(pause, _)| *pause)
    }

    /// Returns the English name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(pause, _)| *pause == self).map_or("", |(_, name)| *name)
    }
}

/// What was sent to a webhook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// The alert of this number.
    Alert(u64),
    /// The trial that was asked for at this instant.
    Ping(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back() {
        let id = HookId(0x0123_4567_89ab_cdef);
        assert_eq!(id.to_string(), "W0123456789abcdef");
        assert_eq!(HookId::parse("W0123456789abcdef"), Some(id));
        for wrong in ["", "W", "W0123456789ABCDEF", "w0123456789abcdef", "W0123456789abcdef0", "W+123456789abcdef"] {
            assert_eq!(HookId::parse(wrong), None, "{wrong}");
        }
    }
}
