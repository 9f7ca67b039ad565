//! A fault of our own while a call is answered: the client is told so with a 500, where otherwise its connection would
//! just end, and the log says where in the program it was, but not what was being read there.

use std::panic::AssertUnwindSafe;

use actix_web::HttpResponse;
use futures_util::FutureExt;

use super::error::{Refused, refused};

/// From now on a fault is logged by its place alone: its own words may quote the text at which a reader stumbled.
pub fn log_places_only() {
    std::panic::set_hook(Box::new(|fault| {
        let place = fault.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a fault of the service itself; please report it with this place");
    }));
}

/// What comes of a call, or a 500 when there is a fault in how we answer it.
pub async fn caught(call: impl Future<Output = Result<HttpResponse, Refused>>) -> Result<HttpResponse, Refused> {
    let told = |_| Err(refused(500, "exception", "a fault of the service itself; its log says where"));
    AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(told)
}

#[cfg(test)]
mod tests {
    use actix_web::HttpResponse;

    use super::{Refused, caught};

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
}
