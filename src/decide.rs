//! The one pipeline: orders, record and clock in; assessment and cards out. Everything else calls it, nothing else decides.

use serde::Serialize;

use crate::domain::assess::{Assessment, assess};
use crate::domain::phase::Phase;
use crate::domain::time::Clock;
use crate::fhir::extract::Extraction;
use crate::fhir::order::Found;
use crate::fhir::record::Record;
use crate::fhir::resource::Resource;
use crate::hook::card::{AssessmentJson, Bearer, Card, cards, merge};
use crate::hook::remarks::remark;
use crate::hook::suggestion::Target;
use crate::library::Library;

/// What a decision is made from.
#[derive(Debug)]
pub struct Question<'q, 'a> {
    /// The knowledge.
    pub library: &'q Library,
    /// The orders for drugs of the library.
    pub orders: &'q [Found<'q, 'a>],
    /// All that came with the orders.
    pub beside: &'q [Resource<'a>],
    /// What is known of the patient.
    pub record: &'q Record<'a>,
    /// The moment of the decision.
    pub clock: &'q Clock,
    /// Whether the record is looked at from later, so that what was not yet known must be left out.
    pub hindsight: bool,
    /// For whom the cards are written.
    pub bearer: Bearer<'q>,
}

/// What was decided.
#[derive(Debug, Default)]
pub struct Decision {
    /// The assessment of each order.
    pub assessments: Vec<Assessment>,
    /// What the answer carries.
    pub answer: Answer,
}

/// Assessment and cards, as they are sent.
#[derive(Debug, Default, Serialize)]
pub struct Answer {
    /// The assessment of each order.
    pub assessment: Vec<AssessmentJson>,
    /// The cards, the most urgent first.
    pub cards: Vec<Card>,
}

/// Assesses each order and says what there is to say.
pub fn decide(question: &Question<'_, '_>) -> Decision {
    if question.orders.is_empty() {
        return Decision::default();
    }
    let extraction = Extraction {
        library: question.library,
        record: question.record,
        beside: question.beside,
        clock: question.clock,
        hindsight: question.hindsight,
    };
    let facts = extraction.facts();
    let mut decision = Decision::default();
    let mut lists = Vec::new();
    for (position, found) in question.orders.iter().enumerate() {
        let target = Target { drug: found.drug, order: &found.order, node: found.node, position };
        let assessment = assess(found.drug, &facts, &found.order, question.clock);
        // Without an order there is something to say only of a treatment that really goes on.
        let speaks = !found.order.standing || assessment.phase == Phase::Continuation;
        let cards =
            if !speaks { Vec::new() } else { cards(target, &assessment, &facts, question.clock, &question.bearer) };
        lists.push((found.order.product.words.clone(), cards));
        decision.answer.assessment.push(AssessmentJson::of(target, &assessment));
        decision.assessments.push(assessment);
    }
    decision.answer.cards = merge(lists);
    remark(&mut decision.answer.cards, &question.record.remarks, question.library);
    decision
}
