//! `serve`: sets up the service from the settings and runs it.

use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use actix_web::rt::SystemRunner;
use domain::hook::Hook;
use engine::record::KnowledgeVersion;
use fhir_client::{FhirServers, Observer, ReaderOptions};
use knowledge::Library;
use knowledge::policy::silenced;
use store::Store;
use tocilizumab_cds::config::{ListenAddress, LogFormat, Settings, Tls as TlsSettings};
use tocilizumab_cds::http::auth::CallAuthentication;
use tocilizumab_cds::http::auth::jti::shared_memory;
use tocilizumab_cds::http::reload::Hangup;
use tocilizumab_cds::http::tls::Tls;
use tocilizumab_cds::http::{self, AnsweredCards, Handbook, Metrics, Source, Spans, State, WorkbenchState};

use super::knowledge::{Knowledge, cases, files, fixtures, tested_library, version};
use super::{clock, log, misspelt_variables, print_misspelt, read_settings};
use crate::now;

/// Answers calls until a signal ends the service. The exit code is 0 when every call was answered, 1 when some were cut
/// off. When the service cannot start and its log is JSON, the reason is a line of the log and the exit code is 2.
///
/// # Errors
///
/// Why the service cannot start, in words for its operator: a setting, a file, the library or the address.
pub fn serve(listen: Option<ListenAddress>, config: Option<&Path>, knowledge: Knowledge) -> Result<ExitCode, String> {
    let system = actix_web::rt::System::new();
    // From here on SIGHUP means that all is read again, also while the start still takes its time.
    let hangup = system.block_on(async { Hangup::new() }).map_err(|e| format!("signals cannot be received: {e}"))?;
    http::allow_descriptors();
    clock::believable(&now())?;
    let arguments = Arguments { listen, config: config.map(Path::to_owned), knowledge };
    // The format of the log is a setting, so that it is not known when the settings cannot be read.
    let settings = arguments.settings().inspect_err(|_| print_misspelt())?;
    let (repeats, format) = (log::start(&settings.log), settings.log.format);
    log_misspelt();
    let ended = run(&system, hangup, arguments, settings);
    repeats.report();
    match (ended, format) {
        (Err(problem), LogFormat::Json) => {
            tracing::error!("{problem}");
            Ok(ExitCode::from(2))
        }
        // As text, a list of mistakes is easier to read without the head of a log line.
        (ended, _) => ended,
    }
}

/// Logs a warning for each environment variable whose name looks like a misspelt setting.
fn log_misspelt() {
    misspelt_variables().iter().for_each(|warning| tracing::warn!("{warning}"));
}

/// Sets up the service and answers calls until a signal ends it.
fn run(system: &SystemRunner, hangup: Hangup, arguments: Arguments, settings: Settings) -> Result<ExitCode, String> {
    let library = arguments.library(&settings)?;
    let tls = Tls::read(&settings.tls)?;
    let listener = bind(&settings.listen)?;
    let for_metrics = settings.metrics.listen.as_ref().map(bind).transpose()?;
    let address = listener.local_addr().map_err(|e| e.to_string())?;
    let keep_days = settings.store.keep_days.and_then(|days| u64::try_from(days.get()).ok());
    let store = Store::keeping(settings.place(), settings.store.queue.get(), keep_days, now);
    let within = settings.limits.shutdown_ms.duration();
    let (shown_tls, is_tls) = (settings.tls.clone(), tls.is_some());
    let served = Served {
        address,
        scheme: if is_tls { "https" } else { "http" },
        store: store.clone(),
        answered: Arc::new(AnsweredCards::new(settings.answered_for_s.duration())),
        metrics: Arc::new(Metrics::new()?),
        spans: settings.trace.otlp.as_ref().map(|url| Spans::open(url.text()).map(Arc::new)).transpose()?,
    };
    let spans = served.spans.clone();
    let state = served.state(settings, library, None)?;
    if let CallAuthentication::Off(warning) = &*state.authentication {
        tracing::warn!("{warning}");
    }
    welcome(&served.url(), &shown_tls, &state);
    started(&state, for_metrics.as_ref());
    let reload = move |before: &State| {
        log_misspelt();
        let settings = arguments.settings()?;
        let library = arguments.library(&settings)?;
        let state = served.state(settings, library, Some(before))?;
        Ok(http::reload::Reloaded::new(before, state))
    };
    let cut_off = system.block_on(http::serve(listener, for_metrics, tls, state, hangup, Box::new(reload)));
    store.close(within);
    if let Some(spans) = spans {
        spans.close();
    }
    match cut_off.map_err(|e| format!("the server stopped: {e}"))? {
        0 => Ok(ExitCode::SUCCESS),
        _ => Ok(ExitCode::FAILURE),
    }
}

/// What the command line asks for. The settings and files that it names are read again on SIGHUP.
struct Arguments {
    listen: Option<ListenAddress>,
    config: Option<PathBuf>,
    knowledge: Knowledge,
}

/// A library whose cases all hold, its cases and its version.
struct Tested {
    library: Library,
    version: KnowledgeVersion,
    knowledge: Knowledge,
    /// What the policy changes, a line each.
    changes: Vec<String>,
}

impl Arguments {
    fn settings(&self) -> Result<Settings, String> {
        let mut settings = read_settings(self.config.as_deref())?;
        settings.listen = self.listen.clone().unwrap_or(settings.listen);
        Ok(settings)
    }

    fn library(&self, settings: &Settings) -> Result<Tested, String> {
        let knowledge = self.knowledge.clone().or(settings);
        let (library, effective) = tested_library(&knowledge)?;
        let changes = if knowledge.policy.is_some() { effective.lines } else { Vec::new() };
        check_services(settings, &library)?;
        Ok(Tested { library, version: version(&knowledge)?, knowledge, changes })
    }
}

/// What stays the same as long as the service runs.
struct Served {
    address: SocketAddr,
    scheme: &'static str,
    store: Store,
    answered: Arc<AnsweredCards>,
    metrics: Arc<Metrics>,
    spans: Option<Arc<Spans>>,
}

impl Served {
    fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.address)
    }

    /// All that requests use. What the state `before` has seen, tokens and keys, it knows as well.
    fn state(&self, mut settings: Settings, tested: Tested, before: Option<&State>) -> Result<State, String> {
        // On this machine the pages are found at the address itself; elsewhere the site must say at which URL.
        if settings.public_url.is_none() && self.address.ip().is_loopback() {
            settings.public_url = self.url().parse().ok();
        }
        let authentication = before.map(|before| &*before.authentication);
        let authentication =
            CallAuthentication::new(&settings, self.address, shared_memory(&self.store), authentication)?;
        let Tested { library, version, knowledge, changes } = tested;
        let silenced = silenced(&library);
        if !silenced.is_empty() {
            tracing::warn!(rules = silenced.join(", "), "the policy of the site silences rules");
        }
        let library = Arc::new(library);
        let has_workbench = settings.workbench.mode.is_on(self.address.ip().is_loopback());
        let workbench = if has_workbench {
            let before = before.and_then(|before| before.workbench.as_deref());
            Some(Arc::new(WorkbenchState::new(&settings.workbench, source(&knowledge, changes)?, before)?))
        } else {
            None
        };
        let cases = move || cases(&knowledge).unwrap_or_default();
        let handbook = Handbook::new(library.clone(), version.short(), has_workbench, cases);
        let observer: Arc<dyn Observer> = self.metrics.clone();
        let reader = ReaderOptions { observer: Some(observer), ..http::reader_options(&settings) };
        Ok(State {
            library,
            handbook: Arc::new(handbook),
            workbench,
            fhir: FhirServers::new(&reader)?,
            store: self.store.clone(),
            version: Arc::new(version),
            authentication: Arc::new(authentication),
            answered: self.answered.clone(),
            metrics: self.metrics.clone(),
            spans: self.spans.clone(),
            zone: settings.zone(),
            settings: Arc::new(settings),
            now,
        })
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

fn bind(address: &ListenAddress) -> Result<TcpListener, String> {
    TcpListener::bind(address).map_err(|e| format!("cannot listen on {}: {e}", address.as_str()))
}

/// Refuses a name of a service that there is not: it would go on to be live.
fn check_services(settings: &Settings, library: &Library) -> Result<(), String> {
    let unknown = settings.silent_services.iter().find(|id| library.services.get(id).is_none());
    let Some(id) = unknown else { return Ok(()) };
    let known: Vec<&str> = library.services.services.iter().map(|service| service.id.as_str()).collect();
    Err(format!("silent-services: there is no service `{id}`; known are {}", known.join(", ")))
}

/// The first line of the log: what decides, and whether answers carry cards.
fn started(state: &State, for_metrics: Option<&TcpListener>) {
    let State { settings, version, .. } = state;
    let (mode, silent_services) = (settings.mode.code(), settings.silent_services.join(", "));
    let of_own = settings.clients.iter().filter_map(|(name, client)| Some(format!("{name} {}", client.mode?.code())));
    let clients = of_own.collect::<Vec<_>>().join(", ");
    let metrics = for_metrics.and_then(|listener| listener.local_addr().ok());
    let metrics = metrics.map(|address| format!("http://{address}/metrics"));
    tracing::info!(version = version.short(), mode, silent_services, clients, metrics, "started");
}

/// Prints the address and what runs, and a command that works as it is printed.
fn welcome(url: &str, tls: &TlsSettings, state: &State) {
    let State { authentication, library, version, .. } = state;
    let program = std::env::args().next().unwrap_or_else(|| "tocilizumab-cds".to_owned());
    let service = library.services.services.iter().find(|s| s.hook == Hook::OrderSign);
    println!("Listening on {url} (services: {url}/cds-services)");
    if state.workbench.is_some() {
        println!("For people: {url}/ shows what it decides, and why");
    }
    println!("Version {}; the rules are explained at {url}/handbook", version.short());
    // Where a client needs a certificate or a token, no printed command would work.
    let works = tls.client_ca.is_none() && matches!(**authentication, CallAuthentication::Off(_));
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
