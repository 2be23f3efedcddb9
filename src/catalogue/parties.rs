//! Who is who: parties by credit code, by full name and by recorded other names, and merges that can be undone.
//! A party is never guessed: two candidates are told apart by a person. A false merge is worse than a duplicate.

use std::collections::BTreeSet;
use std::sync::Arc;

use imbl::{OrdMap, OrdSet};
use serde::{Deserialize, Serialize};

use crate::model::{Owner, Party, PartyId, RecordId, Uscc};
use crate::text::organisation_key;

/// What the engine knows of a row's owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// One party.
    Known(PartyId),
    /// Nobody known.
    New,
    /// Several parties, ascending; a person must say which.
    Conflict(Vec<PartyId>),
}

/// All parties.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parties {
    by_id: OrdMap<PartyId, Party>,
    by_uscc: OrdMap<Uscc, PartyId>,
    by_name: OrdSet<(Key, PartyId)>,
    /// Other names with the records that declare them; former names are declared by no record.
    by_alias: OrdSet<(Key, PartyId, Option<RecordId>)>,
    aliases_of: OrdMap<RecordId, Vec<Key>>,
    merged_into: OrdMap<PartyId, PartyId>,
}

/// A name as names are compared; a copy shares its letters.
type Key = Arc<str>;

/// What parties are made of.
#[derive(Serialize, Deserialize)]
pub(super) struct Parts {
    parties: Vec<Party>,
    /// Credit codes, those that a party no longer has too.
    codes: Vec<(Uscc, PartyId)>,
    /// Former names as names are compared.
    former: Vec<(String, PartyId)>,
    merged: Vec<(PartyId, PartyId)>,
}

impl Parties {
    /// Returns the number that the next new party gets.
    pub fn next_id(&self) -> PartyId {
        PartyId(self.by_id.get_max().map_or(1, |(last, _)| last.0 + 1))
    }

    /// Finds a party; one that was merged is found under its own identifier with its own name.
    pub fn get(&self, id: PartyId) -> Option<&Party> {
        self.by_id.get(&id)
    }

    /// Lists all parties that are not merged into another, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &Party> {
        self.by_id.values().filter(|party| !self.merged_into.contains_key(&party.id))
    }

    /// Returns a party's name after merges, or its identifier if it is unknown.
    pub fn name(&self, id: PartyId) -> String {
        self.get(self.canonical(id)).map_or_else(|| id.to_string(), |party| party.name.clone())
    }

    /// Follows merges to the party that stands for `id` today.
    pub fn canonical(&self, id: PartyId) -> PartyId {
        let mut id = id;
        while let Some(into) = self.merged_into.get(&id) {
            id = *into;
        }
        id
    }

    /// Lists the parties that stand under one roof with `id`'s canonical party, itself first.
    pub fn members(&self, id: PartyId) -> Vec<PartyId> {
        if self.merged_into.is_empty() {
            return vec![id];
        }
        let canonical = self.canonical(id);
        let merged = self.merged_into.keys().copied().filter(|from| self.canonical(*from) == canonical);
        std::iter::once(canonical).chain(merged).collect()
    }

    /// Finds who a row's owner is: by credit code, else by exact full name, else by a recorded other name.
    ///
    /// A code that belongs to one party and a full name that belongs to another are a conflict. A full name whose
    /// bearers all have other codes is somebody new: names are reused, codes are not.
    pub fn resolve(&self, owner: &Owner) -> Resolution {
        let key = organisation_key(&owner.name);
        let named = self.bearers(&key);
        if let Some(by_code) = owner.uscc.as_ref().and_then(|uscc| self.by_uscc.get(uscc)) {
            let by_code = self.canonical(*by_code);
            let others: Vec<PartyId> = named.iter().copied().filter(|id| *id != by_code).collect();
            if named.is_empty() || others.len() < named.len() {
                return Resolution::Known(by_code);
            }
            return Resolution::Conflict(
                std::iter::once(by_code).chain(others).collect::<BTreeSet<_>>().into_iter().collect(),
            );
        }
        if key.is_empty() {
            return Resolution::New;
        }
        // Other names are used again by others, so a code that nobody has yet is not learnt through one.
        let candidates = if named.is_empty() && owner.uscc.is_none() { self.aliased(&key) } else { named };
        let fits = |id: &PartyId| match &owner.uscc {
            Some(_) => self.members(*id).iter().all(|m| self.get(*m).is_none_or(|party| party.uscc.is_none())),
            None => true,
        };
        let candidates: Vec<PartyId> = candidates.into_iter().filter(fits).collect();
        match candidates.as_slice() {
            [] => Resolution::New,
            [one] => Resolution::Known(*one),
            _ => Resolution::Conflict(candidates),
        }
    }

    /// Returns the party under the roof of `id` that a row names: the one with its code, else the one with its full
    /// name, else the one that stands for all.
    pub fn named_member(&self, id: PartyId, owner: &Owner) -> PartyId {
        let members = self.members(id);
        if let [one] = members.as_slice() {
            return *one;
        }
        let members: Vec<&Party> = members.into_iter().filter_map(|member| self.get(member)).collect();
        let key = organisation_key(&owner.name);
        let by_code = members.iter().find(|party| owner.uscc.is_some() && party.uscc == owner.uscc);
        let named = by_code.or_else(|| members.iter().find(|party| organisation_key(&party.name) == key));
        named.map_or_else(|| self.canonical(id), |party| party.id)
    }

    /// Lists the parties that bear a name, now or formerly, ascending.
    pub fn namesakes(&self, name: &str) -> Vec<PartyId> {
        let key = organisation_key(name);
        let all: BTreeSet<PartyId> = self.bearers(&key).into_iter().chain(self.aliased(&key)).collect();
        all.into_iter().collect()
    }

    /// Finds the parties that a text names by credit code, full name or other name, ascending.
    pub fn find(&self, text: &str) -> Vec<PartyId> {
        match Uscc::parse(text) {
            Ok(uscc) => self.canonicals(self.by_uscc.get(&uscc).copied().into_iter()),
            Err(_) => match self.resolve(&Owner { name: text.to_owned(), uscc: None }) {
                Resolution::Known(id) => vec![id],
                Resolution::New => Vec::new(),
                Resolution::Conflict(several) => several,
            },
        }
    }

    /// Finds the one party that a text names; `None` if there is none, or several.
    pub fn only(&self, text: &str) -> Option<PartyId> {
        match self.find(text).as_slice() {
            [one] => Some(*one),
            _ => None,
        }
    }

    /// Says whether a name is one of the party's own: its full name or a recorded other name.
    pub fn bears(&self, id: PartyId, name: &str) -> bool {
        let key = organisation_key(name);
        let canonical = self.canonical(id);
        self.bearers(&key).contains(&canonical) || self.aliased(&key).contains(&canonical)
    }

    /// Declares a party's name and code; a former name stays findable.
    pub fn declare(&mut self, id: PartyId, name: &str, uscc: Option<Uscc>) {
        let former = self.by_id.insert(id, Party { id, name: name.to_owned(), uscc: uscc.clone() });
        let key = Key::from(organisation_key(name));
        if let Some(former) = former {
            let former_key = Key::from(organisation_key(&former.name));
            if former_key != key {
                self.by_name.remove(&(Arc::clone(&former_key), id));
                self.by_alias.insert((former_key, id, None));
            }
        }
        self.by_name.insert((key, id));
        if let Some(uscc) = uscc {
            self.by_uscc.insert(uscc, id);
        }
    }

    /// Records another name that `record` declares.
    pub(super) fn add_alias(&mut self, id: PartyId, alias: &str, record: &RecordId) {
        let key = Key::from(organisation_key(alias));
        if !key.is_empty() {
            self.by_alias.insert((Arc::clone(&key), id, Some(record.clone())));
            self.aliases_of.entry(record.clone()).or_default().push(key);
        }
    }

    /// Forgets the other names that a record declared.
    pub(super) fn forget_aliases_of(&mut self, record: &RecordId) {
        for key in self.aliases_of.remove(record).unwrap_or_default() {
            let of_key = self.by_alias.range((Arc::clone(&key), PartyId(0), None)..).take_while(|(k, ..)| *k == key);
            let declared = of_key.filter(|(.., declared_by)| declared_by.as_ref() == Some(record));
            for forgotten in declared.cloned().collect::<Vec<_>>() {
                self.by_alias.remove(&forgotten);
            }
        }
    }

    /// Puts one party under another's roof; merging a party into itself changes nothing.
    pub(super) fn merge(&mut self, from: PartyId, into: PartyId) {
        let (from, into) = (self.canonical(from), self.canonical(into));
        if from != into {
            self.merged_into.insert(from, into);
        }
    }

    /// Lets a merged party stand by itself again.
    pub(super) fn split(&mut self, id: PartyId) {
        self.merged_into.remove(&id);
    }

    /// Lists what the parties are made of, to be stored; names are found anew.
    pub(super) fn parts(&self) -> Parts {
        let former = self.by_alias.iter().filter(|(.., declared_by)| declared_by.is_none());
        Parts {
            parties: self.by_id.values().cloned().collect(),
            codes: self.by_uscc.iter().map(|(uscc, id)| (uscc.clone(), *id)).collect(),
            former: former.map(|(key, id, _)| (key.to_string(), *id)).collect(),
            merged: self.merged_into.iter().map(|(from, into)| (*from, *into)).collect(),
        }
    }

    /// Builds the parties from their parts, without the other names that records declare.
    pub(super) fn from_parts(parts: Parts) -> Self {
        let by_name = |party: &Party| (Key::from(organisation_key(&party.name)), party.id);
        Self {
            by_name: parts.parties.iter().map(by_name).collect(),
            by_id: parts.parties.into_iter().map(|party| (party.id, party)).collect(),
            by_uscc: parts.codes.into_iter().collect(),
            by_alias: parts.former.into_iter().map(|(key, id)| (Key::from(key), id, None)).collect(),
            aliases_of: OrdMap::new(),
            merged_into: parts.merged.into_iter().collect(),
        }
    }

    fn bearers(&self, key: &str) -> Vec<PartyId> {
        let from = self.by_name.range((Key::from(key), PartyId(0))..);
        self.canonicals(from.take_while(|(name, _)| **name == *key).map(|(_, id)| *id))
    }

    fn aliased(&self, key: &str) -> Vec<PartyId> {
        let from = self.by_alias.range((Key::from(key), PartyId(0), None)..);
        self.canonicals(from.take_while(|(name, ..)| **name == *key).map(|(_, id, _)| *id))
    }

    fn canonicals(&self, ids: impl Iterator<Item = PartyId>) -> Vec<PartyId> {
        ids.map(|id| self.canonical(id)).collect::<BTreeSet<_>>().into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODES: [&str; 2] = ["91370200264574251E", "913700007456765902"];

    fn owner(name: &str, code: Option<usize>) -> Owner {
        let uscc = code.map(|i| Uscc::parse(CODES[i]).expect("a valid code"));
        Owner { name: name.to_owned(), uscc }
    }

    fn two_parties() -> Parties {
        let mut parties = Parties::default();
        parties.declare(PartyId(1), "示例甲有限公司", owner("", Some(0)).uscc);
        parties.declare(PartyId(2), "示例乙有限公司", None);
        parties
    }

    #[test]
    fn code_goes_before_name_and_name_before_other_names() {
        let mut parties = two_parties();
        assert_eq!(parties.resolve(&owner("笔误有限公司", Some(0))), Resolution::Known(PartyId(1)));
        assert_eq!(parties.resolve(&owner("示例乙有限公司", None)), Resolution::Known(PartyId(2)));
        assert_eq!(parties.resolve(&owner("示例乙有限公司济南分公司", None)), Resolution::New);
        parties.declare(PartyId(2), "示例乙（集团）有限公司", None);
        assert_eq!(parties.resolve(&owner("示例乙有限公司", None)), Resolution::Known(PartyId(2)));
    }

    #[test]
    fn contradictions_are_not_guessed() {
        let parties = two_parties();
        let both = Resolution::Conflict(vec![PartyId(1), PartyId(2)]);
        assert_eq!(parties.resolve(&owner("示例乙有限公司", Some(0))), both);
        assert_eq!(parties.resolve(&owner("示例甲有限公司", Some(1))), Resolution::New);
        assert_eq!(parties.resolve(&owner("示例乙有限公司", Some(1))), Resolution::Known(PartyId(2)));
    }

    #[test]
    fn a_merge_is_followed_and_undone() {
        let mut parties = two_parties();
        parties.merge(PartyId(2), PartyId(1));
        assert_eq!(parties.resolve(&owner("示例乙有限公司", None)), Resolution::Known(PartyId(1)));
        assert_eq!(parties.members(PartyId(1)), [PartyId(1), PartyId(2)]);
        parties.merge(PartyId(1), PartyId(2));
        assert_eq!(parties.canonical(PartyId(1)), PartyId(1), "merging back into oneself is nothing");
        parties.split(PartyId(2));
        assert_eq!(parties.resolve(&owner("示例乙有限公司", None)), Resolution::Known(PartyId(2)));
    }
}
