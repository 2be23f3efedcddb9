//! Lists that are read by place. Places come from the lists' own lengths and never from a user, whose problem has been
//! checked before anything here is built; a place that does not exist is a mistake of this module, and stops it.

use std::ops::{Index, IndexMut, Range};

/// A list of fixed length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Column<T>(Vec<T>);

impl<T> Default for Column<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Clone> Column<T> {
    /// Builds a list of so many equal values.
    pub(super) fn filled(value: T, length: usize) -> Self {
        Self(vec![value; length])
    }
}

impl<T> Column<T> {
    /// Adds a value at the end and returns its place.
    pub(super) fn push(&mut self, value: T) -> usize {
        self.0.push(value);
        self.0.len() - 1
    }

    /// Returns how many values there are.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Says whether there is no value.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Goes through the values.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }

    /// Goes through the values to change them.
    pub(super) fn iter_mut(&mut self) -> std::slice::IterMut<'_, T> {
        self.0.iter_mut()
    }

    /// Returns some values; none if not all of the range is in the list.
    pub(super) fn part(&self, range: Range<usize>) -> &[T] {
        self.0.get(range).unwrap_or_default()
    }

    /// Returns some values to be changed; none if not all of the range is in the list.
    pub(super) fn part_mut(&mut self, range: Range<usize>) -> &mut [T] {
        self.0.get_mut(range).unwrap_or_default()
    }

    /// Takes the last value off.
    pub(super) fn pop(&mut self) -> Option<T> {
        self.0.pop()
    }

    /// Takes every value out.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

impl<T> FromIterator<T> for Column<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

impl<T> Index<usize> for Column<T> {
    type Output = T;

    #[expect(clippy::indexing_slicing, reason = "places come from the lists' own lengths, see above")]
    fn index(&self, place: usize) -> &T {
        &self.0[place]
    }
}

impl<T> IndexMut<usize> for Column<T> {
    #[expect(clippy::indexing_slicing, reason = "places come from the lists' own lengths, see above")]
    fn index_mut(&mut self, place: usize) -> &mut T {
        &mut self.0[place]
    }
}

/// Lists of places, one list for each place of another list, behind one another.
#[derive(Debug, Clone, Default)]
pub(super) struct Lists {
    starts: Column<usize>,
    values: Column<usize>,
}

impl Lists {
    /// Groups values 0..n by the places that `keys` gives for each, `n_lists` in all.
    pub(super) fn group<const N: usize>(n_lists: usize, n_values: usize, keys: impl Fn(usize) -> [usize; N]) -> Self {
        let mut starts = Column::filled(0, n_lists + 1);
        for value in 0..n_values {
            keys(value).into_iter().for_each(|key| starts[key + 1] += 1);
        }
        for list in 0..n_lists {
            starts[list + 1] += starts[list];
        }
        let mut next = starts.clone();
        let mut values = Column::filled(0, n_values * N);
        for value in 0..n_values {
            for key in keys(value) {
                values[next[key]] = value;
                next[key] += 1;
            }
        }
        Self { starts, values }
    }

    /// Returns one list, ascending.
    pub(super) fn of(&self, list: usize) -> &[usize] {
        self.values.part(self.starts[list]..self.starts[list + 1])
    }
}
