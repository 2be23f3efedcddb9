//! Routes of alerts.

use crate::model::KeyRole;
use crate::service::handlers::alerts as handlers;
use crate::service::routes::{Handle, LIMIT, Parameter, READING, Route, Sort};

/// A party is told of what concerns it, and who organises of what was asked to be watched.
pub(super) const TOLD: &[KeyRole] = &[KeyRole::Organizer, KeyRole::Party];

const AFTER: Parameter =
    Parameter {
        name: "after", sort: Sort::Text, label: "只要序号在此之后的；上一页给出的 next，或最后一条的 seq"
    };

/// The routes.
pub(super) const ROUTES: &[Route] = &[Route {
    path: "/api/v1/alerts",
    name: "list_alerts",
    label: "列出自己的提醒，先后按序号；已撤回、已过期的不再列出",
    roles: TOLD,
    query: &[AFTER, LIMIT],
    handle: Handle::Json(handlers::list),
    ..READING
}];
