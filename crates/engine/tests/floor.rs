//! The floor: whatever a site's policy holds, either it is refused, or every critical card of every fixture and of every
//! case is still there and still critical.

#![expect(clippy::expect_used, reason = "a helper that finds a test broken ends the test")]

/// Who writes FHIR here.
mod author;

use std::collections::BTreeSet;
use std::sync::LazyLock;

use engine::case::decision;
use knowledge::cases::{self, Case};
use knowledge::files::Files;
use knowledge::floor::window_bounds;
use knowledge::{Library, policy};
use proptest::prelude::*;

use author::Minimal;
use domain::rule::Indicator;

/// Every critical card: the rule, and the beginning of its summary up to the colon.
type Criticals = BTreeSet<(String, String)>;

/// The cases and fixtures that have critical cards, with those cards.
static GUARDED: LazyLock<Vec<(Case, Criticals)>> = LazyLock::new(|| {
    let library = Library::embedded().expect("a valid library");
    let files = cases::read(&Files::embedded(), &mut Vec::new());
    let of_rules = files.into_iter().flat_map(|file| file.cases).map(|(case, _)| case);
    let of_fixtures = Files::fixtures().0.into_keys().map(|fixture| {
        let case = format!("name = {fixture:?}\nfixture = {fixture:?}");
        toml::from_str(&case).expect("a case")
    });
    let guarded: Vec<_> = of_rules
        .chain(of_fixtures)
        .filter_map(|case: Case| {
            let criticals = criticals(&library, &case)?;
            (!criticals.is_empty()).then_some((case, criticals))
        })
        .collect();
    assert!(guarded.len() > 60, "only {} patients have critical cards", guarded.len());
    guarded
});

/// The critical cards of a case; `None` where it is no call that is answered with cards.
fn criticals(library: &Library, case: &Case) -> Option<Criticals> {
    let cards = decision(library, case, &Files::fixtures(), &Minimal).ok()?.cards;
    let critical = cards.into_iter().filter(|card| card.indicator == Indicator::Critical);
    Some(critical.map(|card| (card.rule, card.summary.split(':').next().unwrap_or_default().to_owned())).collect())
}

/// Applies a policy to the library; whether it was accepted. Then no critical card may be missing.
fn holds(text: &str) -> bool {
    let mut library = Library::embedded().expect("a valid library");
    if policy::apply(&mut library, "site.toml", text).is_err() {
        return false;
    }
    for (case, expected) in GUARDED.iter() {
        let found = criticals(&library, case).expect("an answer");
        let lost: Vec<_> = expected.difference(&found).collect();
        assert!(lost.is_empty(), "{}: {lost:?} is lost with the policy\n{text}", case.name);
    }
    true
}

/// What a policy could try to move in the library.
struct Movable {
    /// The rules.
    rules: Vec<String>,
    /// Each criterion with a window: its bounds, and the window in days.
    windows: Vec<(String, (i64, i64), i64)>,
    /// Each summary, with its rule.
    summaries: Vec<(String, String)>,
    /// The value sets.
    sets: Vec<String>,
    /// Codes that the library knows, with their systems.
    codes: Vec<(String, String)>,
}

static MOVABLE: LazyLock<Movable> = LazyLock::new(|| {
    let library = Library::embedded().expect("a valid library");
    let rules = || library.drugs.iter().flat_map(|drug| &drug.rules);
    let windows = rules().flat_map(|rule| {
        rule.criteria.iter().filter_map(|criterion| {
            let days = criterion.kind.properties().window_days?;
            Some((criterion.id.clone(), window_bounds(rule, &criterion.id, days), days))
        })
    });
    let of_sets = library.codes.sets().flat_map(|(_, set)| set.codes.iter().step_by(10));
    let uri = |system: &str| library.codes.uri(system).expect("a system").to_owned();
    Movable {
        rules: rules().map(|rule| rule.id.clone()).collect(),
        windows: windows.collect(),
        summaries: rules().flat_map(|r| r.advice.iter().map(|a| (r.id.clone(), a.summary.clone()))).collect(),
        sets: library.codes.sets().map(|(id, _)| id.to_owned()).collect(),
        codes: of_sets.map(|code| (uri(&code.system), code.code.clone())).collect(),
    }
});

/// The most that a policy may do at once: every rule silent, and every window at one end of its bounds.
#[test]
fn no_critical_card_is_lost_where_a_policy_goes_to_its_limits() {
    let mut library = Library::embedded().expect("a valid library");
    let may_be_silent =
        |rule: &&String| policy::apply(&mut library, "site.toml", &format!("silent = [{rule:?}]")).is_ok();
    let silent: Vec<&String> = MOVABLE.rules.iter().filter(may_be_silent).collect();
    for end in [|(least, _): (i64, i64)| least, |(_, most): (i64, i64)| most] {
        let lines: String =
            MOVABLE.windows.iter().map(|(id, bounds, _)| format!("{id} = \"P{}D\"\n", end(*bounds))).collect();
        assert!(holds(&format!("silent = {silent:?}\n[windows]\n{lines}")), "refused: {lines}");
    }
}

/// A line of a policy, with its kind: each kind of line has its own table.
fn line() -> impl Strategy<Value = (&'static str, String)> {
    let silent = any::<prop::sample::Index>().prop_map(|at| ("silent", format!("{:?}", at.get(&MOVABLE.rules))));
    let window = (any::<prop::sample::Index>(), 0..9_usize, 0..4000_i64).prop_map(|(at, which, days)| {
        let (id, (least, most), own) = at.get(&MOVABLE.windows);
        let tried = [0, 1, own / 2, own - 1, own + 1, *least, *most, most + 1, days];
        ("window", format!("{id} = \"P{}D\"", tried.get(which).unwrap_or(own)))
    });
    let wording = (any::<prop::sample::Index>(), 0..5_usize).prop_map(|(at, which)| {
        let (rule, own) = at.get(&MOVABLE.summaries);
        let tokens: String = own
            .split('{')
            .skip(1)
            .filter_map(|rest| rest.split('}').next())
            .fold(String::new(), |all, token| all + " {" + token + "}");
        let demand = own.split(':').next().unwrap_or_default();
        let tried = [
            "All fine, go ahead".to_owned(),
            String::new(),
            format!("All fine{tokens}"),
            format!("{demand}: see{tokens}"),
            demand.to_owned(),
        ];
        let tried = tried.get(which).map_or("", String::as_str);
        ("wording", format!("[[wording]]\nrule = {rule:?}\nreplaces = {own:?}\nsummary = {tried:?}"))
    });
    let code =
        (any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<bool>()).prop_map(|(set, code, own)| {
            let set = set.get(&MOVABLE.sets);
            let (system, code) = code.get(&MOVABLE.codes);
            let system = if own { "urn:site" } else { system };
            ("code", format!("[[code]]\nset = {set:?}\nsystem = {system:?}\ncode = {code:?}\ndisplay = \"x\""))
        });
    prop_oneof![2 => silent, 3 => window, 2 => wording, 2 => code]
}

fn written(lines: &[(&str, String)]) -> String {
    let of = |kind: &str| -> Vec<&str> {
        let mut of: Vec<&str> = lines.iter().filter(|(k, _)| *k == kind).map(|(_, line)| line.as_str()).collect();
        // A table names a window once.
        of.sort_by_key(|line| line.split(" = ").next());
        of.dedup_by_key(|line| if kind == "window" { line.split(" = ").next() } else { Some(*line) });
        of
    };
    let (silent, windows) = (of("silent").join(", "), of("window").join("\n"));
    format!("silent = [{silent}]\n[windows]\n{windows}\n{}\n{}", of("code").join("\n"), of("wording").join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_policy_is_refused_or_lowers_no_critical_card(lines in prop::collection::vec(line(), 1..4)) {
        holds(&written(&lines));
    }
}
