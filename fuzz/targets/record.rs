//! What replay reads: Bundles, requests, NDJSON of either. Every input ends in a result or a problem, never in a fault.
#![no_main]

use fuzz::{library, options};
use replay::{Extent, replay};

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let options = options(Extent { threads: 1, ..Extent::default() });
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut input = bytes;
    let _ = replay(library(), &["-".to_owned()], &options, &mut input, &mut out, &mut err);
    for line in String::from_utf8(out).expect("UTF-8").lines() {
        let read: Result<serde_json::Value, _> = serde_json::from_str(line);
        assert!(read.is_ok(), "each line is JSON");
    }
});
