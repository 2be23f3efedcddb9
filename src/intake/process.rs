//! Reads a workbook in a process of its own, so that a hostile one can exhaust neither memory nor time of the program
//! that asks, nor end it. The child is the program itself: it gets the file as its standard input, limits itself in
//! proportion to the file's size, and writes what it reads, one JSON value a line, to its standard output.

use std::fs::File;
use std::io::{self, BufRead, BufWriter, Read, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver as Chunks, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::intake::limits::{Budget, MAX_ROW_BYTES, MAX_WORKBOOK_BYTES};
use crate::intake::sheet::{Piece, Receiver, Row};
use crate::intake::workbook;

/// The command with which a program calls [`serve_workbook`], hidden from its help.
pub const READ_WORKBOOK: &str = "read-workbook";

/// How many seconds of a processor even the smallest workbook may take.
const BASE_SECONDS: u64 = 1;
/// How many bytes of a workbook earn it another second.
const BYTES_PER_SECOND: u64 = 512 << 10;
/// How many bytes of memory even the smallest workbook may take, the program's own code included.
const BASE_MEMORY_BYTES: u64 = 160 << 20;
/// How many bytes of memory each byte of a workbook may take: shared strings lie unpacked in memory.
const MEMORY_BYTES_PER_BYTE: u64 = 8;
/// How many bytes a frame may have; JSON writes a control character as six bytes.
const MAX_FRAME_BYTES: u64 = 6 * MAX_ROW_BYTES as u64 + (64 << 10);
/// How many bytes are taken from the child at once.
const CHUNK_BYTES: usize = 64 << 10;
/// How many chunks wait to be looked at.
const CHUNKS: usize = 4;
/// How long a child whose output has ended may take to end too.
const LAST_MOMENT: Duration = Duration::from_secs(1);

/// What one workbook may take.
#[derive(Debug, Clone, Copy)]
struct Limits {
    processor_seconds: u64,
    memory_bytes: u64,
}

impl Limits {
    fn of_file(n_bytes: u64) -> Self {
        let n_bytes = n_bytes.min(MAX_WORKBOOK_BYTES);
        Self {
            processor_seconds: BASE_SECONDS + n_bytes / BYTES_PER_SECOND,
            memory_bytes: BASE_MEMORY_BYTES + n_bytes * MEMORY_BYTES_PER_BYTE,
        }
    }

    /// How long the child may say nothing: it may get a small share of a busy machine's processors.
    fn silence(self) -> Duration {
        Duration::from_secs(10 + 10 * self.processor_seconds)
    }
}

/// One line from the child.
#[derive(Debug, Serialize, Deserialize)]
enum Frame {
    Sheet(String),
    Row(Row),
    /// All has been read.
    Done,
    /// The workbook cannot be read, in Chinese.
    Failed(String),
}

/// Reads the workbook on `input` and writes it to `output` for [`read`]; limits the whole process first. A workbook that
/// cannot be read is no error here: the other side is told.
///
/// # Errors
/// If this process cannot be limited, or input or output fail.
pub fn serve_workbook(input: impl Read, output: impl Write) -> io::Result<()> {
    let mut bytes = Vec::new();
    input.take(MAX_WORKBOOK_BYTES).read_to_end(&mut bytes)?;
    limit_this_process(Limits::of_file(u64::try_from(bytes.len()).unwrap_or(u64::MAX)))?;
    let mut output = BufWriter::with_capacity(CHUNK_BYTES, output);
    let mut written = Ok(());
    let outcome = workbook::read(&bytes, &mut |piece| {
        let frame = match piece {
            Piece::Sheet(name) => Frame::Sheet(name),
            Piece::Row(row) => Frame::Row(row),
        };
        written = write_frame(&mut output, &frame);
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    });
    written?;
    write_frame(&mut output, &outcome.map_or_else(Frame::Failed, |()| Frame::Done))?;
    output.flush()
}

fn write_frame(output: &mut impl Write, frame: &Frame) -> io::Result<()> {
    serde_json::to_writer(&mut *output, frame)?;
    output.write_all(b"\n")
}

#[cfg(target_os = "linux")]
fn limit_this_process(limits: Limits) -> io::Result<()> {
    use rlimit::{Resource, getrlimit, setrlimit};
    let limits = [(Resource::AS, limits.memory_bytes), (Resource::CPU, limits.processor_seconds), (Resource::CORE, 0)];
    limits.into_iter().try_for_each(|(resource, limit)| {
        let (_, hard) = getrlimit(resource)?;
        setrlimit(resource, limit.min(hard), hard)
    })
}

#[cfg(not(target_os = "linux"))]
#[expect(clippy::unnecessary_wraps, reason = "other systems have no such limits, so nothing can fail")]
fn limit_this_process(_: Limits) -> io::Result<()> {
    Ok(())
}

/// A child that is gone for good when this is.
struct Reaped(Child);

impl Reaped {
    /// Ends the child, if it has not ended, and says how it ended.
    fn end(&mut self) -> Option<ExitStatus> {
        // One that has ended cannot be killed, which is just as well.
        let _ = self.0.kill();
        self.0.wait().ok()
    }
}

impl Reaped {
    /// Waits a moment for a child with nothing more to say to end by itself, and says how it did; its output is closed
    /// before it is gone, and ending it then would hide what it died of.
    fn ended_by_itself(&mut self) -> Option<ExitStatus> {
        let deadline = Instant::now() + LAST_MOMENT;
        while Instant::now() < deadline {
            if let Some(status) = self.0.try_wait().ok()? {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(1));
        }
        None
    }
}

impl Drop for Reaped {
    fn drop(&mut self) {
        self.end();
    }
}

/// How a conversation with the child ended.
enum Ending {
    /// All was read, or the receiver broke off.
    Done,
    /// The reason, in Chinese.
    Failed(String),
    /// It ended without a last word.
    Died,
    /// It said nothing for too long.
    Silent,
}

/// Reads a workbook of so many bytes by a child that `program` runs.
///
/// # Errors
/// Returns in Chinese what is wrong with the file, which limit it passes, or that the child cannot be started.
pub(super) fn read(program: &Path, file: File, n_bytes: u64, receiver: &mut Receiver<'_>) -> Result<(), String> {
    let limits = Limits::of_file(n_bytes);
    let mut command = Command::new(program);
    command.arg(READ_WORKBOOK).stdin(file);
    let (ending, status) = talk(&mut command, limits.silence(), Budget::of_file(n_bytes), receiver)
        .map_err(|e| format!("无法启动读取工作簿的进程 {}（{e}）", program.display()))?;
    match ending {
        Ending::Done => Ok(()),
        Ending::Failed(reason) => Err(reason),
        Ending::Silent => Err(format!("{} 秒没有读出内容；{SAVE_AGAIN}", limits.silence().as_secs())),
        Ending::Died => Err(cause_of_death(status, limits)),
    }
}

/// Starts a child, takes what it writes, and ends it; also returns how it ended, if that is known: of one that
/// died, only if it was not ended here.
fn talk(
    command: &mut Command,
    silence: Duration,
    budget: Budget,
    receiver: &mut Receiver<'_>,
) -> io::Result<(Ending, Option<ExitStatus>)> {
    let mut child = Reaped(command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?);
    let stdout = child.0.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
    Ok(thread::scope(|scope| {
        let (sender, chunks) = sync_channel(CHUNKS);
        scope.spawn(move || pump(stdout, &sender));
        let mut output = Output { chunks, silence, chunk: Vec::new(), at: 0 };
        let ending = converse(&mut output, budget, receiver);
        let by_itself = matches!(ending, Ending::Died).then(|| child.ended_by_itself());
        // Before the thread is waited for: it reads until the child is gone.
        let ended = child.end();
        (ending, by_itself.unwrap_or(ended))
    }))
}

const SAVE_AGAIN: &str = "文件可能已损坏，请用 Excel 或 WPS 打开，删去多余的内容，另存为 .xlsx 后再导入";

/// Passes on what the child writes, until it ends or nobody listens.
fn pump(mut stdout: ChildStdout, sender: &SyncSender<Vec<u8>>) {
    loop {
        let mut chunk = vec![0; CHUNK_BYTES];
        match stdout.read(&mut chunk) {
            Ok(n_read) if n_read > 0 => chunk.truncate(n_read),
            _ => return,
        }
        if sender.send(chunk).is_err() {
            return;
        }
    }
}

/// Takes frames until the last.
fn converse(output: &mut Output, mut budget: Budget, receiver: &mut Receiver<'_>) -> Ending {
    let mut line = Vec::new();
    loop {
        line.clear();
        match output.take(MAX_FRAME_BYTES).read_until(b'\n', &mut line) {
            Ok(_) => {}
            Err(e) if e.kind() == io::ErrorKind::TimedOut => return Ending::Silent,
            Err(_) => return Ending::Died,
        }
        let piece = match serde_json::from_slice(&line) {
            Ok(Frame::Sheet(name)) => Piece::Sheet(name),
            Ok(Frame::Row(row)) => match budget.spend_row(&row) {
                Ok(()) => Piece::Row(row),
                Err(reason) => return Ending::Failed(reason),
            },
            Ok(Frame::Done) => return Ending::Done,
            Ok(Frame::Failed(reason)) => return Ending::Failed(reason),
            // Cut short by its end.
            Err(_) => return Ending::Died,
        };
        if receiver(piece).is_break() {
            return Ending::Done;
        }
    }
}

/// What the child writes, as far as it comes in time.
struct Output {
    chunks: Chunks<Vec<u8>>,
    silence: Duration,
    chunk: Vec<u8>,
    /// How much of the chunk has been read.
    at: usize,
}

impl Read for Output {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_read = self.fill_buf()?.read(buffer)?;
        self.consume(n_read);
        Ok(n_read)
    }
}

impl BufRead for Output {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at >= self.chunk.len() {
            self.at = 0;
            self.chunk = match self.chunks.recv_timeout(self.silence) {
                Ok(chunk) => chunk,
                Err(RecvTimeoutError::Disconnected) => Vec::new(),
                Err(RecvTimeoutError::Timeout) => return Err(io::ErrorKind::TimedOut.into()),
            };
        }
        Ok(self.chunk.get(self.at..).unwrap_or_default())
    }

    fn consume(&mut self, n_bytes: usize) {
        self.at += n_bytes;
    }
}

/// Says in Chinese why the child ended without a last word.
fn cause_of_death(status: Option<ExitStatus>, limits: Limits) -> String {
    match status.and_then(signal) {
        // An allocation that fails aborts.
        Some(SIGABRT) => {
            format!("读取时超过了 {} MiB 内存的上限；{SAVE_AGAIN}", limits.memory_bytes >> 20)
        }
        Some(SIGXCPU | SIGKILL) => {
            format!("读取时超过了 {} 秒处理器时间的上限；{SAVE_AGAIN}", limits.processor_seconds)
        }
        _ => format!("读取工作簿的进程意外结束；{SAVE_AGAIN}"),
    }
}

const SIGABRT: i32 = 6;
const SIGKILL: i32 = 9;
const SIGXCPU: i32 = 24;

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<i32> {
    None
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    /// How a conversation with a shell ends, and how many pieces it gave.
    fn ending(script: &str) -> (Ending, Option<ExitStatus>, usize) {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdin(Stdio::null());
        let mut n_pieces = 0;
        let mut count = |_| {
            n_pieces += 1;
            ControlFlow::Continue(())
        };
        let (ending, status) = talk(&mut command, Duration::from_millis(500), Budget::of_file(0), &mut count).unwrap();
        (ending, status, n_pieces)
    }

    #[test]
    fn a_silent_child_is_ended() {
        let started = Instant::now();
        let (ending, status, n_pieces) = ending("echo '{\"Sheet\":\"a\"}'; exec sleep 600");
        assert!(matches!(ending, Ending::Silent));
        assert_eq!((status.and_then(signal), n_pieces), (Some(SIGKILL), 1));
        assert!(started.elapsed() < Duration::from_secs(100));
    }

    #[test]
    fn the_last_word_counts() {
        assert!(matches!(ending("echo '\"Done\"'; exec sleep 600"), (Ending::Done, ..)));
        assert!(matches!(ending("echo '{\"Failed\":\"x\"}'").0, Ending::Failed(reason) if reason == "x"));
        assert!(matches!(ending("echo '{\"Sheet\":\"a\"}'; exit 3"), (Ending::Died, _, 1)));
        assert!(matches!(ending("printf '{\"Sheet\":'; kill -ABRT $$").0, Ending::Died));
        assert!(matches!(ending("exec cat /dev/zero").0, Ending::Died));
    }

    #[test]
    fn death_has_a_cause() {
        let limits = Limits::of_file(1 << 20);
        let cause = |script| cause_of_death(ending(script).1, limits);
        assert!(cause("kill -ABRT $$").contains("168 MiB 内存"));
        assert!(cause("kill -XCPU $$").contains("3 秒处理器时间"));
        assert!(cause("exit 3").contains("意外结束"));
        assert!(cause("exec >&-; sleep 0.2; exit 3").contains("意外结束"), "its output ends before it does");
        assert!(cause("exec cat /dev/zero").contains("意外结束"), "nobody limited it");
    }
}
