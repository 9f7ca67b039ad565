//! A rule file: read, or refused with a mistake that names a place.
#![no_main]

use fuzz::library;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let library = library();
    for drug in &library.drugs {
        for rule in drug.rules.iter().take(1) {
            if let Err(mistakes) = library.reread(drug, rule.id.as_str(), text) {
                assert!(!mistakes.is_empty(), "a refusal says why");
            }
        }
    }
});
