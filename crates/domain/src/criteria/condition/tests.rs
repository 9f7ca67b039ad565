use super::{Aging, RecordedCondition};
use crate::criteria::{CriterionKind, Earlier};
use crate::fact::Certainty::{Provisional, Unreadable, Words};
use crate::fact::Presence::{Active, Denied, Past};
use crate::testing::{
    Fact, cited, condition, described, find, of_encounter, order, rule, source, truth_table, unsure, with_subject,
};
use crate::truth::Reason;

fn kind(active: bool, within_days: Option<i64>) -> RecordedCondition {
    let of = Aging { concept: "disease".into(), within_days, ..Aging::default() };
    RecordedCondition { of, active, unless: Some("other".into()), ..RecordedCondition::default() }
}

#[test]
fn truth_of_an_active_one() {
    let gap = Fact::Gap("disease", Reason::NotRetrieved);
    truth_table(
        &kind(true, None),
        &[
            ("active", &[condition("disease", Active, "2001-01-01")], "met"),
            ("past", &[condition("disease", Past, "2026-11-01")], "unknown: absent"),
            ("refuted", &[condition("disease", Denied, "2026-11-01")], "not-met"),
            ("active and refuted", &[condition("disease", Denied, ""), condition("disease", Active, "")], "met"),
            ("another that rules it out", &[condition("other", Active, "")], "not-met"),
            ("another that is over", &[condition("other", Past, "")], "unknown: absent"),
            ("one of no interest", &[condition("third", Active, "")], "unknown: absent"),
            ("nothing", &[], "unknown: absent"),
            ("nothing, and part is missing", std::slice::from_ref(&gap), "unknown: not-retrieved"),
            (
                "refuted, and part is missing",
                &[condition("disease", Denied, ""), gap.clone()],
                "unknown: not-retrieved",
            ),
            ("active, and part is missing", &[condition("disease", Active, ""), gap.clone()], "met"),
        ],
    );
}

#[test]
fn truth_of_one_in_a_window() {
    let active = |date: &str| condition("disease", Active, date);
    truth_table(
        &kind(true, Some(30)),
        &[
            ("the last day of the window", &[active("2026-10-23")], "met"),
            ("a day before the window", &[active("2026-10-22")], "unknown: stale"),
            ("a month that begins before the window", &[active("2026-10")], "met"),
            ("a month before the window", &[active("2026-09")], "unknown: stale"),
            ("no date", &[active("")], "met"),
            ("an old one and a new one", &[active("2020"), active("2026-11-01")], "met"),
            ("an old one and a denial", &[active("2020"), condition("disease", Denied, "")], "unknown: stale"),
        ],
    );
    let found = find(&kind(true, Some(30)), &[active("2020"), condition("disease", Active, "2026-11-01")]);
    assert_eq!(found.words.date.as_deref(), Some("1 Nov 2026"), "what is within the window is cited first");
    let stale = find(&kind(true, Some(30)), &[active("2020")]);
    assert_eq!((cited(&stale), stale.words.window_days), (vec!["Condition/disease"], Some(30)));
}

#[test]
fn truth_of_one_that_is_not_sure() {
    let of = |certainty, presence| unsure(certainty, condition("disease", presence, "2026-11-01"));
    let gap = Fact::Gap("disease", Reason::NotRetrieved);
    truth_table(
        &kind(true, Some(30)),
        &[
            ("to be confirmed", &[of(Provisional, Active)], "unknown: unconfirmed"),
            ("in words", &[of(Words, Active)], "unknown: unconfirmed"),
            ("with an unreadable status", &[of(Unreadable, Active)], "unknown: unreadable"),
            ("in words, with an unreadable one", &[of(Words, Active), of(Unreadable, Active)], "unknown: unreadable"),
            ("in words, beside a sure one", &[of(Words, Active), condition("disease", Active, "")], "met"),
            ("in words, beside a denial", &[of(Words, Active), of(Words, Denied)], "unknown: unconfirmed"),
            ("in words, and part is missing", &[of(Words, Active), gap], "unknown: unconfirmed"),
            ("in words, past", &[of(Words, Past)], "unknown: absent"),
            ("in words, old", &[unsure(Words, condition("disease", Active, "2020"))], "unknown: stale"),
        ],
    );
    let possible = RecordedCondition { possible: true, ..kind(true, None) };
    for certainty in [Provisional, Words, Unreadable] {
        assert_eq!(find(&possible, &[of(certainty, Active)]).outcome.to_string(), "met");
        assert_eq!(find(&possible, &[of(certainty, Past)]).outcome.to_string(), "unknown: absent");
    }
}

#[test]
fn a_name_says_how_sure_it_is() {
    let shown = |certainty, name: &str| {
        let Fact::Condition(mut entry) = unsure(certainty, condition("disease", Active, "")) else { panic!() };
        entry.source = entry.source.with_value(name.to_owned());
        let found = find(&kind(true, None), &[Fact::Condition(entry)]);
        (found.words.what.unwrap_or_default(), found.evidence[0].received.clone())
    };
    for (certainty, expected) in [
        (Words, "“Sepsis”, not coded"),
        (Provisional, "Sepsis, not confirmed"),
        (Unreadable, "Sepsis, status unreadable"),
    ] {
        assert_eq!(shown(certainty, "Sepsis"), (expected.to_owned(), expected.to_owned()));
    }
    let (short, whole) = shown(Words, "Sepsis due to Escherichia coli after a procedure");
    assert_eq!((short.as_str(), short.chars().count()), ("“Sepsis due to Escherichia…”, not coded", 39));
    assert_eq!(whole, "“Sepsis due to Escherichia coli after a procedure”, not coded");
}

#[test]
fn truth_of_one_that_ends_by_itself() {
    let at = |date: &str| condition("disease", Active, date);
    let mut ends = kind(true, Some(60));
    (ends.of.until_days, ends.of.encounter_days) = (Some(180), Some(30));
    truth_table(
        &ends,
        &[
            ("within its window", &[at("2026-09-23")], "met"),
            ("older", &[at("2026-09-22")], "unknown: stale"),
            ("the last day on which it says something", &[at("2026-05-26")], "unknown: stale"),
            ("the day after", &[at("2026-05-25")], "unknown: absent"),
            ("old, beside a denial", &[at("2026-05-25"), condition("disease", Denied, "")], "not-met"),
            ("of an encounter", &[of_encounter(at("2026-10-23"))], "met"),
            ("of an encounter, older", &[of_encounter(at("2026-10-22"))], "unknown: stale"),
            ("of an encounter, older than an entry", &[of_encounter(at("2026-09-22"))], "unknown: absent"),
        ],
    );
    let found = find(&ends, &[of_encounter(at("2026-10-22"))]);
    assert_eq!(found.words.window_days, Some(30));
    let always = find(&kind(true, Some(60)), &[of_encounter(at("2026-10-22"))]);
    assert_eq!(always.outcome.to_string(), "met", "without a window of its own it has the one of every entry");
}

#[test]
fn truth_of_one_of_several() {
    let short = Aging { concept: "cold".into(), within_days: Some(10), ..Aging::default() };
    let several = RecordedCondition { or: vec![short], ..kind(true, Some(60)) };
    let cold = |presence, date: &str| condition("cold", presence, date);
    truth_table(
        &several,
        &[
            ("the one", &[condition("disease", Active, "2026-10-01")], "met"),
            ("the other", &[cold(Active, "2026-11-20")], "met"),
            ("the other, too old by its own window", &[cold(Active, "2026-11-01")], "unknown: stale"),
            ("one that is old beside one that is not", &[cold(Active, "2026-11-01"), cold(Active, "")], "met"),
            ("one refuted", &[cold(Denied, "")], "not-met"),
            ("nothing, and part of one is missing", &[Fact::Gap("cold", Reason::Withheld)], "unknown: withheld"),
        ],
    );
    let mut twice = [condition("disease", Active, "2026-11-20"), cold(Active, "2026-11-20")];
    for entry in &mut twice {
        let Fact::Condition(entry) = entry else { panic!("a condition") };
        entry.source = source("Condition", "same", "2026-11-20");
    }
    assert_eq!(cited(&find(&several, &twice)), ["Condition/same"], "one record is cited once");
}

#[test]
fn what_is_part_of_the_reason_does_not_count() {
    let apart = RecordedCondition { apart_from: Some("part".into()), ..kind(true, None) };
    let same = |concept: &str, presence| {
        let Fact::Condition(mut entry) = condition(concept, presence, "") else { panic!("a condition") };
        entry.source = source("Condition", "same", "");
        Fact::Condition(entry)
    };
    truth_table(
        &apart,
        &[
            ("part of it", &[same("disease", Active), same("part", Active)], "unknown: absent"),
            ("part of what is refuted", &[same("disease", Active), same("part", Denied)], "met"),
            ("part, in another record", &[same("disease", Active), condition("part", Active, "")], "met"),
        ],
    );
    let lines = described(&mut { apart });
    assert_eq!(
        (lines[0].as_str(), lines[5].as_str()),
        ("reads: disease, other, part", "met: other than an entry for the part")
    );
}

#[test]
fn a_disease_does_not_speak_against_its_own_treatment() {
    let mut kind = kind(true, None);
    kind.of.except.push("lung".to_owned());
    let outcome = |indication| {
        with_subject(&[condition("disease", Active, "")], &order(), indication, |subject| {
            kind.decide(subject, Earlier { rule: &rule(Vec::new()), findings: &[] }).outcome.to_string()
        })
    };
    assert_eq!((outcome(Some("lung")).as_str(), outcome(Some("joints")).as_str()), ("not-applicable", "met"));
    assert_eq!(outcome(None), "met");
}

#[test]
fn truth_of_one_at_any_time() {
    truth_table(
        &kind(false, None),
        &[
            ("active", &[condition("disease", Active, "")], "met"),
            ("past", &[condition("disease", Past, "")], "met"),
            ("refuted", &[condition("disease", Denied, "")], "not-met"),
            ("nothing", &[], "unknown: absent"),
        ],
    );
    let both = [condition("disease", Past, "2026-11-01"), condition("disease", Active, "2020-01-01")];
    let found = find(&kind(false, None), &both);
    assert_eq!(found.words.date.as_deref(), Some("1 Jan 2020"), "what is active is cited first");
}

#[test]
fn description() {
    assert_eq!(
        described(&mut kind(true, Some(30))),
        [
            "reads: disease, other",
            "window: Some(30)",
            "shows: met, not-met, unknown",
            "of the order: false",
            "met: an active entry for the disease; one without a status counts as active",
            "met: not older than 30 days",
            "not met: an entry that refutes it",
            "not met: or an active entry for the other",
            "unknown: none recorded: a problem list is no denial",
            "unknown: only entries in words, to be confirmed, or with a status that could not be read",
            "unknown: only entries older than 30 days, which were perhaps never closed",
        ]
    );
    let other = Aging { concept: "other".into(), until_days: Some(90), ..Aging::default() };
    let mut full = RecordedCondition { possible: true, or: vec![other], ..kind(true, Some(60)) };
    (full.of.until_days, full.of.encounter_days) = (Some(180), Some(30));
    full.of.except.push("lung".to_owned());
    let lines = described(&mut full);
    for line in [
        "met: one in words, to be confirmed or with an unreadable status counts too",
        "met: a diagnosis of an encounter: not older than 30 days",
        "not met: it does not concern orders for lung in words",
        "unknown: entries older than 180 days are taken for over",
        "met: or the same for the other",
        "unknown: entries older than 90 days are taken for over",
    ] {
        assert!(lines.iter().any(|known| known == line), "{line} in {lines:?}");
    }
    let any_time = described(&mut kind(false, None));
    assert_eq!(
        (any_time[1].as_str(), any_time[4].as_str()),
        ("window: None", "met: an entry for the disease, active or past")
    );
}
