//! The command line: parses arguments, reads the clock and the environment. Nothing else in the program does.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::Zoned;
use jiff::tz::TimeZone;
use tocilizumab_cds::check::check;
use tocilizumab_cds::config::{self, Settings};
use tocilizumab_cds::domain::time::Clock;
use tocilizumab_cds::example;
use tocilizumab_cds::fhir::client::FhirServers;
use tocilizumab_cds::handbook::{self, pages};
use tocilizumab_cds::http::auth::Gate;
use tocilizumab_cds::http::auth::jti::replicas;
use tocilizumab_cds::http::tls::Tls;
use tocilizumab_cds::http::{State, serve};
use tocilizumab_cds::library::Library;
use tocilizumab_cds::library::cases::{self, CaseFile};
use tocilizumab_cds::library::files::Files;
use tocilizumab_cds::library::mistake::Mistake;
use tocilizumab_cds::library::policy::{self, Effective};
use tocilizumab_cds::probe;
use tocilizumab_cds::record::Edition;
use tocilizumab_cds::replay::{self, Recorded};
use tocilizumab_cds::scaffold::new_rule;
use tocilizumab_cds::stats::text::text;
use tocilizumab_cds::stats::{Statistics, beginning};
use tocilizumab_cds::store::place::Place;
use tocilizumab_cds::store::{self, Store};

/// CDS Hooks service for tocilizumab orders in systemic sclerosis with interstitial lung disease.
#[derive(Debug, Parser)]
#[command(version, about, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Which knowledge to decide with.
#[derive(Debug, Default, Args)]
struct Knowledge {
    /// Folder of another library, instead of the built-in one
    #[arg(long)]
    hooks: Option<PathBuf>,
    /// A site's own policy (TOML) on top of it
    #[arg(long)]
    policy: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Answer CDS Hooks calls over HTTP.
    Serve {
        /// Address and port to listen on [default: 127.0.0.1:8080]
        #[arg(long)]
        listen: Option<String>,
        /// Settings file (TOML)
        #[arg(long, env = "TOCILIZUMAB_CDS_CONFIG")]
        config: Option<PathBuf>,
        #[command(flatten)]
        knowledge: Knowledge,
    },
    /// Print every setting: its value, its default, its unit and what it does.
    Config {
        /// Settings file (TOML); the environment counts too
        #[arg(long, env = "TOCILIZUMAB_CDS_CONFIG")]
        config: Option<PathBuf>,
    },
    /// Judge recorded hook requests and FHIR Bundles through the same path.
    Replay {
        /// Files, folders, or - for standard input: JSON or NDJSON
        #[arg(required_unless_present = "record")]
        paths: Vec<String>,
        /// Make the recorded decision of this id again, and say whether the cards are the same; a record without the content of its inputs needs the file with the request
        #[arg(long, conflicts_with_all = ["as_of", "hook"])]
        record: Option<String>,
        /// Settings file (TOML) that names the store of the record
        #[arg(long, env = "TOCILIZUMAB_CDS_CONFIG")]
        config: Option<PathBuf>,
        /// The moment to judge at: a date (its end) or a date and time. Without it a Bundle is judged when its order was written, a request now
        #[arg(long)]
        as_of: Option<String>,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: Format,
        /// The hook that orders in Bundles are judged at
        #[arg(long, default_value = "order-sign", value_parser = ["order-select", "order-sign"])]
        hook: String,
        #[command(flatten)]
        knowledge: Knowledge,
    },
    /// Print what became of the cards: how often each alert was followed, overridden or ignored.
    Stats {
        /// Settings file (TOML) that names the store
        #[arg(long, env = "TOCILIZUMAB_CDS_CONFIG")]
        config: Option<PathBuf>,
        /// How to print
        #[arg(long, default_value = "text", value_parser = ["text", "json"])]
        format: String,
        /// Count only from this day on, such as 2026-11-01
        #[arg(long)]
        since: Option<String>,
    },
    /// Validate a library and run every case beside its rules; with a policy, print what it makes of it.
    ///
    /// The cases of a folder use the fixtures beside it, or the built-in ones.
    Check {
        #[command(flatten)]
        knowledge: Knowledge,
    },
    /// Ask a FHIR server for all that the rules need of one patient, and say what came and what was understood.
    ///
    /// It prints values of that patient to the terminal: run it where they may be seen, best with a test patient.
    /// The exit code is 0 when all queries were answered in full, 1 when some were not, 2 when none could be put.
    Probe {
        /// Base URL of the server, such as https://ehr.example/fhir/R4; whatever is named here may be asked
        #[arg(long)]
        fhir: String,
        /// Id of the patient, as in Patient/ID
        #[arg(long)]
        patient: String,
        /// Variable of the environment that holds the access token
        #[arg(long, value_name = "NAME")]
        token_env: Option<String>,
        /// How long to wait for all answers, in milliseconds
        #[arg(long, value_name = "N", default_value_t = 10_000)]
        timeout_ms: u64,
        /// How to print
        #[arg(long, value_enum, default_value = "text")]
        format: ProbeFormat,
        #[command(flatten)]
        knowledge: Knowledge,
    },
    /// Write something new to start from.
    New {
        #[command(subcommand)]
        what: New,
    },
    /// Write the handbook: the rules, their evidence and their cases as pages to read and review.
    Doc {
        /// Folder to write the pages to; it is made when it is not there
        #[arg(long)]
        output: PathBuf,
        #[command(flatten)]
        knowledge: Knowledge,
    },
    /// Print a test patient as a hook request, its dates moved so that it is today.
    Example {
        /// Which one; without it the textbook patient
        #[arg(default_value = "textbook")]
        name: String,
        /// List the names instead
        #[arg(long)]
        list: bool,
    },
}

#[derive(Debug, Subcommand)]
enum New {
    /// A rule with its cases and a test patient, which pass `check` as they are.
    Rule {
        /// Its id, named for the finding, such as platelets-very-high
        id: String,
        /// The drug whose folder it goes into
        #[arg(long, default_value = "tocilizumab")]
        drug: String,
        /// Folder of the library; the test patients stand in `fixtures` beside it
        #[arg(long, default_value = "hooks")]
        hooks: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Ndjson,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ProbeFormat {
    Text,
    Json,
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Serve { listen, config, knowledge } => start(listen, config.as_deref(), knowledge),
        Command::Config { config } => print_settings(config.as_deref()),
        Command::Replay { paths, record: Some(id), config, format, knowledge, .. } => {
            replay_record(&id, &paths, config.as_deref(), format, knowledge)
        }
        Command::Replay { paths, as_of, format, hook, knowledge, .. } => {
            run_replay(&paths, as_of.as_deref(), format, hook, &knowledge)
        }
        Command::Stats { config, format, since } => print_stats(config.as_deref(), &format, since),
        Command::Check { knowledge } => run_check(&knowledge),
        Command::Probe { fhir, patient, token_env, timeout_ms, format, knowledge } => {
            run_probe(fhir, patient, token_env.as_deref(), timeout_ms, format, &knowledge)
        }
        Command::New { what: New::Rule { id, drug, hooks } } => new_rule(&id, &drug, &hooks).map(|written| {
            written.iter().for_each(|path| println!("{}", path.display()));
            ExitCode::SUCCESS
        }),
        Command::Doc { output, knowledge } => write_handbook(&output, &knowledge),
        Command::Example { name, list } => print_example(&name, list),
    };
    match done {
        Ok(code) => code,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn start(listen: Option<String>, config: Option<&Path>, knowledge: Knowledge) -> Result<ExitCode, String> {
    let mut settings = settings(config)?;
    settings.listen = listen.unwrap_or(settings.listen);
    let hooks = knowledge.hooks.or(settings.hooks.clone());
    let policy = knowledge.policy.or(settings.policy.clone());
    let knowledge = Knowledge { hooks, policy };
    let (library, _) = library(&knowledge)?;
    let handbook = pages(&library, &cases(&knowledge)?);
    let zone = zone(&settings)?;
    // fhir-sdk logs whole URLs, in which patients stand; only our own lines are let through.
    let ours = tracing_subscriber::filter::Targets::new().with_target("tocilizumab_cds", tracing::Level::INFO);
    use tracing_subscriber::prelude::*;
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
    let cut_off = actix_web::rt::System::new().block_on(serve(listener, tls, state));
    store.close(within);
    match cut_off.map_err(|e| format!("the server stopped: {e}"))? {
        0 => Ok(ExitCode::SUCCESS),
        _ => Ok(ExitCode::FAILURE),
    }
}

/// The time zone whose calendar counts.
fn zone(settings: &Settings) -> Result<TimeZone, String> {
    match &settings.time_zone {
        Some(name) => TimeZone::get(name).map_err(|e| format!("time-zone: {e}")),
        None => Ok(TimeZone::system()),
    }
}

/// The settings of a file and of the environment, with a warning for each variable that was probably meant to be one.
fn settings(file: Option<&Path>) -> Result<Settings, String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    config::misspelt(names).iter().for_each(|warning| eprintln!("warning: {warning}"));
    let told = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    let text = file.map(|path| std::fs::read_to_string(path).map_err(|e| told(path, e))).transpose()?;
    let variable = |name: &str| std::env::var(name).ok();
    config::read(file.zip(text.as_deref()), variable)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

/// What the clock says: the one place where the program asks.
#[expect(clippy::disallowed_methods, reason = "here and nowhere else")]
fn now() -> Zoned {
    Zoned::now()
}

/// Says where it listens, and a line that works as pasted.
fn welcome(url: &str, tls: &config::Tls, gate: &Gate, library: &Library) {
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

fn print_settings(file: Option<&Path>) -> Result<ExitCode, String> {
    match write!(std::io::stdout().lock(), "{}", config::table(&settings(file)?)) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("config: {error}")),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn run_replay(
    paths: &[String],
    as_of: Option<&str>,
    format: Format,
    hook: String,
    knowledge: &Knowledge,
) -> Result<ExitCode, String> {
    let (library, _) = library(knowledge)?;
    let as_of = as_of
        .map(|text| {
            Clock::parse(text, &TimeZone::UTC)
                .ok_or_else(|| format!("--as-of: `{text}` is neither a date nor a date and time"))
        })
        .transpose()?;
    let options = replay::Options { as_of, hook, ..options(format) };
    let status = replay::replay(
        &library,
        paths,
        &options,
        &mut std::io::stdin().lock(),
        &mut std::io::BufWriter::new(std::io::stdout().lock()),
        &mut std::io::stderr().lock(),
    );
    ended(status)
}

/// How replay prints here.
fn options(format: Format) -> replay::Options {
    let terminal = std::io::stdout().is_terminal();
    replay::Options {
        as_of: None,
        format: match format {
            Format::Text => replay::Format::Text,
            Format::Ndjson => replay::Format::Ndjson,
        },
        hook: String::new(),
        width: width(),
        colour: terminal && std::env::var_os("NO_COLOR").is_none(),
        now: Clock::at(now().with_time_zone(TimeZone::UTC)),
    }
}

fn ended(status: std::io::Result<u8>) -> Result<ExitCode, String> {
    match status {
        Ok(status) => Ok(ExitCode::from(status)),
        // The reader of our output went away; nobody is left to tell.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        Err(error) => Err(format!("standard output: {error}")),
    }
}

fn replay_record(
    id: &str,
    paths: &[String],
    config: Option<&Path>,
    format: Format,
    knowledge: Knowledge,
) -> Result<ExitCode, String> {
    let settings = settings(config)?;
    let place = Place::of(settings.store.url.as_deref())?;
    let knowledge =
        Knowledge { hooks: knowledge.hooks.or(settings.hooks), policy: knowledge.policy.or(settings.policy) };
    let (library, _) = library(&knowledge)?;
    let request = match paths {
        [] => None,
        [path] => Some(std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?),
        _ => return Err("--record: one file with the request is enough".to_owned()),
    };
    let recorded = Recorded {
        record: &store::record(&place, id)?,
        request: request.as_deref(),
        library: &library,
        edition: &edition(&knowledge)?,
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let status = replay::recorded(&recorded, &options(format), &mut out, &mut std::io::stderr().lock());
    ended(status.and_then(|status| out.flush().map(|()| status)))
}

fn print_stats(config: Option<&Path>, format: &str, since: Option<String>) -> Result<ExitCode, String> {
    let settings = settings(config)?;
    let zone = zone(&settings)?;
    let since_ms = since.as_deref().map_or(Ok(i64::MIN), |day| beginning(day, &zone));
    let since_ms = since_ms.map_err(|message| format!("--since: {message}"))?;
    let counts = store::counts(&Place::of(settings.store.url.as_deref())?, since_ms)?;
    let statistics = Statistics::of(&counts, since, &zone);
    let text = match format {
        "json" => format!("{}\n", serde_json::to_string_pretty(&statistics).map_err(|e| e.to_string())?),
        _ => text(&statistics),
    };
    ended(std::io::stdout().lock().write_all(text.as_bytes()).map(|()| 0))
}

fn run_probe(
    server: String,
    patient: String,
    token_env: Option<&str>,
    timeout_ms: u64,
    format: ProbeFormat,
    knowledge: &Knowledge,
) -> Result<ExitCode, String> {
    let (library, _) = library(knowledge)?;
    let token = |name: &str| match std::env::var(name) {
        Ok(token) if !token.trim().is_empty() => Ok(token.trim().to_owned()),
        _ => Err(format!("--token-env: the variable {name} is not set, or holds no text")),
    };
    let target = probe::Target { server, patient, token: token_env.map(token).transpose()? };
    let (wait, clock) = (std::time::Duration::from_millis(timeout_ms), Clock::at(now()));
    let report = actix_web::rt::System::new().block_on(probe::probe(&library, &target, wait, &clock))?;
    let terminal = std::io::stdout().is_terminal();
    let style = probe::Style { width: width(), colour: terminal && std::env::var_os("NO_COLOR").is_none() };
    let page = match format {
        ProbeFormat::Text => probe::page(&report, style),
        ProbeFormat::Json => probe::json(&report)?,
    };
    ended(std::io::stdout().lock().write_all(page.as_bytes()).map(|()| u8::from(!report.complete)))
}

/// The columns of the terminal; a hundred where there is none.
fn width() -> usize {
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0))
}

fn run_check(knowledge: &Knowledge) -> Result<ExitCode, String> {
    let hooks = knowledge.hooks.as_deref();
    let fixtures = match hooks.map(|hooks| hooks.join("../fixtures")) {
        Some(folder) if folder.is_dir() => {
            Files::fixtures_in(&folder).map_err(|e| format!("{}: {e}", folder.display()))?
        }
        _ => Files::fixtures(),
    };
    let report = check(&files(hooks)?, &fixtures);
    for mistake in &report.mistakes {
        println!("{mistake}");
    }
    println!(
        "{} rules, {} criteria, {} cases, {} codes in {} value sets: {}",
        report.rules,
        report.criteria,
        report.cases,
        report.codes,
        report.value_sets,
        match report.mistakes.len() {
            0 => "no mistakes".to_owned(),
            1 => "1 mistake".to_owned(),
            n => format!("{n} mistakes"),
        }
    );
    if !report.mistakes.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    if knowledge.policy.is_some() {
        // The cases show the library as it was reviewed; the policy is checked against it and then told.
        match library(knowledge) {
            Ok((_, effective)) => effective.lines.iter().for_each(|line| println!("{line}")),
            Err(mistakes) => {
                println!("{mistakes}");
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn write_handbook(output: &Path, knowledge: &Knowledge) -> Result<ExitCode, String> {
    let pages = pages(&library(knowledge)?.0, &cases(knowledge)?);
    let failed = |path: &Path, error: std::io::Error| format!("{}: {error}", path.display());
    std::fs::create_dir_all(output).map_err(|e| failed(output, e))?;
    for (name, page) in &pages {
        let path = output.join(name);
        std::fs::write(&path, page).map_err(|e| failed(&path, e))?;
    }
    println!("{} files; begin with {}", pages.len(), output.join(handbook::INDEX).display());
    Ok(ExitCode::SUCCESS)
}

fn print_example(name: &str, list: bool) -> Result<ExitCode, String> {
    let fixtures = Files::fixtures();
    let mut out = std::io::stdout().lock();
    let written = if list {
        example::names(&fixtures).into_iter().try_for_each(|name| writeln!(out, "{name}"))
    } else {
        writeln!(out, "{}", example::example(name, &fixtures, now().date())?)
    };
    match written {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(format!("example: {error}")),
        _ => Ok(ExitCode::SUCCESS),
    }
}

fn files(hooks: Option<&Path>) -> Result<Files, String> {
    match hooks {
        Some(folder) => Files::in_folder(folder).map_err(|e| format!("{}: {e}", folder.display())),
        None => Ok(Files::embedded()),
    }
}

/// The library with the site's policy; one that does not validate is refused with all its mistakes.
fn library(knowledge: &Knowledge) -> Result<(Library, Effective), String> {
    let mut library = Library::read(&files(knowledge.hooks.as_deref())?).map_err(|m| told("library", &m))?;
    let Some(path) = &knowledge.policy else { return Ok((library, Effective::default())) };
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|e| format!("{file}: {e}"))?;
    let effective = policy::apply(&mut library, &file, &text).map_err(|m| told("policy", &m))?;
    Ok((library, effective))
}

/// What decides, for the notes.
fn edition(knowledge: &Knowledge) -> Result<Edition, String> {
    let read = |path: &PathBuf| std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()));
    let policy = knowledge.policy.as_ref().map(read).transpose()?;
    Ok(Edition::of(&files(knowledge.hooks.as_deref())?, policy.as_deref()))
}

/// The cases beside the rules; cases that cannot be read are refused with all their mistakes.
fn cases(knowledge: &Knowledge) -> Result<Vec<CaseFile>, String> {
    let mut mistakes = Vec::new();
    let cases = cases::read(&files(knowledge.hooks.as_deref())?, &mut mistakes);
    if mistakes.is_empty() { Ok(cases) } else { Err(told("library", &mistakes)) }
}

fn told(what: &str, mistakes: &[Mistake]) -> String {
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    format!("{}\nthe {what} does not validate: {} mistakes", lines.join("\n"), mistakes.len())
}
