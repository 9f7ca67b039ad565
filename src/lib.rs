//! CDS Hooks service for tocilizumab orders.
//!
//! This package is the outermost layer: settings, HTTP, the probe. What a call goes through is in the members of
//! the workspace. Each lists what it may use, so that cargo refuses an arrow that points upwards:
//!
//! ```text
//! POST /cds-services/{id}          replay FILE…          probe
//!            \                         |                  /
//!           http                    replay             probe
//!              \_______________________|_________________/
//!                                    engine     gather -> record -> facts -> assessment -> cards
//!              _______________________/|\___________________
//!             /             |          |          |         \
//!    fhir-client, bulk     fhir    cds-hooks   knowledge   (author: fhir-authoring, handed in here)
//!             \_____________|__________|__________/
//!                        document    domain    text
//! ```
//!
//! | what holds | what checks it |
//! |---|---|
//! | `domain` does no I/O and reads no clock; no member names one above it | cargo; clippy's `disallowed-methods` |
//! | unknown is never turned into yes or no; one odd resource never loses the others | `tests/program/properties` |
//! | limits are compared in decimals | `tests/program/properties/units.rs`, the cases beside the rules |
//! | the access token goes to the `fhirServer` of its own call only | `tests/program/fhir_server`, `tests/program/conformance/security.rs` |
//! | an order that we change is the JSON we were sent with a few elements replaced | `engine::suggestion`'s tests |
//! | each byte of a call is lexed at most twice | `tests/program/reading.rs` |
//! | every rule has cases showing met, not met and unknown; the healthy set fires nothing | `check` |
//! | no policy makes a critical card less than it is | `engine/tests/floor.rs` |
//! | the cases notice when a rule is changed in one place | `check --mutants`, `engine/tests/mutants.rs` |

/// Who writes FHIR.
pub mod author;
/// The settings.
pub mod config;
/// The service over HTTP.
pub mod http;
/// What a FHIR server gives, for those who connect one.
pub mod probe;
/// A new rule to start from.
pub mod scaffold;
