//! Routes of intents and outcomes.

use crate::model::KeyRole;
use crate::service::handlers::intents as handlers;
use crate::service::routes::{Body, CURSOR, Handle, LIMIT, Object, READING, Route, Verb, WRITERS, shape_of};
use crate::wire::{
    IntentAnswerBody, IntentBody, IntentDoneBody, IntentPageBody, NewIntentBody, NewOutcomeBody, NotedBody,
    OutcomePageBody,
};

/// Whoever agrees opens its own contact: nobody does that for a party.
const PARTIES: &[KeyRole] = &[KeyRole::Party];

/// The routes.
pub(super) const ROUTES: &[Route] = &[
    Route {
        path: "/api/v1/intents",
        name: "list_intents",
        label: "列出与自己有关的对接意向；双方都同意之后才有对方的联系方式",
        roles: WRITERS,
        query: &[CURSOR, LIMIT],
        gives: shape_of::<IntentPageBody>,
        handle: Handle::Json(handlers::list),
        ..READING
    },
    Route {
        verb: Verb::Post,
        path: "/api/v1/intents",
        name: "declare_intent",
        label: "表示愿意就自己的一条信息（own）和对方的一条（other）对接；对方也表示过，就是双方同意",
        roles: PARTIES,
        body: Body::Json(
            r#"{"own":"P1:procurement:X1","other":"P2:catalog:G1","amount":"300万元","reason":"年度框架"}"#,
            shape_of::<NewIntentBody>,
        ),
        writes: true,
        answers: &[(200, "已登记，answer 是现在的状态")],
        gives: shape_of::<IntentDoneBody>,
        handle: Handle::Json(handlers::declare),
        ..READING
    },
    Route {
        path: "/api/v1/intents/{id}",
        name: "get_intent",
        label: "一个对接意向",
        roles: WRITERS,
        object: Object::Own,
        gives: shape_of::<IntentBody>,
        handle: Handle::Json(handlers::get),
        ..READING
    },
    Route {
        verb: Verb::Put,
        path: "/api/v1/intents/{id}",
        name: "answer_intent",
        label: "答复一个意向：agreed 同意，declined 婉拒，withdrawn 撤回（已同意的，撤回后不再互相看到联系方式）",
        roles: PARTIES,
        object: Object::Own,
        body: Body::Json(r#"{"answer":"agreed"}"#, shape_of::<IntentAnswerBody>),
        writes: true,
        answers: &[(200, "已答复，answer 是现在的状态")],
        gives: shape_of::<IntentDoneBody>,
        handle: Handle::Json(handlers::reply),
        ..READING
    },
    Route {
        path: "/api/v1/outcomes",
        name: "list_outcomes",
        label: "列出与自己有关的对接成果",
        roles: WRITERS,
        query: &[CURSOR, LIMIT],
        gives: shape_of::<OutcomePageBody>,
        handle: Handle::Json(handlers::list_outcomes),
        ..READING
    },
    Route {
        verb: Verb::Post,
        path: "/api/v1/outcomes",
        name: "record_outcome",
        label: "登记一个意向的成果：met、intended、signed、delivered、failed；签约的供货计入配套率",
        roles: WRITERS,
        body: Body::Json(
            r#"{"intent":"intent:0123456789abcdef","progress":"signed","amount":"260万元","date":"2026-04-02"}"#,
            shape_of::<NewOutcomeBody>,
        ),
        writes: true,
        answers: &[(201, "已登记")],
        gives: shape_of::<NotedBody>,
        handle: Handle::Json(handlers::record_outcome),
        ..READING
    },
];
