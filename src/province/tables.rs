//! Writing the tables of an invented province: which columns a kind's table has, and what its rows say.

use crate::chance::Chance;
use crate::definition::{Column, ColumnType, Kind, SyntheticKind};
use crate::error::Result;
use crate::province::cells::{Row, Writer};
use crate::province::dirt::Dirt;
use crate::province::parties::Parties;
use crate::province::party::Party;
use crate::province::products::Products;
use crate::province::sheet::{Sheet, Sink};

/// The stream of chance of the first table.
pub(super) const FIRST_STREAM: u64 = 16;
/// So many of a hundred rows leave the credit code out.
const NAME_ONLY_PERCENT: u32 = 10;

/// Everything that the rows of all tables draw on.
pub(super) struct World<'a> {
    /// Writes cells.
    pub writer: Writer<'a>,
    /// Who there is.
    pub parties: Parties,
    /// What is sold.
    pub products: Products,
}

/// Writes one table; `given` cells go before those of the vocabulary.
pub(super) struct Table<'w, 'a> {
    world: &'w World<'a>,
    sheet: Sheet<'a>,
    written: SyntheticKind,
    chance: Chance,
}

impl<'w, 'a> Table<'w, 'a> {
    /// Opens the table of a kind; `given` are the columns that its rows will bring.
    pub(super) fn new(world: &'w World<'a>, order: usize, kind: &'a Kind, given: &[&str], seed: u64) -> Self {
        let written = world.writer.definition.synthetic.kind(&kind.name).cloned().unwrap_or_default();
        let is_own = |column: &Column| {
            matches!(column.column_type, ColumnType::PartyName | ColumnType::Uscc)
                || (column.column_type == ColumnType::Code && kind.role.is_posting())
        };
        let is_written = |column: &&Column| {
            column.required
                || is_own(column)
                || given.contains(&column.name.as_str())
                || written.cells.contains_key(&column.name)
        };
        let columns = kind.columns.iter().filter(is_written).collect();
        let stream = u64::try_from(order).unwrap_or(u64::MAX).saturating_add(FIRST_STREAM);
        Self { world, sheet: Sheet { order, kind, columns }, written, chance: Chance::new(seed, stream) }
    }

    /// Writes so many postings.
    ///
    /// # Errors
    /// Those of the sink.
    pub(super) fn postings(&mut self, n_rows: usize, dirt: &mut Dirt, sink: Sink<'_>) -> Result<()> {
        let kind = self.sheet.kind;
        let numbered = kind.column_of_type(ColumnType::Code).map_or("", |column| column.name.as_str());
        for number in 1..=n_rows {
            let Some(product) = self.world.products.draw(&mut self.chance) else { return Ok(()) };
            let party = self.world.parties.draw_owner(self.written.role, product.chain, &mut self.chance);
            let row = Row { chain: product.chain, product: &product.name, party, other: None };
            let code = format!("SL-{number:06}");
            self.row(&row, &[(numbered, code)], dirt, sink)?;
        }
        Ok(())
    }

    /// Writes a row about a party, with a product of its chain.
    ///
    /// # Errors
    /// Those of the sink.
    pub(super) fn about(
        &mut self,
        party: &Party,
        given: &[(&str, String)],
        dirt: &mut Dirt,
        sink: Sink<'_>,
    ) -> Result<()> {
        let product = self.world.products.draw_of(party.chain, &mut self.chance);
        let product = product.map_or("", |product| product.name.as_str());
        let row = Row { chain: party.chain, product, party: Some(party), other: None };
        self.row(&row, given, dirt, sink)
    }

    fn row(&mut self, row: &Row<'_>, given: &[(&str, String)], dirt: &mut Dirt, sink: Sink<'_>) -> Result<()> {
        let Self { world, sheet, written, chance } = self;
        let row = Row { other: world.parties.draw(chance), ..*row };
        // The table of parties always knows the code; others leave it out now and then.
        let leaves_code_out = sheet.kind.role.is_posting() && chance.in_a_hundred(NAME_ONLY_PERCENT);
        let code = row.party.filter(|_| !leaves_code_out).map_or("", |party| party.uscc.as_str());
        let mut cells = Vec::with_capacity(sheet.columns.len());
        for column in &sheet.columns {
            let own = given.iter().find(|(name, _)| *name == column.name);
            cells.push(match (own, column.column_type) {
                (Some((_, cell)), _) => cell.clone(),
                (None, ColumnType::PartyName) => row.party.map(|party| party.name.clone()).unwrap_or_default(),
                (None, ColumnType::Uscc) => code.to_owned(),
                (None, _) => {
                    let ways = written.cells.get(&column.name).map_or(&[] as &[_], Vec::as_slice);
                    world.writer.cell(column, ways, &row, chance)
                }
            });
        }
        dirt.write(sheet, cells, sink)
    }

    /// The chance of this table.
    pub(super) fn chance(&mut self) -> &mut Chance {
        &mut self.chance
    }
}
