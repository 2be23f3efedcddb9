//! Reads an event file.

use std::path::Path;

use crate::definition::Definition;
use crate::error::Result;
use crate::event::file::EventFile;
use crate::event::parts::Reader;
use crate::event::settings::Event;
use crate::event::source::Source;

impl Event {
    /// Reads an event file.
    ///
    /// # Errors
    /// [`Error::Event`](crate::Error::Event) names the line of what cannot be read, is unknown to the declaration or
    /// contradicts itself.
    pub fn load(path: &Path, definition: &Definition) -> Result<Self> {
        Self::read(Source::load(path)?, definition)
    }

    /// Reads an event from a text; errors name `path`.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    pub fn parse(path: &Path, text: &str, definition: &Definition) -> Result<Self> {
        Self::read(Source::of(path, text), definition)
    }

    fn read(source: Source, definition: &Definition) -> Result<Self> {
        let file: EventFile = source.parse()?;
        let reader = Reader::new(&source, definition, &file)?;
        let lanes = reader.lanes()?;
        let programme = reader.programme()?;
        let pitches = reader.pitches()?;
        let slots = reader.slots(&programme, pitches.as_ref())?;
        Ok(Self {
            name: file.name.get_ref().clone(),
            place: file.place.get_ref().clone(),
            host: file.host.get_ref().clone(),
            tables: reader.tables()?,
            closed: reader.closed()?,
            row_max: reader.row_max()?,
            score_min: reader.score_min()?,
            groups: reader.groups(&lanes)?,
            wishes: reader.wishes()?,
            must: reader.pairs(&file.must),
            must_not: reader.pairs(&file.must_not),
            locks: reader.locks(&slots)?,
            met_before: reader.met_before()?,
            staff: reader.staff()?,
            lanes,
            slots,
            programme,
            pitches,
            source,
        })
    }
}
