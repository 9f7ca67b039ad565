//! What is too much of one call: a body that is too large, too slow or nested too deeply, and too many orders. Each
//! error names the setting that draws the line.

use std::time::Duration;

use actix_web::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use actix_web::{HttpRequest, web};
use tokio::time::timeout;

use super::error::{Refused, refused};
use crate::config::Limits;
use crate::fhir::order::is_order;
use crate::fhir::record::resources;
use crate::hook::call::HookCall;

/// The body of a request, once it is here: JSON by its media type, within its size and its time, and UTF-8.
pub async fn body(request: &HttpRequest, payload: web::Payload, limits: &Limits) -> Result<String, Refused> {
    media_type(request)?;
    let most = limits.body_bytes;
    let too_large =
        || refused(413, "too-long", format!("the body is larger than {most} bytes (setting limits.body-bytes)"));
    let announced = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|bytes| bytes > most) {
        return Err(too_large());
    }
    let read = timeout(Duration::from_millis(limits.sender_ms), payload.to_bytes_limited(most)).await;
    let read = read.map_err(|_| {
        let time = limits.sender_ms;
        refused(408, "timeout", format!("the body did not arrive within {time} ms (setting limits.sender-ms)"))
    })?;
    let whole = read.map_err(|_| too_large())?;
    let bytes = whole.map_err(|_| refused(400, "structure", "the body did not arrive whole"))?;
    let text = String::from_utf8(bytes.into()).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        refused(400, "structure", format!("the body is not UTF-8 from byte {at} on"))
    })?;
    let (found, most) = (depth(&text), limits.depth);
    if found > most {
        let message =
            format!("the body is nested {found} levels deep, which is more than {most} (setting limits.depth)");
        return Err(refused(400, "structure", message));
    }
    Ok(text)
}

/// Refuses a call that brings more orders than anybody writes at once: judging them all would hold up the calls of others.
pub fn orders(call: &HookCall<'_>, limits: &Limits) -> Result<(), Refused> {
    let beside = resources(&call.draft_orders, &call.patient_id);
    let (found, most) = (beside.resources.iter().filter(|resource| is_order(resource)).count(), limits.orders);
    if found > most {
        let message =
            format!("context.draftOrders: holds {found} orders, which is more than {most} (setting limits.orders)");
        return Err(refused(400, "too-costly", message));
    }
    Ok(())
}

/// JSON in any of its media types, or no word about it; and not packed.
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

/// How deep arrays and objects are nested; looked at before anything opens them, so that no reader can be led to the
/// end of its stack.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::depth;

    #[test]
    fn brackets_in_strings_are_not_levels() {
        for (text, expected) in [
            ("7", 0),
            ("{}", 1),
            (r#"{"a":[1,{"b":2}],"c":[]}"#, 3),
            (r#"{"a":"[[[[","b\"[[":"\\","c":[[]]}"#, 3),
            (r#"["\\\"[["]"#, 1),
            ("]]]][[", 2),
        ] {
            assert_eq!(depth(text), expected, "{text}");
        }
    }
}
