//! Agendas of events: planned from an event file, kept as files of the data directory, mended, printed. An agenda belongs
//! to the organisers of the region of whoever made it; of those who take part each sees its own calendar.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::agenda::{Agenda, Effort, Watch};
use crate::engine::{Losses, PageRequest, check_plan, repair_plan, solve_plan};
use crate::error::{Error, Result};
use crate::event::{Event, Plan, Summary};
use crate::model::{PartyId, Reach, RecordId};
use crate::reports::{calendar, write_agenda_page, write_agenda_workbook};
use crate::seal::sync_parent;
use crate::service::call::{Call, Given, Giving, Handled, answer};
use crate::service::errors::ApiError;
use crate::service::limits::{AGENDA_SECONDS_DEFAULT, AGENDA_SECONDS_MAX, AGENDAS_MAX};
use crate::wire::{
    AgendaFileBody, AgendaListBody, AgendaRepairBody, AgendaRowBody, EventSummaryBody, KeptAgendaBody, RemovedBody,
    RepairBody,
};

/// The clock stops the work where the machine is so many times slower than it is taken for.
const SLOWNESS_MAX: u32 = 4;

/// Who made an agenda.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Origin {
    /// What the event is called. Older files do not say.
    #[serde(default)]
    name: String,
    /// The region that its maker is bound to.
    region: Option<String>,
    /// When.
    created: String,
}

/// Plans an agenda.
pub(in crate::service) fn create(call: &Call<'_>) -> Handled {
    call.once_only(|| {
        let text = std::str::from_utf8(call.body).map_err(|_| ApiError::bad("请求正文不是 UTF-8 文字"))?;
        let event = Event::parse(Path::new("场次.toml"), text, call.engine.definition())?;
        let plan = call.engine.event_plan(&event, &call.moment)?;
        may_plan(call, &plan)?;
        let agenda = watched(seconds(call)?, |effort, watch| solve_plan(&plan, effort, watch))?;
        let folder = folder(call);
        fs::create_dir_all(&folder).map_err(Error::io("创建", &folder))?;
        let numbers = numbers(&folder)?;
        if numbers.iter().filter(|number| file(call, **number).exists()).count() >= AGENDAS_MAX {
            return Err(ApiError::bad(format!("已存有 {AGENDAS_MAX} 份议程；请先删去一些")));
        }
        let id = format!("A{}", numbers.iter().max().unwrap_or(&0) + 1);
        let region = match &call.viewer.reach {
            Reach::Region(region) => Some(region.clone()),
            Reach::All | Reach::Party(_) | Reach::Public => None,
        };
        let origin = Origin { name: plan.name.clone(), region, created: call.moment.instant.clone() };
        let origin = serde_json::to_string(&origin).expect("strings always serialise");
        write(&folder.join(format!("{id}.origin.json")), &origin)?;
        let body = keep(call, &id, &plan, &agenda)?;
        let done = answer(201, &KeptAgendaBody { agenda: body, id });
        Ok((done.clone(), done))
    })
}

/// Lists the agendas that are the viewer's to host.
pub(in crate::service) fn list(call: &Call<'_>) -> Handled {
    let PageRequest { after, limit } = call.page();
    let after = after
        .as_deref()
        .map_or(Ok(0), |id| number_of(id).ok_or_else(|| ApiError::field("cursor", "上一页给出的 next")))?;
    let folder = folder(call);
    let numbers = if folder.is_dir() { numbers(&folder)? } else { Vec::new() };
    let mut items = Vec::new();
    for number in numbers.into_iter().filter(|number| *number > after && file(call, *number).exists()) {
        let id = format!("A{number}");
        let Origin { name, region, created } = origin(call, &id)?;
        if hosts(call, region.as_deref()) {
            items.push(AgendaRowBody { id, name, created, region });
        }
        if items.len() > limit {
            break;
        }
    }
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| has_more).map(|last| last.id.clone());
    Ok(answer(200, &AgendaListBody { items, next }))
}

/// Removes an agenda. Who made it stays known, so that its number is not given to another one.
pub(in crate::service) fn remove(call: &Call<'_>) -> Handled {
    call.once_only(|| {
        own(call)?;
        let path = folder(call).join(format!("{}.json", call.id));
        fs::remove_file(&path).map_err(Error::io("删除", &path))?;
        sync_parent(&path)?;
        let done = answer(200, &RemovedBody { id: call.id.clone(), removed: call.moment.instant.clone() });
        Ok((done.clone(), done))
    })
}

/// Shows an agenda.
pub(in crate::service) fn get(call: &Call<'_>) -> Handled {
    let (plan, agenda) = own(call)?;
    let body = AgendaFileBody::new(&plan, &agenda, &Summary::new(&plan, &agenda));
    Ok(answer(200, &KeptAgendaBody { agenda: body, id: call.id.clone() }))
}

/// Writes an agenda as a workbook.
pub(in crate::service) fn workbook(call: &Call<'_>) -> Giving {
    let (plan, agenda) = own(call)?;
    written(|path| write_agenda_workbook(path, &plan, &agenda, &Summary::new(&plan, &agenda)))
}

/// Writes an agenda for printing.
pub(in crate::service) fn page(call: &Call<'_>) -> Giving {
    let (plan, agenda) = own(call)?;
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
            let (plan, agenda) = own(call)?;
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
    call.once_only(|| {
        let body: AgendaRepairBody = call.json()?;
        let seconds = seconds(call)?;
        let (mut plan, before) = own(call)?;
        let losses = Losses { without: &body.without, late: &body.late, tables: &body.drop_tables };
        let mended = watched(seconds, |effort, watch| repair_plan(&mut plan, &before, &losses, effort, watch))?;
        let agenda = &mended.repaired.agenda;
        keep(call, &call.id, &plan, agenda)?;
        let summary = Summary::new(&plan, agenda);
        let summary = EventSummaryBody::new(&plan, agenda, &summary);
        let repair = RepairBody::new(&plan, &mended, summary);
        let done = answer(200, &repair);
        Ok((done.clone(), done))
    })
}

/// Refuses a plan that matches demands which the viewer could not match one by one.
fn may_plan(call: &Call<'_>, plan: &Plan) -> std::result::Result<(), ApiError> {
    if call.viewer.reach == Reach::All {
        return Ok(());
    }
    let demands = plan.pairs.iter().filter_map(|pair| pair.topic.as_ref()).map(|topic| &topic.demand.id);
    let is_foreign = |id: &&RecordId| id.party().is_none_or(|party| !call.engine.knows_of(&call.viewer, party));
    match demands.into_iter().find(is_foreign) {
        None => Ok(()),
        Some(id) => Err(ApiError::bad(format!("需求 {id} 的单位不在所辖地区；请在场次里只写所辖地区的需求方"))),
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

fn folder(call: &Call<'_>) -> PathBuf {
    call.data.join("agendas")
}

fn file(call: &Call<'_>, number: u64) -> PathBuf {
    folder(call).join(format!("A{number}.json"))
}

fn numbers(folder: &Path) -> Result<Vec<u64>> {
    let entries = fs::read_dir(folder).map_err(Error::io("读取", folder))?;
    let number = |name: &str| name.strip_prefix('A')?.split('.').next()?.parse().ok();
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut numbers: Vec<u64> = names.filter_map(|name| number(&name)).collect();
    numbers.sort_unstable();
    numbers.dedup();
    Ok(numbers)
}

/// Keeps an agenda; it is on the disk when this returns.
fn keep(call: &Call<'_>, id: &str, plan: &Plan, agenda: &Agenda) -> Result<AgendaFileBody> {
    let body = AgendaFileBody::new(plan, agenda, &Summary::new(plan, agenda));
    let text = serde_json::to_string(&body).expect("numbers and strings always serialise");
    write(&folder(call).join(format!("{id}.json")), &text)?;
    Ok(body)
}

/// Writes a file whole or not at all.
fn write(path: &Path, text: &str) -> Result<()> {
    let fresh = path.with_extension("new");
    let failed = || Error::io("写入", path);
    let mut file = fs::File::create(&fresh).map_err(failed())?;
    std::io::Write::write_all(&mut file, text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed())?;
    fs::rename(&fresh, path).map_err(failed())?;
    sync_parent(path)
}

/// Opens the agenda that the path names.
fn open(call: &Call<'_>) -> Result<(Plan, Agenda, Origin)> {
    let not_found = || Error::NotFound(call.id.clone());
    let number = number_of(&call.id).ok_or_else(not_found)?;
    let text = fs::read_to_string(file(call, number)).map_err(|_| not_found())?;
    let (plan, agenda) = AgendaFileBody::read(&text)?;
    check_plan(&plan, &agenda)?;
    Ok((plan, agenda, origin(call, &call.id)?))
}

/// Reads who made an agenda.
fn origin(call: &Call<'_>, id: &str) -> Result<Origin> {
    let text = fs::read_to_string(folder(call).join(format!("{id}.origin.json")));
    let text = text.map_err(|_| Error::NotFound(id.to_owned()))?;
    serde_json::from_str(&text).map_err(|_| Error::Damaged(format!("议程 {id}")))
}

fn number_of(id: &str) -> Option<u64> {
    id.strip_prefix('A')?.parse().ok()
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
fn own(call: &Call<'_>) -> Result<(Plan, Agenda)> {
    let (plan, agenda, origin) = open(call)?;
    if hosts(call, origin.region.as_deref()) { Ok((plan, agenda)) } else { Err(Error::NotFound(call.id.clone())) }
}

/// Gives a file that is written for this request.
fn written(write: impl FnOnce(&Path) -> Result<()>) -> Giving {
    let folder = tempfile::tempdir().map_err(Error::io("创建", std::env::temp_dir()))?;
    let path = folder.path().join("agenda");
    write(&path)?;
    Ok(Given::Bytes(fs::read(&path).map_err(Error::io("读取", &path))?))
}
