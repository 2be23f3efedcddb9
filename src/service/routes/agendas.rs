//! Routes of agendas.

use crate::model::KeyRole;
use crate::service::handlers::agendas as handlers;
use crate::service::routes::{Body, CURSOR, Handle, LIMIT, Object, Parameter, READING, Route, Sort, Verb, shape_of};
use crate::wire::{AgendaListBody, AgendaRepairBody, KeptAgendaBody, RemovedBody, RepairBody};

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const HOSTS: &[KeyRole] = &[KeyRole::Admin, KeyRole::Organizer];
const GUESTS: &[KeyRole] = &[KeyRole::Admin, KeyRole::Organizer, KeyRole::Party];
const SECONDS: Parameter =
    Parameter { name: "seconds", sort: Sort::Count, label: "大约算多少秒，1 到 60，默认 10" };

/// One agenda, for those who made it.
const HOSTED: Route = Route { roles: HOSTS, object: Object::Own, ..READING };

/// Plan, show, print, mend.
pub(super) const ROUTES: &[Route] = &[
    Route {
        verb: Verb::Post,
        path: "/api/v1/agendas",
        name: "create_agenda",
        label: "按场次文件（TOML）排一份议程；限于一个地区的组织方只能排需求方都在该地区的",
        roles: HOSTS,
        query: &[SECONDS],
        body: Body::Text(EXAMPLE),
        writes: true,
        gate: Some(|state| &state.planners),
        answers: &[(201, "已排好，存为 id")],
        gives: shape_of::<KeptAgendaBody>,
        handle: Handle::Json(handlers::create),
        ..READING
    },
    Route {
        path: "/api/v1/agendas",
        name: "list_agendas",
        label: "存下的议程；地区的组织方只见本地区的",
        roles: HOSTS,
        query: &[CURSOR, LIMIT],
        gives: shape_of::<AgendaListBody>,
        handle: Handle::Json(handlers::list),
        ..READING
    },
    Route {
        verb: Verb::Delete,
        path: "/api/v1/agendas/{id}",
        name: "remove_agenda",
        label: "删去一份议程；编号不再用",
        writes: true,
        gate: Some(|state| &state.menders),
        answers: &[(200, "已删去")],
        gives: shape_of::<RemovedBody>,
        handle: Handle::Json(handlers::remove),
        ..HOSTED
    },
    Route {
        path: "/api/v1/agendas/{id}",
        name: "get_agenda",
        label: "一份议程，与 agenda.json 同形",
        gives: shape_of::<KeptAgendaBody>,
        handle: Handle::Json(handlers::get),
        ..HOSTED
    },
    Route {
        path: "/api/v1/agendas/{id}/workbook",
        name: "get_agenda_workbook",
        label: "一份议程的 xlsx",
        handle: Handle::File(XLSX, handlers::workbook),
        ..HOSTED
    },
    Route {
        path: "/api/v1/agendas/{id}/page",
        name: "get_agenda_page",
        label: "一份议程的打印页（HTML）",
        handle: Handle::File("text/html; charset=utf-8", handlers::page),
        ..HOSTED
    },
    Route {
        path: "/api/v1/agendas/{id}/calendar",
        name: "get_agenda_calendar",
        label: "一个单位的日历（ics）；单位的钥匙只有自己的",
        roles: GUESTS,
        query: &[Parameter {
            name: "party", sort: Sort::Text, label: "哪个单位，如 P2；单位的钥匙不必写"
        }],
        handle: Handle::File("text/calendar; charset=utf-8", handlers::calendar_of),
        ..HOSTED
    },
    Route {
        verb: Verb::Post,
        path: "/api/v1/agendas/{id}/repair",
        name: "repair_agenda",
        label: "有单位不来、晚到或撤桌之后，以最少的变动修补议程",
        query: &[SECONDS],
        body: Body::Json(r#"{"without":["P2"],"late":["P3=10:30"],"drop_tables":[4]}"#, shape_of::<AgendaRepairBody>),
        writes: true,
        gate: Some(|state| &state.menders),
        answers: &[(200, "已修补，moves 是变动的洽谈")],
        gives: shape_of::<RepairBody>,
        handle: Handle::Json(handlers::repair),
        ..HOSTED
    },
];

/// An event as small as it can be.
const EXAMPLE: &str = r#"version = "1"
name = "轴承专场"
place = "济南"
lanes = ["procurement"]

[[day]]
date = 2026-06-18
from = "09:00"
to = "12:00"

[meetings]
minutes = 30
tables = 4

[[group]]
side = "buyer"
parties = ["P1"]

[[group]]
side = "sme"
parties = ["P2"]
"#;
