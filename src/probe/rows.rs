//! The table of the page: a row for each query, and one more for each further concept of which it brought something.

use super::report::{QueryReport, Report, Understood};
use terminal::Row;

/// What part, resources, time, concept, value and date keep of the width as long as they can: 100 columns.
pub const NEEDED: [usize; 6] = [26, 4, 6, 22, 18, 10];

/// The rows, the names of the columns first.
pub fn rows(report: &Report) -> Vec<Row<6>> {
    let mut rows = vec![Row::Cells(["Part", "Came", "ms", "Understood as", "Newest", "Date"].map(str::to_owned))];
    for asked in &report.queries {
        let came = match &asked.failure {
            Some(_) => "-".to_owned(),
            None => asked.pages.iter().map(usize::to_string).collect::<Vec<_>>().join("+"),
        };
        let mut cells: Vec<[String; 3]> = asked.understood.iter().map(cells_of).collect();
        if cells.is_empty() {
            cells.push([nothing(asked), String::new(), String::new()]);
        }
        let mut head = [asked.key.clone(), came, asked.milliseconds.to_string()];
        for [concept, value, date] in cells {
            // Only the first row of a query names it.
            let [key, came, took] = std::mem::take(&mut head);
            rows.push(Row::Cells([key, came, took, concept, value, date]));
        }
    }
    rows
}

/// A concept with its codes, its newest value and its date.
fn cells_of(understood: &Understood) -> [String; 3] {
    let codes = match understood.codes.as_slice() {
        [] => String::new(),
        [code] => format!(" ({code})"),
        [code, more @ ..] => format!(" ({code} and {} more)", more.len()),
    };
    let value = match understood.unusable {
        Some(reason) => format!("{} [{reason}]", understood.value),
        None => understood.value.clone(),
    };
    [format!("{}{codes}", understood.name), value, understood.date.clone().unwrap_or_default()]
}

/// The text in place of a concept where none was understood.
fn nothing(asked: &QueryReport) -> String {
    match &asked.failure {
        Some(trouble) => format!("not answered: {}", trouble.code),
        None if asked.pages.iter().sum::<usize>() == 0 => String::new(),
        None if asked.resource == "Patient" => "no date of birth".to_owned(),
        None => "nothing the rules need".to_owned(),
    }
}
