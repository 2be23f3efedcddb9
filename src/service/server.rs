//! The server: which paths there are, within which limits connections live, and how it stops.

use std::future::pending;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, CONTENT_SECURITY_POLICY, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use actix_web::middleware::DefaultHeaders;
use actix_web::web::{self, Data, ServiceConfig};
use actix_web::{App, HttpResponse, HttpServer, Resource, Route as Handler, guard};
use tokio::time::sleep;

use crate::service::dispatch::{respond, serve};
use crate::service::errors::ApiError;
use crate::service::limits::{CONNECTIONS_MAX, FORGET_PAUSE, HEAD_TIME_MAX, IDLE_TIME_MAX, STOP_SECONDS_MAX, TALKERS};
use crate::service::log::log;
use crate::service::routes::{Handle, Route, Verb, all};
use crate::service::state::State;
use crate::service::teller::tell;
use crate::service::{hooks, openapi, pages};

/// Serves until the process is told to stop (SIGINT or SIGTERM); then what is being answered is finished first.
///
/// # Errors
/// If the system refuses to listen.
pub(super) fn run(state: State, listener: TcpListener) -> io::Result<()> {
    let state = Arc::new(state);
    warm_up(&state);
    hooks::start(&state).map_err(io::Error::other)?;
    let shared = Data::from(Arc::clone(&state));
    let server = HttpServer::new(move || {
        let headers = DefaultHeaders::new()
            .add((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .add((CONTENT_SECURITY_POLICY, "default-src 'none'; style-src 'unsafe-inline'"));
        let no_route = || async { respond("none", Err(ApiError::NoRoute)) };
        App::new().app_data(shared.clone()).wrap(headers).configure(configure).default_service(web::to(no_route))
    });
    let server = server
        .workers(TALKERS)
        .max_connections(CONNECTIONS_MAX)
        .client_request_timeout(HEAD_TIME_MAX)
        .keep_alive(IDLE_TIME_MAX)
        .shutdown_timeout(STOP_SECONDS_MAX)
        .listen(listener)?;
    let stopped = actix_web::rt::System::new().block_on(async {
        actix_web::rt::spawn(keep_house(Arc::clone(&state)));
        actix_web::rt::spawn(tell(Arc::clone(&state)));
        actix_web::rt::spawn(end_streams(Arc::clone(&state)));
        server.run().await
    });
    state.hooks.stop();
    state.jobs.stop();
    log("stopped");
    stopped
}

/// Ends the streams when the process is told to stop: they would keep the server waiting for their ends.
async fn end_streams(state: Arc<State>) {
    let told = async {
        #[cfg(unix)]
        {
            use actix_web::rt::signal::unix::{SignalKind, signal};
            if let Ok(mut terminated) = signal(SignalKind::terminate()) {
                terminated.recv().await;
                return;
            }
        }
        pending::<()>().await;
    };
    tokio::select! {
        () = told => {}
        _ = actix_web::rt::signal::ctrl_c() => {}
    }
    state.streams.close();
    state.written.notify_one();
}

/// Loads in the background what the first match would wait for.
fn warm_up(state: &Arc<State>) {
    let state = Arc::clone(state);
    std::thread::spawn(move || {
        state.engine.warm_up();
        state.is_ready.store(true, Ordering::Release);
    });
}

/// Keeps the connection to a Redis, and forgets in time what requests left behind.
async fn keep_house(state: Arc<State>) {
    let keep = async {
        match &state.redis {
            Some(redis) => redis.keep().await,
            None => pending().await,
        }
    };
    let forget = async {
        loop {
            sleep(FORGET_PAUSE).await;
            state.quota.forget();
        }
    };
    tokio::join!(keep, forget);
}

fn configure(config: &mut ServiceConfig) {
    let mut paths: Vec<&str> = all().map(|route| route.path).collect();
    paths.dedup();
    for path in paths {
        let mut resource = web::resource(path);
        let mut allowed: Vec<&str> = Vec::new();
        for route in all().filter(|route| route.path == path) {
            resource = resource.route(handler(route));
            allowed.extend(methods(route));
        }
        config.service(only(resource, &allowed.join(", ")));
    }
    for (path, page) in [
        ("/", reading().to(|| async { html(pages::start()) })),
        ("/api/docs", reading().to(|| async { html(pages::reference()) })),
        ("/api/v1/openapi.json", reading().to(|| async { HttpResponse::Ok().json(openapi::document()) })),
        ("/livez", reading().to(|| async { HttpResponse::Ok().body("ok\n") })),
        ("/readyz", reading().to(ready)),
        ("/metrics", reading().to(metrics)),
    ] {
        config.service(only(web::resource(path).route(page), "GET, HEAD"));
    }
}

/// Answers every other method with those that are allowed.
fn only(resource: Resource, allowed: &str) -> Resource {
    let allowed = HeaderValue::from_str(allowed).expect("names of methods may stand in a header");
    resource.default_service(web::to(move || {
        let mut response = respond("none", Err(ApiError::Method));
        response.headers_mut().insert(ALLOW, allowed.clone());
        async { response }
    }))
}

/// Lists the methods of HTTP that a route answers.
fn methods(route: &Route) -> &'static [&'static str] {
    match (route.verb, &route.handle) {
        // A stream without what it brings would only be an open connection.
        (Verb::Get, Handle::Events(_)) => &["GET"],
        (Verb::Get, _) => &["GET", "HEAD"],
        (Verb::Post, _) => &["POST"],
        (Verb::Put, _) => &["PUT"],
        (Verb::Delete, _) => &["DELETE"],
    }
}

/// Takes what asks for something, or only for its head; the server leaves the body out then.
fn reading() -> Handler {
    web::route().guard(guard::Any(guard::Get()).or(guard::Head()))
}

fn handler(route: &'static Route) -> Handler {
    let method = match (route.verb, &route.handle) {
        (Verb::Get, Handle::Events(_)) => web::get(),
        (Verb::Get, _) => reading(),
        (Verb::Post, _) => web::post(),
        (Verb::Put, _) => web::put(),
        (Verb::Delete, _) => web::delete(),
    };
    method.to(move |state, request, payload| serve(route, state, request, payload))
}

fn html(page: String) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}

async fn ready(state: Data<State>) -> HttpResponse {
    let (status, body) = match state.is_ready.load(Ordering::Acquire) {
        true => (StatusCode::OK, "ready\n"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "loading\n"),
    };
    HttpResponse::build(status).body(body)
}

async fn metrics(state: Data<State>) -> HttpResponse {
    let mut text = state.metrics.text() + &state.hooks.metrics();
    text.push_str("# HELP lianqiao_streams_open Streams of alerts that are open.\n");
    text.push_str(&format!("# TYPE lianqiao_streams_open gauge\nlianqiao_streams_open {}\n", state.streams.n_open()));
    if let Some(redis) = &state.redis {
        text.push_str("# HELP lianqiao_redis_up Whether the Redis could be reached when it was last asked.\n");
        text.push_str(&format!("# TYPE lianqiao_redis_up gauge\nlianqiao_redis_up {}\n", u8::from(redis.is_up())));
    }
    HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text)
}
