//! One drug: what identifies it, what it is used for, by which routes it is given, and its rules.

use super::treatment::{LabelledDose, Monitoring, PriorAuthorization, WeightRules};
use super::{Rule, is_named};
use crate::dose_table::{DoseRow, DoseTolerance};
use crate::fact::ConceptId;
use crate::order::{Dose, DrugOrder, OrderedProduct, Product};

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
    /// When a course goes on, is resumed or starts again.
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

/// When a course of the drug goes on, is resumed or starts again: how many days after the last dose.
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
    /// How many days back its conditions show it; `None` means without limit.
    pub within_days: Option<i64>,
}
