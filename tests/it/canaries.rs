//! A place in which every column that is not public holds something that is found nowhere else: whatever an answer lets
//! out is recognised by it. The columns come from the declaration, so that a new one is planted too.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value as Json;
use toml::{Table, Value};

use crate::support::Place;

/// Something planted in one column of the victim's.
#[derive(Debug, Clone)]
pub struct Canary {
    /// What an answer has that lets it out.
    pub mark: String,
    /// As it was written in the table.
    pub written: String,
    /// Kind and column.
    pub column: String,
    /// Whether only the owner may see it, and not an organiser.
    pub is_private: bool,
}

/// The victim's party, whose rows are planted.
pub const VICTIM: &str = "示例甲轮胎有限公司";
/// Another, with the like of all that the victim has; it may see what is public.
pub const OTHER: &str = "示例乙有限公司";
/// One that has nothing.
const THIRD: &str = "示例丙有限公司";
/// One with which the victim has agreed and traded.
pub const PARTNER: &str = "示例丁集团有限公司";

/// The place, and what is planted in it.
pub struct Planted {
    /// The data directory.
    pub place: Place,
    /// Everything that is planted.
    pub canaries: Vec<Canary>,
    /// The identifiers of the victim's rows of every kind.
    pub ids: Vec<String>,
    /// The public columns of every kind, by name.
    pub public: BTreeMap<String, BTreeSet<String>>,
    /// What kinds are there, by name.
    pub kinds: Vec<String>,
    /// Those of demands and supplies.
    pub postings: Vec<String>,
    /// Titles of postings.
    pub titles: Vec<String>,
}

/// A column as it is declared.
struct Column {
    name: String,
    label: String,
    sort: String,
    visibility: String,
    example: Option<String>,
}

/// A kind as it is declared.
struct Kind {
    name: String,
    role: String,
    columns: Vec<Column>,
}

fn text<'t>(table: &'t Table, key: &str) -> Option<&'t str> {
    table.get(key).and_then(Value::as_str)
}

fn columns(all: &[Value]) -> Vec<Column> {
    let column = |value: &Value| {
        let table = value.as_table().unwrap();
        let own = |key: &str| text(table, key).unwrap_or_default().to_owned();
        let example = table.get("example").map(|value| value.as_str().map_or(value.to_string(), str::to_owned));
        Column { name: own("name"), label: own("label"), sort: own("type"), visibility: own("visibility"), example }
    };
    all.iter().map(column).collect()
}

/// Reads the declaration of every kind.
fn declared() -> Vec<Kind> {
    let index = format!("{}/index", env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| -> Table { fs::read_to_string(path).unwrap().parse().unwrap() };
    let groups = read(&format!("{index}/columns.toml"));
    let mut paths: Vec<_> =
        fs::read_dir(format!("{index}/kinds")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let kind = |path: &std::path::PathBuf| {
        let table = read(path.to_str().unwrap());
        let names = ["groups", "groups_after"].iter().filter_map(|key| table.get(*key)?.as_array()).flatten();
        let mut all: Vec<Column> =
            names.flat_map(|name| columns(groups["group"][name.as_str().unwrap()].as_array().unwrap())).collect();
        all.extend(columns(table["column"].as_array().unwrap()));
        Kind {
            name: text(&table, "kind").unwrap().to_owned(),
            role: text(&table, "role").unwrap().to_owned(),
            columns: all,
        }
    };
    paths.iter().map(kind).collect()
}

/// Makes what is planted, each time something else.
#[derive(Default)]
struct Planter {
    canaries: Vec<Canary>,
}

impl Planter {
    /// Writes a cell of a column that is not public, and remembers by what it is recognised; `None` where nothing that is
    /// found nowhere else may be written.
    fn plant(&mut self, kind: &str, column: &Column) -> Option<String> {
        let n = self.canaries.len() + 1;
        let letters: String = [n / 26 / 26 % 26, n / 26 % 26, n % 26]
            .iter()
            .map(|n| char::from(b'a' + u8::try_from(*n).unwrap()))
            .collect();
        let (word, number) = (format!("zq{letters}xv"), format!("7{:09}", n * 1_009_013 + 617));
        let (mark, written) = match column.sort.as_str() {
            "contact" if column.name == "contact_email" => (word.clone(), format!("{word}@example.com")),
            "contact" if column.name.contains("phone") => {
                (format!("139{:08}", n * 10_007), format!("139{:08}", n * 10_007))
            }
            "text" | "long_text" | "list" | "contact" => (word.clone(), format!("暗标{word}")),
            "party_ref" => (word.clone(), format!("示例{word}有限公司")),
            "money" => (number.clone(), format!("{number}元")),
            "quantity" => {
                let unit: String =
                    column.example.iter().flat_map(|text| text.chars()).skip_while(char::is_ascii_digit).collect();
                (number.clone(), format!("{number}{}", unit.trim_start_matches('万')))
            }
            "number" | "figure" => (number.clone(), number),
            // As a fraction it may have a last digit that is not quite the one written.
            "percent" => (format!("37{:06}", n * 1_010), format!("37.{:06}11%", n * 1_010)),
            "date" | "deadline" => {
                let day = format!("{}-{:02}-19", 2_100 + n / 12, n % 12 + 1);
                (day.clone(), day)
            }
            "choice" | "flag" => return column.example.clone(),
            other => panic!("{kind}.{}: nothing is known to plant in a {other}", column.name),
        };
        let column_name = format!("{kind}.{}", column.name);
        let is_private = column.visibility == "private";
        self.canaries.push(Canary { mark, written: written.clone(), column: column_name, is_private });
        Some(written)
    }

    /// Writes a table of one row of each of some parties; the rows of the victim's are planted.
    fn table(&mut self, kind: &Kind, parties: &[&str], given: &[(&str, &[&str])]) -> String {
        let quoted = |cells: Vec<String>| format!("\"{}\"\n", cells.join("\",\""));
        let mut table = quoted(kind.columns.iter().map(|column| column.label.clone()).collect());
        for (idx, party) in parties.iter().enumerate() {
            let cell = |column: &Column, planter: &mut Self| {
                if let Some((_, cells)) = given.iter().find(|(name, _)| *name == column.name) {
                    return (*cells.get(idx).unwrap()).to_owned();
                }
                match column.name.as_str() {
                    "party" => (*party).to_owned(),
                    "code" => "V1".to_owned(),
                    "state" | "uscc" | "valid_from" | "valid_until" => String::new(),
                    _ if column.visibility == "public" => column.example.clone().unwrap_or_default(),
                    _ if *party == VICTIM => planter.plant(&kind.name, column).unwrap_or_default(),
                    _ if column.sort == "party_ref" || column.sort == "contact" => String::new(),
                    _ => column.example.clone().unwrap_or_default(),
                }
            };
            let cells = kind.columns.iter().map(|column| cell(column, self)).collect();
            table.push_str(&quoted(cells));
        }
        table
    }

    /// Writes the rows of a kind; `None` where no column is anything but public, and rows would only stand in the way.
    fn rows_of(&mut self, kind: &Kind) -> Option<String> {
        Some(match (kind.role.as_str(), kind.name.as_str()) {
            ("party", _) => {
                let regions = ["山东省济南市", "山东省青岛市", "山东省烟台市", "山东省济南市"];
                self.table(
                    kind,
                    &[VICTIM, OTHER, THIRD, PARTNER],
                    &[("region", &regions), ("aliases", &["", "", "", ""])],
                )
            }
            ("demand" | "supply", _) => self.table(kind, &[VICTIM, OTHER, PARTNER], &[]),
            ("between", _) => self.table(
                kind,
                &[VICTIM],
                &[
                    ("demander", &[PARTNER]),
                    ("supplier", &[VICTIM]),
                    ("demand", &["年产线用深沟球轴承采购"]),
                    ("supply", &["深沟球轴承"]),
                    ("lane", &["procurement"]),
                    ("date", &["2026-05-02"]),
                    ("answered", &["2026-05-03"]),
                ],
            ),
            (_, "relation") => return None,
            (_, "supply_edge") => self.table(
                kind,
                &[VICTIM],
                &[
                    ("supplier", &[VICTIM]),
                    ("buyer", &[PARTNER]),
                    ("product", &["钢帘线"]),
                    ("chain", &["轮胎与橡胶产业链"]),
                    ("link", &[""]),
                    ("period", &["2025"]),
                    ("last_delivery", &["2026-05-04"]),
                ],
            ),
            (_, "receivable") => self.table(kind, &[VICTIM], &[("debtor", &[PARTNER])]),
            (_, "chain_leader") => {
                self.table(kind, &[VICTIM], &[("party", &[PARTNER]), ("chain", &["轮胎与橡胶产业链"])])
            }
            ("chain", _) => return None,
            _ => self.table(kind, &[VICTIM], &[]),
        })
    }
}

impl Planted {
    /// Imports every kind of row, planted.
    pub fn new() -> Self {
        let (place, kinds) = (Place::new(), declared());
        let mut planter = Planter::default();
        let mut tables: Vec<(String, &str)> = Vec::new();
        let order = |kind: &&Kind| {
            (
                match kind.role.as_str() {
                    "party" => 0,
                    "between" => 2,
                    _ => 1,
                },
                kind.name.clone(),
            )
        };
        let mut sorted: Vec<&Kind> = kinds.iter().filter(|kind| kind.name != "watch").collect();
        sorted.sort_by_key(order);
        for kind in sorted {
            let Some(table) = planter.rows_of(kind) else { continue };
            let file = format!("{:02}-{}.csv", tables.len(), kind.name);
            fs::write(place.folder().join(&file), &table).unwrap();
            tables.push((file, kind.name.as_str()));
        }
        let files: Vec<&str> = tables.iter().map(|(file, _)| file.as_str()).collect();
        let report = place.json(0, &[&["import"], files.as_slice()].concat());
        let mut ids = Vec::new();
        for (file, (_, kind)) in report["files"].as_array().unwrap().iter().zip(&tables) {
            assert_eq!((&file["kind"], &file["rejected"]), (&Json::from(*kind), &Json::from(0)), "{file}");
            ids.extend(file["assigned"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()));
            ids.push(format!("P1:{kind}:V1"));
        }
        let is_posting = |kind: &Kind| matches!(kind.role.as_str(), "demand" | "supply");
        let is_public = |column: &&Column| column.visibility == "public";
        let public = |kind: &Kind| {
            let names = kind.columns.iter().filter(is_public).map(|column| column.name.clone());
            (kind.name.clone(), names.collect())
        };
        let titles = kinds
            .iter()
            .flat_map(|kind| &kind.columns)
            .filter(|column| column.name == "title" && column.visibility == "public");
        let titles = titles.filter_map(|column| column.example.clone()).collect();
        Self {
            place,
            canaries: planter.canaries,
            ids,
            public: kinds.iter().map(public).collect(),
            kinds: kinds.iter().map(|kind| kind.name.clone()).collect(),
            postings: kinds.iter().filter(|kind| is_posting(kind)).map(|kind| kind.name.clone()).collect(),
            titles,
        }
    }
}
