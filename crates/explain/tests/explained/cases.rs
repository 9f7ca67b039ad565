//! What is on screen as a case: `check` accepts it beside its rule, and it pins what was seen.

use explain::case::{CaseRequest, copy};
use explain::edit::Edits;
use knowledge::files::Files;

use crate::support::{MOMENT, Minimal, library};

/// Rows of: a test patient, changes, the rule, and what the case holds.
const COPIED: [(&str, &str, &str, &str); 11] = [
    ("textbook", "", "laboratory-limits", "card = \"none\""),
    (
        "textbook",
        "value.Observation/anc=1.9",
        "laboratory-limits",
        "change = [{ at = \"Observation/anc\", merge = { valueQuantity = { value = 1.9 } } }]",
    ),
    ("textbook", "value.Observation/anc=1.9", "summary", "[case.card]"),
    ("textbook", "remove.Observation/anc", "laboratory-limits", "remove = [\"Observation/anc\"]"),
    ("textbook", "now=2027-03-01T09:00:00Z", "laboratory-limits", "now = \"2027-03-01T09:00:00Z\""),
    ("textbook", "dose.MedicationRequest/toci=324 mg", "dose-and-route", "indicator = "),
    ("textbook", "route.MedicationRequest/toci=intravenous", "dose-and-route", "display = \"Intravenous route\""),
    ("textbook", "use.MedicationRequest/toci=it's '''odd''' \"use\" é", "adult-indication", "'''odd'''"),
    ("textbook", "weight=61.5", "dose-and-route", "add = ['''{"),
    ("patients/neutrophils-1.9", "value.Observation/anc=<0.5", "laboratory-limits", "comparator = \"<\""),
    (
        "patients/igra-positive",
        "value.Observation/igra=Negative",
        "tuberculosis",
        "fixture = \"patients/igra-positive\"",
    ),
];

fn query(changes: &str) -> String {
    // Written as one types them; a link escapes them.
    changes.split_once('=').map_or(String::new(), |(name, value)| {
        let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("{name}={value}")
    })
}

#[test]
fn check_accepts_what_was_copied() {
    let (library, fixtures, mut files) = (library(), Files::fixtures(), Files::embedded());
    for (number, (fixture, changes, rule, holds)) in COPIED.into_iter().enumerate() {
        let changes = if changes.starts_with("remove") { changes.to_owned() } else { query(changes) };
        let edits = Edits::from_query(&changes).expect("changes");
        let name = format!("copied {number}: \"quoted\"");
        let screen = CaseRequest {
            library: &library,
            fixtures: &fixtures,
            author: &Minimal,
            fixture: Some(fixture),
            edits: &edits,
            moment: MOMENT,
            rule,
            name: &name,
        };
        let pasted = copy(&screen).unwrap_or_else(|error| panic!("{fixture} {changes} {rule}: {error}"));
        assert!(pasted.toml.contains(holds), "{fixture} {changes}: no `{holds}` in\n{}", pasted.toml);
        let text = files.0.get_mut(&pasted.file).unwrap_or_else(|| panic!("no file {}", pasted.file));
        text.push('\n');
        text.push_str(&pasted.toml);
    }
    // The cases of other rules say nothing here, and take their time.
    files.0.retain(|path, text| !path.ends_with(".cases.toml") || text.contains("copied"));
    let report = engine::check::check(&files, &fixtures, &Minimal);
    let mistakes: Vec<String> = report.mistakes.iter().map(ToString::to_string).collect();
    let copied: Vec<&String> = mistakes.iter().filter(|mistake| mistake.contains("copied")).collect();
    assert!(copied.is_empty(), "{copied:#?}");
    let cases = knowledge::cases::read(&files, &mut Vec::new());
    let read = cases.iter().flat_map(|file| &file.cases).filter(|(case, _)| case.name.starts_with("copied"));
    assert_eq!(read.count(), COPIED.len());
}

/// A case that no longer holds is noticed: what was copied is really pinned.
#[test]
fn check_notices_what_no_longer_holds() {
    let (library, fixtures) = (library(), Files::fixtures());
    let edits = Edits::from_query("value.Observation/anc=1.9").expect("changes");
    let screen = CaseRequest {
        library: &library,
        fixtures: &fixtures,
        author: &Minimal,
        fixture: Some("textbook"),
        edits: &edits,
        moment: MOMENT,
        rule: "laboratory-limits",
        name: "copied",
    };
    let pasted = copy(&screen).expect("a case");
    for (was, is) in [("value = 1.9", "value = 2.9"), ("critical", "warning"), ("\"met\"", "\"not-met\"")] {
        let mut files = Files::embedded();
        files.0.retain(|path, _| !path.ends_with(".cases.toml"));
        assert!(pasted.toml.contains(was), "{}", pasted.toml);
        files.0.insert(pasted.file.clone(), pasted.toml.replace(was, is));
        let report = engine::check::check(&files, &fixtures, &Minimal);
        assert!(report.mistakes.iter().any(|mistake| mistake.to_string().contains("case \"copied\"")), "{was}");
    }
}

#[test]
fn what_is_needed_is_said_in_words() {
    let (library, fixtures, none) = (library(), Files::fixtures(), Edits::default());
    let screen = CaseRequest {
        library: &library,
        fixtures: &fixtures,
        author: &Minimal,
        fixture: Some("textbook"),
        edits: &none,
        moment: MOMENT,
        rule: "laboratory-limits",
        name: "a case",
    };
    let odd = Edits::from_query("value.Observation/none=1").expect("changes");
    for (screen, said) in [
        (CaseRequest { fixture: None, ..screen }, "save the call as fixtures/patients/NAME.json"),
        (CaseRequest { fixture: Some("nobody"), ..screen }, "no test patient is called `nobody`"),
        (CaseRequest { rule: "no-rule", ..screen }, "no rule is called `no-rule`"),
        (CaseRequest { name: " ", ..screen }, "a case needs a name"),
        (CaseRequest { edits: &odd, ..screen }, "Observation/none: the call holds no such resource"),
    ] {
        let error = copy(&screen).expect_err(said);
        assert!(error.contains(said), "{error}");
    }
}
