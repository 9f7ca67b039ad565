//! What a card says of the record itself: what is missing and why, and what was left out as another patient's.
//!
//! It is on the card of the whole assessment. Where there is none, the first card still says that data of another
//! patient came: the reader must know that something is wrong at the source.

use std::collections::BTreeSet;

use cds_hooks::card::Card;
use fhir::failure::Failure;
use fhir::remarks::Remarks;
use knowledge::Library;
use text::{Block, strong, text};

/// Puts the remark on data of another patient where it belongs; the card of the whole assessment has it already.
pub fn remark(cards: &mut [Card], remarks: &Remarks, library: &Library) {
    if cards.iter().any(|card| is_overview(library, &card.rule)) {
        return;
    }
    if let (Some(said), Some(card)) = (others(remarks), cards.first_mut()) {
        card.detail.insert(0, said);
    }
}

/// Whether the rule writes the card of a whole assessment.
pub fn is_overview(library: &Library, rule: &str) -> bool {
    library.drugs.iter().flat_map(|drug| &drug.rules).any(|known| known.overview && known.id == rule)
}

/// Every remark as a paragraph, the most severe first; `parts` is how many parts a record has, `named` how many are
/// named of those that failed alike. When few are named, few failures are named too.
pub fn paragraphs(remarks: &Remarks, parts: usize, named: usize) -> Vec<Block> {
    let mut said: Vec<Block> = others(remarks).into_iter().collect();
    let mut failures: Vec<Failure> = remarks.lost.iter().map(|(_, failure)| *failure).collect();
    failures.sort();
    failures.dedup();
    let untold = failures.split_off(failures.len().min(named.max(2)));
    for failure in failures {
        let names: Vec<&str> = remarks.lost.iter().filter(|(_, f)| *f == failure).map(|(name, _)| &**name).collect();
        let missing = format!(" {}: {}.", failure.words(), list(&names, parts, named));
        said.push(Block::Paragraph(vec![strong("Missing."), text(missing)]));
    }
    let more = remarks.lost.iter().filter(|(_, failure)| untold.contains(failure)).count();
    if more > 0 {
        let words = format!(" Parts that failed for other reasons: {more}.");
        said.push(Block::Paragraph(vec![strong("Missing."), text(words)]));
    }
    if !remarks.partly.is_empty() && named == 0 {
        said.push(Block::Paragraph(vec![strong("Read only in part"), text(format!(": {}.", remarks.partly.len()))]));
    } else if !remarks.partly.is_empty() {
        let names: Vec<&str> = remarks.partly.iter().map(String::as_str).collect();
        let more = format!(", more than could be read is on record: {}.", list(&names, parts, named));
        said.push(Block::Paragraph(vec![strong("Read only in part"), text(more)]));
    }
    said
}

fn others(remarks: &Remarks) -> Option<Block> {
    let said = match remarks.others {
        0 => return None,
        1 => strong("1 entry of another patient was left out."),
        n => strong(format!("{n} entries of another patient were left out.")),
    };
    Some(Block::Paragraph(vec![said]))
}

/// The names, each once, and as many as are read.
fn list(names: &[&str], parts: usize, named: usize) -> String {
    if names.len() == parts {
        return "the whole record".to_owned();
    }
    let mut seen = BTreeSet::new();
    let names: Vec<&str> = names.iter().copied().filter(|name| seen.insert(*name)).collect();
    match names.split_at_checked(named) {
        _ if named == 0 => names.len().to_string(),
        Some((named, more @ [_, ..])) => format!("{}, and {} more", named.join(", "), more.len()),
        _ => names.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::paragraphs;
    use fhir::failure::Failure;
    use fhir::remarks::Remarks;
    use text::markdown::Markdown;

    #[test]
    fn each_remark_is_said_once_and_briefly() {
        let said = |remarks: &Remarks, parts| -> Vec<String> {
            paragraphs(remarks, parts, 8).chunks(1).map(|one| Markdown(one).to_string()).collect()
        };
        let lost = |failure: Failure, names: &[&str]| -> Vec<(String, Failure)> {
            names.iter().map(|name| ((*name).to_owned(), failure)).collect()
        };
        let many: Vec<String> = (1..=10).map(|n| format!("part {n}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let of = |lost: Vec<(String, Failure)>| Remarks { lost, ..Remarks::default() };
        let mixed = [
            lost(Failure::TimedOut, &["ALT"]),
            lost(Failure::Forbidden, &["CRP", "a*b"]),
            lost(Failure::TimedOut, &["AST"]),
        ];
        for (what, remarks, expected) in [
            ("nothing", Remarks::default(), &[][..]),
            ("one", Remarks { others: 1, ..Remarks::default() }, &["**1 entry of another patient was left out.**"]),
            ("two", Remarks { others: 2, ..Remarks::default() }, &["**2 entries of another patient were left out.**"]),
            (
                "grouped by reason",
                of(mixed.concat()),
                &[
                    "**Missing.** The FHIR server refused access (403): CRP, a\\*b.",
                    "**Missing.** The FHIR server did not answer in time: ALT, AST.",
                ],
            ),
            (
                "too many to read",
                of(lost(Failure::Server(502), &many)),
                &[
                    "**Missing.** The FHIR server failed (502): part 1, part 2, part 3, part 4, part 5, part 6, part 7, part 8, and 2 more.",
                ],
            ),
            (
                "in part",
                Remarks { partly: vec!["condition".to_owned()], ..Remarks::default() },
                &["**Read only in part**, more than could be read is on record: condition."],
            ),
        ] {
            assert_eq!(said(&remarks, 30), expected, "{what}");
        }
        assert_eq!(
            said(&of(lost(Failure::TimedOut, &many)), 10),
            ["**Missing.** The FHIR server did not answer in time: the whole record."]
        );
    }
}
