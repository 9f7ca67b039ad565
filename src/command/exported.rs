//! The columns of `feedback export`, written as CSV or as JSON objects. What a client or a user chose freely cannot
//! become a formula of a spreadsheet.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use knowledge::Library;
use serde::{Serialize, Serializer};
use store::export::{FeedbackRow, IssuedRow, Row};
use store::note::Mode;

use super::ledger::Rows;

/// The columns, in the order of 45 CFR 170.315(b)(11): intervention, action, feedback, user, date, location.
const COLUMNS: [&str; 21] = [
    "intervention",
    "intervention_title",
    "intervention_service",
    "intervention_hook",
    "intervention_indicator",
    "intervention_version",
    "shown",
    "action",
    "suggestions_taken",
    "feedback_reason_system",
    "feedback_reason_code",
    "feedback_reason",
    "feedback_commented",
    "feedback_comment",
    "user",
    "shown_at",
    "action_at",
    "location_client",
    "location_organization",
    "location_name",
    "card",
];

/// The titles of the rules, by their ids. A rule that an older library had has none.
pub struct Titles(BTreeMap<String, String>);

impl Titles {
    /// Those of a library.
    pub fn of(library: &Library) -> Titles {
        let rules = library.drugs.iter().flat_map(|drug| &drug.rules);
        Titles(rules.map(|rule| (rule.id.clone(), rule.title.clone())).collect())
    }
}

/// The readable names of what the store holds ids of.
pub struct StoreNames<'m> {
    /// Titles of rules.
    pub titles: &'m Titles,
    /// The name of the place that each client of the settings serves.
    pub places: BTreeMap<&'m str, &'m str>,
    /// The time zone of the moments.
    pub zone: &'m TimeZone,
}

/// Writes rows in the chosen form.
pub struct RowWriter<'m, W: Write> {
    form: Form<W>,
    names: StoreNames<'m>,
    rows: usize,
}

enum Form<W: Write> {
    Csv(Box<csv::Writer<W>>),
    Ndjson(W),
}

impl<'m, W: Write> RowWriter<'m, W> {
    /// Begins, with the names of the columns where the form has them.
    pub fn new(rows: Rows, out: W, names: StoreNames<'m>) -> io::Result<RowWriter<'m, W>> {
        let form = match rows {
            Rows::Ndjson => Form::Ndjson(out),
            Rows::Csv => {
                let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
                writer.write_record(COLUMNS)?;
                Form::Csv(Box::new(writer))
            }
        };
        Ok(RowWriter { form, names, rows: 0 })
    }

    /// Writes a row.
    pub fn row(&mut self, row: &Row) -> io::Result<()> {
        let cells = cells(row, &self.names);
        self.rows += 1;
        match &mut self.form {
            Form::Csv(writer) => writer.write_record(cells.map(|cell| plain(cell.unwrap_or_default())))?,
            Form::Ndjson(out) => {
                serde_json::to_writer(&mut *out, &Object(cells))?;
                out.write_all(b"\n")?;
            }
        }
        Ok(())
    }

    /// Writes what is still in memory; how many rows there were.
    pub fn end(self) -> io::Result<usize> {
        match self.form {
            Form::Csv(mut writer) => writer.flush()?,
            Form::Ndjson(mut out) => out.flush()?,
        }
        Ok(self.rows)
    }
}

/// A row as a JSON object whose members have the order of the columns.
struct Object([Option<String>; COLUMNS.len()]);

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(COLUMNS.iter().zip(&self.0))
    }
}

/// A cell that no spreadsheet takes for a formula: one that begins like a formula gets an apostrophe in front, which
/// spreadsheets read as “this is text”.
fn plain(cell: String) -> String {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        true => format!("'{cell}"),
        false => cell,
    }
}

fn cells(row: &Row, names: &StoreNames<'_>) -> [Option<String>; COLUMNS.len()] {
    let issued = row.issued.as_ref();
    let feedback = row.feedback.as_ref();
    let of_issued = |part: fn(&IssuedRow) -> &String| issued.map(|issued| part(issued).clone());
    let of_feedback = |part: fn(&FeedbackRow) -> &Option<String>| feedback.and_then(|feedback| part(feedback).clone());
    let moment = |at_ms: i64| {
        let moment = Timestamp::from_millisecond(at_ms).ok()?.to_zoned(names.zone.clone());
        Some(moment.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string())
    };
    let place = row.client.as_deref().and_then(|client| names.places.get(client));
    [
        of_issued(|issued| &issued.rule),
        issued.and_then(|issued| names.titles.0.get(&issued.rule).cloned()),
        Some(row.service.clone()),
        of_issued(|issued| &issued.hook),
        of_issued(|issued| &issued.indicator),
        of_issued(|issued| &issued.library),
        issued.map(|issued| issued.mode.code().to_owned()),
        Some(action(row).to_owned()),
        of_feedback(|feedback| &feedback.suggestions),
        of_feedback(|feedback| &feedback.reason_system),
        of_feedback(|feedback| &feedback.reason),
        of_feedback(|feedback| &feedback.reason_display),
        feedback.map(|feedback| if feedback.commented { "yes" } else { "no" }.to_owned()),
        of_feedback(|feedback| &feedback.comment),
        issued.and_then(|issued| issued.user.clone()),
        issued.and_then(|issued| moment(issued.at_ms)),
        feedback.and_then(|feedback| moment(feedback.at_ms)),
        row.client.clone(),
        issued.and_then(|issued| issued.organization.clone()),
        place.map(|place| (*place).to_owned()),
        Some(row.card.clone()),
    ]
}

/// What became of a card: what the user did, `ignored` for a card that was shown and got no feedback, `not-shown`
/// otherwise.
fn action(row: &Row) -> &str {
    match (&row.feedback, &row.issued) {
        (Some(feedback), _) => &feedback.outcome,
        (None, Some(IssuedRow { mode: Mode::Live, .. })) => "ignored",
        (None, _) => "not-shown",
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn no_cell_is_a_formula() {
        for (cell, written) in [
            ("=HYPERLINK(\"http://x\")", "'=HYPERLINK(\"http://x\")"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("a=1", "a=1"),
            ("", ""),
        ] {
            assert_eq!(plain(cell.to_owned()), written);
        }
    }
}
