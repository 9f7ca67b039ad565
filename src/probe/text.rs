//! The report as a person reads it at a terminal: a table of what came, then what to do about the rest.

use std::collections::{BTreeMap, BTreeSet};

use super::remedy::remedy;
use super::report::{OtherCode, QueryFailure, Report};
use super::rows::{NEEDED, rows};
use domain::truth::Reason;
use fhir::failure::Failure;
use terminal::{BOLD, PLAIN, Page, TextLayout};

/// How many codes that sound like nothing known are listed here; the JSON holds all of them.
const LISTED: usize = 12;

/// The report as a page.
pub fn page(report: &Report, layout: TextLayout) -> String {
    let mut page = Page::new(layout);
    page.hang("FHIR server  ", &report.server, PLAIN);
    page.hang("Patient      ", &report.patient, PLAIN);
    page.hang("Asked        ", &report.moment.replace('T', " "), PLAIN);
    page.blank();
    page.table(&rows(report), NEEDED, |position, _| if position == 0 { BOLD } else { PLAIN });
    failures(&mut page, report);
    cuts(&mut page, report);
    units(&mut page, report);
    codes(&mut page, report);
    notes(&mut page, report);
    unknown(&mut page, report);
    last(&mut page, report);
    page.into_text()
}

fn failures(page: &mut Page, report: &Report) {
    let mut by_failure: BTreeMap<Failure, (&QueryFailure, Vec<&str>, BTreeSet<&str>)> = BTreeMap::new();
    for asked in &report.queries {
        if let Some(trouble) = &asked.failure {
            let (_, keys, resources) =
                by_failure.entry(trouble.failure).or_insert((trouble, Vec::new(), BTreeSet::new()));
            keys.push(&asked.key);
            resources.insert(&asked.resource);
        }
    }
    if by_failure.is_empty() {
        return;
    }
    let failed: usize = by_failure.values().map(|(_, keys, _)| keys.len()).sum();
    page.heading(&format!("Not answered: {failed} of {} queries", report.queries.len()));
    for (failure, (trouble, keys, resources)) in by_failure {
        page.hang("  ", &format!("{}: {}", trouble.code, trouble.words), PLAIN);
        page.hang("      asked for  ", &keys.join(", "), PLAIN);
        page.hang("      try        ", &remedy(failure, &resources), PLAIN);
    }
}

fn cuts(page: &mut Page, report: &Report) {
    let cut: Vec<(&str, &str)> =
        report.queries.iter().filter_map(|asked| Some((asked.key.as_str(), asked.cut.as_deref()?))).collect();
    if !cut.is_empty() {
        page.heading("Read in part");
        cut.iter().for_each(|(key, why)| page.hang("  ", &format!("{key}: {why}"), PLAIN));
    }
}

fn units(page: &mut Page, report: &Report) {
    let odd: Vec<_> = report.queries.iter().flat_map(|asked| &asked.odd_units).collect();
    if odd.is_empty() {
        return;
    }
    page.heading("Units that could not be used");
    for odd in odd {
        let unit = if odd.unit.is_empty() { "no unit".to_owned() } else { format!("\"{}\"", odd.unit) };
        let results = counted(odd.count, "result");
        page.hang("  ", &format!("{}: {unit} in {results}; {} is understood, for one", odd.name, odd.expected), PLAIN);
    }
}

fn codes(page: &mut Page, report: &Report) {
    let mut all: Vec<&OtherCode> = Vec::new();
    for other in report.queries.iter().chain([&report.beyond]).flat_map(|asked| &asked.other_codes) {
        if !all.contains(&other) {
            all.push(other);
        }
    }
    let (alike, others): (Vec<&OtherCode>, Vec<&OtherCode>) =
        all.into_iter().partition(|other| other.sounds_like.is_some());
    if !alike.is_empty() {
        page.heading("Codes that are not understood, and sound like something the rules need");
        for other in &alike {
            page.hang("  ", &shown(other), PLAIN);
            if let Some(like) = &other.sounds_like {
                page.hang("      ", &format!("If it is {}, the site's policy takes it:", like.name), PLAIN);
                snippet(page, other, &like.value_set);
            }
        }
    }
    if let Some(trouble) = &report.beyond.failure {
        page.heading("Results under other codes were not found");
        page.hang("  ", &format!("{}: {}", trouble.code, trouble.words), PLAIN);
    }
    if !others.is_empty() {
        page.heading(&format!("Other codes that mean nothing to the rules: {}", others.len()));
        others.iter().take(LISTED).for_each(|other| page.hang("  ", &shown(other), PLAIN));
        if others.len() > LISTED {
            page.hang("  ", &format!("and {} more: --format json lists them all", others.len() - LISTED), PLAIN);
        }
    }
}

/// The lines of a policy that teach the code.
fn snippet(page: &mut Page, other: &OtherCode, value_set: &str) {
    page.hang("          ", "[[code]]", PLAIN);
    for (key, value) in
        [("set", value_set), ("system", &other.system), ("code", &other.code), ("display", &other.display)]
    {
        // Debug writes a string as TOML reads it, escapes included.
        page.line(&format!("          {key} = {value:?}"), PLAIN);
    }
}

fn notes(page: &mut Page, report: &Report) {
    if !report.notes.is_empty() {
        page.heading("Noted");
        report.notes.iter().for_each(|note| page.hang("  ", note, PLAIN));
    }
}

fn unknown(page: &mut Page, report: &Report) {
    let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
    for unknown in &report.unknown {
        let at = by_reason.iter().position(|(words, _)| *words == unknown.words).unwrap_or(by_reason.len());
        if at == by_reason.len() {
            by_reason.push((unknown.words, Vec::new()));
        }
        if let Some((_, names)) = by_reason.get_mut(at).filter(|(_, names)| !names.contains(&unknown.name.as_str())) {
            names.push(&unknown.name);
        }
    }
    if by_reason.is_empty() {
        return;
    }
    page.heading("What the rules could not know for this patient");
    for (words, names) in by_reason {
        let asked = if words == Reason::Absent.words() { "asked for, and " } else { "" };
        page.hang("  ", &format!("{asked}{words}: {}", names.join(", ")), PLAIN);
    }
}

fn last(page: &mut Page, report: &Report) {
    let answered = report.queries.iter().filter(|asked| asked.failure.is_none() && asked.cut.is_none()).count();
    let all = report.queries.len();
    page.heading(&match report.complete {
        true => format!("All {all} queries were answered in full."),
        false => format!("{answered} of {all} queries were answered in full; the rest counts as not retrieved."),
    });
    if report.queries.iter().all(|asked| asked.failure.is_some()) {
        page.line("A hook call that brings no prefetch would be answered with 412 and no card.", PLAIN);
    }
}

/// A code with system, words and count.
fn shown(other: &OtherCode) -> String {
    let code = match (other.system.as_str(), other.code.as_str()) {
        ("", "") => "no code".to_owned(),
        ("", code) => format!("{code} without system"),
        (system, code) => format!("{code} of {system}"),
    };
    format!("{code} \"{}\" in {}", other.display, counted(other.count, "resource"))
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
