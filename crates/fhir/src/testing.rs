//! What the tests of this member share: the library of the program, and a patient's record made of resources in JSON.
//! It is 22 November 2026.

use std::sync::LazyLock;

use document::Document;
use domain::fact::Facts;
use domain::time::Clock;
use jiff::tz::TimeZone;
use knowledge::Library;

use crate::extract::Extraction;
use crate::meaning::Meanings;
use crate::record::Record;
use crate::resource::Resource;
use crate::resources::Resources;

/// The library, read once for all tests.
pub fn library() -> &'static Library {
    static LIBRARY: LazyLock<Library> = LazyLock::new(|| Library::embedded().expect("a valid library"));
    &LIBRARY
}

pub fn clock() -> Clock {
    Clock::parse("2026-11-22T09:00:00Z", &TimeZone::UTC).expect("a moment")
}

pub fn document(text: &str) -> Document<'_> {
    Document::parse(text).unwrap_or_else(|why| panic!("{why}: {text}"))
}

/// Calls `look` with what facts are made of: a record of these resources, looked at while the decision is made.
pub fn with_record<T>(resources: &[String], look: impl FnOnce(&Extraction<'_, '_, '_>) -> T) -> T {
    extraction(resources, &[], false, look)
}

/// The same for a decision that is made again afterwards, when the record has grown.
pub fn in_hindsight<T>(resources: &[String], look: impl FnOnce(&Extraction<'_, '_, '_>) -> T) -> T {
    extraction(resources, &[], true, look)
}

/// The facts of a record beside these drafts.
pub fn facts_beside(drafts: &[String]) -> Facts {
    extraction(&[], drafts, false, |extraction| extraction.facts())
}

fn extraction<T>(
    resources: &[String],
    drafts: &[String],
    hindsight: bool,
    look: impl FnOnce(&Extraction<'_, '_, '_>) -> T,
) -> T {
    let (record, beside) = (format!("[{}]", resources.join(",")), format!("[{}]", drafts.join(",")));
    let (record, beside) = (document(&record), document(&beside));
    let record = record.root().items().filter_map(Resource::alone).collect();
    let record = Record::of_resources(library(), record, 0, "p");
    let mut drafts = Resources::default();
    beside.root().items().filter_map(Resource::alone).for_each(|draft| drafts.add(draft));
    let (meanings, clock) = (Meanings::new(library()), clock());
    look(&Extraction { record: &record, drafts: &drafts, meanings: &meanings, clock: &clock, hindsight })
}

/// A resource of a type, with an id and these members.
pub fn resource(kind: &str, id: &str, members: &str) -> String {
    format!(r#"{{"resourceType": "{kind}", "id": "{id}", {members}}}"#)
}

/// A member that holds one code of LOINC, and words.
pub fn loinc(member: &str, code: &str, words: &str) -> String {
    format!(r#""{member}": {{"coding": [{{"system": "http://loinc.org", "code": "{code}"}}], "text": "{words}"}}"#)
}
