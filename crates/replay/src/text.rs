//! One result as a person reads it: the order, the cards, then every finding as a table.

use std::fmt::Write;

use cds_hooks::card::Card;
use cds_hooks::error::CallError;
use domain::assess::{Assessment, RuleFindings};
use domain::criteria::Finding;
use domain::rule::{Criterion, Drug, Indicator, Rule};
use domain::truth::Outcome;
use engine::assessment::Assessed;
use terminal::markdown::{Block, blocks, wrap};
use terminal::table::{self, Row};

use super::Options;
use super::judge::Judged;

/// Below this no line can be read any more.
const NARROWEST: usize = 40;

/// What criterion, outcome, value, date and source keep of the width as long as they can: together 80 columns.
const NEEDED: [usize; 5] = [28, 15, 10, 11, 8];

/// Control sequences of terminals.
const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "1;31";
const YELLOW: &str = "33";
const BLUE: &str = "34";

/// What was decided on one input.
pub fn report(source: &str, judged: &Judged<'_>, options: &Options<'_>) -> String {
    let mut page = Page::of(options);
    let assessments = &judged.decision.assessments;
    let patient = judged.patient.as_deref().map_or_else(|| "patient unknown".to_owned(), |id| format!("patient {id}"));
    let mut heading = format!("{source} · {patient} · as of {}", judged.clock.text().replace('T', " "));
    if let [Assessed { assessment, .. }] = assessments.as_slice() {
        let _ = write!(heading, " · {}", course(assessment));
    }
    page.say("", &heading, BOLD);
    for problem in &judged.problems {
        page.say("", &format!("Note: {problem}"), DIM);
    }
    if assessments.is_empty() {
        page.say("", "no order for a drug of the library", "");
    } else if judged.decision.cards.is_empty() {
        page.say("", "no card: nothing to say", "");
    }
    for card in &judged.decision.cards {
        page.blank();
        page.card(card);
    }
    for Assessed { drug, assessment } in assessments {
        page.blank();
        if assessments.len() > 1 {
            page.say("", &format!("{} · {}", assessment.order, course(assessment)), BOLD);
        }
        page.findings(assessment, drug);
    }
    page.text
}

/// Why an input could not be read.
pub fn unreadable(source: &str, error: &CallError, options: &Options<'_>) -> String {
    let mut page = Page::of(options);
    page.say("", source, BOLD);
    page.labelled("UNREADABLE", RED, &error.message);
    page.text
}

/// What the order is for, and where in the treatment it stands.
fn course(assessment: &Assessment) -> String {
    let purpose = match assessment.indication.id {
        Some(_) => &assessment.indication.name,
        None => "indication not stated",
    };
    format!("{purpose} · {}", assessment.phase.words())
}

struct Page {
    text: String,
    width: usize,
    colour: bool,
}

impl Page {
    fn of(options: &Options<'_>) -> Page {
        Page { text: String::new(), width: options.width.max(NARROWEST), colour: options.colour }
    }

    fn card(&mut self, card: &Card) {
        let colour = match card.indicator {
            Indicator::Critical => RED,
            Indicator::Warning => YELLOW,
            Indicator::Info => BLUE,
        };
        self.labelled(&card.indicator.code().to_uppercase(), colour, &card.summary);
        for block in blocks(&card.detail) {
            match block {
                Block::Paragraph(text) => self.say("  ", &text, ""),
                Block::Bullet(text) => self.hang("    ", "• ", &text, ""),
            }
        }
        for suggestion in &card.suggestions {
            self.hang("  ", "→ ", &suggestion.label, "");
        }
    }

    fn findings(&mut self, assessment: &Assessment, drug: &Drug) {
        let names = ["Criterion", "Outcome", "Value", "Date", "Source"];
        let mut rows = vec![Row::Cells(names.map(str::to_owned))];
        for (rule, found) in drug.rules.iter().zip(&assessment.rules).filter(|(rule, _)| !rule.criteria.is_empty()) {
            rows.push(Row::Heading(heading(rule, found)));
            if concerns(found) {
                let cells = rule.criteria.iter().zip(&found.findings).map(|(c, finding)| cells(c, finding));
                rows.extend(cells.map(Row::Cells));
            }
        }
        for (row, line) in rows.iter().zip(table::lines(&rows, NEEDED, self.width)) {
            let style = match row {
                Row::Heading(_) => BOLD,
                Row::Cells(cells) if cells[0] == names[0] => DIM,
                Row::Cells(cells) if cells[1] == "met" => YELLOW,
                Row::Cells(_) => "",
            };
            self.line("", &line, style);
        }
    }

    /// A word in colour and a text that hangs beside it.
    fn labelled(&mut self, label: &str, colour: &str, text: &str) {
        let indent = " ".repeat(label.chars().count() + 2);
        for (position, line) in wrap(text, self.width.saturating_sub(indent.len())).iter().enumerate() {
            let lead = if position == 0 { format!("{}  ", self.styled(label, colour)) } else { indent.clone() };
            self.line(&lead, line, BOLD);
        }
    }

    /// A text whose further lines stand under its first word.
    fn hang(&mut self, indent: &str, mark: &str, text: &str, style: &str) {
        let further = format!("{indent}{}", " ".repeat(mark.chars().count()));
        for (position, line) in wrap(text, self.width.saturating_sub(further.len())).iter().enumerate() {
            let lead = if position == 0 { format!("{indent}{mark}") } else { further.clone() };
            self.line(&lead, line, style);
        }
    }

    fn say(&mut self, indent: &str, text: &str, style: &str) {
        self.hang(indent, "", text, style);
    }

    fn blank(&mut self) {
        self.text.push('\n');
    }

    fn line(&mut self, lead: &str, text: &str, style: &str) {
        // What a record says must not steer the terminal.
        let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let text = self.styled(&text, style);
        let _ = writeln!(self.text, "{lead}{text}");
    }

    fn styled(&self, text: &str, style: &str) -> String {
        if self.colour && !style.is_empty() { format!("\x1b[{style}m{text}\x1b[0m") } else { text.to_owned() }
    }
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
