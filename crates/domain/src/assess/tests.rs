//! Which orders a rule and a criterion concern, and what counts as the first dose.

use super::{FirstDose, Subject, assess};
use crate::criteria::{All, Kind, RecordedAllergy};
use crate::fact::{Presence, Shown};
use crate::order::{DrugOrder, OrderReason};
use crate::phase::Phase;
use crate::rule::{Applies, Criterion, Drug, Rule};
use crate::testing::{Fact, allergy, clock, condition, drug, facts, medicine_as, order, rule, source, with_subject};
use crate::truth::Reason;

/// The outcomes of one rule that concerns some orders, of a patient who is allergic, with joints or with a lung.
fn outcomes(applies: Applies, known: &[Fact]) -> (bool, Vec<String>) {
    let kinds = [
        ("allergy", Kind::Allergy(RecordedAllergy { concept: "drug".into() })),
        ("all", Kind::All(All(vec!["allergy".to_owned()]))),
    ];
    let criterion = |(id, kind): (&str, Kind)| Criterion {
        id: id.to_owned(),
        finding: String::new(),
        name: String::new(),
        family: None,
        unlisted: false,
        kind,
    };
    let rule = Rule { applies, ..rule(kinds.map(criterion).into()) };
    let drug = Drug { rules: vec![rule], ..drug() };
    let known = [known, &[allergy("drug", Presence::Active)]].concat();
    let assessment = assess(&drug, &facts(&known), &order(), &clock());
    assert_eq!((&*assessment.drug, assessment.order.as_str()), ("drug", "MedicationRequest/order"));
    let found = &assessment.rules[0];
    assert_eq!(found.get(&drug.rules[0], "all").map(|f| f.outcome), Some(found.findings[1].outcome));
    assert!(found.get(&drug.rules[0], "none").is_none());
    (found.applies, found.findings.iter().map(|finding| finding.outcome.to_string()).collect())
}

#[test]
fn a_rule_concerns_orders_of_its_phase_and_family() {
    let lung = condition("lung-disease", Presence::Active, "");
    let joints = condition("joints", Presence::Active, "");
    let gap = Fact::Gap("lung-disease", Reason::NotRetrieved);
    let without_order =
        Applies { phases: vec![Phase::Restart], phases_without_order: vec![Phase::NewStart], ..Applies::default() };
    let family = || Applies { family: Some("lung".to_owned()), ..Applies::default() };
    let only = || Applies { only: vec!["lung".to_owned()], ..Applies::default() };
    let except = || Applies { except: vec!["lung".to_owned()], ..Applies::default() };
    let phases = |phase| Applies { phases: vec![phase], ..Applies::default() };
    for (name, applies, known, outcome) in [
        ("every order", Applies::default(), vec![], "met"),
        ("its phase", phases(Phase::NewStart), vec![], "met"),
        ("another phase", phases(Phase::Restart), vec![], "not-applicable"),
        ("a phase in which an order is not concerned", without_order, vec![], "not-applicable"),
        ("its family", family(), vec![lung.clone()], "met"),
        ("outside its family", family(), vec![joints.clone()], "not-applicable"),
        ("perhaps its family", family(), vec![lung.clone(), joints.clone()], "met"),
        ("its indication", only(), vec![lung.clone()], "met"),
        ("another indication", only(), vec![joints.clone()], "not-applicable"),
        ("an indication of its own that could not be retrieved", only(), vec![gap.clone()], "unknown: not-retrieved"),
        ("no indication", family(), vec![], "not-applicable"),
        ("an indication that could not be retrieved", family(), vec![gap.clone()], "unknown: not-retrieved"),
        ("the same, in a rule of no family", Applies::default(), vec![gap], "met"),
        ("an indication that is excepted", except(), vec![lung], "not-applicable"),
        ("another indication", except(), vec![joints], "met"),
    ] {
        assert_eq!(outcomes(applies, &known), (outcome == "met", vec![outcome.to_owned(); 2]), "{name}");
    }
}

#[test]
fn a_criterion_may_concern_a_family_in_a_rule_of_all_orders() {
    let kind = || Kind::Allergy(RecordedAllergy { concept: "drug".into() });
    let criterion = |id: &str, family: Option<&str>| Criterion {
        id: id.to_owned(),
        finding: String::new(),
        name: String::new(),
        family: family.map(str::to_owned),
        unlisted: false,
        kind: kind(),
    };
    let outcomes = |known: &[Fact]| -> Vec<String> {
        let rule = rule(vec![criterion("all", None), criterion("lung", Some("lung"))]);
        let known = [known, &[allergy("drug", Presence::Active)]].concat();
        let assessment = assess(&Drug { rules: vec![rule], ..drug() }, &facts(&known), &order(), &clock());
        assert!(assessment.rules[0].applies);
        assessment.rules[0].findings.iter().map(|finding| finding.outcome.to_string()).collect()
    };
    let (lung, joints) = (condition("lung-disease", Presence::Active, ""), condition("joints", Presence::Active, ""));
    let gap = Fact::Gap("lung-disease", Reason::NotRetrieved);
    assert_eq!(outcomes(std::slice::from_ref(&lung)), ["met", "met"]);
    assert_eq!(outcomes(std::slice::from_ref(&joints)), ["met", "not-applicable"]);
    assert_eq!(outcomes(&[lung, joints]), ["met", "met"], "perhaps of the family");
    assert_eq!(outcomes(&[gap]), ["met", "unknown: not-retrieved"]);
}

#[test]
fn some_rules_concern_more_where_nothing_is_ordered() {
    let applies = || Applies {
        phases: vec![Phase::Continuation],
        phases_without_order: vec![Phase::Prescribed],
        ..Applies::default()
    };
    let allergic = Kind::Allergy(RecordedAllergy { concept: "drug".into() });
    let (id, empty) = ("allergy".to_owned(), String::new());
    let criterion =
        Criterion { id, finding: empty.clone(), name: empty, family: None, unlisted: false, kind: allergic };
    let drug = Drug { rules: vec![Rule { applies: applies(), ..rule(vec![criterion]) }], ..drug() };
    let known = facts(&[medicine_as("drug", Shown::Prescribed, "2026-11-01")]);
    for (is_current_treatment, concerned) in [(true, true), (false, false)] {
        let order = DrugOrder { is_current_treatment, ..order() };
        let assessment = assess(&drug, &known, &order, &clock());
        assert_eq!((assessment.phase, assessment.rules[0].applies), (Phase::Prescribed, concerned));
    }
}

#[test]
fn results_from_before_the_first_dose() {
    let dose = |shown, date: &str| medicine_as("drug", shown, date);
    let before = |known: &[Fact], date: &str, order: &DrugOrder| {
        with_subject(known, order, None, |subject: &Subject<'_>| {
            subject.before_first_dose(&source("Observation", "x", date))
        })
    };
    let taken = dose(Shown::Stated, "2026-11-10");
    for (name, known, date, expected) in [
        ("no dose", vec![], "", true),
        ("the day before", vec![taken.clone()], "2026-11-09", true),
        ("the day itself", vec![taken.clone()], "2026-11-10", false),
        ("no date", vec![taken.clone()], "", false),
        ("an administration", vec![dose(Shown::Administered, "2026-11-10")], "2026-11-20", false),
        ("the earliest dose counts", vec![taken.clone(), dose(Shown::Stated, "2026-10-01")], "2026-10-20", false),
        ("a dose without a date", vec![taken.clone(), dose(Shown::Stated, "")], "2020-01-01", false),
        ("a dose that was not taken", vec![dose(Shown::NotTaken, "2026-10-01")], "2026-10-20", true),
        ("a planned dose", vec![dose(Shown::Planned, "2026-10-01")], "2026-10-20", true),
        ("a request alone", vec![dose(Shown::Prescribed, "2026-10-01")], "2026-10-20", true),
        ("what may have been a dose", vec![dose(Shown::Perhaps, "2026-10-01")], "2026-10-20", false),
        ("another medicine", vec![medicine_as("other", Shown::Stated, "2026-10-01")], "2026-10-20", true),
    ] {
        assert_eq!(before(&known, date, &order()), expected, "{name}");
    }
    let own = DrugOrder { reference: "MedicationStatement/drug".to_owned(), ..order() };
    assert!(before(std::slice::from_ref(&taken), "2026-11-20", &own), "the order itself is no dose");
    let current = DrugOrder { is_current_treatment: true, ..own };
    assert!(!before(&[taken], "2026-11-20", &current), "but the current treatment is one");
    let none = FirstDose::of(&drug(), &facts(&[]), &order());
    assert!(matches!(none, FirstDose::None));
}

#[test]
fn what_nobody_understood_is_counted() {
    let mut known = facts(&[]);
    known.not_understood = ["a", "b", "c", "d"].map(|said| source("Condition", said, "2026-11-01")).into();
    let odd = assess(&drug(), &known, &order(), &clock()).not_understood;
    let newest: Vec<&str> = odd.newest.iter().map(|source| source.received.as_str()).collect();
    assert_eq!((odd.count, newest), (4, vec!["a", "b", "c"]));
}

#[test]
fn the_reason_of_the_order_is_its_indication() {
    let order = DrugOrder {
        reason: OrderReason { concepts: vec!["lung-disease".into()], words: Some("lung".to_owned()) },
        ..order()
    };
    let assessment = assess(&drug(), &facts(&[]), &order, &clock());
    assert_eq!((assessment.indication.code(), assessment.phase), ("lung", Phase::NewStart));
}
