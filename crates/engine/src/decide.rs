//! The one pipeline: orders, record and clock in; assessment and cards out. Everything else calls it, nothing else
//! decides.

use std::cell::OnceCell;

use serde::Serialize;

use cds_hooks::card::Card;
use document::Node;
use domain::advise::{Advised, advise, advise_in_silence};
use domain::assess::{Assessment, RuleFindings, assess};
use domain::fact::{Facts, Medication, Shown};
use domain::hook::Hook;
use domain::offer::Against;
use domain::rule::{Drug, Indicator, Rule};
use domain::time::Clock;
use domain::truth::Outcome;
use fhir::draft::Unchecked;
use fhir::extract::Extraction;
use fhir::meaning::Meanings;
use fhir::order::Found;
use fhir::record::Record;
use fhir::resources::Resources;

use super::assessment::Assessed;
use super::card::{CardContext, Writer, merge};
use super::remarks::{is_overview, remark};
use super::suggestion::Target;
use super::unchecked;
use super::unidentified::{self, Unidentified};

/// What a decision is made from.
#[derive(Debug)]
pub struct Question<'q, 'l, 'a> {
    /// The orders for drugs of the library.
    pub orders: &'q [Found<'l, 'a>],
    /// The orders that could not be checked, and may be for a drug of the library.
    pub unchecked: &'q [Unchecked],
    /// The orders whose names sound like that of a drug of the library.
    pub unidentified: &'q [Unidentified<'l>],
    /// How many orders do not say what they order.
    pub unclear: usize,
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
    /// The cards of rules that the site silences: they are noted, and no answer carries them.
    #[serde(skip)]
    pub silent: Vec<Card>,
    /// The rules of these cards with their indicators, order by order, for statistics: one card may be about several
    /// orders.
    #[serde(skip)]
    pub silenced: Vec<(String, Indicator)>,
    /// How many orders could be for a drug of the library or not, for the log.
    #[serde(skip)]
    pub unclear: usize,
    /// How many orders could not be checked.
    #[serde(skip)]
    pub unchecked: usize,
}

/// Assesses each order and says what there is to say.
pub fn decide<'l>(question: &Question<'_, 'l, '_>) -> Decision<'l> {
    decide_on(&facts(question), question)
}

/// What is known of the patient.
pub(crate) fn facts(question: &Question<'_, '_, '_>) -> Facts {
    match question.orders {
        // Nothing is decided on it.
        [] => Facts::default(),
        _ => extraction(question).facts(),
    }
}

/// From what the facts are made.
pub(crate) fn extraction<'q, 'l, 'a>(question: &Question<'q, 'l, 'a>) -> Extraction<'q, 'l, 'a> {
    let Question { drafts, record, meanings, clock, hindsight, .. } = question;
    Extraction { record, drafts, meanings, clock, hindsight: *hindsight }
}

/// Decides when it is known already what there is to know.
pub(crate) fn decide_on<'l>(facts: &Facts, question: &Question<'_, 'l, '_>) -> Decision<'l> {
    let Question { orders, clock, unchecked, unidentified, unclear, .. } = question;
    let assess = |found: &Found<'l, '_>| {
        let assessment = assess(found.drug, facts, &found.order, clock);
        Assessed { drug: found.drug, assessment, unused: None }
    };
    let assessments: Vec<Assessed<'l>> = orders.iter().map(assess).collect();
    let Said { cards, silent, silenced } = cards(question, facts, &assessments);
    let unclear = unidentified.len() + unclear;
    Decision { cards, silent, silenced, assessments, unclear, unchecked: unchecked.len() }
}

/// What is said, aloud or not.
#[derive(Debug)]
pub struct Said {
    /// The cards, the most urgent first.
    pub cards: Vec<Card>,
    /// The cards of rules that the site silences.
    pub silent: Vec<Card>,
    /// The rules of these cards with their indicators, order by order.
    pub silenced: Vec<(String, Indicator)>,
}

/// The cards on orders that were assessed, and on those that could not be, and apart from them those of silenced rules.
/// The advice of all rules for all orders is made before anything is offered, since a finding of one rule may exclude a
/// suggestion of another.
pub fn cards(question: &Question<'_, '_, '_>, facts: &Facts, assessed: &[Assessed<'_>]) -> Said {
    let Question { orders, record, meanings, clock, context, .. } = question;
    let mut against = Against::default();
    let mut spoken = Vec::with_capacity(orders.len());
    for (found, Assessed { drug, assessment, .. }) in orders.iter().zip(assessed) {
        // Without an order there is something to say only of a treatment that may go on.
        let speaks = !found.order.is_current_treatment || assessment.may_go_on;
        let advised = if speaks { said(drug, assessment, facts, context, advise) } else { Vec::new() };
        against.add(drug, assessment, &advised);
        spoken.push(speaks.then_some(advised));
    }
    let remarks = (&record.remarks, meanings.library);
    let several = orders.len() > 1;
    let mut lists = Vec::with_capacity(orders.len());
    let mut silent = Vec::new();
    let mut silenced = Vec::new();
    for (position, ((found, assessed), advised)) in orders.iter().zip(assessed).zip(&spoken).enumerate() {
        let Some(advised) = advised else { continue };
        let Found { drug, order, node, is_draft } = found;
        let others = if *is_draft { others(drug, &order.reference, facts, question) } else { Vec::new() };
        let reasons = OnceCell::new();
        let target =
            Target { drug, order, node: *node, position, is_draft: *is_draft, others: &others, reasons: &reasons };
        let assessment = &assessed.assessment;
        let writer = Writer { target, assessment, facts, clock, context, against: &against, several };
        lists.push((found.order.product.words.clone(), writer.cards(advised, remarks)));
        if drug.rules.iter().any(|rule| rule.silent) {
            let unheard = said(drug, assessment, facts, context, advise_in_silence);
            let cards = writer.silent_cards(&unheard, advised, remarks);
            silenced.extend(cards.iter().map(|card| (card.rule.clone(), card.indicator)));
            silent.push((found.order.product.words.clone(), cards));
        }
    }
    let is_overview = |rule: &str| is_overview(meanings.library, rule);
    let (mut cards, silent) = (merge(lists, is_overview), merge(silent, is_overview));
    remark(&mut cards, &record.remarks, meanings.library);
    cards.extend(unchecked::card(question.unchecked, meanings.library, context));
    let unidentified = question.unidentified.iter().enumerate();
    cards.extend(unidentified.map(|(position, order)| unidentified::card(order, position, context)));
    cards.sort_by_key(|card| card.indicator);
    Said { cards, silent, silenced }
}

/// The orders of the drug on record that cover the moment, but for this one, as they were sent.
fn others<'a>(drug: &Drug, order: &str, facts: &Facts, question: &Question<'_, '_, 'a>) -> Vec<Node<'a>> {
    let is_other = |m: &&Medication| {
        m.concept == drug.id
            && m.shown == Shown::Prescribed
            && m.source.reference != order
            && m.covers(question.clock) == Outcome::Met
    };
    let found = facts.medications.iter().filter(is_other);
    found.filter_map(|m| Some(question.record.resources.find(&m.source.reference)?.object.node())).collect()
}

/// How a rule is asked what it says: aloud or in silence.
type Ask<'a> = fn(&'a Drug, &'a Rule, &'a RuleFindings, &Assessment, &Facts, &Hook) -> Option<Advised<'a>>;

/// What each rule says of an order.
fn said<'a>(
    drug: &'a Drug,
    assessment: &'a Assessment,
    facts: &Facts,
    context: &CardContext<'_>,
    ask: Ask<'a>,
) -> Vec<Advised<'a>> {
    let rules = drug.rules.iter().zip(&assessment.rules);
    rules.filter_map(|(rule, found)| ask(drug, rule, found, assessment, facts, context.hook)).collect()
}
