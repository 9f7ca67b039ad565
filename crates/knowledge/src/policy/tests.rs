use super::apply;
use crate::Library;

fn library() -> Library {
    Library::embedded().expect("a valid library")
}

#[test]
fn a_policy_changes_what_it_may_and_says_where_from() {
    let mut library = library();
    let text = "silent = [\"product\"]\n[windows]\nneutrophils-below-start-limit = \"P40D\"\n\
                [[code]]\nset = \"absolute-neutrophil-count\"\nsystem = \"urn:site\"\ncode = \"ANC\"\ndisplay = \"ANC\"\n\
                [[wording]]\nrule = \"hypersensitivity\"\n\
                replaces = \"Allergies could not be read: ask about earlier reactions to tocilizumab before prescribing\"\n\
                summary = \"Ask about allergies\"\n";
    let effective = apply(&mut library, "site.toml", text).expect("a valid policy").lines.join("\n");
    for line in [
        "rule product: silent (site.toml:1)",
        "window neutrophils-below-start-limit: 40 days (site.toml:3)",
        "window platelets-below-start-limit: 30 days (library)",
        "code absolute-neutrophil-count urn:site|ANC (ANC) (site.toml:4)",
        "wording hypersensitivity: Ask about allergies (site.toml:9)",
    ] {
        assert!(effective.contains(line), "{line}\n{effective}");
    }
}

#[test]
fn what_a_policy_may_not_do_is_told_with_its_line() {
    for (text, said) in [
        ("[limits]\nneutrophils-below-start-limit = \"1500\"", "site.toml:1: unknown key `limits`"),
        ("\nsilent = [\"nonsense\"]", "site.toml:2: unknown rule `nonsense`"),
        ("[windows]\nnonsense = \"P14D\"", "site.toml:2: unknown criterion `nonsense`"),
        ("[windows]\nnot-adult = \"P14D\"", "site.toml:2: criterion `not-adult` has no window"),
        ("[windows]\nneutrophils-below-start-limit = \"soon\"", "site.toml:2: `soon` is not a duration"),
        ("[[code]]\nset = \"x\"\nsystem = \"s\"\ncode = \"c\"\ndisplay = \"d\"", "site.toml:2: unknown value set `x`"),
        ("[[wording]]\nrule = \"product\"\nreplaces = \"x\"\nsummary = \"y\"", "has no advice with the summary"),
    ] {
        assert_refused(text, said);
    }
}

fn assert_refused(text: &str, said: &str) {
    let mistakes = apply(&mut library(), "site.toml", text).expect_err(text);
    let told: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    assert!(told.iter().any(|line| line.contains(said)), "{text}\n{told:?}");
}

/// Half and double the library's own window, and no shorter where a critical card rests on it.
#[test]
fn windows_stay_within_bounds() {
    for (window, said) in [
        ("neutrophils-below-start-limit = \"P29D\"", "cannot be P29D: from P30D to P60D"),
        ("neutrophils-below-start-limit = \"P61D\"", "cannot be P61D: from P30D to P60D"),
        ("neutrophils-below-start-limit = \"P-1D\"", "cannot be P-1D"),
        ("fvc-recorded = \"P89D\"", "cannot be P89D: from P90D to P360D"),
        ("fvc-recorded = \"P361D\"", "cannot be P361D: from P90D to P360D"),
    ] {
        assert_refused(&format!("\n[windows]\n{window}"), &format!("site.toml:3: the window of `{}", &window[..3]));
        assert_refused(&format!("[windows]\n{window}"), said);
    }
    for window in [
        "neutrophils-below-start-limit = \"P60D\"",
        "fvc-recorded = \"P90D\"",
        "tuberculosis-test-positive = \"P183D\"",
    ] {
        let applied = apply(&mut library(), "site.toml", &format!("[windows]\n{window}"));
        assert!(applied.is_ok(), "{window}: {applied:?}");
    }
}

#[test]
fn a_critical_headline_keeps_what_it_says() {
    let own = "Do not give tocilizumab: allergy or intolerance on record ({tocilizumab-hypersensitivity.what})";
    let as_new = |summary: &str| {
        format!("[[wording]]\nrule = \"hypersensitivity\"\nreplaces = \"{own}\"\nsummary = \"{summary}\"")
    };
    for (summary, said) in [
        ("All fine, go ahead", "site.toml:4: the new summary must keep `{tocilizumab-hypersensitivity.what}`"),
        (
            "All fine: {tocilizumab-hypersensitivity.what}",
            "its beginning \"Do not give tocilizumab\", because it is critical",
        ),
        ("", "the summary is empty"),
        ("Do not give tocilizumab: {tocilizumab-hypersensitivity.what} {x.what}", "unknown token `{x.what}`"),
    ] {
        assert_refused(&as_new(summary), said);
    }
    let shorter = as_new("Do not give tocilizumab: allergy to {tocilizumab-hypersensitivity.what}");
    assert!(apply(&mut library(), "site.toml", &shorter).is_ok());
}

#[test]
fn a_known_code_keeps_its_meaning() {
    let mapped = |set: &str, system: &str, code: &str| {
        format!("[[code]]\nset = \"{set}\"\nsystem = \"{system}\"\ncode = \"{code}\"\ndisplay = \"x\"")
    };
    let loinc = "http://loinc.org";
    for (set, system, code, said) in [
        (
            "platelet-count",
            loinc,
            "751-8",
            "`751-8` cannot be mapped into `platelet-count`: it is known as `absolute-neutrophil-count`",
        ),
        ("platelet-count", "http://loinc.org/", "751-8", "known as `absolute-neutrophil-count`"),
        ("platelet-count", loinc, "777-4", "check digit"),
        ("anti-tnf", "http://www.whocc.no/atc", "L04AC07", "a product of tocilizumab"),
    ] {
        assert_refused(&mapped(set, system, code), said);
    }
    let own = mapped("platelet-count", "urn:site", "PLT");
    assert!(apply(&mut library(), "site.toml", &own).is_ok());
    let again = mapped("platelet-count", loinc, "777-3");
    assert!(apply(&mut library(), "site.toml", &again).is_ok(), "what the library says itself");
}

#[test]
fn the_example_of_the_documentation_is_valid() {
    let page = include_str!("../../../../docs/policy.md");
    let example = page.split("```").nth(1).and_then(|block| block.strip_prefix("toml")).expect("an example");
    let applied = apply(&mut library(), "site.toml", example).map(|effective| effective.lines.join("\n"));
    assert!(applied.as_ref().is_ok_and(|lines| lines.contains("window fvc-recorded: 120 days")), "{applied:?}");
}
