//! One result as a person reads it: the order, the cards, then every finding as a table.

use std::fmt::Write;
use std::slice;

use cds_hooks::card::Card;
use cds_hooks::error::CallError;
use domain::assess::{Assessment, RuleFindings};
use domain::criteria::Finding;
use domain::rule::{Criterion, Drug, Indicator, Rule};
use domain::truth::Outcome;
use engine::assessment::Assessed;
use terminal::{BLUE, BOLD, DIM, PLAIN, Page, RED, Row, YELLOW};
use text::Block;

use super::Options;
use super::judge::Judged;

/// The names of the columns, and what each keeps of the width as long as it can: together 80 columns.
const COLUMNS: [(&str, usize); 5] = [("Criterion", 28), ("Outcome", 15), ("Value", 10), ("Date", 11), ("Source", 8)];

/// What was decided on one input.
pub fn report(source: &str, judged: &Judged<'_>, options: &Options<'_>) -> String {
    let mut page = Page::new(options.layout);
    let assessments = &judged.decision.assessments;
    let patient = judged.patient.as_deref().map_or_else(|| "patient unknown".to_owned(), |id| format!("patient {id}"));
    let mut heading = format!("{source} · {patient} · as of {}", judged.clock.text().replace('T', " "));
    if let [Assessed { assessment, .. }] = assessments.as_slice() {
        let _ = write!(heading, " · {}", course(assessment));
    }
    page.hang("", &heading, BOLD);
    for problem in &judged.problems {
        page.hang("", &format!("Note: {problem}"), DIM);
    }
    if assessments.is_empty() {
        page.line("no order for a drug of the library", PLAIN);
    } else if judged.decision.cards.is_empty() {
        page.line("no card: nothing to say", PLAIN);
    }
    for card in &judged.decision.cards {
        page.blank();
        self::card(&mut page, card);
    }
    for Assessed { drug, assessment, .. } in assessments.iter().filter(|_| !options.extent.cards_only) {
        page.blank();
        if assessments.len() > 1 {
            page.hang("", &format!("{} · {}", assessment.order, course(assessment)), BOLD);
        }
        findings(&mut page, assessment, drug);
    }
    page.into_text()
}

/// Why an input could not be read.
pub fn unreadable(source: &str, error: &CallError, options: &Options<'_>) -> String {
    let mut page = Page::new(options.layout);
    page.hang("", source, BOLD);
    page.labelled("UNREADABLE", RED, &error.message);
    page.into_text()
}

/// What the order is for, and in which phase of the treatment.
fn course(assessment: &Assessment) -> String {
    let purpose = match assessment.indication.id {
        Some(_) => &assessment.indication.name,
        None => "indication not stated",
    };
    format!("{purpose} · {}", assessment.phase.words())
}

fn card(page: &mut Page, card: &Card) {
    let colour = match card.indicator {
        Indicator::Critical => RED,
        Indicator::Warning => YELLOW,
        Indicator::Info => BLUE,
    };
    page.labelled(&card.indicator.code().to_uppercase(), colour, &card.summary);
    // The table of the findings follows below the cards, with every criterion in it.
    for block in card.detail.iter().filter(|block| !matches!(block, Block::Table(_))) {
        page.blocks("  ", slice::from_ref(block));
    }
    for suggestion in &card.suggestions {
        page.hang("  → ", &suggestion.label, PLAIN);
    }
}

fn findings(page: &mut Page, assessment: &Assessment, drug: &Drug) {
    let mut rows = vec![Row::Cells(COLUMNS.map(|(name, _)| name.to_owned()))];
    for (rule, found) in drug.rules.iter().zip(&assessment.rules).filter(|(rule, _)| !rule.criteria.is_empty()) {
        rows.push(Row::Heading(heading(rule, found)));
        if concerns(found) {
            let cells = rule.criteria.iter().zip(&found.findings).map(|(c, finding)| cells(c, finding));
            rows.extend(cells.map(Row::Cells));
        }
    }
    page.table(&rows, COLUMNS.map(|(_, needed)| needed), |position, row| match row {
        Row::Heading(_) => BOLD,
        Row::Cells(_) if position == 0 => DIM,
        Row::Cells([_, outcome, ..]) if outcome == "met" => YELLOW,
        Row::Cells(_) => PLAIN,
    });
}

/// The title of the rule, and whether it concerns the order.
fn heading(rule: &Rule, found: &RuleFindings) -> String {
    if concerns(found) { rule.title.clone() } else { format!("{}: not applicable", rule.title) }
}

fn cells(criterion: &Criterion, finding: &Finding) -> [String; 5] {
    let outcome = match finding.outcome {
        Outcome::Unknown(reason) => format!("unknown: {}", reason.code()),
        Outcome::NotMet => "not met".to_owned(),
        Outcome::NotApplicable => "not applicable".to_owned(),
        Outcome::Met => "met".to_owned(),
    };
    let first = finding.evidence.first();
    let received = || first.map(|source| source.received.clone());
    [
        format!("  {}", criterion.finding),
        outcome,
        finding.words.value.clone().or_else(received).unwrap_or_default(),
        finding.words.date.clone().unwrap_or_default(),
        first.map(|source| source.reference.clone()).unwrap_or_default(),
    ]
}

/// Whether any criterion of the rule concerns the order.
fn concerns(found: &RuleFindings) -> bool {
    found.findings.iter().any(|finding| finding.outcome != Outcome::NotApplicable)
}
