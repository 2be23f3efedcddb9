//! What a demand asks for, as a tree: clauses that must, may or had better be met, of all, any or some of what can be
//! compared. A supply's text is read the same way, as what it states. What a text excludes is kept apart.

use std::ops::Range;

use crate::definition::Definition;
use crate::normal::normalise;
use crate::text::exclusions::{Exclusion, ExclusionKind, find_exclusions};
use crate::text::leaves::{Leaf, find_leaves, overlaps};
use crate::text::lists::list_number;
use crate::text::phrases::{Force, Quantifier, core, force_of, is_broad, items_of, quantifier_of};

/// What is asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Need {
    /// One thing.
    Leaf(Leaf),
    /// At least so many of several: 1 for any of them, their number for all.
    Of {
        /// How many.
        least: usize,
        /// Of what; two at least.
        needs: Vec<Need>,
    },
}

/// A part of a text that asks for something.
#[derive(Debug, Clone, PartialEq)]
pub struct Clause {
    /// How strongly it is meant.
    pub force: Force,
    /// Whether something equivalent will do (`或同等档次`).
    pub is_broad: bool,
    /// What is asked for.
    pub need: Need,
}

/// A text taken apart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Requirements {
    /// The normalised text, in which all ranges are.
    pub text: String,
    /// What is asked for or stated, in order.
    pub clauses: Vec<Clause>,
    /// What is excluded, in order.
    pub exclusions: Vec<Exclusion>,
    /// Part numbers, grades and materials that are not unwanted, also those inside of specifications, in order.
    pub codes: Vec<Range<usize>>,
}

/// More clauses of one text are not read.
const CLAUSES_MAX: usize = 300;

/// Takes a raw text apart. Linear in the text but for a factor of the logarithm of its length.
pub fn read_requirements(raw: &str, definition: &Definition) -> Requirements {
    let text = normalise_lines(raw);
    let exclusions = find_exclusions(&text, definition.words.whole());
    // What cannot be done today may be what is asked for.
    let unwanted: Vec<Exclusion> = exclusions.iter().filter(|one| is_unwanted(one)).cloned().collect();
    let (leaves, codes) = find_leaves(&text, &unwanted, definition);
    let clauses = Reader { text: &text, leaves: &leaves, exclusions: &unwanted }.clauses();
    Requirements { text, clauses, exclusions, codes }
}

/// Takes a raw text apart that states what is offered: as [`read_requirements`], but each specification is a clause of its
/// own, and the words between them are left alone. Linear in the text but for a factor of the logarithm of its length.
pub fn read_statements(raw: &str, definition: &Definition) -> Requirements {
    let text = normalise_lines(raw);
    let exclusions = find_exclusions(&text, definition.words.whole());
    let unwanted: Vec<Exclusion> = exclusions.iter().filter(|one| is_unwanted(one)).cloned().collect();
    let (leaves, codes) = find_leaves(&text, &unwanted, definition);
    let statement = |leaf: Leaf| {
        let clause = Clause { force: Force::Plain, is_broad: false, need: Need::Leaf(leaf) };
        matches!(clause.need, Need::Leaf(Leaf::Spec(_))).then_some(clause)
    };
    // As many as of what is asked for are compared.
    let clauses = match leaves.len() + text.chars().filter(|c| may_separate(*c)).count() < CLAUSES_MAX {
        true => leaves.into_iter().filter_map(statement).collect(),
        false => Reader { text: &text, leaves: &leaves, exclusions: &unwanted }.clauses(),
    };
    Requirements { text, clauses, exclusions, codes }
}

/// Says whether a clause, or an item of one, may end at a character.
fn may_separate(c: char) -> bool {
    matches!(c, ';' | '。' | '!' | '?' | ',' | ':' | '或' | '、' | '/' | '和' | '及' | '与' | '以' | '(' | '.' | ')')
}

/// Returns the normalised text without what is forbidden, not needed or not so: what remains is what is wanted.
pub fn wanted_text(raw: &str, definition: &Definition) -> String {
    let text = normalise_lines(raw);
    let exclusions = find_exclusions(&text, definition.words.whole());
    if exclusions.is_empty() {
        return text;
    }
    let mut wanted = String::with_capacity(text.len());
    let mut end = 0;
    for exclusion in exclusions.iter().filter(|one| is_unwanted(one)) {
        wanted.push_str(text.get(end..exclusion.range.start).unwrap_or(""));
        wanted.push(' ');
        end = exclusion.range.end;
    }
    wanted.push_str(text.get(end..).unwrap_or(""));
    wanted
}

fn is_unwanted(exclusion: &Exclusion) -> bool {
    exclusion.kind != ExclusionKind::Unable
}

impl Requirements {
    /// Says whether a text that states something excludes what stands in a range, or cannot do it. O(log n).
    pub fn denies(&self, range: &Range<usize>) -> bool {
        overlaps(&self.exclusions, |one| one.range.clone(), range)
    }
}

/// Normalises a text whose lines are sentences.
fn normalise_lines(raw: &str) -> String {
    let raw = raw.trim();
    if raw.contains(['\n', '\r']) { normalise(&raw.replace(['\n', '\r'], ";")) } else { normalise(raw) }
}

struct Reader<'a> {
    text: &'a str,
    leaves: &'a [Leaf],
    exclusions: &'a [Exclusion],
}

/// A sentence or a member of a numbered list.
#[derive(Debug, Clone)]
struct Segment {
    range: Range<usize>,
    number: Option<u32>,
}

/// A segment taken apart.
#[derive(Debug, Default)]
struct Reading {
    clauses: Vec<Clause>,
    /// Which of the clauses, or of the members of a list before or behind, are asked for.
    quantifier: Option<Quantifier>,
    /// How strongly what is announced is meant.
    force: Option<Force>,
}

/// A numbered list that is being read.
#[derive(Debug, Default)]
struct Group {
    number: u32,
    quantifier: Option<Quantifier>,
    force: Option<Force>,
    members: Vec<Vec<Clause>>,
}

impl Reader<'_> {
    fn clauses(&self) -> Vec<Clause> {
        let segments = self.segments();
        let mut clauses = Vec::new();
        let mut group = Group::default();
        let mut announced = Reading::default();
        for (i, segment) in segments.iter().enumerate() {
            let starts_list = segments.get(i + 1).is_some_and(|next| next.number == Some(1));
            let mut reading = self.segment(&segment.range);
            match segment.number {
                Some(number) => {
                    if number != group.number + 1 || group.members.is_empty() {
                        clauses.extend(group.finish());
                        group.quantifier = announced.quantifier.take();
                        group.force = announced.force.take();
                    }
                    group.number = number;
                    // `(3)c,至少满足其中两项` is said of the whole list.
                    if reading.clauses.len() < 2 && !group.members.is_empty() {
                        group.quantifier = reading.quantifier.take().or(group.quantifier);
                    }
                    group.members.push(reading.finish());
                }
                None if reading.clauses.is_empty() && starts_list => {
                    clauses.extend(group.finish());
                    announced = reading;
                }
                None if reading.clauses.is_empty() && reading.quantifier.is_some() && !group.members.is_empty() => {
                    group.quantifier = reading.quantifier;
                    group.force = reading.force.or(group.force);
                    clauses.extend(group.finish());
                }
                None => {
                    clauses.extend(group.finish());
                    clauses.extend(reading.finish());
                }
            }
            if clauses.len() >= CLAUSES_MAX {
                break;
            }
        }
        clauses.extend(group.finish());
        clauses.truncate(CLAUSES_MAX);
        clauses
    }

    /// Cuts the text at full stops, semicolons and the numbers of lists.
    fn segments(&self) -> Vec<Segment> {
        let mut segments = Vec::new();
        let (mut start, mut number) = (0, None);
        let mut floor = 0;
        for (at, c) in self.text.char_indices() {
            if at < floor || self.is_inside(at) {
                continue;
            }
            let marker = list_number(self.text, at);
            if let Some((next, len)) = marker {
                segments.push(Segment { range: start..at, number });
                (start, number, floor) = (at + len, Some(next), at + len);
            } else if matches!(c, ';' | '。' | '!' | '?') {
                segments.push(Segment { range: start..at, number });
                (start, number) = (at + c.len_utf8(), None);
            }
        }
        segments.push(Segment { range: start..self.text.len(), number });
        segments.retain(|segment| self.slice(&segment.range).contains(char::is_alphanumeric));
        segments
    }

    fn segment(&self, range: &Range<usize>) -> Reading {
        let (head, body) = self.split_head(range);
        let mut reading = Reading {
            clauses: Vec::new(),
            quantifier: head.as_ref().and_then(|head| quantifier_of(self.slice(head))),
            force: head.as_ref().and_then(|head| force_of(self.slice(head))),
        };
        if self.slice(range).trim_start().starts_with(['★', '*', '▲']) {
            reading.force = Some(Force::Hard);
        }
        let parts = self.split(&body, ',');
        let is_one = parts.len() == 1;
        for part in parts {
            let text = self.slice(&part);
            let own = quantifier_of(text);
            let quantifier = if is_one { own.or(reading.quantifier) } else { own };
            let force = force_of(text);
            let items = items_of(self.text, &part, |range| self.leaves_in(range), |at| self.is_inside(at));
            if own.is_some() && items.len() < 2 && self.leaves_in(&part).is_empty() {
                reading.quantifier = own;
                reading.force = reading.force.or(force);
                continue;
            }
            let needs = self.needs(&part, &items, quantifier);
            let force = force.or(reading.force).unwrap_or(Force::Plain);
            let is_broad = is_broad(text);
            if is_one && needs.len() == 1 && reading.quantifier.is_some() {
                reading.quantifier = None;
            }
            reading.clauses.extend(needs.into_iter().map(|need| Clause { force, is_broad, need }));
        }
        reading
    }

    /// Splits off what announces the rest (`须同时满足:`), if it says how strongly or how much of it is meant.
    fn split_head(&self, range: &Range<usize>) -> (Option<Range<usize>>, Range<usize>) {
        let text = self.slice(range);
        let Some(colon) = text.find(':') else { return (None, range.clone()) };
        let head = range.start..range.start + colon;
        let announces = force_of(self.slice(&head)).is_some() || quantifier_of(self.slice(&head)).is_some();
        if announces && self.leaves_in(&head).is_empty() && !self.is_inside(head.end) {
            return (Some(head.clone()), head.end + 1..range.end);
        }
        (None, range.clone())
    }

    /// Splits at a character outside of what can be compared and what is excluded; leaves out empty parts.
    fn split(&self, range: &Range<usize>, separator: char) -> Vec<Range<usize>> {
        let mut parts = Vec::new();
        let mut start = range.start;
        for (offset, _) in self.slice(range).match_indices(separator) {
            let at = range.start + offset;
            if !self.is_inside(at) {
                parts.push(start..at);
                start = at + separator.len_utf8();
            }
        }
        parts.push(start..range.end);
        parts.retain(|part| self.slice(part).contains(char::is_alphanumeric));
        parts
    }

    /// Turns the items of one part into needs: alternatives joined, others each for itself.
    fn needs(&self, part: &Range<usize>, items: &[(Range<usize>, bool)], quantifier: Option<Quantifier>) -> Vec<Need> {
        let kept: Vec<&(Range<usize>, bool)> = items
            .iter()
            .filter(|(item, _)| !overlaps(self.exclusions, |one| one.range.clone(), item) || self.has_leaf(item))
            .collect();
        if let Some(Quantifier::AtLeast(least)) = quantifier.filter(|q| *q != Quantifier::AtLeast(1)) {
            let needs: Vec<Need> = kept.iter().filter_map(|(item, _)| self.item(item)).collect();
            if needs.len() > 1 {
                return vec![Need::Of { least: least.min(needs.len()), needs }];
            }
        }
        let is_any = quantifier == Some(Quantifier::AtLeast(1));
        let joined = self.alternatives(&kept, is_any);
        let mut groups: Vec<Vec<Need>> = Vec::new();
        for ((item, _), is_joined) in kept.iter().zip(joined) {
            let Some(need) = self.item(item) else { continue };
            match groups.last_mut().filter(|_| is_joined) {
                Some(group) => group.push(need),
                None => groups.push(vec![need]),
            }
        }
        let is_words = |group: &Vec<Need>| matches!(group.as_slice(), [Need::Leaf(Leaf::Words(_))]);
        let has_more = groups.iter().any(|group| !is_words(group));
        if !has_more {
            // Nothing to compare and no alternatives: the words of the part.
            let words = core(self.text, part).filter(|_| !kept.is_empty());
            return words.map(|range| Need::Leaf(Leaf::Words(range))).into_iter().collect();
        }
        groups.retain(|group| !is_words(group));
        let join = |mut group: Vec<Need>| match group.len() {
            1 => group.pop(),
            _ => Some(Need::Of { least: 1, needs: group }),
        };
        groups.into_iter().filter_map(join).flat_map(flatten).collect()
    }

    /// Says of each item whether it is an alternative to the one before: `或` joins any two, and reaches back over
    /// a list of the same sort (`A、B或C`); `均可` makes alternatives of all of the same sort.
    fn alternatives(&self, items: &[&(Range<usize>, bool)], is_any: bool) -> Vec<bool> {
        let sorts: Vec<Sort> = items.iter().map(|(item, _)| self.sort(item)).collect();
        let mut joined = vec![false; items.len()];
        let mut reaches = false;
        for i in (1..items.len()).rev() {
            let is_or = items.get(i).is_some_and(|(_, is_or)| *is_or);
            let is_same = sorts.get(i) == sorts.get(i - 1);
            reaches = is_or || ((reaches || is_any) && is_same);
            if let Some(slot) = joined.get_mut(i) {
                *slot = reaches;
            }
        }
        joined
    }

    fn sort(&self, item: &Range<usize>) -> Sort {
        match self.leaves_in(item) {
            [] => Sort::Words,
            [Leaf::Spec(spec)] => Sort::Spec(spec.property.clone(), spec.unit.clone()),
            [_] => Sort::Code,
            _ => Sort::Several,
        }
    }

    fn item(&self, item: &Range<usize>) -> Option<Need> {
        let leaves = self.leaves_in(item);
        let mut needs: Vec<Need> = leaves.iter().cloned().map(Need::Leaf).collect();
        match needs.len() {
            0 => core(self.text, item).map(|range| Need::Leaf(Leaf::Words(range))),
            1 => needs.pop(),
            least => Some(Need::Of { least, needs }),
        }
    }

    /// Returns what can be compared within a range. O(log n).
    fn leaves_in(&self, range: &Range<usize>) -> &[Leaf] {
        let from = self.leaves.partition_point(|leaf| leaf.range().start < range.start);
        let to = self.leaves.partition_point(|leaf| leaf.range().end <= range.end);
        self.leaves.get(from..to.max(from)).unwrap_or(&[])
    }

    fn has_leaf(&self, range: &Range<usize>) -> bool {
        !self.leaves_in(range).is_empty()
    }

    /// Says whether a place is inside of what can be compared or is excluded. O(log n).
    fn is_inside(&self, at: usize) -> bool {
        let here = at..at + 1;
        overlaps(self.leaves, Leaf::range, &here) || overlaps(self.exclusions, |one| one.range.clone(), &here)
    }

    fn slice(&self, range: &Range<usize>) -> &str {
        self.text.get(range.clone()).unwrap_or("")
    }
}

/// Which items may be alternatives in one list.
#[derive(Debug, PartialEq, Eq)]
enum Sort {
    Spec(Option<String>, String),
    Code,
    Words,
    Several,
}

/// All of several is each for itself.
fn flatten(need: Need) -> Vec<Need> {
    match need {
        Need::Of { least, needs } if least == needs.len() => needs,
        other => vec![other],
    }
}

impl Reading {
    /// Applies what is said of the whole segment.
    fn finish(mut self) -> Vec<Clause> {
        raise(&mut self.clauses, self.force);
        let clauses = self.clauses;
        let needs = clauses.iter().map(|clause| vec![clause.clone()]).collect();
        choose(self.quantifier, needs).unwrap_or(clauses)
    }
}

/// Gives clauses that do not say how strongly they are meant what was announced for them.
fn raise(clauses: &mut [Clause], announced: Option<Force>) {
    for clause in clauses.iter_mut().filter(|clause| clause.force == Force::Plain) {
        clause.force = announced.unwrap_or(Force::Plain);
    }
}

impl Group {
    /// Ends the list and returns its clauses.
    fn finish(&mut self) -> Vec<Clause> {
        let mut group = std::mem::take(self);
        group.members.iter_mut().for_each(|member| raise(member, group.force));
        let clauses = group.members.concat();
        choose(group.quantifier, group.members).unwrap_or(clauses)
    }
}

/// Makes one clause of several of which only some are asked for.
fn choose(quantifier: Option<Quantifier>, members: Vec<Vec<Clause>>) -> Option<Vec<Clause>> {
    let Some(Quantifier::AtLeast(least)) = quantifier else { return None };
    let members: Vec<Vec<Clause>> = members.into_iter().filter(|member| !member.is_empty()).collect();
    if members.len() < 2 {
        return None;
    }
    let force = members.iter().flatten().map(|clause| clause.force).min()?;
    let is_broad = members.iter().flatten().any(|clause| clause.is_broad);
    let join = |member: Vec<Clause>| {
        let mut needs: Vec<Need> = member.into_iter().map(|clause| clause.need).collect();
        match needs.len() {
            1 => needs.pop(),
            least => Some(Need::Of { least, needs }),
        }
    };
    let needs: Vec<Need> = members.into_iter().filter_map(join).collect();
    Some(vec![Clause { force, is_broad, need: Need::Of { least: least.min(needs.len()), needs } }])
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;

    static DEFINITION: LazyLock<Definition> = LazyLock::new(|| Definition::compiled().expect("valid"));

    fn write(need: &Need, text: &str) -> String {
        match need {
            Need::Leaf(Leaf::Words(range)) => format!("'{}'", &text[range.clone()]),
            Need::Leaf(leaf) => text[leaf.range()].to_owned(),
            Need::Of { least, needs } => {
                let inside: Vec<String> = needs.iter().map(|need| write(need, text)).collect();
                let name = if *least == needs.len() { "all".to_owned() } else { least.to_string() };
                format!("{name}({})", inside.join(" "))
            }
        }
    }

    /// Writes each clause as its need, with `!` for a must, `?` for a preference and `~` where equivalents will do.
    fn read(raw: &str) -> String {
        let read = read_requirements(raw, &DEFINITION);
        let line = |clause: &Clause| {
            let force = match clause.force {
                Force::Hard => "!",
                Force::Plain => "",
                Force::Soft => "?",
            };
            format!("{force}{}{}", if clause.is_broad { "~" } else { "" }, write(&clause.need, &read.text))
        };
        read.clauses.iter().map(line).collect::<Vec<String>>().join("; ")
    }

    #[test]
    fn clauses_have_a_force() {
        for (text, expected) in [
            ("厚度≥5mm，须抗拉强度不低于520MPa；P4级优先", "厚度≥5mm; !抗拉强度不低于520mpa; ?p4"),
            ("★IP67，工作温度-40℃~85℃", "!ip67; !工作温度-40°c~85°c"),
            ("必须满足：厚度≥5mm，Ra1.6。F级绝缘更佳", "!厚度≥5mm; !ra1.6; ?f级绝缘"),
            ("内径40mm、外径80mm，P5级", "内径40mm; 外径80mm; p5"),
            ("应具备研发能力", "!'具备研发能力'"),
            ("M8×30\n6061-T6", "m8×30; 6061-t6"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn alternatives_are_any_of_one_sort() {
        for (text, expected) in [
            ("材质Q235B、Q355B或40Cr均可", "1(q235b q355b 40cr)"),
            ("Q235B或Q355B", "1(q235b q355b)"),
            ("Q235B/Q355B", "1(q235b q355b)"),
            ("厚度≥5mm、材质Q235B或Q355B", "厚度≥5mm; 1(q235b q355b)"),
            ("外壳材质为铝或铜", "1('铝' '铜')"),
            ("Q355B(旧Q345B)钢板", "1(q355b q345b)"),
            ("厚度大于或等于5mm", "厚度大于或等于5mm"),
            ("P5级或以上", "p5"),
            ("GCr15、ZGCr15", "gcr15; zgcr15"),
            ("满足以下任一项：IP65、IP67", "1(ip65 ip67)"),
            ("厚度为3mm或5mm", "1(厚度为3mm 5mm)"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn lists_are_all_any_or_some() {
        for (text, expected) in [
            ("同时满足①厚度≥5mm②Ra1.6③IP67", "厚度≥5mm; ra1.6; ip67"),
            ("须同时满足：(1)厚度≥5mm；(2)Ra1.6", "!厚度≥5mm; !ra1.6"),
            ("须满足以下至少两项：1.厚度≥5mm；2.Ra1.6；3.IP67", "!2(厚度≥5mm ra1.6 ip67)"),
            ("1、厚度≥5mm；2、Ra1.6；3、IP67，至少满足其中2项", "2(厚度≥5mm ra1.6 ip67)"),
            ("(1)厚度≥5mm，Ra1.6；(2)IP67。以上任一项即可", "1(all(厚度≥5mm ra1.6) ip67)"),
            ("厚度≥5mm，Ra1.6，IP67，至少两项", "2(厚度≥5mm ra1.6 ip67)"),
            ("IP67、Q235B、Ra1.6至少两项", "2(ip67 q235b ra1.6)"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn equivalents_are_marked_and_nothing_else_is_made_of_them() {
        for (text, expected) in [
            ("西门子1FK7或同等档次", "~1fk7"),
            ("相当于6061-T6", "~6061-t6"),
            ("西门子1FK7同类产品", "~1fk7"),
            ("GCr15或相当于GCr15SiMn", "~1(gcr15 gcr15simn)"),
            ("西门子1FK7进口替代", "~1fk7"),
            ("国产化SUS304", "~sus304"),
            ("使用寿命相当长", "'寿命相当长'"),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_excluded_is_not_wanted() {
        for (text, expected) in [
            ("钢帘线，不接受贸易商", "钢帘线, "),
            ("伺服电机 禁用西门子1FK7；国产优先", "伺服电机  ;国产优先"),
            ("IP65(不满足IP67)", "ip65( )"),
            ("无需ISO9001，304不锈钢，厚度不低于5mm", " ,304不锈钢,厚度不低于5mm"),
            ("无缝钢管、非标件", "无缝钢管、非标件"),
        ] {
            assert_eq!(wanted_text(text, &DEFINITION), expected, "{text}");
        }
        assert_eq!(wanted_text("P4级，P5级及以下不接受。", &DEFINITION), "p4级, 。");
        assert_eq!(wanted_text("我司无法加工P4级", &DEFINITION), "我司无法加工p4级", "it may be wanted");
        let read = read_requirements("P5级，暂不能做P4级", &DEFINITION);
        let denied: Vec<bool> = read.codes.iter().map(|range| read.denies(range)).collect();
        assert_eq!(denied, [false, true]);
        let read = read_requirements("须P5级，不得使用Q235B，无需IP67", &DEFINITION);
        assert_eq!(read.codes.iter().map(|range| &read.text[range.clone()]).collect::<Vec<_>>(), ["p5"]);
        let kinds: Vec<ExclusionKind> = read.exclusions.iter().map(|one| one.kind).collect();
        assert_eq!(kinds, [ExclusionKind::Forbidden, ExclusionKind::NotNeeded]);
    }

    #[test]
    fn a_long_text_is_read_in_linear_time() {
        for part in ["厚度≥5mm,", "(1)a;", "或", "a、", "1、", "不接受a,", "q235b/", "至少", ":", "须"] {
            let _ = read_requirements(&part.repeat(5_000), &DEFINITION);
        }
    }

    fn specs(need: &Need) -> Vec<Leaf> {
        match need {
            Need::Leaf(leaf) => Some(leaf).filter(|leaf| matches!(leaf, Leaf::Spec(_))).cloned().into_iter().collect(),
            Need::Of { needs, .. } => needs.iter().flat_map(specs).collect(),
        }
    }

    /// Lists the specifications of a text in order, as what is asked for and as what is stated, with the rest of both.
    fn both_readings(text: &str) -> [(Vec<Leaf>, Requirements); 2] {
        [read_requirements(text, &DEFINITION), read_statements(text, &DEFINITION)].map(|read| {
            let all = read.clauses.iter().flat_map(|clause| specs(&clause.need)).collect();
            (all, Requirements { clauses: Vec::new(), ..read })
        })
    }

    #[test]
    fn what_is_stated_has_an_end_where_what_is_asked_for_has_one() {
        for (text, n_specs) in [("a,", 1), ("a,,(1)", 1), ("厚度6mm,", 101), ("厚度6mm或", 101)] {
            let [asked, stated] = both_readings(&format!("{}厚度5mm", text.repeat(100)));
            assert_eq!((stated.0.len(), &stated), (n_specs, &asked), "{text}");
        }
        for text in ["a,", "甲、q235b,", "厚度6mm,"] {
            let [asked, stated] = both_readings(&format!("{}厚度5mm", text.repeat(400)));
            assert!(stated.0.len() <= CLAUSES_MAX && stated == asked, "{text}");
        }
    }

    fn within(need: &Need, text: &str) -> bool {
        match need {
            Need::Leaf(leaf) => text.get(leaf.range()).is_some_and(|text| !text.is_empty()),
            Need::Of { least, needs } => {
                needs.len() > 1 && (1..=needs.len()).contains(least) && needs.iter().all(|need| within(need, text))
            }
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read(
            text in "\\PC{0,40}|(厚度|≥5mm|q235b|ip67|或|、|/|,|;|:|\\(1\\)|2\\.|须|优先|均可|至少两项|不接受|不可|贸易商|无法|同等| |\n){0,16}",
        ) {
            let read = read_requirements(&text, &DEFINITION);
            for clause in &read.clauses {
                prop_assert!(within(&clause.need, &read.text), "{text:?} {:?}", clause.need);
            }
            prop_assert!(read.codes.iter().all(|range| read.text.get(range.clone()).is_some()));
            let _ = wanted_text(&text, &DEFINITION);
        }

        #[test]
        fn what_is_stated_has_the_specifications_of_all_clauses(
            text in "\\PC{0,40}|(厚度|≥5mm|6mm|-40℃|~85℃|φ20|m8|q235b|ip67|304|不锈钢|1200×|600mm|一|国六|或|或者|同等|以及|以上|任一|、|/|,|;|。|:|\\(|\\)|\\(旧|\\(1\\)|2\\.|3、|至|须|优先|均可|至少两项|不接受|不可|无法| |\n){0,20}",
        ) {
            let [asked, stated] = both_readings(&text);
            prop_assert_eq!(asked, stated, "{:?}", text);
        }
    }
}
