use super::{OrderIndication, of_order};
use crate::fact::Certainty;
use crate::fact::Presence::{self, Active, Denied, Past};
use crate::order::{DrugOrder, OrderReason, Reading};
use crate::rule::Drug;
use crate::testing::{Fact, clock, condition, drug, facts, indication, order, unsure};
use crate::truth::Reason;

/// Lung disease by two conditions; skin of the same family; joints of no family; hands, which need more than a
/// condition: a reason on the order, or that the joints are denied; feet and nails, which need one of these.
fn drug_with_indications() -> Drug {
    let mut hands = indication("hands", None, &["hand-disease"]);
    (hands.reason, hands.refuted) = (Some("hands-said".into()), Some("joint-disease".into()));
    let lung = indication("lung", Some("scleroderma"), &["scleroderma", "lung-disease"]);
    let skin = indication("skin", Some("scleroderma"), &["scleroderma"]);
    let joints = indication("joints", None, &["joint-disease"]);
    let eyes = indication("eyes", Some("eyes"), &["eye-disease"]);
    let skull = indication("skull", None, &["skull-disease"]);
    let mut feet = indication("feet", None, &["foot-disease"]);
    feet.reason = Some("feet-said".into());
    let mut nails = indication("nails", None, &["nail-disease"]);
    nails.refuted = Some("joint-disease".into());
    Drug { indications: vec![lung, skin, joints, hands, eyes, skull, feet, nails], ..drug() }
}

fn said(concepts: &[&str]) -> OrderReason {
    let words = Some("as written".to_owned());
    OrderReason { concepts: concepts.iter().map(|id| (*id).into()).collect(), words }
}

fn found(known: &[(&str, Presence)], reason: &OrderReason) -> OrderIndication {
    let known: Vec<Fact> = known.iter().map(|(id, presence)| condition(id, *presence, "")).collect();
    let order = DrugOrder { reason: reason.clone(), ..order() };
    of_order(&drug_with_indications(), &facts(&known), &order, &clock())
}

#[test]
fn the_reason_of_the_order_decides_then_the_active_conditions() {
    let (scleroderma, lung, joints) = (("scleroderma", Active), ("lung-disease", Active), ("joint-disease", Active));
    let hands = ("hand-disease", Active);
    let nothing = OrderReason::default();
    for (name, known, reason, code) in [
        ("both conditions, the most specific first", &[scleroderma, lung][..], &nothing, "lung"),
        ("one of them", &[scleroderma], &nothing, "skin"),
        ("one, the other over", &[scleroderma, ("lung-disease", Past)], &nothing, "skin"),
        ("one outside the family", &[joints], &nothing, "other"),
        ("two that fit", &[scleroderma, joints], &nothing, "undetermined"),
        ("two families", &[scleroderma, ("eye-disease", Active)], &nothing, "undetermined"),
        ("two of no family", &[joints, ("skull-disease", Active)], &nothing, "undetermined"),
        ("none that fits", &[], &nothing, "undetermined"),
        ("a reason", &[], &said(&["scleroderma"]), "skin"),
        ("a reason and a condition", &[lung], &said(&["scleroderma"]), "lung"),
        ("a condition and a reason", &[scleroderma], &said(&["lung-disease"]), "lung"),
        ("a reason, and other conditions", &[scleroderma, lung], &said(&["joint-disease"]), "other"),
        ("a reason that fits nothing", &[], &said(&["lung-disease"]), "undetermined"),
        ("a reason that nobody understands", &[joints], &said(&[]), "other"),
        ("a reason that nobody understands, in the family", &[scleroderma], &said(&[]), "skin"),
        ("a reason that nobody understands, two that fit", &[scleroderma, joints], &said(&[]), "undetermined"),
        ("two reasons of one family", &[], &said(&["scleroderma", "lung-disease"]), "lung"),
        ("two reasons, one outside the family", &[], &said(&["scleroderma", "joint-disease"]), "undetermined"),
        ("hands without more", &[hands], &nothing, "undetermined"),
        ("hands said", &[hands], &said(&["hands-said"]), "other"),
        ("hands said only", &[], &said(&["hands-said"]), "other"),
        ("hands, and the joints are denied", &[hands, ("joint-disease", Denied)], &nothing, "other"),
        ("feet without the reason", &[("foot-disease", Active)], &nothing, "undetermined"),
        ("feet said", &[], &said(&["feet-said"]), "other"),
        ("nails, and nothing is denied", &[("nail-disease", Active)], &nothing, "undetermined"),
        ("nails, and the joints are denied", &[("nail-disease", Active), ("joint-disease", Denied)], &nothing, "other"),
        ("nails, and something else is denied", &[("nail-disease", Active), ("x", Denied)], &nothing, "undetermined"),
        ("hands as the reason, without more", &[], &said(&["hand-disease"]), "undetermined"),
    ] {
        assert_eq!(found(known, reason).code(), code, "{name}");
    }
}

#[test]
fn what_words_alone_show_makes_a_family_possible() {
    let of = |known: &[Fact]| of_order(&drug_with_indications(), &facts(known), &order(), &clock());
    let lung = condition("lung-disease", Active, "");
    let words = |fact: Fact| unsure(Certainty::Words, fact);
    let scleroderma = || condition("scleroderma", Active, "");
    let alone = of(&[words(scleroderma()), lung]);
    assert_eq!((alone.id, alone.families, alone.conditional), (None, vec!["scleroderma".to_owned()], true));
    let lung_in_words = of(&[scleroderma(), words(condition("lung-disease", Active, ""))]);
    assert_eq!((lung_in_words.id.as_deref(), lung_in_words.conditional), (Some("lung"), false));
    let both = of(&[words(scleroderma()), scleroderma()]);
    assert_eq!((both.id.as_deref(), both.conditional), (Some("skin"), false));
}

#[test]
fn what_is_certain_and_what_is_possible() {
    let certain = found(&[], &said(&["scleroderma"]));
    assert_eq!((certain.id.as_deref(), certain.name.as_str()), (Some("skin"), "skin in words"));
    assert_eq!((certain.families, certain.conditional, certain.unknown), (vec!["scleroderma".to_owned()], false, None));
    let joints = found(&[("joint-disease", Active)], &OrderReason::default());
    assert_eq!((joints.id.as_deref(), joints.families.len()), (Some("joints"), 0));
    let possible = found(&[("scleroderma", Active), ("joint-disease", Active)], &said(&[]));
    assert_eq!((possible.id, possible.name.as_str(), possible.conditional), (None, "not stated", true));
    assert_eq!(possible.families, ["scleroderma"]);
    let two = found(&[("scleroderma", Active), ("eye-disease", Active)], &OrderReason::default());
    assert_eq!((two.families, two.conditional), (vec!["scleroderma".to_owned(), "eyes".to_owned()], true));
    let none = found(&[], &OrderReason::default());
    assert_eq!((none.conditional, none.unknown), (false, None));
}

#[test]
fn a_gap_makes_the_indication_unknown_where_no_family_is_possible() {
    let of = |known: &[Fact]| of_order(&drug_with_indications(), &facts(known), &order(), &clock()).unknown;
    let gap = |id| Fact::Gap(id, Reason::NotRetrieved);
    assert_eq!(of(&[gap("lung-disease")]), Some(Reason::NotRetrieved));
    assert_eq!(of(&[gap("joint-disease")]), None, "outside every family");
    assert_eq!(of(&[gap("lung-disease"), condition("scleroderma", Active, "")]), None);
}

#[test]
fn an_indication_of_one_route_does_not_compete_for_orders_by_another() {
    let mut fever = indication("fever", None, &["fever-disease"]);
    (fever.routes, fever.only_by_its_routes, fever.within_days) = (vec!["vein".to_owned()], true, Some(30));
    let drug = Drug { indications: vec![indication("joints", None, &["joint-disease"]), fever], ..drug() };
    let by = |route: &str| Reading::Known(route.to_owned(), String::new());
    let found = |known: &[Fact], route: Reading<String>, reason: &[&str]| {
        let order = DrugOrder { route, reason: said(reason), ..order() };
        of_order(&drug, &facts(known), &order, &clock()).id.unwrap_or_default()
    };
    let fever = |date| condition("fever-disease", Active, date);
    let joints = || condition("joint-disease", Active, "");
    for (name, known, route, reason, expected) in [
        ("by its route", vec![fever("2026-11-20")], by("vein"), &[][..], "fever"),
        ("without a date", vec![fever("")], by("vein"), &[], "fever"),
        ("thirty days ago", vec![fever("2026-10-23")], by("vein"), &[], "fever"),
        ("longer ago", vec![fever("2026-10-22")], by("vein"), &[], ""),
        ("by another route", vec![fever("2026-11-20")], by("skin"), &[], ""),
        ("by an unknown route", vec![fever("2026-11-20")], Reading::Missing, &[], "fever"),
        ("beside another, by its route", vec![fever(""), joints()], by("vein"), &[], ""),
        ("beside another, by another route", vec![fever(""), joints()], by("skin"), &[], "joints"),
        ("beside another, by an unknown route", vec![fever(""), joints()], Reading::Missing, &[], "joints"),
        ("as the reason, by another route", vec![joints()], by("skin"), &["fever-disease"], "fever"),
    ] {
        assert_eq!(found(&known, route, reason), expected, "{name}");
    }
}
