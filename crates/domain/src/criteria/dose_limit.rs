//! Route, amount and interval of the order against the most that the label gives for its use. The limits are data of the
//! drug, one row for a route and some indications, so that one criterion holds for every use.

use rust_decimal::Decimal;

use super::dose::{UNREAD, on_order};
use super::{CriterionKind, DrugList, EVERY_OUTCOME, Earlier, Explanation, Finding, Names, Properties};
use crate::assess::Subject;
use crate::order::{Dose, Reading};
use crate::rule::{DoseLimit, Route};
use crate::truth::{Outcome, Reason};
use crate::words::{amount, joined, number};

/// How the order goes beyond the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoseLimitFinding {
    /// One dose is more than the most.
    Above,
    /// The doses follow each other faster.
    Closer,
    /// The route is none by which the label gives the drug for this use.
    Route,
    /// The order goes on, for a use of a few doses.
    Continuing,
}

impl CriterionKind for DoseLimitFinding {
    fn decide(&self, subject: &Subject<'_>, _: Earlier<'_>) -> Finding {
        let order = subject.order;
        let route = order.route.known().map(String::as_str);
        match self {
            DoseLimitFinding::Above => decide(&order.dose, |dose| above(*dose, route, subject), subject),
            DoseLimitFinding::Closer => decide(&order.interval, |days| closer(*days, route, subject), subject),
            DoseLimitFinding::Route => decide(&order.route, |route| Some(another_route(route, subject)), subject),
            DoseLimitFinding::Continuing => continuing(subject),
        }
    }

    fn properties(&self) -> Properties<'_> {
        Properties { concepts: Vec::new(), window_days: None, must_show: EVERY_OUTCOME, is_of_order: true }
    }

    fn window_mut(&mut self) -> Option<&mut i64> {
        None
    }

    fn explain(&self, _: &Names<'_>) -> Explanation {
        let no_limit = "no limit is listed for this route and use";
        let (met, not_met, unknown, list) = match self {
            DoseLimitFinding::Above => (
                "one dose is more than the most of the label for its route and use",
                "it is not more",
                vec![UNREAD, no_limit],
                Some(DrugList::Limits),
            ),
            DoseLimitFinding::Closer => (
                "doses follow each other faster than the label gives them",
                "they do not",
                vec![UNREAD, no_limit],
                Some(DrugList::Limits),
            ),
            DoseLimitFinding::Route => (
                "the route is none by which the label gives the drug for this use",
                "the label gives it by this route",
                vec![UNREAD],
                Some(DrugList::Routes),
            ),
            DoseLimitFinding::Continuing => (
                "the order repeats its dose without an end, or more often than the label does in a use of a few doses",
                "it asks for one dose, or for no more than the label",
                vec!["the interval is not readable in its field"],
                None,
            ),
        };
        let unknown = unknown.into_iter().map(str::to_owned).collect();
        Explanation { met: vec![met.to_owned()], not_met: vec![not_met.to_owned()], unknown, list }
    }
}

/// How an order compares with a limit.
pub(super) struct Compared {
    /// Whether it goes beyond.
    pub beyond: bool,
    /// The limit in words.
    pub limit: String,
    /// What the limit holds for, in words.
    pub what: String,
    /// By how many times it goes beyond, where that is a number.
    pub ratio: Option<String>,
}

/// Compares what was read from the order, and shows it with the limit.
fn decide<T>(reading: &Reading<T>, compare: impl Fn(&T) -> Option<Compared>, subject: &Subject<'_>) -> Finding {
    let (value, words) = match reading {
        Reading::Known(value, words) => (value, words),
        Reading::Missing => return Finding::bare(Outcome::Unknown(Reason::Absent)),
        Reading::Unreadable(words) => {
            return on_order(Outcome::Unknown(Reason::Unreadable), words.clone(), subject);
        }
    };
    let Some(compared) = compare(value) else {
        return on_order(Outcome::Unknown(Reason::Absent), words.clone(), subject);
    };
    let outcome = if compared.beyond { Outcome::Met } else { Outcome::NotMet };
    let mut finding = on_order(outcome, words.clone(), subject);
    finding.words.limit = Some(compared.limit);
    finding.words.what = Some(compared.what);
    finding.words.ratio = compared.ratio;
    finding
}

/// One dose against the most by its route; where the route is not known, against the most by any route.
pub(super) fn above(dose: Dose, route: Option<&str>, subject: &Subject<'_>) -> Option<Compared> {
    let (value, unit) = match dose {
        Dose::Milligrams(value) => (value, "mg"),
        Dose::PerKilogram(value) => (value, "mg/kg"),
    };
    let most = |limit: &DoseLimit| match dose {
        Dose::Milligrams(_) => limit.most,
        Dose::PerKilogram(_) => limit.most_per_kilogram,
    };
    let limits = limits(route, most, subject);
    let (most, what) = bound(&limits, |limit| value > limit, Decimal::max)?;
    let ratio = match value.checked_div(most) {
        Some(times) if times >= Decimal::TWO => Some(format!("{} times the limit", number(times.round_dp(1)))),
        _ if value > most => Some("above the limit".to_owned()),
        _ => None,
    };
    Some(Compared { beyond: value > most, limit: amount(most, unit), what, ratio })
}

/// The interval against the closest by its route; where the route is not known, against the closest by any route.
pub(super) fn closer(interval: Decimal, route: Option<&str>, subject: &Subject<'_>) -> Option<Compared> {
    let closest = |limit: &DoseLimit| limit.closest_days.map(Decimal::from);
    let limits = limits(route, closest, subject);
    let (closest, what) = bound(&limits, |limit| interval < limit, Decimal::min)?;
    Some(Compared { beyond: interval < closest, limit: every(closest), what, ratio: None })
}

/// Words for a closest interval: "every week", "every 2 weeks", "every 10 days".
fn every(closest: Decimal) -> String {
    match closest.checked_div(Decimal::from(7)) {
        Some(weeks) if weeks == Decimal::ONE => "every week".to_owned(),
        Some(weeks) if weeks.is_integer() => format!("every {} weeks", number(weeks)),
        _ => format!("every {} days", number(closest)),
    }
}

/// The limit by the route of the order, or by each route of its use, with the words for the route.
fn limits(
    route: Option<&str>,
    read: impl Fn(&DoseLimit) -> Option<Decimal>,
    subject: &Subject<'_>,
) -> Vec<(Option<Decimal>, String)> {
    let indication = subject.indication.id.as_deref();
    let limit = |route: &str| subject.drug.dose_limit(route, indication, &read);
    match route {
        Some(id) => {
            let shown =
                subject.drug.routes.iter().find(|route| route.id == *id).map_or(id, |route| route.shown.as_str());
            vec![(limit(id), shown.to_owned())]
        }
        None => subject.drug.routes_of(indication).map(|route| (limit(&route.id), route.shown.clone())).collect(),
    }
}

/// The limit that decides: of several, what is beyond each of them is beyond the loosest, and what is beyond none of
/// them keeps to the tightest. Otherwise, and where a route has no limit, it stays open.
fn bound(
    limits: &[(Option<Decimal>, String)],
    is_beyond: impl Fn(Decimal) -> bool,
    looser: fn(Decimal, Decimal) -> Decimal,
) -> Option<(Decimal, String)> {
    let values: Vec<Decimal> = limits.iter().map(|(value, _)| *value).collect::<Option<_>>()?;
    let loosest = values.iter().copied().reduce(looser)?;
    let beyond = values.iter().filter(|value| is_beyond(**value)).count();
    let routes: Vec<String> = limits.iter().map(|(_, shown)| shown.clone()).collect();
    (beyond == 0 || beyond == values.len()).then(|| (loosest, joined(&routes, "or")))
}

fn another_route(route: &str, subject: &Subject<'_>) -> Compared {
    let labelled: Vec<&Route> = subject.drug.routes_of(subject.indication.id.as_deref()).collect();
    let beyond = labelled.iter().all(|known| known.id != route);
    let shown: Vec<String> = labelled.iter().map(|known| known.shown.clone()).collect();
    Compared { beyond, limit: String::new(), what: joined(&shown, "or"), ratio: None }
}

/// A use of a few doses, ordered to go on. An order without an interval is one for a single dose.
fn continuing(subject: &Subject<'_>) -> Finding {
    let indications = &subject.drug.indications;
    let of_order = subject.indication.id.as_ref().and_then(|id| indications.iter().find(|known| known.id == *id));
    let Some(most) = of_order.and_then(|indication| indication.most_doses) else {
        return Finding::bare(Outcome::NotApplicable);
    };
    let (outcome, words) = match (subject.order.doses, &subject.order.interval) {
        (Some(doses), _) if doses > most => (Outcome::Met, format!("{doses} doses")),
        (Some(doses), _) => (Outcome::NotMet, format!("{doses} doses")),
        (None, Reading::Known(_, words)) => (Outcome::Met, words.clone()),
        (None, Reading::Unreadable(words)) => (Outcome::Unknown(Reason::Unreadable), words.clone()),
        (None, Reading::Missing) => (Outcome::NotMet, "one dose".to_owned()),
    };
    let mut finding = on_order(outcome, words, subject);
    finding.words.limit = Some(format!("{most} doses"));
    finding
}

#[cfg(test)]
mod tests {
    use super::DoseLimitFinding::{Above, Closer, Continuing, Route};
    use super::{CriterionKind, DoseLimitFinding, Earlier};
    use crate::assess::Subject;
    use crate::criteria::Finding;
    use crate::order::{Dose, DrugOrder, Reading};
    use crate::rule::{self, DoseLimit, Drug};
    use crate::testing::{described, drug, number, order, rule, with_subject};

    /// By skin at most 162 mg once a week; by vein at most 800 mg, 600 mg and every 14 days for joints. The lung is
    /// treated by skin only.
    fn with_limits() -> Drug {
        let row = |route: &str, indications: &[&str], most: Option<&str>, closest_days| DoseLimit {
            route: route.to_owned(),
            indications: indications.iter().map(|id| (*id).to_owned()).collect(),
            most: most.map(number),
            most_per_kilogram: (route == "vein").then(|| number("12")),
            closest_days,
            source: String::new(),
            verified: true,
        };
        let mut drug = drug();
        let of = |id: &str, shown: &str, drug: &Drug| rule::Route {
            id: id.to_owned(),
            value_set: "routes".into(),
            shown: shown.to_owned(),
            code: drug.routes[0].code.clone(),
            interval_days: None,
        };
        drug.routes = vec![of("skin", "under the skin", &drug), of("vein", "into a vein", &drug)];
        drug.indications[0].routes = vec!["skin".to_owned()];
        drug.indications[0].most_doses = Some(2);
        drug.dose_limits = vec![
            row("skin", &[], Some("162"), Some(7)),
            row("vein", &["joints"], Some("600"), Some(14)),
            row("vein", &[], Some("800"), None),
        ];
        drug
    }

    fn found(kind: DoseLimitFinding, order: &DrugOrder, indication: Option<&str>) -> Finding {
        let rule = rule(Vec::new());
        with_subject(&[], order, indication, |subject| {
            let subject = Subject {
                drug: &with_limits(),
                facts: subject.facts,
                order,
                indication: subject.indication,
                first_dose: crate::assess::FirstDose::None,
                clock: subject.clock,
            };
            kind.decide(&subject, Earlier { rule: &rule, findings: &[] })
        })
    }

    fn read<T>(value: T) -> Reading<T> {
        Reading::Known(value, "as written".to_owned())
    }

    /// An order by a route, of so many milligrams, every so many days; what is empty is missing.
    fn of(route: &str, milligrams: &str, days: &str) -> DrugOrder {
        let some = |text: &str| (!text.is_empty()).then(|| number(text));
        DrugOrder {
            route: if route.is_empty() { Reading::Missing } else { read(route.to_owned()) },
            dose: some(milligrams).map_or(Reading::Missing, |mg| read(Dose::Milligrams(mg))),
            interval: some(days).map_or(Reading::Missing, read),
            ..order()
        }
    }

    fn per_kilogram(route: &str, dose: &str) -> DrugOrder {
        DrugOrder { dose: read(Dose::PerKilogram(number(dose))), ..of(route, "", "") }
    }

    #[test]
    fn truth() {
        let counted = |doses| DrugOrder { doses: Some(doses), ..of("", "", "1") };
        let odd = DrugOrder { interval: Reading::Unreadable("now and then".to_owned()), ..of("", "", "") };
        let unreadable = DrugOrder { dose: Reading::Unreadable("2 puffs".to_owned()), ..of("skin", "", "") };
        for (name, kind, order, indication, outcome) in [
            ("the most", Above, of("skin", "162", ""), None, "not-met"),
            ("more than the most", Above, of("skin", "162.1", ""), None, "met"),
            ("by the other route", Above, of("vein", "800", ""), None, "not-met"),
            ("more by the other route", Above, of("vein", "800.5", ""), Some("lung"), "met"),
            ("more than the most of its use", Above, of("vein", "601", ""), Some("joints"), "met"),
            ("route missing, within every limit", Above, of("", "162", ""), None, "not-met"),
            ("route missing, within one limit", Above, of("", "400", ""), None, "unknown: absent"),
            ("route missing, beyond every limit", Above, of("", "801", ""), None, "met"),
            ("route missing, a use of one route", Above, of("", "400", ""), Some("lung"), "met"),
            ("a route without limits", Above, of("spine", "1", ""), None, "unknown: absent"),
            ("no dose", Above, of("skin", "", ""), None, "unknown: absent"),
            ("a dose in odd words", Above, unreadable, None, "unknown: unreadable"),
            ("by weight", Above, per_kilogram("vein", "12"), None, "not-met"),
            ("more by weight", Above, per_kilogram("vein", "12.1"), None, "met"),
            ("by weight, where the label does not", Above, per_kilogram("skin", "2"), None, "unknown: absent"),
            ("the closest", Closer, of("skin", "", "7"), None, "not-met"),
            ("closer", Closer, of("skin", "", "6.9"), None, "met"),
            ("closer than in its use", Closer, of("vein", "", "13"), Some("joints"), "met"),
            ("a use without closest", Closer, of("vein", "", "1"), None, "unknown: absent"),
            ("route missing, one has no closest", Closer, of("", "", "1"), None, "unknown: absent"),
            ("route missing, closer than each", Closer, of("", "", "1"), Some("joints"), "met"),
            ("route missing, closer than one", Closer, of("", "", "7"), Some("joints"), "unknown: absent"),
            ("route missing, closer than none", Closer, of("", "", "28"), Some("joints"), "not-met"),
            ("no interval", Closer, of("skin", "", ""), None, "unknown: absent"),
            ("a route of the drug", Route, of("vein", "", ""), None, "not-met"),
            ("a route of no use", Route, of("spine", "", ""), None, "met"),
            ("a route of another use", Route, of("vein", "", ""), Some("lung"), "met"),
            ("a route of its use", Route, of("skin", "", ""), Some("lung"), "not-met"),
            ("no route", Route, of("", "", ""), None, "unknown: absent"),
            ("again and again", Continuing, of("", "", "7"), Some("lung"), "met"),
            ("three times", Continuing, counted(3), Some("lung"), "met"),
            ("twice", Continuing, counted(2), Some("lung"), "not-met"),
            ("once", Continuing, of("", "", ""), Some("lung"), "not-met"),
            ("at an odd interval", Continuing, odd, Some("lung"), "unknown: unreadable"),
            ("a use that goes on", Continuing, of("", "", "7"), Some("joints"), "not-applicable"),
            ("an unknown use", Continuing, of("", "", "7"), None, "not-applicable"),
        ] {
            assert_eq!(found(kind, &order, indication).outcome.to_string(), outcome, "{name}");
        }
    }

    #[test]
    fn the_limit_and_the_multiple_are_shown() {
        let words = found(Above, &of("skin", "1620", ""), None).words;
        assert_eq!((words.value.as_deref(), words.limit.as_deref()), (Some("as written"), Some("162 mg")));
        assert_eq!(
            (words.what.as_deref(), words.ratio.as_deref()),
            (Some("under the skin"), Some("10 times the limit"))
        );
        let near = found(Above, &of("", "1200", ""), None).words;
        let expected = (Some("under the skin or into a vein"), Some("above the limit"));
        assert_eq!((near.what.as_deref(), near.ratio.as_deref()), expected);
        assert_eq!(found(Above, &of("skin", "162", ""), None).words.ratio, None);
        assert_eq!(near.limit.as_deref(), Some("800 mg"), "the loosest, which it is beyond too");
        let daily = found(Closer, &of("skin", "", "1"), None).words;
        assert_eq!((daily.limit.as_deref(), daily.what.as_deref()), (Some("every week"), Some("under the skin")));
        assert_eq!(found(Route, &of("vein", "", ""), Some("lung")).words.what.as_deref(), Some("under the skin"));
        assert_eq!(found(Above, &per_kilogram("vein", "20"), None).words.limit.as_deref(), Some("12 mg/kg"));
    }

    #[test]
    fn description() {
        for (kind, met, unknown, list) in [
            (
                Continuing,
                "the order repeats its dose without an end, or more often than the label does in a use of a few doses",
                1,
                "",
            ),
            (Above, "one dose is more than the most of the label for its route and use", 2, "Limits"),
            (Closer, "doses follow each other faster than the label gives them", 2, "Limits"),
            (Route, "the route is none by which the label gives the drug for this use", 1, "Routes"),
        ] {
            let lines = described(&mut { kind });
            assert_eq!(lines[2..5], ["shows: met, not-met, unknown", "of the order: true", &format!("met: {met}")]);
            assert_eq!(lines.iter().filter(|line| line.starts_with("unknown: ")).count(), unknown);
            let listed = lines.iter().find_map(|line| line.strip_prefix("list: ")).unwrap_or_default();
            assert_eq!(listed, list);
        }
    }
}
