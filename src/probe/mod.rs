//! The probe: asks a FHIR server for all that the rules need of one patient, with the very queries of a hook call, and
//! shows what came, what of it was understood, and what the rules could not know. For those who connect a server.

/// The codes of resources, and those that mean nothing here.
mod codes;
/// From answers to what was understood of them.
mod read;
/// What probably helps against a failure.
mod remedy;
/// What was found.
pub mod report;
/// The table of the page.
mod rows;
/// The report for people.
mod text;
/// What was understood.
mod understood;

use std::time::Duration;

use futures_util::future::{join, join_all};
use reqwest::header::HeaderMap;
use serde_json::json;
use tokio::time::Instant;

pub use self::text::page;

use self::report::Report;
use cds_hooks::call::HookCall;
use document::Document;
use domain::time::Clock;
use engine::gather::Gathering;
use fhir::fetched::Fetched;
use fhir_client::{Budget, FhirServers, QueryResult, ReadContext, ReaderOptions};
use knowledge::Library;
use knowledge::services::{Query, QueryId};

use crate::config::Settings;
use crate::http::{grant, reader_options};

/// All results of a patient, whatever their codes: the queries of the library ask by code, so that a result under a
/// local code never comes.
const BEYOND: &str = "Observation?patient={{context.patientId}}&_sort=-date&_count=200";

/// Which server to ask, and about which patient.
#[derive(Debug)]
pub struct Target {
    /// The base URL of the server.
    pub server: String,
    /// Id of the patient.
    pub patient: String,
    /// The access token, if one is needed. It is never printed.
    pub token: Option<String>,
}

/// Sends all queries at the same time, and reads what came before the timeout.
pub async fn probe(library: &Library, target: &Target, wait: Duration, clock: &Clock) -> Result<Report, String> {
    // Whoever names a server on the command line may ask it, also in a private network.
    let options = ReaderOptions {
        servers: vec![target.server.parse().map_err(|error| format!("--fhir: {error}"))?],
        private_addresses: true,
        ..reader_options(&Settings::default())
    };
    let servers = FhirServers::new(&options)?;
    let document = Document::parse(call(library, target).to_string()).map_err(|error| error.to_string())?;
    let call =
        HookCall::read(&document, None).map_err(|error| error.message.replace("context.patientId", "--patient"))?;
    let budget = Budget::of(Settings::default().limits.fhir_call_bytes.get());
    let headers = HeaderMap::new();
    let deadline = Instant::now() + wait;
    let visit =
        ReadContext { grant: grant(&call), client: None, deadline, budget: &budget, headers: &headers, observer: None };
    let queries = &library.services.queries;
    let all_results = Query::of_template(QueryId(queries.len()), "all-results", BEYOND);
    let asked = join_all(queries.iter().map(|query| servers.ask(visit, query)));
    let (asked, beyond) = join(asked, servers.ask(visit, &all_results)).await;
    let (mut fetched, mut took) = (Fetched::default(), Vec::new());
    for (query, QueryResult { answer, elapsed }) in queries.iter().zip(asked) {
        fetched.asked.insert(query.key.clone());
        fetched.parts.push((query.key.clone(), answer));
        took.push(elapsed);
    }
    let missing = Gathering::new(library, &call, &fetched, clock).needs();
    if !missing.medications.is_empty() {
        fetched.add(servers.fetch(visit, &missing).await);
    }
    Ok(read::Reading { library, call: &call, fetched: &fetched, took: &took, beyond: &beyond, clock }.report())
}

/// The report as JSON, for programs.
pub fn json(report: &Report) -> Result<String, String> {
    let json =
        serde_json::to_string_pretty(report).map_err(|error| format!("the report cannot be written: {error}"))?;
    Ok(format!("{json}\n"))
}

/// The call of a clinician who orders each drug of the library for this patient: it asks what a real one would ask,
/// and says of the order no more than the drug.
fn call(library: &Library, target: &Target) -> serde_json::Value {
    let orders = library.drugs.iter().filter_map(|drug| {
        let product = drug.products.first()?;
        let coding = json!({"system": library.codes.uri(&product.system), "code": product.listed.code});
        Some(json!({"resource": {"resourceType": "MedicationRequest", "id": format!("probe-{}", drug.id),
            "status": "draft", "intent": "order", "medicationCodeableConcept": {"coding": [coding]}}}))
    });
    let orders: Vec<serde_json::Value> = orders.collect();
    let mut call = json!({
        "hook": "order-select",
        "hookInstance": "probe",
        "fhirServer": target.server,
        "context": {"patientId": target.patient, "draftOrders": {"resourceType": "Bundle", "entry": orders}},
    });
    if let Some(token) = &target.token {
        call["fhirAuthorization"] = json!({"access_token": token, "token_type": "Bearer"});
    }
    call
}
