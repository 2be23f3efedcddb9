//! Compares what a demand asks for, clause by clause, with what a supply states: numbers with numbers, grades with
//! grades, part numbers and materials with the same ones. What the supply leaves unsaid is unknown, never missed.

use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::definition::{Definition, Property};
use crate::matching::compare::{Outcome, at_least, compare, is_near};
use crate::matching::designations::{grade_order, is_grade, names};
use crate::matching::pair::{Pair, Side};
use crate::model::{Interval, Share, Verdict};
use crate::normal::as_written_at;
use crate::text::{Clause, Force, Leaf, Need, Requirements, Spec};

/// What a comparison of all clauses says: the value, the reason in Chinese, what is met.
pub(super) struct Comparison {
    /// The weight of what is met, and half of that of what is unknown, among all that is asked for; `None` where nothing
    /// could be compared.
    pub share: Option<Share>,
    /// Why, in Chinese.
    pub reason: String,
    /// What is met, as written.
    pub met: Vec<String>,
}

/// More clauses of one demand are not compared.
const CLAUSES_MAX: usize = 100;
/// More codes of one supply are not compared.
const CODES_MAX: usize = 200;
/// More things of one sort are not shown.
const SHOWN_MAX: usize = 8;

/// The answer to one clause.
struct Answer {
    force: Force,
    outcome: Outcome,
    /// Both sides, in Chinese.
    text: String,
    /// Whether the supply states something of the sort.
    is_stated: bool,
    /// Whether a specification or a code was compared, not words alone.
    is_typed: bool,
}

/// Says whether a demand asks in some columns for anything that is compared.
pub(super) fn asks(demand: &Side<'_>, columns: &[String]) -> bool {
    let read = columns.iter().filter_map(|column| demand.requirements(column));
    read.into_iter().flat_map(|read| &read.clauses).any(|clause| is_typed(&clause.need))
}

/// Compares all clauses in some columns.
pub(super) fn compare_all(pair: &Pair<'_>, demand: &[String], supply: &[String]) -> Comparison {
    let mut answers = answers(pair, demand, supply, |clause| is_typed(&clause.need));
    answers.retain(|answer| answer.is_typed);
    if answers.is_empty() {
        let reason = "需求没有可比对的指标、型号、牌号或等级".to_owned();
        return Comparison { share: None, reason, met: Vec::new() };
    }
    let weight = |outcomes: &[Outcome]| -> u64 {
        let counted = answers.iter().filter(|answer| outcomes.contains(&answer.outcome));
        counted.map(|answer| weight_of(answer.force)).sum()
    };
    let (met, missed) = (weight(&[Outcome::Met]), weight(&[Outcome::Missed, Outcome::Absent]));
    let unknown = weight(&[Outcome::Unknown]);
    // What is unknown counts half, so that a supply that states more of what is asked for stands before one that does not.
    let share = Share::ratio(2 * met + unknown, 2 * (met + missed + unknown)).filter(|_| met + missed > 0);
    let texts = |is_of: &dyn Fn(&Answer) -> bool| -> Vec<String> {
        answers.iter().filter(|answer| is_of(answer)).map(|answer| answer.text.clone()).collect()
    };
    let met = texts(&|answer| answer.outcome == Outcome::Met);
    let missed = texts(&|answer| answer.outcome == Outcome::Missed);
    let open = texts(&|answer| answer.outcome == Outcome::Unknown && answer.is_stated);
    let unseen = texts(&|a| a.outcome == Outcome::Absent || (a.outcome == Outcome::Unknown && !a.is_stated));
    let head = if missed.is_empty() && open.is_empty() && unseen.is_empty() { "都对上了" } else { "对上" };
    let parts = [part(head, &met), part("不符", &missed), part("待核实", &open), part("未见", &unseen)];
    Comparison { share, reason: parts.into_iter().flatten().collect::<Vec<String>>().join("。"), met }
}

/// Rules on the clauses that must be met; `None` if there is none.
pub(super) fn rule_on(pair: &Pair<'_>, demand: &[String], supply: &[String]) -> Option<(Verdict, String)> {
    let mut answers = answers(pair, demand, supply, |clause| clause.force == Force::Hard);
    // Words alone need a person, unless they are alternatives of which one is found.
    answers.retain(|answer| answer.force == Force::Hard && (answer.is_typed || answer.outcome == Outcome::Met));
    let texts = |is_of: &dyn Fn(&Answer) -> bool| -> Vec<String> {
        answers.iter().filter(|answer| is_of(answer)).map(|answer| answer.text.clone()).collect()
    };
    let missed = texts(&|answer| answer.outcome == Outcome::Missed);
    if let Some(detail) = part("必须满足，不符", &missed) {
        return Some((Verdict::Unmet, detail));
    }
    let open = texts(&|answer| answer.outcome != Outcome::Met);
    if let Some(detail) = part("必须满足，供应方未写明", &open) {
        return Some((Verdict::Unknown, detail));
    }
    part("必须满足，都对上了", &texts(&|_| true)).map(|detail| (Verdict::Met, detail))
}

fn part(head: &str, texts: &[String]) -> Option<String> {
    let shown = texts.get(..SHOWN_MAX).unwrap_or(texts);
    let more = if shown.len() < texts.len() { "等" } else { "" };
    (!texts.is_empty()).then(|| format!("{head}：{}{more}", shown.join("；")))
}

fn weight_of(force: Force) -> u64 {
    match force {
        Force::Hard => 3,
        Force::Plain => 2,
        Force::Soft => 1,
    }
}

/// Says whether more than words is asked for.
fn is_typed(need: &Need) -> bool {
    match need {
        Need::Leaf(leaf) => !matches!(leaf, Leaf::Words(_)),
        Need::Of { needs, .. } => needs.iter().any(is_typed),
    }
}

/// Answers every clause of some columns once, if one of them is of those that count; else the supply need not be read.
fn answers(pair: &Pair<'_>, demand: &[String], supply: &[String], counts: impl Fn(&Clause) -> bool) -> Vec<Answer> {
    let sources: Vec<Source<'_>> = demand.iter().filter_map(|column| Source::of(pair.demand, column)).collect();
    if !sources.iter().flat_map(|source| &source.read.clauses).any(counts) {
        return Vec::new();
    }
    let mut stated = Stated::new(pair, supply);
    let codes = sources.iter().flat_map(|source| source.read.codes.iter().map(|range| (source.text(range), *source)));
    let codes = codes.take(CODES_MAX);
    let wishes: BTreeSet<&str> =
        codes.flat_map(|(code, source)| names(pair.context.definition, code, &source.read.text)).collect();
    for code in &mut stated.codes {
        code.answers_wish = code.names.iter().any(|name| wishes.contains(name));
    }
    let mut seen: Vec<(String, usize)> = Vec::new();
    let mut answers: Vec<Answer> = Vec::new();
    for source in sources.iter().copied() {
        for clause in &source.read.clauses {
            if answers.len() >= CLAUSES_MAX {
                break;
            }
            let definition = pair.context.definition;
            let asked =
                Asked { definition, source, stated: &stated, is_broad: clause.is_broad, explains: pair.explains };
            let Some(answer) = asked.answer(clause) else { continue };
            let key = key_of(&clause.need, &source.read.text);
            // What is said in two columns is asked for once, as strongly as in either.
            match seen.iter().find(|(known, _)| *known == key).and_then(|(_, place)| answers.get_mut(*place)) {
                Some(former) => former.force = former.force.min(answer.force),
                None => {
                    seen.push((key, answers.len()));
                    answers.push(answer);
                }
            }
        }
    }
    answers
}

fn key_of(need: &Need, text: &str) -> String {
    match need {
        Need::Leaf(leaf) => text.get(leaf.range()).unwrap_or("").to_owned(),
        Need::Of { least, needs } => {
            let inside: Vec<String> = needs.iter().map(|need| key_of(need, text)).collect();
            format!("{least}({})", inside.join(" "))
        }
    }
}

/// What a supply states in some columns.
struct Stated<'a> {
    specs: Vec<StatedSpec<'a>>,
    codes: Vec<StatedCode<'a>>,
    sources: Vec<Source<'a>>,
}

struct StatedSpec<'a> {
    spec: &'a Spec,
    source: Source<'a>,
}

struct StatedCode<'a> {
    text: &'a str,
    /// Everything by which it may be the same as another.
    names: Vec<&'a str>,
    /// Whether the demand asks for it in any clause.
    answers_wish: bool,
    range: Range<usize>,
    source: Source<'a>,
}

/// A text as written and as read.
#[derive(Clone, Copy)]
struct Source<'a> {
    raw: &'a str,
    read: &'a Requirements,
}

impl<'a> Source<'a> {
    fn of(side: &'a Side<'_>, column: &str) -> Option<Self> {
        Some(Self { raw: side.record.raw(column), read: side.requirements(column)? })
    }

    fn text(self, range: &Range<usize>) -> &'a str {
        self.read.text.get(range.clone()).unwrap_or("")
    }

    /// Returns an amount as written, with the symbol before it (`DN80`, `Ra1.6`).
    fn quantity(self, spec: &Spec) -> String {
        let label = self.text(&(spec.range.start..spec.quantity.start));
        let is_symbol = !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == 'φ');
        self.written(if is_symbol { &spec.range } else { &spec.quantity })
    }

    fn written(self, range: &Range<usize>) -> String {
        as_written_at(self.raw, &self.read.text, range.clone())
    }
}

impl StatedCode<'_> {
    /// Says whether the supply says that it is like this one, not that it is this one (`相当于6061-T6`).
    fn is_likened(&self) -> bool {
        is_likened(&self.source.read.text, self.range.start, self.range.end)
    }
}

impl<'a> Stated<'a> {
    fn new(pair: &Pair<'a>, columns: &[String]) -> Self {
        let mut stated = Self { specs: Vec::new(), codes: Vec::new(), sources: Vec::new() };
        for source in columns.iter().filter_map(|column| Source::of(pair.supply, column)) {
            let specs = specs_in(source.read).filter(|spec| !source.read.denies(&spec.range));
            stated.specs.extend(specs.map(|spec| StatedSpec { spec, source }));
            let codes = source.read.codes.iter().filter(|range| !source.read.denies(range));
            stated.codes.extend(codes.map(|range| StatedCode {
                text: source.text(range),
                names: names(pair.context.definition, source.text(range), &source.read.text),
                answers_wish: false,
                range: range.clone(),
                source,
            }));
            stated.sources.push(source);
        }
        stated.codes.truncate(CODES_MAX);
        stated
    }
}

/// Lists the specifications of a text in order.
pub(super) fn specs_in(read: &Requirements) -> impl Iterator<Item = &Spec> {
    read.clauses.iter().flat_map(|clause| specs_of(&clause.need))
}

fn specs_of(need: &Need) -> Vec<&Spec> {
    match need {
        Need::Leaf(Leaf::Spec(spec)) => vec![spec],
        Need::Leaf(_) => Vec::new(),
        Need::Of { needs, .. } => needs.iter().flat_map(specs_of).collect(),
    }
}

/// Words with which a supply compares itself with something that it is not.
const LIKENED: [&str; 12] =
    ["相当于", "对标", "替代", "代替", "取代", "等同", "同等", "同类", "兼容", "适配", "配套", "国产化"];

/// Says whether the words around a place compare the supply with what stands there.
pub(super) fn is_likened(text: &str, start: usize, end: usize) -> bool {
    const CHARS_AROUND: usize = 8;
    let is_stop = |c: &char| matches!(c, ',' | ';' | '。' | '!');
    let before = text.get(..start).unwrap_or("").char_indices().rev().take(CHARS_AROUND);
    let before = before.take_while(|(_, c)| !is_stop(c)).last().map_or(start, |(at, _)| at);
    let after = text.get(end..).unwrap_or("").char_indices().take(CHARS_AROUND);
    let after = after.take_while(|(_, c)| !is_stop(c)).last().map_or(end, |(at, c)| end + at + c.len_utf8());
    let [before, after] = [before..start, end..after].map(|range| text.get(range).unwrap_or(""));
    LIKENED.iter().any(|word| before.contains(word) || after.contains(word))
}

/// One clause that is asked for, and what it is compared with.
struct Asked<'a> {
    definition: &'a Definition,
    source: Source<'a>,
    stated: &'a Stated<'a>,
    /// All codes that the demand names.
    is_broad: bool,
    /// Whether texts are wanted.
    explains: bool,
}

impl Asked<'_> {
    /// Writes a text, if texts are wanted.
    fn say(&self, text: impl FnOnce() -> String) -> String {
        if self.explains { text() } else { String::new() }
    }

    /// Answers a clause; `None` if it asks for nothing that is compared here.
    fn answer(&self, clause: &Clause) -> Option<Answer> {
        let mut answer = self.need(&clause.need)?;
        answer.force = clause.force;
        if self.is_broad && matches!(answer.outcome, Outcome::Missed | Outcome::Absent) {
            answer.outcome = Outcome::Unknown;
        }
        Some(answer)
    }

    fn need(&self, need: &Need) -> Option<Answer> {
        match need {
            Need::Leaf(Leaf::Spec(spec)) => Some(self.spec(spec)),
            Need::Leaf(Leaf::Code(range)) => self.code(range),
            Need::Leaf(Leaf::Words(range)) => Some(self.words(range)),
            Need::Of { least, needs } => {
                let answers: Vec<Answer> = needs.iter().filter_map(|need| self.need(need)).collect();
                // What others answer (certificates) may be met or not.
                let mut outcomes: Vec<Outcome> = answers.iter().map(|answer| answer.outcome).collect();
                outcomes.resize(needs.len(), Outcome::Unknown);
                let outcome = at_least(*least, &outcomes);
                let shown = answers.iter().filter(|a| outcome != Outcome::Met || a.outcome == Outcome::Met);
                let texts: Vec<&str> = shown.map(|answer| answer.text.as_str()).collect();
                let text = match *least {
                    _ if outcome == Outcome::Met => texts.join("、"),
                    1 => texts.join("或"),
                    least if least == needs.len() => texts.join("、"),
                    least => format!("{}（至少{least}项）", texts.join("、")),
                };
                (!answers.is_empty()).then(|| Answer {
                    force: Force::Plain,
                    outcome,
                    text,
                    is_stated: answers.iter().any(|answer| answer.is_stated),
                    is_typed: answers.iter().any(|answer| answer.is_typed),
                })
            }
        }
    }

    /// Compares a number or a range with what is offered.
    fn spec(&self, wish: &Spec) -> Answer {
        let property = wish.property.as_deref().and_then(|name| self.definition.properties.get(name));
        let label = || property.map_or(String::new(), |property| format!("{}：", property.label));
        let written = || self.source.quantity(wish);
        let both = |offer: &StatedSpec<'_>| {
            self.say(|| format!("{}需{}，供{}", label(), written(), offer.source.quantity(offer.spec)))
        };
        let alone = || self.say(|| format!("{}{}", label(), written()));
        let (outcome, text, is_stated) = match self.best_offer(wish, property) {
            Some((Outcome::Met, offer)) => (Outcome::Met, both(offer), true),
            _ if self.is_written_as_code(wish) => (Outcome::Met, alone(), true),
            Some((outcome, offer)) => (outcome, both(offer), true),
            None => (Outcome::Unknown, alone(), false),
        };
        Answer { force: Force::Plain, outcome, text, is_stated, is_typed: true }
    }

    /// Finds what answers best among the offers of the same property; where there is none, among those of the same unit
    /// that may be said of it, unless they are lengths. The latter may meet a wish, but never miss it; likewise where
    /// the wish names no property, unless only one number can be meant, or both are in inches (`12英寸硅片`).
    fn best_offer(&self, wish: &Spec, property: Option<&Property>) -> Option<(Outcome, &StatedSpec<'_>)> {
        let of_unit =
            |offer: &&StatedSpec<'_>| offer.spec.unit == wish.unit && offer.spec.amounts.len() == wish.amounts.len();
        let is_length = wish.unit == "m";
        let is_named_size = property.is_none() && wish.is_in_inches;
        let comparable = || {
            let offers = self.stated.specs.iter().filter(of_unit);
            offers.filter(move |offer| !is_named_size || offer.spec.is_in_inches)
        };
        let mut offers: Vec<&StatedSpec<'_>> = match property {
            Some(_) => comparable().filter(|offer| offer.spec.property == wish.property).collect(),
            None => comparable().collect(),
        };
        let is_one = is_named_size || (!is_length && offers.len() == 1);
        let is_telling = !offers.is_empty() && (property.is_some() || is_one);
        if let Some(property) = property.filter(|_| offers.is_empty()) {
            let is_said = |offer: &&StatedSpec<'_>| {
                let is_bare_size = wish.is_in_inches && offer.spec.is_in_inches && offer.spec.property.is_none();
                is_bare_size || (!is_length && self.may_be_of(offer.spec, property))
            };
            offers = comparable().filter(is_said).collect();
        }
        let outcomes = offers.into_iter().map(|offer| (amounts(wish, offer.spec, property), offer));
        let said = outcomes.filter(|(outcome, _)| is_telling || matches!(outcome, Outcome::Met | Outcome::Absent));
        said.min_by_key(|(outcome, _)| match outcome {
            Outcome::Met => 0,
            Outcome::Unknown => 1,
            Outcome::Absent => 2,
            Outcome::Missed => 3,
        })
    }

    /// Says whether the supply writes a size or a diameter as a code, without its unit.
    fn is_written_as_code(&self, wish: &Spec) -> bool {
        let is_within = |code: &&Range<usize>| {
            wish.quantity.start < code.end && wish.range.start <= code.start && code.end <= wish.range.end
        };
        let mut codes = self.source.read.codes.iter().filter(is_within).map(|code| self.source.text(code));
        codes.any(|code| self.stated.codes.iter().any(|offer| offer.text == code))
    }

    /// Says whether a specification may be said of a property that is asked for: it is said of none, or of a narrower or
    /// broader one (`额定功率` is a `功率`).
    fn may_be_of(&self, offer: &Spec, wish: &Property) -> bool {
        let Some(name) = offer.property.as_deref() else { return true };
        let label = self.definition.properties.get(name).map_or("", |property| property.label.as_str());
        label.ends_with(&wish.label) || wish.label.ends_with(label)
    }

    /// Compares a part number, grade or material; `None` for certificates, which have a rule of their own.
    fn code(&self, range: &Range<usize>) -> Option<Answer> {
        let wish = self.source.text(range);
        let definition = self.definition;
        if definition.certificates.find(wish).is_some() {
            return None;
        }
        let answer =
            |outcome, text, is_stated| Some(Answer { force: Force::Plain, outcome, text, is_stated, is_typed: true });
        let written = || self.source.written(range);
        let order = |offer: &StatedCode<'_>| grade_order(definition, offer.text, wish);
        let wished = names(definition, wish, &self.source.read.text);
        let is_same = |offer: &&StatedCode<'_>| offer.names.iter().any(|name| wished.contains(name));
        let same = self.stated.codes.iter().filter(is_same);
        if let Some(offer) = same.min_by_key(|offer| offer.is_likened()) {
            let text = self.say(|| match offer.text == wish {
                true => written(),
                false => format!("{}（即{}）", offer.source.written(&offer.range), written()),
            });
            let is_met = !offer.is_likened() || self.is_broad;
            return answer(if is_met { Outcome::Met } else { Outcome::Unknown }, text, true);
        }
        let own = || self.stated.codes.iter().filter(|offer| !offer.is_likened());
        if let Some(better) = own().find(|offer| order(offer) == Some(Ordering::Greater)) {
            let text = self.say(|| format!("{}（高于{}）", better.source.written(&better.range), written()));
            return answer(Outcome::Met, text, true);
        }
        if let Some(worse) = own().find(|offer| order(offer) == Some(Ordering::Less)) {
            let text = self.say(|| format!("需{}，供{}", written(), worse.source.written(&worse.range)));
            return answer(Outcome::Missed, text, true);
        }
        // Only another one of the sort tells that it is not offered: no grade, and none that answers another clause.
        let is_other = |offer: &StatedCode<'_>| !is_grade(definition, offer.text) && !offer.answers_wish;
        let is_absent = !is_grade(definition, wish) && own().any(is_other);
        answer(if is_absent { Outcome::Absent } else { Outcome::Unknown }, self.say(written), false)
    }

    /// Words are met where the supply has them as they stand; that they are missing says nothing.
    fn words(&self, range: &Range<usize>) -> Answer {
        let wish = self.source.text(range);
        let is_met = self.stated.sources.iter().any(|source| states_word(source.read, wish));
        let outcome = if is_met { Outcome::Met } else { Outcome::Unknown };
        let text = self.say(|| self.source.written(range));
        Answer { force: Force::Plain, outcome, text, is_stated: false, is_typed: false }
    }
}

/// Says whether a text has a word that it does not exclude.
pub(super) fn states_word(read: &Requirements, word: &str) -> bool {
    word_places(&read.text, word).any(|start| !read.denies(&(start..start + word.len())))
}

/// Returns where a text has a word as it stands; digits and letters must not go on on either side.
pub(super) fn word_places<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    let is_latin = |c: char| c.is_ascii_alphanumeric();
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = text.get(..*at).unwrap_or("").ends_with(is_latin) && word.starts_with(is_latin);
        let after = text.get(at + word.len()..).unwrap_or("").starts_with(is_latin) && word.ends_with(is_latin);
        !before && !after
    })
}

/// Lengths that differ by a larger factor are said of different things (`直径`: a ring of 3 m, a pore of 0.3 mm).
const LENGTH_RATIO_MAX: f64 = 100.0;
/// As above, for numbers whose property is not named.
const BARE_RATIO_MAX: f64 = 20.0;

/// Compares the amounts of one specification; the sides of a size in any order.
fn amounts(wish: &Spec, offer: &Spec, property: Option<&Property>) -> Outcome {
    let wish_unit = wish.unit.as_str();
    if let ([wish], [offer]) = (wish.amounts.as_slice(), offer.amounts.as_slice()) {
        let outcome = compare(wish, offer, property);
        let is_close = match property {
            Some(_) => wish_unit != "m" || is_near(wish, offer, LENGTH_RATIO_MAX),
            None => wish_unit == "℃" || is_near(wish, offer, BARE_RATIO_MAX),
        };
        return if outcome == Outcome::Met && !is_close { Outcome::Unknown } else { outcome };
    }
    let sides = |spec: &Spec| {
        let key = |side: &Interval| side.low().or(side.high()).map_or(0.0, |bound| bound.value);
        let mut sides = spec.amounts.clone();
        sides.sort_by(|left, right| key(left).total_cmp(&key(right)));
        sides
    };
    let (wish, offer) = (sides(wish), sides(offer));
    let is_met = wish.iter().zip(&offer).all(|(wish, offer)| compare(wish, offer, None) == Outcome::Met);
    // Who lists a size may make others.
    if is_met && wish.len() == offer.len() { Outcome::Met } else { Outcome::Absent }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::matching::pair::tests::with_pair;

    fn columns() -> Vec<String> {
        ["technical", "spec"].map(str::to_owned).to_vec()
    }

    /// Compares two texts: the share of hundred, and the reason.
    fn compared(demand: &str, supply: &str) -> String {
        with_pair(&[("technical", demand)], &[("technical", supply)], |pair| {
            let found = compare_all(pair, &columns(), &columns());
            let share = found.share.map_or("-".to_owned(), |share| (share.ten_thousandths() / 100).to_string());
            format!("{share} {}", found.reason)
        })
    }

    fn ruled(demand: &str, supply: &str) -> Option<(Verdict, String)> {
        with_pair(&[("technical", demand)], &[("technical", supply)], |pair| rule_on(pair, &columns(), &columns()))
    }

    #[test]
    fn numbers_are_compared_with_both_values_in_the_reason() {
        for (demand, supply, expected) in [
            ("厚度≥5mm", "厚度6mm", "100 都对上了：厚度：需≥5mm，供6mm"),
            ("厚度≥5mm", "厚度4mm", "0 不符：厚度：需≥5mm，供4mm"),
            ("厚度≥5mm", "厚度3mm、6mm", "100 都对上了：厚度：需≥5mm，供6mm"),
            ("厚度≥5mm", "钢板", "- 未见：厚度：≥5mm"),
            ("厚度≥5mm", "长度6mm", "- 未见：厚度：≥5mm"),
            ("厚度5毫米以上", "厚度0.5cm", "100 都对上了：厚度：需5毫米以上，供0.5cm"),
            ("厚度5mm以下", "厚度5mm", "0 不符：厚度：需5mm以下，供5mm"),
            ("直径20±0.05mm", "直径10-100mm", "100 都对上了：直径：需20±0.05mm，供10-100mm"),
            ("抗拉强度不低于520MPa", "抗拉强度≥400MPa", "- 待核实：抗拉强度：需不低于520MPa，供≥400MPa"),
            ("工作温度-40℃~85℃", "工作温度-40～105℃", "100 都对上了：工作温度：需-40℃~85℃，供-40～105℃"),
            ("工作温度-40℃~85℃", "工作温度-20～105℃", "0 不符：工作温度：需-40℃~85℃，供-20～105℃"),
            ("循环寿命4000次", "循环寿命≥6000次", "100 都对上了：循环寿命：需4000次，供≥6000次"),
            ("定位精度±0.01mm", "定位精度8μm", "100 都对上了：定位精度：需±0.01mm，供8μm"),
            ("HRC58-62", "硬度60HRC", "100 都对上了：洛氏硬度：需HRC58-62，供60HRC"),
            ("1200×2400mm", "2400mm*1200mm", "100 都对上了：需1200×2400mm，供2400mm*1200mm"),
            ("1200×2400mm", "1200×2400", "100 都对上了：1200×2400mm"),
            ("≥1200×600mm", "700×1300mm", "100 都对上了：需≥1200×600mm，供700×1300mm"),
            ("1200×2400mm", "1000×2000mm", "0 未见：需1200×2400mm，供1000×2000mm"),
            ("12英寸抛光硅片", "12英寸", "100 都对上了：需12英寸，供12英寸"),
            ("12英寸抛光硅片", "8英寸、6英寸", "0 不符：需12英寸，供8英寸"),
            ("12英寸", "厚度725μm", "- 未见：12英寸"),
            ("直径12英寸", "12英寸", "100 都对上了：直径：需12英寸，供12英寸"),
            ("投影面积≥1.2m2", "投影面积≤1.5m2", "100 都对上了：面积：需≥1.2m2，供≤1.5m2"),
            ("内毒素≤0.003IU/mg", "内毒素≤0.002IU/mg", "100 都对上了：内毒素：需≤0.003IU/mg，供≤0.002IU/mg"),
            ("分子量100-150万", "分子量60-200万", "100 都对上了：分子量：需100-150万，供60-200万"),
            ("直径≤3m", "直径0.25mm", "- 待核实：直径：需≤3m，供0.25mm"),
            ("颗粒(≥45nm)", "厚度0.8-2.0mm", "- 未见：≥45nm"),
            ("≥1200kPa", "抗拉强度3400MPa", "- 待核实：需≥1200kPa，供3400MPa"),
            ("厚度≥5mm", "厚度4mm，12英寸", "0 不符：厚度：需≥5mm，供4mm"),
            ("行程300mm", "300mm行程", "100 都对上了：行程：需300mm，供300mm"),
            ("0-60MPa", "35MPa", "- 待核实：需0-60MPa，供35MPa"),
            (
                "DN80，PN40",
                "DN15-DN300，PN16-PN100",
                "100 都对上了：公称直径：需DN80，供DN15-DN300；公称压力等级：需PN40，供PN16-PN100",
            ),
            ("60kW", "额定功率60kW", "100 都对上了：需60kW，供60kW"),
            ("额定功率60kW", "60kW", "100 都对上了：额定功率：需60kW，供60kW"),
            ("功率60kW", "额定功率60kW", "100 都对上了：功率：需60kW，供60kW"),
            ("功率60kW", "额定功率55kW", "- 未见：功率：60kW"),
            ("额定功率60kW", "55kW", "- 未见：额定功率：60kW"),
        ] {
            assert_eq!(compared(demand, supply), expected, "{demand} | {supply}");
        }
    }

    #[test]
    fn grades_codes_and_materials_are_compared() {
        for (demand, supply, expected) in [
            ("P5级", "P6、P5、P4级", "100 都对上了：P5"),
            ("P5级", "P4级", "100 都对上了：P4（高于P5）"),
            ("P4级", "P6、P5级", "0 不符：需P4，供P6"),
            ("IT7", "IT6", "100 都对上了：IT6（高于IT7）"),
            ("0.5级", "0.2级", "100 都对上了：0.2级（高于0.5级）"),
            ("F级绝缘", "B级绝缘", "0 不符：需F级绝缘，供B级绝缘"),
            ("IP67", "IP65", "0 不符：需IP67，供IP65"),
            ("IP65", "IP67", "100 都对上了：IP67（高于IP65）"),
            ("P4级", "P5级，暂不能做P4级", "0 不符：需P4，供P5"),
            ("直径600mm", "无法加工直径600mm", "- 未见：直径：600mm"),
            ("P4级", "正在申请P4级", "- 未见：P4"),
            ("IP67", "IP65(不满足IP67)", "0 不符：需IP67，供IP65"),
            ("6061-T6", "6061-T651", "0 未见：6061-T6"),
            ("Q355B", "钢板", "- 未见：Q355B"),
            ("304/06Cr19Ni10", "304不锈钢", "100 都对上了：304（即304/06Cr19Ni10）"),
            ("IP67", "P4级", "- 未见：IP67"),
            ("6205-2，Q235B", "6205-2", "75 对上：6205-2。未见：Q235B"),
            ("6205-2，Q235B", "6205-2，Q355B", "50 对上：6205-2。未见：Q235B"),
            ("C3级，M8×30", "C3，M8*30", "100 都对上了：C3；M8×30"),
            ("ISO9001", "钢板", "- 需求没有可比对的指标、型号、牌号或等级"),
        ] {
            assert_eq!(compared(demand, supply), expected, "{demand} | {supply}");
        }
    }

    #[test]
    fn alternatives_equivalents_and_weights() {
        for (demand, supply, expected) in [
            ("Q235B、Q355B或40Cr均可", "Q355B", "100 都对上了：Q355B"),
            ("Q235B或Q355B", "40Cr", "0 未见：Q235B或Q355B"),
            ("至少满足两项：IP67、厚度≥5mm、P5级", "IP67，厚度6mm", "100 都对上了：IP67、厚度：需≥5mm，供6mm"),
            ("西门子1FK7或同等档次", "示例2SM9", "- 未见：1FK7"),
            ("1FK7", "相当于1FK7", "- 待核实：1FK7"),
            ("1FK7或同等档次", "相当于1FK7", "100 都对上了：1FK7"),
            ("厚度≥5mm，P5级", "厚度6mm", "75 对上：厚度：需≥5mm，供6mm。未见：P5"),
            ("厚度≥5mm，P5级", "厚度4mm", "25 不符：厚度：需≥5mm，供4mm。未见：P5"),
            ("须厚度≥5mm，P5级优先", "厚度6mm，P6级", "75 对上：厚度：需≥5mm，供6mm。不符：需P5，供P6"),
            ("厚度≥5mm，不得使用Q235B", "厚度6mm，Q235B", "100 都对上了：厚度：需≥5mm，供6mm"),
        ] {
            assert_eq!(compared(demand, supply), expected, "{demand} | {supply}");
        }
    }

    #[test]
    fn only_what_must_be_met_is_ruled_on() {
        let said = |verdict, detail: &str| Some((verdict, detail.to_owned()));
        for (demand, supply, expected) in [
            ("厚度≥5mm", "厚度4mm", None),
            ("厚度≥5mm优先", "厚度4mm", None),
            ("须厚度≥5mm", "厚度4mm", said(Verdict::Unmet, "必须满足，不符：厚度：需≥5mm，供4mm")),
            ("须厚度≥5mm", "厚度6mm", said(Verdict::Met, "必须满足，都对上了：厚度：需≥5mm，供6mm")),
            ("须厚度≥5mm", "钢板", said(Verdict::Unknown, "必须满足，供应方未写明：厚度：≥5mm")),
            ("必须为Q355B", "Q235B", said(Verdict::Unknown, "必须满足，供应方未写明：Q355B")),
            ("必须为Q355B或同等档次，须IP67", "IP65", said(Verdict::Unmet, "必须满足，不符：需IP67，供IP65")),
            ("应具备研发能力", "钢板", None),
            ("外壳应为铝或铜", "不做铜外壳", None),
            ("外壳应为铝或铜", "铜外壳", said(Verdict::Met, "必须满足，都对上了：铜")),
        ] {
            assert_eq!(ruled(demand, supply), expected, "{demand} | {supply}");
        }
    }

    #[test]
    fn what_two_columns_ask_for_is_asked_for_once_and_as_strongly_as_in_either() {
        let (demand, supply) = ([("spec", "P5级"), ("technical", "须P5级")], [("spec", "P6级")]);
        let found = with_pair(&demand, &supply, |pair| {
            (compare_all(pair, &columns(), &columns()).reason, rule_on(pair, &columns(), &columns()))
        });
        assert_eq!(found.0, "不符：需P5，供P6");
        assert_eq!(found.1.map(|(verdict, _)| verdict), Some(Verdict::Unmet));
    }

    /// Specifications that a demand may ask for, what meets each, and what misses it.
    const ASKED: [(&str, &str, &str); 6] = [
        ("厚度≥5mm", "厚度6mm", "厚度4mm"),
        ("须外径80mm", "外径80mm", "外径90mm"),
        ("P5级优先", "P4级", "P6级"),
        ("抗拉强度≥520MPa", "抗拉强度600MPa", "抗拉强度500MPa"),
        ("须IP67", "IP67", "IP65"),
        ("12英寸", "12英寸", "8英寸"),
    ];

    proptest! {
        #[test]
        fn who_meets_more_with_the_same_misses_never_scores_lower(stated in prop::array::uniform6(0..4_u8)) {
            let demand = ASKED.map(|(asked, _, _)| asked).join("，");
            // 0 is left unsaid, 1 is met by both, 2 is missed by both, 3 is met by the better one only.
            let supply = |is_better: bool| {
                let said = ASKED.iter().zip(stated).filter_map(|((_, met, missed), stated)| match stated {
                    1 => Some(*met),
                    2 => Some(*missed),
                    3 => Some(*met).filter(|_| is_better),
                    _ => None,
                });
                said.collect::<Vec<&str>>().join("，")
            };
            let share = |supply: &str| {
                with_pair(&[("technical", &demand)], &[("technical", supply)], |pair| {
                    compare_all(pair, &columns(), &columns()).share
                })
            };
            let (better, other) = (share(&supply(true)), share(&supply(false)));
            // Who states nothing comparable gets the neutral value of the lane.
            prop_assert!(other.is_none() || better >= other, "{better:?} {other:?} {stated:?}");
            prop_assert_eq!(other.is_none(), stated.iter().all(|one| matches!(one, 0 | 3)));
        }

        #[test]
        fn what_a_text_asks_for_it_never_misses_itself(
            text in "\\PC{0,30}|(厚度|≥5mm|工作温度|-40~85℃|q235b|ip67|p5级|须|或|、|,|60kw|1×2mm|±0.1mm|循环寿命|300次| ){0,12}",
        ) {
            with_pair(&[("technical", &text)], &[("technical", &text)], |pair| {
                let answers = answers(pair, &columns(), &columns(), |_| true);
                let wrong = answers.iter().find(|a| matches!(a.outcome, Outcome::Missed | Outcome::Absent));
                let said = wrong.map(|answer| answer.text.clone());
                prop_assert!(said.is_none(), "{text}: {said:?}");
                Ok(())
            })?;
        }
    }
}
