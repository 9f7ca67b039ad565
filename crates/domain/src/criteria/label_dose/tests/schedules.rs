//! What is found of interval, number of doses and age.

use super::{found, of};
use crate::criteria::LabelDoseFinding::Schedule;
use crate::criteria::ScheduleFinding::{Closer, Continuing, Route, Tighter, TooMany, TooSoon, UnderAge, Wider};
use crate::fact::Shown;
use crate::order::DrugOrder;
use crate::testing::{Fact, measured_as, medicine_as, when};
use crate::truth::Reason;

#[test]
fn schedules() {
    let (joints, skull) = (Some("joints"), Some("skull"));
    let counted = |doses| DrugOrder { doses: Some(doses), ..of("vein", "8 mg/kg", "1") };
    let once = || of("vein", "8 mg/kg", "");
    let twice = || DrugOrder { doses: Some(2), ..once() };
    let given = |at: &str| medicine_as("drug", Shown::Administered, at);
    let born = |date: &str| Fact::Birth(Ok(when(date).expect("a date")));
    for (name, is, order, indication, known, outcome) in [
        ("the closest", Closer, of("skin", "", "7"), joints, vec![], "not-met"),
        ("closer", Closer, of("skin", "", "6.9"), joints, vec![], "met"),
        ("closer for one use", Closer, of("vein", "", "1"), None, vec![], "not-met"),
        ("no interval", Closer, of("skin", "", ""), joints, vec![], "unknown: absent"),
        ("a tenth tighter", Tighter, of("vein", "", "25.2"), joints, vec![], "not-met"),
        ("tighter", Tighter, of("vein", "", "25"), joints, vec![], "met"),
        (
            "tighter by one of the routes, whatever the weight",
            Tighter,
            of("", "", "5"),
            Some("arteries"),
            vec![measured_as("weight", "2020-11-03", "50")],
            "unknown: absent",
        ),
        ("no interval to compare", Tighter, of("vein", "", ""), joints, vec![], "not-applicable"),
        ("a tenth wider", Wider, of("skin", "", "15.4"), joints, vec![], "not-met"),
        ("wider", Wider, of("skin", "", "15.5"), joints, vec![], "met"),
        ("wider, where none is given", Wider, of("vein", "", "28"), skull, vec![], "not-met"),
        ("wider, for an unknown use", Wider, of("vein", "", "90"), None, vec![], "unknown: absent"),
        ("no more than the number", Continuing, counted(2), skull, vec![], "not-met"),
        ("more than the number", Continuing, counted(3), skull, vec![], "met"),
        ("going on", Continuing, of("vein", "", "1"), skull, vec![], "met"),
        ("one dose", Continuing, once(), skull, vec![], "not-met"),
        ("a use that goes on", Continuing, once(), joints, vec![], "not-applicable"),
        ("another use that goes on", Continuing, of("skin", "", "7"), Some("arteries"), vec![], "not-applicable"),
        ("one given", TooMany, once(), skull, vec![given("2026-11-20")], "not-met"),
        ("two given", TooMany, once(), skull, vec![given("2026-11-20"), given("2026-11-21")], "met"),
        (
            "one given twice on record",
            TooMany,
            once(),
            skull,
            vec![given("2026-11-20"), given("2026-11-20")],
            "not-met",
        ),
        ("an order of two, none given", TooMany, twice(), skull, vec![], "not-met"),
        ("an order of three, none given", TooMany, DrugOrder { doses: Some(3), ..once() }, skull, vec![], "not-met"),
        ("an order of two, one given", TooMany, twice(), skull, vec![given("2026-11-21")], "met"),
        ("given 40 days ago", TooMany, once(), skull, vec![given("2026-10-13"), given("2026-11-21")], "met"),
        ("in an episode before", TooMany, once(), skull, vec![given("2026-10-12"), given("2026-11-21")], "not-met"),
        (
            "not retrieved",
            TooMany,
            once(),
            skull,
            vec![Fact::Gap("drug", Reason::NotRetrieved)],
            "unknown: not-retrieved",
        ),
        ("given 11 hours ago", TooSoon, once(), skull, vec![given("2026-11-21T22:00:00Z")], "met"),
        ("given 12 hours ago", TooSoon, once(), skull, vec![given("2026-11-21T21:00:00Z")], "not-met"),
        ("given on the day before", TooSoon, once(), skull, vec![given("2026-11-21")], "unknown: boundary"),
        ("given two days before", TooSoon, once(), skull, vec![given("2026-11-20")], "not-met"),
        (
            "not retrieved, so that the last one is not known",
            TooSoon,
            once(),
            skull,
            vec![Fact::Gap("drug", Reason::NotRetrieved)],
            "unknown: not-retrieved",
        ),
        ("none given", TooSoon, once(), skull, vec![], "not-met"),
        ("a route of the use", Route, of("skin", "", ""), joints, vec![], "not-met"),
        ("the only route of the use", Route, of("vein", "", ""), skull, vec![], "not-met"),
        ("another route of the use", Route, of("vein", "", ""), joints, vec![], "not-met"),
        ("a route of other uses", Route, of("skin", "", ""), skull, vec![], "met"),
        ("no route", Route, of("", "", ""), joints, vec![], "unknown: absent"),
        ("of age", UnderAge, once(), joints, vec![born("2008-11-22")], "not-met"),
        ("under age", UnderAge, once(), joints, vec![born("2008-11-23")], "met"),
        ("of an unknown age", UnderAge, once(), joints, vec![], "unknown: absent"),
        ("for an unknown use", UnderAge, once(), None, vec![born("2008-11-23")], "not-applicable"),
    ] {
        assert_eq!(found(Schedule(is), &order, indication, &known).outcome.to_string(), outcome, "{name}");
    }
}

#[test]
fn the_doses_on_record_are_counted() {
    let given =
        |days: &[&str]| -> Vec<Fact> { days.iter().map(|day| medicine_as("drug", Shown::Administered, day)).collect() };
    for (days, value) in [(&[][..], "0 doses"), (&["2026-11-21"], "1 dose"), (&["2026-11-20", "2026-11-21"], "2 doses")]
    {
        let words = found(Schedule(TooMany), &of("vein", "8 mg/kg", ""), Some("skull"), &given(days)).words;
        assert_eq!((words.value.as_deref(), words.limit.as_deref()), (Some(value), Some("2 doses")));
    }
}

/// A card names the end of the label's interval that the order passes.
#[test]
fn the_limit_of_an_interval_is_the_end_that_it_passes() {
    for (is, days, limit) in [(Tighter, "6", "every week"), (Wider, "16", "every 2 weeks")] {
        let words = found(Schedule(is), &of("skin", "", days), Some("joints"), &[]).words;
        assert_eq!(words.limit.as_deref(), Some(limit), "{is:?}");
    }
    let words = found(Schedule(Closer), &of("vein", "", "1"), Some("joints"), &[]).words;
    assert_eq!((words.limit.as_deref(), words.what.as_deref()), (Some("every 2 weeks"), Some("by vein")));
}
