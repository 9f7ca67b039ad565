//! A server for the length of one call: queries with their pages, under one deadline, with the call's own token.

use std::collections::BTreeSet;

use fhir_sdk::client::{Client, RequestSettings};
use fhir_sdk::version::FhirR4B;
use reqwest::header::HeaderValue;
use reqwest::{Response, StatusCode};
use tokio::time::{Duration, Instant, sleep, timeout_at};

use super::answer::{Expected, not_sent, text};
use super::base::Base;
use super::failure::{Access, Failure};
use super::pages::{Cut, Pages};
use super::request::Request;
use super::wait::asked_for;
use crate::fhir::json::Node;
use crate::fhir::reach::{Reach, next, reach};
use crate::hook::call::{HookCall, TokenFault};

/// What is left of the deadline, at least, for the answer that a wait was for.
const ROOM: Duration = Duration::from_millis(200);

/// A server for the length of one call.
pub struct Session<'c> {
    client: Client<FhirR4B>,
    base: Base,
    call: &'c HookCall<'c>,
    token: Option<HeaderValue>,
    access: Access,
    limits: Limits,
    deadline: Instant,
}

/// How much is read.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one answer, unpacked.
    pub body: usize,
    /// Pages of one search.
    pub pages: usize,
}

impl<'c> Session<'c> {
    /// A session with a server that may be asked.
    pub fn new(
        http: &reqwest::Client,
        base: Base,
        call: &'c HookCall<'c>,
        limits: Limits,
        deadline: Instant,
    ) -> Result<Session<'c>, Failure> {
        let client = Client::<FhirR4B>::builder()
            .base_url(base.url().clone())
            .client(http.clone())
            .request_settings(RequestSettings::default().retries(0))
            .allow_version_mismatch()
            .build()
            .map_err(|error| not_sent(&error))?;
        let (token, access) = token(call);
        Ok(Session { client, base, call, token, access, limits, deadline })
    }

    /// The answer to a query: a resource, or the pages of a search.
    pub async fn query(&self, template: &str, resource: &str) -> Result<Pages, Failure> {
        let request = Request::of(template, &self.base, self.call).ok_or(Failure::NoValue)?;
        if !template.contains('?') {
            let body = self.read(&request, Expected::One(resource)).await?;
            return Ok(Pages { bodies: vec![body], cut: None });
        }
        let (response, request) = self.either_way(request).await?;
        let first = (self.judged(response, Expected::Search(resource)).await?, request);
        Ok(self.further(first, template, resource).await)
    }

    /// A resource that the call refers to, if it lies under the server's base.
    pub async fn referred(&self, link: &str, resource: &str) -> Result<String, Failure> {
        let url = self.base.join(link).ok_or(Failure::NoValue)?;
        self.read(&Request::Get(url), Expected::One(resource)).await
    }

    /// The pages behind the first one, as far as they are needed and may be read. A page that fails does not take
    /// those before it away.
    async fn further(&self, first: (String, Request), template: &str, resource: &str) -> Pages {
        let mut pages = Pages { bodies: vec![first.0], cut: None };
        let mut seen = BTreeSet::new();
        if let Request::Get(url) = first.1 {
            seen.insert(url);
        }
        while let Some(last) = self.wanting(&pages.bodies, template) {
            let url = match last.as_deref().map(|link| self.base.join(link)) {
                None => Err(Cut::NoLink),
                Some(None) => Err(Cut::Outside),
                Some(Some(_)) if pages.bodies.len() >= self.limits.pages => Err(Cut::Limit),
                Some(Some(url)) if !seen.insert(url.clone()) => Err(Cut::Loop),
                Some(Some(url)) => Ok(url),
            };
            let page = match url {
                Ok(url) => self.read(&Request::Get(url), Expected::Search(resource)).await.map_err(Cut::Failed),
                Err(cut) => Err(cut),
            };
            match page {
                Ok(page) => pages.bodies.push(page),
                Err(cut) => {
                    pages.cut = Some(cut);
                    break;
                }
            }
        }
        pages
    }

    /// The link to the next page, or that there is none, where more is wanted than these pages hold.
    fn wanting(&self, bodies: &[String], template: &str) -> Option<Option<String>> {
        let pages: Vec<Node<'_>> = bodies.iter().filter_map(|body| Node::parse(body).ok()).collect();
        if reach(&pages, template, &self.call.patient_id) != Reach::Part {
            return None;
        }
        Some(pages.last().and_then(|page| next(&page.object()?)))
    }

    async fn read(&self, request: &Request, expected: Expected<'_>) -> Result<String, Failure> {
        let response = self.send(request).await?;
        self.judged(response, expected).await
    }

    async fn judged(&self, response: Response, expected: Expected<'_>) -> Result<String, Failure> {
        let text = text(response, expected, self.access, self.limits.body);
        timeout_at(self.deadline, text).await.unwrap_or(Err(Failure::TimedOut))
    }

    /// Sends a search, and once more by the other method where the server does not support the first.
    async fn either_way(&self, request: Request) -> Result<(Response, Request), Failure> {
        let response = self.send(&request).await?;
        if !Request::is_unsupported(response.status()) {
            return Ok((response, request));
        }
        let Some(other) = request.other_way() else { return Ok((response, request)) };
        let again = self.send(&other).await?;
        // What the first answer said is what counts where the second says no more than that.
        if Request::is_unsupported(again.status()) { Ok((response, request)) } else { Ok((again, other)) }
    }

    /// Sends a request, and once more after the wait that a busy server asks for, where it fits into the deadline.
    async fn send(&self, request: &Request) -> Result<Response, Failure> {
        let response = self.send_once(request).await?;
        if !matches!(response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            return Ok(response);
        }
        let left = self.deadline.saturating_duration_since(Instant::now());
        match asked_for(response.headers()) {
            Some(wait) if wait.saturating_add(ROOM) <= left => {
                drop(response);
                sleep(wait).await;
                self.send_once(request).await
            }
            _ => Ok(response),
        }
    }

    /// Sends a request, and again where the connection closed without any answer: servers close idle connections, and
    /// one that is taken up at that very moment is closed under the request. All that we send are reads.
    async fn send_once(&self, request: &Request) -> Result<Response, Failure> {
        match self.try_once(request).await {
            Err(Failure::CutOff) => self.try_once(request).await,
            tried => tried,
        }
    }

    async fn try_once(&self, request: &Request) -> Result<Response, Failure> {
        let sent = self.client.send_custom_request(|http| request.build(http, self.token.as_ref()));
        match timeout_at(self.deadline, sent).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(not_sent(&error)),
            Err(_) => Err(Failure::TimedOut),
        }
    }
}

/// The call's token as a header, and what a 401 will mean.
fn token(call: &HookCall<'_>) -> (Option<HeaderValue>, Access) {
    let Some(authorization) = &call.authorization else { return (None, Access::NoToken) };
    match authorization.fault {
        Some(TokenFault::OtherType) => return (None, Access::OtherType),
        Some(TokenFault::Expired) => return (None, Access::Expired),
        None => {}
    }
    let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {}", authorization.token)) else {
        return (None, Access::Unsendable);
    };
    value.set_sensitive(true);
    (Some(value), Access::Token)
}
