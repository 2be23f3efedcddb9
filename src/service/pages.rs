//! Pages for people: what runs here, and the reference, rendered from the table of routes. They load nothing from
//! elsewhere.

use crate::service::routes::{Body, Object, Parameter, Route, all};

const STYLE: &str = include_str!("style.css");

/// Renders the start page.
pub(super) fn start() -> String {
    let version = env!("CARGO_PKG_VERSION");
    page(
        "链桥",
        &format!(
            "<h1>链桥</h1><p>中小企业供需对接引擎，版本 {version}，正在运行。</p>\
             <table><tr><td><a href=\"/api/docs\">接口说明</a></td><td>每个地址给谁用、要什么、答什么</td></tr>\
             <tr><td><a href=\"/api/v1/openapi.json\">OpenAPI 3.1</a></td><td>同样的内容，供程序读取</td></tr>\
             <tr><td><a href=\"/readyz\">是否就绪</a></td><td>启动之后装好词和索引了没有；<a href=\"/livez\">livez</a> 只答是否在运行</td></tr>\
             <tr><td><a href=\"/metrics\">指标</a></td><td>Prometheus 格式，里面没有数据</td></tr></table>\
             <p>接口都要钥匙，由管理员发放：</p>\
             <pre>curl -H 'Authorization: Bearer lqk_…' 'http://127.0.0.1:8080/api/v1/postings?kind=catalog'</pre>"
        ),
    )
}

/// Renders the reference.
pub(super) fn reference() -> String {
    let routes: Vec<&Route> = all().collect();
    let rows: String = routes.iter().map(|route| row(route)).collect();
    // Routes about the same sort of object stand together.
    let groups = routes.chunk_by(|left, right| noun(left) == noun(right)).map(|group| {
        let heading = group.first().map_or("", |route| noun(route));
        format!("<section><h2>{heading}</h2>{}</section>", group.iter().map(|route| entry(route)).collect::<String>())
    });
    page(
        "链桥接口说明",
        &format!(
            "<h1>链桥接口说明</h1>{INTRODUCTION}<nav><table><tr><th>方法</th><th>地址</th><th>作用</th></tr>{rows}</table></nav>{}",
            groups.collect::<String>()
        ),
    )
}

const INTRODUCTION: &str = "<p>请求和答复都是 JSON，与命令行 <code>--format json</code> 同形；每个正文和答复的模式见 \
    <a href=\"/api/v1/openapi.json\">OpenAPI 3.1</a>。每个请求都要 <code>Authorization: Bearer 钥匙</code>。出错时答复 \
    <code>{\"error\":{\"code\",\"message\",\"details\"}}</code>，code 是稳定的英文代码。\
    写入可带 <code>Idempotency-Key</code>：24 小时内同样的请求只做一次。列表用 <code>cursor</code> 翻页。</p>";

/// Returns the sort of object that a route is about.
fn noun(route: &Route) -> &'static str {
    route.path.trim_start_matches("/api/v1/").split('/').next().unwrap_or_default()
}

fn verb(route: &Route) -> String {
    let verb = route.verb.name().to_uppercase();
    format!("<span class=\"verb {verb}\">{verb}</span>")
}

/// Renders a route's line in the list of all.
fn row(route: &Route) -> String {
    // What it does; the rest is in its entry.
    let label = route.label.split(['；', '：', '，']).next().unwrap_or_default();
    let (verb, name, path) = (verb(route), route.name, route.path);
    format!("<tr><td>{verb}</td><td><a href=\"#{name}\">{path}</a></td><td>{}</td></tr>", escape(label))
}

/// Renders all that is told of a route.
fn entry(route: &Route) -> String {
    let roles: Vec<&str> = route.roles.iter().map(|role| role.label()).collect();
    let object = match route.object {
        Object::Own => "；别的单位的和不存在的一样是 404",
        Object::None | Object::Public => "",
    };
    let body = match &route.body {
        Body::None => String::new(),
        Body::Json(example, _) | Body::Text(example) => {
            format!("<p class=\"aside\">正文，例如：</p><pre>{}</pre>", escape(example))
        }
        Body::File => "<p>正文：文件本身</p>".to_owned(),
    };
    let answers = route.answers.iter().map(|(status, label)| format!("<tr><td>{status}</td><td>{label}</td></tr>"));
    let failures: Vec<String> = route.failures().iter().map(ToString::to_string).collect();
    format!(
        "<h3 id=\"{}\">{} <code>{}</code></h3><p>{}</p><p class=\"aside\">角色：{}{object}</p>{}{body}\
         <table><tr><th>答复</th><th>含义</th></tr>{}<tr><td>出错</td><td>{}</td></tr></table>",
        route.name,
        verb(route),
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
