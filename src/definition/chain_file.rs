//! The shape of the files `index/chains/NAME.toml`, exactly as written. What a mistake can be about keeps its place in
//! the file, so that its line can be told.

use serde::Deserialize;
use toml::Spanned;

/// One declared chain.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ChainFile {
    /// The version of the file shape; only "1" is known.
    pub version: String,
    /// When it was drafted.
    pub drafted: Spanned<String>,
    /// Where it comes from, shown with the chain.
    pub source: Spanned<String>,
    /// Whether it is a skeleton, whose gaps mean nothing yet.
    pub draft: bool,
    /// The chain itself.
    pub chain: HeadFile,
    /// Its links, in the order in which they are shown.
    pub link: Vec<LinkFile>,
    /// Its products.
    pub product: Vec<ProductFile>,
}

/// The chain itself; keys are columns of the kind `chain`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeadFile {
    /// A short code, unique among chains and links.
    pub code: Spanned<String>,
    /// The Chinese name.
    pub title: Spanned<String>,
    /// Other names that tables use.
    #[serde(default)]
    pub aliases: Vec<Spanned<String>>,
    /// An option of the column `level`.
    pub level: Spanned<String>,
    /// The code of the place to which it belongs.
    pub region: Spanned<String>,
    /// The industry that it counts to.
    #[serde(default)]
    pub sector: String,
    /// Whether firms' rates count it.
    #[serde(default)]
    pub key: bool,
    /// The first day on the list.
    #[serde(default)]
    pub valid_from: Option<Spanned<String>>,
    /// The last day on the list.
    #[serde(default)]
    pub valid_until: Option<Spanned<String>>,
}

/// One link; keys are columns of the kind `chain_link`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LinkFile {
    /// A short code, unique among chains and links.
    pub code: Spanned<String>,
    /// The Chinese name, unique in its chain.
    pub title: Spanned<String>,
    /// An option of the column `position`.
    pub position: Spanned<String>,
    /// Whether the chain needs it.
    #[serde(default = "yes")]
    pub essential: bool,
    /// How much it counts; 1 where left out.
    #[serde(default)]
    pub weight: Option<Spanned<f64>>,
    /// Links of one group are alternatives and count as one.
    #[serde(default)]
    pub or_group: Option<Spanned<String>>,
    /// Certificates that its suppliers need.
    #[serde(default)]
    pub required_certificates: Vec<Spanned<String>>,
}

/// One product; keys are columns of the kind `product`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ProductFile {
    /// The Chinese name, unique among all chains.
    pub title: Spanned<String>,
    /// Codes of the links that make it, of any chain.
    pub links: Vec<Spanned<String>>,
    /// Names that mean the same.
    #[serde(default)]
    pub synonyms: Vec<Spanned<String>>,
    /// Names of kinds of it.
    #[serde(default)]
    pub narrower: Vec<Spanned<String>>,
    /// Names of related things that it is not.
    #[serde(default)]
    pub near: Vec<Spanned<String>>,
    /// Grades and models as they are written.
    #[serde(default)]
    pub grades: Vec<String>,
    /// Whether it is what the chain is for.
    #[serde(default, rename = "final")]
    pub is_final: bool,
    /// What it is made of.
    #[serde(default)]
    pub inputs: Vec<Spanned<InputFile>>,
}

/// One thing, or a choice of things, that a product is made of.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, expecting = "写产品名、{ any = [\"甲\", \"乙\"], group = \"组名\" } 或 { optional = \"产品名\" }")]
pub(super) enum InputFile {
    /// It is needed.
    Required(String),
    /// One of several is enough.
    Any(AnyFile),
    /// It can be done without.
    Optional(OptionalFile),
}

/// Several products, one of which is enough.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AnyFile {
    /// The products.
    pub any: Vec<String>,
    /// What the choice is called, unique in its product.
    pub group: String,
}

/// A product that can be done without.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OptionalFile {
    /// The product.
    pub optional: String,
}

fn yes() -> bool {
    true
}
