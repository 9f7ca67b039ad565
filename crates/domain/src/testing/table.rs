//! Truth tables: what a criterion of a kind finds of the facts in each row.

use std::collections::BTreeSet;

use super::{Fact, clock, drug, facts, order, rule};
use crate::assess::Subject;
use crate::criteria::{CriterionKind, Earlier, Finding, Names};
use crate::indication::OrderIndication;
use crate::order::DrugOrder;

/// Calls `decide` with a subject of these facts, this order and the indication with this id.
pub fn with_subject<T>(
    known: &[Fact],
    order: &DrugOrder,
    indication: Option<&str>,
    decide: impl FnOnce(&Subject<'_>) -> T,
) -> T {
    let (facts, drug, clock) = (facts(known), drug(), clock());
    let indication = OrderIndication {
        id: indication.map(str::to_owned),
        name: String::new(),
        families: Vec::new(),
        conditional: false,
        unknown: None,
    };
    decide(&Subject::new(&drug, &facts, order, &indication, &clock))
}

/// The finding of a criterion that is alone in its rule.
pub fn find(kind: &impl CriterionKind, known: &[Fact]) -> Finding {
    find_on_order(kind, known, &order())
}

pub fn find_on_order(kind: &impl CriterionKind, known: &[Fact], order: &DrugOrder) -> Finding {
    let rule = rule(Vec::new());
    with_subject(known, order, None, |subject| kind.decide(subject, Earlier { rule: &rule, findings: &[] }))
}

/// A row of a truth table: its name, the facts, and the outcome as the library writes it.
pub type Row<'a> = (&'a str, &'a [Fact], &'a str);

pub fn truth_table(kind: &impl CriterionKind, rows: &[Row<'_>]) {
    let mut names = BTreeSet::new();
    for (name, known, outcome) in rows {
        assert!(names.insert(*name), "two rows are named `{name}`");
        assert_eq!(find(kind, known).outcome.to_string(), *outcome, "{name}");
    }
}

/// The references that a finding cites, the decisive first.
pub fn cited(finding: &Finding) -> Vec<&str> {
    finding.evidence.iter().map(|source| source.reference.as_str()).collect()
}

/// All that a kind says of itself, in lines.
pub fn described(kind: &mut impl CriterionKind) -> Vec<String> {
    let (rule, drug) = (rule(Vec::new()), drug());
    let explained = kind.explain(&Names { rule: &rule, drug: &drug, concept: &|id| format!("the {id}") });
    let properties = kind.properties();
    let concepts: Vec<&str> = properties.concepts.iter().map(|id| &***id).collect();
    let mut lines = vec![
        format!("reads: {}", concepts.join(", ")),
        format!("window: {:?}", properties.window_days),
        format!("shows: {}", properties.must_show.join(", ")),
        format!("of the order: {}", properties.is_of_order),
    ];
    let before = properties.window_days;
    lines.extend(explained.met.iter().map(|sentence| format!("met: {sentence}")));
    lines.extend(explained.not_met.iter().map(|sentence| format!("not met: {sentence}")));
    lines.extend(explained.unknown.iter().map(|sentence| format!("unknown: {sentence}")));
    lines.extend(explained.list.map(|list| format!("list: {list:?}")));
    match kind.window_mut() {
        Some(window) => {
            *window = 99;
            assert_eq!(kind.properties().window_days, Some(99), "the window that is written is the one that is read");
        }
        None => assert_eq!(before, None, "a window that is read can be written"),
    }
    lines
}
