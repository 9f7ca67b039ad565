//! However much there is to say, the card stays short and names what nobody understood.

use super::{LONGEST, Overview, not_understood};
use domain::assess::{Assessment, NotUnderstood, RuleFindings};
use domain::criteria::Finding;
use domain::fact::Source;
use domain::indication::OrderIndication;
use domain::phase::Phase;
use domain::truth::{Outcome, Reason};
use fhir::failure::Failure;
use fhir::remarks::Remarks;
use knowledge::Library;
use text::markdown::Markdown;

/// Everything that makes the card long, at once: nothing is known, each thing for another reason; parts failed and
/// others were cut; the words of the record hold nothing but marks.
#[test]
fn nothing_makes_the_card_longer_than_it_may_be() {
    let library = Library::embedded().expect("the library");
    let marks = "*_[]<>|".repeat(200);
    let failures = [Failure::TimedOut, Failure::Forbidden, Failure::Server(502), Failure::Outcome, Failure::ByClient];
    let lost = failures.iter().cycle().take(30).enumerate().map(|(n, failure)| (format!("part {n} {marks}"), *failure));
    let partly: Vec<String> = (0..9).map(|n| format!("part {n} {marks}")).collect();
    let full = Remarks { others: 12, lost: lost.collect(), partly };
    for drug in &library.drugs {
        let rule = drug.rules.iter().find(|rule| rule.overview).expect("an overview");
        for indication in &drug.indications {
            let mut reasons = Reason::ALL.into_iter().cycle();
            let rules = drug.rules.iter().map(|rule| RuleFindings {
                applies: true,
                findings: rule
                    .criteria
                    .iter()
                    .map(|_| Finding::bare(Outcome::Unknown(reasons.next().expect("one"))))
                    .collect(),
            });
            let assessment = Assessment {
                drug: drug.id.clone(),
                order: String::new(),
                indication: OrderIndication {
                    id: Some(indication.id.clone()),
                    name: indication.name.clone(),
                    families: Vec::new(),
                    conditional: true,
                    unknown: Some(Reason::Unreadable),
                },
                phase: Phase::Undetermined,
                route: None,
                exposures: vec![Source::new(String::new(), marks.clone(), None)],
                may_go_on: true,
                rules: rules.collect(),
                not_understood: NotUnderstood {
                    count: 12,
                    newest: vec![Source::new(String::new(), marks.clone(), None); 3],
                },
            };
            for remarks in [&Remarks::default(), &full] {
                let product = Some(marks.as_str());
                let overview = Overview {
                    drug,
                    rule,
                    assessment: &assessment,
                    advised: &[],
                    remarks: (remarks, &library),
                    product,
                    notes: vec![marks.clone(); 2],
                };
                let (_, _, detail) = overview.write().expect("a card");
                let length = Markdown(&detail).to_string().chars().count();
                assert!((200..=LONGEST).contains(&length), "{}: {length}", indication.id);
            }
        }
    }
}

#[test]
fn what_nobody_understood_is_named_where_there_is_room() {
    let said = |count, names: &[&str], named| {
        let newest = names.iter().map(|name| Source::new(String::new(), (*name).to_owned(), None)).collect();
        let block = not_understood(&NotUnderstood { count, newest }, named);
        block.map(|block| Markdown(&[block]).to_string().trim().to_owned())
    };
    assert_eq!(said(0, &[], 3), None);
    let long = "x".repeat(200);
    for (count, names, named, words) in [
        (1, vec!["Gout"], 3, "1 entry without a known code, not checked: Gout."),
        (5, vec!["Gout", "Back pain"], 3, "5 entries without a known code, not checked: Gout; Back pain; …."),
        (5, vec!["Gout", "Back pain"], 0, "5 entries, not checked."),
        (1, vec![&*long], 3, &*format!("1 entry without a known code, not checked: {}….", "x".repeat(39))),
    ] {
        assert_eq!(said(count, &names, named), Some(format!("**? Not understood.** {words}")), "{count}");
    }
}
