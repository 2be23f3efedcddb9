//! Alerts.

use crate::model::Receiver;
use crate::service::call::{Call, Handled, answer};
use crate::service::errors::ApiError;
use crate::wire::AlertPageBody;

/// Lists the viewer's alerts.
pub(in crate::service) fn list(call: &Call<'_>) -> Handled {
    let after = call.parameter("after").map_or(Ok(0), sequence)?;
    let alerts = call.engine.alerts_after(receiver(call)?, after, call.page().limit, &call.moment)?;
    Ok(answer(200, &AlertPageBody::new(call.moment.as_of, &alerts)))
}

/// Reads a sequence number.
fn sequence(text: &str) -> Result<u64, ApiError> {
    text.parse().map_err(|_| ApiError::field("after", "一条提醒的 seq"))
}

fn receiver(call: &Call<'_>) -> Result<Receiver, ApiError> {
    call.engine.receiver(&call.viewer).ok_or(ApiError::Forbidden)
}
