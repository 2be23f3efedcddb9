//! Answers that need not be worked out twice. One is told from another by everything that it depends on: the route and
//! what was asked, the day, whose records the viewer may see whole, the declaration and the state of the log. So none is
//! ever stale: a change of the log leaves the former ones behind, and they are dropped in time.

use std::future::Future;
use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use tokio::time::timeout;

use crate::digest::sha256;
use crate::model::Answer;
use crate::service::errors::ApiError;
use crate::service::limits::{ANSWER_BYTES_MAX, RESULT_SECONDS, RESULTS_BYTES_MAX, RESULTS_USUAL, WAIT_MAX};
use crate::service::redis::Redis;

/// Answers of this process, and those of others that share a Redis with it.
pub(super) struct Results {
    kept: Cache<String, Arc<Answer>, Bytes>,
}

/// Weighs an answer by its length.
#[derive(Clone)]
struct Bytes;

impl Weighter<String, Arc<Answer>> for Bytes {
    fn weight(&self, key: &String, answer: &Arc<Answer>) -> u64 {
        u64::try_from(key.len() + answer.body.len()).unwrap_or(u64::MAX)
    }
}

impl Results {
    /// Builds an empty store.
    pub(super) fn new() -> Self {
        Self { kept: Cache::with_weighter(RESULTS_USUAL, RESULTS_BYTES_MAX, Bytes) }
    }

    /// Returns the answer that is known by `key`, else works it out, once for all who ask for it meanwhile. It is kept if
    /// it succeeded and if `is_current` says that it answers what `key` stands for.
    ///
    /// # Errors
    /// What `work` says; [`ApiError::Busy`] after a long wait for another's work.
    pub(super) async fn answer(
        &self,
        key: &str,
        redis: Option<&Redis>,
        work: impl Future<Output = Result<Answer, ApiError>>,
        is_current: impl Fn() -> bool,
    ) -> Result<Answer, ApiError> {
        let place = match timeout(WAIT_MAX, self.kept.get_value_or_guard_async(key)).await {
            Ok(Ok(known)) => return Ok(known.as_ref().clone()),
            Ok(Err(place)) => place,
            Err(_) => return Err(ApiError::Busy),
        };
        if let Some(known) = fetch(redis, key).await {
            // It cannot be kept only if it was dropped already.
            let _ = place.insert(Arc::new(known.clone()));
            return Ok(known);
        }
        let answer = work.await?;
        if answer.status == 200 && answer.body.len() <= ANSWER_BYTES_MAX && is_current() {
            store(redis, key, &answer).await;
            let _ = place.insert(Arc::new(answer.clone()));
        }
        Ok(answer)
    }
}

/// Returns under which name an answer lies in a Redis.
fn name(key: &str) -> String {
    format!("lianqiao:result:{key}")
}

/// Returns what must stand before an answer: it is that answer, whole, and to that question.
fn seal(key: &str, body: &str) -> String {
    sha256(format!("{key}\n{body}").as_bytes())
}

async fn fetch(redis: Option<&Redis>, key: &str) -> Option<Answer> {
    let mut get = redis::cmd("GET");
    get.arg(name(key));
    let sealed = redis?.ask::<Option<Vec<u8>>>(&get).await??;
    let sealed = String::from_utf8(sealed).ok()?;
    let (before, body) = sealed.split_once('\n')?;
    (before == seal(key, body)).then(|| Answer { status: 200, body: body.to_owned() })
}

async fn store(redis: Option<&Redis>, key: &str, answer: &Answer) {
    let Some(redis) = redis else { return };
    let mut set = redis::cmd("SET");
    set.arg(name(key)).arg(format!("{}\n{}", seal(key, &answer.body), answer.body)).arg("EX").arg(RESULT_SECONDS);
    // Without it the next one works it out again.
    let _: Option<()> = redis.ask(&set).await;
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn answer(body: &str) -> Answer {
        Answer { status: 200, body: body.to_owned() }
    }

    #[test]
    fn an_answer_is_worked_out_once_unless_it_failed_or_is_of_another_state() {
        actix_web::rt::System::new().block_on(async {
            let results = Results::new();
            let n_worked = Cell::new(0);
            let ask = async |key: &str, outcome: Result<Answer, ApiError>, is_current: bool| {
                let work = async {
                    n_worked.set(n_worked.get() + 1);
                    outcome
                };
                results.answer(key, None, work, || is_current).await.ok().map(|answer| answer.body)
            };
            assert_eq!(ask("a", Err(ApiError::Busy), true).await, None);
            assert_eq!(ask("a", Ok(answer("old")), false).await.as_deref(), Some("old"));
            assert_eq!(ask("a", Ok(answer("1")), true).await.as_deref(), Some("1"));
            assert_eq!(ask("a", Ok(answer("2")), true).await.as_deref(), Some("1"));
            assert_eq!(ask("b", Ok(answer("3")), true).await.as_deref(), Some("3"));
            assert_eq!(n_worked.get(), 4);
        });
    }
}
