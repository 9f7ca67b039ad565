//! A site's own policy, applied on top of the library: windows, silent rules, local codes and wording.
//!
//! There is no key for a limit, so that no site can loosen a limit of the label. A silenced rule still shows critical
//! cards.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Library;
use super::index::Index;
use super::local;
use super::mistake::{Mistake, Place, Reader};
use super::word::{Days, Word};
use super::wording;
use domain::rule::{Indicator, Rule};

/// What a site changed, for `check` to print.
#[derive(Debug, Default)]
pub struct Effective {
    /// One line for each value that a site may change: its current value, and the file and line that set it.
    pub lines: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LocalCode {
    set: String,
    system: String,
    code: String,
    display: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wording {
    rule: String,
    replaces: String,
    summary: String,
}

/// The keys that a policy may have, in words.
const KEYS: &str = "windows, silent, code or wording; limits of the label cannot be changed";

/// Applies a policy to a valid library.
///
/// # Errors
///
/// All mistakes of the policy. The library must not be used then, because a part of the policy may have been applied.
pub fn apply(library: &mut Library, file: &str, text: &str) -> Result<Effective, Vec<Mistake>> {
    let mut mistakes = Vec::new();
    let mut origin: BTreeMap<String, usize> = BTreeMap::new();
    let mut reader = Reader::new(file, text, &mut mistakes);
    for (key, value) in reader.members() {
        let place = value.span();
        match key.as_str() {
            "windows" => {
                for (criterion, value) in reader.table(value) {
                    let place = value.span();
                    if let Some(Word(Days(days))) = reader.value(value) {
                        window(library, &criterion, days, &place, &mut reader);
                        origin.insert(format!("window {criterion}"), reader.line(place.start));
                    }
                }
            }
            "silent" => {
                for rule in reader.value::<Vec<String>>(value).unwrap_or_default() {
                    silence(library, &rule, &place, &mut reader);
                    origin.insert(format!("silent {rule}"), reader.line(place.start));
                }
            }
            "code" => {
                for (code, place) in reader.array::<LocalCode>(value) {
                    let LocalCode { set, system, code, display } = code;
                    if !local::add_code(library, &set, &system, &code, &display) {
                        reader.note_word(&place, &set, &format!("unknown value set `{set}`"));
                    }
                    origin.insert(format!("code {set} {system}|{code} ({display})"), reader.line(place.start));
                }
            }
            "wording" => {
                for (wording, place) in reader.array::<Wording>(value) {
                    let line = reader.line(place.start);
                    origin.insert(format!("wording {}: {}", wording.rule, wording.summary), line);
                    reword(library, wording, &place, &mut reader);
                }
            }
            other => reader.note(place.start, &format!("unknown key `{other}`; expected {KEYS}")),
        }
    }
    library.services.fill_codes(&library.codes, &library.concepts);
    library.index = Index::of(library);
    if mistakes.is_empty() { Ok(effective(library, file, &origin)) } else { Err(mistakes) }
}

/// Every value that a site may change, with the file and line that set it.
pub fn effective(library: &Library, file: &str, origin: &BTreeMap<String, usize>) -> Effective {
    let from = |key: &str| origin.get(key).map_or("library".to_owned(), |line| format!("{file}:{line}"));
    let mut lines = Vec::new();
    for rule in library.drugs.iter().flat_map(|drug| &drug.rules) {
        let state = if rule.silent { "silent unless critical" } else { "speaks" };
        lines.push(format!("rule {}: {state} ({})", rule.id, from(&format!("silent {}", rule.id))));
        for criterion in &rule.criteria {
            if let Some(days) = criterion.kind.properties().window_days {
                let id = &criterion.id;
                lines.push(format!("  window {id}: {days} days ({})", from(&format!("window {id}"))));
            }
        }
    }
    for (what, line) in origin.iter().filter(|(what, _)| what.starts_with("code ") || what.starts_with("wording ")) {
        lines.push(format!("{what} ({file}:{line})"));
    }
    Effective { lines }
}

fn rules(library: &mut Library) -> impl Iterator<Item = &mut Rule> {
    library.drugs.iter_mut().flat_map(|drug| drug.rules.iter_mut())
}

fn window(library: &mut Library, criterion: &str, days: i64, place: &Place, reader: &mut Reader<'_>) {
    let found = rules(library).flat_map(|rule| rule.criteria.iter_mut()).find(|c| c.id == criterion);
    match found.map(|criterion| criterion.kind.window_mut()) {
        Some(Some(window)) => *window = days,
        Some(None) => reader.note(place.start, &format!("criterion `{criterion}` has no window")),
        None => reader.note(place.start, &format!("unknown criterion `{criterion}`")),
    }
}

fn silence(library: &mut Library, id: &str, place: &Place, reader: &mut Reader<'_>) {
    match rules(library).find(|rule| rule.id == id) {
        None => reader.note_word(place, id, &format!("unknown rule `{id}`")),
        Some(rule) if rule.advice.iter().all(|advice| advice.indicator == Indicator::Critical) => {
            reader.note_word(place, id, &format!("rule `{id}` has only critical cards, which cannot be silenced"));
        }
        Some(rule) => rule.silent = true,
    }
}

fn reword(library: &mut Library, wording: Wording, place: &Place, reader: &mut Reader<'_>) {
    let found = library.drugs.iter_mut().find_map(|drug| {
        let at = drug.rules.iter().position(|rule| rule.id == wording.rule)?;
        Some((drug, at))
    });
    let Some((drug, at)) = found else {
        return reader.note_word(place, &wording.rule, &format!("unknown rule `{}`", wording.rule));
    };
    let Some(rule) = drug.rules.get_mut(at) else { return };
    let Some(position) = rule.advice.iter().position(|advice| advice.summary == wording.replaces) else {
        let message = format!("rule `{}` has no advice with the summary \"{}\"", wording.rule, wording.replaces);
        return reader.note_word(place, &wording.replaces, &message);
    };
    if let Some(advice) = rule.advice.get_mut(position) {
        advice.summary = wording.summary;
    }
    if let Some(rule) = drug.rules.get(at) {
        let places = vec![place.clone(); rule.advice.len()];
        wording::check(rule, &places, reader, drug);
    }
}

#[cfg(test)]
mod tests {
    use super::apply;
    use crate::Library;

    fn library() -> Library {
        Library::embedded().expect("a valid library")
    }

    #[test]
    fn a_policy_changes_what_it_may_and_says_where_from() {
        let mut library = library();
        let text = "silent = [\"product\"]\n[windows]\nneutrophils-below-start-limit = \"P14D\"\n\
                    [[code]]\nset = \"absolute-neutrophil-count\"\nsystem = \"urn:site\"\ncode = \"ANC\"\ndisplay = \"ANC\"\n\
                    [[wording]]\nrule = \"hypersensitivity\"\n\
                    replaces = \"Allergies could not be read: ask about earlier reactions to tocilizumab before prescribing\"\n\
                    summary = \"Ask about allergies\"\n";
        let effective = apply(&mut library, "site.toml", text).expect("a valid policy").lines.join("\n");
        for line in [
            "rule product: silent unless critical (site.toml:1)",
            "window neutrophils-below-start-limit: 14 days (site.toml:3)",
            "window platelets-below-start-limit: 30 days (library)",
            "code absolute-neutrophil-count urn:site|ANC (ANC) (site.toml:4)",
            "wording hypersensitivity: Ask about allergies (site.toml:9)",
        ] {
            assert!(effective.contains(line), "{line}\n{effective}");
        }
    }

    #[test]
    fn what_a_policy_may_not_do_is_told_with_its_line() {
        for (text, said) in [
            ("[limits]\nneutrophils-below-start-limit = \"1500\"", "site.toml:1: unknown key `limits`"),
            ("\nsilent = [\"nonsense\"]", "site.toml:2: unknown rule `nonsense`"),
            ("[windows]\nnonsense = \"P14D\"", "site.toml:2: unknown criterion `nonsense`"),
            ("[windows]\nnot-adult = \"P14D\"", "site.toml:2: criterion `not-adult` has no window"),
            ("[windows]\nneutrophils-below-start-limit = \"soon\"", "site.toml:2: `soon` is not a duration"),
            (
                "[[code]]\nset = \"x\"\nsystem = \"s\"\ncode = \"c\"\ndisplay = \"d\"",
                "site.toml:2: unknown value set `x`",
            ),
            ("[[wording]]\nrule = \"product\"\nreplaces = \"x\"\nsummary = \"y\"", "has no advice with the summary"),
        ] {
            let mistakes = apply(&mut library(), "site.toml", text).expect_err(text);
            let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
            assert!(told.iter().any(|line| line.contains(said)), "{text}\n{told:?}");
        }
    }
}
