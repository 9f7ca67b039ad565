//! A use of a few doses: whether the order goes on, is more than the label gives with the doses of this episode, or comes
//! too soon after the last one.

use rust_decimal::Decimal;

use crate::assess::Subject;
use crate::criteria::Finding;
use crate::criteria::dose::on_order;
use crate::dose_table::every;
use crate::fact::{Medication, Shown, Source, Standing};
use crate::order::Reading;
use crate::truth::{Outcome, Reason};
use crate::words::number;

/// A use of a few doses, ordered to go on. An order without an interval is one for a single dose.
pub(super) fn continuing(subject: &Subject<'_>) -> Finding {
    let Some((most, _)) = few_doses(subject) else { return Finding::bare(Outcome::NotApplicable) };
    let (outcome, words) = match (subject.order.doses, &subject.order.interval) {
        (Some(doses), _) if doses > most => (Outcome::Met, format!("{doses} doses")),
        (Some(doses), _) => (Outcome::NotMet, format!("{doses} doses")),
        (None, Reading::Known(_, words)) => (Outcome::Met, words.clone()),
        (None, Reading::Unreadable(words)) => (Outcome::Unknown(Reason::Unreadable), words.clone()),
        (None, Reading::Missing) => (Outcome::NotMet, "one dose".to_owned()),
    };
    let mut finding = on_order(outcome, words, subject);
    finding.words.limit = Some(format!("{most} doses"));
    finding
}

/// Whether the doses of this episode and those of the order are more than the label gives.
pub(super) fn too_many(subject: &Subject<'_>) -> Finding {
    let Some((most, _)) = few_doses(subject) else { return Finding::bare(Outcome::NotApplicable) };
    let given = given(subject);
    let on_record = i64::try_from(given.len()).unwrap_or(i64::MAX);
    let outcome = match subject.facts.gaps.get(&subject.drug.id) {
        _ if on_record.saturating_add(subject.order.doses.unwrap_or(1)) > most && on_record > 0 => Outcome::Met,
        Some(reason) => Outcome::Unknown(*reason),
        None => Outcome::NotMet,
    };
    let mut finding = Finding::of(outcome, sources(&given), subject);
    finding.words.value = Some(if on_record == 1 { "1 dose".to_owned() } else { format!("{on_record} doses") });
    finding.words.limit = Some(format!("{most} doses"));
    finding
}

/// Whether the last dose of this episode was given less than the label's time ago.
pub(super) fn too_soon(subject: &Subject<'_>) -> Finding {
    let Some((_, apart)) = few_doses(subject) else { return Finding::bare(Outcome::NotApplicable) };
    let given = given(subject);
    let least = apart.checked_mul(Decimal::from(24 * 60)).unwrap_or_default().round();
    let since = given.first().and_then(|m| m.first.as_ref()).map(|when| subject.clock.minutes_since(when));
    let outcome = match (since, subject.facts.gaps.get(&subject.drug.id)) {
        (Some((_, most)), _) if Decimal::from(most) < least => Outcome::Met,
        (Some((fewest, _)), _) if Decimal::from(fewest) < least => Outcome::Unknown(Reason::Boundary),
        (_, Some(reason)) => Outcome::Unknown(*reason),
        _ => Outcome::NotMet,
    };
    let mut finding = Finding::of(outcome, sources(given.get(..1).unwrap_or_default()), subject);
    finding.words.value = since.map(|(fewest, _)| since_words(fewest));
    finding.words.limit = Some(every(apart).trim_start_matches("every ").to_owned());
    finding
}

/// The most doses of the use of the order, and the days that two of them are apart; `None` for a use that goes on.
fn few_doses(subject: &Subject<'_>) -> Option<(i64, Decimal)> {
    let indication = subject.indication.id.as_deref()?;
    let row = subject.drug.doses.iter().find(|row| row.is_for(indication) && row.doses.is_some())?;
    Some((row.doses?, row.closest_days))
}

/// The doses given in this episode, the newest first; those of one moment are one.
fn given<'a>(subject: &Subject<'a>) -> Vec<&'a Medication> {
    let indications = &subject.drug.indications;
    let of_order = subject.indication.id.as_ref().and_then(|id| indications.iter().find(|known| known.id == *id));
    let episode = of_order.and_then(|indication| indication.within_days).unwrap_or(subject.drug.tolerance.episode_days);
    let is_given = |m: &&Medication| {
        m.concept == subject.drug.id
            && m.shown == Shown::Administered
            && m.standing != Standing::Stopped
            && m.source.reference != subject.order.reference
            && m.is_within(episode, subject.clock)
    };
    let mut given: Vec<&Medication> = subject.facts.medications.iter().filter(is_given).collect();
    given.sort_by_key(|m| m.first.as_ref().map(|when| subject.clock.minutes_since(when)));
    given.dedup_by_key(|m| m.first.as_ref().map(|when| subject.clock.minutes_since(when)));
    given
}

fn sources(given: &[&Medication]) -> Vec<Source> {
    given.iter().map(|m| m.source.clone()).collect()
}

/// How long ago a dose was given: "3 hours ago".
fn since_words(minutes: i64) -> String {
    match minutes / 60 {
        0 => format!("{minutes} min ago"),
        1 => "1 hour ago".to_owned(),
        hours => format!("{} hours ago", number(Decimal::from(hours))),
    }
}

#[cfg(test)]
mod tests {
    use super::since_words;

    #[test]
    fn the_time_since_a_dose_is_in_whole_hours() {
        for (minutes, words) in
            [(59, "59 min ago"), (60, "1 hour ago"), (119, "1 hour ago"), (120, "2 hours ago"), (719, "11 hours ago")]
        {
            assert_eq!(since_words(minutes), words);
        }
    }
}
