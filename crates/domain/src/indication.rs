//! What an order is for: its own reason decides, and without one the patient's active conditions do.

use super::fact::{Facts, Presence};
use super::order::OrderReason;
use super::rule::{Drug, Indication};
use super::truth::Reason;

/// What an order is for.
#[derive(Debug, Clone)]
pub struct OrderIndication {
    /// Its id in the library; `None` when it could not be determined.
    pub id: Option<String>,
    /// Words for a reader.
    pub name: String,
    /// Families of indications that this order does, or may, belong to.
    pub families: Vec<String>,
    /// Whether the family is only a possibility: rules then speak as "if for ...".
    pub conditional: bool,
    /// Why nothing is known of the indication, when the conditions could not be retrieved.
    pub unknown: Option<Reason>,
}

impl OrderIndication {
    /// The code in the assessment: the id within a family, `other` for a named one outside, or `undetermined`.
    pub fn code(&self) -> &str {
        match &self.id {
            None => "undetermined",
            Some(_) if self.families.is_empty() => "other",
            Some(id) => id,
        }
    }
}

/// The indication of an order.
pub fn of_order(drug: &Drug, facts: &Facts, reason: &OrderReason) -> OrderIndication {
    let on_record =
        |concept: &str| facts.conditions.iter().any(|c| &*c.concept == concept && c.presence == Presence::Active);
    let in_reason = |concept: &str| reason.concepts.iter().any(|c| &**c == concept);

    if let Some(found) = drug.indications.iter().find(|i| {
        i.all.iter().chain(&i.reason).any(|c| in_reason(c))
            && i.all.iter().all(|c| in_reason(c) || on_record(c) || i.reason.as_deref().is_some_and(in_reason))
            && suits(i, facts, &in_reason)
    }) {
        return certain(found);
    }
    let by_conditions: Vec<&Indication> =
        drug.indications.iter().filter(|i| i.all.iter().all(|c| on_record(c)) && suits(i, facts, &in_reason)).collect();
    let mut families: Vec<&str> = by_conditions.iter().filter_map(|i| i.family.as_deref()).collect();
    families.dedup();
    let others = by_conditions.iter().filter(|i| i.family.is_none()).count();
    let reason_not_understood = reason.words.is_some();
    match (by_conditions.first(), reason_not_understood, families.len(), others) {
        (Some(found), false, 1, 0) => certain(found),
        (Some(_), false, 0, 1) => certain(by_conditions[0]),
        _ => undetermined(drug, facts, &families),
    }
}

/// Whether the extra demand of an indication holds: the reason says so, or a condition is denied.
fn suits(indication: &Indication, facts: &Facts, in_reason: &dyn Fn(&str) -> bool) -> bool {
    if indication.reason.is_none() && indication.refuted.is_none() {
        return true;
    }
    let said = indication.reason.as_deref().is_some_and(in_reason);
    let denied = indication.refuted.as_deref().is_some_and(|concept| {
        facts.conditions.iter().any(|c| &*c.concept == concept && c.presence == Presence::Denied)
    });
    said || denied
}

fn certain(indication: &Indication) -> OrderIndication {
    OrderIndication {
        id: Some(indication.id.clone()),
        name: indication.name.clone(),
        families: indication.family.iter().cloned().collect(),
        conditional: false,
        unknown: None,
    }
}

fn undetermined(drug: &Drug, facts: &Facts, families: &[&str]) -> OrderIndication {
    let gap = drug
        .indications
        .iter()
        .filter(|i| i.family.is_some())
        .flat_map(|i| &i.all)
        .find_map(|concept| facts.gaps.get(concept).copied());
    OrderIndication {
        id: None,
        name: "not stated".to_owned(),
        families: families.iter().map(|f| (*f).to_owned()).collect(),
        conditional: !families.is_empty(),
        unknown: if families.is_empty() { gap } else { None },
    }
}
