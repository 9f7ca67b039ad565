//! The one pipeline: orders, record and clock in; assessment and cards out. Everything else calls it, nothing else decides.

use serde::Serialize;

use cds_hooks::card::Card;
use domain::assess::assess;
use domain::fact::Facts;
use domain::phase::Phase;
use domain::time::Clock;
use fhir::extract::Extraction;
use fhir::meaning::Meanings;
use fhir::order::Found;
use fhir::record::Record;
use fhir::resources::Resources;

use super::assessment::Assessed;
use super::card::{CardContext, cards, merge};
use super::remarks::remark;
use super::suggestion::Target;

/// What a decision is made from.
#[derive(Debug)]
pub struct Question<'q, 'l, 'a> {
    /// The orders for drugs of the library.
    pub orders: &'q [Found<'l, 'a>],
    /// All that came with the orders.
    pub drafts: &'q Resources<'a>,
    /// What is known of the patient.
    pub record: &'q Record<'a>,
    /// What the concepts of the record mean, and the library that says so.
    pub meanings: &'q Meanings<'l, 'a>,
    /// The moment of the decision.
    pub clock: &'q Clock,
    /// Whether the record is looked at from later, so that what was not yet known must be left out.
    pub hindsight: bool,
    /// For whom the cards are written.
    pub context: CardContext<'q>,
}

/// What was decided.
#[derive(Debug, Default, Serialize)]
pub struct Decision<'l> {
    /// The assessment of each order.
    #[serde(rename = "assessment")]
    pub assessments: Vec<Assessed<'l>>,
    /// The cards, the most urgent first.
    pub cards: Vec<Card>,
}

/// Assesses each order and says what there is to say.
pub fn decide<'l>(question: &Question<'_, 'l, '_>) -> Decision<'l> {
    if question.orders.is_empty() {
        return Decision::default();
    }
    let Question { drafts, record, meanings, clock, hindsight, .. } = question;
    let facts = Extraction { record, drafts, meanings, clock, hindsight: *hindsight }.facts();
    decide_on(&facts, question)
}

/// Decides when it is known already what there is to know.
pub(crate) fn decide_on<'l>(facts: &Facts, question: &Question<'_, 'l, '_>) -> Decision<'l> {
    let Question { record, meanings, clock, context, .. } = question;
    let mut decision = Decision::default();
    let mut lists = Vec::new();
    for (position, found) in question.orders.iter().enumerate() {
        let target = Target { drug: found.drug, order: &found.order, node: found.node, position };
        let assessment = assess(found.drug, facts, &found.order, clock);
        // Without an order there is something to say only of a treatment that really goes on.
        let speaks = !found.order.is_current_treatment || assessment.phase == Phase::Continuation;
        let cards = if speaks { cards(target, &assessment, facts, clock, context) } else { Vec::new() };
        lists.push((found.order.product.words.clone(), cards));
        decision.assessments.push(Assessed { drug: found.drug, assessment });
    }
    decision.cards = merge(lists);
    remark(&mut decision.cards, &record.remarks, meanings.library);
    decision
}
