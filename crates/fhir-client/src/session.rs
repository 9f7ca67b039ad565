//! A server for the length of one call: queries with their pages, under one deadline, with the call's own token.

use std::collections::BTreeSet;

use document::Document;
use fhir::failure::{Access, Failure};
use fhir::page::Page;
use fhir::pages::{Cut, Pages};
use fhir::reach::{Progress, Reach};
use knowledge::services::Query;
use reqwest::header::HeaderValue;
use reqwest::{Client, Response, StatusCode};
use tokio::time::{Duration, Instant, sleep, timeout_at};

use super::Visit;
use super::answer::{Expected, Room, document, not_sent};
use super::base::Base;
use super::grant::Grant;
use super::request::Request;
use super::wait::asked_for;

/// What is left of the deadline, at least, for the answer that a wait was for.
const ROOM: Duration = Duration::from_millis(200);

/// A server for the length of one call.
pub struct Session<'c> {
    http: Client,
    base: Base,
    visit: Visit<'c>,
    token: Option<HeaderValue>,
    access: Access,
    limits: Limits,
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
    pub fn new(http: Client, base: Base, visit: Visit<'c>, limits: Limits) -> Session<'c> {
        let (token, access) = token(&visit.grant);
        Session { http, base, visit, token, access, limits }
    }

    /// The answer to a query: a resource, or the pages of a search.
    pub async fn query(&self, query: &Query) -> Result<Pages, Failure> {
        let request = Request::of(&query.template, &self.base, &self.visit.grant).ok_or(Failure::NoValue)?;
        if query.search.is_none() {
            let body = self.read(&request, Expected::One(&query.resource)).await?;
            return Ok(Pages { bodies: vec![body], cut: None });
        }
        let (response, request) = self.either_way(request).await?;
        let first = self.judged(response, Expected::Search(&query.resource)).await?;
        Ok(self.further(first, request, query).await)
    }

    /// A resource that the call refers to, if it lies under the server's base.
    pub async fn referred(&self, link: &str, resource: &str) -> Result<Document<'static>, Failure> {
        let url = self.base.join(link).ok_or(Failure::NoValue)?;
        self.read(&Request::Get(url), Expected::One(resource)).await
    }

    /// The pages behind the first one, as far as they are needed and may be read. A page that fails does not take
    /// those before it away.
    async fn further(&self, first: Document<'static>, request: Request, query: &Query) -> Pages {
        let mut progress = Progress::of(query, self.visit.grant.patient_id);
        let mut next = look_at(&first, &mut progress);
        let mut pages = Pages { bodies: vec![first], cut: None };
        let mut seen = BTreeSet::new();
        if let Request::Get(url) = request {
            seen.insert(url);
        }
        while progress.reach() == Reach::Part {
            let url = match next.as_deref().map(|link| self.base.join(link)) {
                None => Err(Cut::NoLink),
                Some(None) => Err(Cut::Outside),
                Some(Some(_)) if pages.bodies.len() >= self.limits.pages => Err(Cut::Limit),
                Some(Some(url)) if !seen.insert(url.clone()) => Err(Cut::Loop),
                Some(Some(url)) => Ok(url),
            };
            let page = match url {
                Ok(url) => self.read(&Request::Get(url), Expected::Search(&query.resource)).await.map_err(Cut::Failed),
                Err(cut) => Err(cut),
            };
            match page {
                Ok(page) => {
                    next = look_at(&page, &mut progress);
                    pages.bodies.push(page);
                }
                Err(cut) => {
                    pages.cut = Some(cut);
                    break;
                }
            }
        }
        pages
    }

    async fn read(&self, request: &Request, expected: Expected<'_>) -> Result<Document<'static>, Failure> {
        let response = self.send(request).await?;
        self.judged(response, expected).await
    }

    async fn judged(&self, response: Response, expected: Expected<'_>) -> Result<Document<'static>, Failure> {
        let room = Room { body: self.limits.body, budget: self.visit.budget };
        let document = document(response, expected, self.access, room);
        timeout_at(self.visit.deadline, document).await.unwrap_or(Err(Failure::TimedOut))
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
        let left = self.visit.deadline.saturating_duration_since(Instant::now());
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
        let sent = request.build(&self.http, self.token.as_ref()).send();
        match timeout_at(self.visit.deadline, sent).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(error)) => Err(not_sent(&error)),
            Err(_) => Err(Failure::TimedOut),
        }
    }
}

/// Looks at a page: how far the answer reaches with it, and its link to the next one.
fn look_at(document: &Document<'_>, progress: &mut Progress<'_>) -> Option<String> {
    let page = Page::read(document.root());
    progress.add(&page);
    page.bundle()?.next.as_ref().map(|link| link.clone().into_owned())
}

/// The call's token as a header, and what a 401 will mean.
fn token(grant: &Grant<'_>) -> (Option<HeaderValue>, Access) {
    let token = match grant.token {
        Ok(token) => token,
        Err(access) => return (None, access),
    };
    let Ok(mut value) = HeaderValue::from_str(&format!("Bearer {token}")) else {
        return (None, Access::Unsendable);
    };
    value.set_sensitive(true);
    (Some(value), Access::Token)
}
