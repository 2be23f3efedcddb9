//! Pages for people: what runs here, and the reference, rendered from the table of routes. They load nothing from
//! elsewhere.

use crate::service::routes::{Body, Object, Parameter, Route, all};

const STYLE: &str = include_str!("style.css");

/// Renders the start page.
pub(super) fn start() -> String {
    page(
        "链桥",
        &format!(
            "<h1>链桥</h1><p>中小企业供需对接引擎，版本 {}，正在运行。</p>\
             <ul><li><a href=\"/api/docs\">接口说明</a></li>\
             <li><a href=\"/api/v1/openapi.json\">OpenAPI 3.1</a></li>\
             <li><a href=\"/readyz\">是否就绪</a>、<a href=\"/metrics\">指标</a></li></ul>\
             <p>接口都要钥匙：<code>Authorization: Bearer 钥匙</code>。钥匙由管理员发放。</p>",
            env!("CARGO_PKG_VERSION")
        ),
    )
}

/// Renders the reference.
pub(super) fn reference() -> String {
    let sections: String = all().map(section).collect();
    page("链桥接口说明", &format!("<h1>链桥接口说明</h1>{INTRODUCTION}{sections}"))
}

const INTRODUCTION: &str = "<p>请求和答复都是 JSON，与命令行 <code>--format json</code> 同形。每个请求都要 \
    <code>Authorization: Bearer 钥匙</code>。出错时答复 \
    <code>{\"error\":{\"code\",\"message\",\"details\"}}</code>，code 是稳定的英文代码。\
    写入可带 <code>Idempotency-Key</code>：24 小时内同样的请求只做一次。列表用 <code>cursor</code> 翻页。</p>";

fn section(route: &Route) -> String {
    let roles: Vec<&str> = route.roles.iter().map(|role| role.label()).collect();
    let verb = route.verb.name().to_uppercase();
    let object = match route.object {
        Object::Own => "；别的单位的和不存在的一样是 404",
        Object::None | Object::Public => "",
    };
    let body = match &route.body {
        Body::None => String::new(),
        Body::Json(example, _) => format!("<p>正文，例如：</p><pre>{}</pre>", escape(example)),
        Body::Text(example) => format!("<p>正文，例如：</p><pre>{}</pre>", escape(example)),
        Body::File => "<p>正文：文件本身</p>".to_owned(),
    };
    let answers = route.answers.iter().map(|(status, label)| format!("<tr><td>{status}</td><td>{label}</td></tr>"));
    let failures: Vec<String> = route.failures().iter().map(ToString::to_string).collect();
    format!(
        "<section id=\"{}\"><h2><code>{verb} {}</code></h2><p>{}</p><p>角色：{}{object}</p>{}{body}\
         <table>{}</table><p>出错：{}</p></section>",
        route.name,
        route.path,
        escape(route.label),
        roles.join("、"),
        parameters(route.query),
        answers.collect::<String>(),
        failures.join("、"),
    )
}

fn parameters(query: &[Parameter]) -> String {
    if query.is_empty() {
        return String::new();
    }
    let row = |p: &Parameter| format!("<tr><td><code>{}</code></td><td>{}</td></tr>", p.name, escape(p.label));
    format!("<table><tr><th>参数</th><th>含义</th></tr>{}</table>", query.iter().map(row).collect::<String>())
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head>\
         <body>{body}</body></html>"
    )
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
