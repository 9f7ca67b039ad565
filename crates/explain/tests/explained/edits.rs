//! Changes of a call: what flips, what stays as it was sent, how they become a link, and what is said of those that
//! cannot be made.

use domain::rule::Indicator;
use explain::difference::{CardStatus, difference};
use explain::edit::{Edit, Edits, Setting};
use explain::editable::editable;
use knowledge::Library;

use crate::support::{MOMENT, decided, fixture, library};

fn edits(query: &str) -> Edits {
    Edits::from_query(query).unwrap_or_else(|error| panic!("{query}: {error}"))
}

fn changed(query: &str, request: &str, library: &Library) -> String {
    let setting = Setting { library, moment: MOMENT };
    edits(query).apply(request, setting).unwrap_or_else(|error| panic!("{query}: {error}"))
}

/// Rows of: a test patient, changes, and the finding that becomes something else.
#[test]
fn a_change_flips_its_finding() {
    let library = library();
    for (name, query, criterion, expected) in [
        ("textbook", "value.Observation/anc=1.9", "neutrophils-below-start-limit", "met"),
        ("textbook", "value.Observation/anc=1900%20/uL", "neutrophils-below-start-limit", "met"),
        ("textbook", "value.Observation/anc=%3C0.5", "neutrophils-below-start-limit", "met"),
        ("patients/neutrophils-1.9", "value.Observation/anc=2.0", "neutrophils-below-start-limit", "not-met"),
        ("textbook", "date.Observation/anc=2026-07-01", "neutrophils-below-start-limit", "unknown: stale"),
        ("textbook", "remove.Observation/anc", "neutrophils-below-start-limit", "unknown: absent"),
        ("textbook", "now=2027-03-01", "neutrophils-below-start-limit", "unknown: stale"),
        ("textbook", "dose.MedicationRequest/toci=324 mg", "dose-not-162-mg", "met"),
        ("textbook", "every.MedicationRequest/toci=14 d", "interval-not-weekly", "met"),
        ("textbook", "route.MedicationRequest/toci=intravenous", "route-outside-label", "met"),
        ("patients/igra-positive", "value.Observation/igra=Negative", "tuberculosis-test-positive", "not-met"),
    ] {
        let request = fixture(name);
        let moment = edits(query).moment().unwrap_or(MOMENT).to_owned();
        let (before, after) =
            (decided(&library, &request, MOMENT), decided(&library, &changed(query, &request, &library), &moment));
        let difference = difference(&before.decision, &after.decision);
        let flipped: Vec<String> =
            difference.flipped().map(|one| format!("{} {}", one.criterion, one.after.outcome)).collect();
        assert!(flipped.contains(&format!("{criterion} {expected}")), "{name} {query}: {flipped:#?}");
    }
}

#[test]
fn what_flips_makes_its_card_appear() {
    let library = library();
    let request = fixture("textbook");
    let before = decided(&library, &request, MOMENT).decision;
    let low = changed("value.Observation/anc=1.9", &request, &library);
    let after = decided(&library, &low, MOMENT).decision;
    let forth = difference(&before, &after);
    let card = forth.cards.iter().find(|card| card.rule == "laboratory-limits").expect("a card");
    let (place, indicator) = card.after.expect("it is shown");
    assert_eq!((card.status, indicator, card.before), (CardStatus::Appeared, Indicator::Critical, None));
    assert!(after.cards[place].summary.contains("1,900/µL"), "{}", after.cards[place].summary);
    let neutrophils = forth.findings.iter().find(|f| f.criterion == "neutrophils-below-start-limit").expect("it flips");
    assert_eq!(neutrophils.before.value.as_deref(), Some("4,200/µL"));
    assert_eq!(neutrophils.after.value.as_deref(), Some("1,900/µL"));
    let back = difference(&after, &before);
    let card = back.cards.iter().find(|card| card.rule == "laboratory-limits").expect("a card");
    assert_eq!((card.status, card.after), (CardStatus::Vanished, None));
    assert!(difference(&before, &before).is_empty() && !forth.is_empty());
    let overview = forth.cards.iter().find(|card| card.rule == "summary").expect("the overview");
    assert_eq!(overview.status, CardStatus::Changed);
    assert!(overview.what.contains(&"detail"), "{:?}", overview.what);
}

/// The use of an order decides its indication, whether it is given as one of the library's or in words.
#[test]
fn another_use_is_another_indication() {
    let library = library();
    for (reason, expected) in [
        ("rheumatoid-arthritis", "rheumatoid arthritis"),
        ("seropositive rheumatoid arthritis", "rheumatoid arthritis"),
    ] {
        let query = Edits(vec![Edit::new("use", "MedicationRequest/toci", reason).expect("a change")]).to_query();
        let request = changed(&query, &fixture("textbook"), &library);
        let after = decided(&library, &request, MOMENT).decision;
        assert_eq!(after.assessments[0].assessment.indication.name, expected, "{reason}");
        let before = decided(&library, &fixture("textbook"), MOMENT).decision;
        let orders = difference(&before, &after).orders;
        assert!(orders.iter().any(|order| order.what == "indication" && order.after == expected), "{orders:?}");
    }
}

#[test]
fn a_weight_is_added() {
    let request = changed("weight=61.50", &fixture("textbook"), &library());
    let weight = editable(&request).into_iter().find(|one| one.at == "Observation/what-if-weight").expect("a weight");
    assert_eq!((weight.value.as_deref(), weight.date.as_deref()), (Some("61.50"), Some("2026-11-22")));
    assert!(request.contains(r#""subject":{"reference":"Patient/toci-patient"}"#));
}

/// Numbers keep their digits, and what is not changed is there to the letter.
#[test]
fn the_rest_stays_as_it_was_sent() {
    let request = r#"{"hook":"order-sign", "prefetch":{"a":{"resourceType":"Observation","id":"x","status":"final","valueQuantity":{"value":7.20,"unit":"mg/L"},"note":"é \u00e9 1e2"} , "b":[1.0e3]}}"#;
    let library = library();
    let expected = request.replace("7.20", "6.10");
    assert_eq!(changed("value.Observation/x=6.10", request, &library), expected);
    assert_eq!(changed("now=2026-01-01&policy=strict", request, &library), request);
    let twice = format!("[{request},{request}]");
    assert_eq!(changed("value.Observation/x=6.10", &twice, &library), format!("[{expected},{expected}]"));
}

/// What is taken out leaves no total that counts it, and no order with the words of the old dose.
#[test]
fn what_goes_leaves_no_trace() {
    let library = library();
    let removed = changed("remove.Observation/anc", &fixture("textbook"), &library);
    assert!(!removed.contains("Observation/anc") && !removed.contains("\"id\":\"anc\""));
    let alone = changed("remove.Patient/toci-patient", &fixture("textbook"), &library);
    assert!(alone.contains("\"patient\":null") || alone.contains("\"patient\": null"), "{alone}");
    let dosed = changed("dose.MedicationRequest/toci=324 mg", &fixture("textbook"), &library);
    assert!(!dosed.contains("162 mg under the skin") && dosed.contains("\"value\":324"), "{dosed}");
}

#[test]
fn dates_and_values_of_every_kind() {
    let library = library();
    for (resource, query, expected) in [
        (r#""valueString":"14 mg/L""#, "value", r#""valueString":"3 mg/L""#),
        (r#""valueInteger":3"#, "value", r#""valueInteger":12"#),
        (r#""valueBoolean":true"#, "value", r#""valueBoolean":false"#),
        (
            r#""valueCodeableConcept":{"coding":[{"code":"x"}]}"#,
            "value",
            r#""valueCodeableConcept":{"text":"Negative"}"#,
        ),
        (r#""dataAbsentReason":{"text":"error"}"#, "value", r#""valueQuantity":{"value":3,"unit":"mg/L""#),
        (
            r#""valueQuantity":{"value":5,"comparator":"<","unit":"mg/L","code":"mg/L"}"#,
            "value",
            r#""valueQuantity":{"value":3,"unit":"mg/L","code":"mg/L"}"#,
        ),
        (
            r#""effectivePeriod":{"start":"2026-01-01","end":"2026-01-02"}"#,
            "date",
            r#"{"start":"2026-01-01","end":"2026-02-03"}"#,
        ),
        (r#""issued":"2026-01-01T00:00:00Z""#, "date", r#""issued":"2026-02-03""#),
        (r#""status":"final""#, "date", r#""effectiveDateTime":"2026-02-03""#),
    ] {
        let value = match expected {
            _ if query == "date" => "2026-02-03",
            text if text.contains("valueInteger") => "12",
            text if text.contains("false") => "false",
            text if text.contains("Negative") => "Negative",
            text if text.contains("code") => "3",
            _ => "3 mg/L",
        };
        let request = format!(r#"{{"prefetch":{{"a":{{"resourceType":"Observation","id":"x",{resource}}}}}}}"#);
        let query = Edits(vec![Edit::new(query, "Observation/x", value).expect("a change")]).to_query();
        let changed = changed(&query, &request, &library);
        assert!(changed.contains(expected), "{resource} {query}: {changed}");
        assert!(!changed.contains("dataAbsentReason"), "{changed}");
    }
}

#[test]
fn what_cannot_be_changed_is_said() {
    let library = library();
    let request = fixture("textbook");
    for (query, said) in [
        ("value.Observation/none=1", "Observation/none: the call holds no such resource"),
        ("remove.Observation/none", "Observation/none: the call holds no such resource"),
        ("value.Observation/anc=abc", "Observation/anc: `abc` is not a number"),
        ("value.Observation/anc=1.2.3", "Observation/anc: `1.2.3` is not a number"),
        ("value.Observation/anc=", "Observation/anc: no value is given"),
        ("value.Condition/ssc=1", "Condition/ssc: a resource of type Condition has no value"),
        ("date.Observation/anc=soon", "Observation/anc: `soon` is not a date such as 2026-11-22"),
        ("date.Observation/anc=2026-02-30", "Observation/anc: `2026-02-30` is not a date such as 2026-11-22"),
        ("dose.MedicationRequest/toci=much", "MedicationRequest/toci: `much` is not a dose"),
        ("dose.MedicationRequest/toci=162", "MedicationRequest/toci: `162` is not a dose"),
        ("dose.Observation/anc=162 mg", "Observation/anc: a resource of type Observation has no dosage"),
        ("every.MedicationRequest/toci=2 moons", "MedicationRequest/toci: `2 moons` is not an interval such as 1 wk"),
        ("route.MedicationRequest/toci=nasal", "`nasal` is not a route of the library; its routes are "),
        ("use.MedicationRequest/toci=", "MedicationRequest/toci: no use is given"),
        ("use.Observation/anc=x", "Observation/anc: a resource of type Observation has no use"),
        ("weight=heavy", "body weight: `heavy` is not a number"),
        ("weight=-3", "body weight: `-3` is not above zero"),
        ("now=later", "moment: `later` is neither a date nor a date and time"),
    ] {
        let wrong = edits(query).apply(&request, Setting { library: &library, moment: MOMENT }).expect_err(query);
        assert!(wrong.to_string().contains(said), "{query}: {wrong}");
    }
    let setting = Setting { library: &library, moment: MOMENT };
    let error = edits("remove.Observation/x").apply("{", setting).expect_err("not JSON").to_string();
    assert!(error.starts_with("the call: not JSON"), "{error}");
    let error = edits("weight=60").apply("{}", setting).expect_err("no prefetch").to_string();
    assert!(error.contains("no prefetch"), "{error}");
}

#[test]
fn links_are_read_back() {
    for (key, at, value, link) in [
        ("value", "Observation/anc", "1.9", "value.Observation/anc=1.9"),
        ("value", "Observation/anc", "<0.5 10*3/uL", "value.Observation/anc=%3C0.5%2010%2A3/uL"),
        ("use", "MedicationRequest/toci", "SSc & ILD = é", "use.MedicationRequest/toci=SSc%20%26%20ILD%20%3D%20%C3%A9"),
        ("remove", "Observation/a.b", "", "remove.Observation/a.b="),
        ("now", "", "2026-11-22T09:00:00+01:00", "now=2026-11-22T09:00:00%2B01:00"),
        ("weight", "", "61.5", "weight=61.5"),
        ("policy", "", "", "policy="),
        ("date", "Observation/anc", "2026-11", "date.Observation/anc=2026-11"),
        ("dose", "MedicationRequest/toci", "8 mg/kg", "dose.MedicationRequest/toci=8%20mg/kg"),
        ("every", "MedicationRequest/toci", "4 wk", "every.MedicationRequest/toci=4%20wk"),
        ("route", "MedicationRequest/toci", "intravenous", "route.MedicationRequest/toci=intravenous"),
    ] {
        let written = Edits(vec![Edit::new(key, at, value).expect(key)]);
        assert_eq!(written.to_query(), link);
        assert_eq!(edits(&format!("?{link}&patient=textbook")), written, "{link}");
    }
    let several = edits("value.Observation/a=1&value.Observation/a=2&weight=60+");
    assert_eq!(several.to_query(), "value.Observation/a=2&weight=60%20", "the last of one place counts");
    for (query, said) in [
        ("value=1", "value: `` is not a resource such as"),
        ("value.anc=1", "value: `anc` is not a resource such as"),
        ("value.Observation/x=%FF", "the link: `%FF` is not UTF-8"),
    ] {
        assert!(Edits::from_query(query).expect_err(query).to_string().contains(said), "{query}");
    }
    let many: Vec<String> = (0..101).map(|n| format!("value.Observation/{n}=1")).collect();
    assert!(Edits::from_query(&many.join("&")).is_err());
    assert!(
        Edit::new("colour", "Observation/x", "red").is_err_and(|error| error.to_string().contains("known are value"))
    );
}

#[test]
fn a_form_offers_what_can_be_changed() {
    let all = editable(&fixture("textbook"));
    let order = all.first().expect("the order");
    assert_eq!((order.at.as_str(), order.is_order), ("MedicationRequest/toci", true));
    assert_eq!(order.dose.as_deref(), Some("162 mg"));
    let anc = all.iter().find(|one| one.at == "Observation/anc").expect("the count");
    assert_eq!((anc.value.as_deref(), anc.date.as_deref()), (Some("4.2"), Some("2026-11-10")));
    assert!(anc.words.starts_with("Neutrophils") && !anc.is_order, "{}", anc.words);
    let mut names: Vec<&str> = all.iter().map(|one| one.at.as_str()).collect();
    let count = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), count, "each resource once");
    assert!(editable("no JSON").is_empty() && editable("[]").is_empty());
}
