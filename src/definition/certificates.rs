//! Certificates, qualifications and honorary titles by every way in which they are written. They never imply each
//! other: what a buyer asks for is looked up by name and nothing else.

use std::collections::BTreeMap;
use std::ops::Range;

use aho_corasick::AhoCorasick;

use crate::definition::file::CertificateFile;
use crate::normal::key;

/// How far a firm has come on the ladder of specialised firms; a higher one is not a lower one's certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// `创新型中小企业`.
    Innovative,
    /// `省级专精特新中小企业`.
    Specialised,
    /// `国家级专精特新“小巨人”企业`.
    LittleGiant,
}

impl Tier {
    const NAMES: [(Self, &'static str, &'static str); 3] = [
        (Self::Innovative, "innovative", "创新型"),
        (Self::Specialised, "specialised", "专精特新"),
        (Self::LittleGiant, "little_giant", "小巨人"),
    ];

    /// Reads the name used in `index/`.
    pub fn parse(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, n, _)| *n == name).map(|(tier, _, _)| *tier)
    }

    /// Reads the Chinese label.
    pub fn labelled(label: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, _, l)| *l == label).map(|(tier, _, _)| *tier)
    }

    /// Returns the name used in `index/`.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(tier, _, _)| *tier == self).map_or("", |(_, name, _)| *name)
    }

    /// Returns the Chinese label.
    pub fn label(self) -> &'static str {
        Self::NAMES.iter().find(|(tier, _, _)| *tier == self).map_or("", |(_, _, label)| *label)
    }
}

/// One certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// The declared name.
    pub name: String,
    /// What it is, in Chinese.
    pub label: String,
    /// The tier that it confers.
    pub tier: Option<Tier>,
}

/// All certificates by their written forms.
#[derive(Debug, Clone, Default)]
pub struct Certificates {
    certificates: Vec<Certificate>,
    by_form: BTreeMap<String, usize>,
    /// Finds the forms inside a text, numbered in the order of `by_form`; `None` where nothing is declared.
    inside: Option<AhoCorasick>,
}

impl Certificates {
    /// Validates the declared certificates.
    pub(super) fn build(files: Vec<CertificateFile>) -> Result<Self, String> {
        let mut certificates = Self::default();
        for file in files {
            let tier = match &file.tier {
                Some(name) => Some(Tier::parse(name).ok_or_else(|| format!("未知的 tier“{name}”"))?),
                None => None,
            };
            let index = certificates.certificates.len();
            for form in [&file.name, &file.label].into_iter().chain(&file.aliases) {
                if certificates.by_form.insert(key(form), index).is_some_and(|former| former != index) {
                    return Err(format!("资质写法“{form}”重复"));
                }
            }
            certificates.certificates.push(Certificate { name: file.name, label: file.label, tier });
        }
        certificates.by_form.remove("");
        let inside = AhoCorasick::new(certificates.by_form.keys());
        certificates.inside = Some(inside.map_err(|error| format!("资质写法太多：{error}"))?);
        Ok(certificates)
    }

    /// Finds the certificate written as `text`, else the one with the longest form inside it (`须通过IATF 16949认证`).
    /// A form inside a longer word of Latin letters or digits does not count. O(text).
    pub fn find(&self, text: &str) -> Option<&Certificate> {
        let text = key(text);
        let exact = self.by_form.get(&text);
        let index = exact.or_else(|| {
            let inside =
                self.inside.as_ref()?.find_overlapping_iter(&text).filter(|found| is_word(&text, found.range()));
            let longest = inside.max_by_key(|found| (found.len(), found.pattern()))?;
            self.by_form.get(text.get(longest.range())?)
        })?;
        self.certificates.get(*index)
    }

    /// Says whether `text` as a whole is a written form of a certificate.
    pub fn is_form(&self, text: &str) -> bool {
        self.by_form.contains_key(&key(text))
    }

    /// Finds a certificate by its declared name.
    pub fn by_name(&self, name: &str) -> Option<&Certificate> {
        self.certificates.iter().find(|certificate| certificate.name == name)
    }

    /// Lists all certificates in declared order.
    pub fn iter(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter()
    }
}

/// Says whether a part of a text is no piece of a longer word of Latin letters or digits.
fn is_word(text: &str, range: Range<usize>) -> bool {
    let is_latin = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let (before, behind) = (text.get(..range.start), text.get(range.end..));
    let form = text.get(range).unwrap_or("");
    let joins_before = is_latin(before.and_then(|before| before.chars().next_back())) && is_latin(form.chars().next());
    let joins_behind = is_latin(form.chars().next_back()) && is_latin(behind.and_then(|behind| behind.chars().next()));
    !joins_before && !joins_behind
}

#[cfg(test)]
mod tests {
    use super::*;

    fn certificate(name: &str, label: &str) -> CertificateFile {
        CertificateFile { name: name.to_owned(), label: label.to_owned(), aliases: Vec::new(), tier: None }
    }

    #[test]
    fn forms_are_found_inside_phrases_but_not_inside_words() {
        let files = vec![certificate("ISO9001", "质量管理体系"), certificate("IATF16949", "汽车质量管理体系")];
        let certificates = Certificates::build(files).expect("valid");
        let name = |text| certificates.find(text).map(|c| c.name.as_str());
        assert_eq!(name("ISO 9001"), Some("ISO9001"));
        assert_eq!(name("须通过IATF 16949认证"), Some("IATF16949"));
        assert_eq!(name("汽车质量管理体系证书"), Some("IATF16949"));
        assert_eq!(name("ISO90015"), None);
        assert_eq!(name("GJB9001C"), None);
    }
}
