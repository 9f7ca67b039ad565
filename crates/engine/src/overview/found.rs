//! What the findings say, in lists of names: the reason for the drug, what the other cards say, and what is not known.

use std::borrow::Cow;

use domain::rule::{Criterion, Indicator};
use domain::truth::{Outcome, Reason};
use text::Block;

use super::Overview;
use super::lists::{grouped, labelled, listed};

/// The text before the names of what is not known, by reason: in its long form, and in its short form.
const UNKNOWN: [(&str, &str); 5] = [
    ("Could not be retrieved", "Could not be retrieved"),
    ("Could not be read", "Could not be read"),
    ("Not clear", "Not clear"),
    ("Too old", "Too old"),
    ("Not on record, which is not the same as none", "Not on record"),
];

/// What the findings say, in lists of names. The card is written again with fewer names until it is short enough, and
/// none of that changes what was found.
pub(super) struct Found<'a> {
    /// Which of the scenarios of the library shows why the drug is given now.
    pub scenario: Option<Block>,
    /// How urgent the most urgent of the other cards is.
    most: Option<Indicator>,
    /// The other cards by their titles, the most urgent first.
    speaking: [(&'static str, Vec<Cow<'a, str>>); 4],
    /// What is not known, by the groups of `UNKNOWN`.
    unknown: [Vec<Cow<'a, str>>; UNKNOWN.len()],
}

impl<'a> Found<'a> {
    pub fn of(overview: &Overview<'a>) -> Found<'a> {
        let findings = overview.findings();
        Found {
            scenario: overview.scenario(&findings),
            most: overview.advised.first().map(|advised| advised.indicator),
            speaking: overview.speaking(),
            unknown: overview.unknown(&findings),
        }
    }

    /// What the other cards say.
    pub fn speaking(&self, named: usize) -> Block {
        let said =
            grouped(self.speaking.iter().map(|(label, titles)| (*label, titles)), |titles| listed(titles, named));
        match self.most {
            None | Some(Indicator::Info) => {
                labelled("OK.", format!(" No check found a problem in what is on record. {said}").trim_end().to_owned())
            }
            Some(_) => labelled("Problem.", format!(" {said}")),
        }
    }

    /// What is not known.
    pub fn unknown(&self, named: usize) -> Option<Block> {
        let labels = UNKNOWN.map(|(label, in_short)| if named > 0 { label } else { in_short });
        let said = grouped(labels.into_iter().zip(&self.unknown), |names| listed(names, named));
        (!said.is_empty()).then(|| labelled("? Not known.", format!(" {said}")))
    }
}

impl<'a> Overview<'a> {
    /// Which of the scenarios of the library shows why the drug is given now.
    fn scenario(&self, findings: &[(&'a Criterion, Outcome)]) -> Option<Block> {
        let findings = findings.iter().filter(|(criterion, _)| self.rule.scenarios.contains(&criterion.id));
        let known: Vec<_> = findings.filter(|(_, outcome)| *outcome != Outcome::NotApplicable).collect();
        let of = |wanted: fn(&Outcome) -> bool| -> Vec<&str> {
            known.iter().filter(|(_, outcome)| wanted(outcome)).map(|(criterion, _)| criterion.name.as_str()).collect()
        };
        let holds = of(|outcome| *outcome == Outcome::Met);
        if !holds.is_empty() {
            return Some(labelled("OK.", format!(" Reason for {} on record: {}.", self.drug.name, holds.join("; "))));
        }
        let (open, denied) =
            (of(|outcome| matches!(outcome, Outcome::Unknown(_))), of(|outcome| *outcome == Outcome::NotMet));
        let said = grouped([("Not known", &open), ("Does not hold", &denied)], |names| names.join("; "));
        (!said.is_empty()).then(|| labelled("? Reason not shown.", format!(" {said}")))
    }

    /// The other cards by their titles, the most urgent first.
    fn speaking(&self) -> [(&'static str, Vec<Cow<'a, str>>); 4] {
        let of = |indicator| -> Vec<Cow<'a, str>> {
            let speaking = self.advised.iter().filter(|advised| advised.indicator == indicator);
            speaking.map(|advised| Cow::Borrowed(advised.rule.title.as_str())).collect()
        };
        let silenced = self.drug.rules.iter().zip(&self.assessment.rules).filter(|(rule, found)| {
            rule.silent && found.applies && !self.advised.iter().any(|advised| advised.rule.id == rule.id)
        });
        [
            ("Stop", of(Indicator::Critical)),
            ("Check", of(Indicator::Warning)),
            ("To know", of(Indicator::Info)),
            ("Silenced by this site", silenced.map(|(rule, _)| Cow::Borrowed(rule.title.as_str())).collect()),
        ]
    }

    /// What is not known, by reason. A part of a larger finding has its own line only in the assessment.
    fn unknown(&self, findings: &[(&'a Criterion, Outcome)]) -> [Vec<Cow<'a, str>>; UNKNOWN.len()] {
        let mut groups: [Vec<Cow<'_, str>>; UNKNOWN.len()] = Default::default();
        let remarks = self.remarks.0;
        let is_told = !remarks.lost.is_empty() || !remarks.partly.is_empty();
        let mut seen: Vec<&str> = Vec::new();
        for (criterion, outcome) in findings {
            let Outcome::Unknown(reason) = outcome else { continue };
            let place = match reason {
                // The remarks name these parts with the cause.
                Reason::NotRetrieved if is_told => continue,
                Reason::NotRetrieved => 0,
                Reason::Unreadable | Reason::Unit => 1,
                Reason::Stale => 3,
                Reason::Absent => 4,
                _ => 2,
            };
            let is_silent = criterion.unlisted && matches!(reason, Reason::Absent | Reason::Stale);
            if is_silent || self.rule.scenarios.contains(&criterion.id) || seen.contains(&criterion.name.as_str()) {
                continue;
            }
            seen.push(&criterion.name);
            let name = match place {
                2 => format!("{} ({})", criterion.name, reason.words()).into(),
                _ => criterion.name.as_str().into(),
            };
            if let Some(names) = groups.get_mut(place) {
                names.push(name);
            }
        }
        groups
    }

    /// The findings that concern the order and are not part of a larger one.
    fn findings(&self) -> Vec<(&'a Criterion, Outcome)> {
        let mut all = Vec::with_capacity(self.assessment.rules.iter().map(|found| found.findings.len()).sum());
        for (rule, found) in self.drug.rules.iter().zip(&self.assessment.rules) {
            let parts: Vec<&String> = rule.criteria.iter().flat_map(|whole| whole.kind.parts()).collect();
            let findings = rule.criteria.iter().zip(&found.findings);
            let whole = findings.filter(|(criterion, _)| !parts.contains(&&criterion.id));
            all.extend(whole.map(|(criterion, finding)| (criterion, finding.outcome)));
        }
        all
    }
}
