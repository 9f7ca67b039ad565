//! What a night shift sees of the service: figures, the log, and the ids by which one request is followed everywhere.

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpListener;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use serde_json::{Value, json};

use crate::authentication::issuer::{Key, set};
use crate::fhir_server::unprefetched;
use crate::server::Server;
use crate::stand_in::{StandIn, TOKEN, Trouble};
use crate::support::{Folder, eventually, fixtures, moved, names, program, service, text, with};

/// The series of the figures, without their values.
fn series(server: &Server) -> BTreeSet<String> {
    let page = server.get("/metrics");
    assert_eq!((page.status, page.header("content-type")), (200, "text/plain; version=0.0.4; charset=utf-8"));
    let lines = page.body.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| Some(line.rsplit_once(' ')?.0.to_owned())).collect()
}

#[test]
fn figures_tell_how_calls_went() {
    let (server, fhir) = (Server::with_settings("deadline-ms = 20000"), StandIn::start());
    let request = moved("patients/neutrophils-1.9");
    server.call("prefetched", &request);
    fhir.hold(&request);
    fhir.trouble("AllergyIntolerance?", Trouble::Status(500));
    server.call("read", &unprefetched(&request, &fhir.base()));
    server.post("tocilizumab-order-sign", &json!({}));
    let series = series(&server);
    for expected in [
        "calls_total{client=\"none\",service=\"tocilizumab-order-sign\",status=\"200\"}",
        "calls_total{client=\"none\",service=\"tocilizumab-order-sign\",status=\"400\"}",
        "call_seconds_count{service=\"tocilizumab-order-sign\"}",
        "phase_seconds_count{phase=\"gather\"}",
        "cards_total{indicator=\"critical\",mode=\"live\",rule=\"laboratory-limits\"}",
        "prefetch_total{client=\"none\",query=\"allergies\",result=\"hit\"}",
        "prefetch_total{client=\"none\",query=\"allergies\",result=\"miss\"}",
        "fhir_reads_total{result=\"ok\",server=\"this machine\"}",
        "fhir_reads_total{result=\"status-5xx\",server=\"this machine\"}",
        "fhir_read_seconds_count{server=\"this machine\"}",
        "fhir_bytes_total{server=\"this machine\"}",
        "missing_parts_total{query=\"allergies\",reason=\"status-5xx\"}",
        "calls_in_flight",
        "store_up",
        "store_queued_notes",
        "store_written_notes_total",
        "store_lost_notes_total",
    ] {
        assert!(series.contains(&format!("tocilizumab_cds_{expected}")), "{expected}: {series:#?}");
    }
    let starts = |name: &str| series.iter().any(|one| one.starts_with(&format!("tocilizumab_cds_{name}")));
    assert!(
        starts("unknown_criteria_total{reason=\"not-retrieved\"") && starts("build_info{library=\""),
        "{series:#?}"
    );
}

#[test]
fn nothing_that_a_caller_chooses_becomes_a_series() {
    let server = Server::with_settings("");
    let request = moved("textbook");
    let send = |n: usize| {
        let mut request = with(&request, "/hookInstance", Some(json!(format!("instance {n}"))));
        request["prefetch"][format!("own key {n}")] = json!({"resourceType": "Bundle", "type": "searchset"});
        request["fhirServer"] = json!(format!("http://server-{n}.example/fhir"));
        server.post("tocilizumab-order-sign", &request);
        server.post(&format!("service-{n}"), &request);
        server.post(&format!("service-{n}/feedback"), &json!({"feedback": [{"card": n, "outcome": format!("o{n}")}]}));
        server.send("POST", &format!("/cds-services/tocilizumab-order-sign?x={n}"), &[("X-Request-ID", "7")], b"{");
    };
    send(0);
    let before = series(&server);
    (1..30).for_each(send);
    assert_eq!(series(&server).difference(&before).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn figures_of_named_clients_are_told_on_a_listener_of_their_own_only() {
    let key = Key::p384("k");
    let folder = Folder::new();
    folder.write("keys.json", &set(&[&key]));
    let keys = folder.path().join("keys.json").display().to_string();
    let client = format!("[clients.mercy]\nissuer = \"https://mercy.example\"\nkeys = \"{keys}\"\n");
    let server = Server::in_folder(folder, &format!("metrics.listen = \"127.0.0.1:0\"\n{client}"));
    let beside = server.get("/metrics");
    assert!(beside.status == 404 && beside.body.contains("metrics.listen"), "{}", beside.body);
    assert_eq!(server.post("tocilizumab-order-sign", &json!({})).status, 401);
    let log = eventually("it says where", || Some(server.log()).filter(|log| log.contains("started")));
    let url = log.split("metrics=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned();
    let runtime = actix_web::rt::Runtime::new().expect("a runtime");
    let page = runtime.block_on(async { reqwest::get(&url).await?.text().await }).expect("figures");
    assert!(page.contains("tocilizumab_cds_tokens_refused_total{cause=\"missing\"} 1"), "{page}");
    assert!(page.contains("service=\"tocilizumab-order-sign\",status=\"401\"} 1"), "{page}");
    let elsewhere = url.replace("/metrics", "/cds-services");
    assert_eq!(runtime.block_on(reqwest::get(&elsewhere)).expect("an answer").status().as_u16(), 404);
}

#[test]
fn a_request_is_followed_by_its_id_and_its_trace() {
    let (server, fhir) = (Server::with_settings("deadline-ms = 20000\nserver-timing = true"), StandIn::start());
    let request = moved("patients/neutrophils-1.9");
    fhir.hold(&request);
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let headers = [
        ("Content-Type", "application/json"),
        ("X-Request-ID", "ehr-4711"),
        ("traceparent", &format!("00-{trace}-b7ad6b7169203331-01")),
        ("tracestate", "ehr=1"),
    ];
    let body = unprefetched(&request, &fhir.base()).to_string();
    let reply = server.send("POST", "/cds-services/tocilizumab-order-sign", &headers, body.as_bytes());
    assert_eq!((reply.status, reply.header("x-request-id")), (200, "ehr-4711"), "{}", reply.body);
    let timing = reply.header("server-timing");
    assert!(timing.starts_with("read;dur=") && timing.contains(", write;dur="), "{timing}");
    let seen = fhir.traces();
    assert!(!seen.is_empty());
    for [parent, state, id] in &seen {
        assert!(parent.starts_with(&format!("00-{trace}-")) && parent.ends_with("-01"), "{parent}");
        assert!(!parent.contains("b7ad6b7169203331"), "our own span: {parent}");
        assert_eq!((state.as_str(), id.as_str()), ("ehr=1", "ehr-4711"));
    }
    // A value that is no id is not repeated in the log, and a refusal names its sender.
    let odd = server.send("POST", "/cds-services/tocilizumab-order-sign", &[("X-Request-ID", "Jane Doe")], b"{");
    assert_eq!((odd.status, odd.header("x-request-id")), (400, ""));
    let log = server.into_log();
    let has = |words: &[&str]| log.lines().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(has(&["answered", "request=\"ehr-4711\"", trace]), "{log}");
    assert!(has(&["refused", "address=127.0.0.1"]) && !log.contains("Jane"), "{log}");
}

#[test]
fn trouble_of_a_fhir_server_names_it_and_a_flood_is_counted() {
    let (server, fhir) = (Server::with_settings("deadline-ms = 20000\nlog.format = \"json\""), StandIn::start());
    let request = moved("patients/neutrophils-1.9");
    fhir.hold(&request);
    fhir.trouble("AllergyIntolerance?", Trouble::Status(503));
    for _ in 0..20 {
        server.call("read", &unprefetched(&request, &fhir.base()));
    }
    // The end of the service tells what was left out.
    server.signal("TERM");
    let (status, log) = server.ended();
    assert_eq!(status, Some(0), "{log}");
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let of = |message: &str| lines.iter().filter(move |line| text(line, "/message") == message).collect::<Vec<_>>();
    let told = of("not retrieved");
    assert!(!told.is_empty() && told.len() < 20, "{log}");
    for line in &told {
        assert_eq!((text(line, "/server"), text(line, "/kind")), ("this machine", "status-503"), "{line}");
        assert_eq!((text(line, "/what"), text(line, "/level")), ("allergies", "WARN"), "{line}");
    }
    let left_out: u64 = of("equal lines were left out").iter().filter_map(|line| line["left_out"].as_u64()).sum();
    assert_eq!(told.len() as u64 + left_out, 20, "{log}");
    assert_eq!(of("answered").len(), 20, "each call has its line");
}

/// The first request that a collector receives: its head and its body.
fn collected(listener: &TcpListener) -> (String, Vec<u8>) {
    let (mut stream, _) = listener.accept().expect("a connection");
    let mut read = Vec::new();
    let mut part = [0; 8192];
    loop {
        let length = stream.read(&mut part).expect("a request");
        read.extend_from_slice(&part[..length]);
        let Some(at) = read.windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&read[..at]).to_lowercase();
        let bytes = head.split("content-length: ").nth(1).and_then(|rest| rest.lines().next()?.trim().parse().ok());
        if read.len() >= at + 4 + bytes.unwrap_or(0) {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").expect("an answer");
            return (head, read.split_off(at + 4));
        }
    }
}

#[test]
fn a_collector_of_traces_gets_one_span_a_call() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = Server::with_settings(&format!("trace.otlp = \"http://{address}/v1/traces\""));
    let (trace, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    let body = moved("patients/neutrophils-1.9").to_string();
    let call = |flags: &str, trace: &str| {
        let headers = [("traceparent", format!("00-{trace}-{parent}-{flags}"))];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        assert_eq!(server.send("POST", "/cds-services/tocilizumab-order-sign", &headers, body.as_bytes()).status, 200);
    };
    let unrecorded = "1af7651916cd43dd8448eb211c80319c";
    call("00", unrecorded);
    call("01", trace);
    let (head, body) = collected(&listener);
    assert!(head.starts_with("post /v1/traces ") && head.contains("application/x-protobuf"), "{head}");
    let bytes = |hex: &str| -> Vec<u8> {
        let digits = (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16));
        digits.collect::<Result<_, _>>().expect("hexadecimal digits")
    };
    let holds = |part: &[u8]| body.windows(part.len()).any(|window| window == part);
    assert!(holds(&bytes(trace)) && holds(&bytes(parent)), "the trace and the span of the sender");
    assert!(!holds(&bytes(unrecorded)), "what the sender does not record is not sent");
    for words in ["tocilizumab-cds", "POST /cds-services/{id}", "tocilizumab-order-sign", "cds.decide.seconds"] {
        assert!(holds(words.as_bytes()), "{words}: {}", String::from_utf8_lossy(&body));
    }
    assert!(!holds(b"toci-patient"));
}

#[test]
fn each_read_of_a_fhir_server_is_a_span_below_that_of_its_call() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let settings = format!("deadline-ms = 20000\ntrace.otlp = \"http://{address}/v1/traces\"");
    let (server, fhir) = (Server::with_settings(&settings), StandIn::start());
    let request = moved("patients/neutrophils-1.9");
    fhir.hold(&request);
    fhir.trouble("AllergyIntolerance?", Trouble::Status(503));
    let body = unprefetched(&request, &fhir.base()).to_string();
    assert_eq!(server.send("POST", "/cds-services/tocilizumab-order-sign", &[], body.as_bytes()).status, 200);
    let (_, body) = collected(&listener);
    let sent = ExportTraceServiceRequest::decode(body.as_slice()).expect("spans");
    let spans = sent.resource_spans.into_iter().flat_map(|of| of.scope_spans).flat_map(|of| of.spans);
    let (reads, calls): (Vec<Span>, Vec<Span>) = spans.partition(|span| span.name.starts_with("FHIR "));
    let [call] = &calls[..] else { panic!("one call: {calls:?}") };
    assert_eq!(reads.len(), fhir.asked().len(), "each request of the server once");
    let mut told = BTreeSet::new();
    for read in &reads {
        assert_eq!((&read.trace_id, &read.parent_span_id), (&call.trace_id, &call.span_id), "{read:?}");
        assert!(read.span_id.len() == 8 && read.span_id != call.span_id, "{read:?}");
        let within = call.start_time_unix_nano <= read.start_time_unix_nano
            && read.start_time_unix_nano < read.end_time_unix_nano
            && read.end_time_unix_nano <= call.end_time_unix_nano;
        assert!(within, "{read:?} within {call:?}");
        let value = |key: &str| {
            let found = read.attributes.iter().find(|attribute| attribute.key == key);
            match found.and_then(|attribute| attribute.value.clone()?.value) {
                Some(any_value::Value::StringValue(text)) => text,
                other => panic!("{key}: {other:?}"),
            }
        };
        assert_eq!((value("fhir.server").as_str(), read.attributes.len()), ("this machine", 3), "{read:?}");
        told.insert((read.name.clone(), value("fhir.query"), value("fhir.result")));
    }
    for (name, query, result) in [
        ("FHIR AllergyIntolerance", "allergies", "status-503"),
        ("FHIR Condition", "conditions", "ok"),
        ("FHIR Patient", "patient", "ok"),
        ("FHIR Observation", "platelets", "ok"),
    ] {
        assert!(told.contains(&(name.to_owned(), query.to_owned(), result.to_owned())), "{name}: {told:?}");
    }
    let mut secrets = BTreeSet::from([TOKEN.to_owned()]);
    private(&request, &mut secrets);
    for secret in secrets.iter().filter(|secret| secret.len() > 3) {
        let holds = body.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!holds, "a span tells {secret}");
    }
}

/// All texts under a value that tell something of a person.
fn private(value: &Value, into: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, inner) in members {
                match (name.as_str(), inner) {
                    (
                        "family" | "birthDate" | "line" | "div" | "valueString" | "patientInstruction",
                        Value::String(text),
                    ) => {
                        into.insert(text.clone());
                    }
                    ("given", Value::Array(names)) => {
                        into.extend(names.iter().filter_map(Value::as_str).map(str::to_owned))
                    }
                    ("note", Value::Array(notes)) => {
                        into.extend(notes.iter().map(|note| text(note, "/text").to_owned()));
                    }
                    ("patientId" | "userId" | "encounterId", Value::String(id)) => {
                        into.insert(id.rsplit('/').next().unwrap_or_default().to_owned());
                    }
                    _ => private(inner, into),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|inner| private(inner, into)),
        _ => {}
    }
}

#[test]
fn no_level_of_the_log_tells_of_a_patient() {
    let (server, fhir) = (Server::with_settings("deadline-ms = 20000\nlog.level = \"trace\""), StandIn::start());
    let mut secrets = BTreeSet::from([TOKEN.to_owned(), "zzqx".to_owned()]);
    for (number, name) in names(&["", "patients", "healthy", "shapes"]).into_iter().enumerate() {
        let request = moved(name);
        private(&request, &mut secrets);
        private(&serde_json::from_str(&fixtures().0[name]).expect("JSON"), &mut secrets);
        let id = service(&request);
        server.post(id, &request);
        // Reading everything takes long, and what is logged of it does not depend on the patient.
        if number % 10 == 0 {
            fhir.hold(&request);
            server.post(id, &unprefetched(&request, &fhir.base()));
        }
    }
    server.post(
        "tocilizumab-order-sign/feedback",
        &json!({"feedback": [{"card": "1", "outcome": "overridden",
        "overrideReason": {"reason": {"code": "x"}, "userComment": "zzqx"}}, {"card": "zzqx"}]}),
    );
    server.send("POST", "/cds-services/tocilizumab-order-sign", &[], b"{\"zzqx");
    let log = server.into_log();
    assert!(log.contains("DEBUG") && log.contains("a FHIR server was asked"), "all levels are written");
    // A year or another short number stands in moments and in random ids for other reasons.
    let is_telling = |secret: &&String| match secret.bytes().all(|b| b.is_ascii_hexdigit()) {
        true => secret.len() >= 8,
        false => secret.chars().count() >= 4,
    };
    let secrets: Vec<&String> = secrets.iter().filter(is_telling).collect();
    assert!(secrets.len() > 20, "{secrets:?}");
    // As a word: the name Ines stands in the word lines too.
    let is_told = |secret: &&&String| {
        log.match_indices(secret.as_str()).any(|(at, found)| {
            let (before, after) = (log[..at].chars().next_back(), log[at + found.len()..].chars().next());
            ![before, after].into_iter().flatten().any(char::is_alphanumeric)
        })
    };
    let told: Vec<_> = secrets.iter().filter(is_told).collect();
    assert!(told.is_empty(), "{told:?}");
}

#[test]
fn what_runs_is_named_everywhere_alike() {
    let server = Server::with_settings("");
    let ready = server.get("/health/ready").json();
    let digest = text(&ready, "/library/digest");
    assert!(digest.len() == 12 && digest.bytes().all(|b| b.is_ascii_hexdigit()), "{ready}");
    let version = format!("{} library {digest}", text(&ready, "/version"));
    let output = program().arg("--version").output().expect("it runs");
    assert_eq!(String::from_utf8_lossy(&output.stdout), format!("tocilizumab-cds {version}\n"));
    for (place, said) in [
        ("the handbook", server.get("/handbook").body),
        ("the figures", server.get("/metrics").body.replace("library=\"", "").replace("\",mode", " ")),
        ("the log", server.log()),
    ] {
        assert!(said.contains(digest), "{place} does not name {digest}");
    }
    let policy = Folder::new();
    let file =
        policy.write("settings.toml", &format!("policy = \"{}\"", policy.write("p.toml", "silent = [\"summary\"]\n")));
    let output = program().arg("--version").env("TOCILIZUMAB_CDS_CONFIG", file).output().expect("it runs");
    assert!(String::from_utf8_lossy(&output.stdout).contains(&format!("library {digest} policy ")), "{output:?}");
}
