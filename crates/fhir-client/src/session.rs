//! The reads of one call from its server: queries with their pages, under one deadline, with the token of the call.

use std::collections::BTreeSet;
use std::sync::Arc;

use document::Document;
use fhir::failure::{Access, Failure};
use fhir::page::Page;
use fhir::pages::{Cut, Pages};
use fhir::reach::{Progress, Reach};
use knowledge::services::Query;
use reqwest::header::HeaderValue;
use reqwest::{Client, Response, StatusCode};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Duration, Instant, sleep, timeout_at};

use super::ReadContext;
use super::answer::{Expected, SizeLimits, document, not_sent, wrong_status};
use super::base_url::BaseUrl;
use super::cache::{AnswerCache, pages};
use super::grant::Grant;
use super::observer::{Observer, Read};
use super::request::Request;
use super::wait::asked_for;

/// The time that must be left until the deadline after a wait, so that the answer can still arrive.
const AFTER_WAIT: Duration = Duration::from_millis(200);

/// The reads of one call from its server.
pub struct Session<'c> {
    http: Client,
    base: BaseUrl,
    context: ReadContext<'c>,
    token: Option<HeaderValue>,
    access: Access,
    limits: Limits,
    /// The turns of the queries, where not all may be put at the same time.
    turns: Option<Semaphore>,
    kept: Option<&'c AnswerCache>,
    observers: ReadObservers<'c>,
}

/// Who observes the requests, and under which name of the server.
#[derive(Debug, Clone, Copy)]
pub struct ReadObservers<'c> {
    /// The server as the settings name it.
    pub server: &'c str,
    /// That of all calls, and that of this call.
    pub observers: [Option<&'c dyn Observer>; 2],
}

/// What a request is for.
#[derive(Clone, Copy)]
struct Aim<'q> {
    /// Key of the query.
    query: &'q str,
    expected: Expected<'q>,
}

/// An answer whose body is still to be read, and when it was asked for.
struct Sent {
    response: Response,
    at: Instant,
}

/// How much is read of a server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of the largest answer, after decompression.
    pub body: usize,
    /// Most pages of one search.
    pub pages: usize,
    /// How many queries of one call are put at the same time; 0 is all of them.
    pub reads: usize,
}

impl<'c> Session<'c> {
    /// A session with a server that may be asked.
    pub fn new(
        http: Client,
        base: BaseUrl,
        context: ReadContext<'c>,
        limits: Limits,
        observers: ReadObservers<'c>,
    ) -> Session<'c> {
        let (token, access) = token(&context.grant);
        let turns = (limits.reads > 0).then(|| Semaphore::new(limits.reads));
        Session { http, base, context, token, access, limits, turns, kept: None, observers }
    }

    /// The same session with the answers that are kept from other calls.
    pub fn keeping(self, kept: Option<&'c AnswerCache>) -> Session<'c> {
        Session { kept, ..self }
    }

    /// Waits for a turn, until the deadline at most.
    async fn turn(&self) -> Result<Option<SemaphorePermit<'_>>, Failure> {
        let Some(turns) = &self.turns else { return Ok(None) };
        // The turns are never closed.
        let turn = timeout_at(self.context.deadline, turns.acquire()).await;
        turn.map(Result::ok).map_err(|_| Failure::TimedOut)
    }

    /// Tells the observers of a request that was sent at this moment.
    fn report(&self, aim: Aim<'_>, sent: Instant, result: Result<usize, Failure>) {
        let (server, resource) = (self.observers.server, aim.expected.resource());
        let (sent, elapsed) = (sent.into_std(), sent.elapsed());
        let read = Read { server, query: aim.query, resource, result, sent, elapsed };
        self.observers.observers.into_iter().flatten().for_each(|observer| observer.read(&read));
    }

    /// The answer to a query: one resource, or the pages of a search.
    ///
    /// # Errors
    ///
    /// How the read, or that of the first page, failed.
    pub async fn query(&self, query: &Query) -> Result<Pages, Failure> {
        let kept = self
            .kept
            .and_then(|kept| Some((kept, AnswerCache::key(&self.base, &self.context.grant, &query.template)?)));
        let Some((kept, key)) = kept else { return self.asked(query).await };
        let texts = kept.get(&key, Instant::now());
        let room = |texts: &Arc<[String]>| self.context.budget.take(texts.iter().map(String::len).sum()).is_ok();
        if let Some(pages) = texts.filter(room).and_then(|texts| pages(&texts)) {
            return Ok(pages);
        }
        let answer = self.asked(query).await;
        if let Ok(pages) = &answer {
            kept.put(key, pages, Instant::now());
        }
        answer
    }

    /// The answer of the server to a query.
    async fn asked(&self, query: &Query) -> Result<Pages, Failure> {
        let _turn = self.turn().await?;
        let request = Request::of(&query.template, &self.base, &self.context.grant).ok_or(Failure::NoValue)?;
        if query.search.is_none() {
            let aim = Aim { query: query.key.as_str(), expected: Expected::One(&query.resource) };
            let body = self.read(&request, aim).await?;
            return Ok(Pages { bodies: vec![body], cut: None });
        }
        let aim = Aim { query: query.key.as_str(), expected: Expected::Search(&query.resource) };
        let (sent, request) = self.send_search(request, aim).await?;
        let first = self.checked(sent, aim).await?;
        Ok(self.further(first, request, query, aim).await)
    }

    /// A Medication to which the data of the call refers.
    ///
    /// # Errors
    ///
    /// The reference leads outside of the base of the server, or how the read failed.
    pub async fn medication(&self, link: &str) -> Result<Document<'static>, Failure> {
        let url = self.base.join(link).ok_or(Failure::NoValue)?;
        let _turn = self.turn().await?;
        self.read(&Request::Get(url), Aim { query: "medication", expected: Expected::One("Medication") }).await
    }

    /// The first page and those after it, as far as they are needed and allowed. When a page fails, those before it are
    /// kept.
    async fn further(&self, first: Document<'static>, request: Request, query: &Query, aim: Aim<'_>) -> Pages {
        let mut progress = Progress::of(query, self.context.grant.patient_id);
        let mut next = next_link(&first, &mut progress);
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
                Ok(url) => self.read(&Request::Get(url), aim).await.map_err(Cut::Failed),
                Err(cut) => Err(cut),
            };
            match page {
                Ok(page) => {
                    next = next_link(&page, &mut progress);
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

    async fn read(&self, request: &Request, aim: Aim<'_>) -> Result<Document<'static>, Failure> {
        let sent = self.send(request, aim).await?;
        self.checked(sent, aim).await
    }

    async fn checked(&self, sent: Sent, aim: Aim<'_>) -> Result<Document<'static>, Failure> {
        let room = SizeLimits { body: self.limits.body, budget: self.context.budget };
        let document = document(sent.response, aim.expected, self.access, room);
        let read = timeout_at(self.context.deadline, document).await.unwrap_or(Err(Failure::TimedOut));
        self.report(aim, sent.at, read.as_ref().map(|document| document.text().len()).map_err(|failure| *failure));
        read
    }

    /// An answer that is not read, because the request is sent again in another way or later.
    fn given_up(&self, sent: Sent, aim: Aim<'_>) {
        let failure = wrong_status(sent.response.status(), self.access);
        self.report(aim, sent.at, failure.map_or(Ok(0), Err));
    }

    /// Sends a search, and once more by the other method where the server does not support the first.
    async fn send_search(&self, request: Request, aim: Aim<'_>) -> Result<(Sent, Request), Failure> {
        let first = self.send(&request, aim).await?;
        if !Request::is_unsupported(first.response.status()) {
            return Ok((first, request));
        }
        let Some(other) = request.other_method() else { return Ok((first, request)) };
        let again = self.send(&other, aim).await?;
        // When the second answer says the same, the first one is the better one to report.
        let (left, kept) = match Request::is_unsupported(again.response.status()) {
            true => (again, (first, request)),
            false => (first, (again, other)),
        };
        self.given_up(left, aim);
        Ok(kept)
    }

    /// Sends a request, and once more after the wait that a busy server asks for, where it fits into the deadline.
    async fn send(&self, request: &Request, aim: Aim<'_>) -> Result<Sent, Failure> {
        let sent = self.send_once(request, aim).await?;
        if !matches!(sent.response.status(), StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            return Ok(sent);
        }
        let left = self.context.deadline.saturating_duration_since(Instant::now());
        match asked_for(sent.response.headers()) {
            Some(wait) if wait.saturating_add(AFTER_WAIT) <= left => {
                self.given_up(sent, aim);
                sleep(wait).await;
                self.send_once(request, aim).await
            }
            _ => Ok(sent),
        }
    }

    /// Sends a request, and once more when the connection was closed without an answer: a server may close an idle
    /// connection at the moment when it is used again. Repeating is safe, since all requests are reads.
    async fn send_once(&self, request: &Request, aim: Aim<'_>) -> Result<Sent, Failure> {
        match self.try_once(request, aim).await {
            Err(Failure::CutOff) => self.try_once(request, aim).await,
            tried => tried,
        }
    }

    async fn try_once(&self, request: &Request, aim: Aim<'_>) -> Result<Sent, Failure> {
        let at = Instant::now();
        let request = request.build(&self.http, self.token.as_ref()).headers(self.context.headers.clone());
        let failure = match timeout_at(self.context.deadline, request.send()).await {
            Ok(Ok(response)) => return Ok(Sent { response, at }),
            Ok(Err(error)) => not_sent(&error),
            Err(_) => Failure::TimedOut,
        };
        self.report(aim, at, Err(failure));
        Err(failure)
    }
}

/// Notes how far the answer reaches with this page, and returns its link to the next one.
fn next_link(document: &Document<'_>, progress: &mut Progress<'_>) -> Option<String> {
    let page = Page::read(document.root());
    progress.add(&page);
    page.bundle()?.next.as_ref().map(|link| link.clone().into_owned())
}

/// The header with the token of the call, and how a 401 is to be explained.
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
