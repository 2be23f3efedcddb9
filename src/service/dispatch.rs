//! The way of one request: who asks, what for, what it brings; then the engine's work off the threads that talk to
//! clients, and the answer.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::http::StatusCode;
use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_LENGTH, HeaderMap, RETRY_AFTER, WWW_AUTHENTICATE};
use actix_web::web::{self, Bytes, Data, Payload};
use actix_web::{FromRequest, HttpRequest, HttpResponse};
use tokio::time::timeout;

use crate::digest::sha256;
use crate::model::{Answer, Moment, Once, Viewer};
use crate::secret::Secret;
use crate::service::call::{Call, Given, Handled};
use crate::service::errors::ApiError;
use crate::service::events::Events;
use crate::service::file_body::FileBody;
use crate::service::limits::{
    BODY_TIME_MAX, FILE_BYTES_MAX, JSON_BYTES_MAX, PAGE_MAX, PARAMETER_CHARS_MAX, QUERY_BYTES_MAX, RETRY_AFTER_SECONDS,
    TOKEN_BYTES_MAX, UPLOAD_TIME_MAX, WORK_TIME_MAX,
};
use crate::service::log::log;
use crate::service::routes::{Body, Handle, Object, Route, Sort};
use crate::service::state::State;
use crate::service::uploads::Upload;

/// The header that tells a request from its repetitions.
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";
/// The header that says which event of a stream came last.
const LAST_EVENT_ID: &str = "Last-Event-ID";

/// Answers one request.
pub(super) async fn serve(
    route: &'static Route,
    state: Data<State>,
    request: HttpRequest,
    payload: Payload,
) -> HttpResponse {
    let started = Instant::now();
    let handled = carry_out(route, &state, &request, payload).await;
    let response = reply(route.name, handled);
    state.jobs.sweep();
    state.metrics.count(route.name, response.status().as_u16(), started.elapsed());
    response
}

/// What the engine's work gives.
enum Worked {
    Json(Answer),
    File(&'static str, Given),
    /// A stream of what comes after an alert.
    After(u64),
}

/// What a route gives.
enum Reply {
    Json(Answer),
    File(&'static str, Given),
    Events(Events),
}

/// Wraps an answer, a file or a failure.
fn reply(route: &str, replied: Result<Reply, ApiError>) -> HttpResponse {
    match replied {
        Ok(Reply::File(media, given)) => {
            let mut response = HttpResponse::Ok();
            response.content_type(media).insert_header((CACHE_CONTROL, "no-store"));
            match given {
                Given::Bytes(bytes) => response.body(bytes),
                Given::File(file) => response.body(FileBody::new(file)),
            }
        }
        Ok(Reply::Events(events)) => {
            let mut response = HttpResponse::Ok();
            // A proxy that gathers what it passes on would hold up what is told.
            response.insert_header((CACHE_CONTROL, "no-store")).insert_header(("X-Accel-Buffering", "no"));
            response.content_type("text/event-stream").body(events)
        }
        Ok(Reply::Json(answer)) => respond(route, Ok(answer)),
        Err(error) => respond(route, Err(error)),
    }
}

/// Wraps an answer or a failure.
pub(super) fn respond(route: &str, handled: Handled) -> HttpResponse {
    let (answer, failure) = match handled {
        Ok(answer) => (answer, None),
        Err(error) => (Answer { status: error.status(), body: error.body() }, Some(error)),
    };
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = HttpResponse::build(status);
    response.content_type("application/json").insert_header((CACHE_CONTROL, "no-store"));
    match failure {
        None => {}
        Some(ApiError::Unauthorized) => {
            response.insert_header((WWW_AUTHENTICATE, "Bearer")).force_close();
        }
        Some(ApiError::Busy | ApiError::TooMany) => {
            response.insert_header((RETRY_AFTER, RETRY_AFTER_SECONDS)).force_close();
        }
        Some(error) => {
            if let (ApiError::Engine(cause), 500..) = (&error, error.status()) {
                log(&format!("{route} failed with {}: {cause}", error.code()));
            }
            // What is left of a body that was refused is not waited for.
            response.force_close();
        }
    }
    response.body(answer.body)
}

async fn carry_out(
    route: &'static Route,
    state: &Data<State>,
    request: &HttpRequest,
    payload: Payload,
) -> Result<Reply, ApiError> {
    let moment = (state.clock)();
    let secret = secret(request.headers());
    let viewer = secret.as_ref().and_then(|secret| state.engine.viewer(secret, &moment));
    let (Some(secret), Some(viewer)) = (secret, viewer) else {
        request.peer_addr().map_or(Ok(()), |address| state.quota.admit_stranger(address.ip()))?;
        return Err(ApiError::Unauthorized);
    };
    if let Some(key) = viewer.key {
        state.quota.admit(key, &state.space, state.redis.as_ref()).await?;
    }
    if !route.roles.contains(&viewer.role) {
        return Err(ApiError::Forbidden);
    }
    let id = if route.object == Object::None { String::new() } else { identifier(request).await? };
    let mut query = parameters(route, request.query_string())?;
    if let (Handle::Events(_), Some(last)) = (&route.handle, request.headers().get(LAST_EVENT_ID)) {
        // Whoever comes back says where it was.
        let last = last.to_str().ok().filter(|text| text.parse::<u64>().is_ok());
        let last = last.ok_or_else(|| ApiError::field(LAST_EVENT_ID, "断开之前最后一条的 id"))?;
        query.insert("after".to_owned(), last.to_owned());
    }
    let token = token(request.headers())?;
    check_length(route, request.headers())?;
    let upload = match route.body {
        Body::File => Some(state.uploads.enter(viewer.key).await?),
        Body::None | Body::Json(..) | Body::Text(_) => None,
    };
    let body = body_of(route, payload).await?;
    let once = token.filter(|_| route.writes).zip(viewer.key).map(|(token, key)| Once {
        key,
        token,
        route: format!("{} {}", request.method(), request.path()),
        body: sha256(&[request.query_string().as_bytes(), b"\n", &body].concat()),
    });
    let key = viewer.key;
    let asked = Asked { viewer, moment, id, query, body, once, upload };
    if !route.is_kept {
        return match (work(route, state, asked).await?, key) {
            (Worked::Json(answer), _) => Ok(Reply::Json(answer)),
            (Worked::File(media, given), _) => Ok(Reply::File(media, given)),
            (Worked::After(after), Some(key)) => {
                Events::open(&Data::clone(state).into_inner(), key, secret, after).map(Reply::Events)
            }
            (Worked::After(_), None) => Err(ApiError::Unauthorized),
        };
    }
    let at = state.engine.state();
    let key = asked.key(route, &at);
    let work = async {
        match work(route, state, asked).await? {
            Worked::Json(answer) => Ok(answer),
            // No route keeps files or streams.
            Worked::File(..) | Worked::After(_) => Err(ApiError::Internal),
        }
    };
    let kept = state.results.answer(&key, state.redis.as_ref(), work, || state.engine.state() == at).await;
    kept.map(Reply::Json)
}

/// What is known of a request before the engine is asked.
struct Asked {
    viewer: Viewer,
    moment: Moment,
    id: String,
    query: BTreeMap<String, String>,
    body: Bytes,
    once: Option<Once>,
    upload: Option<Upload>,
}

impl Asked {
    /// Returns what tells the answer from all others, at a state of the data, where the route's answers are kept.
    fn key(&self, route: &Route, at: &str) -> String {
        let Viewer { role, reach, .. } = &self.viewer;
        let asked = format!("{}\n{at}\n{}\n{role:?} {reach:?}\n{:?}", route.name, self.moment.as_of, self.query);
        sha256(&[asked.as_bytes(), b"\n", self.id.as_bytes(), b"\n", &self.body].concat())
    }
}

/// Lets the engine work when its turn has come, off the threads that talk to clients.
async fn work(route: &'static Route, state: &Data<State>, asked: Asked) -> Result<Worked, ApiError> {
    let gate = match route {
        Route { gate: Some(gate), .. } => gate(state),
        Route { writes: true, .. } => &state.writers,
        Route { .. } => &state.readers,
    };
    let permit = gate.enter().await?;
    let state = Data::clone(state).into_inner();
    let own = Arc::clone(&state);
    let work = web::block(move || {
        let Asked { viewer, moment, id, query, body, once, upload } = asked;
        // The permits live as long as the work, not as the connection.
        let _permits = (permit, upload);
        let (data, reader) = (&state.data, &state.reader);
        let engine = &state.engine;
        let call = Call { engine, state: &state, data, reader, viewer, moment, id, query, body: &body, once };
        match route.handle {
            Handle::Json(handle) => handle(&call).map(Worked::Json),
            Handle::File(media, handle) => handle(&call).map(|given| Worked::File(media, given)),
            Handle::Events(handle) => handle(&call).map(Worked::After),
        }
    });
    let worked = timeout(WORK_TIME_MAX, work).await;
    if route.writes {
        own.written.notify_one();
    }
    match worked {
        Ok(Ok(handled)) => handled,
        Ok(Err(_)) => Err(ApiError::Internal),
        Err(_) => Err(ApiError::Timeout),
    }
}

fn secret(headers: &HeaderMap) -> Option<Secret> {
    let (scheme, text) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    Secret::parse(text.trim()).filter(|_| scheme.eq_ignore_ascii_case("bearer"))
}

async fn identifier(request: &HttpRequest) -> Result<String, ApiError> {
    let id = web::Path::<String>::extract(request).await.map_err(|_| ApiError::bad("标识不可读"))?.into_inner();
    if id.chars().count() > PARAMETER_CHARS_MAX {
        return Err(ApiError::field("id", format!("最多 {PARAMETER_CHARS_MAX} 字")));
    }
    Ok(id)
}

fn token(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let bad = || ApiError::field(IDEMPOTENCY_KEY, format!("1 到 {TOKEN_BYTES_MAX} 个 ASCII 字符"));
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let text = value.to_str().map_err(|_| bad())?;
    if text.is_empty() || text.len() > TOKEN_BYTES_MAX { Err(bad()) } else { Ok(Some(text.to_owned())) }
}

/// Reads the parameters, each of which must be declared and within its bounds.
fn parameters(route: &Route, text: &str) -> Result<BTreeMap<String, String>, ApiError> {
    if text.len() > QUERY_BYTES_MAX {
        return Err(ApiError::bad(format!("参数最多 {QUERY_BYTES_MAX} 字节")));
    }
    let pairs = web::Query::<Vec<(String, String)>>::from_query(text).map_err(|_| ApiError::bad("参数不可读"))?;
    let mut query = BTreeMap::new();
    for (name, value) in pairs.into_inner() {
        let declared = route.query.iter().find(|parameter| parameter.name == name);
        let parameter = declared.ok_or_else(|| ApiError::field(&name, "没有这个参数"))?;
        let is_fit = match parameter.sort {
            Sort::Text => value.chars().count() <= PARAMETER_CHARS_MAX,
            Sort::Count => value.parse().is_ok_and(|count: usize| (1..=PAGE_MAX).contains(&count)),
            Sort::Switch => matches!(value.as_str(), "true" | "false"),
            Sort::Choice(all) => all.contains(&value.as_str()),
        };
        if !is_fit || query.insert(name, value).is_some() {
            return Err(ApiError::field(parameter.name, parameter.label));
        }
    }
    Ok(query)
}

/// Returns how large the body may be, and how long it may take to come; none if it is not read.
fn limits_of(route: &Route) -> Option<(usize, Duration)> {
    match route.body {
        Body::None => None,
        Body::Json(..) | Body::Text(_) => Some((JSON_BYTES_MAX, BODY_TIME_MAX)),
        Body::File => Some((FILE_BYTES_MAX, UPLOAD_TIME_MAX)),
    }
}

/// Refuses a body that is said to be too large before it is waited for.
fn check_length(route: &Route, headers: &HeaderMap) -> Result<(), ApiError> {
    let said = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    let bytes_max = limits_of(route).and_then(|(bytes_max, _)| u64::try_from(bytes_max).ok());
    match (said, bytes_max) {
        (Some(said), Some(bytes_max)) if said > bytes_max => Err(ApiError::TooLarge),
        _ => Ok(()),
    }
}

async fn body_of(route: &Route, payload: Payload) -> Result<Bytes, ApiError> {
    let Some((bytes_max, time_max)) = limits_of(route) else { return Ok(Bytes::new()) };
    match timeout(time_max, payload.to_bytes_limited(bytes_max)).await {
        Ok(Ok(Ok(body))) => Ok(body),
        Ok(Ok(Err(_))) | Err(_) => Err(ApiError::SlowBody),
        Ok(Err(_)) => Err(ApiError::TooLarge),
    }
}
