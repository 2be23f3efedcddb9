//! The board of open streams: how many of whom there are, and who was told of something since they last looked.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::model::{KeyId, Receiver};
use crate::service::errors::ApiError;
use crate::service::limits::{STREAMS_MAX, STREAMS_OF_KEY_MAX};

/// All open streams.
pub(super) struct Streams {
    /// Counts the times that somebody was told of something; closed when the service stops.
    told: Mutex<Option<watch::Sender<u64>>>,
    board: Arc<Mutex<Board>>,
}

#[derive(Default)]
struct Board {
    /// The last alert by which each receiver was told of something in this process.
    latest: BTreeMap<Receiver, u64>,
    open: BTreeMap<KeyId, usize>,
}

/// A place among the open streams; it is given back when it is dropped.
pub(super) struct Place {
    board: Arc<Mutex<Board>>,
    key: KeyId,
}

impl Streams {
    /// Builds the place of streams, none of which is open.
    pub(super) fn new() -> Self {
        Self { told: Mutex::new(Some(watch::Sender::new(0))), board: Arc::default() }
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

    /// Returns the last alert by which a receiver was told of something in this process.
    pub(super) fn latest(&self, receiver: Receiver) -> u64 {
        self.board().latest.get(&receiver).copied().unwrap_or(0)
    }

    /// Takes a place for a stream, and what wakes it.
    ///
    /// # Errors
    /// [`ApiError::TooMany`] if the key has too many streams, [`ApiError::Busy`] if there are too many of all keys, or the
    /// service is about to stop.
    pub(super) fn enter(&self, key: KeyId) -> Result<(Place, watch::Receiver<u64>), ApiError> {
        let told = self.told().as_ref().map(watch::Sender::subscribe).ok_or(ApiError::Busy)?;
        let mut board = self.board();
        if board.open.values().sum::<usize>() >= STREAMS_MAX {
            return Err(ApiError::Busy);
        }
        let own = board.open.entry(key).or_default();
        if *own >= STREAMS_OF_KEY_MAX {
            return Err(ApiError::TooMany);
        }
        *own += 1;
        Ok((Place { board: Arc::clone(&self.board), key }, told))
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
        let mut board = self.board.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = board.open.get_mut(&self.key) {
            *own -= 1;
        }
        board.open.retain(|_, n| *n > 0);
    }
}
