//! Webhooks: make one, look at it, try it, remove it.

use crate::service::call::{Call, Handled, answer};
use crate::wire::{HookBody, HookPageBody, NewHookBody, RemovedBody};

/// Lists the webhooks of the viewer's party.
pub(in crate::service) fn list(call: &Call<'_>) -> Handled {
    Ok(answer(200, &HookPageBody::new(&call.engine.hooks(&call.viewer)?)))
}

/// Shows a webhook.
pub(in crate::service) fn get(call: &Call<'_>) -> Handled {
    Ok(answer(200, &HookBody::new(&call.engine.hook(&call.id, &call.viewer)?, None)))
}

/// Makes a webhook; its secret is in this one answer only.
pub(in crate::service) fn add(call: &Call<'_>) -> Handled {
    call.once_only(|| {
        let NewHookBody { url } = call.json()?;
        let url = call.state.hooks.accept(&url)?;
        let (hook, secret) = call.engine.add_hook(&url, &call.viewer, &call.moment)?;
        call.state.hooks.call(&hook);
        Ok((answer(201, &HookBody::new(&hook, Some(&secret))), answer(201, &HookBody::new(&hook, None))))
    })
}

/// Asks for a trial.
pub(in crate::service) fn try_out(call: &Call<'_>) -> Handled {
    call.once_only(|| {
        let hook = call.engine.try_hook(&call.id, &call.viewer, &call.moment)?;
        call.state.hooks.call(&hook);
        let done = answer(202, &HookBody::new(&hook, None));
        Ok((done.clone(), done))
    })
}

/// Removes a webhook.
pub(in crate::service) fn remove(call: &Call<'_>) -> Handled {
    call.once_only(|| {
        let hook = call.engine.remove_hook(&call.id, &call.viewer, &call.moment)?;
        call.state.hooks.remove(hook.id);
        let done = answer(200, &RemovedBody { id: hook.id.to_string(), removed: call.moment.instant.clone() });
        Ok((done.clone(), done))
    })
}
