//! What a clinician reads in the card of the whole assessment: what the order is for, the words of the rule, and every
//! finding as a table.

use domain::advise::{Piece, cut, pieces};
use domain::assess::{Assessment, NotUnderstood};
use domain::criteria::Finding;
use domain::fact::Source;
use domain::phase::Phase;
use domain::rule::{Criterion, Drug, Rule};
use domain::truth::{Outcome, Reason};
use text::{Block, Inline, Line, Table, strong, text};

use super::detail::{earlier, reason, reference, sentence};

/// Summary and detail of the card.
pub fn overview(drug: &Drug, rule: &Rule, assessment: &Assessment) -> (String, Vec<Block>) {
    let advice = rule.advice.first();
    let fill = |template: &str| overview_words(template, drug, assessment);
    let summary = advice.map(|a| fill(&a.summary)).unwrap_or_default();
    let mut opening = vec![text(format!("Order for: {}. Course: {}", purpose(assessment), assessment.phase.words()))];
    if let Some(source) = assessment.exposures.first() {
        opening.push(text(" (earlier "));
        earlier(&mut opening, source, ", ");
        opening.push(text(")"));
    }
    opening.push(text("."));
    let mut blocks = vec![Block::Paragraph(opening)];
    if assessment.indication.unknown.is_some() {
        blocks
            .push(sentence("The conditions could not be read, so checks that belong to one indication were not made."));
    }
    if let Some(words) = advice.and_then(|a| a.text.as_deref()) {
        blocks.push(Block::Markdown(fill(words)));
    }
    table(&mut blocks, drug, assessment);
    blocks.extend(not_understood(&assessment.not_understood));
    blocks.push(sentence(format!("Source: {}", rule.source.label)));
    (summary, blocks)
}

/// What is on record and nobody could understand, so that nobody takes it for none.
fn not_understood(odd: &NotUnderstood) -> Option<Block> {
    let entries = match odd.count {
        0 => return None,
        1 => "1 entry".to_owned(),
        count => format!("{count} entries"),
    };
    let names: Vec<String> = odd.newest.iter().map(|source| cut(&source.received, 40)).collect();
    let more = if odd.count > names.len() { "; …" } else { "" };
    Some(sentence(format!("{entries} without a known code, not checked: {}{more}.", names.join("; "))))
}

/// What the order is for, in words.
fn purpose(assessment: &Assessment) -> String {
    let indication = &assessment.indication;
    if indication.conditional { format!("{} on the order", indication.name) } else { indication.name.clone() }
}

fn overview_words(template: &str, drug: &Drug, assessment: &Assessment) -> String {
    let mut filled = String::new();
    for piece in pieces(template) {
        match piece {
            Piece::Text(text) => filled.push_str(text),
            Piece::Token("drug") => filled.push_str(&drug.name),
            Piece::Token("indication") => filled.push_str(match assessment.indication.id {
                Some(_) => &assessment.indication.name,
                None => "indication not stated",
            }),
            Piece::Token("phase") => filled.push_str(match assessment.phase {
                Phase::Undetermined => "assumed new start",
                phase => phase.words(),
            }),
            Piece::Token(_) => {}
        }
    }
    filled
}

/// Every criterion that concerns the order and rests on some record, as a table; then those of which nothing is on
/// record. A part of a larger finding stands for itself only in the assessment.
fn table(blocks: &mut Vec<Block>, drug: &Drug, assessment: &Assessment) {
    let mut rows = Vec::new();
    let mut nothing = Vec::new();
    for (rule, found) in drug.rules.iter().zip(&assessment.rules) {
        for (criterion, finding) in rule.criteria.iter().zip(&found.findings) {
            let part = rule.criteria.iter().any(|whole| whole.kind.parts().contains(&criterion.id));
            if part || finding.outcome == Outcome::NotApplicable {
                continue;
            }
            match (finding.evidence.first(), finding.outcome) {
                (None, Outcome::Unknown(Reason::Absent)) => nothing.push(criterion.finding.as_str()),
                (first, _) => rows.push(row(criterion, finding, first)),
            }
        }
    }
    let head = ["Finding", "Found", "Value", "Date", "Source"].map(|name| vec![text(name)]).to_vec();
    blocks.push(Block::Table(Table { head, rows }));
    if !nothing.is_empty() {
        blocks.push(sentence(format!("None on record, which is not the same as none: {}.", nothing.join("; "))));
    }
}

fn row(criterion: &Criterion, finding: &Finding, first: Option<&Source>) -> Vec<Line> {
    let mut row = vec![vec![text(criterion.finding.clone())], vec![found_words(finding)]];
    if let Some(first) = first {
        let value = finding.words.value.as_ref().unwrap_or(&first.received);
        row.push(vec![text(cut(value, 40))]);
        row.push(vec![text(finding.words.date.clone().unwrap_or_default())]);
        row.push(vec![reference(first)]);
    }
    row
}

fn found_words(finding: &Finding) -> Inline {
    match finding.outcome {
        Outcome::Met => strong("yes"),
        Outcome::NotMet => text("no"),
        Outcome::Unknown(Reason::Absent) if finding.evidence.is_empty() => text("none on record"),
        Outcome::Unknown(Reason::Absent) => text("not known"),
        Outcome::Unknown(_) => text(format!("not known: {}", reason(finding))),
        Outcome::NotApplicable => text(""),
    }
}

#[cfg(test)]
mod tests {
    use super::not_understood;
    use domain::assess::NotUnderstood;
    use domain::fact::Source;
    use text::Block;

    #[test]
    fn what_nobody_understood_is_named() {
        let named = |count, names: &[&str]| {
            let newest = names.iter().map(|name| Source::new(String::new(), (*name).to_owned(), None)).collect();
            not_understood(&NotUnderstood { count, newest })
        };
        assert!(named(0, &[]).is_none());
        let long = "x".repeat(200);
        for (count, names, words) in [
            (1, vec!["Gout"], "1 entry without a known code, not checked: Gout."),
            (5, vec!["Gout", "Back pain"], "5 entries without a known code, not checked: Gout; Back pain; …."),
            (1, vec![&*long], &*format!("1 entry without a known code, not checked: {}….", "x".repeat(39))),
        ] {
            let Some(Block::Paragraph(line)) = named(count, &names) else { panic!("a sentence") };
            assert_eq!(line, [text::text(words.to_owned())], "{count}");
        }
    }
}
