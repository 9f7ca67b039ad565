//! What became of the cards as a person reads it: sentences, and tables of at most 100 columns.

use store::stats::{Fate, Rate, Statistics, Unseen};
use terminal::{PLAIN, Page, TextLayout, cut};

/// The numbers as a page.
pub fn page(statistics: &Statistics, layout: TextLayout) -> String {
    let mut page = Page::new(layout);
    let total = &statistics.total;
    let since = statistics.since.as_deref().map(|since| format!(" since {since}")).unwrap_or_default();
    let answered = total.accepted + total.overridden;
    let share = Rate::of(answered, total.issued).map(|rate| format!(" ({:.0} %)", rate.value * 100.0));
    let share = share.unwrap_or_default();
    say(&mut page, &format!("{} cards issued{since}; feedback came on {answered} of them{share}.", total.issued));
    if total.issued > 0 && answered == 0 {
        say(&mut page, "No feedback at all: clients may not send any, so nothing can be said about overrides.");
    }
    let rules = statistics.rules.iter().map(|of| (of.rule.as_str(), &of.fate));
    fates(&mut page, "Rule", rules.chain([("all rules", total)]));
    fates(&mut page, "Indicator", statistics.indicators.iter().map(|of| (of.name.as_str(), &of.fate)));
    fates(&mut page, "Week", statistics.weeks.iter().map(|of| (of.name.as_str(), &of.fate)));
    reasons(&mut page, statistics);
    suggestions(&mut page, statistics);
    unseen(&mut page, "Decided in silence, seen by nobody", &statistics.silent);
    unseen(&mut page, "Held back: answered at the selection", &statistics.held_back);
    if !statistics.silenced.is_empty() {
        page.blank();
        say(&mut page, &format!("Silenced by the site's policy: {}.", statistics.silenced.join(", ")));
    }
    let apart = statistics.apart;
    page.blank();
    let strays = format!("{} accepted, {} overridden", apart.accepted, apart.overridden);
    say(&mut page, &format!("Feedback on cards that were not noted here: {strays}."));
    say(&mut page, &format!("Items that could not be read: {}.", apart.unreadable));
    say(
        &mut page,
        "Ignored: nothing was heard of the card, or not yet. %: share overridden, with its 95 % interval (Wilson).",
    );
    page.into_text()
}

fn say(page: &mut Page, text: &str) {
    page.hang("", text, PLAIN);
}

fn fates<'f>(page: &mut Page, title: &str, rows: impl Iterator<Item = (&'f str, &'f Fate)>) {
    let row = |name: &str, counts: [&str; 4], rates: [&str; 2]| {
        let ([issued, accepted, ignored, overridden], [of_issued, of_answered]) = (counts, rates);
        let counts = format!("{issued:>8}{accepted:>9}{ignored:>9}{overridden:>11}");
        format!("{:<26}{counts}{of_issued:>18}{of_answered:>18}", cut(name, 25))
    };
    let counts = ["issued", "accepted", "ignored", "overridden"];
    page.heading(&row(title, counts, ["% of issued", "% of answered"]));
    for (name, fate) in rows {
        let counts = [fate.issued, fate.accepted, fate.ignored, fate.overridden].map(|count| count.to_string());
        let rates = [fate.override_rate, fate.override_of_answered].map(shown);
        page.line(&row(name, counts.each_ref().map(String::as_str), rates.each_ref().map(String::as_str)), PLAIN);
    }
}

fn reasons(page: &mut Page, statistics: &Statistics) {
    if statistics.override_reasons.is_empty() {
        return;
    }
    let row = |rule: &str, reason: &str, overridden: &str, share: &str| {
        format!("{:<28}{:<36}{overridden:>11}{share:>25}", cut(rule, 27), cut(reason, 35))
    };
    page.heading(&row("Rule", "Reason", "overridden", "of its overrides"));
    for reason in &statistics.override_reasons {
        let named = reason.display.as_deref().or(reason.reason.as_deref()).unwrap_or("(none given)");
        page.line(&row(&reason.rule, named, &reason.overridden.to_string(), &shown(reason.share)), PLAIN);
    }
}

fn suggestions(page: &mut Page, statistics: &Statistics) {
    let taken = || statistics.rules.iter().flat_map(|of| of.suggestions.iter().map(|one| (&of.rule, one)));
    if taken().next().is_none() {
        return;
    }
    let row = |rule: &str, suggestion: &str, taken: &str| {
        format!("{:<28}{:<36}{taken:>11}", cut(rule, 27), cut(suggestion, 35))
    };
    page.heading(&row("Rule", "Suggestion", "taken"));
    for (rule, (suggestion, count)) in taken() {
        page.line(&row(rule, suggestion, &count.to_string()), PLAIN);
    }
}

/// The cards that no user saw, for one of the reasons for that.
fn unseen(page: &mut Page, title: &str, unseen: &[Unseen]) {
    if unseen.is_empty() {
        return;
    }
    page.heading(&format!("{title:<38}{:<12}{:>8}", "Indicator", "cards"));
    for Unseen { rule, indicator, cards } in unseen {
        page.line(&format!("{:<38}{indicator:<12}{cards:>8}", cut(rule, 37)), PLAIN);
    }
}

/// A share in whole percent with its interval.
fn shown(rate: Option<Rate>) -> String {
    let percent = |share: f64| format!("{:.0}", share * 100.0);
    rate.map_or("-".to_owned(), |r| format!("{} % ({}-{})", percent(r.value), percent(r.low), percent(r.high)))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use cds_hooks::feedback::Outcome;
    use store::note::Mode;
    use store::stats::{AcceptedSuggestion, CardCount, Counts, Statistics, Stray};
    use terminal::TextLayout;

    use super::page;

    #[test]
    fn no_line_is_longer_than_100_columns() {
        let rule = "a-rule-with-a-name-that-is-far-too-long-for-its-column".to_owned();
        let sent = |outcome, reason: Option<&str>| CardCount {
            rule: rule.clone(),
            indicator: "critical".to_owned(),
            mode: Mode::Live,
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
                CardCount { mode: Mode::Silent, ..sent(None, None) },
                CardCount { mode: Mode::HeldBack, ..sent(None, None) },
            ],
            accepted: vec![AcceptedSuggestion { rule: rule.clone(), suggestion: "x".repeat(50) }],
            stray: Stray { accepted: 1_000_000, overridden: 1_000_000, unreadable: 1_000_000 },
        };
        let layout = TextLayout { width: 100, colour: false };
        let told = page(&Statistics::of(&counts, Some("2026-01-01".to_owned()), &TimeZone::UTC), layout);
        assert!(told.lines().all(|line| line.chars().count() <= 100), "{told}");
        assert!(told.contains("Decided in silence") && told.contains("Held back"), "{told}");
        assert!(told.contains("33 % (33-33)") && told.contains("50 % (50-50)"), "{told}");
        let nothing = page(&Statistics::of(&Counts::default(), None, &TimeZone::UTC), layout);
        assert!(nothing.starts_with("0 cards issued; feedback came on 0 of them."), "{nothing}");
    }
}
