//! Alerts and the saved searches behind some of them.

use crate::model::{Answer, Receiver, RecordId};
use crate::service::call::{Call, Handled, answer};
use crate::service::errors::ApiError;
use crate::wire::{AlertPageBody, NewWatchBody, NotedBody, WatchBody, WatchPageBody};

/// Lists the viewer's alerts.
pub(in crate::service) fn list(call: &Call<'_>) -> Handled {
    let after = after(call)?.unwrap_or(0);
    let alerts = call.engine.alerts_after(receiver(call)?, after, call.page().limit, &call.moment)?;
    Ok(answer(200, &AlertPageBody::new(call.moment.as_of, &alerts)))
}

/// Says after which alert a stream begins: the last that the viewer knows, else the last of all.
pub(in crate::service) fn stream(call: &Call<'_>) -> Result<u64, ApiError> {
    receiver(call)?;
    let (known, last) = (after(call)?, call.engine.last_alert()?);
    // A number that is still to come is one of other data; waiting for it would miss all before.
    Ok(known.map_or(last, |known| known.min(last)))
}

/// Saves a search.
pub(in crate::service) fn add_watch(call: &Call<'_>) -> Handled {
    let new = call.json::<NewWatchBody>()?.into();
    call.change(&|id: &RecordId| changed(call, 201, id), |by| call.engine.add_watch(&new, by, &call.moment))
}

/// Lists the viewer's saved searches.
pub(in crate::service) fn list_watches(call: &Call<'_>) -> Handled {
    let page = call.engine.watches(&call.page(), &call.viewer)?;
    Ok(answer(200, &WatchPageBody::new(call.moment.as_of, &page)))
}

/// Shows a saved search.
pub(in crate::service) fn get_watch(call: &Call<'_>) -> Handled {
    let watch = call.engine.watch(&call.id, &call.viewer)?;
    Ok(answer(200, &WatchBody::new(&watch)))
}

/// Ends a saved search.
pub(in crate::service) fn remove_watch(call: &Call<'_>) -> Handled {
    call.change(&|id: &RecordId| changed(call, 200, id), |by| call.engine.remove_watch(&call.id, by, &call.moment))
}

fn changed(call: &Call<'_>, status: u16, id: &RecordId) -> Answer {
    answer(status, &NotedBody::new(call.moment.as_of, id))
}

/// Reads the sequence number after which alerts are wanted.
fn after(call: &Call<'_>) -> Result<Option<u64>, ApiError> {
    let read = |text: &str| text.parse().map_err(|_| ApiError::field("after", "一条提醒的 seq"));
    call.parameter("after").map(read).transpose()
}

fn receiver(call: &Call<'_>) -> Result<Receiver, ApiError> {
    call.engine.receiver(&call.viewer).ok_or(ApiError::Forbidden)
}
