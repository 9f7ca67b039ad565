/// Which suggestions are offered with an advice.
mod suggestions;
/// What the words of an advice become.
mod words;

use super::{Advised, advise, advise_in_silence, conditional_prefix, notes};
use crate::assess::{Assessment, NotUnderstood, RuleFindings};
use crate::criteria::{AgeBelow, Finding, Kind};
use crate::fact::Facts;
use crate::hook::Hook;
use crate::indication::OrderIndication;
use crate::phase::Phase;
use crate::rule::{Advice, Criterion, Drug, Indicator, Override, Rule};
use crate::testing::{advice, drug, rule, source};
use crate::truth::{Outcome, Reason};
use Indicator::{Critical, Info, Warning};
use Outcome::{Met, NotMet, Unknown};

/// The criteria `a` and `b`, and this advice.
fn rule_with(advice: Vec<Advice>) -> Rule {
    let criterion = |id: &str| Criterion {
        id: id.to_owned(),
        finding: format!("finding {id}"),
        name: format!("name {id}"),
        family: None,
        unlisted: false,
        kind: Kind::Age(AgeBelow { years: 18 }),
    };
    Rule { advice, ..rule(vec![criterion("a"), criterion("b")]) }
}

fn ids(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn if_met(indicator: Indicator, summary: &str) -> Advice {
    Advice { met: ids(&["a"]), ..advice(indicator, summary) }
}

fn found(outcomes: [Outcome; 2]) -> RuleFindings {
    RuleFindings { applies: true, findings: outcomes.map(Finding::bare).into() }
}

fn assessment(phase: Phase, conditional: bool) -> Assessment {
    let indication =
        OrderIndication { id: None, name: String::new(), families: Vec::new(), conditional, unknown: None };
    Assessment {
        drug: "drug".into(),
        order: String::new(),
        indication,
        route: None,
        phase,
        exposures: Vec::new(),
        may_go_on: true,
        rules: Vec::new(),
        not_understood: NotUnderstood::default(),
    }
}

/// Calls `read` with what the rule says of these outcomes, at `order-sign` of a continuation.
fn said<T>(rule: &Rule, outcomes: [Outcome; 2], read: impl FnOnce(Option<Advised<'_>>) -> T) -> T {
    let assessment = assessment(Phase::Continuation, false);
    read(advise(&drug(), rule, &found(outcomes), &assessment, &Facts::default(), &Hook::OrderSign))
}

fn speaks(advice: Advice, outcomes: [Outcome; 2]) -> bool {
    said(&rule_with(vec![advice]), outcomes, |advised| advised.is_some())
}

#[test]
fn what_is_unknown_with_a_record_and_without() {
    for (cited, is_cited, speaks) in [
        (None, true, true),
        (None, false, true),
        (Some(true), true, true),
        (Some(true), false, false),
        (Some(false), true, false),
        (Some(false), false, true),
    ] {
        let rule = rule_with(vec![Advice { unknown: ids(&["a"]), cited, ..advice(Warning, "Odd") }]);
        let mut finding = Finding::bare(Unknown(Reason::Unreadable));
        finding.evidence.extend(is_cited.then(|| source("Condition", "odd", "")));
        let found = RuleFindings { applies: true, findings: vec![finding, Finding::bare(NotMet)] };
        let of = assessment(Phase::NewStart, false);
        let drug = drug();
        let said = advise(&drug, &rule, &found, &of, &Facts::default(), &Hook::OrderSign);
        assert_eq!(said.is_some(), speaks, "{cited:?} {is_cited}");
    }
}

#[test]
fn a_line_of_the_summary_is_no_card() {
    let line = |summary| Advice { unknown: ids(&["a"]), in_summary: true, ..advice(Info, summary) };
    let rule = rule_with(vec![line("Not on record: {unknown}"), Advice { met: ids(&["a"]), ..line("Found") }]);
    let found =
        RuleFindings { applies: true, findings: vec![Finding::bare(Unknown(Reason::Absent)), Finding::bare(NotMet)] };
    let mut drug = Drug { rules: vec![rule], ..drug() };
    let mut of = assessment(Phase::NewStart, false);
    assert!(advise(&drug, &drug.rules[0], &found, &of, &Facts::default(), &Hook::OrderSign).is_none());
    of.rules = vec![found];
    assert_eq!(notes(&drug, &of, &Hook::OrderSign), ["Not on record: name a"]);
    drug.rules[0].advice.push(Advice { unknown: ids(&["a"]), ..advice(Info, "A card") });
    assert_eq!(notes(&drug, &of, &Hook::OrderSign), ["Not on record: name a"], "a card is no line");
    drug.rules[0].silent = true;
    assert!(notes(&drug, &of, &Hook::OrderSign).is_empty(), "the site silenced the rule");
    drug.rules[0].silent = false;
    of.rules[0].applies = false;
    assert!(notes(&drug, &of, &Hook::OrderSign).is_empty());
}

#[test]
fn advice_speaks_when_all_its_conditions_hold() {
    let (absent, lost) = (Unknown(Reason::Absent), Unknown(Reason::NotRetrieved));
    let plain = || advice(Warning, "x");
    let met = || Advice { met: ids(&["a", "b"]), ..plain() };
    let not_met = || Advice { not_met: ids(&["a", "b"]), ..plain() };
    let unless = || Advice { met: ids(&["a"]), unless_met: ids(&["b"]), ..plain() };
    let unknown = || Advice { unknown: ids(&["a", "b"]), ..plain() };
    let for_a_reason = || Advice { reasons: vec![Reason::Absent], ..unknown() };
    for (name, advice, outcomes, speaks) in [
        ("all are met", met(), [Met, Met], true),
        ("one is not met", met(), [Met, NotMet], false),
        ("one is unknown", met(), [Met, absent], false),
        ("all are not met", not_met(), [NotMet, NotMet], true),
        ("one of them is met", not_met(), [NotMet, Met], false),
        ("one of them is unknown", not_met(), [NotMet, absent], false),
        ("none stands against it", unless(), [Met, NotMet], true),
        ("what stands against it is unknown", unless(), [Met, absent], true),
        ("one stands against it", unless(), [Met, Met], false),
        ("one unknown is enough", unknown(), [Met, absent], true),
        ("none is unknown", unknown(), [Met, NotMet], false),
        ("unknown for the reason", for_a_reason(), [absent, Met], true),
        ("unknown for another reason", for_a_reason(), [lost, Met], false),
        ("a criterion that the rule lacks", Advice { met: ids(&["c"]), ..plain() }, [Met, Met], false),
        ("in its phase", Advice { phases: vec![Phase::Continuation], ..if_met(Info, "x") }, [Met, Met], true),
        ("in another phase", Advice { phases: vec![Phase::Restart], ..if_met(Info, "x") }, [Met, Met], false),
        ("at its hook", Advice { hooks: vec![Hook::OrderSign], ..if_met(Info, "x") }, [Met, Met], true),
        ("at another hook", Advice { hooks: vec![Hook::OrderSelect], ..if_met(Info, "x") }, [Met, Met], false),
    ] {
        assert_eq!(self::speaks(advice, outcomes), speaks, "{name}");
    }
}

#[test]
fn a_silent_rule_says_only_what_is_critical() {
    for (indicator, speaks) in [(Critical, true), (Warning, false), (Info, false)] {
        let rule = Rule { silent: true, ..rule_with(vec![if_met(indicator, "x")]) };
        assert_eq!(said(&rule, [Met, Met], |advised| advised.is_some()), speaks, "{indicator:?}");
        let (drug, assessment) = (drug(), assessment(Phase::Continuation, false));
        let silenced = |rule: &Rule, outcomes| {
            let (found, facts) = (found(outcomes), Facts::default());
            let advised = advise_in_silence(&drug, rule, &found, &assessment, &facts, &Hook::OrderSign);
            advised.map(|advised| advised.indicator)
        };
        assert_eq!(silenced(&rule, [Met, Met]), (!speaks).then_some(indicator), "{indicator:?}");
        assert_eq!(silenced(&rule, [NotMet, Met]), None, "{indicator:?}: there was nothing to say");
        let heard = Rule { silent: false, ..rule };
        assert_eq!(silenced(&heard, [Met, Met]), None, "{indicator:?}: it was said");
    }
    let overview = Rule { overview: true, ..rule_with(vec![if_met(Critical, "x")]) };
    assert!(said(&overview, [Met, Met], |advised| advised.is_none()), "an overview is written elsewhere");
    let elsewhere = RuleFindings { applies: false, ..found([Met, Met]) };
    let (rule, assessment) = (rule_with(vec![if_met(Critical, "x")]), assessment(Phase::Continuation, false));
    let drug = drug();
    let advised = advise(&drug, &rule, &elsewhere, &assessment, &Facts::default(), &Hook::OrderSign);
    assert!(advised.is_none(), "a rule that does not concern the order");
}

#[test]
fn the_most_urgent_advice_comes_first() {
    let rule = rule_with(vec![if_met(Info, "context"), if_met(Critical, "stop"), if_met(Warning, "check")]);
    said(&rule, [Met, NotMet], |advised| {
        let advised = advised.expect("advice");
        assert_eq!((advised.indicator, advised.summary.as_str()), (Critical, "stop"));
        let said: Vec<&str> = advised.points.iter().map(|point| point.summary.as_str()).collect();
        assert_eq!(said, ["stop", "check", "context"]);
        assert!(!advised.start_assumed);
    });
}

#[test]
fn only_reasons_that_fit_what_was_found_are_offered() {
    let reason = |code: &str, criteria: &[&str]| Override {
        code: code.to_owned(),
        standard: false,
        display: code.to_owned(),
        criteria: ids(criteria),
    };
    let mut rule = rule_with(vec![if_met(Warning, "met"), Advice { unknown: ids(&["a"]), ..advice(Warning, "?") }]);
    rule.overrides = vec![reason("always", &[]), reason("for-a", &["a"]), reason("for-b", &["b"])];
    let codes = |outcome| {
        said(&rule, [outcome, Met], |advised| {
            let advised = advised.expect("advice");
            advised.overrides().map(|one| one.code.clone()).collect::<Vec<_>>()
        })
    };
    assert_eq!(codes(Met), ["always", "for-a"]);
    assert_eq!(codes(Unknown(Reason::Unreadable)), ["always"]);
}

#[test]
fn what_made_it_speak_is_named() {
    let mixed = Advice { met: ids(&["a"]), unknown: ids(&["b"]), ..advice(Warning, "x") };
    said(&rule_with(vec![mixed]), [Met, Unknown(Reason::Stale)], |advised| {
        let because: Vec<String> = advised.expect("advice").points[0]
            .because
            .iter()
            .map(|(criterion, finding)| format!("{} {}", criterion.id, finding.outcome))
            .collect();
        assert_eq!(because, ["a met", "b unknown: stale"]);
    });
}

#[test]
fn a_possible_indication_makes_advice_conditional_and_never_critical() {
    let mut rule = rule_with(vec![if_met(Critical, "stop"), if_met(Info, "context")]);
    let said = |rule: &Rule, conditional: bool, phase: Phase| {
        let (drug, found, assessment) = (drug(), found([Met, Met]), assessment(phase, conditional));
        let advised = advise(&drug, rule, &found, &assessment, &Facts::default(), &Hook::OrderSign);
        let advised = advised.expect("advice");
        let points: Vec<String> =
            advised.points.iter().map(|point| format!("{} {}", point.indicator.code(), point.summary)).collect();
        (points.join("; "), advised.start_assumed)
    };
    assert_eq!(said(&rule, true, Phase::Continuation).0, "critical stop; info context", "a rule of no family");
    rule.applies.family = Some("lung".to_owned());
    assert_eq!(said(&rule, false, Phase::Continuation).0, "critical stop; info context");
    let conditional = "warning If for lung in words: stop; info If for lung in words: context";
    assert_eq!(said(&rule, true, Phase::Continuation).0, conditional);
    assert_eq!(conditional_prefix(&drug(), "unheard-of"), "If for unheard-of: ");
    assert!(!said(&rule, false, Phase::Undetermined).1, "a rule of every phase assumes nothing");
    rule.applies.phases = vec![Phase::NewStart, Phase::Undetermined];
    assert!(said(&rule, false, Phase::Undetermined).1);
    assert!(!said(&rule, false, Phase::NewStart).1);
}

#[test]
fn an_advice_rests_on_the_family_of_its_criteria() {
    let mut rule = rule_with(vec![
        Advice { met: ids(&["a"]), ..advice(Critical, "of the family") },
        Advice { met: ids(&["b"]), ..advice(Critical, "of all") },
    ]);
    rule.criteria[0].family = Some("lung".to_owned());
    assert_eq!(rule.advice.iter().map(|advice| rule.family_of(advice)).collect::<Vec<_>>(), [Some("lung"), None]);
    let summaries = |conditional| {
        let assessment = assessment(Phase::Continuation, conditional);
        let (drug, found) = (drug(), found([Met, Met]));
        let advised = advise(&drug, &rule, &found, &assessment, &Facts::default(), &Hook::OrderSign);
        let points = advised.map(|advised| advised.points).unwrap_or_default();
        points.into_iter().map(|point| (point.indicator, point.summary)).collect::<Vec<_>>()
    };
    let of = |indicator, summary: &str| (indicator, summary.to_owned());
    assert_eq!(summaries(false), [of(Critical, "of the family"), of(Critical, "of all")]);
    // What is certain comes first, because the other became less urgent.
    let expected = [of(Critical, "of all"), of(Warning, "If for lung in words: of the family")];
    assert_eq!(summaries(true), expected);
}

#[test]
fn what_may_not_concern_the_order_is_not_asked_about() {
    let mut rule = rule_with(vec![Advice { unknown: ids(&["a", "b"]), ..advice(Warning, "{unknown}") }]);
    rule.criteria[0].family = Some("lung".to_owned());
    let lost = Unknown(Reason::NotRetrieved);
    let summary = |families: &[&str], outcomes| {
        let mut assessment = assessment(Phase::Continuation, false);
        assessment.indication.families = ids(families);
        let (drug, found) = (drug(), found(outcomes));
        let advised = advise(&drug, &rule, &found, &assessment, &Facts::default(), &Hook::OrderSign);
        advised.map(|advised| advised.summary)
    };
    assert_eq!(summary(&["lung"], [lost, lost]).as_deref(), Some("name a, name b"));
    assert_eq!(summary(&[], [lost, lost]).as_deref(), Some("name b"));
    assert_eq!(summary(&[], [lost, Met]), None);
}
