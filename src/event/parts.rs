//! Reads the parts of an event file: each function takes one part as written and gives it as it is meant, or says at its
//! line why it cannot be meant.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time};
use toml::{Spanned, Value};

use crate::agenda::{Role, SLOTS_MAX};
use crate::definition::{Definition, RegionReading, Tier};
use crate::error::Result;
use crate::event::file::{ClosedFile, EventFile, GroupFile, LockFile, PairFile, PartyFile, SideFile, TimeFile, When};
use crate::event::settings::{ATTENDEES_MAX, EventItem, EventLane, EventLock, EventStaff, Group, Named, Pitches, Wish};
use crate::event::source::Source;
use crate::event::timetable::{Span, TimeSlot, clock, later, lay_out, parse_time};

/// A list in the file may have so many parts, but for parties and pairs.
const PARTS_MAX: usize = 500;
/// An event takes place in one of these years.
const YEARS: std::ops::RangeInclusive<i16> = 2000..=2999;

/// Reads one file.
pub(super) struct Reader<'a> {
    /// The file's text.
    pub(super) source: &'a Source,
    definition: &'a Definition,
    file: &'a EventFile,
    days: Vec<Span>,
}

impl<'a> Reader<'a> {
    /// Reads the days, on which all times depend, and checks what stands by itself.
    pub(super) fn new(source: &'a Source, definition: &'a Definition, file: &'a EventFile) -> Result<Self> {
        let mut reader = Self { source, definition, file, days: Vec::new() };
        let version = file.version.get_ref();
        if version != "1" {
            return reader.bad(&file.version, format!("version 是“{version}”，本程序只认识 \"1\""));
        }
        for (text, key) in [(&file.name, "name"), (&file.place, "place"), (&file.host, "host")] {
            reader.short(text, key)?;
        }
        if file.name.get_ref().trim().is_empty() {
            return reader.bad(&file.name, "name 不能是空的");
        }
        reader.few(&file.day, "[[day]]", 31)?;
        reader.few(&file.programme, "[[programme]]", PARTS_MAX)?;
        reader.few(&file.closed, "[[closed]]", PARTS_MAX)?;
        reader.few(&file.group, "[[group]]", PARTS_MAX)?;
        reader.few(&file.staff, "[[staff]]", PARTS_MAX)?;
        reader.few(&file.party, "[[party]]", ATTENDEES_MAX)?;
        reader.few_pairs(file.must.iter().map(|pair| &pair.buyer), "[[must]]")?;
        reader.few_pairs(file.must_not.iter().map(|pair| &pair.buyer), "[[must_not]]")?;
        reader.few_pairs(file.lock.iter().map(|lock| &lock.buyer), "[[lock]]")?;
        if file.day.is_empty() {
            return reader.bad(&file.name, "至少要有一天：[[day]]");
        }
        for day in &file.day {
            let date = reader.date(&day.get_ref().date)?;
            let at = |time: Time| date.to_datetime(time);
            let span = Span { start: at(reader.time(&day.get_ref().from)?), end: at(reader.time(&day.get_ref().to)?) };
            if span.end <= span.start {
                return reader.bad(&day.get_ref().to, "to 应晚于 from");
            }
            if reader.days.last().is_some_and(|before| before.start.date() >= date) {
                return reader.bad(&day.get_ref().date, "各天应按日期先后写，每天一个 [[day]]");
            }
            reader.days.push(span);
        }
        let listed = file.group.iter().filter_map(|group| group.get_ref().parties.as_ref());
        if listed.map(Vec::len).sum::<usize>() > ATTENDEES_MAX {
            let what = format!("参会单位超过 {ATTENDEES_MAX} 个；请分成几场");
            return Err(source.bad(file.group.first().map_or(0, |group| group.span().start), what));
        }
        Ok(reader)
    }

    /// Reads the lanes with their ranks.
    pub(super) fn lanes(&self) -> Result<Vec<EventLane>> {
        let mut lanes: Vec<EventLane> = Vec::new();
        for written in &self.file.lanes {
            let name = self.lane(written)?;
            if lanes.iter().any(|lane| lane.name == name) {
                return self.bad(written, format!("通道“{}”写了两次", written.get_ref()));
            }
            let mut rank = 0;
            for (place, group) in (0..).zip(&self.file.order) {
                for other in group {
                    rank = if self.lane(other)? == name { place } else { rank };
                }
            }
            lanes.push(EventLane { name, rank });
        }
        if lanes.is_empty() {
            return self.bad(&self.file.name, "lanes 不能是空的：至少写一条对接通道");
        }
        let mut ordered = BTreeSet::new();
        for written in self.file.order.iter().flatten() {
            let name = self.lane(written)?;
            if lanes.iter().all(|lane| lane.name != name) || !ordered.insert(name) {
                let what = format!("order 中的“{}”应是 lanes 里的通道，各写一次", written.get_ref());
                return self.bad(written, what);
            }
        }
        let missing = lanes.iter().find(|lane| !ordered.is_empty() && !ordered.contains(&lane.name));
        match (missing, self.file.order.iter().flatten().next()) {
            (Some(lane), Some(first)) => self.bad(first, format!("order 缺少通道 {}：lanes 里的都要排进去", lane.name)),
            _ => Ok(lanes),
        }
    }

    fn lane(&self, written: &Spanned<String>) -> Result<String> {
        let name = written.get_ref();
        let found = self.definition.lanes.values().find(|lane| lane.name == *name || lane.label == *name);
        found.map(|lane| lane.name.clone()).ok_or_else(|| {
            let known: Vec<&str> = self.definition.lanes_in_order().iter().map(|lane| lane.name.as_str()).collect();
            self.source.bad(written.span().start, format!("没有“{name}”这条对接通道；可用：{}", known.join("、")))
        })
    }

    /// Reads the programme.
    pub(super) fn programme(&self) -> Result<Vec<EventItem>> {
        let mut items: Vec<EventItem> = Vec::new();
        for written in &self.file.programme {
            let item = written.get_ref();
            let at = written.span().start;
            self.short(&item.title, "title")?;
            let span = self.span(item.date.as_ref(), Some(&item.from), Some(&item.to), at)?;
            if item.parties.as_ref().is_some_and(Vec::is_empty) {
                return self.bad(&item.title, "parties 是空的；全体参加就不写 parties");
            }
            let parties = item.parties.as_ref().map(|names| all_named(names));
            items.push(EventItem { title: item.title.get_ref().clone(), span, parties, at });
        }
        Ok(items)
    }

    /// Reads the pitches.
    pub(super) fn pitches(&self) -> Result<Option<Pitches>> {
        let Some(written) = &self.file.pitches else { return Ok(None) };
        let (file, at) = (written.get_ref(), written.span().start);
        let minutes = self.minutes(&file.minutes, "minutes")?;
        let count: u32 = self.count(&file.count, "count")?;
        if let Some(title) = &file.title {
            self.short(title, "title")?;
        }
        if let Some(beyond) = file.parties.get(usize::try_from(count).unwrap_or(usize::MAX)) {
            return self.bad(beyond, format!("路演只有 {count} 个，parties 多了"));
        }
        let day = self.day(file.date.as_ref(), at)?;
        let mut start = day.start.date().to_datetime(self.time(&file.from)?);
        let mut spans = Vec::new();
        for _ in 0..count {
            let end = later(start, minutes).filter(|end| start >= day.start && *end <= day.end);
            let end = end.ok_or_else(|| self.source.bad(at, format!("路演超出了当天的 {}", day.clock())))?;
            spans.push(Span { start, end });
            start = end;
        }
        let title = file.title.as_ref().map_or("项目路演", |title| title.get_ref().as_str()).to_owned();
        Ok(Some(Pitches { title, spans, parties: all_named(&file.parties), audience: file.audience, at }))
    }

    /// Lays out the slots between the blocks that bind everybody, which must not overlap with any other block.
    pub(super) fn slots(&self, programme: &[EventItem], pitches: Option<&Pitches>) -> Result<Vec<TimeSlot>> {
        let pitched = pitches.and_then(Pitches::block).map(|block| (block, pitches.map_or(0, |pitches| pitches.at)));
        let of_all: Vec<(Span, usize)> =
            programme.iter().filter(|item| item.parties.is_none()).map(|item| (item.span, item.at)).collect();
        for (pitch, at) in pitches.iter().flat_map(|pitches| pitches.spans.iter().map(|span| (*span, pitches.at))) {
            if let Some((block, _)) = of_all.iter().find(|(block, _)| block.overlaps(pitch)) {
                return Err(self.source.bad(at, format!("与全体参加的 {} 重叠", block.clock())));
            }
        }
        let mut blocks: Vec<(Span, usize)> = of_all.into_iter().chain(pitched).collect();
        blocks.sort_unstable();
        for pair in blocks.windows(2) {
            if let [(before, _), (after, at)] = pair
                && before.overlaps(*after)
            {
                return Err(self.source.bad(*at, format!("与全体参加的 {} 重叠", before.clock())));
            }
        }
        for item in programme.iter().filter(|item| item.parties.is_some()) {
            if let Some((block, _)) = blocks.iter().find(|(block, _)| block.overlaps(item.span)) {
                return Err(self.source.bad(item.at, format!("与全体参加的 {} 重叠", block.clock())));
            }
        }
        let (meetings, at) = (self.file.meetings.get_ref(), self.file.meetings.span().start);
        let minutes = self.minutes(&meetings.minutes, "minutes")?;
        let pause = meetings.pause.as_ref().map_or(Ok(0), |pause| self.pause(pause))?;
        let blocks: Vec<Span> = blocks.into_iter().map(|(block, _)| block).collect();
        let slots = lay_out(&self.days, &blocks, minutes, pause);
        if slots.is_empty() {
            return Err(self.source.bad(at, format!("排不出时段：除去全体参加的安排，没有连续的 {minutes} 分钟")));
        }
        if slots.len() > SLOTS_MAX {
            let what = format!("时段有 {} 个，最多 {SLOTS_MAX} 个；请把每场洽谈加长，或分成几场", slots.len());
            return Err(self.source.bad(at, what));
        }
        Ok(slots)
    }

    /// Reads how many tables there are.
    pub(super) fn tables(&self) -> Result<u32> {
        self.count(&self.file.meetings.get_ref().tables, "tables")
    }

    /// Reads the most meetings in a row.
    pub(super) fn row_max(&self) -> Result<Option<u32>> {
        let written = self.file.meetings.get_ref().in_a_row.as_ref();
        written.map(|most| self.count(most, "in_a_row")).transpose()
    }

    /// Reads the score below which pairs are not considered, in hundredths.
    pub(super) fn score_min(&self) -> Result<u16> {
        let written = self.file.meetings.get_ref().score_min.as_ref();
        written.map_or(Ok(0), |points| self.score(points, "score_min"))
    }

    /// Reads which tables are out of use when.
    pub(super) fn closed(&self) -> Result<Vec<(BTreeSet<u32>, Span)>> {
        let closed = |written: &Spanned<ClosedFile>| {
            let (file, at) = (written.get_ref(), written.span().start);
            let span = self.span(file.date.as_ref(), file.from.as_ref(), file.to.as_ref(), at)?;
            Ok((self.table_numbers(&file.tables)?, span))
        };
        self.file.closed.iter().map(closed).collect()
    }

    /// Reads who takes part; `lanes` are those of the event.
    pub(super) fn groups(&self, lanes: &[EventLane]) -> Result<Vec<Group>> {
        self.file.group.iter().map(|written| self.group(written, lanes)).collect()
    }

    fn group(&self, written: &Spanned<GroupFile>, lanes: &[EventLane]) -> Result<Group> {
        let (file, at) = (written.get_ref(), written.span().start);
        let is_query = file.lanes.is_some() || file.region.is_some() || file.tier.is_some() || file.chain.is_some();
        if file.parties.is_some() && (is_query || file.top.is_some()) {
            return Err(self.source.bad(at, "parties 是名单，不能同时写 lanes、region、tier、chain、top 这些条件"));
        }
        let max = self.max(file.max.as_ref(), file.min)?;
        self.few(file.lanes.as_deref().unwrap_or_default(), "lanes", PARTS_MAX)?;
        self.few(file.tier.as_deref().unwrap_or_default(), "tier", PARTS_MAX)?;
        let mut places = Vec::new();
        for written in file.lanes.iter().flatten() {
            let name = self.lane(written)?;
            match lanes.iter().position(|lane| lane.name == name) {
                Some(place) => places.push(place),
                None => return self.bad(written, format!("“{}”不在本场的 lanes 里", written.get_ref())),
            }
        }
        let tier = |written: &Spanned<String>| {
            let found = Tier::parse(written.get_ref()).or_else(|| Tier::labelled(written.get_ref()));
            found.ok_or_else(|| self.source.bad(written.span().start, TIERS))
        };
        Ok(Group {
            role: match file.side {
                SideFile::Buyer => Role::Buyer,
                SideFile::Sme => Role::Sme,
            },
            parties: file.parties.as_ref().map(|names| all_named(names)),
            lanes: if places.is_empty() { (0..lanes.len()).collect() } else { places },
            region: file.region.as_ref().map(|written| self.region(written)).transpose()?,
            tiers: file.tier.iter().flatten().map(tier).collect::<Result<_>>()?,
            chain: file.chain.as_ref().map(named),
            top: file.top.as_ref().map(|top| self.count(top, "top")).transpose()?,
            min: file.min,
            max,
            at,
        })
    }

    fn region(&self, written: &Spanned<String>) -> Result<String> {
        match self.definition.regions.read(written.get_ref()) {
            RegionReading::Found(code) => Ok(code),
            RegionReading::Ambiguous(codes) => {
                let names: Vec<String> =
                    codes.iter().map(|code| self.definition.regions.full_name(code)).take(5).collect();
                self.bad(written, format!("“{}”可指 {}；请写全", written.get_ref(), names.join("、")))
            }
            RegionReading::Unknown => self.bad(written, format!("查不到地区“{}”", written.get_ref())),
        }
    }

    /// Reads what holds for single parties.
    pub(super) fn wishes(&self) -> Result<Vec<Wish>> {
        self.file.party.iter().map(|written| self.wish(written)).collect()
    }

    fn wish(&self, written: &Spanned<PartyFile>) -> Result<Wish> {
        let file = written.get_ref();
        self.few(&file.absent, "absent", PARTS_MAX)?;
        let absent = |written: &Spanned<TimeFile>| {
            let file = written.get_ref();
            self.span(file.date.as_ref(), file.from.as_ref(), file.to.as_ref(), written.span().start)
        };
        Ok(Wish {
            party: named(&file.name),
            min: file.min,
            max: self.max(file.max.as_ref(), file.min.unwrap_or(0))?,
            representatives: file.representatives.as_ref().map_or(Ok(1), |count| self.representatives(count))?,
            tables: self.table_numbers(&file.tables)?,
            row_max: file.in_a_row.as_ref().map(|most| self.count(most, "in_a_row")).transpose()?,
            absent: file.absent.iter().map(absent).collect::<Result<_>>()?,
        })
    }

    /// Reads pairs of parties.
    pub(super) fn pairs(&self, written: &[PairFile]) -> Vec<(Named, Named)> {
        written.iter().map(|pair| (named(&pair.buyer), named(&pair.sme))).collect()
    }

    /// Reads settled meetings, which begin when one of the slots does.
    pub(super) fn locks(&self, slots: &[TimeSlot]) -> Result<Vec<EventLock>> {
        self.file.lock.iter().map(|written| self.lock(written, slots)).collect()
    }

    fn lock(&self, file: &LockFile, slots: &[TimeSlot]) -> Result<EventLock> {
        let at = file.buyer.span().start;
        let date = self.day(file.date.as_ref(), at)?.start.date();
        let start = date.to_datetime(self.time(&file.from)?);
        let Some(slot) = slots.iter().position(|slot| !slot.is_block && slot.span.start == start) else {
            let of_day = slots.iter().filter(|slot| !slot.is_block && slot.span.start.date() == date);
            let starts: Vec<String> = of_day.map(|slot| clock(slot.span.start.time())).collect();
            return self.bad(&file.from, format!("没有这时开始的时段；当天的时段开始于 {}", starts.join("、")));
        };
        let table = file.table.as_ref().map(|table| self.table_number(table)).transpose()?;
        Ok(EventLock { buyer: named(&file.buyer), sme: named(&file.sme), slot, table })
    }

    /// Reads what meetings of those lose who have met before.
    pub(super) fn met_before(&self) -> Result<Option<(Date, u16)>> {
        let Some(file) = &self.file.met_before else { return Ok(None) };
        let penalty = self.score(&file.penalty, "penalty")?;
        Ok(Some((self.date(&file.since)?, penalty)))
    }

    /// Reads the staff.
    pub(super) fn staff(&self) -> Result<Vec<EventStaff>> {
        let mut staff: Vec<EventStaff> = Vec::new();
        for written in &self.file.staff {
            let file = written.get_ref();
            let name = file.name.get_ref();
            if staff.iter().any(|other| other.name == *name) {
                return self.bad(&file.name, format!("人员“{name}”写了两次"));
            }
            self.short(&file.name, "name")?;
            staff.push(EventStaff {
                name: name.clone(),
                count: self.count(&file.count, "count")?,
                parties: all_named(&file.parties),
            });
        }
        Ok(staff)
    }

    /// Reads a stretch of time of one day; the whole day where no times are given.
    fn span(&self, date: Option<&When>, from: Option<&When>, to: Option<&When>, at: usize) -> Result<Span> {
        let day = self.day(date, at)?;
        let moment = |when: &When| Ok::<_, crate::Error>(day.start.date().to_datetime(self.time(when)?));
        let span = Span {
            start: from.map(moment).transpose()?.unwrap_or(day.start),
            end: to.map(moment).transpose()?.unwrap_or(day.end),
        };
        if span.end <= span.start {
            return Err(self.source.bad(to.or(from).map_or(at, |when| when.span().start), "to 应晚于 from"));
        }
        if !day.contains(span) {
            let place = from.or(to).map_or(at, |when| when.span().start);
            return Err(self.source.bad(place, format!("{} 超出了当天的 {}", span.clock(), day.clock())));
        }
        Ok(span)
    }

    /// Finds the day that a part names, or the only one.
    fn day(&self, date: Option<&When>, at: usize) -> Result<Span> {
        match (date, self.days.as_slice()) {
            (None, [only]) => Ok(*only),
            (None, _) => Err(self.source.bad(at, "这一场有几天，请写明 date")),
            (Some(when), days) => {
                let date = self.date(when)?;
                let day = days.iter().find(|day| day.start.date() == date);
                day.copied().ok_or_else(|| self.source.bad(when.span().start, format!("{date} 不是本场的日子")))
            }
        }
    }

    fn date(&self, when: &When) -> Result<Date> {
        let text = written(when);
        // A time behind the day would be passed over.
        let is_day = |text: &&str| !text.contains([':', 'T', 't', ' ']);
        let found: Option<Date> = text.as_deref().map(str::trim).filter(is_day).and_then(|text| text.parse().ok());
        found
            .filter(|date| YEARS.contains(&date.year()))
            .ok_or_else(|| self.source.bad(when.span().start, "日期请写成 2026-06-18"))
    }

    fn time(&self, when: &When) -> Result<Time> {
        let found = written(when).and_then(|text| parse_time(&text));
        found.ok_or_else(|| self.source.bad(when.span().start, "时间请写成 \"09:30\""))
    }

    fn table_numbers(&self, written: &[Spanned<u32>]) -> Result<BTreeSet<u32>> {
        written.iter().map(|number| self.table_number(number)).collect()
    }

    fn table_number(&self, written: &Spanned<u32>) -> Result<u32> {
        let (number, tables) = (*written.get_ref(), self.tables()?);
        match number {
            _ if (1..=tables).contains(&number) => Ok(number),
            _ => self.bad(written, format!("没有 {number} 号桌；桌号是 1 到 {tables}")),
        }
    }

    /// Says what is wrong with a value, at its line.
    pub(super) fn bad<T, U>(&self, place: &Spanned<U>, reason: impl Into<String>) -> Result<T> {
        Err(self.source.bad(place.span().start, reason))
    }
}

/// What a tier may be called.
const TIERS: &str = "没有这个梯度；可用：little_giant（小巨人）、specialised（专精特新）、innovative（创新型）";

fn named(text: &Spanned<String>) -> Named {
    Named { text: text.get_ref().clone(), at: text.span().start }
}

fn all_named(texts: &[Spanned<String>]) -> Vec<Named> {
    texts.iter().map(named).collect()
}

/// Returns the text of a day or a time, in quotes or not.
fn written(when: &When) -> Option<String> {
    match when.get_ref() {
        Value::String(text) => Some(text.clone()),
        Value::Datetime(moment) => Some(moment.to_string()),
        Value::Integer(_) | Value::Float(_) | Value::Boolean(_) | Value::Array(_) | Value::Table(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::file::Audience;

    #[test]
    fn the_pitches_of_all_are_one_block() {
        let at = |minute| jiff::civil::date(2026, 6, 18).at(9, minute, 0, 0);
        let spans = vec![Span { start: at(0), end: at(8) }, Span { start: at(8), end: at(16) }];
        let pitches = Pitches { title: String::new(), spans, parties: Vec::new(), audience: Audience::All, at: 0 };
        assert_eq!(pitches.block(), Some(Span { start: at(0), end: at(16) }));
        assert_eq!(Pitches { audience: Audience::Speakers, ..pitches }.block(), None);
    }
}
