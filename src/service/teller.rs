//! Makes alerts in the background: one posting after the other as the log takes them in, behind the same gate as those who
//! write. What is still to be done is in the log alone, so nothing piles up in memory, and nothing is lost.

use std::sync::Arc;

use actix_web::web;
use tokio::time::{sleep, timeout};

use crate::engine::Alerting;
use crate::error::Error;
use crate::service::limits::{RETRY_PAUSE, TELL_PAUSE};
use crate::service::log::log;
use crate::service::state::State;

/// Tells, until the service stops, of whatever the log takes in.
pub(super) async fn tell(state: Arc<State>) {
    let mut alerting = Alerting::default();
    while !state.streams.is_closed() {
        let Ok(permit) = state.writers.enter().await else { continue };
        let (own, moment) = (Arc::clone(&state), (state.clock)());
        let work = web::block(move || {
            let _permit = permit;
            let told = own.engine.tell(&mut alerting, &|| own.streams.is_closed(), &moment);
            (alerting, told)
        });
        let told = match work.await {
            Ok((kept, told)) => {
                alerting = kept;
                told
            }
            Err(_) => {
                alerting = Alerting::default();
                log("alerts: the work was cut off; it is begun anew");
                sleep(RETRY_PAUSE).await;
                continue;
            }
        };
        match told {
            Ok(told) => {
                if !told.receivers.is_empty() {
                    state.streams.wake(&told.receivers, told.mark.last);
                    state.hooks.tell(&told.receivers, &state.engine);
                }
                if told.is_done {
                    // A job writes without a word.
                    let _ = timeout(TELL_PAUSE, state.written.notified()).await;
                }
            }
            Err(Error::Cancelled) => {}
            Err(error) => {
                log(&format!("alerts failed with {}: {error}", error.code()));
                sleep(RETRY_PAUSE).await;
            }
        }
    }
}
