//! What became of the cards, in numbers a committee can act on: how often each alert is followed, overridden or left
//! without an answer, and how sure one can be of that.

/// A share with its interval.
mod rate;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

pub use self::rate::Rate;
use cds_hooks::feedback::Outcome;

/// So many cards of one kind that were sent in the same quarter of an hour and ended alike.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The rule they come from.
    pub rule: String,
    /// `critical`, `warning` or `info`.
    pub indicator: String,
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// What became of them at last; nothing was heard of them without it.
    pub outcome: Option<Outcome>,
    /// Code of the reason for overriding them, if one was given.
    pub reason: Option<String>,
    /// The words that came with the code.
    pub display: Option<String>,
    /// How many.
    pub cards: i64,
}

/// A suggestion that was taken.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The rule of its card.
    pub rule: String,
    /// Its id in the rule.
    pub suggestion: String,
}

/// Feedback that belongs to no card we know of, or could not be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Stray {
    /// Acceptances of cards that were not noted.
    pub accepted: i64,
    /// Overrides of cards that were not noted.
    pub overridden: i64,
    /// Items that could not be read.
    pub unreadable: i64,
}

/// What the store counts.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// Cards that were sent.
    pub sent: Vec<Sent>,
    /// Suggestions that were taken.
    pub accepted: Vec<Accepted>,
    /// Feedback apart from those.
    pub stray: Stray,
}

/// What became of some cards.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Fate {
    /// Cards sent.
    pub issued: i64,
    /// Of these, cards a suggestion of which was taken.
    pub accepted: i64,
    /// Of these, cards that were put aside.
    pub overridden: i64,
    /// Of these, cards of which nothing was heard, or not yet.
    pub ignored: i64,
    /// Accepted of issued.
    pub acceptance: Option<Rate>,
    /// Overridden of issued.
    #[serde(rename = "override")]
    pub override_rate: Option<Rate>,
    /// Overridden of those of which anything was heard.
    pub override_of_answered: Option<Rate>,
}

/// The fate of a rule's cards.
#[derive(Debug, Clone, Serialize)]
pub struct OfRule {
    /// The rule.
    pub rule: String,
    /// What became of its cards.
    #[serde(flatten)]
    pub fate: Fate,
    /// Its suggestions with how often each was taken.
    pub suggestions: BTreeMap<String, i64>,
}

/// The fate of the cards of an indicator or of a week.
#[derive(Debug, Clone, Serialize)]
pub struct Of {
    /// The indicator, or the ISO week such as `2026-W47`.
    pub name: String,
    /// What became of the cards.
    #[serde(flatten)]
    pub fate: Fate,
}

/// How often a rule's cards were overridden for a reason.
#[derive(Debug, Clone, Serialize)]
pub struct Reason {
    /// The rule.
    pub rule: String,
    /// Code of the reason; none when none was given.
    pub reason: Option<String>,
    /// The words that came with the code.
    pub display: Option<String>,
    /// Cards overridden for it.
    pub overridden: i64,
    /// Of the rule's overridden cards.
    pub share: Option<Rate>,
}

/// What became of the cards.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// Since when cards and feedback count; from the beginning without it.
    pub since: Option<String>,
    /// All cards.
    pub total: Fate,
    /// By rule, the most overridden first.
    pub rules: Vec<OfRule>,
    /// By indicator, the most urgent first.
    pub indicators: Vec<Of>,
    /// By rule and reason for overriding, the most frequent first.
    pub override_reasons: Vec<Reason>,
    /// By ISO week.
    pub weeks: Vec<Of>,
    /// Feedback that belongs to no card we know of, or could not be read.
    pub apart: Stray,
}

impl Statistics {
    /// The numbers; weeks are those of the zone's calendar.
    pub fn of(counts: &Counts, since: Option<String>, zone: &TimeZone) -> Statistics {
        let mut total = Fate::default();
        let mut rules: BTreeMap<&str, Fate> = BTreeMap::new();
        let mut indicators: BTreeMap<(usize, &str), Fate> = BTreeMap::new();
        let mut weeks: BTreeMap<String, Fate> = BTreeMap::new();
        let mut reasons: BTreeMap<(&str, Option<&str>), Reason> = BTreeMap::new();
        for sent in &counts.sent {
            total.add(sent);
            rules.entry(&sent.rule).or_default().add(sent);
            indicators.entry((urgency(&sent.indicator), &sent.indicator)).or_default().add(sent);
            weeks.entry(week(sent.at_ms, zone)).or_default().add(sent);
            if sent.outcome == Some(Outcome::Overridden) {
                let reason = reasons.entry((&sent.rule, sent.reason.as_deref())).or_insert_with(|| Reason::of(sent));
                reason.overridden += sent.cards;
                reason.display = reason.display.take().or_else(|| sent.display.clone());
            }
        }
        let mut override_reasons: Vec<Reason> = reasons.into_values().collect();
        for reason in &mut override_reasons {
            let all = rules.get(reason.rule.as_str()).map_or(0, |fate| fate.overridden);
            reason.share = Rate::of(reason.overridden, all);
        }
        override_reasons.sort_by_key(|reason| std::cmp::Reverse(reason.overridden));
        let mut rules: Vec<OfRule> = rules
            .into_iter()
            .map(|(rule, fate)| OfRule { rule: rule.to_owned(), fate: fate.rated(), suggestions: taken(counts, rule) })
            .collect();
        rules.sort_by_key(|of| std::cmp::Reverse((of.fate.overridden, of.fate.issued)));
        let of = |name: &str, fate: Fate| Of { name: name.to_owned(), fate: fate.rated() };
        Statistics {
            since,
            total: total.rated(),
            rules,
            indicators: indicators.into_iter().map(|((_, name), fate)| of(name, fate)).collect(),
            override_reasons,
            weeks: weeks.into_iter().map(|(name, fate)| of(&name, fate)).collect(),
            apart: counts.stray,
        }
    }
}

impl Reason {
    /// The reason of these cards, of which none is counted yet.
    fn of(sent: &Sent) -> Reason {
        let (rule, reason, display) = (sent.rule.clone(), sent.reason.clone(), sent.display.clone());
        Reason { rule, reason, display, overridden: 0, share: None }
    }
}

impl Fate {
    fn add(&mut self, sent: &Sent) {
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

fn taken(counts: &Counts, rule: &str) -> BTreeMap<String, i64> {
    let mut taken = BTreeMap::new();
    for accepted in counts.accepted.iter().filter(|accepted| accepted.rule == rule) {
        *taken.entry(accepted.suggestion.clone()).or_default() += 1;
    }
    taken
}

fn urgency(indicator: &str) -> usize {
    ["critical", "warning", "info"].iter().position(|known| *known == indicator).unwrap_or(3)
}

/// The first millisecond of a day such as `2026-11-01`, since 1970.
pub fn beginning(day: &str, zone: &TimeZone) -> Result<i64, String> {
    let date: jiff::civil::Date = day.parse().map_err(|_| "must be a day such as 2026-11-01".to_owned())?;
    let start = date.to_zoned(zone.clone()).map_err(|error| error.to_string())?;
    Ok(start.timestamp().as_millisecond())
}

/// The ISO week of a moment.
fn week(at_ms: i64, zone: &TimeZone) -> String {
    let Ok(moment) = Timestamp::from_millisecond(at_ms) else { return "unknown".to_owned() };
    let week = moment.to_zoned(zone.clone()).date().iso_week_date();
    format!("{}-W{:02}", week.year(), week.week())
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::{Accepted, Counts, Outcome, Sent, Statistics, Stray, week};

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

    fn sent(rule: &str, indicator: &str, outcome: Option<Outcome>, reason: Option<&str>, cards: i64) -> Sent {
        let (rule, indicator, reason) = (rule.to_owned(), indicator.to_owned(), reason.map(str::to_owned));
        Sent { rule, indicator, at_ms: 0, outcome, reason, display: None, cards }
    }

    #[test]
    fn every_card_is_counted_once_in_every_table() {
        let counts = Counts {
            sent: vec![
                sent("a", "warning", Some(Outcome::Overridden), Some("known"), 3),
                sent("a", "warning", Some(Outcome::Overridden), None, 1),
                sent("a", "critical", None, None, 2),
                sent("b", "info", Some(Outcome::Accepted), None, 5),
            ],
            accepted: vec![Accepted { rule: "b".to_owned(), suggestion: "order".to_owned() }],
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
