//! The file of a SQLite store. A file that is deleted, replaced or overwritten under a running service would take all that
//! is written from then on with it, without an error.
//!
//! The file is never closed while it is the same one: on POSIX systems, closing it anywhere in a process would end the
//! locks that SQLite holds on it.

use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::place::Place;

/// How every SQLite file begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// The file of a store, for all its connections.
#[derive(Debug)]
pub(crate) struct Watch {
    /// `None` for PostgreSQL, whose server keeps its own files.
    path: Option<PathBuf>,
    seen: Mutex<Seen>,
    /// Held while a connection is opened: two at a time would both make the tables, and one of them would fail.
    pub(crate) opening: tokio::sync::Mutex<()>,
}

#[derive(Debug, Default)]
struct Seen {
    /// Counts up each time the file is found to be another one.
    generation: u64,
    state: Option<State>,
    file: Option<((u64, u64), File)>,
}

/// What the file is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    /// Its device and number.
    number: (u64, u64),
    /// How large it was at most. A database of ours only grows.
    length: u64,
    is_database: bool,
}

impl Watch {
    /// The file of a store.
    pub(crate) fn of(place: &Place) -> Watch {
        let path = match place {
            Place::Sqlite(path) => Some(path.clone()),
            _ => None,
        };
        Watch { path, seen: Mutex::default(), opening: tokio::sync::Mutex::default() }
    }

    /// Looks at the file. The number that comes back is another one than before when the file is another one, or is there
    /// no more: a connection that was opened at another number writes into nowhere.
    pub(crate) fn generation(&self) -> u64 {
        let Some(path) = &self.path else { return 0 };
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let now = look(path, &mut seen.file);
        let is_same = match (seen.state, now) {
            (Some(before), Some(now)) => {
                now.number == before.number && now.length >= before.length && now.is_database == before.is_database
            }
            (None, None) => true,
            _ => false,
        };
        if !is_same {
            seen.generation += 1;
        }
        seen.state = now;
        seen.generation
    }
}

/// What the file is like; `None` when there is none. One that is still empty will become a database.
fn look(path: &Path, open: &mut Option<((u64, u64), File)>) -> Option<State> {
    let metadata = std::fs::metadata(path).ok()?;
    let number = number(&metadata);
    if open.as_ref().is_none_or(|(of, _)| *of != number) {
        *open = Some((number, File::open(path).ok()?));
    }
    let length = metadata.len();
    let is_database = length == 0 || open.as_ref().is_some_and(|(_, file)| begins_as_database(file));
    Some(State { number, length, is_database })
}

#[cfg(unix)]
fn begins_as_database(file: &File) -> bool {
    use std::os::unix::fs::FileExt;
    let mut begin = [0; 16];
    file.read_exact_at(&mut begin, 0).is_ok() && begin == *MAGIC
}

#[cfg(unix)]
fn number(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(not(unix))]
fn begins_as_database(_: &File) -> bool {
    true
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> (u64, u64) {
    (0, 0)
}

#[cfg(all(test, unix))]
mod tests {
    use super::{MAGIC, Watch};
    use crate::place::Place;

    #[test]
    fn another_file_under_the_same_name_is_noticed() {
        let folder = std::env::temp_dir().join(format!("store-file-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("store.sqlite");
        let write = |bytes: &[u8]| std::fs::write(&path, bytes).expect("a file");
        let database = |length: usize| [&MAGIC[..], &vec![0; length]].concat();
        write(&database(100));
        let watch = Watch::of(&Place::Sqlite(path.clone()));
        let mut before = watch.generation();
        let mut changes = |what: &str, expected: bool| {
            let now = watch.generation();
            assert_eq!(now != before, expected, "{what}");
            before = now;
        };
        changes("nothing happened", false);
        write(&database(200));
        changes("it grew", false);
        write(&database(50));
        changes("an older one was written over it", true);
        write(&vec![7; 300]);
        changes("something else was written over it", true);
        write(&database(300));
        changes("and a database again", true);
        let other = folder.join("other");
        std::fs::write(&other, database(300)).expect("a file");
        std::fs::rename(&other, &path).expect("it is moved");
        changes("another one was put in its place", true);
        std::fs::remove_file(&path).expect("it goes");
        changes("it was deleted", true);
        changes("and is still away", false);
        write(&database(300));
        changes("and is there again", true);
        assert_eq!(Watch::of(&Place::Postgres("postgres://db/cds".to_owned())).generation(), 0);
        std::fs::remove_dir_all(&folder).expect("the folder goes");
    }
}
