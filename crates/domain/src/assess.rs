//! The assessment of one order: every criterion of every rule of its drug, decided from facts, order and clock.

use super::criteria::{self, Finding};
use super::fact::{ConceptId, Facts, Source, Taking};
use super::indication::{self, Purpose};
use super::order::DrugOrder;
use super::phase::{self, Phase};
use super::rule::{Applies, Drug, Rule};
use super::time::Clock;
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
    pub purpose: &'a Purpose,
    /// The moment of the decision.
    pub clock: &'a Clock,
}

impl Subject<'_> {
    /// Whether a record is surely from before the first known dose of the drug, or there was none yet.
    pub fn before_first_dose(&self, source: &Source) -> bool {
        let doses = self.facts.medications.iter().filter(|m| {
            m.concept == self.drug.id
                && (self.order.standing || m.source.reference != self.order.reference)
                && matches!(m.taking, Taking::Taken | Taking::Completed)
        });
        let mut firsts = doses.map(|m| m.first_taken.as_ref());
        firsts.all(|first| match (first, &source.effective) {
            (Some(first), Some(when)) => first.is_after(when),
            _ => false,
        })
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
    pub purpose: Purpose,
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
    /// Each criterion's id with what was found.
    pub findings: Vec<(String, Finding)>,
}

impl RuleFindings {
    /// What was found of the criterion.
    pub fn get(&self, id: &str) -> Option<&Finding> {
        self.findings.iter().find(|(name, _)| name == id).map(|(_, finding)| finding)
    }
}

/// Assesses one order.
pub fn assess(drug: &Drug, facts: &Facts, order: &DrugOrder, clock: &Clock) -> Assessment {
    let purpose = indication::purpose(drug, facts, &order.reason);
    let (phase, exposures) = phase::phase(drug, facts, order, clock);
    let subject = Subject { drug, facts, order, purpose: &purpose, clock };
    let rules = drug.rules.iter().map(|rule| findings(rule, &subject, phase)).collect();
    Assessment { drug: drug.id.clone(), order: order.reference.clone(), purpose, phase, exposures, rules }
}

/// Whether a rule concerns an order; unknown where the purpose is not known because records are missing.
enum Concern {
    Yes,
    No,
    Unknown(Reason),
}

fn findings(rule: &Rule, subject: &Subject<'_>, phase: Phase) -> RuleFindings {
    let concern = concern(&rule.applies, subject.purpose, phase);
    let mut findings: Vec<(String, Finding)> = Vec::with_capacity(rule.criteria.len());
    for criterion in &rule.criteria {
        let finding = match concern {
            Concern::Yes => criteria::decide(criterion, subject, &findings),
            Concern::No => Finding::bare(Outcome::NotApplicable),
            Concern::Unknown(reason) => Finding::bare(Outcome::Unknown(reason)),
        };
        findings.push((criterion.id.clone(), finding));
    }
    RuleFindings { applies: matches!(concern, Concern::Yes), findings }
}

fn concern(applies: &Applies, purpose: &Purpose, phase: Phase) -> Concern {
    let excepted = purpose.indication.as_ref().is_some_and(|id| applies.except.contains(id));
    if excepted || !(applies.phases.is_empty() || applies.phases.contains(&phase)) {
        return Concern::No;
    }
    match (&applies.family, purpose.unknown) {
        (None, _) => Concern::Yes,
        (Some(family), _) if purpose.families.contains(family) => Concern::Yes,
        (Some(_), Some(reason)) => Concern::Unknown(reason),
        (Some(_), None) => Concern::No,
    }
}
