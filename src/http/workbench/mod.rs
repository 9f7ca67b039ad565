//! The workbench over HTTP: `GET /` and everything under `/workbench`. The member `workbench` makes the pages; here are
//! their routes, the access check before them, and what the service keeps for a browser.

/// The check of a file.
mod check;
/// A decision that was recorded.
mod decision;
/// Feedback that a person sends from a card.
mod feedback;
/// Who may use the workbench.
mod guard;
/// From what is looked at to what is decided on it.
mod judge;
/// What became of the cards.
mod numbers;
/// What is pasted or uploaded.
mod paste;
/// The pages of a patient.
mod patient;
/// What the cases show of the rules.
mod rules;
/// What one browser keeps.
mod session;
/// The first page.
mod start;
/// The patient that a page shows.
mod viewed_patient;
/// What if.
mod what_if;

use std::collections::BTreeMap;
use std::ops::Deref;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue};
use actix_web::middleware::from_fn;
use actix_web::web::ServiceConfig;
use actix_web::{Error, FromRequest, HttpRequest, HttpResponse, web};

pub use self::decision::link_to_decision;
use self::guard::{only_own_pages, refusal};
use self::session::Sessions;
use super::error::not_found;
use super::shared_state::RequestState;
use super::{admission, auth};
use crate::config::WorkbenchSettings;
use knowledge::Library;
use knowledge::cases::CaseFile;
use knowledge::files::{Files, about_fixtures};
use knowledge::policy;
use workbench::SCRIPT;

/// The most bytes of a form without a file.
const FORM: usize = 256 * 1024;

/// The state of the workbench, besides that of the service.
#[derive(Debug)]
pub struct WorkbenchState {
    sessions: Arc<Sessions>,
    source: Source,
    loaded: OnceLock<Loaded>,
    /// What the cases show of the rules, as far as it is known.
    coverage: rules::CoverageCache,
}

/// Where the knowledge of the service comes from.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The files of the library.
    pub files: Files,
    /// The test patients.
    pub fixtures: Files,
    /// The site's own policy: the name of its file, and its text.
    pub policy: Option<(String, String)>,
    /// What that policy changes, a line each.
    pub changes: Vec<String>,
}

/// What is read from the files when a page first needs it.
#[derive(Debug)]
struct Loaded {
    /// The library without the site's policy, where the site has one.
    without_policy: Option<Arc<Library>>,
    /// The cases of its rules.
    cases: Vec<CaseFile>,
    /// What each test patient shows.
    about: BTreeMap<String, String>,
}

impl WorkbenchState {
    /// A state in which nothing is kept yet, or what was kept in the one `before`, when files are read again.
    ///
    /// # Errors
    ///
    /// The system gives no random numbers.
    pub fn new(
        settings: &WorkbenchSettings,
        source: Source,
        before: Option<&WorkbenchState>,
    ) -> Result<WorkbenchState, String> {
        let sessions = match before {
            Some(before) => before.sessions.clone(),
            None => Arc::new(Sessions::new(settings)?),
        };
        Ok(WorkbenchState { sessions, source, loaded: OnceLock::new(), coverage: rules::CoverageCache::default() })
    }

    fn loaded(&self) -> &Loaded {
        self.loaded.get_or_init(|| {
            let files = &self.source.files;
            // The service runs on this library, so that it validates.
            let without_policy = self.source.policy.as_ref().and_then(|_| Library::read(files).ok()).map(Arc::new);
            let cases = knowledge::cases::read(files, &mut Vec::new());
            let known = |name: &String| self.source.fixtures.0.contains_key(name);
            let about = about_fixtures().into_iter().filter(|(name, _)| known(name)).collect();
            Loaded { without_policy, cases, about }
        })
    }

    /// The library with a policy, whose mistakes are shown.
    fn with_policy(&self, file: &str, text: &str) -> Result<Library, String> {
        let listed = |mistakes: Vec<knowledge::mistake::Mistake>| {
            mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
        };
        let mut library = Library::read(&self.source.files).map_err(listed)?;
        policy::apply(&mut library, file, text).map_err(listed)?;
        Ok(library)
    }
}

/// The state of the workbench as an argument of a handler. Where the workbench is not served, the request is answered
/// with 404.
#[derive(Debug, Clone)]
pub struct Workbench(Arc<WorkbenchState>);

impl Deref for Workbench {
    type Target = WorkbenchState;

    fn deref(&self) -> &WorkbenchState {
        &self.0
    }
}

impl FromRequest for Workbench {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Workbench, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (state, request) = (RequestState::from_request(request, payload), request.clone());
        Box::pin(async move {
            match state.await?.workbench.clone() {
                Some(workbench) => Ok(Workbench(workbench)),
                None => Err(match not_found(request).await {
                    Err(refused) => refused.into(),
                    Ok(answer) => InternalError::from_response("", answer).into(),
                }),
            }
        })
    }
}

/// The routes. The workbench has a check of its own, after that of all calls.
pub fn routes(app: &mut ServiceConfig) {
    app.service(
        web::resource("/").route(web::get().to(start::page)).wrap(from_fn(only_own_pages)).wrap(from_fn(auth::guard)),
    );
    app.service(
        web::resource(decision::PATH)
            .route(web::get().to(decision::page))
            .wrap(from_fn(only_own_pages))
            .wrap(from_fn(admission::admit))
            .wrap(from_fn(auth::guard)),
    );
    let get = |path, handler: actix_web::Route| web::resource(path).route(handler);
    app.service(
        web::scope("/workbench")
            .app_data(web::FormConfig::default().limit(FORM))
            .service(get("/workbench.js", web::get().to(async || file("text/javascript; charset=utf-8", SCRIPT))))
            .service(get("/report.css", web::get().to(async || file("text/css; charset=utf-8", report::STYLES))))
            .service(get("/paste", web::post().to(paste::take)))
            .service(get("/forget", web::post().to(paste::forget)))
            .service(get("/feedback", web::post().to(feedback::take)))
            .service(get("/cards", web::get().to(patient::cards)))
            .service(get("/why", web::get().to(patient::why)))
            .service(get("/time", web::get().to(patient::time)))
            .service(get("/raw", web::get().to(patient::raw)))
            .service(get("/raw/{file}", web::get().to(patient::file)))
            .service(
                web::resource("/what-if").route(web::get().to(what_if::page)).route(web::post().to(what_if::change)),
            )
            .service(get("/case", web::get().to(what_if::case)))
            .service(get("/search", web::get().to(search)))
            .service(get("/rules", web::get().to(rules::all)))
            .service(get("/rule", web::get().to(rules::one)))
            .service(
                web::resource("/numbers").route(web::get().to(numbers::page)).route(web::post().to(numbers::opened)),
            )
            .service(web::resource("/check").route(web::get().to(check::page)).route(web::post().to(check::take)))
            .default_service(web::to(not_found_page))
            .wrap(from_fn(only_own_pages))
            .wrap(from_fn(admission::admit))
            .wrap(from_fn(auth::guard)),
    );
}

/// A file that belongs to the pages.
fn file(kind: &'static str, text: &'static str) -> HttpResponse {
    let headers = (CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    HttpResponse::Ok().content_type(kind).insert_header(headers).body(text)
}

async fn not_found_page(request: HttpRequest) -> HttpResponse {
    refusal(404, &format!("Nothing is served at {} {}.", request.method(), request.path()))
}

async fn search(request: HttpRequest, state: RequestState) -> HttpResponse {
    let query = viewed_patient::parameter(&request, "q").unwrap_or_default();
    let query: String = query.chars().take(100).collect();
    html(workbench::search::found(&state.library, query.trim()))
}

/// A page.
fn html(page: String) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(page)
}

/// Runs work on a blocking thread: on the threads that serve requests it would delay other calls.
async fn on_blocking_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, PageError> + Send + 'static,
) -> Result<T, HttpResponse> {
    match web::block(work).await {
        Ok(Ok(made)) => Ok(made),
        Ok(Err((status, why))) => Err(refusal(status, &why)),
        Err(_) => Err(refusal(500, "A fault of the service itself; its log says where.")),
    }
}

/// The status and the text of a page that says what is wrong. Unlike an `HttpResponse` it can be sent between threads.
type PageError = (u16, String);
