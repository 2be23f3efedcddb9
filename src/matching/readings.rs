//! What texts ask for or state, as they were read lately. The same supplies are looked at for many demands, and taking
//! their texts apart is the dearest step of judging them.

use std::mem::size_of_val;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;

use crate::definition::{Definition, Role};
use crate::text::{Requirements, read_requirements, read_statements, strip_personal};

/// What the texts of each side that are remembered may take up, in bytes.
const BYTES_MAX: u64 = 16 << 20;
/// About so many texts are that.
const TEXTS_USUAL: usize = 15_000;

/// Texts of postings that were taken apart, by one declaration.
pub struct Readings {
    asked: Kept,
    stated: Kept,
}

/// What was read, by the text as written.
type Kept = Cache<Box<str>, Arc<Requirements>, Bytes>;

/// Weighs a text that was taken apart by about the bytes that it takes up.
#[derive(Clone)]
struct Bytes;

impl Weighter<Box<str>, Arc<Requirements>> for Bytes {
    fn weight(&self, raw: &Box<str>, read: &Arc<Requirements>) -> u64 {
        /// What the cache itself and what stands behind a clause take up.
        const BESIDE: usize = 96;
        let Requirements { text, clauses, exclusions, codes } = read.as_ref();
        let bytes =
            [raw.len(), text.len(), size_of_val(&clauses[..]), size_of_val(&exclusions[..]), size_of_val(&codes[..])];
        let own = size_of_val(read.as_ref()) + BESIDE * (1 + clauses.len());
        u64::try_from(bytes.iter().sum::<usize>() + own).unwrap_or(u64::MAX)
    }
}

impl Default for Readings {
    fn default() -> Self {
        Self::with_room(BYTES_MAX)
    }
}

impl Readings {
    fn with_room(bytes: u64) -> Self {
        let [asked, stated] = [(), ()].map(|()| Cache::with_weighter(TEXTS_USUAL, bytes, Bytes));
        Self { asked, stated }
    }

    /// Takes a text apart, without persons: what a supply states, or what a demand asks for.
    pub(super) fn read(&self, raw: &str, role: Role, definition: &Definition) -> Arc<Requirements> {
        let (kept, read): (_, fn(&str, &Definition) -> Requirements) = match role {
            Role::Supply => (&self.stated, read_statements),
            _ => (&self.asked, read_requirements),
        };
        kept.get(raw).unwrap_or_else(|| {
            let read = Arc::new(read(&strip_personal(raw), definition));
            kept.insert(raw.into(), Arc::clone(&read));
            read
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_remembered_as_it_was_read() {
        let definition = Definition::compiled().expect("valid");
        let readings = Readings::default();
        let text = "内径≥40mm；须P5级；不接受304";
        let [asked, stated] = [Role::Demand, Role::Supply].map(|role| readings.read(text, role, &definition));
        assert_eq!(*asked, read_requirements(text, &definition));
        assert_eq!(*stated, read_statements(text, &definition));
        assert_ne!(asked, stated);
        assert!(Arc::ptr_eq(&asked, &readings.read(text, Role::Demand, &definition)), "not read twice");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let definition = Definition::compiled().expect("valid");
        let room = 1 << 20;
        let readings = Readings::with_room(room);
        for i in 0..5_000 {
            readings.read(&format!("内径{i}mm，P5级，IP65"), Role::Supply, &definition);
        }
        let weight = readings.stated.weight();
        assert!((room / 2..=room).contains(&weight), "{weight}");
    }
}
