//! What rules and features look at: one demand, one supply, dated facts, and the declaration.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use jiff::civil::Date;

use crate::catalogue::Catalogue;
use crate::definition::{Definition, Visibility};
use crate::matching::names::ProductName;
use crate::model::{PartyId, Record, Value};
use crate::normal::as_written;
use crate::text::{Segmenter, Term, split_list, strip_personal, weigh};

/// What a whole match stands on.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The declaration.
    pub definition: &'a Definition,
    /// Parties and records.
    pub catalogue: &'a Catalogue,
    /// Cuts text into terms.
    pub segmenter: &'a Segmenter,
    /// The day at which validity is read.
    pub as_of: Date,
}

/// Terms of some columns of a record.
#[derive(Debug, Default)]
pub(super) struct Terms {
    /// Distinct terms with their weights; those that weigh nothing are left out.
    pub weights: BTreeMap<String, u32>,
    /// Part numbers, grades and models, whole, in order of appearance.
    pub codes: Vec<String>,
}

/// Product names compared on each side.
const PRODUCT_NAMES_MAX: usize = 20;

/// One of the two records of a pair, with what is worked out about it once.
pub(super) struct Side<'a> {
    /// The record.
    pub record: &'a Record,
    /// Its party after merges.
    pub party: Option<PartyId>,
    context: Context<'a>,
    terms: Vec<OnceLock<Terms>>,
    products: Vec<OnceLock<Vec<ProductName>>>,
}

/// A demand and a supply.
pub(super) struct Pair<'a> {
    /// What both stand on.
    pub context: Context<'a>,
    /// The side that asks.
    pub demand: &'a Side<'a>,
    /// The side that offers.
    pub supply: &'a Side<'a>,
}

impl<'a> Side<'a> {
    /// Prepares a record; `n_features` is the number of features that may ask for its terms.
    pub(super) fn new(context: Context<'a>, record: &'a Record, n_features: usize) -> Self {
        let terms = std::iter::repeat_with(OnceLock::new).take(n_features).collect();
        let products = std::iter::repeat_with(OnceLock::new).take(n_features).collect();
        Self { record, party: context.catalogue.party_of(record), context, terms, products }
    }

    /// Returns what the side stands on.
    pub(super) fn context(&self) -> Context<'a> {
        self.context
    }

    /// Returns the terms of some columns for the feature with this index, cutting the text at the first call only.
    pub(super) fn terms(&self, feature_idx: usize, columns: &[String]) -> &Terms {
        let slot = self.terms.get(feature_idx).expect("a side has a slot for every feature of its lane");
        slot.get_or_init(|| {
            let mut terms: Vec<Term> = Vec::new();
            for column in columns {
                terms.extend(self.context.segmenter.terms(&strip_personal(self.record.raw(column))));
            }
            let mut seen = BTreeSet::new();
            let codes = terms.iter().filter(|term| term.is_code && seen.insert(&term.text));
            Terms {
                codes: codes.map(|term| term.text.clone()).collect(),
                weights: weigh(&terms, &self.context.definition.terms),
            }
        })
    }

    /// Returns the product names in some columns for the feature with this index, preparing them at the first call only.
    pub(super) fn products(&self, feature_idx: usize, columns: &[String]) -> &[ProductName] {
        let slot = self.products.get(feature_idx).expect("a side has a slot for every feature of its lane");
        slot.get_or_init(|| {
            let mut names = Vec::new();
            for (i, column) in columns.iter().enumerate() {
                for name in split_list(self.record.raw(column)) {
                    names.push((name, i == 0));
                    // A name may have a model or a size beside it.
                    let parts = name.split_whitespace().filter(|part| !part.is_ascii() && *part != name);
                    names.extend(parts.map(|part| (part, i == 0)));
                }
            }
            names.truncate(PRODUCT_NAMES_MAX);
            let (segmenter, terms) = (self.context.segmenter, &self.context.definition.terms);
            let prepared = names.into_iter().filter_map(|(name, is_of_first_column)| {
                let mut name = ProductName::new(name, segmenter, terms)?;
                name.is_of_first_column = is_of_first_column;
                Some(name)
            });
            prepared.collect()
        })
    }

    /// Returns a term as the first of some columns that has it writes it.
    pub(super) fn as_written(&self, columns: &[String], term: &str) -> String {
        let raw: Vec<&str> = columns.iter().map(|column| self.record.raw(column)).collect();
        as_written(&raw.join("\n"), term)
    }

    /// Returns the first filled and known value among some columns.
    pub(super) fn value(&self, columns: &[String]) -> Option<&'a Value> {
        columns.iter().find_map(|column| self.record.value(column))
    }

    /// Returns the first filled cell among some columns whose value is not known, as others may see it.
    pub(super) fn unread(&self, columns: &[String]) -> Option<String> {
        let is_unread = |column: &&String| !self.record.raw(column).is_empty() && self.record.value(column).is_none();
        columns.iter().find(is_unread).map(|column| self.shown(std::slice::from_ref(column)))
    }

    /// Returns the first filled cell among some columns as written, unless others may not see it.
    pub(super) fn shown(&self, columns: &[String]) -> String {
        let column = columns.iter().find(|column| !self.record.raw(column).is_empty());
        let kind = self.context.definition.kind(&self.record.kind);
        let declared = column.and_then(|column| kind?.column(column));
        match (column, declared.map(|declared| declared.visibility)) {
            (Some(column), Some(Visibility::Public)) => strip_personal(self.record.raw(column)),
            _ => "（不公开）".to_owned(),
        }
    }

    /// Returns the first place among some columns, else the place of the party, and which of the two it is.
    pub(super) fn region(&self, columns: &[String]) -> Option<(&'a str, &'static str)> {
        let declared = columns.iter().find_map(|column| match self.record.value(column) {
            Some(Value::Region(code)) => Some((code.as_str(), "产地")),
            _ => None,
        });
        declared.or_else(|| self.context.catalogue.region(self.party?).map(|code| (code, "所在地")))
    }

    /// Lists the certificates asked for in some columns: all of the outer list, any of each inner one.
    pub(super) fn wanted_certificates(&self, columns: &[String]) -> Vec<&'a Vec<String>> {
        let values = columns.iter().filter_map(|column| match self.record.value(column) {
            Some(Value::Certificates(names)) => Some(names),
            _ => None,
        });
        values.flatten().collect()
    }
}
