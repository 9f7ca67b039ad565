//! The wait that a busy server asks for.

use std::time::Duration;

use jiff::fmt::rfc2822;
use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};

/// The wait of a `Retry-After` header, in seconds or until a date. A date is compared with the `Date` of the same answer,
/// so that the clocks of server and client need not agree.
pub fn asked_for(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let wanted = text(RETRY_AFTER)?;
    if let Ok(seconds) = wanted.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let until = rfc2822::parse(wanted).ok()?.timestamp();
    let from = rfc2822::parse(text(DATE)?).ok()?.timestamp();
    // A date in the past means no wait.
    Some(Duration::try_from(until.duration_since(from)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use reqwest::header::{DATE, HeaderMap, HeaderValue, RETRY_AFTER};

    use super::asked_for;

    #[test]
    fn a_wait_is_read_from_seconds_and_dates() {
        for (wait, date, seconds) in [
            ("2", None, Some(2)),
            (" 0 ", None, Some(0)),
            ("Sun, 22 Nov 2026 09:00:03 GMT", Some("Sun, 22 Nov 2026 09:00:00 GMT"), Some(3)),
            ("Sun, 22 Nov 2026 08:00:00 GMT", Some("Sun, 22 Nov 2026 09:00:00 GMT"), Some(0)),
            ("Sun, 22 Nov 2026 09:00:03 GMT", None, None),
            ("-1", None, None),
            ("soon", None, None),
        ] {
            let mut headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(wait))]);
            headers.extend(date.map(|date| (DATE, HeaderValue::from_static(date))));
            assert_eq!(asked_for(&headers).map(|wait| wait.as_secs()), seconds, "{wait} at {date:?}");
        }
        assert!(asked_for(&HeaderMap::new()).is_none());
    }
}
