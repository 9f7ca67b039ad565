//! A test patient as a hook request of today: its dates are moved together, so that all windows stay as they were.
//!
//! Only the dates change. The rest stays byte for byte, so that an example is the fixture as it was written.

use jiff::ToSpan;
use jiff::civil::Date;

use document::{Document, Object};
use knowledge::files::Files;

/// How many names are offered in place of one that is not known.
const OFFERED: usize = 5;

/// The fixture with its dates moved, so that its order was written today. The error names what comes close.
pub fn example(name: &str, fixtures: &Files, today: Date) -> Result<String, String> {
    let text = fixtures.0.get(name).ok_or_else(|| unknown(name, fixtures))?;
    let days = now(text).map_or(0, |now| (today - now).get_days());
    Ok(moved(text, days))
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
            let distance = if holds { 0 } else { distance(known, &wanted).min(distance(last, &wanted)) };
            (distance, known.as_str())
        })
        .filter(|(distance, _)| *distance <= wanted.len() / 3)
        .collect();
    ranked.sort();
    let close: Vec<&str> = ranked.into_iter().take(OFFERED).map(|(_, known)| known).collect();
    let offer = if close.is_empty() { String::new() } else { format!(" Close: {}.", close.join(", ")) };
    format!("no example is called `{name}`.{offer} All names: tocilizumab-cds example --list")
}

/// How many characters must be added, left out or replaced to come from one word to the other.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut corner = i;
        let mut left = i + 1;
        for (y, above) in b.chars().zip(row.iter_mut().skip(1)) {
            let cost = (corner + usize::from(x != y)).min(left + 1).min(*above + 1);
            corner = *above;
            *above = cost;
            left = cost;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}

/// The day on which the fixture plays: when its newest order was written, or else its latest date.
fn now(text: &str) -> Option<Date> {
    let document = Document::parse(text).ok()?;
    let root = document.root().object()?;
    let drafts = root.object("context").and_then(|context| context.object("draftOrders"));
    let resources = |bundle: &Object<'_>| -> Vec<Date> {
        bundle.objects("entry").filter_map(|entry| written(&entry.object("resource")?)).collect()
    };
    let orders = match &drafts {
        Some(drafts) => resources(drafts),
        None => resources(&root),
    };
    orders.into_iter().max().or_else(|| literals(text).filter_map(|literal| day(literal.text)).max())
}

/// When an order that still counts was written.
fn written(resource: &Object<'_>) -> Option<Date> {
    let status = resource.string("status");
    if !matches!(status.as_deref(), None | Some("draft" | "active")) {
        return None;
    }
    ["authoredOn", "dateWritten"].iter().find_map(|member| day(&resource.string(member)?))
}

/// The text with every date moved by so many days.
fn moved(text: &str, days: i32) -> String {
    let mut moved = String::with_capacity(text.len());
    let mut done = 0;
    for literal in literals(text) {
        if let Some(date) = shifted(&literal, days) {
            moved.push_str(&text[done..literal.at]);
            moved.push_str(&date);
            done = literal.at + literal.text.len();
        }
    }
    moved.push_str(&text[done..]);
    moved
}

/// A string value of the JSON.
struct Literal<'a> {
    /// Where its first character stands.
    at: usize,
    /// What stands between the quotes.
    text: &'a str,
    /// The member it belongs to.
    member: &'a str,
}

/// The string values of a JSON text, names of members left out.
fn literals(text: &str) -> impl Iterator<Item = Literal<'_>> {
    let mut at = 0;
    let mut member = "";
    std::iter::from_fn(move || {
        loop {
            let start = at + text[at..].find('"')? + 1;
            let length = end(&text[start..])?;
            let inside = &text[start..start + length];
            at = start + length + 1;
            if text[at..].trim_start().starts_with(':') {
                member = inside;
            } else {
                return Some(Literal { at: start, text: inside, member });
            }
        }
    })
}

/// Where the quote stands that ends a string.
fn end(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|b| {
        let ends = b == b'"' && !escaped;
        escaped = b == b'\\' && !escaped;
        ends
    })
}

/// The date moved: of a month its middle moves and of a year its 1 July, as nothing more is known. `None` for what is
/// no date. A year counts in a member for dates only: codes may have four digits too.
fn shifted(literal: &Literal<'_>, days: i32) -> Option<String> {
    let (date, time) = split(literal.text)?;
    let (day, kept) = match date.len() {
        10 => (date.parse::<Date>().ok()?, 10),
        7 => (format!("{date}-15").parse().ok()?, 7),
        4 if is_for_dates(literal.member) => (format!("{date}-07-01").parse().ok()?, 4),
        _ => return None,
    };
    let moved = day.checked_add(days.days()).ok()?.to_string();
    Some(format!("{}{time}", moved.get(..kept)?))
}

/// The day of a date of day precision, with or without time.
fn day(text: &str) -> Option<Date> {
    let (date, _) = split(text)?;
    (date.len() == 10).then(|| date.parse().ok())?
}

/// The date, and the time with its `T`; `None` for what has not the shape of a FHIR date or dateTime.
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

/// Whether the shape is that of a time of day, with or without seconds, fractions of them and offset.
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

    use super::{distance, example, literals, moved, names, now};
    use knowledge::files::Files;

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
            assert_eq!(now(&moved), Some(today), "{name}");
            assert_eq!(literals(&moved).count(), literals(&fixtures.0[name]).count(), "{name}");
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
        assert_eq!((distance("kitten", "sitting"), distance("", "ab"), distance("ab", "")), (3, 2, 2));
    }
}
