//! The `OpenAPI` 3.1 document, made from the table of routes.

use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value as Json, json};

use crate::service::errors::Body as ErrorBody;
use crate::service::limits::{FILE_BYTES_MAX, PARAMETER_CHARS_MAX, TOKEN_BYTES_MAX};
use crate::service::routes::{Body, Handle, Object, Parameter, Route, Sort, all};

/// The schemas that answers and bodies name, each under one name.
struct Shapes {
    given: SchemaGenerator,
    asked: SchemaGenerator,
}

impl Shapes {
    fn new() -> Self {
        let settings = SchemaSettings::draft2020_12().with(|settings| {
            settings.definitions_path = "/components/schemas".into();
            settings.meta_schema = None;
        });
        // What is absent from an answer is not what may be left out of a question.
        Self { given: settings.clone().for_serialize().into(), asked: settings.for_deserialize().into() }
    }

    fn all(self) -> Map<String, Json> {
        let Self { mut given, mut asked } = self;
        let mut all = given.take_definitions(true);
        all.extend(asked.take_definitions(true));
        all
    }
}

/// Builds the document.
pub(super) fn document() -> Json {
    let mut shapes = Shapes::new();
    let mut paths: Map<String, Json> = Map::new();
    for route in all() {
        let path = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(route.verb.name().to_owned(), operation(route, &mut shapes));
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
            "schemas": shapes.all(),
        },
    })
}

fn operation(route: &Route, shapes: &mut Shapes) -> Json {
    let mut operation = json!({
        "operationId": route.name,
        "summary": route.label,
        "parameters": parameters(route),
        "responses": responses(route, shapes),
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
        Body::Json(example, shape) => {
            let example: Json = serde_json::from_str(example).unwrap_or_default();
            let schema = shape(&mut shapes.asked);
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

fn responses(route: &Route, shapes: &mut Shapes) -> Json {
    let mut responses = Map::new();
    let error = shapes.given.subschema_for::<ErrorBody<'_>>();
    for (status, label) in route.answers {
        let content = match route.handle {
            // What was wrong with what was asked is told in the answer's own shape, or as a failure.
            Handle::Json(_) if *status >= 400 => {
                let any = [(route.gives)(&mut shapes.given), error.clone()];
                json!({ "application/json": { "schema": { "anyOf": any } } })
            }
            Handle::Json(_) => json!({ "application/json": { "schema": (route.gives)(&mut shapes.given) } }),
            Handle::Events(_) => json!({ "text/event-stream": { "schema": { "type": "string" } } }),
            Handle::File(media, _) => json!({ media: { "schema": { "type": "string" } } }),
        };
        responses.insert(status.to_string(), json!({ "description": label, "content": content }));
    }
    for status in route.failures() {
        let content = json!({ "application/json": { "schema": error } });
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
        429 => "请求太频繁，请按 Retry-After 再试",
        503 => "正忙，请稍后再试",
        504 => "用时太久",
        507 => "服务器磁盘已满",
        _ => "服务器出错",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Collects what a document refers to.
    fn references(value: &Json, all: &mut BTreeSet<String>) {
        match value {
            Json::Object(object) => {
                all.extend(object.get("$ref").and_then(Json::as_str).map(str::to_owned));
                object.values().for_each(|one| references(one, all));
            }
            Json::Array(items) => items.iter().for_each(|one| references(one, all)),
            _ => {}
        }
    }

    #[test]
    fn every_answer_and_every_body_in_json_has_a_schema_of_its_own() {
        let document = document();
        let mut n_typed = 0;
        for operation in document["paths"]
            .as_object()
            .into_iter()
            .flatten()
            .flat_map(|(_, verbs)| verbs.as_object())
            .flat_map(Map::values)
        {
            let bodies =
                operation["responses"].as_object().into_iter().flat_map(Map::values).chain([&operation["requestBody"]]);
            for schema in
                bodies.map(|body| &body["content"]["application/json"]["schema"]).filter(|schema| !schema.is_null())
            {
                assert!(schema["$ref"].is_string() || schema["anyOf"].is_array(), "{schema} in {operation}");
                n_typed += 1;
            }
        }
        assert!(n_typed > 400, "{n_typed}");
        let mut all = BTreeSet::new();
        references(&document, &mut all);
        let schemas = &document["components"]["schemas"];
        let unknown =
            |name: &&String| name.strip_prefix("#/components/schemas/").is_none_or(|name| schemas[name].is_null());
        assert_eq!(all.iter().find(unknown), None);
        for (name, schema) in schemas.as_object().into_iter().flatten() {
            let is_told = schema["properties"].is_object() || schema["anyOf"].is_array() || schema["enum"].is_array();
            assert!(is_told, "{name}: {schema}");
        }
    }
}
