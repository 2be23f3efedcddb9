//! The shape of `index/titles.toml`, as it is read before it is checked.

use serde::Deserialize;

/// `index/titles.toml`: what stands around the name of a thing in a title.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TitlesFile {
    /// The version of the file shape; only "1" is known.
    pub version: String,
    /// What stands behind the name.
    pub ends: Vec<String>,
    /// How something is bought, before the word for buying.
    pub manners: Vec<String>,
    /// What ends the words of whose the thing is.
    pub owners: Vec<String>,
    /// How a title begins that says why something is bought.
    pub causes: Vec<String>,
    /// Units of what is counted.
    pub counts: Vec<String>,
    /// Units of what is measured.
    pub amounts: Vec<String>,
    /// What is numbered beside the name.
    pub lots: Vec<String>,
    /// What stands before the name.
    pub start: Vec<TitleStartFile>,
    /// Words before a name that make it another thing.
    pub other: OtherThingFile,
}

/// Words before the name of a thing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct TitleStartFile {
    /// The words.
    pub words: Vec<String>,
    /// What follows them where they are part of the name.
    #[serde(default)]
    pub unless: Vec<String>,
}

/// Words before a name that make it another thing.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OtherThingFile {
    /// Wherever they stand before the name.
    pub anywhere: Vec<String>,
    /// Where nothing else stands before the name.
    pub whole: Vec<String>,
    /// Words that have one of them and mean something else.
    pub unless: Vec<String>,
}
