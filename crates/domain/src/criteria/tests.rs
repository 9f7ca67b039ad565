use super::{AgeBelow, All, Any, Earlier, Kind, KindName, Planned, RecordedWithin, TestResult, decide};
use crate::fact::Verdict;
use crate::rule::Criterion;
use crate::testing::{Fact, measured, order, rule, with_subject};
use crate::truth::{Outcome, Reason};

#[test]
fn keys_name_kinds() {
    for kind in KindName::ALL {
        assert_eq!(KindName::from_key(kind.key()), Some(*kind));
    }
    assert_eq!((KindName::from_key("age"), KindName::from_key("ages")), (Some(KindName::Age), None));
}

#[test]
fn a_kind_answers_with_its_own_data() {
    let parts = vec!["part".to_owned()];
    let mut recorded =
        Kind::Recorded(RecordedWithin { concepts: vec!["study".into()], within_days: 30, on_treatment: None });
    *recorded.window_mut().expect("a window") = 31;
    let properties = recorded.properties();
    assert_eq!((properties.window_days, properties.concepts.len()), (Some(31), 1));
    assert_eq!((recorded.parts().len(), properties.is_of_order), (0, false));
    assert_eq!(properties.must_show, ["met", "unknown"]);
    assert_eq!(Kind::All(All(parts.clone())).parts(), parts);
    assert_eq!(Kind::Any(Any(parts.clone())).parts(), parts);
    assert!(Kind::Planned(Planned { concepts: Vec::new() }).properties().is_of_order);
    assert_eq!(Kind::Age(AgeBelow { years: 18 }).properties().must_show, ["met", "not-met", "unknown"]);
    let tested = |is| {
        let concept = "test".into();
        let test = TestResult { concept, is, within_days: 30, or_condition: None, ever: false, positive_from: None };
        Kind::Result(test)
    };
    assert!(tested(Verdict::Negative).fades() && recorded.fades());
    assert!(!tested(Verdict::Positive).fades(), "a positive test stays positive at any age");
    assert!(Kind::Age(AgeBelow { years: 18 }).reads_date_of_birth() && !recorded.reads_date_of_birth());
    let number = Kind::Quantity(crate::testing::below_ten("measure"));
    assert!(number.limit(None).is_some() && recorded.limit(None).is_none(), "only a number has a band");
    let outcomes = [Outcome::Met, Outcome::NotMet, Outcome::Unknown(Reason::Absent)].map(Outcome::code);
    assert_eq!(super::EVERY_OUTCOME, outcomes);
}

/// A cause is shown only for what could not be retrieved.
#[test]
fn what_could_not_be_retrieved_has_its_cause() {
    let kind = Kind::Recorded(RecordedWithin {
        concepts: vec!["other".into(), "measure".into()],
        within_days: 30,
        on_treatment: None,
    });
    let criterion = Criterion {
        id: "id".to_owned(),
        finding: String::new(),
        name: String::new(),
        family: None,
        unlisted: false,
        kind,
    };
    let rule = rule(Vec::new());
    for (gap, known, cause) in [
        (Reason::NotRetrieved, vec![], Some("the server failed")),
        (Reason::Unreadable, vec![], None),
        (Reason::NotRetrieved, vec![measured("2026-11-01", "5")], None),
    ] {
        let known = [known, vec![Fact::Gap("measure", gap)]].concat();
        let found = with_subject(&known, &order(), None, |subject| {
            decide(&criterion, subject, Earlier { rule: &rule, findings: &[] })
        });
        assert_eq!(found.words.cause, cause, "{gap:?}");
    }
}
