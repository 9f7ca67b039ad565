//! How far a run came, so that another can go on from there: after a kill nothing is lost and nothing is printed twice.
//! It is written to a temporary file that then replaces the old one, so that the file is complete at every moment.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::statistics::Statistics;

/// How long a run may go on before it is kept again.
const INTERVAL: Duration = Duration::from_millis(200);

/// How far a run came, and the file where that is kept.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    kept: Kept,
    saved: Instant,
}

/// What the file holds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Kept {
    /// What the run was asked: a hash of its arguments and its knowledge.
    run: String,
    /// The moment that counted as present.
    now: String,
    /// How many documents were judged.
    documents: u64,
    /// The files of the export.
    export: Option<String>,
    /// The last patient of the export whose orders were judged.
    patient: Option<String>,
    /// How many bytes of results were written.
    output: u64,
    /// What was said; `None` before anything was.
    statistics: Option<Statistics>,
}

impl Checkpoint {
    /// The checkpoint in a file, or the beginning of one. `run` is what was asked, `now` the present moment.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or belongs to a run that was asked something else.
    pub fn open(path: &Path, run: &str, now: &str) -> Result<Checkpoint, String> {
        let file = path.display();
        let kept = match fs::read_to_string(path) {
            Ok(text) => {
                let kept: Kept =
                    serde_json::from_str(&text).map_err(|e| format!("{file}: is not a checkpoint: {e}"))?;
                if kept.run != run {
                    return Err(format!(
                        "{file}: belongs to a run with other arguments or another library; remove it to start again from the beginning"
                    ));
                }
                kept
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Kept { run: run.to_owned(), now: now.to_owned(), ..Kept::default() }
            }
            Err(error) => return Err(format!("{file}: {error}")),
        };
        Ok(Checkpoint { path: path.to_owned(), kept, saved: Instant::now() })
    }

    /// How many bytes of the results this checkpoint covers; the bytes after them were written later and are cut off.
    pub fn output(&self) -> u64 {
        self.kept.output
    }

    /// The moment that counted as present when the run began.
    pub fn now(&self) -> &str {
        &self.kept.now
    }

    /// What was said so far, if anything was kept.
    pub(crate) fn statistics(&self) -> Option<Statistics> {
        self.kept.statistics.clone()
    }

    /// Whether the document with this number, counted from 1, was judged before.
    pub(crate) fn has_document(&self, number: u64) -> bool {
        number <= self.kept.documents
    }

    /// Notes that the document with this number was judged.
    pub(crate) fn document(&mut self, number: u64) {
        self.kept.documents = number;
    }

    /// The last patient whose orders were judged, in an export of these files.
    pub(crate) fn patient(&mut self, export: &str) -> io::Result<Option<&str>> {
        let known = self.kept.export.get_or_insert_with(|| export.to_owned());
        if known != export {
            let message = format!(
                "{}: the files of the export have changed since this checkpoint was written; remove it to start again from the beginning",
                self.path.display()
            );
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        Ok(self.kept.patient.as_deref())
    }

    /// Notes that the orders of a patient, and of all before, were judged.
    pub(crate) fn judged(&mut self, patient: &str) {
        self.kept.patient = Some(patient.to_owned());
    }

    /// Whether it is time to keep it again.
    pub(crate) fn is_due(&self) -> bool {
        self.saved.elapsed() >= INTERVAL
    }

    /// Keeps how far the run came. What was written must have left the program before.
    pub(crate) fn save(&mut self, output: u64, statistics: &Statistics) -> io::Result<()> {
        self.kept.output = output;
        self.kept.statistics = Some(statistics.clone());
        let mut beside = self.path.clone().into_os_string();
        beside.push(".new");
        fs::write(&beside, serde_json::to_string(&self.kept)?)?;
        fs::rename(&beside, &self.path)?;
        self.saved = Instant::now();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Checkpoint;
    use crate::statistics::Statistics;

    #[test]
    fn what_was_kept_is_found_by_the_same_run_only() {
        let path = std::env::temp_dir().join(format!("replay-checkpoint-{}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        let mut first = Checkpoint::open(&path, "run", "now").expect("a beginning");
        assert!(first.statistics().is_none() && !first.has_document(1));
        assert_eq!(first.patient("2 files").expect("no other files"), None);
        first.document(3);
        first.judged("p7");
        let said = Statistics { orders: 5, ..Statistics::default() };
        first.save(42, &said).expect("written");
        let mut second = Checkpoint::open(&path, "run", "later").expect("kept");
        assert_eq!((second.output(), second.now(), second.statistics()), (42, "now", Some(said)));
        assert!(second.has_document(3) && !second.has_document(4));
        assert_eq!(second.patient("2 files").expect("the same files"), Some("p7"));
        assert!(second.patient("3 files").is_err());
        let other = Checkpoint::open(&path, "other", "now").expect_err("another run");
        assert!(other.contains("other arguments"), "{other}");
        std::fs::write(&path, "{").expect("written");
        assert!(Checkpoint::open(&path, "run", "now").is_err_and(|error| error.contains("is not a checkpoint")));
        std::fs::remove_file(&path).expect("the file is gone");
    }
}
