//! A site's policy: applied, or refused with a mistake that names a place. What it makes must still be a library.
#![no_main]

use knowledge::policy::apply;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut library = knowledge::Library::embedded().expect("it validates");
    match apply(&mut library, "policy.toml", text) {
        Ok(_) => assert!(!library.drugs.is_empty(), "the drugs are still there"),
        Err(mistakes) => assert!(!mistakes.is_empty(), "a refusal says why"),
    }
});
