//! Criteria that combine other criteria of the same rule, which come before them. Two kinds share this file, because
//! they differ only in how the outcomes are joined.

use super::{CriterionKind, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties, Words};
use crate::assess::Subject;
use crate::fact::Source;
use crate::truth::Outcome;

/// All of these criteria, by their ids.
#[derive(Debug)]
pub struct All(pub Vec<String>);

/// Any of these criteria, by their ids.
#[derive(Debug)]
pub struct Any(pub Vec<String>);

impl CriterionKind for All {
    fn decide(&self, _: &Subject<'_>, earlier: Earlier<'_>) -> Finding {
        combine(Outcome::all, &self.0, earlier)
    }

    fn properties(&self) -> Properties<'_> {
        Properties { concepts: Vec::new(), window_days: None, must_show: EVERY_OUTCOME, is_of_order: false }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        explain(&self.0, names, "all of these are met:", "one of them is shown not to be met")
    }
}

impl CriterionKind for Any {
    fn decide(&self, _: &Subject<'_>, earlier: Earlier<'_>) -> Finding {
        combine(Outcome::any, &self.0, earlier)
    }

    fn properties(&self) -> Properties<'_> {
        Properties { concepts: Vec::new(), window_days: None, must_show: EVERY_OUTCOME, is_of_order: false }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, names: &Names<'_>) -> Explanation {
        explain(&self.0, names, "at least one of these is met:", "each of them is shown not to be met")
    }
}

fn combine(join: fn(Vec<Outcome>) -> Outcome, parts: &[String], earlier: Earlier<'_>) -> Finding {
    let found: Vec<&Finding> = parts.iter().filter_map(|part| earlier.get(part)).collect();
    let outcome = join(found.iter().map(|f| f.outcome).collect());
    let alike = |part: &Finding| {
        matches!((part.outcome, outcome), (Outcome::Unknown(_), Outcome::Unknown(_))) || part.outcome == outcome
    };
    // Only what speaks for the outcome is cited, and each record once.
    let mut evidence: Vec<Source> = Vec::new();
    for source in found.iter().filter(|part| alike(part)).flat_map(|part| &part.evidence) {
        if !evidence.contains(source) {
            evidence.push(source.clone());
        }
    }
    let speaks = || found.iter().filter(|part| part.outcome == outcome);
    let (cause, why) = (speaks().find_map(|part| part.words.cause), speaks().find_map(|part| part.words.why));
    Finding { outcome, evidence, words: Words { cause, why, ..Words::default() } }
}

fn explain(parts: &[String], names: &Names<'_>, met: &str, not_met: &str) -> Explanation {
    let mut explanation = Explanation::new(met, not_met, "otherwise, for the gravest reason among them");
    let finding = |id: &String| names.rule.criteria.iter().find(|c| c.id == *id).map_or(id, |c| &c.finding).clone();
    explanation.met.extend(parts.iter().map(|id| format!("– {}", finding(id))));
    explanation
}

#[cfg(test)]
mod tests {
    use super::{All, Any};
    use crate::criteria::{CriterionKind, Earlier, Finding, Kind, Names, Words, decide};
    use crate::rule::{Criterion, Rule};
    use crate::testing::{cited, described, drug, order, rule, source, with_subject};
    use crate::truth::{Outcome, Reason};
    use Outcome::{Met, NotApplicable, NotMet, Unknown};

    fn parts() -> Vec<String> {
        vec!["first".to_owned(), "second".to_owned()]
    }

    fn criterion(id: &str, kind: Kind) -> Criterion {
        Criterion {
            id: id.to_owned(),
            finding: format!("{id} finding"),
            name: id.to_owned(),
            family: None,
            unlisted: false,
            kind,
        }
    }

    fn two() -> Rule {
        rule(["first", "second"].map(|id| criterion(id, Kind::Any(Any(Vec::new())))).into())
    }

    /// What is found of a combination when its parts have these outcomes; each part cites a record of its own and one
    /// that both cite.
    fn combined(kind: &impl CriterionKind, outcomes: [Outcome; 2]) -> Finding {
        let findings: Vec<Finding> = ["first", "second"]
            .into_iter()
            .zip(outcomes)
            .map(|(id, outcome)| {
                let (cause, why) =
                    if id == "first" { ("first cause", "first why") } else { ("second cause", "second why") };
                Finding {
                    outcome,
                    evidence: vec![source("Observation", id, ""), source("Observation", "both", "")],
                    words: Words { cause: Some(cause), why: Some(why), ..Words::default() },
                }
            })
            .collect();
        with_subject(&[], &order(), None, |subject| kind.decide(subject, Earlier { rule: &two(), findings: &findings }))
    }

    #[test]
    fn truth() {
        let (absent, lost) = (Unknown(Reason::Absent), Unknown(Reason::NotRetrieved));
        for (outcomes, all, any) in [
            ([Met, Met], Met, Met),
            ([Met, NotMet], NotMet, Met),
            ([NotMet, Met], NotMet, Met),
            ([NotMet, NotMet], NotMet, NotMet),
            ([Met, absent], absent, Met),
            ([NotMet, absent], NotMet, absent),
            ([absent, lost], lost, lost),
            ([Met, NotApplicable], Met, Met),
            ([NotApplicable, NotApplicable], NotApplicable, NotApplicable),
        ] {
            assert_eq!(combined(&All(parts()), outcomes).outcome, all, "all of {outcomes:?}");
            assert_eq!(combined(&Any(parts()), outcomes).outcome, any, "any of {outcomes:?}");
        }
    }

    #[test]
    fn only_what_speaks_for_the_outcome_is_cited_and_each_record_once() {
        let (absent, lost) = (Unknown(Reason::Absent), Unknown(Reason::NotRetrieved));
        let any = |outcomes| combined(&Any(parts()), outcomes);
        assert_eq!(cited(&any([Met, Met])), ["Observation/first", "Observation/both", "Observation/second"]);
        assert_eq!(cited(&any([NotMet, Met])), ["Observation/second", "Observation/both"]);
        assert_eq!(cited(&any([absent, lost])), ["Observation/first", "Observation/both", "Observation/second"]);
        let words = |outcomes| {
            let words = any(outcomes).words;
            (words.cause, words.why)
        };
        let (first, second) = ((Some("first cause"), Some("first why")), (Some("second cause"), Some("second why")));
        assert_eq!(words([absent, lost]), second, "the words of the reason that speaks");
        assert_eq!(words([Met, lost]), first);
    }

    #[test]
    fn a_part_that_does_not_stand_before_counts_for_nothing() {
        let found = with_subject(&[], &order(), None, |subject| {
            let findings = [Finding::bare(Met)];
            let kind = Kind::All(All(vec!["first".to_owned(), "second".to_owned(), "third".to_owned()]));
            decide(&criterion("whole", kind), subject, Earlier { rule: &two(), findings: &findings })
        });
        assert_eq!(found.outcome, Met);
    }

    #[test]
    fn description() {
        let head = ["reads: ", "window: None", "shows: met, not-met, unknown", "of the order: false"];
        let last = "unknown: otherwise, for the gravest reason among them";
        let all = [
            "met: all of these are met:",
            "met: – first",
            "met: – second",
            "not met: one of them is shown not to be met",
        ];
        let any = [
            "met: at least one of these is met:",
            "met: – first",
            "met: – second",
            "not met: each of them is shown not to be met",
        ];
        assert_eq!(described(&mut All(parts())), [&head[..], &all, &[last]].concat());
        assert_eq!(described(&mut Any(parts())), [&head[..], &any, &[last]].concat());
        let (rule, drug) = (two(), drug());
        let explained = All(parts()).explain(&Names { rule: &rule, drug: &drug, concept: &str::to_owned });
        assert_eq!(explained.met[1..], ["– first finding", "– second finding"]);
    }
}
