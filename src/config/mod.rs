//! The settings: one typed struct, read from a TOML file and the environment. Each key is defined here once, with its type,
//! its default, its unit and the sentence that `config` prints.

/// The sections on who may call.
mod callers;
/// Keys that take one of a few words.
mod choice;
/// A section of settings: the struct, its defaults and the table that `config` prints, from one list of keys.
mod section;

/// The settings file.
mod file;
/// The sections on what is kept and reported.
mod kept;
/// Addresses and networks.
mod network;
/// Numbers with a unit.
mod number;
/// Reads the settings, or everything that is wrong with them.
mod read;
/// The settings as `config` prints them.
mod table;
/// Texts with a format of their own, such as URLs.
mod text;
/// The types that a key may have.
mod value;
/// Variables of the environment that look like misspelt settings.
mod variables;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use cds_hooks::discovery::PrefetchSet;
use fhir_client::ServerUrl;
use jiff::tz::TimeZone;
use store::place::Place;

pub use callers::{Authentication, Client, Cors, Limits, Tls};
pub use choice::{Algorithm, Delivery, LogFormat, LogLevel, Mode, WorkbenchMode};
pub use kept::{DecisionLogSettings, Log, Metrics, Store, Trace, WorkbenchSettings};
pub use network::Network;
pub use number::{Bytes, Count, Millis, PerSecond, Seconds, Share};
pub use read::{Problem, read};
pub use section::Key;
pub use table::table;
pub use text::{AllowedOrigin, HostUrl, ListenAddress, Parsed, StandardVersion, Zone, origin};
pub use value::{Setting, ValueForm};
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
        /// What the list of services asks an EHR to prefetch: `full`, each query by itself, or `compact`, at most twelve, one of which returns all results.
        prefetch: PrefetchSet = PrefetchSet::Full, "full or compact";
        /// Whether answers carry the machine-readable assessment.
        assessment_extension: bool = true, "true or false";
        /// Whether that assessment also lists what was read and not used, each with its reason. The record is then read a second time.
        assessment_not_used: bool = false, "true or false";
        /// Base URLs of FHIR servers that calls may name; when empty, only servers on this machine. For a client with its own list only that list counts.
        fhir_servers: Vec<Parsed<ServerUrl>> = Vec::new(), "URLs";
        /// Whether the host name of a listed FHIR server may resolve to a private address, as it does inside a hospital's network.
        fhir_private_addresses: bool = false, "true or false";
        /// How long complete answers of a FHIR server are kept, in memory only, for another call with the same token for the same patient, such as the signature after the selection. Changes made meanwhile are not seen. 0 keeps none.
        fhir_answers_for_s: Seconds = Seconds(0), "seconds";
        /// Whether answers carry their cards: `live`, or `silent`, in which every call is judged and noted and no answer carries a card.
        mode: Delivery = Delivery::Live, "live or silent";
        /// Ids of services that are silent whatever `mode` says.
        silent_services: Vec<String> = Vec::new(), "names";
        /// How long a card that a user overrode with a reason at order-select is not shown to the same user again at order-sign, while it says the same of the same order; a critical card is still shown, in one line with that reason. 0 shows all cards again.
        answered_for_s: Seconds = Seconds(1800), "seconds";
        /// Whether answers say in `Server-Timing` how long each phase took.
        server_timing: bool = false, "true or false";
        /// Addresses or networks of the site's own proxies, whose `X-Forwarded-For` is trusted: callers are then distinguished by the addresses that it names.
        proxies: Vec<Parsed<Network>> = Vec::new(), "addresses";
        /// How long a call may read from the FHIR server before it is judged with what has arrived.
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
