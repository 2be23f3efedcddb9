//! The table of routes: the one source of what is served to whom. The router, the `OpenAPI` document, the rendered
//! reference and the tests of access are all made from it.

mod agendas;
mod alerts;
mod chains;
mod hooks;
mod intents;
mod jobs;

use schemars::{JsonSchema, Schema, SchemaGenerator};

use crate::model::KeyRole;
use crate::service::call::{Call, Giving, Handled};
use crate::service::errors::ApiError;
use crate::service::gates::Gate;
use crate::service::handlers;
use crate::service::handlers::imports::ImportedOrBegun;
use crate::service::state::State;
use crate::wire::{
    BackupBody, DossierBody, KeyBody, KeyListBody, MatchListBody, MatchRequestBody, NewKeyBody, NewPostingBody,
    PartyBody, PartyPageBody, PostingChangeBody, PostingOutcomeBody, PostingPageBody, RecordBody, RevokedBody,
    SearchPageBody, SearchRequestBody, TraceListBody,
};

/// A method of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    /// Reads.
    Get,
    /// Asks for something, or creates it.
    Post,
    /// Changes something as a whole.
    Put,
    /// Ends something.
    Delete,
}

/// Whose object a path names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Object {
    /// None.
    None,
    /// One that everybody may see; what is hidden of it depends on the viewer.
    Public,
    /// One that only those who act for its party may name; to others it is as if it did not exist.
    Own,
}

/// What a parameter may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    /// A text.
    Text,
    /// A number from 1.
    Count,
    /// `true` or `false`.
    Switch,
    /// One of some words.
    Choice(&'static [&'static str]),
}

/// A parameter behind the question mark.
#[derive(Debug)]
pub(super) struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it may be.
    pub sort: Sort,
    /// What it is for, in Chinese.
    pub label: &'static str,
}

/// What the body of a request is.
#[derive(Debug)]
pub(super) enum Body {
    /// There is none.
    None,
    /// JSON; an example of it, and its schema.
    Json(&'static str, Shape),
    /// A text; an example of it.
    Text(&'static str),
    /// A table, byte for byte.
    File,
}

/// Writes the schema of what is answered or asked for: that of the type it is written from, or read into.
pub(super) type Shape = fn(&mut SchemaGenerator) -> Schema;

/// See [`Shape`].
fn shape_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    generator.subschema_for::<T>()
}

/// What answers.
#[derive(Clone, Copy)]
pub(super) enum Handle {
    /// A function that gives JSON.
    Json(fn(&Call<'_>) -> Handled),
    /// A function that gives a file, and the file's type of media.
    File(&'static str, fn(&Call<'_>) -> Giving),
    /// A function that says after which alert a stream of them begins.
    Events(fn(&Call<'_>) -> Result<u64, ApiError>),
}

/// One route.
pub(super) struct Route {
    /// The method.
    pub verb: Verb,
    /// The path; `{id}` is the identifier of an object.
    pub path: &'static str,
    /// The name in the document and in metrics.
    pub name: &'static str,
    /// What it does, in Chinese.
    pub label: &'static str,
    /// Who may.
    pub roles: &'static [KeyRole],
    /// Whose object the path names.
    pub object: Object,
    /// The parameters.
    pub query: &'static [Parameter],
    /// The body.
    pub body: Body,
    /// Whether it changes anything.
    pub writes: bool,
    /// A gate of its own, for long work.
    pub gate: Option<fn(&State) -> &Gate>,
    /// Whether the answer depends on nothing but the request, whose records the viewer sees whole, the day and the data,
    /// and takes long enough to be kept; no trace is left of such a look.
    pub is_kept: bool,
    /// What it answers when it succeeds, in whole or in part.
    pub answers: &'static [(u16, &'static str)],
    /// The schema of an answer in JSON.
    pub gives: Shape,
    /// What it does.
    pub handle: Handle,
}

const ALL: &[KeyRole] = &[KeyRole::Admin, KeyRole::Organizer, KeyRole::Party, KeyRole::Reader];
const WRITERS: &[KeyRole] = &[KeyRole::Admin, KeyRole::Organizer, KeyRole::Party];
const ADMINS: &[KeyRole] = &[KeyRole::Admin];

const CURSOR: Parameter = Parameter { name: "cursor", sort: Sort::Text, label: "上一页给出的 next" };
const LIMIT: Parameter = Parameter { name: "limit", sort: Sort::Count, label: "每页条数，1 到 200，默认 50" };
const KIND: Parameter =
    Parameter { name: "kind", sort: Sort::Text, label: "类别，如 procurement 或 采购需求" };

/// A route that only reads.
const READING: Route = Route {
    verb: Verb::Get,
    path: "",
    name: "",
    label: "",
    roles: ALL,
    object: Object::None,
    query: &[],
    body: Body::None,
    writes: false,
    gate: None,
    is_kept: false,
    answers: &[(200, "结果")],
    gives: shape_of::<PartyPageBody>,
    handle: Handle::Json(handlers::list_parties),
};

/// Lists every route that needs a key.
pub(super) fn all() -> impl Iterator<Item = &'static Route> {
    [ROUTES, intents::ROUTES, alerts::ROUTES, hooks::ROUTES, chains::ROUTES, jobs::ROUTES, agendas::ROUTES]
        .into_iter()
        .flatten()
}

/// Parties, postings, searches and matches, imports, keys and upkeep.
const ROUTES: &[Route] = &[
    Route {
        path: "/api/v1/parties",
        name: "list_parties",
        label: "列出主体",
        query: &[CURSOR, LIMIT],
        gives: shape_of::<PartyPageBody>,
        handle: Handle::Json(handlers::list_parties),
        ..READING
    },
    Route {
        path: "/api/v1/parties/{id}",
        name: "get_party",
        label: "一个主体；不公开的列只给本单位、所辖的组织方和管理员",
        object: Object::Public,
        gives: shape_of::<PartyBody>,
        handle: Handle::Json(handlers::get_party),
        ..READING
    },
    Route {
        path: "/api/v1/dossiers/{id}",
        name: "get_dossier",
        label: "一户一档：一个主体的登记、情况、供需信息、匹配、意向和成果；给本单位、所辖的组织方和管理员",
        roles: WRITERS,
        object: Object::Own,
        gives: shape_of::<DossierBody>,
        handle: Handle::Json(handlers::get_dossier),
        ..READING
    },
    Route {
        path: "/api/v1/postings",
        name: "list_postings",
        label: "列出一类供需信息",
        query: &[KIND, Parameter { name: "party", sort: Sort::Text, label: "只列这个主体的，如 P2" }, CURSOR, LIMIT],
        gives: shape_of::<PostingPageBody>,
        handle: Handle::Json(handlers::list_postings),
        ..READING
    },
    Route {
        verb: Verb::Post,
        path: "/api/v1/postings",
        name: "create_posting",
        label: "新建一条供需信息；单位的钥匙不必写 party",
        roles: WRITERS,
        body: Body::Json(
            r#"{"kind":"catalog","party":"P2","fields":{"title":"深沟球轴承","capacity":"300万件/年"}}"#,
            shape_of::<NewPostingBody>,
        ),
        writes: true,
        answers: &[(201, "已新建"), (200, "与已有的相同"), (422, "没有收下，problems 说明原因")],
        gives: shape_of::<PostingOutcomeBody>,
        handle: Handle::Json(handlers::create_posting),
        ..READING
    },
    Route {
        path: "/api/v1/postings/{id}",
        name: "get_posting",
        label: "一条供需信息；不公开的列只给本单位、所辖的组织方和管理员",
        object: Object::Public,
        gives: shape_of::<RecordBody>,
        handle: Handle::Json(handlers::get_posting),
        ..READING
    },
    Route {
        verb: Verb::Put,
        path: "/api/v1/postings/{id}",
        name: "change_posting",
        label: "修改一条供需信息：写出的列成为它的全部内容；联系方式一项也不写则不动",
        roles: WRITERS,
        object: Object::Own,
        body: Body::Json(r#"{"fields":{"title":"深沟球轴承","capacity":"400万件/年"}}"#, shape_of::<PostingChangeBody>),
        writes: true,
        answers: &[(200, "已修改，或与原来相同"), (422, "没有收下，problems 说明原因")],
        gives: shape_of::<PostingOutcomeBody>,
        handle: Handle::Json(handlers::change_posting),
        ..READING
    },
    Route {
        verb: Verb::Delete,
        path: "/api/v1/postings/{id}",
        name: "withdraw_posting",
        label: "撤回一条供需信息",
        roles: WRITERS,
        object: Object::Own,
        query: &[Parameter { name: "reason", sort: Sort::Text, label: "原因" }],
        writes: true,
        answers: &[(200, "已撤回")],
        gives: shape_of::<PostingOutcomeBody>,
        handle: Handle::Json(handlers::withdraw_posting),
        ..READING
    },
    Route {
        verb: Verb::Post,
        path: "/api/v1/searches",
        name: "search",
        label: "按文字查找；只查公开的列；可按 kind、region、chain、tier 筛选，facets 是它们的计数，用 next 翻页",
        body: Body::Json(
            r#"{"text":"轴承","kind":"catalog","region":"山东省","top":20}"#,
            shape_of::<SearchRequestBody>,
        ),
        is_kept: true,
        gives: shape_of::<SearchPageBody>,
        handle: Handle::Json(handlers::search),
        ..READING
    },
    Route {
        verb: Verb::Post,
        path: "/api/v1/matches",
        name: "find_matches",
        label: "为本单位的一条需求（demand）或供应（supply），或一段文字（text 和 kind）找对接",
        body: Body::Json(r#"{"text":"深沟球轴承","kind":"procurement","top":10}"#, shape_of::<MatchRequestBody>),
        is_kept: true,
        gives: shape_of::<MatchListBody>,
        handle: Handle::Json(handlers::find_matches),
        ..READING
    },
    Route {
        verb: Verb::Post,
        path: "/api/v1/imports",
        name: "import",
        label: "导入一个 .xlsx、.csv、.tsv 或 .jsonl 表格，正文就是文件本身",
        roles: WRITERS,
        query: &[
            Parameter { name: "filename", sort: Sort::Text, label: "文件名，如 供应目录.xlsx" },
            KIND,
            Parameter { name: "dry_run", sort: Sort::Switch, label: "只检查，不写入" },
            Parameter { name: "strict", sort: Sort::Switch, label: "有一行出错，整个文件都不导入" },
            Parameter {
                name: "replace", sort: Sort::Switch, label: "文件是该单位这一类的全部，没有的一律撤回"
            },
            Parameter {
                name: "problems",
                sort: Sort::Choice(&["xlsx"]),
                label: "把没有收下的行做成可改正再导入的 xlsx，答复的 problems_file 说明在哪里取",
            },
        ],
        body: Body::File,
        writes: true,
        answers: &[
            (200, "全部收下"),
            (202, "文件较大，已作为任务开始；答复的 id 可在 /api/v1/jobs/{id} 查问"),
            (207, "收下一部分，problems 说明其余"),
            (422, "一行也没有收下"),
        ],
        gives: shape_of::<ImportedOrBegun>,
        handle: Handle::Json(handlers::imports::import),
        ..READING
    },
    Route {
        path: "/api/v1/keys",
        name: "list_keys",
        label: "列出钥匙",
        roles: ADMINS,
        gives: shape_of::<KeyListBody>,
        handle: Handle::Json(handlers::list_keys),
        ..READING
    },
    Route {
        verb: Verb::Post,
        path: "/api/v1/keys",
        name: "add_key",
        label: "发一把钥匙；只在这一次的答复里给出",
        roles: ADMINS,
        body: Body::Json(r#"{"role":"party","party":"P2","expires":"2099-12-31"}"#, shape_of::<NewKeyBody>),
        writes: true,
        answers: &[(201, "已发放")],
        gives: shape_of::<KeyBody>,
        handle: Handle::Json(handlers::add_key),
        ..READING
    },
    Route {
        verb: Verb::Delete,
        path: "/api/v1/keys/{id}",
        name: "revoke_key",
        label: "吊销一把钥匙",
        roles: ADMINS,
        object: Object::Own,
        writes: true,
        answers: &[(200, "已吊销")],
        gives: shape_of::<RevokedBody>,
        handle: Handle::Json(handlers::revoke_key),
        ..READING
    },
    Route {
        path: "/api/v1/traces",
        name: "list_traces",
        label: "最近谁看了什么、改了什么",
        roles: ADMINS,
        query: &[LIMIT],
        gives: shape_of::<TraceListBody>,
        handle: Handle::Json(handlers::list_traces),
        ..READING
    },
    Route {
        verb: Verb::Post,
        path: "/api/v1/backups",
        name: "back_up",
        label: "备份到数据目录的 backups 里",
        gate: Some(|state| &state.backups),
        roles: ADMINS,
        writes: true,
        answers: &[(201, "已备份")],
        gives: shape_of::<BackupBody>,
        handle: Handle::Json(handlers::back_up),
        ..READING
    },
];

impl Verb {
    /// Returns the name in lower case.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::Put => "put",
            Self::Delete => "delete",
        }
    }
}

impl Route {
    /// Returns every status of a failure that the route may answer with.
    pub(super) fn failures(&self) -> Vec<u16> {
        let conditional = [
            (404, self.object != Object::None || !matches!(self.body, Body::None) || !self.query.is_empty()),
            (408, !matches!(self.body, Body::None)),
            (409, self.writes),
            (413, !matches!(self.body, Body::None)),
            (422, matches!(self.body, Body::Text(_))),
            (507, true),
        ];
        let always = [400, 401, 403, 429, 500, 503, 504];
        let mut statuses: Vec<u16> = conditional.into_iter().filter(|(_, is)| *is).map(|(status, _)| status).collect();
        statuses.extend(always);
        statuses.sort_unstable();
        statuses
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_and_places_are_unique() {
        let names: BTreeSet<&str> = all().map(|route| route.name).collect();
        let places: BTreeSet<(&str, &str)> = all().map(|route| (route.verb.name(), route.path)).collect();
        assert_eq!((names.len(), places.len()), (all().count(), all().count()));
    }

    #[test]
    fn what_only_owners_may_name_has_an_identifier_in_its_path() {
        for route in all() {
            assert_eq!(route.object != Object::None, route.path.contains("{id}"), "{}", route.name);
            assert!(!route.writes || route.verb != Verb::Get, "{}", route.name);
        }
    }
}
