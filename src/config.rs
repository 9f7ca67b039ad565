//! The settings: one typed struct, read from a TOML file, every key with its default in one place.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

/// How the service runs. Every key may be left out; one that is not known is an error.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// Address and port to listen on.
    pub listen: String,
    /// Folder of another library; the built-in one when left out.
    pub hooks: Option<PathBuf>,
    /// A site's own policy on top of it.
    pub policy: Option<PathBuf>,
    /// IANA time zone whose calendar counts, such as `Europe/Berlin`; that of the system when left out.
    pub time_zone: Option<String>,
    /// URL under which clinicians reach this service, for links from cards into the handbook; without it no links.
    pub public_url: Option<String>,
    /// Base URLs of FHIR servers that calls may name; with none, only servers on this machine.
    pub fhir_servers: Vec<String>,
    /// Milliseconds that a call may take, reads from the FHIR server included.
    pub deadline_ms: u64,
    /// Bytes that a request body may have.
    pub body_limit: usize,
    /// Bytes that one answer of a FHIR server may have.
    pub fhir_body_limit: usize,
    /// Whether answers carry the machine-readable assessment.
    pub assessment_extension: bool,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            listen: "127.0.0.1:8080".to_owned(),
            hooks: None,
            policy: None,
            time_zone: None,
            public_url: None,
            fhir_servers: Vec::new(),
            deadline_ms: 2000,
            body_limit: 8 * 1024 * 1024,
            fhir_body_limit: 16 * 1024 * 1024,
            assessment_extension: true,
        }
    }
}

impl Settings {
    /// Reads a settings file; the error names file, line and key.
    pub fn read(path: &Path) -> Result<Settings, String> {
        let text = std::fs::read_to_string(path).map_err(|e| format!("{}: {e}", path.display()))?;
        Settings::parse(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// Reads settings from TOML.
    pub fn parse(text: &str) -> Result<Settings, String> {
        toml::from_str(text).map_err(|error| error.to_string())
    }

    /// The deadline of a call.
    pub fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn unknown_keys_are_named() {
        let error = Settings::parse("listn = \"1.2.3.4:80\"").expect_err("a misspelt key");
        assert!(error.contains("listn") && error.contains("listen"), "{error}");
        assert_eq!(Settings::parse("deadline-ms = 500").expect("settings").deadline_ms, 500);
    }
}
