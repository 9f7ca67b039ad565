//! What a client can take of an answer, and cards made to fit it: every EHR shows a part of the standard only. No card
//! is lost over it, and what a button would have done is said in words where the card does not say it already.

use serde_json::value::RawValue;

use cds_hooks::call::HookCall;
use cds_hooks::card::{ActionJson, Card, SuggestionJson, Verb};
use cds_hooks::profile::Profile;
use text::markdown::Markdown;
use text::{Block, text, without_tables};

/// What a client can take.
#[derive(Debug, Clone, Copy)]
struct Abilities {
    /// The actions it carries out, each with the types of resource; `None` for all of them.
    actions: Option<&'static [(Verb, &'static [&'static str])]>,
    /// Whether a suggestion may hold several actions.
    several: bool,
    /// The one word it understands for how many suggestions may be taken; `None` for both of the standard's.
    selection: Option<&'static str>,
    /// Where a deletion names its order.
    deletes: Deletes,
    /// How the code of a topic is written.
    topics: Topics,
    /// Whether the words on the button are those of the action, not of the suggestion.
    described: bool,
    /// Whether there is room for a table.
    tables: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deletes {
    /// In `resourceId`, as 2.0 has it.
    ResourceId,
    /// As a text in `resource`, as 1.0 has it.
    Resource,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Topics {
    /// As the rule is called.
    AsWritten,
    /// Letters and digits only.
    Alphanumeric,
}

const STANDARD: Abilities = Abilities {
    actions: None,
    several: true,
    selection: None,
    deletes: Deletes::ResourceId,
    topics: Topics::AsWritten,
    described: false,
    tables: true,
};

impl Abilities {
    fn of(profile: Profile) -> Abilities {
        match profile {
            Profile::Standard => STANDARD,
            // Epic ties an override to the topic, so its code must stay the same from call to call. What remains of
            // the buttons removes one order or adds one, so any of them may be taken together, as its word says.
            Profile::Epic => Abilities {
                actions: Some(&[
                    (Verb::Create, &["MedicationRequest", "ServiceRequest", "Condition"]),
                    (Verb::Delete, &["MedicationRequest", "ServiceRequest"]),
                ]),
                several: false,
                selection: Some("any"),
                topics: Topics::Alphanumeric,
                described: true,
                ..STANDARD
            },
            Profile::OracleHealth => {
                Abilities { actions: Some(&[]), selection: Some("at-most-one"), tables: false, ..STANDARD }
            }
            // A client of 1.0 must treat a card with another word as an error. It reads past members it does not know.
            Profile::V1 => Abilities { selection: Some("at-most-one"), deletes: Deletes::Resource, ..STANDARD },
        }
    }

    fn carries_out(&self, suggestion: &SuggestionJson) -> bool {
        let action = |action: &ActionJson| {
            let kind = action.about.resource_type.as_str();
            self.actions.is_none_or(|all| all.iter().any(|(verb, kinds)| *verb == action.kind && kinds.contains(&kind)))
        };
        // Half of what belongs together, such as another drug without the removal of this one, is never offered.
        (self.several || suggestion.actions.len() <= 1) && suggestion.actions.iter().all(action)
    }
}

/// Members of a request's `extension` that only Epic sends begin so.
const EPIC: &str = "com.epic.cdshooks.";

/// The profile of a call: that of the client, or else what the request shows for certain.
pub fn of(configured: Option<Profile>, call: &HookCall<'_>) -> Profile {
    let epic = || call.extensions.iter().any(|name| name.starts_with(EPIC));
    configured.unwrap_or_else(|| if epic() { Profile::Epic } else { Profile::Standard })
}

/// The cards as a client of this profile can take them: the same ones in the same order.
pub fn fit(cards: Vec<Card>, profile: Profile) -> Vec<Card> {
    let able = Abilities::of(profile);
    cards.into_iter().map(|card| fit_one(card, &able)).collect()
}

fn fit_one(mut card: Card, able: &Abilities) -> Card {
    let (kept, dropped): (Vec<_>, Vec<_>) = card.suggestions.into_iter().partition(|one| able.carries_out(one));
    if !able.tables {
        card.detail = without_tables(card.detail);
    }
    let by_hand = by_hand(&card.summary, &card.detail, &dropped);
    card.detail.extend(by_hand);
    card.suggestions = kept.into_iter().map(|one| fit_suggestion(one, able)).collect();
    card.selection_behavior = match able.selection {
        _ if card.suggestions.is_empty() => None,
        Some(only) => Some(only),
        None => card.selection_behavior,
    };
    if able.topics == Topics::Alphanumeric {
        card.source.topic.code.retain(|c| c.is_ascii_alphanumeric());
    }
    card
}

/// What the buttons that were dropped would have done, where the card does not say it by itself.
fn by_hand(summary: &str, detail: &[Block], dropped: &[SuggestionJson]) -> Option<Block> {
    if dropped.is_empty() {
        return None;
    }
    let said = format!("{summary}\n{}", Markdown(detail)).to_lowercase();
    let untold: Vec<String> = dropped.iter().filter(|one| !tells(&said, one)).map(in_words).collect();
    let words = format!("To be done by hand, no button is offered here: {}.", untold.join("; "));
    (!untold.is_empty()).then(|| Block::Paragraph(vec![text(words)]))
}

fn fit_suggestion(mut suggestion: SuggestionJson, able: &Abilities) -> SuggestionJson {
    let label = suggestion.label.clone();
    for action in &mut suggestion.actions {
        if able.described {
            action.description.clone_from(&label);
        }
        if able.deletes == Deletes::Resource
            && let Some(id) = action.resource_id.take()
        {
            action.resource = RawValue::from_string(serde_json::Value::from(id).to_string()).ok();
        }
    }
    suggestion
}

/// Whether the words of a card, in small letters, say what the button would have done.
fn tells(said: &str, suggestion: &SuggestionJson) -> bool {
    let holds = |words: &str| !words.is_empty() && said.contains(&words.to_lowercase());
    let thing = || suggestion.label.split_once(' ').is_some_and(|(_, thing)| holds(thing));
    match suggestion.actions.as_slice() {
        [action] if action.kind == Verb::Update => action.about.dose.as_deref().is_some_and(holds),
        // A card that names what may be ordered needs no word more.
        [action] if action.kind == Verb::Create => holds(&suggestion.label) || thing(),
        _ => holds(&suggestion.label),
    }
}

/// The button's words, with the medicine and dose of an order that it would have written.
fn in_words(suggestion: &SuggestionJson) -> String {
    let created = suggestion.actions.iter().filter(|action| action.kind == Verb::Create);
    let orders: Vec<String> = created
        .filter_map(|action| {
            let (medicine, dose) = (action.about.medicine.as_ref()?, action.about.dose.as_ref()?);
            Some(format!("{medicine}: {dose}"))
        })
        .collect();
    match orders.as_slice() {
        [] => suggestion.label.clone(),
        orders => format!("{} ({})", suggestion.label, orders.join("; ")),
    }
}
