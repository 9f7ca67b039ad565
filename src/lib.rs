//! CDS Hooks service for tocilizumab orders in systemic sclerosis with interstitial lung disease.

/// From a parsed call to an answer.
pub mod answer;
/// The check of a library against its cases.
pub mod check;
/// The settings.
pub mod config;
/// The one pipeline: orders, record and clock in; assessment and cards out.
pub mod decide;
/// The pure core: facts, rules and a clock in; an assessment and advice out.
pub mod domain;
/// Test patients as hook requests of today.
pub mod example;
/// FHIR as it comes.
pub mod fhir;
/// The rules, their evidence and their cases as pages to read and review.
pub mod handbook;
/// The CDS Hooks wire format.
pub mod hook;
/// The service over HTTP.
pub mod http;
/// The clinical knowledge under `hooks/`.
pub mod library;
/// What a FHIR server gives, for whoever connects one.
pub mod probe;
/// The record of a decision.
pub mod record;
/// Recorded requests and Bundles through the same path.
pub mod replay;
/// A new rule to start from.
pub mod scaffold;
/// What became of the cards, in numbers.
pub mod stats;
/// Where feedback, what was issued and decisions are kept.
pub mod store;
