//! The assessment of one order: every criterion of every rule of its drug, decided from facts, order and clock.

use std::cell::OnceCell;

use super::criteria::{self, Earlier, Finding, Unusable, Weight};
use super::fact::{ConceptId, Facts, Medication, Shown, Source};
use super::indication::{self, OrderIndication};
use super::order::DrugOrder;
use super::phase::{self, Phase, Treatment};
use super::rule::{Applies, Drug, Rule};
use super::time::{Clock, Earliest, When};
use super::truth::{Outcome, Reason};

/// Everything that a criterion may look at.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The drug and its rules.
    pub drug: &'a Drug,
    /// What is known of the patient.
    pub facts: &'a Facts,
    /// The order.
    pub order: &'a DrugOrder,
    /// The indication of the order.
    pub indication: &'a OrderIndication,
    /// The first known dose of the drug.
    pub first_dose: FirstDose,
    /// The moment of the decision.
    pub clock: &'a Clock,
    /// The body weight, once a criterion has asked for it.
    weight: OnceCell<Result<Weight, Unusable>>,
}

impl<'a> Subject<'a> {
    /// What a criterion looks at for one order.
    pub fn new(
        drug: &'a Drug,
        facts: &'a Facts,
        order: &'a DrugOrder,
        indication: &'a OrderIndication,
        clock: &'a Clock,
    ) -> Subject<'a> {
        let first_dose = FirstDose::of(drug, facts, order);
        Subject { drug, facts, order, indication, first_dose, clock, weight: OnceCell::new() }
    }

    /// The body weight that a dose is calculated with, or why there is none.
    pub(crate) fn weight(&self) -> &Result<Weight, Unusable> {
        self.weight.get_or_init(|| criteria::usable_weight(self))
    }

    /// Whether a record is certainly older than the first known dose of the drug. Without any dose, every record is.
    pub fn before_first_dose(&self, source: &Source) -> bool {
        match (&self.first_dose, &source.effective) {
            (FirstDose::None, _) => true,
            (FirstDose::On(earliest), Some(when)) => earliest.is_after(when),
            (FirstDose::On(_), None) | (FirstDose::Undated, _) => false,
        }
    }

    /// How many days ago the first known dose was; `None` without one, or without its date.
    pub fn days_since_first_dose(&self) -> Option<i64> {
        let FirstDose::On(earliest) = &self.first_dose else { return None };
        earliest.day()?.until(self.clock.today()).ok().map(|span| i64::from(span.get_days()))
    }
}

/// The first known dose of the drug.
#[derive(Debug)]
pub enum FirstDose {
    /// None is on record.
    None,
    /// On the earliest of these dates.
    On(Earliest),
    /// A dose without a date is on record.
    Undated,
}

impl FirstDose {
    /// The first known dose, other than one of this very order. What may have been a dose counts, because a value after
    /// it may be changed by the drug.
    pub(crate) fn of(drug: &Drug, facts: &Facts, order: &DrugOrder) -> FirstDose {
        let is_dose = |m: &&Medication| {
            m.concept == drug.id
                && (order.is_current_treatment || m.source.reference != order.reference)
                && (m.is_taken() || m.shown == Shown::Perhaps)
        };
        let doses: Vec<Option<&When>> = facts.medications.iter().filter(is_dose).map(|m| m.first.as_ref()).collect();
        if doses.is_empty() {
            return FirstDose::None;
        }
        let dates: Option<Vec<&When>> = doses.into_iter().collect();
        dates.map_or(FirstDose::Undated, |dates| FirstDose::On(dates.into_iter().collect()))
    }
}

/// What was found for one order.
#[derive(Debug)]
pub struct Assessment {
    /// The id of the drug whose rules were applied.
    pub drug: ConceptId,
    /// `Type/id` of the order.
    pub order: String,
    /// Its indication.
    pub indication: OrderIndication,
    /// Its route, by its id, where it is known.
    pub route: Option<String>,
    /// The treatment phase.
    pub phase: Phase,
    /// The exposures on which the phase rests.
    pub exposures: Vec<Source>,
    /// Whether the drug may be taken at the moment.
    pub may_go_on: bool,
    /// The findings, rule by rule in the order of the drug.
    pub rules: Vec<RuleFindings>,
    /// What is on record and was not understood.
    pub not_understood: NotUnderstood,
}

/// Entries on record that nobody could understand: never to be taken for none.
#[derive(Debug, Clone, Default)]
pub struct NotUnderstood {
    /// How many there are.
    pub count: usize,
    /// The newest of them, as many as a card names.
    pub newest: Vec<Source>,
}

impl NotUnderstood {
    /// How many entries a card names.
    const NAMED: usize = 3;

    fn of(facts: &Facts) -> NotUnderstood {
        let newest = facts.not_understood.iter().take(NotUnderstood::NAMED).cloned().collect();
        NotUnderstood { count: facts.not_understood.len(), newest }
    }
}

/// The findings of one rule, in the order of its criteria.
#[derive(Debug)]
pub struct RuleFindings {
    /// Whether the rule concerns the order.
    pub applies: bool,
    /// What was found of each criterion.
    pub findings: Vec<Finding>,
}

impl RuleFindings {
    /// The finding of the criterion with this id. `rule` must be the rule of these findings.
    pub fn get(&self, rule: &Rule, id: &str) -> Option<&Finding> {
        self.findings.get(rule.criteria.iter().position(|criterion| criterion.id == id)?)
    }
}

/// Assesses one order.
pub fn assess(drug: &Drug, facts: &Facts, order: &DrugOrder, clock: &Clock) -> Assessment {
    let indication = indication::of_order(drug, facts, order, clock);
    let Treatment { phase, exposures, may_go_on } = phase::of_order(drug, facts, order, clock);
    let subject = Subject::new(drug, facts, order, &indication, clock);
    let rules = drug.rules.iter().map(|rule| findings(rule, &subject, phase)).collect();
    Assessment {
        drug: drug.id.clone(),
        order: order.reference.clone(),
        indication,
        route: order.route.known().cloned(),
        phase,
        exposures,
        may_go_on,
        rules,
        not_understood: NotUnderstood::of(facts),
    }
}

/// Whether a rule or a criterion concerns an order. It is unknown when the indication is unknown because records are
/// missing.
#[derive(Clone, Copy)]
enum Concern {
    Yes,
    No,
    Unknown(Reason),
}

fn findings(rule: &Rule, subject: &Subject<'_>, phase: Phase) -> RuleFindings {
    let of_rule = concern(&rule.applies, subject, phase);
    let mut findings: Vec<Finding> = Vec::with_capacity(rule.criteria.len());
    for criterion in &rule.criteria {
        let concern = match of_rule {
            Concern::Yes => of_family(criterion.family.as_deref(), subject.indication),
            otherwise => otherwise,
        };
        let finding = match concern {
            Concern::Yes => criteria::decide(criterion, subject, Earlier { rule, findings: &findings }),
            Concern::No => Finding::bare(Outcome::NotApplicable),
            Concern::Unknown(reason) => Finding::bare(Outcome::Unknown(reason)),
        };
        findings.push(finding);
    }
    RuleFindings { applies: matches!(of_rule, Concern::Yes), findings }
}

fn concern(applies: &Applies, subject: &Subject<'_>, phase: Phase) -> Concern {
    let indication = subject.indication;
    let without_order = subject.order.is_current_treatment && applies.phases_without_order.contains(&phase);
    let excepted = indication.id.as_ref().is_some_and(|id| applies.except.contains(id));
    if excepted || !(applies.phases.is_empty() || applies.phases.contains(&phase) || without_order) {
        return Concern::No;
    }
    let is_named = |id: &String| applies.only.contains(id);
    match (applies.only.is_empty() || indication.id.as_ref().is_some_and(is_named), indication.unknown) {
        (true, _) => of_family(applies.family.as_deref(), indication),
        (false, Some(reason)) => Concern::Unknown(reason),
        (false, None) => Concern::No,
    }
}

fn of_family(family: Option<&str>, indication: &OrderIndication) -> Concern {
    match (family, indication.unknown) {
        (None, _) => Concern::Yes,
        (Some(family), _) if indication.families.iter().any(|known| known == family) => Concern::Yes,
        (Some(_), Some(reason)) => Concern::Unknown(reason),
        (Some(_), None) => Concern::No,
    }
}

#[cfg(test)]
mod tests;
