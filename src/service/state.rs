//! What all requests share: the engine, the clock, the counts, and the gates that bound how much goes on at once.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use tokio::sync::Notify;

use crate::digest::digest;
use crate::engine::Engine;
use crate::model::Moment;
use crate::service::Served;
use crate::service::gates::Gate;
use crate::service::hooks::Hooks;
use crate::service::jobs::Jobs;
use crate::service::limits::{PLAN_WAIT_MAX, READERS_MAX, WAIT_MAX, WRITERS_MAX};
use crate::service::metrics::Metrics;
use crate::service::quota::Quota;
use crate::service::redis::Redis;
use crate::service::results::Results;
use crate::service::streams::Streams;
use crate::service::uploads::Uploads;

/// What all requests share.
pub(super) struct State {
    /// The engine, open for writing.
    pub engine: Engine,
    /// The data directory.
    pub data: PathBuf,
    /// The program that reads workbooks.
    pub reader: Option<PathBuf>,
    /// Tells the moment of a request.
    pub clock: Box<dyn Fn() -> Moment + Send + Sync>,
    /// Whether the first matches need not wait for words and views to be loaded any more.
    pub is_ready: AtomicBool,
    /// What is counted.
    pub metrics: Metrics,
    /// What several services share, if they share anything.
    pub redis: Option<Redis>,
    /// What tells the keys of this data directory from those of others.
    pub space: String,
    /// How often somebody may ask.
    pub quota: Quota,
    /// Answers that need not be worked out twice.
    pub results: Results,
    /// Requests that read.
    pub readers: Gate,
    /// Requests that write.
    pub writers: Gate,
    /// Requests that make an agenda, which takes long: one at a time, so that others have a processor too.
    pub planners: Gate,
    /// Requests that change a kept agenda, one at a time too, so that none is mended twice at once; they need not wait for
    /// one that is made.
    pub menders: Gate,
    /// Backups: one at a time, so that one that is asked for again while it is made is not made twice.
    pub backups: Gate,
    /// Uploads held in memory.
    pub uploads: Uploads,
    /// Work that goes on after its request was answered.
    pub jobs: Jobs,
    /// Notified after whatever may have changed the log.
    pub written: Notify,
    /// Open streams of alerts.
    pub streams: Streams,
    /// What delivers to webhooks.
    pub hooks: Hooks,
}

impl State {
    /// Builds what requests share.
    pub(super) fn new(served: Served) -> Self {
        let Served { engine, data, reader, clock, redis, rate, webhook_allow } = served;
        let space = space_of(&data);
        Self {
            engine,
            // No service of this directory has begun more jobs than milliseconds went by.
            jobs: Jobs::new(data.join("jobs"), clock().milliseconds()),
            hooks: Hooks::new(webhook_allow),
            written: Notify::new(),
            streams: Streams::new(),
            data,
            reader,
            clock,
            is_ready: AtomicBool::new(false),
            metrics: Metrics::default(),
            space,
            redis,
            quota: Quota::new(rate),
            results: Results::new(),
            readers: Gate::new(READERS_MAX, WAIT_MAX),
            writers: Gate::new(WRITERS_MAX, WAIT_MAX),
            planners: Gate::new(1, PLAN_WAIT_MAX),
            menders: Gate::new(1, PLAN_WAIT_MAX),
            backups: Gate::new(1, PLAN_WAIT_MAX),
            uploads: Uploads::new(),
        }
    }
}

/// Tells a data directory from others that may share a Redis: by where it lies.
fn space_of(data: &Path) -> String {
    let whole = data.canonicalize().unwrap_or_else(|_| data.to_path_buf());
    digest([whole.as_os_str().as_encoded_bytes()])
}
