//! Frames of bytes in a file: a length, a CRC-32 and the bytes, and an empty one at the end, so that a flipped bit, a
//! missing end and a file of something else are noticed. The files of views are made of them.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use crate::error::{Error, Result};

/// No frame has as many bytes.
const FRAME_BYTES_MAX: u32 = 1 << 30;

/// Writes a file of frames and its end, which only its owner may read; it is there whole or not at all: a file beside it
/// takes its place when it is on disk.
///
/// # Errors
/// [`Error::Io`] if the disk refuses.
pub fn write_file(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::io("创建", folder))?;
    }
    let fresh = path.with_extension("new");
    let mut options = OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = BufWriter::new(options.open(&fresh).map_err(Error::io("写入", &fresh))?);
    let written = write(&mut out)
        .and_then(|()| write_frame(&mut out, &[]))
        .and_then(|()| out.into_inner().map_err(std::io::IntoInnerError::into_error)?.sync_all());
    written.map_err(Error::io("写入", &fresh))?;
    fs::rename(&fresh, path).map_err(Error::io("写入", path))
}

/// Says whether a file has nothing but whole frames, the last one empty. O(bytes).
pub fn is_whole(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let mut file = BufReader::new(file);
    while let Some(frame) = read_frame(&mut file) {
        if frame.is_empty() {
            return is_at_end(&mut file);
        }
    }
    false
}

/// Reads the empty frame, and says whether it is there and nothing after it.
pub fn ends(file: &mut impl Read) -> bool {
    read_frame(file).is_some_and(|frame| frame.is_empty()) && is_at_end(file)
}

fn is_at_end(file: &mut impl Read) -> bool {
    file.read(&mut [0]).is_ok_and(|more| more == 0)
}

/// Writes a frame; an empty one is the end.
///
/// # Errors
/// If the disk refuses, or the frame is of a gigabyte and more.
pub fn write_frame(out: &mut impl Write, bytes: &[u8]) -> std::io::Result<()> {
    let length = u32::try_from(bytes.len()).ok().filter(|length| *length < FRAME_BYTES_MAX);
    let length = length.ok_or(std::io::ErrorKind::FileTooLarge)?;
    out.write_all(&length.to_le_bytes())?;
    out.write_all(&crc32fast::hash(bytes).to_le_bytes())?;
    out.write_all(bytes)
}

/// Reads a frame; `None` if it is not whole. Memory is used as there is something to fill it, whatever the length says.
pub fn read_frame(file: &mut impl Read) -> Option<Vec<u8>> {
    let mut number = || {
        let mut bytes = [0; 4];
        file.read_exact(&mut bytes).ok().map(|()| u32::from_le_bytes(bytes))
    };
    let (length, sum) = (number()?, number()?);
    let length = (length < FRAME_BYTES_MAX).then_some(length)?;
    // Reserved as a whole: a large frame is not copied as it grows, and what is never written takes no memory.
    let mut bytes = Vec::with_capacity(usize::try_from(length).ok()?);
    file.take(u64::from(length)).read_to_end(&mut bytes).ok()?;
    (bytes.len() == usize::try_from(length).ok()? && crc32fast::hash(&bytes) == sum).then_some(bytes)
}
