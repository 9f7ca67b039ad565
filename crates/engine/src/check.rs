//! The check of a library: all files are read, all cases are run, and all mistakes are reported together.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use cds_hooks::author::Author;
use cds_hooks::card::Card;
use domain::rule::Rule;
use knowledge::Library;
use knowledge::cases::{self, CardWords, Case, CaseFile, ExpectedCard};
use knowledge::files::Files;
use knowledge::mistake::{Mistake, Reader};
use knowledge::trace::{self, Traced};
use text::markdown::Markdown;

use super::assessment::Assessed;
use super::case::decision;
use super::decide::Decision;

/// What was checked.
#[derive(Debug, Default)]
pub struct Report {
    /// Everything wrong.
    pub mistakes: Vec<Mistake>,
    /// How many rules there are.
    pub rules: usize,
    /// How many criteria there are.
    pub criteria: usize,
    /// How many cases were run.
    pub cases: usize,
    /// How many codes there are.
    pub codes: usize,
    /// How many value sets there are.
    pub value_sets: usize,
    /// How many statements of the source documents are traced.
    pub traced: Traced,
}

/// What texts of `new rule` begin with that only the author of a rule can write.
const PLACEHOLDER: &str = "\"REPLACE: ";

/// What the message about such a text begins with.
pub const PLACEHOLDER_LEFT: &str = "a text is still to be written";

/// Checks a library against its cases.
pub fn check(files: &Files, fixtures: &Files, author: &dyn Author) -> Report {
    let mut report = Report::default();
    let case_files = cases::read(files, &mut report.mistakes);
    placeholders(files, &mut report.mistakes);
    match Library::read(files) {
        Err(mistakes) => report.mistakes.extend(mistakes),
        Ok(library) => {
            (report.value_sets, report.codes) = library.codes.count();
            report.codes += library.drugs.iter().map(|drug| drug.products.len()).sum::<usize>();
            for drug in &library.drugs {
                report.rules += drug.rules.len();
                for rule in &drug.rules {
                    report.criteria += rule.criteria.len();
                    let of_rule = case_files.iter().find(|f| *f.drug == *drug.id && f.rule == rule.id);
                    let setting = Setting { library: &library, files, fixtures, author };
                    run_all(setting, &drug.id, rule, of_rule, &mut report);
                }
                for trace in library.traces.iter().filter(|trace| trace.drug == drug.id) {
                    report.traced.add(trace::check(trace, drug, files, &case_files, &mut report.mistakes));
                }
            }
        }
    }
    // By place only: of one case the outcomes come before the card that depends on them.
    report.mistakes.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    let mut told = HashSet::new();
    report.mistakes.retain(|mistake| told.insert(mistake.clone()));
    report
}

/// Notes the texts that `new rule` left to the author, who has not written them.
fn placeholders(files: &Files, mistakes: &mut Vec<Mistake>) {
    for (path, text) in files.0.iter().filter(|(path, _)| !path.ends_with(".cases.toml")) {
        let mut reader = Reader::new(path, text, mistakes);
        for (at, _) in text.match_indices(PLACEHOLDER) {
            let rest = text.get(at + PLACEHOLDER.len()..).unwrap_or_default();
            let what = rest.split(['"', '\n']).next().unwrap_or_default();
            reader.note(at, &format!("{PLACEHOLDER_LEFT}: {what}"));
        }
    }
}

/// What cases are run with.
#[derive(Clone, Copy)]
struct Setting<'s> {
    library: &'s Library,
    files: &'s Files,
    fixtures: &'s Files,
    author: &'s dyn Author,
}

fn run_all(setting: Setting<'_>, drug: &str, rule: &Rule, case_file: Option<&CaseFile>, report: &mut Report) {
    let Some(case_file) = case_file else {
        let path = format!("{drug}/{}.toml", rule.id);
        let message = format!("no cases: {drug}/{}.cases.toml is missing", rule.id);
        return Reader::new(&path, "", &mut report.mistakes).note_file(&message);
    };
    let text = setting.files.0.get(&case_file.path).map_or("", String::as_str);
    let mut reader = Reader::new(&case_file.path, text, &mut report.mistakes);
    let mut shown: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (case, place) in &case_file.cases {
        for (criterion, outcome) in &case.criteria {
            shown.entry(criterion).or_default().insert(outcome.split(':').next().unwrap_or_default());
        }
        report.cases += 1;
        for wrong in run(setting, rule, case) {
            reader.note_word(place, &case.name, &format!("case \"{}\": {wrong}", case.name));
        }
    }
    for criterion in &rule.criteria {
        let shown = shown.get(criterion.id.as_str());
        for outcome in criterion.kind.properties().must_show {
            if !shown.is_some_and(|outcomes| outcomes.contains(outcome)) {
                reader.note_file(&format!("no case shows `{}` {outcome}", criterion.id));
            }
        }
    }
}

/// Runs a case; returns where the result differs from what it expects.
fn run(setting: Setting<'_>, rule: &Rule, case: &Case) -> Vec<String> {
    match decision(setting.library, case, setting.fixtures, setting.author) {
        Ok(decision) => differences(&decision, &rule.id, case),
        Err(why) => vec![why],
    }
}

/// Where a decision differs from what a case expects.
pub(crate) fn differences(decision: &Decision<'_>, rule: &str, case: &Case) -> Vec<String> {
    let Some(Assessed { assessment, drug, .. }) = decision.assessments.first() else {
        return vec!["no order of the drug was found".to_owned()];
    };
    let mut wrong = Vec::new();
    let mut differ = |what: &str, expected: &str, found: &str| {
        if expected != found {
            wrong.push(format!("{what}: expected `{expected}`, found `{found}`"));
        }
    };
    if let Some(indication) = &case.indication {
        let found = assessment.indication.id.as_deref().unwrap_or("undetermined");
        differ("indication", indication, found);
    }
    if let Some(phase) = &case.phase {
        differ("phase", phase, assessment.phase.code());
    }
    for (id, expected) in &case.criteria {
        let found = drug
            .rules
            .iter()
            .zip(&assessment.rules)
            .find_map(|(rule, found)| found.get(rule, id))
            .map(|f| f.outcome.to_string());
        differ(id, expected, found.as_deref().unwrap_or("no such criterion"));
    }
    let card = decision.cards.iter().find(|card| card.rule == rule);
    match (&case.card, card) {
        (None, _) => {}
        (Some(ExpectedCard::None(word)), None) => differ("card", word, "none"),
        (Some(ExpectedCard::None(_)), Some(card)) => {
            differ("card", "none", &format!("{}: {}", card.indicator.code(), card.summary));
        }
        (Some(ExpectedCard::Card(_)), None) => differ("card", "a card", "none"),
        (Some(ExpectedCard::Card(expected)), Some(card)) => compare(expected, card, &mut differ),
    }
    wrong
}

fn compare(expected: &CardWords, card: &Card, differ: &mut dyn FnMut(&str, &str, &str)) {
    differ("card.indicator", &expected.indicator, card.indicator.code());
    differ("card.summary", &expected.summary, &card.summary);
    let labels: Vec<&str> = card.suggestions.iter().map(|s| s.label.as_str()).collect();
    differ("card.suggestions", &expected.suggestions.join(" | "), &labels.join(" | "));
    let written = Markdown(&card.detail).to_string();
    match &expected.detail {
        Some(detail) => {
            let (expected, found) = from_the_difference(detail.trim(), written.trim());
            differ("card.detail, from the first difference on", &quoted(expected), &quoted(found));
        }
        None => differ("card.detail", "a pinned text", &quoted(&written)),
    }
}

/// Two texts from the line of their first difference on. One that is expected to end in "…" is pinned up to there
/// only: the table of the summary card grows with every rule.
fn from_the_difference<'a>(expected: &'a str, found: &'a str) -> (&'a str, &'a str) {
    let begins = expected.strip_suffix('…').is_some_and(|beginning| found.starts_with(beginning));
    if begins || expected == found {
        return ("", "");
    }
    let same = expected.bytes().zip(found.bytes()).take_while(|(a, b)| a == b).count();
    let line = expected.get(..same).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
    (expected.get(line..).unwrap_or(expected), found.get(line..).unwrap_or(found))
}

/// Text on one line, as it can be pasted into TOML.
fn quoted(text: &str) -> String {
    format!("{:?}", text.trim())
}
