//! Panics while a call is answered: the client gets a 500, where otherwise its connection would just end, and the log
//! names the place in the program.

use std::panic::AssertUnwindSafe;

use actix_web::HttpResponse;
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
    let panicked = |_| Err(refused(500, "exception", "a fault of the service itself; its log says where"));
    AssertUnwindSafe(call).catch_unwind().await.unwrap_or_else(panicked)
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
