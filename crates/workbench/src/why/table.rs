//! The decision table of a rule: each finding with its outcome, the value as it came and as it was used, the limit, the
//! date and the age, and the records that it rests on.

use domain::assess::RuleFindings;
use domain::criteria::Finding;
use domain::rule::{Criterion, Drug, Rule};
use domain::truth::Outcome;
use domain::words::days;
use maud::{Markup, Render, html};
use pages::html::code;

use super::reading::{Reading, reading};
use crate::icon::signed;

/// The columns of the decision table.
const COLUMNS: [&str; 6] = ["Finding", "Outcome", "Value", "Limit", "Date and age", "Record"];

/// The decision table of a rule.
pub fn table(drug: &Drug, rule: &Rule, found: &RuleFindings) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(format!("Findings: {}", rule.title)) {
            table.stack {
                thead { tr { @for name in COLUMNS { th scope="col" { (name) } } } }
                tbody {
                    @for (criterion, finding) in rule.criteria.iter().zip(&found.findings) {
                        (row(drug, rule, &found.findings, criterion, finding))
                    }
                }
            }
        }
    }
}

fn row(drug: &Drug, rule: &Rule, found: &[Finding], criterion: &Criterion, finding: &Finding) -> Markup {
    let reading = reading(drug, rule, found, criterion, finding.outcome);
    let cells = [outcome(reading, finding), value(finding), limit(finding), date(criterion, finding), records(finding)];
    html! {
        tr id=(criterion.id) {
            th scope="row" { (criterion.finding) }
            @for (name, cell) in COLUMNS.iter().skip(1).zip(cells) {
                td data-name=(name) { @if cell.0.is_empty() { span.none { "–" } } @else { (cell) } }
            }
        }
    }
}

/// The outcome as a sign and a word, with the word of the rule and, where it is unknown, the reason.
fn outcome(reading: Reading, finding: &Finding) -> Markup {
    let said = match finding.outcome {
        Outcome::Met => "met".to_owned(),
        Outcome::NotMet => "not met".to_owned(),
        Outcome::NotApplicable => String::new(),
        Outcome::Unknown(reason) => {
            let why = finding.words.why.unwrap_or(reason.words());
            finding.words.cause.map_or_else(|| why.to_owned(), |cause| format!("{why} ({cause})"))
        }
    };
    html! { (signed(reading.sign, reading.word)) @if !said.is_empty() { small { (said) } } }
}

/// The value as it was used, and as it came where that differs.
fn value(finding: &Finding) -> Markup {
    let received = finding.evidence.first().map(|source| source.received.as_str()).unwrap_or_default();
    let used = finding.words.value.as_deref().or(finding.words.what.as_deref()).unwrap_or_default();
    html! {
        @if !used.is_empty() {
            (used)
            @if let Some(ratio) = &finding.words.ratio { small { (ratio) } }
            @if let Some(status) = finding.words.status.filter(|status| *status != "final") { small { (status) } }
            @if !received.is_empty() && received != used { small { "received as " (code(received)) } }
        } @else if !received.is_empty() {
            (received)
        }
        @if let Some(earlier) = &finding.words.earlier { small { "before it: " (earlier) } }
    }
}

fn limit(finding: &Finding) -> Markup {
    // A band has two ends, of which the limit alone names one.
    let range = finding.words.range.as_deref().map(|range| range.strip_prefix("limit ").unwrap_or(range));
    range.or(finding.words.limit.as_deref()).unwrap_or_default().render()
}

fn date(criterion: &Criterion, finding: &Finding) -> Markup {
    let window = finding.words.window_days.or(criterion.kind.properties().window_days);
    html! {
        @if let Some(date) = &finding.words.date {
            (date)
            @if let Some(age) = finding.words.age_days {
                small { @match age { 0 => "the same day", age if age < 0 => "in the future", age => { (days(age)) " old" } } }
            }
            @if let Some(window) = window { small { "counts for " (days(window)) } }
        }
    }
}

/// The records that a finding rests on; the first few are enough to find them.
fn records(finding: &Finding) -> Markup {
    const SHOWN: usize = 3;
    html! {
        @for source in finding.evidence.iter().take(SHOWN) {
            p { (code(&source.reference)) }
        }
        @if finding.evidence.len() > SHOWN { small { "and " (finding.evidence.len() - SHOWN) " more" } }
    }
}
