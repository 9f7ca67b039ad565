//! What a card says of the record itself: what is missing and why, and what was left out as another patient's.
//!
//! It stands on the card of the whole assessment. Where there is none, the first card still says that data of another
//! patient came: whoever reads it must know that something is wrong at the source.

use std::collections::BTreeSet;

use cds_hooks::card::Card;
use domain::advise::markdown;
use fhir::failure::Failure;
use fhir::remarks::Remarks;
use knowledge::Library;

/// Most parts that are named of those that failed alike; a longer list is not read.
const NAMED: usize = 8;

/// Puts the remarks on the cards where they belong.
pub fn remark(cards: &mut [Card], remarks: &Remarks, library: &Library) {
    let is_overview = |card: &&mut Card| {
        library.drugs.iter().flat_map(|drug| &drug.rules).any(|rule| rule.overview && rule.id == card.rule)
    };
    let (said, card) = match cards.iter_mut().find(is_overview) {
        Some(card) => (lines(remarks, library.services.queries.len()), Some(card)),
        None => (others(remarks).into_iter().collect(), cards.first_mut()),
    };
    if let Some(card) = card.filter(|_| !said.is_empty()) {
        card.detail = format!("{}\n\n{}", said.join("\n\n"), card.detail);
    }
}

/// Every remark as a paragraph of Markdown, the gravest first; `parts` is how many parts a record has.
fn lines(remarks: &Remarks, parts: usize) -> Vec<String> {
    let mut lines: Vec<String> = others(remarks).into_iter().collect();
    let mut failures: Vec<Failure> = remarks.lost.iter().map(|(_, failure)| *failure).collect();
    failures.sort();
    failures.dedup();
    for failure in failures {
        let names: Vec<&str> = remarks.lost.iter().filter(|(_, f)| *f == failure).map(|(name, _)| &**name).collect();
        lines.push(format!("**Missing.** {}: {}.", failure.words(), list(&names, parts)));
    }
    if !remarks.partly.is_empty() {
        let names: Vec<&str> = remarks.partly.iter().map(String::as_str).collect();
        lines.push(format!("**Read only in part**, more than could be read is on record: {}.", list(&names, parts)));
    }
    lines
}

fn others(remarks: &Remarks) -> Option<String> {
    match remarks.others {
        0 => None,
        1 => Some("**1 entry of another patient was left out.**".to_owned()),
        n => Some(format!("**{n} entries of another patient were left out.**")),
    }
}

/// The names, each once, and as many as are read.
fn list(names: &[&str], parts: usize) -> String {
    if names.len() == parts {
        return "the whole record".to_owned();
    }
    let mut seen = BTreeSet::new();
    let names: Vec<&str> = names.iter().copied().filter(|name| seen.insert(*name)).collect();
    let mut said: Vec<String> = names.iter().take(NAMED).map(|name| markdown(name)).collect();
    if names.len() > NAMED {
        said.push(format!("and {} more", names.len() - NAMED));
    }
    said.join(", ")
}

#[cfg(test)]
mod tests {
    use super::lines;
    use fhir::failure::Failure;
    use fhir::remarks::Remarks;

    #[test]
    fn each_remark_is_said_once_and_briefly() {
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
            assert_eq!(lines(&remarks, 30), expected, "{what}");
        }
        assert_eq!(
            lines(&of(lost(Failure::TimedOut, &many)), 10),
            ["**Missing.** The FHIR server did not answer in time: the whole record."]
        );
    }
}
