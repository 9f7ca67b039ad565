//! What a call needs, and what is known once it is there: prefetch first, the FHIR server for the rest. The service,
//! replay and the probe gather alike: `new` with what was fetched so far, `needs`, and `finish` when nothing is
//! missing.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use cds_hooks::call::HookCall;
use document::reference::last_part;
use domain::fact::ConceptId;
use domain::hook::Hook;
use domain::time::Clock;
use fhir::draft::{self, Draft, Unchecked, Why, asks_for_medicine};
use fhir::failure::Failure;
use fhir::fetched::{Fetched, Wanted};
use fhir::meaning::Meanings;
use fhir::medicine::{Chart, is_drug, medicine, unresolved};
use fhir::order::{Found, current_treatment, is_order};
use fhir::page::{Bundle, Page};
use fhir::problem::Problem;
use fhir::record::{Part, Record};
use fhir::refusal::Refusal;
use fhir::resource::Resource;
use knowledge::services::Query;
use knowledge::{Library, is_medication};

use super::prefetch::{PrefetchMatch, Prefetched};
use super::unidentified::{Unidentified, is_unclear, sounds_like};

/// What is known so far of a call, its orders and its patient.
#[derive(Debug)]
pub struct Gathering<'l, 'a> {
    library: &'l Library,
    call: &'a HookCall<'a>,
    fetched: &'a Fetched,
    /// The resources that came with the orders, and what is odd about them.
    pub drafts: Record<'a>,
    /// What is known of the patient; nothing where no order can concern us.
    pub record: Record<'a>,
    /// The orders for drugs of the library.
    pub orders: Vec<Found<'l, 'a>>,
    /// The orders that are not found to be, and whose names sound like one of its drugs.
    pub unidentified: Vec<Unidentified<'l>>,
    /// How many orders do not say what they order.
    pub unclear: usize,
    /// The orders that could not be checked, and may be for a drug of the library.
    pub unchecked: Vec<Unchecked>,
    /// The drafts of other patients.
    others: Vec<Resource<'a>>,
    /// What the concepts of the record mean.
    pub meanings: Meanings<'l, 'a>,
    /// Which queries prefetch answered; `None` where no order can concern us, and nothing was looked at.
    prefetched: Option<Prefetched<'a>>,
}

impl<'l, 'a> Gathering<'l, 'a> {
    /// What prefetch and the FHIR server brought so far.
    pub fn new(library: &'l Library, call: &'a HookCall<'a>, fetched: &'a Fetched, clock: &Clock) -> Gathering<'l, 'a> {
        let (drafts, others) = drafts(call, fetched);
        let mut gathering = Gathering {
            library,
            call,
            fetched,
            drafts,
            record: Record::default(),
            orders: Vec::new(),
            unidentified: Vec::new(),
            unclear: 0,
            unchecked: Vec::new(),
            others,
            meanings: Meanings::new(library),
            prefetched: None,
        };
        if gathering.may_concern_us(clock) {
            let mut prefetched = Prefetched::of(library, call);
            gathering.record = record(library, call, &mut prefetched, fetched);
            gathering.prefetched = Some(prefetched);
            (gathering.orders, gathering.unchecked) = gathering.find_orders(clock);
            gathering.forgive_weight();
        }
        (gathering.unidentified, gathering.unclear) = gathering.find_others();
        gathering
    }

    /// What is still needed of the FHIR server. A call without any order that could concern us needs nothing; where no
    /// order is brought, first only what shows whether the patient is on a drug of the library.
    pub fn needs(&self) -> Wanted<'l> {
        let Some(prefetched) = &self.prefetched else { return Wanted::default() };
        let chart = self.chart();
        let is_concerned = !self.orders.is_empty();
        let is_view = self.call.hook == Hook::PatientView;
        let ordered = self.drafts.resources.iter().filter(|resource| asks_for_medicine(resource));
        // Of what was taken only that is looked up which says nothing else of the medicine, not even its name.
        let is_nameless = |resource: &&Resource<'a>| {
            is_medication(&resource.kind) && medicine(&resource.object, chart).said.is_empty()
        };
        let taken = self.record.resources.iter().filter(|_| is_concerned || is_view).filter(is_nameless);
        let medications: BTreeSet<String> = ordered
            .chain(taken)
            .filter_map(|resource| unresolved(&resource.object, chart))
            .filter(|link| !link.starts_with('#') && !link.starts_with("urn:") && !self.fetched.asked_for(link))
            .collect();
        let is_wanted = |query: &&Query| {
            prefetched.lacks(query.id)
                && (is_concerned || (is_view && is_medication(&query.resource)))
                && !self.fetched.asked_for(&query.key)
        };
        Wanted {
            medications: medications.into_iter().collect(),
            queries: self.library.services.queries.iter().filter(is_wanted).collect(),
        }
    }

    /// Which queries prefetch answered, by their keys; none where no order can concern us, and nothing was looked at.
    pub fn prefetch(&self) -> impl Iterator<Item = (&'l str, bool)> {
        let queries = self.library.services.queries.iter();
        let of = self.prefetched.iter().map(move |found| (found, queries.clone()));
        of.flat_map(|(found, queries)| queries.map(|query| (query.key.as_str(), !found.lacks(query.id))))
    }

    /// Where references of the orders and of the record lead.
    fn chart(&self) -> Chart<'_, 'l, 'a> {
        Chart { drafts: &self.drafts.resources, record: &self.record.resources, meanings: &self.meanings }
    }

    /// Whether the record must be looked at: an order is for a drug of the library, or may be.
    fn may_concern_us(&self, clock: &Clock) -> bool {
        let chart = self.chart();
        let may = |resource: &Resource<'a>| draft::is_any(resource, chart, clock.zone());
        self.call.hook == Hook::PatientView
            || !self.call.odd_orders.is_empty()
            || self.drafts.resources.iter().chain(&self.others).any(may)
    }

    /// The orders that the hook asks about, and those among them that could not be checked.
    fn find_orders(&self, clock: &Clock) -> (Vec<Found<'l, 'a>>, Vec<Unchecked>) {
        let (chart, zone) = (self.chart(), clock.zone());
        if self.call.hook == Hook::PatientView {
            return (current_treatment(chart, clock).into_iter().collect(), Vec::new());
        }
        let (mut orders, mut unchecked) = (Vec::new(), Vec::new());
        for draft in self.asked_about().flat_map(|resource| draft::read(resource, chart, zone)) {
            match draft {
                Draft::Order(found) => orders.push(*found),
                // Who selects an order may have entered no medication yet; at the signature one is needed.
                Draft::Unchecked(one) if one.why == Why::NoMedication && self.call.hook == Hook::OrderSelect => {}
                Draft::Unchecked(one) => unchecked.push(one),
            }
        }
        if !orders.is_empty() {
            // A plan or a record of use adds nothing to check where the order itself is there.
            unchecked.retain(|one: &Unchecked| !matches!(one.why, Why::InPlan | Why::NoOrder));
        }
        if self.selected().is_none() {
            unchecked.extend(self.call.odd_orders.iter().map(|(at, words)| Unchecked {
                order: format!("entry {} of the draft orders", at + 1),
                why: Why::Unreadable(words),
            }));
            let others = self.others.iter().flat_map(|resource| draft::read(resource, chart, zone));
            unchecked.extend(others.filter_map(|draft| match draft {
                Draft::Order(found) => Some(Unchecked { order: found.order.reference, why: Why::OtherPatient }),
                Draft::Unchecked(_) => None,
            }));
        }
        (orders, unchecked)
    }

    /// Leaves out that no body weight came, where no order depends on one.
    fn forgive_weight(&mut self) {
        if self.orders.iter().any(|found| found.drug.needs_weight(&found.order)) {
            return;
        }
        let weights: Vec<_> = self.library.drugs.iter().filter_map(|drug| drug.weight.as_ref()).collect();
        let is_weight = |query: &&Query| {
            let is_it = |concept: &ConceptId| weights.iter().any(|weight| weight.concept == *concept);
            !query.concepts.is_empty() && query.concepts.iter().all(is_it)
        };
        for query in self.library.services.queries.iter().filter(is_weight) {
            self.record.forgive(self.library, query);
        }
    }

    /// The orders that are for no drug of the library and may be: those whose names sound like one, and how many say
    /// nothing at all.
    fn find_others(&self) -> (Vec<Unidentified<'l>>, usize) {
        let (chart, mut unidentified, mut unclear) = (self.chart(), Vec::new(), 0);
        for resource in self.asked_about().filter(|resource| is_order(resource)) {
            let said = medicine(&resource.object, chart);
            if (0..self.library.drugs.len()).any(|drug| is_drug(drug, &said)) {
                continue;
            }
            match sounds_like(self.library, &said) {
                Some(drug) => {
                    let (words, reference) = (said.said.shown(), resource.reference());
                    unidentified.push(Unidentified { drug, words, reference });
                }
                None => unclear += usize::from(is_unclear(self.library, &said)),
            }
        }
        (unidentified, unclear)
    }

    /// The resources that the hook asks about.
    fn asked_about(&self) -> impl Iterator<Item = &Resource<'a>> {
        let selected = self.selected();
        let drafts = self.drafts.resources.iter();
        drafts.filter(move |resource| selected.as_ref().is_none_or(|all| all.contains(resource.last_part())))
    }

    /// The drafts that are selected; `None` where all are asked about. A selection that leads nowhere counts as none: a
    /// miss is worse than a repeat.
    fn selected(&self) -> Option<HashSet<&str>> {
        let selections = self.call.selections.as_ref()?;
        let selected: HashSet<&str> = selections.iter().map(|selection| last_part(selection)).collect();
        let here: HashSet<&str> = self.drafts.resources.iter().map(Resource::last_part).collect();
        let leads = self.call.hook == Hook::OrderSelect && !selected.is_empty() && selected.is_subset(&here);
        leads.then_some(selected)
    }
}

/// The resources that came with the orders, with the Medications that were read for them.
fn drafts<'a>(call: &HookCall<'a>, fetched: &'a Fetched) -> (Record<'a>, Vec<Resource<'a>>) {
    let (mut drafts, others) = Record::of_orders(Bundle::read(&call.draft_orders), &call.patient_id);
    for problem in &mut drafts.problems {
        *problem = Problem::OfOrders(Box::new(problem.clone()));
    }
    let mut failures: BTreeMap<Failure, usize> = BTreeMap::new();
    for medication in &fetched.medications {
        match medication {
            Ok(document) => Resource::alone(document.root()).into_iter().for_each(|found| drafts.resources.add(found)),
            Err(failure) => *failures.entry(*failure).or_default() += 1,
        }
    }
    drafts.problems.extend(failures.into_iter().map(|(failure, n)| Problem::NoMedication(failure, n)));
    (drafts, others)
}

/// The record: what prefetch provides, what the FHIR server returned for the rest, and what came under keys of the
/// sender's own.
fn record<'a>(
    library: &Library,
    call: &HookCall<'a>,
    prefetched: &mut Prefetched<'a>,
    fetched: &'a Fetched,
) -> Record<'a> {
    let queries = &library.services.queries;
    let hidden = queries.iter().any(|query| query.resource == "Patient" && fetched.hides(&query.key));
    let part = |query: &Query| match (prefetched.answer(query.id), fetched.of(&query.key)) {
        (PrefetchMatch::Keyed(node), _) => Part::Answered(vec![Page::read(node)], None),
        (PrefetchMatch::Besides, _) => Part::Besides,
        (PrefetchMatch::Missing, Some(Ok(answer))) => {
            let pages: Vec<Page<'a>> = answer.bodies.iter().map(|body| Page::read(body.root())).collect();
            if hidden && pages.iter().all(Page::is_empty_bundle) {
                Part::Missing(Failure::PatientHidden)
            } else {
                Part::Answered(pages, answer.cut)
            }
        }
        (PrefetchMatch::Missing, Some(Err(failure))) => Part::Missing(*failure),
        (PrefetchMatch::Missing, None) => {
            Part::Missing(Failure::NotAllowed(fetched.refusal.unwrap_or(Refusal::NoServer)))
        }
    };
    let parts: Vec<(&Query, Part<'a>)> = queries.iter().map(|query| (query, part(query))).collect();
    let is_missing = parts.iter().any(|(_, part)| matches!(part, Part::Missing(_)));
    let unmatched = std::mem::take(&mut prefetched.unmatched);
    let mut record = Record::of_parts(library, parts, unmatched, &call.patient_id);
    if is_missing && prefetched.unproven > 0 {
        record.problems.push(Problem::UnprovenKeys(prefetched.unproven));
    }
    record
}

/// How many orders of this patient a call holds.
pub fn count_orders(call: &HookCall<'_>) -> usize {
    let (drafts, _) = Record::of_orders(Bundle::read(&call.draft_orders), &call.patient_id);
    drafts.resources.iter().map(draft::count).sum()
}
