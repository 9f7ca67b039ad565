//! Statistics that a committee can act on: how often each alert is followed, overridden or left without feedback, with
//! confidence intervals.

use std::collections::BTreeMap;

use cds_hooks::feedback::Outcome;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

pub use rate::Rate;

use super::note::Mode;

/// A number of cards that were issued in the same quarter of an hour and agree in all other fields.
#[derive(Debug, Clone)]
pub struct CardCount {
    /// Id of the rule that wrote the cards.
    pub rule: String,
    /// `critical`, `warning` or `info`.
    pub indicator: String,
    /// Whether the answers carried them.
    pub mode: Mode,
    /// Start of the quarter of an hour, in milliseconds since 1970.
    pub at_ms: i64,
    /// The last outcome; `None` where no feedback came.
    pub outcome: Option<Outcome>,
    /// Code of the override reason, if one was given.
    pub reason: Option<String>,
    /// The display text that came with the code.
    pub display: Option<String>,
    /// How many cards.
    pub cards: i64,
}

/// A suggestion that a user accepted.
#[derive(Debug, Clone)]
pub struct AcceptedSuggestion {
    /// Id of the rule that wrote the card.
    pub rule: String,
    /// Id that the suggestion has in the rule.
    pub suggestion: String,
}

/// Feedback on cards that are not in the store, and items that could not be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stray {
    /// Acceptances of cards that are not in the store.
    pub accepted: i64,
    /// Overrides of cards that are not in the store.
    pub overridden: i64,
    /// Items that could not be read, whatever their card.
    pub unreadable: i64,
}

/// The counts that statistics are made from.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// The cards that were issued.
    pub cards: Vec<CardCount>,
    /// One entry for each time that a suggestion was accepted.
    pub accepted: Vec<AcceptedSuggestion>,
    /// Feedback that belongs to none of these cards.
    pub stray: Stray,
}

/// The outcomes of a group of cards.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fate {
    /// Cards that were issued.
    pub issued: i64,
    /// Of these, cards with an accepted suggestion.
    pub accepted: i64,
    /// Of these, cards that the user overrode.
    pub overridden: i64,
    /// Of these, cards without feedback so far.
    pub ignored: i64,
    /// Share of `accepted` in `issued`.
    pub acceptance: Option<Rate>,
    /// Share of `overridden` in `issued`.
    #[serde(rename = "override")]
    pub override_rate: Option<Rate>,
    /// Share of `overridden` in the cards with feedback.
    pub override_of_answered: Option<Rate>,
}

/// The outcomes of a rule's cards.
#[derive(Debug, Clone, Serialize)]
pub struct RuleOutcomes {
    /// Id of the rule.
    pub rule: String,
    /// The outcomes of its cards.
    #[serde(flatten)]
    pub fate: Fate,
    /// How often each suggestion was accepted, by its id in the rule.
    pub suggestions: BTreeMap<String, i64>,
}

/// The outcomes of the cards of one indicator or of one week.
#[derive(Debug, Clone, Serialize)]
pub struct CardOutcomes {
    /// The indicator, or the ISO week such as `2026-W47`.
    pub name: String,
    /// The outcomes of the cards.
    #[serde(flatten)]
    pub fate: Fate,
}

/// How often a rule's cards were overridden for a reason.
#[derive(Debug, Clone, Serialize)]
pub struct OverrideReason {
    /// Id of the rule.
    pub rule: String,
    /// Code of the reason; `None` for overrides without one.
    pub reason: Option<String>,
    /// The display text that came with the code.
    pub display: Option<String>,
    /// Cards that were overridden for this reason.
    pub overridden: i64,
    /// Share of these in the rule's overridden cards.
    pub share: Option<Rate>,
}

/// How many cards of a rule and an indicator no user saw, for one of the reasons for that.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unseen {
    /// Id of the rule.
    pub rule: String,
    /// `critical`, `warning` or `info`.
    pub indicator: String,
    /// How many cards.
    pub cards: i64,
}

/// The statistics as `GET /stats` and `stats --format json` write them.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// The first day that counts, such as `2026-11-01`; `None` counts everything.
    pub since: Option<String>,
    /// All cards that answers carried.
    pub total: Fate,
    /// By rule, the most overridden first.
    pub rules: Vec<RuleOutcomes>,
    /// By indicator, the most urgent first.
    pub indicators: Vec<CardOutcomes>,
    /// By rule and override reason, the most frequent first.
    pub override_reasons: Vec<OverrideReason>,
    /// By ISO week, the oldest first.
    pub weeks: Vec<CardOutcomes>,
    /// The cards that were decided in silence, which no answer carried and no number above counts.
    pub silent: Vec<Unseen>,
    /// The cards that were held back at the signature, because the user had answered the same at the selection of the
    /// order; no number above counts them.
    pub held_back: Vec<Unseen>,
    /// Feedback on cards that are not in the store, and items that could not be read.
    pub apart: Stray,
    /// The rules that the site's policy silences now, in words: their cards are missing above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub silenced: Vec<String>,
}

impl Statistics {
    /// The statistics of these counts. Weeks are those of the calendar in `zone`; `since` is only repeated.
    pub fn of(counts: &Counts, since: Option<String>, zone: &TimeZone) -> Statistics {
        let mut total = Fate::default();
        let mut rules: BTreeMap<&str, Fate> = BTreeMap::new();
        let mut indicators: BTreeMap<(usize, &str), Fate> = BTreeMap::new();
        let mut weeks: BTreeMap<String, Fate> = BTreeMap::new();
        let mut reasons: BTreeMap<(&str, Option<&str>), OverrideReason> = BTreeMap::new();
        for sent in counts.cards.iter().filter(|sent| sent.mode == Mode::Live) {
            total.add(sent);
            rules.entry(&sent.rule).or_default().add(sent);
            indicators.entry((urgency(&sent.indicator), &sent.indicator)).or_default().add(sent);
            weeks.entry(week(sent.at_ms, zone)).or_default().add(sent);
            if sent.outcome == Some(Outcome::Overridden) {
                let reason =
                    reasons.entry((&sent.rule, sent.reason.as_deref())).or_insert_with(|| OverrideReason::of(sent));
                reason.overridden += sent.cards;
                reason.display = reason.display.take().or_else(|| sent.display.clone());
            }
        }
        let mut override_reasons: Vec<OverrideReason> = reasons.into_values().collect();
        for reason in &mut override_reasons {
            let all = rules.get(reason.rule.as_str()).map_or(0, |fate| fate.overridden);
            reason.share = Rate::of(reason.overridden, all);
        }
        override_reasons.sort_by_key(|reason| std::cmp::Reverse(reason.overridden));
        let mut rules: Vec<RuleOutcomes> = rules
            .into_iter()
            .map(|(rule, fate)| RuleOutcomes {
                rule: rule.to_owned(),
                fate: fate.rated(),
                suggestions: accepted(counts, rule),
            })
            .collect();
        rules.sort_by_key(|of| std::cmp::Reverse((of.fate.overridden, of.fate.issued)));
        let of = |name: &str, fate: Fate| CardOutcomes { name: name.to_owned(), fate: fate.rated() };
        Statistics {
            since,
            total: total.rated(),
            rules,
            indicators: indicators.into_iter().map(|((_, name), fate)| of(name, fate)).collect(),
            override_reasons,
            weeks: weeks.into_iter().map(|(name, fate)| of(&name, fate)).collect(),
            silent: unseen(counts, Mode::Silent),
            held_back: unseen(counts, Mode::HeldBack),
            apart: counts.stray,
            silenced: Vec::new(),
        }
    }

    /// With the rules that the site's policy silences.
    pub fn with_silenced(self, silenced: Vec<String>) -> Statistics {
        Statistics { silenced, ..self }
    }
}

impl OverrideReason {
    /// The reason for which these cards were overridden, before any is counted.
    fn of(sent: &CardCount) -> OverrideReason {
        let (rule, reason, display) = (sent.rule.clone(), sent.reason.clone(), sent.display.clone());
        OverrideReason { rule, reason, display, overridden: 0, share: None }
    }
}

impl Fate {
    fn add(&mut self, sent: &CardCount) {
        self.issued += sent.cards;
        match sent.outcome {
            Some(Outcome::Accepted) => self.accepted += sent.cards,
            Some(Outcome::Overridden) => self.overridden += sent.cards,
            None => self.ignored += sent.cards,
        }
    }

    fn rated(mut self) -> Fate {
        self.acceptance = Rate::of(self.accepted, self.issued);
        self.override_rate = Rate::of(self.overridden, self.issued);
        self.override_of_answered = Rate::of(self.overridden, self.accepted + self.overridden);
        self
    }
}

/// The cards of a mode by rule and indicator, the most frequent first.
fn unseen(counts: &Counts, mode: Mode) -> Vec<Unseen> {
    let mut by: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for sent in counts.cards.iter().filter(|sent| sent.mode == mode) {
        *by.entry((&sent.rule, &sent.indicator)).or_default() += sent.cards;
    }
    let of = |((rule, indicator), cards): ((&str, &str), i64)| Unseen {
        rule: rule.to_owned(),
        indicator: indicator.to_owned(),
        cards,
    };
    let mut unseen: Vec<Unseen> = by.into_iter().map(of).collect();
    unseen.sort_by_key(|of| std::cmp::Reverse(of.cards));
    unseen
}

/// How often each suggestion of a rule was accepted.
fn accepted(counts: &Counts, rule: &str) -> BTreeMap<String, i64> {
    let mut times = BTreeMap::new();
    for accepted in counts.accepted.iter().filter(|accepted| accepted.rule == rule) {
        *times.entry(accepted.suggestion.clone()).or_default() += 1;
    }
    times
}

fn urgency(indicator: &str) -> usize {
    ["critical", "warning", "info"].iter().position(|known| *known == indicator).unwrap_or(3)
}

/// The start of a day such as `2026-11-01` in a zone, in milliseconds since 1970.
///
/// # Errors
///
/// The text is not a date of the calendar; the message says what is expected.
pub fn beginning(day: &str, zone: &TimeZone) -> Result<i64, String> {
    let date: jiff::civil::Date = day.parse().map_err(|_| "must be a day such as 2026-11-01".to_owned())?;
    let start = date.to_zoned(zone.clone()).map_err(|error| error.to_string())?;
    Ok(start.timestamp().as_millisecond())
}

/// The ISO week of a moment, such as `2026-W47`.
fn week(at_ms: i64, zone: &TimeZone) -> String {
    let Ok(moment) = Timestamp::from_millisecond(at_ms) else { return "unknown".to_owned() };
    let week = moment.to_zoned(zone.clone()).date().iso_week_date();
    format!("{}-W{:02}", week.year(), week.week())
}

#[cfg(test)]
mod tests {
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
}
