//! Places of GB/T 2260: provinces, prefecture-level cities and, for the home province, counties; with other names in
//! use and named areas that cover several of them.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::normal::{key, prefixes};

/// A place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The six-digit code.
    pub code: String,
    /// The full name (`济南市`).
    pub name: String,
    /// The code of the place around it; empty for provinces.
    pub parent: String,
}

/// What a text says about a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegionReading {
    /// One place, by its code.
    Found(String),
    /// Several places have this name; their codes, ascending.
    Ambiguous(Vec<String>),
    /// No place is named.
    Unknown,
}

/// All places, found by code, by name, and by any other name in use.
#[derive(Debug, Clone, Default)]
pub struct Regions {
    /// Ascending by code.
    all: Vec<Region>,
    /// Where each code stands among all. By hash, since every pair of a match asks several times.
    by_code: FxHashMap<String, usize>,
    /// Where the place around each stands.
    parents: Vec<Option<usize>>,
    /// Asked for at every length of a text's beginning, and never listed.
    by_name: FxHashMap<String, Vec<String>>,
    areas: BTreeMap<String, Vec<String>>,
    /// Names of what lies abroad, each with whether it is a country's.
    abroad: FxHashMap<String, bool>,
}

/// What a place's short name leaves out.
const SUFFIXES: [&str; 9] =
    ["特别行政区", "壮族自治区", "回族自治区", "维吾尔自治区", "自治区", "省", "市", "区", "县"];
/// The longest name looked for, in characters.
const NAME_CHARS_MAX: usize = 16;
/// What stands around the names of places abroad.
const AROUND_ABROAD: [&str; 24] = [
    "制造", "生产", "原装", "原产", "产地", "采购", "等地", "等", "国", "产", "和", "及", "或", "、", ",", ";", "/",
    ".", "(", ")", "|", "madein", "from", "the",
];
/// What names this country and no place in it.
const HOME: [&str; 4] = ["中国", "国产", "国内", "china"];

impl Regions {
    /// The code of all that lies abroad; no place of the tables, and no place lies in it.
    pub const ABROAD: &'static str = "境外";

    /// Validates the tables of places (code, name, parent, aliases) and areas (name, codes).
    pub(super) fn build(rows: &[Vec<&str>], areas: &[Vec<&str>]) -> Result<Self, String> {
        let mut regions = Self::default();
        let mut by_code: BTreeMap<String, Region> = BTreeMap::new();
        for row in rows {
            let [code, name, parent, aliases] = row.as_slice() else { continue };
            if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
                return Err(format!("“{code}”不是六位代码"));
            }
            let region = Region { code: (*code).to_owned(), name: (*name).to_owned(), parent: (*parent).to_owned() };
            if by_code.insert((*code).to_owned(), region).is_some() {
                return Err(format!("代码 {code} 重复"));
            }
            let short = SUFFIXES.iter().find_map(|suffix| name.strip_suffix(suffix));
            let short = short.filter(|short| short.chars().count() >= 2);
            let forms = [*name].into_iter().chain(short).chain(aliases.split('|').filter(|a| !a.is_empty()));
            for form in forms {
                let codes = regions.by_name.entry(key(form)).or_default();
                if !codes.iter().any(|c| c == code) {
                    codes.push((*code).to_owned());
                }
            }
        }
        regions.all = by_code.into_values().collect();
        regions.by_code = regions.all.iter().enumerate().map(|(place, region)| (region.code.clone(), place)).collect();
        if let Some(orphan) = regions.all.iter().find(|r| !r.parent.is_empty() && !regions.knows(&r.parent)) {
            return Err(format!("{} 的上级 {} 不存在", orphan.code, orphan.parent));
        }
        regions.parents = regions.all.iter().map(|region| regions.by_code.get(&region.parent).copied()).collect();
        for row in areas {
            let [name, codes] = row.as_slice() else { continue };
            let codes: Vec<String> = codes.split('|').map(str::to_owned).collect();
            if let Some(unknown) = codes.iter().find(|code| !regions.knows(code)) {
                return Err(format!("区域“{name}”中的代码 {unknown} 不存在"));
            }
            regions.areas.insert(key(name), codes);
        }
        Ok(regions)
    }

    /// Takes in what lies abroad (name, aliases): the first row has words for it, the others are countries.
    pub(super) fn add_abroad(&mut self, rows: &[Vec<&str>]) -> Result<(), String> {
        for (number, row) in rows.iter().enumerate() {
            let [name, aliases] = row.as_slice() else { continue };
            for form in [*name].into_iter().chain(aliases.split('|').filter(|alias| !alias.is_empty())) {
                if self.by_name.contains_key(&key(form)) || self.abroad.insert(key(form), number > 0).is_some() {
                    return Err(format!("“{form}”写了两次，或是国内的地名"));
                }
            }
        }
        Ok(())
    }

    /// Says whether a text names what lies abroad and nothing else. What follows a country is taken for an address there,
    /// unless it names a place of this one.
    pub fn is_abroad(&self, text: &str) -> bool {
        let text = key(text);
        let (mut rest, mut last) = (text.as_str(), None);
        while !rest.is_empty() {
            let name = prefixes(rest, NAME_CHARS_MAX).find_map(|name| Some((name, *self.abroad.get(name)?)));
            let word = || AROUND_ABROAD.iter().find(|word| rest.starts_with(**word)).map(|word| (*word, last));
            let Some((found, is_country)) = name.map(|(name, is)| (name, Some(is))).or_else(word) else { break };
            last = is_country;
            rest = rest.get(found.len()..).unwrap_or("");
        }
        last.is_some_and(|is_country| rest.is_empty() || (is_country && !self.names_home(rest)))
    }

    /// Says whether a text has the name of a place of this country, or its own.
    fn names_home(&self, text: &str) -> bool {
        let mut starts = text.char_indices().filter_map(|(start, _)| text.get(start..));
        HOME.iter().any(|name| text.contains(name)) || starts.any(|rest| self.longest_name(rest, &[]).is_some())
    }

    /// Says whether a code exists. O(1).
    pub fn knows(&self, code: &str) -> bool {
        self.by_code.contains_key(code)
    }

    /// Returns the full name of a code, or the code itself if it is unknown.
    pub fn name<'a>(&'a self, code: &'a str) -> &'a str {
        self.line(code).next().map_or(code, |region| region.name.as_str())
    }

    /// Returns the name with the places around it (`山东省济南市历下区`).
    pub fn full_name(&self, code: &str) -> String {
        let mut names: Vec<&str> = self.line(code).map(|region| region.name.as_str()).collect();
        names.reverse();
        names.concat()
    }

    /// Lists all places by ascending code.
    pub fn iter(&self) -> impl Iterator<Item = &Region> {
        self.all.iter()
    }

    /// Says whether `inner` is `outer` or lies in it.
    pub fn within(&self, inner: &str, outer: &str) -> bool {
        self.by_code.get(outer).is_some_and(|outer| self.places(inner).any(|place| place == *outer))
    }

    /// Returns the smallest place that holds both, if any does.
    pub fn common<'a>(&'a self, left: &str, right: &str) -> Option<&'a Region> {
        let both = self.places(left).find(|place| self.places(right).any(|other| other == *place))?;
        self.all.get(both)
    }

    /// Returns how deep a place lies: 0 for a province, 1 for a city, 2 for a county; 0 for unknown codes.
    pub fn depth(&self, code: &str) -> usize {
        self.places(code).count().saturating_sub(1)
    }

    /// Returns the place of a depth that a place lies in, or is: 0 for the province, 1 for the city.
    pub fn around(&self, code: &str, depth: usize) -> Option<&Region> {
        self.line(code).find(|region| self.depth(&region.code) == depth)
    }

    /// Returns the codes of a named area (`胶东`), or an empty list.
    pub fn area(&self, name: &str) -> &[String] {
        self.areas.get(&key(name)).map_or(&[], Vec::as_slice)
    }

    /// Reads a place from a code, a name, or a path of names with or without an address behind it
    /// (`山东省济南市历下区示例路1号`). What follows a city or county is taken for an address; what follows a province
    /// whose counties are declared must be a place in it, and is taken for a county elsewhere.
    pub fn read(&self, text: &str) -> RegionReading {
        let text = key(text);
        if self.knows(&text) {
            return RegionReading::Found(text);
        }
        let mut rest = text.as_str();
        let mut found: Vec<String> = Vec::new();
        while let Some((codes, length)) = self.longest_name(rest, &found) {
            found = codes;
            rest = rest.get(length..).unwrap_or("");
            let all_deep = found.iter().all(|code| self.depth(code) >= 2);
            if all_deep {
                break;
            }
        }
        match found.as_slice() {
            [] => RegionReading::Unknown,
            [code] if rest.is_empty() || self.depth(code) > 0 || !self.has_counties(code) => {
                RegionReading::Found(code.clone())
            }
            [_] => RegionReading::Unknown,
            several => RegionReading::Ambiguous(several.to_vec()),
        }
    }

    /// Finds the longest name that `text` begins with and that lies in one of `outer` (anywhere if `outer` is empty).
    fn longest_name(&self, text: &str, outer: &[String]) -> Option<(Vec<String>, usize)> {
        let ends: Vec<usize> = text.char_indices().map(|(i, c)| i + c.len_utf8()).take(NAME_CHARS_MAX).collect();
        ends.into_iter().rev().find_map(|end| {
            let codes = self.by_name.get(text.get(..end)?)?;
            let inside = |code: &&String| outer.is_empty() || outer.iter().any(|o| o != *code && self.within(code, o));
            let mut codes: Vec<String> = codes.iter().filter(inside).cloned().collect();
            // A place and one inside it may share a name; the larger one is meant unless the path says otherwise.
            let all = codes.clone();
            codes.retain(|code| !all.iter().any(|other| other != code && self.within(code, other)));
            // The short name of a district may be a province's (`河北`); nobody means the district by it.
            if codes.iter().any(|code| self.depth(code) == 0) {
                codes.retain(|code| self.depth(code) == 0);
            }
            (!codes.is_empty()).then_some((codes, end))
        })
    }

    fn has_counties(&self, province: &str) -> bool {
        self.all.iter().any(|region| self.depth(&region.code) == 2 && self.within(&region.code, province))
    }

    /// Lists a place and those around it, the nearest first.
    fn line<'a>(&'a self, code: &str) -> impl Iterator<Item = &'a Region> {
        self.places(code).filter_map(|place| self.all.get(place))
    }

    /// As [`line`](Self::line), by where they stand.
    fn places(&self, code: &str) -> impl Iterator<Item = usize> {
        std::iter::successors(self.by_code.get(code).copied(), |place| self.parents.get(*place).copied().flatten())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn regions() -> Regions {
        let rows = [
            vec!["370000", "山东省", "", ""],
            vec!["370100", "济南市", "370000", "泉城"],
            vec!["370103", "市中区", "370100", ""],
            vec!["370400", "枣庄市", "370000", ""],
            vec!["370402", "市中区", "370400", ""],
            vec!["320000", "江苏省", "", ""],
        ];
        Regions::build(&rows, &[vec!["鲁中地区", "370100"]]).expect("a valid table")
    }

    #[test]
    fn a_place_lies_in_its_city_and_province() {
        let regions = regions();
        assert_eq!(regions.around("370100", 1).map(|region| region.code.as_str()), Some("370100"));
        assert_eq!(regions.around("370100", 0).map(|region| region.code.as_str()), Some("370000"));
        assert_eq!(regions.around("370000", 1), None);
    }

    #[test]
    fn paths_short_names_and_other_names_are_read() {
        let regions = regions();
        for (text, code) in [
            ("370100", "370100"),
            ("济南", "370100"),
            ("泉城", "370100"),
            ("山东 济南市", "370100"),
            ("山东省济南市市中区示例路1号", "370103"),
            ("枣庄市市中区", "370402"),
            ("江苏省示例市", "320000"),
            ("济南市高新区", "370100"),
        ] {
            assert_eq!(regions.read(text), RegionReading::Found(code.to_owned()), "{text}");
        }
    }

    #[test]
    fn what_is_not_known_or_not_clear_is_said() {
        let regions = regions();
        assert_eq!(regions.read("山东省火星市"), RegionReading::Unknown);
        assert_eq!(regions.read("火星"), RegionReading::Unknown);
        assert_eq!(regions.read("市中区"), RegionReading::Ambiguous(vec!["370103".to_owned(), "370402".to_owned()]));
    }

    #[test]
    fn what_lies_abroad_is_told_from_what_nobody_knows() {
        let definition = crate::definition::Definition::compiled().expect("valid");
        let regions = &definition.regions;
        for text in [
            "德国",
            "日本",
            "进口",
            "境外",
            "国外",
            "海外",
            "美国进口",
            "进口（德国）",
            "德国、日本",
            "德国慕尼黑",
            "韩国制造",
            "Germany",
            "Made in Japan",
            "原装进口",
            "欧洲",
            "印尼",
            "USA",
        ] {
            assert!(regions.is_abroad(text), "{text}");
        }
        for text in [
            "中国",
            "国产",
            "火星",
            "亚特兰蒂斯",
            "德国、山东",
            "日本电产（大连）",
            "日本和中国",
            "进口替代",
            "进口设备厂",
            "产",
            "",
        ] {
            assert!(!regions.is_abroad(text), "{text}");
        }
        assert!(!regions.knows(Regions::ABROAD) && !regions.within(Regions::ABROAD, "370000"));
        let mut regions = self::regions();
        assert!(regions.add_abroad(&[vec!["境外", "国外"], vec!["国外", ""]]).is_err());
        assert!(self::regions().add_abroad(&[vec!["境外", "济南"]]).is_err());
    }

    #[test]
    fn the_common_place_is_the_smallest_one() {
        let regions = regions();
        assert_eq!(regions.common("370103", "370100").map(|r| r.code.as_str()), Some("370100"));
        assert_eq!(regions.common("370103", "370402").map(|r| r.code.as_str()), Some("370000"));
        assert!(regions.within("370103", "370000") && !regions.within("370000", "370103"));
        assert_eq!(regions.full_name("370402"), "山东省枣庄市市中区");
    }
}
