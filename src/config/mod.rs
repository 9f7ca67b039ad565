//! The settings: one typed struct, read from a TOML file and the environment. Each key stands here once, with its type,
//! its default, its unit and the sentence that `config` prints.

/// Keys that take one of a few words.
mod choice;
/// A section of settings: the struct, its defaults and the table that `config` prints, from one list of keys.
mod section;

/// The settings file.
mod file;

/// Addresses and networks.
mod network;
/// Numbers with a unit.
mod number;

/// Reads the settings, or everything that is wrong with them.
mod read;

/// The settings as `config` prints them.
mod table;

/// Texts that mean something else.
mod text;
/// The types that a key may have.
mod value;
/// Variables of the environment that look like misspelt settings.
mod variables;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use cds_hooks::discovery::PrefetchSet;
use cds_hooks::profile::{Profile, SummaryHook};
use fhir_client::ServerUrl;
use jiff::tz::TimeZone;
use store::place::Place;

pub use choice::{Algorithm, Delivery, LogFormat, LogLevel, Mode, Served};
pub use network::Network;
pub use number::{Bytes, Count, Millis, PerSecond, Seconds, Share};
pub use read::{Problem, read};
pub use section::Key;
pub use table::table;
pub use text::{AllowedOrigin, HostUrl, ListenAddress, Parsed, StandardVersion, Zone, origin};
pub use value::{Setting, Shape};
pub use variables::misspelt;

use section::section;

section! {
    /// How the service runs. Every key may be left out; one that is not known is an error.
    Settings at "" {
        /// Address and port to listen on.
        listen: ListenAddress = ListenAddress("127.0.0.1:8080".to_owned()), "address";
        /// Folder of another library; the built-in one when left out.
        hooks: Option<PathBuf> = None, "path";
        /// A site's own policy on top of the library.
        policy: Option<PathBuf> = None, "path";
        /// IANA time zone of the calendar, such as `Europe/Berlin`; that of the system when left out.
        time_zone: Option<Parsed<Zone>> = None, "name";
        /// URL under which clients and clinicians reach this service: the audience of a JWT is compared with it, and links from cards begin with it. Without it no links, unless the service listens on this machine only.
        public_url: Option<Parsed<HostUrl>> = None, "URL";
        /// Version of CDS Hooks that the list of services names.
        standard_version: StandardVersion = StandardVersion("2.0.1".to_owned()), "version";
        /// What the list of services asks an EHR to prefetch: `full`, each query by itself, or `compact`, at most twelve, of which one brings all results.
        prefetch: PrefetchSet = PrefetchSet::Full, "full or compact";
        /// Whether answers carry the machine-readable assessment.
        assessment_extension: bool = true, "true or false";
        /// Whether that assessment also says what was looked at and not used, each with its reason. It takes a second look at the record.
        assessment_not_used: bool = false, "true or false";
        /// Base URLs of FHIR servers that calls may name; with none, only servers on this machine. For a client with its own list only that list counts.
        fhir_servers: Vec<Parsed<ServerUrl>> = Vec::new(), "URLs";
        /// Whether the host name of a listed FHIR server may resolve to a private address, as it does inside a hospital's network.
        fhir_private_addresses: bool = false, "true or false";
        /// How long whole answers of a FHIR server are kept, in memory only, for another call with the same token for the same patient, such as the signature after the selection. What changes meanwhile is not seen. 0 keeps none.
        fhir_answers_for_s: Seconds = Seconds(0), "seconds";
        /// Whether answers carry their cards: `live`, or `silent`, in which every call is judged and noted and no answer carries a card.
        mode: Delivery = Delivery::Live, "live or silent";
        /// Ids of services that are silent whatever `mode` says.
        silent_services: Vec<String> = Vec::new(), "names";
        /// How long a card that a user overrode with a reason at order-select is not shown to the same user again at order-sign, while it says the same of the same order; a critical one stays, with what was answered. 0 shows all again.
        answered_for_s: Seconds = Seconds(1800), "seconds";
        /// Whether answers say in `Server-Timing` how long each phase took.
        server_timing: bool = false, "true or false";
        /// Addresses or networks of the site's own proxies, whose `X-Forwarded-For` is believed: callers are then told apart by the addresses that it names.
        proxies: Vec<Parsed<Network>> = Vec::new(), "addresses";
        /// How long a call may read from the FHIR server before it is judged with what has come.
        deadline_ms: Millis = Millis(2000), "milliseconds";
    }
    sections {
        /// The largest call, and the largest answer of a FHIR server.
        limits: Limits,
        /// Who may call.
        authentication: Authentication,
        /// TLS of the service itself.
        tls: Tls,
        /// Web pages that may call.
        cors: Cors,
        /// Where feedback and the cards that were issued are kept.
        store: Store,
        /// Which decisions are recorded, so that they can be made again.
        record: DecisionLogSettings,
        /// What the service writes to its log.
        log: Log,
        /// Figures for Prometheus.
        metrics: Metrics,
        /// Spans for a collector of traces.
        trace: Trace,
        /// Pages on which people see what is decided, and why.
        workbench: WorkbenchSettings,
        /// The clients that may call, by a name that the site chooses.
        clients: BTreeMap<String, Client>,
    }
}

section! {
    /// Upper bounds. A call that exceeds one is refused with an error that names the setting.
    Limits at "limits" {
        /// Size of a request body.
        body_bytes: Bytes<1> = Bytes(8 * 1024 * 1024), "bytes";
        /// Size of a client's JWT.
        token_bytes: Bytes = Bytes(16 * 1024), "bytes";
        /// How deep a request body may be nested.
        depth: Count<1> = Count(64), "levels";
        /// Values that a request body may hold, names of members included; a clinical record has one for every dozen bytes.
        values: Count = Count(1_000_000), "values";
        /// Orders that one call may bring.
        orders: Count<1> = Count(200), "orders";
        /// Calls answered at the same time. One caller may have as many as it leaves free for others.
        concurrent_calls: Count<1> = Count(256), "calls";
        /// Memory for all bodies, answers of FHIR servers and answers to clients that are held at the same time. One caller may have as much as it leaves free for others; a call that finds none is answered with 503.
        memory_bytes: Bytes<1> = Bytes(256 * 1024 * 1024), "bytes";
        /// Calls without a valid JWT that one address may make. Clients that are authenticated have no such limit unless their section sets one.
        calls_per_second: PerSecond<1> = PerSecond(50), "calls per second";
        /// How long a client may take to send its headers, and then its body.
        sender_ms: Millis<1000> = Millis(10_000), "milliseconds";
        /// How long a client may leave an answer unread before its connection is closed (Linux).
        reader_ms: Millis<1000> = Millis(30_000), "milliseconds";
        /// How long a connection is kept open for a client's next call.
        keep_alive_ms: Millis = Millis(75_000), "milliseconds";
        /// Size of one answer of a FHIR server, after decompression.
        fhir_body_bytes: Bytes = Bytes(16 * 1024 * 1024), "bytes";
        /// Size of all answers of FHIR servers that one call holds, after decompression.
        fhir_call_bytes: Bytes = Bytes(64 * 1024 * 1024), "bytes";
        /// Large calls judged at the same time; further ones wait, so that small ones need not.
        large_calls: Count = Count(2), "calls";
        /// How long after `deadline-ms` a call may still be judged or wait for its turn; then it is answered with 503.
        judging_ms: Millis<1> = Millis(2000), "milliseconds";
        /// Queries of one call that are put to its FHIR server at the same time.
        fhir_reads: Count<1> = Count(32), "queries";
        /// Pages read of one search.
        fhir_pages: Count = Count(10), "pages";
        /// How long calls are still accepted after SIGTERM, while `/health/ready` already answers 503, so that a load balancer can notice.
        drain_ms: Millis = Millis(0), "milliseconds";
        /// How long calls in flight may take to finish after that.
        shutdown_ms: Millis = Millis(10_000), "milliseconds";
    }
}

section! {
    /// Who may call: each client authenticates with a JWT that it has signed.
    Authentication at "authentication" {
        /// `auto` asks for a JWT unless the service listens on this machine only and knows no clients; `required` always, `off` never.
        mode: Mode = Mode::Auto, "auto, required or off";
        /// Confirms that `off` is meant even on an address that others can reach.
        unauthenticated_public: bool = false, "true or false";
        /// Further host names under which a service without authentication is called; under others it answers nothing but its health, so that no web page can have a name of its own lead here.
        hosts: Vec<String> = Vec::new(), "names";
        /// Signature algorithms that are accepted.
        algorithms: Vec<Algorithm> = vec![Algorithm::Es384, Algorithm::Rs384], "names";
        /// Further audiences that a JWT may name, in addition to the URLs of this service.
        audiences: Vec<String> = Vec::new(), "URLs";
        /// How far the clocks of a client and of this service may differ.
        skew_s: Seconds = Seconds(60), "seconds";
        /// Longest time that a JWT may be valid for.
        lifetime_s: Seconds = Seconds(3600), "seconds";
        /// How long the keys of a jku are kept before they are read again.
        keys_for_s: Seconds = Seconds(3600), "seconds";
        /// How long keys are still used beyond that when they cannot be read again.
        keys_grace_s: Seconds = Seconds(86_400), "seconds";
        /// Shortest time between two reads of one jku that calls cause, however many unknown keys they name.
        keys_floor_s: Seconds = Seconds(60), "seconds";
        /// Used tokens of one client that are remembered, so that each is accepted once; beyond this number the client's calls are refused until some expire.
        remembered: Count = Count(250_000), "tokens";
    }
}

section! {
    /// TLS of the service itself; without a certificate the service speaks plain HTTP. The files are read again when they change.
    Tls at "tls" {
        /// Certificate chain (PEM).
        certificate: Option<PathBuf> = None, "path";
        /// Its private key (PEM).
        key: Option<PathBuf> = None, "path";
        /// Authorities (PEM), one of which must have signed the client's certificate; without them no certificate is asked for.
        client_ca: Option<PathBuf> = None, "path";
    }
}

section! {
    /// Web pages that may call from a browser.
    Cors at "cors" {
        /// Origins such as `https://ehr.example.org`, or `*`; with none, pages served by this machine.
        origins: Vec<Parsed<AllowedOrigin>> = Vec::new(), "URLs";
    }
}

section! {
    /// Where feedback and the cards that were issued are kept. It never stands between a call and its cards.
    Store at "store" {
        /// `sqlite:FILE`, `postgres://…` or `off`; without it SQLite in this platform's folder for a program's state.
        url: Option<Parsed<Place>> = None, "URL";
        /// Notes that may wait to be written; further ones are lost and counted.
        queue: Count = Count(10_000), "notes";
        /// Whether the user whom a card was for is kept (`context.userId`), which the export of feedback then names.
        users: bool = false, "true or false";
        /// For how many days cards, feedback and decision records are kept; what is older is deleted once a day. Without it nothing is deleted.
        keep_days: Option<Count<1>> = None, "days";
        /// Whether the comments that users write with their feedback are kept, which may hold patient data; otherwise only whether there was one.
        comments: bool = false, "true or false";
    }
}

section! {
    /// Which decisions are recorded, so that they can be made again.
    DecisionLogSettings at "record" {
        /// Share of the calls that are recorded, from 0 (none) to 1 (every).
        share: Share = Share(0.0), "0 to 1";
        /// Whether the content of the inputs is kept too, which is patient data; otherwise only their hash.
        content: bool = false, "true or false";
        /// For how long after a recorded decision its cards link to the page that shows it again with all values and reasons, for the client that called; 0 adds no link. It needs `content`, `public-url` and a workbench that is served.
        link_s: Seconds = Seconds(0), "seconds";
    }
}

section! {
    /// What the service writes to its log, which is standard error.
    Log at "log" {
        /// Text for people, or one JSON object a line.
        format: LogFormat = LogFormat::Text, "text or json";
        /// The least urgent lines that are written; none of them ever names a patient or holds a token or a body.
        level: LogLevel = LogLevel::Info, "error, warn, info, debug or trace";
    }
}

section! {
    /// Figures for Prometheus at `GET /metrics`.
    Metrics at "metrics" {
        /// Address and port of a listener of its own, over plain HTTP and without authentication: name one that only the monitoring reaches. Without it the figures are served beside the services where calls are not authenticated, and nowhere else.
        listen: Option<ListenAddress> = None, "address";
    }
}

section! {
    /// Spans for a collector of traces.
    Trace at "trace" {
        /// URL to which one span a call is sent by OTLP over HTTP, such as `http://collector:4318/v1/traces`; without it none are sent. A call whose sender does not record its trace sends none.
        otlp: Option<Parsed<HostUrl>> = None, "URL";
    }
}

section! {
    /// Pages on which people see what is decided, and why. What they paste is kept in memory only, for their browser.
    WorkbenchSettings at "workbench" {
        /// `auto` serves them when the service listens on this machine only; `on` always, with the authentication of calls; `off` never.
        mode: Served = Served::Auto, "auto, on or off";
        /// Browsers that may keep something at the same time; the one that was away the longest makes room for another.
        browsers: Count<1> = Count(64), "browsers";
        /// What one browser may keep; the oldest makes room for more.
        browser_bytes: Bytes<1> = Bytes(16 * 1024 * 1024), "bytes";
        /// Requests and Bundles that one browser may keep.
        browser_items: Count<1> = Count(50), "items";
        /// How long something is kept after its browser was last here.
        browser_s: Seconds<60> = Seconds(7200), "seconds";
    }
}

section! {
    /// A client: how it authenticates, what it may call, and what its EHR can display.
    Client at "clients.NAME" {
        /// The `iss` of its JWTs.
        issuer: String = String::new(), "URL";
        /// Its public keys, a JWK Set in a file.
        keys: Option<PathBuf> = None, "path";
        /// URLs of its JWK Sets; a `jku` in a JWT must be one of them.
        jku: Vec<Parsed<HostUrl>> = Vec::new(), "URLs";
        /// The values that `tenant` may have in its JWTs; with none, any value or no tenant.
        tenants: Vec<String> = Vec::new(), "names";
        /// Audiences that its JWTs may name, in addition to those of `authentication`.
        audiences: Vec<String> = Vec::new(), "URLs";
        /// Ids of the services it may call; with none, all.
        services: Vec<String> = Vec::new(), "names";
        /// Base URLs of the FHIR servers that its calls may name; with none, those of `fhir-servers`.
        fhir_servers: Vec<Parsed<ServerUrl>> = Vec::new(), "URLs";
        /// What its EHR can display: `standard`, `epic`, `oracle-health` or `cds-hooks-1.0`; when left out, what a request shows.
        profile: Option<Profile> = None, "name";
        /// The hook at which an order gets the card of its whole assessment: `order-sign`, `order-select` for an EHR that fires only that one, or `both`.
        summary: SummaryHook = SummaryHook::OrderSign, "order-sign, order-select or both";
        /// What it is asked to prefetch; as `prefetch` at the top says when left out.
        prefetch: Option<PrefetchSet> = None, "full or compact";
        /// Whether its answers carry their cards; as `mode` at the top says when left out.
        mode: Option<Delivery> = None, "live or silent";
        /// The place it serves, such as the hospital's name, for the export of feedback.
        location: Option<String> = None, "name";
        /// Calls that it may make; as many as it likes when left out.
        calls_per_second: Option<PerSecond<1>> = None, "calls per second";
    }
}

impl Settings {
    /// How long a call may read from the FHIR server.
    pub fn deadline(&self) -> Duration {
        self.deadline_ms.duration()
    }

    /// The time zone whose calendar counts.
    pub fn zone(&self) -> TimeZone {
        self.time_zone.as_ref().map_or_else(TimeZone::system, |zone| zone.0.clone())
    }

    /// Where the store is.
    ///
    /// # Errors
    ///
    /// The settings name no store, and this platform has no folder for a program's state.
    pub fn place(&self) -> Result<Place, String> {
        self.store.url.as_deref().cloned().map_or_else(Place::usual, Ok)
    }
}
