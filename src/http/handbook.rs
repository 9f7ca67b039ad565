//! `GET /handbook` and `GET /handbook/{page}`: the pages of the library. They are made when the first one is asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{CONTENT_SECURITY_POLICY, ContentType};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, HttpRequest, HttpResponse, Resource, mime, web};

use super::error::{Refused, not_found, other_methods};
use super::shared_state::RequestState;
use knowledge::Library;
use knowledge::cases::CaseFile;
use pages::shell::PageLocation;
use pages::{INDEX, pages};

/// What a browser may load for a page: the stylesheet of the handbook, and nothing else.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src data:; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/// The pages of the handbook. They are made when the first one is asked for, so that the service starts faster.
pub struct Handbook {
    library: Arc<Library>,
    version: String,
    cases: Box<dyn Fn() -> Vec<CaseFile> + Send + Sync>,
    place: PageLocation,
    pages: OnceLock<BTreeMap<String, String>>,
}

impl Handbook {
    /// The handbook of a library and the cases of its rules, with the version that its pages name, with or without a
    /// workbench beside it.
    pub fn new(
        library: Arc<Library>,
        version: String,
        workbench: bool,
        cases: impl Fn() -> Vec<CaseFile> + Send + Sync + 'static,
    ) -> Handbook {
        let place = if workbench { PageLocation::Below } else { PageLocation::Handbook };
        Handbook { library, version, cases: Box::new(cases), place, pages: OnceLock::new() }
    }

    fn get(&self, name: &str) -> Option<&String> {
        self.pages.get_or_init(|| pages(&self.library, &(self.cases)(), &self.version, self.place)).get(name)
    }
}

impl std::fmt::Debug for Handbook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Handbook")
    }
}

/// The route of the first page.
pub fn index() -> Resource {
    web::resource("/handbook").route(web::get().to(first)).default_service(other_methods("GET"))
}

/// The route of any page.
pub fn page() -> Resource {
    web::resource("/handbook/{page}").route(web::get().to(named)).default_service(other_methods("GET"))
}

/// Marks a request whose URL ends in a slash, which is cut off before the route is found.
struct Slash;

/// Marks requests whose URL ends in a slash.
pub async fn note_slash<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    if request.path().ends_with('/') {
        request.extensions_mut().insert(Slash);
    }
    next.call(request).await
}

/// The first page. Its links name pages of the same folder, which from `/handbook` without a slash is the wrong one: the
/// added `base` corrects that. It is relative, because a proxy may serve the handbook under a path of its own.
async fn first(request: HttpRequest, state: RequestState) -> Result<HttpResponse, Refused> {
    let has_slash = request.extensions().contains::<Slash>();
    let Some(page) = state.handbook.get(INDEX) else { return not_found(request).await };
    let page = match has_slash {
        true => page.clone(),
        false => page.replacen("<head>", "<head>\n<base href=\"handbook/\">", 1),
    };
    Ok(answer(ContentType::html(), page))
}

async fn named(request: HttpRequest, name: web::Path<String>, state: RequestState) -> Result<HttpResponse, Refused> {
    let Some(page) = state.handbook.get(name.as_str()) else { return not_found(request).await };
    let kind = match name.rsplit('.').next() {
        Some("css") => ContentType(mime::TEXT_CSS_UTF_8),
        Some("json") => ContentType::json(),
        _ => ContentType::html(),
    };
    Ok(answer(kind, page.clone()))
}

fn answer(kind: ContentType, body: String) -> HttpResponse {
    HttpResponse::Ok().insert_header(kind).insert_header((CONTENT_SECURITY_POLICY, POLICY)).body(body)
}
