//! Bounds what a workbook's archive unpacks to before anything in it is unpacked. The only module that knows `zip`, which
//! gives no more of a part than the archive's directory declares; so what is declared bounds what is read.

use std::io::Cursor;

use zip::ZipArchive;

/// How many parts an archive may have; Excel writes a few for each sheet and picture.
const MAX_PARTS: usize = 10_000;
/// How many bytes a workbook may unpack to.
const MAX_UNPACKED_BYTES: u64 = 768 << 20;
/// How many bytes a tiny workbook may unpack to.
const BASE_UNPACKED_BYTES: u64 = 32 << 20;
/// How many bytes each byte of a workbook may unpack to; spreadsheets compress ten to thirty times, bombs a thousand.
const MAX_RATIO: u64 = 100;

/// Checks an archive. O(parts).
///
/// # Errors
/// Returns in Chinese what is wrong and what to do.
pub(super) fn check(bytes: &[u8]) -> Result<(), String> {
    let damaged = |e| format!("文件已损坏，或不是 .xlsx 工作簿（{e}）；请用 Excel 或 WPS 打开，另存为 .xlsx 后再导入");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.len() > MAX_PARTS {
        return Err(format!("压缩包里有 {} 个部分，最多 {MAX_PARTS} 个；请另存为 .xlsx 后再导入", archive.len()));
    }
    let n_bytes = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    let max = n_bytes.saturating_mul(MAX_RATIO).saturating_add(BASE_UNPACKED_BYTES).min(MAX_UNPACKED_BYTES);
    let mut n_declared = 0_u64;
    for i in 0..archive.len() {
        n_declared = n_declared.saturating_add(archive.by_index_raw(i).map_err(damaged)?.size());
    }
    if n_declared > max {
        return Err(format!(
            "解压后有 {} MiB，这个大小的文件最多 {} MiB；请删去多余的行、列和格式，或拆成几个文件",
            n_declared >> 20,
            max >> 20
        ));
    }
    Ok(())
}
