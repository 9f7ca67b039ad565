//! Orders at both sides of every edge of the doses of the label: by use, route, age and body weight, with a weight and
//! without one. The rows stand in `orders.txt`, worked out by hand from the label, so that a change of the library or of
//! the arithmetic shows in the row that it concerns.

#![expect(clippy::expect_used, clippy::panic, reason = "a helper that finds a test broken ends the test")]

#[path = "../author/mod.rs"]
mod author;

use author::Minimal;
use cds_hooks::call::HookCall;
use cds_hooks::profile::{Profile, SummaryHook};
use document::Document;
use domain::criteria::{AmountFinding, Kind, LabelDoseFinding};
use domain::time::Clock;
use domain::truth::Outcome;
use engine::answer::{Recipient, answer};
use fhir::fetched::Fetched;
use jiff::tz::TimeZone;
use knowledge::Library;
use serde_json::{Value, json};

const ORDERS: &str = include_str!("orders.txt");
const NOW: &str = "2026-11-22T09:00:00Z";
const RULE: &str = "dose-and-route";

/// One line of the table.
struct Row<'t> {
    indication: &'t str,
    route: &'t str,
    age: i32,
    weight: &'t str,
    dose: &'t str,
    interval: &'t str,
    card: &'t str,
    findings: &'t str,
}

impl Row<'_> {
    fn read(line: &str) -> Row<'_> {
        let parts: Vec<&str> = line.split('|').map(str::trim).collect();
        let [indication, route, age, weight, dose, interval, card, findings] = parts[..] else {
            panic!("eight columns: {line}")
        };
        Row { indication, route, age: age.parse().expect("an age"), weight, dose, interval, card, findings }
    }

    fn call(&self) -> Value {
        let reason = match self.indication {
            "ssc-ild" => "M34.81",
            "rheumatoid-arthritis" => "M06.9",
            "giant-cell-arteritis" => "M31.6",
            "polyarticular-juvenile-idiopathic-arthritis" => "M08.3",
            "systemic-juvenile-idiopathic-arthritis" => "M08.20",
            "cytokine-release-syndrome" => "D89.833",
            "covid-19" => "U07.1",
            other => panic!("no reason for {other}"),
        };
        let (route, product) = if self.route == "sc" { ("34206005", "1441527") } else { ("47625008", "1657981") };
        let repeat = match self.interval.split_once(' ') {
            Some((period, unit)) => json!({"frequency": 1, "period": number(period), "periodUnit": unit}),
            None => json!({"count": 1}),
        };
        let (dose, unit) = self.dose.split_once(' ').expect("a dose with its unit");
        let order = json!({
            "resourceType": "MedicationRequest", "id": "toci", "status": "draft", "intent": "order",
            "subject": {"reference": "Patient/p"}, "authoredOn": "2026-11-22",
            "medicationCodeableConcept": {"coding": [
                {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": product}]},
            "reasonCode": [{"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": reason}]}],
            "dosageInstruction": [{
                "timing": {"repeat": repeat},
                "route": {"coding": [{"system": "http://snomed.info/sct", "code": route}]},
                "doseAndRate": [{"doseQuantity": {"value": number(dose), "unit": unit}}],
            }],
        });
        let ild = json!({"resourceType": "Condition", "id": "ild", "subject": {"reference": "Patient/p"}, "code": {
            "coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "J84.89"}]}});
        let conditions = if self.indication == "ssc-ild" { vec![ild] } else { Vec::new() };
        json!({
            "hook": "order-sign", "hookInstance": "d1577c69-dfbe-44ad-ba6d-3e05e953b2ea",
            "context": {
                "userId": "Practitioner/d", "patientId": "p",
                "draftOrders": {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": order}]},
            },
            "prefetch": {
                "patient": {"resourceType": "Patient", "id": "p", "birthDate": format!("{}-11-22", 2026 - self.age)},
                "conditions": bundle(conditions),
                "weight": bundle(self.weighed().into_iter().collect()),
                "medication-requests": bundle(Vec::new()),
                "medication-statements": bundle(Vec::new()),
                "medication-administrations": bundle(Vec::new()),
                "medication-dispenses": bundle(Vec::new()),
            },
        })
    }

    fn weighed(&self) -> Option<Value> {
        let (value, unit) = self.weight.split_once(' ').unwrap_or((self.weight, "kg"));
        (value != "-").then(|| {
            json!({
                "resourceType": "Observation", "id": "weight", "status": "final",
                "subject": {"reference": "Patient/p"}, "effectiveDateTime": "2026-11-15",
                "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
                "valueQuantity": {"value": number(value), "unit": unit},
            })
        })
    }
}

fn number(text: &str) -> Value {
    serde_json::from_str(text).expect("a number")
}

fn bundle(resources: Vec<Value>) -> Value {
    let entries: Vec<Value> = resources.into_iter().map(|resource| json!({"resource": resource})).collect();
    json!({"resourceType": "Bundle", "type": "searchset", "entry": entries})
}

/// The card of the rule, and the findings on the doses of the label that are met.
fn found(library: &Library, row: &Row<'_>) -> (String, String) {
    let document = Document::parse(row.call().to_string()).expect("JSON");
    let call = HookCall::read(&document, None).map_err(|error| error.message).expect("a call");
    let clock = Clock::parse(NOW, &TimeZone::UTC).expect("a moment");
    let recipient =
        Recipient { profile: Some(Profile::Standard), public_url: None, summary: SummaryHook::Both, author: &Minimal };
    let answered = answer(library, &call, &Fetched::default(), &clock, &recipient);
    let (decision, _) = answered.map_err(|error| error.message).expect("an answer");
    let card = decision.cards.iter().find(|card| card.rule == RULE);
    let assessed = decision.assessments.first().expect("an order");
    assert_eq!(assessed.assessment.indication.id.as_deref(), Some(row.indication));
    let rules = assessed.drug.rules.iter().zip(&assessed.assessment.rules);
    let (rule, findings) = rules.into_iter().find(|(rule, _)| rule.id == RULE).expect("the rule");
    let is_compared = |kind: &Kind| match kind {
        Kind::LabelDose(label) => {
            !matches!(label.is, LabelDoseFinding::Amount(AmountFinding::Weight | AmountFinding::Reduced))
        }
        _ => false,
    };
    let met = rule
        .criteria
        .iter()
        .zip(&findings.findings)
        .filter(|(criterion, finding)| is_compared(&criterion.kind) && finding.outcome == Outcome::Met);
    let mut met: Vec<&str> = met.map(|(criterion, _)| criterion.id.as_str()).collect();
    met.sort_unstable();
    (card.map_or("none", |card| card.indicator.code()).to_owned(), met.join(" "))
}

#[test]
fn every_edge_of_the_label_is_told_on_both_sides() {
    let library = Library::embedded().expect("a valid library");
    let lines = ORDERS.lines().filter(|line| !line.starts_with('#'));
    let mut wrong = Vec::new();
    let mut rows = 0;
    for line in lines {
        let row = Row::read(line);
        rows += 1;
        let (card, findings) = found(&library, &row);
        if (card.as_str(), findings.as_str()) != (row.card, row.findings) {
            wrong.push(format!("{line}\n    found: {card} | {findings}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
    let of = |indication: &str, route: &str| {
        ORDERS.lines().filter(|l| l.starts_with(&format!("{indication} | {route}"))).count()
    };
    for drug in &library.drugs {
        for row in &drug.doses {
            let route = if row.route == "subcutaneous" { "sc" } else { "iv" };
            let tried: usize = row.indications.iter().map(|id| of(id, route)).sum();
            assert!(tried >= 7, "{:?} by {route}: only {tried} orders", row.indications);
        }
    }
}
