//! Webhooks, and what they are sent.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use crate::engine::Alert;
use crate::model::{Hook, HookId};
use crate::secret::HookSecret;
use crate::wire::AlertBody;

/// `{"url"}`: a webhook to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewHookBody {
    /// Where to.
    pub url: String,
}

/// One webhook; `secret` only when it is new.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HookBody {
    id: String,
    url: String,
    created: String,
    key: String,
    state: &'static str,
    paused: Option<&'static str>,
    delivered: u64,
    failures: u32,
    failing_since: Option<String>,
    next_try: Option<String>,
    testing: bool,
    last: Option<TrialBody>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// What came of the last delivery.
#[derive(Debug, Serialize, JsonSchema)]
struct TrialBody {
    at: String,
    error: Option<&'static str>,
    status: Option<u16>,
}

impl HookBody {
    /// Builds the answer; `secret` is that of a new webhook.
    pub fn new(hook: &Hook, secret: Option<&HookSecret>) -> Self {
        let progress = &hook.progress;
        let state = match (progress.paused, progress.failures) {
            (Some(_), _) => "paused",
            (None, 0) => "active",
            (None, _) => "failing",
        };
        let last = progress.last.as_ref().map(|last| TrialBody {
            at: last.at.clone(),
            error: last.trouble.map(|trouble| trouble.name()),
            status: last.status,
        });
        Self {
            id: hook.id.to_string(),
            url: hook.url.clone(),
            created: hook.created.clone(),
            key: hook.key.to_string(),
            state,
            paused: progress.paused.map(|paused| paused.name()),
            delivered: progress.cursor,
            failures: progress.failures,
            failing_since: progress.failing_since.clone(),
            next_try: progress.due.clone().filter(|_| progress.paused.is_none()),
            testing: progress.ping.is_some(),
            last,
            secret: secret.map(|secret| secret.reveal().to_owned()),
        }
    }
}

/// `{"items", "next"}`: all webhooks of a party, which are few.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HookPageBody {
    items: Vec<HookBody>,
    next: Option<String>,
}

impl HookPageBody {
    /// Builds the answer.
    pub fn new(hooks: &[Hook]) -> Self {
        Self { items: hooks.iter().map(|hook| HookBody::new(hook, None)).collect(), next: None }
    }
}

/// `{"type": "alert", "timestamp", "data"}`: an alert as it is sent; `data` is as it is listed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HookMessageBody<'a> {
    r#type: &'static str,
    timestamp: &'a str,
    data: AlertBody,
}

impl<'a> HookMessageBody<'a> {
    /// Writes an alert as it is sent.
    pub fn text(alert: &'a Alert) -> String {
        let body = Self { r#type: "alert", timestamp: &alert.at, data: AlertBody::new(alert) };
        serde_json::to_string(&body).expect("numbers and strings always serialise")
    }
}

/// `{"type": "ping", "timestamp", "data": {"webhook"}}`: a trial as it is sent.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HookPingBody<'a> {
    r#type: &'static str,
    timestamp: &'a str,
    data: Json,
}

impl<'a> HookPingBody<'a> {
    /// Writes a trial of a webhook, asked for at an instant, as it is sent.
    pub fn text(id: HookId, asked: &'a str) -> String {
        let body = Self { r#type: "ping", timestamp: asked, data: json!({ "webhook": id.to_string() }) };
        serde_json::to_string(&body).expect("strings always serialise")
    }
}
