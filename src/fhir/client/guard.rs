//! Who may be asked: which base URLs calls may name, and which links lie under a base.
//!
//! A URL is compared as it would be sent, after the parser has undone every odd spelling of a host. What could mean
//! one path to us and another one to a server is refused.

use std::net::IpAddr;

use reqwest::Url;

use super::address::never;
use crate::hook::call::HookCall;

/// Why a call's server is not asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// The call names none.
    NoServer,
    /// It is no base URL.
    NoBaseUrl,
    /// It is not among those that may be asked.
    NotListed,
    /// The access is bound to another patient.
    OtherPatient,
}

/// The base URL of a FHIR server: http or https, a host, nothing but a path behind it, ending in a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base(Url);

/// The servers that calls may name.
#[derive(Debug, Clone)]
pub enum Allowed {
    /// Those on this machine.
    ThisMachine,
    /// Those under these URLs.
    Listed(Vec<Base>),
}

impl Refusal {
    /// What an integrator reads.
    pub fn sentence(self) -> &'static str {
        match self {
            Refusal::NoServer => "the call names no fhirServer",
            Refusal::NoBaseUrl => "fhirServer is not the http or https URL of a server",
            Refusal::NotListed => "fhirServer is not on the list of servers that may be asked",
            Refusal::OtherPatient => "fhirAuthorization is bound to another patient than context.patientId",
        }
    }

    /// Code, cause and words, as of any failure.
    pub fn told(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Refusal::NoServer => ("no-server", "", "Not sent, and the call names no FHIR server"),
            Refusal::NoBaseUrl => {
                ("server-is-no-base-url", "server may not be asked", "Not sent, and the FHIR server has no usable URL")
            }
            Refusal::NotListed => {
                ("server-not-listed", "server may not be asked", "Not sent, and the FHIR server may not be asked")
            }
            Refusal::OtherPatient => (
                "token-of-another-patient",
                "access is for another patient",
                "Not sent, and the access token is for another patient",
            ),
        }
    }
}

impl Allowed {
    /// The servers of a setting; with none, those on this machine.
    pub fn read(setting: &str, urls: &[String]) -> Result<Allowed, String> {
        if urls.is_empty() {
            return Ok(Allowed::ThisMachine);
        }
        let read = |text: &String| {
            let base = Base::parse(text).ok_or(format!("{setting}: `{text}` is not a base URL"))?;
            match base.ip().and_then(never) {
                Some(forbidden) => Err(format!("{setting}: `{text}` is never asked ({forbidden})")),
                None => Ok(base),
            }
        };
        urls.iter().map(read).collect::<Result<_, _>>().map(Allowed::Listed)
    }

    /// The base URL of the call's server, if it may be asked.
    pub fn server_of(&self, call: &HookCall<'_>) -> Result<Base, Refusal> {
        let text = call.fhir_server.as_ref().ok_or(Refusal::NoServer)?;
        let base = Base::parse(text).ok_or(Refusal::NoBaseUrl)?;
        if !self.allows(&base) {
            return Err(Refusal::NotListed);
        }
        let bound = call.authorization.as_ref().and_then(|authorization| authorization.patient.as_ref());
        if bound.is_some_and(|patient| *patient != call.patient_id) {
            return Err(Refusal::OtherPatient);
        }
        Ok(base)
    }

    fn allows(&self, base: &Base) -> bool {
        match self {
            Allowed::ThisMachine => {
                base.0.host_str() == Some("localhost") || base.ip().is_some_and(|ip| ip.is_loopback())
            }
            Allowed::Listed(bases) => bases.iter().any(|listed| listed.holds(&base.0)),
        }
    }
}

impl Base {
    /// Reads a base URL; one that hides something is none.
    pub fn parse(text: &str) -> Option<Base> {
        let text = text.trim();
        let (_, behind) = text.split_once("://")?;
        let hides = text.contains(|c: char| c.is_control() || c.is_whitespace() || matches!(c, '\\' | '@' | '?' | '#'));
        if hides || behind.split('/').any(is_dots) {
            return None;
        }
        let mut url = Url::parse(text).ok()?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() || is_ambiguous(url.path()) {
            return None;
        }
        if !url.path().ends_with('/') {
            let path = format!("{}/", url.path());
            url.set_path(&path);
        }
        Some(Base(url))
    }

    /// The URL itself.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// A link as a URL, if it lies at or under this base.
    pub fn join(&self, link: &str) -> Option<Url> {
        let url = self.0.join(link).ok()?;
        (self.holds(&url) && !is_ambiguous(url.path())).then_some(url)
    }

    /// Whether a URL has this scheme, host and port, and a path that is this one's or goes on from it.
    fn holds(&self, url: &Url) -> bool {
        let itself = self.0.path().strip_suffix('/') == Some(url.path());
        url.origin() == self.0.origin()
            && (itself || url.path().starts_with(self.0.path()))
            && url.username().is_empty()
            && url.password().is_none()
    }

    /// The address, where the host is one.
    fn ip(&self) -> Option<IpAddr> {
        self.0.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }
}

/// Whether a segment of a path goes nowhere or up.
fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

/// Whether a path holds what servers undo in different ways: an encoded slash, backslash, percent sign or end of text.
fn is_ambiguous(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ["%2f", "%5c", "%25", "%00"].iter().any(|hidden| path.contains(hidden))
}
