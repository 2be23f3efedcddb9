//! Reads one JSON object a line: the keys become headers in the order in which they are first seen. A line that is no
//! object, a nested value and a repeated key become [`Cell::Error`]; the other lines still go in.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Number, Value};

use crate::intake::limits::{Budget, MAX_COLUMNS, text_cell, too_wide, trim_end, unreadable_cell, unreadable_row};
use crate::intake::sheet::{Cell, Row};

/// Reads the rows of a text; the first has number 0 and holds the keys, the others are numbered by their lines. No
/// lines, no rows.
///
/// # Errors
/// Returns in Chinese which limit is passed.
pub(super) fn parse(bytes: &[u8]) -> Result<Vec<Row>, String> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let mut headers = Headers::default();
    let mut budget = Budget::default();
    let mut rows = Vec::new();
    for (number, line) in (1..=u32::MAX).zip(bytes.split(|&b| b == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let row = match serde_json::from_slice::<Object>(line) {
            Ok(Object(entries)) => headers.arrange(number, entries)?,
            Err(_) => unreadable_row(number, &String::from_utf8_lossy(line)),
        };
        budget.spend_row(&row)?;
        rows.push(row);
    }
    if !rows.is_empty() {
        rows.insert(0, Row { number: 0, cells: headers.names.iter().map(|n| text_cell(n)).collect(), spanned: false });
    }
    Ok(rows)
}

/// The keys seen so far and their columns.
#[derive(Debug, Default)]
struct Headers {
    names: Vec<String>,
    columns: HashMap<String, usize>,
}

impl Headers {
    /// Puts the entries of one object under their headers.
    fn arrange(&mut self, number: u32, entries: Vec<(String, Value)>) -> Result<Row, String> {
        let mut cells: Vec<Option<Cell>> = Vec::new();
        for (name, value) in entries {
            let column = self.column(name);
            if column >= MAX_COLUMNS {
                return Err(too_wide(number, column + 1));
            }
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
        Ok(Row { number, cells, spanned: false })
    }

    fn column(&mut self, name: String) -> usize {
        let next = self.names.len();
        let names = &mut self.names;
        *self.columns.entry(name).or_insert_with_key(|name| {
            names.push(name.clone());
            next
        })
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
    use super::*;

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
        assert!(parse(format!("{{{}}}", keys.join(",")).as_bytes()).unwrap_err().contains("第 513 列"));
    }
}
