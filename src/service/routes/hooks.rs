//! Routes of webhooks.

use crate::model::KeyRole;
use crate::service::handlers::hooks as handlers;
use crate::service::routes::{Body, Handle, Object, READING, Route, Verb, shape_of};
use crate::wire::{HookBody, HookPageBody, NewHookBody, RemovedBody};

/// What a party is told of goes where the party itself wants it: nobody decides that for it.
const PARTIES: &[KeyRole] = &[KeyRole::Party];

/// The routes.
pub(super) const ROUTES: &[Route] = &[
    Route {
        path: "/api/v1/webhooks",
        name: "list_webhooks",
        label: "列出本单位的回调：送到第几条提醒（delivered）、失败几次、何时再试、为何停了",
        roles: PARTIES,
        gives: shape_of::<HookPageBody>,
        handle: Handle::Json(handlers::list),
        ..READING
    },
    Route {
        verb: Verb::Post,
        path: "/api/v1/webhooks",
        name: "add_webhook",
        label: "登记一个回调：此后的提醒用 POST 送到 url；签名的密钥（secret）只在这一次的答复里给出",
        roles: PARTIES,
        body: Body::Json(r#"{"url":"https://example.com/lianqiao"}"#, shape_of::<NewHookBody>),
        writes: true,
        answers: &[(201, "已登记")],
        gives: shape_of::<HookBody>,
        handle: Handle::Json(handlers::add),
        ..READING
    },
    Route {
        path: "/api/v1/webhooks/{id}",
        name: "get_webhook",
        label: "一个回调",
        roles: PARTIES,
        object: Object::Own,
        gives: shape_of::<HookBody>,
        handle: Handle::Json(handlers::get),
        ..READING
    },
    Route {
        verb: Verb::Delete,
        path: "/api/v1/webhooks/{id}",
        name: "remove_webhook",
        label: "删去一个回调和它的密钥",
        roles: PARTIES,
        object: Object::Own,
        writes: true,
        answers: &[(200, "已删去")],
        gives: shape_of::<RemovedBody>,
        handle: Handle::Json(handlers::remove),
        ..READING
    },
    Route {
        verb: Verb::Post,
        path: "/api/v1/webhooks/{id}/test",
        name: "try_webhook",
        label: "向一个回调送一条 ping，结果见它的 last；停了的，ping 送到了就接着送",
        roles: PARTIES,
        object: Object::Own,
        writes: true,
        answers: &[(202, "即将发送")],
        gives: shape_of::<HookBody>,
        handle: Handle::Json(handlers::try_out),
        ..READING
    },
];
