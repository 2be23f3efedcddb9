//! Writing cells: a template is filled with words, numbers and what its row knows; a cell that asks for any value gets
//! one that its column's type allows.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::chance::Chance;
use crate::definition::{Column, ColumnType, Definition, Fact, Piece, Template};
use crate::province::party::Party;

/// How far back dates lie, in days.
const PAST_DAYS: u32 = 5_000;
/// How far ahead last days lie, in days.
const AHEAD_DAYS: (u32, u32) = (20, 700);

/// What a row knows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Row<'a> {
    /// Its chain, by place.
    pub chain: usize,
    /// Its product.
    pub product: &'a str,
    /// Its party.
    pub party: Option<&'a Party>,
    /// Another party.
    pub other: Option<&'a Party>,
}

/// Writes cells of one declaration, as of one day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Writer<'a> {
    /// The declaration.
    pub definition: &'a Definition,
    /// The day on which the province is seen.
    pub day: Date,
}

impl Writer<'_> {
    /// Writes a cell of a column in one of several ways; none is a value of the column's type.
    pub(super) fn cell(&self, column: &Column, ways: &[Template], row: &Row<'_>, chance: &mut Chance) -> String {
        match chance.pick(ways) {
            Some(way) if !way.is_any() => self.text(way, row, chance),
            _ => self.any(column, row, chance),
        }
    }

    /// Fills a template.
    pub(super) fn text(&self, template: &Template, row: &Row<'_>, chance: &mut Chance) -> String {
        let mut text = String::new();
        self.fill(&mut text, template, row, chance);
        text
    }

    fn fill(&self, text: &mut String, template: &Template, row: &Row<'_>, chance: &mut Chance) {
        for piece in &template.pieces {
            match piece {
                Piece::Text(literal) => text.push_str(literal),
                Piece::Word(list) => {
                    if let Some(inner) = chance.pick(self.definition.synthetic.list(*list, row.chain)) {
                        self.fill(text, inner, row, chance);
                    }
                }
                Piece::Number(from, to, step) => {
                    let n_steps = to.saturating_sub(*from).checked_div(*step).unwrap_or(0);
                    let number = from.saturating_add(chance.between(0, n_steps).saturating_mul(*step));
                    text.push_str(&number.to_string());
                }
                Piece::Fact(fact) => text.push_str(self.fact(*fact, row)),
            }
        }
    }

    fn fact<'b>(&'b self, fact: Fact, row: &Row<'b>) -> &'b str {
        match fact {
            Fact::Product => row.product,
            Fact::City => row.party.map_or("", |party| self.definition.regions.name(&party.city)),
            Fact::Chain => self.definition.synthetic.chains.get(row.chain).map_or("", |chain| chain.label.as_str()),
            // It stands alone in a cell, where `any` answers it.
            Fact::Any => "",
        }
    }

    /// Makes up a value of a column's type; types whose values mean something by themselves get the product.
    fn any(&self, column: &Column, row: &Row<'_>, chance: &mut Chance) -> String {
        let regions = &self.definition.regions;
        match column.column_type {
            ColumnType::Choice => chance.pick(&column.options).map(|option| option.label.clone()).unwrap_or_default(),
            ColumnType::ChoiceList => {
                let first = chance.below(column.options.len());
                let second = chance.in_a_hundred(40).then(|| (first + 1) % column.options.len().max(1));
                let chosen = [Some(first), second.filter(|second| *second != first)].into_iter().flatten();
                let labels = chosen.filter_map(|i| column.options.get(i)).map(|option| option.label.as_str());
                labels.collect::<Vec<_>>().join("、")
            }
            ColumnType::Flag => (if chance.in_a_hundred(50) { "是" } else { "否" }).to_owned(),
            ColumnType::Date => self.day_off(-i64::from(chance.between(1, PAST_DAYS)), chance),
            ColumnType::Deadline => self.day_off(i64::from(chance.between(AHEAD_DAYS.0, AHEAD_DAYS.1)), chance),
            ColumnType::Region | ColumnType::Origin | ColumnType::RegionList => {
                row.party.map(|party| regions.full_name(&party.region)).unwrap_or_default()
            }
            ColumnType::Industry => {
                let chain = self.definition.synthetic.chains.get(row.chain);
                chain.and_then(|chain| chance.pick(&chain.industries)).cloned().unwrap_or_default()
            }
            ColumnType::PartyRef => row.other.map(|party| party.name.clone()).unwrap_or_default(),
            ColumnType::Number
            | ColumnType::Figure
            | ColumnType::Percent
            | ColumnType::Money
            | ColumnType::Quantity => chance.between(1, 90).to_string(),
            ColumnType::Period => self.day.year().to_string(),
            _ => row.product.to_owned(),
        }
    }

    /// Writes the day so many days off, in one of the ways in which offices write it.
    pub(super) fn day_off(&self, days: i64, chance: &mut Chance) -> String {
        // Civil days reach thousands of years beyond any of these.
        let day = self.day.checked_add(days.days()).unwrap_or(self.day);
        let (year, month, day) = (day.year(), day.month(), day.day());
        match chance.below(4) {
            0 => format!("{year}年{month}月{day}日"),
            1 => format!("{year}/{month}/{day}"),
            _ => format!("{year}-{month:02}-{day:02}"),
        }
    }
}
