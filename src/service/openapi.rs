//! The `OpenAPI` 3.1 document, made from the table of routes.

use serde_json::{Map, Value as Json, json};

use crate::service::limits::{FILE_BYTES_MAX, JSON_BYTES_MAX, PARAMETER_CHARS_MAX, TOKEN_BYTES_MAX};
use crate::service::routes::{Body, Handle, Object, Parameter, Route, Sort, all};

/// Builds the document.
pub(super) fn document() -> Json {
    let mut paths: Map<String, Json> = Map::new();
    for route in all() {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.verb.name().to_owned(), operation(route));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "链桥",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "中小企业供需对接引擎。请求和答复都是 JSON（UTF-8），与命令行 --format json 同形；\
                日期是 ISO 8601，金额以万元计，得分 0.00 到 100.00。",
        },
        "security": [{ "key": [] }],
        "paths": paths,
        "components": {
            "securitySchemes": { "key": { "type": "http", "scheme": "bearer" } },
            "schemas": { "Error": error_schema() },
        },
    })
}

fn operation(route: &Route) -> Json {
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.label,
        "parameters": parameters(route),
        "responses": responses(route),
        "x-roles": route.roles.iter().map(|role| role.name()).collect::<Vec<_>>(),
        "x-object": match route.object {
            Object::None => "none",
            Object::Public => "public",
            Object::Own => "own",
        },
        "x-writes": route.writes,
    });
    let content = match &route.body {
        Body::None => None,
        Body::Json(example) => {
            let example: Json = serde_json::from_str(example).unwrap_or_default();
            let schema = json!({ "type": "object", "maxLength": JSON_BYTES_MAX });
            Some(json!({ "application/json": { "schema": schema, "example": example } }))
        }
        Body::Text(example) => Some(json!({ "text/plain": { "schema": { "type": "string" }, "example": example } })),
        Body::File => {
            Some(json!({ "application/octet-stream": { "schema": { "type": "string", "maxLength": FILE_BYTES_MAX } } }))
        }
    };
    if let (Some(content), Some(operation)) = (content, operation.as_object_mut()) {
        operation.insert("requestBody".to_owned(), json!({ "required": true, "content": content }));
    }
    operation
}

fn parameters(route: &Route) -> Vec<Json> {
    let mut all = Vec::new();
    if route.object != Object::None {
        all.push(json!({
            "name": "id", "in": "path", "required": true, "description": "完整的标识",
            "schema": { "type": "string", "maxLength": PARAMETER_CHARS_MAX },
        }));
    }
    all.extend(route.query.iter().map(parameter));
    if matches!(route.handle, Handle::Events(_)) {
        all.push(json!({
            "name": "Last-Event-ID", "in": "header", "description": "断开之前最后一条的 id，从它之后接着发",
            "schema": { "type": "string", "maxLength": PARAMETER_CHARS_MAX },
        }));
    }
    if route.writes {
        all.push(json!({
            "name": "Idempotency-Key", "in": "header",
            "description": "同一个值 24 小时内只做一次，重复的请求得到同样的答复；内容不同则 409",
            "schema": { "type": "string", "minLength": 1, "maxLength": TOKEN_BYTES_MAX },
        }));
    }
    all
}

fn parameter(parameter: &Parameter) -> Json {
    let schema = match parameter.sort {
        Sort::Text => json!({ "type": "string", "maxLength": PARAMETER_CHARS_MAX }),
        Sort::Count => json!({ "type": "integer", "minimum": 1 }),
        Sort::Switch => json!({ "type": "boolean" }),
        Sort::Choice(names) => json!({ "type": "string", "enum": names }),
    };
    json!({ "name": parameter.name, "in": "query", "description": parameter.label, "schema": schema })
}

fn responses(route: &Route) -> Json {
    let mut responses = Map::new();
    for (status, label) in route.answers {
        let content = match route.handle {
            Handle::Json(_) => json!({ "application/json": { "schema": { "type": "object" } } }),
            Handle::Events(_) => json!({ "text/event-stream": { "schema": { "type": "string" } } }),
            Handle::File(media, _) => json!({ media: { "schema": { "type": "string" } } }),
        };
        responses.insert(status.to_string(), json!({ "description": label, "content": content }));
    }
    for status in route.failures() {
        let content = json!({ "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } });
        let response = json!({ "description": failure(status), "content": content });
        responses.entry(status.to_string()).or_insert(response);
    }
    Json::Object(responses)
}

/// Says in Chinese what a status of a failure means.
fn failure(status: u16) -> &'static str {
    match status {
        400 => "请求不合要求",
        401 => "没有有效的钥匙",
        403 => "钥匙的角色不能做这件事",
        404 => "没有，或不是这把钥匙可以看的",
        408 => "请求正文没有按时到齐",
        409 => "已有内容不同的同一条，或幂等键已用于另一个请求",
        413 => "请求太大",
        422 => "内容有误，details 说明在哪里",
        503 => "正忙，请稍后再试",
        504 => "用时太久",
        507 => "服务器磁盘已满",
        _ => "服务器出错",
    }
}

fn error_schema() -> Json {
    json!({
        "type": "object",
        "required": ["error"],
        "properties": { "error": {
            "type": "object",
            "required": ["code", "message", "details"],
            "properties": {
                "code": { "type": "string", "description": "稳定的英文代码" },
                "message": { "type": "string", "description": "中文说明" },
                "details": { "type": "array" },
            },
        } },
    })
}
