//! What rules and features look at: one demand, one supply, dated facts, and the declaration.

use std::cell::OnceCell;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use jiff::civil::Date;

use crate::catalogue::{Affiliation, Catalogue, HeldCertificate, tier_of};
use crate::definition::{Column, Definition, LaneFeature, Role, TextField, Tier, Visibility};
use crate::impact::Impacts;
use crate::matching::chains::Chains;
use crate::matching::names::Listed;
use crate::matching::readings::Readings;
use crate::model::{PartyId, Record, Value};
use crate::normal::{as_written, normalise};
use crate::text::{
    Bag, Grain, Requirements, Segmenter, Term, Vector, split_list, strip_personal, wanted, wanted_text, weigh,
};

/// What a whole match stands on.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The declaration.
    pub definition: &'a Definition,
    /// Parties and records.
    pub catalogue: &'a Catalogue,
    /// The texts of postings, weighed when they came in.
    pub impacts: &'a Impacts,
    /// The supply chains, as far as they matter to matching.
    pub chains: &'a Chains<'a>,
    /// Cuts text into terms.
    pub segmenter: &'a Segmenter,
    /// What texts ask for or state.
    pub readings: &'a Readings,
    /// The day at which validity is read.
    pub as_of: Date,
}

/// The words of some columns of a record, for explanations.
#[derive(Debug, Default)]
pub(super) struct WordsOf {
    /// Distinct words with their weights; those that weigh nothing are left out.
    pub weights: BTreeMap<String, u32>,
    /// The form in which the text names a word, where that is another one.
    pub forms: BTreeMap<String, String>,
}

/// What the place of a party is called.
pub(super) const SEAT: &str = "所在地";

/// Product names compared on each side.
const PRODUCT_NAMES_MAX: usize = 20;

/// One of the two records of a pair, with what is worked out about it once.
pub(super) struct Side<'a> {
    /// The record.
    pub record: &'a Record,
    /// Its party after merges.
    pub party: Option<PartyId>,
    /// The party's own row.
    party_row: Option<&'a Record>,
    role: Role,
    context: Context<'a>,
    vectors: Slots<Vector>,
    words: Slots<WordsOf>,
    products: Slots<Vec<Listed>>,
    /// Which of the products a demand asks for.
    wanted: Slots<Vec<usize>>,
    /// Whether a demand asks for anything that a feature looks for, by the place of the feature.
    asks: Slots<bool>,
    /// What the record's fields ask for or state, by their places.
    requirements: Slots<Arc<Requirements>>,
    /// What is known of its party on the day.
    standing: OnceLock<Option<Box<Standing>>>,
    /// Whose its party is on the day.
    affiliation: OnceLock<Option<Box<Affiliation>>>,
}

/// What is known of a party on a day.
pub(super) struct Standing {
    /// Its certificates by name, expired ones included.
    pub held: BTreeMap<String, HeldCertificate>,
    /// The highest tier that it has.
    pub tier: Option<Tier>,
}

/// A demand and a supply.
pub(super) struct Pair<'a> {
    /// What both stand on.
    pub context: Context<'a>,
    /// The side that asks.
    pub demand: &'a Side<'a>,
    /// The side that offers.
    pub supply: &'a Side<'a>,
    /// Whether reasons and evidence are wanted beside verdicts and values.
    pub explains: bool,
    /// The product of the texts by which postings become candidates, if it is known already and above 0.
    pub product: Option<u64>,
}

impl Pair<'_> {
    /// Writes a reason, if reasons are wanted.
    pub(super) fn say(&self, reason: impl FnOnce() -> String) -> String {
        if self.explains { reason() } else { String::new() }
    }
}

impl<'a> Side<'a> {
    /// Prepares a record that stands on the side of `role`; `n_features` is the number of features that may ask for its
    /// terms.
    pub(super) fn new(context: Context<'a>, record: &'a Record, role: Role, n_features: usize) -> Self {
        let party = context.catalogue.party_of(record);
        Self {
            record,
            party,
            party_row: party.and_then(|party| context.catalogue.facts(party, "party").next()),
            role,
            context,
            vectors: Slots::new(n_features),
            words: Slots::new(n_features),
            products: Slots::new(n_features),
            wanted: Slots::new(if role == Role::Demand { n_features } else { 0 }),
            asks: Slots::new(if role == Role::Demand { n_features } else { 0 }),
            requirements: Slots::new(record.fields.names().count()),
            standing: OnceLock::new(),
            affiliation: OnceLock::new(),
        }
    }

    /// Returns on which side of its lane the record stands.
    pub(super) fn role(&self) -> Role {
        self.role
    }

    /// Returns what the side stands on.
    pub(super) fn context(&self) -> Context<'a> {
        self.context
    }

    /// Weighs the text that the feature with this index reads, at the first call only.
    pub(super) fn vector(&self, feature_idx: usize, feature: &LaneFeature) -> &Vector {
        let slot = self.vectors.get(feature_idx).expect("a side has a slot for every feature of its lane");
        slot.get_or_init(|| {
            let Context { definition, segmenter, .. } = self.context;
            let field = feature.text_field(&self.record.kind, self.role, &definition.kinds);
            match feature.feature.as_str() {
                "characters" => pieces(definition, segmenter, self.record, &field, Grain::Characters),
                _ => self.terms(&field),
            }
        })
    }

    /// Weighs the terms of a text, unless that was done when the record came in.
    pub(super) fn terms(&self, field: &TextField) -> Vector {
        let Context { definition, segmenter, impacts, .. } = self.context;
        let stored = impacts.get(field).and_then(|impact| impact.vector(&self.record.id));
        stored.unwrap_or_else(|| pieces(definition, segmenter, self.record, field, Grain::Terms))
    }

    /// Lists the words of the text that the feature with this index reads, at the first call only.
    pub(super) fn words(&self, feature_idx: usize, feature: &LaneFeature) -> &WordsOf {
        let slot = self.words.get(feature_idx).expect("a side has a slot for every feature of its lane");
        slot.get_or_init(|| {
            let Context { segmenter, definition, .. } = self.context;
            let whole = text(definition, self.record, feature.columns(self.role));
            // Who asks for a kind does not ask for the whole; who offers a kind offers a part of the whole.
            let terms = match self.role {
                Role::Supply => segmenter.terms_with_broader(&whole, ""),
                _ => segmenter.terms(&whole, ""),
            };
            let form = |term: &Term| term.form.clone().map(|form| (term.text.clone(), form));
            WordsOf { weights: weigh(&terms, &definition.terms), forms: terms.iter().rev().filter_map(form).collect() }
        })
    }

    /// Returns the product names in some columns for the feature with this index, preparing them at the first call only.
    pub(super) fn products(&self, feature_idx: usize, columns: &[String]) -> &[Listed] {
        let slot = self.products.get(feature_idx).expect("a side has a slot for every feature of its lane");
        slot.get_or_init(|| {
            let texts: Vec<String> = columns.iter().map(|column| strip_personal(self.record.raw(column))).collect();
            let mut names = Vec::new();
            for (i, text) in texts.iter().enumerate() {
                for name in split_list(text) {
                    names.push((name, i));
                    // A name may have a model or a size beside it.
                    let parts = name.split_whitespace().filter(|part| !part.is_ascii() && *part != name);
                    names.extend(parts.map(|part| (part, i)));
                }
            }
            names.truncate(PRODUCT_NAMES_MAX);
            let Context { segmenter, definition, chains, .. } = self.context;
            let beside = OnceCell::new();
            let beside = || beside.get_or_init(|| self.public_text());
            let prepared =
                names.into_iter().filter_map(|named| chains.names.list(named, beside, segmenter, definition));
            prepared.collect()
        })
    }

    /// Lists the products that the demand asks for in some columns, choosing them at the first call only: those of the first
    /// filled column, each in the narrowest form that a later column gives it.
    pub(super) fn wanted_products(&self, feature_idx: usize, columns: &[String]) -> impl Iterator<Item = &Listed> {
        let all = self.products(feature_idx, columns);
        let choose = || {
            let first = all.iter().map(|name| name.column).min();
            let is_other = |other: &usize| all.get(*other).is_some_and(|other| Some(other.column) != first);
            let (others, listed): (Vec<usize>, Vec<usize>) = (0..all.len()).partition(is_other);
            let narrowed = |place: usize| {
                let is_narrower = |other: &usize| {
                    let both = all.get(*other).zip(all.get(place));
                    both.is_some_and(|(other, name)| other.is_named_kind_of(name))
                };
                let narrower = others.iter().copied().filter(is_narrower);
                narrower.min_by_key(|other| all.get(*other).map(|other| other.name.len())).unwrap_or(place)
            };
            listed.into_iter().map(narrowed).collect()
        };
        let slot = self.wanted.get(feature_idx).expect("a demand has a slot for every feature of its lane");
        slot.get_or_init(choose).iter().filter_map(|place| all.get(*place))
    }

    /// Joins the public columns, normalised: what stands beside a name.
    fn public_text(&self) -> String {
        let kind = self.context.definition.kind(&self.record.kind);
        let is_public = |column: &str| {
            kind.and_then(|kind| kind.column(column)).is_some_and(|column| column.visibility == Visibility::Public)
        };
        let public = self.record.fields.iter().filter(|(column, _)| is_public(column));
        let beside: Vec<&str> = public.map(|(_, field)| field.raw).collect();
        normalise(&beside.join("\n"))
    }

    /// Says whether the demand asks for anything that the feature with this index looks for, finding out at the first
    /// call only; what a side that is no demand is matched with may ask for anything.
    pub(super) fn asks(&self, feature_idx: usize, find_out: impl FnOnce(&Self) -> bool) -> bool {
        self.asks.get(feature_idx).is_none_or(|asks| *asks.get_or_init(|| find_out(self)))
    }

    /// Returns what a column asks for or states, taking its text apart at the first call only; `None` if it is empty, or
    /// if others may not see it, since reasons quote what is read.
    pub(super) fn requirements(&self, column: &str) -> Option<&Requirements> {
        let slot = self.requirements.get(self.record.fields.names().position(|own| own == column)?)?;
        let Context { definition, readings, .. } = self.context;
        let declared = definition.kind(&self.record.kind)?.column(column)?;
        (declared.visibility == Visibility::Public).then_some(())?;
        Some(slot.get_or_init(|| readings.read(self.record.raw(column), self.role, definition)))
    }

    /// Returns a term as the first of some columns that has it writes it.
    pub(super) fn as_written(&self, columns: &[String], term: &str) -> String {
        let raw: Vec<&str> = columns.iter().map(|column| self.record.raw(column)).collect();
        as_written(&raw.join("\n"), term)
    }

    /// Returns the first filled and known value among some columns; where the posting says nothing, its party's own row
    /// may.
    pub(super) fn value(&self, columns: &[String]) -> Option<&'a Value> {
        self.declared(columns).map(|(_, value)| value)
    }

    /// As [`value`](Self::value), with the declaration of the value's column.
    pub(super) fn declared(&self, columns: &[String]) -> Option<(&'a Column, &'a Value)> {
        let (record, column) = self.cell(columns)?;
        Some((column, record.value(&column.name)?))
    }

    /// Returns the plain text that answers for some columns.
    pub(super) fn text(&self, columns: &[String]) -> Option<&'a str> {
        let (record, column) = self.cell(columns)?;
        let is_text = record.value(&column.name) == Some(&Value::Text);
        is_text.then(|| record.raw(&column.name).trim())
    }

    /// Finds the cell that answers for some columns: the first that is read, else the first that is filled; of the party's
    /// own row where the posting says nothing.
    fn cell(&self, columns: &[String]) -> Option<(&'a Record, &'a Column)> {
        let of = |record: &'a Record| {
            let kind = self.context.definition.kind(&record.kind)?;
            let filled = || {
                let declared = columns.iter().filter_map(|column| kind.column(column));
                declared.filter(|column| !record.raw(&column.name).is_empty())
            };
            let read = filled().find(|column| record.value(&column.name).is_some());
            read.or_else(|| filled().next()).map(|column| (record, column))
        };
        of(self.record).or_else(|| of(self.party_row?))
    }

    /// Returns what is known of the party, looking it up at the first call only.
    pub(super) fn standing(&self) -> Option<&Standing> {
        let Context { catalogue, definition, as_of, .. } = self.context;
        let look_up = |party| {
            let held = catalogue.certificates(party, as_of);
            let tier = tier_of(&held, as_of, definition);
            Box::new(Standing { held, tier })
        };
        self.standing.get_or_init(|| self.party.map(look_up)).as_deref()
    }

    /// Tells whose the party is, looking it up at the first call only.
    pub(super) fn affiliation(&self) -> Option<&Affiliation> {
        let Context { catalogue, as_of, .. } = self.context;
        let look_up = |party| Box::new(catalogue.affiliation(party, as_of));
        self.affiliation.get_or_init(|| self.party.map(look_up)).as_deref()
    }

    /// Returns the first filled cell among some columns whose value is not known, as others may see it.
    pub(super) fn unread(&self, columns: &[String]) -> Option<String> {
        let is_unread = |column: &&String| !self.record.raw(column).is_empty() && self.record.value(column).is_none();
        columns.iter().find(is_unread).map(|column| self.shown(std::slice::from_ref(column)))
    }

    /// Returns the cell that answers for some columns as written, unless others may not see it.
    pub(super) fn shown(&self, columns: &[String]) -> String {
        match self.cell(columns) {
            Some((record, column)) if column.visibility == Visibility::Public => {
                strip_personal(record.raw(&column.name))
            }
            Some(_) => "（不公开）".to_owned(),
            None => String::new(),
        }
    }

    /// Returns the first place among some columns, else the place of the party, and what it is called.
    pub(super) fn region(&self, columns: &[String]) -> Option<(&'a str, &'a str)> {
        let kind = self.context.definition.kind(&self.record.kind);
        let declared = columns.iter().find_map(|column| match self.record.value(column) {
            Some(Value::Region(code)) => Some((code.as_str(), kind?.column(column)?.label.as_str())),
            _ => None,
        });
        declared.or_else(|| self.context.catalogue.region(self.party?).map(|code| (code, SEAT)))
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

/// Places for what is worked out about a side when it is first asked for; there are none before the first of them is.
struct Slots<T> {
    n: usize,
    made: OnceLock<Box<[OnceLock<T>]>>,
}

impl<T> Slots<T> {
    fn new(n: usize) -> Self {
        Self { n, made: OnceLock::new() }
    }

    fn get(&self, place: usize) -> Option<&OnceLock<T>> {
        self.made.get_or_init(|| std::iter::repeat_with(OnceLock::new).take(self.n).collect()).get(place)
    }
}

/// Weighs the text of a record: what a demand asks for, or what a supply offers.
pub fn pieces(
    definition: &Definition,
    segmenter: &Segmenter,
    record: &Record,
    field: &TextField,
    grain: Grain,
) -> Vector {
    let whole = normalise(&text(definition, record, &field.columns));
    let bag = |text: &str, beside: &str, with_broader: bool| {
        Bag::new(text, beside, grain, segmenter, &definition.terms, with_broader)
    };
    if field.role == Role::Supply {
        return bag(&whole, "", true).offered(f64::from(field.length));
    }
    let (title, rest) = field.columns.split_at_checked(1).unwrap_or_default();
    let [title, rest] = [title, rest].map(|columns| text(definition, record, columns));
    // What titles add around a name is no part of what is wanted, unless there is nothing else.
    let bare = Some(definition.titles.bare(&title)).filter(|bare| !bare.is_empty()).unwrap_or(&title);
    let [title, rest] = [bare, &rest].map(normalise);
    wanted(&bag(&title, &whole, false), &bag(&rest, &whole, false), grain)
}

/// Joins some columns of a record, without persons: what is forbidden or not needed is not wanted, and what a supply
/// cannot do it does not offer.
fn text(definition: &Definition, record: &Record, columns: &[String]) -> String {
    let texts = columns.iter().map(|column| wanted_text(&strip_personal(record.raw(column)), definition));
    texts.filter(|text| !text.is_empty()).collect::<Vec<String>>().join("\n")
}

/// Pairs for the tests of what looks at them.
#[cfg(test)]
pub(super) mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::matching::chains::NamedMarket;
    use crate::model::RecordId;

    static DEFINITION: LazyLock<Definition> = LazyLock::new(|| Definition::compiled().expect("valid"));
    static SEGMENTER: LazyLock<Segmenter> = LazyLock::new(|| Segmenter::new(&DEFINITION));

    /// Builds a posting from cells of text.
    pub(in crate::matching) fn record(id: &str, kind: &str, cells: &[(&str, &str)]) -> Record {
        let value = |column: &str, raw: &str| match column {
            "supplier_role" => Value::Choice(raw.to_owned()),
            _ => Value::Text,
        };
        let cells = cells.iter().map(|(column, raw)| (*column, *raw, value(column, raw))).collect();
        Record::unstored(RecordId::from_text(id), kind, cells)
    }

    /// Shows what matches stand on where nothing has been posted.
    pub(in crate::matching) fn with_context<T>(look: impl Fn(Context<'_>) -> T) -> T {
        let catalogue = Catalogue::default();
        let as_of = jiff::civil::date(2026, 6, 1);
        let impacts = Impacts::default();
        let (definition, segmenter) = (&*DEFINITION, &*SEGMENTER);
        let market = NamedMarket::default();
        let chains = &Chains::new(&market, &definition.titles);
        let (catalogue, impacts, readings) = (&catalogue, &impacts, &Readings::default());
        look(Context { definition, catalogue, impacts, chains, segmenter, readings, as_of })
    }

    /// Shows a demand and a supply with these cells to `look`.
    pub(in crate::matching) fn with_pair<T>(
        demand: &[(&str, &str)],
        supply: &[(&str, &str)],
        look: impl Fn(&Pair<'_>) -> T,
    ) -> T {
        with_context(|context| {
            let (demand, supply) = (record("1", "procurement", demand), record("1", "catalog", supply));
            let (demand, supply) =
                (Side::new(context, &demand, Role::Demand, 0), Side::new(context, &supply, Role::Supply, 0));
            look(&Pair { context, demand: &demand, supply: &supply, explains: true, product: None })
        })
    }
}
