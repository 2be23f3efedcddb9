//! Identifiers: parties, records, and the unified social credit code with its check character.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A party's internal identifier, `P1`, `P2`, ... in the order in which parties became known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PartyId(pub u64);

impl PartyId {
    /// Reads `P12`, in either case; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix(['P', 'p'])?;
        if digits.is_empty() || digits.starts_with('0') || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        digits.parse().ok().map(Self)
    }
}

impl fmt::Display for PartyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P{}", self.0)
    }
}

/// A record's identifier: `PARTY:KIND:CODE`, where CODE is the table's own number or one assigned from the record's
/// identity; records that belong to no party (chain data) have no first part: `KIND:CODE`.
///
/// It never changes, even when the party is merged into another. A copy shares its letters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "&str", into = "String")]
pub struct RecordId {
    // Comes first, so that records of P3 stand before those of P16.
    party: Option<PartyId>,
    text: Arc<str>,
}

impl RecordId {
    /// Builds the identifier of a record of `kind` that `party` calls `code`.
    pub fn new(party: Option<PartyId>, kind: &str, code: &str) -> Self {
        let text = match party {
            Some(party) => format!("{party}:{kind}:{code}"),
            None => format!("{kind}:{code}"),
        };
        Self { party, text: text.into() }
    }

    /// Takes an identifier as written by a user or by the log; it may name no record.
    pub fn from_text(text: &str) -> Self {
        let party = text.split_once(':').and_then(|(party, _)| PartyId::parse(party));
        Self { party, text: text.into() }
    }

    /// Returns what stands before every identifier of a party's records and behind those of the parties before it.
    pub fn first_of(party: PartyId) -> Self {
        Self { party: Some(party), text: "".into() }
    }

    /// Returns the identifier as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the table's own number, or the one assigned.
    pub fn code(&self) -> &str {
        let n_parts_before = if self.party.is_some() { 2 } else { 1 };
        self.text.splitn(n_parts_before + 1, ':').nth(n_parts_before).unwrap_or("")
    }

    /// Returns the party that first brought the record; a later merge does not show.
    pub fn party(&self) -> Option<PartyId> {
        self.party
    }
}

impl From<&str> for RecordId {
    fn from(text: &str) -> Self {
        Self::from_text(text)
    }
}

impl From<RecordId> for String {
    fn from(id: RecordId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A valid unified social credit code (GB 32100-2015): 18 characters, the last one a check character.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Uscc(String);

/// Why a text is not a unified social credit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum UsccError {
    /// Not 18 characters.
    #[error("a credit code has 18 characters, not {0}")]
    Length(usize),
    /// A character outside the standard's alphabet of 31 (no I, O, S, V, Z); the position counts from 1.
    #[error("character {0} of the credit code is not one of the standard's")]
    Character(usize),
    /// The check character is not the computed one.
    #[error("the check character should be {expected}")]
    Check {
        /// The check character that the first 17 characters ask for.
        expected: char,
    },
}

/// The alphabet of GB 32100-2015 in the order of its values 0..=30.
const USCC_ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";

impl Uscc {
    /// Reads a code; lower-case letters are taken for upper-case ones, spaces and hyphens are dropped.
    ///
    /// # Errors
    /// Says which of length, alphabet and check character (GB 32100-2015: weights 3^i mod 31) fails first.
    pub fn parse(text: &str) -> Result<Self, UsccError> {
        let code: String =
            text.chars().filter(|c| !c.is_whitespace() && *c != '-').map(|c| c.to_ascii_uppercase()).collect();
        let n_chars = code.chars().count();
        if n_chars != 18 {
            return Err(UsccError::Length(n_chars));
        }
        let mut values = Vec::with_capacity(18);
        for (i, c) in code.chars().enumerate() {
            let value = USCC_ALPHABET.iter().position(|&a| char::from(a) == c);
            values.push(value.ok_or(UsccError::Character(i + 1))?);
        }
        let (sum, _) = values.iter().take(17).fold((0, 1), |(sum, weight), v| (sum + v * weight, weight * 3 % 31));
        let check = (31 - sum % 31) % 31;
        if values.last() != Some(&check) {
            let expected = USCC_ALPHABET.get(check).copied().map_or('?', char::from);
            return Err(UsccError::Check { expected });
        }
        Ok(Self(code))
    }

    /// Returns the 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Uscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_codes_are_valid_and_the_standards_misprint_is_not() {
        for code in ["914403001922038216", "91370200264574251E", "913700007456765902", "91370000706266601D"] {
            assert_eq!(Uscc::parse(code).map(|u| u.to_string()), Ok(code.to_owned()));
        }
        assert_eq!(Uscc::parse("91350100M000100Y4Z"), Err(UsccError::Character(18)));
        assert_eq!(Uscc::parse("91350100M000100Y44"), Err(UsccError::Check { expected: '3' }));
    }

    #[test]
    fn a_code_is_read_through_case_spaces_and_hyphens() {
        assert!(Uscc::parse(" 91370200-264574251e ").is_ok());
        assert_eq!(Uscc::parse("370200228012345"), Err(UsccError::Length(15)));
    }

    #[test]
    fn records_stand_in_the_order_of_their_parties_numbers() {
        let id = |text| RecordId::from_text(text);
        assert!(id("P3:catalog:B") < id("P16:catalog:A"));
        assert!(id("product:A") < id("P1:catalog:A"));
        assert_eq!(id("P3:catalog:B"), RecordId::new(Some(PartyId(3)), "catalog", "B"));
    }

    #[test]
    fn party_ids_read_back() {
        assert_eq!(PartyId::parse("p12"), Some(PartyId(12)));
        assert_eq!(PartyId::parse("P+1"), None);
        assert_eq!(PartyId::parse("P"), None);
    }
}
