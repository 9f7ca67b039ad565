//! Panics while a call is answered: the client gets a 500, where otherwise its connection would just end, and the log
//! names the place in the program.

use std::panic::AssertUnwindSafe;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};
use futures_util::FutureExt;

use super::error::{Refused, refused};

/// Logs every panic by its place alone, since its message may quote data of a patient.
pub fn log_places_only() {
    std::panic::set_hook(Box::new(|fault| {
        let place = fault.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a fault of the service itself; please report it with this place");
    }));
}

/// The result of a call, or a 500 when it panics.
///
/// # Errors
///
/// The error of the call, or the 500.
pub async fn caught(call: impl Future<Output = Result<HttpResponse, Refused>>) -> Result<HttpResponse, Refused> {
    AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(|_| Err(fault()))
}

/// Answers a request with a 500 when anything panics that it passes through, the check of its token included.
///
/// # Errors
///
/// The error of the request, or the 500.
pub async fn answered<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, Error> {
    AssertUnwindSafe(next.call(request)).catch_unwind().await.unwrap_or_else(|_| Err(fault().into()))
}

fn fault() -> Refused {
    refused(500, "exception", "a fault of the service itself; its log says where")
}

#[cfg(test)]
mod tests {
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, HttpResponse, web};

    use super::{Refused, answered, caught};
    use crate::http::error::outcomes;

    #[test]
    fn a_fault_is_an_answer() {
        let run = |fails: bool| {
            let call = async move {
                assert!(!fails, "words of a patient");
                Ok::<HttpResponse, Refused>(HttpResponse::Ok().finish())
            };
            let answer = actix_web::rt::Runtime::new().expect("a runtime").block_on(caught(call));
            answer.map(|answer| answer.status().as_u16()).map_err(|refused| (refused.0.status, refused.0.message))
        };
        assert_eq!(run(false), Ok(200));
        assert_eq!(run(true), Err((500, "a fault of the service itself; its log says where".to_owned())));
    }

    #[test]
    fn a_fault_anywhere_on_the_way_is_an_answer() {
        actix_web::rt::Runtime::new().expect("a runtime").block_on(async {
            let guard = from_fn(async |request: super::ServiceRequest, next: super::Next<_>| {
                assert_ne!(request.path(), "/guarded", "words of a patient");
                next.call(request).await
            });
            let handler = web::to(async || -> HttpResponse { panic!("words of a patient") });
            let app = App::new()
                .wrap(guard)
                .wrap(from_fn(answered))
                .wrap(from_fn(outcomes))
                .route("/fine", web::to(HttpResponse::Ok))
                .default_service(handler);
            let app = init_service(app).await;
            for (path, status) in [("/fine", 200), ("/guarded", 500), ("/handler", 500)] {
                let answer = match actix_web::dev::Service::call(&app, TestRequest::with_uri(path).to_request()).await {
                    Ok(answer) => answer.into_parts().1.map_into_boxed_body(),
                    Err(error) => error.error_response(),
                };
                assert_eq!(answer.status(), status, "{path}");
                let body = actix_web::body::to_bytes(answer.into_body()).await.expect("a body");
                let text = String::from_utf8_lossy(&body);
                assert_eq!(text.contains("its log says where"), status == 500, "{path}: {text}");
                assert!(!text.contains("patient"), "{path}: {text}");
            }
        });
    }
}
