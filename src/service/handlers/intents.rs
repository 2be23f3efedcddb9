//! Intents, answers to them, and outcomes.

use crate::engine::IntentAnswer;
use crate::model::RecordId;
use crate::service::call::{Call, Handled, answer};
use crate::service::errors::ApiError;
use crate::wire::{
    IntentAnswerBody, IntentBody, IntentDoneBody, IntentPageBody, NewIntentBody, NewOutcomeBody, NotedBody,
    OutcomePageBody,
};

/// Lists the viewer's intents.
pub(in crate::service) fn list(call: &Call<'_>) -> Handled {
    let page = call.engine.intents(&call.page(), &call.viewer, &call.moment)?;
    Ok(answer(200, &IntentPageBody::new(call.moment.as_of, &page)))
}

/// Shows an intent.
pub(in crate::service) fn get(call: &Call<'_>) -> Handled {
    let sight = call.engine.intent(&call.id, &call.viewer, &call.moment)?;
    Ok(answer(200, &IntentBody::new(call.moment.as_of, &sight)))
}

/// Declares an intent.
pub(in crate::service) fn declare(call: &Call<'_>) -> Handled {
    let new = call.json::<NewIntentBody>()?.into();
    call.change(&|done: &(RecordId, IntentAnswer)| answer(200, &IntentDoneBody::new(call.moment.as_of, done)), |by| {
        call.engine.declare_intent(&new, by, &call.moment)
    })
}

/// Answers an intent.
pub(in crate::service) fn reply(call: &Call<'_>) -> Handled {
    let IntentAnswerBody { answer: name } = call.json()?;
    let wanted = IntentAnswer::parse(&name).filter(|wanted| *wanted != IntentAnswer::Pending);
    let wanted = wanted.ok_or_else(|| ApiError::field("answer", "应为 agreed、declined 或 withdrawn"))?;
    call.change(&|done: &(RecordId, IntentAnswer)| answer(200, &IntentDoneBody::new(call.moment.as_of, done)), |by| {
        call.engine.answer_intent(&call.id, wanted, by, &call.moment)
    })
}

/// Lists the viewer's outcomes.
pub(in crate::service) fn list_outcomes(call: &Call<'_>) -> Handled {
    let page = call.engine.outcomes(&call.page(), &call.viewer)?;
    Ok(answer(200, &OutcomePageBody::new(call.moment.as_of, page)))
}

/// Records an outcome.
pub(in crate::service) fn record_outcome(call: &Call<'_>) -> Handled {
    let new = call.json::<NewOutcomeBody>()?.into();
    let done = |id: &RecordId| answer(201, &NotedBody::new(call.moment.as_of, id));
    call.change(&done, |by| call.engine.record_outcome(&new, by, &call.moment))
}
