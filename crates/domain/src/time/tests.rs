use super::{Age, Clock, Earliest, Latest, When, years_between};
use jiff::tz::TimeZone;

fn when(text: &str) -> When {
    When::parse(text, &TimeZone::UTC).unwrap_or_else(|| panic!("{text} is a date"))
}

fn clock() -> Clock {
    Clock::parse("2026-11-22T09:00:00Z", &TimeZone::UTC).expect("a moment")
}

#[test]
fn an_exact_text_makes_the_same_clock() {
    let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
    for zone in [TimeZone::UTC, TimeZone::unknown(), berlin, TimeZone::fixed(jiff::tz::offset(-3))] {
        let moment = "2026-11-22T09:00:00.123456789Z".parse::<jiff::Timestamp>().expect("a moment");
        let clock = Clock::at(moment.to_zoned(zone));
        let again = Clock::from_exact(&clock.exact()).expect("a clock");
        assert_eq!((again.exact(), again.milliseconds()), (clock.exact(), clock.milliseconds()));
        assert_eq!(again.zone().iana_name(), clock.zone().iana_name());
    }
    assert!(Clock::from_exact("2026-11-22").is_none());
}

#[test]
fn dates_of_every_precision_are_read() {
    for (text, shown) in [
        ("2026", "2026"),
        ("2026-11", "Nov 2026"),
        ("2026-11-10", "10 Nov 2026"),
        ("0907-01-02", "2 Jan 907"),
        ("0000", "0"),
        ("2026-11-10T08:00:00Z", "10 Nov 2026"),
        ("2026-11-10T08:00", "10 Nov 2026"),
        ("2026-11-10T08:00:00.123+01:00", "10 Nov 2026"),
        ("2026-11-10T23:30:00-05:00", "11 Nov 2026"),
    ] {
        assert_eq!(when(text).shown(), shown, "{text}");
    }
    for text in ["", "10 Nov 2026", "2026-13", "2026-02-30", "26-11-10", "2026-11T10:00Z", "2026-11-10T0A:00:00Z"] {
        assert!(When::parse(text, &TimeZone::UTC).is_none(), "{text}");
    }
}

/// What is found in one pass is what comparing each with each finds.
#[test]
fn the_latest_and_the_earliest_stand_for_all() {
    let texts = [
        "2026",
        "2026-11",
        "2026-11-10",
        "2026-11-10T08:00:00Z",
        "2026-11-10T09:00:00Z",
        "2026-11-11",
        "2026-12-01T00:00:00+14:00",
    ];
    let dates = texts.map(when);
    for mask in 0_u32..1 << dates.len() {
        let some = || dates.iter().enumerate().filter(move |(at, _)| mask & (1 << at) != 0).map(|(_, when)| when);
        let (latest, earliest): (Latest, Earliest) = (some().collect(), some().collect());
        for when in &dates {
            assert_eq!(latest.is_after(when), some().any(|other| other.is_after(when)), "{mask} {}", when.text());
            assert_eq!(earliest.is_after(when), some().all(|other| other.is_after(when)), "{mask} {}", when.text());
        }
    }
}

#[test]
fn windows_count_whole_days_and_see_straddling() {
    let clock = clock();
    assert_eq!(clock.age(&when("2026-10-23"), 30), Age::Within);
    assert_eq!(clock.age(&when("2026-10-22"), 30), Age::Older);
    // October is from 22 to 52 days ago.
    for (days, age) in [(21, Age::Older), (22, Age::Straddles), (51, Age::Straddles), (52, Age::Within)] {
        assert_eq!(clock.age(&when("2026-10"), days), age, "{days}");
    }
    assert_eq!(clock.age(&when("2026-09"), 30), Age::Older);
}

#[test]
fn the_future_begins_after_now() {
    let clock = clock();
    for (text, future) in [
        ("2026-11-22", false),
        ("2026-11-23", true),
        ("2026-11-22T09:05:00Z", false),
        ("2026-11-22T10:00:00Z", true),
        ("2026", false),
    ] {
        assert_eq!(clock.is_future(&when(text)), future, "{text}");
    }
}

#[test]
fn partial_birth_dates_give_a_range_of_years() {
    let day = clock().today();
    assert_eq!(years_between(&when("2008-11-22"), day), (18, 18));
    assert_eq!(years_between(&when("2008-11-23"), day), (17, 17));
    assert_eq!(years_between(&when("2008"), day), (17, 18));
}

#[test]
fn a_clock_is_read_and_written() {
    let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
    for (text, zone, written) in [
        ("2026-11-22T09:00:00Z", &TimeZone::UTC, "2026-11-22T09:00:00+00:00"),
        ("2026-11-22T09:00:00Z", &berlin, "2026-11-22T10:00:00+01:00"),
        ("2026-11-22T09:00", &berlin, "2026-11-22T09:00:00+01:00"),
        ("2026-11-22", &berlin, "2026-11-22T23:59:59+01:00"),
    ] {
        let clock = Clock::parse(text, zone).expect(text);
        assert_eq!((clock.text().as_str(), clock.zone()), (written, zone), "{text}");
    }
    for text in ["2026-11", "2026", "soon"] {
        assert!(Clock::parse(text, &TimeZone::UTC).is_none(), "{text}");
    }
    assert_eq!(clock().milliseconds(), 1_795_338_000_000);
    assert_eq!(clock().today(), jiff::civil::date(2026, 11, 22));
}

#[test]
fn a_date_keeps_its_text_and_its_span() {
    let (month, moment) = (when(" 2026-02 "), when("2026-11-10T23:30:00-05:00"));
    assert_eq!((month.text(), month.date_text()), ("2026-02", "2026-02"));
    assert_eq!((moment.text(), moment.date_text()), ("2026-11-10T23:30:00-05:00", "2026-11-10"));
    assert_eq!((month.first(), month.last()), (jiff::civil::date(2026, 2, 1), jiff::civil::date(2026, 2, 28)));
    assert_eq!((moment.first(), moment.last()), (jiff::civil::date(2026, 11, 11), jiff::civil::date(2026, 11, 11)));
    assert_eq!(clock().days_since(&month), (267, 294));
    assert_eq!(clock().days_since(&when("2026-11-23")), (-1, -1));
}

#[test]
fn offsets_are_read_in_every_form() {
    for (text, utc) in [
        ("2026-11-10T08:00:00+01:00", "2026-11-10T07:00:00Z"),
        ("2026-11-10T08:00:00+0130", "2026-11-10T06:30:00Z"),
        ("2026-11-10T08:00:00-03", "2026-11-10T11:00:00Z"),
        ("2026-11-10 08:00z", "2026-11-10T08:00:00Z"),
    ] {
        let (one, other) = (when(text), when(utc));
        assert!(!one.is_after(&other) && !other.is_after(&one), "{text}");
    }
    for text in ["2026-11-10T08:00:00+1", "2026-11-10T08:00:00+ab", "2026-11-10T08:00:00+123", "2026-11-10T25:00Z"] {
        assert!(When::parse(text, &TimeZone::UTC).is_none(), "{text}");
    }
}

#[test]
fn what_is_certainly_later() {
    for (one, other, later) in [
        ("2026-11-10", "2026-11-09", true),
        ("2026-11-10", "2026-11-10", false),
        ("2026-11-10T08:00:00Z", "2026-11-10T07:59:59Z", true),
        ("2026-11-10T08:00:00Z", "2026-11-10T08:00:00Z", false),
        ("2026-11-10T08:00:00Z", "2026-11-10", false),
        ("2026-11-10T08:00:00Z", "2026-11-09", true),
        ("2026-11", "2026-10", true),
        ("2026-11", "2026-11-01", false),
        ("2026-12", "2026-11-30", true),
    ] {
        assert_eq!(when(one).is_after(&when(other)), later, "{one} after {other}");
        assert!(!when(other).is_after(&when(one)), "{other} after {one}");
    }
}

#[test]
fn differences_of_clocks_are_allowed_for() {
    let clock = clock();
    for (text, future) in [("2026-11-22T09:10:00Z", false), ("2026-11-22T09:10:01Z", true), ("2026-12", true)] {
        assert_eq!(clock.is_future(&when(text)), future, "{text}");
    }
    assert_eq!(
        [when("2026-11-22").shown(), when("2026-02").shown(), when("2026").shown()],
        ["22 Nov 2026", "Feb 2026", "2026"]
    );
}

#[test]
fn years_are_whole_ones() {
    let day = clock().today();
    for (birth, years) in [
        ("2008-11-21", (18, 18)),
        ("2008-12-01", (17, 17)),
        ("2008-01-30", (18, 18)),
        ("2008-11", (17, 18)),
        ("2026", (-1, 0)),
    ] {
        assert_eq!(years_between(&when(birth), day), years, "{birth}");
    }
}
