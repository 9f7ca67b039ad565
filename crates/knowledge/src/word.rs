//! Values that the library writes as one word, such as a duration or a phase. Reading one checks it, so that a mistake
//! is reported at the word itself.

use std::iter;

use super::mistake::meant;
use domain::hook::Hook;
use domain::phase::Phase;
use domain::rule::Indicator;
use domain::truth::Reason;
use rust_decimal::Decimal;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// A value that is written as one word.
#[derive(Debug, Clone, Copy)]
pub(super) struct Word<T>(pub T);

/// A type that one word can be read into. The error is the message for the author of the file.
pub(super) trait FromWord: Sized {
    fn from_word(word: &str) -> Result<Self, String>;
}

impl<'de, T: FromWord> Deserialize<'de> for Word<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Word<T>, D::Error> {
        T::from_word(&String::deserialize(deserializer)?).map(Word).map_err(D::Error::custom)
    }
}

/// The values of several words.
pub(super) fn values<T>(words: Vec<Word<T>>) -> Vec<T> {
    words.into_iter().map(|Word(value)| value).collect()
}

/// A number of days, written as an ISO 8601 duration in days or weeks: `P30D`, `P2W`.
#[derive(Clone, Copy)]
pub(super) struct Days(pub i64);

impl FromWord for Days {
    fn from_word(word: &str) -> Result<Days, String> {
        let days = word.strip_prefix('P').and_then(|rest| {
            let weeks = rest.strip_suffix('W').and_then(|weeks| weeks.parse::<i64>().ok()?.checked_mul(7));
            weeks.or_else(|| rest.strip_suffix('D')?.parse().ok())
        });
        days.map(Days).ok_or_else(|| format!("`{word}` is not a duration in days, such as P30D"))
    }
}

/// An amount in milligrams: `162 mg`.
#[derive(Clone, Copy)]
pub(super) struct Milligrams(pub Decimal);

impl FromWord for Milligrams {
    fn from_word(word: &str) -> Result<Milligrams, String> {
        let number = word.trim().strip_suffix("mg").and_then(|number| number.trim().parse().ok());
        number.map(Milligrams).ok_or_else(|| format!("`{word}` is not an amount in mg"))
    }
}

/// A time between doses in days, written as an ISO 8601 duration in weeks, days or hours: `P2W`, `P28D`, `PT8H`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span(pub Decimal);

impl FromWord for Span {
    fn from_word(word: &str) -> Result<Span, String> {
        let hours = word.strip_prefix("PT").and_then(|rest| rest.strip_suffix('H')?.parse::<i64>().ok());
        let days = match hours {
            Some(hours) => Decimal::from(hours).checked_div(Decimal::from(24)),
            None => Days::from_word(word).ok().map(|Days(days)| Decimal::from(days)),
        };
        let days = days.map(|days| days.normalize()).filter(|days| *days > Decimal::ZERO);
        days.map(Span).ok_or_else(|| format!("`{word}` is not a time between doses, such as P28D or PT8H"))
    }
}

/// A body weight: `30 kg`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Kilograms(pub Decimal);

impl FromWord for Kilograms {
    fn from_word(word: &str) -> Result<Kilograms, String> {
        let number = word.trim().strip_suffix("kg").and_then(|number| number.trim().parse().ok());
        number.map(Kilograms).ok_or_else(|| format!("`{word}` is not a weight in kg, such as \"30 kg\""))
    }
}

/// One dose or a range, in milligrams or for each kilogram: `162 mg`, `8 mg/kg`, `4 to 8 mg/kg`.
#[derive(Debug, Clone, Copy)]
pub(super) struct DoseWithUnit {
    pub least: Decimal,
    pub most: Decimal,
    pub per_kilogram: bool,
}

impl FromWord for DoseWithUnit {
    fn from_word(word: &str) -> Result<DoseWithUnit, String> {
        let refused = || format!("`{word}` is not a dose with its unit, such as \"162 mg\" or \"4 to 8 mg/kg\"");
        let (numbers, unit) = word.trim().rsplit_once(' ').ok_or_else(refused)?;
        let per_kilogram = match unit {
            "mg" => false,
            "mg/kg" => true,
            _ => return Err(refused()),
        };
        let (least, most) = numbers.split_once(" to ").unwrap_or((numbers, numbers));
        let number = |text: &str| text.trim().parse().map_err(|_| refused());
        Ok(DoseWithUnit { least: number(least)?, most: number(most)?, per_kilogram })
    }
}

/// An amount with its unit, separated by a blank: `5 mm`.
pub(super) struct WithUnit(pub Decimal, pub String);

impl FromWord for WithUnit {
    fn from_word(word: &str) -> Result<WithUnit, String> {
        let parts = word.trim().split_once(' ');
        let amount = parts.and_then(|(number, unit)| Some(WithUnit(number.parse().ok()?, unit.trim().to_owned())));
        amount.ok_or_else(|| format!("`{word}` is not a number with a unit, such as \"5 mm\""))
    }
}

/// What kind of evidence a rule rests on.
pub(super) struct EvidenceKind(pub String);

impl FromWord for EvidenceKind {
    fn from_word(word: &str) -> Result<EvidenceKind, String> {
        const KINDS: [&str; 5] = ["label", "guideline", "trial", "literature", "design"];
        match KINDS.contains(&word) {
            true => Ok(EvidenceKind(word.to_owned())),
            false => Err(format!("unknown kind of evidence `{word}`; expected one of {}", KINDS.join(", "))),
        }
    }
}

/// A day, as the file writes it.
pub(super) struct Day(pub String);

impl FromWord for Day {
    fn from_word(word: &str) -> Result<Day, String> {
        match word.parse::<jiff::civil::Date>() {
            Ok(_) => Ok(Day(word.to_owned())),
            Err(_) => Err(format!("`{word}` is not a date, such as 2026-11-22")),
        }
    }
}

/// A phase, or `start` for all phases in which a treatment begins.
pub(super) struct Phases(Vec<Phase>);

impl Phases {
    /// The phases of a list, each once.
    pub(super) fn all(words: Vec<Word<Phases>>) -> Vec<Phase> {
        let named: Vec<Phase> = values(words).into_iter().flat_map(|Phases(phases)| phases).collect();
        Phase::ALL.into_iter().filter(|phase| named.contains(phase)).collect()
    }
}

impl FromWord for Phases {
    fn from_word(word: &str) -> Result<Phases, String> {
        match word {
            "start" => Ok(Phases(Phase::STARTS.to_vec())),
            _ => {
                let known = || Phase::ALL.iter().map(|phase| phase.code()).chain(["start"]);
                let phase = Phase::from_code(word).map(|phase| Phases(vec![phase]));
                phase.ok_or_else(|| format!("unknown phase `{word}`{}", meant(word, known())))
            }
        }
    }
}

impl FromWord for Indicator {
    fn from_word(word: &str) -> Result<Indicator, String> {
        let known = [Indicator::Critical, Indicator::Warning, Indicator::Info].map(Indicator::code);
        Indicator::from_code(word).ok_or_else(|| format!("unknown indicator `{word}`{}", meant(word, known)))
    }
}

/// A reason of unknown, or the word for a group of them.
pub(super) struct Reasons(Vec<Reason>);

impl Reasons {
    /// The reasons of a list, each once.
    pub(super) fn all(words: Vec<Word<Reasons>>) -> Vec<Reason> {
        let named: Vec<Reason> = values(words).into_iter().flat_map(|Reasons(reasons)| reasons).collect();
        Reason::ALL.into_iter().filter(|reason| named.contains(reason)).collect()
    }
}

/// The groups of a reason. What was not read may exist, what is not settled may change, and what cannot be used is there
/// no more than what is absent. The last two fall into finer groups: results that are not recent or not clear, and
/// results that leave the newest one unresolved.
fn groups(reason: Reason) -> &'static [&'static str] {
    match reason {
        Reason::NotRetrieved | Reason::Unreadable => &["not-read"],
        Reason::Status | Reason::Conflicting => &["not-settled", "unresolved"],
        Reason::NewerUnreadable | Reason::Code => &["not-usable", "unresolved"],
        Reason::Absent | Reason::Stale | Reason::Boundary => &["not-usable", "not-recent"],
        Reason::Withheld
        | Reason::Implausible
        | Reason::Unit
        | Reason::Comparator
        | Reason::NoReferenceRange
        | Reason::Indeterminate => &["not-usable", "not-clear"],
        Reason::NotFinal | Reason::Pending | Reason::Unconfirmed => &["not-usable"],
    }
}

impl FromWord for Reasons {
    fn from_word(word: &str) -> Result<Reasons, String> {
        let named = Reason::ALL.into_iter().filter(|reason| reason.code() == word || groups(*reason).contains(&word));
        let named: Vec<Reason> = named.collect();
        let known =
            Reason::ALL.into_iter().flat_map(|reason| iter::once(reason.code()).chain(groups(reason).iter().copied()));
        match named.is_empty() {
            true => Err(format!("unknown reason `{word}`{}", meant(word, known))),
            false => Ok(Reasons(named)),
        }
    }
}

impl FromWord for Hook {
    fn from_word(word: &str) -> Result<Hook, String> {
        match Hook::from_name(word) {
            Hook::Other(name) => {
                let served = Hook::SERVED.map(|hook| hook.to_string()).join(", ");
                Err(format!("unknown hook `{name}`; expected one of {served}"))
            }
            hook => Ok(hook),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Days, DoseWithUnit, FromWord, Kilograms, Milligrams, Reasons, Span, WithUnit, Word};
    use domain::truth::Reason;

    #[test]
    fn durations_and_amounts() {
        for (word, days) in [
            ("P30D", Some(30)),
            ("P0D", Some(0)),
            ("P2W", Some(14)),
            ("P1M", None),
            ("30D", None),
            ("P", None),
            ("PD", None),
            ("P9223372036854775807W", None),
            ("soon", None),
        ] {
            assert_eq!(Days::from_word(word).ok().map(|Days(days)| days), days, "{word}");
        }
        for (word, amount) in [("162 mg", Some("162")), (" 0.5mg ", Some("0.5")), ("162", None), ("x mg", None)] {
            let read = Milligrams::from_word(word).ok().map(|Milligrams(amount)| amount.to_string());
            assert_eq!(read.as_deref(), amount, "{word}");
        }
        for (word, days) in [("P2W", Some("14")), ("PT12H", Some("0.5")), ("PT0H", None), ("8 hours", None)] {
            let read = Span::from_word(word).ok().map(|Span(days)| days.to_string());
            assert_eq!(read.as_deref(), days, "{word}");
        }
        for (word, dose) in [
            ("162 mg", Some(("162", "162", false))),
            ("4 to 8 mg/kg", Some(("4", "8", true))),
            ("8", None),
            ("8 mL", None),
            ("x mg", None),
        ] {
            let read = DoseWithUnit::from_word(word).ok();
            let read = read.map(|dose| (dose.least.to_string(), dose.most.to_string(), dose.per_kilogram));
            let read = read.as_ref().map(|(least, most, by_weight)| (least.as_str(), most.as_str(), *by_weight));
            assert_eq!(read, dose, "{word}");
        }
        let kilograms = |word| Kilograms::from_word(word).ok().map(|Kilograms(at)| at.to_string());
        assert_eq!((kilograms("30 kg"), kilograms("30")), (Some("30".to_owned()), None));
        let with_unit = |word| WithUnit::from_word(word).ok().map(|WithUnit(at, unit)| (at.to_string(), unit));
        assert_eq!(with_unit("5 mm"), Some(("5".to_owned(), "mm".to_owned())));
        assert_eq!((with_unit("5"), with_unit("five mm")), (None, None));
    }

    #[test]
    fn every_reason_is_in_one_group() {
        let of = |word: &str| Reasons::from_word(word).map(|reasons| Reasons::all(vec![Word(reasons)]));
        let mut grouped: Vec<Reason> =
            ["not-read", "not-settled", "not-usable"].into_iter().flat_map(|g| of(g).expect("a group")).collect();
        grouped.sort();
        assert_eq!(grouped, Reason::ALL);
        assert_eq!(of("not-read"), Ok(vec![Reason::NotRetrieved, Reason::Unreadable]));
        assert_eq!(of("stale"), Ok(vec![Reason::Stale]));
        assert_eq!(of("not-recent"), Ok(vec![Reason::Boundary, Reason::Stale, Reason::Absent]));
        let unresolved = vec![Reason::Conflicting, Reason::NewerUnreadable, Reason::Status, Reason::Code];
        assert_eq!(of("unresolved"), Ok(unresolved));
        let not_clear = of("not-clear").expect("a group");
        assert!(not_clear.len() == 6 && not_clear.iter().all(|reason| grouped.contains(reason)), "{not_clear:?}");
        assert_eq!(of("stele"), Err("unknown reason `stele`; did you mean `stale`?".to_owned()));
    }
}
