//! Keys that take one of a few words. A word that is not among them is an error that lists them.

use serde::{Deserialize, Serialize};

/// Whether answers carry their cards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Delivery {
    /// Answers carry their cards.
    Live,
    /// Answers carry no cards: decisions are only noted.
    Silent,
}

impl Delivery {
    /// The word for it in the settings.
    pub fn code(self) -> &'static str {
        match self {
            Delivery::Live => "live",
            Delivery::Silent => "silent",
        }
    }
}

/// How lines of the log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The least urgent lines that are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LogLevel {
    /// What fails and does not recover by itself.
    Error,
    /// What somebody should look at.
    Warn,
    /// Each call and each change of state.
    Info,
    /// Each read of a FHIR server too.
    Debug,
    /// Everything.
    Trace,
}

/// When a JWT is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// Unless the service listens on this machine only and knows no clients.
    Auto,
    /// Always.
    Required,
    /// Never.
    Off,
}

/// When the workbench is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkbenchMode {
    /// When the service listens on this machine only.
    Auto,
    /// Always.
    On,
    /// Never.
    Off,
}

impl WorkbenchMode {
    /// Whether it is served by a service that others can reach, or not.
    pub fn is_on(self, loopback: bool) -> bool {
        match self {
            WorkbenchMode::Auto => loopback,
            WorkbenchMode::On => true,
            WorkbenchMode::Off => false,
        }
    }
}

/// Signature algorithms of JWTs (RFC 7518). Symmetric ones and `none` do not exist here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    /// ECDSA with P-256 and SHA-256.
    Es256,
    /// ECDSA with P-384 and SHA-384.
    Es384,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
}
