//! A call whose body has arrived: every step from its document to the answer that is sent.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web;
use tokio::sync::SemaphorePermit;

use cds_hooks::call::{Authorization, HookCall, TokenFault, read_body};
use cds_hooks::error::CallError;
use document::Document;
use domain::time::Clock;
use engine::answer::{Recipient, answer_json, finish, finish_explained};
use engine::decide::Decision;
use engine::gather::Gathering;
use fhir::failure::Access;
use fhir::fetched::{Fetched, Wanted};
use fhir::problem::Problem;
use fhir_client::{Budget, Grant, Observer, ReadContext};

use super::report::refused_early;
use crate::author::Sdk;
use crate::config::Delivery;
use crate::http::admission::AdmittedCaller;
use crate::http::auth::Caller;
use crate::http::delivery::{CardDeliveries, delivery};
use crate::http::error::{Refused, refused};
use crate::http::fair_pool::Reservation;
use crate::http::large_calls::LargeCalls;
use crate::http::limits;
use crate::http::metrics::{Phase, Phases};
use crate::http::notes::{AnsweredCall, note};
use crate::http::shared_state::RequestState;
use crate::http::spans::Reads;
use crate::http::trace::Origin;
use crate::http::workbench::link_to_decision;

/// How often the FHIR server is asked: what shows that the call concerns us at all comes before the rest.
const ROUNDS: usize = 3;

/// A call whose body has arrived: all that its answer needs besides the body.
pub(super) struct ReceivedCall {
    pub(super) state: RequestState,
    pub(super) large_calls: web::Data<LargeCalls>,
    pub(super) service: String,
    pub(super) caller: Option<Caller>,
    pub(super) started: Instant,
    pub(super) origin: Origin,
    /// The requests to the FHIR server, where spans of them are sent to a collector.
    pub(super) reads: Option<Arc<Reads>>,
    /// How long the body took to arrive.
    pub(super) arrived: Duration,
    /// How long it took to become a document.
    pub(super) read: Duration,
    pub(super) admitted: AdmittedCaller,
    /// What the call holds of the memory that all calls share.
    pub(super) memory: Arc<Reservation>,
}

/// An answer as it is sent.
pub(super) struct Answer {
    pub(super) json: Vec<u8>,
    /// Id of the record of the decision.
    pub(super) record: Option<String>,
    pub(super) phases: Phases,
}

impl ReceivedCall {
    /// The body as a document.
    pub(super) fn read(&mut self, body: String) -> Result<Document<'static>, Refused> {
        let begun = Instant::now();
        let read = read_body(body, limits::of_body(&self.state.settings.limits)).map_err(Refused);
        self.read = begun.elapsed();
        read.inspect_err(|refused| refused_early(&self.service, &self.origin, refused, self.started))
    }

    /// The call in a document.
    fn call<'d>(&self, document: &'d Document<'d>) -> Result<HookCall<'d>, Refused> {
        let hook = self.state.library.services.get(&self.service).map(|service| &service.hook);
        let call = HookCall::read(document, hook).map_err(Refused);
        let within = call.and_then(|call| limits::orders(&call, &self.state.settings.limits).map(|()| call));
        within.inspect_err(|refused| refused_early(&self.service, &self.origin, refused, self.started))
    }

    /// The answer, where nothing is needed of a FHIR server.
    pub(super) fn answer_without_fhir_server(&self, document: &Document<'_>) -> Result<Option<Answer>, Refused> {
        let begun = Instant::now();
        let call = self.call(document)?;
        let (clock, fetched) = (self.state.clock(), Fetched::default());
        let gathering = Gathering::new(&self.state.library, &call, &fetched, &clock);
        if !is_nothing(&gathering.needs()) {
            return Ok(None);
        }
        self.state.metrics.prefetch(self.client(), gathering.prefetch());
        let mut phases = self.phases();
        phases.add(Phase::Gather, begun.elapsed());
        let begun = Instant::now();
        let answered = self.decide(&call, gathering, &fetched, &clock);
        phases.add(Phase::Decide, begun.elapsed());
        self.answer(document, &call, &clock, answered, Fetched::default(), phases).map(Some)
    }

    /// The times so far: how long the body took.
    fn phases(&self) -> Phases {
        let mut phases = Phases::default();
        phases.add(Phase::Read, self.arrived + self.read);
        phases
    }

    /// The answer, with what prefetch did not bring read in rounds.
    pub(super) async fn answer_in_rounds(
        &self,
        document: &Document<'_>,
        mut permit: Option<SemaphorePermit<'_>>,
        waited: Duration,
        deadline: tokio::time::Instant,
    ) -> Result<Answer, Refused> {
        let mut phases = self.phases();
        phases.add(Phase::Wait, waited);
        let headers = self.origin.headers();
        let call = self.call(document)?;
        let clock = self.state.clock();
        let limits = &self.state.settings.limits;
        let budget = Budget::of(limits.fhir_call_bytes.get()).within(&*self.memory);
        let context = ReadContext {
            grant: grant(&call),
            client: self.client(),
            deadline,
            budget: &budget,
            headers: &headers,
            observer: self.reads.as_deref().map(|reads| reads as &dyn Observer),
        };
        let mut fetched = Fetched::default();
        for round in 0..=ROUNDS {
            let waiting = Instant::now();
            if permit.is_none() {
                permit = self.large_calls.permit(document.text().len() + fetched.bytes()).await;
            }
            phases.add(Phase::Wait, waiting.elapsed());
            let gathering_begun = Instant::now();
            let gathering = Gathering::new(&self.state.library, &call, &fetched, &clock);
            if round == 0 {
                self.state.metrics.prefetch(self.client(), gathering.prefetch());
            }
            let missing = gathering.needs();
            if round == ROUNDS || is_nothing(&missing) {
                phases.add(Phase::Gather, gathering_begun.elapsed());
                let begun = Instant::now();
                let answered = self.decide(&call, gathering, &fetched, &clock);
                phases.add(Phase::Decide, begun.elapsed());
                return self.answer(document, &call, &clock, answered, fetched, phases);
            }
            // Others go on while this call waits for its FHIR server.
            drop((permit.take(), gathering));
            let more = self.state.fhir.fetch(context, &missing).await;
            fetched.add(more);
            phases.add(Phase::Gather, gathering_begun.elapsed());
        }
        Err(refused(500, "exception", "a fault of the service itself: its rounds of reading did not end"))
    }

    /// The decision, with the records that were not used where the site wants them listed.
    fn decide<'s, 'a>(
        &'s self,
        call: &'a HookCall<'a>,
        gathering: Gathering<'s, 'a>,
        fetched: &'a Fetched,
        clock: &Clock,
    ) -> Result<(Decision<'s>, Vec<Problem>), CallError> {
        let settings = &self.state.settings;
        if settings.assessment_extension && settings.assessment_not_used {
            let explained = finish_explained(call, gathering, fetched, clock, &self.recipient());
            return explained.map(|explained| (explained.decision, explained.problems));
        }
        finish(&self.state.library, call, gathering, fetched, clock, &self.recipient())
    }

    /// Notes and logs what was answered, and writes it as it is sent.
    fn answer(
        &self,
        document: &Document<'_>,
        call: &HookCall<'_>,
        clock: &Clock,
        answered: Result<(Decision<'_>, Vec<Problem>), CallError>,
        fetched: Fetched,
        mut phases: Phases,
    ) -> Result<Answer, Refused> {
        let begun = Instant::now();
        let client = self.caller.as_ref().map(|caller| &*caller.client);
        let delivery = delivery(&self.state.settings, client, &self.service);
        let deliveries = answered.as_ref().map_or_else(
            |_| CardDeliveries::default(),
            |(decision, _)| CardDeliveries::of(decision, delivery, &self.state.answered, self.client(), call),
        );
        self.count(answered.as_ref().ok(), &deliveries);
        let noted = AnsweredCall {
            service: &self.service,
            client: self.client(),
            organization: self.caller.as_ref().and_then(|caller| caller.tenant.as_deref()),
            call,
            body: document,
            clock,
            recipient: self.recipient(),
            decided: answered.as_ref().map(|(decision, _)| decision),
            delivery,
            deliveries: &deliveries,
        };
        let record = note(&self.state, noted, fetched);
        self.log(call, answered.as_ref(), delivery, &deliveries, record.as_deref());
        let (mut decision, _) = answered.map_err(Refused)?;
        deliveries.apply(&mut decision);
        link_to_decision(&self.state, record.as_deref(), &mut decision.cards);
        // An answer in silence tells nothing at all of what was decided.
        let with_assessment = self.state.settings.assessment_extension && delivery == Delivery::Live;
        let json = answer_json(&decision, with_assessment)
            .map_err(|_| refused(500, "exception", "a fault of the service itself: the answer cannot be written"))?;
        phases.add(Phase::Write, begun.elapsed());
        Ok(Answer { json, record, phases })
    }

    fn recipient(&self) -> Recipient<'_> {
        Recipient {
            profile: self.caller.as_ref().and_then(|caller| caller.client.profile),
            summary: self.caller.as_ref().map(|caller| caller.client.summary).unwrap_or_default(),
            public_url: self.state.settings.public_url.as_ref().map(|url| url.text()),
            author: &Sdk,
        }
    }

    pub(super) fn client(&self) -> Option<&str> {
        self.caller.as_ref().map(|caller| &*caller.name)
    }
}

fn is_nothing(wanted: &Wanted<'_>) -> bool {
    wanted.queries.is_empty() && wanted.medications.is_empty()
}

/// What a call lets us ask of its FHIR server.
pub fn grant<'c>(call: &'c HookCall<'_>) -> Grant<'c> {
    let token = match &call.authorization {
        None => Err(Access::NoToken),
        Some(Authorization { fault: Some(TokenFault::OtherType), .. }) => Err(Access::OtherType),
        Some(Authorization { fault: Some(TokenFault::Expired), .. }) => Err(Access::Expired),
        Some(Authorization { token, .. }) => Ok(token.as_str()),
    };
    Grant {
        server: call.fhir_server.as_deref(),
        token,
        bound_patient: call.authorization.as_ref().and_then(|authorization| authorization.patient.as_deref()),
        patient_id: &call.patient_id,
        encounter_id: call.encounter_id.as_deref(),
        user_id: call.user_id.as_deref(),
    }
}
