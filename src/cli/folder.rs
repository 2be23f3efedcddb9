//! Folders that a command fills.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};

/// Makes a folder, or sees that it is empty, so that what is written is not mixed with what was there.
///
/// # Errors
/// [`Error::Request`] if it is not empty.
pub(super) fn claim(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(Error::io("创建", folder))?;
    let mut entries = fs::read_dir(folder).map_err(Error::io("读取", folder))?;
    if entries.next().is_some() {
        return Err(Error::Request(format!("{} 不是空目录；请换一个目录，或先清空它", folder.display())));
    }
    Ok(())
}
