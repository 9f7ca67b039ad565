use crate::Library;
use crate::files::Files;
use crate::mistake::Mistake;

const FILE: &str = "tocilizumab/drug.toml";

/// What is wrong with the library when this text replaces another, and the line of the replaced text.
fn mistakes(from: &str, to: &str) -> (Vec<Mistake>, usize) {
    let mut files = Files::embedded();
    let text = files.0.get_mut(FILE).expect("a file of the library");
    let at = text.find(from).expect("a text of the file");
    let line = 1 + text[..at].matches('\n').count();
    *text = text.replacen(from, to, 1);
    (Library::read(&files).err().unwrap_or_default(), line)
}

#[test]
fn a_row_that_cannot_be_right_is_refused_with_its_line() {
    let light = "{ below = \"30 kg\", dose = \"10 mg/kg\"";
    for (from, to, expected) in [
        ("dose = \"4 to 8 mg/kg\"", "dose = \"8\"", "`8` is not a dose with its unit, such as \"162 mg\""),
        ("dose = \"4 to 8 mg/kg\"", "dose = \"8 to 4 mg/kg\"", "the lower end of a dose must be above zero"),
        (light, "{ below = \"35 kg\", dose = \"10 mg/kg\"", "the bands overlap: this one begins at 30 kg"),
        (light, "{ below = \"25 kg\", dose = \"10 mg/kg\"", "the bands leave a gap from 25 kg to 30 kg"),
        (light, "{ from = \"5 kg\", below = \"30 kg\", dose = \"10 mg/kg\"", "the bands leave a gap below 5 kg"),
        ("{ from = \"100 kg\",", "{ from = \"100 kg\", below = \"150 kg\",", "the bands leave a gap from 150 kg on"),
        ("{ from = \"100 kg\",", "{ from = \"100\",", "`100` is not a weight in kg"),
        ("{ from = \"100 kg\",", "{ fom = \"100 kg\",", "unknown field `fom`"),
        ("indication = [\"giant-cell-arteritis\"]", "indication = [\"arteritis\"]", "unknown indication `arteritis`"),
        (
            "reduced-dose = \"4 mg/kg\"",
            "reduced-dose = \"280 mg\"",
            "`reduced-dose` must be one dose in the unit of `dose`",
        ),
        ("loosest = \"P14D\"", "loosest = \"P3D\"", "`interval` must lie between `tightest` and `loosest`"),
        ("closest = \"PT8H\"", "closest = \"8 hours\"", "`8 hours` is not a time between doses"),
        ("rounding = \"0.1\"", "rounding = \"10\"", "must lie between 0 and 1"),
        ("far-above = \"1.3\"", "far-above = \"0.3\"", "`far-above` must be above 1"),
        ("below-years = 2, within", "below-years = 1, within", "the ages must be in ascending order"),
        ("from = \"20 kg\", to = \"400 kg\"", "from = \"20 kg\", to = \"4 kg\"", "`from` must be less than `to`"),
        (
            "concept = \"body-weight\"",
            "concept = \"platelet-count\"",
            "`platelet-count` is not a measurement in kilograms",
        ),
    ] {
        let (mistakes, line) = mistakes(from, to);
        let is_told = |m: &Mistake| m.message.contains(expected) && m.file == FILE && m.line.abs_diff(line) <= 9;
        assert!(mistakes.iter().any(is_told), "{to}, line {line}: {mistakes:?}");
    }
}

#[test]
fn a_row_needs_what_the_checks_read() {
    for (from, to, expected) in [
        ("most = \"600 mg\"\n", "", "a dose by weight needs `most`"),
        ("closest = \"PT8H\"\n", "", "a dose without `interval` needs `closest`"),
        ("dose = \"6 mg/kg\"\n", "", "a row has one `dose`, or `bands`"),
        (
            "indication = [\"covid-19\"]",
            "indication = [\"giant-cell-arteritis\"]",
            "by the route `intravenous` appears twice",
        ),
        ("indication = [\"covid-19\"]", "indication = []", "a dose needs the indications that it is for"),
        (
            "reduced-dose = \"4 mg/kg\"",
            "corrected = { text = \"x\", product = { system = \"rxnorm\", code = \"1441527\", display = \"x\" } }",
            "only a row of one dose in mg",
        ),
        (
            "  { within = \"P365D\", from = \"20 kg\", to = \"400 kg\" },\n",
            "",
            "the last of the ages must have no `below-years`",
        ),
    ] {
        let (mistakes, _) = mistakes(from, to);
        let is_told = |m: &Mistake| m.message.contains(expected) && m.line > 0;
        assert!(mistakes.iter().any(is_told), "{to}: {mistakes:?}");
    }
}
