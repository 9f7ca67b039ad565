//! Orders that are not found to be of a drug of the library, and may be: a name that is misspelled, glued to a number or
//! shortened, and an order that does not say what it orders. The first kind has a card, because nothing was
//! checked; the second is counted for the log.

use cds_hooks::card::{Card, CodingJson, SourceJson};
use domain::rule::{Drug, Indicator};
use domain::words::cut;
use fhir::meaning::Meaning;
use knowledge::Library;
use strsim::levenshtein;
use text::{Block, code, text};

use super::card::{CardContext, RULES, card_id};
use super::unchecked::override_reasons;

/// An order whose name sounds like that of a drug.
#[derive(Debug)]
pub struct Unidentified<'l> {
    /// The drug.
    pub drug: &'l Drug,
    /// The name on the order.
    pub words: String,
    /// `Type/id` of the order.
    pub reference: String,
}

/// The topic of the card, in place of a rule.
const TOPIC: &str = "order-not-identified";

/// Fewest letters of a name that may be misspelled by one, and by two, and of one that may be glued to something.
const ONE_OFF: usize = 6;
const TWO_OFF: usize = 10;

/// The drug that the words of a medicine sound like.
pub fn sounds_like<'l>(library: &'l Library, said: &Meaning<'_>) -> Option<&'l Drug> {
    // A medicine that a code or a name tells is not guessed at.
    if !said.classified.is_unknown() || !said.classified.named().is_empty() {
        return None;
    }
    let words = said.said.words.iter().map(|words| words.to_lowercase());
    let words: Vec<String> = words.collect();
    let parts = || words.iter().flat_map(|words| words.split(|c: char| !c.is_alphanumeric()));
    library.drugs.iter().find(|drug| parts().any(|part| resembles(drug, part)))
}

/// Whether a lower-case word resembles a name of the drug.
fn resembles(drug: &Drug, word: &str) -> bool {
    let length = word.chars().count();
    drug.sounds_like.iter().any(|like| like == word)
        || drug.names.iter().any(|name| {
            let letters = name.chars().count();
            let off = if letters >= TWO_OFF { 2 } else { 1 };
            letters >= ONE_OFF
                && (word.starts_with(name.as_str())
                    || (letters.abs_diff(length) <= off && levenshtein(name, word) <= off))
        })
}

/// Whether nothing of a medicine says which it is: no words, and no code of a system in which the drugs have codes.
pub fn is_unclear(library: &Library, said: &Meaning<'_>) -> bool {
    said.said.words.is_empty()
        && said.classified.is_unknown()
        && !said.said.codings.iter().any(|coding| library.index.knows_products_of(&coding.system))
}

/// The card of an order that sounds like one of the drug.
pub fn card(order: &Unidentified<'_>, position: usize, context: &CardContext<'_>) -> Card {
    let Unidentified { drug, words, reference } = order;
    let words = cut(words, 40);
    Card {
        rule: TOPIC.to_owned(),
        orders: vec![format!("{reference} {words}")],
        uuid: card_id(context, &format!("{reference}/{position}"), TOPIC, ""),
        summary: cut(
            &format!("Order “{words}” could not be identified: if it is {}, it was not checked", drug.name),
            139,
        ),
        detail: vec![
            Block::Paragraph(vec![text(format!(
                "The name resembles {}, and no code or known name of it stands on the order. Choose the product from the \
                 formulary, or check the order by hand.",
                drug.name
            ))]),
            Block::List(vec![vec![text(format!("Order: {words}, ")), code(cut(reference, 80))]]),
        ],
        indicator: Indicator::Warning,
        source: SourceJson {
            label: "Names and codes of this service's products".to_owned(),
            url: None,
            topic: CodingJson { system: RULES, code: TOPIC.to_owned(), display: "Order not identified".to_owned() },
        },
        suggestions: Vec::new(),
        selection_behavior: None,
        override_reasons: override_reasons(&drug.name),
        links: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use cds_hooks::author::{Author, NewOrder};
    use cds_hooks::call::HookCall;
    use cds_hooks::error::CallError;
    use cds_hooks::profile::{Profile, SummaryHook};
    use document::Document;
    use domain::time::Clock;
    use fhir::fetched::Fetched;
    use knowledge::Library;
    use knowledge::files::Files;

    use super::resembles;
    use crate::answer::{Recipient, answer};

    #[test]
    fn names_that_resemble_the_drug() {
        let library = Library::embedded().expect("a valid library");
        for (word, like) in [
            ("tcz", true),
            ("actpen", true),
            ("tocilzumab", true),
            ("tocillizumab", true),
            ("toclizumap", true),
            ("actemra162", true),
            ("actemraacpen", true),
            ("actemera", true),
            ("tyenna", true),
            ("eculizumab", false),
            ("certolizumab", false),
            ("toripalimab", false),
            ("teclistamab", false),
            ("sarilumab", false),
            ("rituximab", false),
            ("acthar", false),
            ("", false),
        ] {
            assert_eq!(resembles(&library.drugs[0], word), like, "{word}");
        }
    }

    /// Writes nothing: no card here offers an order.
    struct Silent;

    impl Author for Silent {
        fn service_request(&self, _: &NewOrder<'_>) -> Option<String> {
            None
        }

        fn medication_request(&self, _: &NewOrder<'_>, _: &str) -> Option<String> {
            None
        }

        fn operation_outcome(&self, _: &CallError) -> String {
            String::new()
        }
    }

    /// The summaries of the cards, how many orders were assessed, and how many could not be identified, for this medicine
    /// on the order of the textbook patient.
    fn answered(medicine: &str) -> (Vec<String>, usize, usize) {
        let library = Library::embedded().expect("a valid library");
        let text = &Files::fixtures().0["textbook"];
        let (before, rest) = text.split_once("\"medicationCodeableConcept\":").expect("an order");
        let (_, after) = rest.split_once("\"subject\"").expect("its patient");
        let text = format!("{before}\"medicationCodeableConcept\": {medicine}, \"subject\"{after}");
        let document = Document::parse(text).expect("JSON");
        let call = HookCall::read(&document, None).expect("a call");
        let clock = Clock::parse("2026-11-22T09:00:00Z", &jiff::tz::TimeZone::UTC).expect("a moment");
        let recipient = Recipient {
            profile: Some(Profile::Standard),
            public_url: None,
            summary: SummaryHook::Both,
            author: &Silent,
        };
        let (decision, _) = answer(&library, &call, &Fetched::default(), &clock, &recipient).expect("an answer");
        let summaries = decision.cards.iter().map(|card| card.summary.clone()).collect();
        (summaries, decision.assessments.len(), decision.unclear)
    }

    #[test]
    fn what_sounds_like_the_drug_is_said_and_what_says_nothing_is_counted() {
        let card =
            |name: &str| format!("Order “{name}” could not be identified: if it is tocilizumab, it was not checked");
        for (medicine, cards, unclear) in [
            (r#"{"text": "tocilzumab 162 mg"}"#, vec![card("tocilzumab 162 mg")], 1),
            (r#"{"text": "TCZ"}"#, vec![card("TCZ")], 1),
            (
                r#"{"coding": [{"system": "urn:site", "code": "17", "display": "Actemra162"}]}"#,
                vec![card("Actemra162")],
                1,
            ),
            (r#"{"coding": [{"system": "urn:site", "code": "17"}]}"#, vec![], 1),
            (r#"{"text": "certolizumab pegol"}"#, vec![], 0),
            (r#"{"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "999999"}]}"#, vec![], 0),
        ] {
            assert_eq!(answered(medicine), (cards, 0, unclear), "{medicine}");
        }
        let (_, assessed, unclear) = answered(r#"{"text": "tocilizumab 162 mg"}"#);
        assert_eq!((assessed, unclear), (1, 0), "the drug itself");
    }
}
