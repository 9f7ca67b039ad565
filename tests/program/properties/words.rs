//! Words of the record in cards: never too long for a summary, and never anything but words. The structure of a card's
//! Markdown is that of the same card with harmless words.

use std::sync::OnceLock;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::survived;
use crate::support::{cards, fixture, text};

/// A place for words: its name, the path in the textbook patient, and what is written there.
type Place = (&'static str, &'static str, fn(&str) -> Value);

fn snomed(code: &str, words: &str) -> Value {
    json!({"coding": [{"system": "http://snomed.info/sct", "code": code, "display": words}], "text": words})
}

/// Where record and order put words into cards.
const PLACES: [Place; 13] = [
    ("an infection", "/prefetch/conditions/entry/0/resource/code", |w| snomed("91302008", w)),
    ("active tuberculosis", "/prefetch/conditions/entry/0/resource/code", |w| snomed("56717001", w)),
    ("an allergy", "/prefetch/allergies/entry/0/resource/code", |w| json!({"text": format!("{w} tocilizumab {w}")})),
    (
        "a product that sounds like one of ours",
        "/context/draftOrders/entry/0/resource/medicationCodeableConcept",
        |w| json!({"text": format!("tcz {w}")}),
    ),
    (
        "an id",
        "/prefetch/conditions/entry/0/resource",
        |w| json!({"resourceType": "Condition", "id": w, "code": snomed("233604007", "Pneumonia")}),
    ),
    ("a tuberculosis test", "/prefetch/tuberculosis-tests/entry/0/resource/valueCodeableConcept", |w| {
        snomed("10828004", w)
    }),
    (
        "an answer in words",
        "/prefetch/tuberculosis-tests/entry/0/resource/valueCodeableConcept",
        |w| json!({"text": w}),
    ),
    (
        "a label beside a unit",
        "/prefetch/neutrophils/entry/0/resource/valueQuantity",
        |w| json!({"value": 1.2, "unit": w, "code": "10*3/uL"}),
    ),
    ("a unit", "/prefetch/platelets/entry/0/resource/valueQuantity", |w| json!({"value": 92, "unit": w})),
    ("a route", "/context/draftOrders/entry/0/resource/dosageInstruction/0/route", |w| json!({"text": w})),
    (
        "a dose",
        "/context/draftOrders/entry/0/resource/dosageInstruction/0/doseAndRate/0/doseQuantity",
        |w| json!({"value": 162, "unit": w}),
    ),
    ("a dose in words only", "/context/draftOrders/entry/0/resource/dosageInstruction", |w| json!([{"text": w}])),
    ("a timing", "/context/draftOrders/entry/0/resource/dosageInstruction/0/timing", |w| json!({"code": {"text": w}})),
];

/// The cards with these words at this place; with `reason`, the order's own reason stays, else it has these words too.
fn cards_with(place: &Place, words: &str, reason: bool) -> Vec<Value> {
    let mut request = fixture("textbook");
    let (name, path, value) = place;
    let target = request.pointer_mut(path).unwrap_or_else(|| panic!("{name}: nothing at {path}"));
    *target = value(words);
    if !reason {
        request["context"]["draftOrders"]["entry"][0]["resource"]["reasonCode"] = json!([{"text": words}]);
    }
    let what = format!("{name} called {words:?}");
    let answer = survived(&what, &request.to_string()).unwrap_or_else(|status| panic!("{what}: status {status}"));
    cards(&answer).to_vec()
}

/// What of a detail is Markdown and not words: line ends, and signs that are neither escaped nor inside a code span.
fn skeleton(detail: &str) -> String {
    let mut kept = String::new();
    for line in detail.split('\n') {
        let in_table = line.starts_with('|');
        let mut signs = line.chars().peekable();
        let mut in_code = false;
        while let Some(sign) = signs.next() {
            match sign {
                '`' => {
                    in_code = !in_code;
                    kept.push('`');
                }
                // Cells are split before code spans are seen; only an escaped bar stays inside its cell.
                '|' if in_table => kept.push('|'),
                '\\' if in_code => drop(signs.next_if(|next| in_table && *next == '|')),
                '\\' => drop(signs.next()),
                '*' | '_' | '<' | '>' | '[' | ']' | '#' | '~' | '!' if !in_code => kept.push(sign),
                _ => {}
            }
        }
        kept.push(if in_code { '?' } else { '\n' });
    }
    kept
}

/// Signs of HTML and Markdown, alone and where they would mean something; blanks stand between them.
const BREAKOUTS: &str = "<script>alert(1)</script> <img/src=x> <!-- &lt; ` `` ```\n | \\| \\ \n \r\n \n\n#\t \n-\t \
    \n|a|b|\n ** * _ ~~ ![x](http://x) [x](javascript:y) { } {unknown} \u{2028} \u{85} \t";

/// Words that try to break out, and any others.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(BREAKOUTS.split(' ').collect::<Vec<_>>()).prop_map(str::to_owned),
        any::<String>(),
        Just("x".repeat(300)),
        Just("\u{1f9ea}".repeat(150)),
        Just("e\u{301}".repeat(150)),
    ];
    prop::collection::vec(piece, 1..6).prop_map(|pieces| pieces.concat())
}

/// The cards with harmless words at each place, with and without a reason on the order.
fn harmless(place: usize, reason: bool) -> &'static [Value] {
    static CARDS: OnceLock<Vec<[Vec<Value>; 2]>> = OnceLock::new();
    let all =
        CARDS.get_or_init(|| PLACES.iter().map(|place| [false, true].map(|r| cards_with(place, "qq", r))).collect());
    &all[place][usize::from(reason)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_stay_words_and_summaries_short(words in hostile(), reason in any::<bool>(), which in 0..PLACES.len()) {
        // Letters around the words, so that they are there at all and are no unit, route or answer that is known.
        let words = format!("q{words}q");
        for at in [which, (which + 5) % PLACES.len()] {
            let place = &PLACES[at];
            let (found, harmless) = (cards_with(place, &words, reason), harmless(at, reason));
            let topics = |cards: &[Value]| cards.iter().map(|card| card["source"]["topic"].clone()).collect::<Vec<_>>();
            prop_assert_eq!(topics(&found), topics(harmless), "{} called {:?}: other cards", place.0, words);
            for (card, plain) in found.iter().zip(harmless) {
                let (shown, expected) = (skeleton(text(card, "/detail")), skeleton(text(plain, "/detail")));
                prop_assert_eq!(shown, expected, "{} called {:?} breaks out in {}", place.0, words, card["detail"]);
                let summary = text(card, "/summary");
                let (characters, units) = (summary.chars().count(), summary.encode_utf16().count());
                let short = characters < 140 && units < 140;
                prop_assert!(short, "E4 {} called {:?}: {} and {} in UTF-16", place.0, words, characters, units);
                prop_assert!(!summary.contains(char::is_control), "{} called {:?}: {:?}", place.0, words, summary);
            }
        }
    }
}

#[test]
fn the_places_reach_the_cards() {
    for place in &PLACES {
        let all = cards_with(place, "qqqq", true);
        assert!(all.iter().any(|card| card.to_string().contains("qqqq")), "{}: no card shows its words", place.0);
    }
}

#[test]
fn the_skeleton_sees_what_breaks_out() {
    let same = skeleton("| a | b `c` |\n- **x**: y");
    for (words, breaks) in [
        ("\\|", false),
        ("|", true),
        ("\\<b\\>", false),
        ("<b>", true),
        ("\n", true),
        ("`", true),
        ("\\*", false),
        ("plain", false),
    ] {
        let with = skeleton(&format!("| a{words} | b `c` |\n- **x**: y"));
        assert_eq!(with != same, breaks, "{words:?}");
    }
}
