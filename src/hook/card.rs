//! Cards as CDS Hooks writes them, and the assessment that every answer carries beside them.

use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::detail::{detail, overview};
use super::suggestion::{Target, actions};
use crate::domain::advise::{advise, cut, markdown};
use crate::domain::assess::Assessment;
use crate::domain::fact::{Facts, Source};
use crate::domain::rule::{Action, Indicator, Rule, Suggestion};
use crate::domain::time::Clock;
use crate::domain::truth::Outcome;
use crate::handbook::rule_page;
use crate::library::services::Service;

/// One card.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// The rule that speaks, whatever the client needs its topic to be called.
    #[serde(skip)]
    pub rule: String,
    /// The id that feedback refers to.
    pub uuid: Uuid,
    /// One line, shorter than 140 characters.
    pub summary: String,
    /// GitHub-flavoured Markdown.
    pub detail: String,
    /// `critical`, `warning` or `info`.
    pub indicator: &'static str,
    /// Where it comes from.
    pub source: SourceJson,
    /// What a click can do.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<SuggestionJson>,
    /// How many suggestions may be taken.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_behavior: Option<&'static str>,
    /// Why one may go on all the same.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub override_reasons: Vec<CodingJson>,
    /// Where more is to be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<LinkJson>,
}

/// A page with more.
#[derive(Debug, Serialize)]
pub struct LinkJson {
    label: &'static str,
    url: String,
    #[serde(rename = "type")]
    kind: &'static str,
}

/// Where a card comes from.
#[derive(Debug, Serialize)]
pub struct SourceJson {
    label: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// The rule.
    pub topic: CodingJson,
}

/// A code with system and words.
#[derive(Debug, Clone, Serialize)]
pub struct CodingJson {
    system: &'static str,
    /// The code.
    pub code: String,
    display: String,
}

/// One suggestion.
#[derive(Debug, Serialize)]
pub struct SuggestionJson {
    /// The words on the button.
    pub label: String,
    /// The id that feedback refers to.
    pub uuid: Uuid,
    /// Its id in the rule, the same on every card.
    #[serde(skip)]
    pub id: String,
    /// What the click does.
    pub actions: Vec<ActionJson>,
}

/// What a click does.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ActionJson {
    /// `create`, `update` or `delete`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The words for the user.
    pub description: String,
    /// The whole resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource: Option<Box<RawValue>>,
    /// The resource to be removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_id: Option<String>,
}

/// For whom and when cards are written.
#[derive(Debug, Clone, Copy)]
pub struct Bearer<'a> {
    /// The hook.
    pub hook: &'a str,
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
}

/// The code system of our rules.
const RULES: &str = "https://tocilizumab-cds.github.io/CodeSystem/rules";
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
    bearer: &Bearer<'_>,
) -> Vec<Card> {
    let drug = target.drug;
    let mut cards: Vec<(Indicator, Card)> = Vec::new();
    let speaking = |rule: &Rule| bearer.service.is_none_or(|service| service.speaks(&rule.id));
    for (rule, found) in drug.rules.iter().zip(&assessment.rules).filter(|(rule, _)| speaking(rule)) {
        if rule.overview && found.applies && !rule.silent {
            let (summary, detail) = overview(drug, rule, assessment);
            let suggestions: Vec<&Suggestion> = rule
                .suggestions
                .iter()
                .filter(|s| !s.unless_ordered.as_ref().is_some_and(|c| facts.ordered.iter().any(|o| o.concept == *c)))
                .collect();
            cards.push((Indicator::Info, card(rule, Indicator::Info, &summary, detail, &suggestions, target, bearer)));
        } else if let Some(advised) = advise(drug, rule, found, assessment, facts, bearer.hook) {
            let detail = detail(&advised, clock);
            let card = card(rule, advised.indicator, &advised.summary, detail, &advised.suggestions, target, bearer);
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
    detail: String,
    offered: &[&Suggestion],
    target: Target<'_>,
    bearer: &Bearer<'_>,
) -> Card {
    let (order, position) = (&target.order.reference, target.position);
    // A call without an id of its own is told from others by what it is about, else two patients would share a card.
    let moment = (bearer.patient_id, bearer.moment);
    let call = if bearer.instance.is_empty() { format!("{moment:?}") } else { bearer.instance.to_owned() };
    let seed = format!("{call}/{}/{order}/{position}/{}", bearer.hook, rule.id);
    let id = |part: &str| Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("{RULES}/{seed}/{part}").as_bytes());
    let suggestions: Vec<SuggestionJson> = offered
        .iter()
        .filter_map(|suggestion| {
            let actions = actions(&suggestion.action, &suggestion.label, target, bearer, &rule.title)?;
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
        indicator: indicator.code(),
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
        links: bearer.public_url.map(|base| link(base, target, rule)).into_iter().collect(),
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
                for suggestion in card.suggestions.iter_mut().filter(|s| s.actions.iter().any(|a| a.kind != "create")) {
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
                other.detail = format!("{}\n\n---\n\n**{}**\n\n{}", other.detail, markdown(&product), card.detail);
            }
            other
                .suggestions
                .extend(card.suggestions.into_iter().filter(|s| s.actions.iter().any(|a| a.kind != "create")));
        }
    }
    let rank = |indicator: &str| Indicator::from_code(indicator).unwrap_or(Indicator::Info);
    merged.sort_by_key(|card| rank(card.indicator));
    merged
}

/// The assessment of one order, for machines.
#[derive(Debug, Serialize)]
pub struct AssessmentJson {
    order: String,
    indication: String,
    #[serde(rename = "indicationName", skip_serializing_if = "Option::is_none")]
    indication_name: Option<String>,
    phase: &'static str,
    #[serde(rename = "phaseEvidence", skip_serializing_if = "Vec::is_empty")]
    phase_evidence: Vec<EvidenceJson>,
    criteria: Vec<CriterionJson>,
}

#[derive(Debug, Serialize)]
struct CriterionJson {
    id: String,
    rule: String,
    outcome: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    evidence: Vec<EvidenceJson>,
}

#[derive(Debug, Serialize)]
struct EvidenceJson {
    reference: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    value: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    effective: Option<String>,
}

impl AssessmentJson {
    /// The assessment as JSON will show it.
    pub fn of(target: Target<'_>, assessment: &Assessment) -> AssessmentJson {
        let criteria = target.drug.rules.iter().zip(&assessment.rules).flat_map(|(rule, found)| {
            found.findings.iter().map(|(id, finding)| CriterionJson {
                id: id.clone(),
                rule: rule.id.clone(),
                outcome: finding.outcome.code(),
                reason: match finding.outcome {
                    Outcome::Unknown(reason) => Some(reason.code()),
                    _ => None,
                },
                evidence: finding.evidence.iter().map(EvidenceJson::of).collect(),
            })
        });
        let code = assessment.purpose.code().to_owned();
        AssessmentJson {
            order: assessment.order.clone(),
            indication_name: (code == "other").then(|| assessment.purpose.indication.clone()).flatten(),
            indication: code,
            phase: assessment.phase.code(),
            phase_evidence: assessment.exposures.iter().map(EvidenceJson::of).collect(),
            criteria: criteria.collect(),
        }
    }
}

impl EvidenceJson {
    fn of(source: &Source) -> EvidenceJson {
        EvidenceJson {
            reference: source.reference.clone(),
            value: source.received.clone(),
            effective: source.effective.as_ref().map(|when| when.date_text().to_owned()),
        }
    }
}
