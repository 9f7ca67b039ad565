//! The card on orders that could not be checked. No rule writes it, because nothing is known of such an order; without it
//! an order that nobody looked at would seem to have passed.

use cds_hooks::card::{Card, CodingJson, SourceJson};
use domain::rule::Indicator;
use domain::words::cut;
use fhir::draft::Unchecked;
use knowledge::Library;
use text::{Block, Line, code, text};

use super::card::{CardContext, OVERRIDES, RULES, card_id};

/// The topic of the card.
pub const TOPIC: &str = "unchecked-orders";
/// Most orders that the card names.
const NAMED: usize = 8;

/// One card for all of them; `None` when there are none.
pub fn card(orders: &[Unchecked], library: &Library, context: &CardContext<'_>) -> Option<Card> {
    let first = orders.first()?;
    let names: Vec<&str> = library.drugs.iter().map(|drug| drug.name.as_str()).collect();
    let drug = names.join(" or ");
    let why = |one: &Unchecked| format!("{}: {}", cut(&one.order, 40), one.why.words());
    let summary = match orders {
        [one] if one.why.is_of_drug() => format!("An order of {drug} was not checked ({})", why(one)),
        [one] => format!("An order could not be read ({}): if it is {drug}, it was not checked", why(one)),
        several => format!("{} orders could not be read: those for {drug} were not checked", several.len()),
    };
    let bullet = |one: &Unchecked| -> Line { vec![code(cut(&one.order, 80)), text(format!(": {}", one.why.words()))] };
    let mut bullets: Vec<Line> = orders.iter().take(NAMED).map(bullet).collect();
    if let Some(more @ 1..) = orders.len().checked_sub(NAMED) {
        bullets.push(vec![text(format!("and {more} more"))]);
    }
    let these = if orders.len() == 1 { "this order" } else { "these orders" };
    let by_hand = library.drugs.iter().filter_map(|drug| Some((&drug.name, drug.check_by_hand.as_ref()?)));
    let by_hand = by_hand.map(|(drug, what)| format!(" Before a dose of {drug} is given, check {what} by hand."));
    let advice = format!("Nothing was looked up for {these}.{}", by_hand.collect::<String>());
    Some(Card {
        rule: TOPIC.to_owned(),
        orders: orders.iter().map(|one| one.order.clone()).collect(),
        uuid: card_id(context, &first.order, TOPIC, ""),
        summary: cut(&summary, 139),
        detail: vec![Block::List(bullets), Block::Paragraph(vec![text(advice)])],
        indicator: Indicator::Warning,
        source: SourceJson {
            label: "The orders of this call".to_owned(),
            url: None,
            topic: CodingJson {
                system: RULES,
                code: TOPIC.to_owned(),
                display: "Orders that were not checked".to_owned(),
            },
        },
        suggestions: Vec::new(),
        selection_behavior: None,
        override_reasons: override_reasons(&drug),
        links: Vec::new(),
    })
}

/// Why a clinician may go on with an order that was not checked.
pub(super) fn override_reasons(drug: &str) -> Vec<CodingJson> {
    vec![
        reason("not-this-drug", format!("The order is not for {drug}")),
        reason("checked-by-hand", "Checked by hand".to_owned()),
    ]
}

fn reason(code: &str, display: String) -> CodingJson {
    CodingJson { system: OVERRIDES, code: code.to_owned(), display }
}
