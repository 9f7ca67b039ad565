//! One run over a folder of its own, and what came out of it.

use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use cds_hooks::author::{Author, NewOrder};
use cds_hooks::error::CallError;
use domain::hook::Hook;
use domain::time::Clock;
use jiff::tz::TimeZone;
use knowledge::Library;
use replay::statistics::Statistics;
use replay::{Extent, Format, Options, Streams, run};
use serde_json::{Value, json};
use terminal::TextLayout;

pub fn replayed(paths: &[&str], extent: Extent<'_>, as_of: Option<&str>) -> Done {
    let clock = |text| Clock::parse(text, &TimeZone::UTC).expect("a moment");
    let options = Options {
        as_of: as_of.map(clock),
        format: Format::Ndjson,
        hook: Hook::OrderSign,
        layout: TextLayout { width: 80, colour: false },
        now: clock("2027-01-01T12:00:00Z"),
        author: &Nobody,
        extent,
    };
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let (mut out, mut err, mut rejects) = (Vec::new(), Vec::new(), Vec::new());
    let streams = Streams {
        stdin: &mut &b""[..],
        out: &mut out,
        err: &mut err,
        rejects: Some(&mut rejects),
        checkpoint: None,
        progress: None,
        comparison: None,
    };
    let ended = run(library(), &paths, &options, Statistics::default(), streams).expect("written");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    let lines = |bytes: Vec<u8>| text(bytes).lines().map(str::to_owned).collect();
    let (status, statistics) = (ended.status, ended.statistics);
    Done { status, lines: lines(out), err: text(err), rejects: lines(rejects), statistics }
}

pub fn of(folder: &Folder) -> Done {
    replayed(&[&folder.path()], Extent::default(), None)
}

/// The answer without what names the input.
pub fn answers(done: &Done) -> Vec<Value> {
    let mut values = done.values();
    for value in &mut values {
        value["source"] = Value::Null;
        let cards = value["cards"].as_array_mut().expect("cards");
        for card in cards {
            card["uuid"] = Value::Null;
            card["suggestions"] = Value::Null;
        }
    }
    values
}

/// The result of a run.
#[derive(Debug, PartialEq, Eq)]
pub struct Done {
    pub status: u8,
    pub lines: Vec<String>,
    pub err: String,
    pub rejects: Vec<String>,
    pub statistics: Statistics,
}

impl Done {
    pub fn values(&self) -> Vec<Value> {
        self.lines.iter().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }

    /// The orders that were judged.
    pub fn orders(&self) -> Vec<String> {
        let orders = |line: &Value| {
            let of = line["assessment"].as_array().cloned().unwrap_or_default();
            of.iter().map(|one| one["order"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
        };
        self.values().iter().flat_map(orders).collect()
    }
}

/// A folder of its own, which is gone with the value.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let name = format!("replay-export-{}-{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder");
        Folder(path)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Folder {
        fs::write(self.0.join(name), bytes).expect("a file");
        self
    }

    pub fn path(&self) -> String {
        self.0.display().to_string()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| Library::embedded().expect("the library of the program validates"))
}

/// An author whose resources do not matter here.
struct Nobody;

impl Author for Nobody {
    fn service_request(&self, _: &NewOrder<'_>) -> Option<String> {
        None
    }

    fn medication_request(&self, _: &NewOrder<'_>, _: &str) -> Option<String> {
        None
    }

    fn operation_outcome(&self, error: &CallError) -> String {
        json!({"resourceType": "OperationOutcome", "issue": [{"diagnostics": error.message}]}).to_string()
    }
}
