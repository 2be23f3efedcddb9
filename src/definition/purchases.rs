//! What firms pay for that is neither goods nor processing (utilities, land, finance), and by which names it is known.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::normal::{key, suffixes};

/// `index/purchases.toml`: what is left out of purchases.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PurchasesFile {
    /// The version of the file shape; only "1" is known.
    pub version: String,
    /// What is left out; nothing where the list is empty.
    #[serde(default)]
    pub left_out: Vec<LeftOutFile>,
}

/// One sort of what is left out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LeftOutFile {
    /// The English name, an option of the column `category` of supplies.
    pub name: String,
    /// The Chinese label.
    pub label: String,
    /// Whole names.
    #[serde(default)]
    pub names: Vec<String>,
    /// How names end.
    #[serde(default)]
    pub ends: Vec<String>,
}

/// What is left out of purchases.
#[derive(Debug, Clone, Default)]
pub struct LeftOut {
    labels: BTreeMap<String, String>,
    names: BTreeMap<String, String>,
    ends: BTreeMap<String, String>,
    end_chars_max: usize,
}

impl LeftOut {
    /// Reads the file; a sort or a name that is told twice is refused.
    pub(super) fn build(file: &PurchasesFile) -> Result<Self, String> {
        let mut all = Self::default();
        for sort in &file.left_out {
            if all.labels.insert(sort.name.clone(), sort.label.clone()).is_some() {
                return Err(format!("“{}”写了两次", sort.name));
            }
            for (told, forms) in [(&sort.names, &mut all.names), (&sort.ends, &mut all.ends)] {
                for form in told {
                    if key(form).is_empty() || forms.insert(key(form), sort.label.clone()).is_some() {
                        return Err(format!("“{form}”是空的，或写了两次"));
                    }
                }
            }
        }
        all.end_chars_max = all.ends.keys().map(|end| end.chars().count()).max().unwrap_or(0);
        Ok(all)
    }

    /// Returns the label of a sort by its English name.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name).map(String::as_str)
    }

    /// Returns the label of what a product's name means, if it is neither goods nor processing.
    pub fn find(&self, name: &str) -> Option<&str> {
        let name = key(name);
        let end = || suffixes(&name, self.end_chars_max).find_map(|end| self.ends.get(end));
        self.names.get(&name).or_else(end).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;

    #[test]
    fn what_is_no_goods_is_known_by_its_name_or_its_end() {
        let left_out = Definition::compiled().expect("valid").left_out;
        for (name, label) in
            [("电力", "水电气热"), ("3月电费", "水电气热"), ("厂房租赁", "土地房产"), ("流动资金贷款利息", "金融")]
        {
            assert_eq!(left_out.find(name), Some(label), "{name}");
        }
        for name in ["电力电缆", "水泵", "热力膨胀阀", "燃气轮机", "保险杠", "保险丝", "土地整平机", "轮胎"]
        {
            assert_eq!(left_out.find(name), None, "{name}");
        }
    }

    #[test]
    fn no_product_of_a_declared_chain_is_left_out() {
        let definition = Definition::compiled().expect("valid");
        for product in definition.chains.products.values() {
            for name in [&product.title].into_iter().chain(&product.synonyms) {
                assert_eq!(definition.left_out.find(name), None, "{name}");
            }
        }
    }

    #[test]
    fn a_name_of_two_sorts_is_refused() {
        let sort = |name: &str| LeftOutFile {
            name: name.to_owned(),
            names: vec!["电力".to_owned()],
            ..LeftOutFile::default()
        };
        let file = |left_out| PurchasesFile { version: "1".to_owned(), left_out };
        assert!(LeftOut::build(&file(vec![sort("a")])).is_ok());
        assert!(LeftOut::build(&file(vec![sort("a"), sort("b")])).is_err());
        assert!(LeftOut::build(&file(vec![sort("a"), LeftOutFile { names: Vec::new(), ..sort("a") }])).is_err());
    }
}
