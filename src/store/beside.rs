//! What is asked of the tables beside the log by whoever delivers to webhooks, and of agendas.

use crate::error::Result;
use crate::model::{Hook, HookId, KeptAgenda};
use crate::store::log::Log;
use crate::store::{agendas, hooks};

impl Log {
    /// Lists the webhooks by number, each with the secret that signs what it is sent.
    pub fn hooks(&self) -> Result<Vec<(Hook, String)>> {
        hooks::all(&self.connection, self.version)
    }

    /// Returns a webhook with its secret, if there is one of this number.
    pub fn hook(&self, id: HookId) -> Result<Option<(Hook, String)>> {
        hooks::one(&self.connection, id)
    }

    /// Lists the agendas by number, without their texts: those that are not removed have an empty one.
    pub fn agendas(&self) -> Result<Vec<KeptAgenda>> {
        agendas::heads(&self.connection, self.version)
    }

    /// Returns an agenda, if there is or was one with this number.
    pub fn agenda(&self, number: u64) -> Result<Option<KeptAgenda>> {
        agendas::one(&self.connection, self.version, number)
    }
}
