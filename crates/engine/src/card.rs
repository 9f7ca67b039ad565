//! From an assessment to cards: which rules speak, in which order, with which ids and buttons.

use uuid::Uuid;

use cds_hooks::author::Author;
use cds_hooks::card::{Card, CodingJson, LinkJson, SourceJson, SuggestionJson, Verb};
use domain::advise::{advise, already_ordered, cut};
use domain::assess::Assessment;
use domain::fact::Facts;
use domain::hook::Hook;
use domain::rule::{Action, Indicator, Rule, Suggestion};
use domain::time::Clock;
use knowledge::link::rule_page;
use knowledge::services::Service;
use text::{Block, strong};

use super::detail::detail;
use super::overview::overview;
use super::suggestion::{Target, actions};

/// For whom and when cards are written.
#[derive(Clone, Copy)]
pub struct CardContext<'a> {
    /// The hook.
    pub hook: &'a Hook,
    /// The call's own id: from it the ids of the cards are derived.
    pub instance: &'a str,
    /// Id of the patient.
    pub patient_id: &'a str,
    /// Who orders.
    pub user_id: Option<&'a str>,
    /// Id of the encounter.
    pub encounter_id: Option<&'a str>,
    /// The moment, RFC 3339.
    pub moment: &'a str,
    /// URL of this service, for links into its handbook.
    pub public_url: Option<&'a str>,
    /// The service that answers; it may let only some rules speak.
    pub service: Option<&'a Service>,
    /// Who writes the resources of suggestions.
    pub author: &'a dyn Author,
}

impl std::fmt::Debug for CardContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CardContext of {}", self.hook)
    }
}

/// The code system of our rules.
pub(super) const RULES: &str = "https://tocilizumab-cds.github.io/CodeSystem/rules";
/// The code system of the standard's override reasons.
const STANDARD_OVERRIDES: &str = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes";
/// The code system of our override reasons.
const OVERRIDES: &str = "https://tocilizumab-cds.github.io/CodeSystem/override-reasons";

/// The cards of one order, the most urgent first.
pub fn cards(
    target: Target<'_>,
    assessment: &Assessment,
    facts: &Facts,
    clock: &Clock,
    context: &CardContext<'_>,
) -> Vec<Card> {
    let drug = target.drug;
    let mut cards: Vec<(Indicator, Card)> = Vec::new();
    let speaking = |rule: &Rule| context.service.is_none_or(|service| service.speaks(&rule.id));
    for (rule, found) in drug.rules.iter().zip(&assessment.rules).filter(|(rule, _)| speaking(rule)) {
        if rule.overview && found.applies && !rule.silent {
            let (summary, detail) = overview(drug, rule, assessment);
            let suggestions: Vec<&Suggestion> = rule
                .suggestions
                .iter()
                .filter(|s| already_ordered(&s.unless_ordered, std::iter::empty(), facts).is_empty())
                .collect();
            cards.push((Indicator::Info, card(rule, Indicator::Info, &summary, detail, &suggestions, target, context)));
        } else if let Some(advised) = advise(drug, rule, found, assessment, facts, context.hook) {
            let detail = detail(&advised, clock);
            let card = card(rule, advised.indicator, &advised.summary, detail, &advised.suggestions, target, context);
            cards.push((advised.indicator, card));
        }
    }
    cards.sort_by_key(|(indicator, _)| *indicator);
    cards.into_iter().map(|(_, card)| card).collect()
}

fn card(
    rule: &Rule,
    indicator: Indicator,
    summary: &str,
    detail: Vec<Block>,
    offered: &[&Suggestion],
    target: Target<'_>,
    context: &CardContext<'_>,
) -> Card {
    let (order, position) = (&target.order.reference, target.position);
    // A call without an id of its own gets one from its content; otherwise two patients would share a card.
    let moment = (context.patient_id, context.moment);
    let call = if context.instance.is_empty() { format!("{moment:?}") } else { context.instance.to_owned() };
    let seed = format!("{call}/{}/{order}/{position}/{}", context.hook, rule.id);
    let id = |part: &str| Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{RULES}/{seed}/{part}").as_bytes());
    let suggestions: Vec<SuggestionJson> = offered
        .iter()
        .filter_map(|suggestion| {
            let actions = actions(&suggestion.action, &suggestion.label, target, context, &rule.title)?;
            let (label, uuid) = (suggestion.label.clone(), id(&suggestion.id));
            Some(SuggestionJson { label, uuid, id: suggestion.id.clone(), actions })
        })
        .collect();
    let exclusive = offered.iter().filter(|s| !matches!(s.action, Action::Create(_))).count() > 1;
    let behavior = if exclusive { "at-most-one" } else { "any" };
    let overrides = if indicator == Indicator::Info { &[][..] } else { &rule.overrides };
    Card {
        rule: rule.id.clone(),
        uuid: id(""),
        summary: cut(summary, 139),
        detail,
        indicator,
        source: SourceJson {
            label: rule.source.label.clone(),
            url: rule.source.url.clone(),
            topic: CodingJson { system: RULES, code: rule.id.clone(), display: rule.title.clone() },
        },
        selection_behavior: (!suggestions.is_empty()).then_some(behavior),
        suggestions,
        override_reasons: overrides
            .iter()
            .map(|o| CodingJson {
                system: if o.standard { STANDARD_OVERRIDES } else { OVERRIDES },
                code: o.code.clone(),
                display: o.display.clone(),
            })
            .collect(),
        links: context.public_url.map(|base| link(base, target, rule)).into_iter().collect(),
    }
}

/// The rule's page in the handbook.
fn link(base: &str, target: Target<'_>, rule: &Rule) -> LinkJson {
    let page = rule_page(&target.drug.id, &rule.id);
    let url = format!("{}/handbook/{page}", base.trim_end_matches('/'));
    LinkJson { label: "The rule, its limits and its evidence", url, kind: "absolute" }
}

/// Cards of several orders as one list: what would be said twice in the same words is said once, and a button that
/// belongs to one order names it.
pub fn merge(lists: Vec<(String, Vec<Card>)>) -> Vec<Card> {
    let several = lists.len() > 1;
    let mut merged: Vec<Card> = Vec::new();
    for (product, cards) in lists {
        for mut card in cards {
            if several {
                for suggestion in
                    card.suggestions.iter_mut().filter(|s| s.actions.iter().any(|a| a.kind != Verb::Create))
                {
                    suggestion.label = format!("{}: {}", suggestion.label, cut(&product, 60));
                }
            }
            let same =
                |other: &&mut Card| other.source.topic.code == card.source.topic.code && other.summary == card.summary;
            let Some(other) = merged.iter_mut().find(same) else {
                merged.push(card);
                continue;
            };
            if other.detail != card.detail {
                other.detail.extend([Block::Rule, Block::Paragraph(vec![strong(product.clone())])]);
                other.detail.append(&mut card.detail);
            }
            other
                .suggestions
                .extend(card.suggestions.into_iter().filter(|s| s.actions.iter().any(|a| a.kind != Verb::Create)));
        }
    }
    merged.sort_by_key(|card| card.indicator);
    merged
}
