//! The base URL of a FHIR server, and the links below it.
//!
//! URLs are compared after parsing, which normalises every spelling of a host. A path that this program and a server
//! could understand in different ways is refused.

use std::net::IpAddr;

use reqwest::Url;

/// The base URL of a FHIR server: http or https, a host and a path that ends in a slash, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads a base URL. `None` when the text is another kind of URL, or hides parts such as a user, a query or `..`.
    pub fn parse(text: &str) -> Option<BaseUrl> {
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
        Some(BaseUrl(url))
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

/// Whether a server could understand a path in another way than this program: by an escape that some decode and some do
/// not, by characters that some take for a dot or a slash, or by parameters that some cut off (`..;x` is `..` for
/// Tomcat).
fn is_ambiguous(path: &str) -> bool {
    path.split('/').any(|segment| {
        let Some(name) = unescaped(segment) else { return true };
        let own = name.split(';').next().unwrap_or_default();
        let blank = |c: char| c.is_whitespace() || c.is_control() || is_invisible(c);
        let own = own.trim_matches(blank);
        (!own.is_empty() && own.chars().all(|c| is_like_dots(c) || blank(c))) || name.chars().any(is_like_slash)
    })
}

/// A segment of a path without its escapes; `None` where they are cut off, are no UTF-8, or hide what must not be
/// hidden.
fn unescaped(segment: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(segment.len());
    let mut rest = segment.bytes();
    while let Some(byte) = rest.next() {
        let decoded = match byte {
            b'%' => {
                let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
                u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?
            }
            byte => byte,
        };
        // A percent sign that was itself escaped is decoded once more by some.
        if byte == b'%' && (decoded == b'%' || decoded.is_ascii_control()) {
            return None;
        }
        bytes.push(decoded);
    }
    String::from_utf8(bytes).ok()
}

fn is_like_slash(c: char) -> bool {
    matches!(c, '/' | '\\' | '\u{2044}' | '\u{2215}' | '\u{2216}' | '\u{29f8}' | '\u{ff0f}' | '\u{ff3c}')
}

fn is_like_dots(c: char) -> bool {
    matches!(c, '.' | '\u{2024}' | '\u{2025}' | '\u{2026}' | '\u{3002}' | '\u{fe52}' | '\u{ff0e}' | '\u{ff61}')
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::BaseUrl;

    #[test]
    fn links_stay_under_their_base() {
        let base = BaseUrl::parse("https://ehr.example/fhir/r4").expect("a base");
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
            // What some servers take for `..`, and some for a slash.
            ("..;/..;/admin", false),
            ("https://ehr.example/fhir/r4/..;/admin", false),
            ("https://ehr.example/fhir/r4/..;a=b/admin", false),
            ("https://ehr.example/fhir/r4/%2e%2e;/admin", false),
            ("https://ehr.example/fhir/r4/.;/admin", false),
            ("https://ehr.example/fhir/r4/..%3b/admin", false),
            ("https://ehr.example/fhir/r4/..%20/admin", false),
            ("https://ehr.example/fhir/r4/..%09/admin", false),
            ("https://ehr.example/fhir/r4/%20../admin", false),
            ("https://ehr.example/fhir/r4/..%e2%80%8b/admin", false),
            ("https://ehr.example/fhir/r4/%c0%ae%c0%ae/admin", false),
            ("https://ehr.example/fhir/r4/..%c0%af../admin", false),
            ("https://ehr.example/fhir/r4/%uff0e%uff0e/admin", false),
            ("https://ehr.example/fhir/r4/\u{ff0e}\u{ff0e}/admin", false),
            ("https://ehr.example/fhir/r4/x\u{2215}..\u{2215}admin", false),
            ("https://ehr.example/fhir/r4/\u{2025}/admin", false),
            ("https://ehr.example/fhir/r4/.../admin", false),
            ("https://ehr.example/fhir/r4/%252e%252e/admin", false),
            ("https://ehr.example/fhir/r4/%00/admin", false),
            ("https://ehr.example/fhir/r4/%", false),
            ("https://ehr.example/fhir/r4/%2", false),
            // And what nobody does.
            ("https://ehr.example/fhir/r4/Observation;v=1", true),
            ("https://ehr.example/fhir/r4/..x/Observation", true),
            ("https://ehr.example/fhir/r4/b%C3%BCcher%20x/Observation", true),
            ("https://ehr.example/fhir/r4/Observation?_getpages=..;/..", true),
            ("http://", false),
        ] {
            assert_eq!(base.join(link).is_some(), under, "{link}");
        }
    }
}
