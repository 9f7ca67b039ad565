//! The course of the drug of an order: what was prescribed, handed over, given or said to be taken, and when.

use domain::fact::{Facts, Medication, Shown, Standing};
use domain::time::{Clock, When};
use engine::assessment::Assessed;
use jiff::civil::Date;

use super::table::Table;

/// A span of time over which the drug was taken, or was to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bar {
    /// The kind of record that it comes from.
    pub source: SpanSource,
    /// The medicine in the words of the record.
    pub name: String,
    /// Its first day; `None` where the record has no date.
    pub from: Option<Date>,
    /// Its last day; `None` where it goes on.
    pub to: Option<Date>,
    /// `Type/id`.
    pub reference: String,
    /// Its time in words: "1 Nov 2026 to 29 Nov 2026".
    pub time: String,
}

/// The kind of record that a span comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum SpanSource {
    /// A dose or an infusion that was given.
    Given,
    /// A supply that was handed over.
    Dispensed,
    /// A statement of what is or was taken.
    Stated,
    /// A prescription, which is not a dose.
    Prescribed,
    /// A draft order.
    Planned,
    /// A record that says it was not taken.
    NotTaken,
    /// A record whose status cannot be read.
    Unreadable,
}

impl SpanSource {
    /// Every kind, what shows most first.
    pub const ALL: [SpanSource; 7] = [
        SpanSource::Given,
        SpanSource::Dispensed,
        SpanSource::Stated,
        SpanSource::Prescribed,
        SpanSource::Planned,
        SpanSource::NotTaken,
        SpanSource::Unreadable,
    ];

    /// A word or two.
    pub fn words(self) -> &'static str {
        match self {
            SpanSource::Given => "given",
            SpanSource::Dispensed => "dispensed",
            SpanSource::Stated => "said to be taken",
            SpanSource::Prescribed => "prescribed",
            SpanSource::Planned => "planned",
            SpanSource::NotTaken => "not taken",
            SpanSource::Unreadable => "status unclear",
        }
    }

    /// Whether it shows that the drug was taken.
    pub fn is_taken(self) -> bool {
        matches!(self, SpanSource::Given | SpanSource::Dispensed | SpanSource::Stated)
    }

    fn of(shown: Shown) -> SpanSource {
        match shown {
            Shown::Administered => SpanSource::Given,
            Shown::Dispensed => SpanSource::Dispensed,
            Shown::Stated => SpanSource::Stated,
            Shown::Prescribed => SpanSource::Prescribed,
            Shown::Planned => SpanSource::Planned,
            Shown::NotTaken => SpanSource::NotTaken,
            Shown::Perhaps => SpanSource::Unreadable,
        }
    }
}

/// The spans of the drug of an order, by what makes them, the earliest first.
pub fn course(assessed: &Assessed<'_>, facts: &Facts, clock: &Clock) -> Vec<Bar> {
    let of_drug = facts.medications.iter().filter(|m| m.concept == assessed.drug.id);
    let mut bars: Vec<Bar> = of_drug.map(|m| bar(m, clock)).collect();
    bars.sort_by(|a, b| (a.source, a.from, &a.reference).cmp(&(b.source, b.from, &b.reference)));
    bars
}

fn bar(m: &Medication, clock: &Clock) -> Bar {
    let source = SpanSource::of(m.shown);
    let planned = || m.source.effective.as_ref().map_or(clock.today(), When::first);
    let from = m.first.as_ref().map(When::first).or((source == SpanSource::Planned).then(planned));
    let goes_on = m.standing == Standing::Active && m.until.is_none() && source == SpanSource::Stated;
    let last = match source {
        // A dose is of its day, whatever it covers.
        SpanSource::Given | SpanSource::NotTaken | SpanSource::Planned => m.last.as_ref(),
        _ => m.until.as_ref().or(m.last.as_ref()),
    };
    let to = last.map(When::last).or(from).filter(|_| !goes_on);
    let shown = |when: Option<&When>| when.map(When::shown);
    let time = match (shown(m.first.as_ref().or(m.source.effective.as_ref())), shown(last)) {
        (Some(first), _) if goes_on => format!("since {first}"),
        (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
        (Some(first), _) => first,
        (None, Some(last)) => format!("until {last}"),
        (None, None) => "without a date".to_owned(),
    };
    Bar { source, name: m.source.received.clone(), from, to, reference: m.source.reference.clone(), time }
}

/// The spans as a table.
pub fn table(drug: &str, bars: &[Bar]) -> Table {
    let row =
        |bar: &Bar| vec![bar.source.words().to_owned(), bar.name.clone(), bar.time.clone(), bar.reference.clone()];
    Table {
        caption: format!("Course of {drug}"),
        head: vec!["What", "Medicine", "Time", "Record"],
        rows: bars.iter().map(row).collect(),
    }
}
