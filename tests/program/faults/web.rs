//! A FHIR server that holds the textbook patient, answers each query of the library as prefetch would, and gives the
//! neutrophils, as the test says.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::ToSpan;
use jiff::civil::Date;
use reqwest::Url;
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{library, moved, text, with};

/// A running server.
pub struct Web {
    server: MockServer,
    asked: Arc<AtomicUsize>,
}

/// A request for the neutrophils.
pub struct Asked<'r> {
    request: &'r Request,
    /// The base URL of the server itself.
    pub base: String,
    /// The base URL of another server, which nobody must ask.
    pub elsewhere: String,
    /// The page that is asked for, from 1 on.
    pub page: usize,
    /// How often the neutrophils were asked for before.
    nth: usize,
    textbook: &'r Value,
}

impl Web {
    /// A server that gives the neutrophils so.
    pub fn start(answer: fn(&Asked<'_>) -> ResponseTemplate, elsewhere: String) -> Web {
        let textbook = moved("textbook");
        let (asked, times) = (Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
        let count = asked.clone();
        Web::answering(asked, move |request, base| {
            count.fetch_add(1, Ordering::Relaxed);
            let page =
                request.url.query_pairs().find(|(name, _)| name == "page").and_then(|(_, page)| page.parse().ok());
            match key(request) {
                Some(key) if key != "neutrophils" => fhir(&textbook["prefetch"][key]),
                None if page.is_none() => ResponseTemplate::new(404),
                _ => {
                    let nth = times.fetch_add(1, Ordering::Relaxed);
                    let (page, elsewhere) = (page.unwrap_or(1), elsewhere.clone());
                    answer(&Asked { request, base, elsewhere, page, nth, textbook: &textbook })
                }
            }
        })
    }

    /// A server that answers everything with this status.
    pub fn failing(status: u16) -> Web {
        Web::answering(Arc::default(), move |_, _| ResponseTemplate::new(status))
    }

    fn answering(
        asked: Arc<AtomicUsize>,
        answer: impl Fn(&Request, String) -> ResponseTemplate + Send + Sync + 'static,
    ) -> Web {
        let runtime = actix_web::rt::Runtime::new().expect("a runtime");
        let server = runtime.block_on(async {
            let server = MockServer::start().await;
            let base = format!("{}/fhir", server.uri());
            let respond = move |request: &Request| answer(request, base.clone());
            server.register(Mock::given(any()).respond_with(respond)).await;
            server
        });
        Web { server, asked }
    }

    /// The base URL to be named in calls.
    pub fn base(&self) -> String {
        format!("{}/fhir", self.server.uri())
    }

    /// How many requests came.
    pub fn asked(&self) -> usize {
        self.asked.load(Ordering::Relaxed)
    }
}

impl Asked<'_> {
    /// What the textbook patient has.
    pub fn found(&self) -> Value {
        self.textbook["prefetch"]["neutrophils"].clone()
    }

    /// The answer as it should be.
    pub fn healthy(&self) -> ResponseTemplate {
        fhir(&self.found())
    }

    /// The answer to a POST; a GET gets this status.
    pub fn by_post(&self, status: u16) -> ResponseTemplate {
        if self.request.method == "POST" { self.healthy() } else { ResponseTemplate::new(status) }
    }

    /// The answer, but something else the first time.
    pub fn busy_once(&self, first: ResponseTemplate) -> ResponseTemplate {
        if self.nth == 0 { first } else { self.healthy() }
    }

    /// The patient's neutrophil count, so many days older than it is and with this value in 10*3/uL.
    pub fn result(&self, days: i64, value: &str) -> Value {
        let result = &self.textbook["prefetch"]["neutrophils"]["entry"][0]["resource"];
        let at: Date = text(result, "/effectiveDateTime")[..10].parse().expect("a date");
        let at = at.checked_sub(days.days()).expect("a date").to_string();
        let value: Value = serde_json::from_str(value).expect("a number");
        let result = with(result, "/effectiveDateTime", Some(at.into()));
        let result = with(&result, "/id", Some(format!("neutrophils-{days}-{value}").into()));
        with(&result, "/valueQuantity/value", Some(value))
    }

    /// Every Observation of the patient.
    pub fn all_results(&self) -> Vec<Value> {
        let bundles = self.textbook["prefetch"].as_object().into_iter().flat_map(|prefetch| prefetch.values());
        let entries = bundles.filter_map(|bundle| bundle["entry"].as_array()).flatten();
        entries.map(|entry| entry["resource"].clone()).filter(|r| r["resourceType"] == "Observation").collect()
    }

    /// A searchset with these resources.
    pub fn bundle(&self, resources: &[Value]) -> Value {
        let entries: Vec<Value> = resources.iter().map(|resource| json!({"resource": resource})).collect();
        json!({"resourceType": "Bundle", "type": "searchset", "entry": entries})
    }

    /// A page with these resources that links to another one.
    pub fn page(&self, resources: &[Value], next: &str) -> ResponseTemplate {
        let link = json!([{"relation": "self", "url": "x"}, {"relation": "next", "url": next}]);
        fhir(&with(&self.bundle(resources), "/link", Some(link)))
    }

    /// The URL of a page of this search.
    pub fn url_of(&self, page: usize) -> String {
        format!("{}/Observation?page={page}", self.base)
    }
}

fn fhir(resource: &Value) -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(resource.to_string(), "application/fhir+json")
}

/// The prefetch key whose query a request asks, in the URL or in its body.
fn key(request: &Request) -> Option<&'static str> {
    let path = request.url.path().trim_start_matches("/fhir/");
    let url = match (request.method.as_str(), path.strip_suffix("/_search")) {
        ("GET", None) => format!("{path}?{}", request.url.query().unwrap_or_default()),
        ("POST", Some(path)) => format!("{path}?{}", String::from_utf8_lossy(&request.body)),
        _ => return None,
    };
    let parts = |relative: &str| -> (String, BTreeMap<String, String>) {
        let url = Url::parse("http://x/").and_then(|base| base.join(relative)).expect("a URL");
        (url.path().to_owned(), url.query_pairs().into_owned().collect())
    };
    let queries = library().services.queries.iter();
    let is = |template: &str| parts(&template.replace("{{context.patientId}}", "toci-patient")) == parts(&url);
    queries.filter(|query| is(&query.template)).map(|query| query.key.as_str()).next()
}
