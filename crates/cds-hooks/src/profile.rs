//! Profiles of clients: every EHR supports only a part of the standard.

use serde::{Deserialize, Serialize};

/// The part of an answer that a client can display; `engine::profile` says what each profile leaves out or changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Profile {
    /// Everything of CDS Hooks 2.0.
    #[serde(rename = "standard")]
    Standard,
    /// The EHR of Epic.
    #[serde(rename = "epic")]
    Epic,
    /// The EHR of Oracle Health.
    #[serde(rename = "oracle-health")]
    OracleHealth,
    /// Any client of CDS Hooks 1.0.
    #[serde(rename = "cds-hooks-1.0")]
    V1,
}
