//! Intents and outcomes, as they are asked for and answered.

use std::collections::BTreeMap;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::engine::{IntentAnswer, IntentSight, NewIntent, NewOutcome, Page};
use crate::model::{Contact, RecordId};
use crate::wire::records::GlimpseBody;

/// `{"own", "other", "amount", "reason"}`: an intent to be declared.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIntentBody {
    own: String,
    other: String,
    amount: Option<String>,
    reason: Option<String>,
}

impl From<NewIntentBody> for NewIntent {
    fn from(body: NewIntentBody) -> Self {
        let NewIntentBody { own, other, amount, reason } = body;
        Self { own, other, amount, reason }
    }
}

/// `{"answer"}`: how an intent is to stand.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IntentAnswerBody {
    /// The answer's English name.
    pub answer: String,
}

/// `{"intent", "progress", "amount", "date", "result"}`: an outcome to be recorded.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOutcomeBody {
    intent: String,
    progress: String,
    amount: Option<String>,
    date: Option<String>,
    result: Option<String>,
}

impl From<NewOutcomeBody> for NewOutcome {
    fn from(body: NewOutcomeBody) -> Self {
        let NewOutcomeBody { intent, progress, amount, date, result } = body;
        Self { intent, progress, amount, date, result }
    }
}

/// One intent.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IntentBody {
    as_of: String,
    id: String,
    answer: &'static str,
    initiator: &'static str,
    demand: GlimpseBody,
    supply: GlimpseBody,
    fields: BTreeMap<String, String>,
    contacts: ContactsBody,
}

/// How to reach both sides; null while that is closed.
#[derive(Debug, Serialize, JsonSchema)]
struct ContactsBody {
    demander: Option<BTreeMap<String, String>>,
    supplier: Option<BTreeMap<String, String>>,
}

impl IntentBody {
    /// Builds the answer from what a viewer may see.
    pub fn new(as_of: Date, sight: &IntentSight) -> Self {
        let contact = |contact: &Option<Contact>| contact.as_ref().map(|contact| contact.fields.clone());
        let [demander, supplier] = &sight.contacts;
        Self {
            as_of: as_of.to_string(),
            id: sight.id.to_string(),
            answer: sight.answer.name(),
            initiator: sight.initiator.map_or("organizer", |side| side.name()),
            demand: GlimpseBody::from(&sight.demand),
            supply: GlimpseBody::from(&sight.supply),
            fields: sight.cells.clone(),
            contacts: ContactsBody { demander: contact(demander), supplier: contact(supplier) },
        }
    }
}

/// `{"as_of", "items", "next"}`: some intents.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IntentPageBody {
    as_of: String,
    items: Vec<IntentBody>,
    next: Option<String>,
}

impl IntentPageBody {
    /// Builds the answer.
    pub fn new(as_of: Date, page: &Page<IntentSight>) -> Self {
        let items = page.items.iter().map(|sight| IntentBody::new(as_of, sight)).collect();
        Self { as_of: as_of.to_string(), items, next: page.next.clone() }
    }
}

/// `{"as_of", "id", "answer"}`: how an intent stands now.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IntentDoneBody {
    as_of: String,
    id: String,
    answer: &'static str,
}

impl IntentDoneBody {
    /// Builds the answer.
    pub fn new(as_of: Date, (id, answer): &(RecordId, IntentAnswer)) -> Self {
        Self { as_of: as_of.to_string(), id: id.to_string(), answer: answer.name() }
    }
}

/// `{"as_of", "items": [{"id", "fields"}], "next"}`: some outcomes.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OutcomePageBody {
    as_of: String,
    items: Vec<OutcomeBody>,
    next: Option<String>,
}

#[derive(Debug, Serialize, JsonSchema)]
struct OutcomeBody {
    id: String,
    fields: BTreeMap<String, String>,
}

impl OutcomePageBody {
    /// Builds the answer.
    pub fn new(as_of: Date, page: Page<(RecordId, BTreeMap<String, String>)>) -> Self {
        let items = page.items.into_iter().map(|(id, fields)| OutcomeBody { id: id.to_string(), fields });
        Self { as_of: as_of.to_string(), items: items.collect(), next: page.next }
    }
}
