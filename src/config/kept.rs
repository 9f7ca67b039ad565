//! The sections on what the service keeps, what it tells those who run it, and the pages that it serves.

use store::place::Place;

use super::section::section;
use super::{Bytes, Count, HostUrl, ListenAddress, LogFormat, LogLevel, Parsed, Seconds, Share, WorkbenchMode};

section! {
    /// Where feedback and the cards that were issued are kept. It never delays a call or its cards.
    Store at "store" {
        /// `sqlite:FILE`, `postgres://…` or `off`; without it SQLite in this platform's folder for a program's state.
        url: Option<Parsed<Place>> = None, "URL";
        /// Notes that may wait to be written; further ones are dropped and counted.
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
        /// Text for people, or one JSON object per line.
        format: LogFormat = LogFormat::Text, "text or json";
        /// The least urgent lines that are written; none of them ever names a patient or holds a token or a body.
        level: LogLevel = LogLevel::Info, "error, warn, info, debug or trace";
    }
}

section! {
    /// Figures for Prometheus at `GET /metrics`.
    Metrics at "metrics" {
        /// Address and port of a listener of its own, over plain HTTP and without authentication: choose one that only the monitoring can reach. Without it the figures are served at the address of the service if calls are not authenticated, and otherwise nowhere.
        listen: Option<ListenAddress> = None, "address";
    }
}

section! {
    /// Spans for a collector of traces.
    Trace at "trace" {
        /// URL to which one span per call is sent by OTLP over HTTP, such as `http://collector:4318/v1/traces`; without it none are sent. A call whose sender does not record its trace sends none.
        otlp: Option<Parsed<HostUrl>> = None, "URL";
    }
}

section! {
    /// Pages on which people see what is decided, and why. What they paste is kept in memory only, for their browser.
    WorkbenchSettings at "workbench" {
        /// `auto` serves them when the service listens on this machine only; `on` always, with the authentication of calls; `off` never.
        mode: WorkbenchMode = WorkbenchMode::Auto, "auto, on or off";
        /// Browsers for which something may be kept at the same time; beyond that the one that was away the longest is forgotten.
        browsers: Count<1> = Count(64), "browsers";
        /// Bytes that may be kept for one browser; beyond that its oldest inputs are forgotten.
        browser_bytes: Bytes<1> = Bytes(16 * 1024 * 1024), "bytes";
        /// Requests and Bundles that may be kept for one browser.
        browser_items: Count<1> = Count(50), "items";
        /// How long they are kept after the last request of the browser.
        browser_s: Seconds<60> = Seconds(7200), "seconds";
    }
}
