//! What a clinician reads in a card: the most urgent first, each value with its date, age and source.

use std::borrow::Cow;

use domain::advise::{Advised, Filled, Piece, Point, cut, pieces};
use domain::assess::Assessment;
use domain::criteria::Finding;
use domain::fact::Source;
use domain::rule::{Criterion, Drug, Rule};
use domain::time::Clock;
use domain::truth::{Outcome, Reason};
use domain::words::upper_first;
use text::markdown::escape;
use text::{Block, Inline, Line, Table, code, strong, text};

/// The detail of a rule's card.
pub fn detail(advised: &Advised<'_>, clock: &Clock) -> Vec<Block> {
    let mut blocks = Vec::new();
    for (position, point) in advised.points.iter().enumerate() {
        self::point(&mut blocks, point, position == 0, clock);
    }
    for (suggestion, source) in &advised.pending {
        let mut line = vec![text("Already ordered, result pending: ")];
        earlier(&mut line, source, " (");
        line.push(text(format!("). Not offered again: {}.", lower_first(&suggestion.label))));
        blocks.push(Block::Paragraph(line));
    }
    if advised.start_assumed {
        blocks.push(sentence("A new start was assumed: the medication history was not fully available."));
    }
    blocks.push(sentence(format!("Source: {}", advised.rule.source.label)));
    blocks
}

/// The card of the whole assessment: what was found on which data, then the words of the rule.
pub fn overview(drug: &Drug, rule: &Rule, assessment: &Assessment) -> (String, Vec<Block>) {
    let advice = rule.advice.first();
    let fill = |template: &str| overview_words(template, drug, assessment);
    let summary = advice.map(|a| fill(&a.summary)).unwrap_or_default();
    let mut opening = vec![text(format!("Order for: {}. Course: {}", purpose(assessment), assessment.phase.words()))];
    if let Some(source) = assessment.exposures.first() {
        opening.push(text(" (earlier "));
        earlier(&mut opening, source, ", ");
        opening.push(text(")"));
    }
    opening.push(text("."));
    let mut blocks = vec![Block::Paragraph(opening)];
    if assessment.purpose.unknown.is_some() {
        blocks
            .push(sentence("The conditions could not be read, so checks that belong to one indication were not made."));
    }
    if let Some(words) = advice.and_then(|a| a.text.as_deref()) {
        blocks.push(Block::Markdown(fill(words)));
    }
    table(&mut blocks, drug, assessment);
    blocks.push(sentence(format!("Source: {}", rule.source.label)));
    (summary, blocks)
}

fn sentence(words: impl Into<Cow<'static, str>>) -> Block {
    Block::Paragraph(vec![text(words)])
}

/// A record by its words, date and reference.
fn earlier(line: &mut Line, source: &Source, before_reference: &'static str) {
    line.push(text(cut(&source.received, 60)));
    if let Some(when) = &source.effective {
        line.push(text(format!(", {}", when.shown())));
    }
    line.push(text(before_reference));
    line.push(reference(source));
}

fn reference(source: &Source) -> Inline {
    code(cut(&source.reference, 80))
}

/// What the order is for, in words.
pub fn purpose(assessment: &Assessment) -> String {
    let purpose = &assessment.purpose;
    if purpose.conditional { format!("{} on the order", purpose.name) } else { purpose.name.clone() }
}

fn overview_words(template: &str, drug: &Drug, assessment: &Assessment) -> String {
    let mut filled = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Token("drug") => filled.push_str(&drug.name),
            Piece::Token("indication") => filled.push_str(&match assessment.purpose.indication {
                Some(_) => assessment.purpose.name.clone(),
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
fn table(blocks: &mut Vec<Block>, drug: &Drug, assessment: &Assessment) {
    let mut rows = Vec::new();
    let mut nothing = Vec::new();
    for (rule, found) in drug.rules.iter().zip(&assessment.rules) {
        for (criterion, (_, finding)) in rule.criteria.iter().zip(&found.findings) {
            let part = rule.criteria.iter().any(|whole| whole.kind.parts().contains(&criterion.id));
            if part || finding.outcome == Outcome::NotApplicable {
                continue;
            }
            match (finding.evidence.first(), finding.outcome) {
                (None, Outcome::Unknown(Reason::Absent)) => nothing.push(criterion.finding.as_str()),
                (first, _) => rows.push(row(criterion, finding, first)),
            }
        }
    }
    let head = ["Finding", "Found", "Value", "Date", "Source"].map(|name| vec![text(name)]).to_vec();
    blocks.push(Block::Table(Table { head, rows }));
    if !nothing.is_empty() {
        blocks.push(sentence(format!("None on record, which is not the same as none: {}.", nothing.join("; "))));
    }
}

fn row(criterion: &Criterion, finding: &Finding, first: Option<&Source>) -> Vec<Line> {
    let mut row = vec![vec![text(criterion.finding.clone())], vec![found_words(finding)]];
    if let Some(first) = first {
        let value = finding.words.value.as_ref().unwrap_or(&first.received);
        row.push(vec![text(cut(value, 40))]);
        row.push(vec![text(finding.words.date.clone().unwrap_or_default())]);
        row.push(vec![reference(first)]);
    }
    row
}

fn found_words(finding: &Finding) -> Inline {
    match finding.outcome {
        Outcome::Met => strong("yes"),
        Outcome::NotMet => text("no"),
        Outcome::Unknown(Reason::Absent) if finding.evidence.is_empty() => text("none on record"),
        Outcome::Unknown(Reason::Absent) => text("not known"),
        Outcome::Unknown(_) => text(format!("not known: {}", reason(finding))),
        Outcome::NotApplicable => text(""),
    }
}

fn point(blocks: &mut Vec<Block>, point: &Point<'_>, first: bool, clock: &Clock) {
    if !first {
        blocks.push(Block::Paragraph(vec![strong(point.summary.clone())]));
    }
    blocks.extend(point.text.as_deref().map(of_author));
    if !point.because.is_empty() {
        let bullets = point.because.iter().map(|(criterion, finding)| bullet(criterion, finding, clock));
        blocks.push(Block::List(bullets.collect()));
    }
}

/// The author's Markdown with the values of the record in it, which mean nothing there.
fn of_author(filled: &[Filled<'_>]) -> Block {
    let mut markdown = String::new();
    for piece in filled {
        match piece {
            Filled::Written(words) => markdown.push_str(words),
            // A String takes whatever is written to it.
            Filled::Found(words) => escape(&mut markdown, words).unwrap_or_default(),
        }
    }
    Block::Markdown(markdown)
}

/// One criterion: its name, why it is not known, value, date, age, as received, source, limit.
fn bullet(criterion: &Criterion, finding: &Finding, clock: &Clock) -> Line {
    let mut line = vec![strong(upper_first(&criterion.name)), text(": ")];
    let mut between = Between("");
    if let Outcome::Unknown(_) = finding.outcome {
        let cause = finding.words.cause.map(|cause| format!(" ({cause})")).unwrap_or_default();
        line.push(text(format!("{}{}{cause}", between.next(), reason(finding))));
    }
    for (position, source) in finding.evidence.iter().take(3).enumerate() {
        let value = finding.words.value.as_deref().filter(|_| position == 0);
        line.push(text(between.next()));
        cite(&mut line, value, source, finding.words.window_days.is_some(), clock);
    }
    if let Some(more @ 1..) = finding.evidence.len().checked_sub(3) {
        line.push(text(format!("{}and {more} more", between.next())));
    }
    if let Some(ratio) = &finding.words.ratio {
        line.push(text(format!("; {ratio}")));
    }
    if let (Some(range), Outcome::Met | Outcome::NotMet) = (&finding.words.range, finding.outcome) {
        line.push(text(format!("; {range}")));
    }
    line
}

/// What stands before each part of a line: something else before the first one.
struct Between(&'static str);

impl Between {
    fn next(&mut self) -> &'static str {
        std::mem::replace(&mut self.0, "; ")
    }
}

/// A record: value, as received, date, age, source.
fn cite(line: &mut Line, value: Option<&str>, source: &Source, needs_date: bool, clock: &Clock) {
    let received = source.received.trim();
    match value {
        Some(value) if value == received || received.is_empty() => line.push(text(value.to_owned())),
        Some(value) => {
            line.extend([text(format!("{value} (received as ")), code(cut(received, 80)), text(")")]);
        }
        None if received.is_empty() => line.push(text("no value")),
        None => line.push(text(cut(received, 80))),
    }
    match &source.effective {
        Some(when) => line.push(text(format!(", {} ({}), ", when.shown(), age(clock.days_since(when))))),
        None => line.push(text(if needs_date { ", undated, " } else { ", " })),
    }
    line.push(reference(source));
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

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_lowercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}
