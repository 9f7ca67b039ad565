//! Time lines, courses and their tables, and what the cases of a rule cover.

use explain::chart;
use explain::course::{SpanSource, course, table};
use explain::coverage::{Setting, coverage};
use explain::edit::{self, Edits};
use explain::series::{Bound, series};
use knowledge::cases;
use knowledge::files::Files;

use crate::support::{MOMENT, Minimal, clock, decided, fixture, library};

#[test]
fn results_over_time_with_their_limits() {
    let library = library();
    let edits = Edits::from_query("value.Observation/crp=%3C5").expect("changes");
    let request =
        edits.apply(&fixture("textbook"), edit::Setting { library: &library, moment: MOMENT }).expect("changed");
    let explained = decided(&library, &request, MOMENT);
    let all = series(&library, &explained.decision.assessments[0], &explained.facts, &clock(MOMENT));
    let names: Vec<&str> = all.iter().map(|series| series.name.as_str()).collect();
    let first = ["neutrophils", "platelets", "ALT", "AST", "CRP", "FVC % predicted", "DLCO % predicted"];
    assert_eq!(names.get(..first.len()), Some(first.as_slice()));
    let neutrophils = &all[0];
    assert_eq!((neutrophils.points.len(), neutrophils.window_days), (1, Some(30)));
    let point = &neutrophils.points[0];
    assert_eq!((point.value, point.bound, point.used, point.status), (4200.0, Bound::Exact, true, "final"));
    let limits: Vec<(Option<f64>, Option<f64>, &str)> =
        neutrophils.limits.iter().map(|limit| (limit.low, limit.high, limit.words.as_str())).collect();
    assert_eq!(limits, [(None, Some(2000.0), "below 2,000/µL"), (None, Some(1000.0), "at most 1,000/µL")]);
    let alt = all.iter().find(|series| series.name == "ALT").expect("ALT");
    assert!(alt.limits.iter().all(|limit| limit.low.is_some_and(|low| low > 0.0)), "{:?}", alt.limits);
    let picture = chart::timeline(alt, "alt").expect("a picture");
    assert!(picture.contains("1.5 x upper limit") && picture.contains("3 x upper limit"), "{picture}");
    let crp = all.iter().find(|series| series.name == "CRP").expect("CRP");
    assert_eq!((crp.points[0].value, crp.points[0].bound), (5.0, Bound::Below));
    let fvc = all.iter().find(|series| series.name == "FVC % predicted").expect("FVC");
    assert!(fvc.points.windows(2).all(|two| two[0].day < two[1].day), "the oldest first");
    for series in &all {
        let svg = chart::timeline(series, &series.concept).expect("a picture");
        let described = series.description().replace('\'', "&apos;");
        assert!(svg.contains("<title") && svg.contains("<desc") && svg.contains("role=\"img\""), "{}", series.name);
        let last = series.points.last().expect("a result");
        assert!(described.contains(&last.shown) && !described.contains("  "), "{described}");
        let table = series.table();
        assert_eq!(table.rows.len(), series.points.len());
        assert!(table.rows.iter().all(|row| row.len() == table.head.len()));
        assert_eq!(table.rows[0][0], last.date, "the newest first");
    }
}

#[test]
fn the_course_of_the_drug() {
    let library = library();
    for (name, source, time) in [
        ("patients/continuation-platelets-92", SpanSource::Stated, "since 16 Mar 2026"),
        ("textbook", SpanSource::Planned, "22 Nov 2026"),
    ] {
        let explained = decided(&library, &fixture(name), MOMENT);
        let clock = clock(MOMENT);
        let bars = course(&explained.decision.assessments[0], &explained.facts, &clock);
        assert!(bars.iter().any(|bar| bar.source == source && bar.time == time), "{name}: {bars:?}");
        let svg = chart::course("tocilizumab", &bars, clock.today(), "course").expect("a picture").expect("dates");
        assert!(svg.contains(source.words()) && svg.contains(time), "{name}: {svg}");
        let table = table("tocilizumab", &bars);
        assert_eq!(table.rows.len(), bars.len());
        assert!(table.rows.iter().all(|row| row.len() == table.head.len()));
    }
    assert_eq!(chart::course("tocilizumab", &[], clock(MOMENT).today(), "course"), Ok(None));
}

#[test]
fn what_cases_cover_and_what_they_do_not() {
    let (library, fixtures, files) = (library(), Files::fixtures(), Files::embedded());
    let setting = Setting { library: &library, fixtures: &fixtures, author: &Minimal };
    let drug = &library.drugs[0];
    let rule = drug.rules.iter().find(|rule| rule.id == "laboratory-limits").expect("the rule");
    let mut all = cases::read(&files, &mut Vec::new());
    let file = all.iter_mut().find(|file| file.rule == rule.id).expect("its cases");
    let whole = coverage(setting, drug, rule, Some(file));
    assert_eq!((whole.findings.len(), whole.advice.len()), (rule.criteria.len(), rule.advice.len()));
    assert_eq!((whole.cases, whole.failing.len()), (file.cases.len(), 0));
    assert!(!whole.gaps().iter().any(|gap| gap.contains("neutrophils-below-start-limit")), "{:?}", whole.gaps());
    let neutrophils = &whole.findings[0];
    let unit = neutrophils.outcomes.iter().find(|outcome| outcome.outcome == "unknown: unit").expect("a reason");
    assert!(unit.cases.iter().any(|name| name.contains("without a unit")), "{:?}", unit.cases);
    let critical = &whole.advice[0];
    assert!(critical.cases.iter().any(|name| name.starts_with("patient 2")), "{:?}", critical.cases);
    // Without the cases that show it, the gap is named.
    file.cases.retain(|(case, _)| case.criteria.get("neutrophils-below-start-limit").is_none_or(|o| o != "met"));
    file.cases.iter_mut().take(1).for_each(|(case, _)| case.fixture = "nobody".to_owned());
    let part = coverage(setting, drug, rule, Some(file));
    let gaps = part.gaps();
    assert!(gaps.contains(&"no case shows `neutrophils-below-start-limit` met".to_owned()), "{gaps:?}");
    assert!(gaps.iter().any(|gap| gap.starts_with("in no case the rule says \"Do not start tocilizumab: neutrophils")));
    assert!(part.failing[0].1.contains("no fixture `nobody`"), "{:?}", part.failing);
    assert!(coverage(setting, drug, rule, None).cases == 0);
}
