//! What bounds how much goes on at once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::service::errors::ApiError;
use crate::service::limits::WAITING_MAX;

/// Lets in so many at once; some more may wait for a while, all others are turned away.
pub(super) struct Gate {
    inside: Arc<Semaphore>,
    waiting: Semaphore,
    wait_max: Duration,
}

impl Gate {
    /// Builds a gate for so many, where others wait for so long at most.
    pub(super) fn new(n_max: usize, wait_max: Duration) -> Self {
        Self { inside: Arc::new(Semaphore::new(n_max)), waiting: Semaphore::new(WAITING_MAX), wait_max }
    }

    /// Lets somebody in, for as long as the permit lives.
    ///
    /// # Errors
    /// [`ApiError::Busy`] if too many wait, or the wait is too long.
    pub(super) async fn enter(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let _place = self.waiting.try_acquire().map_err(|_| ApiError::Busy)?;
        match timeout(self.wait_max, Arc::clone(&self.inside).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(ApiError::Busy),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::limits::WAIT_MAX;

    #[test]
    fn a_full_gate_turns_away_at_once_and_opens_when_somebody_leaves() {
        actix_web::rt::System::new().block_on(async {
            let gate = Gate::new(1, WAIT_MAX);
            let inside = gate.enter().await.expect("there is room");
            let waiting =
                gate.waiting.acquire_many(u32::try_from(WAITING_MAX).expect("few")).await.expect("all places");
            assert!(matches!(gate.enter().await, Err(ApiError::Busy)), "nobody else may wait");
            drop((inside, waiting));
            assert!(gate.enter().await.is_ok());
        });
    }

    #[test]
    fn who_waits_is_let_in_or_turned_away_after_a_while() {
        actix_web::rt::System::new().block_on(async {
            let gate = Gate::new(1, Duration::from_millis(20));
            let inside = gate.enter().await.expect("there is room");
            assert!(matches!(gate.enter().await, Err(ApiError::Busy)), "the wait is too long");
            let (next, ()) = tokio::join!(gate.enter(), async { drop(inside) });
            assert!(next.is_ok(), "whoever waits is next");
        });
    }
}
