//! One request as a handler sees it: whose it is, what it names, and what it brings. Handlers are plain functions from a
//! call to an answer; they know nothing of connections.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::engine::{Answering, By, Done, Engine, PageRequest};
use crate::model::{Answer, Moment, Once, Viewer};
use crate::service::errors::ApiError;
use crate::service::limits::{PAGE_DEFAULT, PAGE_MAX};
use crate::service::state::State;

/// What a handler gives.
pub(super) type Handled = Result<Answer, ApiError>;

/// A file that is given in place of JSON.
pub(super) enum Given {
    /// Its bytes.
    Bytes(Vec<u8>),
    /// An open file, sent piece by piece.
    File(File),
}

/// What a handler of files gives.
pub(super) type Giving = Result<Given, ApiError>;

/// One request.
pub(super) struct Call<'a> {
    /// The engine.
    pub engine: &'a Engine,
    /// What all requests share, for work that outlives the request.
    pub state: &'a Arc<State>,
    /// The data directory.
    pub data: &'a PathBuf,
    /// The program that reads workbooks.
    pub reader: &'a Option<PathBuf>,
    /// For whom.
    pub viewer: Viewer,
    /// When.
    pub moment: Moment,
    /// The identifier in the path, or the empty string.
    pub id: String,
    /// Parameters, each declared and within its bounds.
    pub query: BTreeMap<String, String>,
    /// The body.
    pub body: &'a [u8],
    /// What tells the request from its repetitions.
    pub once: Option<Once>,
}

impl Call<'_> {
    /// Reads the body.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, ApiError> {
        // A list is read into an object key by key, but nobody is told in which order.
        if !self.body.trim_ascii_start().starts_with(b"{") {
            return Err(ApiError::bad("请求正文应是一个 JSON 对象"));
        }
        serde_json::from_slice(self.body).map_err(|error| misread(&error))
    }

    /// Returns a parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str)
    }

    /// Says whether a switch is on.
    pub(super) fn is_on(&self, name: &str) -> bool {
        self.parameter(name) == Some("true")
    }

    /// Returns which page is wanted.
    pub(super) fn page(&self) -> PageRequest {
        let limit = self.parameter("limit").and_then(|text| text.parse().ok()).unwrap_or(PAGE_DEFAULT);
        PageRequest { after: self.parameter("cursor").map(str::to_owned), limit: limit.clamp(1, PAGE_MAX) }
    }

    /// Lets the engine change something and answers; `answer` is kept for repetitions of the request.
    pub(super) fn change<T>(
        &self,
        answer: &Answering<'_, T>,
        change: impl FnOnce(&By<'_, T>) -> crate::Result<Done<T>>,
    ) -> Handled {
        let by = By { viewer: &self.viewer, once: self.once.as_ref().map(|once| (once, answer)), is_over: &|| false };
        match change(&by)? {
            Done::Now(outcome) => Ok(answer(&outcome)),
            Done::Before(answer) => Ok(answer),
        }
    }

    /// Returns the answer to the request that this one repeats, before work that is long.
    pub(super) fn before(&self) -> Result<Option<Answer>, ApiError> {
        let Some(once) = &self.once else { return Ok(None) };
        Ok(self.engine.answer_to(once, &self.moment)?)
    }

    /// Does something that has no place in the log, unless the request repeats one; `work` gives the answer, and the one
    /// that is kept for repetitions.
    pub(super) fn once_only(&self, work: impl FnOnce() -> Result<(Answer, Answer), ApiError>) -> Handled {
        let Some(once) = &self.once else { return work().map(|(answer, _)| answer) };
        if let Some(before) = self.before()? {
            return Ok(before);
        }
        let (answer, kept) = work()?;
        self.engine.keep_answer(once, &kept, &self.moment)?;
        Ok(answer)
    }
}

/// Tells what is wrong with a body: in Chinese, and without what its keys are read into.
fn misread(error: &serde_json::Error) -> ApiError {
    let (said, place) = (error.to_string(), format!("第 {} 行第 {} 列", error.line(), error.column()));
    // The library has no other way to tell of which key it complains.
    let named = [("unknown field `", "没有这一项"), ("missing field `", "请写明"), ("duplicate field `", "只写一次")];
    let named = named.into_iter().find_map(|(complaint, expected)| {
        let (name, _) = said.strip_prefix(complaint)?.split_once('`')?;
        Some(ApiError::field(name, expected))
    });
    match error.classify() {
        Category::Data => {
            named.unwrap_or_else(|| ApiError::bad(format!("请求正文{place}之前的值不是应有的类型或写法")))
        }
        Category::Eof => ApiError::bad("请求正文的 JSON 不完整"),
        Category::Syntax | Category::Io => ApiError::bad(format!("请求正文{place}不是 JSON")),
    }
}

/// Builds an answer.
pub(super) fn answer<T: Serialize>(status: u16, body: &T) -> Answer {
    Answer { status, body: serde_json::to_string(body).expect("strings, numbers and lists always serialise") }
}
