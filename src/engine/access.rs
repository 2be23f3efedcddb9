//! Keys and the trail: who may open what, and who saw and changed what.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::{MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

use crate::definition::RegionReading;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::{Answer, Aside, Key, KeyId, KeyRole, Moment, Once, Reach, Trace, Viewer};
use crate::secret::Secret;
use crate::store::Log;

/// Keys that open something, by the hashes of their secrets.
pub(super) type OpenKeys = BTreeMap<String, Key>;

/// What a new key is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewKey {
    /// What its holder is.
    pub role: KeyRole,
    /// The party that it acts for, by identifier, credit code or name; for [`KeyRole::Party`] only.
    pub party: Option<String>,
    /// The region that it is bound to, by code or name; for [`KeyRole::Organizer`] only.
    pub region: Option<String>,
    /// The last day on which it opens anything.
    pub expires: Option<Date>,
}

/// Hours by which Asia/Shanghai is ahead of UTC; keys end at the end of a day there.
const SHANGHAI_HOURS: i8 = 8;
/// Answers are kept for repetitions of their requests this long.
const ANSWERS_KEPT_HOURS: i64 = 24;

/// Returns the keys of a log that are not revoked.
pub(super) fn open_keys(log: &Log) -> Result<OpenKeys> {
    Ok(log.keys()?.into_iter().filter(|(_, key)| key.revoked.is_none()).collect())
}

impl Engine {
    /// Makes a key and returns it with its secret, which is kept nowhere.
    ///
    /// # Errors
    /// [`Error::Request`] if role, party and region do not go together, [`Error::NotFound`] or [`Error::Ambiguous`] for
    /// the party.
    pub fn add_key(&self, new: &NewKey, by: &Viewer, moment: &Moment) -> Result<(Key, Secret)> {
        let (key, secret) = self.draft_key(new, moment)?;
        let mut log = self.log()?;
        let last = log.keys()?.last().map_or(0, |(_, key)| key.id.0);
        let key = Key { id: KeyId(last + 1), ..key };
        let asides = [Aside::Key(key.clone(), secret.hash()), trace(by, "add_key", &key.id)];
        log.append(Vec::new(), &[], &asides, &moment.instant, &self.definition.fingerprint)?;
        self.keep_keys(&log)?;
        Ok((key, secret))
    }

    /// Revokes a key; it opens nothing from then on.
    ///
    /// # Errors
    /// [`Error::NotFound`], or [`Error::Request`] if it is revoked already.
    pub fn revoke_key(&self, id: KeyId, by: &Viewer, moment: &Moment) -> Result<()> {
        let mut log = self.log()?;
        let keys = log.keys()?;
        let found = keys.iter().find(|(_, key)| key.id == id).ok_or_else(|| Error::NotFound(id.to_string()))?;
        if found.1.revoked.is_some() {
            return Err(Error::Request(format!("{id} 已经吊销")));
        }
        let asides = [Aside::Revoke(id), trace(by, "revoke_key", &id)];
        log.append(Vec::new(), &[], &asides, &moment.instant, &self.definition.fingerprint)?;
        self.keep_keys(&log)
    }

    /// Lists all keys by number, revoked ones too.
    pub fn keys(&self) -> Result<Vec<Key>> {
        Ok(Log::open_again(&self.directory)?.keys()?.into_iter().map(|(_, key)| key).collect())
    }

    /// Lists the last lines of the trail, newest first.
    pub fn traces(&self, n_max: u32) -> Result<Vec<Trace>> {
        Log::open_again(&self.directory)?.traces(n_max)
    }

    /// Returns for whom somebody who presents a secret asks; `None` for a key that opens nothing. Only an
    /// engine that was opened for writing knows keys.
    pub fn viewer(&self, secret: &Secret, moment: &Moment) -> Option<Viewer> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.get(&secret.hash())?;
        if is_over(key, moment) {
            return None;
        }
        let reach = match (key.role, key.party, &key.region) {
            (KeyRole::Admin, _, _) | (KeyRole::Organizer, _, None) => Reach::All,
            (KeyRole::Organizer, _, Some(region)) => Reach::Region(region.clone()),
            (KeyRole::Party, Some(party), _) => Reach::Party(party),
            (KeyRole::Party, None, _) | (KeyRole::Reader, _, _) => Reach::Public,
        };
        Some(Viewer { key: Some(key.id), role: key.role, reach })
    }

    /// Says whether any key opens anything yet.
    pub fn has_keys(&self) -> bool {
        !self.keys.read().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// Notes in the trail what was done to what, on the disk when it returns.
    ///
    /// # Errors
    /// What the log says.
    pub fn note(&self, by: &Viewer, action: &'static str, subject: &str, moment: &Moment) -> Result<()> {
        let asides = [trace(by, action, &subject)];
        self.log()?.append(Vec::new(), &[], &asides, &moment.instant, &self.definition.fingerprint).map(drop)
    }

    /// Returns the answer to an earlier request that `once` repeats.
    ///
    /// # Errors
    /// [`Error::Repeated`] if that request said something else.
    pub fn answer_to(&self, once: &Once, moment: &Moment) -> Result<Option<Answer>> {
        let mut log = self.log()?;
        if let Some(before) = hours_before(&moment.instant, ANSWERS_KEPT_HOURS) {
            log.forget_answers(&before)?;
        }
        match log.answer(once)? {
            Some((body, _)) if body != once.body => Err(Error::Repeated(once.token.clone())),
            found => Ok(found.map(|(_, answer)| answer)),
        }
    }

    /// Keeps an answer for repetitions of its request; the first one is kept.
    ///
    /// # Errors
    /// What the log says.
    pub fn keep_answer(&self, once: &Once, answer: &Answer, moment: &Moment) -> Result<()> {
        let asides = [Aside::Answer(once.clone(), answer.clone())];
        self.log()?.append(Vec::new(), &[], &asides, &moment.instant, &self.definition.fingerprint).map(drop)
    }

    fn draft_key(&self, new: &NewKey, moment: &Moment) -> Result<(Key, Secret)> {
        let misfit = |what: &str| Err(Error::Request(what.to_owned()));
        match (new.role, &new.party, &new.region) {
            (KeyRole::Party, None, _) => return misfit("单位的钥匙要写明是哪个主体"),
            (KeyRole::Party, Some(_), None) | (KeyRole::Organizer, None, _) => {}
            (KeyRole::Admin | KeyRole::Reader, None, None) => {}
            _ => return misfit("只有单位的钥匙写主体，只有组织方的钥匙写地区"),
        }
        let read_region = |text: &String| match self.definition.regions.read(text) {
            RegionReading::Found(code) => Ok(code),
            RegionReading::Ambiguous(codes) => Err(Error::Ambiguous { id: text.clone(), candidates: codes }),
            RegionReading::Unknown => Err(Error::Request(format!("查不到地区“{text}”"))),
        };
        let key = Key {
            id: KeyId(0),
            role: new.role,
            party: new.party.as_deref().map(|text| self.find_party(text)).transpose()?,
            region: new.region.as_ref().map(read_region).transpose()?,
            created: moment.instant.clone(),
            expires: new.expires,
            revoked: None,
        };
        Ok((key, Secret::random()?))
    }

    /// Takes the log to write beside it. Whoever plans a change does not hold it, so that nobody waits for a long plan.
    pub(super) fn log(&self) -> Result<MutexGuard<'_, Log>> {
        let log = self.log.as_ref().ok_or_else(|| Error::Request("数据目录是以只读方式打开的".to_owned()))?;
        Ok(log.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn keep_keys(&self, log: &Log) -> Result<()> {
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = open_keys(log)?;
        Ok(())
    }
}

/// Builds a line of the trail.
pub(super) fn trace(by: &Viewer, action: &'static str, subject: &dyn Display) -> Aside {
    Aside::Trace { actor: by.name(), action, subject: subject.to_string() }
}

/// Says whether the last day of a key is over.
pub(super) fn is_over(key: &Key, moment: &Moment) -> bool {
    key.expires.is_some_and(|last| day_of(&moment.instant).is_none_or(|today| last < today))
}

/// Returns the day of an instant in Asia/Shanghai.
fn day_of(instant: &str) -> Option<Date> {
    let instant: Timestamp = instant.parse().ok()?;
    Some(Offset::constant(SHANGHAI_HOURS).to_datetime(instant).date())
}

/// Returns the instant so many hours before one.
pub(super) fn hours_before(instant: &str, hours: i64) -> Option<String> {
    let instant: Timestamp = instant.parse().ok()?;
    Some(instant.checked_sub(jiff::SignedDuration::from_hours(hours)).ok()?.to_string())
}
