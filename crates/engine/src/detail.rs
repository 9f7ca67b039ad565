//! What a clinician reads in the card of a rule: the most urgent first, each value with its date, age and source.

use std::borrow::Cow;

use domain::advise::{Advised, Filled, Point, cut};
use domain::criteria::Finding;
use domain::fact::Source;
use domain::rule::Criterion;
use domain::time::Clock;
use domain::truth::{Outcome, Reason};
use domain::words::upper_first;
use text::markdown::escape;
use text::{Block, Inline, Line, code, strong, text};

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

/// A paragraph without marks.
pub fn sentence(words: impl Into<Cow<'static, str>>) -> Block {
    Block::Paragraph(vec![text(words)])
}

/// A record by its words, date and reference.
pub fn earlier(line: &mut Line, source: &Source, before_reference: &'static str) {
    line.push(text(cut(&source.received, 60)));
    if let Some(when) = &source.effective {
        line.push(text(format!(", {}", when.shown())));
    }
    line.push(text(before_reference));
    line.push(reference(source));
}

/// Where a record stands, `Type/id`.
pub fn reference(source: &Source) -> Inline {
    code(cut(&source.reference, 80))
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

/// Why a finding is unknown.
pub fn reason(finding: &Finding) -> String {
    match (finding.outcome, finding.words.window_days) {
        (Outcome::Unknown(_), _) if finding.words.why.is_some() => finding.words.why.unwrap_or_default().to_owned(),
        (Outcome::Unknown(Reason::Stale), Some(days)) => format!("older than {days} days"),
        (Outcome::Unknown(reason), _) => reason.words().to_owned(),
        _ => String::new(),
    }
}

fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|c| c.to_lowercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}
