//! The report as a person reads it at a terminal: a table of what came, then what to do about the rest.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::remedy::remedy;
use super::report::{OtherCode, Report, Trouble};
use super::rows::{NEEDED, rows};
use domain::truth::Reason;
use fhir::failure::Failure;
use terminal::markdown::wrap;
use terminal::table::lines;

/// How many codes are listed that sound like nothing; all of them stand in the JSON.
const LISTED: usize = 12;

/// How a page is printed.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// Columns.
    pub width: usize,
    /// Whether it may carry colours.
    pub colour: bool,
}

struct Page {
    text: String,
    style: Style,
}

/// The report as a page.
pub fn page(report: &Report, style: Style) -> String {
    let mut page = Page { text: String::new(), style };
    page.hang("FHIR server  ", &report.server);
    page.hang("Patient      ", &report.patient);
    page.hang("Asked        ", &report.moment.replace('T', " "));
    page.blank();
    page.table(report);
    page.failures(report);
    page.cuts(report);
    page.units(report);
    page.codes(report);
    page.notes(report);
    page.unknown(report);
    page.last(report);
    page.text
}

impl Page {
    fn table(&mut self, report: &Report) {
        for (at, line) in lines(&rows(report), NEEDED, self.style.width).iter().enumerate() {
            self.line(line, if at == 0 { "1" } else { "" });
        }
    }

    fn failures(&mut self, report: &Report) {
        let mut by_failure: BTreeMap<Failure, (&Trouble, Vec<&str>, BTreeSet<&str>)> = BTreeMap::new();
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
        self.heading(&format!("Not answered: {failed} of {} queries", report.queries.len()));
        for (failure, (trouble, keys, resources)) in by_failure {
            self.hang("  ", &format!("{}: {}", trouble.code, trouble.words));
            self.hang("      asked for  ", &keys.join(", "));
            self.hang("      try        ", &remedy(failure, &resources));
        }
    }

    fn cuts(&mut self, report: &Report) {
        let cut: Vec<(&str, &str)> =
            report.queries.iter().filter_map(|asked| Some((asked.key.as_str(), asked.cut.as_deref()?))).collect();
        if !cut.is_empty() {
            self.heading("Read in part");
            cut.iter().for_each(|(key, why)| self.hang("  ", &format!("{key}: {why}")));
        }
    }

    fn units(&mut self, report: &Report) {
        let odd: Vec<_> = report.queries.iter().flat_map(|asked| &asked.odd_units).collect();
        if odd.is_empty() {
            return;
        }
        self.heading("Units that could not be used");
        for odd in odd {
            let unit = if odd.unit.is_empty() { "no unit".to_owned() } else { format!("\"{}\"", odd.unit) };
            let results = counted(odd.count, "result");
            self.hang("  ", &format!("{}: {unit} in {results}; {} is understood, for one", odd.name, odd.expected));
        }
    }

    fn codes(&mut self, report: &Report) {
        let mut all: Vec<&OtherCode> = Vec::new();
        for other in report.queries.iter().chain([&report.beyond]).flat_map(|asked| &asked.other_codes) {
            if !all.contains(&other) {
                all.push(other);
            }
        }
        let (alike, others): (Vec<&OtherCode>, Vec<&OtherCode>) =
            all.into_iter().partition(|other| other.sounds_like.is_some());
        if !alike.is_empty() {
            self.heading("Codes that are not understood, and sound like something the rules need");
            for other in &alike {
                self.hang("  ", &shown(other));
                if let Some(like) = &other.sounds_like {
                    self.hang("      ", &format!("If it is {}, the site's policy takes it:", like.name));
                    self.snippet(other, &like.value_set);
                }
            }
        }
        if let Some(trouble) = &report.beyond.failure {
            self.heading("Results under other codes were not found");
            self.hang("  ", &format!("{}: {}", trouble.code, trouble.words));
        }
        if !others.is_empty() {
            self.heading(&format!("Other codes that mean nothing to the rules: {}", others.len()));
            others.iter().take(LISTED).for_each(|other| self.hang("  ", &shown(other)));
            if others.len() > LISTED {
                self.hang("  ", &format!("and {} more: --format json lists them all", others.len() - LISTED));
            }
        }
    }

    /// The lines of a policy that teach the code.
    fn snippet(&mut self, other: &OtherCode, value_set: &str) {
        self.hang("          ", "[[code]]");
        for (key, value) in
            [("set", value_set), ("system", &other.system), ("code", &other.code), ("display", &other.display)]
        {
            // Debug writes a string as TOML reads it, escapes included.
            self.line(&format!("          {key} = {value:?}"), "");
        }
    }

    fn notes(&mut self, report: &Report) {
        if !report.notes.is_empty() {
            self.heading("Noted");
            report.notes.iter().for_each(|note| self.hang("  ", note));
        }
    }

    fn unknown(&mut self, report: &Report) {
        let mut by_reason: Vec<(&str, Vec<&str>)> = Vec::new();
        for unknown in &report.unknown {
            let at = by_reason.iter().position(|(words, _)| *words == unknown.words).unwrap_or(by_reason.len());
            if at == by_reason.len() {
                by_reason.push((unknown.words, Vec::new()));
            }
            if let Some((_, names)) = by_reason.get_mut(at).filter(|(_, names)| !names.contains(&unknown.name.as_str()))
            {
                names.push(&unknown.name);
            }
        }
        if by_reason.is_empty() {
            return;
        }
        self.heading("What the rules could not know for this patient");
        for (words, names) in by_reason {
            let asked = if words == Reason::Absent.words() { "asked for, and " } else { "" };
            self.hang("  ", &format!("{asked}{words}: {}", names.join(", ")));
        }
    }

    fn last(&mut self, report: &Report) {
        let answered = report.queries.iter().filter(|asked| asked.failure.is_none() && asked.cut.is_none()).count();
        let all = report.queries.len();
        self.heading(&match report.complete {
            true => format!("All {all} queries were answered in full."),
            false => format!("{answered} of {all} queries were answered in full; the rest counts as not retrieved."),
        });
        if report.queries.iter().all(|asked| asked.failure.is_some()) {
            self.line("A hook call that brings no prefetch would be answered with 412 and no card.", "");
        }
    }

    fn heading(&mut self, text: &str) {
        self.blank();
        self.line(text, "1");
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    /// A text behind a lead, whose further lines stand under its first word.
    fn hang(&mut self, lead: &str, text: &str) {
        let indent = lead.chars().count();
        for (at, line) in wrap(text, self.style.width.saturating_sub(indent)).iter().enumerate() {
            let lead = if at == 0 { lead.to_owned() } else { " ".repeat(indent) };
            self.line(&format!("{lead}{line}"), "");
        }
    }

    fn line(&mut self, text: &str, style: &str) {
        // What a record says must not steer the terminal.
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let _ = match style {
            "" => writeln!(self.text, "{text}"),
            _ if !self.style.colour => writeln!(self.text, "{text}"),
            style => writeln!(self.text, "\x1b[{style}m{text}\x1b[0m"),
        };
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
