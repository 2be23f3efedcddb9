//! Alerts as they come: streams of server-sent events. A stream holds a place in the sequence of alerts and nothing else;
//! what is due is read from the log when the connection takes it, so a slow reader costs no memory and one that comes back
//! goes on where it was.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::{self, Bytes};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use crate::engine::Alerts;
use crate::model::{KeyId, Receiver};
use crate::secret::Secret;
use crate::service::errors::ApiError;
use crate::service::limits::{BEAT_PAUSE, EVENTS_AT_ONCE, RETRY_PAUSE, STREAMS_MAX, STREAMS_OF_KEY_MAX};
use crate::service::state::State;
use crate::wire::AlertBody;

/// All open streams.
pub(super) struct Streams {
    /// Counts the times that somebody was told of something; closed when the service stops.
    told: Mutex<Option<watch::Sender<u64>>>,
    board: Mutex<Board>,
}

#[derive(Default)]
struct Board {
    /// The last alert by which each receiver was told of something in this process.
    latest: BTreeMap<Receiver, u64>,
    open: BTreeMap<KeyId, usize>,
}

/// A place among the open streams.
struct Place {
    state: Arc<State>,
    key: KeyId,
}

/// A stream of events as the body of an answer.
pub(super) struct Events {
    next: Pin<Box<dyn Future<Output = Option<(Bytes, Stream)>>>>,
}

/// What a stream knows between two pieces.
struct Stream {
    place: Place,
    /// Looked at anew before every piece: a key may be revoked.
    secret: Secret,
    told: watch::Receiver<u64>,
    /// The last alert that was looked at.
    after: u64,
    /// What was the receiver's latest alert when the log was last read.
    known: Option<u64>,
    is_begun: bool,
    /// When something has to be sent at the latest, so that nobody takes the connection for dead.
    beat: Instant,
}

impl Streams {
    /// Builds the place of streams, none of which is open.
    pub(super) fn new() -> Self {
        Self { told: Mutex::new(Some(watch::Sender::new(0))), board: Mutex::default() }
    }

    /// Wakes the streams of those who were told of something, up to the alert `last`.
    pub(super) fn wake(&self, receivers: &[Receiver], last: u64) {
        let mut board = self.board();
        board.latest.extend(receivers.iter().map(|receiver| (*receiver, last)));
        drop(board);
        if let Some(told) = &*self.told() {
            told.send_modify(|n| *n = n.wrapping_add(1));
        }
    }

    /// Ends all streams, and opens no more.
    pub(super) fn close(&self) {
        self.told().take();
    }

    /// Says whether the service is about to stop.
    pub(super) fn is_closed(&self) -> bool {
        self.told().is_none()
    }

    /// Returns how many are open.
    pub(super) fn n_open(&self) -> usize {
        self.board().open.values().sum()
    }

    fn latest(&self, receiver: Receiver) -> u64 {
        self.board().latest.get(&receiver).copied().unwrap_or(0)
    }

    fn enter(&self, state: &Arc<State>, key: KeyId) -> Result<Place, ApiError> {
        let mut board = self.board();
        if board.open.values().sum::<usize>() >= STREAMS_MAX {
            return Err(ApiError::Busy);
        }
        let own = board.open.entry(key).or_default();
        if *own >= STREAMS_OF_KEY_MAX {
            return Err(ApiError::TooMany);
        }
        *own += 1;
        Ok(Place { state: Arc::clone(state), key })
    }

    fn leave(&self, key: KeyId) {
        let mut board = self.board();
        if let Some(own) = board.open.get_mut(&key) {
            *own -= 1;
        }
        board.open.retain(|_, n| *n > 0);
    }

    fn told(&self) -> MutexGuard<'_, Option<watch::Sender<u64>>> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.state.streams.leave(self.key);
    }
}

impl Events {
    /// Opens a stream of what the holder of a key is told of after an alert.
    ///
    /// # Errors
    /// [`ApiError::TooMany`] if the key has too many streams, [`ApiError::Busy`] if there are too many of all keys, or the
    /// service is about to stop.
    pub(super) fn open(state: &Arc<State>, key: KeyId, secret: Secret, after: u64) -> Result<Self, ApiError> {
        let told = state.streams.told().as_ref().map(watch::Sender::subscribe).ok_or(ApiError::Busy)?;
        let place = state.streams.enter(state, key)?;
        let beat = Instant::now() + BEAT_PAUSE;
        let stream = Stream { place, secret, told, after, known: None, is_begun: false, beat };
        Ok(Self { next: Box::pin(stream.piece()) })
    }
}

impl MessageBody for Events {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        self.next.as_mut().poll(context).map(|piece| {
            let (bytes, stream) = piece?;
            self.next = Box::pin(stream.piece());
            Some(Ok(bytes))
        })
    }
}

impl Stream {
    /// Waits for what is to be sent next; `None` ends the stream.
    async fn piece(mut self) -> Option<(Bytes, Self)> {
        if !self.is_begun {
            self.is_begun = true;
            // Whoever is cut off before the first alert comes back to this place too.
            let begin = format!("retry: {}\nid: {}\n\n", RETRY_PAUSE.as_millis(), self.after);
            return Some((begin.into(), self));
        }
        loop {
            self.told.borrow_and_update();
            let state = Arc::clone(&self.place.state);
            let viewer = state.engine.viewer(&self.secret, &(state.clock)())?;
            let receiver = state.engine.receiver(&viewer)?;
            let latest = state.streams.latest(receiver);
            if self.known.is_none_or(|known| known < latest) {
                match read(&state, receiver, self.after).await {
                    Ok(alerts) => {
                        self.after = alerts.last;
                        self.known = if alerts.has_more { None } else { Some(latest) };
                        if !alerts.items.is_empty() {
                            return Some(self.sent(events(&alerts)));
                        }
                        if alerts.has_more {
                            continue;
                        }
                    }
                    Err(ApiError::Busy) => sleep(RETRY_PAUSE).await,
                    Err(_) => return None,
                }
            }
            match timeout_at(self.beat, self.told.changed()).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) => return None,
                Err(_) => return Some(self.sent(Bytes::from_static(b":\n\n"))),
            }
        }
    }

    fn sent(self, bytes: Bytes) -> (Bytes, Self) {
        (bytes, Self { beat: Instant::now() + BEAT_PAUSE, ..self })
    }
}

/// Reads what somebody was told of after an alert, off the threads that talk to clients.
async fn read(state: &Arc<State>, receiver: Receiver, after: u64) -> Result<Alerts, ApiError> {
    let permit = state.readers.enter().await?;
    let (state, moment) = (Arc::clone(state), (state.clock)());
    let work = web::block(move || {
        let _permit = permit;
        state.engine.alerts_after(receiver, after, EVENTS_AT_ONCE, &moment)
    });
    Ok(work.await.map_err(|_| ApiError::Internal)??)
}

fn events(alerts: &Alerts) -> Bytes {
    let mut text = String::new();
    for alert in &alerts.items {
        let data = serde_json::to_string(&AlertBody::new(alert)).expect("strings and numbers always serialise");
        text.push_str(&format!("id: {}\ndata: {data}\n\n", alert.seq));
    }
    text.into()
}
