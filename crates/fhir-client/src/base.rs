//! The base URL of a FHIR server, and the links below it.
//!
//! URLs are compared after parsing, which normalises every spelling of a host. A path that this program and a server
//! could understand in different ways is refused.

use std::net::IpAddr;

use reqwest::Url;

/// The base URL of a FHIR server: http or https, a host, nothing but a path behind it, ending in a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Base(Url);

impl Base {
    /// Reads a base URL. `None` when the text is another kind of URL, or hides parts such as a user, a query or `..`.
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

    /// The URL, which ends in a slash.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// A link, resolved against this base; `None` when it leads outside of the base.
    pub fn join(&self, link: &str) -> Option<Url> {
        let url = self.0.join(link).ok()?;
        (self.holds(&url) && !is_ambiguous(url.path())).then_some(url)
    }

    /// Whether a URL has the same scheme, host and port, and the same path or one below it.
    pub fn holds(&self, url: &Url) -> bool {
        let itself = self.0.path().strip_suffix('/') == Some(url.path());
        url.origin() == self.0.origin()
            && (itself || url.path().starts_with(self.0.path()))
            && url.username().is_empty()
            && url.password().is_none()
    }

    /// The IP address, where the host is one.
    pub fn ip(&self) -> Option<IpAddr> {
        self.0.host_str()?.trim_start_matches('[').trim_end_matches(']').parse().ok()
    }
}

/// Whether a segment of a path is `.` or `..`, also when it is escaped.
fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

/// Whether a path holds an escape that servers decode in different ways: of a slash, backslash, percent sign or zero.
fn is_ambiguous(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    ["%2f", "%5c", "%25", "%00"].iter().any(|hidden| path.contains(hidden))
}

#[cfg(test)]
mod tests {
    use super::Base;

    #[test]
    fn links_stay_under_their_base() {
        let base = Base::parse("https://ehr.example/fhir/r4").expect("a base");
        for (link, under) in [
            ("Observation?page=2", true),
            ("?_getpages=1", true),
            ("https://ehr.example/fhir/r4?_getpages=1", true),
            ("https://ehr.example/fhir/r4/Observation?next=%2F..%2F", true),
            ("https://ehr.example:443/fhir/r4/pages/../Observation", true),
            ("https://ehr.example/fhir/r44?_getpages=1", false),
            ("https://ehr.example/fhir?_getpages=1", false),
            ("../r4x/Observation", false),
            ("/admin", false),
            ("//evil.test/fhir/r4/Observation", false),
            ("https://ehr.example/fhir/r4/..%2f..%2fadmin", false),
            ("https://ehr.example/fhir/r4/%2e%2e/admin", false),
            ("https://ehr.example/fhir/r4/x%5c..%5cadmin", false),
            ("https://user:secret@ehr.example/fhir/r4/Observation", false),
            ("http://ehr.example/fhir/r4/Observation", false),
            ("https://ehr.example:8443/fhir/r4/Observation", false),
            ("http://", false),
        ] {
            assert_eq!(base.join(link).is_some(), under, "{link}");
        }
    }
}
