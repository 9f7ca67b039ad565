//! From what was gathered to an answer: the same for the service, for replay and for cases.

use cds_hooks::author::Author;
use cds_hooks::call::HookCall;
use cds_hooks::error::CallError;
use cds_hooks::profile::{Profile, SummaryHook};
use domain::fact::Facts;
use domain::hook::Hook;
use domain::order::DrugOrder;
use domain::time::Clock;
use fhir::draft::Unchecked;
use fhir::fetched::Fetched;
use fhir::meaning::Meanings;
use fhir::order::Found;
use fhir::problem::Problem;
use fhir::record::Record;
use fhir::resources::Resources;
use knowledge::Library;

use super::assessment::write_all;
use super::card::CardContext;
use super::decide::{Decision, Question, decide};
use super::gather::Gathering;
use super::profile;
use super::unidentified::Unidentified;
use super::unused;

/// For whom an answer is written, and by whom.
#[derive(Clone, Copy)]
pub struct Recipient<'a> {
    /// What the client can take, where that is known; else the call shows it.
    pub profile: Option<Profile>,
    /// The URL of the service, under which cards link into its handbook.
    pub public_url: Option<&'a str>,
    /// At which hook an order gets the card of its whole assessment.
    pub summary: SummaryHook,
    /// Who writes the resources of suggestions.
    pub author: &'a dyn Author,
}

impl<'a> Recipient<'a> {
    /// The context of the cards that answer a call at this moment.
    pub fn context(&self, call: &'a HookCall<'_>, library: &'a Library, moment: &'a str) -> CardContext<'a> {
        CardContext {
            hook: &call.hook,
            instance: &call.instance,
            patient_id: &call.patient_id,
            user_id: call.user_id.as_deref(),
            encounter_id: call.encounter_id.as_deref(),
            moment,
            public_url: self.public_url,
            service: library.services.of_hook(&call.hook),
            summary: self.summary,
            author: self.author,
        }
    }
}

/// Answers a call with what prefetch and these answers of the FHIR server hold.
pub fn answer<'l>(
    library: &'l Library,
    call: &HookCall<'_>,
    fetched: &Fetched,
    clock: &Clock,
    recipient: &Recipient<'_>,
) -> Result<(Decision<'l>, Vec<Problem>), CallError> {
    finish(library, call, Gathering::new(library, call, fetched, clock), fetched, clock, recipient)
}

/// Answers a call with what was gathered; 412 when there is an order for us and nothing at all of the record could be
/// had.
pub fn finish<'l, 'a>(
    library: &'l Library,
    call: &'a HookCall<'a>,
    gathering: Gathering<'l, 'a>,
    fetched: &Fetched,
    clock: &Clock,
    recipient: &Recipient<'_>,
) -> Result<(Decision<'l>, Vec<Problem>), CallError> {
    let ready = Ready::of(call, gathering, fetched)?;
    let moment = clock.text();
    let mut decision = decide(&ready.question(clock, recipient.context(call, library, &moment)));
    fit(&mut decision, call, recipient);
    Ok((decision, ready.problems))
}

/// Makes the cards, those that are only noted too, what the client can take.
fn fit(decision: &mut Decision<'_>, call: &HookCall<'_>, recipient: &Recipient<'_>) {
    let profile = profile::of(recipient.profile, call);
    decision.cards = profile::fit(std::mem::take(&mut decision.cards), profile);
    decision.silent = profile::fit(std::mem::take(&mut decision.silent), profile);
}

/// A decision with all that it was made from, for a reader who wants to know why.
#[derive(Debug)]
pub struct Explained<'l> {
    /// The decision; each assessment says what was looked at and not used.
    pub decision: Decision<'l>,
    /// What was odd about the data.
    pub problems: Vec<Problem>,
    /// What is known of the patient.
    pub facts: Facts,
    /// The orders as the rules saw them, in the order of the assessments.
    pub orders: Vec<DrugOrder>,
}

/// The same as `answer`, explained.
///
/// # Errors
///
/// As of `finish`.
pub fn explained<'l>(
    library: &'l Library,
    call: &HookCall<'_>,
    fetched: &Fetched,
    clock: &Clock,
    recipient: &Recipient<'_>,
) -> Result<Explained<'l>, CallError> {
    finish_explained(call, Gathering::new(library, call, fetched, clock), fetched, clock, recipient)
}

/// The same as `explained`, as one looks back at a moment in the past: what was not known yet at that moment is left out.
///
/// # Errors
///
/// As of `finish`.
pub fn looking_back<'l>(
    library: &'l Library,
    call: &HookCall<'_>,
    fetched: &Fetched,
    clock: &Clock,
    recipient: &Recipient<'_>,
) -> Result<Explained<'l>, CallError> {
    let ready = Ready::of(call, Gathering::new(library, call, fetched, clock), fetched)?;
    Ok(ready.explained(call, fetched, clock, recipient, true))
}

/// The same as `finish`, explained. The decision is the same to the letter.
///
/// # Errors
///
/// As of `finish`.
pub fn finish_explained<'l, 'a>(
    call: &'a HookCall<'a>,
    gathering: Gathering<'l, 'a>,
    fetched: &'a Fetched,
    clock: &Clock,
    recipient: &Recipient<'_>,
) -> Result<Explained<'l>, CallError> {
    Ok(Ready::of(call, gathering, fetched)?.explained(call, fetched, clock, recipient, false))
}

/// What a decision is made from, when nothing more is needed.
struct Ready<'l, 'a> {
    orders: Vec<Found<'l, 'a>>,
    unchecked: Vec<Unchecked>,
    unidentified: Vec<Unidentified<'l>>,
    unclear: usize,
    drafts: Resources<'a>,
    record: Record<'a>,
    meanings: Meanings<'l, 'a>,
    problems: Vec<Problem>,
}

impl<'l, 'a> Ready<'l, 'a> {
    fn of(call: &HookCall<'_>, gathering: Gathering<'l, 'a>, fetched: &Fetched) -> Result<Ready<'l, 'a>, CallError> {
        let Gathering { drafts, mut record, orders, unchecked, unidentified, unclear, meanings, .. } = gathering;
        let mut problems = drafts.problems;
        record.remarks.others += drafts.remarks.others;
        if !orders.is_empty() {
            // What is missing matters only where something is decided on it.
            problems.extend(record.problems.iter().cloned());
        }
        let asked_about = !orders.is_empty() || call.hook == Hook::PatientView;
        if asked_about && record.answered == 0 && record.resources.is_empty() {
            let server = match fetched.refusal {
                Some(refusal) => refusal.sentence().to_owned(),
                None => fetched.failure_summary(),
            };
            let message =
                format!("nothing of the patient's record could be had: prefetch brought none of it, and {server}");
            return Err(CallError::plain(412, "not-found", message));
        }
        let drafts = drafts.resources;
        Ok(Ready { orders, unchecked, unidentified, unclear, drafts, record, meanings, problems })
    }

    fn explained(
        self,
        call: &HookCall<'a>,
        fetched: &'a Fetched,
        clock: &Clock,
        recipient: &Recipient<'_>,
        hindsight: bool,
    ) -> Explained<'l> {
        let moment = clock.text();
        let library = self.meanings.library;
        let context = recipient.context(call, library, &moment);
        let question = Question { hindsight, ..self.question(clock, context) };
        let (mut decision, facts) = unused::explain(&question, &unused::of_others(call, fetched));
        fit(&mut decision, call, recipient);
        let orders = self.orders.iter().map(|found| found.order.clone()).collect();
        Explained { decision, problems: self.problems, facts, orders }
    }

    fn question<'q>(&'q self, clock: &'q Clock, context: CardContext<'q>) -> Question<'q, 'l, 'a> {
        Question {
            orders: &self.orders,
            unchecked: &self.unchecked,
            unidentified: &self.unidentified,
            unclear: self.unclear,
            drafts: &self.drafts,
            record: &self.record,
            meanings: &self.meanings,
            clock,
            hindsight: false,
            context,
        }
    }
}

/// The body of an answer, with the assessment under a name of our own where it is wanted.
///
/// # Errors
///
/// None that a decision can cause: all of it can be written as JSON.
pub fn answer_json(decision: &Decision<'_>, with_assessment: bool) -> serde_json::Result<Vec<u8>> {
    // Room for a whole assessment, so that the answer is written without being moved.
    let mut json = Vec::with_capacity(ROOM);
    json.extend_from_slice(b"{\"cards\":");
    serde_json::to_writer(&mut json, &decision.cards)?;
    if with_assessment && !decision.assessments.is_empty() {
        json.extend_from_slice(b",\"extension\":{\"io.github.tocilizumab-cds.assessment\":");
        write_all(&decision.assessments, &mut json)?;
        json.push(b'}');
    }
    json.push(b'}');
    Ok(json)
}

/// Bytes of an answer to one order, about.
const ROOM: usize = 32 * 1024;
