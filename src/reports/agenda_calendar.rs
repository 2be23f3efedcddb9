//! The calendar of one party of an agenda, in the format of RFC 5545: its meetings and the parts of the programme that it
//! takes part in, at the times of Asia/Shanghai. There is little to write and nothing to read, and the libraries for it
//! bring a second library of dates; so it is written here.

use jiff::civil::DateTime;

use crate::digest::digest;
use crate::event::{Plan, Seat, Span};
use crate::reports::agenda_text::{open_of, reasons_of, score_of, table_of};

/// A line has at most so many bytes; what is longer goes on in the next.
const LINE_BYTES: usize = 75;
const REASONS_MAX: usize = 5;

/// The time zone: eight hours ahead of UTC, without summer time since 1991.
const ZONE: [&str; 9] = [
    "BEGIN:VTIMEZONE",
    "TZID:Asia/Shanghai",
    "BEGIN:STANDARD",
    "DTSTART:19910915T000000",
    "TZOFFSETFROM:+0800",
    "TZOFFSETTO:+0800",
    "TZNAME:CST",
    "END:STANDARD",
    "END:VTIMEZONE",
];

/// Writes the calendar of a party; `seats` are its meetings. A repaired agenda has the same meetings under the same
/// identifiers with a higher sequence number, so that a calendar that has them already moves them.
pub fn calendar(plan: &Plan, party: usize, seats: &[Seat]) -> String {
    let mut lines: Vec<String> =
        ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//lianqiao//agenda//ZH-CN"].map(str::to_owned).into();
    lines.extend(["CALSCALE:GREGORIAN".to_owned(), "METHOD:PUBLISH".to_owned()]);
    lines.push(format!("X-WR-CALNAME:{}", escaped(&plan.name)));
    lines.extend(ZONE.map(str::to_owned));
    for item in plan.items_of(party) {
        let key = format!("{}\n{}", item.title, item.span.start);
        let texts = [item.title.as_str(), plan.place.as_str(), ""];
        lines.extend(event(plan, party, &key, item.span, texts));
    }
    for seat in seats {
        let Some(span) = plan.span_of(seat.meeting.slot) else { continue };
        let (pair, other) = (seat.meeting.pair, plan.name_of(seat.other));
        let other_id = plan.parties.get(seat.other).map(|other| other.id.to_string()).unwrap_or_default();
        let place = format!("{} {}", plan.place, table_of(seat.meeting));
        let texts = [format!("洽谈：{other}"), place, description(plan, pair)];
        lines.extend(event(plan, party, &other_id, span, texts.each_ref().map(String::as_str)));
    }
    lines.push("END:VCALENDAR".to_owned());
    lines.iter().map(|line| folded(line)).collect()
}

fn description(plan: &Plan, pair: usize) -> String {
    let mut lines = vec![plan.subject_of(pair)];
    let score = score_of(plan, pair);
    if !score.is_empty() {
        lines.push(format!("匹配得分 {score}"));
    }
    lines.extend(reasons_of(plan, pair, REASONS_MAX));
    lines.extend(open_of(plan, pair).iter().map(|open| format!("待核实 {open}")));
    lines.join("\n")
}

/// Writes one entry; `key` tells it from the party's others, `texts` are its title, place and description.
fn event(plan: &Plan, party: usize, key: &str, span: Span, texts: [&str; 3]) -> Vec<String> {
    let own = plan.parties.get(party).map(|party| party.id.to_string()).unwrap_or_default();
    // The same session is held again and again under one name; a repair does not change its first day.
    let day = plan.spans.first().map_or_else(String::new, |span| span.start.date().to_string());
    let uid = digest([plan.name.as_bytes(), day.as_bytes(), own.as_bytes(), key.as_bytes()]);
    let [title, place, description] = texts.map(escaped);
    let mut lines = vec![
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{uid}@lianqiao"),
        // The same agenda gives the same bytes, so the stamp is the day of the matches and no clock's.
        format!("DTSTAMP:{}Z", stamp(plan.as_of.at(0, 0, 0, 0))),
        format!("SEQUENCE:{}", plan.revision),
        format!("DTSTART;TZID=Asia/Shanghai:{}", stamp(span.start)),
        format!("DTEND;TZID=Asia/Shanghai:{}", stamp(span.end)),
        format!("SUMMARY:{title}"),
        format!("LOCATION:{place}"),
    ];
    if !description.is_empty() {
        lines.push(format!("DESCRIPTION:{description}"));
    }
    lines.push("END:VEVENT".to_owned());
    lines
}

fn stamp(moment: DateTime) -> String {
    let (date, time) = (moment.date(), moment.time());
    format!(
        "{:04}{:02}{:02}T{:02}{:02}{:02}",
        date.year(),
        date.month(),
        date.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

/// Escapes a text (RFC 5545, 3.3.11).
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            c if c.is_control() => {}
            c => escaped.push(c),
        }
    }
    escaped
}

/// Ends a line, folding it where it is too long, never inside a character (RFC 5545, 3.1).
fn folded(line: &str) -> String {
    let mut out = String::with_capacity(line.len() + 8);
    let mut n_bytes = 0;
    for c in line.chars() {
        if n_bytes + c.len_utf8() > LINE_BYTES {
            out.push_str("\r\n ");
            n_bytes = 1;
        }
        out.push(c);
        n_bytes += c.len_utf8();
    }
    out.push_str("\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(escaped("a,b;c\\d\ne\r"), "a\\,b\\;c\\\\d\\ne");
    }

    #[test]
    fn long_lines_are_folded_between_characters() {
        let line = format!("SUMMARY:{}", "链桥".repeat(30));
        let text = folded(&line);
        assert!(text.split("\r\n").all(|part| part.len() <= LINE_BYTES), "{text}");
        assert_eq!(text.replace("\r\n ", "").trim_end(), line);
        assert!(text.ends_with("\r\n"));
    }
}
