//! The declaration of the index: kinds, lanes, codes, units, certificates, grades, terms and chains, read from `index/`,
//! validated as a whole and fingerprinted. It is immutable once loaded; a change of the declaration is another
//! directory (or another build), never a call. It does not know how records are stored or matched.

mod certificates;
mod chain_file;
mod chain_reader;
mod chains;
mod file;
mod goals;
mod grades;
mod industries;
mod kinds;
mod lanes;
mod properties;
mod purchases;
mod regions;
mod source;
mod synthetic;
mod templates;
mod terms;
mod titles;
mod titles_file;
mod units;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

pub use certificates::{Certificates, Tier};
pub use chains::{Chain, ChainLink, Chains, Need};
pub use goals::{GoalReading, GoalUnit, PlanGoal};
pub use grades::Grades;
pub use industries::Industries;
#[cfg(test)]
pub use kinds::ChoiceOption;
pub use kinds::{Column, ColumnType, Kind, Role, Visibility};
pub use lanes::{Lane, LaneFeature, LaneRule, TextField};
pub use properties::{Better, Compare, Properties, Property};
pub use purchases::LeftOut;
pub use regions::{RegionReading, Regions};
pub use synthetic::{Synthetic, SyntheticKind};
pub use templates::{Fact, Piece, Template};
pub use terms::Terms;
pub use titles::Titles;
pub use units::{Unit, Units};
pub use words::{Word, Words};

use crate::error::{Error, Result};
use crate::model::State;
use crate::normal::key;
use chain_file::ChainFile;
use chain_reader::{ChainSource, Known, read_chains};
use source::{Files, bad};

/// The version of the file shapes that this program reads.
const VERSION: &str = "1";

/// The validated declaration.
#[derive(Debug, Clone)]
pub struct Definition {
    /// A name for people.
    pub title: String,
    /// A hash over all files, 16 hexadecimal digits.
    pub fingerprint: String,
    /// The code of the province that `省内` means.
    pub home_region: String,
    /// The state of a posting whose table names none: open, or submitted where postings are reviewed.
    pub unstated: State,
    /// Kinds by name.
    pub kinds: BTreeMap<String, Kind>,
    /// Lanes by name.
    pub lanes: BTreeMap<String, Lane>,
    /// Places.
    pub regions: Regions,
    /// Industries.
    pub industries: Industries,
    /// Units.
    pub units: Units,
    /// Properties of products.
    pub properties: Properties,
    /// Certificates.
    pub certificates: Certificates,
    /// Grades.
    pub grades: Grades,
    /// Weights of terms.
    pub terms: Terms,
    /// What stands around the name of a thing in a title.
    pub titles: Titles,
    /// Synonyms, kinds, lookalikes and words to keep whole.
    pub words: Words,
    /// The declared chains with their links and products.
    pub chains: Chains,
    /// What the plan wants of the firms of tiers.
    pub goals: Vec<PlanGoal>,
    /// What firms buy that is neither goods nor processing.
    pub left_out: LeftOut,
    /// The vocabulary of an invented province.
    pub synthetic: Synthetic,
    ignored_headers: BTreeSet<String>,
    unknown_texts: BTreeSet<String>,
    empty_texts: BTreeSet<String>,
}

/// A text for an empty or an unknown cell has at most so many characters.
const SHORT_CHARS_MAX: usize = 16;
/// A cell with more letters is none of them: at most three letters are spelled as one.
const SHORT_LETTERS_MAX: usize = 3 * SHORT_CHARS_MAX;

impl Definition {
    /// Loads the copy that was compiled in.
    ///
    /// # Errors
    /// As [`load`](Self::load); a build whose tests passed has none.
    pub fn compiled() -> Result<Self> {
        Self::read(&Files::compiled()?)
    }

    /// Loads a directory of the shape of `index/`.
    ///
    /// # Errors
    /// Names the first file that is missing, unreadable, of an unknown version, has an unknown key, or contradicts
    /// itself or another file.
    pub fn load(directory: &Path) -> Result<Self> {
        Self::read(&Files::directory(directory)?)
    }

    /// Returns a kind by name.
    pub fn kind(&self, name: &str) -> Option<&Kind> {
        self.kinds.get(name)
    }

    /// Returns the text by which postings of a kind become candidates: every column that a feature of likeness of any lane
    /// reads, in the order of the lanes, with the greatest of their lengths. One text serves all lanes, so that a posting
    /// is weighed and kept once.
    pub fn text_field(&self, kind: &str) -> TextField {
        let (mut role, mut columns, mut length) = (Role::Demand, Vec::new(), 0);
        for lane in self.lanes_in_order() {
            let is_demand = lane.demand == kind;
            if !is_demand && !lane.supply.iter().any(|supply| supply == kind) {
                continue;
            }
            role = if is_demand { Role::Demand } else { Role::Supply };
            for feature in lane.features.iter().filter(|feature| feature.feature == "text") {
                columns.extend(feature.columns(role));
                length = length.max(feature.length);
            }
        }
        TextField::new(kind, role, columns.into_iter(), length, &self.kinds)
    }

    /// Lists the [text fields](Self::text_field) of all kinds that lanes match, ascending.
    pub fn text_fields(&self) -> Vec<TextField> {
        let kinds = self.lanes.values().flat_map(|lane| lane.supply.iter().chain([&lane.demand]));
        let kinds: BTreeSet<&String> = kinds.collect();
        kinds.into_iter().map(|kind| self.text_field(kind)).collect()
    }

    /// Lists the lanes in the order in which they are shown.
    pub fn lanes_in_order(&self) -> Vec<&Lane> {
        let mut lanes: Vec<&Lane> = self.lanes.values().collect();
        lanes.sort_by_key(|lane| lane.order);
        lanes
    }

    /// Finds a kind by what a user may write: its English name, Chinese label or another name.
    ///
    /// # Errors
    /// [`Error::Request`] lists the kinds.
    pub fn find_kind(&self, text: &str) -> Result<&Kind> {
        let wanted = key(text);
        let means =
            |kind: &&Kind| [&kind.name, &kind.label].into_iter().chain(&kind.aliases).any(|form| key(form) == wanted);
        self.kinds.values().find(means).ok_or_else(|| {
            let known: Vec<String> =
                self.kinds.values().map(|kind| format!("{}（{}）", kind.name, kind.label)).collect();
            Error::Request(format!("没有“{text}”这个类别；可用：{}", known.join("、")))
        })
    }

    /// Says whether a header is for people only and never imported; `header_key` is the header after `normal::key`.
    pub fn ignores_header(&self, header_key: &str) -> bool {
        self.ignored_headers.contains(header_key)
    }

    /// Says whether a cell states that its value is not known or not fixed.
    pub fn means_unknown(&self, cell: &str) -> bool {
        is_among(cell, &self.unknown_texts)
    }

    /// Says whether a cell states that there is nothing.
    pub fn means_empty(&self, cell: &str) -> bool {
        is_among(cell, &self.empty_texts)
    }

    fn read(files: &Files) -> Result<Self> {
        let top: file::DefinitionFile = files.toml("definition.toml")?;
        check_version("definition.toml", &top.version)?;
        if let Some(long) =
            top.unknown_texts.iter().chain(&top.empty_texts).find(|t| t.chars().count() > SHORT_CHARS_MAX)
        {
            return Err(bad("definition.toml", &format!("“{long}”超过 {SHORT_CHARS_MAX} 字")));
        }
        let kinds = read_kinds(files)?;
        let lanes = read_lanes(files, &kinds)?;
        let regions = read_regions(files)?;
        if !regions.knows(&top.home_region) {
            return Err(bad("definition.toml", &format!("home_region“{}”不存在", top.home_region)));
        }
        let everyday = files.rows("codes/industry_names.tsv", 2)?;
        let industries = Industries::build(&files.rows("codes/industries.tsv", 3)?, &everyday)
            .map_err(|reason| bad("codes/industries.tsv", &reason))?;
        let synthetic = read_synthetic(files, &kinds, &regions, &industries)?;
        let units: file::UnitsFile = files.toml("units.toml")?;
        check_version("units.toml", &units.version)?;
        let units = Units::build(units.unit).map_err(|reason| bad("units.toml", &reason))?;
        let properties = read_properties(files, &units)?;
        let certificates = read_certificates(files)?;
        let known = Known { kinds: &kinds, regions: &regions, certificates: &certificates };
        let chains = read_chain_files(files, &known)?;
        let grades: file::GradesFile = files.toml("grades.toml")?;
        check_version("grades.toml", &grades.version)?;
        let terms: file::TermsFile = files.toml("terms.toml")?;
        check_version("terms.toml", &terms.version)?;
        let titles: titles_file::TitlesFile = files.toml("titles.toml")?;
        check_version("titles.toml", &titles.version)?;
        let goals = read_goals(files, kinds.get("indicator"))?;
        let unstated = match top.review.as_str() {
            "none" => State::Open,
            "organizer" => State::Submitted,
            other => return Err(bad("definition.toml", &format!("review 是“{other}”，应为 none 或 organizer"))),
        };
        Ok(Self {
            title: top.title,
            fingerprint: files.fingerprint(),
            home_region: top.home_region,
            unstated,
            kinds,
            lanes,
            regions,
            industries,
            units,
            properties,
            certificates,
            grades: Grades::build(grades.scale).map_err(|reason| bad("grades.toml", &reason))?,
            terms: Terms::build(&terms, &files.rows("frequencies.tsv", 2)?)
                .map_err(|reason| bad("terms.toml、frequencies.tsv", &reason))?,
            titles: Titles::build(&titles).map_err(|reason| bad("titles.toml", &reason))?,
            words: read_words(files)?,
            chains,
            goals,
            left_out: read_purchases(files)?,
            synthetic,
            ignored_headers: top.ignored_headers.iter().map(|text| key(text)).collect(),
            unknown_texts: top.unknown_texts.iter().map(|text| compact(text)).collect(),
            empty_texts: top.empty_texts.iter().map(|text| compact(text)).collect(),
        })
    }
}

/// Says whether a cell is one of some short texts; running text is not spelled out only to find that it is none.
fn is_among(cell: &str, texts: &BTreeSet<String>) -> bool {
    // Most characters are ideographs, for which the tables of Unicode need not be asked.
    let is_letter = |c: &char| matches!(c, '\u{4e00}'..='\u{9fff}') || c.is_alphanumeric();
    let is_long = cell.chars().filter(is_letter).nth(SHORT_LETTERS_MAX).is_some();
    !is_long && texts.contains(&compact(cell))
}

/// Unlike [`key`], keeps hyphens and slashes: a lone `-` is an empty cell.
fn compact(text: &str) -> String {
    crate::normal::normalise(text).split_whitespace().collect()
}

fn check_version(file: &str, version: &str) -> Result<()> {
    if version == VERSION {
        return Ok(());
    }
    Err(bad(file, &format!("version 是“{version}”，本程序只认识“{VERSION}”")))
}

fn read_certificates(files: &Files) -> Result<Certificates> {
    let certificates: file::CertificatesFile = files.toml("certificates.toml")?;
    check_version("certificates.toml", &certificates.version)?;
    Certificates::build(certificates.certificate).map_err(|reason| bad("certificates.toml", &reason))
}

fn read_chain_files(files: &Files, known: &Known<'_>) -> Result<Chains> {
    let paths = files.folder("chains/");
    let mut sources = Vec::new();
    for path in &paths {
        let file: ChainFile = files.toml(path)?;
        check_version(path, &file.version)?;
        sources.push(ChainSource { path, text: files.text(path)?, file });
    }
    read_chains(&sources, known)
}

fn read_goals(files: &Files, indicator: Option<&Kind>) -> Result<Vec<PlanGoal>> {
    const PATH: &str = "goals.toml";
    let file: goals::GoalsFile = files.toml(PATH)?;
    check_version(PATH, &file.version)?;
    goals::read(file, indicator).map_err(|reason| bad(PATH, &reason))
}

fn read_purchases(files: &Files) -> Result<LeftOut> {
    const PATH: &str = "purchases.toml";
    let purchases: purchases::PurchasesFile = files.toml(PATH)?;
    check_version(PATH, &purchases.version)?;
    LeftOut::build(&purchases).map_err(|reason| bad(PATH, &reason))
}

fn read_properties(files: &Files, units: &Units) -> Result<Properties> {
    let properties: file::PropertiesFile = files.toml("properties.toml")?;
    check_version("properties.toml", &properties.version)?;
    Properties::build(properties.property, units).map_err(|reason| bad("properties.toml", &reason))
}

fn read_regions(files: &Files) -> Result<Regions> {
    let built = Regions::build(&files.rows("codes/regions.tsv", 4)?, &files.rows("codes/areas.tsv", 2)?);
    let mut regions = built.map_err(|reason| bad("codes/regions.tsv", &reason))?;
    regions.add_abroad(&files.rows("codes/abroad.tsv", 2)?).map_err(|reason| bad("codes/abroad.tsv", &reason))?;
    Ok(regions)
}

fn read_kinds(files: &Files) -> Result<BTreeMap<String, Kind>> {
    let columns: file::ColumnsFile = files.toml("columns.toml")?;
    check_version("columns.toml", &columns.version)?;
    let mut kinds = BTreeMap::new();
    let mut sheet_names: BTreeMap<String, String> = BTreeMap::new();
    for path in files.folder("kinds/") {
        let file: file::KindFile = files.toml(&path)?;
        check_version(&path, &file.version)?;
        check_file_name(&path, "kinds/", &file.kind)?;
        let kind = Kind::build(file, &columns.group).map_err(|reason| bad(&path, &reason))?;
        let forms: BTreeSet<String> =
            [&kind.name, &kind.label].into_iter().chain(&kind.aliases).map(|form| key(form)).collect();
        for form in forms {
            if let Some(other) = sheet_names.insert(form.clone(), kind.name.clone()) {
                return Err(bad(&path, &format!("表名“{form}”也属于 {other}")));
            }
        }
        kinds.insert(kind.name.clone(), kind);
    }
    Ok(kinds)
}

fn read_lanes(files: &Files, kinds: &BTreeMap<String, Kind>) -> Result<BTreeMap<String, Lane>> {
    let mut lanes: BTreeMap<String, Lane> = BTreeMap::new();
    let paths = files.folder("lanes/");
    if paths.is_empty() {
        return Err(bad("lanes/", "没有任何对接通道"));
    }
    for path in paths {
        let file: file::LaneFile = files.toml(&path)?;
        check_version(&path, &file.version)?;
        check_file_name(&path, "lanes/", &file.lane)?;
        let lane = Lane::build(file, kinds).map_err(|reason| bad(&path, &reason))?;
        let is_taken = |other: &Lane| other.default_for.iter().any(|kind| lane.default_for.contains(kind));
        if let Some(other) = lanes.values().find(|other| other.order == lane.order) {
            return Err(bad(&path, &format!("order 与 {} 重复", other.name)));
        }
        if let Some(other) = lanes.values().find(|other| is_taken(other)) {
            return Err(bad(&path, &format!("default_for 与 {} 重复", other.name)));
        }
        lanes.insert(lane.name.clone(), lane);
    }
    Ok(lanes)
}

fn read_synthetic(
    files: &Files,
    kinds: &BTreeMap<String, Kind>,
    regions: &Regions,
    industries: &Industries,
) -> Result<Synthetic> {
    const PATH: &str = "synthetic.toml";
    let synthetic: file::SyntheticFile = files.toml(PATH)?;
    check_version(PATH, &synthetic.version)?;
    Synthetic::build(synthetic, kinds, regions, industries).map_err(|reason| bad(PATH, &reason))
}

fn read_words(files: &Files) -> Result<Words> {
    let mut chains = Vec::new();
    for path in files.folder("words/") {
        let file: file::WordsFile = files.toml(&path)?;
        check_version(&path, &file.version)?;
        check_file_name(&path, "words/", &file.chain)?;
        chains.push(file);
    }
    let variants = files.rows("variants.tsv", 2)?;
    Words::build(&chains, &variants).map_err(|reason| bad("words/", &reason))
}

fn check_file_name(path: &str, folder: &str, name: &str) -> Result<()> {
    if path == format!("{folder}{name}.toml") {
        return Ok(());
    }
    Err(bad(path, &format!("文件名应为 {name}.toml")))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Copies `index/` and changes one of its files.
    fn changed(path: &str, change: impl Fn(String) -> String) -> Result<Definition> {
        let copy = tempfile::tempdir().expect("a temporary directory");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("index");
        let mut waiting = vec![source.clone()];
        while let Some(directory) = waiting.pop() {
            for entry in fs::read_dir(&directory).expect("index/ is readable") {
                let file = entry.expect("an entry").path();
                let target = copy.path().join(file.strip_prefix(&source).expect("below index/"));
                if file.is_dir() {
                    fs::create_dir_all(target).expect("created");
                    waiting.push(file);
                } else {
                    fs::copy(&file, target).expect("copied");
                }
            }
        }
        let target = copy.path().join(path);
        let text = fs::read_to_string(&target).expect("the file to change");
        fs::write(&target, change(text)).expect("written");
        Definition::load(copy.path())
    }

    fn refusal(path: &str, change: impl Fn(String) -> String) -> String {
        changed(path, change).err().map(|error| error.to_string()).unwrap_or_default()
    }

    #[test]
    fn the_compiled_copy_is_the_directory() {
        let compiled = Definition::compiled().expect("valid");
        let loaded = changed("terms.toml", |text| text).expect("valid");
        assert_eq!(compiled.fingerprint, loaded.fingerprint);
        let other = changed("terms.toml", |text| format!("{text}\n# another\n")).expect("valid");
        assert_ne!(compiled.fingerprint, other.fingerprint);
    }

    #[test]
    fn every_kind_of_the_contract_is_declared() {
        let definition = Definition::compiled().expect("valid");
        let count = |role| definition.kinds.values().filter(|kind| kind.role == role).count();
        let roles = [Role::Party, Role::Fact, Role::Demand, Role::Supply, Role::Chain, Role::Between];
        // Between parties: intents, outcomes, and saved searches.
        assert_eq!(roles.map(count), [1, 9, 11, 10, 6, 3]);
    }

    #[test]
    fn industry_codes_are_complete() {
        let definition = Definition::compiled().expect("valid");
        let count = |length| definition.industries.iter().filter(|(code, _)| code.len() == length).count();
        let letters = definition.industries.iter().filter(|(code, _)| code.starts_with(char::is_alphabetic)).count();
        // GB/T 4754-2017: 20 sections, 97 divisions, 473 groups, 1,381 classes.
        assert_eq!((letters, count(2), count(3), count(4)), (20, 97, 473, 1381));
    }

    #[test]
    fn mistakes_are_refused_at_their_place() {
        let unknown_key = refusal("units.toml", |text| format!("colour = 1\n{text}"));
        assert!(unknown_key.contains("units.toml") && unknown_key.contains("colour"), "{unknown_key}");
        let newer = refusal("grades.toml", |text| text.replacen("version = \"1\"", "version = \"2\"", 1));
        assert!(newer.contains("grades.toml") && newer.contains('2'), "{newer}");
        let unit = refusal("properties.toml", |text| text.replacen("unit = \"mm\"", "unit = \"麻袋\"", 1));
        assert!(unit.contains("properties.toml") && unit.contains("麻袋"), "{unit}");
        let weights = refusal("lanes/procurement.toml", |text| text.replacen("weight = 33.25", "weight = 34.25", 1));
        assert!(weights.contains("lanes/procurement.toml") && weights.contains("101"), "{weights}");
        let column = refusal("lanes/procurement.toml", |text| text.replacen("\"capacity\"", "\"capacty\"", 1));
        assert!(column.contains("capacty"), "{column}");
        let header = refusal("kinds/catalog.toml", |text| text.replacen("label = \"品牌\"", "label = \"规格型号\"", 1));
        assert!(header.contains("kinds/catalog.toml"), "{header}");
        let long = "无".repeat(SHORT_CHARS_MAX + 1);
        let empty = refusal("definition.toml", |text| text.replacen("\"暂无\"", &format!("\"{long}\""), 1));
        assert!(empty.contains(&long), "{empty}");
        let region = refusal("codes/regions.tsv", |text| format!("{text}\n370199\t示例区\t379900\t\n"));
        assert!(region.contains("379900"), "{region}");
    }

    #[test]
    fn a_vocabulary_that_leads_nowhere_is_refused() {
        let refused = |from: &str, to: &str| {
            let reason = refusal("synthetic.toml", |text| {
                assert!(text.contains(from), "{from}");
                text.replacen(from, to, 1)
            });
            assert!(reason.contains("synthetic.toml"), "{from} -> {to}: {reason}");
            reason
        };
        assert!(refused("name = [\"示例", "name = [\"").contains("示例"), "a name that could be real");
        assert!(refused("min_order = [", "min_ordr = [").contains("min_ordr"));
        assert!(refused("min_order = [\"", "min_order = [\"{any}\", \"").contains("any"));
        assert!(refused("trial = [\"", "trial = [\"{detail}\", \"").contains("绕回"));
        assert!(refused("quality = [", "qualify = [").contains("qualify"));
        assert!(refused("370100 = 13", "379900 = 13").contains("379900"));
        assert!(refused("industries = [\"", "industries = [\"9999\", \"").contains("industries"));
        assert!(refused("role = \"企业\"", "role = \"商会\"").contains("商会"));
        assert!(refused("\"{object}\",", "\"{number_code}\",").contains("products"));
    }

    #[test]
    fn words_for_nothing_are_known_in_any_spelling() {
        let definition = Definition::compiled().expect("valid");
        assert!(
            definition.means_empty("Ｎ／Ａ")
                && definition.means_empty(" 無 \u{3000}要求")
                && definition.means_empty("——")
        );
        assert!(definition.means_unknown("待 定") && !definition.means_empty(&"无".repeat(SHORT_LETTERS_MAX + 1)));
    }

    #[test]
    fn tiers_have_certificates() {
        let definition = Definition::compiled().expect("valid");
        let tier = |text| definition.certificates.find(text).and_then(|certificate| certificate.tier);
        assert_eq!(tier("专精特新“小巨人”企业"), Some(Tier::LittleGiant));
        assert_eq!(tier("山东省专精特新中小企业"), Some(Tier::Specialised));
        assert_eq!(tier("创新型中小企业"), Some(Tier::Innovative));
        assert_eq!(tier("高新技术企业"), None);
    }
}
