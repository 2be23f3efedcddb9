//! Reads one JSON object a line: the keys become headers in the order in which they are first seen. A line that is no
//! object, a nested value and a repeated key become [`Cell::Error`]; the other lines still go in.

use std::collections::HashMap;
use std::fmt;
use std::io::{BufRead, BufReader, Read, Seek};
use std::ops::ControlFlow;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Number, Value};

use crate::intake::limits::{
    Budget, Failure, MAX_COLUMNS, MAX_ROW_BYTES, text_cell, too_wide, trim_end, unreadable_cell, unreadable_row,
};
use crate::intake::sheet::{Cell, Piece, Receiver, Row};

/// How many bytes are read at once.
const BUFFER_BYTES: usize = 64 << 10;

/// Reads the rows of a text, after its one sheet; the first has number 0 and holds the keys, the others are numbered by
/// their lines. No lines, no rows. The text is read twice: all keys come first, and the last line may bring a new one.
///
/// # Errors
/// [`Failure::Unreadable`] says which limit is passed.
pub(super) fn read(
    file: &mut (impl Read + Seek),
    mut budget: Budget,
    receiver: &mut Receiver<'_>,
) -> Result<(), Failure> {
    let mut headers = Headers::default();
    let mut has_lines = false;
    each_line(file, |number, line| {
        has_lines = true;
        if let Line::Object(entries) = line {
            headers.add(number, entries)?;
        }
        Ok(ControlFlow::Continue(()))
    })?;
    let names = headers.names.iter().map(|name| text_cell(name)).collect();
    let first = Row { number: 0, cells: names, spanned: false };
    if receiver(Piece::Sheet(String::new())).is_break() || !has_lines || receiver(Piece::Row(first)).is_break() {
        return Ok(());
    }
    each_line(file, |number, line| {
        let row = match line {
            Line::Object(entries) => headers.arrange(number, entries),
            Line::Unreadable(text) => unreadable_row(number, &text),
        };
        budget.spend_row(&row)?;
        Ok(receiver(Piece::Row(row)))
    })
}

/// A line that is not blank.
enum Line {
    Object(Vec<(String, Value)>),
    Unreadable(String),
}

/// Reads a text from its start, line by line; one that is longer than a row may be is passed over, but for its start.
fn each_line(
    file: &mut (impl Read + Seek),
    mut take: impl FnMut(u32, Line) -> Result<ControlFlow<()>, Failure>,
) -> Result<(), Failure> {
    file.rewind()?;
    let mut reader = BufReader::with_capacity(BUFFER_BYTES, file);
    if reader.fill_buf()?.starts_with(b"\xEF\xBB\xBF") {
        reader.consume(3);
    }
    let mut line = Vec::new();
    for number in 1..=u32::MAX {
        line.clear();
        if (&mut reader).take(MAX_ROW_BYTES as u64).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        let is_whole = line.len() < MAX_ROW_BYTES || line.ends_with(b"\n");
        if line.trim_ascii().is_empty() && is_whole {
            continue;
        }
        let read = match serde_json::from_slice::<Object>(&line) {
            Ok(Object(entries)) if is_whole => Line::Object(entries),
            _ => Line::Unreadable(String::from_utf8_lossy(&line).into_owned()),
        };
        if !is_whole {
            reader.skip_until(b'\n')?;
        }
        if take(number, read)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// The keys seen so far and their columns.
#[derive(Debug, Default)]
struct Headers {
    names: Vec<String>,
    columns: HashMap<String, usize>,
}

impl Headers {
    /// Adds the keys of one object.
    fn add(&mut self, number: u32, entries: Vec<(String, Value)>) -> Result<(), String> {
        for (name, _) in entries {
            let next = self.names.len();
            let names = &mut self.names;
            self.columns.entry(name).or_insert_with_key(|name| {
                names.push(name.clone());
                next
            });
            if self.names.len() > MAX_COLUMNS {
                return Err(too_wide(number, self.names.len()));
            }
        }
        Ok(())
    }

    /// Puts the entries of one object under their headers; a key that has come into the file meanwhile stays out.
    fn arrange(&self, number: u32, entries: Vec<(String, Value)>) -> Row {
        let mut cells: Vec<Option<Cell>> = Vec::new();
        for (name, value) in entries {
            let Some(&column) = self.columns.get(&name) else { continue };
            if cells.len() <= column {
                cells.resize(column + 1, None);
            }
            if let Some(slot) = cells.get_mut(column) {
                *slot = Some(match slot.take() {
                    None => read_value(&value),
                    Some(former) => Cell::Error(format!("{} / {}", former.text(), read_value(&value).text())),
                });
            }
        }
        let mut cells: Vec<Cell> = cells.into_iter().map(Option::unwrap_or_default).collect();
        trim_end(&mut cells);
        Row { number, cells, spanned: false }
    }
}

/// An object with its keys as written: in order, and repeated ones kept.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

fn read_value(value: &Value) -> Cell {
    if let Value::Array(items) = value {
        let texts: Option<Vec<String>> = items.iter().filter(|item| !item.is_null()).map(scalar).collect();
        return texts.map_or_else(|| unreadable_cell(&value.to_string()), |texts| text_cell(&texts.join("；")));
    }
    match value {
        Value::Null => Cell::Empty,
        _ => scalar(value).map_or_else(|| unreadable_cell(&value.to_string()), |text| text_cell(&text)),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::Bool(true) => Some("是".to_owned()),
        Value::Bool(false) => Some("否".to_owned()),
        Value::Number(number) => plain_number(number),
        Value::String(text) => Some(text.clone()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// Writes a number without exponent; `None` for one whose digits a float does not hold.
fn plain_number(number: &Number) -> Option<String> {
    if number.is_i64() || number.is_u64() {
        return Some(number.to_string());
    }
    number.as_f64().filter(|v| v.abs() < 1e15).map(|v| v.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::intake::sheet::collect;

    fn parse(bytes: &[u8]) -> Result<Vec<Row>, Failure> {
        let read = collect(|receiver| read(&mut Cursor::new(bytes), Budget::of_file(0), receiver));
        read.map(|mut sheets| sheets.remove(0).rows)
    }

    fn rows(text: &str) -> Vec<(u32, Vec<Cell>)> {
        parse(text.as_bytes()).unwrap().into_iter().map(|row| (row.number, row.cells)).collect()
    }

    fn text(text: &str) -> Cell {
        Cell::Text(text.to_owned())
    }

    fn bad(text: &str) -> Cell {
        Cell::Error(text.to_owned())
    }

    #[test]
    fn keys_become_headers_in_the_order_seen() {
        let found = rows("\u{FEFF}{\"名称\":\" 甲 \",\"数量\":3}\r\n\n{\"省\":null,\"数量\":0.5,\"名称\":\"乙\"}\n{}");
        assert_eq!(
            found,
            [
                (0, vec![text("名称"), text("数量"), text("省")]),
                (1, vec![text("甲"), text("3")]),
                (3, vec![text("乙"), text("0.5")]),
                (4, vec![]),
            ]
        );
    }

    #[test]
    fn values_become_text() {
        let found = rows(r#"{"a":true,"b":[1,"x",null,false],"c":1e3,"d":91370200264574251,"e":-0.1,"f":[]}"#);
        assert_eq!(found[1].1, [text("是"), text("1；x；否"), text("1000"), text("91370200264574251"), text("-0.1")]);
    }

    #[test]
    fn what_is_no_cell_is_an_error_in_its_place() {
        let found = rows(r#"{"a":{"b":1},"c":[[1]],"d":1,"d":"x","e":1e300,"f":"y"}"#);
        let expected = [bad(r#"{"b":1}"#), bad("[[1]]"), bad("1 / x"), bad("1e+300"), text("y")];
        assert_eq!(found[1].1, expected);
    }

    #[test]
    fn bad_lines_stop_no_good_ones() {
        let deep = "[".repeat(100_000);
        let mut bytes = format!("[1]\n{{\"a\":1,}}\n{deep}\n").into_bytes();
        bytes.extend_from_slice(b"{\"a\":\"\xFF\"}\n{\"a\":2}");
        let found = parse(&bytes).unwrap();
        assert_eq!(found.iter().map(|r| r.number).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
        assert_eq!(found[1].cells, [bad("[1]")]);
        assert_eq!(found[3].cells, [bad(&"[".repeat(200))]);
        assert!(matches!(found[4].cells[..], [Cell::Error(_)]));
        assert_eq!(found[5].cells, [text("2")]);
    }

    #[test]
    fn columns_are_bounded() {
        let keys: Vec<String> = (0..=MAX_COLUMNS).map(|i| format!("\"k{i}\":1")).collect();
        let failure = parse(format!("{{{}}}", keys.join(",")).as_bytes()).unwrap_err();
        assert!(matches!(failure, Failure::Unreadable(reason) if reason.contains("第 513 列")));
    }

    #[test]
    fn a_line_that_is_too_long_stops_no_good_ones() {
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_ROW_BYTES));
        let found = parse(format!("{{\"a\":1}}\n{long}\n{{\"a\":2}}").as_bytes()).unwrap();
        assert_eq!(found.iter().map(|row| row.number).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert!(matches!(&found[2].cells[..], [Cell::Error(text)] if text.len() == 200));
        assert_eq!(found[3].cells, [text("2")]);
    }
}
