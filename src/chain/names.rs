//! Finds things by the names that tables give them: by code, by title, by a synonym.

use rustc_hash::FxHashMap;

use crate::normal::key;

/// A thing among others of its sort, by its place in their list.
pub(super) type Place = u32;

/// What a name names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NameKind {
    /// The thing's own name.
    Title,
    /// Its code.
    Code,
    /// Another name for the same thing.
    Synonym,
}

/// Things by their names. A name is looked up as written first, which is enough for most and costs no reading of
/// characters, then by its key.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    titles: FxHashMap<String, Place>,
    by_key: FxHashMap<String, Vec<(NameKind, Place)>>,
}

impl Names {
    /// Adds a name; says whether another thing has it already as a name of this sort or a better one. Then that one keeps
    /// a title or a code; a synonym is shared, and names nothing alone.
    pub fn add(&mut self, name: &str, kind: NameKind, place: Place) -> bool {
        let known = self.by_key.entry(key(name)).or_default();
        let is_taken = known.iter().any(|(other, taken)| *other <= kind && *taken != place);
        if is_taken && kind != NameKind::Synonym {
            return true;
        }
        if kind == NameKind::Title {
            self.titles.insert(name.to_owned(), place);
        }
        known.push((kind, place));
        known.sort_unstable();
        known.dedup();
        is_taken
    }

    /// Finds the one thing of a name: its title before a code before a synonym. `None` for an unknown name and for a
    /// synonym of several.
    pub fn find(&self, name: &str) -> Option<Place> {
        self.titles.get(name).copied().or_else(|| self.find_key(&key(name)).map(|(_, place)| place))
    }

    /// As [`find`](Self::find), by the name's key; says which sort of name it is.
    pub fn find_key(&self, key: &str) -> Option<(NameKind, Place)> {
        let known = self.by_key.get(key)?;
        let first = *known.first()?;
        let is_shared = known.iter().any(|(kind, place)| *kind == first.0 && *place != first.1);
        (!is_shared).then_some(first)
    }

    /// Lists all that a key may name.
    pub fn all(&self, key: &str) -> impl Iterator<Item = Place> {
        self.by_key.get(key).into_iter().flatten().map(|(_, place)| *place)
    }
}
