use crate::Library;
use crate::files::Files;

/// What is wrong with the library when this text replaces another.
fn mistakes(file: &str, from: &str, to: &str) -> String {
    let mut files = Files::embedded();
    let text = files.0.get_mut(file).expect("a file of the library");
    assert!(text.contains(from), "{from}");
    *text = text.replacen(from, to, 1);
    let mistakes = Library::read(&files).err().unwrap_or_default();
    mistakes.iter().map(|mistake| mistake.message.as_str()).collect::<Vec<_>>().join("; ")
}

#[test]
fn what_a_rule_names_of_others_is_there() {
    let (summary, pathway) = ("tocilizumab/summary.toml", "tocilizumab/treatment-pathway.toml");
    for (file, from, to, expected) in [
        (summary, "unless-ordered", "unless-ordered", ""),
        (
            pathway,
            "unless-met = [\"mycophenolate-ordered\", \"hbsag-positive\"",
            "unless-met = [\"mycophenolate-ordered\", \"hbsag\"",
            "no rule of the drug has a criterion `hbsag`",
        ),
        (
            summary,
            "scenarios = [\"progression-despite-first-line\"",
            "scenarios = [\"progression\"",
            "no rule of the drug has a criterion `progression`",
        ),
        (summary, "[\"cytokine-release-syndrome\"", "[\"storm\"", "unknown indication `storm`"),
        (pathway, "order = 18", "order = 18\nscenarios = [\"pregnant\"]", "`scenarios` belong to an overview"),
        (
            summary,
            "due = { from = \"P28D\", to = \"P56D\" }",
            "due = { from = \"P56D\", to = \"P28D\" }",
            "`due` is only for a service that is created, and its `from` must not be later than its `to`",
        ),
        (
            summary,
            "unless-ordered = \"lipid-panel-order\"\ndue = { from = \"P28D\", to = \"P56D\" }",
            "unless-ordered = \"lipid-panel-order\"",
            "the label says {due}, and the suggestion has no `due`",
        ),
        (
            pathway,
            "dose = \"1 to",
            "due = { from = \"P1D\", to = \"P2D\" }\ndose = \"1 to",
            "`due` is only for a service that is created, and its `from` must not be later than its `to`",
        ),
        (
            "tocilizumab/duplicate-therapy.toml",
            "stop-others = true",
            "stop-others = true\ndelete-order = true",
            // The two pieces of advice that offer it then name a suggestion which is not there.
            "unknown suggestion `stop-others`; unknown suggestion `stop-others`; a suggestion must do exactly one of these: \
             delete-order, update-dose (with a labelled dose), stop-others, create, or replace-with (with a dose)",
        ),
        (
            "tocilizumab/hypersensitivity.toml",
            "for = [\"tocilizumab-hypersensitivity\"]",
            "for = [\"allergy\"]",
            "unknown criterion `allergy`",
        ),
    ] {
        assert_eq!(mistakes(file, from, to), expected, "{to}");
    }
}
