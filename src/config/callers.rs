//! The sections on who may call, and how much.

use std::path::PathBuf;

use cds_hooks::discovery::PrefetchSet;
use cds_hooks::profile::{Profile, SummaryHook};
use fhir_client::ServerUrl;

use super::section::section;
use super::{Algorithm, AllowedOrigin, Bytes, Count, Delivery, HostUrl, Millis, Mode, Parsed, PerSecond, Seconds};

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
        /// Orders that one call may hold.
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
        /// Large calls judged at the same time; further ones wait, so that small calls do not have to.
        large_calls: Count = Count(2), "calls";
        /// How long after `deadline-ms` a call may still wait or be judged; then it is answered with 503.
        judging_ms: Millis<1> = Millis(2000), "milliseconds";
        /// Queries of one call that are sent to its FHIR server at the same time.
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
        /// Further host names under which a service without authentication is called; under other names it answers only health requests, so that no web page can reach it through a host name of its own (DNS rebinding).
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
        /// How long a call waits for the store to say whether its token was used elsewhere or before a restart; after that this process decides alone.
        store_ms: Millis<1> = Millis(250), "milliseconds";
    }
}

section! {
    /// TLS of the service itself; without a certificate the service uses plain HTTP. The files are read again when they change.
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
        /// Origins such as `https://ehr.example.org`, or `*`; when empty, pages served by this machine.
        origins: Vec<Parsed<AllowedOrigin>> = Vec::new(), "URLs";
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
        /// The values that `tenant` may have in its JWTs; when empty, any value or no tenant.
        tenants: Vec<String> = Vec::new(), "names";
        /// Audiences that its JWTs may name, in addition to those of `authentication`.
        audiences: Vec<String> = Vec::new(), "URLs";
        /// Ids of the services it may call; when empty, all.
        services: Vec<String> = Vec::new(), "names";
        /// Base URLs of the FHIR servers that its calls may name; when empty, those of `fhir-servers`.
        fhir_servers: Vec<Parsed<ServerUrl>> = Vec::new(), "URLs";
        /// What its EHR can display: `standard`, `epic`, `oracle-health` or `cds-hooks-1.0`; when left out, what a request shows.
        profile: Option<Profile> = None, "name";
        /// The hook at which an order gets the card of its whole assessment: `order-sign`, `order-select` for an EHR that fires only that one, or `both`.
        summary: SummaryHook = SummaryHook::OrderSign, "order-sign, order-select or both";
        /// What it is asked to prefetch; when left out, as `prefetch` at the top says.
        prefetch: Option<PrefetchSet> = None, "full or compact";
        /// Whether its answers carry their cards; when left out, as `mode` at the top says.
        mode: Option<Delivery> = None, "live or silent";
        /// The place it serves, such as the hospital's name, for the export of feedback.
        location: Option<String> = None, "name";
        /// Calls that it may make; when left out, without a limit.
        calls_per_second: Option<PerSecond<1>> = None, "calls per second";
    }
}
