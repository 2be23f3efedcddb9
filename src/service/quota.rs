//! How often somebody may ask: a key so many times a second, over all services that share a Redis; an address without a
//! key that opens anything far less often, so that guessing keys costs the guesser more than the service.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota as Rate, RateLimiter};

use crate::model::KeyId;
use crate::service::errors::ApiError;
use crate::service::limits::STRANGER_RATE;
use crate::service::redis::Redis;

/// How often is too often.
pub(super) struct Quota {
    /// Requests of one key a second; `None` where they are not counted.
    rate: Option<NonZeroU32>,
    /// The counts of this process, which hold while there is no Redis.
    keys: Option<DefaultKeyedRateLimiter<KeyId>>,
    strangers: Option<DefaultKeyedRateLimiter<IpAddr>>,
}

/// Counts one more request of a key within a second of the first; returns how many there were.
const COUNT: &str = "local n = redis.call('INCR', KEYS[1]) \
    if n == 1 then redis.call('PEXPIRE', KEYS[1], 1000) end \
    return n";

impl Quota {
    /// Builds a quota of so many requests of one key a second; 0 for any number, of strangers too.
    pub(super) fn new(rate: u32) -> Self {
        let rate = NonZeroU32::new(rate);
        Self {
            rate,
            keys: rate.map(|rate| RateLimiter::keyed(Rate::per_second(rate))),
            strangers: rate.map(|_| RateLimiter::keyed(Rate::per_second(STRANGER_RATE))),
        }
    }

    /// Admits a request of a key; `space` tells the keys of one data directory from those of another in a Redis.
    ///
    /// # Errors
    /// [`ApiError::TooMany`].
    pub(super) async fn admit(&self, key: KeyId, space: &str, redis: Option<&Redis>) -> Result<(), ApiError> {
        let (Some(rate), Some(keys)) = (self.rate, &self.keys) else { return Ok(()) };
        let shared = match redis {
            Some(redis) => {
                let mut count = redis::cmd("EVAL");
                count.arg(COUNT).arg(1).arg(format!("lianqiao:rate:{space}:{key}"));
                redis.ask::<u32>(&count).await
            }
            None => None,
        };
        let is_within = match shared {
            Some(n) => n <= rate.get(),
            None => keys.check_key(&key).is_ok(),
        };
        if is_within { Ok(()) } else { Err(ApiError::TooMany) }
    }

    /// Admits a request without a key that opens anything, to be told so.
    ///
    /// # Errors
    /// [`ApiError::TooMany`].
    pub(super) fn admit_stranger(&self, address: IpAddr) -> Result<(), ApiError> {
        let is_within = self.strangers.as_ref().is_none_or(|strangers| strangers.check_key(&address).is_ok());
        if is_within { Ok(()) } else { Err(ApiError::TooMany) }
    }

    /// Forgets whom nothing is held against any more, so that the counts stay few.
    pub(super) fn forget(&self) {
        self.strangers.iter().for_each(RateLimiter::retain_recent);
        self.keys.iter().for_each(RateLimiter::retain_recent);
    }
}
