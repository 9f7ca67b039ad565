//! The limits on one call: the size and the time of its body, and the number of its orders. Each error names the
//! setting of the limit.

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{HttpRequest, web};
use futures_util::StreamExt;
use tokio::time::{Instant, timeout_at};

use super::admission::AdmittedCaller;
use super::error::{Refused, refused};
use super::fair_pool::Reservation;
use crate::config::Limits;
use cds_hooks::call::HookCall;
use engine::gather::count_orders;

/// The body of a request, once it is here: JSON by its media type, within its size and its time, and UTF-8. `memory`
/// holds the bytes that have arrived.
pub async fn body(
    request: &HttpRequest,
    payload: web::Payload,
    limits: &Limits,
    admitted: &AdmittedCaller,
    memory: &Reservation,
) -> Result<String, Refused> {
    media_type(request)?;
    let most = limits.body_bytes.get();
    let too_large =
        || refused(413, "too-long", format!("the body is larger than {most} bytes (setting limits.body-bytes)"));
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > most) {
        return Err(too_large());
    }
    // A length that is merely announced takes no memory: a sender could announce much and send nothing.
    let bytes = arriving(payload, limits, too_large, |bytes| admitted.hold(memory, bytes)).await?;
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        refused(400, "structure", format!("the body is not UTF-8 from byte {at} on"))
    })
}

/// The bytes of a body as they come in, each piece held before it is added.
async fn arriving(
    mut payload: web::Payload,
    limits: &Limits,
    too_large: impl Fn() -> Refused,
    hold: impl Fn(usize) -> Result<(), Refused>,
) -> Result<Vec<u8>, Refused> {
    let until = Instant::now() + limits.sender_ms.duration();
    let mut bytes = Vec::new();
    loop {
        let piece = timeout_at(until, payload.next()).await.map_err(|_| {
            let time = limits.sender_ms;
            refused(408, "timeout", format!("the body did not arrive within {time} ms (setting limits.sender-ms)"))
        })?;
        let Some(piece) = piece else { return Ok(bytes) };
        let piece = piece.map_err(|_| refused(400, "structure", "the body did not arrive whole"))?;
        if bytes.len() + piece.len() > limits.body_bytes.get() {
            return Err(too_large());
        }
        hold(piece.len())?;
        bytes.extend_from_slice(&piece);
    }
}

/// What the body of a request may hold.
pub fn of_body(limits: &Limits) -> document::Limits {
    document::Limits { depth: limits.depth.get(), values: limits.values.get() }
}

/// Refuses a call with more orders than anybody writes at once: judging them all would delay the calls of others.
pub fn orders(call: &HookCall<'_>, limits: &Limits) -> Result<(), Refused> {
    let (found, most) = (count_orders(call), limits.orders.get());
    if found > most {
        let message =
            format!("context.draftOrders: holds {found} orders, which is more than {most} (setting limits.orders)");
        return Err(refused(400, "too-costly", message));
    }
    Ok(())
}

/// Accepts JSON under any of its media types or without a media type, and refuses compressed bodies.
fn media_type(request: &HttpRequest) -> Result<(), Refused> {
    let header = |name| request.headers().get(name).map(|value| value.to_str().unwrap_or_default().to_lowercase());
    if let Some(packed) = header(CONTENT_ENCODING).filter(|coding| coding != "identity") {
        return Err(refused(
            415,
            "not-supported",
            format!("Content-Encoding `{packed}` is not read; send the body as it is"),
        ));
    }
    let Some(text) = header(CONTENT_TYPE) else { return Ok(()) };
    match text.split(';').next().unwrap_or_default().trim() {
        "application/json" | "application/fhir+json" | "application/json+fhir" | "text/json" => Ok(()),
        other => Err(refused(415, "not-supported", format!("Content-Type must be application/json, not `{other}`"))),
    }
}
