//! Tables on their way in: few at once, since each is held in memory, and one of each key, so that nobody takes all the
//! places with uploads that never end.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedSemaphorePermit;

use crate::model::KeyId;
use crate::service::errors::ApiError;
use crate::service::gates::Gate;
use crate::service::limits::{UPLOADS_MAX, WAIT_MAX};

/// Places for uploads.
pub(super) struct Uploads {
    all: Gate,
    /// One place for each key that ever uploaded.
    keys: Mutex<BTreeMap<KeyId, Arc<Gate>>>,
}

/// The right to upload, and to hold what came until it is worked up.
pub(super) struct Upload(#[expect(dead_code, reason = "held, not read")] [Option<OwnedSemaphorePermit>; 2]);

impl Uploads {
    /// Builds the places for the uploads of a service.
    pub(super) fn new() -> Self {
        Self { all: Gate::new(UPLOADS_MAX, WAIT_MAX), keys: Mutex::default() }
    }

    /// Lets a key upload, for as long as what is returned lives.
    ///
    /// # Errors
    /// [`ApiError::Busy`] if another upload of the key, or those of others, take long.
    pub(super) async fn enter(&self, key: Option<KeyId>) -> Result<Upload, ApiError> {
        let own = match key.map(|key| self.gate_of(key)) {
            Some(gate) => Some(gate.enter().await?),
            None => None,
        };
        Ok(Upload([own, Some(self.all.enter().await?)]))
    }

    fn gate_of(&self, key: KeyId) -> Arc<Gate> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(keys.entry(key).or_insert_with(|| Arc::new(Gate::new(1, WAIT_MAX))))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    #[test]
    fn a_key_has_one_upload_and_leaves_places_to_others() {
        actix_web::rt::System::new().block_on(async {
            let uploads = Uploads::new();
            let [one, other] = [KeyId(1), KeyId(2)].map(Some);
            let first = uploads.enter(one).await.expect("there is room");
            let waiting = timeout(Duration::from_millis(20), uploads.enter(one)).await;
            assert!(waiting.is_err(), "it waits for the other one");
            let _second = uploads.enter(other).await.expect("there is room for others");
            drop(first);
            uploads.enter(one).await.expect("the other one is done");
        });
    }
}
