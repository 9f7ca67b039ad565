//! What the text of an order says of the dose. Only what stands there without doubt is read: amounts in milligrams,
//! common words for an interval, and the words of the drug's own routes.

use rust_decimal::Decimal;

use super::meaning::Meanings;
use super::order::unit_days;
use super::view::decimal;
use domain::order::{Dose, OrderText};
use domain::rule::Drug;

/// The beginnings of words after which a text is about other drugs, such as those given before an infusion.
const OTHER_DRUGS: [&str; 9] = [
    "premed",
    "acetaminophen",
    "paracetamol",
    "diphenhydramine",
    "hydrocortisone",
    "methylpred",
    "predniso",
    "methotrexate",
    "ibuprofen",
];

/// Words before an amount that is the most, and not the dose: "not to exceed 800 mg".
const CAPS: [&str; 6] = ["max", "maximum", "exceed", "more", "most", "up"];

/// How far before an amount they are looked for.
const CAP_WORDS: usize = 3;

/// The most words that a route has in a text.
const ROUTE_WORDS: usize = 3;

/// Reads a text. What it names twice stands once.
pub fn read(words: &str, drug: &Drug, meanings: &Meanings<'_, '_>) -> OrderText {
    let tokens = tokens(words);
    let end = tokens.iter().position(|token| OTHER_DRUGS.iter().any(|other| token.starts_with(other)));
    let tokens = tokens.get(..end.unwrap_or(tokens.len())).unwrap_or_default();
    let mut text = OrderText { words: words.to_owned(), ..OrderText::default() };
    for at in 0..tokens.len() {
        let rest = tokens.get(at..).unwrap_or_default();
        let earlier = tokens.get(at.saturating_sub(CAP_WORDS)..at).unwrap_or_default();
        let is_cap = earlier.iter().any(|token| CAPS.contains(&token.as_str()));
        once(if is_cap { &mut text.caps } else { &mut text.doses }, dose(rest));
        once(&mut text.intervals, interval(tokens.get(..at).unwrap_or_default(), rest));
        once(&mut text.routes, route(rest, drug, meanings));
    }
    text
}

/// Whether a text asks for doses as needed.
pub fn is_as_needed(words: &str) -> bool {
    let tokens = tokens(words);
    tokens.iter().any(|token| token == "prn") || tokens.windows(2).any(|pair| pair == ["as", "needed"])
}

fn once<T: PartialEq>(all: &mut Vec<T>, found: Option<T>) {
    all.extend(found.filter(|found| !all.contains(found)));
}

/// What a token is made of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Made {
    OfLetters,
    OfDigits,
}

/// Lower-case words, numbers and slashes: "Inject 162mg/0.9 mL s.c." is inject, 162, mg, /, 0.9, ml, s.c.
fn tokens(words: &str) -> Vec<String> {
    let chars: Vec<char> = words.chars().flat_map(char::to_lowercase).collect();
    let mut tokens: Vec<String> = Vec::new();
    let mut last = None;
    for (at, c) in chars.iter().copied().enumerate() {
        let before = at.checked_sub(1).and_then(|at| chars.get(at));
        let between = |test: fn(char) -> bool| [before, chars.get(at + 1)].iter().all(|c| c.is_some_and(|c| test(*c)));
        let made = match c {
            '.' | ',' if between(|c| c.is_ascii_digit()) => Some(Made::OfDigits),
            '.' | '-' if between(char::is_alphabetic) => Some(Made::OfLetters),
            c if c.is_ascii_digit() => Some(Made::OfDigits),
            c if c.is_alphabetic() => Some(Made::OfLetters),
            _ => None,
        };
        match (made, tokens.last_mut()) {
            // The comma of "1,620" only groups its digits.
            (Some(Made::OfDigits), Some(_)) if c == ',' => {}
            (Some(made), Some(token)) if last == Some(made) => token.push(c),
            (Some(_), _) => tokens.push(c.to_string()),
            (None, _) if c == '/' => tokens.push("/".to_owned()),
            (None, _) => {}
        }
        last = made;
    }
    tokens
}

/// The tokens as words, for patterns.
fn head<const N: usize>(tokens: &[String]) -> [&str; N] {
    std::array::from_fn(|at| tokens.get(at).map_or("", String::as_str))
}

/// The amount that begins here: "162 mg", "8 mg / kg". A strength such as "180 mg / mL" is none.
fn dose(tokens: &[String]) -> Option<Dose> {
    let [number, unit, slash, per] = head(tokens);
    let value = decimal(number)?;
    let milligrams = match unit {
        "mg" | "milligram" | "milligrams" => value,
        "g" | "gram" | "grams" => value.checked_mul(Decimal::from(1000))?,
        _ => return None,
    };
    match (slash, per) {
        ("/" | "per", "kg") => Some(Dose::PerKilogram(milligrams.normalize())),
        ("/", "day" | "week" | "dose" | "d" | "wk") => Some(Dose::Milligrams(milligrams.normalize())),
        ("/", _) => None,
        _ => Some(Dose::Milligrams(milligrams.normalize())),
    }
}

/// The days from one dose to the next that are named here.
fn interval(before: &[String], tokens: &[String]) -> Option<Decimal> {
    let days = |count: &str, unit: &str| {
        let count = match count {
            "two" => Decimal::from(2),
            "three" => Decimal::from(3),
            "four" => Decimal::from(4),
            "other" | "second" => Decimal::from(2),
            number => decimal(number)?,
        };
        let unit = match unit {
            "w" | "wks" => "wk",
            other => other,
        };
        unit_days(unit)?.checked_mul(count).map(|days| days.normalize())
    };
    let per = |unit: &str, times: Decimal| unit_days(unit)?.checked_div(times).map(|days| days.normalize());
    let times = match before {
        [.., twice] if twice == "twice" => Decimal::TWO,
        [.., count, times] if times == "times" => decimal(count)?,
        _ => Decimal::ONE,
    };
    let is_counted = before.last().is_some_and(|last| matches!(last.as_str(), "once" | "twice" | "time" | "times"));
    match head(tokens) {
        ["daily" | "qd", _, _] => per("day", times),
        ["weekly" | "qw", _, _] => per("week", times),
        ["every" | "each" | "per" | "/" | "q", unit @ ("day" | "week" | "wk"), _] => per(unit, times),
        ["a", unit @ ("day" | "week"), _] if is_counted => per(unit, times),
        ["every" | "q", count, unit] => days(count, unit),
        _ => None,
    }
}

/// The route that begins here, in the words that its value set lists.
fn route(tokens: &[String], drug: &Drug, meanings: &Meanings<'_, '_>) -> Option<String> {
    (1..=ROUTE_WORDS.min(tokens.len())).find_map(|length| {
        let words = tokens.get(..length)?.join(" ");
        let sets = meanings.index().sets_of_answer(&words);
        let is_of = |set: &str| meanings.index().set(set).is_some_and(|set| sets.contains(&set));
        drug.routes.iter().find(|route| is_of(&route.value_set)).map(|route| route.id.clone())
    })
}

#[cfg(test)]
mod tests {
    use domain::order::Dose::{Milligrams, PerKilogram};
    use domain::order::OrderText;
    use knowledge::Library;
    use rust_decimal::Decimal;

    use super::{is_as_needed, read, tokens};
    use crate::meaning::Meanings;

    fn texts<T>(words: &str, read_of: impl FnOnce(OrderText) -> T) -> T {
        let library = Library::embedded().expect("a valid library");
        let meanings = Meanings::new(&library);
        read_of(read(words, &library.drugs[0], &meanings))
    }

    fn decimals(numbers: &[&str]) -> Vec<Decimal> {
        numbers.iter().map(|number| number.parse().expect("a number")).collect()
    }

    #[test]
    fn words_and_numbers_are_apart() {
        assert_eq!(
            tokens("Inject 162mg/0.9 mL s.c., q2w"),
            ["inject", "162", "mg", "/", "0.9", "ml", "s.c", "q", "2", "w"]
        );
        assert_eq!(tokens("1,620 mg sub-q."), ["1620", "mg", "sub-q"]);
        assert!(tokens(" ,. ").is_empty());
    }

    #[test]
    fn amounts_intervals_and_routes_are_read() {
        for (words, doses, intervals, routes) in [
            ("1620 mg IV daily", &["1620"][..], &["1"][..], &["intravenous"][..]),
            ("162 mg subcutaneously once weekly", &["162"], &["7"], &["subcutaneous"]),
            ("162mg sub q q7d", &["162"], &["7"], &["subcutaneous"]),
            ("1,620 mg every other week", &["1620"], &["14"], &[]),
            ("0.162 g every 2 weeks s.c.", &["162"], &["14"], &["subcutaneous"]),
            ("162 mg twice a week", &["162"], &["3.5"], &[]),
            ("162 mg twice weekly", &["162"], &["3.5"], &[]),
            ("162 mg for a week", &["162"], &[], &[]),
            ("162 mg 2 times per week", &["162"], &["3.5"], &[]),
            ("162 mg, 1 time a week", &["162"], &["7"], &[]),
            ("one syringe (180 mg/mL) per week", &[], &["7"], &[]),
            ("162 mg/week", &["162"], &["7"], &[]),
            ("560 mg IV q4w, premedicate with acetaminophen 650 mg daily", &["560"], &["28"], &["intravenous"]),
            ("560 mg IV, not more than 800 mg", &["560"], &[], &["intravenous"]),
            ("as directed", &[], &[], &[]),
            ("inject every", &[], &[], &[]),
        ] {
            texts(words, |text| {
                let found: Vec<Decimal> = text
                    .doses
                    .iter()
                    .filter_map(|dose| match dose {
                        Milligrams(value) => Some(*value),
                        PerKilogram(_) => None,
                    })
                    .collect();
                assert_eq!((found, text.intervals), (decimals(doses), decimals(intervals)), "{words}");
                assert_eq!(
                    (text.routes, text.words.as_str()),
                    (routes.iter().map(|r| (*r).to_owned()).collect(), words)
                );
            });
        }
        texts("8 mg/kg (560 mg) IV", |text| {
            assert_eq!(text.doses, [PerKilogram(Decimal::from(8)), Milligrams(Decimal::from(560))]);
        });
    }

    #[test]
    fn as_needed_in_words() {
        for (words, needed) in
            [("162 mg PRN", true), ("weekly as needed", true), ("as directed", false), ("needed", false)]
        {
            assert_eq!(is_as_needed(words), needed, "{words}");
        }
    }
}
