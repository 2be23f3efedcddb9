//! Industries of GB/T 4754-2017: sections (a letter), divisions, groups and classes (two to four digits).

use std::collections::BTreeMap;

use crate::normal::key;

/// All industries by code and by name.
#[derive(Debug, Clone, Default)]
pub struct Industries {
    by_code: BTreeMap<String, (String, String)>,
    by_name: BTreeMap<String, Vec<String>>,
    /// What people call industries, with the codes that it means.
    by_everyday_name: BTreeMap<String, Vec<String>>,
}

impl Industries {
    /// Validates the tables (code, name, parent; everyday name, codes).
    pub(super) fn build(rows: &[Vec<&str>], everyday: &[Vec<&str>]) -> Result<Self, String> {
        let mut industries = Self::default();
        for row in rows {
            let [code, name, parent] = row.as_slice() else { continue };
            let entry = ((*name).to_owned(), (*parent).to_owned());
            if industries.by_code.insert((*code).to_owned(), entry).is_some() {
                return Err(format!("代码 {code} 重复"));
            }
            industries.by_name.entry(key(name)).or_default().push((*code).to_owned());
        }
        for row in everyday {
            let [name, codes] = row.as_slice() else { continue };
            let codes: Vec<String> = codes.split_whitespace().map(str::to_owned).collect();
            if let Some(unknown) = codes.iter().find(|code| !industries.by_code.contains_key(*code)) {
                return Err(format!("“{name}”的代码 {unknown} 不存在"));
            }
            if industries.by_everyday_name.insert(key(name), codes).is_some() {
                return Err(format!("“{name}”重复"));
            }
        }
        let orphan = industries.by_code.iter().find(|(_, (_, p))| !p.is_empty() && !industries.by_code.contains_key(p));
        match orphan {
            Some((code, (_, parent))) => Err(format!("{code} 的上级 {parent} 不存在")),
            None => Ok(industries),
        }
    }

    /// Returns the name of a code, or the code itself if it is unknown.
    pub fn name<'a>(&'a self, code: &'a str) -> &'a str {
        self.by_code.get(code).map_or(code, |(name, _)| name.as_str())
    }

    /// Lists all codes with their names, ascending.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.by_code.iter().map(|(code, (name, _))| (code.as_str(), name.as_str()))
    }

    /// Says whether `inner` is `outer` or belongs to it.
    pub fn within(&self, inner: &str, outer: &str) -> bool {
        let parent = |code: &&str| self.by_code.get(*code).map(|(_, parent)| parent.as_str());
        std::iter::successors(Some(inner), parent).any(|code| code == outer)
    }

    /// Lists the codes that a text means: as [`read`](Self::read), else those of an everyday name (`家电`), with or without
    /// `行业`, `产业` or `企业` behind it; none if it means no industry.
    pub fn meant(&self, text: &str) -> Vec<String> {
        if let Some(code) = self.read(text) {
            return vec![code];
        }
        let text = key(text);
        let bare = ["行业", "产业", "企业", "业"].iter().find_map(|ending| text.strip_suffix(ending));
        let found = self.by_everyday_name.get(&text).or_else(|| self.by_everyday_name.get(bare?));
        found.cloned().unwrap_or_default()
    }

    /// Reads a code (`2911`, `C2911`, `C`), a name, or a code with its name behind it; `None` if there is no such
    /// industry or the section's letter contradicts the digits. A group and its only class share a name: the class
    /// is meant. O(log n).
    pub fn read(&self, text: &str) -> Option<String> {
        let text = key(text);
        let n_code = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let code = text.get(..n_code).unwrap_or("").to_uppercase();
        if !code.is_empty() {
            let digits = code.trim_start_matches(|c: char| c.is_ascii_uppercase());
            let letters = code.strip_suffix(digits).unwrap_or("");
            let known = if digits.is_empty() { code.as_str() } else { digits };
            let (known, _) = self.by_code.get_key_value(known)?;
            let agrees = letters.is_empty() || self.within(known, letters);
            return (agrees && letters.len() <= 1).then(|| known.clone());
        }
        self.by_name.get(&text)?.iter().max_by_key(|code| code.len()).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_with_and_without_a_letter_and_names_are_read() {
        let rows = [
            vec!["C", "制造业", ""],
            vec!["29", "橡胶和塑料制品业", "C"],
            vec!["291", "橡胶制品业", "29"],
            vec!["2911", "轮胎制造", "291"],
        ];
        let industries = Industries::build(&rows, &[vec!["示例业", "2911"]]).expect("a valid table");
        for text in ["2911", "C2911", "c2911 轮胎制造", "轮胎制造"] {
            assert_eq!(industries.read(text).as_deref(), Some("2911"), "{text}");
        }
        for text in ["D2911", "9999", "轮胎", "CC29"] {
            assert_eq!(industries.read(text), None, "{text}");
        }
    }
}
