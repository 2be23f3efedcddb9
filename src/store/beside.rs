//! What is asked of the tables beside the log by whoever delivers to webhooks.

use crate::error::Result;
use crate::model::{Hook, HookId};
use crate::store::hooks;
use crate::store::log::Log;

impl Log {
    /// Lists the webhooks by number, each with the secret that signs what it is sent.
    pub fn hooks(&self) -> Result<Vec<(Hook, String)>> {
        hooks::all(&self.connection, self.version)
    }

    /// Returns a webhook with its secret, if there is one of this number.
    pub fn hook(&self, id: HookId) -> Result<Option<(Hook, String)>> {
        hooks::one(&self.connection, id)
    }
}
