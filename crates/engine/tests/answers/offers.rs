//! What must hold for a whole answer, whatever the patient: no offer that a finding of the same answer speaks against,
//! orders that carry the reason of the order itself, and a short card of the whole assessment.

use cds_hooks::card::{Card, Verb};
use cds_hooks::profile::SummaryHook;
use engine::case::decision;
use engine::decide::Decision;
use knowledge::cases;
use knowledge::files::Files;
use serde_json::{Value, json};
use text::markdown::Markdown;

use super::author::Minimal;
use super::support::{decided, fixture, library};

const LOINC: &str = "http://loinc.org";

fn positive() -> Value {
    json!({"coding": [{"system": "http://snomed.info/sct", "code": "10828004", "display": "Positive"}]})
}

/// Puts a member into the first resource of a prefetched Bundle.
fn set(request: &mut Value, key: &str, member: &str, value: Value) {
    request["prefetch"][key]["entry"][0]["resource"][member] = value;
}

fn add(request: &mut Value, key: &str, resource: Value) {
    request["prefetch"][key].as_object_mut().expect("a Bundle").remove("total");
    let entries = &mut request["prefetch"][key]["entry"];
    if !entries.is_array() {
        *entries = json!([]);
    }
    entries.as_array_mut().expect("entries").push(json!({"resource": resource}));
}

fn condition(id: &str, system: &str, code: &str) -> Value {
    json!({"resourceType": "Condition", "id": id, "onsetDateTime": "2026-11-19",
        "clinicalStatus": {"coding": [{"code": "active"}]},
        "code": {"coding": [{"system": system, "code": code, "display": id}]},
        "subject": {"reference": "Patient/toci-patient"}})
}

/// The findings that are combined: each is a change of a patient who has never taken the drug.
const FINDINGS: [fn(&mut Value); 9] = [
    |request| set(request, "hcg", "valueCodeableConcept", positive()),
    |request| add(request, "conditions", condition("Pregnant", "http://snomed.info/sct", "77386006")),
    |request| add(request, "conditions", condition("Sepsis", "http://hl7.org/fhir/sid/icd-10-cm", "A41.9")),
    |request| set(request, "neutrophils", "valueQuantity", json!({"value": 0.9, "unit": "10*3/uL"})),
    |request| set(request, "alt", "valueQuantity", json!({"value": 400, "unit": "U/L"})),
    |request| set(request, "tuberculosis-tests", "valueCodeableConcept", positive()),
    |request| set(request, "hbsag", "valueCodeableConcept", positive()),
    |request| {
        let route = json!({"coding": [{"system": "http://snomed.info/sct", "code": "47625008"}]});
        request["context"]["draftOrders"]["entry"][0]["resource"]["dosageInstruction"][0]["route"] = route;
    },
    |request| {
        let mut second = request["context"]["draftOrders"]["entry"][0].clone();
        second["resource"]["id"] = json!("second");
        second["resource"]["dosageInstruction"] = json!([{"text": "162 mg"}]);
        request["context"]["draftOrders"]["entry"].as_array_mut().expect("entries").push(second);
    },
];

/// The patient with these findings, one bit for each.
fn with_findings(chosen: usize) -> Value {
    let mut request = fixture("textbook");
    request["prefetch"]["medication-statements"] = json!({"resourceType": "Bundle", "type": "searchset", "total": 0});
    for (place, change) in FINDINGS.iter().enumerate().filter(|(place, _)| chosen & (1 << place) != 0) {
        change(&mut request);
        assert!(place < FINDINGS.len());
    }
    request
}

fn is_critical(card: &&Card) -> bool {
    card.indicator.code() == "critical"
}

fn is_met(decision: &Decision<'_>, id: &str) -> bool {
    decision.assessments.iter().any(|assessed| {
        let rules = assessed.drug.rules.iter().zip(&assessed.assessment.rules);
        rules.filter_map(|(rule, found)| found.get(rule, id)).any(|finding| finding.outcome.code() == "met")
    })
}

/// What is wrong with the offers of an answer.
fn wrong_offers(decision: &Decision<'_>) -> Vec<String> {
    let mut wrong = Vec::new();
    let stops: Vec<&str> = decision.cards.iter().filter(is_critical).map(|card| card.rule.as_str()).collect();
    for card in &decision.cards {
        for action in card.suggestions.iter().flat_map(|suggestion| &suggestion.actions) {
            let resource: Value =
                action.resource.as_ref().map(|raw| serde_json::from_str(raw.get()).expect("JSON")).unwrap_or_default();
            let replaces = action.kind == Verb::Create && resource["resourceType"] == "MedicationRequest";
            let is_later = resource.get("occurrencePeriod").is_some();
            let mends = action.kind == Verb::Update;
            let pregnant = ["pregnant", "pregnancy-recorded", "pregnancy-test-positive-recent"];
            let against = (replaces && (!stops.is_empty() || pregnant.iter().any(|id| is_met(decision, id))))
                || (is_later && !stops.is_empty())
                || (mends && stops.iter().any(|stop| *stop != card.rule));
            if against {
                wrong.push(format!("{}: {} beside {stops:?}", card.rule, action.description));
            }
            let titles = library().drugs.iter().flat_map(|drug| &drug.rules).map(|rule| rule.title.as_str());
            if action.kind == Verb::Create && titles.into_iter().any(|title| resource.to_string().contains(title)) {
                wrong.push(format!("{}: {} carries the title of a rule", card.rule, action.description));
            }
        }
    }
    wrong
}

/// What a card says more than once of one record: the parts of its bullets that end in the same reference.
fn cited_twice(card: &Card) -> Vec<String> {
    let detail = Markdown(&card.detail).to_string();
    // Of several orders each has a part of its own.
    let parts = detail.split("\n\n---\n\n");
    let twice = parts.flat_map(|part| {
        let mut seen = Vec::new();
        let bullets = part.lines().filter(|line| line.starts_with("- "));
        let cited = bullets.flat_map(|line| line.split("**: ").nth(1).unwrap_or_default().split("; "));
        let cited = cited.filter(|part| part.ends_with('`') && part.contains('/')).map(str::to_owned);
        cited
            .filter(move |one| {
                seen.contains(one) || {
                    seen.push(one.clone());
                    false
                }
            })
            .collect::<Vec<_>>()
    });
    twice.collect()
}

/// The length of the card of the whole assessment, the longest of several.
fn longest_overview(decision: &Decision<'_>) -> usize {
    let overviews = decision.cards.iter().filter(|card| card.rule == "summary");
    overviews.map(|card| Markdown(&card.detail).to_string().chars().count()).max().unwrap_or(0)
}

fn is_offered(decision: &Decision<'_>, label: &str) -> bool {
    decision.cards.iter().flat_map(|card| &card.suggestions).any(|suggestion| suggestion.label.starts_with(label))
}

#[test]
fn no_combination_of_findings_is_answered_with_an_offer_against_it() {
    let (mut replaced, mut mended, mut later) = (0, 0, 0);
    for chosen in 0..1 << FINDINGS.len() {
        let request = with_findings(chosen).to_string();
        let decision = decided(&request, SummaryHook::Both).unwrap_or_else(|error| panic!("{}", error.message));
        assert_eq!(wrong_offers(&decision), [] as [String; 0], "findings {chosen:b}");
        assert!(longest_overview(&decision) <= 900, "findings {chosen:b}: {}", longest_overview(&decision));
        replaced += usize::from(is_offered(&decision, "Start mycophenolate"));
        mended +=
            usize::from(decision.cards.iter().any(|c| c.suggestions.iter().any(|s| s.actions[0].kind == Verb::Update)));
        later += usize::from(is_offered(&decision, "Order monitoring"));
    }
    assert!(
        replaced > 0 && mended > 0 && later > 0,
        "{replaced} {mended} {later}: the offers are made where they may be"
    );
}

#[test]
fn no_fixture_and_no_case_is_answered_with_an_offer_against_it_or_at_length() {
    let (files, fixtures) = (Files::embedded(), Files::fixtures());
    let mut mistakes = Vec::new();
    let mut seen = 0;
    for file in cases::read(&files, &mut mistakes) {
        for (case, _) in &file.cases {
            let Ok(decision) = decision(library(), case, &fixtures, &Minimal) else { continue };
            seen += 1;
            assert_eq!(wrong_offers(&decision), [] as [String; 0], "{}: {}", file.path, case.name);
            assert!(longest_overview(&decision) <= 900, "{}: {}", file.path, case.name);
            let twice: Vec<String> = decision.cards.iter().flat_map(cited_twice).collect();
            assert_eq!(twice, [] as [String; 0], "{}: {}", file.path, case.name);
        }
    }
    for (name, text) in &fixtures.0 {
        let request: Value = serde_json::from_str(text).unwrap_or_default();
        let Some(decision) = request.get("hook").and_then(|_| decided(text, SummaryHook::Both).ok()) else { continue };
        seen += 1;
        assert_eq!(wrong_offers(&decision), [] as [String; 0], "{name}");
        assert!(longest_overview(&decision) <= 900, "{name}: {}", longest_overview(&decision));
    }
    assert!(seen > 400, "{seen}");
}

/// Every text of the record that a person may type, made long and full of marks.
fn hostile(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if matches!(name.as_str(), "display" | "text" | "lotNumber") => {
                        *text = format!("{text}{}", " *_[]<>|#`!@".repeat(400));
                    }
                    other => hostile(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(hostile),
        _ => {}
    }
}

#[test]
fn no_text_of_a_record_makes_the_card_long() {
    for chosen in [0, 0b1_0000_0000, 0b1_1111_1111, 0b0_0110_1000] {
        let mut request = with_findings(chosen);
        add(
            &mut request,
            "medication-statements",
            json!({"resourceType": "MedicationStatement", "id": "old", "status": "stopped",
                "medicationCodeableConcept": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "612865"}], "text": "tocilizumab"},
                "effectivePeriod": {"start": "2025-01-06", "end": "2025-06-30"}, "subject": {"reference": "Patient/toci-patient"}}),
        );
        hostile(&mut request);
        let prefetch = request["prefetch"].as_object_mut().expect("prefetch");
        for key in ["crp", "esr", "dlco", "immunizations"] {
            prefetch.remove(key);
        }
        prefetch.insert("alt".to_owned(), json!({"resourceType": "OperationOutcome", "issue": []}));
        add(&mut request, "conditions", json!({"resourceType": "Condition", "subject": {"reference": "Patient/x"}}));
        let decision =
            decided(&request.to_string(), SummaryHook::Both).unwrap_or_else(|error| panic!("{}", error.message));
        let longest = longest_overview(&decision);
        assert!((300..=900).contains(&longest), "findings {chosen:b}: {longest}");
    }
}

#[test]
fn what_is_ordered_carries_the_reasons_of_the_order_and_a_date() {
    let reason =
        json!([{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M34.81"}], "text": "SSc-ILD"}]);
    let (kept, inside) = (json!({"reference": "Condition/ssc"}), json!({"reference": "#c"}));
    let code = json!({"text": "lung disease"});
    for (what, members, expected) in [
        ("a code", json!({"reasonCode": reason}), json!({"reasonCode": reason})),
        ("a reference", json!({"reasonCode": null, "reasonReference": [kept]}), json!({"reasonReference": [kept]})),
        (
            "a condition inside the order",
            json!({"reasonCode": null, "reasonReference": [inside], "contained": [{"resourceType": "Condition", "id": "c", "code": code}]}),
            json!({"reasonCode": [code]}),
        ),
        (
            "an entry of the call",
            json!({"reasonCode": null, "reasonReference": [{"reference": "urn:uuid:x"}]}),
            json!({}),
        ),
        (
            "R5",
            json!({"reasonCode": null, "reason": [{"concept": code}, {"reference": kept}]}),
            json!({"reasonCode": [code], "reasonReference": [kept]}),
        ),
        ("none", json!({"reasonCode": null}), json!({})),
    ] {
        let mut request = with_findings(0);
        let order = &mut request["context"]["draftOrders"]["entry"][0]["resource"];
        order.as_object_mut().expect("an order").remove("reasonReference");
        for (name, value) in members.as_object().expect("members") {
            order[name] = value.clone();
        }
        let decision = decided(&request.to_string(), SummaryHook::Both).expect("an answer");
        let mut created = 0;
        for action in decision.cards.iter().flat_map(|card| &card.suggestions).flat_map(|one| &one.actions) {
            if action.kind != Verb::Create {
                continue;
            }
            created += 1;
            let resource: Value =
                serde_json::from_str(action.resource.as_ref().expect("a resource").get()).expect("JSON");
            for name in ["reasonCode", "reasonReference"] {
                assert_eq!(resource.get(name), expected.get(name), "{what}: {}", action.description);
            }
            if action.description.starts_with("Order monitoring") {
                assert_eq!(resource["occurrencePeriod"], json!({"start": "2026-12-20", "end": "2027-01-17"}), "{what}");
                assert_eq!(resource["code"]["coding"][0]["system"], LOINC);
            }
        }
        assert!(created > 0, "{what}");
    }
}

#[test]
fn the_card_of_the_whole_assessment_is_shown_once() {
    for (summary, at_select, at_sign) in [
        (SummaryHook::OrderSign, false, true),
        (SummaryHook::OrderSelect, true, false),
        (SummaryHook::Both, true, true),
    ] {
        for (hook, shown) in [("order-select", at_select), ("order-sign", at_sign)] {
            let mut request = fixture("patients/neutrophils-1.9");
            request["hook"] = json!(hook);
            let decision = decided(&request.to_string(), summary).expect("an answer");
            let rules: Vec<&str> = decision.cards.iter().map(|card| card.rule.as_str()).collect();
            let expected = if shown { vec!["laboratory-limits", "summary"] } else { vec!["laboratory-limits"] };
            assert_eq!(rules, expected, "{summary:?} {hook}: what speaks is said at both hooks");
        }
    }
}

#[test]
fn the_other_order_is_ended_by_a_click_that_changes_nothing_else_of_it() {
    let mut request = fixture("patients/biosimilar-tyenne");
    let other = json!({"resourceType": "MedicationRequest", "id": "rx", "status": "active", "intent": "order",
        "medicationCodeableConcept": {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "1441530"}]},
        "subject": {"reference": "Patient/toci-patient"}, "authoredOn": "2026-11-10", "note": [{"text": "as before"}]});
    add(&mut request, "medication-requests", other.clone());
    let decision = decided(&request.to_string(), SummaryHook::OrderSign).expect("an answer");
    let card = decision.cards.iter().find(|card| card.rule == "duplicate-therapy").expect("a card");
    let stop = card.suggestions.iter().find(|one| one.id == "stop-others").expect("the offer");
    let [action] = stop.actions.as_slice() else { panic!("one action: {:?}", stop.actions) };
    assert!(action.kind == Verb::Update);
    let resource: Value = serde_json::from_str(action.resource.as_ref().expect("a resource").get()).expect("JSON");
    let mut stopped = other;
    stopped["status"] = json!("stopped");
    assert_eq!(resource, stopped);
}

#[test]
fn what_payers_ask_for_is_gathered_at_a_start_in_systemic_sclerosis() {
    let of = |fixture: &Value| {
        let decision = decided(&fixture.to_string(), SummaryHook::OrderSign).expect("an answer");
        serde_json::to_value(&decision.assessments[0]).expect("JSON")["priorAuthorization"].clone()
    };
    let mut textbook = fixture("textbook");
    let items = of(&textbook);
    let said = |items: &Value| -> Vec<String> {
        let items = items.as_array().expect("items").iter();
        items.map(|item| format!("{} {} {}", item["name"], item["value"], item["effective"])).collect()
    };
    assert_eq!(
        said(&items),
        [
            r#""Date of birth" "born 1980-02-11" null"#,
            r#""CRP" "14 mg/L" "2026-11-10""#,
            r#""ESR" "41 mm/h" "2026-11-10""#,
            r#""Platelets" "310 10*3/uL" "2026-11-10""#,
            r#""FVC" "71 %" "2026-10-05""#,
            r#""DLCO" "58 %" "2026-10-05""#,
            r#""Chest CT" "CT Chest WO contrast" "2026-09-20""#,
        ]
    );
    textbook["prefetch"]["esr"] = json!({"resourceType": "Bundle", "type": "searchset", "total": 0});
    assert_eq!(said(&of(&textbook))[2], r#""ESR" null null"#, "an item that is missing keeps its name");
    for other in ["patients/rheumatoid-arthritis", "healthy/continuation"] {
        assert_eq!(of(&fixture(other)), Value::Null, "{other}");
    }
}
