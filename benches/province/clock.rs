//! Time and memory. Processor time is what counts on a machine that others use too.

use std::fs;
use std::time::Instant;

/// Returns the processor time of this process in seconds, in steps of a hundredth.
pub fn process_seconds() -> f64 {
    stat_seconds([11, 12])
}

/// Returns the processor time of all children that were waited for, in seconds.
pub fn children_seconds() -> f64 {
    stat_seconds([13, 14])
}

fn stat_seconds(places: [usize; 2]) -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    places.iter().map(|place| fields[*place].parse::<f64>().unwrap()).sum::<f64>() / 100.0
}

/// Returns a figure of a process's memory in KiB (`VmRSS`, `VmHWM`); 0 once the process has ended.
pub fn memory(process: &str, figure: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(figure));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0.0)
}

/// Returns the processor time of some work in seconds.
pub fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let before = process_seconds();
    let done = work();
    (done, process_seconds() - before)
}

/// Returns the wall time of some work in seconds.
pub fn wall<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed().as_secs_f64())
}

/// Returns the least wall time of some runs in seconds: what others do on the machine only adds to it, and the clock of
/// processor time is too coarse for a fraction of a millisecond.
pub fn least_seconds(n_runs: usize, mut work: impl FnMut()) -> f64 {
    (0..n_runs).map(|_| wall(&mut work).1).fold(f64::INFINITY, f64::min)
}

/// Returns the value below which a part of all lies.
pub fn percentile(values: &[f64], part: f64) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * part).round() as usize]
}

/// Returns the value in the middle.
pub fn median(values: &[f64]) -> f64 {
    percentile(values, 0.5)
}

/// Returns the mean.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
