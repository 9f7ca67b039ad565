//! `POST /cds-services/{id}`: a call of a hook in, cards out.
//!
//! A small call that needs nothing of a FHIR server is answered where it arrives. Every other one is answered beside
//! the workers: its data may be large, and going through them must not hold up the calls of others.

/// What an operator learns of a call.
mod report;

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::{HttpMessage, HttpRequest, HttpResponse, Resource, web};
use tokio::runtime::Handle;
use tokio::sync::SemaphorePermit;
use tokio::time::timeout_at;

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
use fhir_client::{Budget, Grant, Observer, Visit};

use self::report::refused_early;
use super::admission::Visitor;
use super::auth::Caller;
use super::delivery::{Sendings, delivery};
use super::error::{Refused, method_not_allowed, refused};
use super::fault::caught;
use super::heavy::{Heavy, LARGE};
use super::limits;
use super::live::Current;
use super::metrics::{Phase, Phases};
use super::notes::{Answered, note};
use super::sent::Sent;
use super::shares::Held;
use super::spans::Reads;
use super::trace::{Origin, SERVER_TIMING};
use super::workbench::link_to_decision;
use crate::author::Sdk;
use crate::config::Delivery;

/// How often the FHIR server is asked: what shows that the call concerns us at all comes before the rest.
const ROUNDS: usize = 3;

/// The URL with its methods.
pub fn resource() -> Resource {
    web::resource("/cds-services/{id}")
        .route(
            web::post()
                .to(async |request, id, state, heavy, payload| caught(take(request, id, state, heavy, payload)).await),
        )
        .default_service(web::to(async |request: HttpRequest| method_not_allowed("POST", &request)))
}

async fn take(
    request: HttpRequest,
    id: web::Path<String>,
    state: Current,
    heavy: web::Data<Heavy>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let (started, origin) = (Instant::now(), Origin::found(&request));
    let service = state.service(&id)?;
    let visitor = Visitor::of(&request)?;
    let memory = Arc::new(visitor.memory());
    let early = |refused: &Refused| refused_early(service, &origin, refused, started);
    let body = limits::body(&request, payload, &state.settings.limits, &visitor, &memory).await.inspect_err(early)?;
    let _place = visitor.place().inspect_err(early)?;
    let arrived = started.elapsed();
    let caller = request.extensions().get::<Caller>().cloned();
    let (service, read, held) = (service.to_owned(), Duration::ZERO, memory.clone());
    // It stands beside the request, so that reads are told also where the call comes to no answer.
    let reads = (state.spans.is_some() && origin.span().is_some()).then(|| Arc::new(Reads::default()));
    if let Some(reads) = &reads {
        request.extensions_mut().insert(reads.clone());
    }
    let mut taken = Taken {
        state: state.clone(),
        heavy,
        service,
        caller,
        started,
        origin,
        reads,
        arrived,
        read,
        visitor,
        memory: held,
    };
    let body_bytes = body.len();
    let answer = if body_bytes < LARGE {
        let document = taken.read(body)?;
        match taken.at_once(&document)? {
            Some(answer) => answer,
            None => beside(taken, body_bytes, move |taken| Ok((taken, document))).await?,
        }
    } else {
        beside(taken, body_bytes, move |mut taken| taken.read(body).map(|document| (taken, document))).await?
    };
    let mut response = HttpResponse::Ok();
    if let Some(record) = answer.record {
        response.insert_header(("X-Decision-Record", record));
    }
    state.metrics.phases(&answer.phases);
    request.extensions_mut().insert(answer.phases);
    if state.settings.server_timing {
        response.insert_header((SERVER_TIMING, answer.phases.server_timing()));
    }
    Ok(response.content_type("application/json").body(Sent::new(answer.json, memory)))
}

/// An answer as it is sent.
struct Answer {
    json: Vec<u8>,
    /// Id of the record of the decision.
    record: Option<String>,
    phases: Phases,
}

/// A call that was taken: all that its answer needs beside its body.
struct Taken {
    state: Current,
    heavy: web::Data<Heavy>,
    service: String,
    caller: Option<Caller>,
    started: Instant,
    origin: Origin,
    /// The requests to the FHIR server, where they are told to a collector.
    reads: Option<Arc<Reads>>,
    /// How long the body took to arrive.
    arrived: Duration,
    /// How long it took to become a document.
    read: Duration,
    visitor: Visitor,
    /// What the call holds of the memory that all calls share.
    memory: Arc<Held>,
}

/// Answers a call beside the workers, within a bound of time. A large body waits for its turn before it is read.
async fn beside(
    taken: Taken,
    body_bytes: usize,
    read: impl FnOnce(Taken) -> Result<(Taken, Document<'static>), Refused> + Send + 'static,
) -> Result<Answer, Refused> {
    let (reading, judging) = (taken.state.settings.deadline(), taken.state.settings.limits.judging_ms.duration());
    let deadline = tokio::time::Instant::now() + reading;
    let (service, started, runtime) = (taken.service.clone(), taken.started, Handle::current());
    let origin = taken.origin.clone();
    let visitor = taken.visitor.clone();
    let work = web::block(move || {
        let answer = async {
            let heavy = taken.heavy.clone();
            let waiting = Instant::now();
            let turn = heavy.turn(body_bytes).await;
            let waited = waiting.elapsed();
            let (taken, document) = read(taken)?;
            taken.in_rounds(&document, turn, waited, deadline).await
        };
        // Nobody waits for the answer after this, so a call that still waits for something is given up here too.
        runtime.block_on(async { timeout_at(deadline + judging, answer).await })
    });
    match timeout_at(deadline + judging, work).await {
        Ok(Ok(Ok(answer))) => answer,
        Ok(Err(_)) => Err(refused(500, "exception", "a fault of the service itself; its log says where")),
        Err(_) | Ok(Ok(Err(_))) => {
            let most = (reading + judging).as_millis();
            let message = format!(
                "the call could not be answered within {most} ms (settings deadline-ms and limits.judging-ms together)"
            );
            let refused = refused(503, "timeout", message);
            visitor.was_late();
            refused_early(&service, &origin, &refused, started);
            Err(refused)
        }
    }
}

impl Taken {
    /// The body as a document.
    fn read(&mut self, body: String) -> Result<Document<'static>, Refused> {
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
    fn at_once(&self, document: &Document<'_>) -> Result<Option<Answer>, Refused> {
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
        let answered = self.decided(&call, gathering, &fetched, &clock);
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
    async fn in_rounds(
        &self,
        document: &Document<'_>,
        mut turn: Option<SemaphorePermit<'_>>,
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
        let visit = Visit {
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
            if turn.is_none() {
                turn = self.heavy.turn(document.text().len() + fetched.bytes()).await;
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
                let answered = self.decided(&call, gathering, &fetched, &clock);
                phases.add(Phase::Decide, begun.elapsed());
                return self.answer(document, &call, &clock, answered, fetched, phases);
            }
            // Others go on while this call waits for its FHIR server.
            drop((turn.take(), gathering));
            let more = self.state.fhir.fetch(visit, &missing).await;
            fetched.add(more);
            phases.add(Phase::Gather, gathering_begun.elapsed());
        }
        Err(refused(500, "exception", "a fault of the service itself: its rounds of reading did not end"))
    }

    /// The decision, with what was not used where the site wants it told.
    fn decided<'s, 'a>(
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
        let sendings = answered.as_ref().map_or_else(
            |_| Sendings::default(),
            |(decision, _)| Sendings::of(decision, delivery, &self.state.answers, self.client(), call),
        );
        self.count(answered.as_ref().ok(), &sendings);
        let noted = Answered {
            service: &self.service,
            client: self.client(),
            organization: self.caller.as_ref().and_then(|caller| caller.tenant.as_deref()),
            call,
            body: document,
            clock,
            recipient: self.recipient(),
            decided: answered.as_ref().map(|(decision, _)| decision),
            delivery,
            sendings: &sendings,
        };
        let record = note(&self.state, noted, fetched);
        self.log(call, answered.as_ref(), delivery, &sendings, record.as_deref());
        let (mut decision, _) = answered.map_err(Refused)?;
        sendings.apply(&mut decision);
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

    fn client(&self) -> Option<&str> {
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
