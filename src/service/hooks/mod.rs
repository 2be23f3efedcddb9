//! Webhooks: what each party is told of is sent to where the party wants it, in order and at least once. A webhook's row
//! says how far it has come; whoever delivers reads what follows, sends it, and notes it before the next. So a process that
//! ends in whichever way leaves nothing out, and at most repeats what it sent last, under the same number.

mod board;
mod sender;
mod targets;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::engine::{Engine, HookAtWork};
use crate::error::{Error, Result};
use crate::model::{Attempt, Hook, HookId, Message, Moment, PartyId, Receiver};
use crate::service::errors::ApiError;
use crate::service::limits::{ALERTS_A_TURN, HOOK_PAUSE, HOOKS_AT_ONCE};
use crate::service::log::log;
use crate::service::state::State;
use crate::wire::{HookMessageBody, HookPingBody};
use board::{Board, Next, Standing};
use sender::{Parcel, Sender};
use targets::Targets;

pub use targets::Network;

/// All that delivers.
pub(super) struct Hooks {
    targets: Targets,
    sender: Sender,
    desk: Mutex<Desk>,
    /// Told whenever somebody may have a turn.
    wake: Condvar,
    /// Held while the address of a new webhook is looked for, so that names which answer late hold up one request.
    door: Mutex<()>,
    delivered: AtomicU64,
    failed: AtomicU64,
}

#[derive(Default)]
struct Desk {
    board: Board,
    is_closed: bool,
    threads: Vec<JoinHandle<()>>,
}

impl Hooks {
    /// Builds what delivers to the open internet and to some networks besides.
    pub(super) fn new(allowed: Vec<Network>) -> Self {
        let targets = Targets::new(allowed);
        Self {
            sender: Sender::new(targets.clone()),
            targets,
            desk: Mutex::default(),
            wake: Condvar::new(),
            door: Mutex::new(()),
            delivered: AtomicU64::new(0),
            failed: AtomicU64::new(0),
        }
    }

    /// Reads where somebody wants a webhook to be sent.
    ///
    /// # Errors
    /// [`ApiError::Target`] if nothing may be sent there, [`ApiError::Busy`] while another's is looked for.
    pub(super) fn accept(&self, url: &str) -> std::result::Result<String, ApiError> {
        let _alone = match self.door.try_lock() {
            Ok(alone) => alone,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return Err(ApiError::Busy),
        };
        self.targets.accept(url).map_err(|refused| ApiError::Target(refused.to_string()))
    }

    /// Calls a webhook for a turn: it is new, or there is something new about it.
    pub(super) fn call(&self, hook: &Hook) {
        self.desk().board.call(hook.id, standing(hook, Duration::ZERO), Instant::now());
        self.wake.notify_one();
    }

    /// Notes that some receivers were told of something, so that their webhooks come next; `engine` knows which parties are
    /// one.
    pub(super) fn tell(&self, receivers: &[Receiver], engine: &Engine) {
        let party = |receiver: &Receiver| match receiver {
            Receiver::Party(party) => Some(engine.canonical_party(*party)),
            Receiver::Key(_) => None,
        };
        let told: BTreeSet<PartyId> = receivers.iter().filter_map(party).collect();
        self.desk().board.tell(|party| told.contains(&engine.canonical_party(party)));
        self.wake.notify_all();
    }

    /// Forgets a webhook. What is being sent to it goes on.
    pub(super) fn remove(&self, id: HookId) {
        self.desk().board.remove(id);
    }

    /// Writes what was counted in the text format of Prometheus.
    pub(super) fn metrics(&self) -> String {
        let (delivered, failed) = (self.delivered.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed));
        format!(
            "# HELP lianqiao_webhook_attempts_total Attempts to deliver to webhooks.\n\
             # TYPE lianqiao_webhook_attempts_total counter\n\
             lianqiao_webhook_attempts_total{{outcome=\"delivered\"}} {delivered}\n\
             lianqiao_webhook_attempts_total{{outcome=\"failed\"}} {failed}\n"
        )
    }

    /// Begins no more, and waits for what is being sent.
    pub(super) fn stop(&self) {
        let mut desk = self.desk();
        desk.is_closed = true;
        let threads = std::mem::take(&mut desk.threads);
        drop(desk);
        self.wake.notify_all();
        for thread in threads {
            let _ = thread.join();
        }
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for somebody's turn; `None` when all is over.
    fn next(&self) -> Option<HookId> {
        let mut desk = self.desk();
        loop {
            if desk.is_closed {
                return None;
            }
            let now = Instant::now();
            desk = match desk.board.next(now) {
                Next::Turn(id) => return Some(id),
                Next::At(at) => {
                    let waited = self.wake.wait_timeout(desk, at.saturating_duration_since(now));
                    waited.unwrap_or_else(PoisonError::into_inner).0
                }
                Next::Nobody => self.wake.wait(desk).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Sends something to a webhook once.
    fn send(&self, work: &HookAtWork, id: &str, body: &str, moment: &Moment) -> Attempt {
        let parcel = Parcel { url: &work.hook.url, secret: &work.secret, id, body };
        let (status, trouble) = self.sender.send(&parcel, moment);
        let counted = if trouble.is_none() { &self.delivered } else { &self.failed };
        counted.fetch_add(1, Ordering::Relaxed);
        Attempt { at: moment.instant.clone(), status, trouble }
    }
}

/// Begins to deliver, on threads of its own.
///
/// # Errors
/// What the log says; or the system, if it gives no threads.
pub(super) fn start(state: &Arc<State>) -> Result<()> {
    let moment = (state.clock)();
    let mut desk = state.hooks.desk();
    for work in state.engine.hooks_at_work(&moment)? {
        desk.board.call(work.hook.id, standing(&work.hook, work.wait), Instant::now());
    }
    for _ in 0..HOOKS_AT_ONCE {
        let state = Arc::clone(state);
        desk.threads.push(thread::spawn(move || {
            while let Some(id) = state.hooks.next() {
                turn(&state, id);
            }
        }));
    }
    Ok(())
}

fn standing(hook: &Hook, wait: Duration) -> Standing {
    let progress = &hook.progress;
    Standing { party: hook.party, is_paused: progress.paused.is_some(), is_failing: progress.failures > 0, wait }
}

/// Gives a webhook its turn.
fn turn(state: &State, id: HookId) {
    let started = Instant::now();
    // A mistake in one turn must not end the turns of all.
    let turned = catch_unwind(AssertUnwindSafe(|| deliver(state, id)));
    let (work, has_more) = match turned.unwrap_or_else(|_| Err(Error::Log("the delivery broke off".into()))) {
        Ok(Some(turn)) => turn,
        Ok(None) => return state.hooks.remove(id),
        Err(error) => {
            log(&format!("webhook {id} failed with {}: {error}", error.code()));
            return state.hooks.desk().board.delay(id, Instant::now() + HOOK_PAUSE);
        }
    };
    let standing = standing(&work.hook, work.wait);
    state.hooks.desk().board.end(id, standing, has_more, started.elapsed(), Instant::now());
    state.hooks.wake.notify_all();
}

/// Sends what is next to a webhook; returns how it stands then, and whether there is more. `None` if it was removed.
fn deliver(state: &State, id: HookId) -> Result<Option<(HookAtWork, bool)>> {
    let engine = &state.engine;
    let moment = (state.clock)();
    let Some(mut work) = engine.hook_at_work(id, &moment)? else { return Ok(None) };
    let Some(viewer) = engine.hook_viewer(&work.hook, &moment) else {
        return Ok(engine.close_hook(id, &moment)?.map(|work| (work, false)));
    };
    if let Some(asked) = work.hook.progress.ping.clone() {
        // Without the dots, which separate what is signed.
        let digits: String = asked.chars().filter(char::is_ascii_alphanumeric).collect();
        let number = format!("{id}-ping-{digits}");
        let attempt = state.hooks.send(&work, &number, &HookPingBody::text(id, &asked), &moment);
        match engine.note_attempt(id, &Message::Ping(asked), attempt, &(state.clock)())? {
            Some(next) => work = next,
            None => return Ok(None),
        }
    }
    let cursor = work.hook.progress.cursor;
    if work.hook.progress.paused.is_some() || !work.wait.is_zero() {
        return Ok(Some((work, true)));
    }
    let Some(receiver) = engine.receiver(&viewer) else { return Ok(Some((work, false))) };
    let news = engine.alerts_after(receiver, cursor, ALERTS_A_TURN, &moment)?;
    for alert in &news.items {
        let moment = (state.clock)();
        let attempt = state.hooks.send(&work, &format!("{id}-{}", alert.seq), &HookMessageBody::text(alert), &moment);
        let is_delivered = attempt.trouble.is_none();
        match engine.note_attempt(id, &Message::Alert(alert.seq), attempt, &(state.clock)())? {
            Some(next) => work = next,
            None => return Ok(None),
        }
        if !is_delivered || work.hook.progress.ping.is_some() {
            return Ok(Some((work, true)));
        }
    }
    Ok(Some((work, news.has_more)))
}
