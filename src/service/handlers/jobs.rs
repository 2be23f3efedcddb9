//! Jobs: begin one, ask how far it is, take what it gave, end it.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::ops::ControlFlow;
use std::sync::Arc;

use crate::error::Error;
use crate::matching::{MatchOptions, MatchOrder};
use crate::model::{MatchList, Moment, Viewer};
use crate::service::call::{Call, Given, Giving, Handled, answer};
use crate::service::errors::ApiError;
use crate::service::handlers::top_of;
use crate::service::jobs::Job;
use crate::service::limits::RESULT_BYTES_MAX;
use crate::service::state::State;
use crate::wire::{JobRequestBody, MatchListBody};

/// The one sort of job that can be asked for.
const MATCH_ALL: &str = "match_all";

/// Begins a job.
pub(in crate::service) fn begin_job(call: &Call<'_>) -> Handled {
    let JobRequestBody { what, lane, top } = call.json()?;
    if what != MATCH_ALL {
        return Err(ApiError::field("what", MATCH_ALL));
    }
    call.engine.find_lanes(lane.as_deref())?;
    let options = MatchOptions { top: top_of(top)?, below_floor: false, order: MatchOrder::Score };
    let (state, viewer, moment) = (Arc::clone(call.state), call.viewer.clone(), call.moment.clone());
    let work = move |job: &Job| {
        match_all(&state, job, lane.as_deref(), options, (&viewer, &moment))?;
        Ok(200)
    };
    let job = call.state.jobs.begin(MATCH_ALL, &call.viewer, call.once.as_ref(), work)?;
    Ok(answer(202, &job.body()))
}

fn match_all(
    state: &State,
    job: &Job,
    lane: Option<&str>,
    options: MatchOptions,
    (viewer, moment): (&Viewer, &Moment),
) -> Result<(), Error> {
    let path = job.path("jsonl");
    let failed = || Error::io("写入", &path);
    let mut file = BufWriter::new(File::create(&path).map_err(failed())?);
    let on_progress = |done, total| {
        job.progress(done, total);
        if job.is_over() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut n_bytes = 0_u64;
    let mut on_lists = |lists: &[MatchList]| {
        for list in lists {
            let line = serde_json::to_string(&MatchListBody::new(moment.as_of, list))
                .expect("numbers and strings always serialise");
            n_bytes += u64::try_from(line.len()).unwrap_or(u64::MAX);
            if job.is_over() {
                return Err(Error::Cancelled);
            }
            if n_bytes > RESULT_BYTES_MAX {
                return Err(Error::Request("结果太大；请写明 lane，或把 top 写小一些".to_owned()));
            }
            writeln!(file, "{line}").map_err(failed())?;
        }
        Ok(())
    };
    state.engine.match_all_for(lane, options, (viewer, moment), &on_progress, &mut on_lists)?;
    file.flush().map_err(failed())
}

/// Tells how far a job is.
pub(in crate::service) fn get_job(call: &Call<'_>) -> Handled {
    Ok(answer(200, &call.state.jobs.find(&call.id, &call.viewer)?.body()))
}

/// Ends a job.
pub(in crate::service) fn cancel_job(call: &Call<'_>) -> Handled {
    let job = call.state.jobs.find(&call.id, &call.viewer)?;
    call.state.jobs.cancel(&job);
    Ok(answer(200, &job.body()))
}

/// Gives what a job gave.
pub(in crate::service) fn get_result(call: &Call<'_>) -> Giving {
    file_of(call, "jsonl")
}

/// Gives the rows that an import kept out.
pub(in crate::service) fn get_problems(call: &Call<'_>) -> Giving {
    file_of(call, "xlsx")
}

fn file_of(call: &Call<'_>, ending: &str) -> Giving {
    let job = call.state.jobs.find(&call.id, &call.viewer)?;
    let file = job.is_done().then(|| File::open(job.path(ending)).ok()).flatten();
    Ok(Given::File(file.ok_or_else(|| Error::NotFound(call.id.clone()))?))
}
