//! The FHIR server as a source: what prefetch did not bring, read with the call's own token, side by side, under
//! one deadline.
//!
//! One shared connection pool, one fhir-sdk client per call. Redirects are not followed, nothing is retried, bodies
//! are capped, and a server that is not on the list is never contacted, whatever the call says.

use std::net::IpAddr;
use std::time::Duration;

use fhir_sdk::client::{Client, RequestSettings};
use fhir_sdk::version::FhirR4B;
use futures_util::future::join_all;
use reqwest::Url;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use tokio::time::{Instant, timeout_at};

use super::json::Node;
use crate::answer::{Fetched, Wanted};
use crate::hook::call::HookCall;
use crate::library::services::Query;

/// How many pages of one search are read at most.
const MOST_PAGES: usize = 10;

/// Reads from the FHIR servers that calls name.
#[derive(Debug, Clone)]
pub struct FhirServers {
    http: reqwest::Client,
    allowed: Vec<Url>,
    body_limit: usize,
}

/// A server for the length of one call.
struct Session {
    client: Client<FhirR4B>,
    base: Url,
    token: Option<HeaderValue>,
    body_limit: usize,
    deadline: Instant,
}

impl FhirServers {
    /// A reader for these base URLs; with none, for servers on this machine.
    pub fn new(allowed: &[String], body_limit: usize) -> Result<FhirServers, String> {
        // A second call finds the provider installed already, which is as well.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder()
            // A token goes to its own server and nowhere between.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(Duration::from_secs(2))
            .user_agent(concat!("tocilizumab-cds/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| format!("the HTTP client could not be set up: {error}"))?;
        let allowed: Result<Vec<Url>, String> = allowed
            .iter()
            .map(|text| base_url(text).ok_or(format!("fhir-servers: `{text}` is not a base URL")))
            .collect();
        Ok(FhirServers { http, allowed: allowed?, body_limit })
    }

    /// Why the call's server may not be asked, if it may not.
    pub fn refusal(&self, call: &HookCall<'_>) -> Option<&'static str> {
        let Some(server) = &call.fhir_server else { return Some("the call names no fhirServer") };
        let Some(base) = base_url(server) else { return Some("fhirServer is not an http or https URL") };
        let listed = if self.allowed.is_empty() {
            is_loopback(&base)
        } else {
            self.allowed.iter().any(|allowed| is_under(&base, allowed))
        };
        let other_patient = call
            .authorization
            .as_ref()
            .and_then(|auth| auth.patient.as_ref())
            .is_some_and(|patient| *patient != call.patient_id);
        match (listed, other_patient) {
            (false, _) => Some("fhirServer is not on the list of servers that may be asked"),
            (true, true) => Some("fhirAuthorization is bound to another patient than context.patientId"),
            (true, false) => None,
        }
    }

    /// Reads what is wanted; what does not come in time, or not at all, is simply not there.
    pub async fn fetch(&self, call: &HookCall<'_>, wanted: &Wanted<'_>, deadline: Instant) -> Fetched {
        let keys = wanted.queries.iter().map(|query| query.key.clone());
        let asked = keys.chain(wanted.medications.iter().cloned()).collect();
        let mut fetched = Fetched { asked, refusal: self.refusal(call), ..Fetched::default() };
        if fetched.refusal.is_some() {
            return fetched;
        }
        let Some(session) = self.session(call, deadline) else { return fetched };
        let queries = join_all(wanted.queries.iter().map(|query| session.query(call, query)));
        let medications = join_all(wanted.medications.iter().map(|link| session.medication(link)));
        let (parts, medications) = futures_util::future::join(queries, medications).await;
        fetched.parts = wanted.queries.iter().map(|query| query.key.clone()).zip(parts).collect();
        fetched.medications = medications.into_iter().flatten().collect();
        fetched
    }

    fn session(&self, call: &HookCall<'_>, deadline: Instant) -> Option<Session> {
        let base = base_url(call.fhir_server.as_deref()?)?;
        let client = Client::<FhirR4B>::builder()
            .base_url(base.clone())
            .client(self.http.clone())
            .request_settings(RequestSettings::default().retries(0))
            .allow_version_mismatch()
            .build()
            .ok()?;
        let token = call.authorization.as_ref().and_then(|auth| {
            let mut value = HeaderValue::from_str(&format!("Bearer {}", auth.token)).ok()?;
            value.set_sensitive(true);
            Some(value)
        });
        Some(Session { client, base, token, body_limit: self.body_limit, deadline })
    }
}

impl Session {
    /// The pages of a query's answer; `None` when it was asked in vain.
    async fn query(&self, call: &HookCall<'_>, query: &Query) -> Option<Vec<String>> {
        let mut url = self.base.join(&filled(&query.template, call)?).ok()?;
        let newest_first = query.template.contains("_sort=-date");
        let mut pages: Vec<String> = Vec::new();
        loop {
            let Some(body) = self.get(url).await else {
                // What came before the page that failed still counts; its next link marks it as partial.
                return if pages.is_empty() { None } else { Some(pages) };
            };
            let next = next_page(&body).and_then(|link| self.base.join(&link).ok());
            pages.push(body);
            match next {
                Some(next) if !newest_first && pages.len() < MOST_PAGES && is_under(&next, &self.base) => url = next,
                _ => return Some(pages),
            }
        }
    }

    async fn medication(&self, link: &str) -> Option<String> {
        let url = self.base.join(link).ok()?;
        if is_under(&url, &self.base) { self.get(url).await } else { None }
    }

    /// The body of a 200 answer that is a JSON object, within deadline and size.
    async fn get(&self, url: Url) -> Option<String> {
        timeout_at(self.deadline, self.read(url)).await.ok()?
    }

    async fn read(&self, url: Url) -> Option<String> {
        let make = |http: &reqwest::Client| {
            let request = http.get(url).header(ACCEPT, "application/fhir+json, application/json;q=0.9");
            match &self.token {
                Some(token) => request.header(AUTHORIZATION, token.clone()),
                None => request,
            }
        };
        let mut response = self.client.send_custom_request(make).await.ok()?;
        if response.status() != reqwest::StatusCode::OK {
            return None;
        }
        let mut body: Vec<u8> = Vec::new();
        while let Some(chunk) = response.chunk().await.ok()? {
            if body.len() + chunk.len() > self.body_limit {
                return None;
            }
            body.extend_from_slice(&chunk);
        }
        let text = String::from_utf8(body).ok()?;
        Node::parse(&text).ok()?.object()?.string("resourceType")?;
        Some(text)
    }
}

/// The query with the call's own values; `None` when the call lacks one of them.
fn filled(template: &str, call: &HookCall<'_>) -> Option<String> {
    let mut filled = template.replace('|', "%7C");
    for (token, value) in [
        ("{{context.patientId}}", Some(call.patient_id.as_str())),
        ("{{context.encounterId}}", call.encounter_id.as_deref()),
        ("{{context.userId}}", call.user_id.as_deref()),
    ] {
        if filled.contains(token) {
            filled = filled.replace(token, &encoded(value?));
        }
    }
    Some(filled)
}

/// An id as part of a URL: nothing in it can end the part it stands in.
fn encoded(value: &str) -> String {
    value
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => char::from(byte).to_string(),
            b'.' => ".".to_owned(),
            other => format!("%{other:02X}"),
        })
        .collect()
}

fn next_page(body: &str) -> Option<String> {
    let bundle = Node::parse(body).ok()?.object()?;
    let next = bundle.objects("link").into_iter().find(|link| link.string("relation").as_deref() == Some("next"))?;
    next.string("url").map(|url| url.into_owned())
}

/// A base URL: http or https, a host, no user in it, ending in a slash.
fn base_url(text: &str) -> Option<Url> {
    let mut url = Url::parse(text.trim()).ok()?;
    let plain = url.username().is_empty() && url.password().is_none() && url.query().is_none();
    if !plain || !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return None;
    }
    url.set_fragment(None);
    if !url.path().ends_with('/') {
        let path = format!("{}/", url.path());
        url.set_path(&path);
    }
    Some(url)
}

/// Whether a URL lies at or under a base: same origin, and its path begins with the base's.
fn is_under(url: &Url, base: &Url) -> bool {
    url.origin() == base.origin() && url.path().starts_with(base.path()) && url.username().is_empty()
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{base_url, encoded, is_loopback, is_under};

    #[test]
    fn only_what_lies_under_the_base_is_asked() {
        let base = base_url("https://ehr.example/fhir/r4").expect("a base");
        for (text, under) in [
            ("https://ehr.example/fhir/r4/Patient/1", true),
            ("https://ehr.example/fhir/r4", true),
            ("https://ehr.example/fhir/r44/Patient/1", false),
            ("https://ehr.example/admin", false),
            ("http://ehr.example/fhir/r4/Patient/1", false),
            ("https://ehr.example:444/fhir/r4/Patient/1", false),
            ("https://ehr.example.evil.test/fhir/r4/", false),
        ] {
            assert_eq!(is_under(&base_url(text).expect("a URL"), &base), under, "{text}");
        }
        for text in ["ftp://x/", "https://user:pw@ehr.example/", "nonsense", "file:///etc/passwd", ""] {
            assert!(base_url(text).is_none(), "{text}");
        }
    }

    #[test]
    fn loopback_is_this_machine_only() {
        for (text, loopback) in [
            ("http://127.0.0.1:8111/fhir", true),
            ("http://[::1]:1/", true),
            ("http://localhost/", true),
            ("http://localhost.evil.test/", false),
            ("http://169.254.169.254/", false),
            ("http://10.0.0.1/", false),
        ] {
            assert_eq!(is_loopback(&base_url(text).expect("a URL")), loopback, "{text}");
        }
    }

    #[test]
    fn ids_cannot_leave_their_place() {
        assert_eq!(encoded("a/../b?x=1&y"), "a%2F..%2Fb%3Fx%3D1%26y");
    }
}
