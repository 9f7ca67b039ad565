//! `POST /cds-services/{id}`: a call of a hook in, cards out.
//!
//! A small call that needs nothing of a FHIR server is answered where it arrives. Every other one is answered beside
//! the workers: its data may be large, and going through them must not hold up the calls of others.

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
use fhir_client::{Budget, Grant, Visit};

use super::auth::Caller;
use super::error::{Refused, method_not_allowed, refused};
use super::fault::caught;
use super::heavy::{Heavy, LARGE};
use super::notes::{Answered, note};
use super::{State, limits};
use crate::author::Sdk;

/// How often the FHIR server is asked: what shows that the call concerns us at all comes before the rest.
const ROUNDS: usize = 3;
/// How long a call may be judged after its last answer could come.
const JUDGING: Duration = Duration::from_secs(2);
/// Most problems of one call that are logged one by one.
const LOGGED: usize = 20;

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
    state: web::Data<State>,
    heavy: web::Data<Heavy>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let started = Instant::now();
    let service = state.service(&id)?;
    let body = limits::body(&request, payload, &state.settings.limits);
    let body = body.await.inspect_err(|refused| log_early(service, refused, started))?;
    let caller = request.extensions().get::<Caller>().cloned();
    let service = service.to_owned();
    let mut taken = Taken { state: state.clone(), heavy, service, caller, started };
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
    Ok(response.content_type("application/json").body(answer.json))
}

/// An answer as it is sent.
struct Answer {
    json: Vec<u8>,
    /// Id of the record of the decision.
    record: Option<String>,
}

/// A call that was taken: all that its answer needs beside its body.
struct Taken {
    state: web::Data<State>,
    heavy: web::Data<Heavy>,
    service: String,
    caller: Option<Caller>,
    started: Instant,
}

/// Answers a call beside the workers, within a bound of time. A large body waits for its turn before it is read.
async fn beside(
    taken: Taken,
    body_bytes: usize,
    read: impl FnOnce(Taken) -> Result<(Taken, Document<'static>), Refused> + Send + 'static,
) -> Result<Answer, Refused> {
    let limit = taken.state.settings.deadline();
    let deadline = tokio::time::Instant::now() + limit;
    let (service, started, runtime) = (taken.service.clone(), taken.started, Handle::current());
    let work = web::block(move || {
        let answer = async {
            let heavy = taken.heavy.clone();
            let turn = heavy.turn(body_bytes).await;
            let (taken, document) = read(taken)?;
            taken.in_rounds(&document, turn, deadline).await
        };
        // Nobody waits for the answer after this, so a call that still waits for something is given up here too.
        runtime.block_on(async { timeout_at(deadline + JUDGING, answer).await })
    });
    match timeout_at(deadline + JUDGING, work).await {
        Ok(Ok(Ok(answer))) => answer,
        Ok(Err(_)) => Err(refused(500, "exception", "a fault of the service itself; its log says where")),
        Err(_) | Ok(Ok(Err(_))) => {
            let most = (limit + JUDGING).as_millis();
            let message = format!("the call could not be answered within {most} ms (setting deadline-ms)");
            let refused = refused(503, "timeout", message);
            log_early(&service, &refused, started);
            Err(refused)
        }
    }
}

impl Taken {
    /// The body as a document.
    fn read(&mut self, body: String) -> Result<Document<'static>, Refused> {
        let read = read_body(body, limits::of_body(&self.state.settings.limits)).map_err(Refused);
        read.inspect_err(|refused| log_early(&self.service, refused, self.started))
    }

    /// The call in a document.
    fn call<'d>(&self, document: &'d Document<'d>) -> Result<HookCall<'d>, Refused> {
        let hook = self.state.library.services.get(&self.service).map(|service| &service.hook);
        let call = HookCall::read(document, hook).map_err(Refused);
        let within = call.and_then(|call| limits::orders(&call, &self.state.settings.limits).map(|()| call));
        within.inspect_err(|refused| log_early(&self.service, refused, self.started))
    }

    /// The answer, where nothing is needed of a FHIR server.
    fn at_once(&self, document: &Document<'_>) -> Result<Option<Answer>, Refused> {
        let call = self.call(document)?;
        let (clock, fetched) = (self.state.clock(), Fetched::default());
        let gathering = Gathering::new(&self.state.library, &call, &fetched, &clock);
        if !is_nothing(&gathering.needs()) {
            return Ok(None);
        }
        let answered = self.decided(&call, gathering, &fetched, &clock);
        self.answer(document, &call, &clock, answered, Fetched::default()).map(Some)
    }

    /// The answer, with what prefetch did not bring read in rounds.
    async fn in_rounds(
        &self,
        document: &Document<'_>,
        mut turn: Option<SemaphorePermit<'_>>,
        deadline: tokio::time::Instant,
    ) -> Result<Answer, Refused> {
        let call = self.call(document)?;
        let clock = self.state.clock();
        let limits = &self.state.settings.limits;
        let budget = Budget::of(limits.fhir_call_bytes.get());
        let visit = Visit { grant: grant(&call), client: self.client(), deadline, budget: &budget };
        let mut fetched = Fetched::default();
        for round in 0..=ROUNDS {
            if turn.is_none() {
                turn = self.heavy.turn(document.text().len() + fetched.bytes()).await;
            }
            let gathering = Gathering::new(&self.state.library, &call, &fetched, &clock);
            let missing = gathering.needs();
            if round == ROUNDS || is_nothing(&missing) {
                let answered = self.decided(&call, gathering, &fetched, &clock);
                return self.answer(document, &call, &clock, answered, fetched);
            }
            // Others go on while this call waits for its FHIR server.
            drop((turn.take(), gathering));
            let more = self.state.fhir.fetch(visit, &missing).await;
            fetched.add(more);
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
    ) -> Result<Answer, Refused> {
        let noted = Answered {
            service: &self.service,
            client: self.client(),
            call,
            body: document,
            clock,
            recipient: self.recipient(),
            decided: answered.as_ref().map(|(decision, _)| decision),
        };
        let record = note(&self.state, noted, fetched);
        self.log(call, answered.as_ref(), record.as_deref());
        let (decision, _) = answered.map_err(Refused)?;
        let json = answer_json(&decision, self.state.settings.assessment_extension)
            .map_err(|_| refused(500, "exception", "a fault of the service itself: the answer cannot be written"))?;
        Ok(Answer { json, record })
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

    /// One line a call: who asked what, how it went, how long it took; never whose record it was.
    fn log(
        &self,
        call: &HookCall<'_>,
        answered: Result<&(Decision<'_>, Vec<Problem>), &CallError>,
        record: Option<&str>,
    ) {
        let (client, service, milliseconds) = (self.client(), self.service.as_str(), since(self.started));
        let instance = if call.instance.len() <= 64 { call.instance.as_str() } else { "(too long)" };
        match answered {
            Ok((decision, problems)) => {
                let orders = decision.assessments.len();
                let (unclear, unchecked, cards) = (decision.unclear, decision.unchecked, decision.cards.len());
                tracing::info!(
                    client,
                    service,
                    instance,
                    orders,
                    unclear,
                    unchecked,
                    cards,
                    record,
                    milliseconds,
                    "answered"
                );
                for problem in problems.iter().take(LOGGED) {
                    tracing::warn!(client, service, instance, problem = problem.to_string(), "odd input");
                }
                if problems.len() > LOGGED {
                    let more = problems.len() - LOGGED;
                    tracing::warn!(
                        client,
                        service,
                        instance,
                        more,
                        "more problems of the input, not listed one by one"
                    );
                }
            }
            Err(CallError { status, message: reason, .. }) => {
                tracing::warn!(client, service, instance, status, reason, record, milliseconds, "refused");
            }
        }
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

/// One line for what was refused before anything was decided: with the reason, which the clinician never sees.
fn log_early(service: &str, refused: &Refused, started: Instant) {
    let CallError { status, message: reason, .. } = &refused.0;
    tracing::warn!(service, status, reason, milliseconds = since(started), "refused");
}

fn since(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}
