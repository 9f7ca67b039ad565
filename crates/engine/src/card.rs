//! From an assessment to cards: which rules speak, in which order, with which ids and buttons.

use std::collections::BTreeMap;

use uuid::Uuid;

use cds_hooks::author::Author;
use cds_hooks::card::{ActionJson, Card, CodingJson, LinkJson, SourceJson, SuggestionJson, Verb};
use cds_hooks::profile::SummaryHook;
use domain::advise::{Advised, already_ordered, notes};
use domain::assess::Assessment;
use domain::fact::Facts;
use domain::hook::Hook;
use domain::offer::Against;
use domain::rule::{Action, Indicator, Override, Rule, Suggestion};
use domain::time::Clock;
use domain::words::cut;
use fhir::remarks::Remarks;
use knowledge::Library;
use knowledge::link::{drug_page, rule_page};
use knowledge::services::Service;
use text::{Block, strong};

use super::detail::detail;
use super::overview::{Overview, also_checked};
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
    /// At which hook an order gets the card of its whole assessment.
    pub summary: SummaryHook,
    /// Who writes the resources of suggestions.
    pub author: &'a dyn Author,
}

impl std::fmt::Debug for CardContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CardContext of {}", self.hook)
    }
}

/// The code system of our rules.
pub const RULES: &str = "https://tocilizumab-cds.github.io/CodeSystem/rules";
/// The code system of the standard's override reasons.
const STANDARD_OVERRIDES: &str = "http://terminology.hl7.org/CodeSystem/non-adherence-reason-codes";
/// The code system of our override reasons.
pub const OVERRIDES: &str = "https://tocilizumab-cds.github.io/CodeSystem/override-reasons";

/// Writes the cards of one order.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'w> {
    /// The order.
    pub target: Target<'w>,
    /// What was found.
    pub assessment: &'w Assessment,
    /// What is known of the patient.
    pub facts: &'w Facts,
    /// The moment of the decision.
    pub clock: &'w Clock,
    /// For whom the cards are written.
    pub context: &'w CardContext<'w>,
    /// What the whole answer holds against offers.
    pub against: &'w Against<'w>,
    /// Whether the call holds other orders too.
    pub several: bool,
}

impl Writer<'_> {
    /// The cards, the most urgent first; that of the whole assessment names the others.
    pub fn cards(&self, advised: &[Advised<'_>], remarks: (&Remarks, &Library)) -> Vec<Card> {
        let advised = self.speaking_here(advised);
        let mut cards: Vec<Card> = advised.iter().map(|advised| self.of_rule(advised)).collect();
        cards.extend(self.of_assessments(&advised, remarks, false));
        cards.sort_by_key(|card| card.indicator);
        cards
    }

    /// The cards of silenced rules, given what they would say, and what the others say.
    pub fn silent_cards(
        &self,
        unheard: &[Advised<'_>],
        advised: &[Advised<'_>],
        remarks: (&Remarks, &Library),
    ) -> Vec<Card> {
        let mut cards: Vec<Card> = self.speaking_here(unheard).iter().map(|advised| self.of_rule(advised)).collect();
        cards.extend(self.of_assessments(&self.speaking_here(advised), remarks, true));
        cards
    }

    /// What is said by rules that the service lets speak, the most urgent first.
    fn speaking_here<'s>(&self, advised: &'s [Advised<'s>]) -> Vec<&'s Advised<'s>> {
        let mut here: Vec<_> = advised.iter().filter(|advised| self.speaks(advised.rule)).collect();
        here.sort_by_key(|advised| advised.indicator);
        here
    }

    /// Whether the service that answers lets this rule speak.
    fn speaks(&self, rule: &Rule) -> bool {
        self.context.service.is_none_or(|service| service.speaks(&rule.id))
    }

    /// The cards of the whole assessment whose rule is silenced, or is not.
    fn of_assessments(&self, advised: &[&Advised<'_>], remarks: (&Remarks, &Library), silent: bool) -> Vec<Card> {
        if !self.context.summary.is_shown_at(self.context.hook) {
            return Vec::new();
        }
        let rules = self.target.drug.rules.iter().zip(&self.assessment.rules);
        let shown =
            rules.filter(|(rule, found)| rule.overview && found.applies && rule.silent == silent && self.speaks(rule));
        shown.filter_map(|(rule, _)| self.of_assessment(rule, advised, remarks)).collect()
    }

    fn of_rule(&self, advised: &Advised<'_>) -> Card {
        let offered = self.offered(advised.rule, advised.suggestions.iter().copied());
        let detail = detail(advised, &offered, self.clock);
        let mut card = self.card(advised.rule, advised.indicator, &advised.summary, detail, offered);
        if advised.indicator != Indicator::Info {
            card.override_reasons = advised.overrides().map(override_reason).collect();
        }
        card
    }

    fn of_assessment(&self, rule: &Rule, advised: &[&Advised<'_>], remarks: (&Remarks, &Library)) -> Option<Card> {
        let product = self.several.then_some(self.target.order.product.words.as_str());
        let notes = notes(self.target.drug, self.assessment, self.context.hook);
        let overview =
            Overview { drug: self.target.drug, rule, assessment: self.assessment, advised, remarks, product, notes };
        let (advice, summary, detail) = overview.write()?;
        let is_ordered = |suggestion: &Suggestion| {
            !already_ordered(&suggestion.unless_ordered, std::iter::empty(), self.facts).is_empty()
        };
        let wanted = rule
            .suggestions
            .iter()
            .filter(|suggestion| advice.suggest.contains(&suggestion.id) && !is_ordered(suggestion));
        Some(self.card(rule, Indicator::Info, &summary, detail, self.offered(rule, wanted)))
    }

    /// The suggestions that no finding of the answer excludes, as clicks.
    fn offered<'s>(&self, rule: &Rule, wanted: impl Iterator<Item = &'s Suggestion>) -> Vec<Offer<'s>> {
        let allowed = wanted.filter(|suggestion| self.against.allows(rule, suggestion));
        let offer = |suggestion| Some((suggestion, actions(suggestion, self.target, self.context, self.clock)?));
        allowed.filter_map(offer).collect()
    }

    fn card(
        &self,
        rule: &Rule,
        indicator: Indicator,
        summary: &str,
        detail: Vec<Block>,
        offered: Vec<Offer<'_>>,
    ) -> Card {
        let Writer { target, context, .. } = self;
        let (order, position) = (&target.order.reference, target.position);
        let id = |part: &str| card_id(context, &format!("{order}/{position}"), &rule.id, part);
        let exclusive = offered.iter().filter(|(s, _)| !matches!(s.action, Action::Create(_))).count() > 1;
        let suggestions: Vec<SuggestionJson> = offered
            .into_iter()
            .map(|(suggestion, actions)| {
                let (label, uuid) = (suggestion.label.clone(), id(&suggestion.id));
                SuggestionJson { label, uuid, id: suggestion.id.clone(), actions }
            })
            .collect();
        let behavior = if exclusive { "at-most-one" } else { "any" };
        Card {
            rule: rule.id.clone(),
            orders: vec![format!("{order} {}", target.order.product.words)],
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
            override_reasons: Vec::new(),
            links: context.public_url.map(|base| link(base, *target, rule)).into_iter().collect(),
        }
    }
}

fn override_reason(reason: &Override) -> CodingJson {
    CodingJson {
        system: if reason.standard { STANDARD_OVERRIDES } else { OVERRIDES },
        code: reason.code.clone(),
        display: reason.display.clone(),
    }
}

/// A suggestion with what its click does.
pub type Offer<'s> = (&'s Suggestion, Vec<ActionJson>);

/// The id of a card, or of a part of it: the same whenever the same call is answered.
pub fn card_id(context: &CardContext<'_>, order: &str, rule: &str, part: &str) -> Uuid {
    // A call without an id of its own gets one from its content; otherwise two patients would share a card.
    let moment = (context.patient_id, context.moment);
    let call = if context.instance.is_empty() { format!("{moment:?}") } else { context.instance.to_owned() };
    let seed = format!("{RULES}/{call}/{}/{order}/{rule}/{part}", context.hook);
    Uuid::new_v5(&Uuid::NAMESPACE_URL, seed.as_bytes())
}

/// The page of the handbook that tells more: that of the rule, or for the card of a whole assessment that of the drug,
/// with everything that is checked.
fn link(base: &str, target: Target<'_>, rule: &Rule) -> LinkJson {
    let drug = &target.drug.id;
    let (label, page) = match rule.overview {
        true => ("Everything that is checked, with its limits and evidence", drug_page(drug)),
        false => ("The rule, its limits and its evidence", rule_page(drug, &rule.id)),
    };
    LinkJson { label, url: format!("{}/handbook/{page}", base.trim_end_matches('/')), kind: "absolute" }
}

/// Cards of several orders as one list: what would be said twice in the same words is said once, and a button that
/// belongs to one order names it.
pub fn merge(lists: Vec<(String, Vec<Card>)>, is_overview: impl Fn(&str) -> bool) -> Vec<Card> {
    let several = lists.len() > 1;
    let mut merged: Vec<Card> = Vec::new();
    // The card of a whole assessment has no room for that of another order, but for its name.
    let mut also: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (product, cards) in lists {
        for mut card in cards {
            if several {
                for suggestion in
                    card.suggestions.iter_mut().filter(|s| s.actions.iter().any(|a| a.kind != Verb::Create))
                {
                    suggestion.label = format!("{}: {}", suggestion.label, cut(&product, 60));
                }
            }
            let same = |other: &&mut Card| other.rule == card.rule && other.summary == card.summary;
            let Some(other) = merged.iter_mut().find(same) else {
                merged.push(card);
                continue;
            };
            other.orders.append(&mut card.orders);
            if is_overview(&card.rule) {
                also.entry(card.rule.clone()).or_default().push(product.clone());
            } else if other.detail != card.detail {
                other.detail.extend([Block::Rule, Block::Paragraph(vec![strong(product.clone())])]);
                other.detail.append(&mut card.detail);
            }
            other
                .suggestions
                .extend(card.suggestions.into_iter().filter(|s| s.actions.iter().any(|a| a.kind != Verb::Create)));
        }
    }
    for (rule, products) in also {
        if let Some(card) = merged.iter_mut().find(|card| card.rule == rule) {
            also_checked(&mut card.detail, &products);
        }
    }
    merged.sort_by_key(|card| card.indicator);
    merged
}
