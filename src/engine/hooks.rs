//! Webhooks of parties: made, shown, tried and removed by a party's own keys; and what whoever delivers needs to know of
//! them. How far each has come is on the disk before the next alert is sent, so that a restart repeats one at most.

use std::sync::PoisonError;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::catalogue::Catalogue;
use crate::chance::Chance;
use crate::engine::Engine;
use crate::engine::access::{is_over, trace};
use crate::error::{Error, Result};
use crate::model::{Aside, Attempt, Hook, HookId, KeyId, Message, Moment, PartyId, Pause, Progress, Reach, Viewer};
use crate::secret::{HookSecret, random_number};
use crate::store::Log;

/// Webhooks of a party at most.
const HOOKS_MAX: usize = 5;
/// After the first failure the next attempt waits up to this long, then twice as long after each.
const FIRST_WAIT: SignedDuration = SignedDuration::from_secs(1);
/// No attempt waits longer.
const WAIT_MAX: SignedDuration = SignedDuration::from_hours(6);
/// After failures of so many hours nothing is sent any more.
const FAILING_MAX: SignedDuration = SignedDuration::from_hours(72);
/// The status of whoever is gone for good.
const GONE: u16 = 410;

/// A webhook, and what delivering to it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HookAtWork {
    /// The webhook.
    pub hook: Hook,
    /// What signs.
    pub secret: HookSecret,
    /// How long the next attempt waits.
    pub wait: Duration,
}

impl Engine {
    /// Makes a webhook for the party of a key, and returns it with its secret. What it is sent begins with the next alert.
    /// Whether `url` may be sent to is for the caller to say.
    ///
    /// # Errors
    /// [`Error::Request`] for a viewer who acts for no party, [`Error::Limit`] if the party has many already.
    pub fn add_hook(&self, url: &str, by: &Viewer, moment: &Moment) -> Result<(Hook, HookSecret)> {
        let (key, party) = acting(by)?;
        let secret = HookSecret::random()?;
        let mut log = self.log()?;
        let catalogue = self.snapshot().catalogue;
        let own = log.hooks()?.into_iter().filter(|(hook, _)| is_of(&catalogue, hook, party)).count();
        if own >= HOOKS_MAX {
            return Err(Error::Limit(format!("一个单位至多有 {HOOKS_MAX} 个回调；先删去不用的")));
        }
        let progress = Progress { cursor: log.alert_mark()?.last, ..Progress::default() };
        let (url, created) = (url.to_owned(), moment.instant.clone());
        let hook = Hook { id: HookId(random_number()?), key, party, url, created, progress };
        let asides = [Aside::Hook(hook.clone(), secret.reveal().to_owned()), trace(by, "add_webhook", &hook.id)];
        log.append(Vec::new(), &[], &asides, &moment.instant, &self.definition.fingerprint)?;
        Ok((hook, secret))
    }

    /// Lists the webhooks of a viewer's party, by number.
    ///
    /// # Errors
    /// [`Error::Request`] for a viewer who acts for no party.
    pub fn hooks(&self, viewer: &Viewer) -> Result<Vec<Hook>> {
        let (_, party) = acting(viewer)?;
        let catalogue = self.snapshot().catalogue;
        let hooks = Log::open_again(&self.directory)?.hooks()?.into_iter().map(|(hook, _)| hook);
        Ok(hooks.filter(|hook| is_of(&catalogue, hook, party)).collect())
    }

    /// Shows a webhook of a viewer's party.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one of others and for one that does not exist, alike.
    pub fn hook(&self, id: &str, viewer: &Viewer) -> Result<Hook> {
        let found = self.hooks(viewer)?.into_iter().find(|hook| hook.id.to_string() == id);
        found.ok_or_else(|| Error::NotFound(id.to_owned()))
    }

    /// Removes a webhook of a viewer's party, and its secret; returns what it was.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one of others and for one that does not exist, alike.
    pub fn remove_hook(&self, id: &str, by: &Viewer, moment: &Moment) -> Result<Hook> {
        let mut log = self.log()?;
        let (hook, _) = self.own_hook(&log, id, by)?;
        let asides = [Aside::NoHook(hook.id), trace(by, "remove_webhook", &hook.id)];
        log.append(Vec::new(), &[], &asides, &moment.instant, &self.definition.fingerprint)?;
        Ok(hook)
    }

    /// Asks for a trial of a webhook, for which the viewer's key answers from then on: one that is paused goes on after a
    /// trial that succeeds.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one of others and for one that does not exist, alike.
    pub fn try_hook(&self, id: &str, by: &Viewer, moment: &Moment) -> Result<Hook> {
        let (key, _) = acting(by)?;
        let mut log = self.log()?;
        let (hook, secret) = self.own_hook(&log, id, by)?;
        let progress = Progress { ping: Some(moment.instant.clone()), ..hook.progress };
        let hook = Hook { key, progress, ..hook };
        let asides = [Aside::Hook(hook.clone(), secret), trace(by, "try_webhook", &hook.id)];
        log.append(Vec::new(), &[], &asides, &moment.instant, &self.definition.fingerprint)?;
        Ok(hook)
    }

    /// Lists all webhooks for whoever delivers, by number.
    ///
    /// # Errors
    /// What the log says.
    pub fn hooks_at_work(&self, moment: &Moment) -> Result<Vec<HookAtWork>> {
        self.log()?.hooks()?.into_iter().map(|(hook, secret)| at_work(hook, &secret, moment)).collect()
    }

    /// Returns a webhook for whoever delivers; `None` if it was removed.
    ///
    /// # Errors
    /// What the log says.
    pub fn hook_at_work(&self, id: HookId, moment: &Moment) -> Result<Option<HookAtWork>> {
        let found = Log::open_again(&self.directory)?.hook(id)?;
        found.map(|(hook, secret)| at_work(hook, &secret, moment)).transpose()
    }

    /// Says what a party is after merges.
    pub fn canonical_party(&self, party: PartyId) -> PartyId {
        self.snapshot().catalogue.parties().canonical(party)
    }

    /// Returns for whom alerts are sent to a webhook; `None` if the key that answers for it opens nothing any more.
    pub fn hook_viewer(&self, hook: &Hook, moment: &Moment) -> Option<Viewer> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        let key = keys.values().find(|key| key.id == hook.key)?;
        let viewer = Viewer { key: Some(key.id), role: key.role, reach: Reach::Party(hook.party) };
        (!is_over(key, moment)).then_some(viewer)
    }

    /// Notes an attempt to deliver; returns the webhook as it is from then on, `None` if it was removed meanwhile.
    ///
    /// # Errors
    /// What the log says; then the same is to be sent again.
    pub fn note_attempt(
        &self,
        id: HookId,
        message: &Message,
        attempt: Attempt,
        moment: &Moment,
    ) -> Result<Option<HookAtWork>> {
        self.change_hook(id, moment, |progress| follow(progress, id, message, attempt, moment))
    }

    /// Notes that the key which answers for a webhook opens nothing any more, so that nothing is sent.
    ///
    /// # Errors
    /// What the log says.
    pub fn close_hook(&self, id: HookId, moment: &Moment) -> Result<Option<HookAtWork>> {
        self.change_hook(id, moment, |progress| Progress { paused: Some(Pause::KeyClosed), ping: None, ..progress })
    }

    fn change_hook(
        &self,
        id: HookId,
        moment: &Moment,
        change: impl FnOnce(Progress) -> Progress,
    ) -> Result<Option<HookAtWork>> {
        let mut log = self.log()?;
        let Some((hook, secret)) = log.hook(id)? else { return Ok(None) };
        let hook = Hook { progress: change(hook.progress), ..hook };
        let asides = [Aside::Hook(hook.clone(), secret.clone())];
        log.append(Vec::new(), &[], &asides, &moment.instant, &self.definition.fingerprint)?;
        at_work(hook, &secret, moment).map(Some)
    }

    fn own_hook(&self, log: &Log, id: &str, viewer: &Viewer) -> Result<(Hook, String)> {
        let (_, party) = acting(viewer)?;
        let catalogue = self.snapshot().catalogue;
        let found = HookId::parse(id).map(|id| log.hook(id)).transpose()?.flatten();
        found.filter(|(hook, _)| is_of(&catalogue, hook, party)).ok_or_else(|| Error::NotFound(id.to_owned()))
    }
}

/// Returns the key and the party of a viewer who acts for one.
fn acting(viewer: &Viewer) -> Result<(KeyId, PartyId)> {
    match (viewer.key, &viewer.reach) {
        (Some(key), Reach::Party(party)) => Ok((key, *party)),
        _ => Err(Error::Request("只有单位自己的钥匙才能管理回调".to_owned())),
    }
}

/// Says whether a webhook is a party's, after merges.
fn is_of(catalogue: &Catalogue, hook: &Hook, party: PartyId) -> bool {
    catalogue.parties().canonical(hook.party) == catalogue.parties().canonical(party)
}

fn at_work(hook: Hook, secret: &str, moment: &Moment) -> Result<HookAtWork> {
    let damaged = || Error::Damaged(format!("回调 {} 的密钥不可读", hook.id));
    let secret = HookSecret::parse(secret).ok_or_else(damaged)?;
    let wait = wait(&hook.progress, moment);
    Ok(HookAtWork { hook, secret, wait })
}

/// Returns how long the next attempt waits.
fn wait(progress: &Progress, moment: &Moment) -> Duration {
    let due: Option<Timestamp> = progress.due.as_deref().and_then(|due| due.parse().ok());
    let now: Option<Timestamp> = moment.instant.parse().ok();
    let wait = due.zip(now).and_then(|(due, now)| Duration::try_from(due.duration_since(now)).ok());
    wait.unwrap_or_default()
}

/// Returns how far a webhook has come after an attempt.
fn follow(progress: Progress, id: HookId, message: &Message, attempt: Attempt, moment: &Moment) -> Progress {
    let is_delivered = attempt.trouble.is_none();
    let (at, status) = (attempt.at.clone(), attempt.status);
    let progress = Progress { last: Some(attempt), ..progress };
    let recovered = |progress| Progress { failures: 0, failing_since: None, due: None, paused: None, ..progress };
    match message {
        Message::Ping(asked) => {
            // Another trial may have been asked for meanwhile.
            let ping = progress.ping.clone().filter(|waiting| waiting != asked);
            let progress = Progress { ping, ..progress };
            if is_delivered { recovered(progress) } else { progress }
        }
        Message::Alert(seq) if is_delivered => recovered(Progress { cursor: progress.cursor.max(*seq), ..progress }),
        Message::Alert(_) => {
            let failures = progress.failures.saturating_add(1);
            let since = progress.failing_since.clone().unwrap_or(at);
            let is_too_long = lasted(&since, moment).is_some_and(|lasted| lasted >= FAILING_MAX);
            let paused = match status {
                Some(GONE) => Some(Pause::Gone),
                _ if is_too_long => Some(Pause::Failing),
                _ => progress.paused,
            };
            let due = later(moment, back_off(id, failures));
            Progress { failures, failing_since: Some(since), due, paused, ..progress }
        }
    }
}

/// Returns how long an attempt waits after so many failures: from half of a time that doubles to all of it, so that
/// webhooks which failed together do not come back together.
fn back_off(id: HookId, failures: u32) -> SignedDuration {
    let doubled = FIRST_WAIT.checked_mul(1 << failures.saturating_sub(1).min(20)).unwrap_or(WAIT_MAX).min(WAIT_MAX);
    let share = Chance::new(id.0, u64::from(failures)).between(500, 1_000);
    let thousandths = doubled.as_millis().saturating_mul(i128::from(share)) / 1_000;
    SignedDuration::from_millis(i64::try_from(thousandths).unwrap_or(i64::MAX))
}

fn lasted(since: &str, moment: &Moment) -> Option<SignedDuration> {
    let since: Timestamp = since.parse().ok()?;
    let now: Timestamp = moment.instant.parse().ok()?;
    Some(now.duration_since(since))
}

fn later(moment: &Moment, by: SignedDuration) -> Option<String> {
    let now: Timestamp = moment.instant.parse().ok()?;
    Some(now.checked_add(by).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Trouble;

    fn moment(instant: &str) -> Moment {
        Moment { instant: instant.to_owned(), as_of: jiff::civil::date(2026, 1, 1) }
    }

    fn attempt(at: &Moment, status: Option<u16>) -> Attempt {
        let trouble =
            if status == Some(200) { None } else { Some(status.map_or(Trouble::Timeout, |_| Trouble::Status)) };
        Attempt { at: at.instant.clone(), status, trouble }
    }

    fn after(progress: Progress, at: &str, message: &Message, status: Option<u16>) -> Progress {
        let at = moment(at);
        follow(progress, HookId(7), message, attempt(&at, status), &at)
    }

    #[test]
    fn waits_double_up_to_a_bound_and_differ() {
        let seconds = |id: u64, n: u32| back_off(HookId(id), n).as_secs_f64();
        for (n, longest) in [(1, 1.0), (2, 2.0), (3, 4.0), (10, 512.0), (15, 16_384.0), (16, 21_600.0), (400, 21_600.0)]
        {
            for id in 0..50 {
                assert!((longest / 2.0..=longest).contains(&seconds(id, n)), "{id} {n}: {}", seconds(id, n));
            }
        }
        assert!((0..50).any(|id| (seconds(id, 9) - seconds(id + 1, 9)).abs() > 10.0), "they come back apart");
    }

    #[test]
    fn failures_delay_then_pause_and_success_forgets_them() {
        let alert = Message::Alert(5);
        let first = after(Progress { cursor: 3, ..Progress::default() }, "2026-01-01T00:00:00Z", &alert, Some(500));
        assert_eq!((first.cursor, first.failures, first.paused), (3, 1, None));
        let soon = wait(&first, &moment("2026-01-01T00:00:00Z"));
        assert!(soon >= Duration::from_millis(500) && soon <= Duration::from_secs(1), "{soon:?}");
        assert_eq!(wait(&first, &moment("2026-01-01T00:00:01Z")), Duration::ZERO);
        let later = after(first.clone(), "2026-01-03T23:59:59Z", &alert, None);
        assert_eq!((later.failures, later.paused), (2, None));
        let paused = after(later.clone(), "2026-01-04T00:00:00Z", &alert, None);
        assert_eq!((paused.failures, paused.paused), (3, Some(Pause::Failing)));
        let recovered = after(later, "2026-01-04T00:00:00Z", &alert, Some(200));
        assert_eq!((recovered.cursor, recovered.failures, recovered.failing_since, recovered.due), (5, 0, None, None));
        assert_eq!(after(first, "2026-01-01T00:00:01Z", &alert, Some(410)).paused, Some(Pause::Gone));
    }

    #[test]
    fn a_trial_that_succeeds_ends_a_pause_and_moves_nothing() {
        let asked = "2026-01-05T00:00:00Z";
        let paused = Progress {
            cursor: 3,
            failures: 9,
            ping: Some(asked.to_owned()),
            paused: Some(Pause::Failing),
            ..Progress::default()
        };
        let ping = Message::Ping(asked.to_owned());
        let failed = after(paused.clone(), asked, &ping, Some(500));
        assert_eq!((failed.ping, failed.failures, failed.paused), (None, 9, Some(Pause::Failing)));
        let tried = after(paused.clone(), asked, &ping, Some(200));
        assert_eq!((tried.ping, tried.cursor, tried.failures, tried.paused), (None, 3, 0, None));
        let other = after(paused, asked, &Message::Ping("2026-01-04T00:00:00Z".to_owned()), Some(200));
        assert_eq!(other.ping.as_deref(), Some(asked), "the one asked for meanwhile is still to be made");
    }
}
