//! Routes of alerts, and of the saved searches behind some of them.

use crate::model::KeyRole;
use crate::service::handlers::alerts as handlers;
use crate::service::routes::{Body, CURSOR, Handle, LIMIT, Object, Parameter, READING, Route, Sort, Verb, shape_of};
use crate::wire::{AlertPageBody, NewWatchBody, NotedBody, WatchBody, WatchPageBody};

/// A party is told of what concerns it, and who organises of what was asked to be watched.
const TOLD: &[KeyRole] = &[KeyRole::Organizer, KeyRole::Party];

const AFTER: Parameter =
    Parameter {
        name: "after", sort: Sort::Text, label: "只要序号在此之后的：上一页给出的 next，或最后一条的 seq"
    };

/// The routes.
pub(super) const ROUTES: &[Route] = &[
    Route {
        path: "/api/v1/alerts",
        name: "list_alerts",
        label: "列出自己的提醒，按序号先后；信息已撤回、已过期的不再列出",
        roles: TOLD,
        query: &[AFTER, LIMIT],
        gives: shape_of::<AlertPageBody>,
        handle: Handle::Json(handlers::list),
        ..READING
    },
    Route {
        path: "/api/v1/alerts/stream",
        name: "stream_alerts",
        label: "提醒随到随发（server-sent events）；断开之后带 Last-Event-ID 再来，一条不漏、一条不重；\
            不带则从现在开始，或从 after 之后开始",
        roles: TOLD,
        query: &[AFTER],
        answers: &[(200, "事件流：id 是序号，data 与 alerts 列出的一项同形")],
        handle: Handle::Events(handlers::stream),
        ..READING
    },
    Route {
        path: "/api/v1/watches",
        name: "list_watches",
        label: "列出自己的订阅",
        roles: TOLD,
        query: &[CURSOR, LIMIT],
        gives: shape_of::<WatchPageBody>,
        handle: Handle::Json(handlers::list_watches),
        ..READING
    },
    Route {
        verb: Verb::Post,
        path: "/api/v1/watches",
        name: "add_watch",
        label: "订阅一次查找：有新的供需信息含有 text 的每个词、符合其余各项，就提醒；side 是 demand 或 supply；\
            threshold 是按 lane 把 text 当作另一方的信息打出的最低分；至多 100 个",
        roles: TOLD,
        body: Body::Json(
            r#"{"text":"深沟球轴承","lane":"procurement","side":"supply","region":"山东省","threshold":50}"#,
            shape_of::<NewWatchBody>,
        ),
        writes: true,
        answers: &[(201, "已订阅，或早已订阅")],
        gives: shape_of::<NotedBody>,
        handle: Handle::Json(handlers::add_watch),
        ..READING
    },
    Route {
        path: "/api/v1/watches/{id}",
        name: "get_watch",
        label: "一个订阅",
        roles: TOLD,
        object: Object::Own,
        gives: shape_of::<WatchBody>,
        handle: Handle::Json(handlers::get_watch),
        ..READING
    },
    Route {
        verb: Verb::Delete,
        path: "/api/v1/watches/{id}",
        name: "remove_watch",
        label: "退订",
        roles: TOLD,
        object: Object::Own,
        writes: true,
        answers: &[(200, "已退订")],
        gives: shape_of::<NotedBody>,
        handle: Handle::Json(handlers::remove_watch),
        ..READING
    },
];
