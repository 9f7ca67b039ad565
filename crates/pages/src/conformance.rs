//! Conformance: every row of the checklist of the standard, and the test that shows it.

use maud::{Markup, html};
use serde::Deserialize;
use text::{Block, read};

use super::blocks::line;
use super::html::table;
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
    let head = ["", "Requirement", "Level", "Binds", "Test"];
    let content = html! {
        p {
            "The checklist of CDS Hooks 2.0.1 and of what the text of 3.0 adds. Each row has a test of its own that "
            "asks the running program, and whose name begins with the row's own; the level is that of the standard, or "
            "“ours” where the standard is silent."
        }
        p { (rows.len()) " rows." }
        @for (letter, title) in PARTS {
            @let of_part = html! { @for row in rows.iter().filter(|row| row.id.starts_with(letter)) { (self::row(row)) } };
            (section(&format!("part-{letter}"), title, table(title, &head, of_part)))
        }
    };
    site.page("conformance.html", "Conformance to CDS Hooks", content)
}

fn row(row: &Row) -> Markup {
    html! {
        tr id={ "row-" (row.id) } {
            td { b { (row.id) } }
            td { (words(&row.requirement)) }
            td { (row.level) }
            td { (row.side) }
            td { code { (row.test) } }
        }
    }
}

/// The running text of a requirement.
fn words(markdown: &str) -> Markup {
    html! { @for block in read(markdown) { @if let Block::Paragraph(words) = block { (line(&words)) } } }
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
