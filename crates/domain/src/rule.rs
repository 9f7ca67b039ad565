//! The knowledge as types: a drug, its rules, their criteria and advice. The member `knowledge` builds them from the
//! files under `hooks/`, and builds only valid ones.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::criteria::Kind;
use super::dose_table::{DoseRow, DoseTolerance};
use super::fact::ConceptId;
use super::hook::Hook;
use super::order::{Dose, DrugOrder, OrderedProduct, Product};
use super::phase::Phase;
use super::truth::Reason;

/// One drug with its rules, in the order they are shown.
#[derive(Debug)]
pub struct Drug {
    /// Its id. Exposures to the drug are facts of the concept with the same id.
    pub id: ConceptId,
    /// The name in running text.
    pub name: String,
    /// Lower-case words that name it in free text.
    pub names: Vec<String>,
    /// Lower-case words that often mean it and not always.
    pub sounds_like: Vec<String>,
    /// Who turned the sources into rules.
    pub developer: Option<String>,
    /// Who paid for that.
    pub funding: Option<String>,
    /// What to look up by hand before a dose of an order that could not be checked, as a list in words.
    pub check_by_hand: Option<String>,
    /// When a course goes on, is resumed or begins anew.
    pub course: CourseLimits,
    /// Products by code system and normalised code.
    pub products: Vec<Product>,
    /// The brands, by the words that name them.
    pub brands: Vec<Brand>,
    /// Routes with their codes.
    pub routes: Vec<Route>,
    /// The value set of the routes by which the label never gives it, such as into the spine.
    pub other_routes: Option<ConceptId>,
    /// The doses of the label, one row for each use and route.
    pub doses: Vec<DoseRow>,
    /// How far an order may stand from them.
    pub tolerance: DoseTolerance,
    /// How a body weight is believed and for how long it counts; `None` where no dose depends on it.
    pub weight: Option<WeightRules>,
    /// The dose that an order gets when a suggestion corrects it.
    pub labelled_dose: Option<LabelledDose>,
    /// What it is used for, the most specific first.
    pub indications: Vec<Indication>,
    /// The conditions that a reason in words can name, each with its lower-case words.
    pub reason_words: Vec<(ConceptId, Vec<String>)>,
    /// How often what is watched on treatment is due; of several rows that fit, the first one counts.
    pub monitoring: Vec<Monitoring>,
    /// What payers ask for before they pay.
    pub prior_authorization: Option<PriorAuthorization>,
    /// The rules, in the order they are shown.
    pub rules: Vec<Rule>,
}

impl Drug {
    /// The brand of a product: by its code or its words. A presentation without a brand is one of the reference product,
    /// because biosimilars have names of their own.
    pub fn brand_of<'a>(&'a self, product: &'a OrderedProduct) -> Option<&'a str> {
        let is_presentation = product.product.as_ref().is_some_and(|p| p.route.is_some() || p.per_unit.is_some());
        let reference = || self.brands.iter().find(|brand| brand.lacks.is_empty()).map(|brand| brand.name.as_str());
        product.brand.as_deref().or_else(|| is_presentation.then(reference).flatten())
    }

    /// The name of an indication in running text, or its id when the drug has none of that id.
    pub fn indication_name<'a>(&'a self, id: &'a str) -> &'a str {
        self.indications.iter().find(|indication| indication.id == id).map_or(id, |indication| &indication.name)
    }

    /// The routes by which the label gives it for an indication; for an unknown one, each of its routes.
    pub fn routes_of<'a>(&'a self, indication: Option<&'a str>) -> impl Iterator<Item = &'a Route> {
        let only = indication.and_then(|id| self.indications.iter().find(|known| known.id == id)).map(|i| &i.routes);
        self.routes.iter().filter(move |route| only.is_none_or(|ids| ids.is_empty() || ids.contains(&route.id)))
    }

    /// Whether an order cannot be checked without the body weight: its dose is by weight, or that of the label by its
    /// route.
    pub fn needs_weight(&self, order: &DrugOrder) -> bool {
        let is_by_weight = |row: &DoseRow| row.is_by_weight() && order.route.known() == Some(&row.route);
        matches!(order.dose.known(), Some(Dose::PerKilogram(_))) || self.doses.iter().any(is_by_weight)
    }

    /// The rows of doses for an order by a route for a use. Where the label has none for both, what it gives by this
    /// route for any use counts; an order without a route may go by each route of its use.
    pub fn dose_rows(&self, indication: Option<&str>, route: Option<&str>) -> Vec<&DoseRow> {
        let by_route = |row: &&DoseRow| route.is_none_or(|route| row.route == route);
        let rows: Vec<&DoseRow> = self.doses.iter().filter(by_route).collect();
        let of_use: Vec<&DoseRow> =
            rows.iter().filter(|row| indication.is_some_and(|id| row.is_for(id))).copied().collect();
        if of_use.is_empty() { rows } else { of_use }
    }

    /// How often this is due for an indication, so many days after the first dose; `None` where it is not asked for.
    pub fn monitoring(&self, of: &str, indication: Option<&str>, days: i64) -> Option<&Monitoring> {
        self.monitoring.iter().find(|row| {
            row.of == of && is_named(&row.indications, indication) && row.until_days.is_none_or(|until| days <= until)
        })
    }
}

/// Whether a list of indications names this one; an empty list names all, and none names an unknown one.
fn is_named(ids: &[String], indication: Option<&str>) -> bool {
    ids.is_empty() || indication.is_some_and(|indication| ids.iter().any(|id| id == indication))
}

/// When a course of the drug goes on, is resumed or begins anew: how many days after the last dose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CourseLimits {
    /// The most days of a pause after which the course simply goes on.
    pub continuation_days: i64,
    /// The most days of a pause after which it is resumed.
    pub resumption_days: i64,
    /// The same, where the record says that it is on hold.
    pub resumption_after_hold_days: i64,
}

/// A brand of the drug.
#[derive(Debug)]
pub struct Brand {
    /// Its name.
    pub name: String,
    /// Lower-case words that name it in free text.
    pub words: Vec<String>,
    /// Indications of the reference product that its label lacks.
    pub lacks: Vec<String>,
}

/// A code with its system's URI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coding {
    /// The URI of the code system.
    pub system: String,
    /// The code.
    pub code: String,
    /// Its name in the system.
    pub display: String,
}

/// A route of administration.
#[derive(Debug)]
pub struct Route {
    /// Its id in the library.
    pub id: String,
    /// The value set of its codes.
    pub value_set: ConceptId,
    /// The word for it on a card.
    pub shown: String,
    /// The code that an order gets when a suggestion corrects it.
    pub code: Coding,
    /// The usual number of days from one dose to the next, where a dose by this route is given by others.
    pub interval_days: Option<i64>,
}

/// How a body weight is believed, and for how long it counts.
#[derive(Debug)]
pub struct WeightRules {
    /// The concept of its results, in kilograms.
    pub concept: ConceptId,
    /// What holds at which age, the youngest first; the last one holds for everybody older.
    pub ages: Vec<WeightAge>,
}

/// What is believed of a body weight at an age.
#[derive(Debug, Clone, Copy)]
pub struct WeightAge {
    /// Under so many years; `None` for everybody older than those before.
    pub below_years: Option<i16>,
    /// How many days a weight counts.
    pub within_days: i64,
    /// The least kilograms that are believed.
    pub least: Decimal,
    /// The most kilograms that are believed.
    pub most: Decimal,
}

/// One row of the plan by which a treatment is watched.
#[derive(Debug)]
pub struct Monitoring {
    /// What is watched, by the word that criteria name it with.
    pub of: String,
    /// The indications, by their ids; empty means all, and an unknown one.
    pub indications: Vec<String>,
    /// Only until so many days after the first dose; `None` means as long as the treatment goes on.
    pub until_days: Option<i64>,
    /// The fewest days from one time to the next.
    pub from_days: i64,
    /// The most days from one time to the next. The first time is due so many days after the first dose.
    pub to_days: i64,
    /// Whether one time on treatment is enough.
    pub once: bool,
    /// The source that says so.
    pub source: String,
    /// Whether that is a primary source, or one that was read.
    pub verified: bool,
}

/// What payers ask for before they pay for a start, gathered from the findings of the rules.
#[derive(Debug)]
pub struct PriorAuthorization {
    /// The family of indications whose orders it is for.
    pub family: String,
    /// Each item by its name, with the criterion whose records show it.
    pub items: Vec<(String, String)>,
}

/// The labelled dose.
#[derive(Debug)]
pub struct LabelledDose {
    /// The family of indications whose orders it corrects; `None` means all.
    pub family: Option<String>,
    /// Milligrams.
    pub amount: Decimal,
    /// Id of the route.
    pub route: String,
    /// Days between doses.
    pub interval_days: i64,
    /// The sentence for the order.
    pub text: String,
    /// The product that replaces one which cannot be given by this route.
    pub product: Coding,
}

/// What the drug is used for.
#[derive(Debug)]
pub struct Indication {
    /// Its id.
    pub id: String,
    /// The family of indications it belongs to; rules may concern one family only.
    pub family: Option<String>,
    /// The name in running text.
    pub name: String,
    /// The conditions that an order for it has, all of them.
    pub all: Vec<ConceptId>,
    /// A reason that the order must give as well.
    pub reason: Option<ConceptId>,
    /// A condition whose denial counts instead of the reason.
    pub refuted: Option<ConceptId>,
    /// The only routes by which the label gives the drug for it, by their ids; empty means all routes of the drug.
    pub routes: Vec<String>,
    /// Whether the patient's conditions show it only for an order by one of its routes. Its own reason always does.
    pub only_by_its_routes: bool,
    /// How many days back its conditions show it; `None` means for ever.
    pub within_days: Option<i64>,
}

/// One rule: at most one card per order.
#[derive(Debug, Default)]
pub struct Rule {
    /// Its id, which is also the card's topic.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Which orders it concerns.
    pub applies: Applies,
    /// The source that the card shows.
    pub source: CardSource,
    /// The criteria, in the order of the file.
    pub criteria: Vec<Criterion>,
    /// By criterion: within which bounds a site may move its window, where the rule says so.
    pub window_bounds: BTreeMap<String, WindowBounds>,
    /// What it may say, in the order of the file.
    pub advice: Vec<Advice>,
    /// What it may offer.
    pub suggestions: Vec<Suggestion>,
    /// The reasons a clinician may give for overriding the card.
    pub overrides: Vec<Override>,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// The day on which it was first released, such as `2026-11-22`.
    pub released: Option<String>,
    /// The later days on which what it decides or says was changed.
    pub revised: Vec<String>,
    /// Who has reviewed it.
    pub reviews: Vec<Review>,
    /// Whether its card is the overview of the whole assessment.
    pub overview: bool,
    /// For an overview: the criteria, of any rule of the drug, of which one shows why the drug is given now.
    pub scenarios: Vec<String>,
    /// Whether a site silenced it. Critical advice speaks even so.
    pub silent: bool,
    /// Why it says less, or something else, for some uses.
    pub uses: Vec<UseReason>,
    /// How often it speaks.
    pub burden: Option<Burden>,
}

/// Why a rule says less, or something else, for some uses than for the others.
#[derive(Debug)]
pub struct UseReason {
    /// The indications, by their ids.
    pub indications: Vec<String>,
    /// The reason, as a sentence.
    pub because: String,
}

/// How often a rule speaks, measured on a made-up population with all uses.
#[derive(Debug)]
pub struct Burden {
    /// On how many of 100 orders.
    pub of_orders: Decimal,
    /// Why that is not too often, as a sentence.
    pub because: Option<String>,
}

/// What a rule does for the orders of one use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Coverage {
    /// It checks, and may warn or stop.
    Checked,
    /// It only informs.
    Information,
    /// It says nothing.
    Silent,
}

impl Rule {
    /// What it does for the orders of this use.
    pub fn coverage(&self, indication: &Indication) -> Coverage {
        if self.is_of_others(indication) || self.applies.except.contains(&indication.id) {
            return Coverage::Silent;
        }
        let advice = self.advice.iter().filter(|advice| advice.concerns(Some(&indication.id)));
        match advice.map(|advice| advice.indicator).min() {
            None => Coverage::Silent,
            Some(Indicator::Info) => Coverage::Information,
            Some(Indicator::Critical | Indicator::Warning) => Coverage::Checked,
        }
    }

    /// Whether it says less for this use than for others of its family, so that a reader asks why.
    pub fn says_less(&self, indication: &Indication) -> bool {
        let only_informs = self.advice.iter().all(|advice| advice.indicator == Indicator::Info);
        !self.is_of_others(indication)
            && match self.coverage(indication) {
                Coverage::Checked => false,
                Coverage::Information => !only_informs,
                Coverage::Silent => true,
            }
    }

    /// Whether it belongs to a family of indications that this one is not of.
    fn is_of_others(&self, indication: &Indication) -> bool {
        (self.applies.family.is_some() && self.applies.family != indication.family)
            || (!self.applies.only.is_empty() && !self.applies.only.contains(&indication.id))
    }

    /// The reasons for what it does for the orders of this use.
    pub fn reasons_for<'a>(&'a self, indication: &'a str) -> impl Iterator<Item = &'a str> {
        let of = self.uses.iter().filter(move |reason| reason.indications.iter().any(|id| id == indication));
        of.map(|reason| reason.because.as_str())
    }

    /// The family of indications on which an advice rests: the rule's own, or that of a criterion which it names.
    pub fn family_of(&self, advice: &Advice) -> Option<&str> {
        let of_criterion = |id: &String| self.criteria.iter().find(|c| c.id == *id)?.family.as_deref();
        let named = || advice.met.iter().chain(&advice.not_met).chain(&advice.unknown).find_map(of_criterion);
        self.applies.family.as_deref().or_else(named)
    }
}

/// Which orders a rule concerns.
#[derive(Debug, Default)]
pub struct Applies {
    /// The phases; empty means all.
    pub phases: Vec<Phase>,
    /// Further phases, where nothing is ordered and the current treatment is looked at.
    pub phases_without_order: Vec<Phase>,
    /// The only family of indications; `None` means all.
    pub family: Option<String>,
    /// The only indications that it concerns, by their ids; empty means all.
    pub only: Vec<String>,
    /// Indications that it does not concern, by their ids.
    pub except: Vec<String>,
}

/// The source a card shows.
#[derive(Debug, Default)]
pub struct CardSource {
    /// A few words that name it.
    pub label: String,
    /// The address of a stable page.
    pub url: Option<String>,
}

/// One criterion: a finding that a rule looks for.
#[derive(Debug)]
pub struct Criterion {
    /// Its id.
    pub id: String,
    /// The finding in words, for the table.
    pub finding: String,
    /// The name in a list of what is unknown.
    pub name: String,
    /// The only family of indications that it concerns; `None` means all that the rule concerns.
    pub family: Option<String>,
    /// Whether the card of the whole assessment is silent about it where none is on record, or only an old one.
    pub unlisted: bool,
    /// How it is decided.
    pub kind: Kind,
}

/// The days between which a site may move the window of a criterion; `None` where the general bound holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WindowBounds {
    /// The shortest window.
    pub at_least: Option<i64>,
    /// The longest window.
    pub at_most: Option<i64>,
}

/// How urgent a card is, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Indicator {
    /// The label forbids it, and data prove that this is the case.
    Critical,
    /// A required check is missing, or data contradict a step.
    Warning,
    /// Context that needs no action.
    Info,
}

impl Indicator {
    /// The code of CDS Hooks.
    pub fn code(self) -> &'static str {
        match self {
            Indicator::Critical => "critical",
            Indicator::Warning => "warning",
            Indicator::Info => "info",
        }
    }

    /// The indicator with this code.
    pub fn from_code(code: &str) -> Option<Indicator> {
        match code {
            "critical" => Some(Indicator::Critical),
            "warning" => Some(Indicator::Warning),
            "info" => Some(Indicator::Info),
            _ => None,
        }
    }
}

/// One thing a rule may say.
#[derive(Debug)]
pub struct Advice {
    /// All of these are met.
    pub met: Vec<String>,
    /// None of these is met.
    pub unless_met: Vec<String>,
    /// All of these are not met.
    pub not_met: Vec<String>,
    /// At least one of these is unknown.
    pub unknown: Vec<String>,
    /// Only these reasons of unknown count; empty means all.
    pub reasons: Vec<Reason>,
    /// What is unknown counts only where a record is cited for it: then that record can be named.
    pub cited: Option<bool>,
    /// Only in these phases; empty means all.
    pub phases: Vec<Phase>,
    /// Only at these hooks; empty means all.
    pub hooks: Vec<Hook>,
    /// Only for these indications, by their ids; empty means all, and an order whose indication is not known.
    pub indications: Vec<String>,
    /// Not for these indications, by their ids.
    pub except: Vec<String>,
    /// How urgent it is.
    pub indicator: Indicator,
    /// The one-line summary, with tokens.
    pub summary: String,
    /// A sentence or two for the detail, with tokens.
    pub text: Option<String>,
    /// What stands in place of the text for some indications or routes; the first one that fits counts.
    pub texts: Vec<TextFor>,
    /// The ids of the suggestions that it offers.
    pub suggest: Vec<String>,
    /// Whether it is a line of the card of the whole assessment, and no card of its own.
    pub in_summary: bool,
}

impl Advice {
    /// Whether it applies to orders for this indication.
    pub fn concerns(&self, indication: Option<&str>) -> bool {
        is_named(&self.indications, indication) && !indication.is_some_and(|id| self.except.iter().any(|e| e == id))
    }

    /// Its sentences for an order by this route for this indication.
    pub fn text_for(&self, indication: Option<&str>, route: Option<&str>) -> Option<&str> {
        let fits = |text: &&TextFor| is_named(&text.indications, indication) && is_named(&text.routes, route);
        self.texts.iter().find(fits).map(|text| &text.text).or(self.text.as_ref()).map(String::as_str)
    }
}

/// A text of an advice for some orders.
#[derive(Debug)]
pub struct TextFor {
    /// The indications, by their ids; empty means all.
    pub indications: Vec<String>,
    /// The routes, by their ids; empty means all.
    pub routes: Vec<String>,
    /// A sentence or two, with tokens.
    pub text: String,
}

/// Something that a clinician can accept with one click.
#[derive(Debug)]
pub struct Suggestion {
    /// Its id.
    pub id: String,
    /// The words on the button.
    pub label: String,
    /// It is offered only when one of these criteria made the advice speak; empty means always.
    pub criteria: Vec<String>,
    /// The services whose order makes it needless.
    pub unless_ordered: UnlessOrdered,
    /// It is not offered while one of these criteria is met, of any rule of the drug.
    pub unless_met: Vec<String>,
    /// What to know before accepting it, which the card says as long as it is offered.
    pub text: Option<String>,
    /// From how many days after the order until when a service is due; `None` means now.
    pub due: Option<(i64, i64)>,
    /// What the click does.
    pub action: Action,
}

/// The services whose order makes a suggestion needless.
#[derive(Debug, Default)]
pub enum UnlessOrdered {
    /// No order does.
    #[default]
    Never,
    /// An order of this service does, whatever made the advice speak.
    All(ConceptId),
    /// Each criterion, by its id, has a service of its own: what one order does not bring is still offered.
    Each(Vec<(String, ConceptId)>),
}

impl UnlessOrdered {
    /// The services, without regard to the criteria.
    pub fn concepts(&self) -> impl Iterator<Item = &ConceptId> {
        let (all, each) = match self {
            UnlessOrdered::Never => (None, &[][..]),
            UnlessOrdered::All(concept) => (Some(concept), &[][..]),
            UnlessOrdered::Each(each) => (None, each.as_slice()),
        };
        all.into_iter().chain(each.iter().map(|(_, concept)| concept))
    }
}

/// What a click does.
#[derive(Debug)]
pub enum Action {
    /// Removes the order.
    DeleteOrder,
    /// Gives the order the labelled dose.
    UpdateDose,
    /// Ends the other orders of the drug that are on record.
    StopOthers,
    /// Orders a service.
    Create(Coding),
    /// Orders another medicine, with the words of its dose, and removes the order.
    Replace(Coding, String),
}

/// A reason for overriding a card.
#[derive(Debug)]
pub struct Override {
    /// Its code.
    pub code: String,
    /// Whether the code is one of CDS Hooks, not one of the rule.
    pub standard: bool,
    /// Its words.
    pub display: String,
    /// It makes sense only on a card that one of these criteria, met, made speak; empty means on every card of the rule.
    pub criteria: Vec<String>,
}

/// What a rule rests on.
#[derive(Debug)]
pub struct Evidence {
    /// One of label, guideline, trial, literature or design.
    pub kind: String,
    /// The section or citation.
    pub cite: String,
    /// What it says.
    pub says: String,
    /// Whether it was checked in a primary source.
    pub verified: bool,
}

/// A review of a rule by a clinician.
#[derive(Debug)]
pub struct Review {
    /// The name of the reviewer.
    pub by: String,
    /// The profession of the reviewer.
    pub role: String,
    /// The day, such as 2026-11-22.
    pub on: String,
    /// What was remarked.
    pub says: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::{Advice, Applies, Coverage, Indicator, Rule, TextFor, UseReason};
    use crate::rule::Drug;
    use crate::testing::{advice, dose_row, drug};

    #[test]
    fn codes_are_read_back() {
        for indicator in [Indicator::Critical, Indicator::Warning, Indicator::Info] {
            assert_eq!(Indicator::from_code(indicator.code()), Some(indicator));
        }
        assert_eq!(Indicator::from_code("hard-stop"), None);
        assert!(Indicator::Critical < Indicator::Warning && Indicator::Warning < Indicator::Info);
    }

    #[test]
    fn an_indication_has_a_name() {
        assert_eq!((drug().indication_name("lung"), drug().indication_name("none")), ("lung in words", "none"));
    }

    fn ids(ids: &[&str]) -> Vec<String> {
        ids.iter().map(|id| (*id).to_owned()).collect()
    }

    #[test]
    fn a_use_without_a_row_for_its_route_has_the_rows_of_every_use() {
        let row = |indications: &[&str], route: &str| dose_row(indications, route, "8 mg/kg", "800");
        let doses = vec![row(&["joints"], "vein"), row(&["joints"], "skin"), row(&["skull"], "vein")];
        let drug = Drug { doses, ..drug() };
        for (name, indication, route, rows) in [
            ("its own row", Some("skull"), Some("vein"), 1),
            ("without a route", Some("joints"), None, 2),
            ("by a route that it has none for", Some("skull"), Some("skin"), 1),
            ("an unknown use", None, Some("vein"), 2),
            ("nothing known", None, None, 3),
            ("a route without any", Some("skull"), Some("mouth"), 0),
        ] {
            assert_eq!(drug.dose_rows(indication, route).len(), rows, "{name}");
        }
    }

    #[test]
    fn the_first_row_of_the_plan_that_fits_counts() {
        let drug = drug();
        let every = |of, indication, days| drug.monitoring(of, indication, days).map(|row| row.to_days);
        for (name, found, expected) in [
            ("at first", every("blood", None, 182), Some(56)),
            ("later", every("blood", Some("lung"), 183), Some(90)),
            ("no longer", every("once", None, 366), None),
            ("its use", every("other-use", Some("joints"), 10), Some(56)),
            ("another use", every("other-use", Some("lung"), 10), None),
            ("an unknown use", every("other-use", None, 10), None),
            ("nothing of the plan", every("bones", None, 10), None),
        ] {
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn what_a_rule_does_for_a_use() {
        let drug = drug();
        let (lung, joints) = (&drug.indications[0], &drug.indications[1]);
        let warning = || advice(Indicator::Warning, "");
        let told = || advice(Indicator::Info, "");
        let of = |applies: Applies, advice| Rule { applies, advice, ..Rule::default() };
        let no_lung = || Advice { except: ids(&["lung"]), ..warning() };
        for (name, rule, of_lung, of_joints) in [
            (
                "it warns",
                of(Applies::default(), vec![warning()]),
                (Coverage::Checked, false),
                (Coverage::Checked, false),
            ),
            (
                "it informs all",
                of(Applies::default(), vec![told()]),
                (Coverage::Information, false),
                (Coverage::Information, false),
            ),
            (
                "it informs one",
                of(Applies::default(), vec![told(), no_lung()]),
                (Coverage::Information, true),
                (Coverage::Checked, false),
            ),
            (
                "it warns one",
                of(Applies::default(), vec![no_lung()]),
                (Coverage::Silent, true),
                (Coverage::Checked, false),
            ),
            (
                "one is left out",
                of(Applies { except: ids(&["joints"]), ..Applies::default() }, vec![warning()]),
                (Coverage::Checked, false),
                (Coverage::Silent, true),
            ),
            (
                "a family",
                of(Applies { family: Some("lung".to_owned()), ..Applies::default() }, vec![warning()]),
                (Coverage::Checked, false),
                (Coverage::Silent, false),
            ),
            (
                "one only",
                of(Applies { only: ids(&["joints"]), ..Applies::default() }, vec![warning()]),
                (Coverage::Silent, false),
                (Coverage::Checked, false),
            ),
        ] {
            for (indication, expected) in [(lung, of_lung), (joints, of_joints)] {
                assert_eq!((rule.coverage(indication), rule.says_less(indication)), expected, "{name}");
            }
        }
        let uses = vec![UseReason { indications: ids(&["lung"]), because: "why".to_owned() }];
        let rule = Rule { uses, ..Rule::default() };
        assert_eq!(rule.reasons_for("lung").collect::<Vec<_>>(), ["why"]);
        assert_eq!(rule.reasons_for("joints").count(), 0);
    }

    #[test]
    fn an_advice_concerns_some_indications_and_has_words_for_each() {
        let plain = || advice(Indicator::Info, "");
        for (name, advice, concerned) in [
            ("all", plain(), [true, true, true]),
            ("one only", Advice { indications: ids(&["lung"]), ..plain() }, [true, false, false]),
            ("all but one", Advice { except: ids(&["lung"]), ..plain() }, [false, true, true]),
        ] {
            assert_eq!([Some("lung"), Some("joints"), None].map(|id| advice.concerns(id)), concerned, "{name}");
        }
        let of = |indications: &[&str], routes: &[&str], text: &str| TextFor {
            indications: ids(indications),
            routes: ids(routes),
            text: text.to_owned(),
        };
        let texts = vec![of(&["lung"], &["vein"], "lung by vein"), of(&[], &["vein"], "by vein")];
        let advice = Advice { text: Some("all".to_owned()), texts, ..plain() };
        for (indication, route, text) in [
            (Some("lung"), Some("vein"), "lung by vein"),
            (Some("joints"), Some("vein"), "by vein"),
            (None, Some("vein"), "by vein"),
            (Some("lung"), Some("skin"), "all"),
            (Some("lung"), None, "all"),
        ] {
            assert_eq!(advice.text_for(indication, route), Some(text), "{indication:?} {route:?}");
        }
    }

    #[test]
    fn an_indication_may_have_fewer_routes() {
        let mut drug = drug();
        assert_eq!(drug.routes_of(Some("lung")).count(), 1);
        drug.indications[0].routes = ids(&["vein"]);
        assert_eq!([Some("lung"), Some("joints"), None].map(|id| drug.routes_of(id).count()), [0, 1, 1]);
    }
}
