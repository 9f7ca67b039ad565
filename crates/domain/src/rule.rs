//! The knowledge as types: a drug, its rules, their criteria and advice. The member `knowledge` builds them from the
//! files under `hooks/`, and builds only valid ones.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::criteria::Kind;
use super::fact::ConceptId;
use super::hook::Hook;
use super::order::{OrderedProduct, Product};
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
    /// The most that the label gives; of several rows that fit, the first one counts.
    pub dose_limits: Vec<DoseLimit>,
    /// The dose that an order gets when a suggestion corrects it.
    pub labelled_dose: Option<LabelledDose>,
    /// What it is used for, the most specific first.
    pub indications: Vec<Indication>,
    /// The conditions that a reason in words can name, each with its lower-case words.
    pub reason_words: Vec<(ConceptId, Vec<String>)>,
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

    /// What the rows of dose limits say of an order by a route for an indication: the first that fits and says it.
    pub fn dose_limit<T>(
        &self,
        route: &str,
        indication: Option<&str>,
        read: impl Fn(&DoseLimit) -> Option<T>,
    ) -> Option<T> {
        let is_for = |limit: &&DoseLimit| limit.route == route && is_named(&limit.indications, indication);
        self.dose_limits.iter().filter(is_for).find_map(read)
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

/// The most that the label gives by one route, for some indications or for all.
#[derive(Debug)]
pub struct DoseLimit {
    /// The route, by its id.
    pub route: String,
    /// The indications, by their ids; empty means all, and an order whose indication is not known.
    pub indications: Vec<String>,
    /// The most milligrams in one dose.
    pub most: Option<Decimal>,
    /// The most milligrams per kilogram of body weight in one dose.
    pub most_per_kilogram: Option<Decimal>,
    /// The fewest days from one dose to the next.
    pub closest_days: Option<i64>,
    /// The source that says so.
    pub source: String,
    /// Whether that is a primary source, or one that was read.
    pub verified: bool,
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
    /// The most doses that the label gives; `None` where the treatment goes on.
    pub most_doses: Option<i64>,
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
}

impl Rule {
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
}

impl Advice {
    /// Whether it speaks of orders for this indication.
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
    /// It is not offered while one of these criteria is met, of whichever rule of the drug.
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
    use super::{Advice, DoseLimit, Indicator, TextFor};
    use crate::rule::Drug;
    use crate::testing::{advice, drug, number};

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
    fn the_first_limit_that_fits_and_says_it_counts() {
        let row = |indications: &[&str], most: Option<&str>, closest_days| DoseLimit {
            route: "vein".to_owned(),
            indications: ids(indications),
            most: most.map(number),
            most_per_kilogram: None,
            closest_days,
            source: String::new(),
            verified: true,
        };
        let dose_limits =
            vec![row(&["joints"], None, Some(14)), row(&["skull"], Some("600"), None), row(&[], Some("800"), None)];
        let drug = Drug { dose_limits, ..drug() };
        for (name, route, indication, most, closest) in [
            ("its own amount", "vein", Some("skull"), Some("600"), None),
            ("its own interval, the amount of all", "vein", Some("joints"), Some("800"), Some(14)),
            ("another indication", "vein", Some("lung"), Some("800"), None),
            ("an unknown indication", "vein", None, Some("800"), None),
            ("a route without limits", "mouth", Some("skull"), None, None),
        ] {
            assert_eq!(drug.dose_limit(route, indication, |limit| limit.most), most.map(number), "{name}");
            assert_eq!(drug.dose_limit(route, indication, |limit| limit.closest_days), closest, "{name}");
        }
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
