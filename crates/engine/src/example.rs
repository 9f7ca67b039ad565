//! A test patient as a hook request of today: all its dates are moved by the same number of days, so that the distances
//! between them stay as they were.
//!
//! Only the dates change. The rest stays byte for byte, so that an example is the fixture as it was written.

use std::borrow::Cow;

use document::{Document, Node, Object};
use jiff::ToSpan;
use jiff::civil::Date;
use knowledge::files::Files;
use strsim::levenshtein;

/// How many similar names an error offers.
const OFFERED: usize = 5;

/// The fixture of this name with its dates moved, so that its newest order was written today.
///
/// # Errors
///
/// There is no such fixture; the message lists similar names.
pub fn example(name: &str, fixtures: &Files, today: Date) -> Result<String, String> {
    let text = fixtures.0.get(name).ok_or_else(|| unknown(name, fixtures))?;
    let document = Document::parse(text.as_str()).map_err(|error| format!("{name}: not JSON: {error}"))?;
    let days = now(&document).map_or(0, |now| (today - now).get_days());
    Ok(moved(&document, days))
}

/// The names of the fixtures that are hook requests.
pub fn names(fixtures: &Files) -> Vec<&str> {
    let is_request = |text: &str| {
        let document = Document::parse(text).ok();
        document.and_then(|document| Some(document.root().object()?.get("hook").is_some())).unwrap_or(false)
    };
    fixtures.0.iter().filter(|(_, text)| is_request(text)).map(|(name, _)| name.as_str()).collect()
}

fn unknown(name: &str, fixtures: &Files) -> String {
    let wanted = name.trim_end_matches(".json").to_lowercase();
    let mut ranked: Vec<(usize, &str)> = fixtures
        .0
        .keys()
        .map(|known| {
            let last = known.rsplit('/').next().unwrap_or(known);
            let holds = !wanted.is_empty() && known.contains(&wanted);
            let distance = if holds { 0 } else { levenshtein(known, &wanted).min(levenshtein(last, &wanted)) };
            (distance, known.as_str())
        })
        .filter(|(distance, _)| *distance <= wanted.len() / 3)
        .collect();
    ranked.sort();
    let close: Vec<&str> = ranked.into_iter().take(OFFERED).map(|(_, known)| known).collect();
    let offer = if close.is_empty() { String::new() } else { format!(" Close: {}.", close.join(", ")) };
    format!("no example is called `{name}`.{offer} All names: tocilizumab-cds example --list")
}

/// The day on which the fixture takes place: when its newest order was written, or else its latest date.
fn now(document: &Document<'_>) -> Option<Date> {
    let root = document.root().object()?;
    let bundle = root.object("context").and_then(|context| context.object("draftOrders")).unwrap_or(root);
    let orders = bundle.objects("entry").filter_map(|entry| written(&entry.object("resource")?));
    orders.max().or_else(|| literals(document).iter().filter_map(|literal| day(literal.text)).max())
}

/// When an order was written, if it is a draft or active.
fn written(resource: &Object<'_>) -> Option<Date> {
    let status = resource.string("status");
    if !matches!(status.as_deref(), None | Some("draft" | "active")) {
        return None;
    }
    ["authoredOn", "dateWritten"].iter().find_map(|member| day(&resource.string(member)?))
}

/// The text with every date moved by this many days.
fn moved(document: &Document<'_>, days: i32) -> String {
    let text = document.text();
    let mut moved = String::with_capacity(text.len());
    let mut copied = 0;
    for literal in literals(document) {
        if let Some(date) = shifted(&literal, days) {
            moved.extend(text.get(copied..literal.start));
            moved.push_str(&date);
            copied = literal.start + literal.text.len();
        }
    }
    moved.extend(text.get(copied..));
    moved
}

/// A string value of the JSON; names of members are not among them.
struct Literal<'a> {
    /// The position of its first byte in the text of the document.
    start: usize,
    /// The text between the quotes, escapes included.
    text: &'a str,
    /// The name of the member that it belongs to, also as an item of an array.
    member: Cow<'a, str>,
}

/// The string values of a document in the order of its text.
fn literals<'a>(document: &'a Document<'a>) -> Vec<Literal<'a>> {
    let mut found = Vec::new();
    collect(document.root(), Cow::Borrowed(""), &mut found);
    found
}

fn collect<'a>(node: Node<'a>, member: Cow<'a, str>, found: &mut Vec<Literal<'a>>) {
    if let Some(object) = node.object() {
        object.members().for_each(|(name, value)| collect(value, name, found));
    } else if node.is_array() {
        node.items().for_each(|item| collect(item, member.clone(), found));
    } else if let Some(text) = node.text().strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
        found.push(Literal { start: node.span().start + 1, text, member });
    }
}

/// The date of a literal, moved; `None` when it is not a date. A month moves with its middle and a year with its 1
/// July, since nothing more is known. Four digits are a year only in a member for dates, since a code may have four
/// digits.
fn shifted(literal: &Literal<'_>, days: i32) -> Option<String> {
    let (date, time) = split(literal.text)?;
    let (day, kept) = match date.len() {
        10 => (date.parse::<Date>().ok()?, 10),
        7 => (format!("{date}-15").parse().ok()?, 7),
        4 if is_for_dates(&literal.member) => (format!("{date}-07-01").parse().ok()?, 4),
        _ => return None,
    };
    let moved = day.checked_add(days.days()).ok()?.to_string();
    Some(format!("{}{time}", moved.get(..kept)?))
}

/// The day of a date or dateTime with at least the precision of a day.
fn day(text: &str) -> Option<Date> {
    let (date, _) = split(text)?;
    (date.len() == 10).then(|| date.parse().ok())?
}

/// The date, and the time with its `T`; `None` when the text does not have the form of a FHIR date or dateTime.
fn split(text: &str) -> Option<(&str, &str)> {
    let (date, time) = text.find('T').map_or((text, ""), |at| text.split_at(at));
    let shape = |text: &str| text.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect::<String>();
    let fits = match shape(date).as_str() {
        "9999-99-99" => time.is_empty() || is_time(&shape(time)),
        "9999-99" | "9999" => time.is_empty(),
        _ => false,
    };
    fits.then_some((date, time))
}

/// Whether the form, in which 9 means any digit, is that of a time of day. Seconds, fractions and offset may be
/// missing.
fn is_time(shape: &str) -> bool {
    let Some(rest) = shape.strip_prefix("T99:99") else { return false };
    let rest = rest.strip_prefix(":99").unwrap_or(rest);
    let rest = rest.strip_prefix('.').map_or(rest, |fraction| fraction.trim_start_matches('9'));
    matches!(rest, "" | "Z" | "+99:99" | "-99:99")
}

/// Whether FHIR keeps dates in members of this name.
fn is_for_dates(member: &str) -> bool {
    let ends = ["Date", "DateTime", "On", "Written", "Asserted", "Recorded"];
    ["date", "issued", "start", "end"].contains(&member) || ends.iter().any(|end| member.ends_with(end))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use document::Document;
    use knowledge::files::Files;

    use super::{example, literals, names, now};

    fn parsed(text: &str) -> Document<'_> {
        Document::parse(text).expect("JSON")
    }

    fn moved(text: &str, days: i32) -> String {
        super::moved(&parsed(text), days)
    }

    #[test]
    fn every_precision_moves_and_the_rest_stays() {
        let text = r#"{ "onsetDateTime" : "2021", "a":"2023-01", "b": ["2026-11-22"], "c":"2026-11-22T09:00:00.5+01:00",
            "d": "2026-11-22T09:00Z", "code": "2180", "e": "on 2026-11-22", "f": "2026-02-30", "2026-11-22": 2026,
            "g": "1234-5", "h": "\"2026-11-22", "i": "2026-11-22T", "j": "2026-11-22T9:00" }"#;
        let expected = text
            .replace(r#""2021""#, r#""2022""#)
            .replace(r#""2023-01""#, r#""2024-01""#)
            .replace(r#"["2026-11-22"]"#, r#"["2027-11-22"]"#)
            .replace("2026-11-22T09:00:00.5", "2027-11-22T09:00:00.5")
            .replace("2026-11-22T09:00Z", "2027-11-22T09:00Z");
        assert_eq!(moved(text, 365), expected);
        assert_eq!(moved(text, 0), text);
    }

    #[test]
    fn a_month_moves_from_its_middle() {
        for (days, month) in [(16, "2024-01"), (17, "2024-02"), (-14, "2024-01"), (-15, "2023-12")] {
            assert_eq!(moved(r#"["2024-01"]"#, days), format!("[\"{month}\"]"), "{days}");
        }
    }

    #[test]
    fn the_newest_order_is_written_today() {
        let fixtures = Files::fixtures();
        let today = date(2030, 1, 31);
        let bundles = ["bundles/later-results", "bundles/first-order-and-renewal"];
        for name in ["textbook", "shapes/dstu2-medication-order"].into_iter().chain(bundles) {
            let moved = example(name, &fixtures, today).expect("a fixture");
            let (moved, fixture) = (parsed(&moved), parsed(&fixtures.0[name]));
            assert_eq!(now(&moved), Some(today), "{name}");
            assert_eq!(literals(&moved).len(), literals(&fixture).len(), "{name}");
        }
    }

    #[test]
    fn unknown_names_are_answered_with_close_ones() {
        let fixtures = Files::fixtures();
        for name in ["neutrophils-1.9", "patients/neutrofils-1.9", "patients/neutrophils-1.9.json"] {
            let error = example(name, &fixtures, date(2030, 1, 1)).expect_err("no such name");
            assert!(error.contains("patients/neutrophils-1.9,") && error.contains("--list"), "{error}");
        }
        assert!(names(&fixtures).contains(&"textbook") && !names(&fixtures).contains(&"bundles/document"));
    }
}
