//! Which cards of a decision an answer carries: all of them, unless the client, the service or the rule is silent, or the
//! user has answered the same card already when the order was selected.

use cds_hooks::call::HookCall;
use cds_hooks::card::Card;
use domain::hook::Hook;
use domain::rule::Indicator;
use engine::decide::Decision;
use store::note::Mode;
use text::{Block, text};

use super::answered::{AnsweredCards, card_identity};
use crate::config::{Client, Delivery, Settings};

/// How an answer carries a card.
#[derive(Debug, PartialEq, Eq)]
enum CardDelivery {
    /// It is sent as it was written.
    Whole,
    /// It is critical and was answered with this reason: it is sent in one line.
    Short(String),
    /// It is only noted.
    Not(Mode),
}

/// What is done with each card of a decision, in the order of its cards.
#[derive(Debug, Default)]
pub struct CardDeliveries(Vec<CardDelivery>);

/// Whether answers to calls of this service by this client carry their cards.
pub fn delivery(settings: &Settings, client: Option<&Client>, service: &str) -> Delivery {
    match settings.silent_services.iter().any(|silent| silent == service) {
        true => Delivery::Silent,
        false => client.and_then(|client| client.mode).unwrap_or(settings.mode),
    }
}

impl CardDeliveries {
    /// What is done with the cards that answer a call. A card that is shown at the selection of an order is remembered, so
    /// that it can be held back at the signature once it was answered.
    pub fn of(
        decision: &Decision<'_>,
        delivery: Delivery,
        answered: &AnsweredCards,
        client: Option<&str>,
        call: &HookCall<'_>,
    ) -> CardDeliveries {
        let of = |card: &Card| match delivery {
            Delivery::Silent => CardDelivery::Not(Mode::Silent),
            Delivery::Live => {
                // Only a card that can be overridden with a reason can be answered.
                let user = call.user_id.as_deref().filter(|_| !card.override_reasons.is_empty());
                let identity = |user| card_identity(client, user, &call.patient_id, card);
                match (&call.hook, user) {
                    (Hook::OrderSelect, Some(user)) => {
                        answered.shown(&card.uuid.to_string(), || identity(user));
                        CardDelivery::Whole
                    }
                    (Hook::OrderSign, Some(user)) => match answered.answer_to(|| identity(user)) {
                        Some(reason) if card.indicator == Indicator::Critical => CardDelivery::Short(reason),
                        Some(_) => CardDelivery::Not(Mode::HeldBack),
                        None => CardDelivery::Whole,
                    },
                    _ => CardDelivery::Whole,
                }
            }
        };
        CardDeliveries(decision.cards.iter().map(of).collect())
    }

    /// The mode of each card, in the order of the decision.
    pub fn modes(&self) -> impl Iterator<Item = Mode> {
        self.0.iter().map(|delivery| match delivery {
            CardDelivery::Whole | CardDelivery::Short(_) => Mode::Live,
            CardDelivery::Not(mode) => *mode,
        })
    }

    /// Leaves the cards in the decision that the answer carries, in the words that it carries.
    pub fn apply(self, decision: &mut Decision<'_>) {
        let cards = std::mem::take(&mut decision.cards).into_iter().zip(self.0);
        decision.cards = cards.filter_map(|(card, delivery)| delivered(card, delivery)).collect();
    }
}

fn delivered(mut card: Card, delivery: CardDelivery) -> Option<Card> {
    match delivery {
        CardDelivery::Whole => Some(card),
        CardDelivery::Not(_) => None,
        CardDelivery::Short(reason) => {
            let known = card.override_reasons.iter().find(|known| known.code == reason);
            let words = known.map_or("another reason", |known| known.display.as_str());
            let line = format!("Answered when the order was selected: “{words}”. What is on record is still the same.");
            card.detail = vec![Block::Paragraph(vec![text(line)])];
            Some(card)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::delivery;
    use crate::config::Delivery::{Live, Silent};

    #[test]
    fn one_word_makes_a_client_or_all_of_them_silent() {
        let clients = |mode: &str| format!("[clients.a]\nissuer = \"a\"\nkeys = \"k\"\n{mode}");
        let own = |mode: &str| clients(&format!("mode = \"{mode}\""));
        for (text, expected) in [
            (clients(""), [Live, Live]),
            (format!("mode = \"silent\"\n{}", clients("")), [Silent, Silent]),
            (format!("mode = \"silent\"\n{}", own("live")), [Live, Silent]),
            (own("silent"), [Silent, Live]),
            (format!("silent-services = [\"s\"]\n{}", own("live")), [Silent, Silent]),
            (format!("silent-services = [\"other\"]\n{}", own("live")), [Live, Live]),
        ] {
            let settings = crate::config::read(Some((Path::new("f"), &text)), |_| None).expect("settings");
            let found = [settings.clients.get("a"), None].map(|client| delivery(&settings, client, "s"));
            assert_eq!(found, expected, "a client and anyone else with {text}");
        }
    }
}
