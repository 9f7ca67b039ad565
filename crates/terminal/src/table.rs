//! Aligned columns that fit a width: where they do not, each gives way down to what its readers need.

use super::fit::{cut, cut_start};

/// Space between columns.
const GAP: usize = 2;
/// On a very narrow terminal no column becomes narrower than this for the sake of the others.
const NARROWEST: usize = 4;

/// A row: one text for each column, or a heading over all of them.
#[derive(Debug)]
pub enum Row<const N: usize> {
    /// A line of its own.
    Heading(String),
    /// The texts of the columns.
    Cells([String; N]),
}

/// The rows as lines of at most `width`; `needed` is the width that each column keeps as long as it can.
///
/// The last column holds references, whose end says most: they are cut at their start.
pub fn lines<const N: usize>(rows: &[Row<N>], needed: [usize; N], width: usize) -> Vec<String> {
    let room = width.saturating_sub(GAP * N.saturating_sub(1));
    let widths = fit(fit(natural(rows), needed, room), [NARROWEST; N], room);
    rows.iter()
        .map(|row| match row {
            Row::Heading(text) => cut(text, width),
            Row::Cells(cells) => {
                let fitted = cells.iter().zip(widths).enumerate().map(|(column, (cell, width))| {
                    let cell = if column + 1 == N { cut_start(cell, width) } else { cut(cell, width) };
                    format!("{cell:<width$}")
                });
                fitted.collect::<Vec<_>>().join(&" ".repeat(GAP)).trim_end().to_owned()
            }
        })
        .collect()
}

fn natural<const N: usize>(rows: &[Row<N>]) -> [usize; N] {
    let mut widths = [0; N];
    for row in rows {
        if let Row::Cells(cells) = row {
            for (width, cell) in widths.iter_mut().zip(cells) {
                *width = (*width).max(cell.chars().count());
            }
        }
    }
    widths
}

/// Takes room from the column that has most to spare, until all fit or none has any.
fn fit<const N: usize>(mut widths: [usize; N], needed: [usize; N], room: usize) -> [usize; N] {
    while widths.iter().sum::<usize>() > room {
        let spare = |(width, needed): &(&mut usize, usize)| width.saturating_sub(*needed);
        match widths.iter_mut().zip(needed).max_by_key(spare) {
            Some((width, needed)) if *width > needed => *width -= 1,
            _ => break,
        }
    }
    widths
}

#[cfg(test)]
mod tests {
    use super::{Row, lines};

    #[test]
    fn columns_align_and_give_way() {
        let cells = |texts: [&str; 3]| Row::Cells(texts.map(str::to_owned));
        let rows = [
            Row::Heading("Limits".to_owned()),
            cells(["Neutrophils below the limit", "met", "Observation/anc"]),
            cells(["Age", "not met", ""]),
        ];
        for (width, expected) in [
            (
                80,
                [
                    "Limits",
                    "Neutrophils below the limit  met      Observation/anc",
                    "Age                          not met",
                ],
            ),
            (35, ["Limits", "Neutrophils belo…  met      …on/anc", "Age                not met"]),
            (24, ["Limits", "Neutrop…  met      …/anc", "Age       not met"]),
        ] {
            assert_eq!(lines(&rows, [15, 7, 5], width), expected);
        }
    }
}
