//! Declared properties of products (`抗拉强度`, `工作温度`): what they are called, in which unit they are measured, and
//! how what is asked for compares with what is offered.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::definition::file::PropertyFile;
use crate::definition::units::Units;
use crate::normal::{normalise, prefixes, suffixes};

/// How an offered range must lie to an asked one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compare {
    /// The offered value lies in what is asked for, or the asked size in the range that can be made.
    Within,
    /// The offered range holds all that is asked for.
    Cover,
}

/// Which way a single number that is asked for is a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// The number is the least.
    Higher,
    /// The number is the most.
    Lower,
}

/// A property of products.
#[derive(Debug, Clone, PartialEq)]
pub struct Property {
    /// The English name.
    pub name: String,
    /// The Chinese label.
    pub label: String,
    /// The base unit of its dimension.
    pub base: String,
    /// How many base units its own unit is, in which numbers without a unit are meant (`Ra1.6`).
    pub factor: f64,
    /// How values compare.
    pub compare: Compare,
    /// What a single number that is asked for limits; `None` where it is meant exactly.
    pub better: Option<Better>,
}

/// All declared properties by their written forms.
#[derive(Debug, Clone, Default)]
pub struct Properties {
    properties: Vec<Property>,
    by_name: BTreeMap<String, usize>,
    by_form: FxHashMap<String, usize>,
    /// The first and the last characters of all forms.
    starts: FxHashSet<char>,
    ends: FxHashSet<char>,
}

/// A written form has this many characters at most.
const FORM_CHARS_MAX: usize = 16;

impl Properties {
    /// Validates the declared properties; on failure returns what is wrong, in Chinese.
    pub(super) fn build(files: Vec<PropertyFile>, units: &Units) -> Result<Self, String> {
        let mut built = Self::default();
        for (index, file) in files.into_iter().enumerate() {
            if built.by_name.insert(file.name.clone(), index).is_some() {
                return Err(format!("指标“{}”重复", file.name));
            }
            let unit =
                units.find(&file.unit).ok_or_else(|| format!("指标 {} 的单位“{}”未登记", file.name, file.unit))?;
            let compare = match file.compare.as_str() {
                "within" => Compare::Within,
                "cover" => Compare::Cover,
                other => return Err(format!("指标 {} 的 compare 是“{other}”，应为 within 或 cover", file.name)),
            };
            let better = match file.better.as_deref() {
                None => None,
                Some("higher") => Some(Better::Higher),
                Some("lower") => Some(Better::Lower),
                Some(other) => return Err(format!("指标 {} 的 better 是“{other}”，应为 higher 或 lower", file.name)),
            };
            for form in std::iter::once(&file.label).chain(&file.aliases) {
                let form = normalise(form);
                if form.is_empty() || form.chars().count() > FORM_CHARS_MAX {
                    return Err(format!("指标 {} 的写法“{form}”应为 1 至 {FORM_CHARS_MAX} 字", file.name));
                }
                built.starts.extend(form.chars().next());
                built.ends.extend(form.chars().next_back());
                if built.by_form.insert(form.clone(), index).is_some() {
                    return Err(format!("指标写法“{form}”重复"));
                }
            }
            let (base, factor) = (unit.base.clone(), unit.factor);
            built.properties.push(Property { name: file.name, label: file.label, base, factor, compare, better });
        }
        Ok(built)
    }

    /// Returns a property by name. O(log n).
    pub fn get(&self, name: &str) -> Option<&Property> {
        self.by_name.get(name).and_then(|index| self.properties.get(*index))
    }

    /// Finds the property with the longest written form that a normalised text ends with, and that form's length in
    /// bytes. A form that begins with a Latin letter or digit must begin a word. O(length of the longest form).
    pub fn find_suffix(&self, text: &str) -> Option<(&Property, usize)> {
        text.chars().next_back().filter(|last| self.ends.contains(last))?;
        suffixes(text, FORM_CHARS_MAX).find_map(|form| {
            let property = self.find(form)?;
            let is_cut = form.starts_with(|c: char| c.is_ascii_alphanumeric())
                && text.get(..text.len() - form.len())?.ends_with(|c: char| c.is_ascii_alphanumeric());
            (!is_cut).then_some((property, form.len()))
        })
    }

    /// Finds the property with the longest written form that a normalised text begins with, and that form's length in
    /// bytes. A form that ends with a Latin letter or digit must end a word. O(length of the longest form).
    pub fn find_prefix(&self, text: &str) -> Option<(&Property, usize)> {
        text.chars().next().filter(|first| self.starts.contains(first))?;
        prefixes(text, FORM_CHARS_MAX).find_map(|form| {
            let property = self.find(form)?;
            let is_cut = form.ends_with(|c: char| c.is_ascii_alphanumeric())
                && text.get(form.len()..)?.starts_with(|c: char| c.is_ascii_alphanumeric());
            (!is_cut).then_some((property, form.len()))
        })
    }

    fn find(&self, form: &str) -> Option<&Property> {
        self.by_form.get(form).and_then(|index| self.properties.get(*index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;

    fn file(name: &str, label: &str, aliases: &[&str], unit: &str) -> PropertyFile {
        PropertyFile {
            name: name.to_owned(),
            label: label.to_owned(),
            aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
            unit: unit.to_owned(),
            compare: "within".to_owned(),
            better: None,
        }
    }

    #[test]
    fn mistakes_are_refused() {
        let units = Definition::compiled().expect("valid").units;
        let refusal = |files| Properties::build(files, &units).err().unwrap_or_default();
        assert!(refusal(vec![file("a", "甲", &[], "麻袋")]).contains("麻袋"));
        assert!(refusal(vec![file("a", "甲", &["乙"], "mm"), file("b", "乙", &[], "mm")]).contains("乙"));
        assert!(refusal(vec![file("a", "甲", &[], "mm"), file("a", "乙", &[], "mm")]).contains('a'));
        let odd = PropertyFile { compare: "near".to_owned(), ..file("a", "甲", &[], "mm") };
        assert!(refusal(vec![odd]).contains("near"));
        let odd = PropertyFile { better: Some("odd".to_owned()), ..file("a", "甲", &[], "mm") };
        assert!(refusal(vec![odd]).contains("odd"));
    }

    #[test]
    fn the_longest_form_is_found_at_the_edge_of_a_text() {
        let units = Definition::compiled().expect("valid").units;
        let files = vec![
            file("density", "密度", &[], "g/cm3"),
            file("compaction", "压实密度", &[], "g/cm3"),
            file("roughness", "粗糙度", &["Ra"], "μm"),
        ];
        let properties = Properties::build(files, &units).expect("valid");
        let suffix = |text| properties.find_suffix(text).map(|(property, len)| (property.name.as_str(), len));
        assert_eq!(suffix("极片压实密度"), Some(("compaction", 12)));
        assert_eq!(suffix("体密度"), Some(("density", 6)));
        assert_eq!(suffix("表面ra"), Some(("roughness", 2)));
        assert_eq!(suffix("zra"), None, "a part of a word");
        assert_eq!(suffix(""), None);
        let prefix = |text| properties.find_prefix(text).map(|(property, len)| (property.name.as_str(), len));
        assert_eq!(prefix("压实密度高"), Some(("compaction", 12)));
        assert_eq!(prefix("ra1.6"), None, "it goes on");
        assert_eq!(prefix("ra,"), Some(("roughness", 2)));
    }
}
