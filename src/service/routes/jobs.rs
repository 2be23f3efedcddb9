//! Routes of work that goes on after its request was answered.

use crate::service::handlers::jobs as handlers;
use crate::service::jobs::JobBody;
use crate::service::routes::{Body, Handle, Object, READING, Route, Verb, WRITERS, shape_of};
use crate::wire::JobRequestBody;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Begin, ask, take, end.
pub(super) const ROUTES: &[Route] = &[
    Route {
        verb: Verb::Post,
        path: "/api/v1/jobs",
        name: "begin_job",
        label: "开始一个任务：为本单位（组织方为所辖、管理员为全部单位）的每条有效需求找对接；lane 和 top 可不写",
        roles: WRITERS,
        body: Body::Json(r#"{"what":"match_all","lane":"procurement","top":10}"#, shape_of::<JobRequestBody>),
        writes: true,
        answers: &[(202, "已开始；进度见 /api/v1/jobs/{id}")],
        gives: shape_of::<JobBody<'_>>,
        handle: Handle::Json(handlers::begin_job),
        ..READING
    },
    Route {
        path: "/api/v1/jobs/{id}",
        name: "get_job",
        label: "一个任务的进度：done、total、seconds_left；只给开始它的钥匙和管理员",
        roles: WRITERS,
        object: Object::Own,
        gives: shape_of::<JobBody<'_>>,
        handle: Handle::Json(handlers::get_job),
        ..READING
    },
    Route {
        verb: Verb::Delete,
        path: "/api/v1/jobs/{id}",
        name: "cancel_job",
        label: "取消一个任务，或忘掉已完成的；已写入的不受影响",
        roles: WRITERS,
        object: Object::Own,
        writes: true,
        answers: &[(200, "已取消")],
        gives: shape_of::<JobBody<'_>>,
        handle: Handle::Json(handlers::cancel_job),
        ..READING
    },
    Route {
        path: "/api/v1/jobs/{id}/result",
        name: "get_job_result",
        label: "任务的结果，一行一个 JSON；完成之前是 404，完成一小时后删去",
        roles: WRITERS,
        object: Object::Own,
        handle: Handle::File("application/x-ndjson", handlers::get_result),
        ..READING
    },
    Route {
        path: "/api/v1/imports/{id}/problems",
        name: "get_import_problems",
        label: "一次导入没有收下的行，改正后可再导入的 xlsx；导入一小时后删去",
        roles: WRITERS,
        object: Object::Own,
        handle: Handle::File(XLSX, handlers::get_problems),
        ..READING
    },
];
