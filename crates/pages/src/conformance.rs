//! Conformance: every row of the checklist of the standard, and the test that shows it.

use serde::Deserialize;

use super::html::{Html, el, table};
use super::markdown::inline;
use super::{Site, section};

/// The checklist, in our words.
const CHECKLIST: &str = include_str!("../../../docs/conformance.toml");

/// The parts of the checklist by the letter of their rows.
const PARTS: [(&str, &str); 8] = [
    ("A", "On the wire"),
    ("B", "The list of services"),
    ("C", "What clients send"),
    ("D", "Data for a decision"),
    ("E", "Answers"),
    ("F", "Trust"),
    ("G", "Feedback"),
    ("H", "Calls that follow each other"),
];

#[derive(Deserialize)]
struct Checklist {
    row: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    level: String,
    side: String,
    requirement: String,
    test: String,
}

/// The page with the table of every part.
pub fn page(site: &Site<'_>) -> String {
    let rows = toml::from_str::<Checklist>(CHECKLIST).map_or_else(|_| Vec::new(), |checklist| checklist.row);
    let mut body = vec![
        el(
            "p",
            "The checklist of CDS Hooks 2.0.1 and of what the text of 3.0 adds. Each row has a test of its own that \
             asks the running program, and whose name begins with the row's own; the level is that of the standard, or “ours” \
             where the standard is silent.",
        ),
        el("p", format!("{} rows.", rows.len())),
    ];
    for (letter, title) in PARTS {
        let of_part = rows.iter().filter(|row| row.id.starts_with(letter));
        let cells = of_part.map(|row| (format!("row-{}", row.id), cells(row)));
        let head = ["", "Requirement", "Level", "Binds", "Test"];
        body.push(section(&format!("part-{letter}"), title, table(title, &head, cells)));
    }
    site.page("conformance.html", "Conformance to CDS Hooks", body.into())
}

fn cells(row: &Row) -> Vec<Html> {
    vec![el("b", &row.id), inline(&row.requirement), (&row.level).into(), (&row.side).into(), el("code", &row.test)]
}

#[cfg(test)]
mod tests {
    use super::{Checklist, PARTS};

    #[test]
    fn every_row_belongs_to_a_part() {
        let checklist: Checklist = toml::from_str(super::CHECKLIST).expect("the checklist");
        assert!(checklist.row.len() > 90);
        for row in checklist.row {
            assert!(PARTS.iter().any(|(letter, _)| row.id.starts_with(letter)), "{}", row.id);
        }
    }
}
