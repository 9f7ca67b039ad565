//! What was looked at and not used for each order: the facts that did not decide, the resources of which no fact was
//! made, and those of other patients. It is worked out after the decision, and only where somebody asks, since it costs a
//! second look at the record.

use std::collections::{BTreeMap, BTreeSet};

use cds_hooks::call::HookCall;
use domain::fact::{ConceptId, Facts};
use domain::rule::Drug;
use domain::unused::{AskedBy, MOST, Unused, unused};
use fhir::fetched::Fetched;
use fhir::page::Page;
use fhir::resource::Resource;
use fhir::unread::Unread;

use super::assessment::Assessed;
use super::decide::{Decision, Question, decide_on, extraction, facts};

/// Decides as `decide` does, to the letter, and tells why: what is known of the patient, and for each order what was looked
/// at and not used.
pub fn explain<'l, 'a>(question: &Question<'_, 'l, 'a>, others: &[Resource<'a>]) -> (Decision<'l>, Facts) {
    let facts = facts(question);
    let mut decision = decide_on(&facts, question);
    tell(&mut decision, &facts, question, others);
    (decision, facts)
}

/// Adds to each assessment of a decision what was looked at and not used. `others` are resources of other patients that
/// came with the call.
fn tell<'a>(decision: &mut Decision<'_>, facts: &Facts, question: &Question<'_, '_, 'a>, others: &[Resource<'a>]) {
    for (assessed, found) in decision.assessments.iter_mut().zip(question.orders) {
        let mut all = unused(assessed.drug, facts, &found.order, &assessed.assessment, question.clock);
        let asked = asked_by(assessed);
        let wanted: BTreeSet<&ConceptId> = asked.keys().copied().collect();
        let extraction = extraction(question);
        let strangers = others.iter().flat_map(|other| extraction.of_another_patient(other, &wanted));
        let unread = extraction.unread(facts, &wanted).into_iter().chain(strangers);
        let more = unread.map(|Unread { concept, source, why }| {
            let criteria = asked.get(&concept).cloned().unwrap_or_default();
            Unused { concept, source, why, by: None, criteria }
        });
        all.extend(more.take(MOST));
        // Stable, so that what is about one concept keeps its order.
        all.sort_by(|a, b| a.concept.cmp(&b.concept));
        assessed.unused = Some(all);
    }
}

/// The resources of other patients that came with a call.
pub fn of_others<'a>(call: &HookCall<'a>, fetched: &'a Fetched) -> Vec<Resource<'a>> {
    let prefetched = call.prefetch.iter().map(|(_, node)| *node);
    let answers = fetched.bodies().map(|body| body.root());
    let resources = prefetched.chain(answers).flat_map(|node| resources(Page::read(node)));
    resources.filter(|resource| resource.kind != "Patient" && !resource.concerns(&call.patient_id)).collect()
}

fn resources(page: Page<'_>) -> Vec<Resource<'_>> {
    match page {
        Page::Lone(resource) => vec![resource],
        Page::Bundle(bundle) => bundle.resources,
        Page::Nothing | Page::Failed(_) | Page::Repeated => Vec::new(),
    }
}

/// Which criteria asked for each concept.
fn asked_by<'l>(assessed: &Assessed<'l>) -> BTreeMap<&'l ConceptId, Vec<AskedBy>> {
    let drug: &'l Drug = assessed.drug;
    let mut asked: BTreeMap<&ConceptId, Vec<AskedBy>> = BTreeMap::new();
    for (rule, _) in drug.rules.iter().zip(&assessed.assessment.rules).filter(|(_, found)| found.applies) {
        for criterion in &rule.criteria {
            for concept in criterion.kind.properties().concepts {
                let by = AskedBy { rule: rule.id.clone(), criterion: criterion.id.clone() };
                asked.entry(concept).or_default().push(by);
            }
        }
    }
    asked
}
