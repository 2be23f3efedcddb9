//! Writes zip archives byte by byte, so that they can lie about themselves, and the parts of a small workbook.

use std::io::Write;

use flate2::write::DeflateEncoder;
use flate2::{Compression, Crc};

/// One part of an archive, and what the archive says of it.
#[derive(Clone)]
pub struct Part {
    pub name: String,
    /// 0 stored, 8 deflated.
    pub method: u16,
    /// The bytes in the archive.
    pub data: Vec<u8>,
    pub crc: u32,
    /// The size when unpacked, as declared.
    pub size: u64,
    pub flags: u16,
    /// The mode of a Unix file.
    pub mode: u32,
    /// Where the part begins; behind the one before, if not said.
    pub offset: Option<u32>,
    /// A field of the directory for sizes beyond 32 bits, which then are all ones.
    pub zip64: Option<[u64; 3]>,
}

impl Part {
    /// A part that lies in the archive as it is.
    pub fn stored(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let bytes = bytes.as_ref();
        let mut crc = Crc::new();
        crc.update(bytes);
        Self {
            name: name.to_owned(),
            method: 0,
            data: bytes.to_vec(),
            crc: crc.sum(),
            size: bytes.len() as u64,
            flags: 0,
            mode: 0o100_644,
            offset: None,
            zip64: None,
        }
    }

    /// A part that is packed.
    pub fn deflated(name: &str, bytes: impl AsRef<[u8]>) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes.as_ref()).unwrap();
        Self { method: 8, data: encoder.finish().unwrap(), ..Self::stored(name, bytes) }
    }

    /// A packed part that is `text` `n` times between two texts, without ever being in memory.
    pub fn repeated(name: &str, before: &str, text: &str, n: usize, after: &str) -> Self {
        // Blocks that end on a byte and refer to nothing before them can be put one behind the other.
        let packed = |text: &str| {
            let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
            encoder.write_all(text.as_bytes()).unwrap();
            encoder.flush().unwrap();
            encoder.get_ref().clone()
        };
        let n_together = n.min(1 + (1 << 20) / text.len());
        let many = packed(&text.repeat(n_together));
        let mut data = packed(before);
        (0..n / n_together).for_each(|_| data.extend(&many));
        data.extend(packed(&text.repeat(n % n_together)));
        data.extend(packed(after));
        data.extend([3, 0]);
        let checked = |text: &str| {
            let mut crc = Crc::new();
            crc.update(text.as_bytes());
            crc
        };
        let mut crc = checked(before);
        let block = checked(&text.repeat(n_together));
        (0..n / n_together).for_each(|_| crc.combine(&block));
        crc.combine(&checked(&text.repeat(n % n_together)));
        crc.combine(&checked(after));
        let size = (before.len() + text.len() * n + after.len()) as u64;
        Self { method: 8, data, crc: crc.sum(), size, ..Self::stored(name, "") }
    }
}

fn short(n: usize) -> [u8; 2] {
    u16::try_from(n).unwrap().to_le_bytes()
}

fn long(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap().to_le_bytes()
}

/// Writes an archive.
pub fn archive(parts: &[Part]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for part in parts {
        let at = u32::try_from(bytes.len()).unwrap();
        let packed = part.data.len();
        let sizes = [packed, usize::try_from(part.size).unwrap()].map(long);
        let [packed, unpacked] = if part.zip64.is_some() { [[0xFF; 4]; 2] } else { sizes };
        let common = [
            &part.flags.to_le_bytes()[..],
            &part.method.to_le_bytes(),
            &[0; 4],
            &part.crc.to_le_bytes(),
            &packed,
            &unpacked,
            &short(part.name.len()),
        ]
        .concat();
        let sizes = part.zip64.iter().flatten().flat_map(|size| size.to_le_bytes());
        let extra: Vec<u8> =
            if part.zip64.is_some() { [1, 0, 24, 0].into_iter().chain(sizes).collect() } else { vec![] };
        let offset = if part.zip64.is_some() { u32::MAX } else { part.offset.unwrap_or(at) };
        bytes.extend([&b"PK\x03\x04\x14\0"[..], &common, &[0, 0], part.name.as_bytes(), &part.data].concat());
        let behind = [
            &short(extra.len())[..],
            &[0; 6],
            &(part.mode << 16).to_le_bytes(),
            &offset.to_le_bytes(),
            part.name.as_bytes(),
            &extra,
        ]
        .concat();
        directory.extend([&b"PK\x01\x02\x14\x03\x14\0"[..], &common, &behind].concat());
    }
    let n_parts = short(parts.len()).repeat(2);
    let sizes = [long(directory.len()), long(bytes.len())].concat();
    [&bytes[..], &directory, b"PK\x05\x06\0\0\0\0", &n_parts, &sizes, &[0, 0]].concat()
}

/// The parts of a workbook with one sheet, `采购需求`; parts given replace those of the same name, or are added.
pub fn workbook(given: Vec<Part>) -> Vec<Part> {
    let schema = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let relation = |id: &str, kind: &str, target: &str| {
        format!("<Relationships><Relationship Id='{id}' Type='{schema}/{kind}' Target='{target}'/></Relationships>")
    };
    let sheets = "<sheets><sheet name='采购需求' sheetId='1' r:id='r1'/></sheets>";
    let mut parts = vec![
        Part::stored("[Content_Types].xml", "<Types/>"),
        Part::stored("_rels/.rels", relation("r0", "officeDocument", "xl/workbook.xml")),
        Part::stored("xl/_rels/workbook.xml.rels", relation("r1", "worksheet", "worksheets/sheet1.xml")),
        Part::stored("xl/workbook.xml", format!("<workbook xmlns:r='{schema}'>{sheets}</workbook>")),
        Part::stored("xl/styles.xml", "<styleSheet><cellXfs><xf/></cellXfs></styleSheet>"),
        Part::stored(SHEET, sheet(&rows(3), "")),
    ];
    let n_known = parts.len();
    for part in given {
        match parts.iter_mut().take(n_known).find(|known| known.name == part.name) {
            Some(known) => *known = part,
            None => parts.push(part),
        }
    }
    parts
}

/// The name of the sheet's part.
pub const SHEET: &str = "xl/worksheets/sheet1.xml";

/// The XML of a sheet: its rows, and what follows them.
pub fn sheet(rows: &str, rest: &str) -> String {
    format!("<worksheet><sheetData>{rows}</sheetData>{rest}</worksheet>")
}

/// The XML of a header and rows of demands.
pub fn rows(n: usize) -> String {
    let cell = |text: &str| format!("<c t='inlineStr'><is><t>{text}</t></is></c>");
    let row = |texts: [&str; 3]| format!("<row>{}</row>", texts.map(cell).concat());
    let data = (0..n).map(|i| row([&format!("HX-{i}"), "示例重工有限公司", "轴承采购"]));
    [row(["编号", "企业名称", "需求名称"])].into_iter().chain(data).collect()
}
