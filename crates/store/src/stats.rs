//! Statistics that a committee can act on: how often each alert is followed, overridden or left without feedback, with
//! confidence intervals.

/// What the store counts.
mod counts;
/// What became of a group of cards.
mod outcomes;

use std::collections::BTreeMap;

use cds_hooks::feedback::Outcome;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;

pub use rate::Rate;

pub use self::counts::{AcceptedSuggestion, CardCount, Counts, Stray};
pub use self::outcomes::{CardOutcomes, Fate, OverrideReason, RuleOutcomes, Unseen};
use super::note::Mode;

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
mod tests;
