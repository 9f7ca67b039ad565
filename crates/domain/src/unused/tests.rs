use super::{MOST, Unused, Why, unused};
use crate::assess::assess;
use crate::criteria::{
    Aging, Kind, MedicationState, Quantity, RecordedAllergy, RecordedCondition, RecordedMedication, RecordedWithin,
    TestResult,
};
use crate::fact::{Allergy, Certainty, Presence, ResultStatus, Shown, Verdict};
use crate::rule::{Criterion, Drug};
use crate::testing::{
    Fact, allergy, below_ten, clock, condition, drug, event, facts, measured, medicine, medicine_as, order,
    preliminary, referred_to, rule, source, tested, unsure, with_status,
};

fn criterion(id: &str, kind: Kind) -> Criterion {
    Criterion { id: id.to_owned(), finding: String::new(), name: String::new(), family: None, unlisted: false, kind }
}

fn quantity(within_days: i64, before_first_dose: bool) -> Kind {
    Kind::Quantity(Quantity { before_first_dose, within_days, ..below_ten("measure") })
}

fn all_kinds() -> Vec<Criterion> {
    let lately = MedicationState::Current(0);
    vec![
        criterion("number", quantity(30, false)),
        criterion(
            "test",
            Kind::Result(TestResult {
                concept: "test".into(),
                is: Verdict::Positive,
                within_days: 365,
                or_condition: None,
                ever: false,
                positive_from: None,
            }),
        ),
        criterion(
            "disease",
            Kind::Condition(RecordedCondition {
                of: Aging { concept: "disease".into(), ..Aging::default() },
                active: true,
                ..RecordedCondition::default()
            }),
        ),
        criterion(
            "taken",
            Kind::Medication(RecordedMedication {
                concepts: vec!["medicine".into()],
                state: lately,
                begun_within: None,
            }),
        ),
        criterion("allergy", Kind::Allergy(RecordedAllergy { concept: "substance".into() })),
        criterion(
            "study",
            Kind::Recorded(RecordedWithin { concepts: vec!["study".into()], within_days: 30, on_treatment: None }),
        ),
    ]
}

fn told(criteria: Vec<Criterion>, known: &[Fact]) -> Vec<Unused> {
    let drug = Drug { rules: vec![rule(criteria)], ..drug() };
    let facts = facts(known);
    let assessment = assess(&drug, &facts, &order(), &clock());
    unused(&drug, &facts, &order(), &assessment, &clock())
}

/// What is listed, as `record reason` or `record reason by record`.
fn lines(criteria: Vec<Criterion>, known: &[Fact]) -> Vec<String> {
    let line = |one: &Unused| {
        let by = one.by.as_ref().map(|by| format!(" by {}", by.received)).unwrap_or_default();
        format!("{} {}{by}", one.source.received, one.why.code())
    };
    told(criteria, known).iter().map(line).collect()
}

fn unreadable_allergy() -> Fact {
    let Fact::Allergy(allergy) = allergy("substance", Presence::Active) else { panic!("an allergy") };
    Fact::Allergy(Allergy { unreadable: true, source: source("AllergyIntolerance", "unreadable", ""), ..allergy })
}

#[test]
fn each_record_has_its_reason() {
    let new = || measured("2026-11-10", "20");
    let dose = |shown| medicine(shown, "2026-11-01");
    for (name, known, expected) in [
        ("used", vec![new()], vec![]),
        ("an older one", vec![new(), measured("2026-11-01", "5")], vec!["5 superseded by 20"]),
        ("too old", vec![measured("2026-01-01", "5")], vec!["5 too-old"]),
        ("no unit", vec![measured("2026-11-10", "unit")], vec!["unit unit"]),
        (
            "tomorrow's",
            vec![new(), measured("2026-11-23", "implausible")],
            vec!["implausible after-moment", "20 left-open by implausible"],
        ),
        ("called off", vec![new(), with_status(ResultStatus::Void, measured("2026-11-12", "5"))], vec!["5 void"]),
        (
            "to come, after one that is fine",
            vec![new(), with_status(ResultStatus::Pending, measured("2026-11-12", "absent"))],
            vec!["absent awaited", "20 left-open by absent"],
        ),
        ("preliminary, and fine", vec![new(), preliminary(measured("2026-11-12", "30"))], vec!["30 not-final"]),
        (
            "preliminary, and low",
            vec![new(), preliminary(measured("2026-11-12", "5"))],
            vec!["5 not-final", "20 left-open by 5"],
        ),
        (
            "preliminary, and low like the final one",
            vec![measured("2026-11-10", "5"), preliminary(measured("2026-11-12", "6"))],
            vec!["6 not-final"],
        ),
        (
            "by its name only, in the record that shows it by its code",
            vec![measured("2026-11-10", "5"), with_status(ResultStatus::Named, measured("2026-11-10", "5"))],
            vec![],
        ),
        (
            "preliminary, and passed by a final one",
            vec![measured("2026-11-12", "20"), preliminary(measured("2026-11-10", "5"))],
            vec!["5 superseded by 20"],
        ),
        (
            "two of one day that disagree",
            vec![new(), measured("2026-11-10", "5")],
            vec!["20 conflicting", "5 conflicting"],
        ),
        ("an unclear test", vec![tested("2026-11-01", "indeterminate")], vec!["indeterminate indeterminate"]),
        (
            "a test that was repeated",
            vec![tested("2026-11-01", "negative"), tested("2026-10-01", "positive")],
            vec!["positive superseded by negative"],
        ),
        ("a past condition", vec![condition("disease", Presence::Past, "2020-01-01")], vec!["disease over"]),
        ("one that is denied", vec![condition("disease", Presence::Denied, "2020-01-01")], vec![]),
        (
            "one in words",
            vec![unsure(Certainty::Words, condition("disease", Presence::Active, "2026-01-01"))],
            vec!["disease unconfirmed"],
        ),
        (
            "one with an unreadable status",
            vec![unsure(Certainty::Unreadable, condition("disease", Presence::Active, "2026-01-01"))],
            vec!["disease unreadable"],
        ),
        (
            "one in words, beside one with an unreadable status",
            [Certainty::Words, Certainty::Unreadable]
                .map(|certainty| unsure(certainty, condition("disease", Presence::Active, "2026-01-01")))
                .to_vec(),
            vec!["disease unreadable", "disease unconfirmed"],
        ),
        ("asked for, not taken", vec![medicine(Shown::Prescribed, "2026-01-01")], vec!["medicine only-ordered"]),
        ("perhaps taken", vec![dose(Shown::Perhaps)], vec!["medicine unreadable"]),
        ("over for long", vec![dose(Shown::Stated)], vec!["medicine ended"]),
        ("a past allergy", vec![allergy("substance", Presence::Past)], vec!["substance over"]),
        ("a study of long ago", vec![event("study", "2020-01-01", false)], vec!["study too-old"]),
        (
            "one before two that disagree",
            vec![new(), measured("2026-11-10", "5"), measured("2026-11-01", "30")],
            vec!["20 conflicting", "5 conflicting", "30 left-open by 5"],
        ),
        ("preliminary, low and alone", vec![preliminary(measured("2026-11-10", "5"))], vec!["5 not-final"]),
        (
            "without a date, beside one that is fine",
            vec![new(), measured("", "5")],
            vec!["20 conflicting", "5 conflicting"],
        ),
        (
            "the order itself",
            vec![referred_to(&order().reference, dose(Shown::Prescribed))],
            vec!["medicine this-order"],
        ),
        (
            "perhaps taken, and surely taken",
            vec![referred_to("MedicationStatement/perhaps", dose(Shown::Perhaps)), medicine(Shown::Stated, "")],
            vec!["medicine unreadable"],
        ),
        (
            "over yesterday, and taken up again",
            vec![
                referred_to("MedicationStatement/past", medicine(Shown::Stated, "2026-11-21")),
                medicine(Shown::Stated, ""),
            ],
            vec!["medicine ended"],
        ),
        (
            "an allergy that cannot be read, and another",
            vec![unreadable_allergy(), allergy("substance", Presence::Active)],
            vec!["unreadable unreadable"],
        ),
    ] {
        let found = lines(all_kinds(), &known);
        let missing: Vec<_> = expected.iter().filter(|line| !found.contains(&(**line).to_owned())).collect();
        assert!(missing.is_empty(), "{name}: {missing:?} not in {found:?}");
        assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
    }
}

#[test]
fn a_drug_changes_its_own_values() {
    let known = [medicine_as("drug", Shown::Stated, "2026-10-01"), measured("2026-11-10", "5")];
    assert_eq!(lines(vec![criterion("before", quantity(90, true))], &known), ["5 after-first-dose"]);
    assert!(lines(vec![criterion("ever", quantity(90, false))], &known).is_empty());
    let older = measured("2026-11-01", "6");
    let known = [known.as_slice(), &[older]].concat();
    assert_eq!(lines(vec![criterion("ever", quantity(90, false))], &known), ["6 superseded by 5"]);
}

/// What one criterion uses is not listed for another, for which it merely does not decide.
#[test]
fn what_is_used_elsewhere_is_not_listed() {
    let of = |id: &str, state| {
        let medicine = RecordedMedication { concepts: vec!["medicine".into()], state, begun_within: None };
        criterion(id, Kind::Medication(medicine))
    };
    let (going_on, taken) =
        (|| of("going-on", MedicationState::Current(0)), || of("taken", MedicationState::Taken(None)));
    let given = [medicine(Shown::Administered, "2026-11-10")];
    assert_eq!(lines(vec![going_on()], &given), ["medicine others-decide"]);
    for (day, expected) in [("2026-10-23", "medicine others-decide"), ("2026-10-22", "medicine ended")] {
        let dose = medicine(Shown::Administered, day);
        assert_eq!(lines(vec![going_on()], &[dose]), [expected], "a dose of {day}, which acts for 30 days");
    }
    assert!(lines(vec![going_on(), taken()], &given).is_empty());
}

/// A sure entry that does not count, because it is part of another condition, is not said to be unsure.
#[test]
fn what_is_part_of_another_condition_was_read() {
    let of = Aging { concept: "disease".into(), ..Aging::default() };
    let apart = RecordedCondition { of, apart_from: Some("part".into()), ..RecordedCondition::default() };
    let same = ["disease", "part"].map(|concept| {
        let Fact::Condition(mut entry) = condition(concept, Presence::Active, "") else { panic!("a condition") };
        entry.source = source("Condition", "same", "");
        Fact::Condition(entry)
    });
    let found = lines(vec![criterion("apart", Kind::Condition(apart))], &same);
    assert_eq!(found, ["same others-decide", "same others-decide"]);
}

/// A record is listed once for each reason, with every criterion that did not use it.
#[test]
fn criteria_with_one_reason_are_told_together() {
    let criteria = || vec![criterion("a", quantity(30, false)), criterion("b", quantity(20, false))];
    let known = [measured("2026-11-10", "5"), measured("2026-01-01", "6")];
    let both = told(criteria(), &known);
    let by: Vec<&str> = both[0].criteria.iter().map(|by| by.criterion.as_str()).collect();
    assert_eq!((both.len(), both[0].why, by), (1, Why::Superseded, vec!["a", "b"]));
    let many: Vec<Fact> =
        (10..=MOST + 10).map(|n| measured("2026-01-01", &n.to_string())).chain([measured("2026-11-10", "5")]).collect();
    assert_eq!(told(criteria(), &many).len(), MOST);
}
