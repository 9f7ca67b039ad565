//! A site's own policy, applied on top of the library: windows, silent rules, local codes and wording.
//!
//! There is no key for a limit, so that no site can loosen a limit of the label. A silenced rule still shows critical
//! cards, and what else could make one less than it is has its floor in `floor.rs`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::Library;
use super::floor::{lost_words, other_meanings, window_bounds};
use super::index::Index;
use super::local;
use super::mistake::{Mistake, Place, Reader, meant};
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
                    add_code(library, &code, &place, &mut reader);
                    let LocalCode { set, system, code, display } = code;
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
        lines.push(format!("rule {}: {} ({})", rule.id, silencing(rule), from(&format!("silent {}", rule.id))));
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

/// Whether a rule gives cards, in words.
pub fn silencing(rule: &Rule) -> &'static str {
    let has_critical = rule.advice.iter().any(|advice| advice.indicator == Indicator::Critical);
    match (rule.silent, has_critical) {
        (false, _) => "speaks",
        (true, true) => "silent unless critical",
        (true, false) => "silent",
    }
}

/// The rules that a site silenced, each with its words of `silencing`: "product (silent)".
pub fn silenced(library: &Library) -> Vec<String> {
    let rules = library.drugs.iter().flat_map(|drug| &drug.rules);
    rules.filter(|rule| rule.silent).map(|rule| format!("{} ({})", rule.id, silencing(rule))).collect()
}

fn add_code(library: &mut Library, local: &LocalCode, place: &Place, reader: &mut Reader<'_>) {
    let LocalCode { set, system, code, display } = local;
    let is_drug = library.drugs.iter().any(|drug| *drug.id == **set);
    if !is_drug && !library.codes.has(set) {
        let meant = meant(set, library.codes.sets().map(|(id, _)| id));
        return reader.note_word(place, set, &format!("unknown value set `{set}`{meant}"));
    }
    // The index still is that of the library alone.
    let known_as = other_meanings(library, set, system, code);
    if known_as.is_empty() {
        if let Err(wrong) = local::add_code(library, set, system, code, display) {
            reader.note_word(place, code, &wrong);
        }
    } else {
        let known_as = known_as.join(", ");
        reader.note_word(place, code, &format!("`{code}` cannot be mapped into `{set}`: it is known as {known_as}"));
    }
}

fn rules(library: &mut Library) -> impl Iterator<Item = &mut Rule> {
    library.drugs.iter_mut().flat_map(|drug| drug.rules.iter_mut())
}

/// Which rule was probably meant, as the end of a message.
fn meant_rule(library: &Library, id: &str) -> String {
    meant(id, library.drugs.iter().flat_map(|drug| &drug.rules).map(|rule| rule.id.as_str()))
}

fn window(library: &mut Library, criterion: &str, days: i64, place: &Place, reader: &mut Reader<'_>) {
    let Some(rule) = rules(library).find(|rule| rule.criteria.iter().any(|c| c.id == criterion)) else {
        let known: Vec<String> = rules(library).flat_map(|rule| &rule.criteria).map(|c| c.id.clone()).collect();
        return reader.note_unknown(place.start, "criterion", criterion, known.iter().map(String::as_str));
    };
    let now = rule.criteria.iter_mut().find(|c| c.id == criterion).and_then(|c| c.kind.window_mut().copied());
    let Some(now) = now else {
        return reader.note(place.start, &format!("criterion `{criterion}` has no window"));
    };
    let (least, most) = window_bounds(rule, criterion, now);
    if days < least || days > most {
        let bounds = if least == most { format!("it stays P{least}D") } else { format!("from P{least}D to P{most}D") };
        return reader.note(place.start, &format!("the window of `{criterion}` cannot be P{days}D: {bounds}"));
    }
    if let Some(window) = rule.criteria.iter_mut().find(|c| c.id == criterion).and_then(|c| c.kind.window_mut()) {
        *window = days;
    }
}

fn silence(library: &mut Library, id: &str, place: &Place, reader: &mut Reader<'_>) {
    let meant = meant_rule(library, id);
    match rules(library).find(|rule| rule.id == id) {
        None => reader.note_word(place, id, &format!("unknown rule `{id}`{meant}")),
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
        let meant = meant_rule(library, &wording.rule);
        return reader.note_word(place, &wording.rule, &format!("unknown rule `{}`{meant}", wording.rule));
    };
    let Some(rule) = drug.rules.get_mut(at) else { return };
    let Some(position) = rule.advice.iter().position(|advice| advice.summary == wording.replaces) else {
        let message = format!("rule `{}` has no advice with the summary \"{}\"", wording.rule, wording.replaces);
        return reader.note_word(place, &wording.replaces, &message);
    };
    if let Some(advice) = rule.advice.get_mut(position) {
        let lost = lost_words(advice, &wording.summary);
        if !lost.is_empty() {
            reader.note_word(place, &wording.summary, &format!("the new summary must keep {}", lost.join(" and ")));
        }
        advice.summary = wording.summary;
    }
    if let Some(rule) = drug.rules.get(at) {
        let places = vec![place.clone(); rule.advice.len()];
        wording::check(rule, &places, reader, drug);
    }
}

#[cfg(test)]
mod tests;
