//! The indication of an order: its own reason decides, and without one the patient's active conditions.

use super::fact::{Certainty, Condition, Facts, Presence};
use super::order::DrugOrder;
use super::rule::{Drug, Indication};
use super::time::{Age, Clock};
use super::truth::Reason;

/// The indication of an order, as far as it can be determined.
#[derive(Debug, Clone)]
pub struct OrderIndication {
    /// Its id in the library; `None` when it could not be determined.
    pub id: Option<String>,
    /// Its name in running text.
    pub name: String,
    /// The families of indications that it belongs to, or may belong to.
    pub families: Vec<String>,
    /// Whether the families are only a possibility: then summaries begin with "If for …".
    pub conditional: bool,
    /// Why nothing is known of the indication, when the conditions could not be retrieved.
    pub unknown: Option<Reason>,
}

impl OrderIndication {
    /// The code in the assessment: the id of an indication within a family, `other` for any other indication, or
    /// `undetermined`.
    pub fn code(&self) -> &str {
        match &self.id {
            None => "undetermined",
            Some(_) if self.families.is_empty() => "other",
            Some(id) => id,
        }
    }
}

/// The indication of an order. A reason that names nothing we know says no more than none, so that the conditions
/// decide then too.
pub fn of_order(drug: &Drug, facts: &Facts, order: &DrugOrder, clock: &Clock) -> OrderIndication {
    let in_reason = |concept: &str| order.reason.concepts.iter().any(|c| &**c == concept);
    let on_record = |concept: &str| on_record(facts, concept, None, clock);

    let by_reason = drug.indications.iter().filter(|i| {
        i.all.iter().chain(&i.reason).any(|c| in_reason(c))
            && i.all.iter().all(|c| in_reason(c) || on_record(c) || i.reason.as_deref().is_some_and(in_reason))
            && suits(i, facts, &in_reason)
    });
    let by_reason: Vec<&Indication> = by_reason.collect();
    if !by_reason.is_empty() {
        return choose(drug, facts, &by_reason);
    }
    let shown = |i: &&Indication| i.all.iter().all(|c| self::on_record(facts, c, i.within_days, clock));
    let by_conditions = drug.indications.iter().filter(shown).filter(|i| suits(i, facts, &in_reason));
    let fitting = by_route(by_conditions.collect(), order.route.known());
    // What words alone show, or a diagnosis to be confirmed, makes a family possible and not certain.
    let is_sure = |i: &&Indication| i.all.iter().all(|concept| is_sure(facts, concept));
    let of_family: Vec<&Indication> = fitting.iter().filter(|i| i.family.is_some()).copied().collect();
    match of_family.iter().any(is_sure) || of_family.is_empty() {
        true => choose(drug, facts, &fitting),
        false => undetermined(drug, facts, &families(&of_family)),
    }
}

/// Whether an active entry for the condition is coded, confirmed and readable.
fn is_sure(facts: &Facts, concept: &str) -> bool {
    let sure = |c: &&Condition| c.presence == Presence::Active && c.certainty == Certainty::Sure;
    facts.conditions.iter().filter(sure).any(|c| &*c.concept == concept)
}

/// The families of indications, each once.
fn families<'a>(of: &[&'a Indication]) -> Vec<&'a str> {
    let mut families: Vec<&str> = of.iter().filter_map(|i| i.family.as_deref()).collect();
    families.dedup();
    families
}

/// Whether a condition is active, and its entry not older than so many days.
fn on_record(facts: &Facts, concept: &str, within_days: Option<i64>, clock: &Clock) -> bool {
    let is_old = |c: &Condition| match (&c.source.effective, within_days) {
        (Some(when), Some(days)) => clock.age(when, days) == Age::Older,
        _ => false,
    };
    facts.conditions.iter().any(|c| &*c.concept == concept && c.presence == Presence::Active && !is_old(c))
}

/// Leaves out what the conditions show for orders by another route only. Where the route is not known, such an
/// indication counts if nothing else fits.
fn by_route<'a>(mut fitting: Vec<&'a Indication>, route: Option<&String>) -> Vec<&'a Indication> {
    fitting.retain(|i| !i.only_by_its_routes || route.is_none_or(|route| i.routes.contains(route)));
    let is_certain = |i: &&Indication| route.is_some() || !i.only_by_its_routes;
    if fitting.iter().any(is_certain) {
        fitting.retain(is_certain);
    }
    fitting
}

/// The only one of those that fit, the most specific of a family; otherwise it stays open which of them it is.
fn choose(drug: &Drug, facts: &Facts, fitting: &[&Indication]) -> OrderIndication {
    let families = families(fitting);
    let others = fitting.iter().filter(|i| i.family.is_none()).count();
    match fitting.first() {
        Some(found) if families.len() + others == 1 => certain(found),
        _ => undetermined(drug, facts, &families),
    }
}

/// Whether what an indication needs beyond its conditions is there: a reason that the order gives, or a denied
/// condition.
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

#[cfg(test)]
mod tests;
