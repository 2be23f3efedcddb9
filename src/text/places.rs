//! Wishes about places: which places a demand asks for, and whether others are excluded or merely less welcome.

use crate::definition::{RegionReading, Regions};
use crate::model::{RegionWish, Strength};
use crate::normal::key;

/// What a cell about wished places says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WishReading {
    /// Any place will do.
    Anywhere,
    /// These places.
    Wish(RegionWish),
    /// No place that the declaration knows is named.
    Unknown,
}

/// Texts that mean that any place will do.
const ANYWHERE: [&str; 6] = ["不限", "全国", "国内", "无要求", "无地域要求", "地域不限"];
/// Texts that make a wish soft; a requirement without one of them is meant as it stands.
const SOFT: [&str; 6] = ["优先", "优选", "就近", "最好", "尽量", "为宜"];
/// Texts that make a wish something else than a list of places.
const UNREAD: [&str; 8] = ["周边", "附近", "公里", "半径", "以外", "除", "不要", "非"];
/// Texts that make a wish a must.
const HARD: [&str; 5] = ["限", "仅", "只", "必须", "须"];
/// Texts around the names of places.
const AROUND: [&str; 22] = [
    "优先考虑",
    "优先",
    "优选",
    "就近",
    "最好",
    "尽量",
    "为宜",
    "限于",
    "仅限",
    "限",
    "仅",
    "只",
    "须",
    "应",
    "在",
    "为",
    "注册",
    "的",
    "范围",
    "企业",
    "供应商",
    "厂家",
];
/// Texts that stand between the names of places.
const BETWEEN: [&str; 9] = ["、", "，", ",", "；", ";", "或者", "或", "和", "及"];

/// Reads a wish about places; `home` is the code of the province that `省内` means.
pub fn read_region_wish(text: &str, regions: &Regions, home: &str) -> WishReading {
    let compact = key(text);
    if ANYWHERE.iter().any(|anywhere| compact == *anywhere) {
        return WishReading::Anywhere;
    }
    if UNREAD.iter().any(|unread| compact.contains(unread)) {
        return WishReading::Unknown;
    }
    let is_soft = SOFT.iter().any(|soft| compact.contains(soft));
    if is_soft && HARD.iter().any(|hard| compact.contains(hard)) {
        // One must, one may: which is which needs a person.
        return WishReading::Unknown;
    }
    let strength = if is_soft { Strength::Soft } else { Strength::Hard };
    let mut names = compact;
    for word in AROUND {
        names = names.replace(word, "");
    }
    let whole = names.clone();
    for word in BETWEEN {
        names = names.replace(word, "\n");
    }
    let each = names.split('\n').filter(|name| !name.is_empty()).map(|name| read_place(name, regions, home));
    // A name may itself hold a word that stands between names elsewhere (`和平区`).
    let Some(mut codes) = concat(each).or_else(|| read_place(&whole, regions, home)) else {
        return WishReading::Unknown;
    };
    codes.sort();
    codes.dedup();
    if codes.is_empty() {
        return WishReading::Unknown;
    }
    WishReading::Wish(RegionWish { regions: codes, strength })
}

/// Joins the places of several names; `None` if one of them is not known.
fn concat(places: impl Iterator<Item = Option<Vec<String>>>) -> Option<Vec<String>> {
    let all: Option<Vec<Vec<String>>> = places.collect();
    all.map(|all| all.concat())
}

fn read_place(name: &str, regions: &Regions, home: &str) -> Option<Vec<String>> {
    let bare = ["内", "境内", "地区", "本地"].iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
    if ["省", "本省", "全省", "我省"].contains(&bare) {
        return Some(vec![home.to_owned()]);
    }
    for form in [name, bare] {
        let area = regions.area(form);
        if !area.is_empty() {
            return Some(area.to_vec());
        }
        if let RegionReading::Found(code) = regions.read(form) {
            return Some(vec![code]);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Definition;

    #[test]
    fn hard_and_soft_wishes_are_told_apart() {
        let definition = Definition::compiled().expect("the compiled declaration is valid");
        let read = |text| read_region_wish(text, &definition.regions, "370000");
        let wish = |codes: &[&str], strength| {
            WishReading::Wish(RegionWish { regions: codes.iter().map(|c| (*c).to_owned()).collect(), strength })
        };
        for (text, expected) in [
            ("省内优先", wish(&["370000"], Strength::Soft)),
            ("山东省内企业", wish(&["370000"], Strength::Hard)),
            ("限济南市", wish(&["370100"], Strength::Hard)),
            ("仅限青岛、烟台", wish(&["370200", "370600"], Strength::Hard)),
            ("潍坊市优先考虑", wish(&["370700"], Strength::Soft)),
            ("不限", WishReading::Anywhere),
            ("全国", WishReading::Anywhere),
            ("天津市和平区", wish(&["120101"], Strength::Hard)),
            ("济南市优先，限山东省", WishReading::Unknown),
            ("半径300公里", WishReading::Unknown),
            ("济南周边200公里", WishReading::Unknown),
            ("除青岛以外", WishReading::Unknown),
            ("火星市", WishReading::Unknown),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
