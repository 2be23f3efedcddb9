//! An invented province: parties, certificates, supplies and demands in the shapes that are imported, as many as asked,
//! the same for the same seed on any machine. It is for measuring and trying out; nothing in it is real, and every
//! party's name says so. Rows are handed out one by one; who takes them writes the files.

mod cells;

mod dirt;
mod facts;
mod parties;
mod party;
mod products;
mod sheet;
mod tables;

use jiff::civil::Date;

pub use sheet::Sheet;

use crate::chance::Chance;
use crate::definition::{Definition, Kind, Lane};
use crate::error::{Error, Result};
use cells::Writer;
use dirt::Dirt;
use parties::Parties;
use products::Products;
use sheet::Sink;
use tables::{Table, World};

/// At most so many parties: more names than the vocabulary has would be needed.
pub const PARTIES_MAX: usize = 100_000;
/// At most so many supplies, and so many demands.
pub const POSTINGS_MAX: usize = 5_000_000;
/// So many of a hundred postings belong to the first lane when none is asked for.
const FIRST_LANE_PERCENT: usize = 85;
/// Streams of chance; tables have their own from [`tables::FIRST_STREAM`].
const PARTIES_STREAM: u64 = 0;
const PRODUCTS_STREAM: u64 = 1;
const DIRT_STREAM: u64 = 2;
/// Where supplies and demands begin in the order of import.
const SUPPLIES_ORDER: usize = 20;
const DEMANDS_ORDER: usize = 40;

/// What to invent.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many parties, 1..=[`PARTIES_MAX`].
    pub parties: usize,
    /// How many supplies, 1..=[`POSTINGS_MAX`].
    pub supplies: usize,
    /// How many demands, 1..=[`POSTINGS_MAX`].
    pub demands: usize,
    /// The same seed gives the same rows.
    pub seed: u64,
    /// The share of rows with a mistake, in millionths, 0..=1,000,000.
    pub dirt_ppm: u32,
    /// The one lane to which all postings go; all lanes if none.
    pub lane: Option<String>,
    /// The day on which the province is seen.
    pub day: Date,
}

/// What was invented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Invented {
    /// Rows in all tables.
    pub n_rows: usize,
    /// Rows with a mistake put in.
    pub n_dirty: usize,
}

impl Plan {
    /// Sees whether it can be carried out; [`invent`] does so too.
    ///
    /// # Errors
    /// Says which count is zero or too large, or that the lane is not declared.
    pub fn check(&self, definition: &Definition) -> Result<()> {
        for (what, count, max) in [
            ("--parties", self.parties, PARTIES_MAX),
            ("--supplies", self.supplies, POSTINGS_MAX),
            ("--demands", self.demands, POSTINGS_MAX),
        ] {
            if count == 0 || count > max {
                return Err(Error::Request(format!("{what} 是 {count}，应在 1 与 {max} 之间")));
            }
        }
        lanes_of(definition, self.lane.as_deref()).map(|_| ())
    }
}

/// Invents a province and hands out its rows, table after table in the order of import.
///
/// # Errors
/// Those of [`Plan::check`]; if the vocabulary is too small for so many names; those of the sink.
///
/// # Complexity
/// O(rows); memory O(parties).
pub fn invent(definition: &Definition, plan: &Plan, sink: Sink<'_>) -> Result<Invented> {
    plan.check(definition)?;
    let lanes = lanes_of(definition, plan.lane.as_deref())?;
    let writer = Writer { definition, day: plan.day };
    let products = Products::new(&definition.synthetic, &mut Chance::new(plan.seed, PRODUCTS_STREAM));
    let parties = Parties::new(&writer, plan.parties, &mut Chance::new(plan.seed, PARTIES_STREAM))?;
    let world = World { writer, parties, products };
    let mut dirt = Dirt::new(Chance::new(plan.seed, DIRT_STREAM), plan.dirt_ppm);
    write_facts(&world, plan.seed, &mut dirt, sink)?;
    let sides = [
        (SUPPLIES_ORDER, plan.supplies, kinds_of(definition, &lanes, |lane| lane.supply.as_slice())),
        (DEMANDS_ORDER, plan.demands, kinds_of(definition, &lanes, |lane| std::slice::from_ref(&lane.demand))),
    ];
    for (first, total, kinds) in sides {
        let counts = split(total, kinds.len(), lanes.len() > 1);
        for ((order, kind), n_rows) in (first..).zip(kinds).zip(counts) {
            Table::new(&world, order, kind, &[], plan.seed).postings(n_rows, &mut dirt, sink)?;
        }
    }
    Ok(Invented { n_rows: dirt.n_rows, n_dirty: dirt.n_dirty })
}

fn lanes_of<'a>(definition: &'a Definition, asked: Option<&str>) -> Result<Vec<&'a Lane>> {
    let lanes = definition.lanes_in_order();
    let Some(name) = asked else { return Ok(lanes) };
    let Some(lane) = definition.lanes.get(name) else {
        let known: Vec<&str> = lanes.iter().map(|lane| lane.name.as_str()).collect();
        return Err(Error::Request(format!("没有“{name}”这条对接通道；可用：{}", known.join("、"))));
    };
    Ok(vec![lane])
}

/// Lists the kinds of one side of the lanes, each once, those of earlier lanes first.
fn kinds_of<'a>(
    definition: &'a Definition,
    lanes: &[&'a Lane],
    side: impl Fn(&'a Lane) -> &'a [String],
) -> Vec<&'a Kind> {
    let mut kinds: Vec<&Kind> = Vec::new();
    for kind in lanes.iter().flat_map(|lane| side(lane)).filter_map(|name| definition.kind(name)) {
        if !kinds.iter().any(|known| known.name == kind.name) {
            kinds.push(kind);
        }
    }
    kinds
}

/// Splits rows among kinds: most go to the first if it is the first of many lanes, the rest evenly; every kind gets some
/// if there are enough.
fn split(total: usize, n_kinds: usize, has_first: bool) -> Vec<usize> {
    let n_others = n_kinds.saturating_sub(1);
    if n_others == 0 {
        return vec![total; n_kinds];
    }
    let share = if has_first { total - total * FIRST_LANE_PERCENT / 100 } else { total * n_others / n_kinds };
    let for_others = share.max(n_others).min(total.saturating_sub(1));
    let others = (0..n_others).map(|i| for_others * (i + 1) / n_others - for_others * i / n_others);
    std::iter::once(total - for_others).chain(others).collect()
}

/// Writes the parties and what is known about them; a kind that is not declared has no table.
fn write_facts(world: &World<'_>, seed: u64, dirt: &mut Dirt, sink: Sink<'_>) -> Result<()> {
    type Write = fn(&World<'_>, &mut Table<'_, '_>, &mut Dirt, Sink<'_>) -> Result<()>;
    let tables: [(&str, &[&str], Write); 5] = [
        ("party", &["roles"], facts::parties),
        ("certificate", &["type", "number", "issued", "valid_until"], facts::certificates),
        ("relation", &["controller", "valid_from"], facts::relations),
        ("alias", &["alias"], facts::aliases),
        ("site", &["region"], facts::sites),
    ];
    for (order, (name, given, write)) in (1..).zip(tables) {
        if let Some(kind) = world.writer.definition.kind(name) {
            write(world, &mut Table::new(world, order, kind, given, seed), dirt, sink)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;
    use crate::definition::{Column, ColumnType, Tier, Visibility};
    use crate::model::Uscc;
    use crate::text::{Segmenter, read_date};

    /// A row with its kind, by the names of its columns.
    struct Told {
        kind: String,
        cells: BTreeMap<String, String>,
        text: String,
    }

    fn plan(seed: u64, dirt_ppm: u32) -> Plan {
        let day = jiff::civil::date(2026, 6, 1);
        Plan { parties: 1_500, supplies: 4_000, demands: 800, seed, dirt_ppm, lane: None, day }
    }

    /// Says whether a column's text is what matching reads.
    fn is_read(column: &Column) -> bool {
        let is_text = matches!(column.column_type, ColumnType::Text | ColumnType::LongText | ColumnType::List);
        is_text && column.visibility == Visibility::Public && column.name != "chain"
    }

    fn told(plan: &Plan) -> Vec<Told> {
        let definition = Definition::compiled().expect("valid");
        let mut rows = Vec::new();
        let told = invent(&definition, plan, &mut |sheet, cells| {
            let named = sheet.columns.iter().zip(cells);
            let text: Vec<&str> =
                named.clone().filter(|(column, _)| is_read(column)).map(|(_, cell)| cell.as_str()).collect();
            let cells = named.map(|(column, cell)| (column.name.clone(), cell.clone())).collect();
            rows.push(Told { kind: sheet.kind.name.clone(), cells, text: text.join("\n") });
            Ok(())
        });
        assert_eq!(told.map(|told| told.n_rows).ok(), Some(rows.len()));
        rows
    }

    fn of_kind<'a>(rows: &'a [Told], kind: &str) -> Vec<&'a Told> {
        rows.iter().filter(|row| row.kind == kind).collect()
    }

    fn cells(rows: &[Told]) -> Vec<&BTreeMap<String, String>> {
        rows.iter().map(|row| &row.cells).collect()
    }

    #[test]
    fn the_seed_and_nothing_else_decides() {
        let (first, again, other) = (told(&plan(1, 20_000)), told(&plan(1, 20_000)), told(&plan(2, 20_000)));
        assert_eq!(cells(&first), cells(&again));
        let shared: BTreeSet<_> = cells(&first).into_iter().collect();
        assert!(!cells(&other).iter().any(|row| shared.contains(row)), "another seed, another province");
        let clean = told(&plan(1, 0));
        let clean: BTreeSet<_> = cells(&clean).into_iter().collect();
        let kept = cells(&first).iter().filter(|row| clean.contains(*row)).count();
        let share = 1.0 - kept as f64 / first.len() as f64;
        assert!((0.015..0.025).contains(&share), "{share} of the rows are dirty");
    }

    #[test]
    fn parties_are_openly_invented_and_themselves() {
        let rows = told(&plan(1, 0));
        let parties = of_kind(&rows, "party");
        assert!(parties.iter().all(|party| party.cells["party"].starts_with("示例")));
        assert!(parties.iter().all(|party| Uscc::parse(&party.cells["uscc"]).is_ok()));
        let distinct = |column: &str| parties.iter().map(|party| &party.cells[column]).collect::<BTreeSet<_>>().len();
        assert_eq!((distinct("party"), distinct("uscc")), (1_500, 1_500));
        // Among so many, some would share a name by chance.
        let many = told(&Plan { parties: 20_000, supplies: 1, demands: 1, ..plan(1, 0) });
        let names: BTreeSet<&str> = of_kind(&many, "party").iter().map(|party| party.cells["party"].as_str()).collect();
        assert_eq!(names.len(), 20_000);
        // An import would ask whether they are slips of the pen.
        let mut rests: BTreeMap<(usize, String), &str> = BTreeMap::new();
        for name in names {
            let chars: Vec<char> = name.chars().collect();
            for i in 0..chars.len() {
                let rest: String = chars.iter().take(i).chain(chars.iter().skip(i + 1)).collect();
                let other = rests.insert((i, rest), name);
                assert_eq!(other, None, "{name} differs in one character");
            }
        }
        let in_city = |city: &str| parties.iter().filter(|party| party.cells["region"].contains(city)).count();
        let definition = Definition::compiled().expect("valid");
        let cities: Vec<_> = definition.regions.iter().filter(|region| region.parent == "370000").collect();
        assert!(cities.iter().all(|city| in_city(&city.name) > 10), "each of the sixteen cities has some");
        assert!(cities.len() == 16 && in_city("青岛市") > 3 * in_city("枣庄市"));
        let brought = parties.iter().map(|party| party.cells["party"].as_str()).collect::<BTreeSet<_>>();
        assert!(rows.iter().all(|row| brought.contains(row.cells["party"].as_str())), "nobody else posts");
    }

    #[test]
    fn tiers_are_about_as_frequent_as_in_the_province() {
        let (definition, rows) = (Definition::compiled().expect("valid"), told(&plan(1, 0)));
        let day = plan(1, 0).day;
        let holders = |tier: Tier, is_valid: bool| {
            let of_tier = of_kind(&rows, "certificate").into_iter().filter(|row| {
                let named = definition.certificates.find(&row.cells["type"]).and_then(|found| found.tier);
                let until = read_date(&row.cells["valid_until"], day).expect("a date");
                named == Some(tier) && is_valid == (until >= day)
            });
            of_tier.count()
        };
        // Of 1,500 parties nine in ten are firms: 1 %, 9 % and 15 % of these.
        assert!((5..30).contains(&holders(Tier::LittleGiant, true)));
        assert!((90..155).contains(&holders(Tier::Specialised, true)));
        assert!((160..245).contains(&holders(Tier::Innovative, true)));
        assert!((30..80).contains(&holders(Tier::Specialised, false)));
    }

    #[test]
    fn few_products_have_many_suppliers_and_many_have_one() {
        let mut plan = plan(1, 0);
        plan.lane = Some("procurement".to_owned());
        let rows = told(&plan);
        let mut suppliers: BTreeMap<&str, usize> = BTreeMap::new();
        for row in of_kind(&rows, "catalog") {
            *suppliers.entry(row.cells["title"].as_str()).or_default() += 1;
        }
        let top = suppliers.values().copied().max().unwrap_or(0);
        let alone = suppliers.values().filter(|count| **count == 1).count();
        // Of 4,000: the law gives the first 2.5 %, that is 5,000 of 200,000.
        assert!((60..150).contains(&top), "{top}");
        assert!(suppliers.len() > 1_000 && alone * 2 > suppliers.len(), "{alone} of {}", suppliers.len());
    }

    #[test]
    fn texts_have_as_many_telling_terms_as_those_of_offices() {
        let (definition, rows) = (Definition::compiled().expect("valid"), told(&plan(1, 0)));
        let segmenter = Segmenter::new(&definition);
        let spread = |kind: &str| {
            let telling = of_kind(&rows, kind).into_iter().take(300).map(|row| {
                let terms: BTreeSet<String> =
                    segmenter.terms(&row.text, "").into_iter().map(|term| term.text).collect();
                terms.iter().filter(|term| !definition.terms.says_little(term)).count()
            });
            let mut telling: Vec<usize> = telling.collect();
            telling.sort_unstable();
            let at = |percent: usize| telling[(telling.len() - 1) * percent / 100];
            [at(10), at(50), at(90), at(99)]
        };
        let [low, middle, high, tail] = spread("catalog");
        assert!(low >= 45 && (60..=90).contains(&middle) && high <= 100 && tail > 110, "{:?}", spread("catalog"));
        let [low, middle, high, _] = spread("procurement");
        assert!(low >= 8 && (12..=30).contains(&middle) && high <= 36, "{:?}", spread("procurement"));
    }

    #[test]
    fn every_lane_gets_rows_and_one_lane_gets_all() {
        let definition = Definition::compiled().expect("valid");
        let rows = told(&plan(1, 0));
        for lane in definition.lanes.values() {
            for kind in lane.supply.iter().chain([&lane.demand]) {
                assert!(!of_kind(&rows, kind).is_empty(), "{kind}");
            }
        }
        let share = of_kind(&rows, "catalog").len();
        assert_eq!((share, of_kind(&rows, "procurement").len()), (3_400, 680));
        let digital = told(&Plan { lane: Some("digital".to_owned()), ..plan(1, 0) });
        let of = |kind: &str| of_kind(&digital, kind).len();
        assert_eq!((of("digital_need"), of("digital_solution"), of("scene"), of("catalog")), (800, 2_000, 2_000, 0));
    }

    #[test]
    fn rows_are_split_without_rest() {
        assert_eq!(split(100, 3, true), [85, 7, 8]);
        assert_eq!(split(100, 3, false), [34, 33, 33]);
        assert_eq!(split(5, 11, true).iter().sum::<usize>(), 5);
        assert_eq!(split(7, 1, true), [7]);
    }

    #[test]
    fn absurd_plans_are_refused() {
        let definition = Definition::compiled().expect("valid");
        let refusal = |plan: &Plan| plan.check(&definition).err().map(|error| error.to_string()).unwrap_or_default();
        assert_eq!(refusal(&plan(1, 0)), "");
        assert!(refusal(&Plan { parties: 0, ..plan(1, 0) }).contains("--parties"));
        assert!(refusal(&Plan { supplies: POSTINGS_MAX + 1, ..plan(1, 0) }).contains("--supplies"));
        assert!(refusal(&Plan { demands: 0, ..plan(1, 0) }).contains("--demands"));
        assert!(refusal(&Plan { lane: Some("colour".to_owned()), ..plan(1, 0) }).contains("procurement"));
    }
}
