//! What the benches share.

/// The bodies that they send.
pub mod records;
/// What the larger bodies are made of.
mod templates;
