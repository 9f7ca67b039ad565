//! One order: what it is for, and the rules with their findings, those with a card first.

use domain::assess::{Assessment, RuleFindings};
use domain::rule::{Drug, Rule};
use domain::words::upper_first;
use engine::assessment::Assessed;
use maud::{Markup, html};
use pages::html::{code, link};
use pages::shell::PageLocation;

use super::reading::{Reading, reading};
use super::table::table;
use super::unused::{not_understood, not_used};
use crate::card::{Answered, degree};
use crate::icon::{Icon, signed};

/// The order with all that was found.
pub fn order(assessed: &Assessed<'_>, answered: &Answered<'_>) -> Markup {
    let Assessed { drug, assessment, .. } = assessed;
    let purpose = match &assessment.indication.id {
        Some(_) => assessment.indication.name.clone(),
        None => "not stated, or not known".to_owned(),
    };
    html! {
        section.order {
            h2 { "Order " (code(&assessment.order)) }
            dl {
                div { dt { "Drug" } dd { (upper_first(&drug.name)) } }
                div { dt { "Ordered for" } dd { (purpose) } }
                div { dt { "Course" } dd {
                    (assessment.phase.words())
                    @for source in assessment.exposures.iter().take(3) {
                        "; " (source.received) @if let Some(when) = &source.effective { ", " (when.shown()) } " " (code(&source.reference))
                    }
                } }
            }
            (counts(drug, assessment))
            (rules(drug, assessment, answered))
            (not_understood(assessment))
            (not_used(assessed))
        }
    }
}

/// How many findings there are of each kind.
fn counts(drug: &Drug, assessment: &Assessment) -> Markup {
    let all = drug.rules.iter().zip(&assessment.rules).flat_map(|(rule, found)| {
        rule.criteria
            .iter()
            .zip(&found.findings)
            .map(move |(c, finding)| reading(drug, rule, &found.findings, c, finding.outcome))
    });
    let mut signs: Vec<(Reading, usize)> = Vec::new();
    for reading in all {
        match signs.iter_mut().find(|(seen, _)| *seen == reading) {
            Some((_, count)) => *count += 1,
            None => signs.push((reading, 1)),
        }
    }
    signs.sort_by_key(|(reading, _)| reading.sign);
    html! {
        ul.counts aria-label="Findings by kind" {
            @for (reading, count) in signs { li { (signed(reading.sign, reading.word)) " " (count) } }
        }
    }
}

/// The rules with their tables: first those with a card, then those without, then those that do not concern the order.
fn rules(drug: &Drug, assessment: &Assessment, answered: &Answered<'_>) -> Markup {
    let card_of = |rule: &Rule| answered.decision.cards.iter().find(|card| card.rule == rule.id);
    let mut rows: Vec<(u8, &Rule, &RuleFindings)> = drug
        .rules
        .iter()
        .zip(&assessment.rules)
        .filter(|(rule, _)| !rule.criteria.is_empty())
        .map(|(rule, found)| {
            let rank = match card_of(rule) {
                Some(card) => card.indicator as u8,
                None if found.applies => 3,
                None => 4,
            };
            (rank, rule, found)
        })
        .collect();
    rows.sort_by_key(|(rank, ..)| *rank);
    html! {
        @for (rank, rule, found) in rows {
            details.rule id=(rule.id) open[rank < 3] {
                summary {
                    span.title { (rule.title) } " "
                    @match card_of(rule) {
                        Some(card) => { @let sign = Icon::of(card.indicator); (signed(sign, degree(sign))) },
                        None => (worst(drug, rule, found)),
                    }
                }
                @if let Some(card) = card_of(rule) { p.says { "The card says: " strong { (card.summary) } } }
                @else if found.applies { p.says.note { (why_no_card(rule)) } }
                @else { p.says.note { "The rule does not concern this order." } }
                // The findings of a rule that does not concern the order are not shown.
                @if found.applies { (table(drug, rule, found)) }
                p.ways {
                    a href=(PageLocation::Below.handbook(&knowledge::link::rule_page(&drug.id, &rule.id))) {
                        "The rule, its evidence and its cases"
                    }
                    " " span.note { (rests_on(rule)) }
                }
            }
        }
    }
}

fn why_no_card(rule: &Rule) -> &'static str {
    if rule.silent {
        "No card: the policy of this site silences the rule."
    } else {
        "No card: the rule has nothing to say."
    }
}

/// The most severe finding of a rule that has no card.
fn worst(drug: &Drug, rule: &Rule, found: &RuleFindings) -> Markup {
    if !found.applies {
        return signed(Icon::Apart, "Does not concern");
    }
    let readings =
        rule.criteria.iter().zip(&found.findings).map(|(c, f)| reading(drug, rule, &found.findings, c, f.outcome));
    let mut signs = readings.map(|reading| reading.sign);
    match signs.any(|sign| sign == Icon::Unknown) {
        true => signed(Icon::Unknown, "In part unknown"),
        false => signed(Icon::Good, "Nothing to say"),
    }
}

fn rests_on(rule: &Rule) -> Markup {
    html! {
        "Source: "
        @match &rule.source.url { Some(url) => (link(url, &rule.source.label)), None => (rule.source.label) }
        ". Evidence: " (evidence(rule)) "."
    }
}

/// What a rule rests on, by kind, in a few words.
fn evidence(rule: &Rule) -> String {
    let mut kinds: Vec<(&str, usize, usize)> = Vec::new();
    for entry in &rule.evidence {
        let unseen = usize::from(!entry.verified);
        match kinds.iter_mut().find(|(kind, ..)| *kind == entry.kind) {
            Some((_, count, not_seen)) => {
                *count += 1;
                *not_seen += unseen;
            }
            None => kinds.push((&entry.kind, 1, unseen)),
        }
    }
    let said = kinds.iter().map(|(kind, count, unseen)| match unseen {
        0 => format!("{count} {kind}"),
        unseen => format!("{count} {kind} ({unseen} not verified)"),
    });
    said.collect::<Vec<_>>().join(", ")
}
