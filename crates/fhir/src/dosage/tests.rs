use super::{Dosages, short, strength};
use crate::meaning::Meanings;
use document::Document;
use domain::order::{OrderedProduct, Reading};
use rust_decimal::Decimal;

#[test]
fn the_strength_of_a_product() {
    for (name, expected) in [
        ("prednisone 5 mg oral tablet", Some("5")),
        ("prednisone 2.5 mg oral tablet", Some("2.5")),
        ("1 ml methylprednisolone acetate 40 mg/ml injection", None),
        ("prednisone", None),
        ("mg", None),
    ] {
        assert_eq!(strength(name), expected.map(|n| n.parse().expect("a number")), "{name}");
    }
}

#[test]
fn milligrams_a_day() {
    let daily = r#""timing":{"repeat":{"frequency":1,"period":1,"periodUnit":"d"}}"#;
    let twice = r#""timing":{"code":{"text":"BID"}}"#;
    let dose = |value: &str| format!(r#""doseAndRate":[{{"doseQuantity":{value}}}]"#);
    let tablets = || dose(r#"{"value":2,"unit":"tablet"}"#);
    for (name, dosage, expected) in [
        ("an amount every day", format!("{{{daily},{}}}", dose(r#"{"value":20,"unit":"mg"}"#)), Some("20")),
        ("tablets twice a day", format!("{{{twice},{}}}", tablets()), Some("20")),
        ("no interval", format!("{{{}}}", tablets()), None),
        ("no amount", format!("{{{daily}}}"), None),
        ("by weight", format!("{{{daily},{}}}", dose(r#"{"value":1,"unit":"mg/kg"}"#)), None),
        ("a taper", format!("{{{daily},{}}},{{{daily},{}}}", dose(r#"{"value":20,"unit":"mg"}"#), tablets()), None),
    ] {
        let document = Document::parse(format!(r#"{{"dosageInstruction":[{dosage}]}}"#)).expect("JSON");
        let order = document.root().object().expect("an object");
        let found = Dosages::of(&order).milligrams_per_day(Some(Decimal::from(5)));
        assert_eq!(found, expected.map(|n| n.parse().expect("a number")), "{name}");
    }
}

fn with<T>(dosages: &str, look: impl FnOnce(&Dosages<'_>) -> T) -> T {
    let document = Document::parse(format!(r#"{{"dosageInstruction":[{dosages}]}}"#)).expect("JSON");
    look(&Dosages::of(&document.root().object().expect("an object")))
}

#[test]
fn an_interval_is_said_by_a_period_or_by_days_of_the_week() {
    let repeat = |members: &str| format!(r#"{{"timing":{{"repeat":{{{members}}}}}}}"#);
    let weekly = r#""frequency":1,"period":1,"periodUnit":"wk""#;
    for (name, dosages, expected) in [
        ("every week", repeat(weekly), "7"),
        ("two days of the week", repeat(r#""dayOfWeek":["mon","thu"]"#), "3.5"),
        ("every second Monday", repeat(r#""dayOfWeek":["mon"],"period":2,"periodUnit":"wk""#), "14"),
        ("a day without the number of weeks", repeat(r#""dayOfWeek":["mon"],"periodUnit":"wk""#), "-"),
        ("a number of doses alone", repeat(r#""frequency":1"#), "-"),
        ("two days, once a week", repeat(&format!(r#"{weekly},"dayOfWeek":["mon","thu"]"#)), "?"),
        ("one to two weeks", repeat(&format!(r#"{weekly},"periodMax":2"#)), "?"),
        ("once or twice", repeat(&format!(r#"{weekly},"frequencyMax":2"#)), "?"),
        (
            "one instruction for each day",
            format!("{},{}", repeat(r#""dayOfWeek":["mon"]"#), repeat(r#""dayOfWeek":["thu"]"#)),
            "3.5",
        ),
        (
            "two instructions for one day",
            format!("{},{}", repeat(r#""dayOfWeek":["mon"]"#), repeat(r#""dayOfWeek":["mon"]"#)),
            "7",
        ),
        (
            "one for a day, and one for every day",
            format!("{},{}", repeat(r#""dayOfWeek":["mon"]"#), repeat(r#""period":1,"periodUnit":"d""#)),
            "?",
        ),
    ] {
        let found = with(&dosages, |dosages| match dosages.interval() {
            Reading::Known(days, _) => days.to_string(),
            Reading::Missing => "-".to_owned(),
            Reading::Unreadable(_) => "?".to_owned(),
        });
        assert_eq!(found, expected, "{name}");
    }
}

#[test]
fn doses_are_counted_where_a_number_is_given() {
    let counted = |repeat: &str| with(&format!(r#"{{"timing":{{"repeat":{{{repeat}}}}}}}"#), |dosages| dosages.count());
    for (repeat, expected) in
        [(r#""count":3"#, Some(3)), (r#""count":3,"countMax":4"#, Some(4)), (r#""count":0"#, None), ("", None)]
    {
        assert_eq!(counted(repeat), expected, "{repeat}");
    }
}

/// The ordered dose comes first, then one that does not say what it is, then a calculated one.
#[test]
fn a_dose_is_the_one_that_was_ordered() {
    let of = |kind: &str, dose: &str| {
        let kind =
            if kind.is_empty() { String::new() } else { format!(r#""type":{{"coding":[{{"code":"{kind}"}}]}},"#) };
        format!("{{{kind}{dose}}}")
    };
    let quantity = |value: &str, unit: &str| format!(r#""doseQuantity":{{"value":{value},"unit":"{unit}"}}"#);
    let range = |low: &str, high: &str| {
        format!(r#""doseRange":{{"low":{{"value":{low},"unit":"mg"}},"high":{{"value":{high},"unit":"mg"}}}}"#)
    };
    let (ordered, calculated, plain) =
        (of("ordered", &quantity("1", "mg")), of("calculated", &quantity("2", "mg")), of("", &quantity("3", "mg")));
    for (rates, expected) in [
        (format!("{calculated},{ordered}"), "1 mg"),
        (format!("{plain},{ordered}"), "1 mg"),
        (format!("{calculated},{plain}"), "3 mg"),
        (of("", &range("162", "162")), "162 mg"),
        (of("", &range("162", "324")), "a range of doses"),
        (of("", &quantity("0.162", "g")), "162 mg"),
        (of("", &quantity("162000", "mcg")), "162 mg"),
        (of("", &quantity("162", "drops")), "162 drops"),
    ] {
        let product = OrderedProduct { words: String::new(), product: None, brand: None };
        let found = with(&format!(r#"{{"doseAndRate":[{rates}]}}"#), |dosages| match dosages.dose(&product) {
            Reading::Known(_, words) | Reading::Unreadable(words) => words,
            Reading::Missing => "-".to_owned(),
        });
        assert_eq!(found, expected, "{rates}");
    }
}

#[test]
fn a_route_is_known_by_code_or_by_its_words() {
    let library = crate::testing::library();
    let drug = &library.drugs[0];
    let only_by = |id: &str| {
        let product = drug.products.iter().find(|product| product.route.as_deref() == Some(id)).cloned();
        OrderedProduct { words: String::new(), product, brand: None }
    };
    for (route, only, expected) in [
        (r#"{"text":"subcutaneous"}"#, "", "subcutaneous"),
        (r#"{"coding":[{"system":"http://snomed.info/sct","code":"47625008"}]}"#, "", "intravenous"),
        (r#"{"text":"intramuscular"}"#, "", "intramuscular"),
        (r#"{"coding":[{"system":"http://snomed.info/sct","code":"78421000"}],"text":"IM"}"#, "", "im"),
        (r#"{"coding":[{"system":"http://snomed.info/sct","code":"78421000"}]}"#, "", "78421000"),
        (r#"{"text":"by pigeon"}"#, "subcutaneous", "by pigeon?"),
        ("null", "subcutaneous", "subcutaneous"),
        ("null", "intravenous", "intravenous"),
        ("null", "", "-"),
    ] {
        let document = Document::parse(format!(r#"{{"dosageInstruction":[{{"route":{route}}}]}}"#)).expect("JSON");
        let order = document.root().object().expect("an object");
        let meanings = Meanings::new(library);
        let found = match Dosages::of(&order).route(drug, &meanings, &only_by(only)) {
            Reading::Known(_, words) => words,
            Reading::Unreadable(words) => format!("{words}?"),
            Reading::Missing => "-".to_owned(),
        };
        assert_eq!(found, expected, "{route} {only}");
    }
}

#[test]
fn a_route_has_a_short_name() {
    for (said, name) in
        [("Intrathecal route (qualifier value)", "intrathecal"), ("Intramuscular use", "intramuscular"), ("IM", "im")]
    {
        assert_eq!(short(said), name);
    }
}
