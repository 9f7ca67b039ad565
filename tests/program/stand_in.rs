//! A FHIR server for the tests: holds the record of a test patient, answers reads and searches by type, patient and
//! code, asks for the token, records who asked what, and misbehaves where a test says so.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use actix_web::{HttpRequest, HttpResponse, web};
use serde_json::{Value, json};

use crate::background::Background;
use crate::support::text;

/// The token that the server asks for; it must appear nowhere else.
pub const TOKEN: &str = "stand-in-token-d41d8cd98f";

/// How a search goes wrong.
#[derive(Debug, Clone)]
pub enum Trouble {
    /// An answer with this status and an OperationOutcome.
    Status(u16),
    /// 200 with this body.
    Body(String),
    /// The answer breaks off in the middle of the body.
    BreaksOff,
    /// No answer ever comes.
    Never,
    /// The answer comes once this says so.
    Until(Arc<AtomicBool>),
    /// A redirect.
    Redirect(String),
}

#[derive(Default)]
struct Shared {
    resources: Mutex<Vec<Value>>,
    troubles: Mutex<Vec<(String, Trouble)>>,
    asked: Mutex<Vec<String>>,
    traces: Mutex<Vec<[String; 3]>>,
    /// How many requests wait for their answer, and how many did at most.
    busy: AtomicUsize,
    busiest: AtomicUsize,
}

/// A running stand-in.
pub struct StandIn {
    /// `http://127.0.0.1:PORT`.
    pub origin: String,
    shared: Arc<Shared>,
    _server: Background,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

impl StandIn {
    /// An empty server on a free port.
    pub fn start() -> StandIn {
        let shared = Arc::new(Shared::default());
        let server = Background::start(web::Data::from(shared.clone()), answer);
        StandIn { origin: format!("http://{}", server.address), shared, _server: server }
    }

    /// The base URL to be named in calls.
    pub fn base(&self) -> String {
        format!("{}/fhir", self.origin)
    }

    /// Holds the record that a call brings as prefetch, and nothing else; what was asked and went wrong is forgotten.
    pub fn hold(&self, request: &Value) {
        let values = request["prefetch"].as_object().into_iter().flat_map(|prefetch| prefetch.values());
        let resources = values.flat_map(|value| match value["entry"].as_array() {
            Some(entries) => entries.iter().map(|entry| entry["resource"].clone()).collect(),
            None if value["resourceType"] == "Bundle" => Vec::new(),
            None => vec![value.clone()],
        });
        *lock(&self.shared.resources) = resources.collect();
        lock(&self.shared.troubles).clear();
        lock(&self.shared.asked).clear();
    }

    /// Holds one more resource.
    pub fn add(&self, resource: Value) {
        lock(&self.shared.resources).push(resource);
    }

    /// From now on, what is asked under a path that begins so goes wrong in this way.
    pub fn trouble(&self, path: &str, trouble: Trouble) {
        lock(&self.shared.troubles).push((path.to_owned(), trouble));
    }

    /// The headers `traceparent`, `tracestate` and `x-request-id` of all requests so far.
    pub fn traces(&self) -> Vec<[String; 3]> {
        lock(&self.shared.traces).clone()
    }

    /// How many requests wait for their answer now, and how many did at most so far.
    pub fn busy(&self) -> [usize; 2] {
        [&self.shared.busy, &self.shared.busiest].map(|count| count.load(Ordering::SeqCst))
    }

    /// What was asked since the last time: path and query behind the base, sorted.
    pub fn asked(&self) -> Vec<String> {
        let mut asked = std::mem::take(&mut *lock(&self.shared.asked));
        asked.sort();
        asked
    }
}

async fn answer(request: HttpRequest, shared: web::Data<Shared>) -> HttpResponse {
    let busy = shared.busy.fetch_add(1, Ordering::SeqCst) + 1;
    shared.busiest.fetch_max(busy, Ordering::SeqCst);
    let response = answer_in_time(request, &shared).await;
    shared.busy.fetch_sub(1, Ordering::SeqCst);
    response
}

async fn answer_in_time(request: HttpRequest, shared: &Shared) -> HttpResponse {
    let asked = request.uri().to_string();
    let asked = asked.strip_prefix("/fhir/").unwrap_or(&asked).to_owned();
    lock(&shared.asked).push(asked.clone());
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let traces = ["traceparent", "tracestate", "x-request-id"].map(|name| header(name).unwrap_or_default().to_owned());
    lock(&shared.traces).push(traces);
    let bearer = request.headers().get("authorization").and_then(|value| value.to_str().ok());
    if bearer != Some(&format!("Bearer {TOKEN}")) {
        return failure(401);
    }
    let trouble = lock(&shared.troubles).iter().find(|(path, _)| asked.starts_with(path)).map(|(_, t)| t.clone());
    match trouble {
        Some(Trouble::Status(status)) => failure(status),
        Some(Trouble::Body(body)) => HttpResponse::Ok().content_type("application/fhir+json").body(body),
        Some(Trouble::BreaksOff) => {
            let part = web::Bytes::from_static(b"{\"resourceType\":\"Bundle\",");
            let parts = [Ok(part), Err(std::io::Error::other("the line broke"))];
            HttpResponse::Ok().content_type("application/fhir+json").streaming(futures_util::stream::iter(parts))
        }
        Some(Trouble::Never) => std::future::pending().await,
        Some(Trouble::Until(released)) => {
            while !released.load(Ordering::Acquire) {
                actix_web::rt::time::sleep(Duration::from_millis(5)).await;
            }
            found(&lock(&shared.resources), request.path(), request.query_string())
        }
        Some(Trouble::Redirect(to)) => HttpResponse::Found().insert_header(("location", to)).finish(),
        None => found(&lock(&shared.resources), request.path(), request.query_string()),
    }
}

fn failure(status: u16) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(status).expect("a status");
    let outcome = json!({"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "processing"}]});
    HttpResponse::build(status).content_type("application/fhir+json").body(outcome.to_string())
}

/// A read by id, or a search by patient, code and status, the newest first where that is asked for.
fn found(resources: &[Value], path: &str, query: &str) -> HttpResponse {
    let parts: Vec<&str> = path.trim_start_matches("/fhir/").split('/').collect();
    let is = |resource: &Value, kind: &str, id: &str| resource["resourceType"] == kind && resource["id"] == id;
    let kind = match parts[..] {
        [kind] => kind,
        [kind, id] => return resources.iter().find(|r| is(r, kind, id)).map_or_else(|| failure(404), fhir),
        _ => return failure(404),
    };
    let Ok(query) = web::Query::<HashMap<String, String>>::from_query(query) else { return failure(400) };
    let patient = query.get("patient").map(String::as_str).unwrap_or_default();
    let is_of = |resource: &Value| {
        let subject = ["/subject/reference", "/patient/reference"].map(|path| text(resource, path)).concat();
        subject.rsplit('/').next() == Some(patient)
    };
    let has_code = |resource: &Value, wanted: &str| {
        let codings = resource.pointer("/code/coding").and_then(Value::as_array).into_iter().flatten();
        codings.into_iter().any(|coding| {
            wanted.split(',').any(|t| t == format!("{}|{}", text(coding, "/system"), text(coding, "/code")))
        })
    };
    let is_in = |resource: &Value, wanted: &str| {
        let category = text(resource, "/category/0/coding/0/code");
        wanted.split(',').any(|code| code == category)
    };
    let mut matches: Vec<&Value> = resources
        .iter()
        .filter(|resource| resource["resourceType"] == kind)
        .filter(|resource| is_of(resource))
        .filter(|resource| query.get("code").is_none_or(|codes| has_code(resource, codes)))
        .filter(|resource| query.get("category").is_none_or(|wanted| is_in(resource, wanted)))
        .filter(|resource| query.get("status").is_none_or(|status| text(resource, "/status") == status))
        .collect();
    if query.get("_sort").is_some_and(|sort| sort == "-date") {
        matches.sort_by_key(|resource| std::cmp::Reverse(text(resource, "/effectiveDateTime").to_owned()));
    }
    let entries: Vec<Value> = matches.iter().map(|r| json!({"resource": r, "search": {"mode": "match"}})).collect();
    fhir(&json!({"resourceType": "Bundle", "type": "searchset", "total": entries.len(), "entry": entries}))
}

fn fhir(resource: &Value) -> HttpResponse {
    HttpResponse::Ok().content_type("application/fhir+json").body(resource.to_string())
}
