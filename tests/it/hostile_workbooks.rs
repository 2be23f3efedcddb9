//! Broken and hostile workbooks.

use crate::archives::{Part, SHEET, archive, rows, sheet, workbook};
use crate::hostile::{Family, Hostile};
use crate::support::Numbers;

/// The families, each with its name.
pub const FAMILIES: &[Family] = &[
    ("cut_short", cut_short),
    ("bytes_changed", bytes_changed),
    ("a_gigabyte_declared", a_gigabyte_declared),
    ("a_gigabyte_unpacked", a_gigabyte_unpacked),
    ("a_gigabyte_denied", a_gigabyte_denied),
    ("just_below_the_limit", just_below_the_limit),
    ("zip64_lies", zip64_lies),
    ("overlapping_parts", overlapping_parts),
    ("many_parts", many_parts),
    ("nested_archives", nested_archives),
    ("symbolic_links_inside", symbolic_links_inside),
    ("encrypted_or_unknown_method", encrypted_or_unknown_method),
    ("parts_missing", parts_missing),
    ("parts_elsewhere", parts_elsewhere),
    ("cells_beyond_the_sheet", cells_beyond_the_sheet),
    ("a_million_cells_in_a_row", a_million_cells_in_a_row),
    ("rows_out_of_order", rows_out_of_order),
    ("odd_values", odd_values),
    ("formulas_without_end", formulas_without_end),
    ("shared_formulas", shared_formulas),
    ("a_false_count_of_strings", a_false_count_of_strings),
    ("huge_shared_strings", huge_shared_strings),
    ("one_string_everywhere", one_string_everywhere),
    ("merged_everything", merged_everything),
    ("attributes_without_end", attributes_without_end),
    ("tags_without_end", tags_without_end),
    ("a_text_of_megabytes", a_text_of_megabytes),
    ("entities", entities),
    ("sheets_without_end", sheets_without_end),
    ("styles_without_end", styles_without_end),
    ("broken_xml", broken_xml),
];

const GIGABYTE: usize = 1 << 30;

fn one_of<'a>(numbers: &mut Numbers, texts: &[&'a str]) -> &'a str {
    texts[numbers.index(texts.len())]
}

fn xlsx(given: Vec<Part>) -> Hostile {
    Hostile::new("xlsx", archive(&workbook(given)))
}

/// A workbook whose sheet has these rows, and this behind them.
fn of_rows(rows: &str, rest: &str) -> Hostile {
    xlsx(vec![Part::deflated(SHEET, sheet(rows, rest))])
}

fn cut_short(numbers: &mut Numbers) -> Hostile {
    let mut bytes = archive(&workbook(vec![Part::deflated(SHEET, sheet(&rows(2_000), ""))]));
    bytes.truncate(4 + numbers.index(bytes.len() - 30));
    Hostile::new("xlsx", bytes)
}

fn bytes_changed(numbers: &mut Numbers) -> Hostile {
    let mut bytes = archive(&workbook(vec![Part::deflated(SHEET, sheet(&rows(50), ""))]));
    for _ in 0..=numbers.below(20) {
        let at = numbers.index(bytes.len());
        bytes[at] ^= 1 << numbers.below(8);
    }
    // It may be that no byte matters.
    Hostile { may_pass: true, ..Hostile::new("xlsx", bytes) }
}

fn big_name(numbers: &mut Numbers) -> &'static str {
    one_of(numbers, &[SHEET, "xl/sharedStrings.xml", "xl/styles.xml", "xl/media/image1.png"])
}

fn a_gigabyte_declared(numbers: &mut Numbers) -> Hostile {
    let size = GIGABYTE as u64 + numbers.below(2 << 30);
    xlsx(vec![Part { size, ..Part::deflated(big_name(numbers), sheet(&rows(3), "")) }])
}

fn a_gigabyte_unpacked(numbers: &mut Numbers) -> Hostile {
    let text = one_of(numbers, &[" ", "\0", "<row/>", "<row><c><v>1</v></c></row>", "<si><t>轴承</t></si>"]);
    xlsx(vec![Part::repeated(big_name(numbers), "<worksheet><sheetData>", text, GIGABYTE / text.len(), "")])
}

fn a_gigabyte_denied(numbers: &mut Numbers) -> Hostile {
    let text = one_of(numbers, &[" ", "<row/>", "<si><t>轴承</t></si>"]);
    let name = one_of(numbers, &[SHEET, "xl/sharedStrings.xml"]);
    let part = Part::repeated(name, "<sst><worksheet><sheetData>", text, GIGABYTE / text.len(), "");
    xlsx(vec![Part { size: numbers.below(2 << 20), ..part }])
}

fn just_below_the_limit(numbers: &mut Numbers) -> Hostile {
    let text = one_of(numbers, &["<row/>", "<row><c/></row>", "<row><c><v>1</v></c></row>", "<!---->", "<a>", " "]);
    xlsx(vec![Part::repeated(SHEET, "<worksheet><sheetData>", text, (31 << 20) / text.len(), "</sheetData>")])
}

fn zip64_lies(numbers: &mut Numbers) -> Hostile {
    let huge = [u64::MAX, 1 << 62, 1 << 40, 0][numbers.index(4)];
    let sizes = [[huge, 10, 0], [10, huge, 0], [10, 10, huge], [huge; 3]][numbers.index(4)];
    xlsx(vec![Part { zip64: Some(sizes), ..Part::deflated(SHEET, sheet(&rows(3), "")) }])
}

fn overlapping_parts(numbers: &mut Numbers) -> Hostile {
    let bomb = Part::repeated("xl/bomb0.xml", "", " ", 30 << 20, "");
    let n = 2 + numbers.index(5_000);
    let again = (1..n).map(|i| Part { name: format!("xl/bomb{i}.xml"), offset: Some(0), data: vec![], ..bomb.clone() });
    let parts: Vec<Part> = [bomb.clone()].into_iter().chain(again).chain(workbook(vec![])).collect();
    Hostile::new("xlsx", archive(&parts))
}

fn many_parts(numbers: &mut Numbers) -> Hostile {
    let n = 10_000 + numbers.below(50_000);
    xlsx((0..n).map(|i| Part::stored(&format!("xl/worksheets/sheet{i}.xml"), "")).skip(2).collect())
}

fn nested_archives(numbers: &mut Numbers) -> Hostile {
    let mut bytes = archive(&workbook(vec![]));
    for _ in 0..=numbers.below(10) {
        bytes = archive(&[Part::deflated("采购需求.xlsx", bytes)]);
    }
    Hostile::new("xlsx", bytes)
}

fn symbolic_links_inside(numbers: &mut Numbers) -> Hostile {
    let target = one_of(numbers, &["/etc/passwd", "../../../../etc/passwd", "/dev/zero", "sheet1.xml"]);
    xlsx(vec![Part { mode: 0o120_777, ..Part::stored(SHEET, target) }])
}

fn encrypted_or_unknown_method(numbers: &mut Numbers) -> Hostile {
    let part = Part::deflated(SHEET, sheet(&rows(3), ""));
    let method = [99, 12, 93, 1, 95, 8][numbers.index(6)];
    xlsx(vec![Part { flags: u16::from(method == 8), method, ..part }])
}

fn parts_missing(numbers: &mut Numbers) -> Hostile {
    let mut parts = workbook(vec![]);
    for _ in 0..=numbers.below(3) {
        parts.remove(numbers.index(parts.len()));
    }
    Hostile { may_pass: true, ..Hostile::new("xlsx", archive(&parts)) }
}

fn parts_elsewhere(numbers: &mut Numbers) -> Hostile {
    let target =
        one_of(numbers, &["../../../../etc/passwd", "/etc/passwd", "workbook.xml", "", "..", "\\\\host\\file"]);
    let schema = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relation = format!("<Relationship Id='r1' Type='{schema}/worksheet' Target='{target}'/>");
    xlsx(vec![Part::stored("xl/_rels/workbook.xml.rels", format!("<Relationships>{relation}</Relationships>"))])
}

fn cells_beyond_the_sheet(numbers: &mut Numbers) -> Hostile {
    let places =
        ["XFD5", "XFE5", "AAAAAAAAAA1", "A4294967296", "A99999999999999999999", "A0", "5", "", "-A1", "A-1", "轴1"];
    let place = one_of(numbers, &places);
    of_rows(&format!("{}<row><c r='{place}'><v>1</v></c></row>", rows(3)), "")
}

fn a_million_cells_in_a_row(numbers: &mut Numbers) -> Hostile {
    let cell = one_of(numbers, &["<c><v>1</v></c>", "<c/>", "<c><f>1</f></c>"]);
    of_rows(&format!("<row>{}<c><v>1</v></c></row>", cell.repeat(1_000_000)), "")
}

fn rows_out_of_order(numbers: &mut Numbers) -> Hostile {
    let row = |r: u64| format!("<row r='{r}'><c r='A{r}'><v>1</v></c></row>");
    let down: String = (2..numbers.below(5_000) + 4).rev().map(row).collect();
    of_rows(&down, "")
}

fn odd_values(numbers: &mut Numbers) -> Hostile {
    let values = [
        "t='e'><v>#NEW!</v>",
        "t='s'><v>-1</v>",
        "t='s'><v>99999999999</v>",
        "t='b'><v>9</v>",
        "><v>1e999</v>",
        "><v>NaN</v>",
        "s='99999999999'><v>1</v>",
        "t='d'><v>x</v>",
        "t='轴'><v>1</v>",
        "t='inlineStr'><v>1</v>",
    ];
    let value = one_of(numbers, &values);
    Hostile { may_pass: true, ..of_rows(&format!("{}<row><c/><c/><c/><c {value}</c></row>", rows(3)), "") }
}

fn formulas_without_end(numbers: &mut Numbers) -> Hostile {
    let cell = one_of(numbers, &["<c><f>1+1</f></c>", "<c><f>HYPERLINK(\"x\")</f></c>", "<c t='str'><f>A1</f></c>"]);
    let n = 10_000 + numbers.index(50_000);
    of_rows(&(rows(0) + &format!("<row>{}</row>", cell.repeat(3)).repeat(n)), "")
}

fn shared_formulas(numbers: &mut Numbers) -> Hostile {
    let index = one_of(numbers, &["0", "4000000000", "18446744073709551615", "x"]);
    let anchor =
        format!("<row><c><f t='shared' ref='A1:XFD1048576' si='{index}'>{}</f></c></row>", "(A1)".repeat(9_000));
    let others = format!("<row><c><f t='shared' si='{index}'/></c></row>").repeat(10_000);
    of_rows(&(rows(0) + &anchor + &others), "")
}

fn a_false_count_of_strings(numbers: &mut Numbers) -> Hostile {
    let count = one_of(numbers, &["1000000000", "100000000000", "9223372036854775807", "18446744073709551615"]);
    xlsx(vec![Part::stored("xl/sharedStrings.xml", format!("<sst uniqueCount='{count}'><si><t>x</t></si></sst>"))])
}

fn huge_shared_strings(numbers: &mut Numbers) -> Hostile {
    let text = one_of(numbers, &["<si><t>轴承</t></si>", "<si/>", "<si><r><t>轴</t></r><r><t>承</t></r></si>"]);
    let n = ((20 << 20) + numbers.index(11 << 20)) / text.len();
    // Nobody uses them; fast machines are through with them in time.
    let part = Part::repeated("xl/sharedStrings.xml", "<sst>", text, n, "</sst>");
    Hostile { may_pass: true, ..xlsx(vec![part]) }
}

fn one_string_everywhere(numbers: &mut Numbers) -> Hostile {
    let text = "轴".repeat(1_000 + numbers.index(400_000));
    let cells = "<row><c t='s'><v>0</v></c><c t='s'><v>0</v></c><c t='s'><v>0</v></c></row>".repeat(100_000);
    let strings = Part::deflated("xl/sharedStrings.xml", format!("<sst><si><t>{text}</t></si></sst>"));
    xlsx(vec![strings, Part::deflated(SHEET, sheet(&(rows(0) + &cells), ""))])
}

fn merged_everything(numbers: &mut Numbers) -> Hostile {
    let region = one_of(numbers, &["A1:XFD1048576", "A1:A1048576", "B2:A1", "A1", "A2:SR1048576"]);
    let merged = format!("<mergeCell ref='{region}'/>").repeat(200_000);
    let wide = "<row><c/><c r='SR2001'><v>1</v></c></row>";
    of_rows(&(rows(1_999) + wide), &format!("<mergeCells>{merged}</mergeCells>"))
}

fn attributes_without_end(numbers: &mut Numbers) -> Hostile {
    let same = numbers.below(2) == 0;
    let attributes: String =
        (0..800_000).map(|i| if same { " a='1'".to_owned() } else { format!(" a{i}='1'") }).collect();
    match numbers.below(4) {
        0 => of_rows(&format!("<row{attributes}><c><v>1</v></c></row>"), ""),
        1 => of_rows(&format!("<row><c{attributes}><v>1</v></c></row>"), ""),
        2 => {
            // That many attributes are odd, but do no harm there.
            let strings = format!("<sst{attributes}><si/></sst>");
            Hostile { may_pass: true, ..xlsx(vec![Part::deflated("xl/sharedStrings.xml", strings)]) }
        }
        _ => xlsx(vec![Part::deflated(
            "xl/workbook.xml",
            format!("<workbook><sheets><sheet{attributes}/></sheets></workbook>"),
        )]),
    }
}

fn tags_without_end(numbers: &mut Numbers) -> Hostile {
    let tag = one_of(numbers, &["<a>", "<row>", "<row><c>", "<c><is>", "<si><r>"]);
    let name = one_of(numbers, &[SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"]);
    xlsx(vec![Part::deflated(name, format!("<worksheet><sst><sheetData>{}", tag.repeat(1_000_000)))])
}

fn a_text_of_megabytes(numbers: &mut Numbers) -> Hostile {
    let text = "轴".repeat((2 << 20) + numbers.index(7 << 20));
    let cell = match numbers.below(3) {
        0 => format!("<c t='inlineStr'><is><t>{text}</t></is></c>"),
        1 => format!("<c t='str'><v>{text}</v></c>"),
        _ => format!("<c t='{text}'><v>1</v></c>"),
    };
    of_rows(&format!("{}<row>{cell}<c><v>1</v></c></row>", rows(3)), "")
}

fn entities(numbers: &mut Numbers) -> Hostile {
    let laughs: String =
        (1..20).map(|i| format!("<!ENTITY a{i} \"{}\">", format!("&a{};", i - 1).repeat(10))).collect();
    let declared = one_of(numbers, &["<!ENTITY a19 SYSTEM \"file:///etc/passwd\">", "<!ENTITY a0 \"x\">"]);
    let cell = "<c t='inlineStr'><is><t>&a19;</t></is></c>".repeat(3);
    let text = sheet(&format!("{}<row>{cell}</row>", rows(3)), "");
    let part = Part::deflated(SHEET, format!("<?xml version='1.0'?><!DOCTYPE x [{declared}{laughs}]>{text}"));
    Hostile { may_pass: true, ..xlsx(vec![part]) }
}

fn sheets_without_end(numbers: &mut Numbers) -> Hostile {
    let n = 101 + numbers.below(50_000);
    let sheets: String = (0..n).map(|i| format!("<sheet name='s{i}' sheetId='{i}' r:id='r1'/>")).collect();
    xlsx(vec![Part::deflated("xl/workbook.xml", format!("<workbook><sheets>{sheets}</sheets></workbook>"))])
}

fn styles_without_end(numbers: &mut Numbers) -> Hostile {
    let n = 100_000 + numbers.index(400_000);
    let format = one_of(numbers, &["<xf numFmtId='9'/>", "<xf/>", "<xf numFmtId='99999999999'/>"]);
    let styles = format!("<styleSheet><cellXfs>{}</cellXfs></styleSheet>", format.repeat(n));
    Hostile { may_pass: true, ..xlsx(vec![Part::deflated("xl/styles.xml", styles)]) }
}

fn broken_xml(numbers: &mut Numbers) -> Hostile {
    let name = one_of(numbers, &[SHEET, "xl/workbook.xml", "_rels/.rels"]);
    let texts: [&[u8]; 6] =
        [b"", b"<", b"<worksheet><sheetData><row><c", b"\xFF\xFE<\0w\0", b"</worksheet>", b"\xC3\x28<row>"];
    xlsx(vec![Part::stored(name, texts[numbers.index(6)])])
}
