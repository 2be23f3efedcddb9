//! Access keys, and the trail of what was seen and changed.

use schemars::JsonSchema;
use serde::Serialize;

use crate::model::{Key, Trace};
use crate::secret::Secret;

/// `{"id", "role", "party", "region", "created", "expires", "revoked", "key"}`; `key`, the secret, only when it is new.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KeyBody {
    id: String,
    role: &'static str,
    party: Option<String>,
    region: Option<String>,
    created: String,
    expires: Option<String>,
    revoked: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<String>,
}

/// `{"keys": [...]}`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct KeyListBody {
    keys: Vec<KeyBody>,
}

/// `{"traces": [{"at", "actor", "action", "subject"}]}`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TraceListBody {
    traces: Vec<TraceBody>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct TraceBody {
    at: String,
    actor: String,
    action: String,
    subject: String,
}

impl KeyBody {
    /// Builds the answer; `secret` is that of a new key.
    pub fn new(key: &Key, secret: Option<&Secret>) -> Self {
        Self {
            id: key.id.to_string(),
            role: key.role.name(),
            party: key.party.map(|party| party.to_string()),
            region: key.region.clone(),
            created: key.created.clone(),
            expires: key.expires.map(|day| day.to_string()),
            revoked: key.revoked.clone(),
            key: secret.map(|secret| secret.reveal().to_owned()),
        }
    }

    /// Builds the answer to a request for all keys.
    pub fn list(keys: &[Key]) -> KeyListBody {
        KeyListBody { keys: keys.iter().map(|key| Self::new(key, None)).collect() }
    }
}

impl TraceListBody {
    /// Builds the answer.
    pub fn new(traces: Vec<Trace>) -> Self {
        let body = |Trace { at, actor, action, subject }| TraceBody { at, actor, action, subject };
        Self { traces: traces.into_iter().map(body).collect() }
    }
}
