//! From what was gathered to an answer: the same for the service, for replay and for cases.

use cds_hooks::author::Author;
use cds_hooks::call::HookCall;
use cds_hooks::card::Card;
use cds_hooks::error::CallError;
use cds_hooks::profile::{Profile, SummaryHook};
use domain::hook::Hook;
use domain::time::Clock;
use fhir::fetched::Fetched;
use fhir::problem::Problem;
use knowledge::Library;
use serde::Serialize;

use super::assessment::Assessed;
use super::card::CardContext;
use super::decide::{Decision, Question, decide};
use super::gather::Gathering;
use super::profile;

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
    let moment = clock.text();
    let mut decision = decide(&Question {
        orders: &orders,
        unchecked: &unchecked,
        unidentified: &unidentified,
        unclear,
        drafts: &drafts.resources,
        record: &record,
        meanings: &meanings,
        clock,
        hindsight: false,
        context: recipient.context(call, library, &moment),
    });
    let profile = profile::of(recipient.profile, call);
    decision.cards = profile::fit(decision.cards, profile);
    decision.silent = profile::fit(decision.silent, profile);
    Ok((decision, problems))
}

/// The body of an answer, with the assessment under a name of our own where it is wanted.
///
/// # Errors
///
/// None that a decision can cause: all of it can be written as JSON.
pub fn answer_json(decision: &Decision<'_>, with_assessment: bool) -> serde_json::Result<Vec<u8>> {
    let assessment = (with_assessment && !decision.assessments.is_empty())
        .then_some(Extension { assessment: &decision.assessments });
    // Room for a whole assessment, so that the answer is written without being moved.
    let mut json = Vec::with_capacity(ROOM);
    serde_json::to_writer(&mut json, &Body { cards: &decision.cards, extension: assessment })?;
    Ok(json)
}

/// Bytes of an answer to one order, about.
const ROOM: usize = 32 * 1024;

#[derive(Serialize)]
struct Body<'a> {
    cards: &'a [Card],
    #[serde(skip_serializing_if = "Option::is_none")]
    extension: Option<Extension<'a>>,
}

#[derive(Serialize)]
struct Extension<'a> {
    #[serde(rename = "io.github.tocilizumab-cds.assessment")]
    assessment: &'a [Assessed<'a>],
}
