//! Finding the one thing that a user's text names.

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::{PartyId, Record};

impl Engine {
    /// Finds the one record that a user's text names.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Ambiguous`] with the whole identifiers that it may mean.
    pub fn find(&self, text: &str) -> Result<Record> {
        let catalogue = self.snapshot().catalogue;
        let found = catalogue.find(text);
        match found.as_slice() {
            [] => Err(Error::NotFound(text.to_owned())),
            [one] => Ok((*one).clone()),
            several => Err(Error::Ambiguous {
                id: text.to_owned(),
                candidates: several.iter().map(|record| record.id.to_string()).take(10).collect(),
            }),
        }
    }

    /// Finds the party that a user's text names: by identifier, credit code, full name or other name.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Ambiguous`] with the parties that it may mean.
    pub fn find_party(&self, text: &str) -> Result<PartyId> {
        let catalogue = self.snapshot().catalogue;
        if let Some(id) = PartyId::parse(text).filter(|id| catalogue.parties().get(*id).is_some()) {
            return Ok(id);
        }
        match catalogue.parties().find(text).as_slice() {
            [] => Err(Error::NotFound(text.to_owned())),
            [one] => Ok(*one),
            several => Err(Error::Ambiguous {
                id: text.to_owned(),
                candidates: several.iter().map(|id| format!("{id}（{}）", catalogue.parties().name(*id))).collect(),
            }),
        }
    }
}
