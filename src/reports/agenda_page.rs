//! The printed pages of an agenda, as one HTML file that needs nothing else: a summary for the organiser, an overview and
//! the meetings of each slot for the wall, and a page for each party.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use askama::Template;

use crate::agenda::{Agenda, Meeting};
use crate::error::Error;
use crate::event::{Plan, Seat, Span, Summary, by_time, table_number};
use crate::reports::agenda_text::{
    about, begins, days, facts, item_title, open_of, reasons_of, score_of, side, table_of, time_of, troubles, when,
};

/// So many slots go side by side on one landscape page.
const SLOTS_WIDE: usize = 8;
/// So many parties without a meeting are listed on the summary; the workbook has them all.
const UNSERVED_MAX: usize = 24;
const REASONS_MAX: usize = 3;

/// The whole file.
#[derive(Template)]
#[template(
    ext = "html",
    source = r##"<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ name }}：议程</title>
<style>
@page { size: A4; margin: 14mm 13mm 16mm; @bottom-right { content: counter(page); color: #5b6675; font-size: 8.8pt; } }
@page wide { size: A4 landscape; margin: 9mm 10mm; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 190mm; color: #1d2530; font: 10.5pt/1.55 "Source Han Sans SC", "Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "SimHei", sans-serif; }
section { break-before: page; padding-top: 4mm; }
section:first-of-type { break-before: auto; }
.wide { page: wide; max-width: none; padding-top: 0; }
.wide .where { margin-bottom: 2mm; padding-bottom: 1.5mm; }
h1 { margin: 0 0 1mm; font-size: 19pt; line-height: 1.3; }
h2 { margin: 0 0 1mm; font-size: 15pt; line-height: 1.35; }
h3 { margin: 6mm 0 1.5mm; font-size: 11.5pt; break-after: avoid; }
.where { margin: 0 0 4mm; padding-bottom: 2.5mm; border-bottom: 0.6mm solid #1f5fa8; color: #4a5563; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th, td { padding: 1.4mm 2mm; border: 0.2mm solid #c3cbd6; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
th { background: #e8eff8; font-weight: 600; }
.facts th { width: 34mm; }
.when { width: 29mm; white-space: nowrap; font-variant-numeric: tabular-nums; }
.days .when { width: 42mm; }
.seat { width: 19mm; white-space: nowrap; }
.score { width: 17mm; text-align: right; font-variant-numeric: tabular-nums; }
.block td { background: #f6f7f9; color: #4a5563; }
.about, .small { color: #5b6675; font-size: 8.8pt; line-height: 1.45; }
.alert { margin: 0 0 4mm; padding: 2.5mm 3.5mm; border-left: 1.2mm solid #c0392b; background: #fdf1ef; }
.wall { font-size: 13pt; }
.wall th, .wall td { padding: 2.4mm 3mm; }
.wall .when { width: 36mm; }
.days .wall .when { width: 54mm; }
.seats { font-size: 12pt; }
.slot { break-inside: avoid; }
.grid { font-size: 8.5pt; line-height: 1.22; }
.grid th, .grid td { padding: 0.6mm 1.3mm; }
.grid .buyer { width: 52mm; font-weight: 600; }
.grid .table { display: block; color: #1f5fa8; font-weight: 600; }
.grid .none { color: #b6bec9; text-align: center; }
@media screen { body { padding: 8mm 4mm; } section { margin-bottom: 14mm; } .wide { overflow-x: auto; } }
@media print { body { max-width: none; } }
</style>
</head>
<body{% if has_days %} class="days"{% endif %}>
<section>
<h1>{{ name }}</h1>
<p class="where">议程摘要</p>
{% for trouble in troubles %}<p class="alert">{{ trouble }}</p>
{% endfor %}<table class="facts">
{% for (label, text) in facts %}<tr><th>{{ label }}</th><td>{{ text }}</td></tr>
{% endfor %}</table>
{% if !unserved.is_empty() %}<h3>没有洽谈的单位</h3>
<table>
<thead><tr><th>单位</th><th>原因</th></tr></thead>
{% for (party, why) in unserved %}<tr><td>{{ party }}</td><td>{{ why }}</td></tr>
{% endfor %}</table>
{% if n_unlisted > 0 %}<p class="small">另有 {{ n_unlisted }} 家，见工作簿的“摘要”。</p>
{% endif %}{% endif %}</section>
<section class="wall">
<h1>{{ name }}</h1>
<p class="where">{{ days }}　{{ place }}</p>
{% if !programme.is_empty() %}<table>
<thead><tr><th class="when">时间</th><th>安排</th></tr></thead>
{% for (when, title) in programme %}<tr><td class="when">{{ when }}</td><td>{{ title }}</td></tr>
{% endfor %}</table>
{% endif %}</section>
{% for grid in grids %}<section class="wide">
<h2>{{ name }}：洽谈总表{% if grids.len() > 1 %}（{{ loop.index }}/{{ grids.len() }}）{% endif %}</h2>
<p class="where">{{ days }}　{{ place }}</p>
<table class="grid">
<thead><tr><th class="buyer">坐席方</th>{% for head in grid.heads %}<th>{{ head }}</th>{% endfor %}</tr></thead>
{% for (buyer, cells) in grid.rows %}<tr><td class="buyer">{{ buyer }}</td>{% for cell in cells %}{% if cell.is_empty() %}<td class="none">–</td>{% else %}<td>{% for (table, sme) in cell %}<span class="table">{{ table }}</span>{{ sme }} {% endfor %}</td>{% endif %}{% endfor %}</tr>
{% endfor %}</table>
</section>
{% endfor %}<section class="seats">
<h2>{{ name }}：各时段座次</h2>
<p class="where">{{ days }}　{{ place }}</p>
{% for slot in slots %}<div class="slot">
<h3>{{ slot.when }}</h3>
<table>
<thead><tr><th class="seat">桌号</th><th>坐席方</th><th>来访方</th></tr></thead>
{% for (table, buyer, sme) in slot.rows %}<tr><td class="seat">{{ table }}</td><td>{{ buyer }}</td><td>{{ sme }}</td></tr>
{% endfor %}</table>
</div>
{% endfor %}</section>
{% for party in parties %}<section>
<h2>{{ party.name }}</h2>
<p class="where">{{ party.side }}{% if !party.about.is_empty() %}　{{ party.about }}{% endif %}<br>{{ name }}　{{ days }}　{{ place }}</p>
<table>
<thead><tr><th class="when">时间</th><th class="seat">桌号</th><th>{{ party.name }}的安排</th><th class="score">得分</th></tr></thead>
{% for row in party.rows %}{% match row.meeting %}{% when Some with (meeting) %}<tr><td class="when">{{ row.when }}</td><td class="seat">{{ meeting.table }}</td><td><strong>{{ row.title }}</strong> <span class="about">{{ meeting.about }}</span><br>{{ meeting.subject }}{% for reason in meeting.reasons %}<div class="small">{{ reason }}</div>{% endfor %}{% for open in meeting.open %}<div class="small">待核实　{{ open }}</div>{% endfor %}</td><td class="score">{{ meeting.score }}</td></tr>
{% when None %}<tr class="block"><td class="when">{{ row.when }}</td><td class="seat"></td><td>{{ row.title }}</td><td class="score"></td></tr>
{% endmatch %}{% endfor %}</table>
{% if party.n_meetings == 0 %}<p>没有安排洽谈：{{ party.why }}</p>
{% endif %}</section>
{% endfor %}</body>
</html>
"##
)]
struct Page {
    name: String,
    place: String,
    days: String,
    has_days: bool,
    troubles: Vec<String>,
    facts: Vec<(&'static str, String)>,
    unserved: Vec<(String, String)>,
    n_unlisted: usize,
    programme: Vec<(String, String)>,
    grids: Vec<Grid>,
    slots: Vec<SlotRows>,
    parties: Vec<PartyPage>,
}

/// Some slots side by side: for each buyer, table and SME in each slot.
struct Grid {
    heads: Vec<String>,
    rows: Vec<(String, Vec<Cell>)>,
}

/// The meetings of a buyer in a slot: table and SME.
type Cell = Vec<(String, String)>;

/// The meetings of a slot: table, buyer, SME.
struct SlotRows {
    when: String,
    rows: Vec<(String, String, String)>,
}

/// What a party has to do, by time.
struct PartyPage {
    name: String,
    side: &'static str,
    about: String,
    rows: Vec<PartyRow>,
    n_meetings: usize,
    why: String,
}

/// One line of a party's page.
struct PartyRow {
    when: String,
    title: String,
    meeting: Option<MeetingRow>,
}

/// What is said of a meeting.
struct MeetingRow {
    table: String,
    about: String,
    subject: String,
    score: String,
    reasons: Vec<String>,
    open: Vec<String>,
}

/// Writes the printed pages of an agenda. Same agenda, same bytes.
///
/// # Errors
/// [`Error::Io`] where the file cannot be written.
pub fn write_agenda_page(path: &Path, plan: &Plan, agenda: &Agenda, summary: &Summary) -> Result<(), Error> {
    let text = page(plan, agenda, summary).render().expect("a template of texts and numbers always renders");
    fs::write(path, text).map_err(Error::io("写入", path))
}

fn page(plan: &Plan, agenda: &Agenda, summary: &Summary) -> Page {
    let meetings = by_time(agenda);
    let seats = plan.seats(agenda);
    let unserved = summary.unserved.iter().take(UNSERVED_MAX);
    Page {
        name: plan.name.clone(),
        place: plan.place.clone(),
        days: days(plan),
        has_days: plan.has_days(),
        troubles: troubles(summary),
        facts: facts(plan, agenda, summary),
        unserved: unserved.map(|(party, why)| (plan.name_of(*party).to_owned(), why.clone())).collect(),
        n_unlisted: summary.unserved.len().saturating_sub(UNSERVED_MAX),
        programme: programme(plan),
        grids: grids(plan, &meetings),
        slots: slots(plan, &meetings),
        parties: (0..).zip(&seats).map(|(party, seats)| party_page(plan, summary, party, seats)).collect(),
    }
}

/// Lists the parts of the programme and, where there are none for a while, the meetings.
fn programme(plan: &Plan) -> Vec<(String, String)> {
    let items = plan.programme.iter().map(|item| (item.span, item_title(plan, item)));
    let meetings = stretches(plan).into_iter().map(|stretch| (stretch, "一对一洽谈".to_owned()));
    let mut lines: Vec<(Span, String)> = items.chain(meetings).collect();
    lines.sort();
    lines.into_iter().map(|(span, title)| (when(plan, span), title)).collect()
}

/// Lists the stretches of slots between blocks.
fn stretches(plan: &Plan) -> Vec<Span> {
    let mut stretches: Vec<Span> = Vec::new();
    let mut last = None;
    for (slot, span) in plan.problem.slots.iter().zip(&plan.spans) {
        let follows = last == Some(slot.session) && !slot.is_block;
        match stretches.last_mut() {
            Some(stretch) if follows => stretch.end = span.end,
            _ if slot.is_block => {}
            _ => stretches.push(*span),
        }
        last = (!slot.is_block).then_some(slot.session);
    }
    stretches
}

fn grids(plan: &Plan, meetings: &[Meeting]) -> Vec<Grid> {
    let used: BTreeSet<usize> = meetings.iter().map(|meeting| meeting.slot).collect();
    let used: Vec<usize> = used.into_iter().collect();
    let buyers = meetings.iter().filter_map(|meeting| plan.sides_of(meeting.pair)).map(|(buyer, _)| buyer);
    let buyers: BTreeSet<usize> = buyers.collect();
    let head = |slot: &usize| match plan.span_of(*slot) {
        Some(span) if plan.has_days() => when(plan, span),
        _ => begins(plan, *slot),
    };
    let grid = |slots: &[usize]| {
        let row = |buyer: usize| {
            let cell = |slot: &usize| {
                let here = meetings.iter().filter(|meeting| meeting.slot == *slot);
                let own = here.filter_map(|meeting| Some((meeting, plan.sides_of(meeting.pair)?)));
                let own = own.filter(|(_, (of, _))| *of == buyer);
                own.map(|(meeting, (_, sme))| (table_of(*meeting), plan.name_of(sme).to_owned())).collect()
            };
            (plan.name_of(buyer).to_owned(), slots.iter().map(cell).collect())
        };
        Grid { heads: slots.iter().map(head).collect(), rows: buyers.iter().copied().map(row).collect() }
    };
    used.chunks(SLOTS_WIDE).map(grid).collect()
}

fn slots(plan: &Plan, meetings: &[Meeting]) -> Vec<SlotRows> {
    let row = |meeting: &Meeting| {
        let (buyer, sme) = plan.sides_of(meeting.pair).unwrap_or_default();
        (table_number(meeting.table).to_string(), plan.name_of(buyer).to_owned(), plan.name_of(sme).to_owned())
    };
    let of_slot = meetings.chunk_by(|left, right| left.slot == right.slot);
    let rows = of_slot.filter_map(|meetings| {
        let first = *meetings.first()?;
        Some(SlotRows { when: time_of(plan, first), rows: meetings.iter().map(row).collect() })
    });
    rows.collect()
}

fn party_page(plan: &Plan, summary: &Summary, party: usize, seats: &[Seat]) -> PartyPage {
    let mut rows: Vec<(Span, PartyRow)> = Vec::new();
    for item in plan.items_of(party) {
        let title = item_title(plan, item);
        rows.push((item.span, PartyRow { when: when(plan, item.span), title, meeting: None }));
    }
    for seat in seats {
        let Some(span) = plan.span_of(seat.meeting.slot) else { continue };
        let pair = seat.meeting.pair;
        let meeting = MeetingRow {
            table: table_of(seat.meeting),
            about: about(plan, seat.other),
            subject: plan.subject_of(pair),
            score: score_of(plan, pair),
            reasons: reasons_of(plan, pair, REASONS_MAX),
            open: open_of(plan, pair).to_vec(),
        };
        let title = plan.name_of(seat.other).to_owned();
        rows.push((span, PartyRow { when: when(plan, span), title, meeting: Some(meeting) }));
    }
    rows.sort_by_key(|(span, _)| *span);
    let why = summary.unserved.iter().find(|(unserved, _)| *unserved == party);
    PartyPage {
        name: plan.name_of(party).to_owned(),
        side: side(plan.role_of(party)),
        about: about(plan, party),
        rows: rows.into_iter().map(|(_, row)| row).collect(),
        n_meetings: seats.len(),
        why: why.map_or(String::new(), |(_, why)| why.clone()),
    }
}
