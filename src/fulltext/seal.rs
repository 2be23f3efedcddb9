//! The seal over the files of the view. tantivy checks no checksum on opening, and a flipped bit would be read as
//! another answer; a view that is not as its seal says, or has none, is made anew from the log.

use std::fs;
use std::path::Path;

use crate::error::{Error, Result};
use crate::seal::{Found, Seal};

/// The seal's file in the view's directory.
const SEAL_FILE: &str = "seal";
/// The files that tantivy replaces at every commit; it never changes another one once it is written.
const REPLACED: [&str; 2] = ["meta.json", ".managed.json"];

/// Removes the seal before the view changes.
pub(super) fn remove(directory: &Path) -> Result<()> {
    Seal::remove(&directory.join(SEAL_FILE))
}

/// Seals a directory as it is now, given its last seal. O(bytes of the files that are new since then).
pub(super) fn write(directory: &Path, last: &Seal) -> Result<Seal> {
    let seal = Seal::over(directory, names(directory)?, &last.clone().without(&REPLACED))?;
    seal.write(&directory.join(SEAL_FILE))?;
    Ok(seal)
}

/// Returns the seal of a directory that is as its seal says. O(bytes of the files).
pub(super) fn whole(directory: &Path) -> Option<Seal> {
    let Ok(Found::Whole(seal)) = Seal::read(&directory.join(SEAL_FILE)) else { return None };
    let now = Seal::over(directory, names(directory).ok()?, &Seal::default()).ok()?;
    (now == seal).then_some(seal)
}

/// Says whether there is a seal and the directory is not as it says. O(bytes of the files).
pub(super) fn is_broken(directory: &Path) -> bool {
    !matches!(Seal::read(&directory.join(SEAL_FILE)), Ok(Found::Missing)) && whole(directory).is_none()
}

/// Lists every file but the seal and tantivy's locks, which are empty.
fn names(directory: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(Error::io("读取", directory))? {
        let name = entry.map_err(Error::io("读取", directory))?.file_name().to_string_lossy().into_owned();
        if name.split('.').next() != Some(SEAL_FILE) && !name.ends_with(".lock") {
            names.push(name);
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_changed_a_missing_and_an_added_file_break_the_seal() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = |name| directory.path().join(name);
        let is_whole = || whole(directory.path()).is_some();
        fs::write(file("a"), "1").expect("written");
        assert!(!is_whole() && !is_broken(directory.path()), "never sealed");
        write(directory.path(), &Seal::default()).expect("sealed");
        assert!(is_whole() && !is_broken(directory.path()));
        fs::write(file("a"), "2").expect("changed");
        assert!(!is_whole() && is_broken(directory.path()));
        fs::write(file("a"), "1").expect("changed back");
        fs::write(file("b"), "").expect("added");
        assert!(!is_whole());
        fs::remove_file(file("b")).expect("removed");
        fs::remove_file(file("a")).expect("removed");
        assert!(!is_whole());
        remove(directory.path()).expect("unsealed");
        assert!(!is_broken(directory.path()), "a change was cut off");
    }

    #[test]
    fn a_later_seal_reads_only_what_is_new_or_replaced() {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = |name| directory.path().join(name);
        fs::write(file("1.store"), "1").expect("written");
        fs::write(file("meta.json"), "1").expect("written");
        let first = write(directory.path(), &Seal::default()).expect("sealed");
        // Damage between two commits: the old sum stays, so it is noticed.
        fs::write(file("1.store"), "0").expect("damaged");
        fs::write(file("meta.json"), "2").expect("replaced");
        fs::write(file("2.store"), "2").expect("added");
        write(directory.path(), &first).expect("sealed");
        assert!(whole(directory.path()).is_none());
        fs::write(file("1.store"), "1").expect("mended");
        assert!(whole(directory.path()).is_some());
    }
}
