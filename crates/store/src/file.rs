//! The file of a SQLite store, as it was when it was opened. A file that is deleted, replaced or overwritten under a running
//! service would take all that is written from then on with it, without an error.

use std::fs::Metadata;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::place::Place;

/// How every SQLite file begins.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// Which file was opened; of PostgreSQL nothing, since the server keeps its own.
#[derive(Debug, Clone)]
pub(crate) struct Identity {
    file: Option<(PathBuf, Seen)>,
}

/// What can be told of a file without SQLite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Seen {
    /// Its device and number, where the system has such.
    number: Option<(u64, u64)>,
    /// How large it is. A database of ours only grows.
    length: u64,
}

impl Identity {
    /// The file of a store that was just opened.
    pub(crate) fn of(place: &Place) -> Identity {
        let Place::Sqlite(path) = place else { return Identity { file: None } };
        Identity { file: seen(path).map(|seen| (path.clone(), seen)) }
    }

    /// Whether the file is still there, the same one, and still a database.
    pub(crate) fn is_same(&self) -> bool {
        let Some((path, before)) = &self.file else { return true };
        seen(path).is_some_and(|now| now.number == before.number && now.length >= before.length)
    }
}

/// What the file is like; `None` when there is none, or it is no database. One that is still empty will become one.
fn seen(path: &Path) -> Option<Seen> {
    let mut file = std::fs::File::open(path).ok()?;
    let metadata = file.metadata().ok()?;
    let mut begin = [0; 16];
    let is_database = metadata.len() == 0 || (file.read_exact(&mut begin).is_ok() && begin == *MAGIC);
    is_database.then(|| Seen { number: number(&metadata), length: metadata.len() })
}

#[cfg(unix)]
fn number(metadata: &Metadata) -> Option<(u64, u64)> {
    use std::os::unix::fs::MetadataExt;
    Some((metadata.dev(), metadata.ino()))
}

#[cfg(not(unix))]
fn number(_: &Metadata) -> Option<(u64, u64)> {
    None
}

#[cfg(test)]
mod tests {
    use super::{Identity, MAGIC};
    use crate::place::Place;

    #[test]
    fn another_file_under_the_same_name_is_noticed() {
        let folder = std::env::temp_dir().join(format!("store-file-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let path = folder.join("store.sqlite");
        let write = |bytes: &[u8]| std::fs::write(&path, bytes).expect("a file");
        let database = |length: usize| [&MAGIC[..], &vec![0; length]].concat();
        write(&database(100));
        let identity = Identity::of(&Place::Sqlite(path.clone()));
        assert!(identity.is_same());
        write(&database(200));
        assert!(identity.is_same(), "it grew");
        write(&database(50));
        assert!(!identity.is_same(), "an older one was written over it");
        write(&vec![7; 300]);
        assert!(!identity.is_same(), "something else was written over it");
        let other = folder.join("other");
        std::fs::write(&other, database(300)).expect("a file");
        std::fs::rename(&other, &path).expect("it is moved");
        assert!(!identity.is_same(), "another one was put in its place");
        std::fs::remove_file(&path).expect("it goes");
        assert!(!identity.is_same(), "it was deleted");
        assert!(Identity::of(&Place::Postgres("postgres://db/cds".to_owned())).is_same());
        std::fs::remove_dir_all(&folder).expect("the folder goes");
    }
}
