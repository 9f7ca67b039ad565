//! The assessment of one order: every criterion of every rule of its drug, decided from facts, order and clock.

use super::criteria::{self, Earlier, Finding};
use super::fact::{ConceptId, Facts, Medication, Source, Taking};
use super::indication::{self, OrderIndication};
use super::order::DrugOrder;
use super::phase::{self, Phase};
use super::rule::{Applies, Drug, Rule};
use super::time::{Clock, Earliest, When};
use super::truth::{Outcome, Reason};

/// All that a criterion may look at.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The drug and its rules.
    pub drug: &'a Drug,
    /// What is known of the patient.
    pub facts: &'a Facts,
    /// The order.
    pub order: &'a DrugOrder,
    /// What the order is for.
    pub indication: &'a OrderIndication,
    /// The first known dose of the drug.
    pub first_dose: FirstDose,
    /// The moment of the decision.
    pub clock: &'a Clock,
}

impl Subject<'_> {
    /// Whether a record is surely from before the first known dose of the drug, or there was none yet.
    pub fn before_first_dose(&self, source: &Source) -> bool {
        match (&self.first_dose, &source.effective) {
            (FirstDose::None, _) => true,
            (FirstDose::On(earliest), Some(when)) => earliest.is_after(when),
            (FirstDose::On(_), None) | (FirstDose::Undated, _) => false,
        }
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
    /// The first known dose, other than one of this very order.
    pub(crate) fn of(drug: &Drug, facts: &Facts, order: &DrugOrder) -> FirstDose {
        let is_dose = |m: &&Medication| {
            m.concept == drug.id
                && (order.is_current_treatment || m.source.reference != order.reference)
                && matches!(m.taking, Taking::Taken | Taking::Completed)
        };
        let doses: Vec<Option<&When>> =
            facts.medications.iter().filter(is_dose).map(|m| m.first_taken.as_ref()).collect();
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
    /// Id of the drug whose rules were asked.
    pub drug: ConceptId,
    /// `Type/id` of the order.
    pub order: String,
    /// What it is for.
    pub indication: OrderIndication,
    /// The treatment phase.
    pub phase: Phase,
    /// The exposures that show the phase.
    pub exposures: Vec<Source>,
    /// The findings, rule by rule in the order of the drug.
    pub rules: Vec<RuleFindings>,
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
    /// What was found of the criterion with this id; the rule is that of the findings.
    pub fn get(&self, rule: &Rule, id: &str) -> Option<&Finding> {
        self.findings.get(rule.criteria.iter().position(|criterion| criterion.id == id)?)
    }
}

/// Assesses one order.
pub fn assess(drug: &Drug, facts: &Facts, order: &DrugOrder, clock: &Clock) -> Assessment {
    let indication = indication::of_order(drug, facts, &order.reason);
    let (phase, exposures) = phase::phase(drug, facts, order, clock);
    let first_dose = FirstDose::of(drug, facts, order);
    let subject = Subject { drug, facts, order, indication: &indication, first_dose, clock };
    let rules = drug.rules.iter().map(|rule| findings(rule, &subject, phase)).collect();
    Assessment { drug: drug.id.clone(), order: order.reference.clone(), indication, phase, exposures, rules }
}

/// Whether a rule concerns an order; unknown where the purpose is not known because records are missing.
enum Concern {
    Yes,
    No,
    Unknown(Reason),
}

fn findings(rule: &Rule, subject: &Subject<'_>, phase: Phase) -> RuleFindings {
    let concern = concern(&rule.applies, subject.indication, phase);
    let mut findings: Vec<Finding> = Vec::with_capacity(rule.criteria.len());
    for criterion in &rule.criteria {
        let finding = match concern {
            Concern::Yes => criteria::decide(criterion, subject, Earlier { rule, findings: &findings }),
            Concern::No => Finding::bare(Outcome::NotApplicable),
            Concern::Unknown(reason) => Finding::bare(Outcome::Unknown(reason)),
        };
        findings.push(finding);
    }
    RuleFindings { applies: matches!(concern, Concern::Yes), findings }
}

fn concern(applies: &Applies, indication: &OrderIndication, phase: Phase) -> Concern {
    let excepted = indication.id.as_ref().is_some_and(|id| applies.except.contains(id));
    if excepted || !(applies.phases.is_empty() || applies.phases.contains(&phase)) {
        return Concern::No;
    }
    match (&applies.family, indication.unknown) {
        (None, _) => Concern::Yes,
        (Some(family), _) if indication.families.contains(family) => Concern::Yes,
        (Some(_), Some(reason)) => Concern::Unknown(reason),
        (Some(_), None) => Concern::No,
    }
}
