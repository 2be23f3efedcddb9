//! Agendas of events: planned from an event file, kept with the log, mended, printed. An agenda belongs
//! to the organisers of the region of whoever made it; of those who take part each sees its own calendar.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::agenda::{Agenda, Effort, Watch};
use crate::engine::{Losses, PageRequest, bad_cursor, check_plan, repair_plan, solve_plan};
use crate::error::{Error, Result};
use crate::event::{Event, Participant, Plan, Summary};
use crate::model::{KeptAgenda, PartyId, Reach};
use crate::reports::{calendar, write_agenda_page, write_agenda_workbook};
use crate::service::call::{Call, Given, Giving, Handled, answer};
use crate::service::errors::ApiError;
use crate::service::limits::{AGENDA_SECONDS_DEFAULT, AGENDA_SECONDS_MAX};
use crate::wire::{
    AgendaFileBody, AgendaListBody, AgendaRepairBody, AgendaRowBody, EventSummaryBody, KeptAgendaBody, RemovedBody,
    RepairBody,
};

/// The clock stops the work where the machine is so many times slower than it is taken for.
const SLOWNESS_MAX: u32 = 4;

/// Plans an agenda.
pub(in crate::service) fn create(call: &Call<'_>) -> Handled {
    if let Some(before) = call.before()? {
        return Ok(before);
    }
    let text = std::str::from_utf8(call.body).map_err(|_| ApiError::bad("请求正文不是 UTF-8 文字"))?;
    let event = Event::parse(Path::new("场次.toml"), text, call.engine.definition())?;
    let plan = call.engine.event_plan(&event, &call.moment)?;
    may_plan(call, &event, &plan)?;
    let agenda = watched(seconds(call)?, |effort, watch| solve_plan(&plan, effort, watch))?;
    let region = match &call.viewer.reach {
        Reach::Region(region) => Some(region.clone()),
        Reach::All | Reach::Party(_) | Reach::Public => None,
    };
    let (name, created) = (plan.name.clone(), call.moment.instant.clone());
    let new = KeptAgenda { number: 0, name, region, created, text: Some(written_whole(&plan, &agenda)) };
    let done = |kept: &KeptAgenda| {
        let agenda = AgendaFileBody::new(&plan, &agenda, &Summary::new(&plan, &agenda));
        answer(201, &KeptAgendaBody { agenda, id: KeptAgenda::name_of(kept.number) })
    };
    call.change(&done, |by| call.engine.keep_agenda(new, by, &call.moment))
}

/// Lists the agendas that are the viewer's to host.
pub(in crate::service) fn list(call: &Call<'_>) -> Handled {
    let PageRequest { after, limit } = call.page();
    let number = |id: &str| KeptAgenda::parse(id).ok_or_else(bad_cursor);
    let after = after.as_deref().map_or(Ok(0), number)?;
    let kept = call.engine.agendas()?.into_iter().filter(|kept| kept.number > after);
    let own = kept.filter(|kept| hosts(call, kept.region.as_deref()));
    let row = |KeptAgenda { number, name, region, created, .. }| AgendaRowBody {
        id: KeptAgenda::name_of(number),
        name,
        created,
        region,
    };
    let mut items: Vec<AgendaRowBody> = own.take(limit + 1).map(row).collect();
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| has_more).map(|last| last.id.clone());
    Ok(answer(200, &AgendaListBody { items, next }))
}

/// Removes an agenda. That there was one stays known, so that its number is not given to another one.
pub(in crate::service) fn remove(call: &Call<'_>) -> Handled {
    if let Some(before) = call.before()? {
        return Ok(before);
    }
    let (_, _, kept) = own(call)?;
    let removed = RemovedBody { id: call.id.clone(), removed: call.moment.instant.clone() };
    let gone = KeptAgenda { text: None, ..kept };
    call.change(&|_| answer(200, &removed), |by| call.engine.change_agenda(gone, by, &call.moment))
}

/// Shows an agenda.
pub(in crate::service) fn get(call: &Call<'_>) -> Handled {
    let (plan, agenda, _) = own(call)?;
    let body = AgendaFileBody::new(&plan, &agenda, &Summary::new(&plan, &agenda));
    Ok(answer(200, &KeptAgendaBody { agenda: body, id: call.id.clone() }))
}

/// Writes an agenda as a workbook.
pub(in crate::service) fn workbook(call: &Call<'_>) -> Giving {
    let (plan, agenda, _) = own(call)?;
    written(|path| write_agenda_workbook(path, &plan, &agenda, &Summary::new(&plan, &agenda)))
}

/// Writes an agenda for printing.
pub(in crate::service) fn page(call: &Call<'_>) -> Giving {
    let (plan, agenda, _) = own(call)?;
    written(|path| write_agenda_page(path, &plan, &agenda, &Summary::new(&plan, &agenda)))
}

/// Writes the calendar of one who takes part.
pub(in crate::service) fn calendar_of(call: &Call<'_>) -> Giving {
    let not_found = || Error::NotFound(call.id.clone());
    let named = call.parameter("party");
    let (plan, agenda, party) = match &call.viewer.reach {
        Reach::Party(_) => {
            let (plan, agenda, _) = open(call)?;
            let is_own = |party: PartyId| call.engine.knows_of(&call.viewer, party);
            let is_meant = named.is_none_or(|text| PartyId::parse(text).is_some_and(is_own));
            let place = plan.parties.iter().position(|party| is_own(party.id)).filter(|_| is_meant);
            (plan, agenda, place.ok_or_else(not_found)?)
        }
        Reach::All | Reach::Region(_) | Reach::Public => {
            let (plan, agenda, _) = own(call)?;
            let text = named.ok_or_else(|| ApiError::field("party", "请写明哪个单位"))?;
            let place = plan.find(text)?;
            (plan, agenda, place)
        }
    };
    let seats = plan.seats(&agenda);
    Ok(Given::Bytes(calendar(&plan, party, seats.get(party).ok_or_else(not_found)?).into_bytes()))
}

/// Mends an agenda.
pub(in crate::service) fn repair(call: &Call<'_>) -> Handled {
    if let Some(before) = call.before()? {
        return Ok(before);
    }
    let body: AgendaRepairBody = call.json()?;
    let seconds = seconds(call)?;
    let (mut plan, former, kept) = own(call)?;
    let losses = Losses { without: &body.without, late: &body.late, tables: &body.drop_tables };
    let mended = watched(seconds, |effort, watch| repair_plan(&mut plan, &former, &losses, effort, watch))?;
    let agenda = &mended.repaired.agenda;
    let changed = KeptAgenda { text: Some(written_whole(&plan, agenda)), ..kept };
    let summary = EventSummaryBody::new(&plan, agenda, &Summary::new(&plan, agenda));
    let repair = RepairBody::new(&plan, &mended, summary);
    call.change(&|_| answer(200, &repair), |by| call.engine.change_agenda(changed, by, &call.moment))
}

/// Refuses a plan that asks for somebody whose demands the viewer could not match one by one, whether or not they match
/// anything: that they do not would be told as well.
fn may_plan(call: &Call<'_>, event: &Event, plan: &Plan) -> std::result::Result<(), ApiError> {
    if call.viewer.reach == Reach::All {
        return Ok(());
    }
    let askers = call.engine.askers(event, plan, &call.moment);
    match askers.into_iter().find(|asker| !call.engine.knows_of(&call.viewer, asker.id)) {
        None => Ok(()),
        Some(Participant { id, name, .. }) => {
            Err(ApiError::bad(format!("{name}（{id}）不在所辖地区；请在场次里只写所辖地区的需求方")))
        }
    }
}

fn seconds(call: &Call<'_>) -> std::result::Result<u64, ApiError> {
    let seconds = call.parameter("seconds").and_then(|text| text.parse().ok()).unwrap_or(AGENDA_SECONDS_DEFAULT);
    let is_fit = (1..=AGENDA_SECONDS_MAX).contains(&seconds);
    if is_fit { Ok(seconds) } else { Err(ApiError::field("seconds", format!("1 到 {AGENDA_SECONDS_MAX}"))) }
}

/// Does work of so many steps, which the clock ends only on a machine that is much too slow.
fn watched<T>(seconds: u64, work: impl FnOnce(&Effort, &Watch<'_>) -> T) -> T {
    let (start, limit) = (Instant::now(), Duration::from_secs(seconds) * SLOWNESS_MAX);
    let is_over = || start.elapsed() > limit;
    let effort = Effort { seed: 1, steps: seconds * Effort::STEPS_PER_SECOND };
    work(&effort, &Watch { is_over: &is_over, on_phase: &|_| () })
}

/// Writes an agenda as it is kept.
fn written_whole(plan: &Plan, agenda: &Agenda) -> String {
    let body = AgendaFileBody::new(plan, agenda, &Summary::new(plan, agenda));
    serde_json::to_string(&body).expect("numbers and strings always serialise")
}

/// Opens the agenda that the path names.
fn open(call: &Call<'_>) -> Result<(Plan, Agenda, KeptAgenda)> {
    let number = KeptAgenda::parse(&call.id).ok_or_else(|| Error::NotFound(call.id.clone()))?;
    let kept = call.engine.agenda(number)?;
    let (plan, agenda) = AgendaFileBody::read(kept.text.as_deref().unwrap_or_default())?;
    check_plan(&plan, &agenda)?;
    Ok((plan, agenda, kept))
}

/// Says whether agendas whose maker is bound to a region, or to none, are the viewer's to host.
fn hosts(call: &Call<'_>, region: Option<&str>) -> bool {
    match &call.viewer.reach {
        Reach::All => true,
        Reach::Region(own) => region.is_some_and(|made| call.engine.definition().regions.within(made, own)),
        Reach::Party(_) | Reach::Public => false,
    }
}

/// Opens the agenda that the path names, if it is the viewer's to host.
fn own(call: &Call<'_>) -> Result<(Plan, Agenda, KeptAgenda)> {
    let found = open(call)?;
    if hosts(call, found.2.region.as_deref()) { Ok(found) } else { Err(Error::NotFound(call.id.clone())) }
}

/// Gives a file that is written for this request.
fn written(write: impl FnOnce(&Path) -> Result<()>) -> Giving {
    let folder = tempfile::tempdir().map_err(Error::io("创建", std::env::temp_dir()))?;
    let path = folder.path().join("agenda");
    write(&path)?;
    Ok(Given::Bytes(fs::read(&path).map_err(Error::io("读取", &path))?))
}
