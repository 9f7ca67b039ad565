//! Why an order was judged as it was: each finding with its outcome, the value as it came and as it was used, the limit,
//! the date and the age, and what the rule rests on.

use domain::assess::{Assessment, RuleFindings};
use domain::criteria::Finding;
use domain::fact::Facts;
use domain::rule::{Advice, Criterion, Drug, Indicator, Rule};
use domain::time::Clock;
use domain::truth::Outcome;
use domain::unused::Unused;
use domain::words::{days, upper_first};
use engine::assessment::Assessed;
use engine::decide::Decision;
use explain::chart;
use explain::course::course;
use explain::series::{Series, series};
use explain::table::Table;
use knowledge::Library;
use maud::{Markup, PreEscaped, Render, html};
use pages::html::{code, link};
use pages::shell::Place;

use super::card::{Answered, degree, moment, odd};
use super::icon::{Sign, signed};
use super::looked_at::{LookedAt, View};

/// The page of reasons.
pub fn page(of: LookedAt<'_>, answered: &[Answered<'_>]) -> String {
    let content = html! {
        p.note {
            "Each line is a finding that a rule looks for. " (legend())
        }
        @for one in answered {
            section.answer {
                (moment(one))
                @if one.decision.assessments.is_empty() { p.empty { "There is no order that the rules were asked about." } }
                @for assessed in &one.decision.assessments { (order(assessed, one)) }
                (odd(&one.problems))
            }
        }
    };
    of.page(View::Why, content)
}

fn legend() -> Markup {
    let signs = [
        (Sign::Stop, "Stop"),
        (Sign::Check, "Check"),
        (Sign::Unknown, "Unknown"),
        (Sign::Good, "OK"),
        (Sign::Note, "To know"),
        (Sign::Apart, "Does not concern the order"),
    ];
    html! { span.signs { @for (sign, word) in signs { (signed(sign, word)) " " } } }
}

/// How a finding is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Its sign.
    pub sign: Sign,
    /// The word beside it.
    pub word: &'static str,
}

/// How a finding is to be taken: an outcome is good or bad by what the rule says when all of it holds.
pub fn reading(drug: &Drug, rule: &Rule, found: &[Finding], criterion: &Criterion, outcome: Outcome) -> Reading {
    let speaking = || rule.advice.iter().filter(|advice| holds(rule, found, advice));
    let sign = match outcome {
        Outcome::NotApplicable => Sign::Apart,
        Outcome::Unknown(_) => Sign::Unknown,
        Outcome::Met => match gravest(speaking().filter(|advice| names(rule, &advice.met, criterion))) {
            Some(indicator) => Sign::of(indicator),
            None if is_wanted(drug, rule, criterion) => Sign::Good,
            None => Sign::Note,
        },
        Outcome::NotMet => {
            // Beside something that is met, what is not met only tells one advice from another.
            let alone = speaking().filter(|advice| advice.met.is_empty() && names(rule, &advice.not_met, criterion));
            match gravest(alone) {
                Some(indicator) => Sign::of(indicator),
                None if is_reason(drug, criterion) => Sign::Note,
                None => Sign::Good,
            }
        }
    };
    let word = match sign {
        Sign::Stop => "Stop",
        Sign::Check => "Check",
        Sign::Unknown => "Unknown",
        Sign::Note => "To know",
        Sign::Good => "OK",
        Sign::Apart => "Does not concern",
    };
    Reading { sign, word }
}

/// Whether all that an advice asks for is as it says. What is unknown decides nothing here.
fn holds(rule: &Rule, found: &[Finding], advice: &Advice) -> bool {
    let is = |id: &String, outcome: Outcome| {
        let at = rule.criteria.iter().position(|criterion| criterion.id == *id);
        at.and_then(|at| found.get(at)).is_some_and(|finding| finding.outcome == outcome)
    };
    advice.met.iter().all(|id| is(id, Outcome::Met))
        && advice.not_met.iter().all(|id| is(id, Outcome::NotMet))
        && !advice.unless_met.iter().any(|id| is(id, Outcome::Met))
        && advice.unknown.is_empty()
}

/// Whether a list names a criterion, or a larger one that it is a part of.
fn names(rule: &Rule, list: &[String], criterion: &Criterion) -> bool {
    let is_part = |id: &String| {
        let whole = rule.criteria.iter().find(|whole| whole.id == *id);
        whole.is_some_and(|whole| whole.kind.parts().contains(&criterion.id))
    };
    list.iter().any(|id| *id == criterion.id || is_part(id))
}

fn gravest<'a>(advice: impl Iterator<Item = &'a Advice>) -> Option<Indicator> {
    advice.map(|advice| advice.indicator).min()
}

/// Whether it is good when the criterion is met: it shows why the drug is given, or keeps an advice silent.
fn is_wanted(drug: &Drug, rule: &Rule, criterion: &Criterion) -> bool {
    let is_missed = |advice: &Advice| {
        advice.unless_met.contains(&criterion.id)
            || advice.unknown.contains(&criterion.id) && !rule.advice.iter().any(|one| one.met.contains(&criterion.id))
            || advice.met.is_empty() && advice.not_met.contains(&criterion.id)
    };
    rule.advice.iter().any(is_missed) || is_reason(drug, criterion)
}

/// Whether it shows why the drug is given.
fn is_reason(drug: &Drug, criterion: &Criterion) -> bool {
    drug.rules.iter().any(|rule| rule.scenarios.contains(&criterion.id))
}

fn order(assessed: &Assessed<'_>, answered: &Answered<'_>) -> Markup {
    let Assessed { drug, assessment, .. } = assessed;
    let purpose = match &assessment.indication.id {
        Some(_) => assessment.indication.name.clone(),
        None => "not stated, or not known".to_owned(),
    };
    html! {
        section.order {
            h2 { "Order " (code(&assessment.order)) }
            dl {
                div { dt { "Drug" } dd { (upper_first(&drug.name)) } }
                div { dt { "Ordered for" } dd { (purpose) } }
                div { dt { "Course" } dd {
                    (assessment.phase.words())
                    @for source in assessment.exposures.iter().take(3) {
                        "; " (source.received) @if let Some(when) = &source.effective { ", " (when.shown()) } " " (code(&source.reference))
                    }
                } }
            }
            (counts(drug, assessment))
            (rules(drug, assessment, answered))
            (not_understood(assessment))
            (not_used(assessed))
        }
    }
}

/// How many findings there are of each kind.
fn counts(drug: &Drug, assessment: &Assessment) -> Markup {
    let all = drug.rules.iter().zip(&assessment.rules).flat_map(|(rule, found)| {
        rule.criteria
            .iter()
            .zip(&found.findings)
            .map(move |(c, finding)| reading(drug, rule, &found.findings, c, finding.outcome))
    });
    let mut signs: Vec<(Reading, usize)> = Vec::new();
    for reading in all {
        match signs.iter_mut().find(|(seen, _)| *seen == reading) {
            Some((_, count)) => *count += 1,
            None => signs.push((reading, 1)),
        }
    }
    signs.sort_by_key(|(reading, _)| reading.sign);
    html! {
        ul.counts aria-label="Findings by kind" {
            @for (reading, count) in signs { li { (signed(reading.sign, reading.word)) " " (count) } }
        }
    }
}

/// The rules with their tables: first those that speak, then those that found nothing, then those that do not concern.
fn rules(drug: &Drug, assessment: &Assessment, answered: &Answered<'_>) -> Markup {
    let card_of = |rule: &Rule| answered.decision.cards.iter().find(|card| card.rule == rule.id);
    let mut rows: Vec<(u8, &Rule, &RuleFindings)> = drug
        .rules
        .iter()
        .zip(&assessment.rules)
        .filter(|(rule, _)| !rule.criteria.is_empty())
        .map(|(rule, found)| {
            let rank = match card_of(rule) {
                Some(card) => card.indicator as u8,
                None if found.applies => 3,
                None => 4,
            };
            (rank, rule, found)
        })
        .collect();
    rows.sort_by_key(|(rank, ..)| *rank);
    html! {
        @for (rank, rule, found) in rows {
            details.rule id=(rule.id) open[rank < 3] {
                summary {
                    span.title { (rule.title) } " "
                    @match card_of(rule) {
                        Some(card) => { @let sign = Sign::of(card.indicator); (signed(sign, degree(sign))) },
                        None => (worst(drug, rule, found)),
                    }
                }
                @if let Some(card) = card_of(rule) { p.says { "The card says: " strong { (card.summary) } } }
                @else if found.applies { p.says.note { (unsaid(rule)) } }
                @else { p.says.note { "The rule does not concern this order." } }
                // Of a rule that does not concern the order there is nothing to tell line by line.
                @if found.applies { (table(drug, rule, found)) }
                p.ways {
                    a href=(Place::Below.handbook(&knowledge::link::rule_page(&drug.id, &rule.id))) {
                        "The rule, its evidence and its cases"
                    }
                    " " span.note { (rests_on(rule)) }
                }
            }
        }
    }
}

fn unsaid(rule: &Rule) -> &'static str {
    if rule.silent {
        "No card: the policy of this site silences the rule."
    } else {
        "No card: the rule has nothing to say."
    }
}

/// The gravest finding of a rule that has no card.
fn worst(drug: &Drug, rule: &Rule, found: &RuleFindings) -> Markup {
    if !found.applies {
        return signed(Sign::Apart, "Does not concern");
    }
    let readings =
        rule.criteria.iter().zip(&found.findings).map(|(c, f)| reading(drug, rule, &found.findings, c, f.outcome));
    let mut signs = readings.map(|reading| reading.sign);
    match signs.any(|sign| sign == Sign::Unknown) {
        true => signed(Sign::Unknown, "In part unknown"),
        false => signed(Sign::Good, "Nothing to say"),
    }
}

fn rests_on(rule: &Rule) -> Markup {
    html! {
        "Source: "
        @match &rule.source.url { Some(url) => (link(url, &rule.source.label)), None => (rule.source.label) }
        ". Evidence: " (evidence(rule)) "."
    }
}

/// What a rule rests on, by kind, in a few words.
fn evidence(rule: &Rule) -> String {
    let mut kinds: Vec<(&str, usize, usize)> = Vec::new();
    for entry in &rule.evidence {
        let unseen = usize::from(!entry.verified);
        match kinds.iter_mut().find(|(kind, ..)| *kind == entry.kind) {
            Some((_, count, not_seen)) => {
                *count += 1;
                *not_seen += unseen;
            }
            None => kinds.push((&entry.kind, 1, unseen)),
        }
    }
    let said = kinds.iter().map(|(kind, count, unseen)| match unseen {
        0 => format!("{count} {kind}"),
        unseen => format!("{count} {kind} ({unseen} not verified)"),
    });
    said.collect::<Vec<_>>().join(", ")
}

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
    finding.words.limit.as_deref().or(finding.words.range.as_deref()).unwrap_or_default().render()
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

fn not_understood(assessment: &Assessment) -> Markup {
    let odd = &assessment.not_understood;
    html! {
        @if odd.count > 0 {
            h3 { "On record and not understood" }
            p {
                @match odd.count { 1 => "One entry has", n => { (n) " entries have" } }
                " no code that the library knows. " @if odd.count == 1 { "It was" } @else { "They were" }
                " not checked, and " @if odd.count == 1 { "is" } @else { "are" } " never taken for none."
            }
            ul { @for source in &odd.newest { li { (source.received) " " (code(&source.reference)) } } }
        }
    }
}

/// The page of what happened over time, made of the parts of each answer.
pub fn time(of: LookedAt<'_>, parts: &[Markup]) -> String {
    let content = html! {
        @if parts.iter().all(|part| part.0.is_empty()) {
            p.empty { "There is nothing to draw: of a Bundle, and where no order is judged, only the cards and the reasons are shown." }
        }
        @for part in parts { (part) }
    };
    of.page(View::Time, content)
}

/// What happened over time in one answer: the course of the drug and the results. `at` tells the answers of one page
/// apart.
pub fn over_time(library: &Library, decision: &Decision<'_>, facts: &Facts, clock: &Clock, at: usize) -> Markup {
    html! {
        @for (place, assessed) in decision.assessments.iter().enumerate() {
            (courses(assessed, facts, clock, &format!("course-{at}-{place}")))
            (lines(&series(library, assessed, facts, clock), &format!("series-{at}-{place}")))
        }
    }
}

/// What was looked at and not used, each with its reason.
fn not_used(assessed: &Assessed<'_>) -> Markup {
    let Some(unused) = assessed.unused.as_deref() else { return Markup::default() };
    html! {
        details.further open[!unused.is_empty()] {
            summary { h2 { "Looked at and not used (" (unused.len()) ")" } }
            @if unused.is_empty() { p { "Nothing: every record that was looked at was used." } } @else {
                div.scroll tabindex="0" role="region" aria-label="Looked at and not used" {
                    table.stack {
                        thead { tr {
                            @for name in ["Record", "Value", "Date", "Why not", "Instead"] { th scope="col" { (name) } }
                        } }
                        tbody { @for one in unused { (not_used_row(one)) } }
                    }
                }
            }
        }
    }
}

fn not_used_row(one: &Unused) -> Markup {
    html! {
        tr {
            th scope="row" { (code(&one.source.reference)) small { (one.concept.to_string()) } }
            td data-name="Value" { (one.source.received) }
            td data-name="Date" { @match &one.source.effective { Some(when) => (when.shown()), None => "none" } }
            td data-name="Why not" { (upper_first(one.why.words())) small { (one.why.code()) } }
            td data-name="Instead" {
                @match &one.by { Some(by) => { (by.received) " " (code(&by.reference)) }, None => span.none { "–" } }
            }
        }
    }
}

/// The course of the drug as bars, with the same as a table.
fn courses(assessed: &Assessed<'_>, facts: &Facts, clock: &Clock, id: &str) -> Markup {
    let bars = course(assessed, facts, clock);
    html! {
        @if !bars.is_empty() {
            h2 { "Course of " (assessed.drug.name) }
            @if let Ok(Some(figure)) = chart::course(&assessed.drug.name, &bars, clock.today(), id) { (PreEscaped(figure)) }
            (beside(&explain::course::table(&assessed.drug.name, &bars)))
        }
    }
}

/// Each measure over time, with the same as a table.
fn lines(all: &[Series], id: &str) -> Markup {
    html! {
        @if !all.is_empty() {
            h2 { "Results over time" }
            @for (place, series) in all.iter().enumerate() {
                section.series {
                    h3 { (upper_first(&series.name)) }
                    @if let Ok(figure) = chart::timeline(series, &format!("{id}-{place}")) { (PreEscaped(figure)) }
                    (beside(&series.table()))
                }
            }
        }
    }
}

/// A table beside a picture, for those who do not see it or want the numbers.
fn beside(table: &Table) -> Markup {
    html! {
        details {
            summary { "As a table" }
            div.scroll tabindex="0" role="region" aria-label=(table.caption) {
                table {
                    caption.unseen { (table.caption) }
                    thead { tr { @for name in &table.head { th scope="col" { (name) } } } }
                    tbody { @for row in &table.rows { tr { @for cell in row { td { (cell) } } } } }
                }
            }
        }
    }
}
