//! The program from outside: the binary as it ships over HTTP and on the command line, and its library as a caller
//! sees it. Every test is a table of inputs with what must come out.

#![expect(clippy::expect_used, clippy::panic, reason = "a helper that finds a test broken ends the test")]

/// What may import what.
mod architecture;
/// Who may call.
mod authentication;
/// Servers that tests hold.
mod background;
/// Bodies that are made to be expensive.
mod bodies;
/// The workbench in a browser.
mod browser;
/// Every test patient as a call.
mod calls;
/// The command line.
mod commands;
/// The checklist of the standard, row by row.
mod conformance;
/// The edge: who may call how, how much, and how long.
mod edge;
/// Everything that is refused, and how.
mod errors;
/// Every way in which a FHIR server goes wrong.
mod faults;
/// What prefetch does not bring, read from a FHIR server.
mod fhir_server;
/// What protects the service.
mod guard;
/// A second drug, a new rule, a policy, the handbook.
mod library;
/// A real Prometheus.
mod monitoring;
/// Every form in which a prefetch value comes.
mod prefetch_forms;
/// What a FHIR server gives.
mod probe;
/// What each client can take.
mod profiles;
/// What holds for any input.
mod properties;
/// How often the bytes of a call are read.
mod reading;
/// Real FHIR servers.
mod real_servers;
/// What cards say of the record itself.
mod remarks;
/// Replay as a library.
mod replay;
/// The binary under test.
mod server;
/// A FHIR server for the tests.
mod stand_in;
/// Feedback, what was issued, statistics and decision records, in SQLite and in PostgreSQL.
mod store;
/// What the tests share.
mod support;
/// The made-up hospital.
mod synth;
/// What is forbidden of an answer.
mod walk;
/// The workbench without a browser.
mod workbench;
