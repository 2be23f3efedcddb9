//! Saved searches: whoever saves one is told of new and changed postings that it finds. One is a record of the log, found
//! again by its words; it belongs to a party, or to the holder of a key that acts for none.

use std::collections::BTreeMap;

use crate::catalogue::Catalogue;
use crate::definition::{Lane, Role};
use crate::engine::facets::{ReadFilters, SearchFilters};
use crate::engine::intents::{placed, put};
use crate::engine::search::TEXT_CHARS_MAX;
use crate::engine::viewing::cut;
use crate::engine::{By, Done, Engine, Page, PageRequest};
use crate::error::{Error, Result};
use crate::model::{Change, Moment, Receiver, Record, RecordId, Viewer};

/// So many searches one party, or the holder of one key, may save.
pub(super) const WATCHES_MAX: usize = 100;
/// The best score, in points.
const POINTS_MAX: u32 = 100;

/// A search to be saved; what is absent leaves everything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewWatch {
    /// What to look for; a posting must have every word.
    pub text: String,
    /// The kind of posting, by English name or Chinese label.
    pub kind: Option<String>,
    /// The lane, by name or label.
    pub lane: Option<String>,
    /// `demand` or `supply`: which side is looked for.
    pub side: Option<String>,
    /// Where the party is, or in which place around it: a code or a name.
    pub region: Option<String>,
    /// The chain that the posting, else its party, names: a code, title or other name.
    pub chain: Option<String>,
    /// The party's tier, by name or label.
    pub tier: Option<String>,
    /// The score in points that a posting must have in the lane with the text taken for one of the other side.
    pub threshold: Option<u32>,
}

/// A saved search as its owner sees it: what was saved, by column, names read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WatchSight {
    /// Its identifier.
    pub id: RecordId,
    /// The cells, without the owner.
    pub cells: BTreeMap<String, String>,
}

/// A saved search, read.
#[derive(Debug, Clone)]
pub(super) struct Watch {
    /// Its owner.
    pub owner: Receiver,
    /// What to look for.
    pub text: String,
    /// The kinds of posting; of all if it names neither kind nor lane nor side.
    pub kinds: Option<Vec<String>>,
    /// The lane in which a score is asked for, and the score in hundredths.
    pub threshold: Option<(String, u16)>,
    /// The other filters.
    pub filters: ReadFilters,
    /// The entry of the log from which on it looks.
    pub since: u64,
}

impl Engine {
    /// Saves a search for whom the viewer acts for. One that is saved already changes nothing.
    ///
    /// # Errors
    /// [`Error::Request`] if a name is unknown, the parts do not go together, or the text has no words;
    /// [`Error::Limit`] if too many are saved; [`Error::NotFound`] for a viewer that is told of nothing.
    pub fn add_watch(&self, new: &NewWatch, by: &By<'_, RecordId>, moment: &Moment) -> Result<Done<RecordId>> {
        let owner = self.owner(by.viewer)?;
        let cells = self.watch_cells(new, owner)?;
        let (writer, catalogue) = self.writer()?;
        if let Some(answer) = self.repeated(by, moment)? {
            return Ok(Done::Before(answer));
        }
        let kind = self.definition.find_kind("watch")?;
        let planned = self.plan_row(&catalogue, kind, None, &cells, moment)?;
        let id = placed(&planned.outcome)?;
        let is_known = catalogue.record(&id).is_some_and(|record| record.withdrawn.is_none());
        if !is_known && self.own_watches(&catalogue, owner).count() >= WATCHES_MAX {
            return Err(Error::Limit(format!("已有 {WATCHES_MAX} 个订阅；请先删去一些")));
        }
        self.carry_out_as(writer, planned, ("add_watch", &id), by, moment)
    }

    /// Lists the viewer's saved searches, by ascending identifier. O(saved searches).
    ///
    /// # Errors
    /// [`Error::NotFound`] for a viewer that is told of nothing.
    pub fn watches(&self, page: &PageRequest, viewer: &Viewer) -> Result<Page<WatchSight>> {
        let catalogue = self.snapshot().catalogue;
        let after = page.after_record("watch")?;
        let own = self.own_watches(&catalogue, self.owner(viewer)?);
        let rest = own.filter(|record| after.as_ref().is_none_or(|after| record.id > *after));
        Ok(cut(rest.map(sight), page.limit, |watch| watch.id.to_string()))
    }

    /// Shows a saved search of the viewer's.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one of others and for one that does not exist, alike.
    pub fn watch(&self, id: &str, viewer: &Viewer) -> Result<WatchSight> {
        let catalogue = self.snapshot().catalogue;
        self.own_watch(&catalogue, id, viewer).map(sight)
    }

    /// Ends a saved search of the viewer's.
    ///
    /// # Errors
    /// As [`watch`](Self::watch).
    pub fn remove_watch(&self, id: &str, by: &By<'_, RecordId>, moment: &Moment) -> Result<Done<RecordId>> {
        let (writer, catalogue) = self.writer()?;
        if let Some(answer) = self.repeated(by, moment)? {
            return Ok(Done::Before(answer));
        }
        let id = self.own_watch(&catalogue, id, by.viewer)?.id.clone();
        let change = Change::Withdraw { record: id.clone(), reason: String::new() };
        let asides = by.asides("remove_watch", &id, &id);
        self.commit(writer, vec![change], &[], &asides, moment)?;
        Ok(Done::Now(id))
    }

    /// Reads the words of a search, for measurements.
    #[cfg(feature = "bench")]
    #[doc(hidden)]
    pub fn words_to_find(&self, text: &str) -> Vec<crate::fulltext::SearchWord> {
        self.search_words(text)
    }

    /// Reads what of a record is searched, for measurements.
    #[cfg(feature = "bench")]
    #[doc(hidden)]
    pub fn searched(&self, record: &Record) -> crate::fulltext::Document {
        let catalogue = self.snapshot().catalogue;
        crate::engine::views::document(&self.definition, self.segmenter(), &catalogue, record)
    }

    fn owner(&self, viewer: &Viewer) -> Result<Receiver> {
        self.receiver(viewer).ok_or_else(|| Error::NotFound("订阅".to_owned()))
    }

    fn own_watches<'c>(&'c self, catalogue: &'c Catalogue, owner: Receiver) -> impl Iterator<Item = &'c Record> {
        let owner = canonical(catalogue, owner);
        live(catalogue).filter(move |record| {
            let own = Receiver::parse(record.raw("owner"));
            own.is_some_and(|own| canonical(catalogue, own) == owner)
        })
    }

    fn own_watch<'c>(&self, catalogue: &'c Catalogue, id: &str, viewer: &Viewer) -> Result<&'c Record> {
        let owner = canonical(catalogue, self.owner(viewer)?);
        let found = catalogue.record(&RecordId::from_text(id)).filter(|record| is_live(record));
        let is_own = |record: &&Record| {
            Receiver::parse(record.raw("owner")).is_some_and(|own| canonical(catalogue, own) == owner)
        };
        found.filter(is_own).ok_or_else(|| Error::NotFound(id.to_owned()))
    }

    /// Writes a saved search as cells, every name as it is declared, so that the same search is the same record.
    fn watch_cells(&self, new: &NewWatch, owner: Receiver) -> Result<BTreeMap<String, String>> {
        let text = new.text.trim();
        if text.chars().count() > TEXT_CHARS_MAX {
            return Err(Error::Request(format!("订阅文字最多 {TEXT_CHARS_MAX} 字")));
        }
        if self.search_words(text).is_empty() {
            return Err(Error::Request("请输入要订阅的文字".to_owned()));
        }
        let filters =
            SearchFilters { kind: None, region: new.region.clone(), chain: new.chain.clone(), tier: new.tier.clone() };
        let ReadFilters { region, chain, tier } = self.read_filters(&filters)?;
        let kind = new.kind.as_deref().map(|name| self.definition.find_kind(name)).transpose()?;
        if let Some(kind) = kind.filter(|kind| !kind.role.is_posting()) {
            return Err(Error::Request(format!("{}不是需求或供应", kind.label)));
        }
        let lane = match new.lane.as_deref() {
            Some(name) => self.find_lanes(Some(name))?.first().copied(),
            None => None,
        };
        let side = match new.side.as_deref() {
            None => None,
            Some("demand") => Some("需求"),
            Some("supply") => Some("供应"),
            Some(_) => return Err(Error::Request("side 应为 demand 或 supply".to_owned())),
        };
        match (new.threshold, lane) {
            (Some(points), _) if points == 0 || points > POINTS_MAX => {
                return Err(Error::Request(format!("threshold 应为 1 到 {POINTS_MAX}")));
            }
            (Some(_), None) => return Err(Error::Request("写 threshold 要写明 lane".to_owned())),
            _ => {}
        }
        let mut cells = BTreeMap::from([("owner".to_owned(), owner.to_string()), ("text".to_owned(), text.to_owned())]);
        put(&mut cells, "kind", kind.map(|kind| kind.name.as_str()));
        put(&mut cells, "lane", lane.map(|lane| lane.name.as_str()));
        put(&mut cells, "side", side);
        put(&mut cells, "region", region.as_deref());
        put(&mut cells, "chain", chain.as_deref());
        put(&mut cells, "tier", tier.as_deref());
        put(&mut cells, "threshold", new.threshold.map(|points| points.to_string()).as_deref());
        if self.kinds_of(kind.map(|kind| kind.name.as_str()), lane, new.side.as_deref()).is_some_and(|k| k.is_empty()) {
            return Err(Error::Request("kind、lane 和 side 合在一起没有可找的类别".to_owned()));
        }
        Ok(cells)
    }

    /// Returns the kinds of posting that a saved search looks for; `None` for all.
    fn kinds_of(&self, kind: Option<&str>, lane: Option<&Lane>, side: Option<&str>) -> Option<Vec<String>> {
        if kind.is_none() && lane.is_none() && side.is_none() {
            return None;
        }
        let kinds = self.definition.kinds.values().filter(|declared| declared.role.is_posting());
        let is_meant = |name: &str, is_demand: bool| {
            let is_side = side.is_none_or(|side| (side == "demand") == is_demand);
            let is_in_lane = |lane: &Lane| match is_demand {
                true => lane.demand == name,
                false => lane.supply.iter().any(|supply| supply == name),
            };
            is_side && kind.is_none_or(|kind| kind == name) && lane.is_none_or(is_in_lane)
        };
        let is_demand = |role| role == Role::Demand;
        let meant = kinds.filter(|declared| is_meant(&declared.name, is_demand(declared.role)));
        Some(meant.map(|declared| declared.name.clone()).collect())
    }

    /// Reads a saved search; `None` for one that the present declaration cannot read, or that has been ended.
    pub(super) fn read_watch(&self, record: &Record) -> Option<Watch> {
        let filled = |column: &str| Some(record.raw(column)).filter(|raw| !raw.is_empty());
        let side = match filled("side") {
            Some("需求" | "demand") => Some("demand"),
            Some(_) => Some("supply"),
            None => None,
        };
        let lane = match filled("lane") {
            Some(name) => Some(self.definition.lanes.get(name)?),
            None => None,
        };
        let points: Option<u16> = filled("threshold").and_then(|text| text.parse().ok());
        let owned = |column: &str| filled(column).map(str::to_owned);
        is_live(record).then_some(Watch {
            owner: Receiver::parse(record.raw("owner"))?,
            text: record.raw("text").to_owned(),
            kinds: self.kinds_of(filled("kind"), lane, side),
            threshold: points.zip(lane).map(|(points, lane)| (lane.name.clone(), points.saturating_mul(100))),
            filters: ReadFilters { region: owned("region"), chain: owned("chain"), tier: owned("tier") },
            since: record.seq,
        })
    }
}

/// Lists the saved searches that have not been ended, by ascending identifier.
pub(super) fn live(catalogue: &Catalogue) -> impl Iterator<Item = &Record> {
    catalogue.records_of_kind("watch").filter(|record| is_live(record))
}

fn is_live(record: &Record) -> bool {
    record.kind == "watch" && record.withdrawn.is_none()
}

/// Follows merges of a party.
pub(super) fn canonical(catalogue: &Catalogue, receiver: Receiver) -> Receiver {
    match receiver {
        Receiver::Party(party) => Receiver::Party(catalogue.parties().canonical(party)),
        Receiver::Key(_) => receiver,
    }
}

fn sight(record: &Record) -> WatchSight {
    let cells = record.fields.iter().filter(|(column, _)| *column != "owner");
    let name = |column: &str, raw: &str| match (column, raw) {
        ("side", "需求") => "demand".to_owned(),
        ("side", "供应") => "supply".to_owned(),
        _ => raw.to_owned(),
    };
    let cells = cells.map(|(column, field)| (column.to_owned(), name(column, field.raw))).collect();
    WatchSight { id: record.id.clone(), cells }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::chance::Chance;
    use crate::definition::Definition;
    use crate::engine::{ImportOptions, views};
    use crate::fulltext::Standing;

    /// What titles, descriptions and searches are made of: words, parts of words, codes, pinyin, what says little.
    const WORDS: [&str; 24] = [
        "深沟球轴承",
        "轴承",
        "球轴承",
        "滚子",
        "圆锥滚子轴承",
        "轴承座",
        "钢帘线",
        "钢",
        "帘线",
        "轮胎",
        "子午线轮胎",
        "螺栓",
        "M8×30",
        "GCr15",
        "6204",
        "农业发展银行",
        "发展",
        "高强度",
        "耐磨",
        "zhoucheng",
        "glx",
        "gangsi",
        "的",
        "产品",
    ];

    fn some(chance: &mut Chance, most: u32) -> String {
        let n = chance.between(1, most);
        let words: Vec<&str> = (0..n).filter_map(|_| chance.pick(&WORDS).copied()).collect();
        words.join(if chance.in_a_hundred(50) { "" } else { " " })
    }

    #[test]
    fn standing_searches_find_what_searching_finds() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let definition = Definition::compiled().expect("valid");
        let engine = Engine::open(folder.path(), definition, "test").expect("a new directory");
        let moment = Moment { instant: "2026-06-01T00:00:00Z".to_owned(), as_of: jiff::civil::date(2026, 6, 1) };
        let mut chance = Chance::new(1, 1);
        let mut table = "企业名称,编号,产品名称,产品说明\n".to_owned();
        for number in 0..40 {
            let (title, text) = (some(&mut chance, 2), some(&mut chance, 6));
            table.push_str(&format!("示例轴承有限公司,A{number},{title},{text}\n"));
        }
        let file = folder.path().join("a.csv");
        std::fs::write(&file, table).expect("written");
        let options = ImportOptions { kind: Some("catalog".to_owned()), ..ImportOptions::default() };
        engine.import(&file, &options, &moment).expect("imported");
        let mut standing = Standing::default();
        let texts: BTreeSet<String> = (0..300).map(|_| some(&mut chance, 3)).collect();
        for text in &texts {
            standing.put(text.clone(), engine.search_words(text));
        }
        // What was put away again, or twice, leaves nothing behind.
        for text in texts.iter().step_by(3) {
            standing.remove(text);
            standing.put(text.clone(), engine.search_words(text));
        }
        let gone: BTreeSet<&String> = texts.iter().step_by(7).collect();
        gone.iter().for_each(|text| standing.remove(text));
        let catalogue = engine.snapshot().catalogue;
        let mut found: BTreeSet<(String, RecordId)> = BTreeSet::new();
        for record in catalogue.records_of_kind("catalog") {
            let document = views::document(&engine.definition, engine.segmenter(), &catalogue, record);
            let names = standing.finding(&document);
            assert_eq!(names, standing.finding_one_by_one(&document));
            found.extend(names.into_iter().map(|text| (text, record.id.clone())));
        }
        let mut expected = BTreeSet::new();
        for text in texts.iter().filter(|text| !gone.contains(text)) {
            let hits = engine.hits(text, Some("catalog"), 100).expect("searched");
            expected.extend(hits.hits.into_iter().filter(|_| !hits.relaxed).map(|hit| (text.clone(), hit.id)));
        }
        assert_eq!(found, expected);
        assert!(found.len() > 300, "{}", found.len());
    }
}
