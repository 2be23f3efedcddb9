//! What the service takes at most of everything.

use std::num::NonZeroU32;
use std::time::Duration;

/// The body of a request in JSON, bytes.
pub(super) const JSON_BYTES_MAX: usize = 1 << 20;
/// An uploaded table, bytes.
pub(super) const FILE_BYTES_MAX: usize = 64 << 20;
/// What stands behind the question mark, bytes as sent.
pub(super) const QUERY_BYTES_MAX: usize = 4_096;
/// One parameter, characters.
pub(super) const PARAMETER_CHARS_MAX: usize = 500;
/// The name of an uploaded table, bytes: what file systems take.
pub(super) const FILE_NAME_BYTES_MAX: usize = 255;
/// An idempotency key, bytes.
pub(super) const TOKEN_BYTES_MAX: usize = 255;
/// Items on a page.
pub(super) const PAGE_MAX: usize = 200;
/// Items on a page, if nobody says how many.
pub(super) const PAGE_DEFAULT: usize = 50;
/// Matches or found records in an answer.
pub(super) const TOP_MAX: usize = 100;
/// Matches or found records in an answer, if nobody says how many.
pub(super) const TOP_DEFAULT: usize = 20;
/// Requests that read, worked on at once.
pub(super) const READERS_MAX: usize = 8;
/// Requests that write, begun at once: one plans, the others wait, and what is in the log is shown together.
pub(super) const WRITERS_MAX: usize = 32;
/// Uploads held in memory at once.
pub(super) const UPLOADS_MAX: usize = 4;
/// Requests of each of these sorts that may wait.
pub(super) const WAITING_MAX: usize = 256;
/// How long a request may wait for its turn.
pub(super) const WAIT_MAX: Duration = Duration::from_secs(10);
/// How long a request for an agenda may wait for its turn: longer than the one before it takes at most, so that two who
/// plan at once both get theirs.
pub(super) const PLAN_WAIT_MAX: Duration = Duration::from_secs(AGENDA_SECONDS_MAX + 30);
/// How long the body of a request may take to come.
pub(super) const BODY_TIME_MAX: Duration = Duration::from_secs(30);
/// How long the upload of a table may take.
pub(super) const UPLOAD_TIME_MAX: Duration = Duration::from_secs(300);
/// How long the head of a request may take to come.
pub(super) const HEAD_TIME_MAX: Duration = Duration::from_secs(10);
/// How long a request may be worked on before it is answered that it takes too long; the work itself goes on.
pub(super) const WORK_TIME_MAX: Duration = Duration::from_secs(300);
/// How long a connection without a request is kept.
pub(super) const IDLE_TIME_MAX: Duration = Duration::from_secs(30);
/// Streams of alerts that are open at once, of one key and in all.
pub(super) const STREAMS_OF_KEY_MAX: usize = 4;
/// See [`STREAMS_OF_KEY_MAX`].
pub(super) const STREAMS_MAX: usize = 1_000;
/// Alerts that a stream reads at once.
pub(super) const EVENTS_AT_ONCE: usize = 100;
/// A stream is never silent for longer.
pub(super) const BEAT_PAUSE: Duration = Duration::from_secs(15);
/// After what time a stream that was cut off may be opened again, and work that failed in the background is begun anew.
pub(super) const RETRY_PAUSE: Duration = Duration::from_secs(1);
/// How often the log is looked at for what somebody may be told of, if nobody says that it changed.
pub(super) const TELL_PAUSE: Duration = Duration::from_millis(500);
/// How long a stop waits for what is being answered, seconds.
pub(super) const STOP_SECONDS_MAX: u64 = 30;
/// Jobs that run at once.
pub(super) const JOBS_MAX: usize = 2;
/// Jobs that are remembered after their end.
pub(super) const JOBS_KEPT_MAX: usize = 32;
/// How long they are.
pub(super) const JOBS_KEPT_TIME: Duration = Duration::from_secs(3_600);
/// The result of a job, bytes.
pub(super) const RESULT_BYTES_MAX: u64 = 1 << 30;
/// A larger table is imported by a job, bytes.
pub(super) const IMPORT_AT_ONCE_BYTES_MAX: usize = 4 << 20;
/// The seconds that making an agenda may take.
pub(super) const AGENDA_SECONDS_MAX: u64 = 60;
/// The seconds that it takes if nobody says how many.
pub(super) const AGENDA_SECONDS_DEFAULT: u64 = 10;
/// Connections for each thread of the server.
pub(super) const CONNECTIONS_MAX: usize = 2_048;
/// Threads that talk to clients.
pub(super) const TALKERS: usize = 2;
/// The seconds after which a client that was turned away may come again.
pub(super) const RETRY_AFTER_SECONDS: &str = "1";
/// Requests of one key a second, if nobody says how many.
pub const RATE_DEFAULT: u32 = 100;
/// Requests a second of an address without a key that opens anything.
pub(super) const STRANGER_RATE: NonZeroU32 = NonZeroU32::new(20).expect("more than none");
/// How often what nobody needs to remember of former requests is forgotten.
pub(super) const FORGET_PAUSE: Duration = Duration::from_secs(60);
/// Answers kept to be given again, bytes.
pub(super) const RESULTS_BYTES_MAX: u64 = 64 << 20;
/// About how many those are.
pub(super) const RESULTS_USUAL: usize = 2_000;
/// An answer that is kept to be given again, bytes.
pub(super) const ANSWER_BYTES_MAX: usize = 1 << 20;
/// How long a Redis keeps an answer, seconds.
pub(super) const RESULT_SECONDS: u32 = 600;
/// How long a Redis may take to answer; a request waits for it no longer.
pub(super) const REDIS_TIME_MAX: Duration = Duration::from_millis(40);
/// How long it may take to be connected to a Redis.
pub(super) const REDIS_CONNECT_TIME_MAX: Duration = Duration::from_millis(500);
/// How long after a failure a Redis is tried again.
pub(super) const REDIS_PAUSE: Duration = Duration::from_millis(500);
/// The address of a webhook, bytes.
pub(super) const HOOK_URL_BYTES_MAX: usize = 2_048;
/// How long the addresses of a host are looked for.
pub(super) const RESOLVE_TIME_MAX: Duration = Duration::from_secs(3);
/// How long one delivery to a webhook may take.
pub(super) const HOOK_TIME_MAX: Duration = Duration::from_secs(10);
/// The head of a webhook's answer, bytes.
pub(super) const HOOK_HEAD_BYTES_MAX: usize = 16 << 10;
/// What is read of a webhook's answer, bytes.
pub(super) const HOOK_ANSWER_BYTES_MAX: u64 = 4 << 10;
/// Webhooks that are delivered to at once.
pub(super) const HOOKS_AT_ONCE: usize = 16;
/// How many of these may be ones that take long.
pub(super) const SLOW_HOOKS_MAX: usize = 8;
/// A turn of a webhook that takes longer is a long one.
pub(super) const HOOK_SLOW: Duration = Duration::from_secs(1);
/// How many of these may be one party's that take long, and how many others of its own.
pub(super) const HOOKS_OF_A_PARTY_MAX: usize = 2;
/// How long a trial of a webhook waits after its last turn.
pub(super) const TRIALS_PAUSE: Duration = Duration::from_secs(1);
/// Alerts that a webhook gets in one turn.
pub(super) const ALERTS_A_TURN: usize = 16;
/// How long a webhook waits if how far it has come cannot be noted.
pub(super) const HOOK_PAUSE: Duration = Duration::from_secs(30);
