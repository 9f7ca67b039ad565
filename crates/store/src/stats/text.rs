//! The numbers as a person reads them: tables of at most 100 columns.

use std::fmt::Write;

use super::{Fate, Rate, Statistics};

/// The numbers as text.
pub fn text(statistics: &Statistics) -> String {
    let mut text = String::new();
    let total = &statistics.total;
    let since = statistics.since.as_deref().map(|since| format!(" since {since}")).unwrap_or_default();
    let answered = total.accepted + total.overridden;
    let share = Rate::of(answered, total.issued).map(|rate| format!(" ({:.0} %)", rate.value * 100.0));
    let _ = writeln!(
        text,
        "{} cards issued{since}; feedback came on {answered} of them{}.",
        total.issued,
        share.unwrap_or_default()
    );
    if total.issued > 0 && answered == 0 {
        let _ = writeln!(text, "No feedback at all: clients may not send any, so nothing can be said about overrides.");
    }
    let rules = statistics.rules.iter().map(|of| (of.rule.as_str(), &of.fate));
    table(&mut text, "Rule", rules.chain([("all rules", total)]));
    table(&mut text, "Indicator", statistics.indicators.iter().map(|of| (of.name.as_str(), &of.fate)));
    table(&mut text, "Week", statistics.weeks.iter().map(|of| (of.name.as_str(), &of.fate)));
    reasons(&mut text, statistics);
    suggestions(&mut text, statistics);
    let apart = statistics.apart;
    let _ = writeln!(
        text,
        "\nFeedback on cards that were not noted here: {} accepted, {} overridden.\nItems that could not be read: {}.",
        apart.accepted, apart.overridden, apart.unreadable
    );
    let _ = writeln!(
        text,
        "Ignored: nothing was heard of the card, or not yet. %: share overridden, with its 95 % interval\n(Wilson)."
    );
    text
}

fn table<'f>(text: &mut String, title: &str, rows: impl Iterator<Item = (&'f str, &'f Fate)>) {
    let _ = writeln!(
        text,
        "\n{title:<26}{:>8}{:>9}{:>9}{:>11}{:>18}{:>18}",
        "issued", "accepted", "ignored", "overridden", "% of issued", "% of answered"
    );
    for (name, fate) in rows {
        let _ = writeln!(
            text,
            "{:<26}{:>8}{:>9}{:>9}{:>11}{:>18}{:>18}",
            cut(name, 26),
            fate.issued,
            fate.accepted,
            fate.ignored,
            fate.overridden,
            shown(fate.override_rate),
            shown(fate.override_of_answered),
        );
    }
}

fn reasons(text: &mut String, statistics: &Statistics) {
    if statistics.override_reasons.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{:<28}{:<36}{:>11}{:>25}", "Rule", "Reason", "overridden", "of its overrides");
    for reason in &statistics.override_reasons {
        let named = reason.display.as_deref().or(reason.reason.as_deref()).unwrap_or("(none given)");
        let (rule, named) = (cut(&reason.rule, 28), cut(named, 36));
        let _ = writeln!(text, "{rule:<28}{named:<36}{:>11}{:>25}", reason.overridden, shown(reason.share));
    }
}

fn suggestions(text: &mut String, statistics: &Statistics) {
    let taken = || statistics.rules.iter().flat_map(|of| of.suggestions.iter().map(|one| (&of.rule, one)));
    if taken().next().is_none() {
        return;
    }
    let _ = writeln!(text, "\n{:<28}{:<36}{:>11}", "Rule", "Suggestion", "taken");
    for (rule, (suggestion, count)) in taken() {
        let _ = writeln!(text, "{:<28}{:<36}{count:>11}", cut(rule, 28), cut(suggestion, 36));
    }
}

/// A share in whole percent with its interval.
fn shown(rate: Option<Rate>) -> String {
    let percent = |share: f64| format!("{:.0}", share * 100.0);
    rate.map_or("-".to_owned(), |r| format!("{} % ({}-{})", percent(r.value), percent(r.low), percent(r.high)))
}

/// At most so many characters: with room for the next column, and nothing a client sent can break a line.
fn cut(text: &str, width: usize) -> String {
    let clean = |c: char| if c.is_control() { '?' } else { c };
    match text.chars().count() < width {
        true => text.chars().map(clean).collect(),
        false => text.chars().take(width.saturating_sub(2)).map(clean).chain(['…']).collect(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::super::{AcceptedSuggestion, CardCount, Counts, Outcome, Statistics, Stray};
    use super::text;

    #[test]
    fn no_line_is_longer_than_100_columns() {
        let rule = "a-rule-with-a-name-that-is-far-too-long-for-its-column".to_owned();
        let sent = |outcome, reason: Option<&str>| CardCount {
            rule: rule.clone(),
            indicator: "critical".to_owned(),
            at_ms: 0,
            outcome,
            reason: reason.map(str::to_owned),
            display: None,
            cards: 12_345_678,
        };
        let counts = Counts {
            cards: vec![
                sent(Some(Outcome::Overridden), Some(&"reason\n".repeat(20))),
                sent(Some(Outcome::Accepted), None),
                sent(None, None),
            ],
            accepted: vec![AcceptedSuggestion { rule: rule.clone(), suggestion: "x".repeat(50) }],
            stray: Stray { accepted: 1_000_000, overridden: 1_000_000, unreadable: 1_000_000 },
        };
        let told = text(&Statistics::of(&counts, Some("2026-01-01".to_owned()), &TimeZone::UTC));
        assert!(told.lines().all(|line| line.chars().count() <= 100), "{told}");
        assert!(told.contains("33 % (33-33)") && told.contains("50 % (50-50)"), "{told}");
        let nothing = text(&Statistics::of(&Counts::default(), None, &TimeZone::UTC));
        assert!(nothing.starts_with("0 cards issued; feedback came on 0 of them."), "{nothing}");
    }
}
