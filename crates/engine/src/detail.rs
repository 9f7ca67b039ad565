//! What a clinician reads in a card: the most urgent first, each value with its date, age and source.

use std::fmt::Write;

use domain::advise::{Advised, Piece, Point, cut, markdown, pieces};
use domain::assess::Assessment;
use domain::criteria::Finding;
use domain::fact::Source;
use domain::rule::{Criterion, Drug, Rule};
use domain::time::Clock;
use domain::truth::{Outcome, Reason};

/// The detail of a rule's card, in GitHub-flavoured Markdown.
pub fn detail(advised: &Advised<'_>, clock: &Clock) -> String {
    let mut blocks = Vec::new();
    for (position, point) in advised.points.iter().enumerate() {
        blocks.push(self::point(point, position == 0, clock));
    }
    for (suggestion, source) in &advised.pending {
        let when = source.effective.as_ref().map(|w| format!(", {}", w.shown())).unwrap_or_default();
        blocks.push(format!(
            "Already ordered, result pending: {}{when} ({}). Not offered again: {}.",
            markdown(&cut(&source.received, 60)),
            code(&source.reference),
            lower_first(&suggestion.label)
        ));
    }
    if advised.start_assumed {
        blocks.push("A new start was assumed: the medication history was not fully available.".to_owned());
    }
    blocks.push(format!("Source: {}", advised.rule.source.label));
    blocks.join("\n\n")
}

/// The card of the whole assessment: what was found on which data, then the words of the rule.
pub fn overview(drug: &Drug, rule: &Rule, assessment: &Assessment) -> (String, String) {
    let advice = rule.advice.first();
    let fill = |template: &str| overview_words(template, drug, assessment);
    let summary = advice.map(|a| fill(&a.summary)).unwrap_or_default();
    let (indication, course) = (markdown(&purpose(assessment)), assessment.phase.words());
    let mut blocks = vec![format!("Order for: {indication}. Course: {course}{}.", last_exposure(assessment))];
    if assessment.indication.unknown.is_some() {
        blocks.push(
            "The conditions could not be read, so checks that belong to one indication were not made.".to_owned(),
        );
    }
    if let Some(text) = advice.and_then(|a| a.text.as_deref()) {
        blocks.push(fill(text));
    }
    blocks.push(table(drug, assessment));
    blocks.push(format!("Source: {}", rule.source.label));
    (summary, blocks.join("\n\n"))
}

/// The exposure that shows the course, where there is one.
fn last_exposure(assessment: &Assessment) -> String {
    let Some(source) = assessment.exposures.first() else { return String::new() };
    let when = source.effective.as_ref().map(|when| format!(", {}", when.shown())).unwrap_or_default();
    format!(" (earlier {}{when}, {})", markdown(&cut(&source.received, 60)), code(&source.reference))
}

/// What the order is for, in words.
pub fn purpose(assessment: &Assessment) -> String {
    let indication = &assessment.indication;
    if indication.conditional { format!("{} on the order", indication.name) } else { indication.name.clone() }
}

fn overview_words(template: &str, drug: &Drug, assessment: &Assessment) -> String {
    let mut filled = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Token("drug") => filled.push_str(&drug.name),
            Piece::Token("indication") => filled.push_str(&match assessment.indication.id {
                Some(_) => assessment.indication.name.clone(),
                None => "indication not stated".to_owned(),
            }),
            Piece::Token("phase") => filled.push_str(match assessment.phase {
                domain::phase::Phase::Undetermined => "assumed new start",
                phase => phase.words(),
            }),
            Piece::Token(_) => {}
        }
    }
    filled
}

/// Every criterion that concerns the order and rests on some record, as a table; then those of which nothing is on
/// record. A part of a larger finding stands for itself only in the assessment.
fn table(drug: &Drug, assessment: &Assessment) -> String {
    let mut table = String::from("| Finding | Found | Value | Date | Source |\n|---|---|---|---|---|");
    let mut nothing = Vec::new();
    for (rule, found) in drug.rules.iter().zip(&assessment.rules) {
        for (criterion, finding) in rule.criteria.iter().zip(&found.findings) {
            let part = rule.criteria.iter().any(|whole| whole.kind.parts().contains(&criterion.id));
            if part || finding.outcome == Outcome::NotApplicable {
                continue;
            }
            let Some(first) = finding.evidence.first() else {
                match finding.outcome {
                    Outcome::Unknown(Reason::Absent) => nothing.push(criterion.finding.clone()),
                    _ => {
                        let _ = write!(table, "\n| {} | {} | | | |", criterion.finding, found_words(finding));
                    }
                }
                continue;
            };
            let value = finding.words.value.clone().unwrap_or_else(|| first.received.clone());
            let _ = write!(
                table,
                "\n| {} | {} | {} | {} | {} |",
                criterion.finding,
                found_words(finding),
                markdown(&cut(&value, 40)),
                finding.words.date.clone().unwrap_or_default(),
                code(&first.reference),
            );
        }
    }
    if nothing.is_empty() {
        return table;
    }
    format!("{table}\n\nNone on record, which is not the same as none: {}.", nothing.join("; "))
}

fn found_words(finding: &Finding) -> String {
    match finding.outcome {
        Outcome::Met => "**yes**".to_owned(),
        Outcome::NotMet => "no".to_owned(),
        Outcome::Unknown(Reason::Absent) if finding.evidence.is_empty() => "none on record".to_owned(),
        Outcome::Unknown(Reason::Absent) => "not known".to_owned(),
        Outcome::Unknown(_) => format!("not known: {}", reason(finding)),
        Outcome::NotApplicable => String::new(),
    }
}

fn point(point: &Point<'_>, first: bool, clock: &Clock) -> String {
    let mut lines = Vec::new();
    if !first {
        lines.push(format!("**{}**", markdown(&point.summary)));
    }
    lines.extend(point.text.clone());
    let bullets: Vec<String> =
        point.because.iter().map(|(criterion, finding)| bullet(criterion, finding, clock)).collect();
    if !bullets.is_empty() {
        lines.push(bullets.join("\n"));
    }
    lines.join("\n\n")
}

/// One criterion: its name, why it is not known, value, date, age, as received, source, limit.
fn bullet(criterion: &Criterion, finding: &Finding, clock: &Clock) -> String {
    let mut parts = Vec::new();
    if let Outcome::Unknown(_) = finding.outcome {
        let cause = finding.words.cause.map(|cause| format!(" ({cause})")).unwrap_or_default();
        parts.push(format!("{}{cause}", reason(finding)));
    }
    for (position, source) in finding.evidence.iter().take(3).enumerate() {
        let value = if position == 0 { finding.words.value.clone() } else { None };
        parts.push(cite(value.as_deref(), source, finding.words.window_days.is_some(), clock));
    }
    if finding.evidence.len() > 3 {
        parts.push(format!("and {} more", finding.evidence.len() - 3));
    }
    let ratio = finding.words.ratio.as_ref().map(|ratio| format!("; {ratio}")).unwrap_or_default();
    let limit = match (&finding.words.range, finding.outcome) {
        (Some(range), Outcome::Met | Outcome::NotMet) => format!("; {range}"),
        _ => String::new(),
    };
    format!("- **{}**: {}{ratio}{limit}", upper_first(&criterion.name), parts.join("; "))
}

/// A record: value, as received, date, age, source.
fn cite(value: Option<&str>, source: &Source, needs_date: bool, clock: &Clock) -> String {
    let received = source.received.trim();
    let mut said = match value {
        Some(value) if value == received => markdown(value),
        Some(value) if received.is_empty() => markdown(value),
        Some(value) => format!("{} (received as {})", markdown(value), code(received)),
        None if received.is_empty() => "no value".to_owned(),
        None => markdown(&cut(received, 80)),
    };
    match &source.effective {
        Some(when) => {
            let _ = write!(said, ", {} ({})", when.shown(), age(clock.days_since(when)));
        }
        None if needs_date => said.push_str(", undated"),
        None => {}
    }
    let _ = write!(said, ", {}", code(&source.reference));
    said
}

/// How long ago, of a partial date from when to when.
fn age((fewest, most): (i64, i64)) -> String {
    match (fewest, most) {
        (0, 0) => "today".to_owned(),
        (1, 1) => "1 day ago".to_owned(),
        (a, b) if a == b && a > 0 => format!("{a} days ago"),
        (a, b) if a == b => format!("in {} days", -a),
        (a, b) => format!("{} to {b} days ago", a.max(0)),
    }
}

fn reason(finding: &Finding) -> String {
    match (finding.outcome, finding.words.window_days) {
        (Outcome::Unknown(Reason::Stale), Some(days)) => format!("older than {days} days"),
        (Outcome::Unknown(reason), _) => reason.words().to_owned(),
        _ => String::new(),
    }
}

/// Text as a code span, which shows everything and interprets nothing. What would end the span, or a cell of the
/// table it stands in, becomes a sign that looks alike.
fn code(text: &str) -> String {
    let alike = |c: char| match c {
        '`' => '\'',
        '|' => '¦',
        other => other,
    };
    let plain: String = text.chars().map(alike).collect();
    format!("`{}`", cut(&plain, 80))
}

fn upper_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_lowercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}
