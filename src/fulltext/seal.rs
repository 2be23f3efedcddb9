//! A seal over the files of a view: their names and hashes, written after every commit. tantivy checks no checksum on
//! opening, and a flipped bit would be read as another answer; a view whose seal is broken is made anew from the log.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::digest::digest;
use crate::error::{Error, Result};

/// The seal's file in the view's directory.
const SEAL_FILE: &str = "seal.json";

/// Writes the seal of a directory as it is now.
pub(super) fn write(directory: &Path) -> Result<()> {
    let text = serde_json::to_string(&hashes(directory)?).expect("a map of strings always serialises");
    let (path, fresh) = (directory.join(SEAL_FILE), directory.join("seal.new"));
    fs::write(&fresh, text).map_err(Error::io("写入", &fresh))?;
    fs::rename(&fresh, &path).map_err(Error::io("写入", &path))
}

/// Says whether a directory is as its seal says. O(bytes of the files).
pub(super) fn is_whole(directory: &Path) -> bool {
    let Ok(text) = fs::read_to_string(directory.join(SEAL_FILE)) else { return false };
    let sealed: Option<BTreeMap<String, String>> = serde_json::from_str(&text).ok();
    sealed.is_some() && sealed == hashes(directory).ok()
}

/// Hashes every file but the seal and tantivy's locks, which are empty.
fn hashes(directory: &Path) -> Result<BTreeMap<String, String>> {
    let mut hashes = BTreeMap::new();
    for entry in fs::read_dir(directory).map_err(Error::io("读取", directory))? {
        let entry = entry.map_err(Error::io("读取", directory))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("seal.") || name.ends_with(".lock") {
            continue;
        }
        let bytes = fs::read(entry.path()).map_err(Error::io("读取", entry.path()))?;
        hashes.insert(name, digest([bytes.as_slice()]));
    }
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_a_missing_and_an_added_file_break_the_seal() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = |name| directory.path().join(name);
        fs::write(file("a"), "1").expect("written");
        assert!(!is_whole(directory.path()), "never sealed");
        write(directory.path()).expect("sealed");
        assert!(is_whole(directory.path()));
        fs::write(file("a"), "2").expect("changed");
        assert!(!is_whole(directory.path()));
        fs::write(file("a"), "1").expect("changed back");
        fs::write(file("b"), "").expect("added");
        assert!(!is_whole(directory.path()));
        fs::remove_file(file("b")).expect("removed");
        fs::remove_file(file("a")).expect("removed");
        assert!(!is_whole(directory.path()));
    }
}
