//! The service: the engine over HTTP. It holds the data directory's lock, so that it is the one that writes, and knows
//! nothing of matching or of files: every route is a row of a table and a plain function that asks the engine for a
//! viewer. Nothing here can show what the engine did not give to that viewer.

mod call;
mod dispatch;
mod errors;
mod events;
mod file_body;
mod gates;
mod handlers;
mod hooks;
mod jobs;
mod limits;
mod log;
mod metrics;
mod openapi;
mod pages;
mod quota;
mod redis;
mod results;
mod routes;
mod server;
mod state;
mod streams;
mod teller;
mod uploads;

use std::net::TcpListener;
use std::path::PathBuf;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::model::Moment;
use state::State;

pub use hooks::Network;
pub use limits::RATE_DEFAULT;
pub use redis::Redis;

/// What is served.
pub struct Served {
    /// The engine, open for writing.
    pub engine: Engine,
    /// The data directory.
    pub data: PathBuf,
    /// The program that reads workbooks in a process of its own.
    pub reader: Option<PathBuf>,
    /// Tells the moment of a request.
    pub clock: Box<dyn Fn() -> Moment + Send + Sync>,
    /// What it shares with other services, if with any.
    pub redis: Option<Redis>,
    /// Requests of one key a second; 0 for any number.
    pub rate: u32,
    /// Networks that webhooks may be sent to though they are not on the open internet.
    pub webhook_allow: Vec<Network>,
}

/// Serves on a socket until the process is told to stop; what was acknowledged is on the disk by then.
///
/// # Errors
/// If the system refuses.
pub fn serve(served: Served, listener: TcpListener) -> Result<()> {
    server::run(State::new(served), listener).map_err(Error::io("监听", "网络地址"))
}
