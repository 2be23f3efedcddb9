//! Alerts as they come: a stream of server-sent events. It holds a place in the sequence of alerts and nothing else; what is
//! due is read from the log when the connection takes it, so a slow reader costs no memory, and one that comes back goes on
//! where it was.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::{self, Bytes};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};

use crate::engine::Alerts;
use crate::model::{KeyId, Receiver};
use crate::secret::Secret;
use crate::service::errors::ApiError;
use crate::service::limits::{BEAT_PAUSE, EVENTS_AT_ONCE, RETRY_PAUSE};
use crate::service::state::State;
use crate::service::streams::Place;
use crate::wire::AlertBody;

/// What is sent, and what goes on; `None` ends a stream.
type Piece = Option<(Bytes, Stream)>;

/// A stream of events as the body of an answer.
pub(super) struct Events {
    next: Pin<Box<dyn Future<Output = Piece>>>,
}

/// What a stream knows between two pieces.
struct Stream {
    state: Arc<State>,
    _place: Place,
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

impl Events {
    /// Opens a stream of what the holder of a key is told of after an alert.
    ///
    /// # Errors
    /// If there are too many, or the service is about to stop.
    pub(super) fn open(state: &Arc<State>, key: KeyId, secret: Secret, after: u64) -> Result<Self, ApiError> {
        let (place, told) = state.streams.enter(key)?;
        let state = Arc::clone(state);
        let beat = Instant::now() + BEAT_PAUSE;
        let stream = Stream { state, _place: place, secret, told, after, known: None, is_begun: false, beat };
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
    /// Waits for what is to be sent next.
    async fn piece(mut self) -> Piece {
        if !self.is_begun {
            self.is_begun = true;
            // Whoever is cut off before the first alert comes back to this place too.
            let begin = format!("retry: {}\nid: {}\n\n", RETRY_PAUSE.as_millis(), self.after);
            return Some((begin.into(), self));
        }
        loop {
            self.told.borrow_and_update();
            let state = Arc::clone(&self.state);
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
