//! Routes about the supply chains.

use crate::service::handlers::chains as handlers;
use crate::service::routes::{Handle, Object, Parameter, READING, Route, Sort, shape_of};
use crate::wire::{ChainsBody, RatesBody};

const REGION: Parameter =
    Parameter {
        name: "region", sort: Sort::Text, label: "什么算本地，如 山东省；几个用逗号隔开，默认本省"
    };
const K: Parameter = Parameter { name: "k", sort: Sort::Count, label: "几家本地供应商才算覆盖，默认 1" };

/// The list, one chain, what it lacks, its picture, rates.
pub(super) const ROUTES: &[Route] = &[
    Route {
        path: "/api/v1/chains",
        name: "list_chains",
        label: "列出产业链",
        is_kept: true,
        gives: shape_of::<ChainsBody>,
        handle: Handle::Json(handlers::list_chains),
        ..READING
    },
    Route {
        path: "/api/v1/chains/{id}",
        name: "get_chain",
        label: "一条产业链的环节、产品、本地供应商和状态；id 是编码、名称或别名",
        object: Object::Public,
        query: &[REGION],
        is_kept: true,
        gives: shape_of::<ChainsBody>,
        handle: Handle::Json(handlers::get_chain),
        ..READING
    },
    Route {
        path: "/api/v1/chains/{id}/gaps",
        name: "get_chain_gaps",
        label: "缺链、弱链、断链风险和补链的候选；最后供货的日期只给看得到买方的人",
        object: Object::Public,
        query: &[REGION, K],
        is_kept: true,
        gives: shape_of::<ChainsBody>,
        handle: Handle::Json(handlers::get_gaps),
        ..READING
    },
    Route {
        path: "/api/v1/chains/{id}/critical",
        name: "get_chain_critical",
        label: "没有了哪个供应商或哪个市，哪些产品就做不成；金额和占比只给看得到买方的人",
        object: Object::Public,
        query: &[REGION],
        is_kept: true,
        gives: shape_of::<ChainsBody>,
        handle: Handle::Json(handlers::get_critical),
        ..READING
    },
    Route {
        path: "/api/v1/chains/{id}/picture",
        name: "get_chain_picture",
        label: "产业链的图（SVG）",
        object: Object::Public,
        query: &[REGION],
        handle: Handle::File("image/svg+xml", handlers::get_picture),
        ..READING
    },
    Route {
        path: "/api/v1/rates",
        name: "get_rates",
        label: "配套率、链主逐年逐环节的本地采购率、规划目标；按金额算的只给看得到其主体或全部成员的人，规划目标只给看得到全部主体的人，其余的名字列在 withheld",
        query: &[
            Parameter { name: "chain", sort: Sort::Text, label: "只看这条产业链，默认全部" },
            REGION,
            Parameter {
                name: "tier",
                sort: Sort::Choice(&["specialised", "little_giant"]),
                label: "只看这一梯度的企业配套率",
            },
            Parameter {
                name: "evidence",
                sort: Sort::Choice(&["E1", "E2", "E3"]),
                label: "配套关系至少要有哪级证据，默认 E1",
            },
            K,
            Parameter {
                name: "nesting",
                sort: Sort::Choice(&["inclusive", "exclusive"]),
                label: "专精特新是否含小巨人，默认两种都列",
            },
            Parameter {
                name: "depth",
                sort: Sort::Choice(&["any", "direct"]),
                label: "给链上任何企业供货都算，还是只算直接给链主供货，默认都算",
            },
            Parameter {
                name: "basis",
                sort: Sort::Choice(&["production", "registered"]),
                label: "本地按生产地还是按注册地，默认生产地",
            },
            Parameter {
                name: "min_share",
                sort: Sort::Text,
                label: "对重点产业链的销售额占营业收入多少才算配套，0 到 1，默认 0；不为 0 的只给看得到全部主体的人",
            },
        ],
        is_kept: true,
        gives: shape_of::<RatesBody>,
        handle: Handle::Json(handlers::get_rates),
        ..READING
    },
];
