//! The connection to a Redis that several services may share. It is never waited for: while it is down, or answers late or
//! with something else than was asked for, whoever asks gets nothing and does without; a keeper restores it meanwhile.

use std::sync::{PoisonError, RwLock};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, FromRedisValue, RedisResult};
use tokio::sync::Notify;
use tokio::time::{sleep, timeout};

use crate::error::{Error, Result};
use crate::service::limits::{REDIS_CONNECT_TIME_MAX, REDIS_PAUSE, REDIS_TIME_MAX};
use crate::service::log::log;

/// A Redis, whether it can be reached or not.
pub struct Redis {
    client: Client,
    open: RwLock<Option<MultiplexedConnection>>,
    lost: Notify,
}

impl Redis {
    /// Reads an address (`redis://:PASSWORD@HOST:PORT/DB`); nothing is connected yet.
    ///
    /// # Errors
    /// If it is none; the message does not repeat it, for it may hold a password.
    pub fn new(url: &str) -> Result<Self> {
        let bad = |_| Error::Request("--redis 应为 redis://主机:端口/库号，如 redis://127.0.0.1:6379/0".to_owned());
        Ok(Self { client: Client::open(url).map_err(bad)?, open: RwLock::default(), lost: Notify::new() })
    }

    /// Says whether it could be reached when it was last asked.
    pub(super) fn is_up(&self) -> bool {
        self.connection().is_some()
    }

    /// Asks; `None` if there is no answer in time, or none that can be read.
    pub(super) async fn ask<T: FromRedisValue>(&self, command: &Cmd) -> Option<T> {
        let mut connection = self.connection()?;
        let answer: RedisResult<T> = match timeout(REDIS_TIME_MAX, command.query_async(&mut connection)).await {
            Ok(answer) => answer,
            Err(_) => Err(std::io::Error::from(std::io::ErrorKind::TimedOut).into()),
        };
        if let Err(error) = &answer {
            self.lose(&format!("{:?}", error.kind()));
        }
        answer.ok()
    }

    /// Connects, and connects again whenever the connection is lost; never ends.
    pub(super) async fn keep(&self) {
        loop {
            while !self.connect().await {
                sleep(REDIS_PAUSE).await;
            }
            log("redis: connected");
            while self.is_up() {
                // One that nobody asks just now is asked by the keeper, so that no request meets it when it is gone.
                let _ = timeout(REDIS_PAUSE, self.lost.notified()).await;
                let _: Option<String> = self.ask(&redis::cmd("PING")).await;
            }
            sleep(REDIS_PAUSE).await;
        }
    }

    async fn connect(&self) -> bool {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(REDIS_CONNECT_TIME_MAX))
            .set_response_timeout(Some(REDIS_TIME_MAX));
        let trial = async {
            let mut connection = self.client.get_multiplexed_async_connection_with_config(&config).await?;
            let () = redis::cmd("PING").query_async(&mut connection).await?;
            RedisResult::Ok(connection)
        };
        let Ok(Ok(connection)) = timeout(REDIS_CONNECT_TIME_MAX, trial).await else { return false };
        *self.open.write().unwrap_or_else(PoisonError::into_inner) = Some(connection);
        true
    }

    fn connection(&self) -> Option<MultiplexedConnection> {
        self.open.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn lose(&self, why: &str) {
        if self.open.write().unwrap_or_else(PoisonError::into_inner).take().is_some() {
            log(&format!("redis: lost ({why}); going on without"));
            self.lost.notify_one();
        }
    }
}
