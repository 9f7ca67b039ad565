//! What a clinician reads in the card of a rule: the most urgent first, each value with its date, age and source.

use std::borrow::Cow;
use std::collections::HashSet;

use domain::advise::{Advised, Filled, Point};
use domain::criteria::Finding;
use domain::fact::Source;
use domain::rule::{Criterion, Suggestion};
use domain::time::Clock;
use domain::truth::{Outcome, Reason};
use domain::words::{cut, upper_first};
use text::markdown::escape;
use text::{Block, Inline, Line, code, strong, text};

use super::card::Offer;

/// The detail of a rule's card, with what to know of each offer.
pub fn detail(advised: &Advised<'_>, offered: &[Offer<'_>], clock: &Clock) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut cited = Cited::default();
    for (position, point) in advised.points.iter().enumerate() {
        self::point(&mut blocks, point, position == 0, &mut cited, clock);
    }
    blocks.extend(advised.pending.chunk_by(|(one, _), (other, _)| one.id == other.id).filter_map(already_ordered));
    for (suggestion, _) in offered {
        if let Some(words) = &suggestion.text {
            blocks.push(Block::Markdown(words.clone()));
        }
    }
    if advised.start_assumed {
        blocks.push(sentence("A new start was assumed: the medication history was not fully available."));
    }
    blocks.push(sentence(format!("Source: {}", advised.rule.source.label)));
    blocks
}

/// The orders that make one suggestion needless.
fn already_ordered(pending: &[(&Suggestion, Source)]) -> Option<Block> {
    let (suggestion, _) = pending.first()?;
    let mut line = vec![text("Already ordered, result pending: ")];
    for (position, (_, source)) in pending.iter().enumerate() {
        line.extend((position > 0).then(|| text("; ")));
        earlier(&mut line, source);
        line.extend([text(" ("), reference(source), text(")")]);
    }
    line.push(text(format!(". Not offered again: {}.", lower_first(&suggestion.label))));
    Some(Block::Paragraph(line))
}

/// Most records that one finding cites.
const CITED: usize = 3;

/// What a card has cited already, so that it names no record and no finding twice.
#[derive(Debug, Default)]
struct Cited<'p> {
    findings: Vec<(&'p str, Outcome)>,
    sources: Vec<&'p Source>,
}

impl<'p> Cited<'p> {
    /// Those of the sources that the card has not cited, each once. There may be thousands.
    fn new_ones(&self, sources: &'p [Source]) -> Vec<&'p Source> {
        fn said(source: &Source) -> (&str, &str) {
            (&source.reference, &source.received)
        }
        let mut seen: HashSet<(&str, &str)> = self.sources.iter().map(|source| said(source)).collect();
        sources.iter().filter(|source| seen.insert(said(source))).collect()
    }
}

/// A paragraph without marks.
pub fn sentence(words: impl Into<Cow<'static, str>>) -> Block {
    Block::Paragraph(vec![text(words)])
}

/// A record by its words and date.
pub fn earlier(line: &mut Line, source: &Source) {
    line.push(text(cut(&source.received, 60)));
    if let Some(when) = &source.effective {
        line.push(text(format!(", {}", when.shown())));
    }
}

/// The reference of a record, `Type/id`.
fn reference(source: &Source) -> Inline {
    code(cut(&source.reference, 80))
}

fn point<'p>(blocks: &mut Vec<Block>, point: &'p Point<'_>, first: bool, cited: &mut Cited<'p>, clock: &Clock) {
    if !first {
        blocks.push(Block::Paragraph(vec![strong(point.summary.clone())]));
    }
    blocks.extend(point.text.as_deref().map(of_author));
    let bullets = point.because.iter().filter_map(|(criterion, finding)| bullet(criterion, finding, cited, clock));
    let bullets: Vec<Line> = bullets.collect();
    if !bullets.is_empty() {
        blocks.push(Block::List(bullets));
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

/// One criterion: its name, why it is not known, value, date, age, as received, source, limit; `None` where the card
/// says all of it already.
fn bullet<'p>(criterion: &'p Criterion, finding: &'p Finding, cited: &mut Cited<'p>, clock: &Clock) -> Option<Line> {
    let sources = cited.new_ones(&finding.evidence);
    let said = (criterion.name.as_str(), finding.outcome);
    // The same name with the same answer is another limit of the same value, such as that of a hold and that of a stop.
    let is_told = sources.is_empty() && cited.findings.contains(&said);
    let is_decided = !matches!(finding.outcome, Outcome::Unknown(_));
    if is_told || (sources.is_empty() && !finding.evidence.is_empty() && is_decided) {
        return None;
    }
    cited.findings.push(said);
    let mut line = vec![strong(upper_first(&criterion.name)), text(": ")];
    let mut between = Between("");
    if let Outcome::Unknown(_) = finding.outcome {
        let cause = finding.words.cause.map(|cause| format!(" ({cause})")).unwrap_or_default();
        line.push(text(format!("{}{}{cause}", between.next(), reason(finding))));
    }
    let first = finding.evidence.first();
    for source in sources.iter().copied().take(CITED) {
        cited.sources.push(source);
        let value = finding.words.value.as_deref().filter(|_| first.is_some_and(|first| source.is(first)));
        line.push(text(between.next()));
        cite(&mut line, value, source, finding.words.window_days.is_some(), clock);
    }
    if let Some(more @ 1..) = sources.len().checked_sub(CITED) {
        line.push(text(format!("{}and {more} more", between.next())));
    }
    if let Some(ratio) = &finding.words.ratio {
        line.push(text(format!("; {ratio}")));
    }
    if let (Some(range), Outcome::Met | Outcome::NotMet) = (&finding.words.range, finding.outcome) {
        line.push(text(format!("; {range}")));
    }
    Some(line)
}

/// The separator before each part of a line; the first part has one of its own.
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
        Some(value) if value == received || received.is_empty() => line.push(text(readable(value).into_owned())),
        Some(value) => {
            line.extend([text(format!("{value} (received as ")), code(cut(received, 80)), text(")")]);
        }
        None if received.is_empty() => line.push(text("no value")),
        None => line.push(text(readable(&cut(received, 80)).into_owned())),
    }
    match &source.effective {
        Some(when) => line.push(text(format!(", {} ({}), ", when.shown(), age(clock.days_since(when))))),
        None => line.push(text(if needs_date { ", undated, " } else { ", " })),
    }
    line.push(reference(source));
}

/// Words of the record with its units as people write them: `10*3/uL` is 10³/µL. As received they are in the
/// assessment; here their signs would have to be escaped, and clients that show no Markdown would show the escape.
fn readable(words: &str) -> Cow<'_, str> {
    const UNITS: [(&str, &str); 6] =
        [("10*3", "10³"), ("10*6", "10⁶"), ("10*9", "10⁹"), ("10*12", "10¹²"), ("[IU]", "IU"), ("/uL", "/µL")];
    UNITS.iter().fold(Cow::Borrowed(words), |words, (unit, shown)| match words.contains(unit) {
        true => words.replace(unit, shown).into(),
        false => words,
    })
}

/// How long ago, of a partial date from when to when: in the largest unit that is not coarse.
fn age((fewest, most): (i64, i64)) -> String {
    // In hundredths of a day. Whole years have passed, as people count their age; months are rounded.
    let (unit, length, rounding) = match most.max(-fewest) {
        days if days <= DAYS_SHOWN => ("day", 100, 0),
        days if days <= 730 => ("month", 3044, 1522),
        _ => ("year", 36_525, 0),
    };
    let count = |days: i64| (days * 100 + rounding) / length;
    let named = |count: i64| if count == 1 { format!("1 {unit}") } else { format!("{count} {unit}s") };
    match (count(fewest.max(most.min(0))), count(most)) {
        (0, 0) => "today".to_owned(),
        (a, b) if a == b && a > 0 => format!("{} ago", named(a)),
        (a, b) if a == b => format!("in {}", named(-a)),
        (a, b) => format!("{} to {} ago", a.max(0), named(b)),
    }
}

/// The most days of an age that is given in days, as limits are.
const DAYS_SHOWN: i64 = 100;
/// Why a finding is unknown.
fn reason(finding: &Finding) -> String {
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

#[cfg(test)]
mod tests {
    use super::{age, readable};

    #[test]
    fn units_are_written_as_people_write_them() {
        for (words, shown) in [
            ("4.2 10*3/uL", "4.2 10³/µL"),
            ("5 10*12/L", "5 10¹²/L"),
            ("20 [IU]/mL", "20 IU/mL"),
            ("Sepsis, unspecified", "Sepsis, unspecified"),
        ] {
            assert_eq!(readable(words), shown);
        }
    }

    #[test]
    fn an_age_is_told_as_people_tell_it() {
        for (fewest, most, said) in [
            (0, 0, "today"),
            (1, 1, "1 day ago"),
            (4, 4, "4 days ago"),
            (100, 100, "100 days ago"),
            (101, 101, "3 months ago"),
            (144, 144, "5 months ago"),
            (730, 730, "24 months ago"),
            (731, 731, "2 years ago"),
            (4646, 4646, "12 years ago"),
            (20, 50, "20 to 50 days ago"),
            (90, 120, "3 to 4 months ago"),
            (4281, 4646, "11 to 12 years ago"),
            (0, 20, "0 to 20 days ago"),
            (-3, -3, "in 3 days"),
            (-1, -1, "in 1 day"),
        ] {
            assert_eq!(age((fewest, most)), said, "{fewest} to {most}");
        }
    }
}
