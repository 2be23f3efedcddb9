//! The shapes of the files under `index/`, exactly as written. Unknown keys and unknown versions are refused here;
//! what the values mean is checked by the sibling modules, and the rest of the program sees only the validated
//! [`Definition`](crate::definition::Definition).

use std::collections::BTreeMap;

use serde::Deserialize;

/// `index/definition.toml`: what the declaration is called.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DefinitionFile {
    /// The version of the file shapes; only "1" is known.
    pub version: String,
    /// A name for people.
    pub title: String,
    /// The code of the province that `省内` means.
    pub home_region: String,
    /// Who opens a posting whose table names no state: `none` (it is open at once) or `organizer` (it waits as
    /// submitted until a row opens it).
    pub review: String,
    /// Headers that tables carry for people and that are never imported (`序号`).
    pub ignored_headers: Vec<String>,
    /// Texts that mean that a value is not known or not fixed (`面议`).
    pub unknown_texts: Vec<String>,
    /// Texts that mean that a cell is empty (`无`, `/`).
    pub empty_texts: Vec<String>,
}

/// `index/columns.toml`: groups of columns that several kinds share.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnsFile {
    /// The version of the file shape; only "1" is known.
    pub version: String,
    /// Columns by group name.
    pub group: BTreeMap<String, Vec<ColumnFile>>,
}

/// `index/kinds/NAME.toml`: one kind of record.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KindFile {
    /// The version of the file shape; only "1" is known.
    pub version: String,
    /// The English name; equals the file's name.
    pub kind: String,
    /// The Chinese label; also recognised as a sheet name.
    pub label: String,
    /// More sheet names that mean this kind.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What the kind is: `party`, `fact`, `demand`, `supply`, `chain` or `between`.
    pub role: String,
    /// Columns that identify a record of the same party when the table numbers nothing.
    pub identity: Vec<String>,
    /// Whether a row tells of more than its own party, so that who looks after one region may not bring it.
    #[serde(default)]
    pub tells_of_others: bool,
    /// A note for the person who fills in the template.
    #[serde(default)]
    pub note: String,
    /// Shared groups of `columns.toml`; they come before the kind's own columns.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Shared groups that come after the kind's own columns.
    #[serde(default)]
    pub groups_after: Vec<String>,
    /// The kind's own columns, in the order of the template.
    #[serde(default)]
    pub column: Vec<ColumnFile>,
}

/// One column of a kind.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ColumnFile {
    /// The English name, unique in its kind; also recognised as a header.
    pub name: String,
    /// The Chinese label; also recognised as a header.
    pub label: String,
    /// More headers that mean this column, in Chinese or English.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// How cells are read; a name of `ColumnType`.
    #[serde(rename = "type")]
    pub column_type: String,
    /// Whether a row without it is refused.
    #[serde(default)]
    pub required: bool,
    /// A column whose text stands in where this one is empty.
    #[serde(default)]
    pub falls_back_to: Option<String>,
    /// The unit of bare numbers (`万元`, `吨`, `月`); a unit in the header or the cell goes first.
    #[serde(default)]
    pub unit: Option<String>,
    /// Whether an amount of money may be negative: a return, a loss.
    #[serde(default)]
    pub signed: bool,
    /// Whether a choice keeps other words, as not told.
    #[serde(default)]
    pub open: bool,
    /// Who sees it: `public`, `consented`, `matched` or `private`.
    pub visibility: String,
    /// A note for the person who fills in the template.
    #[serde(default)]
    pub note: String,
    /// What the example row of the template holds.
    #[serde(default)]
    pub example: String,
    /// The choices of a column of type `choice`.
    #[serde(default)]
    pub option: Vec<OptionFile>,
}

/// One choice.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OptionFile {
    /// The English name.
    pub name: String,
    /// The Chinese label, offered in the template's drop-down list.
    pub label: String,
    /// More texts that mean it.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// `index/units.toml`: units of quantities.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitsFile {
    /// The version of the file shape; only "1" is known.
    pub version: String,
    /// The units.
    pub unit: Vec<UnitFile>,
}

/// One unit.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct UnitFile {
    /// How it is written most often.
    pub symbol: String,
    /// Other ways to write it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The base unit of its dimension, by name (`kg`); the base unit itself has factor 1.
    pub base: String,
    /// How many base units it is; positive.
    pub factor: f64,
}

/// `index/certificates.toml`: certificates, qualifications and honorary titles.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CertificatesFile {
    /// The version of the file shape; only "1" is known.
    pub version: String,
    /// The certificates.
    pub certificate: Vec<CertificateFile>,
}

/// One certificate; certificates never imply each other.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CertificateFile {
    /// The declared name (`IATF16949`).
    pub name: String,
    /// What it is, in Chinese.
    pub label: String,
    /// Other ways to write it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The tier that it confers: `innovative`, `specialised` or `little_giant`.
    #[serde(default)]
    pub tier: Option<String>,
}

/// `index/grades.toml`: ordered grades.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GradesFile {
    /// The version of the file shape; only "1" is known.
    pub version: String,
    /// The scales.
    pub scale: Vec<ScaleFile>,
}

/// One scale of grades.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ScaleFile {
    /// The English name, unique.
    pub name: String,
    /// What is graded, in Chinese.
    pub label: String,
    /// The grades, lowest first; a higher one also meets a demand for a lower one.
    pub grades: Vec<String>,
}

/// `index/properties.toml`: properties of products that can be compared.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PropertiesFile {
    /// The version of the file shape; only "1" is known.
    pub version: String,
    /// The properties.
    pub property: Vec<PropertyFile>,
}

/// One property.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PropertyFile {
    /// The English name, unique.
    pub name: String,
    /// The Chinese label; also recognised in texts.
    pub label: String,
    /// Other ways to write it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// The unit in which it is usually given, as declared in `index/units.toml`.
    pub unit: String,
    /// How values compare: `within` or `cover`.
    pub compare: String,
    /// What a single number that is asked for limits: `higher` (it is the least) or `lower` (it is the most).
    #[serde(default)]
    pub better: Option<String>,
}

/// `index/lanes/NAME.toml`: one lane.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LaneFile {
    /// The version of the file shape; only "1" is known.
    pub version: String,
    /// The English name; equals the file's name.
    pub lane: String,
    /// The Chinese label.
    pub label: String,
    /// The place among all lanes where they are listed, from 1.
    pub order: u32,
    /// The kind on the demand side.
    pub demand: String,
    /// The kinds on the supply side.
    pub supply: Vec<String>,
    /// The kinds for which this lane is taken where several serve them and none is named.
    #[serde(default)]
    pub default_for: Vec<String>,
    /// Tiers that the lane serves first, by name; others are marked.
    pub serves: Vec<String>,
    /// The side whose parties the lane serves: `demand` or `supply`.
    pub served_side: String,
    /// How often its directories and meetings are due: `continuous`, `quarterly`, `half_yearly` or `yearly`.
    pub cadence: String,
    /// The score below which nothing is shown, in points (0..=100).
    pub floor: f64,
    /// The score from which a match is good, in points (0..=100).
    pub good: f64,
    /// How many candidates the text source may give.
    pub candidates: usize,
    /// How many more the graph of products may give; none where it is left out.
    #[serde(default)]
    pub neighbours: usize,
    /// The hard rules, in the order in which they are checked and shown.
    pub rule: Vec<RuleFile>,
    /// The features, in the order in which they are shown.
    pub feature: Vec<FeatureFile>,
}

/// One hard rule of a lane.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RuleFile {
    /// The rule's name in the table of rules.
    pub rule: String,
    /// The name in answers; the rule's own where it is left out.
    #[serde(default)]
    pub name: Option<String>,
    /// The Chinese label.
    pub label: String,
    /// Whose wish it is: `demand` (the default) or `supply`.
    #[serde(default)]
    pub asker: Option<String>,
    /// The demand's columns that it reads.
    #[serde(default)]
    pub demand: Vec<String>,
    /// The supply's columns that it reads.
    #[serde(default)]
    pub supply: Vec<String>,
    /// Whether the options of the choices that it reads are declared best first.
    #[serde(default)]
    pub best_first: bool,
}

/// One feature of a lane.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct FeatureFile {
    /// The feature's name in the table of features.
    pub feature: String,
    /// The name in answers; the feature's own where it is left out.
    #[serde(default)]
    pub name: Option<String>,
    /// The Chinese label.
    pub label: String,
    /// The weight as the demand sees it, with up to two decimals; a lane's weights add up to 100.
    pub weight: f64,
    /// The weight as the supply sees it, where it differs; these add up to 100 too.
    #[serde(default)]
    pub supply_weight: Option<f64>,
    /// The value that stands in where the feature is unknown, in [0, 1].
    pub neutral: f64,
    /// Whether it adds to the others, whose weights make up 100 without it.
    #[serde(default)]
    pub bonus: bool,
    /// Whose wish it is: `demand` (the default) or `supply`.
    #[serde(default)]
    pub asker: Option<String>,
    /// The demand's columns that it reads.
    #[serde(default)]
    pub demand: Vec<String>,
    /// The supply's columns that it reads.
    #[serde(default)]
    pub supply: Vec<String>,
    /// Whether the options of the choices that it reads are declared best first.
    #[serde(default)]
    pub best_first: bool,
    /// For likeness of texts: the length of a supply, in characters, that mentions everything once and is worth 1.
    #[serde(default)]
    pub length: Option<u32>,
    /// What part of the value counts where the graph knows the product that is asked for and another one is offered, in
    /// [0, 1]; all of it where it is left out.
    #[serde(default)]
    pub other_product: Option<f64>,
    /// For a choice: whether one of the demand's options is enough.
    #[serde(default)]
    pub any: bool,
    /// For a scale: the number that is worth 0, in the column's base unit.
    #[serde(default)]
    pub worst: Option<f64>,
    /// For a scale: the number that is worth 1.
    #[serde(default)]
    pub best: Option<f64>,
}

/// `index/words/CHAIN.toml`: the words of one chain.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WordsFile {
    /// The version of the file shape; only "1" is known.
    pub version: String,
    /// The English name of the chain; equals the file's name.
    pub chain: String,
    /// Its Chinese label.
    pub label: String,
    /// Words that segmentation keeps whole and that have no synonyms.
    #[serde(default)]
    pub words: Vec<String>,
    /// Words with synonyms, kinds and lookalikes.
    #[serde(default)]
    pub term: Vec<WordFile>,
}

/// One word with what it goes with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WordFile {
    /// The name that stands for all forms.
    pub name: String,
    /// Other forms that mean the same wherever they stand.
    #[serde(default)]
    pub same: Vec<String>,
    /// Kinds of it: who looks for it finds these too, but not the other way round.
    #[serde(default)]
    pub narrower: Vec<String>,
    /// Related or broader words; for people only, they never expand.
    #[serde(default)]
    pub near: Vec<String>,
    /// Lookalikes that are something else.
    #[serde(default)]
    pub distinct: Vec<String>,
    /// Short forms that mean it only beside one of the words of `context`.
    #[serde(default)]
    pub abbreviation: Vec<String>,
    /// Words that make an abbreviation mean this.
    #[serde(default)]
    pub context: Vec<String>,
}

/// `index/terms.toml`: how much a term weighs, beside `frequencies.tsv`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TermsFile {
    /// The version of the file shape; only "1" is known.
    pub version: String,
    /// The sum of the frequencies of all words of which the table is an excerpt.
    pub words_total: u64,
    /// The sum of the frequencies of all characters.
    pub characters_total: u64,
    /// Words that every tender has; they weigh a tenth.
    pub weak: Vec<String>,
    /// Words that weigh nothing.
    pub stop: Vec<String>,
}

/// `index/synthetic.toml`: the vocabulary of an invented province.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SyntheticFile {
    /// The version of the file shape; only "1" is known.
    pub version: String,
    /// How product names are composed, common forms first.
    pub products: Vec<String>,
    /// How many parties a city has beside the others, by region code.
    pub cities: BTreeMap<String, u32>,
    /// Types of parties.
    pub role: Vec<SyntheticRoleFile>,
    /// Word lists that all chains share.
    pub lists: BTreeMap<String, Vec<String>>,
    /// Industry chains with word lists of their own.
    pub chain: Vec<SyntheticChainFile>,
    /// How the tables are written.
    pub kind: Vec<SyntheticKindFile>,
}

/// One type of party.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SyntheticRoleFile {
    /// The type as the table of parties writes it.
    pub label: String,
    /// How many there are beside the others.
    pub share: u32,
    /// How names begin; no two parties have the same.
    pub name: Vec<String>,
    /// How names end.
    pub form: Vec<String>,
}

/// One industry chain.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SyntheticChainFile {
    /// The chain as tables write it.
    pub label: String,
    /// Its industries, by code.
    pub industries: Vec<String>,
    /// Word lists of its own.
    pub lists: BTreeMap<String, Vec<String>>,
}

/// How one kind of table is written.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SyntheticKindFile {
    /// The kind.
    pub kind: String,
    /// The type of party to which its rows belong; any if none.
    #[serde(default)]
    pub role: Option<String>,
    /// Ways to write a column, by its English name.
    pub cells: BTreeMap<String, Vec<String>>,
}
