//! `serve`: from settings to a service that answers.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tocilizumab_cds::config::Tls as TlsSettings;
use tocilizumab_cds::fhir::client::FhirServers;
use tocilizumab_cds::handbook::pages;
use tocilizumab_cds::http::auth::Gate;
use tocilizumab_cds::http::auth::jti::replicas;
use tocilizumab_cds::http::tls::Tls;
use tocilizumab_cds::http::{self, State};
use tocilizumab_cds::library::Library;
use tocilizumab_cds::store::Store;
use tracing_subscriber::prelude::*;

use super::knowledge::{Knowledge, cases, edition, library};
use super::{settings, zone};
use crate::now;

/// Answers calls until a signal ends it.
pub fn serve(listen: Option<String>, config: Option<&Path>, knowledge: Knowledge) -> Result<ExitCode, String> {
    let mut settings = settings(config)?;
    settings.listen = listen.unwrap_or(settings.listen);
    let knowledge = knowledge.or(&settings);
    let (library, _) = library(&knowledge)?;
    let handbook = pages(&library, &cases(&knowledge)?);
    let zone = zone(&settings)?;
    // fhir-sdk logs whole URLs, in which patients stand; only our own lines are let through.
    let ours = tracing_subscriber::filter::Targets::new().with_target("tocilizumab_cds", tracing::Level::INFO);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    tracing_subscriber::registry().with(lines.with_filter(ours)).init();
    let fhir = FhirServers::new(&settings)?;
    let tls = Tls::read(&settings.tls)?;
    let listener = std::net::TcpListener::bind(&settings.listen)
        .map_err(|e| format!("cannot listen on {}: {e}", settings.listen))?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    // On this machine the address itself is where the pages are; elsewhere a site says what its users reach.
    if settings.public_url.is_none() && address.ip().is_loopback() {
        settings.public_url = Some(format!("{scheme}://{address}"));
    }
    let store = Store::open(settings.store.url.as_deref(), settings.store.queue, now);
    let within = Duration::from_millis(settings.limits.shutdown_ms);
    let gate = Gate::new(&settings, address, replicas(&store))?;
    if let Gate::Open(warning) = gate {
        eprintln!("{warning}");
    }
    welcome(&format!("{scheme}://{address}"), &settings.tls, &gate, &library);
    let state = State {
        library: Arc::new(library),
        handbook: Arc::new(handbook),
        fhir,
        store: store.clone(),
        edition: Arc::new(edition(&knowledge)?),
        gate: Arc::new(gate),
        settings: Arc::new(settings),
        zone,
        now,
    };
    let cut_off = actix_web::rt::System::new().block_on(http::serve(listener, tls, state));
    store.close(within);
    match cut_off.map_err(|e| format!("the server stopped: {e}"))? {
        0 => Ok(ExitCode::SUCCESS),
        _ => Ok(ExitCode::FAILURE),
    }
}

/// Says where it listens, and a line that works as pasted.
fn welcome(url: &str, tls: &TlsSettings, gate: &Gate, library: &Library) {
    let program = std::env::args().next().unwrap_or_else(|| "tocilizumab-cds".to_owned());
    let service = library.services.services.iter().find(|s| s.hook == "order-sign");
    println!("Listening on {url} (services: {url}/cds-services)");
    // Where clients must show a certificate or a token, no line works as pasted.
    let works = tls.client_ca.is_none() && matches!(gate, Gate::Open(_));
    if let Some(service) = service.filter(|_| works) {
        // The certificate names the host that clients know, seldom the address that we listen on.
        let curl = if tls.certificate.is_some() { "curl -sk" } else { "curl -s" };
        println!("Try it in another terminal:\n");
        println!(
            "  {program} example patients/neutrophils-1.9 | {curl} -H 'Content-Type: application/json' -d @- {url}/cds-services/{}\n",
            service.id
        );
    }
    // Whoever waits for these lines through a pipe must see them now.
    let _ = std::io::stdout().flush();
}
