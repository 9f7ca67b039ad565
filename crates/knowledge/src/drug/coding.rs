//! A code that the library writes into orders, with its system.

use serde::Deserialize;
use toml::Spanned;

use crate::codes::Codes;
use crate::mistake::Reader;
use domain::rule::Coding;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCoding {
    system: String,
    code: Spanned<String>,
    display: String,
}

/// A coding with the URI of its system; its check digit is checked.
pub(crate) fn coding(raw: RawCoding, reader: &mut Reader<'_>, codes: &Codes) -> Option<Coding> {
    check_code(&raw.system, &raw.code, reader, codes);
    Some(Coding { system: codes.uri(&raw.system)?.to_owned(), code: raw.code.into_inner(), display: raw.display })
}

pub(super) fn check_code(system: &str, code: &Spanned<String>, reader: &mut Reader<'_>, codes: &Codes) {
    if let Some(wrong) = codes.wrong_code(system, code.get_ref()) {
        reader.note_at(code, &wrong);
    }
}
