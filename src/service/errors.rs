//! What a client is told when a request fails: a status, a stable English code, and what to do, in Chinese.

use schemars::JsonSchema;
use serde::Serialize;

use crate::error::Error;

/// Why a request failed.
#[derive(Debug)]
pub(super) enum ApiError {
    /// The engine refused.
    Engine(Error),
    /// One part of the request is not as it should be.
    Field(Detail),
    /// Webhooks may not be sent there; why, in Chinese.
    Target(String),
    /// There is no key, or one that opens nothing.
    Unauthorized,
    /// The key's role may not do this.
    Forbidden,
    /// There is nothing at this path.
    NoRoute,
    /// There is something at this path, but not for this method.
    Method,
    /// The body, or something in it, is too large.
    TooLarge,
    /// The body took too long to come, or broke off.
    SlowBody,
    /// More is going on than may.
    Busy,
    /// Whoever asks has asked too often.
    TooMany,
    /// The work takes too long.
    Timeout,
    /// Something went wrong that should not be able to.
    Internal,
}

/// The body of an answer that tells of a failure.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Error")]
pub(super) struct Body<'a> {
    error: Inner<'a>,
}

/// A failure as it is written: code, message, details.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Failure")]
pub(super) struct Inner<'a> {
    code: &'a str,
    message: String,
    details: Vec<Detail>,
}

/// What is wrong with one part of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Detail {
    /// The part: a parameter, a header, or a key of the body.
    pub field: String,
    /// What it should be, in Chinese.
    pub expected: String,
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        Self::Engine(error)
    }
}

impl ApiError {
    /// Builds the refusal of a request that is not as it should be.
    pub(super) fn bad(what: impl Into<String>) -> Self {
        Self::Engine(Error::Request(what.into()))
    }

    /// Builds the refusal of one part of a request.
    pub(super) fn field(field: &str, expected: impl Into<String>) -> Self {
        Self::Field(Detail { field: field.to_owned(), expected: expected.into() })
    }

    /// Returns the status of HTTP.
    pub(super) fn status(&self) -> u16 {
        match self {
            Self::Engine(error) => status_of(error),
            Self::Field(_) | Self::Target(_) => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NoRoute => 404,
            Self::Method => 405,
            Self::TooLarge => 413,
            Self::SlowBody => 408,
            Self::Busy => 503,
            Self::TooMany => 429,
            Self::Timeout => 504,
            Self::Internal => 500,
        }
    }

    /// Returns the stable English code.
    pub(super) fn code(&self) -> &'static str {
        match self {
            Self::Engine(error) => error.code(),
            Self::Field(_) => "bad_request",
            Self::Target(_) => "bad_target",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NoRoute => "no_route",
            Self::Method => "bad_method",
            Self::TooLarge => "too_large",
            Self::SlowBody => "slow_body",
            Self::Busy => "busy",
            Self::TooMany => "too_many_requests",
            Self::Timeout => "timeout",
            Self::Internal => "internal",
        }
    }

    fn message(&self) -> String {
        match self {
            // Where the files lie, and what the machine said, is for the operator's log.
            Self::Engine(error) if self.status() >= 500 => match error {
                Error::Io { .. } if self.status() == 507 => "服务器磁盘已满；查询照常，请联系管理员".to_owned(),
                _ => "服务器出错；请联系管理员".to_owned(),
            },
            Self::Engine(Error::NotFound(id)) => format!("查不到“{id}”"),
            Self::Engine(error) => error.to_string(),
            Self::Field(Detail { field, expected }) => format!("{field} 的值不可用：{expected}"),
            Self::Target(why) => format!("不能往这个地址发送：{why}"),
            Self::Unauthorized => "请在 Authorization: Bearer 之后写有效的访问钥匙".to_owned(),
            Self::Forbidden => "这把钥匙的角色不能做这件事".to_owned(),
            Self::NoRoute => "没有这个地址；见 /api/docs".to_owned(),
            Self::Method => "这个地址不支持这种请求方法；见 /api/docs".to_owned(),
            Self::TooLarge => "请求太大".to_owned(),
            Self::SlowBody => "请求正文没有按时到齐".to_owned(),
            Self::Busy => "正忙；请稍后再试".to_owned(),
            Self::TooMany => "请求太频繁；请一秒后再试".to_owned(),
            Self::Timeout => "用时太久；写入可能仍会完成，可用同一幂等键再问一次".to_owned(),
            Self::Internal => "服务器出错；请联系管理员".to_owned(),
        }
    }

    /// Returns the body of the answer.
    pub(super) fn body(&self) -> String {
        serde_json::to_string(&Body { error: self.inner() }).expect("strings always serialise")
    }

    /// Describes the failure: code, message, details.
    pub(super) fn inner(&self) -> Inner<'_> {
        Inner { code: self.code(), message: self.message(), details: self.details() }
    }

    /// Tells which field, and which bound or choice, a request misses.
    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Field(detail) => vec![detail.clone()],
            Self::Engine(Error::Ambiguous { candidates, .. }) => {
                let detail = |id: &String| Detail { field: "id".to_owned(), expected: id.clone() };
                candidates.iter().map(detail).collect()
            }
            Self::Engine(Error::Event { line, reason, .. }) => {
                vec![Detail { field: format!("line {line}"), expected: reason.clone() }]
            }
            Self::Engine(Error::Agenda { place, reason }) => {
                vec![Detail { field: place.clone(), expected: reason.clone() }]
            }
            _ => Vec::new(),
        }
    }
}

fn status_of(error: &Error) -> u16 {
    match error {
        Error::Request(_) | Error::Ambiguous { .. } | Error::Mapping { .. } => 400,
        Error::NotFound(_) => 404,
        Error::Cancelled => 409,
        Error::Exists(_) | Error::Limit(_) | Error::Repeated(_) => 409,
        Error::UnreadableFile { .. } | Error::Agenda { .. } | Error::Event { .. } => 422,
        Error::Locked { .. } => 503,
        Error::Io { .. } if error.code() == "disk_full" => 507,
        Error::Io { .. }
        | Error::Definition { .. }
        | Error::NewerFormat { .. }
        | Error::NoData { .. }
        | Error::Damaged(_)
        | Error::DamagedView(_)
        | Error::Log(_)
        | Error::Fulltext(_)
        | Error::Workbook(_) => 500,
    }
}
