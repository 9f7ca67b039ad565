use jiff::tz::TimeZone;

use super::{AcceptedSuggestion, CardCount, Counts, Mode, Outcome, Statistics, Stray, week};

#[test]
fn weeks_are_those_of_the_calendar_of_the_zone() {
    let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
    for (moment, zone, expected) in [
        ("2026-11-22T22:59:59Z", &berlin, "2026-W47"),
        ("2026-11-22T23:00:00Z", &berlin, "2026-W48"),
        ("2026-11-22T23:00:00Z", &TimeZone::UTC, "2026-W47"),
        ("2027-01-01T12:00:00Z", &TimeZone::UTC, "2026-W53"),
    ] {
        let at = moment.parse::<jiff::Timestamp>().expect("a moment").as_millisecond();
        assert_eq!(week(at, zone), expected, "{moment}");
    }
}

fn sent(rule: &str, indicator: &str, outcome: Option<Outcome>, reason: Option<&str>, cards: i64) -> CardCount {
    let (rule, indicator, reason) = (rule.to_owned(), indicator.to_owned(), reason.map(str::to_owned));
    CardCount { rule, indicator, mode: Mode::Live, at_ms: 0, outcome, reason, display: None, cards }
}

#[test]
fn what_nobody_saw_is_counted_apart() {
    let of = |mode, cards| CardCount { mode, ..sent("a", "warning", None, None, cards) };
    let cards = vec![of(Mode::Live, 1), of(Mode::Silent, 2), of(Mode::Silent, 3), of(Mode::HeldBack, 4)];
    let statistics = Statistics::of(&Counts { cards, ..Counts::default() }, None, &TimeZone::UTC);
    let unseen = |of: &[super::Unseen]| of.iter().map(|of| (of.rule.clone(), of.cards)).collect::<Vec<_>>();
    assert_eq!(statistics.total.issued, 1);
    assert_eq!(unseen(&statistics.silent), [("a".to_owned(), 5)]);
    assert_eq!(unseen(&statistics.held_back), [("a".to_owned(), 4)]);
}

#[test]
fn every_card_is_counted_once_in_every_table() {
    let counts = Counts {
        cards: vec![
            sent("a", "warning", Some(Outcome::Overridden), Some("known"), 3),
            sent("a", "warning", Some(Outcome::Overridden), None, 1),
            sent("a", "critical", None, None, 2),
            sent("b", "info", Some(Outcome::Accepted), None, 5),
        ],
        accepted: vec![AcceptedSuggestion { rule: "b".to_owned(), suggestion: "order".to_owned() }],
        stray: Stray { accepted: 1, overridden: 2, unreadable: 3 },
    };
    let statistics = Statistics::of(&counts, None, &TimeZone::UTC);
    let fate = |of: &super::Fate| (of.issued, of.accepted, of.overridden, of.ignored);
    assert_eq!(fate(&statistics.total), (11, 5, 4, 2));
    assert_eq!(fate(&statistics.rules[0].fate), (6, 0, 4, 2), "the most overridden first");
    assert_eq!(statistics.rules[1].suggestions["order"], 1);
    for table in [&statistics.indicators, &statistics.weeks] {
        assert_eq!(table.iter().map(|of| of.fate.issued).sum::<i64>(), 11);
    }
    assert_eq!(statistics.indicators[0].name, "critical");
    let reasons: Vec<_> = statistics.override_reasons.iter().map(|r| (r.reason.as_deref(), r.overridden)).collect();
    assert_eq!(reasons, [(Some("known"), 3), (None, 1)]);
    let share = statistics.override_reasons[0].share.expect("a share");
    assert_eq!((share.value, statistics.apart.unreadable), (0.75, 3));
}
