//! Who may do what: keys with their roles, the viewer that a request acts for, the trail of what was seen and changed,
//! and requests that are told apart from their repetitions.

use std::fmt;

use jiff::civil::Date;

use crate::model::{Hook, HookId, KeptAgenda, PartyId};

/// What the holder of a key is to the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum KeyRole {
    /// Sees and changes everything, keys and backups too.
    Admin,
    /// Sees and changes what parties have, of one region or of all.
    Organizer,
    /// Acts for one party alone.
    Party,
    /// Reads what is public.
    Reader,
}

impl KeyRole {
    /// Every role with its English name and its Chinese label.
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Admin, "admin", "管理员"),
        (Self::Organizer, "organizer", "组织方"),
        (Self::Party, "party", "单位"),
        (Self::Reader, "reader", "读者"),
    ];

    /// Reads an English name or a Chinese label.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, name, label)| *name == text || *label == text).map(|(role, _, _)| *role)
    }

    fn entry(self) -> (&'static str, &'static str) {
        Self::ALL.iter().find(|(role, _, _)| *role == self).map_or(("", ""), |(_, name, label)| (*name, *label))
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

/// A key's number, `K1`, `K2`, ... in the order in which keys were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeyId(pub u32);

impl KeyId {
    /// Reads `K12`, in either case; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['K', 'k'])?;
        let is_plain = !digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse().ok().filter(|_| is_plain).map(Self)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "K{}", self.0)
    }
}

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// Its number.
    pub id: KeyId,
    /// What its holder is.
    pub role: KeyRole,
    /// The party that it acts for; of [`KeyRole::Party`] only.
    pub party: Option<PartyId>,
    /// The code of the region that it is bound to; of [`KeyRole::Organizer`] only.
    pub region: Option<String>,
    /// When it was made (RFC 3339, UTC).
    pub created: String,
    /// The last day on which it opens anything.
    pub expires: Option<Date>,
    /// When it was revoked (RFC 3339, UTC).
    pub revoked: Option<String>,
}

/// Whose records somebody may see whole, and change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// Everybody's.
    All,
    /// Those of parties that are seated in a region, by its code.
    Region(String),
    /// Those of one party.
    Party(PartyId),
    /// Nobody's: only what is public, of what others may find.
    Public,
}

/// For whom the engine answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// The key; `None` for the operator of the machine, who types commands.
    pub key: Option<KeyId>,
    /// What the key's holder is; the operator is an administrator.
    pub role: KeyRole,
    /// Whose records it may see whole, and change.
    pub reach: Reach,
}

impl Viewer {
    /// Returns the operator of the machine, who may see and change everything.
    pub fn operator() -> Self {
        Self { key: None, role: KeyRole::Admin, reach: Reach::All }
    }

    /// Returns how the trail names the viewer: a key's number, or `operator`.
    pub fn name(&self) -> String {
        self.key.map_or_else(|| "operator".to_owned(), |key| key.to_string())
    }
}

/// One line of the trail of what was seen and changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trace {
    /// When (RFC 3339, UTC).
    pub at: String,
    /// Who: a key's number, or `operator`.
    pub actor: String,
    /// What was done: an English word.
    pub action: String,
    /// To what: the identifier of a record, a key or a party, or a file's name.
    pub subject: String,
}

/// What tells a request from its repetitions: who sent it, where to, with which token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// The key that sent it.
    pub key: KeyId,
    /// The token that the sender chose.
    pub token: String,
    /// Method and path.
    pub route: String,
    /// A hash of everything else in the request.
    pub body: String,
}

/// The answer to a request, as it is given again to a repetition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// JSON.
    pub body: String,
}

/// What is written beside the log in the transaction of a change; it is no history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Aside {
    /// A new key, and the hash of its secret.
    Key(Key, String),
    /// A key that opens nothing from now on.
    Revoke(KeyId),
    /// A line of the trail; its instant is that of the change.
    Trace {
        /// Who.
        actor: String,
        /// What was done.
        action: &'static str,
        /// To what.
        subject: String,
    },
    /// An answer, kept for repetitions of its request.
    Answer(Once, Answer),
    /// A webhook as it is from now on, and the secret that signs what it is sent.
    Hook(Hook, String),
    /// A webhook that is no more.
    NoHook(HookId),
    /// An agenda as it is from now on.
    Agenda(KeptAgenda),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_numbers_read_back() {
        assert_eq!(KeyId::parse("k12"), Some(KeyId(12)));
        for wrong in ["K", "K0", "K01", "K+1", "12", "K99999999999"] {
            assert_eq!(KeyId::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn roles_have_one_name_each() {
        for (role, name, label) in KeyRole::ALL {
            assert_eq!((KeyRole::parse(name), KeyRole::parse(label)), (Some(role), Some(role)));
        }
    }
}
