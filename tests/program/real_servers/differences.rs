//! Where the answer from a server differs from that by prefetch, and why. A row that no longer holds fails as well.

use std::collections::BTreeSet;

/// Where an answer may differ, and must: the server (none for every one), the test patient, what differs, and why.
pub const DIFFERENCES: &[(&str, &str, &[&str], &str)] = &[
    (
        "",
        "patients/fvc-as-component",
        &[
            "met -> unknown: absent",
            "not-met -> unknown: absent",
            "card baseline-lung",
            "card summary",
            "card treatment-pathway",
        ],
        "a search by code does not look into components",
    ),
    (
        "",
        "patients/infected-digital-ulcer-allergies-refused",
        &["unknown: not-retrieved -> unknown: absent", "card hypersensitivity", "card summary"],
        "prefetch brings an error for the allergies; the server was asked and has none",
    ),
    (
        "",
        "shapes/dstu2-medication-order",
        &["met -> unknown: absent", "card treatment-pathway"],
        "a record of DSTU2 says `patient` where R4 says `subject`, so an R4 server does not find it",
    ),
    (
        "HFS",
        "shapes/medication-under-own-key",
        &["card summary"],
        "HFS refuses a Medication to a token of a patient; the order is known by its words alone",
    ),
    (
        "",
        "shapes/prefetch-broken",
        &[
            "unknown: not-retrieved -> unknown: absent",
            "unknown: unreadable -> unknown: absent",
            "card hypersensitivity",
            "card laboratory-limits",
            "card summary",
        ],
        "prefetch brings what is no FHIR; the server was asked and has none",
    ),
    (
        "HFS",
        "shapes/prefetch-included-medication",
        &[
            "met -> unknown: unreadable",
            "unknown: absent -> unknown: unreadable",
            "card summary",
            "card treatment-pathway",
        ],
        "HFS refuses a Medication to a token of a patient, as it belongs to none",
    ),
    (
        "",
        "shapes/prefetch-operation-outcomes",
        &[
            "unknown: not-retrieved -> unknown: absent",
            "card hypersensitivity",
            "card laboratory-limits",
            "card summary",
            "card treatment-pathway",
        ],
        "prefetch brings errors; the server was asked and has none",
    ),
    (
        "",
        "shapes/prefetch-paged",
        &[
            "unknown: not-retrieved -> met",
            "unknown: not-retrieved -> not-met",
            "unknown: not-retrieved -> unknown: absent",
            "card active-infection",
            "card summary",
        ],
        "prefetch brings the first page only; the server gives all",
    ),
    (
        "",
        "shapes/prefetch-wrapped-failure",
        &["unknown: not-retrieved -> unknown: absent", "card hypersensitivity", "card summary"],
        "prefetch brings a failed request for the allergies; the server was asked and has none",
    ),
    (
        "Medplum",
        "patients/neutrophils-2.0",
        &[
            "/extension/io.github.tocilizumab-cds.assessment/0/criteria/14/evidence/0/value: \"2 10*9/L\" is not \"2.0 10*9/L\"",
        ],
        "Medplum writes 2.0 as 2; what is decided and shown is the same",
    ),
];

/// What must differ for a test patient on a server; nothing for most.
pub fn expected(server: &str, patient: &str) -> BTreeSet<String> {
    let rows = DIFFERENCES.iter().filter(|(of, name, ..)| (of.is_empty() || *of == server) && *name == patient);
    rows.flat_map(|(_, _, differences, _)| differences.iter().map(|difference| (*difference).to_owned())).collect()
}
