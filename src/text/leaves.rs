//! What in a text can be compared one by one: specifications, and part numbers, grades and materials. Words that are
//! excluded hold none. Texts are expected in normalised form.

use std::ops::Range;

use crate::definition::Definition;
use crate::text::codes::find_codes;
use crate::text::exclusions::Exclusion;
use crate::text::lists::list_number;
use crate::text::specs::{Spec, find_specs};

/// Something that can be compared.
#[derive(Debug, Clone, PartialEq)]
pub enum Leaf {
    /// A number or a range of a property.
    Spec(Spec),
    /// A part number, grade or material, as bytes of the normalised text.
    Code(Range<usize>),
    /// Other words that are asked for, as bytes of the normalised text.
    Words(Range<usize>),
}

impl Leaf {
    /// Returns where it stands, as bytes of the normalised text.
    pub fn range(&self) -> Range<usize> {
        match self {
            Self::Spec(spec) => spec.range.clone(),
            Self::Code(range) | Self::Words(range) => range.clone(),
        }
    }
}

/// Finds what can be compared, ascending and not overlapping, and all codes, also those inside of specifications.
/// Linear in the text.
pub(super) fn find_leaves(
    text: &str,
    exclusions: &[Exclusion],
    definition: &Definition,
) -> (Vec<Leaf>, Vec<Range<usize>>) {
    let is_excluded = |range: &Range<usize>| overlaps(exclusions, |one| one.range.clone(), range);
    let codes = find_codes(text);
    let specs = find_specs(text, &codes, definition).into_iter();
    let specs: Vec<Spec> = specs.filter(|spec| !is_excluded(&spec.range)).collect();
    // `2.ip67` is the second member of a list.
    let unnumbered = |code: Range<usize>| match list_number(text, code.start) {
        Some((_, len)) if len < code.len() => code.start + len..code.end,
        _ => code,
    };
    let codes = codes.into_iter().map(unnumbered);
    // `Al2O3≥98.6%`: a number of it is meant.
    let is_label =
        |range: &Range<usize>| text.get(range.end..).is_some_and(|rest| rest.starts_with(['≥', '≤', '<', '>']));
    let mut codes: Vec<Range<usize>> = codes.filter(|range| !is_excluded(range) && !is_label(range)).collect();
    let mut others = find_grades(text, definition);
    others.extend(find_materials(text));
    others.sort_by_key(|range| (range.start, range.end));
    for range in others {
        let place = codes.partition_point(|code| code.end <= range.start);
        let is_free = codes.get(place).is_none_or(|code| code.start >= range.end);
        if is_free && !is_excluded(&range) {
            codes.insert(place, range);
        }
    }
    let is_free = |range: &Range<usize>| !overlaps(&specs, |spec| spec.range.clone(), range);
    let mut leaves: Vec<Leaf> = codes.iter().filter(|range| is_free(range)).cloned().map(Leaf::Code).collect();
    leaves.extend(specs.into_iter().map(Leaf::Spec));
    leaves.sort_by_key(|leaf| leaf.range().start);
    (leaves, codes)
}

/// Says whether a range shares a byte with one of several that ascend and do not overlap. O(log n).
pub(super) fn overlaps<T>(sorted: &[T], range_of: impl Fn(&T) -> Range<usize>, range: &Range<usize>) -> bool {
    let place = sorted.partition_point(|one| range_of(one).end <= range.start);
    sorted.get(place).is_some_and(|one| range_of(one).start < range.end)
}

/// Finds declared grades that are written with Chinese words (`0.5级`, `f级绝缘`, `国六`); the others are codes.
fn find_grades(text: &str, definition: &Definition) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut floor = 0;
    let mut last = ' ';
    for (at, c) in text.char_indices() {
        let before = std::mem::replace(&mut last, c);
        let is_cut = c.is_ascii_alphanumeric() && (before.is_ascii_alphanumeric() || matches!(before, '.' | '-'));
        // `中国六` is no standard of emission.
        let is_country = c == '国' && matches!(before, '中' | '我' | '全' | '各' | '外' | '本');
        if at < floor || is_cut || is_country {
            continue;
        }
        let Some(rest) = text.get(at..) else { continue };
        let Some(len) = definition.grades.find_prefix(rest) else { continue };
        if rest.get(..len).is_some_and(|grade| !grade.is_ascii()) {
            found.push(at..at + len);
            floor = at + len;
        }
    }
    found
}

/// What stands behind a material of digits only (`304不锈钢`, `45#`).
const AFTER_MATERIAL: &[&str] = &["不锈钢", "号钢", "#", "钢", "铝合金", "铝板", "铝棒", "铝型材"];
/// What stands before one (`材质:304`).
const BEFORE_MATERIAL: &[&str] = &["材质", "材料", "牌号", "不锈钢", "材质为", "材料为", "牌号为", "材质采用"];

/// Finds materials that are written in digits only.
fn find_materials(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find(|c: char| c.is_ascii_digit())).map(|i| at + i) {
        let (before, rest) = text.split_at_checked(start).unwrap_or(("", ""));
        let len = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        at = start + len;
        let after = rest.get(len..).unwrap_or("");
        let joins = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '×' | '/' | '%' | 'φ');
        if before.ends_with(joins) || after.starts_with(joins) {
            continue;
        }
        let is_followed = AFTER_MATERIAL.iter().any(|word| after.starts_with(word));
        let is_announced = BEFORE_MATERIAL.iter().any(|word| before.trim_end_matches([':', ' ']).ends_with(word));
        if (2..=4).contains(&len) && (is_followed || (is_announced && len > 2)) {
            found.push(start..start + len);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::normal::normalise;
    use crate::text::exclusions::find_exclusions;

    fn found(definition: &Definition, raw: &str) -> String {
        let text = normalise(raw);
        let (leaves, _) = find_leaves(&text, &find_exclusions(&text, definition.words.whole()), definition);
        let write = |leaf: &Leaf| {
            let mark = if matches!(leaf, Leaf::Spec(_)) { "=" } else { "" };
            format!("{mark}{}", &text[leaf.range()])
        };
        leaves.iter().map(write).collect::<Vec<String>>().join(" ")
    }

    #[test]
    fn specifications_codes_and_grades_are_found_once() {
        let definition = Definition::compiled().expect("valid");
        for (text, expected) in [
            ("IT7，H7，C3级，P4级轴承，Ra1.6", "it7 h7 c3 p4 =ra1.6"),
            ("IP67，-40℃~85℃，F级绝缘", "ip67 =-40°c~85°c f级绝缘"),
            ("0.5级电流表，8.8级螺栓", "0.5级 8.8级"),
            ("排放国六，中国六大城市", "国六"),
            ("Q235B、Q355B，材质：304，6061-T6", "q235b q355b 304 6061-t6"),
            ("304不锈钢、316L、45#钢、40Cr、GCr15、HT250、QT500-7", "304 316l 45 40cr gcr15 ht250 qt500-7"),
            ("SUS304，GCr15/40Cr", "sus304 gcr15/40cr"),
            ("S30408/06Cr19Ni10", "s30408/06cr19ni10"),
            ("1.IP67；2.Q235B", "ip67 q235b"),
            ("M8×30，φ20mm，DN50，1200×2400mm", "m8×30 =φ20mm =dn50 =1200×2400mm"),
            ("HRC58-62，钢帘线3×0.24+9×0.225", "=hrc58-62 3×0.24 9×0.225"),
            ("IP65(不满足IP67)", "ip65"),
            ("Al2O3≥98.6%，Fe2O3≤0.02%", ""),
            ("DN15-DN300，PN16-PN100", "=dn15-dn300 =pn16-pn100"),
            ("采购500吨，2026年交货，304元", ""),
        ] {
            assert_eq!(found(&definition, text), expected, "{text}");
        }
    }
}
