//! `serve`: sets up the service from the settings and runs it.

use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use domain::hook::Hook;
use engine::record::KnowledgeVersion;
use fhir_client::{FhirServers, Observer, ReaderOptions};
use knowledge::Library;
use knowledge::policy::silenced;
use store::Store;
use tocilizumab_cds::config::{ListenAddress, Settings, Tls as TlsSettings};
use tocilizumab_cds::http::auth::Gate;
use tocilizumab_cds::http::auth::jti::shared_memory;
use tocilizumab_cds::http::tls::Tls;
use tocilizumab_cds::http::{self, Answers, Handbook, Metrics, State};

use super::knowledge::{Knowledge, cases, tested_library, version};
use super::{log, settings};
use crate::now;

/// Answers calls until a signal ends the service. The exit code is 0 when every call was answered, 1 when some were cut
/// off.
///
/// # Errors
///
/// Why the service cannot start, in words for its operator: a setting, a file, the library or the address.
pub fn serve(listen: Option<ListenAddress>, config: Option<&Path>, knowledge: Knowledge) -> Result<ExitCode, String> {
    let mut settings = settings(config)?;
    settings.listen = listen.unwrap_or(settings.listen);
    let knowledge = knowledge.or(&settings);
    let (library, _) = tested_library(&knowledge)?;
    let zone = settings.zone();
    check_services(&settings, &library)?;
    let flood = log::start(&settings.log);
    let metrics = Arc::new(Metrics::new()?);
    let observer: Arc<dyn Observer> = metrics.clone();
    let fhir = FhirServers::new(&ReaderOptions { observer: Some(observer), ..http::reader_options(&settings) })?;
    let tls = Tls::read(&settings.tls)?;
    let listener = bind(&settings.listen)?;
    let for_metrics = settings.metrics.listen.as_ref().map(bind).transpose()?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    // On this machine the pages are found at the address itself; elsewhere the site must say at which URL.
    if settings.public_url.is_none() && address.ip().is_loopback() {
        settings.public_url = format!("{scheme}://{address}").parse().ok();
    }
    let keep_days = settings.store.keep_days.and_then(|days| u64::try_from(days.get()).ok());
    let store = Store::keeping(settings.place(), settings.store.queue.get(), keep_days, now);
    let within = settings.limits.shutdown_ms.duration();
    let gate = Gate::new(&settings, address, shared_memory(&store))?;
    if let Gate::Open(warning) = gate {
        eprintln!("{warning}");
    }
    let version = Arc::new(version(&knowledge)?);
    let for_metrics_url = for_metrics.as_ref().and_then(|listener| listener.local_addr().ok());
    let for_metrics_url = for_metrics_url.map(|address| format!("http://{address}/metrics"));
    welcome(&format!("{scheme}://{address}"), &settings.tls, &gate, &library, &version);
    let (mode, silent_services) = (settings.mode.code(), settings.silent_services.join(", "));
    let of_own = settings.clients.iter().filter_map(|(name, client)| Some(format!("{name} {}", client.mode?.code())));
    let (clients, metrics_at) = (of_own.collect::<Vec<_>>().join(", "), for_metrics_url.as_deref());
    tracing::info!(version = version.short(), mode, silent_services, clients, metrics = metrics_at, "started");
    let silenced = silenced(&library);
    if !silenced.is_empty() {
        tracing::warn!(rules = silenced.join(", "), "the policy of the site silences rules");
    }
    let library = Arc::new(library);
    let handbook = Handbook::new(library.clone(), version.short(), move || cases(&knowledge).unwrap_or_default());
    let state = State {
        library,
        handbook: Arc::new(handbook),
        fhir,
        store: store.clone(),
        version,
        gate: Arc::new(gate),
        answers: Arc::new(Answers::new(settings.answered_for_s.duration())),
        metrics,
        settings: Arc::new(settings),
        zone,
        now,
    };
    let cut_off = actix_web::rt::System::new().block_on(http::serve(listener, for_metrics, tls, state));
    store.close(within);
    flood.tell();
    match cut_off.map_err(|e| format!("the server stopped: {e}"))? {
        0 => Ok(ExitCode::SUCCESS),
        _ => Ok(ExitCode::FAILURE),
    }
}

fn bind(address: &ListenAddress) -> Result<TcpListener, String> {
    TcpListener::bind(address).map_err(|e| format!("cannot listen on {}: {e}", address.as_str()))
}

/// Refuses a name of a service that there is not: it would go on to be live.
fn check_services(settings: &Settings, library: &Library) -> Result<(), String> {
    let unknown = settings.silent_services.iter().find(|id| library.services.get(id).is_none());
    let Some(id) = unknown else { return Ok(()) };
    let known: Vec<&str> = library.services.services.iter().map(|service| service.id.as_str()).collect();
    Err(format!("silent-services: there is no service `{id}`; there are {}", known.join(", ")))
}

/// Prints the address and what runs, and a command that works as it is printed.
fn welcome(url: &str, tls: &TlsSettings, gate: &Gate, library: &Library, version: &KnowledgeVersion) {
    let program = std::env::args().next().unwrap_or_else(|| "tocilizumab-cds".to_owned());
    let service = library.services.services.iter().find(|s| s.hook == Hook::OrderSign);
    println!("Listening on {url} (services: {url}/cds-services)");
    println!("Version {}; the rules are explained at {url}/handbook", version.short());
    // Where a client needs a certificate or a token, no printed command would work.
    let works = tls.client_ca.is_none() && matches!(gate, Gate::Open(_));
    if let Some(service) = service.filter(|_| works) {
        // The certificate names the host that clients use, seldom the address that the service listens on.
        let curl = if tls.certificate.is_some() { "curl -sk" } else { "curl -s" };
        println!("Try it in another terminal:\n");
        println!(
            "  {program} example patients/neutrophils-1.9 | {curl} -H 'Content-Type: application/json' -d @- {url}/cds-services/{}\n",
            service.id
        );
    }
    // A program that reads these lines through a pipe must see them now.
    let _ = std::io::stdout().flush();
}
