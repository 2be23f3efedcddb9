//! The indexes in one file: a head, then what each posting has, block by block. What can be made from that is made on
//! reading. A file that is not whole, or of another state, is none: the indexes are built from the catalogue then.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::definition::TextField;
use crate::error::Result;
use crate::frames::{ends, read_frame, write_file, write_frame};
use crate::impact::Impacts;
use crate::impact::block::{Block, Own};
use crate::impact::index::{Impact, Part};

/// The first bytes of the file. The number changes with any shape below and with how texts are weighed.
const MARK: &str = "lianqiao-impact 1";

/// What stands before the blocks.
#[derive(Serialize, Deserialize)]
struct Head {
    mark: String,
    /// What the caller knows the state by.
    state: String,
    /// The fields in order, and how many blocks each has.
    fields: Vec<(TextField, usize)>,
}

/// Writes the indexes to a file as those of a `state`; the file is there whole or not at all. O(bytes).
///
/// # Errors
/// [`Error::Io`](crate::error::Error::Io) if the disk refuses.
pub fn save(impacts: &Impacts, path: &Path, state: &str) -> Result<()> {
    let fields = impacts.iter().map(|(field, impact)| (field.clone(), impact.parts.len())).collect();
    let head = Head { mark: MARK.to_owned(), state: state.to_owned(), fields };
    write_file(path, |out| {
        write_frame(out, &encode(&head, 0))?;
        for part in impacts.values().flat_map(|impact| &impact.parts) {
            let own = part.block.own();
            write_frame(out, &encode(&(own, &*part.gone), own.n_bytes()))?;
        }
        Ok(())
    })
}

/// Reads the indexes from a file; `None` if there is none, or it is not whole, or of another state. O(bytes), on all cores.
pub fn load(path: &Path, state: &str) -> Option<Impacts> {
    let mut file = BufReader::new(File::open(path).ok()?);
    let head: Head = postcard::from_bytes(&read_frame(&mut file)?).ok()?;
    if head.mark != MARK || head.state != state {
        return None;
    }
    let mut impacts = Impacts::new();
    for (field, n_blocks) in head.fields {
        let frames: Vec<Vec<u8>> = (0..n_blocks).map(|_| read_frame(&mut file)).collect::<Option<_>>()?;
        let parts: Option<Vec<Part>> = frames.par_iter().map(|frame| part(frame)).collect();
        impacts.insert(field, Impact { parts: parts? });
    }
    ends(&mut file).then_some(impacts)
}

fn part(frame: &[u8]) -> Option<Part> {
    let (own, gone): (Own, Vec<u16>) = postcard::from_bytes(frame).ok()?;
    Some(Part { block: Arc::new(Block::from_own(own)?), gone: Arc::new(gone) })
}

/// Writes a shape into memory, of which about so many bytes are reserved.
fn encode<T: Serialize>(shape: &T, n_bytes: usize) -> Vec<u8> {
    let encoded = postcard::to_extend(shape, Vec::with_capacity(n_bytes));
    encoded.expect("these shapes know their lengths, which is all that can be amiss")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::definition::Role;
    use crate::impact::{Posting, top};
    use crate::model::{PartyId, RecordId};
    use crate::text::Vector;

    fn impacts() -> Impacts {
        let posting = |i: u64| Posting {
            id: RecordId::from_text(&format!("P{i}:catalog:A")),
            party: Some(PartyId(i)),
            is_open: !i.is_multiple_of(3),
            last_day: (!i.is_multiple_of(2)).then_some(jiff::civil::date(2026, 6, 1)),
        };
        let vector = |i: u64| {
            Vector::from_entries(vec![
                (1 << 60, 30_000),
                ([1 << 61, 1 << 62][usize::from(i.is_multiple_of(2))], 16_000),
            ])
        };
        let impact = Impact::build((1..20).map(|i| (posting(i), vector(i))).collect());
        let field = TextField {
            kind: "catalog".to_owned(),
            role: Role::Supply,
            columns: vec!["title".to_owned()],
            length: 250,
        };
        Impacts::from([(field, impact.with(&[RecordId::from_text("P5:catalog:A")], Vec::new()))])
    }

    #[test]
    fn what_was_saved_answers_as_before() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("views/impact");
        let saved = impacts();
        save(&saved, &path, "7").expect("saved");
        let loaded = load(&path, "7").expect("whole");
        let answer = |impacts: &Impacts| {
            let indexes: Vec<&Impact> = impacts.values().collect();
            let query = Vector::from_entries(vec![(1 << 61, 60_000), (1 << 60, 7_000)]);
            let hits = top(&indexes, &query, 30, &|posting| posting.is_open && posting.last_day.is_some());
            hits.iter().map(|hit| (hit.posting.clone(), hit.product)).collect::<Vec<(Posting, u64)>>()
        };
        assert_eq!(answer(&loaded), answer(&saved));
        assert_eq!((answer(&loaded).len(), loaded.values().map(Impact::n_postings).sum::<usize>()), (6, 18));
        assert!(load(&path, "8").is_none(), "another state");
    }

    #[test]
    fn any_damage_is_no_index() {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("impact");
        save(&impacts(), &path, "7").expect("saved");
        let bytes = fs::read(&path).expect("there");
        for place in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[place] ^= 0x04;
            fs::write(&path, &flipped).expect("written");
            assert!(load(&path, "7").is_none(), "byte {place} flipped");
            fs::write(&path, &bytes[..place]).expect("written");
            assert!(load(&path, "7").is_none(), "cut at byte {place}");
        }
        fs::write(&path, [bytes, vec![0]].concat()).expect("written");
        assert!(load(&path, "7").is_none(), "one byte too many");
    }
}
