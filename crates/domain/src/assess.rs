//! The assessment of one order: every criterion of every rule of its drug, decided from facts, order and clock.

use std::cell::OnceCell;

use super::criteria::{self, Earlier, Finding, Unusable, Weight};
use super::fact::{ConceptId, Facts, Medication, Shown, Source};
use super::indication::{self, OrderIndication};
use super::order::DrugOrder;
use super::phase::{self, Phase, Treatment};
use super::rule::{Applies, Drug, Rule};
use super::time::{Clock, Earliest, When};
use super::truth::{Outcome, Reason};

/// Everything that a criterion may look at.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The drug and its rules.
    pub drug: &'a Drug,
    /// What is known of the patient.
    pub facts: &'a Facts,
    /// The order.
    pub order: &'a DrugOrder,
    /// The indication of the order.
    pub indication: &'a OrderIndication,
    /// The first known dose of the drug.
    pub first_dose: FirstDose,
    /// The moment of the decision.
    pub clock: &'a Clock,
    /// The body weight, once a criterion has asked for it.
    weight: OnceCell<Result<Weight, Unusable>>,
}

impl<'a> Subject<'a> {
    /// What a criterion looks at for one order.
    pub fn new(
        drug: &'a Drug,
        facts: &'a Facts,
        order: &'a DrugOrder,
        indication: &'a OrderIndication,
        clock: &'a Clock,
    ) -> Subject<'a> {
        let first_dose = FirstDose::of(drug, facts, order);
        Subject { drug, facts, order, indication, first_dose, clock, weight: OnceCell::new() }
    }

    /// The body weight that a dose is calculated with, or why there is none.
    pub(crate) fn weight(&self) -> &Result<Weight, Unusable> {
        self.weight.get_or_init(|| criteria::usable_weight(self))
    }

    /// Whether a record is certainly older than the first known dose of the drug. Without any dose, every record is.
    pub fn before_first_dose(&self, source: &Source) -> bool {
        match (&self.first_dose, &source.effective) {
            (FirstDose::None, _) => true,
            (FirstDose::On(earliest), Some(when)) => earliest.is_after(when),
            (FirstDose::On(_), None) | (FirstDose::Undated, _) => false,
        }
    }

    /// How many days ago the first known dose was; `None` without one, or without its date.
    pub fn days_since_first_dose(&self) -> Option<i64> {
        let FirstDose::On(earliest) = &self.first_dose else { return None };
        earliest.day()?.until(self.clock.today()).ok().map(|span| i64::from(span.get_days()))
    }
}

/// The first known dose of the drug.
#[derive(Debug)]
pub enum FirstDose {
    /// None is on record.
    None,
    /// On the earliest of these dates.
    On(Earliest),
    /// A dose without a date is on record.
    Undated,
}

impl FirstDose {
    /// The first known dose, other than one of this very order. What may have been a dose counts, because a value after
    /// it may be changed by the drug.
    pub(crate) fn of(drug: &Drug, facts: &Facts, order: &DrugOrder) -> FirstDose {
        let is_dose = |m: &&Medication| {
            m.concept == drug.id
                && (order.is_current_treatment || m.source.reference != order.reference)
                && (m.is_taken() || m.shown == Shown::Perhaps)
        };
        let doses: Vec<Option<&When>> = facts.medications.iter().filter(is_dose).map(|m| m.first.as_ref()).collect();
        if doses.is_empty() {
            return FirstDose::None;
        }
        let dates: Option<Vec<&When>> = doses.into_iter().collect();
        dates.map_or(FirstDose::Undated, |dates| FirstDose::On(dates.into_iter().collect()))
    }
}

/// What was found for one order.
#[derive(Debug)]
pub struct Assessment {
    /// The id of the drug whose rules were applied.
    pub drug: ConceptId,
    /// `Type/id` of the order.
    pub order: String,
    /// Its indication.
    pub indication: OrderIndication,
    /// Its route, by its id, where it is known.
    pub route: Option<String>,
    /// The treatment phase.
    pub phase: Phase,
    /// The exposures on which the phase rests.
    pub exposures: Vec<Source>,
    /// Whether the drug may be taken at the moment.
    pub may_go_on: bool,
    /// The findings, rule by rule in the order of the drug.
    pub rules: Vec<RuleFindings>,
    /// What is on record and was not understood.
    pub not_understood: NotUnderstood,
}

/// Entries on record that nobody could understand: never to be taken for none.
#[derive(Debug, Clone, Default)]
pub struct NotUnderstood {
    /// How many there are.
    pub count: usize,
    /// The newest of them, as many as a card names.
    pub newest: Vec<Source>,
}

impl NotUnderstood {
    /// How many entries a card names.
    const NAMED: usize = 3;

    fn of(facts: &Facts) -> NotUnderstood {
        let newest = facts.not_understood.iter().take(NotUnderstood::NAMED).cloned().collect();
        NotUnderstood { count: facts.not_understood.len(), newest }
    }
}

/// The findings of one rule, in the order of its criteria.
#[derive(Debug)]
pub struct RuleFindings {
    /// Whether the rule concerns the order.
    pub applies: bool,
    /// What was found of each criterion.
    pub findings: Vec<Finding>,
}

impl RuleFindings {
    /// The finding of the criterion with this id. `rule` must be the rule of these findings.
    pub fn get(&self, rule: &Rule, id: &str) -> Option<&Finding> {
        self.findings.get(rule.criteria.iter().position(|criterion| criterion.id == id)?)
    }
}

/// Assesses one order.
pub fn assess(drug: &Drug, facts: &Facts, order: &DrugOrder, clock: &Clock) -> Assessment {
    let indication = indication::of_order(drug, facts, order, clock);
    let Treatment { phase, exposures, may_go_on } = phase::of_order(drug, facts, order, clock);
    let subject = Subject::new(drug, facts, order, &indication, clock);
    let rules = drug.rules.iter().map(|rule| findings(rule, &subject, phase)).collect();
    Assessment {
        drug: drug.id.clone(),
        order: order.reference.clone(),
        indication,
        route: order.route.known().cloned(),
        phase,
        exposures,
        may_go_on,
        rules,
        not_understood: NotUnderstood::of(facts),
    }
}

/// Whether a rule or a criterion concerns an order. It is unknown when the indication is unknown because records are
/// missing.
#[derive(Clone, Copy)]
enum Concern {
    Yes,
    No,
    Unknown(Reason),
}

fn findings(rule: &Rule, subject: &Subject<'_>, phase: Phase) -> RuleFindings {
    let of_rule = concern(&rule.applies, subject, phase);
    let mut findings: Vec<Finding> = Vec::with_capacity(rule.criteria.len());
    for criterion in &rule.criteria {
        let concern = match of_rule {
            Concern::Yes => of_family(criterion.family.as_deref(), subject.indication),
            otherwise => otherwise,
        };
        let finding = match concern {
            Concern::Yes => criteria::decide(criterion, subject, Earlier { rule, findings: &findings }),
            Concern::No => Finding::bare(Outcome::NotApplicable),
            Concern::Unknown(reason) => Finding::bare(Outcome::Unknown(reason)),
        };
        findings.push(finding);
    }
    RuleFindings { applies: matches!(of_rule, Concern::Yes), findings }
}

fn concern(applies: &Applies, subject: &Subject<'_>, phase: Phase) -> Concern {
    let indication = subject.indication;
    let without_order = subject.order.is_current_treatment && applies.phases_without_order.contains(&phase);
    let excepted = indication.id.as_ref().is_some_and(|id| applies.except.contains(id));
    if excepted || !(applies.phases.is_empty() || applies.phases.contains(&phase) || without_order) {
        return Concern::No;
    }
    let is_named = |id: &String| applies.only.contains(id);
    match (applies.only.is_empty() || indication.id.as_ref().is_some_and(is_named), indication.unknown) {
        (true, _) => of_family(applies.family.as_deref(), indication),
        (false, Some(reason)) => Concern::Unknown(reason),
        (false, None) => Concern::No,
    }
}

fn of_family(family: Option<&str>, indication: &OrderIndication) -> Concern {
    match (family, indication.unknown) {
        (None, _) => Concern::Yes,
        (Some(family), _) if indication.families.iter().any(|known| known == family) => Concern::Yes,
        (Some(_), Some(reason)) => Concern::Unknown(reason),
        (Some(_), None) => Concern::No,
    }
}

#[cfg(test)]
mod tests {
    use super::{FirstDose, Subject, assess};
    use crate::criteria::{All, Kind, RecordedAllergy};
    use crate::fact::{Presence, Shown};
    use crate::order::{DrugOrder, OrderReason};
    use crate::phase::Phase;
    use crate::rule::{Applies, Criterion, Drug, Rule};
    use crate::testing::{
        Fact, allergy, clock, condition, drug, facts, medicine_as, order, rule, source, with_subject,
    };
    use crate::truth::Reason;

    /// The outcomes of one rule that concerns some orders, of a patient who is allergic, with joints or with a lung.
    fn outcomes(applies: Applies, known: &[Fact]) -> (bool, Vec<String>) {
        let kinds = [
            ("allergy", Kind::Allergy(RecordedAllergy { concept: "drug".into() })),
            ("all", Kind::All(All(vec!["allergy".to_owned()]))),
        ];
        let criterion = |(id, kind): (&str, Kind)| Criterion {
            id: id.to_owned(),
            finding: String::new(),
            name: String::new(),
            family: None,
            unlisted: false,
            kind,
        };
        let rule = Rule { applies, ..rule(kinds.map(criterion).into()) };
        let drug = Drug { rules: vec![rule], ..drug() };
        let known = [known, &[allergy("drug", Presence::Active)]].concat();
        let assessment = assess(&drug, &facts(&known), &order(), &clock());
        assert_eq!((&*assessment.drug, assessment.order.as_str()), ("drug", "MedicationRequest/order"));
        let found = &assessment.rules[0];
        assert_eq!(found.get(&drug.rules[0], "all").map(|f| f.outcome), Some(found.findings[1].outcome));
        assert!(found.get(&drug.rules[0], "none").is_none());
        (found.applies, found.findings.iter().map(|finding| finding.outcome.to_string()).collect())
    }

    #[test]
    fn a_rule_concerns_orders_of_its_phase_and_family() {
        let lung = condition("lung-disease", Presence::Active, "");
        let joints = condition("joints", Presence::Active, "");
        let gap = Fact::Gap("lung-disease", Reason::NotRetrieved);
        let without_order =
            Applies { phases: vec![Phase::Restart], phases_without_order: vec![Phase::NewStart], ..Applies::default() };
        let family = || Applies { family: Some("lung".to_owned()), ..Applies::default() };
        let only = || Applies { only: vec!["lung".to_owned()], ..Applies::default() };
        let except = || Applies { except: vec!["lung".to_owned()], ..Applies::default() };
        let phases = |phase| Applies { phases: vec![phase], ..Applies::default() };
        for (name, applies, known, outcome) in [
            ("every order", Applies::default(), vec![], "met"),
            ("its phase", phases(Phase::NewStart), vec![], "met"),
            ("another phase", phases(Phase::Restart), vec![], "not-applicable"),
            ("a phase in which an order is not concerned", without_order, vec![], "not-applicable"),
            ("its family", family(), vec![lung.clone()], "met"),
            ("outside its family", family(), vec![joints.clone()], "not-applicable"),
            ("perhaps its family", family(), vec![lung.clone(), joints.clone()], "met"),
            ("its indication", only(), vec![lung.clone()], "met"),
            ("another indication", only(), vec![joints.clone()], "not-applicable"),
            (
                "an indication of its own that could not be retrieved",
                only(),
                vec![gap.clone()],
                "unknown: not-retrieved",
            ),
            ("no indication", family(), vec![], "not-applicable"),
            ("an indication that could not be retrieved", family(), vec![gap.clone()], "unknown: not-retrieved"),
            ("the same, in a rule of no family", Applies::default(), vec![gap], "met"),
            ("an indication that is excepted", except(), vec![lung], "not-applicable"),
            ("another indication", except(), vec![joints], "met"),
        ] {
            assert_eq!(outcomes(applies, &known), (outcome == "met", vec![outcome.to_owned(); 2]), "{name}");
        }
    }

    #[test]
    fn a_criterion_may_concern_a_family_in_a_rule_of_all_orders() {
        let kind = || Kind::Allergy(RecordedAllergy { concept: "drug".into() });
        let criterion = |id: &str, family: Option<&str>| Criterion {
            id: id.to_owned(),
            finding: String::new(),
            name: String::new(),
            family: family.map(str::to_owned),
            unlisted: false,
            kind: kind(),
        };
        let outcomes = |known: &[Fact]| -> Vec<String> {
            let rule = rule(vec![criterion("all", None), criterion("lung", Some("lung"))]);
            let known = [known, &[allergy("drug", Presence::Active)]].concat();
            let assessment = assess(&Drug { rules: vec![rule], ..drug() }, &facts(&known), &order(), &clock());
            assert!(assessment.rules[0].applies);
            assessment.rules[0].findings.iter().map(|finding| finding.outcome.to_string()).collect()
        };
        let (lung, joints) =
            (condition("lung-disease", Presence::Active, ""), condition("joints", Presence::Active, ""));
        let gap = Fact::Gap("lung-disease", Reason::NotRetrieved);
        assert_eq!(outcomes(std::slice::from_ref(&lung)), ["met", "met"]);
        assert_eq!(outcomes(std::slice::from_ref(&joints)), ["met", "not-applicable"]);
        assert_eq!(outcomes(&[lung, joints]), ["met", "met"], "perhaps of the family");
        assert_eq!(outcomes(&[gap]), ["met", "unknown: not-retrieved"]);
    }

    #[test]
    fn some_rules_concern_more_where_nothing_is_ordered() {
        let applies = || Applies {
            phases: vec![Phase::Continuation],
            phases_without_order: vec![Phase::Prescribed],
            ..Applies::default()
        };
        let allergic = Kind::Allergy(RecordedAllergy { concept: "drug".into() });
        let (id, empty) = ("allergy".to_owned(), String::new());
        let criterion =
            Criterion { id, finding: empty.clone(), name: empty, family: None, unlisted: false, kind: allergic };
        let drug = Drug { rules: vec![Rule { applies: applies(), ..rule(vec![criterion]) }], ..drug() };
        let known = facts(&[medicine_as("drug", Shown::Prescribed, "2026-11-01")]);
        for (is_current_treatment, concerned) in [(true, true), (false, false)] {
            let order = DrugOrder { is_current_treatment, ..order() };
            let assessment = assess(&drug, &known, &order, &clock());
            assert_eq!((assessment.phase, assessment.rules[0].applies), (Phase::Prescribed, concerned));
        }
    }

    #[test]
    fn results_from_before_the_first_dose() {
        let dose = |shown, date: &str| medicine_as("drug", shown, date);
        let before = |known: &[Fact], date: &str, order: &DrugOrder| {
            with_subject(known, order, None, |subject: &Subject<'_>| {
                subject.before_first_dose(&source("Observation", "x", date))
            })
        };
        let taken = dose(Shown::Stated, "2026-11-10");
        for (name, known, date, expected) in [
            ("no dose", vec![], "", true),
            ("the day before", vec![taken.clone()], "2026-11-09", true),
            ("the day itself", vec![taken.clone()], "2026-11-10", false),
            ("no date", vec![taken.clone()], "", false),
            ("an administration", vec![dose(Shown::Administered, "2026-11-10")], "2026-11-20", false),
            ("the earliest dose counts", vec![taken.clone(), dose(Shown::Stated, "2026-10-01")], "2026-10-20", false),
            ("a dose without a date", vec![taken.clone(), dose(Shown::Stated, "")], "2020-01-01", false),
            ("a dose that was not taken", vec![dose(Shown::NotTaken, "2026-10-01")], "2026-10-20", true),
            ("a planned dose", vec![dose(Shown::Planned, "2026-10-01")], "2026-10-20", true),
            ("a request alone", vec![dose(Shown::Prescribed, "2026-10-01")], "2026-10-20", true),
            ("what may have been a dose", vec![dose(Shown::Perhaps, "2026-10-01")], "2026-10-20", false),
            ("another medicine", vec![medicine_as("other", Shown::Stated, "2026-10-01")], "2026-10-20", true),
        ] {
            assert_eq!(before(&known, date, &order()), expected, "{name}");
        }
        let own = DrugOrder { reference: "MedicationStatement/drug".to_owned(), ..order() };
        assert!(before(std::slice::from_ref(&taken), "2026-11-20", &own), "the order itself is no dose");
        let current = DrugOrder { is_current_treatment: true, ..own };
        assert!(!before(&[taken], "2026-11-20", &current), "but the current treatment is one");
        let none = FirstDose::of(&drug(), &facts(&[]), &order());
        assert!(matches!(none, FirstDose::None));
    }

    #[test]
    fn what_nobody_understood_is_counted() {
        let mut known = facts(&[]);
        known.not_understood = ["a", "b", "c", "d"].map(|said| source("Condition", said, "2026-11-01")).into();
        let odd = assess(&drug(), &known, &order(), &clock()).not_understood;
        let newest: Vec<&str> = odd.newest.iter().map(|source| source.received.as_str()).collect();
        assert_eq!((odd.count, newest), (4, vec!["a", "b", "c"]));
    }

    #[test]
    fn the_reason_of_the_order_is_its_indication() {
        let order = DrugOrder {
            reason: OrderReason { concepts: vec!["lung-disease".into()], words: Some("lung".to_owned()) },
            ..order()
        };
        let assessment = assess(&drug(), &facts(&[]), &order, &clock());
        assert_eq!((assessment.indication.code(), assessment.phase), ("lung", Phase::NewStart));
    }
}
