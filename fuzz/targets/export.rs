//! The lines of a Bulk Data export: found, gathered and judged. The answer must be the same however the file is cut into
//! pieces, whether every line is parsed or only those that can matter, and however many patients fit into memory.
#![no_main]

use std::path::PathBuf;
use std::sync::OnceLock;

use fuzz::{library, options};
use replay::{Extent, replay};

/// The file of the export: its name says that it holds resources of one type, whatever stands in it.
fn file() -> &'static PathBuf {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let memory = PathBuf::from("/dev/shm");
        let parent = if memory.is_dir() { memory } else { std::env::temp_dir() };
        let folder = parent.join(format!("fuzz-export-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        folder.join("Export.ndjson")
    })
}

/// The results and what was said beside them.
fn replayed(extent: Extent<'_>) -> (String, String) {
    let options = options(extent);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let path = file().display().to_string();
    let _ = replay(library(), &[path], &options, &mut std::io::empty(), &mut out, &mut err);
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
    (text(out), text(err))
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    std::fs::write(file(), bytes).expect("a file");
    let whole = replayed(Extent { threads: 1, ..Extent::default() });
    for line in whole.0.lines() {
        let read: Result<serde_json::Value, _> = serde_json::from_str(line);
        assert!(read.is_ok(), "each line is JSON: {line}");
    }
    let piece = u64::try_from(bytes.len() / 7).expect("a length").max(1);
    let cut = replayed(Extent { threads: 2, piece, ..Extent::default() });
    assert_eq!(cut, whole, "cut into pieces of {piece}");
    let thorough = replayed(Extent { threads: 1, thorough: true, ..Extent::default() });
    assert_eq!(thorough, whole, "every line parsed");
    let little = replayed(Extent { threads: 1, memory: 2048, ..Extent::default() });
    assert_eq!(little, whole, "patients in several passes");
});
