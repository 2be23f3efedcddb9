//! What is counted: requests by route and status, and how long they took. Nothing of what they said.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// All counts.
#[derive(Debug, Default)]
pub(super) struct Metrics {
    requests: Mutex<BTreeMap<(&'static str, u16), Counted>>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Counted {
    requests: u64,
    time: Duration,
}

impl Metrics {
    /// Counts one request.
    pub(super) fn count(&self, route: &'static str, status: u16, time: Duration) {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        let counted = requests.entry((route, status)).or_default();
        counted.requests += 1;
        counted.time += time;
    }

    /// Writes all counts in the text format of Prometheus.
    pub(super) fn text(&self) -> String {
        let requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut text =
            "# HELP lianqiao_requests_total Requests answered.\n# TYPE lianqiao_requests_total counter\n".to_owned();
        for ((route, status), counted) in &requests {
            let n = counted.requests;
            text.push_str(&format!("lianqiao_requests_total{{route=\"{route}\",status=\"{status}\"}} {n}\n"));
        }
        text.push_str("# HELP lianqiao_request_seconds_total Time from a request's head to its answer.\n");
        text.push_str("# TYPE lianqiao_request_seconds_total counter\n");
        for ((route, status), counted) in &requests {
            let seconds = counted.time.as_secs_f64();
            text.push_str(&format!(
                "lianqiao_request_seconds_total{{route=\"{route}\",status=\"{status}\"}} {seconds:.6}\n"
            ));
        }
        text
    }
}
