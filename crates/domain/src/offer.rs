//! Which offers stand. It is decided once all rules have spoken, because a finding of one rule may speak against what
//! another one offers: an answer never warns of something and offers it in the same breath.

use std::collections::BTreeSet;

use super::advise::Advised;
use super::assess::Assessment;
use super::rule::{Action, Drug, Indicator, Rule, Suggestion};
use super::truth::Outcome;

/// What an answer holds against offers: the findings of all its orders, and what must be stopped.
#[derive(Debug, Default)]
pub struct Against<'a> {
    met: BTreeSet<&'a str>,
    critical: BTreeSet<&'a str>,
}

impl<'a> Against<'a> {
    /// Adds what was found for an order, and what its rules say of it.
    pub fn add(&mut self, drug: &'a Drug, assessment: &'a Assessment, advised: &[Advised<'a>]) {
        for (rule, found) in drug.rules.iter().zip(&assessment.rules) {
            let met = rule.criteria.iter().zip(&found.findings).filter(|(_, finding)| finding.outcome == Outcome::Met);
            self.met.extend(met.map(|(criterion, _)| criterion.id.as_str()));
        }
        let critical = advised.iter().filter(|advised| advised.indicator == Indicator::Critical);
        self.critical.extend(critical.map(|advised| advised.rule.id.as_str()));
    }

    /// Whether a suggestion of this rule may be offered.
    pub fn allows(&self, rule: &Rule, suggestion: &Suggestion) -> bool {
        if suggestion.unless_met.iter().any(|id| self.met.contains(id.as_str())) {
            return false;
        }
        match suggestion.action {
            Action::DeleteOrder | Action::StopOthers => true,
            // What is critical for one immunosuppressant is seldom harmless for another.
            Action::Replace(..) => self.critical.is_empty(),
            // A test of today helps to decide; one that is due later presumes that the treatment starts.
            Action::Create(_) => suggestion.due.is_none() || self.critical.is_empty(),
            // A corrected order is still an order of the drug. It corrects only what its own rule found.
            Action::UpdateDose => self.critical.iter().all(|critical| *critical == rule.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Against;
    use crate::rule::{Action, Coding, Rule, Suggestion};

    fn suggestion(action: Action, due: Option<(i64, i64)>, unless_met: &[&str]) -> Suggestion {
        Suggestion {
            id: "x".to_owned(),
            label: "x".to_owned(),
            criteria: Vec::new(),
            unless_ordered: crate::rule::UnlessOrdered::Never,
            unless_met: unless_met.iter().map(|id| (*id).to_owned()).collect(),
            text: None,
            due,
            action,
        }
    }

    #[test]
    fn nothing_is_offered_that_a_finding_speaks_against() {
        let coding = || Coding { system: "s".to_owned(), code: "1".to_owned(), display: "One".to_owned() };
        let replace = || Action::Replace(coding(), "daily".to_owned());
        let create = || Action::Create(coding());
        let later = Some((28, 56));
        for (what, offered, met, critical, allowed) in [
            ("another medicine", suggestion(replace(), None, &[]), &[][..], &[][..], true),
            ("another medicine beside a stop", suggestion(replace(), None, &[]), &[], &["infection"], false),
            ("another medicine beside its own stop", suggestion(replace(), None, &[]), &[], &["own"], false),
            (
                "another medicine that a finding excludes",
                suggestion(replace(), None, &["pregnant"]),
                &["pregnant"],
                &[],
                false,
            ),
            ("a finding that excludes nothing", suggestion(replace(), None, &["pregnant"]), &["fever"], &[], true),
            ("a test of today beside a stop", suggestion(create(), None, &[]), &[], &["infection"], true),
            ("a later test", suggestion(create(), later, &[]), &[], &[], true),
            ("a later test beside a stop", suggestion(create(), later, &[]), &[], &["infection"], false),
            ("a corrected dose beside its own stop", suggestion(Action::UpdateDose, None, &[]), &[], &["own"], true),
            ("a corrected dose beside another", suggestion(Action::UpdateDose, None, &[]), &[], &["own", "z"], false),
            ("the end of another order", suggestion(Action::StopOthers, None, &[]), &[], &["infection"], true),
            ("the removal", suggestion(Action::DeleteOrder, None, &[]), &["fever"], &["infection"], true),
        ] {
            let against = Against { met: met.iter().copied().collect(), critical: critical.iter().copied().collect() };
            let rule = Rule { id: "own".to_owned(), ..Rule::default() };
            assert_eq!(against.allows(&rule, &offered), allowed, "{what}");
        }
    }
}
