//! Specifications in running text: a number or a range with a unit, and the property that it is said of (`厚度≥5mm`,
//! `工作温度-40℃~85℃`, `HRC58-62`, `1200×2400mm`). Quantities of purchase, money, dates, phone numbers and the digits of
//! part numbers are none; lengths without a label are kept only where they are small, since nobody buys by the
//! millimetre. Texts are expected in normalised form.

use std::ops::Range;

use crate::definition::{Definition, Property, Unit};
use crate::model::{Bound, Interval};
use crate::text::interval::{limit_length, limits_length, read_interval};
use crate::text::numbers::{Number, read_number, scan_number};

/// One specification as a text states it.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// The declared name of the property; `None` where the text names none that is declared.
    pub property: Option<String>,
    /// The base unit of the amounts.
    pub unit: String,
    /// The range asked for or offered; several for the sides of a size (`1200×2400mm`). Never empty.
    pub amounts: Vec<Interval>,
    /// Whether it is written in inches, which name a size without a label.
    pub is_in_inches: bool,
    /// Where it stands, with its label, as bytes of the normalised text.
    pub range: Range<usize>,
    /// Where the numbers, their limits and their unit stand.
    pub quantity: Range<usize>,
}

/// More specifications in one text are not read.
const SPECS_MAX: usize = 500;

/// A quantity with its limits has this many bytes at most, and so has the label before it.
const WINDOW_BYTES: usize = 96;

/// The most sides of a size.
const SIDES_MAX: usize = 4;

/// Units in which things are specified and not bought, so that a number in them means something without a label.
const TELLING_UNITS: &[&str] = &[
    "mm", "μm", "nm", "W", "kW", "VA", "kVA", "MVA", "Ah", "mAh", "kPa", "MPa", "GPa", "bar", "psi", "N", "kN", "N·m",
    "kN·m", "℃", "V", "kV", "A", "mA", "kA", "Ω", "kΩ", "Hz", "kHz", "MHz", "GHz", "μF", "rpm", "m/s", "m/min", "km/h",
    "m3/h", "L/min", "g/cm3", "g/m2", "Wh/kg", "W/(m·K)", "mPa·s", "dB", "lm", "目", "HRC", "HV", "°", "Mbps", "Gbps",
    "英寸", "IU/mg", "EU/mg", "IU/mL", "EU/mL", "Da", "kDa",
];

/// The unit of sizes that have a name (`12英寸硅片`): nobody buys by the inch.
const INCH: &str = "英寸";

/// Base units that are left out where the property is named (`分子量100-150万`).
const LEFT_OUT: &[&str] = &["Da"];

/// What stands between a label and its number.
const CONNECTORS: &[&str] = &[
    " ",
    ":",
    "=",
    "\"",
    "为",
    "是",
    "应",
    "须",
    "需",
    "必须",
    "要求",
    "达到",
    "达",
    "可达",
    "可",
    "能",
    "在",
    "范围",
    "指标",
    "值",
    "控制在",
    "保证",
];

/// Words behind which an unlabelled number is a quantity of purchase.
const BOUGHT: &[&str] = &["采购", "需求", "数量", "总量", "共", "共计", "合计", "供货", "供应"];

/// What stands between the members of a list under one label (`厚度3mm、5mm或8mm`).
const LIST_JOINERS: &[char] = &['、', ',', '/', ' ', '或', '和', '及', '与'];

/// Finds the specifications of a normalised text, of which the codes are known, ascending and not overlapping. Linear in
/// the text.
pub fn find_specs(text: &str, codes: &[Range<usize>], definition: &Definition) -> Vec<Spec> {
    let mut finder = Finder { text, definition, codes, specs: Vec::new(), floor: 0 };
    let mut at = 0;
    while let Some(digit) = next_digit(text, at).filter(|_| finder.specs.len() < SPECS_MAX) {
        at = finder.read(digit).unwrap_or(0).max(digit + 1);
        // The digits of what was not read begin nothing else.
        let run = text.get(at..).unwrap_or("");
        at += run.len() - run.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    }
    finder.specs
}

fn next_digit(text: &str, at: usize) -> Option<usize> {
    text.get(at..)?.find(|c: char| c.is_ascii_digit()).map(|offset| at + offset)
}

struct Finder<'a> {
    text: &'a str,
    definition: &'a Definition,
    codes: &'a [Range<usize>],
    specs: Vec<Spec>,
    /// Where the last specification ended: nothing reaches back beyond it.
    floor: usize,
}

/// A number, a range or a size with its unit.
struct Quantity<'a> {
    amounts: Vec<Interval>,
    /// `None` where only the property's own unit can be meant.
    unit: Option<&'a Unit>,
    range: Range<usize>,
}

impl<'a> Finder<'a> {
    /// Reads the number whose first digit is at `digit`; returns where what was looked at ends.
    fn read(&mut self, digit: usize) -> Option<usize> {
        let start = self.start(digit)?;
        let window = window_after(self.text, start);
        let twice = self.labelled_twice(digit);
        let (end, quantity) = match self.size(window, digit - start) {
            _ if twice.is_some() => (twice.as_ref().map_or(digit, |quantity| quantity.range.end), twice),
            Some((len, amounts, unit)) => {
                let range = start..start + len;
                (start + len, Some(Quantity { amounts, unit: Some(unit), range }))
            }
            None => {
                let len = self.delimit(window, digit - start)?;
                (start + len, self.plain(window.get(..len)?, start))
            }
        };
        if let Some(spec) = quantity.and_then(|quantity| self.spec(quantity)) {
            // A label behind the number is looked at too.
            let end = end.max(spec.range.end);
            self.specs.push(spec);
            self.floor = end;
            return Some(end);
        }
        Some(end)
    }

    /// Reads a range whose symbol stands before both ends (`DN15-DN300`).
    fn labelled_twice(&self, digit: usize) -> Option<Quantity<'a>> {
        let before = self.before(digit);
        let symbol = before.get(before.trim_end_matches(|c: char| c.is_ascii_lowercase() || c == 'φ').len()..)?;
        let number = |text: &str| {
            let rest = text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
            Some((text.get(..text.len() - rest.len())?.parse::<f64>().ok()?, text.len() - rest.len()))
        };
        let window = window_after(self.text, digit);
        let (low, low_len) = number(window)?;
        let second = window.get(low_len..)?.strip_prefix(['-', '~', '至', '到'])?.strip_prefix(symbol)?;
        let (high, high_len) = number(second).filter(|_| !symbol.is_empty())?;
        let after = second.get(high_len..)?;
        let unit = self.unit(after);
        let end = digit + window.len() - after.len() + unit.map_or(0, |(_, len)| len);
        let is_cut = self.text.get(end..)?.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '×' | '/'));
        let bound = |value| Some(Bound { value, closed: true });
        let interval = Interval::new(bound(low), bound(high)).filter(|_| !is_cut)?;
        let interval = interval.scaled(unit.map_or(1.0, |(unit, _)| unit.factor)).and_then(rounded)?;
        Some(Quantity { amounts: vec![interval], unit: unit.map(|(unit, _)| unit), range: digit..end })
    }

    /// Returns where the sign and the limits before a number begin; `None` if it is part of something else.
    fn start(&self, digit: usize) -> Option<usize> {
        let before = self.before(digit);
        const SIGNS: [&str; 6] = ["±", "正负", "零下", "负", "+", "-"];
        let unsigned = SIGNS.iter().find_map(|sign| before.strip_suffix(sign)).unwrap_or(before);
        let is_joined = unsigned.len() < before.len()
            && before.ends_with(['-', '+'])
            && unsigned.ends_with(|c: char| c.is_ascii_alphanumeric());
        let unlimited = unsigned.get(..unsigned.len() - limits_length(unsigned))?;
        let is_part =
            unlimited.len() == before.len() && before.ends_with(['/', '×', '.', '_', '@', '#', '&', '$', '^']);
        (!is_joined && !is_part).then_some(digit - (before.len() - unlimited.len()))
    }

    /// Returns the text before a place, no further back than the last specification.
    fn before(&self, end: usize) -> &'a str {
        let mut start = self.floor.max(end.saturating_sub(WINDOW_BYTES));
        while !self.text.is_char_boundary(start) {
            start += 1;
        }
        self.text.get(start..end).unwrap_or("")
    }

    /// Reads a size, whose last side at least names the unit: its length, its sides, its unit.
    fn size(&self, window: &str, at: usize) -> Option<(usize, Vec<Interval>, &'a Unit)> {
        let limits = window.get(..at)?;
        // The sides of a size have no signs.
        (!limits.ends_with(['-', '+', '±', '负', '下'])).then_some(())?;
        let mut end = at;
        let mut sides = Vec::new();
        let mut last = None;
        while sides.len() < SIDES_MAX {
            let rest = window.get(end..)?;
            let Some((value, len)) = read_number(rest) else { break };
            let unit = self.unit(rest.get(len..)?);
            let unit_len = unit.map_or(0, |(_, len)| len);
            sides.push((value, unit.map(|(unit, _)| unit)));
            last = unit.map(|(unit, _)| unit);
            end += len + unit_len;
            match window.get(end..)?.strip_prefix('×') {
                Some(_) => end += '×'.len_utf8(),
                None => break,
            }
        }
        let unit = last.filter(|unit| unit.base == "m" && sides.len() > 1)?;
        let amounts = sides.iter().map(|(value, own)| {
            let factor = own.unwrap_or(unit).factor;
            // `≥1200×600mm` is said of both.
            read_interval(&format!("{limits}{value}"))?.interval.scaled(factor).and_then(rounded)
        });
        Some((end, amounts.collect::<Option<Vec<Interval>>>()?, unit))
    }

    /// Returns how many bytes of the window are one quantity, whose first number is at `at`.
    fn delimit(&self, window: &str, at: usize) -> Option<usize> {
        let mut end = at + scan_number(window.get(at..)?)?.len;
        let digits_end = end;
        end += limit_length(window.get(end..)?, true);
        end += self.unit(window.get(end..)?).map_or(0, |(_, len)| len);
        let rest = window.get(end..)?;
        if let Some(after) = rest.trim_start_matches(' ').strip_prefix(['-', '~', '至', '到', '±']) {
            let bare = after.trim_start_matches(' ');
            let unsigned = bare.strip_prefix(['-', '+']).unwrap_or(bare);
            let number = scan_number(unsigned).filter(|_| unsigned.starts_with(|c: char| c.is_ascii_digit()));
            // `380V±10%` is 380 V; its tolerance is left out.
            let is_share = |number: &Number| {
                end > digits_end && unsigned.get(number.len..).is_some_and(|rest| rest.starts_with('%'))
            };
            if let Some(number) = number.filter(|number| !(bare.len() < rest.len() && is_share(number))) {
                end += rest.len() - unsigned.len() + number.len;
                end += self.unit(window.get(end..)?).map_or(0, |(_, len)| len);
            }
        }
        // The side of a size whose unit is not written.
        let is_side = window.get(end..)?.starts_with('×');
        (!is_side).then_some(end + limit_length(window.get(end..)?, false))
    }

    fn plain(&self, written: &str, start: usize) -> Option<Quantity<'a>> {
        let reading = read_interval(written)?;
        let unit = match reading.rest.trim() {
            "" => None,
            form => Some(self.definition.units.find(form)?),
        };
        let interval = match unit {
            Some(unit) => reading.interval.scaled(unit.factor)?,
            None => reading.interval,
        };
        Some(Quantity { amounts: vec![rounded(interval)?], unit, range: start..start + written.len() })
    }

    /// Returns the unit at the start of a text, if it ends there and nothing is counted by it, with its length.
    fn unit(&self, text: &str) -> Option<(&'a Unit, usize)> {
        let bare = text.strip_prefix(' ').unwrap_or(text);
        let (unit, len) = self.definition.units.find_prefix(bare)?;
        let (form, after) = bare.split_at_checked(len)?;
        let next = after.chars().next().unwrap_or(' ');
        let is_latin = form.ends_with(|c: char| c.is_ascii_alphanumeric());
        let goes_on = is_latin && next.is_ascii_alphanumeric();
        let is_ratio = matches!(next, '/' | '每' | '·' | '^');
        let is_grade = is_latin && form.len() == 1 && matches!(next, '型' | '级' | '类' | '区' | '座' | '号');
        (!goes_on && !is_ratio && !is_grade).then_some((unit, text.len() - bare.len() + len))
    }

    /// Finds the property that a quantity is said of.
    fn spec(&self, quantity: Quantity<'a>) -> Option<Spec> {
        let fits = |property: &Property| match quantity.unit {
            Some(unit) => unit.base == property.base && quantity.amounts.len() == 1,
            None => true,
        };
        let before = self.before(quantity.range.start);
        let labelled = label_before(before, self.definition).filter(|(property, _)| fits(property));
        let Some(unit) = quantity.unit else {
            // Only a symbol right before the number says enough (`Ra1.6`, `φ20`), or a property that needs no unit.
            let (property, len) = labelled?;
            let is_symbol = before.len() >= len
                && before.get(before.len() - len..)?.chars().all(|c| c.is_ascii_alphanumeric() || c == 'φ');
            (is_symbol || LEFT_OUT.contains(&property.base.as_str())).then_some(())?;
            let scaled = quantity.amounts.first()?.scaled(property.factor).and_then(rounded)?;
            return Some(spec(Some(property), &property.base, vec![scaled], false, quantity.range, len));
        };
        let is_in_inches = unit.symbol == INCH;
        if let Some((property, len)) = labelled {
            return Some(spec(Some(property), &unit.base, quantity.amounts, is_in_inches, quantity.range, len));
        }
        if before.ends_with(|c: char| c.is_ascii_alphanumeric() || c == 'φ') {
            return None;
        }
        if let Some((property, len)) = self.label_after(quantity.range.end).filter(|(property, _)| fits(property)) {
            let mut found = spec(Some(property), &unit.base, quantity.amounts, is_in_inches, quantity.range, 0);
            found.range.end += len;
            return Some(found);
        }
        let property = self.listed_under(&quantity, unit);
        let is_bought = BOUGHT.iter().any(|word| before.trim_end_matches([' ', ':', '为']).ends_with(word));
        let is_code = self.codes.iter().any(|code| {
            code.start <= quantity.range.start && quantity.range.end <= code.end && quantity.amounts.len() == 1
        });
        // `循环寿命≥6000次(25℃)`: at which temperature.
        let is_condition = unit.base == "℃" && before.rfind('(') > before.rfind(')');
        let is_kept = property.is_some() || TELLING_UNITS.contains(&unit.symbol.as_str()) || quantity.amounts.len() > 1;
        (is_kept && !is_bought && !is_code && !is_condition)
            .then(|| spec(property, &unit.base, quantity.amounts, is_in_inches, quantity.range, 0))
    }

    /// Finds a label behind a quantity (`10mm厚`), unless it belongs to the next number.
    fn label_after(&self, end: usize) -> Option<(&'a Property, usize)> {
        let window = window_after(self.text, end);
        let bare = window.trim_start_matches(['的', ' ']);
        let (property, len) = self.definition.properties.find_prefix(bare)?;
        let mut behind = bare.get(len..)?;
        while let Some(shorter) = CONNECTORS.iter().find_map(|word| behind.strip_prefix(word)) {
            behind = shorter;
        }
        let has_number = read_interval(behind).is_some() || behind.starts_with(['±', '-', '+', '(']);
        (!has_number).then_some((property, window.len() - bare.len() + len))
    }

    /// Returns the property of the specification before, if a list under its label goes on.
    fn listed_under(&self, quantity: &Quantity<'_>, unit: &Unit) -> Option<&'a Property> {
        let last = self.specs.last()?;
        let between = self.text.get(last.range.end..quantity.range.start)?;
        let is_list = !between.is_empty() && between.chars().all(|c| LIST_JOINERS.contains(&c));
        // The members of a list are written in one unit.
        let last_unit = self.text.get(last.quantity.clone())?.rsplit(|c: char| c.is_ascii_digit()).next();
        let last_unit = last_unit.and_then(|form| self.definition.units.find_prefix(form.trim_start()));
        let is_same_unit = last_unit.is_some_and(|(last, _)| last == unit);
        let property = last.property.as_deref().filter(|_| is_list && is_same_unit)?;
        self.definition.properties.get(property)
    }
}

fn spec(
    property: Option<&Property>,
    base: &str,
    amounts: Vec<Interval>,
    is_in_inches: bool,
    quantity: Range<usize>,
    label_len: usize,
) -> Spec {
    Spec {
        property: property.map(|property| property.name.clone()),
        unit: base.to_owned(),
        amounts,
        is_in_inches,
        range: quantity.start - label_len..quantity.end,
        quantity,
    }
}

/// Finds the label at the end of the text before a quantity, and how far before the quantity it begins.
fn label_before<'d>(before: &str, definition: &'d Definition) -> Option<(&'d Property, usize)> {
    let at = |rest: &str, (property, len): (&'d Property, usize)| (property, before.len() - rest.len() + len);
    let mut rest = before;
    loop {
        if let Some(found) = definition.properties.find_suffix(rest) {
            return Some(at(rest, found));
        }
        let shorter = CONNECTORS.iter().filter_map(|word| rest.strip_suffix(word)).min_by_key(|rest| rest.len());
        // `抗拉强度(rm)≥520mpa`, `长度l=150mm`.
        let unbracketed = || rest.strip_suffix(')').and_then(|inside| inside.get(..inside.rfind('(')?));
        let unlettered = || {
            let outside = rest.strip_suffix(|c: char| c.is_ascii_lowercase())?;
            (!outside.ends_with(|c: char| c.is_ascii_alphanumeric())).then_some(outside)
        };
        rest = shorter.or_else(unbracketed).or_else(unlettered)?;
    }
}

fn window_after(text: &str, start: usize) -> &str {
    let mut end = text.len().min(start + WINDOW_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(start..end).unwrap_or("")
}

/// Rounds bounds to twelve digits, so that 10 um and 0.01 mm are one number.
fn rounded(interval: Interval) -> Option<Interval> {
    let round = |bound: Option<Bound>| match bound {
        None => Some(None),
        // A whole number of few digits is what it is.
        Some(bound) if bound.value.fract() == 0.0 && bound.value.abs() < 1e11 => Some(Some(bound)),
        Some(bound) => {
            format!("{:.11e}", bound.value).parse().ok().map(|value| Some(Bound { value, closed: bound.closed }))
        }
    };
    Interval::new(round(interval.low())?, round(interval.high())?)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::normal::normalise;
    use crate::text::codes::find_codes;

    static DEFINITION: LazyLock<Definition> = LazyLock::new(|| Definition::compiled().expect("valid"));

    /// Writes every specification as `property low..high unit`.
    fn found(raw: &str) -> Vec<String> {
        let text = normalise(raw);
        let end = |bound: Option<Bound>, open: &str| {
            bound.map_or("-".to_owned(), |b| format!("{}{}", b.value, if b.closed { "" } else { open }))
        };
        let write = |spec: &Spec| {
            let amounts = spec.amounts.iter().map(|amount| match amount.point() {
                Some(point) => point.to_string(),
                None => format!("{}..{}", end(amount.low(), "<"), end(amount.high(), ">")),
            });
            let amounts: Vec<String> = amounts.collect();
            format!("{} {} {}", spec.property.as_deref().unwrap_or("?"), amounts.join("x"), spec.unit)
        };
        find_specs(&text, &find_codes(&text), &DEFINITION).iter().map(write).collect()
    }

    #[test]
    fn specifications_are_read_in_base_units() {
        for (text, expected) in [
            // Threads and dimensions.
            ("φ20mm", "diameter 0.02 m"),
            ("Φ20", "diameter 0.02 m"),
            ("直径20毫米", "diameter 0.02 m"),
            ("直径 20±0.05mm", "diameter 0.01995..0.02005 m"),
            ("DN50阀门", "nominal_diameter 0.05 m"),
            ("1200×2400mm", "? 1.2x2.4 m"),
            ("钢板1200mm*2400mm", "? 1.2x2.4 m"),
            ("长宽高：1200×600×800mm", "? 1.2x0.6x0.8 m"),
            // Ranges and limits.
            ("厚度≥5mm", "thickness 0.005..- m"),
            ("起重量≥5吨", "lifting_capacity 5000..- kg"),
            ("起重量不低于5吨", "lifting_capacity 5000..- kg"),
            ("起重量5吨以上", "lifting_capacity 5000..- kg"),
            ("起重量5t及以上", "lifting_capacity 5000..- kg"),
            ("厚度：不低于5mm", "thickness 0.005..- m"),
            ("厚度应不小于 5 mm", "thickness 0.005..- m"),
            ("厚度不应小于5mm", "thickness 0.005..- m"),
            ("厚度不允许超过5mm", "thickness -..0.005 m"),
            ("厚度5mm以上", "thickness 0.005..- m"),
            ("厚度5mm及以上", "thickness 0.005..- m"),
            ("厚度5mm以下", "thickness -..0.005> m"),
            ("厚度＞5mm", "thickness 0.005<..- m"),
            ("厚度3–5mm", "thickness 0.003..0.005 m"),
            ("厚度3mm-5mm", "thickness 0.003..0.005 m"),
            ("厚度3mm、5mm或8mm", "thickness 0.003 m; thickness 0.005 m; thickness 0.008 m"),
            ("厚度4mm，12英寸", "thickness 0.004 m; ? 0.3048 m"),
            ("10mm厚的钢板", "thickness 0.01 m"),
            ("抗拉强度不低于520MPa", "tensile_strength 520000000..- Pa"),
            ("屈服强度 Rp0.2≥355MPa", "yield_strength 355000000..- Pa"),
            ("粒径D50 3~5μm", "median_particle_size 0.000003..0.000005 m"),
            ("长度L=150mm", "length 0.15 m"),
            ("功率范围：50-200kW", "power_range 50000..200000 W"),
            ("额定电压380V±10%", "voltage 380 V"),
            ("工作台尺寸≥1200×600mm", "? 1.2..-x0.6..- m"),
            ("循环寿命≥6000次（25℃）", "cycle_life 6000..- time"),
            ("抗拉强度（Rm）≥520MPa", "tensile_strength 520000000..- Pa"),
            ("Rm≥520MPa", "tensile_strength 520000000..- Pa"),
            ("循环寿命≥4000次", "cycle_life 4000..- time"),
            ("循环寿命达到1万次以上", "cycle_life 10000..- time"),
            ("定位精度≤0.01mm", "positioning_accuracy -..0.00001 m"),
            ("重复定位精度±5μm", "repeatability -0.000005..0.000005 m"),
            ("压实密度≥2.5g/cm3", "compaction_density 2.5..- g/cm3"),
            ("峰值效率≥96%", "efficiency 96..- %"),
            ("内径50±0.01mm，外径80mm", "inner_diameter 0.04999..0.05001 m; outer_diameter 0.08 m"),
            ("内径40mm外径80mm", "inner_diameter 0.04 m; outer_diameter 0.08 m"),
            ("内径10-100mm，噪声≤35dB", "inner_diameter 0.01..0.1 m; noise -..35 dB"),
            // Tolerances, hardness, temperature.
            ("Ra1.6", "surface_roughness 0.0000016 m"),
            ("Ra≤1.6", "surface_roughness -..0.0000016 m"),
            ("HRC58-62", "hardness_hrc 58..62 HRC"),
            ("硬度58~62HRC", "hardness_hrc 58..62 HRC"),
            ("硬度HRC58-62", "hardness_hrc 58..62 HRC"),
            ("工作温度-40℃~85℃", "working_temperature -40..85 ℃"),
            ("工作温度范围：-40～+85℃", "working_temperature -40..85 ℃"),
            ("工作温度零下40至85摄氏度", "working_temperature -40..85 ℃"),
            ("DN15-DN300", "nominal_diameter 0.015..0.3 m"),
            ("φ10mm-φ50mm", "diameter 0.01 m; diameter 0.05 m"),
            ("φ10~φ50mm", "diameter 0.01..0.05 m"),
            ("HRC58-HRC62", "hardness_hrc 58..62 HRC"),
            ("PN40", "nominal_pressure 4000000 Pa"),
        ] {
            assert_eq!(found(text).join("; "), expected, "{text}");
        }
    }

    #[test]
    fn names_of_properties_or_telling_units_are_enough() {
        for (text, expected) in [
            ("内毒素≤0.003IU/mg", "endotoxin -..0.003 IU/mg"),
            ("分子量100-150万", "molecular_weight 1000000..1500000 Da"),
            ("分子量：100~150万Da", "molecular_weight 1000000..1500000 Da"),
            ("分子量≥1.5×10^6", "molecular_weight 1500000..- Da"),
            ("分子量150kDa", "molecular_weight 150000 Da"),
            // Without a label.
            ("12英寸抛光硅片", "? 0.3048 m"),
            ("8英寸及以下尺寸", "? -..0.2032 m"),
            ("≤0.003IU/mg", "? -..0.003 IU/mg"),
            ("60kW", "? 60000 W"),
            ("电源380V，50Hz", "? 380 V; ? 50 Hz"),
            ("-40℃~85℃", "? -40..85 ℃"),
            ("±0.05mm", "? -0.00005..0.00005 m"),
        ] {
            assert_eq!(found(text).join("; "), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_specification() {
        for text in [
            "",
            "采购500吨",
            "20万件/年",
            "年需求量3000吨",
            "500-1000万元",
            "50元/kg",
            "预算200万",
            "2026年12月31日前",
            "2026-12-31",
            "13812345678",
            "0531-88888888",
            "6208-2RS",
            "6200-6320系列",
            "M8×30",
            "M6-M36",
            "3×0.24+9×0.225",
            "315/80R22.5",
            "φ159×6",
            "IP67",
            "IT7、C3级、P4级、0.5级",
            "10W-40机油",
            "316L",
            "5G+工业互联网",
            "5A级",
            "0.02mm/300mm",
            "≥30包/分钟",
            "第3批",
            "采购60kW",
            "厚度5",
            "直径5-3mm",
            "Rz6.3abc",
        ] {
            assert_eq!(found(text), Vec::<String>::new(), "{text}");
        }
    }

    #[test]
    fn the_range_holds_the_label_and_the_quantity_does_not() {
        let text = normalise("板材厚度不低于5mm，余略");
        let specs = find_specs(&text, &find_codes(&text), &DEFINITION);
        assert_eq!((&text[specs[0].range.clone()], &text[specs[0].quantity.clone()]), ("厚度不低于5mm", "不低于5mm"));
        let text = normalise("10mm厚钢板");
        let specs = find_specs(&text, &find_codes(&text), &DEFINITION);
        assert_eq!((&text[specs[0].range.clone()], &text[specs[0].quantity.clone()]), ("10mm厚", "10mm"));
    }

    #[test]
    fn a_long_text_is_read_in_linear_time() {
        for part in ["1", "1,111", "5mm", "厚度≥", "1×", "1/", "-1", "((((", "为为为为5", "5 mm ", "不低于"]
        {
            let text = part.repeat(10_000);
            let _ = find_specs(&text, &find_codes(&text), &DEFINITION);
        }
    }

    proptest! {
        #[test]
        fn ranges_ascend_and_lie_in_the_text(
            text in "\\PC{0,40}|[0-9.厚度直径φ×≥±~mk℃%/、以上不低于 ,-]{0,40}|(厚度|≥|5|mm|-|、|×|8|w|以上|ra|φ|\\(|\\)){0,14}",
        ) {
            let text = normalise(&text);
            let mut end = 0;
            for spec in find_specs(&text, &find_codes(&text), &DEFINITION) {
                prop_assert!(spec.range.start >= end && spec.range.start < spec.range.end, "{text}");
                prop_assert!(spec.range.start <= spec.quantity.start && spec.quantity.end <= spec.range.end, "{text}");
                prop_assert!(text.get(spec.range.clone()).is_some() && text.get(spec.quantity).is_some(), "{text}");
                prop_assert!(!spec.amounts.is_empty(), "{text}");
                end = spec.range.end;
            }
        }
    }
}
