//! What a site and a maintainer do with the library: a second drug as data, a new rule, a policy, the handbook.

use ::knowledge::files::Files;
use serde_json::{Value, json};

use crate::server::Server;
use crate::support::{Folder, card, cards, moved, outcome, program, text, with};

/// A copy of the library and the test patients, as a maintainer has them.
fn checkout() -> Folder {
    let folder = Folder::new();
    for (name, text) in Files::embedded().0 {
        folder.write(&format!("hooks/{name}"), &text);
    }
    for (name, text) in Files::fixtures().0 {
        folder.write(&format!("fixtures/{name}.json"), &text);
    }
    folder
}

/// Runs the program; whether it succeeded, and what it printed.
fn run(arguments: &[&str]) -> (bool, String) {
    let output = program().args(arguments).output().expect("the program runs");
    let printed = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&printed).into_owned())
}

/// A drug of our own invention: one product, one rule on an absolute value, no Rust.
const DRUG: &str = r#"
name = "inventumab"
names = ["inventumab"]
[course]
continuation = "P30D"
resumption = "P60D"
after-hold = "P90D"
[[product]]
system = "atc"
code = "X99ZZ99"
display = "inventumab"
source = "invented"
verified = false
"#;

const RULE: &str = r#"
title = "Platelets before inventumab"
[source]
label = "An invented label"
[criteria.platelets-below-300]
finding = "Platelets below 300,000/µL"
name = "platelets"
[criteria.platelets-below-300.quantity]
concept = "platelet-count"
below = "300000"
within = "P30D"
[[advice]]
met = ["platelets-below-300"]
indicator = "critical"
summary = "Do not give inventumab: platelets {platelets-below-300.value} are below {platelets-below-300.limit}"
[[override]]
code = "intended"
display = "Intended"
[[evidence]]
kind = "design"
cite = "Invented"
says = "Invented for a test."
verified = false
"#;

/// Its cases, on the textbook patient's order for another drug.
const CASES: &str = r#"
[[case]]
name = "few platelets"
change = [
    { at = "MedicationRequest/toci", merge = { medicationCodeableConcept = { coding = [{ system = "http://www.whocc.no/atc", code = "X99ZZ99" }] } } },
    { at = "Observation/platelets", merge = { valueQuantity = { value = 299 } } },
]
criteria = { platelets-below-300 = "met" }
[[case]]
name = "enough platelets"
change = [
    { at = "MedicationRequest/toci", merge = { medicationCodeableConcept = { coding = [{ system = "http://www.whocc.no/atc", code = "X99ZZ99" }] } } },
    { at = "Observation/platelets", merge = { valueQuantity = { value = 300 } } },
]
criteria = { platelets-below-300 = "not-met" }
card = "none"
[[case]]
name = "no platelet count"
remove = ["Observation/platelets"]
change = [{ at = "MedicationRequest/toci", merge = { medicationCodeableConcept = { coding = [{ system = "http://www.whocc.no/atc", code = "X99ZZ99" }] } } }]
criteria = { platelets-below-300 = "unknown: absent" }
card = "none"
"#;

#[test]
fn a_second_drug_is_only_data() {
    let folder = checkout();
    folder.write("hooks/inventumab/platelets-low.cases.toml", CASES);
    folder.write("hooks/inventumab/drug.toml", DRUG);
    folder.write("hooks/inventumab/platelets-low.toml", RULE);
    let hooks = folder.path().join("hooks");
    let server = Server::with_settings(&format!("hooks = {:?}", hooks.display().to_string()));
    let order = "/context/draftOrders/entry/0/resource/medicationCodeableConcept";
    let drug = serde_json::json!({"coding": [{"system": "http://www.whocc.no/atc", "code": "X99ZZ99"}]});
    let value = "/prefetch/platelets/entry/0/resource/valueQuantity/value";
    for (platelets, expected) in [(299, 1), (300, 0)] {
        let call = with(&moved("textbook"), order, Some(drug.clone()));
        let call = with(&call, value, Some(Value::from(platelets)));
        let answer = server.call("inventumab", &call);
        assert_eq!(cards(&answer).len(), expected, "platelets {platelets}: {answer}");
        if expected == 1 {
            let summary = text(&cards(&answer)[0], "/summary").to_owned();
            assert_eq!(summary, "Do not give inventumab: platelets 299,000/µL are below 300,000/µL");
        }
    }
}

#[test]
fn a_new_rule_passes_check_when_its_texts_are_written() {
    let folder = checkout();
    folder.write("hooks/inventumab/drug.toml", DRUG);
    let hooks = folder.path().join("hooks").display().to_string();
    for (drug, id) in [("tocilizumab", "platelets-very-high"), ("inventumab", "platelets-far-too-high")] {
        let (written, said) = run(&["new", "rule", id, "--drug", drug, "--hooks", &hooks]);
        assert!(written && said.contains("yours to write"), "{said}");
        let (valid, said) = run(&["check", "--hooks", &hooks]);
        let left: Vec<&str> = said.lines().filter(|line| line.contains("a text is still to be written")).collect();
        assert!(!valid && left.len() == 5 && said.lines().count() == 7, "{said}");
        assert!(left[0].starts_with(&format!("{drug}/{id}.toml:3: ")), "{said}");
        for file in [format!("hooks/{drug}/{id}.toml"), format!("hooks/{drug}/{id}.cases.toml")] {
            let text = std::fs::read_to_string(folder.path().join(&file)).expect("what was written");
            folder.write(&file, &text.replace("REPLACE: ", "Written: "));
        }
        let (valid, said) = run(&["check", "--hooks", &hooks]);
        assert!(valid && said.contains("no mistakes"), "{said}");
    }
    for (id, why) in [("platelets-very-high", "exists already"), ("Not A Name", "cannot name a rule")] {
        let (written, said) = run(&["new", "rule", id, "--hooks", &hooks]);
        assert!(!written && said.contains(why), "{id}: {said}");
    }
}

#[test]
fn a_policy_is_obeyed_told_and_bounded() {
    let folder = Folder::new();
    let good = folder.write(
        "site.toml",
        "silent = [\"adult-indication\"]\n[windows]\ntuberculosis-test-positive = \"P30D\"\ntuberculosis-test-negative = \"P30D\"\n",
    );
    let (valid, said) = run(&["check", "--policy", &good]);
    assert!(valid && said.contains(&format!("window tuberculosis-test-positive: 30 days ({good}:3)")), "{said}");
    let server = Server::with_settings(&format!("policy = {good:?}"));
    // The IGRA of the textbook patient is seven weeks old.
    let answer = server.call("a shorter window", &moved("textbook"));
    assert_eq!(outcome(&answer, "tuberculosis-test-positive"), "unknown: stale");
    let answer = server.call("a silent rule", &moved("patients/paediatric-14-years"));
    assert!(card(&answer, "adult-indication").is_none(), "{answer}");
    assert_eq!(outcome(&answer, "not-adult"), "met", "silence changes no outcome");
    let silenced = "adult-indication (silent)";
    assert_eq!(server.get("/health/ready").json()["library"]["silenced"], serde_json::json!([silenced]));
    assert!(server.get("/handbook/index.html").body.contains(silenced), "the handbook");
}

/// What would make a critical card less than it is is refused, with its line, before anything else is said.
#[test]
fn a_policy_cannot_lower_a_critical_card() {
    let folder = Folder::new();
    for (text, said) in [
        ("[limits]\nneutrophils-below-start-limit = \"1000\"\n", "bad.toml:1: unknown key `limits`"),
        (
            "silent = [\"laboratory-limits\"]\n[windows]\nneutrophils-below-start-limit = \"P1D\"\n",
            "bad.toml:3: the window of `neutrophils-below-start-limit` cannot be P1D",
        ),
        (
            "[[code]]\nset = \"platelet-count\"\nsystem = \"http://loinc.org\"\ncode = \"751-8\"\ndisplay = \"x\"\n",
            "bad.toml:4: `751-8` cannot be mapped into `platelet-count`: it is known as `absolute-neutrophil-count`",
        ),
    ] {
        let bad = folder.write("bad.toml", text);
        let (valid, told) = run(&["check", "--policy", &bad]);
        assert!(!valid && told.lines().next().is_some_and(|line| line.contains(said)), "{told}");
        assert!(told.ends_with("the policy does not validate: 1 mistake\n"), "{told}");
        let (started, told) = run(&["serve", "--listen", "192.0.2.1:1", "--policy", &bad]);
        assert!(!started && told.contains(said), "{told}");
    }
}

/// A limit that was mistyped validates like any other; the cases show it before anybody is answered.
#[test]
fn a_library_whose_cases_fail_is_not_taken() {
    let folder = checkout();
    let limits =
        Files::embedded().0["tocilizumab/laboratory-limits.toml"].replacen("below = \"2000\"", "below = \"20\"", 1);
    folder.write("hooks/tocilizumab/laboratory-limits.toml", &limits);
    let hooks = folder.path().join("hooks").display().to_string();
    for command in [&["serve", "--listen", "192.0.2.1:1"][..], &["replay", "/nowhere.json"]] {
        let (done, said) = run(&[command, &["--hooks", &hooks]].concat());
        assert!(!done && said.starts_with("tocilizumab/laboratory-limits.cases.toml:"), "{command:?}: {said}");
        assert!(said.contains("expected `met`, found `not-met`") && said.contains("does not validate"), "{said}");
        assert!(said.lines().count() <= 12, "only the first mistakes are named: {said}");
    }
}

#[test]
fn changes_that_no_case_notices_are_listed_and_counted() {
    let folder = checkout();
    // The changes of all rules are counted by a test of the engine; here it is the command that counts.
    const RULE: &str = "digital-ulcer";
    let of_drug = folder.path().join("hooks/tocilizumab");
    for file in std::fs::read_dir(&of_drug).expect("the rules").map(|file| file.expect("a file").path()) {
        let name = file.display().to_string();
        if name.ends_with(".cases.toml") && !name.ends_with(&format!("/{RULE}.cases.toml")) {
            std::fs::remove_file(file).expect("removed");
        }
    }
    std::fs::remove_file(of_drug.join("no-difference.toml")).ok();
    let hooks = folder.path().join("hooks").display().to_string();
    let (_, said) = run(&["check", "--mutants", "--keep", "--hooks", &hooks]);
    let last = said.lines().last().expect("a count");
    let unnoticed = said.lines().count() - 1;
    assert!(last.contains(&format!(" changes, {unnoticed} unnoticed (")), "{last}");
    assert!(said.lines().take(unnoticed).all(|line| line.contains(".toml:") && line.contains(": ")), "{said}");
    let kept = std::fs::read_to_string(folder.path().join("hooks/tocilizumab/noticed.toml")).expect("the counts");
    let entry = kept.split_once(&format!("[{RULE}]")).map(|(_, entry)| entry.trim()).expect("the rule");
    assert!(Files::embedded().0["tocilizumab/noticed.toml"].contains(&format!("[{RULE}]\n{entry}")), "{kept}");
}

#[test]
fn patients_on_treatment_are_looked_at_when_their_chart_is_opened() {
    let server = Server::shared();
    for (name, rules) in [
        ("healthy/continuation", &[][..]),
        ("textbook", &[][..]),
        ("patients/continuation-platelets-92", &["laboratory-holds"][..]),
    ] {
        let mut call = with(&moved(name), "/hook", Some("patient-view".into()));
        call = with(&call, "/context/draftOrders", None);
        let reply = server.post("tocilizumab-patient-view", &call);
        assert_eq!(reply.status, 200, "{name}");
        let answer = reply.json();
        let spoken: Vec<&str> = cards(&answer).iter().map(|card| text(card, "/source/topic/code")).collect();
        assert_eq!(spoken, rules, "{name}");
        let actions = cards(&answer).iter().flat_map(|card| card["suggestions"].as_array().into_iter().flatten());
        assert!(
            actions.flat_map(|s| s["actions"].as_array().into_iter().flatten()).all(|a| a["type"] == "create"),
            "{name}"
        );
    }
}

#[test]
fn the_handbook_is_served_and_written_alike() {
    let server = Server::shared();
    let folder = Folder::new();
    let output = folder.path().display().to_string();
    let (written, said) = run(&["doc", "--output", &output]);
    assert!(written, "{said}");
    let answer = server.call("textbook", &moved("textbook"));
    let link = text(&cards(&answer)[0], "/links/0/url").to_owned();
    let page = link.rsplit('/').next().expect("a page").to_owned();
    for page in ["index.html", "trace.html", "unverified.html", &page] {
        let reply = server.get(&format!("/handbook/{page}"));
        assert_eq!(reply.status, 200, "{page}");
        assert!(reply.header("content-type").starts_with("text/html"), "{page}");
        let written = std::fs::read_to_string(folder.path().join(page)).expect(page);
        assert!(written.contains("</html>"), "{page}");
    }
    assert_eq!(server.get("/handbook/none.html").status, 404);
}

#[test]
fn source_attributes_are_served_as_json_and_shown() {
    let server = Server::shared();
    let reply = server.get("/handbook/source-attributes.json");
    assert_eq!((reply.status, reply.header("content-type")), (200, "application/json"));
    let said = reply.json();
    let interventions = said["interventions"].as_array().expect("a list");
    let rules: usize = crate::support::library().drugs.iter().map(|drug| drug.rules.len()).sum();
    assert_eq!(interventions.len(), rules, "each rule once");
    let of = |rule: &str| interventions.iter().find(|one| one["rule"] == rule).unwrap_or_else(|| panic!("{rule}"));
    let (age, plain) = (of("adult-indication"), of("tuberculosis"));
    let used = |one: &Value, attribute: &str| {
        let uses = one["uses"].as_array().expect("a list");
        assert_eq!(uses.len(), 9, "each is listed, used or not: {one}");
        let found = uses.iter().find(|of| of["attribute"] == attribute).unwrap_or_else(|| panic!("{attribute}"));
        (found["used"].clone(), found["inputs"].clone())
    };
    assert_eq!(used(age, "date-of-birth"), (json!(true), json!(["date of birth"])));
    assert_eq!(used(plain, "date-of-birth"), (json!(false), json!([])));
    assert_eq!(used(of("pregnancy"), "health-status"), (json!(true), json!(["pregnancy", "pregnancy test"])));
    for (member, least) in [("citations", 1), ("revised", 1)] {
        assert!(plain[member].as_array().is_some_and(|list| list.len() >= least), "{member}: {plain}");
    }
    for member in ["developer", "funding", "released", "title"] {
        assert!(!text(plain, &format!("/{member}")).is_empty(), "{member}: {plain}");
    }
    let page = server.get(&format!("/handbook/{}", text(of("pregnancy"), "/page"))).body;
    let part = page.split("id=\"source-attributes\"").nth(1).expect("its part of the page");
    assert!(part.contains("health status assessments (pregnancy, pregnancy test)"), "{part}");
    assert!(part.contains("race, ethnicity, language, sexual orientation, gender identity, sex"), "{part}");
}

/// The first page leads to the others wherever a proxy put the service, with a slash at its end or without.
#[test]
fn the_handbook_leads_on_behind_a_proxy() {
    let server = Server::shared();
    for prefix in ["", "/cds/toci"] {
        for path in ["/handbook", "/handbook/", "/handbook/index.html"] {
            let page = server.get(path).body;
            let at = reqwest::Url::parse(&format!("https://proxy.example{prefix}{path}")).expect("a URL");
            let base = page.split_once("<base href=\"").and_then(|(_, rest)| rest.split_once('"'));
            let base = base.map_or(at.clone(), |(base, _)| at.join(base).expect("a base"));
            let links: Vec<&str> = page.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
            let own = links.into_iter().filter(|link| !link.contains("://") && !link.starts_with('#'));
            let mut seen = 0;
            for link in own.filter(|link| link.ends_with(".html") || link.ends_with(".css")) {
                let leads = base.join(link).expect("a link").path().to_owned();
                let inside = leads.strip_prefix(prefix).unwrap_or_else(|| panic!("{path}: {link} leads to {leads}"));
                assert_eq!(server.get(inside).status, 200, "{prefix}{path}: {link} leads to {leads}");
                seen += 1;
            }
            assert!(seen > 3, "{path}: only {seen} links");
        }
    }
}

/// Every code of the library, as an EHR sends it: what is accepted is found, dots or not, and what only looks alike is
/// not.
#[test]
fn accepted_codes_are_found_and_rejected_ones_are_not() {
    let library = crate::support::library();
    let mut seen = 0;
    for concept in library.concepts.0.values() {
        let set = library.codes.set(&concept.value_set).expect("a value set of the library");
        let found = |system: &str, code: String| {
            let system = library.codes.uri(system).unwrap_or(system).to_owned();
            let classified = library.index.classify([(&*system, &*code)].into_iter(), [].into_iter());
            library.index.set(&concept.value_set).is_some_and(|set| classified.is_in(set))
        };
        for code in &set.codes {
            assert!(found(&code.system, code.code.clone()), "{} {} of {}", code.system, code.code, set.title);
            if code.system.starts_with("icd") {
                let without_dot = code.code.replace('.', "");
                assert!(found(&code.system, without_dot.clone()), "{} {without_dot} of {}", code.system, set.title);
            }
            seen += 1;
        }
        for code in &set.rejects {
            assert!(!found(&code.system, code.code.clone()), "{} {} of {}", code.system, code.code, set.title);
            seen += 1;
        }
    }
    assert!(seen > 3000, "only {seen} codes were looked up");
}

/// A prescription of a year ago that is still active is a treatment that goes on; one that ended is not.
#[test]
fn an_active_prescription_is_a_treatment_without_any_dose_on_record() {
    let server = Server::shared();
    let order = serde_json::json!({"resourceType": "MedicationRequest", "id": "last-year", "status": "active",
        "intent": "order", "subject": {"reference": "Patient/toci-patient"}, "authoredOn": "2025-09-01",
        "medicationCodeableConcept": {"coding": [{"system": "http://www.whocc.no/atc", "code": "L04AC07"}]}});
    for (status, rules) in [("active", &["laboratory-holds"][..]), ("stopped", &[][..])] {
        let order = with(&order, "/status", Some(status.into()));
        let bundle = serde_json::json!({"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": order}]});
        let value = "/prefetch/platelets/entry/0/resource/valueQuantity/value";
        let mut call = with(&moved("textbook"), "/prefetch/medication-requests", Some(bundle));
        call = with(&call, value, Some(Value::from(92)));
        call = with(&with(&call, "/hook", Some("patient-view".into())), "/context/draftOrders", None);
        let answer = server.post("tocilizumab-patient-view", &call).json();
        let spoken: Vec<&str> = cards(&answer).iter().map(|card| text(card, "/source/topic/code")).collect();
        assert_eq!(spoken, rules, "{status}");
    }
}

/// An entry that is no resource could have been anything: then nothing of its part is called absent.
#[test]
fn an_entry_without_a_type_is_not_nothing() {
    let entries = serde_json::json!({"resourceType": "Bundle", "type": "searchset",
        "entry": [{"resource": {"code": {"text": "tocilizumab"}}}]});
    let answer = Server::shared().call("no type", &with(&moved("textbook"), "/prefetch/allergies", Some(entries)));
    assert_eq!(outcome(&answer, "tocilizumab-hypersensitivity"), "unknown: unreadable");
}
