//! Units of quantities: every written form of a unit, its dimension's base unit and the factor to it.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::definition::file::UnitFile;
use crate::normal::prefixes;

/// A unit of a quantity.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// How it is written most often.
    pub symbol: String,
    /// The base unit of its dimension; quantities compare only if their base units are equal.
    pub base: String,
    /// How many base units it is; positive and finite.
    pub factor: f64,
}

/// All declared units by their written forms.
#[derive(Debug, Clone, Default)]
pub struct Units {
    units: Vec<Unit>,
    by_form: FxHashMap<String, usize>,
    /// The first characters of all forms.
    starts: FxHashSet<char>,
}

impl Units {
    /// Validates the declared units; on failure returns what is wrong, in Chinese.
    pub(super) fn build(files: Vec<UnitFile>) -> Result<Self, String> {
        let mut units = Self::default();
        for file in files {
            if !(file.factor.is_finite() && file.factor > 0.0) {
                return Err(format!("单位“{}”的 factor 应为正数", file.symbol));
            }
            let index = units.units.len();
            for form in std::iter::once(&file.symbol).chain(&file.aliases) {
                units.starts.extend(form.to_lowercase().chars().next());
                if units.by_form.insert(form.to_lowercase(), index).is_some_and(|former| former != index) {
                    return Err(format!("单位写法“{form}”重复"));
                }
            }
            units.units.push(Unit { symbol: file.symbol, base: file.base, factor: file.factor });
        }
        Ok(units)
    }

    /// Finds the unit written as `form`, in any case. O(1).
    pub fn find(&self, form: &str) -> Option<&Unit> {
        self.by_form.get(&form.to_lowercase()).and_then(|&i| self.units.get(i))
    }

    /// Finds the unit with the longest written form that `text` begins with, and that form's length in bytes; `text`
    /// is expected in lower case. O(length of the longest form).
    pub fn find_prefix(&self, text: &str) -> Option<(&Unit, usize)> {
        const FORM_CHARS_MAX: usize = 12;
        text.chars().next().filter(|first| self.starts.contains(first))?;
        prefixes(text, FORM_CHARS_MAX).find_map(|form| Some((self.units.get(*self.by_form.get(form)?)?, form.len())))
    }
}
