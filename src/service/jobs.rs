//! Work that goes on after its request was answered. A few jobs run at once, each on a thread of its own; what they give is
//! a file that is removed after a while. Jobs are not remembered beyond the process: what one wrote to the log is there, and
//! what it did not can be asked for again.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::error::Error;
use crate::model::{KeyId, KeyRole, Once, Viewer};
use crate::service::errors::{ApiError, Inner};
use crate::service::limits::{JOBS_KEPT_MAX, JOBS_KEPT_TIME, JOBS_MAX};
use crate::service::log::log;

/// All jobs.
pub(super) struct Jobs {
    folder: PathBuf,
    board: Mutex<Board>,
}

#[derive(Default)]
struct Board {
    last: u64,
    jobs: BTreeMap<u64, Arc<Job>>,
    threads: Vec<JoinHandle<()>>,
    is_closed: bool,
}

/// One job.
pub(super) struct Job {
    id: u64,
    owner: Option<KeyId>,
    what: &'static str,
    once: Option<Once>,
    folder: PathBuf,
    begun: Instant,
    done: AtomicUsize,
    total: AtomicUsize,
    is_over: AtomicBool,
    end: Mutex<Option<(Instant, End)>>,
}

/// How a job ended: the status that a request which waited for it would have had, or why it failed.
enum End {
    Done(u16),
    Failed(ApiError),
}

impl Jobs {
    /// Keeps results in a folder; what another process left there is removed. Jobs are numbered from behind `last`, so
    /// that what a client remembers of a former process names no job of this one.
    pub(super) fn new(folder: PathBuf, last: u64) -> Self {
        let _ = fs::remove_dir_all(&folder);
        Self { folder, board: Mutex::new(Board { last, ..Board::default() }) }
    }

    /// Begins a job, unless the request repeats one that is known; `work` gives the status.
    ///
    /// # Errors
    /// [`ApiError::Busy`] if too many run; [`Error::Repeated`] if the request that this one repeats said something else.
    pub(super) fn begin(
        &self,
        what: &'static str,
        viewer: &Viewer,
        once: Option<&Once>,
        work: impl FnOnce(&Job) -> Result<u16, ApiError> + Send + 'static,
    ) -> Result<Arc<Job>, ApiError> {
        let mut board = self.board();
        if let Some(once) = once
            && let Some(job) = board.jobs.values().find(|job| job.is_begun_by(once))
        {
            let is_same = job.once.as_ref().is_some_and(|before| before.body == once.body);
            return if is_same { Ok(Arc::clone(job)) } else { Err(Error::Repeated(once.token.clone()).into()) };
        }
        if board.is_closed || board.jobs.values().filter(|job| job.is_running()).count() >= JOBS_MAX {
            return Err(ApiError::Busy);
        }
        let job = self.add(&mut board, what, viewer, once)?;
        let own = Arc::clone(&job);
        board.threads.retain(|thread| !thread.is_finished());
        board.threads.push(thread::spawn(move || {
            let ended = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&own)));
            own.finish(ended.unwrap_or(Err(ApiError::Internal)));
        }));
        Ok(job)
    }

    /// Notes work that is done already, so that its files can be had.
    ///
    /// # Errors
    /// If the folder cannot be made.
    pub(super) fn note(&self, what: &'static str, viewer: &Viewer) -> Result<Arc<Job>, ApiError> {
        let job = self.add(&mut self.board(), what, viewer, None)?;
        job.finish(Ok(200));
        Ok(job)
    }

    fn add(
        &self,
        board: &mut Board,
        what: &'static str,
        viewer: &Viewer,
        once: Option<&Once>,
    ) -> Result<Arc<Job>, ApiError> {
        fs::create_dir_all(&self.folder).map_err(Error::io("创建", &self.folder))?;
        board.last += 1;
        let job = Arc::new(Job {
            id: board.last,
            owner: viewer.key,
            what,
            once: once.cloned(),
            folder: self.folder.clone(),
            begun: Instant::now(),
            done: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
            is_over: AtomicBool::new(false),
            end: Mutex::default(),
        });
        board.jobs.insert(job.id, Arc::clone(&job));
        Ok(job)
    }

    /// Finds a job for a viewer: one of its own, or any for an administrator.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub(super) fn find(&self, id: &str, viewer: &Viewer) -> Result<Arc<Job>, ApiError> {
        let number = id.strip_prefix('J').and_then(|digits| digits.parse().ok());
        let found = number.and_then(|number: u64| self.board().jobs.get(&number).cloned());
        let is_own = |job: &Arc<Job>| viewer.role == KeyRole::Admin || job.owner == viewer.key;
        Ok(found.filter(is_own).ok_or_else(|| Error::NotFound(id.to_owned()))?)
    }

    /// Tells a job that it is not wanted any more, and forgets one that has ended.
    pub(super) fn cancel(&self, job: &Job) {
        job.is_over.store(true, Ordering::Relaxed);
        if !job.is_running() {
            self.board().jobs.remove(&job.id);
            job.remove_files();
        }
    }

    /// Forgets what ended long ago, and the oldest of too many.
    pub(super) fn sweep(&self) {
        let mut board = self.board();
        let mut ended: Vec<(u64, Duration)> =
            board.jobs.iter().filter_map(|(id, job)| Some((*id, job.ended()?.elapsed()))).collect();
        let n_more = ended.len().saturating_sub(JOBS_KEPT_MAX);
        ended.sort_by_key(|(id, _)| *id);
        let gone = ended.iter().enumerate().filter(|(n, (_, age))| *n < n_more || *age > JOBS_KEPT_TIME);
        let gone: Vec<u64> = gone.map(|(_, (id, _))| *id).collect();
        let gone: Vec<Arc<Job>> = gone.iter().filter_map(|id| board.jobs.remove(id)).collect();
        drop(board);
        gone.iter().for_each(|job| job.remove_files());
    }

    /// Tells all jobs to end, waits for them, and begins no more.
    pub(super) fn stop(&self) {
        let mut board = self.board();
        board.is_closed = true;
        board.jobs.values().for_each(|job| job.is_over.store(true, Ordering::Relaxed));
        let threads = std::mem::take(&mut board.threads);
        drop(board);
        for thread in threads {
            let _ = thread.join();
        }
        let _ = fs::remove_dir_all(&self.folder);
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job as it is told of.
#[derive(Serialize, JsonSchema)]
pub(super) struct JobBody<'a> {
    id: String,
    what: &'static str,
    state: &'static str,
    done: usize,
    total: Option<usize>,
    seconds_left: Option<u64>,
    status: Option<u16>,
    error: Option<Inner<'a>>,
}

impl Job {
    /// Returns the identifier.
    pub(super) fn id(&self) -> String {
        format!("J{}", self.id)
    }

    /// Returns where a file of the job is, by its ending.
    pub(super) fn path(&self, ending: &str) -> PathBuf {
        self.folder.join(format!("J{}.{ending}", self.id))
    }

    /// Says whether the work is not wanted any more.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    /// Notes how far the work is.
    pub(super) fn progress(&self, done: usize, total: usize) {
        // Several threads tell; the furthest counts.
        self.done.fetch_max(done, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
    }

    /// Says whether the job is done, so that its result can be had.
    pub(super) fn is_done(&self) -> bool {
        matches!(&*self.end(), Some((_, End::Done(_))))
    }

    /// Describes the job.
    pub(super) fn body(&self) -> Json {
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        let end = self.end();
        let (state, status, error) = match &*end {
            None => ("running", None, None),
            Some((_, End::Done(status))) => ("done", Some(*status), None),
            Some((_, End::Failed(error))) if error.code() == "cancelled" => ("cancelled", None, None),
            Some((_, End::Failed(error))) => ("failed", Some(error.status()), Some(error.inner())),
        };
        let left = (end.is_none() && done > 0).then(|| seconds_left(self.begun.elapsed(), done, total));
        json!(JobBody {
            id: self.id(),
            what: self.what,
            state,
            done,
            total: (total > 0).then_some(total),
            seconds_left: left,
            status,
            error,
        })
    }

    fn is_running(&self) -> bool {
        self.end().is_none()
    }

    fn ended(&self) -> Option<Instant> {
        self.end().as_ref().map(|(at, _)| *at)
    }

    fn is_begun_by(&self, once: &Once) -> bool {
        let is_of = |own: &Once| (own.key, &own.token, &own.route) == (once.key, &once.token, &once.route);
        self.once.as_ref().is_some_and(is_of)
    }

    fn finish(&self, ended: Result<u16, ApiError>) {
        let end = match ended {
            Ok(status) => End::Done(status),
            Err(error) => {
                if let (ApiError::Engine(cause), 500..) = (&error, error.status()) {
                    log(&format!("job {} failed with {}: {cause}", self.what, error.code()));
                }
                self.remove_files();
                End::Failed(error)
            }
        };
        *self.end() = Some((Instant::now(), end));
    }

    fn end(&self) -> MutexGuard<'_, Option<(Instant, End)>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remove_files(&self) {
        for ending in ["jsonl", "xlsx"] {
            remove(&self.path(ending));
        }
    }
}

fn remove(path: &Path) {
    // Whoever still reads it keeps it until they are done.
    let _ = fs::remove_file(path);
}

fn seconds_left(elapsed: Duration, done: usize, total: usize) -> u64 {
    let left = u128::try_from(total.saturating_sub(done)).unwrap_or(u128::MAX);
    let done = u128::try_from(done.max(1)).unwrap_or(u128::MAX);
    u64::try_from(elapsed.as_millis().saturating_mul(left) / done / 1_000).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[test]
    fn few_run_at_once_and_a_stop_ends_them() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let jobs = Jobs::new(folder.path().join("jobs"), 0);
        let viewer = Viewer::operator();
        let wait = |job: &Job| {
            while !job.is_over() {
                thread::sleep(Duration::from_millis(1));
            }
            Err(Error::Cancelled.into())
        };
        let running: Vec<_> =
            (0..JOBS_MAX).map(|_| jobs.begin("wait", &viewer, None, wait).expect("there is room")).collect();
        assert!(matches!(jobs.begin("wait", &viewer, None, wait), Err(ApiError::Busy)));
        jobs.stop();
        assert!(running.iter().all(|job| job.body()["state"] == "cancelled"));
        assert!(matches!(jobs.begin("wait", &viewer, None, wait), Err(ApiError::Busy)), "nothing begins after a stop");
    }

    #[test]
    fn only_so_many_are_kept() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let jobs = Jobs::new(folder.path().join("jobs"), 0);
        let viewer = Viewer::operator();
        let first = jobs.note("import", &viewer).expect("noted");
        fs::write(first.path("xlsx"), "x").expect("written");
        for _ in 0..JOBS_KEPT_MAX {
            jobs.note("import", &viewer).expect("noted");
        }
        jobs.sweep();
        assert!(jobs.find("J1", &viewer).is_err() && !first.path("xlsx").exists());
        assert!(jobs.find("J2", &viewer).is_ok());
    }

    #[test]
    fn work_that_panics_has_failed() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let jobs = Jobs::new(folder.path().join("jobs"), 0);
        let (sender, receiver) = channel::<()>();
        let work = move |_: &Job| {
            let _sender = sender;
            panic!("a mistake")
        };
        let job = jobs.begin("work", &Viewer::operator(), None, work).expect("begun");
        receiver.recv().expect_err("the sender is dropped");
        jobs.stop();
        assert_eq!((&job.body()["state"], &job.body()["error"]["code"]), (&"failed".into(), &"internal".into()));
    }
}
