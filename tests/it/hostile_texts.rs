//! Broken and hostile CSV, TSV and JSON lines.

use crate::hostile::{Family, Hostile};
use crate::support::Numbers;

/// The families, each with its name.
pub const FAMILIES: &[Family] = &[
    ("random_bytes", random_bytes),
    ("nul_bytes", nul_bytes),
    ("utf16_of_odd_length", utf16_of_odd_length),
    ("utf16_with_half_a_pair", utf16_with_half_a_pair),
    ("mixed_encodings", mixed_encodings),
    ("cut_within_a_character", cut_within_a_character),
    ("a_line_of_megabytes", a_line_of_megabytes),
    ("a_quotation_mark_never_closed", a_quotation_mark_never_closed),
    ("quotation_marks_only", quotation_marks_only),
    ("a_million_columns", a_million_columns),
    ("a_million_keys", a_million_keys),
    ("deep_nesting", deep_nesting),
    ("a_huge_array", a_huge_array),
    ("huge_numbers", huge_numbers),
    ("headers_of_megabytes", headers_of_megabytes),
    ("labels_without_end", labels_without_end),
    ("cells_of_megabytes", cells_of_megabytes),
    ("control_characters", control_characters),
    ("a_wrong_extension", a_wrong_extension),
    ("no_table_at_all", no_table_at_all),
];

const HEADER: &str = "编号,企业名称,需求名称\n";

fn bytes(numbers: &mut Numbers, n: usize) -> Vec<u8> {
    (0..n).map(|_| u8::try_from(numbers.below(256)).unwrap()).collect()
}

fn ending(numbers: &mut Numbers) -> &'static str {
    ["csv", "tsv", "jsonl"][numbers.index(3)]
}

fn random_bytes(numbers: &mut Numbers) -> Hostile {
    let n = 1 + numbers.index(200_000);
    Hostile::new(ending(numbers), bytes(numbers, n))
}

fn nul_bytes(numbers: &mut Numbers) -> Hostile {
    let n = 1 + numbers.index(100_000);
    let text = format!("{HEADER}XQ{},示例重工有限公司,轴\0承\nXQ2,{},轴承\n", "\0".repeat(n), "\0".repeat(9));
    Hostile::new("csv", text)
}

fn utf16(text: &str, numbers: &mut Numbers) -> Vec<u8> {
    let to_bytes = if numbers.below(2) == 0 { u16::to_le_bytes } else { u16::to_be_bytes };
    format!("\u{FEFF}{text}").encode_utf16().flat_map(to_bytes).collect()
}

fn utf16_of_odd_length(numbers: &mut Numbers) -> Hostile {
    let mut bytes = utf16(&format!("{HEADER}XQ1,示例重工有限公司,轴承"), numbers);
    bytes.push(0x6A);
    Hostile::new("csv", bytes)
}

fn utf16_with_half_a_pair(numbers: &mut Numbers) -> Hostile {
    let mut bytes = utf16(&format!("{HEADER}XQ1,示例重工有限公司,轴承𠮷"), numbers);
    bytes.truncate(bytes.len() - 2);
    Hostile::new("csv", bytes)
}

fn gb18030(text: &str) -> Vec<u8> {
    encoding_rs::GB18030.encode(text).0.into_owned()
}

fn mixed_encodings(numbers: &mut Numbers) -> Hostile {
    let mut bytes = HEADER.as_bytes().to_vec();
    for i in 0..20 {
        let row = format!("XQ{i},示例重工有限公司,轴承采购\n");
        bytes.extend(if numbers.below(2) == 0 || i == 0 { gb18030(&row) } else { row.into_bytes() });
    }
    Hostile::new("csv", bytes)
}

fn cut_within_a_character(numbers: &mut Numbers) -> Hostile {
    let text = format!("{HEADER}XQ1,示例重工有限公司,轴承采购");
    let mut bytes = if numbers.below(2) == 0 { gb18030(&text) } else { text.into_bytes() };
    bytes.pop();
    Hostile::new("csv", bytes)
}

fn a_line_of_megabytes(numbers: &mut Numbers) -> Hostile {
    let n = (5 << 20) + numbers.index(20 << 20);
    Hostile::new(ending(numbers), vec![b'x'; n])
}

fn a_quotation_mark_never_closed(numbers: &mut Numbers) -> Hostile {
    let n = numbers.index(200_000);
    Hostile::new("csv", format!("{HEADER}XQ1,\"示例重工有限公司,轴承\n{}", "XQ2,示例重工有限公司,轴承\n".repeat(n)))
}

fn quotation_marks_only(numbers: &mut Numbers) -> Hostile {
    Hostile::new("csv", "\"".repeat(1 + numbers.index(4 << 20)))
}

fn a_million_columns(numbers: &mut Numbers) -> Hostile {
    let line = ["名称,", "企业名称,", ",,x"][numbers.index(3)].repeat(1_000_000);
    Hostile::new("csv", format!("{line}\n{}", if numbers.below(2) == 0 { HEADER } else { "" }))
}

fn a_million_keys(numbers: &mut Numbers) -> Hostile {
    let n = 1_000 + numbers.index(1_000_000);
    let keys: Vec<String> = (0..n).map(|i| format!("\"k{i}\":1")).collect();
    Hostile::new("jsonl", format!("{{{}}}", keys.join(",")))
}

fn deep_nesting(numbers: &mut Numbers) -> Hostile {
    let n = 1_000 + numbers.index(1_000_000);
    let opening = ["[", "{\"a\":", "{\"企业名称\":[["][numbers.index(3)];
    Hostile::new("jsonl", format!("{}\n{{\"a\":1}}", opening.repeat(n)))
}

fn a_huge_array(numbers: &mut Numbers) -> Hostile {
    let n = numbers.index(1_000_000);
    let item = ["0,", "[],", "{},", "\"\","][numbers.index(4)];
    Hostile::new("jsonl", format!("{{\"企业名称\":[{}0]}}", item.repeat(n)))
}

fn huge_numbers(numbers: &mut Numbers) -> Hostile {
    let digits = "9".repeat(1 + numbers.index(1_000_000));
    let row = format!("{{\"编号\":1,\"企业名称\":\"示例重工有限公司\",\"需求名称\":\"轴承\",\"数量\":{digits}}}\n");
    Hostile::new("jsonl", row + "{\"编号\":1e999999999,\"企业名称\":1e308}")
}

fn headers_of_megabytes(numbers: &mut Numbers) -> Hostile {
    let label = "企业名称（".repeat(20_000 + numbers.index(1_000));
    Hostile::new("csv", format!("{label},{label}1,编号\n").repeat(20))
}

fn labels_without_end(numbers: &mut Numbers) -> Hostile {
    let label = |i: usize| format!("需求名称{}（单位：万元）", i % 1_000);
    let line = |first: usize| (first..first + 300).map(label).collect::<Vec<_>>().join(",");
    let first = numbers.index(1_000);
    Hostile::new("csv", (0..25).map(|i| line(first + i * 37) + "\n").collect::<String>())
}

fn cells_of_megabytes(numbers: &mut Numbers) -> Hostile {
    let cell = ["1万", "山东省", "2026年", "不锈钢（", "≥5吨、"][numbers.index(5)];
    let cell = cell.repeat(10_000 + numbers.index(10_000));
    let header = "编号,企业名称,需求名称,产品名称,规格型号,数量,预算,交付地点,有效期至,资质要求\n";
    Hostile::new("csv", format!("{header}XQ1,示例重工有限公司{}\n", format!(",{cell}").repeat(8)))
}

fn control_characters(numbers: &mut Numbers) -> Hostile {
    let odd = ['\u{1}', '\u{7}', '\u{B}', '\u{1F}', '\u{7F}', '\u{FFFE}'][numbers.index(6)];
    Hostile::new("csv", format!("{HEADER}XQ1,示例{odd}重工有限公司,轴承{odd}\n{odd}"))
}

fn a_wrong_extension(numbers: &mut Numbers) -> Hostile {
    let heads: [&[u8]; 6] =
        [b"PK\x03\x04", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", b"<html>", b"%PDF-1.7", b"\x7FELF", b"\x1F\x8B"];
    let i = numbers.index(6);
    let ending = if i < 3 { ending(numbers) } else { ["xlsx", "xls", "et", "csv.exe"][numbers.index(4)] };
    Hostile::new(ending, [heads[i], &bytes(numbers, 5_000)].concat())
}

fn no_table_at_all(numbers: &mut Numbers) -> Hostile {
    let texts = ["", "\n\n\n", "\u{FEFF}", "　\n", "\r\r\r", "{}", "null", ",,,,\n,,,", "sep=", "\0"];
    Hostile::new(ending(numbers), texts[numbers.index(10)])
}
