//! Agendas that the service keeps: with the log, so that they come back with a backup, and written together with the
//! answer to repetitions of the request.

use crate::engine::Engine;
use crate::engine::posting::{By, Done};
use crate::error::{Error, Result};
use crate::model::{Aside, KeptAgenda, Moment};
use crate::store::Log;

/// Agendas that are kept at the same time.
const KEPT_MAX: usize = 1_000;

impl Engine {
    /// Keeps a new agenda; its number is the next one.
    ///
    /// # Errors
    /// [`Error::Request`] if there are many already.
    pub fn keep_agenda(&self, new: KeptAgenda, by: &By<'_, KeptAgenda>, moment: &Moment) -> Result<Done<KeptAgenda>> {
        let (writer, _) = self.writer()?;
        if let Some(answer) = self.repeated(by, moment)? {
            return Ok(Done::Before(answer));
        }
        let known = self.log()?.agendas()?;
        if known.iter().filter(|agenda| agenda.text.is_some()).count() >= KEPT_MAX {
            return Err(Error::Request(format!("已存有 {KEPT_MAX} 份议程；请先删去一些")));
        }
        let number = known.last().map_or(0, |last| last.number) + 1;
        let kept = KeptAgenda { number, ..new };
        self.put_agenda(&kept, "keep_agenda", by, moment)?;
        drop(writer);
        Ok(Done::Now(kept))
    }

    /// Keeps another text of an agenda, or none: then it is removed.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it was removed meanwhile.
    pub fn change_agenda(
        &self,
        changed: KeptAgenda,
        by: &By<'_, KeptAgenda>,
        moment: &Moment,
    ) -> Result<Done<KeptAgenda>> {
        let (writer, _) = self.writer()?;
        if let Some(answer) = self.repeated(by, moment)? {
            return Ok(Done::Before(answer));
        }
        self.agenda(changed.number)?;
        let action = if changed.text.is_some() { "mend_agenda" } else { "remove_agenda" };
        self.put_agenda(&changed, action, by, moment)?;
        drop(writer);
        Ok(Done::Now(changed))
    }

    /// Lists the agendas that are kept, by number, without their texts.
    ///
    /// # Errors
    /// What the log says.
    pub fn agendas(&self) -> Result<Vec<KeptAgenda>> {
        let all = Log::open_again(&self.directory)?.agendas()?;
        Ok(all.into_iter().filter(|agenda| agenda.text.is_some()).collect())
    }

    /// Returns an agenda that is kept.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one that was removed and for one that never was, alike.
    pub fn agenda(&self, number: u64) -> Result<KeptAgenda> {
        let found = Log::open_again(&self.directory)?.agenda(number)?.filter(|agenda| agenda.text.is_some());
        found.ok_or_else(|| Error::NotFound(KeptAgenda::name_of(number)))
    }

    fn put_agenda(
        &self,
        agenda: &KeptAgenda,
        action: &'static str,
        by: &By<'_, KeptAgenda>,
        moment: &Moment,
    ) -> Result<()> {
        let mut asides = by.asides(action, &KeptAgenda::name_of(agenda.number), agenda);
        asides.push(Aside::Agenda(agenda.clone()));
        self.log()?.append(Vec::new(), &[], &asides, &moment.instant, &self.definition.fingerprint).map(drop)
    }
}
