//! The kinds of clients: every EHR shows a part of the standard only.

use serde::{Deserialize, Serialize};

/// What a kind of client can take of an answer; `engine::profile` says what each means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Profile {
    /// CDS Hooks 2.0 as it is written.
    #[serde(rename = "standard")]
    Standard,
    /// Epic.
    #[serde(rename = "epic")]
    Epic,
    /// Oracle Health.
    #[serde(rename = "oracle-health")]
    OracleHealth,
    /// CDS Hooks 1.0.
    #[serde(rename = "cds-hooks-1.0")]
    V1,
}
