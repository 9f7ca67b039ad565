//! A query as an HTTP request: filled with the values of the call, by GET or, where the URL would be long, by POST.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::{Client, RequestBuilder, StatusCode, Url};

use super::base_url::BaseUrl;
use super::grant::Grant;

/// Bytes of the longest URL that is sent; some proxies and servers refuse longer ones.
const LONGEST_URL: usize = 1800;

/// The characters that are escaped in an id, so that nothing in it can end its part of the URL.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// An HTTP request.
#[derive(Debug, Clone)]
pub enum Request {
    /// By GET.
    Get(Url),
    /// By POST, with the parameters as a form in the body.
    Post(Url, String),
}

impl Request {
    /// The request for a template, filled with the values of the call. `None` when the call lacks a value, or has one
    /// that leads outside of the base.
    pub fn of(template: &str, base: &BaseUrl, grant: &Grant<'_>) -> Option<Request> {
        let filled = filled(template, grant)?;
        let url = base.join(&filled)?;
        let is_long = url.as_str().len() > LONGEST_URL;
        let get = Request::Get(url);
        if is_long { get.other_method().or(Some(get)) } else { Some(get) }
    }

    /// The same search by the other method; `None` for a read of one resource.
    pub fn other_method(&self) -> Option<Request> {
        match self {
            Request::Get(url) => {
                let search = url.query()?.to_owned();
                let mut bare = url.clone();
                bare.set_query(None);
                bare.set_path(&format!("{}/_search", url.path().trim_end_matches('/')));
                Some(Request::Post(bare, search))
            }
            Request::Post(url, search) => {
                let mut whole = url.clone();
                whole.set_path(url.path().strip_suffix("/_search")?);
                whole.set_query(Some(search));
                Some(Request::Get(whole))
            }
        }
    }

    /// Whether a status means that the server does not support the method.
    pub fn is_unsupported(status: StatusCode) -> bool {
        matches!(status.as_u16(), 404 | 405 | 414 | 501)
    }

    /// The request for the HTTP client, with the token in its header.
    pub fn build(&self, http: &Client, token: Option<&HeaderValue>) -> RequestBuilder {
        let request = match self {
            Request::Get(url) => http.get(url.clone()),
            Request::Post(url, search) => {
                http.post(url.clone()).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(search.clone())
            }
        };
        let request = request.header(ACCEPT, "application/fhir+json, application/json;q=0.9");
        match token {
            Some(token) => request.header(AUTHORIZATION, token.clone()),
            None => request,
        }
    }
}

/// The template with the values of the call in it.
fn filled(template: &str, grant: &Grant<'_>) -> Option<String> {
    let mut filled = template.replace('|', "%7C");
    for (token, value) in [
        ("{{context.patientId}}", Some(grant.patient_id)),
        ("{{context.encounterId}}", grant.encounter_id),
        ("{{context.userId}}", grant.user_id),
    ] {
        let in_path = filled.split('?').next().is_some_and(|path| path.contains(token));
        if filled.contains(token) {
            // As a segment of a path, `.` and `..` would lead elsewhere.
            let value = value.filter(|value| !in_path || !matches!(*value, "." | ".."))?;
            filled = filled.replace(token, &utf8_percent_encode(value, ESCAPED).to_string());
        }
    }
    Some(filled)
}

#[cfg(test)]
mod tests {
    use reqwest::Url;

    use super::{LONGEST_URL, Request, filled};
    use crate::base_url::BaseUrl;
    use crate::grant::Grant;
    use fhir::failure::Access;

    fn grant() -> Grant<'static> {
        Grant {
            server: None,
            token: Err(Access::NoToken),
            bound_patient: None,
            patient_id: "p|1",
            encounter_id: None,
            user_id: None,
        }
    }

    #[test]
    fn ids_cannot_leave_their_place() {
        let grant = Grant { patient_id: "a/../b?x=1&y", ..grant() };
        let filled = filled("Patient/{{context.patientId}}", &grant);
        assert_eq!(filled.as_deref(), Some("Patient/a%2F..%2Fb%3Fx%3D1%26y"));
    }

    #[test]
    fn a_long_search_keeps_its_parameters_out_of_the_url() {
        let base = BaseUrl::parse("https://ehr.example/r4").expect("a base");
        let grant = grant();
        let codes = "http://loinc.org|1,".repeat(LONGEST_URL / 19);
        for (what, template, post) in [
            ("short", "Observation?patient={{context.patientId}}&code=a|b".to_owned(), false),
            ("long", format!("Observation?patient={{{{context.patientId}}}}&code={codes}"), true),
            ("a read, which has no other way", format!("Patient/{}", "x".repeat(LONGEST_URL)), false),
        ] {
            match Request::of(&template, &base, &grant).expect(what) {
                Request::Post(url, search) => {
                    assert!(post && url.as_str() == "https://ehr.example/r4/Observation/_search", "{what}: {url}");
                    assert!(search.starts_with("patient=p%7C1&code=http://loinc.org%7C1,"), "{what}: {search}");
                }
                Request::Get(url) => assert!(!post, "{what}: {url}"),
            }
        }
        for template in ["Encounter/{{context.encounterId}}", "Observation?encounter={{context.encounterId}}"] {
            assert!(Request::of(template, &base, &grant).is_none(), "{template}: the call names no encounter");
        }
    }

    #[test]
    fn a_search_goes_there_and_back() {
        let url = Url::parse("https://ehr.example/r4/Observation?patient=1&code=a%7Cb").expect("a URL");
        let Some(Request::Post(bare, search)) = Request::Get(url.clone()).other_method() else { panic!("no POST") };
        assert_eq!(
            (bare.as_str(), search.as_str()),
            ("https://ehr.example/r4/Observation/_search", "patient=1&code=a%7Cb")
        );
        let Some(Request::Get(again)) = Request::Post(bare, search).other_method() else { panic!("no GET") };
        assert_eq!(again, url);
        assert!(Request::Get(Url::parse("https://ehr.example/r4/Patient/1").expect("a URL")).other_method().is_none());
    }
}
