//! `serve`: sets up the service from the settings and runs it.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use domain::hook::Hook;
use fhir_client::FhirServers;
use knowledge::Library;
use knowledge::policy::silenced;
use store::Store;
use tocilizumab_cds::config::{ListenAddress, Tls as TlsSettings};
use tocilizumab_cds::http::auth::Gate;
use tocilizumab_cds::http::auth::jti::shared_memory;
use tocilizumab_cds::http::tls::Tls;
use tocilizumab_cds::http::{self, Desk, Handbook, Source, State};
use tracing_subscriber::prelude::*;

use super::knowledge::{Knowledge, cases, files, fixtures, tested_library, version};
use super::settings;
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
    let (library, effective) = tested_library(&knowledge)?;
    let zone = settings.zone();
    // HTTP clients log whole URLs, which name patients, so only our own lines are written.
    let ours = tracing_subscriber::filter::Targets::new()
        .with_targets(["tocilizumab_cds", "store"].map(|ours| (ours, tracing::Level::INFO)));
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    tracing_subscriber::registry().with(lines.with_filter(ours)).init();
    let fhir = FhirServers::new(&http::reader_options(&settings))?;
    let tls = Tls::read(&settings.tls)?;
    let listener = std::net::TcpListener::bind(&settings.listen)
        .map_err(|e| format!("cannot listen on {}: {e}", settings.listen.as_str()))?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    // On this machine the pages are found at the address itself; elsewhere the site must say at which URL.
    if settings.public_url.is_none() && address.ip().is_loopback() {
        settings.public_url = format!("{scheme}://{address}").parse().ok();
    }
    let store = Store::open(settings.place(), settings.store.queue.get(), now);
    let within = settings.limits.shutdown_ms.duration();
    let gate = Gate::new(&settings, address, shared_memory(&store))?;
    if let Gate::Open(warning) = gate {
        eprintln!("{warning}");
    }
    let has_desk = settings.workbench.mode.is_on(address.ip().is_loopback());
    welcome(&format!("{scheme}://{address}"), &settings.tls, &gate, &library, has_desk);
    let silenced = silenced(&library);
    if !silenced.is_empty() {
        tracing::warn!(rules = silenced.join(", "), "the policy of the site silences rules");
    }
    let (library, version) = (Arc::new(library), Arc::new(version(&knowledge)?));
    let desk = if has_desk {
        let changes = if knowledge.policy.is_some() { effective.lines } else { Vec::new() };
        Some(Arc::new(Desk::new(&settings.workbench, source(&knowledge, changes)?)?))
    } else {
        None
    };
    let handbook = Handbook::new(library.clone(), has_desk, move || cases(&knowledge).unwrap_or_default());
    let state = State {
        library,
        handbook: Arc::new(handbook),
        desk,
        fhir,
        store: store.clone(),
        version,
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

/// The knowledge that the workbench shows and checks files against.
fn source(knowledge: &Knowledge, changes: Vec<String>) -> Result<Source, String> {
    let hooks = knowledge.hooks.as_deref();
    let policy = knowledge.policy.as_ref().map(|path| {
        let file = path.display().to_string();
        std::fs::read_to_string(path).map(|text| (file.clone(), text)).map_err(|error| format!("{file}: {error}"))
    });
    Ok(Source { files: files(hooks)?, fixtures: fixtures(hooks)?, policy: policy.transpose()?, changes })
}

/// Prints the address, and a command that works as it is printed.
fn welcome(url: &str, tls: &TlsSettings, gate: &Gate, library: &Library, has_desk: bool) {
    let program = std::env::args().next().unwrap_or_else(|| "tocilizumab-cds".to_owned());
    let service = library.services.services.iter().find(|s| s.hook == Hook::OrderSign);
    println!("Listening on {url} (services: {url}/cds-services)");
    match has_desk {
        true => println!("For people: {url}/ shows what it decides, and why"),
        false => println!("For people: {url}/handbook is the handbook of the rules"),
    }
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
